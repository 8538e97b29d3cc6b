"""Pictures of devices in three dimensions, cut open: a field, the surface of a filament, current lines.

Every rank must call ``picture_3d``; rank 0 draws. Lengths are in nanometres. A quarter of the device is taken
away; axisymmetric devices are turned by 270 degrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, OutOfRangeError
from fem.io.files import save_figure
from fem.visualize.colours import display
from fem.visualize.current_lines import check_count, lines_2d, lines_3d
from fem.visualize.grid import picture_grid, require_dimension, require_fields
from fem.visualize.scene import add_edges, composed, photographed, scene
from fem.visualize.sections import METAL, bias_title, outline_edges

if TYPE_CHECKING:
    from fem.device.state import State

Array = npt.NDArray[np.float64]
_SURFACE = "#2f7fd6"  # of the isosurface
_STEPS = 72  # of 270 degrees
_FAN = (-90.0, 0.0)  # angles at which axisymmetric devices have current lines [degrees]
_CURRENT = "conduction_current_density"
_DIRECTION = (0.62, -0.75, 0.55)  # to the camera: it looks at the quarter that is taken away


@dataclass(frozen=True, kw_only=True)
class View:
    """What a picture of a device shows; see ``picture_3d``. ``norms``: of fields by name, for films."""

    name: str
    isosurface: str | None = None
    level: float | None = None
    current_lines: int = 24
    hidden: Sequence[str] = ()
    title: str | None = None
    size: tuple[int, int] = (1200, 900)
    norms: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """The fields that are needed."""
        return [self.name, *([self.isosurface] if self.isosurface else [])]

    def check(self, state: State) -> None:
        """Raise unless this view can be drawn of the state; see ``picture_3d``."""
        mesh = state.device.mesh
        require_dimension(state, (2, 3), "picture_3d()")
        if mesh.dim == 2 and not mesh.axisymmetric:
            raise IncompatibleError(
                "picture_3d() is for 3D and axisymmetric devices; this section has no third dimension. Use "
                "plot_fields_2d()."
            )
        require_fields(state, self.names)
        check_count(self.current_lines)
        for region in self.hidden:
            mesh.require("region", region)
        if self.level is not None:
            self._check_level(self.level)

    def _check_level(self, level: float) -> None:
        if self.isosurface is None:
            raise IncompatibleError(f"level is {level:g}, but isosurface names no field that it is of.")
        positive = display(self.isosurface).positive
        if not np.isfinite(level) or (positive and level <= 0):
            raise OutOfRangeError(
                f"level of {self.isosurface} [SI]", level, "positive and finite" if positive else "finite"
            )


def picture_3d(
    state: State,
    name: str,
    output: str | Path,
    *,
    isosurface: str | None = None,
    level: float | None = None,
    current_lines: int = 24,
    hidden: Sequence[str] = (),
    title: str | None = None,
    size: tuple[int, int] = (1200, 900),
) -> Path:
    """Return the path of a picture (PNG) of a 3D or axisymmetric device, cut open.

    ``name``: the field that colours the faces: any of ``plot_fields_2d``. ``isosurface``: a field whose surface
    at ``level`` [SI] is shown translucent, such as an ion density around a filament; without a level it is
    half way from the lowest to the highest value, in the logarithm for densities. ``current_lines``: how many
    (in each half section of an axisymmetric device), coloured by the magnitude of the conduction current
    density. Regions in ``hidden`` are not shown. ``title``: the bias if None.
    Raises UnknownNameError, OutOfRangeError, or IncompatibleError for lines and planar sections.
    """
    view = View(
        name=name, isosurface=isosurface, level=level, current_lines=current_lines, hidden=tuple(hidden),
        title=title, size=size,
    )  # fmt: skip
    figure = figure_3d(state, view)
    if figure is not None:
        save_figure(figure, output)
    return Path(output)


def figure_3d(state: State, view: View) -> Any:
    """Return the matplotlib figure of a view of a state on rank 0, None on other ranks. Collective."""
    view.check(state)
    grid = picture_grid(state, view.names, current=view.current_lines > 0)
    if grid is None:
        return None
    return drawn_3d(grid, view, bias_title(state) if view.title is None else view.title)


def drawn_3d(grid: Any, view: View, title: str) -> Any:
    """Return the matplotlib figure of a view of a ``picture_grid``."""
    shown = display(view.name)
    values = np.array(grid.point_data[view.name])
    norm = view.norms.get(view.name) or shown.norm(values)
    grid.point_data["colour"] = np.where(shown.absent(values), np.nan, norm(values * shown.scale))
    plotter = scene(view.size)
    for surface in _surfaces(grid, view.hidden):
        plotter.add_mesh(
            surface, scalars="colour", cmap=shown.colours, clim=(0.0, 1.0), nan_color=METAL,
            show_scalar_bar=False, lighting=False,
        )  # fmt: skip
        add_edges(plotter, surface, view.size)
    bars, notes = {shown.title: (norm, shown.colours)}, []
    if view.isosurface is not None:
        notes.append((_add_isosurface(plotter, grid, view), _SURFACE))
    if view.current_lines:
        bars |= _add_lines(plotter, grid, view)
    image, ends, length = photographed(plotter, _DIRECTION)
    return composed(image, ends, length, bars=bars, title=title, size=view.size, notes=notes)


def _surfaces(grid: Any, hidden: Sequence[str]) -> Iterator[Any]:
    """Return the surface of each region without the quarter that is taken away."""
    names, tags = list(grid.field_data["region_names"]), np.asarray(grid.cell_data["region"])
    middle = np.reshape(grid.bounds, (3, 2)).mean(axis=1)
    for tag in np.unique(tags):
        if names[int(tag)] in hidden:
            continue
        part = grid.extract_cells(np.flatnonzero(tags == tag))
        surface = _opened(part, middle) if 10 in grid.cells_dict else _turned(part)
        yield (
            surface.triangulate()
            .clean(tolerance=2e-6, absolute=False)
            .compute_normals(consistent_normals=True, auto_orient_normals=True, split_vertices=False)
        )


def _opened(part: Any, middle: Array) -> Any:
    """Return the surface of a part of tetrahedra without its quarter of large x and small y."""
    middle = middle + 1e-5 * np.ptp(np.reshape(part.bounds, (3, 2)))  # beside the nodes
    x, y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
    rim = part.extract_surface(algorithm="dataset_surface").triangulate()
    pieces = [
        rim.clip(normal=x, origin=middle),
        rim.clip(normal=x, origin=middle, invert=False).clip(normal=y, origin=middle, invert=False),
        part.slice(normal=x, origin=middle).clip(normal=y, origin=middle),
        part.slice(normal=y, origin=middle).clip(normal=x, origin=middle, invert=False),
    ]
    found = [piece.extract_surface(algorithm="dataset_surface") for piece in pieces if piece.n_cells]
    return found[0].append_polydata(*found[1:]) if len(found) > 1 else found[0]


def _upright(points: Array, angle: float) -> Array:
    """Return points (r, z, 0) of a section in space, at an angle about the axis [degrees], shape (n, 3)."""
    r, z = points[:, 0], points[:, 1]
    turn = np.radians(angle)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1)


def _turned(part: Any) -> Any:
    """Return the surface of a section of triangles turned by 270 degrees, with both of its cut faces."""
    import pyvista as pv

    cells, colours = part.cells_dict[5], part.point_data["colour"]
    rim = outline_edges(cells)
    rim = rim[~np.all(part.points[rim, 0] < 1e-6, axis=1)]
    lines = pv.PolyData(_upright(part.points, 0.0), lines=np.insert(rim, 0, 2, axis=1).ravel())
    lines.point_data["colour"] = colours
    surface = lines.extrude_rotate(resolution=_STEPS, angle=270.0, capping=False).triangulate()
    for angle in (0.0, 270.0):
        face = pv.PolyData(_upright(part.points, angle), np.insert(cells, 0, 3, axis=1).ravel())
        face.point_data["colour"] = colours
        surface = surface.append_polydata(face)
    return surface


def _add_isosurface(plotter: Any, grid: Any, view: View) -> str:
    """Draw the isosurface and return what is written of it."""
    assert view.isosurface is not None
    shown = display(view.isosurface)
    values = np.array(grid.point_data[view.isosurface])
    level = shown.middle(values) if view.level is None else view.level
    text = f"Surface of {shown.label.lower()}: {_number(level * shown.scale)} {shown.unit}"
    height = np.log if shown.positive else np.asarray  # densities are smoother in their logarithm
    inside = ~shown.absent(values)
    corners = next(iter(grid.cells_dict.values()))
    part = grid.extract_cells(np.flatnonzero(inside[corners].all(axis=1)))
    if not part.n_cells:
        return f"{text} (nowhere)"
    part.point_data["height"] = height(part.point_data[view.isosurface])
    found = part.contour(isosurfaces=[float(height(level))], scalars="height")
    if not found.n_cells:
        return f"{text} (nowhere)"
    if 10 not in grid.cells_dict:
        found.points = _upright(np.asarray(found.points), 0.0)
        found = found.extrude_rotate(resolution=96, angle=360.0, capping=False).triangulate()
    found = found.clean(tolerance=2e-6, absolute=False).compute_normals(
        consistent_normals=True, auto_orient_normals=True, split_vertices=False
    )
    plotter.add_mesh(found, color=_SURFACE, opacity=0.45, smooth_shading=True, ambient=0.4)
    return text


def _number(value: float) -> str:
    """Return a number with its power of ten in mathtext."""
    text = f"{value:.3g}"
    if "e" not in text:
        return text
    mantissa, power = text.split("e")
    return f"${mantissa}\\times10^{{{int(power)}}}$"


def _add_lines(plotter: Any, grid: Any, view: View) -> dict[str, tuple[Any, str]]:
    """Draw the current lines as tubes and return their colour bar; none where nothing flows."""
    import pyvista as pv

    solid = 10 in grid.cells_dict
    lines = lines_3d(grid, view.current_lines) if solid else lines_2d(
        grid, view.current_lines, axisymmetric=True
    )  # fmt: skip
    if lines is None:
        return {}
    shown = display(_CURRENT)
    sizes = np.asarray(lines.point_data["size"])
    norm = view.norms.get(_CURRENT) or shown.norm(sizes)
    lines.point_data["colour"] = np.asarray(norm(np.maximum(sizes * shown.scale, norm.vmin)), dtype=float)
    if not solid:
        flat, lines = lines, pv.PolyData()
        for angle in _FAN:
            turned = flat.copy()
            turned.points = _upright(np.asarray(flat.points), angle)
            lines = lines.append_polydata(turned)
    radius = 0.0025 * float(np.linalg.norm(np.ptp(np.reshape(plotter.bounds, (3, 2)), axis=1)))
    plotter.add_mesh(
        lines.tube(radius=radius, n_sides=12), scalars="colour", cmap=shown.colours, clim=(0.0, 1.0),
        show_scalar_bar=False, ambient=0.5, diffuse=0.6,
    )  # fmt: skip
    return {shown.title: (norm, shown.colours)}
