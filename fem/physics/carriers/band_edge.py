r"""Edges of bands that follow the temperature: their depth below the vacuum level, by region.

:math:`\chi(T)` of electrons and :math:`\chi(T) + E_g(T)` of holes, by the law that densities in equilibrium have
(``fem.forms.temperature_law``), so that an edge that moves has no part in the thermopower.
"""

from __future__ import annotations

from typing import Any

import ufl

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.materials.material import Material


def rise_of_edge(context: Context, species: str, i: int, j: int) -> Expr:
    """Return by how much the depth of a band's edge grows from i to j [kT0] as it follows the temperature."""
    slope, bend = _numbers(context, species)
    if slope is None:
        return 0.0
    start, end = context.warmth(i), context.warmth(j)
    return (end - start) * slope + bend * (end * ufl.ln(end) - start * ufl.ln(start))  # type: ignore[operator]


def slope_of_edge(context: Context, species: str, i: int) -> Expr:
    """Return by how much the depth of a band's edge grows with the temperature [k] at local vertex i."""
    slope, bend = _numbers(context, species)
    theta = context.warmth(i)
    if slope is None or theta is None:
        return 0.0 if slope is None else slope + bend
    return slope + bend * (1 + ufl.ln(theta))


def _numbers(context: Context, species: str) -> tuple[Any, Any]:
    bands = context.setting.bands

    def depth(_region: str, material: Material, t: float) -> float:
        if material.kind != "semiconductor":
            return 0.0
        affinity, gap, _, _ = bands.levels(material, t)
        edge = affinity if species == "electron" else affinity + gap
        return float(edge * t / context.setting.temperature)

    return context.energy_law(f"{species} edge", depth)
