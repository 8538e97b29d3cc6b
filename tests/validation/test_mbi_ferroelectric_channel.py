"""A ferroelectric channel: the window follows the active polarisation, if its upper face is balanced, and no P_r."""

from __future__ import annotations

import numpy as np
import pytest

from studies.comparisons import mbi_ferroelectric_channel as figures
from studies.comparisons.compared import Compared
from studies.devices import mbi_ferroelectric_channel as device


def test_a_balanced_channel_is_on_after_a_positive_gate_by_up_to_twice_p_over_the_oxide() -> None:
    limit = 2 * device.ACTIVE / figures.capacitance()
    found = device.line_window()
    assert found == pytest.approx(device.ABOUT.reported["window"].value, rel=0.05)  # calibrated
    assert 0.5 * limit < found < limit


def test_without_polarisation_there_is_no_window_and_with_less_a_smaller_one() -> None:
    assert abs(device.line_window(0.0)) < 1e-4
    half = device.line_window(0.5 * device.ACTIVE)
    assert 0.3 * device.line_window() < half < 0.7 * device.line_window()


def test_the_window_grows_with_the_amplitude() -> None:
    found = [device.line_window(amplitude=a) for a in (2.0, 5.0, 10.0)]
    assert np.all(np.diff(found) > 0.05)


def test_an_oxide_cannot_balance_the_remanent_polarisation() -> None:
    _, holes, states = device.loop(device.line(device.REMANENT.si()))
    _, plain, _ = device.loop(device.line(0.0))
    reached = max(float(np.abs(state.polarization()).max()) for state in states)
    assert reached < 2 * figures.capacitance() * device.AMPLITUDE < 0.05 * device.REMANENT.si()
    assert holes.max() < plain.max()  # what turns P makes no channel


def test_traps_explain_what_a_swing_is_above_its_limit() -> None:
    assert figures.trap_density(0.0595) < 0.05 * figures.trap_density(0.067)
    assert figures.trap_density(0.067) == pytest.approx(2.7e14, rel=0.02)


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    """The whole table, in half a minute."""
    return {row.name: row for row in figures.compare()}


@pytest.mark.slow
def test_a_free_upper_face_leaves_no_window(rows: dict[str, Compared]) -> None:
    assert abs(rows["window at +-10 V, upper face free"].simulated) < 0.05


@pytest.mark.slow
def test_the_swing_is_that_of_an_oxide_without_traps_and_states_are_kept(rows: dict[str, Compared]) -> None:
    assert 0.0595 < rows["swing"].simulated < 0.063
    for volts in ("+10", "-10"):
        assert rows[f"holes kept for 1e4 s after {volts} V"].simulated == pytest.approx(1.0, abs=0.02)
    assert [row.name for row in rows.values() if row.status == "calibrated"] == ["window at +-10 V, line"]
