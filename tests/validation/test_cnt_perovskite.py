"""Nanotubes under a perovskite: light changes p- and n-type tubes oppositely, and vacancies wait for it."""

from __future__ import annotations

import pytest

from fem import Device
from studies.comparisons.cnt_perovskite import compare
from studies.comparisons.compared import Compared
from studies.devices import cnt_perovskite as tubes
from studies.devices.pea2sni4_phototransistor import flashes


@pytest.fixture(scope="module")
def p_type() -> Device:
    return tubes.device()


@pytest.fixture(scope="module")
def n_type() -> Device:
    return tubes.device(donors=tubes.DOPING)


@pytest.fixture(scope="module")
def figures() -> dict[str, Compared]:
    return {row.name: row for row in compare()}


def test_paired_pulses_are_as_calibrated(p_type: Device) -> None:
    assert tubes.paired(p_type) == pytest.approx(1.8, abs=0.01)


def test_light_raises_the_current_of_p_type_tubes_and_lowers_that_of_n_type_ones(
    p_type: Device, n_type: Device
) -> None:
    assert tubes.photocurrent(tubes.lit(p_type, flashes())) > 1e-8
    assert tubes.photocurrent(tubes.lit(n_type, flashes())) < -1e-8


def test_a_gate_that_inverts_the_tubes_turns_the_sign(n_type: Device) -> None:
    assert tubes.photocurrent(tubes.lit(n_type, flashes(), gate=-5.0)) > 0


def test_vacancies_stay_where_they_are_in_the_dark_and_move_in_light() -> None:
    begin = tubes.start(tubes.crystal_device(tubes.DOPING))
    before = tubes.conductance(begin)
    lit, dark = (
        abs(tubes.conductance(tubes.written(begin, tubes.GATE, 1.0, light=x)) / before - 1)
        for x in (1.0, 0.0)
    )
    assert dark < 1e-2 * lit


@pytest.mark.slow
def test_the_same_gate_in_light_changes_tubes_of_both_dopings_oppositely(
    figures: dict[str, Compared],
) -> None:
    for gate in ("+40", "-40"):
        p, n = (figures[f"a: change, {k}-type tubes, {gate} V in light"].simulated for k in "pn")
        assert p * n < 0


@pytest.mark.slow
def test_a_train_of_pulses_adds_up_and_more_light_adds_more(figures: dict[str, Compared]) -> None:
    names = [f"b: 500 pulses, {x} W/m^2" for x in (0.049, 0.48, 0.745)]
    assert all(figures[f"{name}: over one"].simulated > 2 for name in names)
    currents = [figures[f"{name}: current"].simulated for name in names]
    assert currents[0] < currents[1] < currents[2]


@pytest.mark.slow
def test_the_mean_light_stands_for_its_pulses(p_type: Device) -> None:
    train = tubes.photocurrent(tubes.train(p_type, 12, rest=0.1))
    pulses = tubes.photocurrent(
        tubes.lit(p_type, flashes(12, width=tubes.PULSE, interval=tubes.PERIOD - tubes.PULSE))
    )
    assert train == pytest.approx(pulses, rel=0.05)
