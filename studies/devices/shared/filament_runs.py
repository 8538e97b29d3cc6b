"""What is done to cells with a filament: RESET and SET by a sweep, by a held voltage, by a short pulse; rest.

Currents are [A] of a round cell; the contact driven is "top", "bottom" is at 0 V.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem import Circuit, NewtonOptions, State, StepControl
from studies.devices.shared.filament import step_control
from studies.experiments.apply import apply
from studies.experiments.iv import Snapshots
from studies.experiments.retention_reads import retention_reads
from studies.metrics.conductance import device_voltage
from studies.metrics.pulse import PulseMetrics, pulse_switching
from studies.metrics.retention import RetentionMetrics, retention
from studies.metrics.switching import SwitchingMetrics
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Pulse, Rest, Sweep
from studies.results.trace import Trace

OPTIONS = NewtonOptions(tolerance=1e-5)
_STEPS = 60  # of the bias in a loop, at least
_COOLING = (
    1e-6  # [s] between a pulse and the read, and of that: tens of thermal times, six of the film's charge
)


@dataclass(frozen=True, eq=False)
class Loop:
    """The trace of a bipolar loop, with the states at 0 V after RESET (``off``) and after SET (``on``)."""

    trace: Trace
    off: State
    on: State
    read_voltage: float  #: [V]

    @property
    def switching(self) -> SwitchingMetrics:
        """Return V_set, V_reset and on/off ratio at the read voltage.

        Without samples that are too close for a voltage step of their own, as in a sudden SET: they are no rest.
        """
        v = self.trace.voltage
        moved = np.abs(np.diff(v, prepend=np.inf)) > 1e-8 * np.abs(v).max()
        return Trace(self.trace.data.isel(time=moved)).switching(read_voltage=self.read_voltage)

    @property
    def reset_onset(self) -> float:
        """Return the voltage [V] at which |I| is largest below 0 V: from there on the filament breaks."""
        current = np.where(self.trace.voltage < 0, np.abs(self.trace.current), 0.0)
        return float(self.trace.voltage[np.argmax(current)])

    @property
    def largest_reset_current(self) -> float:
        """Return the largest |I| below 0 V [A]."""
        return float(np.abs(self.trace.current[self.trace.voltage < 0]).max())

    @property
    def peak_temperature(self) -> float:
        """Return the highest temperature of the loop [K]; nan without ``Heat``."""
        data = self.trace.data
        return (
            float(data["temperature_max"].values.max()) if "temperature_max" in data.variables else math.nan
        )


def bipolar_loop(
    begin: State,
    *,
    reset: float,
    set_to: float,
    rate: float,
    compliance: float | None,
    read_voltage: float,
) -> Loop:
    """Return the loop 0, ``reset``, ``set_to``, 0 [V] at ``rate`` [V/s]; ``compliance`` [A] of the SET side."""
    sweep = Sweep(0, reset, set_to, 0, rate=rate)
    middle = 2 * abs(reset) / rate
    seen = Snapshots({"off": middle})
    circuit = Circuit(compliance=(None, compliance) if set_to > 0 else (compliance, None))
    run = apply(
        begin,
        {"top": sweep},
        sample_times=[middle],
        circuits={"top": circuit},
        control=step_control(abs(set_to - reset) / _STEPS),
        options=OPTIONS,
        observe=seen,
    )
    return Loop(run.trace, seen.states["off"], run.state, read_voltage)


def second_loop(begin: State, **loop: Any) -> Loop:
    """Return the second of two loops (``bipolar_loop``) in a row: its RESET is of a filament that SET has made."""
    return bipolar_loop(bipolar_loop(begin, **loop).on, **loop)


def held(begin: State, *, voltage: float, duration: float, rise: float) -> PulseMetrics:
    """Return what ``voltage`` [V], reached in ``rise`` [s] and held for ``duration`` [s], does; G by its logarithm."""
    return pulse_switching(_applied(begin, Pulse(voltage, duration, rise=rise), voltage), scale="log")


@dataclass(frozen=True)
class Shot:
    """A short pulse: ``amplitude`` [V], ``conductance`` read after it [S], ``peak_temperature`` [K]."""

    amplitude: float
    conductance: float
    peak_temperature: float


def shot(begin: State, *, amplitude: float, width: float, rise: float, read_voltage: float) -> Shot:
    """Return what is read after a pulse of ``amplitude`` [V] and ``width`` [s], when the cell is cold again."""
    reading = Sweep(0, read_voltage, rate=abs(read_voltage) / rise) + Rest(_COOLING, read_voltage)
    largest = max(abs(amplitude), abs(read_voltage))
    trace = _applied(begin, Pulse(amplitude, width, rise=rise) + Rest(_COOLING, 0.0) + reading, largest)
    hottest = float(trace.data["temperature_max"].values.max())
    return Shot(amplitude, float(trace.current[-1] / device_voltage(trace)[-1]), hottest)


def done(conductance: float, before: float, after: float) -> float:
    """Return the part of the change from ``before`` to ``after`` that is done, in the logarithm."""
    return math.log(conductance / before) / math.log(after / before)


def half_way(shots: Sequence[Shot], before: float, after: float) -> Shot:
    """Return the pulse, between those given in order of |amplitude|, that does half of the change; nan if none."""
    parts = [done(s.conductance, before, after) for s in shots]
    for k in range(1, len(shots)):
        if parts[k - 1] < 0.5 <= parts[k]:
            x = (0.5 - parts[k - 1]) / (parts[k] - parts[k - 1])
            first, last = shots[k - 1], shots[k]
            hot = first.peak_temperature + x * (last.peak_temperature - first.peak_temperature)
            amplitude = first.amplitude + x * (last.amplitude - first.amplitude)
            return Shot(amplitude, math.sqrt(before * after), hot)
    return Shot(math.nan, math.nan, math.nan)


def kept(begin: State, *, duration: float, first_read: float) -> RetentionMetrics:
    """Return how long half of the conductance lasts at 5 mV, watched from ``first_read`` to ``duration`` [s]."""
    reads = retention_reads(duration, read_voltage=5e-3, first_read=first_read, rise=first_read / 10)
    trace = _applied(begin, reads.protocol, 1.0, reads.sample_times)
    return retention(trace, programmed=reads.begin)


def stays_open(begin: State, *, duration: float, first_read: float, factor: float = 10.0) -> float:
    """Return after what time [s] at 5 mV a cell conducts ``factor`` times what it did at ``first_read`` [s]; nan if not
    within the ``duration`` [s]."""
    read, rise = 5e-3, first_read / 10
    reading = Sweep(0, read, rate=read / rise) + Rest(duration, read)
    trace = _applied(begin, reading, 1.0, [rise + first_read])
    after = trace.time >= (rise + first_read) * (1 - 1e-9)
    time, conductance = trace.time[after], trace.current[after]
    closed = np.flatnonzero(conductance > factor * conductance[0])
    return float(time[closed[0]] - rise) if closed.size else math.nan


def _applied(begin: State, protocol: Protocol, voltage: float, sample_times: Sequence[float] = ()) -> Trace:
    """Return the trace of a protocol on "top", in steps for a pulse of ``voltage`` [V]."""
    control = StepControl(tolerance=3e-2, max_bias_step=abs(voltage) / 4, resolution=5e-2, growth=3.0)
    return apply(begin, {"top": protocol}, sample_times=sample_times, control=control, options=OPTIONS).trace
