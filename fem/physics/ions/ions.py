r"""Mobile ions: drift and diffusion with a limited number of sites.

.. math:: \partial_t P + \nabla\cdot\Gamma = 0,\qquad
          \Gamma = -D\,P\,\nabla\left(\frac{\mu}{kT}\right),\quad
          \frac{\mu}{kT} = \ln P - \ln(1 - P/P_{max}) + z\,\frac{q\psi}{kT}

One unknown per species, its density [N0]; blocked at the faces of its regions, so its inventory is
constant. The given quantity is the mean density; an immobile background of opposite charge makes the
region neutral at that density. Edge flux: Scharfetter-Gummel with the excess chemical potential in the
exponent (P. Vagner, J. Fuhrmann et al., ChargeTransport.jl and J. Fuhrmann, Comput. Phys. Commun. 196,
166, 2015), :math:`\Gamma_{ij} = D\,[B(Q)P_i - B(-Q)P_j]`,
:math:`Q = z(\psi_j-\psi_i) + \mu_{ex}(P_j) - \mu_{ex}(P_i)`.

Where the temperature is an unknown (``Heat``), the diffusivity follows its law at the edge's temperature and
:math:`\psi` is counted in the local kT/q: Fick's law, drift by Einstein's relation, and a Soret flux if the heat of
transport is given.

A strong field (``hopping``), the direction (``axes``) and light (``light``) change the diffusivity. Each is a factor of
the whole edge flux, of drift and diffusion alike: Einstein's relation holds, and in equilibrium nothing flows along any
edge whatever the factors are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.contacts import OhmicContact
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.checking import Kind, any_of, each, energy, instance, number, optional, table, text
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import TEMPERATURE, Field, Setting
from fem.forms.shared_sites import sharers
from fem.forms.statistics import boltzmann, excess_chemical_potential, excess_of_crowded, site_limited
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.physics.dissipation import EdgeFlux, edge_heat, logarithm
from fem.physics.ions import species_data
from fem.physics.ions.ambipolar import ambipolar_factor, ambipolar_flux, check_ambipolar
from fem.physics.ions.axes import axis_weight, check_axes, checked_factors, largest_factor
from fem.physics.ions.grain_boundary import GrainBoundary, boundary_paths, check_boundaries
from fem.physics.ions.hopping import barrier_of, check_hopping, hopping_gain
from fem.physics.ions.light import check_light_barrier, light_gain, lowering
from fem.physics.ions.sharing import check_sharing
from fem.physics.term import Composition, Term
from fem.species import IonSpecies, species

_LARGEST_HEAT = 20 * ELEMENTARY_CHARGE  # [J]: above it a unit was left out
_NO_ROOM = 1e-30  # share of vacant sites of a wild guess
_NO_LIMIT = 1e12  # site density [mean densities] that stands for unlimited sites


@dataclass(frozen=True)
class MobileIons(Term):
    """Ions of one species in ``regions``: all semiconductors and insulators that have its data if None.

    ``name``: of a predefined species, or an IonSpecies.

    ``jump_distance`` a [m] of a hop between sites; given, a field enhances hopping along itself
    (``fem.physics.ions.hopping``), at most until the ``hopping_barrier`` [J] is gone. If None, that is the activation
    energy of the material's diffusivity (less what light takes off); where that is a plain number, there is no end.
    ``heat_of_transport`` Q* [J] of the Soret flux
    :math:`-D P\\,Q^*\\nabla T/kT^2`, to the cold where positive; it takes a ``Heat()`` with a temperature.
    ``anisotropy``: by region, factors of its diffusivity along the axes of the mesh: (x,), (x, y), (r, z) or
    (x, y, z), as in layered 2D perovskites; numbers, or Arrhenius(number, eV) with what a barrier is above that of the
    material; the ``hopping_barrier`` is that along the field. ``light_barrier`` [J]: activation energy of hopping under
    full light, below that of the material's diffusivity in the dark. ``grain_boundaries``: by interface "a|b" of the
    mesh, the faster path along it. Equilibrium does not depend on any of these.

    ``background``: whether immobile charges of opposite sign make the regions neutral at the mean density, as those
    of the other defects of a perovskite do. Without it the ions are dopants, as donor-like vacancies are, and carriers
    balance them.

    ``ambipolar``: with ``Conduction``, the carriers of the film come from these ions and pull them along, so that they
    spread 1 + |z| times as fast (``fem.physics.ions.ambipolar``).

    ``shares_sites_with``: other ions that sit on the same sites, of one density, so that each excludes the others
    (``fem.forms.shared_sites``); one of them says so. With reactions at faces they cannot be yet.
    """

    name: str
    regions: tuple[str, ...] | None = None
    jump_distance: float | None = None
    heat_of_transport: float = 0.0
    anisotropy: Mapping[str, tuple[float | Arrhenius, ...]] = field(default_factory=dict, hash=False)
    light_barrier: float | None = None
    grain_boundaries: Mapping[str, GrainBoundary] = field(default_factory=dict, hash=False)
    background: bool = True
    hopping_barrier: float | None = None
    ambipolar: bool = False
    shares_sites_with: tuple[str, ...] = ()
    species: IonSpecies = field(init=False)  #: the species with its charge number
    given_as: ClassVar[Mapping[str, str]] = {"name": "species"}  #: of fields in a description

    keeps_content: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {
        "name": any_of(instance(IonSpecies), text),
        "regions": optional(each(text, 1)),
        "anisotropy": table(each(any_of(instance(Arrhenius), number), 1, 3)),
        "light_barrier": optional(energy),
        "hopping_barrier": optional(energy),
        "grain_boundaries": table(instance(GrainBoundary)),
        "shares_sites_with": each(text),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_hopping(self.name, self.jump_distance, self.hopping_barrier)
        object.__setattr__(self, "anisotropy", checked_factors(self.name, self.anisotropy))
        if not abs(self.heat_of_transport) <= _LARGEST_HEAT:
            raise OutOfRangeError(
                f"heat of transport of {self.name} [J]",
                self.heat_of_transport,
                "at most 20 eV: 0.3 * eV, say",
            )
        found = species(self.name)
        object.__setattr__(self, "species", found)
        object.__setattr__(self, "name", found.name)

    @property
    def uses_light(self) -> bool:
        """Whether light does something to these ions."""
        return self.light_barrier is not None

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the ion density."""
        regions = self._regions(setting)
        limits = [self._site_density(setting, setting.materials[r]) for r in regions]
        if len(set(limits)) > 1:
            raise IncompatibleError(
                f"{self.name} has different site densities in the regions {list(regions)}; "
                "one species needs one site density."
            )
        check_axes(setting, self.name, self.anisotropy, regions)
        if self.light_barrier is not None:
            check_light_barrier(self.name, self.light_barrier, [setting.materials[r] for r in regions])
        check_boundaries(setting, self.name, self.grain_boundaries, regions)
        largest = self._spread * max(
            self._diffusion(setting.materials[r], setting.temperature)
            * largest_factor(self.anisotropy.get(r, ()), setting.temperature)
            for r in regions
        )
        return (
            Field(
                name=self.name,
                charge_number=self.species.charge_number,
                regions=regions,
                ionic=True,
                controlled=True,
                upper_bound=limits[0],
                shares_sites_with=self.shares_sites_with,
                diffusivity=largest,
            ),
        )

    def charge(self, context: Context, i: int) -> Expr:
        """Return z(P - mean P) at vertex i."""
        inside = context.indicator(self._regions(context.setting))
        density = inside * context.calculus.at(context.field(self.name), i)
        return self.species.charge_number * (density - self._background(context))

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return z(P - mean P) of ions in equilibrium at the current level (``context.ion_level``)."""
        inside = context.indicator(self._regions(context.setting))
        density = inside * self.equilibrium_density(context, context.calculus.at(potential, i))
        return self.species.charge_number * (density - self._background(context))

    def _background(self, context: Context) -> Expr:
        """Return the density [N0] that immobile charges of opposite sign balance."""
        return self.mean_function(context) if self.background else 0

    def equilibrium_density(self, context: Context, potential: Expr) -> Expr:
        """Return the site-limited density [N0] at a potential, for the level of this species."""
        level = context.ion_level(self.name)
        exponent = level - self.species.charge_number * potential
        crowd: Expr = 1
        for name in sharers(context, self.name):
            field = context.fields[context.index(name)]
            other = context.ion_level(name) - field.charge_number * potential
            crowd = crowd + context.indicator(field.regions) * boltzmann(other)
        return site_limited(
            exponent if crowd == 1 else exponent - ufl.ln(crowd), self.limit_function(context)
        )

    def check(self, whole: Composition) -> None:
        """Raise without a temperature for Soret's flux, without what ambipolar ions take, or at contacts left open.

        Dopants that move would decide what a neutral contact is.
        """
        check_sharing(self.name, self.shares_sites_with, whole)
        if self.ambipolar:
            check_ambipolar(self.name, whole, whole.others(self))
        if self.heat_of_transport and TEMPERATURE not in whole.names:
            raise IncompatibleError(
                f"{self.name} has a heat_of_transport, which needs Heat() with a coupled temperature."
            )
        for name, contact in whole.contacts.items():
            if not self.background and isinstance(contact, OhmicContact) and contact.work_function is None:
                raise IncompatibleError(
                    f"OhmicContact {name!r} has no work_function, and {self.name} without a background move the "
                    "densities of charge neutrality; give it one."
                )

    def mean_density(self, setting: Setting, region: str) -> float:
        """Return the given mean density in a region [1/m^3]."""
        return species_data.mean_density(self.name, setting.materials[region], setting.temperature)

    def residual(self, context: Context) -> Expr:
        """Return the continuity equation, divided by the largest diffusivity."""
        inside = context.indicator(self._regions(context.setting))
        v = context.row_scale(self.name) * context.test(self.name)
        storage = context.calculus.lump(lambda i: inside * context.rate(self.name, i), v)
        return self._flux(context, v) + storage

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the ionic current."""
        return {self.name: self.species.charge_number * self._flux(context, weight)}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the heat of the ionic current (see ``fem.physics.dissipation``)."""
        c = context.calculus
        density = context.field(self.name)

        def fall(i: int, j: int) -> Expr:
            chemical = logarithm(c.at(density, i)) - logarithm(c.at(density, j))
            chemical = self._spread * chemical - self._advance(context, i, j)
            warmth = context.edge_warmth(i, j)
            return chemical if warmth is None else warmth * chemical

        return {self.name: sum(edge_heat(context, f, fall, v, w) for f, w in self._paths(context))}

    def _flux(self, context: Context, v: Expr) -> Expr:
        return sum(context.calculus.edge_sum(flux, v, weight) for flux, weight in self._paths(context))

    def _paths(self, context: Context) -> list[tuple[EdgeFlux, EdgeFlux | None]]:
        """Return the fluxes along an edge, with their weights: through the regions and along boundaries."""
        law = context.law(
            f"{self.name} diffusivity",
            lambda r, m, t: self._diffusivity(context, r, m, t),
            lambda m: m.ions[self.name].motion if self.name in m.ions else None,
        )
        hopping, light = self._gains(context)

        def through(i: int, j: int) -> Expr:
            factor = context.ion_motion * law(context.edge_warmth(i, j)) * hopping(i, j) * light(i, j)
            return factor * self._unit_flux(context, i, j)

        def along(path: TemperatureLaw) -> EdgeFlux:
            def flux(i: int, j: int) -> Expr:
                return context.ion_motion * path(context.edge_warmth(i, j)) * self._unit_flux(context, i, j)

            return flux

        paths = boundary_paths(context, self.grain_boundaries, self._regions(context.setting))
        return [
            (through, axis_weight(context, self.name, self.anisotropy)),
            *((along(path), weight) for path, weight in paths),
        ]

    def _gains(self, context: Context) -> tuple[EdgeFlux, EdgeFlux]:
        """Return the factors of an edge by the field along it and by light."""
        regions, given = self._regions(context.setting), self.hopping_barrier
        lowered = lowering(context, self.name, regions, self.light_barrier)
        light = light_gain(context, lowered)
        if self.jump_distance is None:
            return lambda i, j: 1.0, light
        materials = {r: context.setting.materials[r] for r in regions}
        barriers = {r: barrier_of(m, self.name) if given is None else given for r, m in materials.items()}
        jump = abs(self.species.charge_number) * self.jump_distance
        return hopping_gain(context, self.name, jump, barriers, None if given else lowered), light

    def _unit_flux(self, context: Context, i: int, j: int) -> Expr:
        """Return the flux along an edge per diffusivity."""
        c, density = context.calculus, context.field(self.name)
        advance = self._advance(context, i, j)
        return ambipolar_flux(advance, c.at(density, i), c.at(density, j), self._spread)

    @property
    def _spread(self) -> int:
        """By how much the field of their carriers makes the ions spread faster."""
        return ambipolar_factor(self.species.charge_number, self.ambipolar)

    def _advance(self, context: Context, i: int, j: int) -> Expr:
        """Return Q: how much more an ion at j is repelled than at i [kT], besides its density."""
        c, density, psi = context.calculus, context.field(self.name), context.ion_potential
        excess = self.excess(context, c.at(density, j), j) - self.excess(context, c.at(density, i), i)
        drift, warmth = self.species.charge_number * c.delta(psi, i, j), context.edge_warmth(i, j)
        if warmth is None:
            return drift + excess
        if self.heat_of_transport:
            heat = context.constant(self.heat_of_transport / context.scaling.energy)
            excess = excess + heat * (1 / context.warmth(i) - 1 / context.warmth(j))  # type: ignore[operator]
        return drift / warmth + excess

    def excess(self, context: Context, density: Expr, i: int) -> Expr:
        """Return the excess chemical potential [kT] of a density at vertex i, however few sites are vacant."""
        limit, c = self.limit_function(context), context.calculus
        if others := sharers(context, self.name):
            whole = density + sum(c.at(context.field(name), i) for name in others)
            return -ufl.ln(ufl.max_value(1 - whole / limit, _NO_ROOM))
        if context.fields[context.index(self.name)].upper_bound is None:
            return excess_chemical_potential(density, limit)
        exponent, kept = (c.at(f, i) for f in context.vacancy(self.name))
        return excess_of_crowded(density, limit, exponent, kept)

    def _regions(self, setting: Setting) -> tuple[str, ...]:
        return species_data.regions_of(setting, self.name, self.regions)

    def _site_density(self, setting: Setting, material: Material) -> float | None:
        return species_data.site_density(self.name, material, setting.temperature)

    def limit(self, setting: Setting) -> float:
        """Return the site density [1/m^3]; without one a density so high that it does not matter."""
        region = self._regions(setting)[0]
        given = self._site_density(setting, setting.materials[region])
        return given if given is not None else _NO_LIMIT * self.mean_density(setting, region)

    def limit_function(self, context: Context) -> Expr:
        """Return the site density [N0]."""
        value = self.limit(context.setting) / context.scaling.density
        return context.by_region(f"{self.name} site density", lambda _r, _m: value)

    def mean_function(self, context: Context) -> Expr:
        """Return the mean density [N0], 0 outside of the species' regions."""
        regions = self._regions(context.setting)

        def value(region: str, _material: Material) -> float:
            if region not in regions:
                return 0.0
            return self.mean_density(context.setting, region) / context.scaling.density

        return context.by_region(f"{self.name} background", value)

    def _diffusivity(self, context: Context, region: str, material: Material, temperature: float) -> float:
        if region not in self._regions(context.setting):
            return 0.0
        return self._diffusion(material, temperature) / context.scaling.diffusivity

    def _diffusion(self, material: Material, temperature: float) -> float:
        return species_data.diffusivity(self.name, material, temperature, self.species.charge_number)
