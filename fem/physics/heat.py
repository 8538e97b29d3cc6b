r"""Heat: steady conduction, and the heat that carriers and ions give off.

.. math:: -\nabla\cdot(\kappa\nabla T) = H,\qquad
          H = -\sum_s kT_0\,\Gamma_s\cdot\nabla\eta_s + kT_0\,R\,(\eta_n + \eta_p)

with the particle fluxes :math:`\Gamma_s` [1/(m² s)], the electrochemical potentials :math:`\eta_s` [kT_0]
(:math:`\eta = \ln u + z\psi` of carriers, :math:`\ln P - \ln(1 - P/P_{max}) + z\psi` of ions) and the net
recombination R; counted from equilibrium, :math:`kT_0(\eta_n + \eta_p) = E_{Fn} - E_{Fp}`
(G. K. Wachutka, IEEE Trans. Computer-Aided Design 9, 1141, 1990, without thermopower). On an edge from i to
j the flux's heat is :math:`\Gamma_{ij}(\eta_i - \eta_j) \ge 0`, half of it at each end: of one sign where
:math:`J\cdot E` is not. Tested with :math:`v = \eta`, the discrete continuity equations give

.. math:: \int H = \sum_k I_k V_k + \int G\,(E_{Fn} - E_{Fp})

exactly in the steady state (the heat at thermionic contacts, ``fem.thermal``, included); what photons bring
beyond :math:`E_{Fn} - E_{Fp}` is not counted.

**One way only**: carriers and ions stay at the ambient temperature :math:`T_0`, whatever T comes out. The
temperature is a result, good as long as its rise is small (a warning says so above 1 K). The Peltier heat
that flows between a contact or junction and the bulk sums to zero and is left out.

Temperature T [K], heat per node [W] (or W/m, W/m² where the mesh lacks the rest), conductivity [W/(m K)].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.compilation import compiled
from fem.contacts import HeatSink
from fem.context import Context, Setting
from fem.edge_flux import Expr, scharfetter_gummel
from fem.errors import IncompatibleError
from fem.physics.carriers import Carriers, density_ratio, equilibrium_offset, mobility
from fem.physics.ions import MobileIons
from fem.physics.term import Physics

Array = npt.NDArray[np.float64]
EdgeFlux = Callable[[int, int], Expr]


@dataclass(frozen=True)
class Heat:
    """Steady heat conduction in all regions, metals included, with the heat of carriers and ions.

    The temperature is solved for with every saved state (``fem.thermal.temperature``). Carriers and ions
    keep the ambient temperature: the rise does not act back on them.
    """

    def check(self, setting: Setting, heat_sinks: Mapping[str, HeatSink]) -> None:
        """Raise IncompatibleError unless every region conducts heat and a heat sink takes it."""
        for region in setting.mesh.regions:
            setting.materials[region].require("thermal_conductivity", f"Heat() in region {region!r}")
        if not heat_sinks:
            raise IncompatibleError(
                "Heat() needs a heat sink, and no contact has one; give one a HeatSink(300 * K), for example."
            )


def conduction_form(conductivity: Expr, radius_factor: Expr, u: Expr, v: Expr, dx: Any) -> Expr:
    r"""Return :math:`\int \kappa\,\nabla u\cdot\nabla v` (times :math:`2\pi r` for axisymmetric meshes)."""
    return conductivity * radius_factor * ufl.inner(ufl.grad(u), ufl.grad(v)) * dx


def transfer_form(coefficient: Expr, radius_factor: Expr, u: Expr, v: Expr, ds: Any) -> Expr:
    r"""Return :math:`\int h\,u\,v\,ds`: the heat through a boundary resistance 1/h (Robin condition)."""
    return coefficient * radius_factor * u * v * ds


class DissipatedHeat:
    """The heat of a context's carriers and ions in its present unknowns, in parts, per node.

    Parts: each carrier, each ion species, and "recombination". Scaled: one unit is kT/q times the unit of
    current. ``space``: the P1 space that receives the heat.
    """

    def __init__(self, context: Context, terms: Sequence[Physics], space: Any) -> None:
        from dolfinx import fem as dfem

        self.context = context
        self.terms = tuple(terms)
        self.species = context.names[1:]
        self._eta = {name: dfem.Function(context.scalar_space) for name in self.species}
        self._splitting = dfem.Function(context.scalar_space)
        self.forms = {name: compiled(f) for name, f in self._all(ufl.TestFunction(space)).items()}

    def update(self) -> None:
        """Take the electrochemical potentials from the present unknowns; 0 where there are no particles."""
        c = self.context
        values = c.unknown.x.array.reshape(-1, c.block_size)
        for field in c.fields[1:]:
            density = values[:, c.index(field.name)]
            here = density > 0
            eta = np.log(np.where(here, density, 1.0)) + field.charge_number * values[:, 0]
            if field.ionic:
                eta = eta + np.where(here, self._excess(field.name, density), 0.0)
            self._eta[field.name].x.array[:] = np.where(here, eta, 0.0)
        if {"electron", "hole"} <= set(self.species):
            n, p = (self._eta[s].x.array for s in ("electron", "hole"))
            offset = sum(equilibrium_offset(c.setting, s, c.scaling.density) for s in ("electron", "hole"))
            here = (values[:, c.index("electron")] > 0) & (values[:, c.index("hole")] > 0)
            self._splitting.x.array[:] = np.where(here, n + p - offset, 0.0)

    def _excess(self, name: str, density: Array) -> Array:
        """Return -ln(1 - P/P_max) at the nodes."""
        term = next(t for t in self.terms if isinstance(t, MobileIons) and t.name == name)
        limit = term.limit(self.context.setting) / self.context.scaling.density
        excess: Array = -np.log1p(-np.minimum(density / limit, 1 - 1e-15))
        return excess

    def _all(self, v: Expr) -> dict[str, Expr]:
        """Return the UFL form of each part; raises IncompatibleError for a term whose heat is unknown."""
        found: dict[str, Expr] = {}
        for term in self.terms:
            if isinstance(term, Carriers):
                for name in term.species:
                    found[name] = self._edge_heat(name, carrier_flux(self.context, name), v)
                if len(term.species) == 2 and term.recombination:
                    found["recombination"] = self._recombination(term, v)
            elif isinstance(term, MobileIons):
                found[term.name] = self._edge_heat(term.name, ion_flux(self.context, term), v)
            elif set(term.currents(self.context, self._splitting)) - {"displacement"}:
                raise IncompatibleError(f"{term!r} carries a current whose heat Heat() does not know.")
        return found

    def _edge_heat(self, name: str, flux: EdgeFlux, v: Expr) -> Expr:
        """Return the heat of a flux: flux times the fall of its potential, half to each end of the edge."""
        c, eta = self.context.calculus, self._eta[name]
        total: Expr = 0
        for i, j in c.edges:
            heat = ufl.max_value(-flux(i, j) * c.delta(eta, i, j), 0.0)  # below 0 by round-off only
            total += c.weight(i, j) * heat * (c.at(v, i) + c.at(v, j)) / 2
        return total * c.measure

    def _recombination(self, term: Carriers, v: Expr) -> Expr:
        context, c = self.context, self.context.calculus

        def heat(i: int) -> Expr:
            n, p = (term.density(context, s, i) for s in ("electron", "hole"))
            rate = sum(law.rate(context, n, p) for law in term.recombination)
            return ufl.max_value(rate * c.at(self._splitting, i), 0.0)

        return c.lump(heat, v)


def carrier_flux(context: Context, species: str) -> EdgeFlux:
    """Return the edge flux of a carrier, the one of its continuity equation."""
    c, u, psi = context.calculus, context.field(species), context.field("potential")
    factor = mobility(context, species) * density_ratio(context, species)
    z = context.fields[context.index(species)].charge_number

    def flux(i: int, j: int) -> Expr:
        return factor * scharfetter_gummel(-z * c.delta(psi, i, j), c.at(u, i), c.at(u, j))

    return flux


def ion_flux(context: Context, term: MobileIons) -> EdgeFlux:
    """Return the edge flux of an ion species, the one of its continuity equation."""
    c, density, psi = context.calculus, context.field(term.name), context.field("potential")
    z, setting = term.species.charge_number, context.setting
    regions = context.fields[context.index(term.name)].regions

    def diffusivity(region: str, material: Any) -> float:
        if region not in regions:
            return 0.0
        ion = material.ion(term.name, "Heat()")
        return float(ion.diffusivity_at(setting.temperature, z)) / context.scaling.diffusivity

    factor = context.ion_motion * context.by_region(f"{term.name} diffusivity of heat", diffusivity)

    def flux(i: int, j: int) -> Expr:
        first, second = c.at(density, i), c.at(density, j)
        excess = term.excess(context, second, j) - term.excess(context, first, i)
        return factor * scharfetter_gummel(-(z * c.delta(psi, i, j) + excess), first, second)

    return flux
