"""Physical fields of a solved state, along lines and on grids."""

from __future__ import annotations

from fem.mesh.region_mesh import NANOMETRE, RegionMesh
from fem.outputs.grids import grid, grid_of, region_names
from fem.outputs.lines import cut, profile
from fem.outputs.values import cell_values, output_fields, temperature_values

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
