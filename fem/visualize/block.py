"""Pictures of heated blocks in three dimensions, cut open.

Every rank must call these functions; rank 0 draws. Lengths are shown in nanometres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError
from fem.io.fields import read_fields
from fem.io.files import save_figure
from fem.mesh.region_mesh import NANOMETRE
from fem.outputs.grids import grid_of
from fem.outputs.values import temperature_values
from fem.visualize.scene import add_edges, composed, photographed, scene

if TYPE_CHECKING:
    from fem.heat.field import TemperatureField

Array = npt.NDArray[np.float64]


def temperature_picture(
    source: TemperatureField | str | Path,
    output: str | Path,
    *,
    title: str = "",
    whole: Sequence[str] = ("substrate", "bottom_line"),
    removed: Sequence[str] = ("top_line", "film", "fill", "cap"),
    around: Sequence[str] = ("cell_",),
    margin: float | None = None,
    size: tuple[int, int] = (1600, 1200),
) -> Path:
    """Return the path of a picture (PNG) of the temperature rise [K] in a 3D block, cut open.

    ``source``: a temperature, or a file of ``write_temperature``. Regions are told by how their names
    begin. A section in the x-z plane goes through the middle of those in ``around``; in front of it, regions
    in ``whole`` are shown as they are, those in ``removed`` not at all, and others where the section does
    not cut them. The block ends sideways ``margin`` [m] beyond the regions in ``around``, half of their
    extent if None. Raises IncompatibleError if the mesh is not three-dimensional.
    """
    output = Path(output)
    grid = _heated(source)
    if grid is None:
        return output
    box = _box(grid, around)
    grid = _window(grid, box, margin)
    middle = box.mean(axis=1)
    shown = {}
    for name, part in _parts(grid).items():
        crossed = part.bounds[2] < middle[1] < part.bounds[3]
        if name.startswith(tuple(removed)) or (crossed and not name.startswith(tuple(whole))):
            part = _behind(part, middle)
        if part.n_cells:
            shown[name] = part
    limit = float(grid["temperature_rise"].max())
    bars = {"Temperature rise [K]": (_norm(limit), "inferno")}
    return save_figure(composed(*_rendered(shown, limit, size), bars=bars, title=title, size=size), output)


def _norm(limit: float) -> Any:
    from matplotlib.colors import Normalize

    return Normalize(0.0, limit)


def _heated(source: TemperatureField | str | Path) -> Any:
    """Return the grid with "temperature_rise" [K] on rank 0, None on other ranks."""
    if isinstance(source, str | Path):
        from mpi4py import MPI

        grid = read_fields(source) if MPI.COMM_WORLD.rank == 0 else None
        dim = 3 if grid is None or 10 in grid.cells_dict else 2
    else:
        values = temperature_values(source)
        dim = source.problem.mesh.dim
        grid = grid_of(source.problem.mesh, {"temperature_rise": values - source.problem.ambient})
    if dim != 3:
        raise IncompatibleError("temperature_picture() is for 3D blocks; this mesh has fewer dimensions.")
    return grid


def _parts(grid: Any) -> dict[str, Any]:
    """Return the grid of each region by name."""
    names, tags = list(grid.field_data["region_names"]), np.asarray(grid.cell_data["region"])
    return {str(names[int(t)]): grid.extract_cells(np.flatnonzero(tags == t)) for t in np.unique(tags)}


def _box(grid: Any, around: Sequence[str]) -> Array:
    """Return the bounds of the regions whose names begin so, or of all if none does, shape (3, 2)."""
    parts = _parts(grid)
    found = [part for name, part in parts.items() if name.startswith(tuple(around))] or list(parts.values())
    bounds = np.array([np.reshape(part.bounds, (3, 2)) for part in found])
    return np.stack([bounds[:, :, 0].min(axis=0), bounds[:, :, 1].max(axis=0)], axis=1)


def _window(grid: Any, box: Array, margin: float | None) -> Any:
    """Return the grid cut off sideways beyond ``box``, along its cells."""
    beyond = 0.5 * float(np.ptp(box[:2], axis=1).max()) if margin is None else margin / NANOMETRE
    centres, kept = grid.cell_centers().points, np.ones(grid.n_cells, dtype=bool)
    for axis in (0, 1):
        nodes = np.unique(grid.points[:, axis])
        low, high = (nodes[np.argmin(np.abs(nodes - e))] for e in box[axis] + [-beyond, beyond])
        kept &= (centres[:, axis] > low) & (centres[:, axis] < high)
    return grid.extract_cells(np.flatnonzero(kept))


def _behind(part: Any, middle: Array) -> Any:
    """Return the part with y above that of ``middle``: along its cells if a plane of nodes is near."""
    nodes = np.unique(part.points[:, 1])
    plane = float(nodes[np.argmin(np.abs(nodes - middle[1]))])
    kept = part.extract_cells(np.flatnonzero(part.cell_centers().points[:, 1] > plane))
    if kept.n_cells and kept.bounds[2] > plane - 1e-6 * float(np.ptp(nodes)):
        return kept
    return part.clip(normal=(0, -1, 0), origin=middle)


def _rendered(parts: Mapping[str, Any], limit: float, size: tuple[int, int]) -> tuple[Any, Array, float]:
    """Return an image of the parts, the ends of a length scale in it [pixels], and its length [nm]."""
    plotter = scene(size)
    for part in parts.values():
        _add_part(plotter, part, limit, size)
    return photographed(plotter, (0.4, -0.8, 0.62), zoom=0.45, height=0.45)


def _add_part(plotter: Any, part: Any, limit: float, size: tuple[int, int]) -> None:
    """Draw the surface of one region, coloured by its temperature rise, with its edges."""
    surface = part.extract_surface(algorithm="dataset_surface").triangulate().clean(tolerance=1e-6)
    surface = surface.compute_normals(consistent_normals=True, auto_orient_normals=True, split_vertices=False)
    plotter.add_mesh(
        surface,
        scalars="temperature_rise",
        cmap="inferno",
        clim=(0.0, limit),
        show_scalar_bar=False,
        lighting=False,  # so that every colour is that of the bar
    )
    add_edges(plotter, surface, size)
