"""Retention times of relaxations in closed form, the readings that see them, and activation energies."""

from __future__ import annotations

import numpy as np
import pytest

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError
from studies import Trace, arrhenius, retention, retention_reads, retention_time

TAU = 30.0
READ = 0.005


def _kt(temperature: float) -> float:
    """Return kT [eV]."""
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE


def _trace(duration: float = 1e4, per_decade: int = 20, start_voltage: float = 0.0) -> Trace:
    """Return readings of G = 1 mS exp(-t/TAU) + 1 µS, t from the end of programming."""
    reads = retention_reads(
        duration,
        read_voltage=READ,
        first_read=1e-3,
        rise=1e-4,
        reads_per_decade=per_decade,
        start_voltage=start_voltage,
    )
    time = np.unique(np.concatenate((reads.sample_times, reads.protocol.milestones)))
    voltage = reads.protocol.voltage(time)
    g = 1e-3 * np.exp(-np.maximum(time - reads.begin, 0) / TAU) + 1e-6
    return Trace.from_columns({"time": time, "voltage": voltage, "current": voltage * g}, {})


@pytest.mark.parametrize("criterion", [0.9, 0.5, 0.1])
def test_exponential_relaxation_reaches_its_criterion_in_closed_form(criterion: float) -> None:
    m = retention(_trace(per_decade=100), programmed=1e-4, criterion=criterion, toward=1e-6)
    assert m.retention_time == pytest.approx(TAU * np.log(1 / criterion), rel=1e-3)
    assert m.volatility.startswith("volatile: lost after")
    assert m.kept == pytest.approx(0.0, abs=1e-9)


def test_a_fall_linear_in_log_time_is_exact_between_coarse_readings() -> None:
    """p = 1 - 0.2 log10(t/1 s): half of it is lost at 10^2.5 s."""
    t = np.array([1.0, 100.0, 1e4])
    m = retention_time(t, 1e-3 * (1 - 0.2 * np.log10(t)))
    assert m.retention_time == pytest.approx(10**2.5, rel=1e-12)


def test_an_interval_from_zero_is_straight_in_time() -> None:
    m = retention_time([0.0, 2.0, 4.0], [1.0, 0.6, 0.2], criterion=0.8)
    assert m.retention_time == pytest.approx(1.0, rel=1e-12)


def test_a_high_resistance_state_is_lost_toward_the_low_one() -> None:
    t = np.geomspace(1, 1e3, 301)
    g = 1e-3 - (1e-3 - 1e-6) * np.exp(-t / TAU)
    m = retention_time(t, g, toward=1e-3)
    assert m.retention_time == pytest.approx(TAU * np.log(2) + 1.0, rel=1e-3)
    doubled = retention_time(t, g)  # without the other state: a factor of two, up
    assert doubled.retention_time == pytest.approx(t[np.argmax(g >= 2 * g[0])], rel=0.02)


def test_a_state_that_lasts_is_non_volatile_for_as_long_as_was_seen() -> None:
    m = retention(_trace(duration=3.0), programmed=1e-4)
    assert np.isnan(m.retention_time)
    assert m.volatility == "non-volatile for at least 3 s"
    assert m.kept == pytest.approx(np.exp(-3 / TAU), rel=1e-3)
    assert "non-volatile" in repr(m) and " S" in repr(m)


@pytest.mark.parametrize("start_voltage", [0.0, READ, -0.2])
def test_readings_have_equal_ratios_and_land_on_the_protocol(start_voltage: float) -> None:
    reads = retention_reads(
        1e3, read_voltage=READ, first_read=1e-2, rise=1e-3, reads_per_decade=5, start_voltage=start_voltage
    )
    since = np.array(reads.sample_times) - reads.begin
    np.testing.assert_allclose(since[1:] / since[:-1], 10**0.2, rtol=1e-9)
    assert since[0] == pytest.approx(1e-2, rel=1e-9)
    assert reads.sample_times[-1] <= reads.protocol.duration
    np.testing.assert_allclose(reads.protocol.voltage(np.array(reads.sample_times)), READ)
    assert reads.protocol.voltage(0.0) == pytest.approx(start_voltage)


def test_readings_at_several_voltages_are_refused() -> None:
    with pytest.raises(IncompatibleError, match="one voltage"):
        retention(_trace(start_voltage=-0.2))


def test_bad_retentions_are_named() -> None:
    with pytest.raises(OutOfRangeError, match="criterion"):
        retention_time([1, 2], [1, 0.1], criterion=1.0)
    with pytest.raises(OutOfRangeError, match="first time"):
        retention_time([-1, 2], [1, 0.1])
    with pytest.raises(OutOfRangeError, match="toward"):
        retention_time([1, 2], [1, 0.1], toward=1.0)
    with pytest.raises(OutOfRangeError, match="smallest conductance"):
        retention_time([1, 2], [1, -0.1])
    with pytest.raises(IncompatibleError, match="equal length"):
        retention_time([1, 2, 3], [1, 0.1])
    with pytest.raises(OutOfRangeError, match="0 V reads"):
        retention_reads(1.0, read_voltage=0.0, first_read=1e-3, rise=1e-4)
    with pytest.raises(OutOfRangeError, match="first read"):
        retention_reads(1.0, read_voltage=0.01, first_read=2.0, rise=1e-4)


