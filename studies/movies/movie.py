"""Films of switching: fields of a device beside its I-V curve, frame by frame, as GIF or MP4.

Every rank must call ``film``; rank 0 draws. Colour scales are those of all frames together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, MissingSoftwareError, OutOfRangeError
from fem.errors.arguments import checked
from fem.io.checkpoint import on_root
from fem.io.files import check_writable, replacing
from fem.transient.times import rounding
from fem.visualize.colours import display
from fem.visualize.grid import picture_grid, require_dimension, require_fields
from fem.visualize.opened import View, drawn_3d
from fem.visualize.sections import Section
from studies.movies.frames import Frames
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.state import State

Pixels = npt.NDArray[np.uint8]
_DPI = 100
_HEIGHT = 4.2  # of a frame [inch]
_LEAST = 1e-8  # of the largest current: the lowest that the curve shows
_FINER = 2  # three-dimensional pictures are drawn so many times larger
_SCENE = (1160, 840)  # and are of this size then [pixels]


@checked()
def film(
    states: Sequence[State] | Frames,
    trace: Trace,
    output: str | Path,
    fields: Sequence[str] = ("iodide_vacancy", "temperature"),
    *,
    view: View | None = None,
    current_lines: int = 0,
    rate: float = 8.0,
) -> Path:
    """Return the path of a film of ``states`` [.gif, or .mp4 where there is ffmpeg], one frame for each.

    On the left are sections of 2D devices with the ``fields``, any of ``plot_fields_2d``, and ``current_lines``
    on each side; or, with ``view``, the picture of a 3D or axisymmetric device that it describes. On the right is
    log|I| against V of the ``trace`` with a point at the state, and its time, voltage and current.
    ``rate`` [1/s]: frames per second.
    Raises UnknownNameError, OutOfRangeError, MissingSoftwareError, or IncompatibleError if there are fewer than
    two states, if they are of several devices, or of one that has no section.
    """
    output, states = Path(output), _listed(states)
    contact = str(trace.provenance.get("contact", ""))
    _check(states, output, contact, rate)
    if view is None:
        require_dimension(states[0], (2,), "a film of sections")
        if not fields:
            raise IncompatibleError("a film of sections needs at least one field.")
        require_fields(states[0], fields)
    else:
        view.check(states[0])
    names = list(fields) if view is None else view.names
    flow = current_lines > 0 if view is None else view.current_lines > 0
    grids = [picture_grid(state, names, current=flow) for state in states]
    if grids[0] is not None:
        mirrored = states[0].device.mesh.axisymmetric
        left: Any = _Sections(grids, names, mirrored, current_lines) if view is None else _Scenes(grids, view)
        right = _Curve(states, trace, contact)
        pixels = (np.hstack([left.frame(k), right.frame(k)]) for k in range(len(states)))
        with replacing(output) as part:
            _write(pixels, part, rate, left.colours)
    return output


def _listed(states: Sequence[State] | Frames) -> list[State]:
    return states.states if isinstance(states, Frames) else list(states)


def _check(states: Sequence[State], output: Path, contact: str, rate: float) -> None:
    """Raise unless there are states of one device, with that contact, and the file can be written."""
    if len(states) < 2:
        raise IncompatibleError(f"a film needs at least two states; this one has {len(states)}.")
    if any(state.device is not states[0].device for state in states):
        raise IncompatibleError("the states of a film are of several devices; give those of one.")
    states[0].device.electrode(contact)
    if not (math.isfinite(rate) and 0 < rate <= 100):
        raise OutOfRangeError("rate of a film [1/s]", rate, "positive and at most 100")
    if output.suffix not in (".gif", ".mp4"):
        raise OutOfRangeError("suffix of a film", output.suffix, "'.gif' or '.mp4'")
    on_root(states[0].device.mesh, lambda: check_writable("film", output))
    if output.suffix == ".mp4":
        from matplotlib.animation import writers

        if not writers.is_available("ffmpeg"):
            raise MissingSoftwareError(
                "a film as .mp4 needs the program ffmpeg; install it, or write a .gif."
            )


class _Sections:
    """Sections of one or more fields side by side."""

    def __init__(self, grids: Sequence[Any], names: Sequence[str], mirrored: bool, lines: int) -> None:
        from matplotlib.figure import Figure

        self._grids, self._lines = grids, lines
        self._figure = Figure(figsize=(4.3 * len(names), _HEIGHT), dpi=_DPI, layout="constrained")
        axes = self._figure.subplots(1, len(names), squeeze=False)[0]
        self._sections = [self._section(ax, name, mirrored) for ax, name in zip(axes, names, strict=True)]
        for section in self._sections:
            section.add_bar(self._figure)
        _settle(self._figure)

    def _section(self, ax: Any, name: str, mirrored: bool) -> Section:
        """Return the section of one field, with the colours of all frames."""
        values = [np.array(grid.point_data[name]) for grid in self._grids]
        shown = display(name)
        absent = np.all([shown.absent(v) for v in values], axis=0)
        norm = shown.norm(*values)
        return Section(ax, self._grids[0], name, mirrored=mirrored, norm=norm, absent=absent)

    @property
    def colours(self) -> list[str]:
        """Names of the colour maps that are used."""
        return [section.display.colours for section in self._sections]

    def frame(self, k: int) -> Pixels:
        """Return frame ``k``, shape (height, width, 3)."""
        for section in self._sections:
            section.update(np.array(self._grids[k].point_data[section.name]))
            if self._lines:
                section.draw_lines(self._grids[k], self._lines)
        return _pixels(self._figure)


class _Scenes:
    """Three-dimensional pictures."""

    def __init__(self, grids: Sequence[Any], view: View) -> None:
        norms = {
            name: display(name).norm(*(np.array(g.point_data[name]) for g in grids)) for name in view.names
        }
        if view.current_lines:
            sizes = (np.linalg.norm(g.cell_data["current"], axis=1) for g in grids)
            norms["conduction_current_density"] = display("conduction_current_density").norm(*sizes)
        self._grids = grids
        self._view = replace(view, size=_SCENE, norms={**norms, **view.norms}, level=_level(grids, view))

    def frame(self, k: int) -> Pixels:
        """Return frame ``k``, shape (height, width, 3)."""
        from PIL import Image

        drawn = Image.fromarray(_pixels(drawn_3d(self._grids[k], self._view, self._view.title or "")))
        return np.asarray(drawn.reduce(_FINER))

    @property
    def colours(self) -> list[str]:
        """Names of the colour maps that are used."""
        return [display(name).colours for name in self._view.norms]


def _level(grids: Sequence[Any], view: View) -> float | None:
    """Return the level of the isosurface for all frames: that of the last one if none is given."""
    if view.isosurface is None or view.level is not None:
        return view.level
    return display(view.isosurface).middle(np.array(grids[-1].point_data[view.isosurface]))


class _Curve:
    """The I-V curve with a point that moves along it."""

    def __init__(self, states: Sequence[State], trace: Trace, contact: str) -> None:
        from matplotlib.figure import Figure

        self._states, self._contact, self._unit = states, contact, trace.current_unit
        self._figure = Figure(figsize=(4.2, _HEIGHT), dpi=_DPI, layout="constrained")
        ax = self._figure.add_subplot()
        sizes = np.abs(trace.current)
        known = sizes[sizes > 0]
        self._least = max(_LEAST * float(known.max()), float(np.quantile(known, 0.02))) if known.size else 1.0
        ax.plot(trace.voltage, np.maximum(sizes, self._least), color="0.65", lw=1.2)
        (self._past,) = ax.plot([], [], color="#1f5fbf", lw=1.8)
        (self._point,) = ax.plot([], [], "o", color="#c2352b", ms=8, mec="white", zorder=5)
        ax.set(yscale="log", xlabel="Voltage [V]")
        ax.set_ylabel(f"|{trace.current_name.replace('_', ' ').capitalize()}| [{self._unit}]")
        self._title = ax.set_title(" ", fontsize=10, family="monospace")
        self._time, self._volts, self._sizes = trace.time, trace.voltage, sizes
        self._cell = trace.current if f"device_{trace.current_name}" in trace.data.variables else None
        _settle(self._figure)

    def frame(self, k: int) -> Pixels:
        """Return frame ``k``, shape (height, width, 3)."""
        state = self._states[k]
        now = state.time - self._states[0].time + self._time[0]
        volts, current = state.bias[self._contact], state.current(self._contact)
        if self._cell is not None:  # of which the state knows one device only
            current = float(np.interp(now, self._time, self._cell))
        until = self._time <= now + rounding(now)
        self._past.set_data(self._volts[until], np.maximum(self._sizes[until], self._least))
        self._point.set_data([volts], [max(abs(current), self._least)])
        text = f"{_scaled(state.time, 's')}  {volts:+6.2f} V  {_scaled(current, self._unit)}"
        self._title.set_text(text.replace("-", "\N{MINUS SIGN}"))
        return _pixels(self._figure)


def _scaled(value: float, unit: str) -> str:
    """Return a value with its unit in a width that does not change, with a prefix where the unit is a plain one."""
    if unit not in ("s", "A") or value == 0:
        return f"{value:7.3g} {unit}"
    power = min(max(3 * math.floor(math.log10(abs(value) * (1 + 1e-9)) / 3), -15), 6)
    prefix = dict(zip(range(-15, 7, 3), "fpnµm kM", strict=True))[power].strip()
    return f"{value / 10.0**power:7.3g} {prefix}{unit}"


def _settle(figure: Any) -> None:
    """Lay a figure out once, so that nothing in it moves later, and drawing is quicker."""
    _pixels(figure)
    figure.set_layout_engine("none")


def _pixels(figure: Any) -> Pixels:
    """Return the drawn figure, shape (height, width, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[:, :, :3]


def _write(frames: Iterator[Pixels], output: Path, rate: float, colours: Sequence[str]) -> None:
    """Write frames of one size as GIF with one palette, or as MP4."""
    if output.suffix == ".mp4":
        _write_mp4(frames, output, rate)
        return
    from PIL import Image

    images = [Image.fromarray(frame) for frame in frames]
    palette = _palette(images[:: max(1, len(images) // 6)], colours)
    drawn = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    drawn[0].save(output, save_all=True, append_images=drawn[1:], duration=round(1000 / rate), loop=0)


def _palette(images: Sequence[Any], colours: Sequence[str]) -> Any:
    """Return one palette: white, the colour maps evenly, and what else is in the images most often."""
    from matplotlib import colormaps
    from PIL import Image

    both = Image.new("RGB", (images[0].width, images[0].height * len(images)))
    for k, image in enumerate(images):
        both.paste(image, (0, k * image.height))
    names = list(dict.fromkeys(colours))
    steps = np.linspace(0.0, 1.0, 160 // len(names))
    maps = np.concatenate([colormaps[name](steps)[:, :3] for name in names]) * 255
    chosen = [255, 255, 255, *np.rint(maps).astype(int).ravel().tolist()]
    count = 256 - len(chosen) // 3
    found = both.quantize(colors=count, method=Image.Quantize.MEDIANCUT).getpalette() or []
    others = np.reshape(found[: 3 * count], (-1, 3))
    chosen += others[others.min(axis=1) < 250].ravel().tolist()  # white is there once
    palette = Image.new("P", (1, 1))
    palette.putpalette(chosen)
    return palette


def _write_mp4(frames: Iterator[Pixels], output: Path, rate: float) -> None:
    from matplotlib.animation import FFMpegWriter
    from matplotlib.figure import Figure

    first = next(frames)
    height, width = (n - n % 2 for n in first.shape[:2])  # which the coding of most players needs
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)
    shown = figure.add_axes((0, 0, 1, 1)).imshow(first[:height, :width], interpolation="none", aspect="auto")
    shown.axes.set_axis_off()
    writer = FFMpegWriter(fps=max(1, round(rate)))
    with writer.saving(figure, str(output), _DPI):
        writer.grab_frame()
        for frame in frames:
            shown.set_data(frame[:height, :width])
            writer.grab_frame()
