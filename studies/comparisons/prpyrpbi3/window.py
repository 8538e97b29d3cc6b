"""The window of pulses of the (PrPyr)PbI3 dot: what 300 equal pulses do at each amplitude, none, analog or digital.

Published (Vishwanath 2024): trains of +0.5 to +1.2 V and -0.4 to -1.7 V, in which an on/off ratio of less than 1 is
none, of 1 to 100 analog, of more digital; analog from +1.0 to +1.2 V and from -0.4 to -1.5 V. Amplitudes between the
ends are not printed, nor is the width of a pulse there: twelve amplitudes and 10 ms, as elsewhere, are assumed. Between
pulses nothing moves at 0 V and a filament is cold within nanoseconds, so that a train is one pulse of the whole time.

One filament is computed at each voltage; those of the dot differ in their barrier (``studies.metrics.ensemble``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fem import State
from fem.constants import thermal_voltage
from fem.materials import Datum
from fem.units import eV
from studies.comparisons.compared import Compared, row
from studies.devices.prpyrpbi3 import ABOUT
from studies.devices.shared import prpyrpbi3_data as data
from studies.devices.shared.filament_cycles import CONTROL
from studies.devices.shared.filament_runs import OPTIONS
from studies.experiments.apply import apply
from studies.metrics.ensemble import Course, barriers, ensemble_conductance
from studies.neuromorphic.window import ProgrammingWindow
from studies.protocols.shapes import Rest, Sweep

Array = npt.NDArray[np.float64]
WIDTH = Datum(10e-3, "s", "assumed", "of a pulse: that of LTP, LTD and endurance")
SPREAD = Datum(
    0.02, "eV", "assumed", "standard deviation of the barriers of filaments: 0.1 V of V_set; none is printed"
)
AMPLITUDES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, -0.4, -0.8, -1.2, -1.7)  #: [V]
_RISE = 1e-6  # [s] of a pulse
_FARTHEST = 4.0  # standard deviations of the lowest barrier


def course(begin: State, amplitude: float, duration: float) -> Course:
    """Return what one filament does from ``begin`` on while ``amplitude`` [V] is held for ``duration`` [s]."""
    protocol = Sweep(0, amplitude, rate=abs(amplitude) / _RISE) + Rest(duration, amplitude)
    trace = apply(begin, {"top": protocol}, control=CONTROL, options=OPTIONS).trace
    held = trace.time > _RISE * (1 + 1e-9)
    return Course(
        trace.time[held] - _RISE,
        np.abs(trace.current / amplitude)[held],
        trace.data["temperature_max"].values[held],
    )


def train(
    begin: State, amplitude: float, *, pulses: int = data.PULSES, spread: float = 0.02
) -> tuple[Array, Array]:
    """Return the conductance of the dot [S] before and after each of so many pulses of ``amplitude`` [V].

    First with a ``spread`` of the barriers of its filaments [eV], then of filaments all alike; shape (pulses + 1,).
    """
    duration = pulses * WIDTH.si()
    longest = 1.001 * duration * math.exp(_FARTHEST * spread / thermal_voltage(data.TEMPERATURE))
    found = course(begin, amplitude, longest)
    count, leak = round(data.FILAMENTS.si()), 1 / data.LEAK.si()
    times = WIDTH.si() * np.arange(1, pulses + 1)
    graded = ensemble_conductance(found, times, barriers(spread, count))
    alone = ensemble_conductance(found, times, barriers(0.0, 1)) * count
    first = float(found.conductance[0]) * count
    return leak + np.append(first, graded), leak + np.append(first, alone)


def window(
    off: State, on: State, amplitudes: Sequence[float] = AMPLITUDES, *, pulses: int = data.PULSES
) -> tuple[ProgrammingWindow, ProgrammingWindow]:
    """Return the windows of filaments with a spread and of such that are all alike.

    Trains of positive ``amplitudes`` [V] begin at ``off``, those of negative ones at ``on``.
    """
    pairs = [train(off if v > 0 else on, v, pulses=pulses, spread=SPREAD.si() / eV) for v in amplitudes]
    count = np.arange(1, pulses + 1)
    graded, alone = (
        ProgrammingWindow.from_data(amplitudes, count, g[:, 0], g[:, 1:])
        for g in map(np.array, zip(*pairs, strict=True))
    )
    return graded, alone


def rows(graded: ProgrammingWindow, alone: ProgrammingWindow) -> list[Compared]:
    """Return where trains are analog beside the published window, with and without a spread."""
    up, down = (graded.edges("analog", sign) for sign in (1, -1))
    alike = [alone.edges("analog", sign) for sign in (1, -1)]
    notes = [
        "filaments all alike: " + ("none" if math.isnan(low) else f"{low:g} to {high:g} V")
        for low, high in alike
    ]
    near, up_note, down_note = 0.15, *notes
    return [
        row(ABOUT, "analog SET from", up[0], note=up_note, of="potentiation_analog_from", within=near),
        row(ABOUT, "analog SET to", up[1], note=up_note, of="potentiation_analog_to", within=near),
        row(ABOUT, "analog RESET from", down[0], note=down_note, of="depression_analog_from", within=near),
        row(ABOUT, "analog RESET to", down[1], note=down_note, of="depression_analog_to", within=near),
    ]


def draw(graded: ProgrammingWindow, alone: ProgrammingWindow, path: Path) -> None:
    """Write the map of the trains beside the published window."""
    import matplotlib.pyplot as plt

    from fem.io.files import save_figure

    figure, axes = plt.subplots(1, 2, figsize=(12, 5), layout="constrained", width_ratios=(4, 3))
    graded.plot_courses(axes[0]).set(xlabel="Pulses of 10 ms", ylabel="Conductance of the dot [S]")
    _draw_kinds(axes[1], graded, alone)
    save_figure(figure, path)
    plt.close(figure)


def _draw_kinds(ax: Any, graded: ProgrammingWindow, alone: ProgrammingWindow) -> None:
    """Draw the ratio of each train, and where trains were published to be analog."""
    ax.semilogy(graded.amplitudes, graded.ratio, "o-", label="filaments with a spread")
    ax.semilogy(alone.amplitudes, alone.ratio, "x:", color="0.5", label="filaments all alike")
    for name in ("potentiation", "depression"):
        ends = [ABOUT.reported[f"{name}_analog_{end}"].value for end in ("from", "to")]
        label = "published: analog" if name == "potentiation" else None
        ax.axvspan(min(ends), max(ends), color="tab:green", alpha=0.15, label=label)
    ax.axhspan(1.0, graded.digital, color="0.5", alpha=0.12)
    ax.set(xlabel="Amplitude [V]", ylabel="Change of the conductance by 300 pulses")
    ax.legend(fontsize=8)
