"""Ion-gel gate on (PEA)2SnI4: the double layer draws holes below 2 V, and what EMIM+ does is remembered."""

from __future__ import annotations

import numpy as np
import pytest

from fem import steady
from fem.device.state import State
from fem.errors import OutOfRangeError, UnknownNameError
from studies.comparisons.compared import Compared
from studies.comparisons.ion_gel import compare
from studies.devices import ion_gel as gel


@pytest.fixture(scope="module")
def begin() -> State:
    return gel.start(gel.line())


def test_a_gel_draws_hundreds_of_times_the_holes_of_an_oxide_below_two_volts() -> None:
    wet, dry = (np.diff(gel.charged(gate, [0.0, -0.5, -1.0, -2.0])) for gate in gel.GATES)
    assert (wet > 0).all() and (dry > 0).all()
    assert (wet / dry > 100).all()


def test_a_positive_pulse_lowers_and_a_negative_one_raises_what_is_read_after_it(begin: State) -> None:
    conductance = gel.pulse_train(begin, [1.0, 1.0, -1.0])
    assert len(conductance) == 4
    assert conductance[0] > conductance[1] > conductance[2] < conductance[3]
    assert 1 - conductance[2] / conductance[0] > 1e-4


def test_without_uptake_nothing_is_remembered() -> None:
    dry = gel.start(gel.line(uptake=False), duration=1.0)
    assert gel.pulse_train(dry, [1.0, -1.0]) == pytest.approx(gel.conductance(dry), rel=1e-6)
    oxide = gel.start(gel.line("SiO2"), duration=1.0)
    assert gel.pulse_train(oxide, [-1.0]) == pytest.approx(gel.conductance(oxide), rel=1e-6)


def test_ions_that_go_into_the_film_are_those_that_the_gel_loses(begin: State) -> None:
    ions = gel.pulse_train(begin, [1.0], lambda state: state.ion_inventory(gel.EMIM.name))
    both = gel.pulse_train(
        begin, [1.0], lambda state: sum(state.ion_inventory(name) for name in ("cation", gel.EMIM.name))
    )
    assert ions[1] > 1.01 * ions[0]
    assert both[1] == pytest.approx(both[0], rel=1e-9)
    anions = gel.pulse_train(begin, [1.0], lambda state: state.ion_inventory("anion"))
    assert anions[1] == pytest.approx(anions[0], rel=1e-12)


def test_nonlinearity_is_the_distance_from_the_straight_line() -> None:
    assert gel.nonlinearity(np.linspace(3.0, 1.0, 11)) == pytest.approx(0.0, abs=1e-12)
    assert gel.nonlinearity(np.array([0.0, 1.0, 1.0])) == pytest.approx(0.5)


def test_bad_input_is_one_clear_error(begin: State) -> None:
    with pytest.raises(UnknownNameError, match="gate medium"):
        gel.line("water")
    with pytest.raises(OutOfRangeError, match="number of pulses"):
        gel.pulse_train(begin, [])


def test_nothing_is_called_calibrated() -> None:
    assert not gel.ABOUT.calibrated
    assert {"velocity", "partition", "transfer coefficient"} <= set(gel.ABOUT.assumed)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_middle_of_a_transistor_remembers_a_pulse_as_the_line_does() -> None:
    """In two dimensions; the drain current is less than the line's, as contacts without many holes limit it."""
    device, seen = gel.device(), list[State]()

    def read(state: State) -> float:
        seen.append(state)
        return gel.conductance(state)

    def drain(state: State) -> float:
        biased = steady(
            device, {**state.bias, "drain": -0.01}, start=state, frozen_ions=True, options=gel.OPTIONS
        )
        return -biased.current("drain") / 0.01

    found = gel.pulse_train(gel.start(device, duration=10.0), [0.5], read)
    expected = gel.pulse_train(gel.start(gel.line(), duration=10.0), [0.5])
    assert found[0] == pytest.approx(expected[0], rel=0.02)
    assert 1 - found[1] / found[0] == pytest.approx(1 - expected[1] / expected[0], rel=0.3)
    whole = expected[0] * gel.LENGTH / 2e-6
    assert 0.2 * whole < drain(seen[0]) < whole
    assert drain(seen[1]) < drain(seen[0])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_updates_are_linear_only_where_the_double_layer_does_not_drive_the_ions_out() -> None:
    rows: dict[str, Compared] = {row.name: row for row in compare(pulses=20)}
    assert [name for name, row in rows.items() if row.status == "missed"] == ["nonlinearity, -1 V"]
    assert rows["capacitance, 0 to -1 V"].ratio > 1.0
    assert rows["nonlinearity, +1 V"].simulated < 0.15
    assert rows["nonlinearity, -1 V"].simulated > 0.5
    assert 0 < rows["share kept after 10 s"].simulated < 1
    assert rows["change after 2 pulses of -1 V, SiO2"].simulated < 1e-6
