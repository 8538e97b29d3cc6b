r"""Electrons and holes: drift, diffusion, recombination and generation.

.. math:: \partial_t n + \nabla\cdot\Gamma_n = G - R,\qquad
          \Gamma_n = -D_n\nabla n + \mu_n n\nabla(\psi + \chi/q),

and likewise for holes, with Boltzmann statistics and :math:`D = \mu kT/q`. Unknowns ``electron`` and
``hole`` are reduced densities u: n = r_n u_n with
:math:`r_n = (N_c/N_c^{ref})\,e^{(\chi - \chi^{ref})/kT}` constant per region, so that u is continuous and
band offsets come out by themselves. Fluxes: Scharfetter-Gummel (see ``edge_flux``). Carriers live in
semiconductors; their flux through every face without a contact is zero.

Other statistics (``fem.forms.statistics``) make :math:`n = g(r_n u_n/N_c)\,r_n u_n`; u stays what Boltzmann's law has
at the quasi-Fermi level. The excess chemical potential :math:`-\ln g` is in the exponent of the flux, as that of
ions is (P. Farrell et al., J. Comput. Phys. 346, 497, 2017, compare such fluxes), so that :math:`D/\mu = (kT/q)\,
n/(\partial n/\partial\eta)`, and nothing flows in equilibrium. Recombination goes with :math:`np - g_n g_p n_i^2`.

A mobility grows with the field as :math:`e^{\gamma\sqrt{E}}` where the material has a field factor γ, and near contacts
with an image force by that (``image_force``).
Where the temperature is an unknown (``Heat``), :math:`r_n`, mobilities and :math:`n_i` follow it, and the
flux is :math:`\Gamma_n = -\mu_n[(k/q)\nabla(nT) - n\nabla(\psi + \chi/q)]`, of holes with :math:`\chi + E_g` in the
place of χ, which follow the temperature: that of a thermopower :math:`-(k/q)[5/2 + \ln(N_c/n)]`, of bands whose N_c
goes with :math:`T^{3/2}` and a scattering time without dependence on energy (S. Selberherr, Analysis
and Simulation of Semiconductor Devices, 1984, ch. 2). On an edge, n T takes the place of n and
:math:`\Delta\psi/T` that of :math:`\Delta\psi`. Densities at ohmic contacts are those of their own temperature
(``fem.device.ohmic``), and carriers take heat along (``thermoelectric``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import Kind, each, one_of, protocol, text
from fem.forms.context import Context
from fem.forms.dopants import heat_of_dopants, neutral_dopants
from fem.forms.edge_flux import Expr, scharfetter_gummel
from fem.forms.occupation import (
    carrier_activity,
    carrier_density,
    classical,
    degeneracy,
    degeneracy_of,
    excess_pressure,
    states_law,
)
from fem.forms.setting import Field, Setting
from fem.forms.statistics import STATISTICS, boltzmann
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.material import Material
from fem.physics.carriers.band_edge import rise_of_edge
from fem.physics.carriers.recombination import Radiative, Recombination, ShockleyReadHall, intrinsic_square
from fem.physics.carriers.thermoelectric import carried_heat, thermoelectric_heat
from fem.physics.dissipation import EdgeFlux, edge_heat, logarithm
from fem.physics.term import CARRIERS_CONDUCT, Term

Array = npt.NDArray[np.float64]
_SIGN = {"electron": -1, "hole": 1}
_SMALL_FIELD = 1e3  # [V/m]
_NEEDS = ("electron_affinity", "band_gap", "effective_dos_conduction", "effective_dos_valence")


@dataclass(frozen=True)
class Carriers(Term):
    """Drift-diffusion of ``species`` with the given ``recombination`` laws.

    Shockley-Read-Hall and radiative recombination act where the material has their data. ``statistics``:
    "boltzmann", "fermi-dirac" of parabolic bands, or "blakemore", good to 3 % up to 1.3 kT inside of a band. A device
    with Boltzmann's says where carriers are too dense for it.
    """

    species: tuple[str, ...] = ("electron", "hole")
    recombination: tuple[Recombination, ...] = (ShockleyReadHall(), Radiative())
    statistics: str = "boltzmann"

    needs_charge: ClassVar[str] = CARRIERS_CONDUCT
    of_pairs: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {
        "species": each(text, 1),
        "recombination": each(protocol("rate", say="ShockleyReadHall() or Radiative()")),
        "statistics": one_of(STATISTICS),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.species:
            if name not in _SIGN:
                raise UnknownNameError("carrier", name, _SIGN)

    @property
    def carrier_statistics(self) -> str:
        """The statistics of the carriers, by its name."""
        return self.statistics

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return one reduced density per carrier."""
        regions = setting.of_kind("semiconductor")
        if not regions:
            raise IncompatibleError("Carriers needs a semiconductor; no region of this device has one.")
        for region in regions:
            for need in (*_NEEDS, *(f"{s}_mobility" for s in self.species)):
                datum = setting.materials[region].require(need, f"Carriers in region {region!r}")
                if need.endswith("mobility") and datum.si(setting.temperature) == 0:
                    raise OutOfRangeError(
                        f"{need} of region {region!r} [m^2/(V s)]",
                        0.0,
                        "positive where Carriers has the species: a small one, 1e-12, say, holds it",
                    )
        vt = thermal_voltage(setting.temperature)
        largest = {
            s: max(setting.materials[r].si(f"{s}_mobility", setting.temperature) for r in regions)
            for s in self.species
        }
        return tuple(
            Field(name=s, charge_number=_SIGN[s], regions=regions, diffusivity=vt * largest[s])
            for s in self.species
        )

    def charge(self, context: Context, i: int) -> Expr:
        """Return p - n at vertex i."""
        return sum(_SIGN[s] * self.density(context, s, i) for s in self.species)

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return p - n of carriers at Fermi level 0."""
        psi = context.calculus.at(potential, i)
        total = 0
        for s in self.species:
            offset = context.constant(context.setting.bands.offset(s, context.scaling.density))
            activity = context.ratio(s)() * boltzmann(offset - _SIGN[s] * psi)
            states = context.law(f"{s} states", states_law(s, context))()
            total += _SIGN[s] * degeneracy_of(context, activity, states) * activity
        return total

    def equilibrium_values(self, context: Context, potential: Array) -> dict[str, Array]:
        """Return the reduced densities [N0] at Fermi level 0."""
        found = {}
        for s in self.species:
            offset = context.setting.bands.offset(s, context.scaling.density)
            found[s] = np.exp(offset - _SIGN[s] * potential)
        return found

    def density(self, context: Context, species: str, i: int) -> Expr:
        """Return the density [N0] at local vertex i, on this cell's side of a heterojunction."""
        return carrier_density(context, species, i)

    def residual(self, context: Context) -> Expr:
        """Return the continuity equations, each divided by its largest mobility."""
        form = 0
        for s in self.species:
            v = context.row_scale(s) * context.test(s)
            form += self._flux(context, s, v) + self._storage(context, s, v)
            if len(self.species) == 2:
                form += context.calculus.lump(lambda i: self._net_rate(context, i), v)
        return form

    def _storage(self, context: Context, species: str, v: Expr) -> Expr:
        law, parts = context.ratio(species), context.history(species)

        def held(i: int) -> Expr:
            """Return the change of what dopants hold."""
            return sum(c * neutral_dopants(context, species, i, values) for c, values in parts)

        if law.constant and classical(context):
            return context.calculus.lump(lambda i: law() * context.rate(species, i) + held(i), v)
        return context.calculus.lump(
            lambda i: sum(c * carrier_density(context, species, i, values) for c, values in parts) + held(i),
            v,
        )

    def _stored_heat(self, context: Context, species: str, v: Expr) -> Expr:
        """Return the form of what new carriers, free and held by dopants, keep of the heat that they brought."""
        parts = context.history(species)

        def stored(i: int) -> Expr:
            rate = sum(c * carrier_density(context, species, i, values) for c, values in parts)
            held = sum(c * neutral_dopants(context, species, i, values) for c, values in parts)
            return carried_heat(context, species, i) * rate + heat_of_dopants(context, species, i) * held

        return context.calculus.lump(stored, v)

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the conduction current of each carrier."""
        return {s: _SIGN[s] * self._flux(context, s, weight) for s in self.species}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return Joule heat of each carrier, what they take along, and the heat of recombination.

        See ``fem.physics.heat.heat``.
        """
        found: dict[str, Expr] = {}
        carried: Expr = 0
        for s in self.species:
            flux, fall = self._edge_flux(context, s), _edge_fall(context, s)
            found[s] = edge_heat(context, flux, fall, v)
            carried += thermoelectric_heat(context, s, flux, fall, v) - self._stored_heat(context, s, v)
        found["thermoelectric"] = carried
        if len(self.species) == 2 and self.recombination:
            found["recombination"] = context.calculus.lump(lambda i: self._recombination_heat(context, i), v)
        return found

    def _recombination_heat(self, context: Context, i: int) -> Expr:
        """Return R (E_Fn - E_Fp) at vertex i, never negative."""
        n, p = (carrier_activity(context, s, i) for s in ("electron", "hole"))
        warmth = context.warmth(i)
        splitting = logarithm(n) + logarithm(p) - logarithm(intrinsic_square(context)(warmth))
        heat = self._net_rate(context, i) * splitting
        return ufl.max_value(heat if warmth is None else warmth * heat, 0.0)

    def _net_rate(self, context: Context, i: int) -> Expr:
        n, p = (self.density(context, s, i) for s in ("electron", "hole"))
        return sum(law.rate(context, n, p, i) for law in self.recombination)

    def _flux(self, context: Context, species: str, v: Expr) -> Expr:
        return context.calculus.edge_sum(self._edge_flux(context, species), v)

    @staticmethod
    def _edge_flux(context: Context, species: str) -> EdgeFlux:
        r"""Return the edge flux; with a temperature that varies, of :math:`-\mu(n\nabla E + k\nabla(nT))`."""
        c, psi = context.calculus, context.field("potential")
        law, reverse = mobility_law(context, species), _SIGN[species] > 0
        everywhere = field_gain(context, species)
        nearby = [g for g in (t.mobility_gain(context, species) for t in context.terms) if g is not None]

        def edge(i: int, j: int) -> Expr:
            advance = c.delta(psi, i, j)  # of electrons; that of holes is opposite
            gain = prod((ease(i, j) for ease in nearby), start=everywhere)
            warmth, more = context.edge_warmth(i, j), _degenerate_advance(context, species, i, j)
            if warmth is None:
                ends = [c.at(context.field(species), k) for k in (i, j)]
                if not classical(context):
                    ends = [degeneracy(context, species, k) * u for k, u in zip((i, j), ends, strict=True)]
                factor = gain * law() * context.ratio(species)()
                return factor * scharfetter_gummel(advance + more, *ends, reverse=reverse)
            first, second = (_pressure(context, species, k) for k in (i, j))
            advance = advance + rise_of_edge(context, species, i, j)
            flux = scharfetter_gummel(advance / warmth + more, first, second, reverse=reverse)
            return gain * law(warmth) * flux

        return edge


