r"""Current continuity: a film whose conductivity follows its vacancies, in place of Poisson's equation.

.. math:: \nabla\cdot(\sigma\nabla\varphi) = 0,\qquad
          \sigma(c, T) = \sigma_0(c)\,e^{-E_\sigma(c)/kT}

Unknown: ``potential`` [kT/q in the residual], that of the Fermi level over -q, 0 V at rest; no space charge: the
film is taken as neutral everywhere, and what its ions carry is not part of the terminal current. Between a
poor, activated conductor at low density c of vacancies and a rich, metallic one at :math:`c_1` the prefactor's
logarithm and the activation energy are linear in c (S. Larentis, F. Nardi, S. Balatti, D. C. Gilmer and
D. Ielmini, IEEE Trans. Electron Devices 59, 2468, 2012, took both linear; ``interpolation`` chooses). Along an edge
σ is the harmonic mean of its ends, so that a thin depleted gap is not shorted by its neighbours. Joule heat
:math:`\sigma|\nabla\varphi|^2` goes half to each end; all of it is what the terminals bring, I·V. Drifting ions give
off none, for their current is not one of the terminals'.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import Kind, any_of, anything, instance, quantity, table, text
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.physics.term import Composition, Term

Array = npt.NDArray[np.float64]
_LEAST = 1e-16  # conductivity of a region without any, of the largest: its potential is still defined
_INTERPOLATIONS = ("logarithmic", "linear")


@dataclass(frozen=True, kw_only=True)
class VacancyConductivity:
    r"""Conductivity [S/m] between that without vacancies and that at ``density`` of them [1/m^3].

    ``poor`` and ``rich``: Arrhenius(prefactor [S/m], activation_energy [eV]) at no vacancies and at ``density``;
    above it σ stays. ``interpolation`` of the prefactor in the density: "logarithmic" or "linear".
    """

    ion: str
    poor: Arrhenius
    rich: Arrhenius
    density: float
    interpolation: str = "logarithmic"

    def __post_init__(self) -> None:
        settle(self, "a vacancy conductivity", ion=text, density=quantity(1e-30, 1e30, "1/m^3"))
        if not (self.density > 0 and math.isfinite(self.density)):
            raise OutOfRangeError("density of a vacancy conductivity [1/m^3]", self.density, "positive")
        for name in ("poor", "rich"):
            law = getattr(self, name)
            if not isinstance(law, Arrhenius):
                raise IncompatibleError(
                    f"{name} conductivity is {law!r}; it must be Arrhenius(prefactor, activation_energy)."
                )
            if not law.prefactor > 0:
                raise OutOfRangeError(
                    f"prefactor of the {name} conductivity [S/m]", law.prefactor, "positive"
                )
        if self.interpolation not in _INTERPOLATIONS:
            raise UnknownNameError(
                "interpolation of a vacancy conductivity", self.interpolation, _INTERPOLATIONS
            )

    def at(self, density: Any, thermal_energy: Any, *, exp: Any = math.exp, lowest: Any = min) -> Any:
        """Return σ [S/m] for a density [1/m^3] and kT [eV], numbers or, with the matching functions, UFL."""
        share = lowest(density / self.density, 1.0)
        energy = self.poor.activation_energy + share * (
            self.rich.activation_energy - self.poor.activation_energy
        )
        low, high = self.poor.prefactor, self.rich.prefactor
        if self.interpolation == "linear":
            prefactor = low + share * (high - low)
        else:
            prefactor = low * exp(share * math.log(high / low))
        return prefactor * exp(-energy / thermal_energy)


@dataclass(frozen=True)
class Conduction(Term):
    """Current continuity in all regions that are no metal.

    ``laws``: VacancyConductivity by region; other regions have the ``electrical_conductivity`` of their
    material, or next to none without one.
    """

    laws: Mapping[str, VacancyConductivity] = field(default_factory=dict)

    sets_potential: ClassVar[bool] = True
    neutral: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {"laws": any_of(instance(VacancyConductivity), table(anything))}

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the potential."""
        if not isinstance(self.laws, Mapping):
            raise IncompatibleError(
                f"Conduction() is given {self.laws!r}; give laws by the names of regions."
            )
        for region, law in self.laws.items():
            setting.mesh.require("region", region)
            if not isinstance(law, VacancyConductivity):
                raise IncompatibleError(
                    f"Conduction() has {law!r} for region {region!r}, which is no VacancyConductivity."
                )
            if setting.materials[region].kind == "metal":
                raise IncompatibleError(f"Conduction() has a law for {region!r}, which is a metal.")
            setting.materials[region].ion(law.ion, f"the conductivity of region {region!r}")
        conducting = [r for r in self._regions(setting) if self._largest(setting, r) > 0]
        if not conducting:
            raise IncompatibleError("Conduction() has no region that conducts; give laws or conductivities.")
        regions = tuple(setting.mesh.regions)
        return (Field(name="potential", charge_number=0, regions=regions, density=False),)

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless the ions of every law move in its region."""
        for region, law in self.laws.items():
            if not any(f.name == law.ion and region in f.regions for f in whole.fields):
                raise IncompatibleError(
                    f"the conductivity of region {region!r} follows {law.ion}, which does not move there; "
                    f"add MobileIons({law.ion!r})."
                )

    def residual(self, context: Context) -> Expr:
        """Return the continuity of the current, divided by the largest conductivity."""
        v = context.constant(1 / self._scale(context)) * context.test("potential")
        return self.stiffness(context, context.field("potential"), v)

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the conduction current."""
        return {"conduction": self.stiffness(context, context.field("potential"), weight)}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return Joule heat, never negative where the mesh has no negative edge weights."""
        c, psi = context.calculus, context.field("potential")
        total: Expr = 0
        for i, j in c.edges:
            heat = self.edge(context, i, j) * c.delta(psi, i, j) ** 2
            total += c.weight(i, j) * heat * (c.at(v, i) + c.at(v, j)) / 2
        return {"conduction": total * c.measure}

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

        total = context.law("conductivity", given)(warmth)
        kt = setting.temperature * BOLTZMANN / ELEMENTARY_CHARGE
        thermal = kt if warmth is None else kt * warmth
        for region, law in self.laws.items():
            density = context.scaling.density * context.calculus.at(context.field(law.ion), i)
            value = law.at(density, thermal, exp=ufl.exp, lowest=ufl.min_value)
            total += context.indicator([region]) * value / unit
        return total

    def value(self, setting: Setting, region: str, density: Any, temperature: Any) -> Any:
        """Return the conductivity of a region [S/m] at ion densities [1/m^3] and temperatures [K], arrays alike."""
        law = self.laws.get(region)
        if law is not None:
            kt = temperature * (BOLTZMANN / ELEMENTARY_CHARGE)
            return law.at(density, kt, exp=np.exp, lowest=np.minimum)
        datum = setting.materials[region].electrical_conductivity
        return np.zeros_like(temperature) + (datum.si(temperature, np.exp) if datum else 0.0)

    def cell_fields(self, context: Context, values: Array, warmth: Array) -> dict[str, Array]:
        """Return the conductivity [S/m]; NaN in metals."""
        setting, corners = context.setting, context.scalar_space.dofmap.list
        found = np.full(corners.shape, np.nan)
        for region in setting.of_kind("semiconductor", "insulator"):
            cells = setting.mesh.cell_region == setting.mesh.regions[region]
            law = self.laws.get(region)
            density = None
            if law is not None:
                nodal = values[:, context.index(law.ion)] * context.scaling.density
                density = nodal[corners[cells]]
            found[cells] = self.value(setting, region, density, setting.temperature * warmth[cells])
        return {"conductivity": found}

    @staticmethod
    def _regions(setting: Setting) -> tuple[str, ...]:
        return setting.of_kind("semiconductor", "insulator")

    @staticmethod
    def _unit(context: Context) -> float:
        """Return the conductivity of one scaled unit [S/m]."""
        return ELEMENTARY_CHARGE * context.scaling.mobility * context.scaling.density

    def _largest(self, setting: Setting, region: str) -> float:
        """Return the largest conductivity that a region can have at the ambient temperature [S/m]."""
        if region in self.laws:
            kt = setting.temperature * BOLTZMANN / ELEMENTARY_CHARGE
            law = self.laws[region]
            return float(max(law.at(density, kt) for density in (0.0, law.density)))
        datum = setting.materials[region].electrical_conductivity
        return float(datum.si(setting.temperature)) if datum else 0.0

    def _scale(self, context: Context) -> float:
        """Return the largest scaled conductivity of all regions."""
        largest = max(self._largest(context.setting, r) for r in self._regions(context.setting))
        return largest / self._unit(context)
