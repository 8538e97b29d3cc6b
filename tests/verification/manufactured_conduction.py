r"""Manufactured solutions of films with ``Conduction``: its differential equations, and the device that has them.

Continuity of :math:`-\sigma\nabla\varphi - \varepsilon\nabla\dot\psi`, averaged densities, the screened potential,
ions that drift in it, and heat with the law of Wiedemann and Franz. Scaled as in ``manufactured_equations``. Where a
film has a conductivity of its own, no ions are in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.materials import Arrhenius
from fem.physics import Conduction, ConductivityFormula, MobileIons, Screening, Term, VacancyConductivity
from fem.physics.heat.heat import heat_row_scale
from tests.verification.manufactured import Manufactured, Source
from tests.verification.manufactured_equations import (
    DEBYE,
    DENSITY,
    HEIGHT,
    IONS,
    LIMIT,
    VOLTAGE,
    Equations,
    Film,
)

PSI = "electrostatic potential"
NEUTRAL = ("potential", "cation", "temperature")
FULL = ("potential", PSI, "cation", "anion", "temperature")

UNIT = ELEMENTARY_CHARGE * 1e-4 * DENSITY  # [S/m]
POOR, RICH = (0.2, 0.1), (1.0, 0.02)  # conductivity at the ambient temperature [UNIT], energy [eV]
BASE, STEEPNESS, ENERGY = 0.3, 2.0, 0.05  # of the formula for anions: [UNIT], [1], [eV]
MOBILITY = 1.0  # of the carriers that screen [1e-4 m^2/(V s)]
SHORTEST = 1e-10 / HEIGHT  # screening length that is added to every other


@dataclass(frozen=True)
class Conductor(Film):
    """A film of which ions make the conductivity, seen over an ``averaging`` length [HEIGHT], or which has its ``own``.

    ``own``: at the ambient temperature [UNIT], with an energy of activation of ENERGY; 0 where ions make it.
    """

    averaging: float = 0.0
    own: float = 0.0

    def material(self, devices: Any, name: str) -> Any:
        """Return the material in SI units."""
        found = super().material(devices, name)
        if not self.own:
            return found
        grown = self.own * UNIT * float(np.exp(ENERGY / VOLTAGE))
        return found.with_(electrical_conductivity=Arrhenius(grown, ENERGY))


class ConductionEquations(Equations):
    """The differential equations of ``Conduction`` and of what goes with it."""

    @property
    def inside(self) -> Any:
        """1 where there are ions and 0 elsewhere."""
        own = self.film["own"]
        return float(own == 0.0) if isinstance(own, float) else ufl.conditional(ufl.gt(own, 0.0), 0.0, 1.0)

    @property
    def ion_potential(self) -> Any:
        """The potential in which ions drift, and of the displacement."""
        return self.exact.get(PSI, self.exact["potential"])

    def mobility(self, name: str) -> Any:
        """Return the diffusivity of ions, 0 where there are none."""
        return self.inside * super().mobility(name)

    def flux(self, name: str) -> Any:
        """Return the total current, the flux of an equation, of ions, or of heat."""
        permittivity, psi = DEBYE * self.film["permittivity"], self.ion_potential
        if name == "potential":
            rate = ufl.diff(psi, self.time)
            return -self.conductivity() * ufl.grad(self.exact[name]) - permittivity * ufl.grad(rate)
        if name == PSI:
            return -permittivity * ufl.grad(psi)
        if name.startswith("averaged"):
            return -(self.film["averaging"] ** 2) * ufl.grad(self.exact[name])
        if name == "temperature":
            carriers = np.pi**2 / 3 * self.conductivity() * self.warmth
            return -(self.film["conductivity"] + carriers) * ufl.grad(self.exact[name])
        return super().flux(name)

    def source(self, name: str) -> Any:
        """Return what the equation leaves of the exact fields."""
        left = self.place.div(self.flux(name))
        if name == "potential":
            return left
        if name == PSI:
            return left + self.screening() * (self.exact[PSI] - self.exact["potential"])
        if name.startswith("averaged"):
            local = self.exact[name.removeprefix("averaged ")]
            return left + self.inside * (self.exact[name] - local)
        if name in IONS:
            return left + self.inside * ufl.diff(self.exact[name], self.time)
        return super().source(name)

    def screening(self) -> Any:
        """Return the permittivity over the square of the screening length."""
        permittivity, sigma = DEBYE * self.film["permittivity"], self.conductivity()
        square = permittivity * MOBILITY * self.warmth / sigma + SHORTEST**2
        return permittivity / square

    def conductivity(self) -> Any:
        """Return that of the ions where there are any, and that of the film elsewhere."""
        made: Any = self.by_cations() + (self.by_anions() if "anion" in self.exact else 0.0)
        return self.inside * made + self.film["own"] * self.activated(ENERGY)

    def share(self, ion: str) -> Any:
        """Return which part of the sites the carriers see taken."""
        return self.exact.get(f"averaged {ion}", self.exact.get(ion, 0.0)) / LIMIT

    def by_cations(self) -> Any:
        """Return the conductivity between those of no vacancies and of vacancies on all sites."""
        (low, shallow), (high, deep) = POOR, RICH
        share = self.share("cation")
        return low * (high / low) ** share * self.activated(shallow + share * (deep - shallow))

    def by_anions(self) -> Any:
        """Return the conductivity that grows with the square of their density."""
        return BASE * (1 + STEEPNESS * self.share("anion") ** 2) * self.activated(ENERGY)

    def heat(self) -> Any:
        """Return Joule heat of the carriers."""
        slope = ufl.grad(self.exact["potential"])
        return self.conductivity() * ufl.inner(slope, slope)


def laws(averaging: float, names: tuple[str, ...]) -> list[Any]:
    """Return the same conductivities as laws in SI units, seen over a length [HEIGHT]."""

    def grown(value: float, energy: float) -> float:
        return value * UNIT * float(np.exp(energy / VOLTAGE))

    def of_anions(density: Any, thermal_energy: Any, exp: Any, lowest: Any) -> Any:
        share = density / (LIMIT * DENSITY)
        return grown(BASE, ENERGY) * (1 + STEEPNESS * share * share) * exp(-ENERGY / thermal_energy)

    poor, rich = (Arrhenius(grown(*law), law[1]) for law in (POOR, RICH))
    common: dict[str, Any] = {"density": LIMIT * DENSITY, "averaging_length": averaging * HEIGHT}
    found: list[Any] = [VacancyConductivity(ion="cation", poor=poor, rich=rich, **common)]
    if "anion" in names:
        found.append(ConductivityFormula(ion="anion", formula=of_anions, **common))
    return found


class ConductionSource(Source):
    """The source of each equation of a film with ``Conduction``."""

    def row_scale(self, context: Any, name: str) -> float:
        """Return the factor by which the device multiplies the equation of ``name``."""
        first = context.terms[0]
        if name == "potential":
            return float(1 / first._scale(context))
        if name == PSI:
            return float(first.screening._row_scale(context))
        return float(heat_row_scale(context) if name == "temperature" else context.row_scale(name).value)


class ManufacturedConduction(Manufactured):
    """A device with ``Conduction`` and sources, whose solution is known."""

    source_of = ConductionSource
    equations_of = ConductionEquations

    def physics(self, films: Mapping[str, Film], names: tuple[str, ...]) -> list[Term]:
        """Return the terms of the device but for heat."""
        having = {r: f for r, f in films.items() if isinstance(f, Conductor) and not f.own}
        by_region = {region: laws(film.averaging, names) for region, film in having.items()}
        screening = Screening(carrier_mobility=MOBILITY * 1e-4) if PSI in names else None
        ions = [MobileIons(name, regions=tuple(having)) for name in names if name in IONS]
        return [Conduction(by_region, screening=screening), *ions]
