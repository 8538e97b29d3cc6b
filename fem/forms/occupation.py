"""Densities of carriers from their unknowns, in forms: what degeneracy leaves of the activity.

The unknown of a carrier is its reduced density without degeneracy, u: that of Boltzmann's law at its quasi-Fermi level,
continuous at heterojunctions. The activity is r u, the density g r u (``fem.forms.bands``, ``fem.forms.statistics``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ufl

from fem.forms.context import Context
from fem.forms.fermi_dirac import SYMBOLS
from fem.forms.statistics import CarrierStatistics
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.material import Material

Expr = Any  # a UFL expression


def carrier_activity(context: Context, species: str, i: Any, values: Expr = None) -> Expr:
    """Return the density that a carrier would have without degeneracy [N0] at local vertex i.

    ``values``: a vector of unknowns, the present ones if None.
    """
    values = context.unknown if values is None else values
    ratio = context.ratio(species)(context.warmth(i, values))
    return ratio * context.calculus.at(values[context.index(species)], i)


def carrier_density(context: Context, species: str, i: Any, values: Expr = None) -> Expr:
    """Return the density of a carrier [N0] at local vertex i, on this cell's side of a heterojunction.

    ``values``: a vector of unknowns, the present ones if None.
    """
    found = carrier_activity(context, species, i, values)
    return found if classical(context) else degeneracy(context, species, i, values) * found


def classical(context: Context) -> bool:
    """Whether carriers have no degeneracy: Boltzmann's statistics."""
    return context.setting.bands.classical


def degeneracy(context: Context, species: str, i: Any, values: Expr = None) -> Expr:
    """Return density over activity at local vertex i; 1 of Boltzmann's carriers."""
    if classical(context):
        return 1.0
    return _of(context).per_activity(_per_state(context, species, i, values), SYMBOLS)


def excess_pressure(context: Context, species: str, i: Any) -> Expr:
    """Return the pressure of a carrier over n kT, less 1; 0 of Boltzmann's carriers."""
    if classical(context):
        return 0.0
    return _of(context).pressure(_per_state(context, species, i), SYMBOLS) - 1


def degeneracy_of(context: Context, activity: Expr, states: Expr) -> Expr:
    """Return density over activity for an activity and a density of states in one unit, at any place."""
    if classical(context):
        return 1.0
    return _of(context).per_activity(ufl.max_value(activity / states, 0.0), SYMBOLS)


def states_law(species: str, context: Context) -> Callable[[str, Material, float], float]:
    """Return N_c or N_v over N0 as a function of region, material and temperature; 1 where no carriers are."""
    bands = context.setting.bands

    def value(_region: str, material: Material, temperature: float) -> float:
        return bands.own_states(species, material, temperature) / context.scaling.density

    return value


def _of(context: Context) -> CarrierStatistics:
    return context.setting.bands.of_carriers


def _per_state(context: Context, species: str, i: Any, values: Expr = None) -> Expr:
    """Return the activity over the density of states at local vertex i, never negative."""
    values = context.unknown if values is None else values
    law: TemperatureLaw = context.law(f"{species} states", states_law(species, context))
    states = law(context.warmth(i, values))
    return ufl.max_value(carrier_activity(context, species, i, values) / states, 0.0)
