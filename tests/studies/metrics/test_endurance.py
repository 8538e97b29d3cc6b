"""Endurance of loops whose figures change by known amounts from cycle to cycle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fem.errors import OutOfRangeError
from studies import CompactModel, Sweep, Trace, endurance, endurance_of_reads

LOW, HIGH, CYCLES = 1e3, 1e6, 8


def _trace(
    *,
    high: np.ndarray | float = HIGH,
    set_at: np.ndarray | float = 0.703,
    cycles: int = CYCLES,
    points: int = 400,
) -> Trace:
    """Return cycles of a resistor that sets at ``set_at`` and resets at -0.503 V to ``high``, one value per cycle."""
    protocol = Sweep(0, 1, -1, 0, rate=1.0) * cycles
    time = np.unique(
        np.concatenate((np.linspace(0, protocol.duration, points * cycles + 1), protocol.milestones))
    )
    voltage, cycle = protocol.voltage(time), protocol.cycle(time)
    high, set_at = np.broadcast_to(high, cycles), np.broadcast_to(set_at, cycles)
    on, states = False, []
    for v, k in zip(voltage, cycle, strict=True):
        on = (on or v >= set_at[k]) and v > -0.503
        states.append(LOW if on else high[k])
    columns = {"time": time, "voltage": voltage, "current": voltage / np.array(states), "cycle": cycle}
    return Trace.from_columns(columns, {"device": "threshold"})


def test_equal_cycles_are_periodic() -> None:
    e = endurance(_trace(), read_voltage=0.1)
    assert e.verdict == "periodic"
    np.testing.assert_allclose(e.data["low_resistance"], LOW, rtol=1e-9)
    np.testing.assert_allclose(e.data["high_resistance"], HIGH, rtol=1e-9)
    np.testing.assert_allclose(e.data["V_set"], 0.7, atol=0.01)
    np.testing.assert_allclose(e.data["V_reset"], -0.5, atol=0.01)
    assert e.drift["high_resistance"].slope == pytest.approx(0.0, abs=1e-12)
    assert e.drift["high_resistance"].standard_error == pytest.approx(0.0, abs=1e-12)


def test_a_resistance_that_falls_by_a_factor_per_cycle_drifts_by_its_logarithm() -> None:
    e = endurance(_trace(high=HIGH * 0.8 ** np.arange(CYCLES)), read_voltage=0.1)
    drift = e.drift["high_resistance"]
    assert drift.slope == pytest.approx(np.log(0.8), rel=1e-9)
    assert drift.cycles == 4
    assert drift.verdict == e.verdict == "drifting"
    assert e.drift["low_resistance"].verdict == "periodic"
    assert "drifting" in repr(e)
    assert e.cycles_above(0.8**4.5 * HIGH / LOW) == 5
    assert e.cycles_above(1.0) == CYCLES


def test_a_voltage_that_grows_per_cycle_drifts_in_volts() -> None:
    e = endurance(_trace(set_at=0.3 + 0.05 * np.arange(CYCLES), points=2000), read_voltage=0.1)
    assert e.drift["V_set"].slope == pytest.approx(0.05, rel=0.02)
    assert e.drift["V_set"].unit == "V/cycle"
    assert e.drift["V_set"].verdict == "drifting"


def test_variation_without_direction_fluctuates() -> None:
    e = endurance(_trace(high=HIGH * np.array([1, 1, 1, 1, 1, 1.3, 1.3, 1])), read_voltage=0.1)
    assert e.drift["high_resistance"].verdict == e.verdict == "fluctuating"


def test_a_first_cycle_that_differs_is_no_drift() -> None:
    first = np.where(np.arange(CYCLES) == 0, 100 * HIGH, HIGH)
    assert endurance(_trace(high=first), read_voltage=0.1).verdict == "periodic"
    assert endurance(_trace(high=first), read_voltage=0.1, last=CYCLES).verdict != "periodic"


def test_a_cycle_that_does_not_set_says_why_and_the_others_stay(tmp_path: Path) -> None:
    stuck = np.where(np.arange(CYCLES) == 2, 2.0, 0.703)
    e = endurance(_trace(set_at=stuck), read_voltage=0.1)
    assert np.isnan(e.data["V_set"][2])
    assert "no set" in str(e.data["failure"].values[2])
    assert np.isfinite(e.data["V_set"].values[3:]).all()
    assert "incomplete: cycle 2" in repr(e)
    assert e.cycles_above(10.0) == 2
    with xr.open_dataset(e.save(tmp_path / "endurance.nc")) as again:
        np.testing.assert_array_equal(again["V_set"], e.data["V_set"])
        assert again["high_resistance"].attrs["units"] == "Ohm"
        assert again.attrs["device"] == "threshold"


def test_the_compact_model_comes_to_a_periodic_loop() -> None:
    """From a displaced state the first loops differ; its one relaxation makes the later ones equal."""
    values = {
        "emission_positive": 1.3e-8, "emission_negative": 2.5e-15, "drift_current": 3.1e-10,
        "image_force": 0.06, "thermal_voltage": 0.0259, "debye_share": 0.006, "time_constant": 32.0,
        "debye_charge": 2e-16, "initial_state": -8.0, "charge_sign": 1.0,
    }  # fmt: skip
    model = CompactModel.from_values(values, "A")
    trace = model.simulate(Sweep(0, 1, -2, 0, rate=0.1) * 6)
    e = endurance(trace, read_voltage=0.2)
    assert e.verdict == "periodic"
    change = np.abs(np.diff(np.log(e.data["high_resistance"].values)))
    assert change[0] > 10 * change[-1]


def test_plot_shows_both_states() -> None:
    import matplotlib

    matplotlib.use("Agg")
    ax = endurance(_trace(), read_voltage=0.1).plot()
    assert ax.get_yscale() == "log"
    assert [line.get_label() for line in ax.lines] == ["HRS", "LRS"]
    matplotlib.pyplot.close("all")


def test_bad_questions_are_named() -> None:
    with pytest.raises(OutOfRangeError, match="cycles for endurance"):
        endurance(_trace(cycles=1))
    with pytest.raises(OutOfRangeError, match="last cycles"):
        endurance(_trace(), last=1)
    with pytest.raises(OutOfRangeError, match="tolerance"):
        endurance(_trace(), tolerance=0.0)


def test_a_measured_trace_without_numbers_of_its_cycles_is_told_of_the_column() -> None:
    time = np.linspace(0.0, 8.0, 81)
    columns = {"time": time, "voltage": np.sin(np.pi * time / 2), "current": 1e-6 * np.sin(np.pi * time / 2)}
    with pytest.raises(OutOfRangeError, match='no column "cycle"'):
        endurance(Trace.from_columns(columns, {}))


def test_pulses_show_no_voltages_of_switching() -> None:
    found = endurance_of_reads([1e3, 1e3, 1e3], [1e5, 1e5, 1e5])
    assert "V_set" not in str(found) and "on_off_ratio" in str(found)
