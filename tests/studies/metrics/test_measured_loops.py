"""Figures of loops as instruments give them: noise, coarse and uneven steps, abrupt changes, currents read as zero."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from fem.errors import OutOfRangeError
from studies import Trace, filament_switching, switching
from studies.results.branches import branches, voltage_noise

mpl.use("Agg")
LOW, HIGH = 1e3, 1e6  # Ohm


def _loop(step: float, noise: float = 0.0, seed: int = 1, holds: int = 1) -> Trace:
    """Return a loop to 1 V and -1 V in steps [V] with a noise [V] of the voltage that was read back."""
    n = round(1 / step)
    set_v = np.repeat(np.interp(np.arange(4 * n + 1), [0, n, 2 * n, 3 * n, 4 * n], [0, 1, 0, -1, 0]), holds)
    on, state = np.zeros(set_v.size, dtype=bool), False
    for k, v in enumerate(set_v):
        state = (state or v > 0.7 + 1e-9) and not v < -0.6 - 1e-9
        on[k] = state
    read = set_v + noise * np.random.default_rng(seed).normal(size=set_v.size)
    current = set_v / np.where(on, LOW, HIGH)
    return Trace.from_columns({"time": np.arange(float(read.size)), "voltage": read, "current": current}, {})


@pytest.mark.parametrize(
    ("step", "noise"),
    [(2.5e-3, 0.0), (2.5e-3, 1e-4), (2.5e-3, 1e-3), (2.5e-3, 8e-3), (2e-4, 1e-3), (0.02, 2e-3)],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_of_the_voltage_moves_no_figure_by_more_than_itself(
    step: float, noise: float, seed: int
) -> None:
    trace = _loop(step, noise, seed)
    reach = step + 3 * noise
    for m in (switching(trace, read_voltage=0.2), filament_switching(trace, read_voltage=0.2, window=0.1)):
        assert m.V_set == pytest.approx(0.7, abs=reach)
        assert m.V_reset == pytest.approx(-0.6, abs=reach)
        assert m.high_resistance / m.low_resistance == pytest.approx(1e3, rel=5 * noise / 0.2 + 1e-9)
    assert trace.switching().on_off_ratio == pytest.approx(1e3, rel=8 * noise / 0.1 + 1e-9)


def test_noise_is_told_from_turning_points_and_measured() -> None:
    assert voltage_noise(_loop(2.5e-3).voltage) == 0.0
    assert voltage_noise(_loop(2.5e-3, 1e-3).voltage) == pytest.approx(1e-3, rel=0.1)
    assert len(branches(_loop(2.5e-3, 1e-3).voltage)) == 4


def test_noise_that_hides_the_branches_is_refused_as_noise() -> None:
    trace = _loop(2.5e-3, 0.1)
    for figures in (switching, filament_switching):
        with pytest.raises(OutOfRangeError, match="noise of the voltage"):
            figures(trace, read_voltage=0.2)


def test_small_loops_beside_a_large_sweep_are_no_noise() -> None:
    small = np.tile(np.concatenate((np.linspace(0, 0.01, 6)[:-1], np.linspace(0.01, 0, 6)[:-1])), 5)
    voltage = np.concatenate((np.linspace(0, 1, 50), np.linspace(1, 0, 50)[1:-1], small, [0.0]))
    assert len(branches(voltage)) == 2 + 10


@pytest.mark.parametrize("holds", [2, 5])
def test_a_staircase_is_one_branch_up_and_one_down(holds: int) -> None:
    trace = _loop(0.05, holds=holds)
    assert [(b.polarity, b.outward) for b in branches(trace.voltage)] == [
        (1, True),
        (1, False),
        (-1, True),
        (-1, False),
    ]
    assert switching(trace, read_voltage=0.2).V_set == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("step", [1e-9, 1e-11, 1e-14, 0.0])
def test_an_abrupt_set_with_samples_close_together_keeps_its_voltage(step: float) -> None:
    up = np.concatenate((np.linspace(0, 0.7, 15), 0.7 + step * np.arange(1, 40), np.linspace(0.75, 1.5, 16)))
    volts = np.concatenate(
        (np.linspace(0, -1.5, 31), np.linspace(-1.5, 0, 31)[1:], up[1:], np.linspace(1.5, 0, 31)[1:])
    )
    on = np.zeros(volts.size, dtype=bool)
    on[:20], on[96:] = True, True
    current = volts * np.where(on, 1e-4, 1e-9)
    trace = Trace.from_columns(
        {"time": np.arange(float(volts.size)), "voltage": volts, "current": current}, {}
    )
    reach = 1e-6 if step else 0.05  # of samples at one voltage the last one counts
    assert trace.switching(read_voltage=0.1).V_set == pytest.approx(0.7, abs=reach)
    assert filament_switching(trace, read_voltage=0.1).V_set == pytest.approx(0.7, abs=reach)


def _coarse(first: int = 0) -> Trace:
    """Return a SET at 0.8 V: samples every 50 mV on the way out, every 10 mV on the way back."""
    volts = np.concatenate((np.linspace(0, 1.5, 31), np.linspace(1.5, 0, 151)[1:]))[first:]
    on = np.arange(first, first + volts.size) >= 16
    current = volts * np.where(on, 1e-4, 1e-9)
    return Trace.from_columns(
        {"time": np.arange(float(volts.size)), "voltage": volts, "current": current}, {}
    )


@pytest.mark.parametrize("read", [0.06, 0.04, 0.003])
def test_below_its_first_sample_a_branch_from_zero_is_ohmic(read: float) -> None:
    for m in (filament_switching(_coarse(), read_voltage=read), switching(_coarse(), read_voltage=read)):
        assert (m.low_resistance, m.high_resistance) == pytest.approx((1e4, 1e9), rel=1e-9)


def test_a_branch_that_begins_above_the_read_voltage_is_named() -> None:
    m = filament_switching(_coarse(first=1), read_voltage=0.04)
    assert m.low_resistance == m.high_resistance
    assert "outward branch from 0.05 to 1.5 V has no sample around the read voltage" in m.reason


def test_samples_that_cross_zero_belong_to_their_own_polarity() -> None:
    """A rectifier that never switches, sampled across 0 V, has one resistance at each side."""
    volts = np.concatenate((np.arange(-0.98, 1.03, 0.05), np.arange(0.97, -1.0, -0.05)))
    current = np.where(volts > 0, volts / LOW, volts / HIGH)
    trace = Trace.from_columns(
        {"time": np.arange(float(volts.size)), "voltage": volts, "current": current}, {}
    )
    m = filament_switching(trace, read_voltage=0.1)
    assert (m.low_resistance, m.high_resistance) == pytest.approx((LOW, LOW), rel=1e-9)
    assert m.set is None and m.reset is None


def test_both_kinds_of_figures_agree_on_an_abrupt_loop_and_say_why_not_on_a_gradual_one() -> None:
    assert filament_switching(_loop(2.5e-3), read_voltage=0.2).reason == ""
    volts = np.concatenate((np.linspace(0, 1, 201), np.linspace(1, 0, 201)[1:]))
    # a jump of one decade at 0.3 V, two more in a straight line up to 0.9 V
    decades = np.interp(volts[:201], [0, 0.3, 0.305, 0.9, 1.0], [0, 0, 1, 3, 3])
    current = volts * 1e-6 * 10 ** np.concatenate((decades, np.full(200, 3.0)))
    trace = Trace.from_columns({"time": np.arange(401.0), "voltage": volts, "current": current}, {})
    m, other = filament_switching(trace, read_voltage=0.1), switching(trace, read_voltage=0.1)
    assert m.V_set == pytest.approx(0.3025, abs=0.01)
    assert other.V_set == pytest.approx(0.45, abs=0.01)
    assert f"V_set of studies.switching is {other.V_set:.4g} V, where half of the change" in m.reason


def test_a_current_read_as_zero_is_no_infinite_resistance() -> None:
    clean = _loop(2.5e-3)
    current = clean.current.copy()
    current[[60, 80, 81]] = 0.0
    trace = Trace.from_columns({"time": clean.time, "voltage": clean.voltage, "current": current}, {})
    m = switching(trace, read_voltage=0.2)
    assert m.on_off_ratio == pytest.approx(1e3, rel=1e-6)
    assert "zero or against the voltage in 2 sample(s) near the read voltage" in m.reason
    assert trace.switching().on_off_ratio == pytest.approx(1e3, rel=1e-6)
    assert filament_switching(trace, read_voltage=0.2).high_resistance == pytest.approx(HIGH, rel=1e-6)


def test_round_off_at_zero_volts_is_not_drawn_on_the_logarithmic_axis() -> None:
    clean = _loop(0.05)
    current = np.where(clean.voltage == 0, 1e-25, clean.current)
    axes = Trace.from_columns({"time": clean.time, "voltage": clean.voltage, "current": current}, {}).plot()
    assert axes.get_ylim()[0] > 1e-9
