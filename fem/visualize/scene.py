"""What all three-dimensional pictures share: the scene, its camera, and the figure with colour bars around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
EDGE = "#b4bac4"


def scene(size: tuple[int, int]) -> Any:
    """Return an empty off-screen plotter for a figure of ``size`` [pixels]."""
    import pyvista as pv
    from vtkmodules.vtkCommonCore import vtkLogger

    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # no word of the screen that is not needed
    plotter: Any = pv.Plotter(off_screen=True, window_size=[int(0.82 * size[0]), int(0.9 * size[1])])
    plotter.set_background("white")
    return plotter


def add_edges(plotter: Any, surface: Any, size: tuple[int, int], angle: float = 30.0) -> None:
    """Draw the sharp edges of a surface."""
    edges = surface.extract_feature_edges(
        feature_angle=angle, boundary_edges=False, manifold_edges=False, non_manifold_edges=False
    )
    if edges.n_cells:
        add_lines(plotter, edges, EDGE, max(1.0, size[0] / 900))


def add_lines(plotter: Any, lines: Any, colour: str, width: float) -> None:
    """Draw lines in front of the faces that they lie on."""
    actor = plotter.add_mesh(lines, color=colour, line_width=width, lighting=False)
    actor.mapper.SetResolveCoincidentTopologyToPolygonOffset()
    actor.mapper.SetRelativeCoincidentTopologyLineOffsetParameters(-4.0, -4.0)


def photographed(
    plotter: Any, direction: Sequence[float], zoom: float | None = None, height: float = 0.5
) -> tuple[Any, Array, float]:
    """Return an image, the ends of a length scale along x in it [pixels], shape (2, 3), and its length [nm].

    ``direction``: from the middle of the scene to the camera; ``zoom``: half of the image's height over the
    diagonal of the scene, as much as fits if None; ``height``: of what is in the middle of the image, in parts
    of the scene's.
    """
    from vtkmodules.vtkRenderingCore import vtkCoordinate

    low, high = np.reshape(plotter.bounds, (3, 2)).T
    plotter.enable_parallel_projection()
    plotter.enable_anti_aliasing("msaa", multi_samples=8)
    plotter.camera.focal_point = low + (high - low) * np.array([0.5, 0.5, height])
    reach = float(np.linalg.norm(high - low))
    plotter.camera.position = np.array(plotter.camera.focal_point) + 2 * reach * np.array(direction)
    plotter.camera.up = (0, 0, 1)
    across, tall = _seen(high - low, np.array(direction, dtype=float))
    wide, high_window = plotter.window_size
    fitting = 0.56 * max(tall, across * high_window / wide)
    plotter.camera.parallel_scale = fitting if zoom is None else zoom * reach
    plotter.reset_camera_clipping_range()
    image = plotter.screenshot(None, return_img=True)
    length = round_length(0.25 * (high[0] - low[0]))
    ends = []
    for x in (low[0], low[0] + length):
        place = vtkCoordinate()
        place.SetCoordinateSystemToWorld()
        place.SetValue(x, low[1], low[2])
        ends.append(place.GetComputedDoubleDisplayValue(plotter.renderer))
    plotter.close()
    return image, np.array(ends), length


def _seen(extent: Array, direction: Array) -> tuple[float, float]:
    """Return width and height of a box of that extent, seen from a direction, in its unit."""
    away = direction / np.linalg.norm(direction)
    right = np.cross([0.0, 0.0, 1.0], away)
    right /= np.linalg.norm(right)
    return float(np.abs(right) @ extent), float(np.abs(np.cross(away, right)) @ extent)


def composed(
    image: Any,
    ends: Array,
    length: float,
    *,
    bars: Mapping[str, tuple[Any, str]],
    title: str,
    size: tuple[int, int],
    notes: Sequence[tuple[str, str]] = (),
) -> Any:
    """Return a figure of the image with title, length scale and colour bars, as many as ``bars``, one or two.

    ``bars``: norm and colours by label. ``notes``: a text and its colour, below the bars.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    small = min(1.0, size[0] / 1600)
    figure = Figure(figsize=(size[0] / 200, size[1] / 200), dpi=200)
    height, width = image.shape[:2]
    ax = figure.add_axes((0.0, 0.0, width / size[0], height / size[1]))
    ax.imshow(image, extent=(0, width, 0, height), interpolation="none")
    ax.set_axis_off()
    _draw_length(ax, ends, length, height)
    places = [(0.2, 0.56)] if len(bars) == 1 else [(0.56, 0.34), (0.14, 0.34)]
    for (label, (norm, colours)), (low, tall) in zip(bars.items(), places, strict=True):
        axes = figure.add_axes((0.85, low, 0.025, tall))
        bar: Any = figure.colorbar(ScalarMappable(norm, colours), cax=axes)
        if not isinstance(norm, LogNorm):
            bar.formatter.set_useOffset(False)
        bar.set_label("\n".join(wrap(label, 30 if len(bars) == 1 else 22)), fontsize=11 * small)
        axes.tick_params(labelsize=10 * small)
    for k, (text, colour) in enumerate(notes):
        figure.text(
            0.45, 0.035 + 0.045 * k, text, ha="center", va="center", fontsize=11 * small, color=colour
        )
    if title:
        figure.text(0.5, 0.955, title, ha="center", va="center", fontsize=13 * small)
    return figure


def _draw_length(ax: Any, ends: Array, length: float, height: int) -> None:
    """Draw the length scale below the front edge."""
    down = np.array([0.0, 0.03 * height])
    start, end = ends[:, :2] - down
    ax.plot(*zip(start, end, strict=True), color="k", lw=2, solid_capstyle="butt")
    angle = float(np.degrees(np.arctan2(*(end - start)[::-1])))
    x, y = 0.5 * (start + end) - 0.9 * down
    style: Any = {"rotation": angle, "rotation_mode": "anchor", "ha": "center", "va": "top"}
    ax.text(x, y, f"{length / 1000:g} µm" if length >= 1e4 else f"{length:g} nm", fontsize=10, **style)


def round_length(length: float) -> float:
    """Return the largest of 1, 2 or 5 times a power of ten that is not above ``length``."""
    power = 10.0 ** np.floor(np.log10(length))
    return float(max(k * power for k in (1, 2, 5) if k * power <= length * (1 + 1e-9)))
