"""Pictures of fields in two and three dimensions: sections of devices and heated blocks.

Every rank must call these functions; rank 0 draws. Lengths are shown in nanometres.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import fem  # noqa: F401  (the dolfinx wheel must be loaded first)
from fem.errors import IncompatibleError, UnknownNameError
from fem.fields import FIELDS, field_info
from fem.io import read_fields
from fem.outputs import NANOMETRE, cell_values, grid_of, temperature_values
from fem.state import State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fem.heat_conduction import TemperatureField

Array = npt.NDArray[np.float64]
_METAL = "#c9ccd1"
_SPREAD = 30.0  # densities that vary by more are shown on a logarithmic scale


def plot_fields_2d(state: State, name: str, output: str | Path) -> Path:
    """Return the path of a picture (PNG) of one output field of a 2D device, coordinates in nm.

    Axisymmetric devices are mirrored about their axis. Densities and conductivities that vary by more than a factor of
    30 are on a logarithmic scale, over at most twelve decades; regions without the field are grey.
    Raises UnknownNameError, or IncompatibleError if the device is not two-dimensional.
    """
    mesh, output = state.device.mesh, Path(output)
    if mesh.dim != 2:
        raise IncompatibleError(f"plot_fields_2d() is for 2D devices; this one has {mesh.dim} dimensions.")
    values = cell_values(state)
    if name not in values:
        raise UnknownNameError("output field", name, values)
    grid = grid_of(mesh, {name: values[name]})
    if grid is not None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.6, 4.2), dpi=200, layout="constrained")
        _draw_section(figure, grid, name, mirrored=mesh.axisymmetric)
        bias = ", ".join(f"{n} {v:g} V" for n, v in state.bias.items())
        figure.axes[0].set_title(bias.replace("-", "\N{MINUS SIGN}"), fontsize=10)
        figure.savefig(output)
    return output


def _draw_section(figure: Any, grid: Any, name: str, *, mirrored: bool) -> None:
    from matplotlib.colors import LogNorm

    ax = figure.add_subplot()
    x, y = grid.points[:, 0], grid.points[:, 1]
    cells = grid.cells_dict[5]
    shown = np.array(grid.point_data[name])
    dense = _is_density(name)
    wide = dense or name == "conductivity"
    absent = ~np.isfinite(shown) | (wide & (shown <= 0))
    kept = cells[~absent[cells].any(axis=1)]
    scale = 1e-6 if dense else 1.0
    norm = _norm(shown[~absent] * scale, wide)
    ax.set_facecolor(_METAL)
    for side in (1, -1) if mirrored else (1,):
        picture = ax.tripcolor(
            side * x, y, np.where(absent, 0.0, shown * scale), triangles=kept, shading="gouraud",
            norm=norm, cmap="viridis" if wide else "cividis", rasterized=True,
        )  # fmt: skip
        _draw_outlines(ax, grid, side)
    _name_areas(ax, grid)
    ax.set(aspect="equal", ylabel="Height [nm]" if mirrored else "y [nm]")
    ax.set_xlabel("Radius [nm]" if mirrored else "x [nm]")
    if mirrored:
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    ax.margins(0)
    bar = figure.colorbar(picture, cax=ax.inset_axes((1.03, 0.0, 0.04, 1.0)))
    if not isinstance(norm, LogNorm):
        bar.formatter.set_useOffset(False)
    info = field_info(name)
    bar.set_label(f"{info.long_name.capitalize()} [{'cm$^{-3}$' if dense else info.unit}]")


def _is_density(name: str) -> bool:
    return name in ("electron", "hole") or name not in FIELDS


def _norm(shown: Array, wide: bool) -> Any:
    from matplotlib.colors import LogNorm, Normalize

    low, high = float(shown.min()), float(shown.max())
    if wide and high > _SPREAD * low:
        return LogNorm(max(low, 1e-12 * high), high)
    return Normalize(low, high)


def _draw_outlines(ax: Axes, grid: Any, side: int) -> None:
    """Draw the outline of every region."""
    from matplotlib.collections import LineCollection

    cells = grid.cells_dict[5]
    edges = np.sort(np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), axis=1)
    found, count = np.unique(edges, axis=0, return_counts=True)
    outline = grid.points[:, :2][found[count == 1]] * [side, 1]
    on_axis = np.all(np.abs(outline[:, :, 0]) < 1e-6, axis=1)
    ax.add_collection(LineCollection(outline[~on_axis], colors="k", linewidths=0.7))


def _name_areas(ax: Axes, grid: Any) -> None:
    """Write the name of each region into its largest part."""
    from matplotlib.patheffects import withStroke

    names, tags = list(grid.field_data["region_names"]), grid.cell_data["region"]
    centres = grid.cell_centers().points
    for tag in np.unique(tags):
        here = centres[tags == tag]
        box = 0.5 * (here.min(axis=0) + here.max(axis=0))
        ax.text(
            0.0 if here[:, 0].min() < 0.2 * here[:, 0].max() else box[0], box[1], names[tag],
            ha="center", va="center", fontsize=9, path_effects=[withStroke(linewidth=2.5, foreground="w")],
        )  # fmt: skip


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
    _compose(*_rendered(shown, limit, size), limit, title, size).savefig(output)
    return output


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
    import pyvista as pv
    from vtkmodules.vtkCommonCore import vtkLogger
    from vtkmodules.vtkRenderingCore import vtkCoordinate

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # no word of the screen that is not needed
    plotter: Any = pv.Plotter(off_screen=True, window_size=[int(0.82 * size[0]), int(0.9 * size[1])])
    plotter.set_background("white")
    for part in parts.values():
        _add_part(plotter, part, limit, size)
    bounds = np.reshape(plotter.bounds, (3, 2))
    low, high = bounds.T
    plotter.enable_parallel_projection()
    plotter.enable_anti_aliasing("msaa", multi_samples=8)
    plotter.camera.focal_point = low + (high - low) * np.array([0.5, 0.5, 0.45])
    reach = float(np.linalg.norm(high - low))
    plotter.camera.position = np.array(plotter.camera.focal_point) + 2 * reach * np.array([0.4, -0.8, 0.62])
    plotter.camera.up = (0, 0, 1)
    plotter.camera.parallel_scale = 0.45 * reach
    plotter.reset_camera_clipping_range()
    image = plotter.screenshot(None, return_img=True)
    length = _round_length(0.25 * (high[0] - low[0]))
    ends = []
    for x in (low[0], low[0] + length):
        place = vtkCoordinate()
        place.SetCoordinateSystemToWorld()
        place.SetValue(x, low[1], low[2])
        ends.append(place.GetComputedDoubleDisplayValue(plotter.renderer))
    plotter.close()
    return image, np.array(ends), length


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
    edges = surface.extract_feature_edges(
        feature_angle=30, boundary_edges=False, manifold_edges=False, non_manifold_edges=False
    )
    if edges.n_cells:
        actor = plotter.add_mesh(edges, color="#b4bac4", line_width=max(1.0, size[0] / 900), lighting=False)
        actor.mapper.SetResolveCoincidentTopologyToPolygonOffset()
        actor.mapper.SetRelativeCoincidentTopologyLineOffsetParameters(-4.0, -4.0)


def _compose(image: Any, ends: Array, length: float, limit: float, title: str, size: tuple[int, int]) -> Any:
    """Return a figure of the image with title, colour bar and length scale."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size[0] / 200, size[1] / 200), dpi=200)
    height, width = image.shape[:2]
    ax = figure.add_axes((0.0, 0.0, width / size[0], height / size[1]))
    ax.imshow(image, extent=(0, width, 0, height), interpolation="none")
    ax.set_axis_off()
    down = np.array([0.0, 0.03 * height])
    start, end = ends[:, :2] - down
    ax.plot(*zip(start, end, strict=True), color="k", lw=2, solid_capstyle="butt")
    angle = float(np.degrees(np.arctan2(*(end - start)[::-1])))
    x, y = 0.5 * (start + end) - 0.9 * down
    style: Any = {"rotation": angle, "rotation_mode": "anchor", "ha": "center", "va": "top"}
    ax.text(x, y, f"{length:g} nm", fontsize=10, **style)
    bar_axes = figure.add_axes((0.85, 0.2, 0.025, 0.56))
    bar = figure.colorbar(ScalarMappable(Normalize(0.0, limit), "inferno"), cax=bar_axes)
    bar.set_label("Temperature rise [K]", fontsize=11)
    if title:
        figure.text(0.5, 0.955, title, ha="center", va="center", fontsize=13)
    return figure


def _round_length(length: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above ``length``."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(max(k * power for k in (1, 2, 5) if k * power <= length * (1 + 1e-9)))
