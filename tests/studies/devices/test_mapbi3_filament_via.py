"""The via with a filament: what one barrier, calibrated to V_set, gives and what it cannot."""

from __future__ import annotations

import math

import pytest

from fem.units import nm
from studies.comparisons import mapbi3_filament_via as figures
from studies.devices import mapbi3_filament_via as via
from studies.devices.shared.filament_runs import kept

COARSE = {"axis_size": 3 * nm, "size": 12 * nm, "growth": 1.3}


def test_a_coarse_cell_resets_below_and_sets_above_zero_near_the_published_voltages() -> None:
    run = via.loop(via.device(**COARSE))
    rows = {row.name: row for row in figures.loop_rows(run)}
    assert rows["V_set"].simulated == pytest.approx(0.6, abs=0.2)
    assert rows["V_reset"].simulated == pytest.approx(-1.5, abs=0.3)
    assert rows["on/off at 0.2 V"].simulated > 10
    assert rows["V_set"].status == "calibrated"
    assert {row.status for name, row in rows.items() if name != "V_set"} == {"predicted"}
    assert 320 < run.peak_temperature < 500


def test_retention_goes_with_the_barrier_as_arrhenius_says() -> None:
    times = []
    for barrier in (0.70, 0.76):
        cell = via.device(**COARSE, barrier=barrier)
        found = kept(via.start(cell), duration=1e4, first_read=1e-3)
        times.append(found.retention_time)
    assert times[1] / times[0] == pytest.approx(math.exp(0.06 / 0.025852), rel=0.03)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_table_has_v_reset_within_a_fifth_and_misses_the_switching_time() -> None:
    rows = {row.name: row for row in figures.compare()}
    assert rows["V_set"].ratio == pytest.approx(1.0, abs=0.05)
    assert rows["V_reset"].ratio == pytest.approx(1.0, abs=0.2)
    # The misses. If the 200 ns, of no printed voltage, are at 0.6 V: 1e5 s are 2e-12 apart, and no barrier gives that.
    assert abs(rows["part of SET by 200 ns at 0.6 V"].simulated) < 0.01
    assert rows["SET time at 0.6 V"].ratio > 1e6 * rows["retention at 300 K"].ratio
    assert rows["retention at 300 K"].ratio < 0.1
    assert rows["barrier for 1e5 s"].simulated - rows["barrier for 200 ns at 0.6 V"].simulated > 0.4
    # A RESET in 200 ns takes heat that no halide perovskite stands.
    assert rows["its peak temperature"].simulated > 1000


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_switching_voltages_and_reset_current_rise_with_the_sweep_rate() -> None:
    slow, middle, fast = figures.rate_trend(via.device())
    for k in range(3):
        assert abs(slow[k]) < abs(middle[k]) < abs(fast[k])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_higher_compliance_gives_a_stronger_filament_and_a_larger_ratio() -> None:
    found = figures.compliance_trend(via.device())
    resistances, ratios = zip(*found, strict=True)
    assert list(resistances) == sorted(resistances, reverse=True)
    assert list(ratios) == sorted(ratios)
