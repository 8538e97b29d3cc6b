"""Cycles and single pulses of the (PrPyr)PbI3 dot beside published ones."""

from __future__ import annotations

import math

import numpy as np

from fem import State
from studies.comparisons.compared import Compared, row
from studies.comparisons.prpyrpbi3.window import course
from studies.devices.prpyrpbi3 import ABOUT
from studies.devices.shared import prpyrpbi3_data as data
from studies.devices.shared.filament_cycles import Cycle

WITHIN = 0.2  #: of a published voltage, at which it counts as predicted


def rows(run: Cycle) -> list[Compared]:
    """Return the figures of a cycle beside those of the flexible dots."""
    found, low, high = run.switching, run.low_resistance, run.high_resistance
    off = data.READ / high
    bound = f"limited by the leak of the dot, {data.LEAK.si() / 1e6:.3g} MOhm, and the gap"
    hot, unsaid = "for an instant", "of no printed voltage; the leak alone has it, by calibration"

    def near(name: str) -> float:
        return WITHIN * abs(ABOUT.reported[name].value)

    return [
        row(ABOUT, "V_set", found.V_set, of="V_set", by="barrier across the film"),
        row(ABOUT, "V_reset", found.V_reset, of="V_reset", within=near("V_reset")),
        row(ABOUT, "low resistance at 0.1 V", low, of="LRS", by="number of filaments"),
        row(
            ABOUT,
            "current of the leak at 0.1 V",
            data.READ / data.LEAK.si(),
            "A",
            by="leak of the dot",
        ),
        row(ABOUT, "OFF current at 0.1 V", off, note=unsaid, of="HRS_current", within=near("HRS_current")),
        row(ABOUT, "on/off ratio at 0.1 V", high / low, note=bound, of="on_off_ratio", at_least=True),
        row(ABOUT, "largest current of RESET", run.largest_reset_current, "A"),
        row(ABOUT, "peak temperature", run.peak_temperature, "K", hot),
        row(ABOUT, "time above 420 K", run.time_above(420.0), "s"),
    ]


def other_rows(run: Cycle) -> list[Compared]:
    """Return on/off ratios of the array's cells, and of gold on top."""
    low, high = run.low_resistance, run.high_resistance
    return [
        row(
            ABOUT,
            "on/off ratio of a cell of the array",
            high / low,
            note="of the dot: no size of its cells is printed",
            of="crossbar_on_off_ratio_from",
            up_to="crossbar_on_off_ratio_to",
        ),
        row(
            ABOUT,
            "on/off ratio under gold",
            high / low,
            note="as under silver",
            of="on_off_ratio_Au",
            at_least=True,
        ),
    ]


def half_time(begin: State, amplitude: float, duration: float) -> tuple[float, float, float]:
    """Return when half of the change of ln G is done at ``amplitude`` [V] held for ``duration`` [s], and more.

    In all: that time [s], the energy of the whole dot until then [J], and the peak temperature [K]; nan for the
    times if the conductance changes less than tenfold.
    """
    found = course(begin, amplitude, duration)
    change = np.log(found.conductance / found.conductance[0])
    peak = float(found.temperature.max())
    if abs(change[-1]) < math.log(10):
        return math.nan, math.nan, peak
    share = change / change[-1]
    k = int(np.argmax(share >= 0.5))
    time = float(np.interp(0.5, share[k - 1 : k + 1], found.time[k - 1 : k + 1]))
    power = found.conductance * amplitude**2 * data.FILAMENTS.si()
    before = found.time <= time
    return time, float(np.trapezoid(power[before], found.time[before])), peak


def pulse_rows(run: Cycle) -> list[Compared]:
    """Return how long SET at 1.25 V and RESET at -2.5 V take beside the published pulses."""
    cold = "one cold barrier has 119 mV per decade at best, the printed figures 51"
    down, up = half_time(run.on, -2.5, 10.0), half_time(run.off, 1.25, 10.0)
    area = data.SIDE**2
    return [
        row(ABOUT, "half of a SET at 1.25 V", up[0], note=cold, of="set_pulse_width", missed=True),
        row(ABOUT, "energy until then by area", up[1] / area, of="write_energy", missed=True),
        row(ABOUT, "half of a RESET at -2.5 V", down[0], of="reset_pulse_width", missed=True),
        row(ABOUT, "its peak temperature", down[2], "K"),
    ]
