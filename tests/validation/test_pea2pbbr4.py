"""The (PEA)2PbBr4 crystal sets by the field alone at 10 pA, and light makes it forget."""

from __future__ import annotations

import math

import pytest

from studies.comparisons.compared import Compared
from studies.comparisons.pea2pbbr4 import LIT_RATE, compare
from studies.devices import pea2pbbr4 as crystal
from studies.protocols.shapes import Sweep


@pytest.fixture(scope="module")
def figures() -> dict[str, Compared]:
    return {row.name: row for row in compare()}


def test_a_whole_cone_has_the_resistance_of_its_law_and_could_carry_the_compliance_five_times() -> None:
    cone = math.pi * crystal.WIDE * crystal.NARROW / crystal.FILM
    expected = crystal.RICH.si(300.0) * cone
    assert expected == pytest.approx(5 * crystal.COMPLIANCE, rel=0.02)
    found = crystal.resistance(crystal.start(crystal.device(), gap=1e-3 * crystal.FILM))
    assert 1 / found == pytest.approx(expected, rel=0.3)


@pytest.mark.slow
def test_the_gap_closes_at_the_voltage_it_is_calibrated_to_carries_the_compliance_and_stays_cold() -> None:
    cell = crystal.device()
    trace, after = crystal.set_up(crystal.start(cell))
    assert crystal.set_voltage(trace) == pytest.approx(2.8, rel=0.02)
    assert trace.current.max() == pytest.approx(crystal.COMPLIANCE, rel=1e-3)
    assert 1 / crystal.resistance(after) == pytest.approx(crystal.COMPLIANCE, rel=0.2)
    assert trace.data["temperature_max"].values.max() < 300.01
    assert after.bias["top"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
def test_gold_has_to_be_negative_for_reset(figures: dict[str, Compared]) -> None:
    row = figures["V_reset"]
    assert row.status == "missed"
    assert -4 < row.simulated < 0


@pytest.mark.slow
def test_both_states_fade_before_a_thousand_seconds_and_light_takes_off_within_milliseconds(
    figures: dict[str, Compared],
) -> None:
    """A miss: published are 1e3 s. The carriers' own field makes vacancies spread twice as fast."""
    for name in ("lifetime of ON", "lifetime of OFF"):
        assert figures[name].status == "missed"
        assert 10 < figures[name].simulated < 1e3
    shift = math.exp((crystal.DARK - crystal.LIGHT) / 0.025852)
    ratio = figures["lifetime of OFF"].simulated / figures["lifetime of OFF under light"].simulated
    assert ratio == pytest.approx(shift, rel=0.2)


@pytest.mark.slow
def test_no_crystal_sets_in_a_sweep_that_is_faster_than_a_lit_one_forgets(
    figures: dict[str, Compared],
) -> None:
    """A lit one hops 3.5e5 times as often, but the field takes no more off a barrier than it is: 0.41 eV, not 0.74."""
    assert math.isnan(figures["V_set under light"].simulated)
    dark = crystal.device()
    trace = crystal.run(crystal.start(dark), Sweep(0, 3.2, 0, rate=LIT_RATE))
    assert math.isnan(crystal.set_voltage(trace))
