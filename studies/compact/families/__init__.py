"""Families of compact models, one file each."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from fem.errors import UnknownNameError

if TYPE_CHECKING:
    from studies.compact.family import Family

#: Name of a family -> file and name in it.
HOMES = {
    "ion screening": ("ion_screening", "ION_SCREENING"),
    "linear drift": ("linear_drift", "LINEAR_DRIFT"),
    "filament gap": ("filament_gap", "FILAMENT_GAP"),
    "threshold (VTEAM)": ("threshold", "THRESHOLD"),
    "Yakopcic": ("yakopcic", "YAKOPCIC"),
    "diffusive": ("diffusive", "DIFFUSIVE"),
    "rectifying": ("rectifying", "RECTIFYING"),
    "selector": ("selector", "SELECTOR"),
    "transistor synapse": ("transistor", "TRANSISTOR"),
    "pulse table": ("pulse_table", "PULSE_TABLE"),
    "chemical inductor": ("chemical_inductor", "CHEMICAL_INDUCTOR"),
}


def known(name: object) -> Family:
    """Return memfem's own family of this name; UnknownNameError if it has none."""
    if not isinstance(name, str) or name not in HOMES:
        raise UnknownNameError(
            "family of compact models",
            str(name),
            HOMES,
            "One of your own is given as a value: fit(..., family=), load(..., family=).",
        )
    file, attribute = HOMES[name]
    found: Family = getattr(importlib.import_module(f"studies.compact.families.{file}"), attribute)
    return found


def named(family: Family | str) -> Family:
    """Return a family as it is, or memfem's own of this name; raises UnknownNameError."""
    return known(family) if isinstance(family, str) else family
