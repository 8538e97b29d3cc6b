r"""Electrons and holes: drift, diffusion, recombination and generation.

.. math:: \partial_t n + \nabla\cdot\Gamma_n = G - R,\qquad
          \Gamma_n = -D_n\nabla n + \mu_n n\nabla(\psi + \chi/q),

and likewise for holes, with Boltzmann statistics and :math:`D = \mu kT/q`. Unknowns ``electron`` and
``hole`` are reduced densities u: n = r_n u_n with
:math:`r_n = (N_c/N_c^{ref})\,e^{(\chi - \chi^{ref})/kT}` constant per region, so that u is continuous and
band offsets come out by themselves. Fluxes: Scharfetter-Gummel (see ``edge_flux``). Carriers live in
semiconductors; their flux through every face without a contact is zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fem.constants import thermal_voltage
from fem.context import Context, Field, Setting
from fem.edge_flux import Expr, scharfetter_gummel
from fem.errors import IncompatibleError, UnknownNameError
from fem.materials.material import Material
from fem.physics.recombination import Radiative, Recombination, ShockleyReadHall
from fem.statistics import boltzmann

_SIGN = {"electron": -1, "hole": 1}
_NEEDS = ("electron_affinity", "band_gap", "effective_dos_conduction", "effective_dos_valence")


@dataclass(frozen=True)
class Carriers:
    """Drift-diffusion of ``species`` with the given ``recombination`` laws.

    Shockley-Read-Hall and radiative recombination act where the material has their data.
    """

    species: tuple[str, ...] = ("electron", "hole")
    recombination: tuple[Recombination, ...] = (ShockleyReadHall(), Radiative())

    def __post_init__(self) -> None:
        for name in self.species:
            if name not in _SIGN:
                raise UnknownNameError("carrier", name, _SIGN)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return one reduced density per carrier."""
        regions = setting.of_kind("semiconductor")
        if not regions:
            raise IncompatibleError("Carriers needs a semiconductor; no region of this device has one.")
        for region in regions:
            for need in (*_NEEDS, *(f"{s}_mobility" for s in self.species)):
                setting.materials[region].require(need, f"Carriers in region {region!r}")
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
        """Return p - n of Boltzmann carriers at Fermi level 0."""
        psi = context.calculus.at(potential, i)
        total = 0
        for s in self.species:
            offset = context.constant(equilibrium_offset(context.setting, s, context.scaling.density))
            total += _SIGN[s] * density_ratio(context, s) * boltzmann(offset - _SIGN[s] * psi)
        return total

    def density(self, context: Context, species: str, i: int) -> Expr:
        """Return the density [N0] at local vertex i, on this cell's side of a heterojunction."""
        return density_ratio(context, species) * context.calculus.at(context.field(species), i)

    def residual(self, context: Context) -> Expr:
        """Return the continuity equations, each divided by its largest mobility."""
        form = 0
        for s in self.species:
            v = context.row_scale(s) * context.test(s)
            form += self._flux(context, s, v) + self._storage(context, s, v)
            if len(self.species) == 2:
                form += context.calculus.lump(lambda i: self._net_rate(context, i), v)
        return form

    @staticmethod
    def _storage(context: Context, species: str, v: Expr) -> Expr:
        ratio = density_ratio(context, species)
        return context.calculus.lump(lambda i: ratio * context.rate(species, i), v)

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the conduction current of each carrier."""
        return {s: _SIGN[s] * self._flux(context, s, weight) for s in self.species}

    def _net_rate(self, context: Context, i: int) -> Expr:
        n, p = (self.density(context, s, i) for s in ("electron", "hole"))
        return sum(law.rate(context, n, p) for law in self.recombination)

    def _flux(self, context: Context, species: str, v: Expr) -> Expr:
        c, u, psi = context.calculus, context.field(species), context.field("potential")
        factor = mobility(context, species) * density_ratio(context, species)

        def edge(i: int, j: int) -> Expr:
            advance = c.delta(psi, i, j)  # of electrons; that of holes is opposite
            reverse = _SIGN[species] > 0
            return factor * scharfetter_gummel(advance, c.at(u, i), c.at(u, j), reverse=reverse)

        return c.edge_sum(edge, v)


def equilibrium_offset(setting: Setting, species: str, density_scale: float) -> float:
    """Return a with u = exp(a -+ ψ) [density_scale] at Fermi level 0; ψ is zero at the reference's midgap."""
    reference = setting.reference
    assert reference is not None
    return float(
        np.log(reference_density(setting, species) / density_scale) - setting.levels(reference)[1] / 2
    )


def reference_density(setting: Setting, species: str) -> float:
    """Return N_c or N_v of the reference material [1/m^3]."""
    reference = setting.reference
    assert reference is not None
    return setting.levels(reference)[2 if species == "electron" else 3]


def region_ratio(setting: Setting, species: str, material: Material) -> float:
    """Return r_n or r_p of a material: density over reduced density; 0 where no carriers are."""
    reference = setting.reference
    if material.kind != "semiconductor" or reference is None:
        return 0.0
    chi, gap, nc, nv = setting.levels(material)
    chi_ref, gap_ref, nc_ref, nv_ref = setting.levels(reference)
    if species == "electron":
        return nc / nc_ref * float(np.exp(chi - chi_ref))
    return nv / nv_ref * float(np.exp(chi_ref + gap_ref - chi - gap))


def density_ratio(context: Context, species: str) -> Expr:
    """Return r_n or r_p as a piecewise constant function."""
    return context.by_region(f"{species} ratio", lambda _, m: region_ratio(context.setting, species, m))


def _scaled_mobility(context: Context, species: str, material: Material) -> float:
    datum = getattr(material, f"{species}_mobility")
    if material.kind != "semiconductor" or datum is None:
        return 0.0
    return float(datum.si(context.setting.temperature)) / context.scaling.mobility


def mobility(context: Context, species: str) -> Expr:
    """Return the mobility [mu0] as a piecewise constant function."""
    return context.by_region(f"{species} mobility", lambda _, m: _scaled_mobility(context, species, m))
