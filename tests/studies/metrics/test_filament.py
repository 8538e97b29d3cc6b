"""SET, RESET, forming and volatility of loops whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import OutOfRangeError
from studies import CompactModel, Protocol, Sweep, Trace, filament_switching, forming

LOW, HIGH, SERIES = 1e3, 1e6, 500.0  # Ohm
LOOP = Sweep(0, 1, -1, 0, rate=1.0)


def _trace(
    protocol: Protocol,
    *,
    points: int = 2001,
    set_at: tuple[float, ...] = (0.7,),
    reset_at: float | None = -0.5,
    hold: float = 0.0,
    series: float = 0.0,
    compliance: float = np.inf,
) -> Trace:
    """Return the trace of a resistor that sets beyond ``set_at`` (of each cycle) and resets beyond ``reset_at``.

    Below ``hold`` [V] it goes back by itself; ``compliance`` [A] limits the current.
    """
    time = np.unique(np.concatenate((np.linspace(0, protocol.duration, points), protocol.milestones)))
    voltage, cycle = protocol.voltage(time), protocol.cycle(time)
    resistance, states = HIGH, []
    for v, k in zip(voltage, cycle, strict=True):
        if v >= set_at[min(k, len(set_at) - 1)]:
            resistance = LOW
        elif (reset_at is not None and v / reset_at >= 1) or abs(v) < hold:
            resistance = HIGH
        states.append(resistance)
    current = np.clip(voltage / (np.array(states) + series), -compliance, compliance)
    device = np.where(np.array(states) > 0, current * np.array(states), 0.0)
    columns = {"time": time, "voltage": voltage, "device_voltage": device, "current": current, "cycle": cycle}
    return Trace.from_columns(columns, {})


@pytest.mark.parametrize("points", [401, 2001, 10001])
@pytest.mark.parametrize("window", [None, 0.1])
def test_abrupt_loop_gives_its_thresholds_on_any_grid(points: int, window: float | None) -> None:
    m = filament_switching(_trace(LOOP, points=points), read_voltage=0.1, window=window)
    step = 4.0 / points
    assert m.V_set == pytest.approx(0.7, abs=step)
    assert m.V_reset == pytest.approx(-0.5, abs=step)
    assert m.set is not None and m.reset is not None
    assert m.set.decades == pytest.approx(3.0, rel=1e-9)
    assert m.reset.decades == pytest.approx(-3.0, rel=1e-9)
    assert m.set.kind == m.reset.kind == "abrupt"
    assert m.set.abruptness == pytest.approx(step / 3, rel=0.05)
    assert m.I_reset == pytest.approx(0.5 / LOW, rel=3 * step)
    assert (m.low_resistance, m.high_resistance) == pytest.approx((LOW, HIGH), rel=1e-9)
    assert m.volatility == "non-volatile"
    assert m.retained == pytest.approx(1.0, rel=1e-9)
    assert np.isnan(m.hold_voltage)


@pytest.mark.parametrize("points", [801, 8001])
@pytest.mark.parametrize(("slope", "kind"), [(0.02, "abrupt"), (0.1, "gradual")])
def test_abruptness_is_the_voltage_of_one_decade(points: int, slope: float, kind: str) -> None:
    """Two decades between 0.5 V and 0.5 + 2 slope, up on the way out, nothing on the way back."""
    protocol = Sweep(0, 1, 0, rate=1.0)
    time = np.unique(np.concatenate((np.linspace(0, 2, points), protocol.milestones)))
    v = protocol.voltage(time)
    decades = np.where(time <= 1, np.clip((v - 0.5) / slope, 0, 2), 2.0)
    trace = Trace.from_columns({"time": time, "voltage": v, "current": v * 1e-6 * 10**decades}, {})
    m = filament_switching(trace, read_voltage=0.1)
    assert m.set is not None
    assert m.set.abruptness == pytest.approx(slope, rel=1e-2)
    assert m.set.kind == kind
    assert 0.5 <= m.V_set <= 0.5 + 2 * slope
    assert m.reset is None
    assert "no reset" in m.reason


def test_threshold_switching_is_volatile_with_a_hold_voltage() -> None:
    m = filament_switching(_trace(Sweep(0, 1, 0, rate=1.0), hold=0.3, reset_at=None), read_voltage=0.1)
    assert m.volatility == "volatile"
    assert m.V_set == pytest.approx(0.7, abs=2e-3)
    assert m.hold_voltage == pytest.approx(0.3, abs=2e-3)
    assert m.retained == pytest.approx(0.0, abs=1e-9)


def test_resistances_are_those_of_the_device_behind_its_resistor() -> None:
    m = filament_switching(_trace(LOOP, series=SERIES), read_voltage=-0.1)
    assert (m.low_resistance, m.high_resistance) == pytest.approx((LOW, HIGH), rel=1e-9)
    assert m.I_reset == pytest.approx(0.5 / (LOW + SERIES), rel=5e-3)


def test_a_compliance_is_reached_or_not() -> None:
    limited = filament_switching(_trace(LOOP, compliance=1e-4), read_voltage=0.05, compliance=1e-4)
    free = filament_switching(_trace(LOOP), read_voltage=0.05, compliance=1e-2)
    assert limited.compliance_reached is True
    assert free.compliance_reached is False
    assert filament_switching(_trace(LOOP), read_voltage=0.05).compliance_reached is None
    one_sided = _trace(Sweep(0, 1, 0, rate=1.0), compliance=1e-4)
    for pair, reached in (((None, 1e-4), True), ((1e-4, None), False)):
        assert filament_switching(one_sided, read_voltage=0.05, compliance=pair).compliance_reached is reached


def test_unipolar_reset_is_found_on_another_branch_of_the_same_polarity() -> None:
    protocol = Sweep(0, 1, 0, 0.5, 0, rate=1.0)
    time = np.linspace(0, protocol.duration, 3001)
    v = protocol.voltage(time)
    low = ((time < 2) & ((v > 0.8) | (time > 1))) | ((time >= 2) & (time < 2.4))
    trace = Trace.from_columns({"time": time, "voltage": v, "current": v / np.where(low, LOW, HIGH)}, {})
    m = filament_switching(trace, read_voltage=0.1)
    assert m.V_set == pytest.approx(0.8, abs=2e-3)
    assert m.V_reset == pytest.approx(0.4, abs=2e-3)


def test_a_curved_current_without_hysteresis_does_not_set() -> None:
    time = np.linspace(0, 4, 2001)
    v = LOOP.voltage(time)
    trace = Trace.from_columns({"time": time, "voltage": v, "current": 1e-9 * np.sinh(v / 0.03)}, {})
    m = filament_switching(trace, read_voltage=0.1)
    assert m.set is None and m.reset is None
    assert m.volatility == "not known"


def test_barrier_lowered_by_the_voltage_is_never_abrupt() -> None:
    """The compact model of gradual interface switching has no jump steeper than kT/q ln 10 per decade."""
    values = {
        "emission_positive": 1.3e-8, "emission_negative": 2.5e-15, "drift_current": 3.1e-10,
        "image_force": 0.06, "thermal_voltage": 0.0259, "debye_share": 0.006, "time_constant": 32.0,
        "debye_charge": 2e-16, "initial_state": -4.5, "charge_sign": 1.0,
    }  # fmt: skip
    trace = CompactModel.from_values(values, "A").simulate(Sweep(0, 1, -2, 0, rate=0.1) * 2)
    m = filament_switching(trace, read_voltage=0.2)
    found = [t for t in (m.set, m.reset) if t is not None]
    assert found
    assert all(t.kind == "gradual" for t in found)
    assert m.high_resistance > 1.05 * m.low_resistance


def test_forming_takes_more_than_the_later_sets() -> None:
    trace = _trace(Sweep(0, 1, -1, 0, rate=1.0) * 4, points=8001, set_at=(0.9, 0.4, 0.42, 0.38))
    m = forming(trace, read_voltage=0.1)
    assert m.V_forming == pytest.approx(0.9, abs=2e-3)
    assert m.V_set == pytest.approx(0.4, abs=2e-3)
    assert m.V_set_deviation == pytest.approx(0.02, abs=2e-3)
    assert m.pristine_resistance == pytest.approx(HIGH)
    assert m.forming_free is False
    assert "V_forming" in repr(m)
    alike = forming(_trace(Sweep(0, 1, -1, 0, rate=1.0) * 2), read_voltage=0.1)
    assert alike.forming_free is True
    assert forming(_trace(LOOP), read_voltage=0.1).forming_free is None


def test_printing_shows_voltages_and_verdicts() -> None:
    text = repr(filament_switching(_trace(LOOP), read_voltage=0.1, compliance=1e-4))
    for word in ("V_set", "V/decade", "abrupt", "non-volatile", "reached", "Ohm", "I_reset"):
        assert word in text


def test_bad_questions_are_named() -> None:
    with pytest.raises(OutOfRangeError, match="read voltage"):
        filament_switching(_trace(LOOP), read_voltage=2.0)
    with pytest.raises(OutOfRangeError, match="outward branches"):
        filament_switching(_trace(Sweep(1, 0, rate=1.0)), read_voltage=0.1)
    with pytest.raises(OutOfRangeError, match="compliance"):
        filament_switching(_trace(LOOP), read_voltage=0.1, compliance=0.0)
    with pytest.raises(OutOfRangeError, match="window"):
        filament_switching(_trace(LOOP), read_voltage=0.1, window=-1.0)
    with pytest.raises(OutOfRangeError, match="nothing was formed"):
        forming(_trace(LOOP, set_at=(2.0,)), read_voltage=0.1)


def test_a_resistance_of_round_off_is_a_bound_in_words() -> None:
    trace, error = _trace(LOOP), 5 * 0.1 / HIGH
    column = ("time", np.full(trace.time.size, error), {"units": "A"})
    m = filament_switching(Trace(trace.data.assign(current_error=column)), read_voltage=0.1)
    assert "below its error by round-off, 5e-07 A" in m.reason
    assert m.high_resistance == pytest.approx(HIGH / 10, rel=1e-2)  # twice the error: none is more
    assert m.low_resistance == pytest.approx(LOW, rel=1e-9)
