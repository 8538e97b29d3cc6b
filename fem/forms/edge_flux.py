r"""Scharfetter-Gummel edge fluxes and mass lumping on P1 simplices, in UFL.

On an affine simplex every P1 field is known from its values :math:`u_i` at the vertices, which are UFL expressions
that become the dofs themselves when a form is compiled (``fem.forms.nodal_values``; such forms go through
``fem.forms.compilation.compiled``), and one-point quadrature integrates every term exactly. With the edge weight
:math:`w_{ij} = -\nabla\lambda_i\cdot\nabla\lambda_j` and an edge flux :math:`\Gamma_{ij}` from i to j,

.. math:: -\int_T \Gamma\cdot\nabla v\,dx = |T| \sum_{i<j} w_{ij}\,\Gamma_{ij}\,(v_i - v_j).

Drift and diffusion along an edge (D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices
16, 64, 1969): :math:`\Gamma_{ij} = D\,[B(-\Delta)u_i - B(\Delta)u_j]`, :math:`B(x) = x/(e^x - 1)`.

All terms of one form must use the same one-point rule: FFCx mixes up rules of one form otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import ufl

from fem.forms.nodal_values import EDGES, vertex_value

Expr = Any  # a UFL expression
VertexFunction = Callable[[int], Expr]


class EdgeCalculus:
    """Nodal values, edge differences and edge weights of P1 fields on one mesh.

    ``measure`` integrates over all cells with one point, times the radius factor
    (:math:`2\\pi r`) for axisymmetric meshes.
    """

    def __init__(self, mesh: Any, *, axisymmetric: bool = False) -> None:
        d = mesh.topology.dim
        self.mesh = mesh
        self.dim = d
        self.measure = ufl.Measure("dx", mesh, metadata={"quadrature_degree": 1, EDGES: True})
        self._jacobian = ufl.Jacobian(mesh)
        inverse = ufl.JacobianInverse(mesh)
        self._vertices = np.vstack([np.zeros(d), np.eye(d)])
        self._middle = self._vertices.mean(axis=0)
        reference = np.vstack([-np.ones(d), np.eye(d)])
        self._gradients = [ufl.dot(ufl.transpose(inverse), _vector(g)) for g in reference]
        self._axisymmetric = axisymmetric
        self._x = ufl.SpatialCoordinate(mesh)

    @property
    def edges(self) -> Iterator[tuple[int, int]]:
        """Local vertex pairs (i, j), i < j."""
        return ((i, j) for i in range(self.dim + 1) for j in range(i + 1, self.dim + 1))

    @property
    def vertices(self) -> range:
        """Local vertex numbers."""
        return range(self.dim + 1)

    def at(self, u: Expr, i: int) -> Expr:
        """Return the value of ``u`` at local vertex ``i``."""
        return vertex_value(u, i)

    def delta(self, u: Expr, i: int, j: int) -> Expr:
        """Return :math:`u_j - u_i`."""
        return vertex_value(u, j) - vertex_value(u, i)

    def length(self, i: int, j: int) -> Expr:
        """Return the length of an edge."""
        edge = ufl.dot(self._jacobian, _vector(self._vertices[j] - self._vertices[i]))
        return ufl.sqrt(ufl.dot(edge, edge))

    def weight(self, i: int, j: int, factors: Sequence[Expr] | None = None) -> Expr:
        r"""Return the edge weight :math:`-\nabla\lambda_i\cdot K\nabla\lambda_j` (times 2πr).

        K is diagonal, with one of the ``factors`` for each axis of the mesh; 1 if None.
        """
        first, second = self._gradients[i], self._gradients[j]
        if factors is None:
            return -ufl.dot(first, second) * self.radius_factor
        return -sum(f * first[k] * second[k] for k, f in enumerate(factors)) * self.radius_factor

    @property
    def radius_factor(self) -> Expr:
        """:math:`2\\pi r` at the quadrature point (a cell's centre) for axisymmetric meshes, else 1."""
        return 2 * np.pi * self._x[0] if self._axisymmetric else 1.0

    def stiffness(self, coefficient: Expr, u: Expr, v: Expr) -> Expr:
        """Return :math:`\\int c\\,\\nabla u\\cdot\\nabla v` with a constant ``c`` per cell."""
        total = sum(self.weight(i, j) * self.delta(u, i, j) * self.delta(v, i, j) for i, j in self.edges)
        return coefficient * total * self.measure

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
        total = 0
        for i in self.vertices:
            total += self._vertex_share(i) * density(i) * self.at(v, i)
        return total * self.measure

    def _vertex_share(self, i: int) -> Expr:
        """Fraction of the cell's volume that belongs to vertex i: exact integral of λ_i (2πr)."""
        if not self._axisymmetric:
            return 1.0 / (self.dim + 1)
        r = self._x[0]
        away = ufl.dot(self._jacobian, _vector(self._vertices[i] - self._middle))[0]
        return 2 * np.pi * (away + 4 * r) / (4 * (self.dim + 1))

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
        total = 0
        for i, j in self.edges:
            total += -weigh(i, j) * flux(i, j) * self.delta(v, i, j)
        return total * self.measure


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
