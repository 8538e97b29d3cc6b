"""MAPbI3 on buffers: TiO2 stops holes, PMMA that is closed stops all."""

from __future__ import annotations

import pytest

from fem.errors import UnknownNameError
from fem.units import nm
from studies.comparisons import mapbi3_buffer as figures
from studies.comparisons.compared import Compared
from studies.devices import mapbi3_buffer as device


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    """The whole table."""
    return {row.name: row for row in figures.compare()}


def test_titania_raises_on_off_to_within_a_factor_of_two_at_the_reading_that_was_chosen_for_it(
    rows: dict[str, Compared],
) -> None:
    assert rows["on/off, bare"].status == rows["on/off, TiO2"].status == "calibrated"
    assert 0.5 < rows["on/off, TiO2"].ratio < 2.0


def test_the_four_decades_of_the_other_paper_are_missed(rows: dict[str, Compared]) -> None:
    assert rows["OFF bare over OFF with TiO2"].status == "missed"
    others = [rows[f"the same at {v} V"].simulated for v in figures.OTHERS]
    assert max(others) < rows["OFF bare over OFF with TiO2"].simulated < 1e3


def test_each_nanometre_of_polymer_takes_decades(rows: dict[str, Compared]) -> None:
    drops = [rows[f"OFF bare over OFF with {d} nm of PMMA"].simulated for d in (2, 3, 5)]
    assert 10 < drops[0] < drops[1] / 100
    assert drops[1] / 10 < drops[2]


def test_thin_polymer_leaks_by_tunnelling_and_thick_one_by_its_conductivity() -> None:
    thin, thick = device.off_current("PMMA", 2 * nm), device.off_current("PMMA", 20 * nm)
    assert thick == pytest.approx(1e-13 * 0.5 / (20 * nm), rel=0.5)
    assert thin > 1e3 * thick


def test_an_unknown_buffer_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="ZnO"):
        device.device("ZnO")
