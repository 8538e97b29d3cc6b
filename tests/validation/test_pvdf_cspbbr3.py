"""A P(VDF-TrFE) gate on CsPbBr3: what one thickness, calibrated to the depression, gives and what it cannot."""

from __future__ import annotations

import numpy as np
import pytest

from fem import equilibrium
from studies.comparisons import pvdf_cspbbr3 as figures
from studies.comparisons.compared import Compared
from studies.devices import pvdf_cspbbr3 as device
from studies.devices.shared.ferroelectric_gates import REMANENT, mean_polarization, sheet_density, window


def test_remanence_holds_nearly_as_many_holes_as_it_has_charge() -> None:
    holes = sheet_density(equilibrium(device.line()), device.FILM)
    assert 0.9 < 1.602e-19 * holes / REMANENT.si() < 1.0


def test_a_positive_gate_depresses_the_conductance_a_little_by_each_pulse_and_a_negative_one_restores_it() -> (
    None
):
    down = figures.pulsed(device.DEPRESSION, device.WIDTH, 3)
    up = figures.pulsed(device.POTENTIATION, device.WIDTH, 1, down)
    lower = figures.conductance(down)
    assert np.all(np.diff(lower) < -2e-3) and lower[-1] > 0.9
    assert figures.conductance(up)[-1] == pytest.approx(1.0, abs=1e-3)
    assert mean_polarization(up.last, device.INSULATOR) == pytest.approx(-REMANENT.si(), rel=1e-3)


def test_a_third_more_voltage_switches_at_once() -> None:
    after = figures.conductance(figures.pulsed(20.0, device.WIDTH, 1))
    assert after[-1] < 1e-3


def test_the_channel_stays_as_it_is_without_a_voltage() -> None:
    down = figures.pulsed(device.DEPRESSION, device.WIDTH, 2)
    assert figures.kept(down, 1e4) == pytest.approx(1.0, abs=0.02)


def test_a_loop_has_the_window_between_its_passages() -> None:
    volts = np.array([-2.0, 0.0, 2.0, 0.0, -2.0])
    assert window(volts, np.array([1.0, 1e-1, 1e-3, 1e-3, 1.0]), 1e-2) == pytest.approx(1.0 + 2 / 3)
    assert window(volts, np.ones(5), 1e-2) == 0.0


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    """The whole table, in three minutes."""
    return {row.name: row for row in figures.compare()}


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_depression_is_calibrated_and_its_dependence_on_width_and_height_follows(
    rows: dict[str, Compared],
) -> None:
    calibrated = [row for row in rows.values() if row.status == "calibrated"]
    assert len(calibrated) == 1 and calibrated[0].simulated == pytest.approx(device.LEFT, rel=0.1)
    assert rows["G left after 50 x 15 V, 5 ms"].simulated > 0.5  # cannot fully reverse
    assert rows["pulses of 15 V, 100 ms to 5 %"].simulated <= 11
    assert rows["G left after one pulse of +20 V"].simulated < 0.01
    assert rows["G left after one pulse of +30 V"].simulated < 0.01
    assert rows["G kept of ON after 1e4 s"].simulated > 0.99


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_potentiation_and_the_off_current_are_missed(rows: dict[str, Compared]) -> None:
    assert rows["G after the first pulse of -30 V"].simulated > 0.99
    assert rows["on/off at 0 V, transistor"].ratio > 1e6


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_sweep_below_the_coercive_voltage_has_no_window(rows: dict[str, Compared]) -> None:
    found = [rows[f"window of +-{a:g} V, line"].simulated for a in figures.SWEEPS]
    assert found[0] == 0.0 and min(found[1:]) > 20.0
    assert found[-1] == pytest.approx(found[-2], rel=0.05)  # beyond it the window no longer grows
    whole = rows[f"window of +-{figures.WHOLE:g} V, transistor"].simulated
    assert whole == pytest.approx(found[2], rel=0.25)
