"""Switching figures on loops whose answers are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fem.errors import OutOfRangeError
from studies import Protocol, Sweep, Trace, switching
from studies.results.branches import branches

LOW, HIGH = 1e3, 1e6


def _trace(protocol: Protocol, points: int, current: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Trace:
    """Return the trace of a current(voltage, time)."""
    time = np.unique(np.concatenate((np.linspace(0, protocol.duration, points), protocol.milestones)))
    voltage = protocol.voltage(time)
    columns = {"time": time, "voltage": voltage, "current": current(voltage, time)}
    return Trace.from_columns({**columns, "cycle": protocol.cycle(time)}, {"protocol": protocol.describe()})


def _threshold(set_at: float, reset_at: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the current of a resistor that goes low beyond ``set_at`` and high beyond ``reset_at`` [V]."""

    def current(voltage: np.ndarray, time: np.ndarray) -> np.ndarray:
        resistance, out = HIGH, []
        for v in voltage:
            if v / set_at >= 1:
                resistance = LOW
            elif v / reset_at >= 1:
                resistance = HIGH
            out.append(v / resistance)
        return np.array(out)

    return current


@pytest.mark.parametrize("points", [201, 1001, 5001])
@pytest.mark.parametrize(("set_at", "reset_at"), [(0.7, -0.5), (-0.7, 0.5)])
def test_abrupt_loop_gives_its_thresholds_on_any_grid(points: int, set_at: float, reset_at: float) -> None:
    protocol = Sweep(0, 1, -1, 0, rate=0.1) * 2 if set_at > 0 else Sweep(0, -1, 1, 0, rate=0.1) * 2
    m = switching(_trace(protocol, points, _threshold(set_at, reset_at)), read_voltage=0.1)
    step = 8.0 / points
    assert m.V_set == pytest.approx(set_at, abs=step)
    assert m.V_reset == pytest.approx(reset_at, abs=step)
    assert m.set_width <= step
    assert m.on_off_ratio == pytest.approx(HIGH / LOW, rel=1e-9)
    assert m.low_resistance == pytest.approx(LOW, rel=1e-9)
    assert m.high_resistance == pytest.approx(HIGH, rel=1e-9)
    assert m.reason == ""


def test_bipolar_set_at_positive_voltage_runs_counter_clockwise_then_clockwise() -> None:
    m = switching(_trace(Sweep(0, 1, -1, 0, rate=1.0), 801, _threshold(0.7, -0.5)), read_voltage=0.1)
    assert m.positive_direction == "counter-clockwise"
    assert m.negative_direction == "clockwise"


def test_loop_area_of_the_abrupt_loop_is_that_of_its_triangles() -> None:
    m = switching(_trace(Sweep(0, 1, -1, 0, rate=1.0), 40001, _threshold(0.7, -0.5)), read_voltage=0.1)
    expected = (1 / LOW - 1 / HIGH) * (0.7**2 + 0.5**2) / 2
    assert m.loop_area == pytest.approx(expected, rel=2e-3)
    assert 0 < m.hysteresis_index < 1


def test_starting_at_the_negative_end_gives_the_same_figures() -> None:
    trace = _trace(Sweep(-1, 1, -1, rate=1.0), 2001, _threshold(0.7, -0.5))
    m = switching(trace, read_voltage=-0.1)
    assert m.V_set == pytest.approx(0.7, abs=2e-3)
    assert m.V_reset == pytest.approx(-0.5, abs=2e-3)


def test_noisy_abrupt_loop_keeps_its_thresholds() -> None:
    noise = np.random.default_rng(3)
    clean = _threshold(0.7, -0.5)

    def noisy(voltage: np.ndarray, time: np.ndarray) -> np.ndarray:
        return clean(voltage, time) * np.exp(0.2 * noise.standard_normal(voltage.size)) + 1e-9 * (
            noise.standard_normal(voltage.size)
        )

    m = switching(_trace(Sweep(0, 1, -1, 0, rate=1.0), 2001, noisy), read_voltage=0.1)
    assert m.V_set == pytest.approx(0.7, abs=4e-3)
    assert m.V_reset == pytest.approx(-0.5, abs=4e-3)
    assert m.on_off_ratio == pytest.approx(1e3, rel=1.0)


@pytest.mark.parametrize("points", [101, 1001])
def test_gradual_loop_gives_the_voltage_of_half_the_change(points: int) -> None:
    """ln(rho) falls linearly from ln(100) at 0 V to 0 at 1 V: half the change since 0.1 V is at 0.55 V."""

    def current(voltage: np.ndarray, time: np.ndarray) -> np.ndarray:
        outward = time <= 1.0
        return 1e-6 * voltage * np.exp(np.where(outward, -np.log(100.0) * (1 - voltage), 0.0))

    m = switching(_trace(Sweep(0, 1, 0, rate=1.0), points, current), read_voltage=0.1)
    assert m.V_set == pytest.approx(0.55, abs=1e-3)
    assert m.set_width == pytest.approx(0.8 * 0.9, abs=1e-3)
    assert np.isnan(m.V_reset)
    assert "no reset" in m.reason


