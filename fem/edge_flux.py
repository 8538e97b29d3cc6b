r"""Scharfetter-Gummel edge fluxes and mass lumping on P1 simplices, in UFL.

On an affine simplex every P1 field is known from its value and gradient at one point, so nodal
values :math:`u_i` and edge differences :math:`u_j - u_i` are exact UFL expressions and one-point
quadrature integrates every term exactly. With the edge weight
:math:`w_{ij} = -\nabla\lambda_i\cdot\nabla\lambda_j` and an edge flux :math:`\Gamma_{ij}` from i to j,

.. math:: -\int_T \Gamma\cdot\nabla v\,dx = |T| \sum_{i<j} w_{ij}\,\Gamma_{ij}\,(v_i - v_j).

Drift and diffusion along an edge (D. L. Scharfetter and H. K. Gummel, IEEE Trans. Electron Devices
16, 64, 1969): :math:`\Gamma_{ij} = D\,[B(-\Delta)u_i - B(\Delta)u_j]`, :math:`B(x) = x/(e^x - 1)`.

All terms of one form must use the same one-point rule: FFCx mixes up rules of one form otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import ufl

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
        self.measure = ufl.Measure("dx", mesh, metadata={"quadrature_degree": 1})
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
        return u + ufl.dot(ufl.grad(u), ufl.dot(self._jacobian, _vector(self._vertices[i] - self._middle)))

    def delta(self, u: Expr, i: int, j: int) -> Expr:
        """Return :math:`u_j - u_i`."""
        edge = ufl.dot(self._jacobian, _vector(self._vertices[j] - self._vertices[i]))
        return ufl.dot(ufl.grad(u), edge)

    def weight(self, i: int, j: int) -> Expr:
        r"""Return the edge weight :math:`-\nabla\lambda_i\cdot\nabla\lambda_j` (times 2πr)."""
        return -ufl.dot(self._gradients[i], self._gradients[j]) * self.radius_factor

    @property
    def radius_factor(self) -> Expr:
        """:math:`2\\pi r` at the quadrature point (a cell's centre) for axisymmetric meshes, else 1."""
        return 2 * np.pi * self._x[0] if self._axisymmetric else 1.0

    def stiffness(self, coefficient: Expr, u: Expr, v: Expr) -> Expr:
        """Return :math:`\\int c\\,\\nabla u\\cdot\\nabla v` with a constant ``c`` per cell."""
        return coefficient * ufl.inner(ufl.grad(u), ufl.grad(v)) * self.radius_factor * self.measure

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
        return 2 * np.pi * (self.at(r, i) + 3 * r) / (4 * (self.dim + 1))

    def edge_sum(self, flux: Callable[[int, int], Expr], v: Expr) -> Expr:
        """Return :math:`-\\int\\Gamma\\cdot\\nabla v`; ``flux(i, j)`` is the edge flux from i to j."""
        total = 0
        for i, j in self.edges:
            total += -self.weight(i, j) * flux(i, j) * self.delta(v, i, j)
        return total * self.measure


def _vector(values: Any) -> Expr:
    return ufl.as_vector([float(v) for v in values])


def bernoulli_pair(x: Expr) -> tuple[Expr, Expr]:
    r"""Return :math:`(B(x), B(-x))`, overflow-safe and to full relative accuracy.

    Uses :math:`B(\pm x) = e^{\mp x/2}\,z/\sinh z` with z = x/2, so that in equilibrium the two
    halves of a flux cancel to round-off; a difference such as B(-x) - x would lose the small one.
    """
    z = x / 2
    small, large = ufl.lt(abs(x), 1e-2), ufl.gt(abs(x), 600.0)
    safe = ufl.conditional(ufl.Or(small, large), 1.0, z)
    g = ufl.conditional(small, 1 - z * z / 6 + 7 * z**4 / 360, safe / ufl.sinh(safe))
    bounded = ufl.conditional(large, 0.0, z)
    up = ufl.conditional(large, ufl.conditional(ufl.gt(x, 0.0), 0.0, -x), g * ufl.exp(-bounded))
    down = ufl.conditional(large, ufl.conditional(ufl.gt(x, 0.0), x, 0.0), g * ufl.exp(bounded))
    return up, down


def scharfetter_gummel(advance: Expr, u_i: Expr, u_j: Expr) -> Expr:
    r"""Return the edge flux :math:`B(-a)u_i - B(a)u_j` per unit diffusivity.

    ``advance`` a is the drift exponent from i to j: the equilibrium ratio is
    :math:`u_j/u_i = e^{a}`, e.g. :math:`a = \psi_j-\psi_i` for electrons (potential in kT/q).
    """
    forward, backward = bernoulli_pair(advance)
    return backward * u_i - forward * u_j
