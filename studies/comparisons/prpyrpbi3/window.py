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
from dataclasses import dataclass
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
from studies.protocols import Rest, Sweep

Array = npt.NDArray[np.float64]
WIDTH = Datum(10e-3, "s", "assumed", "of a pulse: that of LTP, LTD and endurance")
SPREAD = Datum(
    0.02, "eV", "assumed", "standard deviation of the barriers of filaments: 0.1 V of V_set; none is printed"
)
AMPLITUDES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, -0.4, -0.8, -1.2, -1.7)  #: [V]
DIGITAL, NONE = 100.0, 1.05  #: ratios above which a train is digital, and below which it does nothing
_RISE = 1e-6  # [s] of a pulse
_FARTHEST = 4.0  # standard deviations of the lowest barrier


@dataclass(frozen=True, eq=False)
class Train:
    """What a train of equal pulses of ``amplitude`` [V] does: the conductance of the dot after each [S].

    ``conductances``: shape (pulses,); ``before`` [S]; ``alone``: the same for filaments that are all alike.
    """

    amplitude: float
    before: float
    conductances: Array
    alone: Array

    def ratio(self, found: Array) -> float:
        """Return by how much the train has changed the conductance, up or down as its sign has it."""
        change = float(found[-1]) / self.before
        return change if self.amplitude > 0 else 1 / change

    @property
    def kind(self) -> str:
        """Return "none", "analog" or "digital"."""
        return kind(self.ratio(self.conductances))


def kind(ratio: float) -> str:
    """Return the regime of a ratio of conductances."""
    return "digital" if ratio > DIGITAL else "analog" if ratio > NONE else "none"


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


def train(begin: State, amplitude: float, *, pulses: int = data.PULSES, spread: float = 0.02) -> Train:
    """Return what so many pulses of ``amplitude`` [V] do to the dot with a ``spread`` of barriers [eV]."""
    duration = pulses * WIDTH.si()
    longest = 1.001 * duration * math.exp(_FARTHEST * spread / thermal_voltage(data.TEMPERATURE))
    found = course(begin, amplitude, longest)
    count, leak = round(data.FILAMENTS.si()), 1 / data.LEAK.si()
    times = WIDTH.si() * np.arange(1, pulses + 1)
    graded = ensemble_conductance(found, times, barriers(spread, count)) + leak
    alone = ensemble_conductance(found, times, barriers(0.0, 1)) * count + leak
    return Train(amplitude, float(found.conductance[0]) * count + leak, graded, alone)


def window(off: State, on: State, amplitudes: Sequence[float] = AMPLITUDES) -> list[Train]:
    """Return the trains of all ``amplitudes`` [V], upward ones from ``off`` and downward ones from ``on``."""
    return [train(off if v > 0 else on, v, spread=SPREAD.si() / eV) for v in amplitudes]


def analog(trains: Sequence[Train], sign: int, *, alike: bool = False) -> tuple[float, float]:
    """Return the lowest and the highest |amplitude| of that sign whose train is analog [V]; nan if none is.

    ``alike``: of filaments that do not differ.
    """
    own = [t for t in trains if t.amplitude * sign > 0]
    found = [t.amplitude for t in own if kind(t.ratio(t.alone if alike else t.conductances)) == "analog"]
    return (min(found, key=abs), max(found, key=abs)) if found else (math.nan, math.nan)


def rows(trains: Sequence[Train]) -> list[Compared]:
    """Return where trains are analog beside the published window, with and without a spread."""
    up, down = analog(trains, 1), analog(trains, -1)
    alone = [analog(trains, sign, alike=True) for sign in (1, -1)]
    notes = [
        "filaments all alike: " + ("none" if math.isnan(low) else f"{low:g} to {high:g} V")
        for low, high in alone
    ]
    near, up_note, down_note = 0.15, *notes
    return [
        row(ABOUT, "analog SET from", up[0], note=up_note, of="potentiation_analog_from", within=near),
        row(ABOUT, "analog SET to", up[1], note=up_note, of="potentiation_analog_to", within=near),
        row(ABOUT, "analog RESET from", down[0], note=down_note, of="depression_analog_from", within=near),
        row(ABOUT, "analog RESET to", down[1], note=down_note, of="depression_analog_to", within=near),
    ]


def draw(trains: Sequence[Train], path: Path) -> None:
    """Write the map of the trains beside the published window."""
    import matplotlib.pyplot as plt

    from fem.io.files import save_figure

    figure, axes = plt.subplots(1, 2, figsize=(12, 5), layout="constrained", width_ratios=(4, 3))
    _draw_courses(axes[0], trains)
    _draw_kinds(axes[1], trains)
    save_figure(figure, path)
    plt.close(figure)


def _draw_courses(ax: Any, trains: Sequence[Train]) -> None:
    """Draw the conductance over the number of pulses."""
    import matplotlib.pyplot as plt

    for sign, colours in ((1, plt.cm.viridis), (-1, plt.cm.plasma)):
        own = [t for t in trains if t.amplitude * sign > 0]
        for k, t in enumerate(own):
            colour = colours(0.15 + 0.7 * k / max(1, len(own) - 1))
            style = "-" if sign > 0 else "--"
            pulses = np.arange(1, len(t.conductances) + 1)
            ax.loglog(pulses, t.conductances, style, color=colour, label=f"{t.amplitude:+g} V")
    ax.set(xlabel="Pulses of 10 ms", ylabel="Conductance of the dot [S]")
    ax.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0), title="Amplitude")


def _draw_kinds(ax: Any, trains: Sequence[Train]) -> None:
    """Draw the ratio of each train, and where trains were published to be analog."""
    ordered = sorted(trains, key=lambda t: t.amplitude)
    volts = [t.amplitude for t in ordered]
    ax.semilogy(volts, [t.ratio(t.conductances) for t in ordered], "o-", label="filaments with a spread")
    ax.semilogy(volts, [t.ratio(t.alone) for t in ordered], "x:", color="0.5", label="filaments all alike")
    for name in ("potentiation", "depression"):
        ends = [ABOUT.reported[f"{name}_analog_{end}"].value for end in ("from", "to")]
        label = "published: analog" if name == "potentiation" else None
        ax.axvspan(min(ends), max(ends), color="tab:green", alpha=0.15, label=label)
    ax.axhspan(1.0, DIGITAL, color="0.5", alpha=0.12)
    ax.set(xlabel="Amplitude [V]", ylabel="Change of the conductance by 300 pulses")
    ax.legend(fontsize=8)
