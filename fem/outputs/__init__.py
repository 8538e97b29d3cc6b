"""Physical fields of a solved state, along lines and on grids."""

from __future__ import annotations

from fem.outputs.values import (
    NANOMETRE,
    RegionMesh,
    cell_values,
    cut,
    grid,
    grid_of,
    output_fields,
    profile,
    region_names,
    temperature_values,
)

__all__ = [
    "NANOMETRE",
    "RegionMesh",
    "cell_values",
    "cut",
    "grid",
    "grid_of",
    "output_fields",
    "profile",
    "region_names",
    "temperature_values",
]
