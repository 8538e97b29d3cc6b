"""Figures of the P(VDF-TrFE)/CsPbBr3 synapse beside those published: pulses, sweeps of the gate, retention.

Pulses, retention and the sweeps of the line are those of ``line``, one sweep is of the whole ``device``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from fem import Device
from studies import transfer_curve
from studies.comparisons.compared import Compared, row
from studies.devices import pvdf_cspbbr3 as device
from studies.devices.pvdf_cspbbr3 import ABOUT
from studies.devices.shared.ferroelectric_gates import (
    OPTIONS,
    Written,
    control,
    sheet_density,
    train,
    window,
    written,
)
from studies.metrics.conductance import conduction_current
from studies.protocols.shapes import Rest, Sweep

Array = npt.NDArray[np.float64]
THRESHOLD = 0.01  #: of the conductance of all holes that P_r holds, at which windows are measured
SWEEPS = (10.0, 20.0, 40.0, 60.0)  #: amplitudes of the line's sweeps [V]
WHOLE = 40.0  #: that of the transistor's [V]


@cache
def depressed() -> Written:
    """Return the line after each of the published pulses of depression."""
    return pulsed(device.DEPRESSION, device.WIDTH, device.PULSES)


def pulsed(volts: float, width: float, count: int, begin: Written | None = None) -> Written:
    """Return the line after each pulse of ``volts`` [V] and ``width`` [s], at first all ON or as ``begin`` left it."""
    start = begin.last if begin is not None else device.start(device.line())
    return written(start, "bottom", train(volts, width, count, interval=device.INTERVAL, rise=device.RISE))


def conductance(run: Written) -> Array:
    """Return the sheet conductances of the states over that of the first state of all, shape (states,)."""
    first = sheet_density(device.start(device.line()), device.FILM)
    return np.array([sheet_density(state, device.FILM) for state in run.states]) / first


def swept(amplitude: float, *, cell: Device | None = None) -> tuple[Array, Array]:
    """Return gate voltages [V] and sheet conductances, over that of all ON, of the loop to +-``amplitude`` [V].

    From the lower end to the upper one and back, after a first way there from P = 0.
    """
    cell = cell or device.line(initial=0.0)
    steps = np.linspace(0.0, 4 * amplitude / device.SWEEP_RATE, 161)
    there = Sweep(0, -amplitude, rate=device.SWEEP_RATE)
    begin = written(device.start(cell), "bottom", there).last
    around = Sweep(-amplitude, amplitude, -amplitude, rate=device.SWEEP_RATE)
    run = written(begin, "bottom", around, samples=steps[1:-1].tolist())
    volts = np.array([state.bias.get("bottom", 0.0) for state in run.states])
    return volts, conductance(run)


def transfer_loop(amplitude: float = WHOLE, *, cell: Device | None = None) -> tuple[Array, Array]:
    """Return gate voltages [V] and |drain currents| [A/m] at -1 V of the whole transistor, shape (steps,) each.

    Without vacancies unless ``cell`` is given: with them the window is 2 V smaller and the loop takes ten times longer.
    """
    trace = transfer_curve(
        cell or device.device(vacancies=False),
        Sweep(0, -amplitude, amplitude, -amplitude, rate=device.SWEEP_RATE),
        -1.0,
        control=control(0.05),
        options=OPTIONS,
    )
    part = trace.time >= amplitude / device.SWEEP_RATE
    return (
        np.asarray(trace.data["voltage_gate"].values)[part],
        np.abs(conduction_current(trace))[part],
    )


def kept(begin: Written, duration: float = 1e4) -> float:
    """Return the sheet conductance after ``duration`` [s] at 0 V over that before."""
    run = written(begin.last, "bottom", Rest(duration, 0.0))
    after, before = conductance(run)[[-1, 0]]
    return float(after / before)


def at_zero(volts: Array, current: Array) -> tuple[float, float]:
    """Return the currents at 0 V on the way up and on the way down of a loop."""
    turn = int(np.argmax(volts))
    up = np.interp(0.0, volts[: turn + 1], current[: turn + 1])
    down = np.interp(0.0, volts[turn:][::-1], current[turn:][::-1])
    return float(up), float(down)


def single_rows() -> list[Compared]:
    """Return the rows of single pulses that are higher than those of a train."""
    down = {volts: conductance(pulsed(volts, device.WIDTH, 1))[1] for volts in (20.0, 30.0)}
    return [
        row(ABOUT, f"G left after one pulse of +{v:g} V", left, "1", "trend: abrupt")
        for v, left in down.items()
    ]


def pulse_rows() -> list[Compared]:
    """Return the rows of the pulses."""
    ltd = conductance(depressed())
    half = Written(states=depressed().states[: device.PULSES // 2 + 1])
    short = conductance(pulsed(device.DEPRESSION, 5e-3, device.PULSES))[-1]
    long = conductance(pulsed(device.DEPRESSION, 0.1, 12)) < device.LEFT
    spread = np.abs(ltd - np.linspace(1.0, ltd[-1], ltd.size)).max()
    up = {volts: conductance(pulsed(volts, device.WIDTH, 1, depressed()))[1] for volts in (-30.0, -18.0)}
    made = float((np.diff(ltd) < -1e-3).sum())
    gone = float(np.argmax(long)) if long.any() else np.nan
    name, reading = "G left after 50 x 15 V, {} ms", "by thickness, to 5 %: a reading"
    gradual = "published: gradual, about 1/50 per pulse"
    return [
        row(ABOUT, name.format(20), ltd[-1], "1", reading, by="thickness of P(VDF-TrFE)"),
        row(ABOUT, "steps of over 0.1 % in that train", made, "1", f"of its {device.PULSES} pulses"),
        row(ABOUT, "its largest distance from a straight line", spread, "1", "trend: 'nearly linear'"),
        row(ABOUT, name.format(5), short, "1", "trend: 'cannot fully reverse'"),
        row(ABOUT, "pulses of 15 V, 100 ms to 5 %", gone, "1", "trend: saturates fast"),
        *single_rows(),
        row(ABOUT, "G after the first pulse of -30 V", up[-30.0], "1", gradual, missed=True),
        row(ABOUT, "G after the first pulse of -18 V", up[-18.0], "1", "-(15 V + 2 x 1.7 V built in)"),
        row(ABOUT, "G kept of half-depressed after 1e4 s", kept(half), "1", "no number"),
    ]


def sweep_rows() -> list[Compared]:
    """Return the rows of the sweeps and of retention."""
    windows = {f"+-{a:g} V, line": window(*swept(a), THRESHOLD) for a in SWEEPS}
    volts, current = transfer_loop()
    whole = window(volts, current, THRESHOLD * current.max())
    on, off = at_zero(volts, current)
    on_kept = kept(Written(states=(device.start(device.line()),)))
    dry, leak = "channel of 2 um, no vacancies", "no leak in a depleted film"
    return [
        *(row(ABOUT, f"window of {n}", w, "V", "only curves are published") for n, w in windows.items()),
        row(ABOUT, f"window of +-{WHOLE:g} V, transistor", whole, "V", dry),
        row(ABOUT, "on/off at 0 V, transistor", on / off, note=leak, of="on_off_ratio", missed=True),
        row(ABOUT, "G kept of ON after 1e4 s", on_kept, "1", "published: kept for 1e4 s"),
    ]


def compare() -> list[Compared]:
    """Return the figures of the synapse beside those published."""
    return [*pulse_rows(), *sweep_rows()]


def quick() -> list[Compared]:
    """Return the figures of single pulses, those of trains and sweeps left out."""
    return single_rows()