def _degenerate_advance(context: Context, species: str, i: int, j: int) -> Expr:
    r"""Return :math:`\pm\Delta\ln g` [kT] along an edge, in the exponent of electrons; 0 of Boltzmann's carriers.

    Where the temperature varies, with the rest of the pressure, :math:`\nabla P = kT\,n\nabla\eta +
    \tfrac52 (P/nkT)\,k n\nabla T`.
    """
    if classical(context):
        return 0.0
    start, end = (logarithm(degeneracy(context, species, k)) for k in (i, j))
    change = end - start
    warmth = context.edge_warmth(i, j)
    if warmth is not None:
        more = (excess_pressure(context, species, i) + excess_pressure(context, species, j)) / 2
        change = change - 2.5 * more * (context.warmth(j) - context.warmth(i)) / warmth  # type: ignore[operator]
    return -_SIGN[species] * change


def _pressure(context: Context, species: str, i: int) -> Expr:
    """Return n T [N0 T0] at local vertex i."""
    warmth = context.warmth(i)
    density = carrier_density(context, species, i)
    return density if warmth is None else warmth * density


def _edge_fall(context: Context, species: str) -> EdgeFlux:
    """Return what drives the flux along an edge [kT0]: the fall of ln(nT/g) + zψ, times the temperature."""
    c, psi, z = context.calculus, context.field("potential"), _SIGN[species]

    def fall(i: int, j: int) -> Expr:
        first, second = (logarithm(_pressure(context, species, k)) for k in (i, j))
        warmth = context.edge_warmth(i, j)
        chemical = first - second - z * _degenerate_advance(context, species, i, j)
        if warmth is None:
            return chemical - z * c.delta(psi, i, j)
        return warmth * chemical - z * (c.delta(psi, i, j) + rise_of_edge(context, species, i, j))

    return fall


