r"""Trap levels with an occupancy of their own: capture and emission of electrons and holes.

.. math:: \partial_t n_t = \underbrace{c_n[n(N_t - n_t) - n_1 n_t]}_{R_n}
          - \underbrace{c_p[p\,n_t - p_1(N_t - n_t)]}_{R_p}

(W. Shockley and W. T. Read, Phys. Rev. 87, 835, 1952; R. N. Hall, Phys. Rev. 87, 387, 1952; dynamic form: J. G.
Simmons and G. W. Taylor, Phys. Rev. B 4, 502, 1971), with :math:`n_1, p_1` as in ``recombination`` and
:math:`c = \sigma v_{th}`. Electrons are lost at :math:`R_n`, holes at :math:`R_p`. With
:math:`A = c_n n + c_p p_1` (filling), :math:`B = c_n n_1 + c_p p` (emptying) and
:math:`R = N_t c_n c_p (np - n_1 p_1)/(A + B)`, the equations are written as

.. math:: n_t = \frac{A N_t - \partial_t n_t}{A + B},\quad
          R_n = R + \frac{c_n(n + n_1)}{A + B}\partial_t n_t,\quad
          R_p = R - \frac{c_p(p + p_1)}{A + B}\partial_t n_t,

the same equations, in which the steady state is that of Shockley, Read and Hall to the last digit, nothing is
the difference of large rates, every row is of the order of one whatever the capture coefficients, and
:math:`R_n - R_p = \partial_t n_t` keeps the charge.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np

from fem.errors import IncompatibleError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.occupation import carrier_density, degeneracy
from fem.forms.setting import Field, Setting
from fem.forms.statistics import site_limited
from fem.materials.material import Material
from fem.physics.carriers.trap_level import CHARGE_EMPTY, capture_coefficient
from fem.physics.carriers.trap_rates import TrapRates

__all__ = ["Traps", "capture_coefficient"]


@dataclass(frozen=True)
class Traps(TrapRates):
    """One trap level, of ``density`` [1/m^3], in ``regions``: all semiconductors if None.

    ``energy`` [J] is its depth below the vacuum level, or ``depth`` [J] that below the conduction band; one of
    them, inside the gap. ``kind``: "acceptor" (neutral when empty, negative with an electron) or "donor" (positive when
    empty, neutral with one). ``electron_capture`` and ``hole_capture`` [m^3/s]; one may be 0, and must be where
    Carriers has not that species. Unknown and output: the density of electrons on the level, by ``name``; where
    regions differ in bands, one for each of them, ``name_region``. No degeneracy factor: put it into the energy.

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    _: KW_ONLY
    regions: tuple[str, ...] | None = None

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the density of electrons on the level, once for all regions with the same bands."""
        return tuple(
            Field(
                name=name,
                charge_number=-1,
                regions=regions,
                controlled=True,
                trap=True,
                upper_bound=self.density,
            )
            for name, regions in self.groups(setting).items()
        )

    def charge(self, context: Context, i: int) -> Expr:
        """Return -n_t of acceptors, N_t - n_t of donors at vertex i."""
        total: Expr = 0
        for name, regions in self.groups(context.setting).items():
            filled = context.calculus.at(context.field(name), i)
            total += context.indicator(regions) * (self._empty_charge(context) - filled)
        return total

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return the charge at the occupancy of Fermi level 0, as a function of the potential."""
        exponent = self._by_region(context, "level", self.exponent, 0.0) + context.calculus.at(potential, i)
        filled = site_limited(exponent, context.constant(self.density / context.scaling.density))
        inside = context.indicator(self._regions(context.setting))
        return inside * (self._empty_charge(context) - filled)

    def residual(self, context: Context) -> Expr:
        """Return the rate equation of each unknown and what the continuity equations lose to it."""
        c, form = context.calculus, 0
        for name, regions in self.groups(context.setting).items():
            inside = context.indicator(regions)

            def row(i: int, name: str = name, inside: Expr = inside) -> Expr:
                return inside * self.excess(context, name, i)

            form += c.lump(row, context.test(name))
            for carrier in self._captured():

                def loss(i: int, name: str = name, inside: Expr = inside, carrier: str = carrier) -> Expr:
                    return inside * self.loss(context, name, carrier, i)

                form += c.lump(loss, context.row_scale(carrier) * context.test(carrier))
        return form

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the heat of capture."""
        form: Expr = 0
        for name, regions in self.groups(context.setting).items():
            inside = context.indicator(regions)

            def heat(i: int, name: str = name, inside: Expr = inside) -> Expr:
                return inside * self.warming(context, name, i, context.warmth(i))

            form += context.calculus.lump(heat, v)
        return {self.name: form}

    def filled(self, context: Context, name: str, place: int) -> Expr:
        """Return the electrons on the level [N0] at a vertex."""
        return context.calculus.at(context.field(name), place)

    def change(self, context: Context, name: str, place: int) -> Expr:
        """Return the time derivative of the electrons on the level [N0/t0] at a vertex."""
        return context.rate(name, place)

    def densities(self, context: Context, carrier: str, place: int) -> tuple[Expr, Expr]:
        """Return n and n_1, or p and p_1 [N0], at a vertex."""
        k, inside = ("electron", "hole").index(carrier), self._regions(context.setting)

        def level(region: str, material: Material, temperature: float) -> float:
            if region not in inside:
                return 1.0
            found = self.level_densities(context.setting, region, material, temperature)
            return found[k] / context.scaling.density

        law = context.law(f"{self.name} {carrier} level", level)
        level_density = degeneracy(context, carrier, place) * law(context.warmth(place))
        return carrier_density(context, carrier, place), level_density

    def neutral_charge(self, setting: Setting, region: str, potential: float) -> float:
        """Return the charge [q/m^3] in a region at Fermi level 0 and scaled potential; 0 in other regions."""
        if region not in self._regions(setting):
            return 0.0
        filled = self.density / (1 + np.exp(-self.exponent(setting, region) - potential))
        return float(CHARGE_EMPTY[self.kind] * self.density - filled)

    def _regions(self, setting: Setting) -> tuple[str, ...]:
        if self.regions is None:
            found = setting.of_kind("semiconductor")
            if not found:
                raise IncompatibleError(f"{self.title} needs a semiconductor; this device has none.")
            return found
        for region in self.regions:
            setting.mesh.require("region", region)
            if setting.materials[region].kind != "semiconductor":
                raise IncompatibleError(f"{self.title} in region {region!r}, which is no semiconductor.")
        return self.regions
