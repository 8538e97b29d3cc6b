r"""Current continuity: a film whose conductivity follows its vacancies, in place of Poisson's equation.

.. math:: \nabla\cdot(\sigma\nabla\varphi + \varepsilon\nabla\dot\psi) = 0,\qquad
          \sigma = \sigma(\hat c, T)

Unknown: ``potential`` [kT/q in the residual], that of the Fermi level over -q, 0 V at rest; what its ions carry is not
part of the terminal current. The conductivity follows laws of the density of ions, averaged over a length
(``conductivity_laws``, ``averaged_density``). With a ``Screening`` the electrostatic potential :math:`\psi` in which
ions drift is an unknown of its own (``screening``); without one it is :math:`\varphi`, as it is where carriers screen
well. Its displacement current flows beside that of the carriers. Along an edge σ is the harmonic mean of its ends, so
that a thin depleted gap is not shorted by its neighbours. Joule heat :math:`\sigma|\nabla\varphi|^2` goes half to each
end; what the terminals bring beyond it, of I·V, charges the film. Drifting ions give off none, for their current is
not one of the terminals'. Carriers conduct heat as they do current, by :math:`L\sigma T` with Sommerfeld's
:math:`L = \pi^2k^2/3q^2` (R. Franz and G. Wiedemann, Ann. Phys. 165, 497, 1853; N. W. Ashcroft and N. D. Mermin, Solid
State Physics, 1976, ch. 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, warn
from fem.errors.checking import Kind, any_of, anything, instance, optional, table
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import ELECTROSTATIC, Field, Setting
from fem.materials.material import Material
from fem.physics.heat.decomposition import decomposing, intact, intact_corners
from fem.physics.potential import averaged_density
from fem.physics.potential.conducting_paths import warn_of_insulation
from fem.physics.potential.conductivity_laws import ConductivityLaw
from fem.physics.potential.poisson import permittivity
from fem.physics.potential.screening import Screening
from fem.physics.term import Composition, Term

Array = npt.NDArray[np.float64]
_FAR = 100.0  # mean density over that of a law beyond which a unit was left out
_LEAST = 1e-16  # conductivity of a region without any, of the largest: its potential is still defined


@dataclass(frozen=True)
class Conduction(Term):
    """Current continuity in all regions that are no metal.

    ``laws``: by region, a law such as VacancyConductivity, or several, which add up; other regions have the
    ``electrical_conductivity`` of their material, or next to none without one. ``screening``: given, ions drift in
    the electrostatic potential and not in the Fermi level.
    """

    laws: Mapping[str, ConductivityLaw | Sequence[ConductivityLaw]] = field(default_factory=dict)
    screening: Screening | None = None

    sets_potential: ClassVar[bool] = True
    neutral: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {
        "laws": any_of(instance(ConductivityLaw), table(anything)),
        "screening": optional(instance(Screening)),
    }

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the potential, averaged densities, and the electrostatic potential where it is another one."""
        if not isinstance(self.laws, Mapping):
            raise IncompatibleError(
                f"Conduction() is given {self.laws!r}; give laws by the names of regions."
            )
        for region in self.laws:
            self._check_region(setting, region)
        conducting = [r for r in self._regions(setting) if self.largest_conductivity(setting, r) > 0]
        if not conducting:
            raise IncompatibleError("Conduction() has no region that conducts; give laws or conductivities.")
        regions = tuple(setting.mesh.regions)
        own = Field(name="potential", charge_number=0, regions=regions, controlled=True, density=False)
        more = [] if self.screening is None else [self.screening.field(setting)]
        return (own, *averaged_density.fields(self._by_region), *more)

    def _check_region(self, setting: Setting, region: str) -> None:
        """Raise unless the laws of a region are laws, of ions that its material has, in no metal."""
        setting.mesh.require("region", region)
        for law in self._by_region[region]:
            if not isinstance(law, ConductivityLaw):
                raise IncompatibleError(
                    f"Conduction() has {law!r} for region {region!r}, which is no VacancyConductivity, nor any other "
                    "ConductivityLaw."
                )
            if setting.materials[region].kind == "metal":
                raise IncompatibleError(f"Conduction() has a law for {region!r}, which is a metal.")
            setting.materials[region].ion(law.ion, f"the conductivity of region {region!r}")
            law.require_positive(setting.temperature * BOLTZMANN / ELEMENTARY_CHARGE)
            law.require_symbols(ufl.SpatialCoordinate(setting.mesh.mesh)[0])

    @property
    def _by_region(self) -> dict[str, tuple[ConductivityLaw, ...]]:
        """The laws by region, one or several."""
        given: Mapping[str, Any] = self.laws
        return {r: tuple(law) if isinstance(law, list | tuple) else (law,) for r, law in given.items()}

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless the ions of every law move in its region; warn of meshes and insulation."""
        for region, law in ((region, law) for region, several in self._by_region.items() for law in several):
            if not any(f.name == law.ion and region in f.regions for f in whole.fields):
                raise IncompatibleError(
                    f"the conductivity of region {region!r} follows {law.ion}, which does not move there; "
                    f"add MobileIons({law.ion!r})."
                )
            mean = whole.setting.materials[region].ion(law.ion, "its conductivity").mean_density
            most = float(mean.si(whole.setting.temperature))
            if most > _FAR * law.density and whole.setting.mesh.comm.rank == 0:
                warn(
                    f"the conductivity of region {region!r} stays above {law.density:.3g} 1/m^3 of {law.ion}, of which "
                    f"there are {most:.3g} 1/m^3 in the mean: it follows nothing. Densities are in 1/m^3; 1e21 cm^-3 "
                    "are 1e27."
                )
        averaged_density.check_lengths(whole.setting, self._by_region)
        setting = whole.setting
        inside = [
            region for region in self._regions(setting) if self.largest_conductivity(setting, region) > 0
        ]
        warn_of_insulation(whole, {*setting.of_kind("metal"), *inside})

    def residual(self, context: Context) -> Expr:
        """Return the continuity of the current, divided by the largest conductivity, and what belongs to it."""
        v = context.constant(1 / self._scale(context)) * context.test("potential")
        form = averaged_density.residual(context, self._by_region)
        if self.screening is None:
            return form + sum(self.currents(context, v).values())

        def sigma(i: int) -> Expr:
            return self.conductivity(context, i)

        form += self.stiffness(context, context.field("potential"), v)
        lasting = [region for region in self._by_region if region not in decomposing(context)]
        form += self.screening.displacement(context, sigma, lasting, v)
        return form + self.screening.residual(context, sigma)

    def following(self, context: Context, values: Array) -> dict[str, Array]:
        """Return the averaged densities of the ions' densities."""
        return averaged_density.following(context, self._by_region, values)

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the conduction current and the displacement current."""
        moving = ELECTROSTATIC if self.screening is not None else "potential"
        k = context.index(moving)
        rate = sum(c * values[k] for c, values in context.history(moving))
        inside = context.indicator(self._regions(context.setting))
        return {
            "conduction": self.stiffness(context, context.field("potential"), weight),
            "displacement": context.calculus.stiffness(inside * permittivity(context), rate, weight),
        }

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return Joule heat, never negative where the mesh has no negative edge weights."""
        c, phi = context.calculus, context.field("potential")

        def half_to_each(i: int, j: int) -> Expr:
            heat = self.edge(context, i, j) * c.delta(phi, i, j) ** 2
            return c.weight(i, j) * heat * (c.at(v, i) + c.at(v, j)) / 2

        return {"conduction": c.over_edges(half_to_each)}

    def heat_conductivity(self, context: Context, i: int, j: int) -> Expr:
        """Return that of the carriers along an edge [k N0 D0], by the law of Wiedemann and Franz."""
        warmth = context.edge_warmth(i, j)
        kt = 1.0 if warmth is None else warmth
        return math.pi**2 / 3 * self.edge(context, i, j) * kt

    def weight_form(self, context: Context, u: Expr, v: Expr) -> Expr | None:
        """Return the same form for the weights of terminal currents."""
        return self.stiffness(context, u, v)

    def stiffness(self, context: Context, u: Expr, v: Expr) -> Expr:
        r"""Return the form of :math:`\int\sigma\nabla u\cdot\nabla v` by edges."""
        c = context.calculus
        return c.edge_sum(lambda i, j: -self.edge(context, i, j) * c.delta(u, i, j), v)

    def edge(self, context: Context, i: int, j: int) -> Expr:
        """Return the scaled conductivity [q mu0 N0] along an edge, the harmonic mean of its ends."""
        first, second = (self.conductivity(context, k) for k in (i, j))
        return 2 * first * second / (first + second)

    def conductivity(self, context: Context, i: int) -> Expr:
        """Return the scaled conductivity [q mu0 N0] at local vertex i."""
        setting, unit = context.setting, self._unit(context)
        warmth = context.warmth(i)
        least = _LEAST * self._scale(context)

        def given(region: str, material: Material, temperature: float) -> float:
            if region in self.laws or material.kind == "metal":
                return 0.0 if region in self.laws else least
            datum = material.electrical_conductivity
            return max(float(datum.si(temperature)) / unit if datum else 0.0, least)

        total = context.law("conductivity", given, lambda m: m.electrical_conductivity)(warmth)
        kt = setting.temperature * BOLTZMANN / ELEMENTARY_CHARGE
        thermal = kt if warmth is None else kt * warmth
        for region, law in ((region, law) for region, several in self._by_region.items() for law in several):
            density = context.scaling.density * averaged_density.seen(context, law, i)
            value = law.at(density, thermal, exp=ufl.exp, lowest=ufl.min_value)
            total += context.indicator([region]) * value / unit
        return total * intact(context, i)

    def value(
        self, setting: Setting, region: str, density: Callable[[ConductivityLaw], Any], temperature: Any
    ) -> Any:
        """Return the conductivity of a region [S/m] at temperatures [K] and at the ``density(law)`` [1/m^3] of each."""
        kt = temperature * (BOLTZMANN / ELEMENTARY_CHARGE)
        if region in self.laws:
            several = self._by_region[region]
            return sum(law.at(density(law), kt, exp=np.exp, lowest=np.minimum) for law in several)
        datum = setting.materials[region].electrical_conductivity
        return np.zeros_like(temperature) + (datum.si(temperature, np.exp) if datum else 0.0)

    def cell_fields(self, context: Context, values: Array, warmth: Array) -> dict[str, Array]:
        """Return σ [S/m] and the electrostatic potential [V], NaN in metals; averaged densities [1/m^3], 0 there."""
        setting, corners = context.setting, context.scalar_space.dofmap.list
        left = intact_corners(context, values)
        by_ion = {name: values[:, context.index(name)][corners] for name in context.names}
        found = {"conductivity": np.full(corners.shape, np.nan)}
        for ion in averaged_density.lengths(self._by_region):
            found[averaged_density.averaged(ion)] = (
                by_ion[averaged_density.averaged(ion)] * context.scaling.density
            )
        if self.screening is not None:
            found[ELECTROSTATIC] = np.full(corners.shape, np.nan)
        for region in self._regions(setting):
            cells = setting.mesh.cell_region == setting.mesh.regions[region]

            def density(law: ConductivityLaw, cells: Any = cells) -> Any:
                name = averaged_density.averaged(law.ion) if law.averaging_length else law.ion
                return np.maximum(by_ion[name][cells], 0.0) * context.scaling.density

            whole = self.value(setting, region, density, setting.temperature * warmth[cells])
            found["conductivity"][cells] = whole * left[cells]
            if self.screening is not None:
                found[ELECTROSTATIC][cells] = by_ion[ELECTROSTATIC][cells] * context.scaling.potential
        return found

    @staticmethod
    def _regions(setting: Setting) -> tuple[str, ...]:
        return setting.of_kind("semiconductor", "insulator")

    @staticmethod
    def _unit(context: Context) -> float:
        """Return the conductivity of one scaled unit [S/m]."""
        return ELEMENTARY_CHARGE * context.scaling.mobility * context.scaling.density

    def largest_conductivity(self, setting: Setting, region: str) -> float:
        """Return the largest conductivity that a region can have at the ambient temperature [S/m]."""
        if region in self.laws:
            kt = setting.temperature * BOLTZMANN / ELEMENTARY_CHARGE
            return sum(law.largest(kt) for law in self._by_region[region])
        datum = setting.materials[region].electrical_conductivity
        return float(datum.si(setting.temperature)) if datum else 0.0

    def _scale(self, context: Context) -> float:
        """Return the largest scaled conductivity of all regions."""
        largest = max(self.largest_conductivity(context.setting, r) for r in self._regions(context.setting))
        return largest / self._unit(context)
