"""Figures of pulses on conductances whose course in time is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fem.errors import OutOfRangeError
from studies import Protocol, Pulse, Rest, Trace, pulse_switching
from studies.metrics.pulse import electrical_energy, peak_power

OFF, ON = 1e-6, 1e-3  # S
TAU, DELAY = 2e-6, 5e-6  # s
PULSE = Rest(1e-6, 0.0) + Pulse(2.0, 60e-6, rise=1e-8) + Rest(1e-6, 0.0)
FLAT = 1.01e-6  # s, where the flat part begins


def _trace(
    conductance: Callable[[np.ndarray], np.ndarray],
    *,
    protocol: Protocol = PULSE,
    points: int = 6001,
    series_resistance: float = 0.0,
    **more: np.ndarray | float,
) -> Trace:
    """Return the trace of a conductance [S] against time, behind a resistor [Ohm]."""
    time = np.unique(np.concatenate((np.linspace(0, protocol.duration, points), protocol.milestones)))
    voltage, g = protocol.voltage(time), conductance(time)
    current = voltage * g / (1 + series_resistance * g)
    columns = {"time": time, "voltage": voltage, "current": current, "cycle": protocol.cycle(time)}
    if series_resistance:
        columns["device_voltage"] = voltage - series_resistance * current
    columns |= {name: np.broadcast_to(value, time.shape) for name, value in more.items()}
    return Trace.from_columns(columns, {})


def _relaxing(start: float, end: float, *, log: bool = False) -> Callable[[np.ndarray], np.ndarray]:
    """Return G(t) [S] that goes from ``start`` to ``end`` exponentially with TAU after DELAY."""

    def conductance(time: np.ndarray) -> np.ndarray:
        done = 1 - np.exp(-np.maximum(time - FLAT - DELAY, 0.0) / TAU)
        return start * (end / start) ** done if log else start + (end - start) * done

    return conductance


@pytest.mark.parametrize(("start", "end", "direction"), [(OFF, ON, "set"), (ON, OFF, "reset")])
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_exponential_relaxation_takes_ln9_time_constants(
    start: float, end: float, direction: str, scale: str
) -> None:
    m = pulse_switching(_trace(_relaxing(start, end, log=scale == "log")), scale=scale)
    assert m.direction == direction
    assert m.switching_time == pytest.approx(TAU * np.log(9), rel=1e-3)
    assert m.delay == pytest.approx(5e-9 + DELAY + TAU * np.log(10 / 9), rel=1e-3)
    assert m.conductance_before == pytest.approx(start)
    assert m.conductance_after == pytest.approx(end, rel=1e-6)


def test_a_linear_scale_sees_the_last_decade_only() -> None:
    """ln G grows at a constant rate: 80 % of three decades, or from 10 to 90 % of the last one."""

    def conductance(time: np.ndarray) -> np.ndarray:
        return OFF * 1e3 ** np.clip((time - FLAT - DELAY) / 20e-6, 0, 1)

    log, linear = (pulse_switching(_trace(conductance), scale=s) for s in ("log", "linear"))
    assert log.switching_time == pytest.approx(16e-6, rel=1e-3)
    assert linear.switching_time == pytest.approx(20e-6 * np.log(0.9001 / 0.1009) / np.log(1e3), rel=1e-3)
    assert linear.delay > log.delay


def test_instants_between_coarse_samples_are_exact_for_straight_lines() -> None:
    """The current grows linearly between two samples only; 10 to 90 % take 0.8 of their distance."""
    time = np.array([0.0, 1.0, 2.0, 5.0, 9.0, 10.0])
    voltage = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 0.0])
    current = np.array([0.0, 1.0, 1.0, 4.0, 4.0, 0.0])
    m = pulse_switching(Trace.from_columns({"time": time, "voltage": voltage, "current": current}, {}))
    assert m.switching_time == pytest.approx(2.4, rel=1e-12)
    assert m.edge == pytest.approx(0.5, rel=1e-12)
    assert m.delay == pytest.approx(1.8, rel=1e-12)


def test_energy_of_a_constant_resistance_is_that_of_its_trapezium() -> None:
    """V^2/R over flat part and linear edges, of which each gives a third of its duration."""
    trace = _trace(_relaxing(OFF, ON), series_resistance=1e4)
    m = pulse_switching(trace)
    fine = _trace(_relaxing(OFF, ON), series_resistance=1e4, points=100001)
    assert m.energy == pytest.approx(pulse_switching(fine).energy, rel=1e-5)
    assert m.energy < m.source_energy
    t, v = np.array([0.0, 3.0, 7.0, 8.0]), np.array([0.0, 2.0, 2.0, 0.0])
    assert electrical_energy(t, v, v / 5) == pytest.approx(4 / 5 * (4 + (3 + 1) / 3), rel=1e-14)


def test_energy_to_the_switching_is_power_times_time_before_an_abrupt_set() -> None:
    m = pulse_switching(_trace(lambda t: np.where(t < FLAT + DELAY, OFF, ON), points=60001))
    assert m.energy_to_switch == pytest.approx(4 * OFF * (DELAY + 2e-8 / 3), rel=2e-2, abs=4 * ON * 1e-9)
    assert m.energy == pytest.approx(4 * ON * (60e-6 - DELAY), rel=2e-3)


def test_a_load_in_series_takes_the_most_power_when_matched() -> None:
    """While the device falls from OFF to ON behind R, its power peaks at V^2/4R, between samples too."""
    r = 1e4
    m = pulse_switching(_trace(_relaxing(OFF, ON, log=True), series_resistance=r))
    assert m.peak_power == pytest.approx(4 / (4 * r), rel=1e-4)
    assert m.conductance_after == pytest.approx(ON, rel=1e-6)
    assert m.switching_time == pytest.approx(
        pulse_switching(_trace(_relaxing(OFF, ON, log=True))).switching_time, rel=2e-3
    )
    assert peak_power(np.array([2.0, 0.0]), np.array([0.0, 4.0])) == pytest.approx(2.0, rel=1e-14)


def test_displacement_current_counts_in_the_energy_but_not_in_the_conductance() -> None:
    plain = pulse_switching(_trace(_relaxing(OFF, ON)))
    clean = _trace(_relaxing(OFF, ON))
    charging = 1e-2 * np.exp(-np.maximum(clean.time - FLAT, 0) / 1e-7)
    columns = {"time": clean.time, "voltage": clean.voltage, "current": clean.current + charging}
    columns["displacement_current"] = charging
    m = pulse_switching(Trace.from_columns(columns, {}))
    assert m.switching_time == pytest.approx(plain.switching_time, rel=1e-9)
    assert m.energy - plain.energy == pytest.approx(2 * 1e-2 * 1e-7, rel=0.1)


def test_settle_leaves_out_the_charging_where_the_trace_cannot_tell() -> None:
    plain = _trace(_relaxing(OFF, ON))
    charging = 1e-2 * np.exp(-np.maximum(plain.time - FLAT, 0) / 1e-7)
    columns = {"time": plain.time, "voltage": plain.voltage, "current": plain.current + charging}
    m = pulse_switching(Trace.from_columns(columns, {}), settle=3e-6)
    assert m.switching_time == pytest.approx(TAU * np.log(9), rel=1e-3)
    assert m.conductance_before == pytest.approx(OFF, rel=1e-3)


def test_a_spike_of_the_charging_current_is_no_switching() -> None:
    plain = _trace(_relaxing(OFF, ON))
    spike = np.where(plain.time == plain.time[np.searchsorted(plain.time, 2e-6)], 10 * 2 * ON, 0.0)
    columns = {"time": plain.time, "voltage": plain.voltage, "current": plain.current + spike}
    m = pulse_switching(Trace.from_columns(columns, {}))
    assert m.switching_time == pytest.approx(TAU * np.log(9), rel=1e-3)
    assert m.delay == pytest.approx(5e-9 + DELAY + TAU * np.log(10 / 9), rel=1e-3)


def test_peak_temperature_is_that_within_the_pulse() -> None:
    trace = _trace(_relaxing(OFF, ON))
    hot = 300 + 100 * np.exp(-(((trace.time - 30e-6) / 1e-6) ** 2)) + np.where(trace.time > 61.5e-6, 900, 0)
    assert np.isnan(pulse_switching(trace).peak_temperature)
    m = pulse_switching(_trace(_relaxing(OFF, ON), temperature_max=hot))
    assert m.peak_temperature == pytest.approx(400.0, abs=0.1)
    assert "peak_temperature" in repr(m)
    assert " K" in repr(m)


def test_each_pulse_of_a_train_has_its_own_figures() -> None:
    protocol = (Pulse(2.0, 60e-6, rise=1e-8) + Rest(1e-6, 0.0)) * 2
    trace = _trace(lambda t: 1e-5 + 1e-5 * t / protocol.duration, protocol=protocol)
    first, last = (pulse_switching(trace, cycle=k) for k in (0, 1))
    assert first.conductance_before == pytest.approx(1e-5, rel=1e-3)
    assert last.conductance_before == pytest.approx(1.5e-5, rel=1e-3)
    assert last.edge > 61e-6


def test_a_pulse_that_did_not_switch_is_an_error() -> None:
    with pytest.raises(OutOfRangeError, match="did not switch"):
        pulse_switching(_trace(lambda t: np.full_like(t, OFF)))
    with pytest.raises(OutOfRangeError, match="over before"):
        pulse_switching(_trace(_relaxing(OFF, ON / 2)), after=ON)
    with pytest.raises(OutOfRangeError, match="before the first sample"):
        pulse_switching(_trace(lambda t: np.where(t < 1.0001e-6, OFF, ON)), before=OFF)
    with pytest.raises(OutOfRangeError, match="pulses with a flat part"):
        pulse_switching(_trace(_relaxing(OFF, ON), protocol=Rest(1e-6, 1.0)))
    with pytest.raises(OutOfRangeError, match="scale"):
        pulse_switching(_trace(_relaxing(OFF, ON)), scale="decibel")  # type: ignore[arg-type]


def test_a_switch_on_the_edge_is_timed_with_the_conductance_before() -> None:
    """G jumps on the leading edge, 80 % of the way up, between two samples."""
    protocol = Rest(1e-6, 0.0) + Pulse(2.0, 2e-6, rise=1e-6) + Rest(1e-6, 0.0)
    trace = _trace(lambda t: np.where(t < 1.8e-6, OFF, ON), protocol=protocol, points=5001)
    m = pulse_switching(trace, before=OFF)
    assert m.delay == pytest.approx(0.3e-6, abs=2e-9)
    assert m.switching_time <= 1e-9
