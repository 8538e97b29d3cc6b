r"""Scharfetter-Gummel edge fluxes and mass lumping on P1 simplices, in UFL.

On an affine simplex every P1 field is known from its values :math:`u_i` at the vertices, which are UFL expressions
that become the dofs themselves when a form is compiled (``fem.forms.nodal_values``; such forms go through
``fem.forms.compilation.compiled``), and one-point quadrature integrates every term exactly. With the edge weight
:math:`w_{ij} = -\nabla\lambda_i\cdot\nabla\lambda_j` and an edge flux :math:`\Gamma_{ij}` from i to j,

.. math:: -\int_T \Gamma\cdot\nabla v\,dx = |T| \sum_{i<j} w_{ij}\,\Gamma_{ij}\,(v_i - v_j).

Drift and diffusion along an edge (D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices
16, 64, 1969): :math:`\Gamma_{ij} = D\,[B(-\Delta)u_i - B(\Delta)u_j]`, :math:`B(x) = x/(e^x - 1)`.

A term is written once, for an edge from ``TAIL`` to ``HEAD`` or for the node ``NODE``, which stand for all of them:
it is assembled along the edges of the mesh (``fem.forms.assembly``) or edge by edge in each cell (``compiled``). A term
with a quantity of a cell, such as the size of a gradient, is written out for every edge of a cell and stays there.

All terms of one form must use the same one-point rule: FFCx mixes up rules of one form otherwise.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import ufl

from fem.forms.edge_data import AXES, HEAD, LENGTH, NODE, SHARE, TAIL, WEIGHT, EdgeDatum, End, Quantity
from fem.forms.nodal_values import ALONG, AT_NODES, EDGES, of_vertices, vertex_value

Expr = Any  # a UFL expression
Vertex = Any  # a local vertex of a cell, or an End
VertexFunction = Callable[[Any], Expr]


class EdgeCalculus:
    """Nodal values, edge differences and edge weights of P1 fields on one mesh.

    ``measure`` integrates over all cells with one point, times the radius factor
    (:math:`2\\pi r`) for axisymmetric meshes. ``shares``: those of the corners in the volumes of cells
    (``control_volumes``), the integrals of the barycentric coordinates if None.
    """

    def __init__(self, mesh: Any, *, axisymmetric: bool = False, shares: Any = None) -> None:
        d = mesh.topology.dim
        self.mesh, self.shares = mesh, shares
        self.dim = d
        self.measure, self._along, self._at_nodes = (
            ufl.Measure("dx", mesh, metadata={"quadrature_degree": 1, EDGES: kind})
            for kind in (True, ALONG, AT_NODES)
        )
        self._jacobian = ufl.Jacobian(mesh)
        inverse = ufl.JacobianInverse(mesh)
        self._vertices = np.vstack([np.zeros(d), np.eye(d)])
        self._middle = self._vertices.mean(axis=0)
        reference = np.vstack([-np.ones(d), np.eye(d)])
        self._gradients = [ufl.dot(ufl.transpose(inverse), _vector(g)) for g in reference]
        self._axisymmetric = axisymmetric
        self._x = ufl.SpatialCoordinate(mesh)
        self._data: dict[str, EdgeDatum] = {}
        self._me = weakref.proxy(self)  # for data, which this keeps

    @property
    def edges(self) -> Iterator[tuple[int, int]]:
        """Local vertex pairs (i, j), i < j."""
        return ((i, j) for i in range(self.dim + 1) for j in range(i + 1, self.dim + 1))

    @property
    def vertices(self) -> range:
        """Local vertex numbers."""
        return range(self.dim + 1)

    def at(self, u: Expr, i: Vertex) -> Expr:
        """Return the value of ``u`` at local vertex ``i``."""
        return vertex_value(u, i)

    def delta(self, u: Expr, i: Vertex, j: Vertex) -> Expr:
        """Return :math:`u_j - u_i`."""
        return vertex_value(u, j) - vertex_value(u, i)

    def length(self, i: Vertex, j: Vertex) -> Expr:
        """Return the length of an edge."""
        if isinstance(i, End):
            return self._datum(LENGTH, lambda i, j, me=self._me: me.length(i, j))
        edge = ufl.dot(self._jacobian, _vector(self._vertices[j] - self._vertices[i]))
        return ufl.sqrt(ufl.dot(edge, edge))

    def weight(self, i: Vertex, j: Vertex, factors: Sequence[Expr] | None = None) -> Expr:
        r"""Return the edge weight :math:`-\nabla\lambda_i\cdot K\nabla\lambda_j` (times 2πr).

        K is diagonal, with one of the ``factors`` for each axis of the mesh; 1 if None.
        """
        if isinstance(i, End):
            return self._common_weight(factors)
        first, second = self._gradients[i], self._gradients[j]
        if factors is None:
            return -ufl.dot(first, second) * self.radius_factor
        return -sum(f * first[k] * second[k] for k, f in enumerate(factors)) * self.radius_factor

    def _common_weight(self, factors: Sequence[Expr] | None) -> Expr:
        """Return the weight of the edge that stands for all."""
        if factors is None:
            return self._datum(WEIGHT, lambda i, j, me=self._me: me.weight(i, j))

        def part(axis: int) -> Expr:
            alone = [float(k == axis) for k in range(self.dim)]
            return self._datum(AXES[axis], lambda i, j, me=self._me: me.weight(i, j, alone))

        return sum(f * part(axis) for axis, f in enumerate(factors))

    def _datum(self, quantity: Quantity, in_cell: Callable[..., Expr]) -> EdgeDatum:
        """Return a quantity of the edge or node that stands for all; made once."""
        if quantity.name not in self._data:
            self._data[quantity.name] = EdgeDatum(self.mesh, quantity, in_cell)
        return self._data[quantity.name]

    def edge_table(self, quantity: Quantity, values: Any) -> Callable[[int, int], Expr]:
        """Return the function of an edge (i, j) that is a component of ``values``, constant in cells: one per edge."""
        pairs = list(self.edges)

        def in_cell(i: int, j: int) -> Expr:
            return values[pairs.index((i, j))]

        return lambda i, j: self._datum(quantity, in_cell) if isinstance(i, End) else in_cell(i, j)

    @property
    def radius_factor(self) -> Expr:
        """:math:`2\\pi r` at the quadrature point (a cell's centre) for axisymmetric meshes, else 1."""
        return 2 * np.pi * self._x[0] if self._axisymmetric else 1.0

    def stiffness(self, coefficient: Expr, u: Expr, v: Expr) -> Expr:
        """Return :math:`\\int c\\,\\nabla u\\cdot\\nabla v` with a constant ``c`` per cell."""
        return self.over_edges(
            lambda i, j: coefficient * self.weight(i, j) * self.delta(u, i, j) * self.delta(v, i, j)
        )

    def slope(self, u: Expr, axis: int) -> Expr:
        r"""Return :math:`\partial u/\partial x_k` of a cell along the axis k, from the differences along its edges."""
        return sum(self._gradients[i][axis] * self.delta(u, 0, i) for i in self.vertices if i)

    def gradient_squared(self, u: Expr) -> Expr:
        r"""Return :math:`|\nabla u|^2` of a cell, from the differences along its edges."""
        pairs = self.edges
        parts = (
            -ufl.dot(self._gradients[i], self._gradients[j]) * self.delta(u, i, j) ** 2 for i, j in pairs
        )
        return ufl.max_value(sum(parts), 0.0)  # below 0 by round-off only

    def lump(self, density: VertexFunction, v: Expr) -> Expr:
        """Return the mass-lumped :math:`\\int f v`; ``density(i)`` is f at local vertex i."""

        def part(i: Vertex) -> Expr:
            return self.vertex_share(i) * density(i) * self.at(v, i)

        one = _standing(lambda: part(NODE))
        if one is not None:
            return one * self._at_nodes
        return sum(part(i) for i in self.vertices) * self.measure

    def vertex_share(self, i: Vertex) -> Expr:
        """Fraction of the cell's volume at vertex i: without ``shares`` the exact integral of λ_i (2πr)."""
        if isinstance(i, End):
            return self._datum(self._share, lambda i, me=self._me: me.vertex_share(i))
        if self.shares is not None:
            return self.shares[i]
        if not self._axisymmetric:
            return 1.0 / (self.dim + 1)
        r = self._x[0]
        away = ufl.dot(self._jacobian, _vector(self._vertices[i] - self._middle))[0]
        return 2 * np.pi * (away + 4 * r) / (4 * (self.dim + 1))

    @property
    def _share(self) -> Quantity:
        if self.shares is None:
            return SHARE
        table = self.shares.x.array.reshape(-1, self.dim + 1)
        return Quantity(SHARE.name, lambda cells: cells.volumes[:, None] * table)

    def edge_sum(
        self,
        flux: Callable[[int, int], Expr],
        v: Expr,
        weight: Callable[[int, int], Expr] | None = None,
    ) -> Expr:
        """Return :math:`-\\int\\Gamma\\cdot\\nabla v`; ``flux(i, j)`` is the edge flux from i to j.

        ``weight(i, j)`` of an edge; that of ``weight`` if None.
        """
        weigh = weight or self.weight
        return self.over_edges(lambda i, j: -weigh(i, j) * flux(i, j) * self.delta(v, i, j))

    def over_edges(self, part: Callable[[Any, Any], Expr]) -> Expr:
        """Return the integral of the sum of ``part(i, j)`` over the edges of each cell, with a weight in each part."""
        one = _standing(lambda: part(TAIL, HEAD))
        if one is not None:
            return one * self._along
        return sum(part(i, j) for i, j in self.edges) * self.measure


def _standing(write: Callable[[], Expr]) -> Expr | None:
    """Return what is written for an edge or node that stands for all, None where something in it belongs to a cell."""
    try:
        one = write()
    except (TypeError, IndexError):  # it has no number; what else is wrong is so in a cell too
        return None
    return one if of_vertices(one) else None


def _vector(values: Any) -> Expr:
    return ufl.as_vector([float(v) for v in values])


_SMALL = 0.1  # below it the functions are taken from a series
_LARGE = 700.0  # above it one of the two functions is linear, and the other is 0


def bernoulli_pair(x: Expr) -> tuple[Expr, Expr]:
    r"""Return :math:`(B(x), B(-x))`, overflow-safe and to full relative accuracy.

    With z = x/2, :math:`B(\pm x) = e^{\mp z}\,z/\sinh z = z\coth z \mp z`: the first form is good where z is not
    small and the second where it is. So the two halves of a flux cancel to round-off in equilibrium;
    a difference such as B(-x) - x would lose the small one. One exponential serves for all.
    """
    z = x / 2
    small = ufl.lt(abs(x), _SMALL)
    up = ufl.exp(ufl.max_value(ufl.min_value(z, _LARGE / 2), -_LARGE / 2))
    down = 1 / up
    g = 2 * z / ufl.conditional(small, 1.0, up - down)
    s = z * z
    even = 1 + s * (1 / 3 + s * (-1 / 45 + s * (2 / 945 + s * (-1 / 4725 + s * (2 / 93555)))))
    return ufl.conditional(small, even - z, g * down), ufl.conditional(small, even + z, g * up)


def scharfetter_gummel(advance: Expr, u_i: Expr, u_j: Expr, *, reverse: bool = False) -> Expr:
    r"""Return the edge flux :math:`B(-a)u_i - B(a)u_j` per unit diffusivity.

    ``advance`` a is the drift exponent from i to j: the equilibrium ratio is
    :math:`u_j/u_i = e^{a}`, e.g. :math:`a = \psi_j-\psi_i` for electrons (potential in kT/q).
    ``reverse`` takes -a instead; two species of opposite sign share their functions of one a.
    """
    forward, backward = bernoulli_pair(advance)
    if reverse:
        forward, backward = backward, forward
    return backward * u_i - forward * u_j
