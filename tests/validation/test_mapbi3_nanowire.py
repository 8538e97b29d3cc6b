"""The MAPbI3 nanowire switches within a nanosecond, cools through alumina, and forgets its OFF state."""

from __future__ import annotations

import math

import pytest

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from studies.comparisons.compared import Compared
from studies.comparisons.mapbi3_nanowire import AMPLITUDES, compare
from studies.devices import mapbi3_nanowire as nanowire


@pytest.fixture(scope="module")
def figures() -> dict[str, Compared]:
    return {row.name: row for row in compare()}


def test_silver_closes_the_gap_within_a_nanosecond() -> None:
    wire = nanowire.device(fine=0.5e-9)
    begin = nanowire.start(wire)
    run = nanowire.switch(begin, 1.8, 3e-10)
    assert run.time < 1e-9
    assert nanowire.resistance(begin) > 1e4 * nanowire.resistance(run.after)
    assert run.energy < run.pulse_energy < 1e-13
    assert 300 < run.peak < 600


def test_a_wire_without_silver_has_the_resistance_of_its_cylinder() -> None:
    wire = nanowire.device(fine=0.5e-9)
    share = nanowire.BARE.si() / nanowire.CONNECTED.si()
    warmth = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    poor, rich = nanowire.POOR.value, nanowire.RICH.value
    energy = poor.activation_energy + share * (rich.activation_energy - poor.activation_energy)
    prefactor = poor.prefactor + share * (rich.prefactor - poor.prefactor)
    area = math.pi * (nanowire.DIAMETER / 2) ** 2
    cylinder = nanowire.LENGTH / (prefactor * math.exp(-energy / warmth) * area)
    found = nanowire.resistance(nanowire.start(wire, nanowire.LENGTH))
    assert found == pytest.approx(cylinder, rel=1e-3)


@pytest.mark.slow
def test_switching_is_exponential_in_the_field(figures: dict[str, Compared]) -> None:
    times = [figures[f"SET time at {v} V"].simulated for v in AMPLITUDES]
    assert times[0] > 2.5 * times[1] > 15 * times[2]
    assert 0.19 < figures["V_set of a pulse of 100 ps"].simulated < 4.8
    assert -3.6 < figures["V_reset at 1 MV/s"].simulated < -0.078


@pytest.mark.slow
def test_the_pore_keeps_on_for_years_but_ions_of_silver_do_not_keep_off(figures: dict[str, Compared]) -> None:
    assert figures["ON kept after 8.7e+07 s"].simulated > 0.5
    assert figures["lifetime of OFF"].simulated < 1e-5
    assert figures["barrier that keeps OFF as long"].simulated > 1.0


@pytest.mark.slow
def test_alumina_cools_the_wire(figures: dict[str, Compared]) -> None:
    without = figures["cooling to 1/e, 10 nm, matrix without heat"].simulated
    assert without > 20 * figures["cooling to 1/e, 10 nm"].simulated
    assert figures["peak, 10 nm"].simulated < figures["peak, 200 nm"].simulated
