r"""Edges of bands that follow the temperature: their depth below the vacuum level, by region.

:math:`\chi(T)` of electrons and :math:`\chi(T) + E_g(T)` of holes, as a polynomial of second degree in T that is exact
where the laws of materials are (``fem.forms.temperature_law``).
"""

from __future__ import annotations

from typing import Any

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.materials.material import Material


def rise_of_edge(context: Context, species: str, i: int, j: int) -> Expr:
    """Return by how much the depth of a band's edge grows from i to j [kT0] as it follows the temperature."""
    slope, bend = _numbers(context, species)
    if slope is None:
        return 0.0
    start, end = context.warmth(i), context.warmth(j)
    return (end - start) * (slope + bend * (start + end - 2))  # type: ignore[operator]


def slope_of_edge(context: Context, species: str, i: int) -> Expr:
    """Return by how much the depth of a band's edge grows with the temperature [k] at local vertex i."""
    slope, bend = _numbers(context, species)
    theta = context.warmth(i)
    if slope is None or theta is None:
        return 0.0 if slope is None else slope
    return slope + 2 * bend * (theta - 1)


def _numbers(context: Context, species: str) -> tuple[Any, Any]:
    bands = context.setting.bands

    def depth(_region: str, material: Material, t: float) -> float:
        if material.kind != "semiconductor":
            return 0.0
        affinity, gap, _, _ = bands.levels(material, t)
        edge = affinity if species == "electron" else affinity + gap
        return float(edge * t / context.setting.temperature)

    return context.quadratic(f"{species} edge", depth)