def test_resistor_does_not_switch_and_says_so() -> None:
    m = switching(_trace(Sweep(0, 1, -1, 0, rate=1.0), 401, lambda v, t: v / 1e4), read_voltage=0.2)
    assert np.isnan(m.V_set)
    assert np.isnan(m.V_reset)
    assert "no set" in m.reason
    assert "no reset" in m.reason
    assert m.on_off_ratio == pytest.approx(1.0)
    assert m.hysteresis_index == pytest.approx(0.0, abs=1e-12)
    assert m.positive_direction == m.negative_direction == "none"


def test_without_a_read_voltage_the_largest_ratio_is_taken() -> None:
    m = _trace(Sweep(0, 1, -1, 0, rate=1.0), 801, _threshold(0.7, -0.5)).switching()
    assert m.on_off_ratio == pytest.approx(1e3, rel=1e-6)
    assert 0.1 <= abs(m.read_voltage) <= 0.7
    assert "V_set" in str(m)


def test_branches_are_cut_at_turning_points_and_zero() -> None:
    protocol = Sweep(0, 1, -1, 0.5, 0, rate=1.0)
    found = branches(protocol.voltage(np.linspace(0, protocol.duration, 501)))
    assert [(b.polarity, b.outward) for b in found] == [
        (1, True),
        (1, False),
        (-1, True),
        (-1, False),
        (1, True),
        (1, False),
    ]


def test_read_voltage_outside_the_loop_is_named() -> None:
    trace = _trace(Sweep(0, 1, 0, rate=1.0), 101, lambda v, t: v)
    with pytest.raises(OutOfRangeError, match="read voltage"):
        switching(trace, read_voltage=-0.1)
    with pytest.raises(OutOfRangeError, match="closed voltage loops"):
        switching(_trace(Sweep(0, 1, rate=1.0), 101, lambda v, t: v), read_voltage=0.1)


def test_a_switching_voltage_from_a_capacitive_current_at_the_mirrored_voltage_is_doubted() -> None:
    def rectifier(voltage: np.ndarray, time: np.ndarray) -> np.ndarray:
        return voltage * np.where(voltage > 0, 1e-6, 1e-12) + 1e-12 * np.sign(np.gradient(voltage, time))

    trace = _trace(Sweep(0, 1, -1, 0, rate=1.0), 401, rectifier)
    m = trace.switching(0.2)
    assert m.on_off_ratio == pytest.approx(1.0, abs=1e-4)
    assert m.V_reset < 0
    assert "near -0.2 V" in m.reason and "V_reset, judged there, may be no switching" in m.reason
    assert "on/off ratio are rough" not in m.reason


def _with_error(trace: Trace, error: float) -> Trace:
    """Return a trace whose currents may be wrong by ``error`` [A]."""
    columns = {"current_error": np.full(trace.time.size, error)}
    return Trace(trace.data.assign({n: ("time", v, {"units": "A"}) for n, v in columns.items()}))


def test_a_high_resistance_below_the_round_off_of_its_current_is_printed_as_a_bound() -> None:
    trace = _trace(Sweep(0, 1, -1, 0, rate=1.0), 801, _threshold(0.7, -0.5))
    error = 5 * 0.1 / HIGH
    m = switching(_with_error(trace, error), read_voltage=0.1)
    assert m.bounded and "below its error by round-off, 5e-07 A" in m.reason
    assert m.high_resistance == pytest.approx(0.1 / (2 * error), rel=1e-3)
    assert m.on_off_ratio == pytest.approx((0.1 / LOW - error) / (2 * error), rel=1e-3)
    assert "on_off_ratio        >= 99.5" in str(m)
    assert m.low_resistance == pytest.approx(LOW, rel=1e-9)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_a_bound_holds_for_all_currents_within_their_errors(part: float) -> None:
    error = 0.1 / HIGH / part
    trace = _with_error(_trace(Sweep(0, 1, -1, 0, rate=1.0), 801, _threshold(0.7, -0.5)), error)
    m = switching(trace, read_voltage=0.1)
    assert m.bounded and m.high_resistance <= 0.1 / (0.1 / HIGH + error)
    assert m.on_off_ratio <= (0.1 / LOW - error) / (0.1 / HIGH + error)


def test_currents_above_their_round_off_give_the_figures_without_it() -> None:
    trace = _trace(Sweep(0, 1, -1, 0, rate=1.0), 801, _threshold(0.7, -0.5))
    m = switching(_with_error(trace, 1e-3 * 0.1 / HIGH), read_voltage=0.1)
    assert m == switching(trace, read_voltage=0.1) and not m.bounded


def test_two_states_below_round_off_are_no_switching() -> None:
    trace = _trace(Sweep(0, 1, -1, 0, rate=1.0), 801, _threshold(0.7, -0.5))
    m = switching(_with_error(trace, 2.0), read_voltage=0.1)
    assert m.bounded and m.on_off_ratio == pytest.approx(1.0) and np.isnan(m.V_set)
