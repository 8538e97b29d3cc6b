r"""Heat: conduction in all regions, with the heat that carriers and ions give off.

.. math:: \rho c\,\partial_t T - \nabla\cdot([\kappa + L\sigma T]\nabla T) = H,\qquad
          H = \sum_s kT\,\Gamma_s\cdot\Delta_s + R\,(E_{Fn} - E_{Fp}) + \text{heat at thermionic contacts}
          + \text{what carriers take along}

with the flux :math:`\Gamma_s` of each species along an edge and the difference :math:`\Delta_s` that drives it
(``fem.physics.dissipation``): :math:`|J|^2/\sigma`, never negative. What carriers take along is Peltier heat at
contacts and junctions and Thomson heat between (``fem.physics.carriers.thermoelectric``), which cools one place and
warms another; ions, and the carriers of ``Conduction``, take none along. Tested with the quasi-Fermi levels, the
discrete continuity equations give

.. math:: \int H = \sum_k I_k V_k + \int G\,(E_g + 5kT)

exactly in the steady state, for any temperatures; light brings each pair with the energy that it gives off elsewhere
(:math:`E_{Fn} - E_{Fp}` and what both carriers take along), and what photons bring beyond that is not counted.

Coupled (the default), the temperature is an unknown of the device, (T - T0)/T0 with the ambient temperature
T0: carriers, ions, rates and contacts follow it, and it follows in time with the heat capacity. Otherwise
(``coupled=False``) carriers and ions stay at T0, and the steady temperature comes from ``fem.heat.of_state`` with
every state, good as long as the rise is small.

Temperature T [K], conductivity [W/(m K)], heat capacity [J/(m^3 K)].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import ufl

from fem.constants import BOLTZMANN, LORENZ_NUMBER
from fem.contacts import HeatSink
from fem.errors import IncompatibleError, warn
from fem.errors.checking import Kind, instance, table
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import sink_face
from fem.forms.setting import TEMPERATURE, Field, Setting
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.heat.filament_heat import FilamentHeat, check_filaments, following
from fem.physics.term import Composition, Term

_MUCH = 0.1  # of the lattice's conductivity: what carriers add to it is missed


@dataclass(frozen=True)
class Heat(Term):
    """Heat conduction in all regions, metals included, with the heat of carriers, ions and recombination.

    ``coupled``: the temperature is solved together with all other unknowns, in time too; materials then need
    a ``volumetric_heat_capacity``. If False it is steady and does not act back (``fem.temperature``).
    ``filaments``: by region, data that follow the density of an ion (``filament_heat``), which are those of all that
    conducts heat there. ``electronic``: whether in all other regions the carriers of ``Conduction`` conduct heat beside
    the lattice, as they do current (Wiedemann and Franz); of a coupled temperature only, so
    that another one warns where that is much.
    """

    coupled: bool = True
    filaments: Mapping[str, FilamentHeat] = field(default_factory=dict, hash=False)
    electronic: bool = True

    gives_temperature: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {"filaments": table(instance(FilamentHeat))}

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the temperature, if it is coupled."""
        if not self.coupled:
            return ()
        regions = tuple(setting.mesh.regions)
        return (Field(name=TEMPERATURE, charge_number=0, regions=regions, controlled=True, density=False),)

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless all regions conduct heat, a sink takes it and filaments have their ions."""
        needs = ["thermal_conductivity", *(["volumetric_heat_capacity"] if self.coupled else [])]
        for region in whole.setting.mesh.regions:
            for need in needs:
                whole.setting.materials[region].require(need, f"Heat() in region {region!r}")
        if not whole.heat_sinks:
            raise IncompatibleError(
                "Heat() needs a heat sink, and no contact has one; give one a HeatSink(300 * K), for example."
            )
        check_sheets(whole.setting.mesh, whole.heat_sinks)
        if self.filaments and not self.coupled:
            raise IncompatibleError("heat data that follow filaments need Heat(coupled=True).")
        if whole.others(self):
            raise IncompatibleError("Heat() is given twice.")
        check_filaments(whole.setting, self.filaments, whole.fields)
        if self.electronic and not self.coupled:
            _warn_of_carriers(whole)

    def residual(self, context: Context) -> Expr:
        """Return the heat equation of a coupled temperature, with the heat of all terms of the device.

        Scaled: conductivities in k N0 D0, heat capacities in k N0, divided by the largest conductivity.
        """
        if not self.coupled:
            return 0
        c, unit = context.calculus, BOLTZMANN * context.scaling.density
        v = context.constant(heat_row_scale(context)) * context.test(TEMPERATURE)
        capacity = _law(context, self, "volumetric_heat_capacity", unit)
        form = c.lump(lambda i: capacity(i) * context.rate(TEMPERATURE, i), v)
        form += self.conducted(context, v)
        for term in context.heating:
            form -= sum(term.heat(context, v).values())
        return form

    def conducted(self, context: Context, v: Expr) -> Expr:
        r"""Return :math:`\int \kappa\,\nabla T\cdot\nabla v` of a coupled temperature, over kT0 N0/t0; else 0."""
        if not self.coupled:
            return 0
        c, rise = context.calculus, context.field(TEMPERATURE)
        unit = BOLTZMANN * context.scaling.density * context.scaling.diffusivity
        kappa = _law(context, self, "thermal_conductivity", unit)
        others = context.indicator([r for r in context.setting.mesh.regions if r not in self.filaments])

        def flux(i: int, j: int) -> Expr:
            carriers = context.terms[0].heat_conductivity(context, i, j) if self.electronic else 0
            own = carriers if isinstance(carriers, int) else others * carriers
            return -(kappa(i, j) + own) * c.delta(rise, i, j)

        return c.edge_sum(flux, v)


@dataclass(frozen=True)
class HeatTransfer(Term):
    """Heat that leaves a coupled temperature through ``sinks`` with a thermal resistance, by contact.

    A device adds it by itself; sinks without a resistance hold their temperature.
    """

    sinks: Mapping[str, HeatSink]

    def residual(self, context: Context) -> Expr:
        """Return the heat into the sinks, in the row of the temperature."""
        if not context.has_temperature:
            return 0
        t, unit = context.setting.temperature, BOLTZMANN * context.scaling.density
        v, rise = (
            context.constant(heat_row_scale(context)) * context.test(TEMPERATURE),
            context.field(TEMPERATURE),
        )
        form: Expr = 0
        for name, sink in self.sinks.items():
            if sink.resistance is not None:
                face = sink_face(context, name)
                transfer = context.constant(1 / (sink.resistance * unit * context.scaling.velocity))
                above = rise - context.constant(sink.temperature / t - 1)
                form += transfer_form(transfer, face.radius, above, v, face.measure)
        return form


def check_sheets(mesh: DeviceMesh, sinks: Mapping[str, HeatSink]) -> None:
    """Raise IncompatibleError unless contacts along which the mesh is cut hold the temperature of both their sides."""
    for name in mesh.sheets:
        if name not in sinks or sinks[name].resistance is not None:
            raise IncompatibleError(
                f"contact {name!r} is a sheet inside of a region, which is cut there: heat would not pass it. Give it "
                "a HeatSink(temperature) without a resistance, or draw it as a region of a metal."
            )


def heat_row_scale(context: Context) -> float:
    """Return the factor of the heat equation: its unit of conductivity over the largest conductivity."""
    t = context.setting.temperature
    largest = max(float(m.si("thermal_conductivity", t)) for m in context.setting.materials.values())
    return BOLTZMANN * context.scaling.density * context.scaling.diffusivity / largest


def _warn_of_carriers(whole: Composition) -> None:
    """Warn of regions whose carriers conduct much heat beside the lattice, which a steady temperature leaves out."""
    setting, t = whole.setting, whole.setting.temperature
    found = []
    for region in setting.of_kind("semiconductor", "insulator"):  # of metals it is in the datum
        lattice = float(setting.materials[region].si("thermal_conductivity", t))
        carriers = LORENZ_NUMBER * whole.terms[0].largest_conductivity(setting, region) * t
        if carriers > _MUCH * lattice:
            found.append(f"{carriers:.3g} to the {lattice:.3g} W/(m K) of region {region!r}")
    if found and setting.mesh.comm.rank == 0:
        warn(
            f"Heat(coupled=False) leaves out the heat that carriers conduct: at {t:g} K they add up to "
            f"{', '.join(found)} (Wiedemann and Franz), so that temperatures are too high. Take Heat(), or put it into "
            "the thermal_conductivity and say electronic=False."
        )


def _law(context: Context, heat: Heat, name: str, unit: float) -> Callable[..., Expr]:
    """Return a datum over its unit as a function of one vertex, or of both of an edge."""

    def value(_region: str, material: Material, temperature: float) -> float:
        return float(material.si(name, temperature)) / unit

    return following(
        context, heat.filaments, name, unit, context.law(name, value, lambda m: getattr(m, name))
    )


def conduction_form(conductivity: Expr, radius_factor: Expr, u: Expr, v: Expr, dx: Any) -> Expr:
    r"""Return :math:`\int \kappa\,\nabla u\cdot\nabla v` (times :math:`2\pi r` for axisymmetric meshes)."""
    return conductivity * radius_factor * ufl.inner(ufl.grad(u), ufl.grad(v)) * dx


def transfer_form(coefficient: Expr, radius_factor: Expr, u: Expr, v: Expr, ds: Any) -> Expr:
    r"""Return :math:`\int h\,u\,v\,ds`: the heat through a boundary resistance 1/h (Robin condition)."""
    return coefficient * radius_factor * u * v * ds