def _scaled_mobility(context: Context, species: str, material: Material, temperature: float) -> float:
    datum = getattr(material, f"{species}_mobility")
    if material.kind != "semiconductor" or datum is None:
        return 0.0
    return float(datum.si(temperature)) / context.scaling.mobility


def mobility_law(context: Context, species: str) -> TemperatureLaw:
    """Return the mobility [mu0]."""
    return context.law(
        f"{species} mobility",
        lambda _, m, t: _scaled_mobility(context, species, m, t),
        lambda m: getattr(m, f"{species}_mobility"),
    )


def mobility(context: Context, species: str) -> Expr:
    """Return the mobility at the ambient temperature [mu0] as a piecewise constant function."""
    return mobility_law(context, species)()


def field_gain(context: Context, species: str) -> Expr:
    r"""Return :math:`e^{\gamma\sqrt{E}}` with the field E in a cell; 1 if no material has a field factor.

    (P. N. Murgatroyd, J. Phys. D 3, 151, 1970.) Rounded off below 1 kV/m, where the root has no slope.
    """
    name, scaling = f"{species}_field_factor", context.scaling
    materials = context.setting.materials.values()
    if not any(m.kind == "semiconductor" and getattr(m, name) is not None for m in materials):
        return 1.0
    unit = scaling.potential / scaling.length  # of the field [V/m]

    def value(_region: str, m: Material) -> float:
        datum = getattr(m, name)
        return 0.0 if datum is None else float(datum.si(context.setting.temperature)) * unit**0.5

    field = context.calculus.gradient_squared(context.field("potential")) + (_SMALL_FIELD / unit) ** 2
    return ufl.exp(context.by_region(name, value) * ufl.sqrt(ufl.sqrt(field)))
