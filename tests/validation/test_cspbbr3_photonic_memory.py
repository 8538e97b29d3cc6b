"""CsPbBr3 dots between PMMA: light lowers both voltages of switching, by what the dots bear in the dark."""

from __future__ import annotations

import math

import pytest

from fem import Device, materials
from fem.units import nm
from studies.comparisons import cspbbr3_photonic_memory as figures
from studies.devices import cspbbr3_photonic_memory as memory


@pytest.fixture(scope="module")
def cell() -> Device:
    return memory.device()


@pytest.fixture(scope="module")
def voltages(cell: Device) -> tuple[float, float, float]:
    """V_set lit, V_reset dark and lit."""
    return figures.voltages(cell)


def test_the_dark_field_is_that_of_three_dielectrics_in_series(cell: Device) -> None:
    built_in = materials.ITO.si("work_function") - materials.SILVER.si("work_function")
    volts = 2.3 + built_in / 1.602176634e-19
    whole = 2 * memory.POLYMER + memory.FILM * 3.6 / 9.0
    assert memory.threshold(cell) == pytest.approx(volts / whole, rel=1e-4)


def test_the_dark_set_is_as_calibrated_and_the_text_has_its_field(cell: Device) -> None:
    field = memory.threshold(cell)
    assert memory.switching(cell, field) == pytest.approx(2.3, abs=1e-3)
    assert f"{field:.1e}".replace("e+0", "e") in memory.ABOUT.calibrated["field"]


def test_light_lowers_both_voltages_as_published_within_three_tenths_of_a_volt_each(
    voltages: tuple[float, float, float],
) -> None:
    lit, reset, lit_reset = voltages
    published = {name: figure.value for name, figure in memory.ABOUT.reported.items()}
    fall = published["V_set"] - published["V_set, lit"]
    assert 2.3 - lit == pytest.approx(fall, abs=0.3)
    fall = published["V_reset, lit"] - published["V_reset"]
    assert lit_reset - reset == pytest.approx(fall, abs=0.3)
    assert abs(lit - published["V_set, lit"]) < figures.WITHIN


def test_the_field_of_the_set_misses_the_reset_by_half_a_volt(voltages: tuple[float, float, float]) -> None:
    assert -3.3 < voltages[1] < -3.1


def test_voltages_do_not_depend_on_the_mesh(voltages: tuple[float, float, float]) -> None:
    assert figures.voltages(memory.device(fine=0.5)) == pytest.approx(voltages, abs=0.01)


def test_more_light_sets_at_less_voltage_and_a_little_at_that_of_the_dark(
    cell: Device, voltages: tuple[float, float, float]
) -> None:
    found = [one.simulated for one in figures.intensity_rows(cell)]
    assert found[0] == pytest.approx(2.3, abs=0.05)
    assert found[0] > found[1] > found[2] > voltages[0] > found[3]


def test_what_light_does_goes_with_the_share_of_the_dots() -> None:
    thin, thick, other = (one.simulated for one in figures.thickness_rows())
    assert thin - thick > 0.5
    assert other < thin


def test_vacancies_that_move_under_light_do_what_pairs_do_and_those_that_move_in_the_dark_leave_nothing() -> (
    None
):
    lit, dark = (one.simulated for one in figures.vacancy_rows())
    assert 0.5 < 2.3 - lit < 1.5
    assert dark == pytest.approx(2.3, abs=0.01)


def test_thin_polymer_lets_light_alone_bring_the_field() -> None:
    cell = memory.device(polymer=3 * nm)
    assert memory.switching(cell, memory.threshold(cell), 1.0) == pytest.approx(0.0, abs=1e-3)


def test_a_field_that_never_comes_is_not_a_number(cell: Device) -> None:
    assert math.isnan(memory.switching(cell, 1e9))
