"""MAPbI3 under P(VDF-TrFE): volatile loops unpoled, a conductance that keeps the sign of its poling."""

from __future__ import annotations

import numpy as np
import pytest

from fem import equilibrium
from studies.comparisons import pvdf_mapbi3 as figures
from studies.comparisons.compared import Compared
from studies.devices import pvdf_mapbi3 as device


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_negative_gate_leaves_the_channel_on_and_it_stays_so() -> None:
    begin = equilibrium(device.device("sparse"))
    state = device.poled(begin, -device.POLING)
    on = device.read(state)
    assert on > 3 * device.read(begin) > 0
    assert device.read(device.rested(state, figures.KEPT)) == pytest.approx(on, rel=0.05)


def test_a_loop_sets_where_its_current_first_passes_the_level() -> None:
    time = np.linspace(0.0, 6 * device.LARGEST / device.RATE, 601)
    volts = np.asarray(device.ABOUT.protocol.voltage(time))
    current = volts / 2.0 * device.SET
    back = np.diff(np.abs(volts), prepend=0.0) < 0
    opened = np.where(back, 5.0, 1.0) * current
    assert device.set_voltages(time, volts, opened) == pytest.approx((2.0, -2.0, 2.0), rel=0.03)
    assert np.isnan(device.set_voltages(time, volts, 0.1 * opened)).all()
    assert np.isnan(device.set_voltages(time, volts, current)).all()  # closed


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    """The whole table, in four minutes."""
    return {row.name: row for row in figures.compare()}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_is_calibrated_and_the_sign_of_poling_sets_the_conductance(rows: dict[str, Compared]) -> None:
    assert not device.ABOUT.calibrated
    for pair in device.PAIRS:
        on = rows[f"G after -20 V, 60 s, over before, {pair}"].simulated
        off = rows[f"G after +20 V, 60 s, over before, {pair}"].simulated
        assert on > 3 and off < 0.1


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_only_dense_vacancies_make_a_loop_that_forgets(rows: dict[str, Compared]) -> None:
    after = {pair: rows[f"G after the loop over before, {pair}"].simulated for pair in device.PAIRS}
    later = {pair: rows[f"the same 1e4 s later, {pair}"].simulated for pair in device.PAIRS}
    assert abs(np.log(after["sparse"])) < abs(np.log(after["dense"]))
    assert later["dense"] == pytest.approx(1.0, abs=0.2)
