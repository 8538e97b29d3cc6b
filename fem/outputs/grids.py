"""Fields of a state on a PyVista grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.device.state import State
from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.ranks import collective
from fem.mesh.region_mesh import NANOMETRE, RegionMesh
from fem.outputs.values import cell_values

if TYPE_CHECKING:
    from fem.heat.field import TemperatureField

Array = npt.NDArray[np.float64]


def grid(state: State, temperature: TemperatureField | None = None) -> Any:
    """Return the state as a pyvista UnstructuredGrid in nm on rank 0, None on other ranks.

    Point data: the output fields; cell data: "region"; field data: "region_names" by tag.
    """
    return grid_of(state.device.mesh, cell_values(state, temperature))


@collective("grid")
def grid_of(mesh: DeviceMesh, values: Mapping[str, Array]) -> Any:
    """Return corner values (cells, corners) of one mesh as a pyvista grid in nm; None but on rank 0."""
    cut_mesh = RegionMesh.of(mesh)
    gathered = {name: cut_mesh.gather(v) for name, v in values.items()}
    if mesh.comm.rank != 0:
        return None
    import pyvista as pv

    kind = {1: pv.CellType.LINE, 2: pv.CellType.TRIANGLE, 3: pv.CellType.TETRA}[mesh.dim]
    found = pv.UnstructuredGrid({kind: cut_mesh.cells}, cut_mesh.points / NANOMETRE)
    for name, column in gathered.items():
        found.point_data[name] = column
    found.cell_data["region"] = cut_mesh.region
    found.field_data["region_names"] = region_names(mesh)
    return found


def region_names(mesh: DeviceMesh) -> list[str]:
    """Return the name of each region tag, "" where a tag is not used."""
    names = [""] * (max(mesh.regions.values()) + 1)
    for region, tag in mesh.regions.items():
        names[tag] = region
    return names
