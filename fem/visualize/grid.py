"""The grid that pictures and films of a state are drawn from: chosen fields, and the current density.

Every rank must call these functions; rank 0 has the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.currents.density import current_density, electric_field
from fem.errors import IncompatibleError, UnknownNameError
from fem.heat.of_state import temperature
from fem.mesh.region_mesh import RegionMesh
from fem.outputs.grids import grid_of
from fem.outputs.values import cell_values

if TYPE_CHECKING:
    from fem.device.state import State

Array = npt.NDArray[np.float64]
VECTORS = {"electric_field": electric_field, "conduction_current_density": current_density}


def picture_grid(state: State, names: Sequence[str], *, current: bool = False) -> Any:
    """Return a pyvista grid in nm with the fields ``names`` at its points, on rank 0, None on other ranks.

    ``names``: of ``cell_values``, "temperature" of any device with ``Heat()``, and the magnitudes
    "electric_field" and "conduction_current_density", which are means over the cells around a point in its
    region. ``current``: also the current density [A/m²] of each cell as cell data "current", shape (cells, 3).
    Raises UnknownNameError.
    """
    values = _checked_values(state, names)
    grid = grid_of(state.device.mesh, {name: values[name] for name in names if name in values})
    vectors = {name: VECTORS[name](state) for name in VECTORS if name in names}
    if current:
        vectors["current"] = vectors.get("conduction_current_density", current_density(state))
    cut = RegionMesh.of(state.device.mesh)
    gathered = {name: cut.gather_cells(v) for name, v in vectors.items()}
    if grid is None:
        return None
    for name, vector in gathered.items():
        if name == "current":
            grid.cell_data[name] = np.pad(vector, ((0, 0), (0, 3 - vector.shape[1])))
        else:
            grid.point_data[name] = _at_points(grid, np.linalg.norm(vector, axis=1))
    return grid


def require_dimension(state: State, dims: Sequence[int], what: str) -> None:
    """Raise IncompatibleError unless the device has one of these numbers of dimensions."""
    dim = state.device.mesh.dim
    if dim not in dims:
        allowed = " and ".join(f"{d}D" for d in dims)
        raise IncompatibleError(f"{what} is for {allowed} devices; this one has {dim} dimension(s).")


def require_fields(state: State, names: Sequence[str]) -> None:
    """Raise UnknownNameError unless pictures of this state can show all of ``names``."""
    _checked_values(state, names)


def _checked_values(state: State, names: Sequence[str]) -> dict[str, Array]:
    """Return the corner values of all fields, the temperature among them where one is wanted and to be had."""
    values = cell_values(state)
    heated = state.device.heat is not None
    known = [*values, *VECTORS, *(["temperature"] if heated else [])]
    for name in names:
        if name not in known:
            raise UnknownNameError("output field", name, known)
    if "temperature" in names and "temperature" not in values:
        values = cell_values(state, temperature(state))
    return values


def _at_points(grid: Any, values: Array) -> Array:
    """Return the mean over the cells around each point, shape (points,)."""
    corners = next(iter(grid.cells_dict.values()))
    total = np.bincount(corners.ravel(), np.repeat(values, corners.shape[1]), grid.n_points)
    return np.asarray(total / np.bincount(corners.ravel(), minlength=grid.n_points))
