r"""Dopants that hold their carriers: how many of them are neutral.

.. math:: N_D^0 = \frac{N_D\,a_n}{a_n + n_D},\quad n_D = \tfrac12 N_c e^{-E_D/kT},\qquad
          N_A^0 = \frac{N_A\,a_p}{a_p + p_A},\quad p_A = \tfrac14 N_v e^{-E_A/kT}

with the depths :math:`E_D` below the conduction band and :math:`E_A` above the valence band, the activities a (the
densities, without degeneracy) and the degeneracies 2 and 4 of the level (S. M. Sze and K. K. Ng, Physics of
Semiconductor Devices, 2007, ch. 1). They are in equilibrium with their own band at any moment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl

from fem.constants import BOLTZMANN
from fem.forms.bands import CARRIERS, Bands
from fem.forms.context import Context
from fem.forms.occupation import carrier_activity
from fem.forms.statistics import boltzmann
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.material import Material

Expr = Any  # a UFL expression
DOPANT = {"electron": "donor", "hole": "acceptor"}  #: by the carrier that it holds
_DEGENERACY = {"electron": 2.0, "hole": 4.0}
_NOTHING = 1e-300  # a filling without carriers, so that its logarithm is finite


def holds(material: Material, carrier: str) -> bool:
    """Whether a material has dopants of a given depth for a carrier."""
    return material.kind == "semiconductor" and material.has(
        f"{DOPANT[carrier]}_depth", f"{DOPANT[carrier]}_density"
    )


def neutral_dopants(context: Context, carrier: str, i: Any, values: Expr = None) -> Expr:
    """Return the density of dopants [N0] that hold a carrier at local vertex i; 0 without any."""
    if not _any(context, carrier):
        return 0
    values = context.unknown if values is None else values
    activity = carrier_activity(context, carrier, i, values)
    return _held(context, carrier, activity, context.warmth(i, values))


def heat_of_dopants(context: Context, carrier: str, i: Any) -> Expr:
    """Return what a held carrier has above its electrochemical energy at local vertex i [kT0]: that of its level."""
    if not _any(context, carrier):
        return 0
    warmth, degeneracy = context.warmth(i), context.constant(_DEGENERACY[carrier])
    level = degeneracy * _level_law(context, carrier)(warmth)
    filling = ufl.max_value(carrier_activity(context, carrier, i) / level, _NOTHING)
    return -ufl.ln(filling) if warmth is None else -warmth * ufl.ln(filling)


def bound_charge(context: Context, i: Any) -> Expr:
    """Return the charge [q N0] at local vertex i that dopants lack because they are neutral."""
    return sum(CARRIERS[c] * neutral_dopants(context, c, i) for c in CARRIERS)


def bound_in_equilibrium(context: Context, potential: Expr) -> Expr:
    """Return the same at Fermi level 0 and a scaled potential."""
    total: Expr = 0
    for carrier, sign in CARRIERS.items():
        if _any(context, carrier):
            offset = context.constant(context.setting.bands.offset(carrier, context.scaling.density))
            activity = context.ratio(carrier)() * boltzmann(offset - sign * potential)
            total += sign * _held(context, carrier, activity, None)
    return total


def bound_at_contact(bands: Bands, material: Material, potential: float) -> float:
    """Return the same in a material at the ambient temperature [q/m^3]."""
    total = 0.0
    for carrier, sign in CARRIERS.items():
        if holds(material, carrier):
            activity = bands.ratio(carrier, material) * np.exp(bands.log_density(carrier, potential, 1.0))
            level = _level(bands, carrier, material, bands.temperature)
            total += sign * _density(material, carrier, bands.temperature) * activity / (activity + level)
    return float(total)


def _any(context: Context, carrier: str) -> bool:
    return carrier in context.names and any(holds(m, carrier) for m in context.setting.materials.values())


def _held(context: Context, carrier: str, activity: Expr, warmth: Expr) -> Expr:
    n0 = context.scaling.density

    def density(_region: str, material: Material) -> float:
        here = context.setting.temperature
        return _density(material, carrier, here) / n0 if holds(material, carrier) else 0.0

    dopants = context.by_region(f"{DOPANT[carrier]}s with a depth", density)
    return dopants * activity / (activity + _level_law(context, carrier)(warmth))


def _level_law(context: Context, carrier: str) -> TemperatureLaw:
    """Return the activity [N0] at which half of the dopants are neutral; 1 without any."""
    n0, bands = context.scaling.density, context.setting.bands

    def level(_region: str, material: Material, temperature: float) -> float:
        return _level(bands, carrier, material, temperature) / n0 if holds(material, carrier) else 1.0

    return context.law(f"{DOPANT[carrier]} level", level)


def _level(bands: Bands, carrier: str, material: Material, temperature: float) -> float:
    """Return the activity [1/m^3] at which half of the dopants are neutral."""
    depth = material.si(f"{DOPANT[carrier]}_depth", temperature) / (BOLTZMANN * temperature)
    return float(bands.own_states(carrier, material, temperature) * np.exp(-depth) / _DEGENERACY[carrier])


def _density(material: Material, carrier: str, temperature: float) -> float:
    return float(material.si(f"{DOPANT[carrier]}_density", temperature))
