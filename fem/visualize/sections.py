"""Sections of 2D devices, drawn with matplotlib: one field, the regions, and current lines.

Axisymmetric devices are mirrored about their axis. Every rank must call ``plot_fields_2d``; rank 0 draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.io.files import save_figure
from fem.visualize.colours import display
from fem.visualize.current_lines import check_count, levels, stream_function
from fem.visualize.grid import picture_grid, require_dimension

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fem.device.state import State

Array = npt.NDArray[np.float64]
METAL = "#c9ccd1"
_LINE: dict[str, Any] = {"colors": "white", "linewidths": 0.8, "linestyles": "solid"}


def plot_fields_2d(state: State, name: str, output: str | Path, *, current_lines: int = 0) -> Path:
    """Return the path of a picture (PNG) of one output field of a 2D device, coordinates in nm.

    ``name``: one of ``output_fields``, "temperature" (with ``Heat()``), "electric_field" or
    "conduction_current_density". Axisymmetric devices are mirrored about their axis. Densities that vary by more
    than a factor of 30 are on a logarithmic scale, over at most twelve decades; regions without the field are
    grey. ``current_lines``: how many lines to draw on each side, between any two of which the same conduction
    current flows.
    Raises UnknownNameError, OutOfRangeError, or IncompatibleError if the device is not two-dimensional.
    """
    require_dimension(state, (2,), "plot_fields_2d()")
    check_count(current_lines)
    output = Path(output)
    grid = picture_grid(state, [name], current=current_lines > 0)
    if grid is not None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.6, 4.2), dpi=200, layout="constrained")
        section = Section(figure.add_subplot(), grid, name, mirrored=state.device.mesh.axisymmetric)
        section.add_bar(figure)
        if current_lines:
            section.draw_lines(grid, current_lines)
        section.ax.set_title(bias_title(state), fontsize=10)
        save_figure(figure, output)
    return output


def bias_title(state: State) -> str:
    """Return the bias of a state as a title."""
    bias = ", ".join(f"{n} {v:.4g} V" for n, v in state.bias.items())
    return bias.replace("-", "\N{MINUS SIGN}")


class Section:
    """One field of a 2D device drawn into axes; its values can be replaced, for films.

    ``norm``: of the colours, that of the grid's values if None; ``absent``: where the field never has a value, at
    the grid's points, where it has none now if None.
    """

    def __init__(
        self, ax: Axes, grid: Any, name: str, *, mirrored: bool, norm: Any = None, absent: Any = None
    ) -> None:
        self.ax, self.name, self.mirrored = ax, name, mirrored
        self.display = display(name)
        values = np.array(grid.point_data[name])
        absent = self.display.absent(values) if absent is None else absent
        self.norm = self.display.norm(values) if norm is None else norm
        self._lines: list[Any] = []
        cells = grid.cells_dict[5]
        kept = cells[~absent[cells].any(axis=1)]
        ax.set_facecolor(METAL)
        self._pictures = [
            ax.tripcolor(
                side * grid.points[:, 0], grid.points[:, 1], self._shown(values), triangles=kept,
                shading="gouraud", norm=self.norm, cmap=self.display.colours, rasterized=True,
            )
            for side in self._sides if len(kept)
        ]  # fmt: skip
        for side in self._sides:
            _draw_outlines(ax, grid, side)
        name_areas(ax, grid)
        self._label_axes()

    @property
    def _sides(self) -> tuple[int, ...]:
        return (1, -1) if self.mirrored else (1,)

    def _shown(self, values: Array) -> Array:
        """Return values in the unit shown, the lowest colour where there is none."""
        low = self.norm.vmin
        return np.where(self.display.absent(values), low, np.maximum(values * self.display.scale, low))

    def _label_axes(self) -> None:
        self.ax.set(aspect="equal", ylabel="Height [nm]" if self.mirrored else "y [nm]")
        self.ax.set_xlabel("Radius [nm]" if self.mirrored else "x [nm]")
        if self.mirrored:
            self.ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        self.ax.margins(0)

    def update(self, values: Array) -> None:
        """Show other values [SI] at the grid's points, shape (points,)."""
        for picture in self._pictures:
            picture.set_array(self._shown(values))

    def add_bar(self, figure: Any) -> None:
        """Add the colour bar beside the axes."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm

        colours = ScalarMappable(self.norm, self.display.colours)
        bar = figure.colorbar(colours, cax=self.ax.inset_axes((1.03, 0.0, 0.04, 1.0)))
        if not isinstance(self.norm, LogNorm):
            bar.formatter.set_useOffset(False)
        bar.set_label(self.display.title)

    def draw_lines(self, grid: Any, count: int) -> None:
        """Draw ``count`` current lines on each side, with an arrow on each; those before are removed."""
        from matplotlib.tri import Triangulation

        for artist in self._lines:
            artist.remove()
        self._lines = []
        stream = stream_function(grid, axisymmetric=self.mirrored)
        values = levels(stream, count)
        if not len(values):
            return
        cells = grid.cells_dict[5]
        triangles = cells[np.isfinite(stream[cells]).all(axis=1)]
        x, y, filled = grid.points[:, 0], grid.points[:, 1], np.nan_to_num(stream)
        for side in self._sides:
            drawn = self.ax.tricontour(Triangulation(side * x, y, triangles), filled, levels=values, **_LINE)
            _without_rings(drawn)
            _haloed(drawn)
            self._lines.append(drawn)
            self._lines += self._arrows(drawn, grid, side)

    def _arrows(self, drawn: Any, grid: Any, side: int) -> list[Any]:
        """Return an arrow head in the middle of every long line, along the current."""
        from scipy.spatial import cKDTree

        tree, current = cKDTree(grid.cell_centers().points[:, :2]), grid.cell_data["current"]
        box = np.ptp(grid.points[:, 1])
        found = []
        for path in drawn.get_paths():
            for points in path.to_polygons(closed_only=False):
                along = np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))
                if len(along) < 2 or along[-1] < 0.15 * box:
                    continue
                k = int(np.searchsorted(along, 0.5 * along[-1]))
                start, end = points[k], points[k + 1]
                flow = current[tree.query(0.5 * (start + end) * [side, 1])[1], :2] * [side, 1]
                if np.dot(flow, end - start) < 0:
                    start, end = end, start
                arrow = {"arrowstyle": "-|>", "color": "white", "lw": 0.8, "mutation_scale": 8}
                found.append(self.ax.annotate("", xy=end, xytext=start, arrowprops=arrow))
        return found


def _without_rings(drawn: Any) -> None:
    """Take away lines that close on themselves: no current does, only its rounding where σ jumps within a cell."""
    from matplotlib.path import Path as Line

    paths = []
    for path in drawn.get_paths():
        parts = [p for p in path.to_polygons(closed_only=False) if not np.array_equal(p[0], p[-1])]
        paths.append(Line.make_compound_path(*map(Line, parts)) if parts else Line(np.empty((0, 2))))
    drawn.set_paths(paths)


def _haloed(drawn: Any) -> None:
    """Give lines a dark rim, so that they are seen on every colour."""
    from matplotlib.patheffects import withStroke

    drawn.set_path_effects([withStroke(linewidth=1.8, foreground="#00000066")])


def _draw_outlines(ax: Axes, grid: Any, side: int) -> None:
    """Draw the outline of every region."""
    from matplotlib.collections import LineCollection

    outline = grid.points[:, :2][outline_edges(grid.cells_dict[5])] * [side, 1]
    on_axis = np.all(np.abs(outline[:, :, 0]) < 1e-6, axis=1)
    ax.add_collection(LineCollection(outline[~on_axis], colors="k", linewidths=0.7))


def outline_edges(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the edges that belong to one triangle only, as pairs of points, shape (n, 2)."""
    edges = np.sort(np.concatenate([cells[:, [0, 1]], cells[:, [1, 2]], cells[:, [2, 0]]]), axis=1)
    found, count = np.unique(edges, axis=0, return_counts=True)
    return np.asarray(found[count == 1])


def name_areas(ax: Axes, grid: Any) -> None:
    """Write the name of each region into it: on the axis if it is there, else where it is widest."""
    from matplotlib.patheffects import withStroke

    names, tags = list(grid.field_data["region_names"]), grid.cell_data["region"]
    centres = grid.cell_centers().points[:, :2]
    for tag in np.unique(tags):
        place = _place(grid, centres, tags == tag)
        ax.text(
            *place, names[tag], ha="center", va="center", fontsize=9,
            path_effects=[withStroke(linewidth=2.5, foreground="w")],
        )  # fmt: skip


def _place(grid: Any, centres: Array, inside: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return where the name of the region with the cells ``inside`` stands."""
    from scipy.spatial import cKDTree

    here = centres[inside]
    box = 0.5 * (here.min(axis=0) + here.max(axis=0))
    if here[:, 0].min() < 0.2 * here[:, 0].max():
        box[0] = 0.0
    if inside[cKDTree(centres).query(box)[1]]:
        return float(box[0]), float(box[1])
    rim = grid.points[np.unique(outline_edges(grid.cells_dict[5][inside])), :2]
    x, y = here[cKDTree(rim).query(here)[0].argmax()]
    return float(x), float(y)
