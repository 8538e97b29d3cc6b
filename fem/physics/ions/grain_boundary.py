r"""Diffusion along grain boundaries and interfaces, as thin as an atom or two.

A slab of width :math:`\delta` and diffusivity :math:`D_{gb}` between two grains carries along it, per length of its
line [1/(m s)] (J. C. Fisher, J. Appl. Phys. 22, 74, 1951)

.. math:: \delta\,\Gamma_t = -\delta D_{gb}\,P\,\nabla_t\left(\frac{\mu}{kT}\right)

with the same density and chemical potential as the grains beside it, with which it is in equilibrium (no
segregation); what it holds itself is left out. The facets of an interface "a|b" are simplices, so that their
tangential fluxes are Scharfetter-Gummel fluxes of the edges that lie in them, weighted with
:math:`-\nabla_t\lambda_i\cdot\nabla_t\lambda_j` and the area of the facet. A grain boundary that is meshed is a
region with a material of its own instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import any_of, instance, number
from fem.forms.context import Context
from fem.forms.edge_data import Quantity
from fem.forms.faces import interface_regions
from fem.forms.setting import Setting
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.dissipation import EdgeFlux

Array = npt.NDArray[np.float64]
_WIDEST = 1e-8  # [m]: above it a unit was left out, or the boundary should be meshed


@dataclass(frozen=True, kw_only=True)
class GrainBoundary:
    """A boundary of ``width`` [m] with a ``diffusivity`` [m^2/s] along it, a number or Arrhenius(m^2/s, eV).

    Light and strong fields leave it as it is. Raises OutOfRangeError.
    """

    diffusivity: float | Arrhenius
    width: float

    def __post_init__(self) -> None:
        settle(self, "a grain boundary", diffusivity=any_of(instance(Arrhenius), number))
        given = self.diffusivity
        size = given.prefactor if isinstance(given, Arrhenius) else given
        if not (size > 0 and math.isfinite(size)):
            raise OutOfRangeError("diffusivity of a grain boundary [m^2/s]", size, "positive and finite")
        if not 0 < self.width <= _WIDEST:
            raise OutOfRangeError("width of a grain boundary [m]", self.width, "positive, at most 10 nm")

    def conductance(self, temperature: float) -> float:
        """Return diffusivity times width [m^3/s] at a temperature [K]."""
        given = self.diffusivity
        return self.width * (given(temperature) if isinstance(given, Arrhenius) else given)


def check_boundaries(
    setting: Setting, name: str, boundaries: Mapping[str, GrainBoundary], regions: Sequence[str]
) -> None:
    """Raise UnknownNameError or IncompatibleError unless each boundary is a line or face where the ion moves."""
    for interface, boundary in boundaries.items():
        if not isinstance(boundary, GrainBoundary):
            raise IncompatibleError(f"the grain boundary at {interface!r} is {boundary!r}, no GrainBoundary.")
        sides = interface_regions(setting.mesh, setting.mesh.require("interface", interface))
        if setting.mesh.dim == 1:
            raise IncompatibleError(
                f"{name} has a grain boundary at {interface!r}, which is a point of a line: nothing moves along it."
            )
        if not set(sides) & set(regions):
            raise IncompatibleError(
                f"{name} has a grain boundary at {interface!r}, on neither side of which it moves."
            )


def boundary_paths(
    context: Context, boundaries: Mapping[str, GrainBoundary], regions: Sequence[str]
) -> list[tuple[TemperatureLaw, EdgeFlux]]:
    """Return of each boundary its diffusivity times width [D0 L0] and the weight of an edge [L0^(d-3)]."""
    return [_path(context, name, boundary, regions) for name, boundary in boundaries.items()]


def _path(
    context: Context, interface: str, boundary: GrainBoundary, regions: Sequence[str]
) -> tuple[TemperatureLaw, EdgeFlux]:
    edges = list(context.calculus.edges)
    unit = context.scaling.diffusivity * context.scaling.length

    def value(_region: str, _material: Material, temperature: float) -> float:
        return boundary.conductance(temperature) / unit

    sides = interface_regions(context.setting.mesh, interface)
    side = next(r for r in sides if r in regions)
    weights = _weights(context, interface, side, edges)
    table = weights.x.array.reshape(-1, len(edges))
    quantity = Quantity(f"weight along {interface} in {side}", lambda cells: cells.volumes[:, None] * table)
    return context.law(f"{boundary!r} at {interface}", value), context.calculus.edge_table(quantity, weights)


def _weights(context: Context, interface: str, region: str, edges: Sequence[tuple[int, int]]) -> Any:
    """Return the weights of the edges of each cell of ``region`` that lie in the interface, over its volume."""
    import basix.ufl
    from dolfinx import fem as dfem

    mesh = context.setting.mesh
    element = basix.ufl.element("DG", mesh.mesh.basix_cell(), 0, shape=(len(edges),))
    found = dfem.Function(dfem.functionspace(mesh.mesh, element))
    table = found.x.array.reshape(-1, len(edges))
    to_cell = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    to_facet = mesh.mesh.topology.connectivity(mesh.dim, mesh.dim - 1)
    for facet in mesh.facets(interface):
        for cell in to_cell.links(int(facet)):
            if mesh.cell_region[cell] != mesh.regions[region]:
                continue
            opposite = int(np.flatnonzero(to_facet.links(int(cell)) == facet)[0])
            corners = [k for k in range(mesh.dim + 1) if k != opposite]
            x = mesh.mesh.geometry.x[mesh.mesh.geometry.dofmaps[0][cell]][:, : mesh.dim]
            volume = abs(np.linalg.det(x[1:] - x[0])) / math.factorial(mesh.dim)
            stiffness = _facet_stiffness(mesh, x[corners])
            for a, i in enumerate(corners):
                for b, j in enumerate(corners[:a]):
                    table[cell, edges.index((j, i))] -= stiffness[a, b] / volume
    return found


def _facet_stiffness(mesh: DeviceMesh, x: Array) -> Array:
    r"""Return :math:`\int\nabla_t\lambda_i\cdot\nabla_t\lambda_j` (times 2πr) of a facet with corners x."""
    sides = x[1:] - x[0]
    metric = sides @ sides.T
    inner = np.linalg.inv(metric)
    gradients = np.vstack([-np.ones(len(sides)), np.eye(len(sides))])
    area = math.sqrt(np.linalg.det(metric)) / math.factorial(len(sides))
    ring = 2 * np.pi * x[:, 0].mean() if mesh.axisymmetric else 1.0
    return np.asarray(ring * area * gradients @ inner @ gradients.T)
