r"""Recombination of electrons and holes.

Shockley-Read-Hall with one level (W. Shockley and W. T. Read, Phys. Rev. 87, 835, 1952):

.. math:: R = \frac{np - n_i^2}{\tau_p (n + n_1) + \tau_n (p + p_1)},\quad
          n_1 = N_c e^{(\chi - E_t)/kT},\ p_1 = N_v e^{(E_t - \chi - E_g)/kT}

with :math:`E_t` the depth of the level below vacuum; without one :math:`n_1 = p_1 = n_i`.
Radiative: :math:`R = k\,(np - n_i^2)`. Degenerate carriers (``fem.forms.statistics``) have :math:`g_n n_1`,
:math:`g_p p_1` and :math:`g_n g_p n_i^2`: capture goes with their density, and in equilibrium emission balances it.
Rates are per volume [1/(m^3 s)].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fem.constants import BOLTZMANN
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.occupation import classical, degeneracy
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.material import Material


class Recombination(Protocol):
    """A law that returns a scaled rate from scaled densities."""

    def rate(self, context: Context, n: Expr, p: Expr, i: int) -> Expr:
        """Return the net recombination rate in units of N0/t0 for the densities at local vertex i."""


def intrinsic_density(context: Context, material: Material, temperature: float | None = None) -> float:
    """Return n_i [N0], at the ambient temperature if None; 0 where there are no carriers."""
    if material.kind != "semiconductor":
        return 0.0
    _, gap, nc, nv = context.setting.bands.levels(material, temperature)
    return float(np.sqrt(nc * nv) * np.exp(-gap / 2)) / context.scaling.density


def intrinsic_square(context: Context) -> TemperatureLaw:
    """Return n_i² [N0²]."""
    return context.law("n_i^2", lambda _, m, t: intrinsic_density(context, m, t) ** 2)


def balanced_product(context: Context, i: int) -> Expr:
    """Return the product of densities [N0²] at vertex i at which nothing recombines: n_i², less degeneracy's part."""
    found = intrinsic_square(context)(context.warmth(i))
    if classical(context):
        return found
    return degeneracy(context, "electron", i) * degeneracy(context, "hole", i) * found


@dataclass(frozen=True)
class ShockleyReadHall:
    """Recombination through one trap level, in regions whose material has lifetimes."""

    def rate(self, context: Context, n: Expr, p: Expr, i: int) -> Expr:
        """Return the net rate in units of N0/t0."""
        t0, warmth = context.scaling.time, context.warmth(i)

        def active(m: Material) -> bool:
            return m.kind == "semiconductor" and None not in (m.electron_lifetime, m.hole_lifetime)

        def lifetime(field: str) -> Expr:
            def value(_region: str, m: Material, t: float) -> float:
                datum = getattr(m, field)
                return float(datum.si(t)) / t0 if datum else 1.0

            return context.law(field, value, lambda m: getattr(m, field))(warmth)

        def level(which: int) -> Expr:
            def value(_region: str, m: Material, t: float) -> float:
                return self._level(context, m, t)[which] if active(m) else 1.0

            return context.law(f"SRH {('n1', 'p1')[which]}", value)(warmth)

        excess = n * p - balanced_product(context, i)
        left = [degeneracy(context, s, i) for s in ("electron", "hole")]
        denominator = lifetime("hole_lifetime") * (n + left[0] * level(0)) + lifetime("electron_lifetime") * (
            p + left[1] * level(1)
        )
        return context.by_region("SRH active", lambda _, m: float(active(m))) * excess / denominator

    @staticmethod
    def _level(context: Context, material: Material, temperature: float) -> tuple[float, float]:
        """Return n1 and p1 [N0]."""
        ni = intrinsic_density(context, material, temperature)
        if material.trap_energy is None:
            return ni, ni
        affinity, gap, nc, nv = context.setting.bands.levels(material, temperature)
        depth = material.trap_energy.si(temperature) / (BOLTZMANN * temperature)
        n0 = context.scaling.density
        return nc / n0 * float(np.exp(affinity - depth)), nv / n0 * float(np.exp(depth - affinity - gap))


@dataclass(frozen=True)
class Radiative:
    """Band-to-band recombination, in regions whose material has a radiative coefficient."""

    def rate(self, context: Context, n: Expr, p: Expr, i: int) -> Expr:
        """Return the net rate in units of N0/t0."""
        scale, warmth = context.scaling.density * context.scaling.time, context.warmth(i)

        def coefficient(_region: str, m: Material, t: float) -> float:
            return float(m.radiative_coefficient.si(t)) * scale if m.radiative_coefficient else 0.0

        law = context.law("radiative coefficient", coefficient, lambda m: m.radiative_coefficient)
        return law(warmth) * (n * p - balanced_product(context, i))
