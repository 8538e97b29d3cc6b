"""The pictures of the demo beside the sections: loop, pulses, compact model, reads and heat of the array."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.io.files import save_figure
from fem.units import mW, ns
from studies.demo.cell import RISE
from studies.demo.compact import NOT_REPRESENTED, before_the_dot
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_array as array
from studies.devices.shared import prpyrpbi3_data as data
from studies.protocols.protocol import Protocol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.demo.compact import Fitted
    from studies.experiments.run import Run
    from studies.results.trace import Trace

_DPI = 150
_SEEN = 1e-11  #: [A], below which the axis of a loop ends
POWER = 1 * mW  #: in the centre cell, in the picture of the block
_PUBLISHED, _SIMULATED = "firebrick", "tab:blue"


def draw_loop(trace: Trace, path: Path) -> None:
    """Write the cycles in log|I| with published resistances and switching voltages as lines."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(9, 6), layout="constrained", dpi=_DPI)
    styles = {0: ("0.6", 1.0, "cycle 1, from a filament put in"), -1: (_SIMULATED, 1.8, "cycle 2, quoted")}
    for index, (colour, width, label) in styles.items():
        one = trace.cycle(index)
        ax.semilogy(one.voltage, _size(one), color=colour, lw=width, label=f"simulated, {label}")
    _draw_published(ax)
    found = trace.switching(data.READ)
    for name, value in (("V_set", found.V_set), ("V_reset", found.V_reset)):
        published = dot.ABOUT.reported[name].value
        _mark(ax, published, f"published {published:+.2f} V", _PUBLISHED, leftwards=published < value)
        _mark(ax, value, f"{value:+.2f} V: half of the change", _SIMULATED, leftwards=value <= published)
    ax.axhline(data.COMPLIANCE, color="0.4", lw=0.8, ls=":")
    ax.annotate("compliance of SET", (1.0, data.COMPLIANCE), xycoords=("axes fraction", "data"), xytext=(-4, 3),
                textcoords="offset points", ha="right", fontsize=8, color="0.3")  # fmt: skip
    ax.set(xlabel="Voltage on Ag [V]", ylabel="|Current| of the dot [A]", ylim=(_SEEN, 3e-2))
    ax.set_title(dot.ABOUT.stack, fontsize=9)
    ax.legend(loc="lower center", ncols=2, fontsize=8)
    save_figure(figure, path)
    plt.close(figure)


def _draw_published(ax: Axes) -> None:
    """Draw the currents of both published resistances, that of the high one at the read voltage."""
    voltage = np.linspace(-data.LARGEST, data.LARGEST, 600)
    low, off = dot.ABOUT.reported["LRS"].value, dot.ABOUT.reported["HRS_current"].value
    for resistance, style, text in (
        (low, "--", f"published low resistance, {low:g} Ω"),
        (data.READ / off, "-.", f"published high resistance, {1e9 * off:.3g} nA if at {data.READ:g} V"),
    ):
        ax.semilogy(voltage, np.abs(voltage) / resistance, color=_PUBLISHED, lw=0.9, ls=style, label=text)


def _mark(ax: Axes, voltage: float, text: str, colour: str, *, leftwards: bool) -> None:
    """Draw a switching voltage as a line with its name along it, on its left or right side."""
    ax.axvline(voltage, color=colour, lw=0.9, ls="--")
    text = text.replace("-", "\N{MINUS SIGN}")
    ax.annotate(text, (voltage, 0.13), xycoords=("data", "axes fraction"), xytext=(-3 if leftwards else 3, 0),
                textcoords="offset points", rotation=90, fontsize=8, color=colour, va="bottom",
                ha="right" if leftwards else "left")  # fmt: skip