# ---- activation energy


def test_an_exact_law_gives_its_energy_prefactor_and_any_other_time() -> None:
    kelvin = np.array([330.0, 350.0, 370.0, 400.0])
    fit = arrhenius(kelvin, [1e-13 * np.exp(0.8 / _kt(k)) for k in kelvin])
    assert fit.activation_energy == pytest.approx(0.8, rel=1e-10)
    assert fit.prefactor == pytest.approx(1e-13, rel=1e-8)
    assert fit.standard_error < 1e-9
    there = fit.extrapolate(300.0)
    assert there.time == pytest.approx(1e-13 * np.exp(0.8 / _kt(300.0)), rel=1e-8)
    assert there.low == pytest.approx(there.high, rel=1e-6)


def test_three_points_have_the_error_of_the_textbook() -> None:
    """x = -1, 0, 1 (shifted), residuals e (1, -2, 1)/6: s^2 = e^2/6, error of the slope s/sqrt(2)."""
    x, e = np.array([30.0, 31.0, 32.0]), 0.3
    kelvin = ELEMENTARY_CHARGE / (BOLTZMANN * x)
    fit = arrhenius(kelvin, np.exp(0.5 * x - 20 + e * np.array([1, -2, 1]) / 6))
    assert fit.activation_energy == pytest.approx(0.5, rel=1e-10)
    assert fit.scatter == pytest.approx(e / np.sqrt(6), rel=1e-9)
    assert fit.standard_error == pytest.approx(e / np.sqrt(12), rel=1e-9)
    low, high = fit.interval(0.95)
    assert high - low == pytest.approx(2 * 12.7062 * e / np.sqrt(12), rel=1e-5)
    middle = fit.extrapolate(float(kelvin[1]))
    assert np.log(middle.high / middle.time) == pytest.approx(12.7062 * e / np.sqrt(18), rel=1e-5)


def test_nine_of_ten_intervals_hold_the_truth() -> None:
    """Of 400 fits with 20 % noise, 90 % intervals of the energy and of an extrapolated time hold it."""
    noise, kelvin = np.random.default_rng(5), np.linspace(320, 400, 6)
    truth = 1e-12 * np.exp(0.7 / _kt(300.0))
    hits = np.zeros(2)
    for _ in range(400):
        times = [1e-12 * np.exp(0.7 / _kt(k) + 0.2 * noise.standard_normal()) for k in kelvin]
        fit = arrhenius(kelvin, times)
        low, high = fit.interval(0.9)
        there = fit.extrapolate(300.0, 0.9)
        hits += [low < 0.7 < high, there.low < truth < there.high]
    assert np.all(np.abs(hits / 400 - 0.9) < 0.05)


def test_arrhenius_plot_reaches_the_other_temperature() -> None:
    import matplotlib

    matplotlib.use("Agg")
    fit = arrhenius([340.0, 360.0, 380.0], [1e3, 2e2, 5e1])
    ax = fit.plot(to_temperature=300.0)
    assert ax.get_yscale() == "log"
    assert np.max(ax.lines[0].get_xdata()) == pytest.approx(1e3 / 300.0)
    assert "eV" in ax.get_legend().get_texts()[0].get_text()
    assert retention(_trace(), programmed=1e-4).plot().get_xscale() == "log"
    matplotlib.pyplot.close("all")


def test_bad_arrhenius_data_are_named() -> None:
    with pytest.raises(OutOfRangeError, match="at least 3"):
        arrhenius([300, 310], [1, 2])
    with pytest.raises(OutOfRangeError, match=r"time \[s\]"):
        arrhenius([300, 310, 320], [1, 2, float("nan")])
    with pytest.raises(OutOfRangeError, match="different temperatures"):
        arrhenius([300, 300, 300], [1, 2, 3])
    with pytest.raises(IncompatibleError, match="equal lists"):
        arrhenius([300, 300, 300], [1, 2])
    with pytest.raises(OutOfRangeError, match="confidence"):
        arrhenius([300, 310, 320], [3, 2, 1]).extrapolate(280.0, 1.0)


def test_readings_below_their_round_off_bound_what_is_kept() -> None:
    trace = _trace(per_decade=20)
    error = np.full(trace.time.size, 1e-4 * READ)  # of a conductance of 0.1 mS
    noisy = Trace(trace.data.assign(current_error=("time", error, {"units": "A"})))
    with pytest.warns(ModelWarning, match="current of the readings is below its error by round-off"):
        m = retention(noisy, programmed=1e-4, criterion=0.5)
    assert m.retention_time == pytest.approx(retention(trace, programmed=1e-4, criterion=0.5).retention_time)
    assert m.kept == pytest.approx(0.1, rel=0.01)
