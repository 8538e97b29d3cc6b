r"""Recombination of electrons and holes.

Shockley-Read-Hall with one level (W. Shockley and W. T. Read, Phys. Rev. 87, 835, 1952):

.. math:: R = \frac{np - n_i^2}{\tau_p (n + n_1) + \tau_n (p + p_1)},\quad
          n_1 = N_c e^{(\chi - E_t)/kT},\ p_1 = N_v e^{(E_t - \chi - E_g)/kT}

with :math:`E_t` the depth of the level below vacuum; without one :math:`n_1 = p_1 = n_i`.
Radiative: :math:`R = k\,(np - n_i^2)`. Rates are per volume [1/(m^3 s)].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fem.context import Context
from fem.edge_flux import Expr
from fem.materials.material import Material


class Recombination(Protocol):
    """A law that returns a scaled rate from scaled densities."""

    def rate(self, context: Context, n: Expr, p: Expr) -> Expr:
        """Return the net recombination rate in units of N0/t0."""


def intrinsic_density(context: Context, material: Material) -> float:
    """Return n_i [N0]; 0 where there are no carriers."""
    if material.kind != "semiconductor":
        return 0.0
    _, gap, nc, nv = context.setting.levels(material)
    return float(np.sqrt(nc * nv) * np.exp(-gap / 2)) / context.scaling.density


def _square(context: Context) -> Expr:
    return context.by_region("n_i^2", lambda _, m: intrinsic_density(context, m) ** 2)


@dataclass(frozen=True)
class ShockleyReadHall:
    """Recombination through one trap level, in regions whose material has lifetimes."""

    def rate(self, context: Context, n: Expr, p: Expr) -> Expr:
        """Return the net rate in units of N0/t0."""
        t0, t = context.scaling.time, context.setting.temperature

        def lifetime(field: str) -> Expr:
            def value(_region: str, m: Material) -> float:
                datum = getattr(m, field)
                return datum.si(t) / t0 if datum else 1.0

            return context.by_region(field, value)

        def active(_region: str, m: Material) -> float:
            return float(m.kind == "semiconductor" and None not in (m.electron_lifetime, m.hole_lifetime))

        def level(region: str, m: Material, which: int) -> float:
            return self._level(context, m)[which] if active(region, m) else 1.0

        n1 = context.by_region("SRH n1", lambda r, m: level(r, m, 0))
        p1 = context.by_region("SRH p1", lambda r, m: level(r, m, 1))
        excess = n * p - _square(context)
        denominator = lifetime("hole_lifetime") * (n + n1) + lifetime("electron_lifetime") * (p + p1)
        return context.by_region("SRH active", active) * excess / denominator

    @staticmethod
    def _level(context: Context, material: Material) -> tuple[float, float]:
        """Return n1 and p1 [N0]."""
        ni = intrinsic_density(context, material)
        if material.trap_energy is None:
            return ni, ni
        affinity, gap, nc, nv = context.setting.levels(material)
        depth = material.trap_energy.si(context.setting.temperature) / context.scaling.energy
        n0 = context.scaling.density
        return nc / n0 * float(np.exp(affinity - depth)), nv / n0 * float(np.exp(depth - affinity - gap))


@dataclass(frozen=True)
class Radiative:
    """Band-to-band recombination, in regions whose material has a radiative coefficient."""

    def rate(self, context: Context, n: Expr, p: Expr) -> Expr:
        """Return the net rate in units of N0/t0."""
        scale = context.scaling.density * context.scaling.time
        t = context.setting.temperature

        def coefficient(_region: str, m: Material) -> float:
            return m.radiative_coefficient.si(t) * scale if m.radiative_coefficient else 0.0

        return context.by_region("radiative coefficient", coefficient) * (n * p - _square(context))