def _seconds(time: float) -> str:
    """Return a time [s] in s, ms, µs or ns."""
    factor, unit = next(
        ((f, u) for f, u in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")) if time * f >= 1), (1e9, "ns")
    )
    return f"{time * factor:.3g} {unit}"


def draw_pulses(runs: Mapping[str, Run], path: Path) -> None:
    """Write current and temperature of both pulses against time, with the published widths as lines."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, len(runs), figsize=(11, 6), layout="constrained", dpi=_DPI, sharex="col",
                                squeeze=False)  # fmt: skip
    for (upper, lower), (name, run) in zip(axes.T, runs.items(), strict=True):
        later = run.trace.time > 0
        time = run.trace.time[later]
        upper.loglog(time, np.abs(run.trace.current[later]), color=_SIMULATED)
        lower.semilogx(time, run.trace.data["temperature_max"].values[later], color="tab:orange")
        key = f"{name.lower()}_pulse"
        width = data.PRINTED[f"{key}_width"][0]
        for ax in (upper, lower):
            ax.axvspan(time[0], RISE, color="0.92", zorder=0)
            ax.axvline(width, color=_PUBLISHED, ls="--", lw=0.9)
            if np.isfinite(run.crossing_time):
                ax.axvline(run.crossing_time, color=_SIMULATED, ls="--", lw=0.9)
        upper.annotate(f"published {width / ns:g} ns", (width, 0.5), xytext=(3, 0), color=_PUBLISHED, fontsize=8,
                       xycoords=("data", "axes fraction"), textcoords="offset points", rotation=90,
                       va="center")  # fmt: skip
        upper.annotate("edge: current\nthat charges, too", (time[0], 0.97), xytext=(3, 0), color="0.4", fontsize=8,
                       xycoords=("data", "axes fraction"), textcoords="offset points", va="top")  # fmt: skip
        title = f"{name} pulse of {data.PRINTED[key][0]:+g} V".replace("-", "\N{MINUS SIGN}")
        switched = (
            f"switches after {_seconds(run.crossing_time)}"
            if np.isfinite(run.crossing_time)
            else "not switched"
        )
        upper.set(title=f"{title}: {switched}", ylabel="|Current| of the dot [A]")
        lower.set(xlabel="Time since the begin of the edge [s]", ylabel="Highest temperature [K]")
    save_figure(figure, path)
    plt.close(figure)


def draw_model(trace: Trace, fitted: Fitted, path: Path) -> None:
    """Write the compact model over the cycle it was fitted to; no picture of one that was refused."""
    import matplotlib.pyplot as plt

    model = fitted.model
    if model is None:
        path.unlink(missing_ok=True)
        return
    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained", dpi=_DPI)
    protocol: Protocol = dot.ABOUT.protocol
    own = model.simulate(protocol, circuit=before_the_dot())
    ax.semilogy(trace.voltage, _size(trace), ".", color="0.5", ms=4, label="simulated cell, cycle 2")
    ax.semilogy(
        own.voltage, _size(own), color=_SIMULATED, lw=1.4, label=f"compact model ({model.family.name})"
    )
    ax.set(xlabel="Voltage on Ag [V]", ylabel="|Current| of the dot [A]", ylim=(_SEEN, 3e-2))
    error = f"rms error {model.quality['rms_log10_error']:.2g} decades"
    ax.set_title(error if fitted.good else f"{NOT_REPRESENTED}\n{error}", fontsize=9)
    ax.legend(loc="lower right", fontsize=9)
    save_figure(figure, path)
    plt.close(figure)


def draw_block(folder: Path) -> None:
    """Write the temperature of the block with power in the centre cell, as fields and as a picture."""
    from fem.heat.steady import SteadyHeat
    from fem.io.fields import write_temperature
    from fem.mesh.device_mesh import DeviceMesh
    from fem.visualize.block import temperature_picture
    from studies.arrays.crosstalk import by_region

    block = array.BLOCK
    drawing: Any = block.mesh(size=array.SIZE / 2, coarse_size=array.COARSE, growth=2.0)
    conductors = by_region(block, drawing.regions, array.block_materials())
    heat = SteadyHeat(DeviceMesh.from_drawing(drawing), conductors, {"sink": array.SINK})
    field = heat.solve(powers={block.cells[1][1]: POWER})
    write_temperature(field, folder / "block_temperature.vtkhdf")
    title = f"{POWER / mW:g} mW in the centre cell of nine, on PET"
    temperature_picture(
        folder / "block_temperature.vtkhdf",
        folder / "block_temperature.png",
        title=title,
        whole=("substrate", "bottom_line", "top_line"),
        removed=("cell_", "film", "fill", "cap"),
    )


def _size(trace: Trace) -> np.ndarray:
    """Return |I| with nan instead of 0, for a logarithmic axis."""
    return np.where(np.abs(trace.current) < _SEEN / 100, np.nan, np.abs(trace.current))
