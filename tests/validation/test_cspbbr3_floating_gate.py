"""Light charges the crystals under pentacene, red light does not; tunnelling charges a metal gate in their place."""

from __future__ import annotations

import pytest

from fem import State, equilibrium, floating_charge
from studies.comparisons import pentacene_metal_gate as metal_table
from studies.comparisons.compared import Compared
from studies.comparisons.cspbbr3_floating_gate import compare
from studies.devices import cspbbr3_floating_gate as crystals
from studies.devices import pentacene_metal_gate as metal


@pytest.fixture(scope="module")
def dark() -> State:
    return equilibrium(crystals.device())


@pytest.fixture(scope="module")
def before(dark: State) -> float:
    return crystals.threshold(dark)


@pytest.fixture(scope="module")
def figures() -> dict[str, Compared]:
    return {row.name: row for row in compare()}


def test_light_shifts_the_threshold_as_calibrated(dark: State, before: float) -> None:
    lit = crystals.held(dark, crystals.EXPOSURE, light=1.0)
    assert crystals.threshold(lit) - before == pytest.approx(6.71, abs=0.05)


@pytest.mark.slow
def test_ten_times_less_light_shifts_it_less_but_more_than_a_tenth(dark: State, before: float) -> None:
    strong, weak = (crystals.threshold(crystals.held(dark, 10.0, light=x)) - before for x in (1.0, 0.1))
    assert 0.1 * strong < weak < strong


def test_light_that_pentacene_alone_absorbs_shifts_nothing() -> None:
    red = equilibrium(crystals.device(wavelength=630e-9))
    shift = crystals.threshold(crystals.held(red, 10.0, light=1.0)) - crystals.threshold(red)
    assert abs(shift) < 1e-3


def test_tunnelling_into_a_metal_gate_shifts_the_threshold_by_its_charge_over_the_oxide() -> None:
    cell = metal.device()
    fresh = crystals.threshold(equilibrium(cell))
    written = metal.programmed(cell)
    charge = floating_charge(written, "floating")
    assert charge > 0
    assert crystals.threshold(written) - fresh == pytest.approx(metal.divided(charge), rel=0.01)


@pytest.mark.slow
def test_a_larger_voltage_puts_more_charge_on_the_metal_gate() -> None:
    cell = metal.device()
    charges = [floating_charge(metal.programmed(cell, (v,)), "floating") for v in (-18.0, -22.0)]
    assert 0 < 3 * charges[0] < charges[1]


@pytest.mark.slow
def test_fowler_and_nordheims_current_keeps_the_charge_of_the_metal_gate_and_a_leak_does_not() -> None:
    left = {row.name: row.simulated for row in metal_table.compare()}
    assert left["metal gate: part left after 3000 s"] > 0.99
    assert left["metal gate: part left, leaking PMMA"] < 0.99


@pytest.mark.slow
def test_the_shift_grows_ever_more_slowly_with_the_exposure(figures: dict[str, Compared]) -> None:
    shifts = [figures[f"shift after {t} s"].simulated for t in (1, 10, 1200)]
    assert 0 < shifts[2] - shifts[1] < 2.2 * (shifts[1] - shifts[0])  # two decades after one


@pytest.mark.slow
def test_the_charge_is_kept_for_three_thousand_seconds_and_for_three_hours(
    figures: dict[str, Compared],
) -> None:
    assert figures["part of the shift after 3000 s"].simulated > 0.9
    late = figures["part of the shift after 10800 s"]
    assert late.simulated > 0.7 and late.published is None  # what is published is no threshold


@pytest.mark.slow
def test_hopping_without_a_gain_by_the_field_does_not_erase(figures: dict[str, Compared]) -> None:
    """What is published, and missed here: -50 V erases."""
    row = figures["part left by -50 V, 100 s"]
    assert row.status == "missed" and row.published is None
    assert row.simulated > 0.9
