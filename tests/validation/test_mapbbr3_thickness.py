"""MAPbBr3 of two thicknesses: vacancies that follow the sweep leave no memory, those that lag behind do."""

from __future__ import annotations

import math

import pytest

from fem.units import nm
from studies.comparisons import mapbbr3_thickness as figures
from studies.comparisons.compared import Compared
from studies.devices import mapbbr3_thickness as device

COARSE = 0.5  #: cells twice as large as those of the table


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    """The whole table."""
    return {row.name: row for row in figures.compare()}


def test_the_thick_film_switches_at_its_faces_and_the_thin_one_does_not() -> None:
    thick, thin = (device.loop(t, finer=COARSE) for t in (device.THICK, device.THIN))
    assert thick.on_off > 1e4
    assert thin.on_off < 2
    assert thick.moved < 0.5 < thin.moved < 1.0
    assert thick.hill_outward > 0.3 > 10 * thin.hill_outward


def test_more_current_flows_where_the_hill_is_lower() -> None:
    thick = device.loop(device.THICK, finer=COARSE)
    assert thick.hill_back == pytest.approx(0.0, abs=0.01)
    lowered = math.log(thick.on_off) * 0.02585
    assert lowered == pytest.approx(thick.hill_outward - thick.hill_back, rel=0.2)


def test_an_onset_outside_of_the_thicknesses_is_not_a_number() -> None:
    assert math.isnan(device.onset((device.THICK,)))


@pytest.mark.slow
def test_the_faces_switch_from_a_thickness_on_that_lies_between_those_published(
    rows: dict[str, Compared],
) -> None:
    found = rows["thickness from which faces switch"]
    assert found.status == "predicted"
    assert (found.published, found.up_to) == (350.0, 1000.0)
    assert found.simulated == pytest.approx(519, rel=0.05)


@pytest.mark.slow
def test_the_switching_voltage_is_that_of_half_the_cells(rows: dict[str, Compared]) -> None:
    whole, half = (rows[f"V_set of 1000 nm{cells}"].simulated for cells in ("", ", half the cells"))
    assert whole == pytest.approx(half, rel=1e-3)
    assert rows["on/off of 1000 nm"].simulated == pytest.approx(
        rows["on/off of 1000 nm, half the cells"].simulated, rel=0.02
    )


@pytest.mark.slow
def test_the_thickness_goes_with_the_rate_and_the_state_is_lost(rows: dict[str, Compared]) -> None:
    assert rows["on/off of 350 nm at 1.6 V/s"].simulated > 5
    assert rows["the thickness, 16 times faster"].status == "missed"
    assert rows["the thickness, 16 times faster"].simulated < 350
    assert rows["on/off of 1000 nm at 0.01 V/s"].simulated < 1
    assert rows["on/off of 1000 nm, 100 s at 0 V"].simulated < 1e-4 * device.lasting(1000 * nm, 1.0)
