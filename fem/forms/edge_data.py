r"""What is known of each edge of a mesh and of each node: weights, lengths, shares of the volume.

A term is written for one edge, from ``TAIL`` to ``HEAD``, or one node, ``NODE``, that stand for all of them. A quantity
of that edge is an ``EdgeDatum``, which gives way to an expression of a cell or to numbers of the edges when the form
is compiled. On an affine simplex T with barycentric coordinates :math:`\lambda_i` the weight of an edge is
:math:`-\int_T\nabla\lambda_i\cdot\nabla\lambda_j` and the share of a node :math:`\int_T\lambda_i`, both times 2πr where
the mesh is axisymmetric; those of all cells of a region at an edge add up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]


class End:
    """A vertex of the edge, or of the node, that stands for all: no number, so that nothing can be looked up with it.

    What asks for its number, as an index or to compare it, belongs to a cell: TypeError.
    """

    def __init__(self, vertex: int) -> None:
        self.vertex = vertex

    def __eq__(self, other: object) -> bool:
        raise TypeError("the end of an edge that stands for all has no number")

    def __hash__(self) -> int:
        raise TypeError("the end of an edge that stands for all has no number")


TAIL, HEAD = End(0), End(1)
NODE = TAIL


@dataclass(frozen=True, eq=False)
class CellShapes:
    """The cells of a mesh of simplices: corners ``x``, shape (cells, d + 1, d), in the unit of the mesh."""

    x: Array
    axisymmetric: bool

    @property
    def dim(self) -> int:
        """The dimension of the mesh."""
        return self.x.shape[2]

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Local vertices of each edge of a cell."""
        return [(i, j) for i in range(self.dim + 1) for j in range(i + 1, self.dim + 1)]

    @cached_property
    def _sides(self) -> Array:
        return np.asarray((self.x[:, 1:] - self.x[:, :1]).transpose(0, 2, 1))

    @cached_property
    def volumes(self) -> Array:
        """Length, area or volume of each cell, shape (cells,)."""
        return np.asarray(np.abs(np.linalg.det(self._sides)) / math.factorial(self.dim))

    @cached_property
    def rings(self) -> Array:
        """2πr at the centre of each cell of an axisymmetric mesh, else 1, shape (cells,)."""
        if not self.axisymmetric:
            return np.ones(len(self.x))
        return np.asarray(2 * np.pi * self.x[:, :, 0].mean(axis=1))

    @cached_property
    def gradients(self) -> Array:
        """Those of the barycentric coordinates, shape (cells, d + 1, d)."""
        inverse = np.linalg.inv(self._sides)
        return np.concatenate([-inverse.sum(axis=1, keepdims=True), inverse], axis=1)

    @cached_property
    def weights(self) -> Array:
        """Weights of the edges of each cell by the axes of the mesh, shape (cells, edges, d)."""
        first, second = np.array(self.pairs).T
        parts = -self.gradients[:, first] * self.gradients[:, second]
        return np.asarray(parts * (self.rings * self.volumes)[:, None, None])

    @cached_property
    def lengths(self) -> Array:
        """Lengths of the edges of each cell, shape (cells, edges)."""
        first, second = np.array(self.pairs).T
        return np.asarray(np.linalg.norm(self.x[:, second] - self.x[:, first], axis=2))

    @cached_property
    def shares(self) -> Array:
        """The integral of each barycentric coordinate, times 2πr, shape (cells, d + 1)."""
        each = np.repeat(self.volumes[:, None], self.dim + 1, axis=1) / (self.dim + 1)
        if not self.axisymmetric:
            return each
        r = self.x[:, :, 0]
        return np.asarray(each * 2 * np.pi * (r + 3 * r.mean(axis=1, keepdims=True)) / 4)


@dataclass(frozen=True, eq=False)
class Quantity:
    """A quantity of edges or nodes: its numbers in each cell, shape (cells, edges) or (cells, d + 1).

    Those of the cells of a region at an edge are added up, but for one that is the same in all (``common``).
    """

    name: str
    of: Callable[[CellShapes], Array]
    common: bool = False


WEIGHT = Quantity("weight", lambda cells: cells.weights.sum(axis=2))
AXES = tuple(Quantity(f"weight of axis {k}", lambda cells, k=k: cells.weights[:, :, k]) for k in range(3))  # type: ignore[misc]
LENGTH = Quantity("length", lambda cells: cells.lengths, common=True)
SHARE = Quantity("share", lambda cells: cells.shares)


class AlongEdge(ufl.Coefficient):  # type: ignore[misc]
    """The place on an edge between two faces, from 0 at its tail to 1 at its head: what it is integrated over."""

    def __init__(self, mesh: Any) -> None:
        element = basix.ufl.element("DG", mesh.basix_cell(), 0)
        super().__init__(ufl.FunctionSpace(mesh.ufl_domain(), element))


class EdgeDatum(ufl.Coefficient):  # type: ignore[misc]
    """A ``quantity`` of the edge or node that stands for all; ``in_cell(i, j)`` or ``in_cell(i)`` is that of a cell."""

    def __init__(self, mesh: Any, quantity: Quantity, in_cell: Callable[..., Any]) -> None:
        element = basix.ufl.element("DG", mesh.basix_cell(), 0)
        super().__init__(ufl.FunctionSpace(mesh.ufl_domain(), element))
        self.quantity, self.in_cell = quantity, in_cell
