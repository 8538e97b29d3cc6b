"""An array of cells with states moves as each cell would, obeys the circuit around it, and keeps energy and heat."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError
from studies.arrays.cell_array import CellArray, Lines
from studies.arrays.cells import Cells, InSeries
from studies.arrays.coupling import Heating, HeatingInTime, Migration
from studies.arrays.crosstalk.rising import ThermalNetwork
from studies.arrays.netlist import run_ngspice, to_netlist
from studies.arrays.schemes import Drive, line_voltages
from studies.arrays.stepping import Run, apply
from studies.compact.export.spice import find_ngspice
from studies.compact.families import known
from studies.compact.family import Declared, Family
from studies.compact.model import CompactModel
from studies.protocols.shapes import Pulse, Sweep
from tests.benchmarks.arrays_rows.states import COMPARED, in_time
from tests.family_values import LOOP, LOOPS, VALUES, model

ALONE = [name for name in VALUES if name not in ("transistor synapse", "filament gap")]


def pulse(array: CellArray, rows: object, columns: object, voltage: float, scheme: str = "V/2") -> Drive:
    """Return a pulse of 50 ms on these lines."""
    words, bits = line_voltages(scheme, array.shape, rows, columns, voltage)  # type: ignore[arg-type]
    share = np.array([0.0, 1.0, 1.0, 0.0])
    return Drive(np.array([0.0, 0.005, 0.055, 0.06]), np.outer(share, words), np.outer(share, bits))


@pytest.mark.parametrize("name", ALONE)
def test_an_array_of_one_cell_is_the_cell(name: str) -> None:
    array = CellArray(cells=Cells.of(model(name), (1, 1)))
    protocol = LOOPS.get(name, LOOP)
    run = apply(array, array.start(), Drive.of([1.0], [0.0], protocol)).record
    alone = model(name).simulate(protocol, times=run.time.values)
    off = np.abs(run.input_current.values[:, 0] - alone.current).max()
    assert off < 2e-3 * np.abs(alone.current).max()
    np.testing.assert_allclose(run.input_current.values[:, 0], run.output_current.values[:, 0], rtol=1e-9)


def test_steps_converge_with_their_tolerance() -> None:
    array = CellArray(cells=Cells.of(model("threshold (VTEAM)"), (1, 1)))
    protocol = Sweep(0, 1, -1, 0, rate=0.5)
    exact = model("threshold (VTEAM)").simulate(protocol)
    ends = []
    for tolerance in (1e-3, 1e-5, 1e-7):
        run = apply(array, array.start(), Drive.of([1.0], [0.0], protocol), tolerance=tolerance)
        ends.append(abs(float(array.state_of(run.state, "s")[0, 0]) - float(exact.data["s"][-1])))
    assert ends[2] < 1e-5
    assert ends[2] < 0.1 * ends[1] or ends[1] < 1e-6


def test_a_capacitor_of_a_line_charges_through_its_resistors() -> None:
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    array = CellArray(cells=Cells.of(cells, (1, 1), {"R_on": 1e12, "R_off": 1e12}),
                      lines=Lines(word_resistance=1e3, word_capacitance=1e-9))  # fmt: skip
    times = np.array([0.0, 1e-9, 3e-6])
    run = apply(array, array.start(), Drive(times, np.array([[0.0], [1.0], [1.0]]), np.zeros((3, 1))))
    later = run.record.time.values > 1e-8
    current = run.record.input_current.values[later, 0]
    expected = np.exp(-(run.record.time.values[later] - 0.5e-9) / 1e-6) / 1e3
    np.testing.assert_allclose(current, expected, rtol=2e-3, atol=1e-7)
    assert run.energy == pytest.approx(1e-9, rel=0.05)  # C V^2 from the source


def test_lines_charge_in_steps_that_their_own_voltages_ask_for() -> None:
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    array = CellArray(cells=Cells.of(cells, (1, 1), {"R_on": 1e12, "R_off": 1e12}),
                      lines=Lines(word_resistance=1e3, word_capacitance=1e-9))  # fmt: skip
    drive = Drive(np.array([0.0, 1e-9, 3e-6]), np.array([[0.0], [1.0], [1.0]]), np.zeros((3, 1)))
    run = apply(array, array.start(), drive)
    later = run.record.time.values > 1e-8
    expected = np.exp(-(run.record.time.values[later] - 0.5e-9) / 1e-6) / 1e3
    np.testing.assert_allclose(run.record.input_current.values[later, 0], expected, atol=1e-6, rtol=0)
    assert run.energy == pytest.approx((1 - np.exp(-3.0)) * 1e-9, rel=1e-3)


@pytest.mark.parametrize("capacitance", [1e-15, 1e-12])
@pytest.mark.parametrize(("scheme", "shape"), [("V/2", (3, 3)), ("floating", (3, 3)), ("V/2", (5, 4))])
def test_drivers_get_back_what_lines_stored_and_pay_what_resistors_take(
    capacitance: float, scheme: str, shape: tuple[int, int]
) -> None:
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    lines = Lines(word_resistance=5.0, bit_resistance=5.0, word_capacitance=capacitance,
                  bit_capacitance=capacitance)  # fmt: skip
    array = CellArray(cells=Cells.of(cells, shape, {"R_on": 1e9, "R_off": 1e9}), lines=lines)
    words, bits = line_voltages(scheme, shape, 0, 0, 1.0)
    share = np.array([0.0, 1.0, 1.0, 0.0])
    drive = Drive(np.array([0.0, 1e-9, 2e-8, 2.1e-8]), np.outer(share, words), np.outer(share, bits))
    coarse, fine = (apply(array, array.start(), drive, longest=longest).energy for longest in (np.inf, 2e-10))
    assert coarse > 0
    assert coarse == pytest.approx(fine, rel=1e-2, abs=0)


def charged(times: list[float], levels: list[float], **more: float) -> Run:
    """Return what a drive does to a word line of 1 kOhm and 1 nF with a cell that hardly conducts."""
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    array = CellArray(cells=Cells.of(cells, (1, 1), {"R_on": 1e12, "R_off": 1e12}),
                      lines=Lines(word_resistance=1e3, word_capacitance=1e-9))  # fmt: skip
    return apply(
        array,
        array.start(),
        Drive(np.array(times), np.array(levels)[:, None], np.zeros((len(times), 1))),
        **more,
    )


def test_the_tolerance_holds_for_line_voltages_that_no_state_follows() -> None:
    off = []
    for tolerance in (1e-4, 1e-6):
        record = charged([0.0, 1e-7, 3e-6], [0.0, 1.0, 1.0], tolerance=tolerance).record
        t, tau, rise = record.time.values, 1e-6, 1e-7
        up, later = (
            (t - tau * (1 - np.exp(-t / tau))) / rise,
            1 - tau / rise * np.expm1(rise / tau) * np.exp(-t / tau),
        )
        exact = (np.minimum(t / rise, 1.0) - np.where(t < rise, up, later)) / 1e3
        off.append(float(np.abs(record.input_current.values[1:, 0] - exact[1:]).max()) * 1e3)
    assert off[0] < 5e-3
    assert off[1] < 2e-4


def test_a_capacitance_gives_back_all_but_the_heat_of_its_resistor() -> None:
    rise, tau = 1e-4, 1e-6
    run = charged([0.0, rise, 11 * rise, 12 * rise, 20 * rise], [0.0, 1.0, 1.0, 0.0, 0.0])
    heat = 2 * 1e-9 * tau / rise * (1 - tau / rise)  # C V^2 tau/rise in each edge, less what its ends lack
    assert run.energy == pytest.approx(heat, rel=5e-3, abs=0)


def test_energy_of_the_drivers_is_what_resistors_turn_into_heat() -> None:
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    array = CellArray(cells=Cells.of(cells, (2, 2), {"R_on": 500.0, "R_off": 500.0}))
    run = apply(array, array.start(), pulse(array, 0, 0, 1.0, "grounded"))
    # a row of two cells of 500 Ohm at a trapezoid of 1 V: 50 ms on top, a third of each edge
    assert run.energy == pytest.approx(2 / 500.0 * (0.05 + 2 * 0.005 / 3), rel=1e-6)


def test_states_of_cells_without_a_voltage_stay() -> None:
    array = CellArray(cells=Cells.of(model("threshold (VTEAM)"), (3, 3)))
    before = array.start()
    after = apply(array, before, pulse(array, 1, 1, 0.7)).state
    moved = np.abs(array.state_of(after, "s") - array.state_of(before, "s"))
    assert moved[1, 1] > 1e-3
    assert moved[0, 0] < 1e-12
    assert after.time == pytest.approx(before.time + 0.06)


@pytest.mark.parametrize("name", ["threshold (VTEAM)", "rectifying"])
def test_an_array_in_time_agrees_with_ngspice(name: str) -> None:
    assert in_time(name, 4, tolerance=1e-5) < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPARED)
def test_arrays_of_every_family_agree_with_ngspice(name: str) -> None:
    assert in_time(name, 4 if name == "filament gap" else 8) < 1e-3


def test_a_netlist_begins_with_the_states_of_the_array() -> None:
    find_ngspice()
    array = CellArray(cells=Cells.of(model("linear drift"), (2, 2)), lines=Lines(word_resistance=5.0))
    state = array.with_state(array.start(), "w", [[0.2, 0.8], [0.5, 0.1]])
    still = Drive(np.array([0.0, 1e-6]), np.full((2, 2), 0.01), np.zeros((2, 2)))
    ours = array.read(state, [0.01, 0.01], [0.0, 0.0]).output_current.values
    np.testing.assert_allclose(run_ngspice(array, state, still).output_current[0], ours, rtol=1e-6)


def test_floating_lines_have_no_source_in_a_netlist() -> None:
    array = CellArray(cells=Cells.of(model("linear drift"), (2, 3)))
    text = to_netlist(array, array.start(), pulse(array, 0, 1, 1.0, "floating"))
    sources = [line.split()[0] for line in text.splitlines() if line.startswith("V")]
    assert sources == ["Vw0", "Vb1"]
    warm = replace(array, heating=Heating(np.ones((6, 6))))
    with pytest.raises(IncompatibleError, match="no heat"):
        to_netlist(warm, warm.start(), pulse(array, 0, 1, 1.0))


def test_heat_of_a_neighbour_speeds_up_a_hot_switch() -> None:
    gap = CompactModel.from_values(VALUES["filament gap"] | {"start": 0.5}, "A", known("filament gap"))
    resistance = np.zeros((2, 2))
    resistance[1, 0] = 3e5  # cell 0 warms cell 1
    moved, rises = [], []
    for heating in (None, Heating(resistance)):
        array = CellArray(cells=Cells.of(gap, (1, 2)), heating=heating)
        state = array.with_state(array.start(), "g", [[0.0, 0.6e-9]])  # a low and a high one
        run = apply(array, state, pulse(array, 0, [0, 1], 0.25, "grounded"))
        moved.append(array.state_of(state, "g")[0, 1] - array.state_of(run.state, "g")[0, 1])
        rises.append(float(run.record["highest_rise"].max()))
    assert rises[0] == 0.0
    assert 5.0 < rises[1] < 200.0
    assert moved[1] > 1.2 * moved[0] > 0


HOT = Family(
    name="warm conductor", source="a test", states={}, current="G*exp(E/8.617333e-5*(1/300 - 1/T))*v",
    parameters={
        "G": Declared(unit="{S}", meaning="conductance at 300 K", lower=1e-12, upper=1.0),
        "E": Declared(unit="eV", meaning="activation energy", lower=0.0, upper=5.0),
    },
)  # fmt: skip


def warm_pair(resistance: float, first: float) -> float:
    """Return the rise [K] of two cells that warm each other, under 1 V from ``first`` on."""
    cells = Cells.of(CompactModel.from_values({"G": 1e-4, "E": 0.3}, "A", HOT), (1, 2))
    array = CellArray(cells=cells, heating=Heating(np.array([[0.0, resistance], [resistance, 0.0]])))
    drive = Drive(np.array([0.0, 1e-3, 1e-2]), np.array([[first], [1.0], [1.0]]), np.zeros((3, 2)))
    return float(apply(array, array.start(), drive).state.rise.max())


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_cells_that_warm_each_other_settle_where_heat_and_conductance_agree(first: float) -> None:
    rise = 0.0
    for _ in range(200):
        rise = 1e5 * 1e-4 * np.exp(0.3 / 8.617333e-5 * (1 / 300 - 1 / (300 + rise)))
    assert warm_pair(1e5, first) == pytest.approx(rise, abs=0.3)


@pytest.mark.parametrize("resistance", [2e5, 3e5, 1e6])
def test_heat_that_runs_away_is_no_result(resistance: float) -> None:
    with pytest.raises(ConvergenceError, match="heat each other"):
        warm_pair(resistance, 0.0)


def test_the_rise_is_that_of_the_powers_at_the_end() -> None:
    resistance = np.array([[0.0, 2e3], [2e3, 0.0]])
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    array = CellArray(cells=Cells.of(cells, (1, 2), {"R_on": 1e3, "R_off": 1e3}), heating=Heating(resistance))
    drive = Drive(np.array([0.0, 0.01, 0.02]), np.array([[0.0], [1.0], [1.0]]), np.zeros((3, 2)))
    run = apply(array, array.start(), drive)
    np.testing.assert_allclose(run.state.rise, 2e3 * 1e-3, atol=0.06)


def test_what_a_cell_gains_its_neighbours_lose_by_their_share() -> None:
    migration = Migration("s", np.array([[0.0, -0.1, 0.0], [-0.1, 0.0, -0.1], [0.0, -0.1, 0.0]]), 0.0, 1.0)
    after, before = np.full((3, 3), 0.5), np.full((3, 3), 0.5)
    after[1, 1] = 0.9
    moved = migration.moved(before, after)
    np.testing.assert_allclose(moved[[0, 1, 1, 2], [1, 0, 2, 1]], 0.5 - 0.04)
    np.testing.assert_allclose(moved[[0, 0, 2, 2], [0, 2, 0, 2]], 0.5)
    assert moved[1, 1] == pytest.approx(0.9)
    array = CellArray(cells=Cells.of(model("threshold (VTEAM)"), (3, 3)), migration=migration)
    start = array.start()
    run = apply(array, start, pulse(array, 1, 1, 0.7))
    change = array.state_of(run.state, "s") - array.state_of(start, "s")
    assert change[0, 1] == pytest.approx(-0.1 * change[1, 1], rel=0.05)
    assert abs(change[0, 0]) < 1e-9


def test_a_neighbour_gains_the_share_of_its_own_side() -> None:
    shares = np.zeros((3, 3))
    shares[1, 2], shares[0, 1] = 0.25, 0.5  # to the right, and to the row above
    before, after = np.full((3, 3), 0.4), np.full((3, 3), 0.4)
    after[1, 1] = 0.8
    moved = Migration("s", shares, 0.0, 0.55).moved(before, after)
    expected = after.copy()
    expected[1, 2], expected[0, 1] = 0.5, 0.55  # the latter at its end
    np.testing.assert_allclose(moved, expected, atol=1e-15)


def test_the_displacement_current_of_a_cell_flows_through_its_lines() -> None:
    cell = CompactModel.from_values(
        VALUES["chemical inductor"] | {"g_low": 1e-12, "g_high": 1e-11}, "A", known("chemical inductor")
    )
    array = CellArray(cells=Cells.of(cell, (1, 1)), lines=Lines(word_resistance=1e3))
    drive = Drive(np.array([0.0, 1e-3]), np.array([[0.0], [0.1]]), np.zeros((2, 1)))
    run = apply(array, array.start(), drive, tolerance=1e-6).record
    expected = 1e-8 * 100.0 * (1 - np.exp(-run.time.values / 1e-5))  # a capacitor of 10 nF behind 1 kOhm
    np.testing.assert_allclose(run.output_current[:, 0], expected, atol=2e-9, rtol=0)


def test_a_selector_in_series_takes_what_the_cell_leaves() -> None:
    memory = model("linear drift")
    diode = model("rectifying")
    frozen = diode.from_values(
        {**VALUES["rectifying"], "V_on": 50.0, "V_off": 50.0, "w_start": 1.0}, "A", diode.family
    )
    array = CellArray(cells=InSeries(Cells.of(memory, (2, 2)), Cells.of(frozen, (2, 2))))
    state = array.start()
    for volts in (0.8, -0.8):
        current = float(array.currents(state, np.full((2, 2), volts))[0, 0])
        own = memory.family.conducted(memory.values(), 1.0, {"w": 0.1})
        left = volts - current / float(own)  # the memory is linear
        law = frozen.family.conducted(frozen.values(), left, {"w": 1.0})
        assert current == pytest.approx(float(law), rel=1e-6)
    forward, back = (abs(float(array.currents(state, np.full((2, 2), v))[0, 0])) for v in (0.8, -0.8))
    assert forward > 20 * back


@pytest.mark.parametrize(("upper", "lower"), [(1e-12, 1.0), (1.0, 1e-12), (1e-9, 1e-3)])
def test_two_very_unequal_resistors_in_series_carry_the_current_of_both(upper: float, lower: float) -> None:
    linear = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    parts = [
        Cells.of(linear, (1, 1), {"R_on": 1 / g, "R_off": 1 / g, "mobility": 1e-12}) for g in (upper, lower)
    ]
    array = CellArray(cells=InSeries(*parts))
    found = float(array.currents(array.start(), np.full((1, 1), 0.3))[0, 0])
    assert found == pytest.approx(0.3 / (1 / upper + 1 / lower), rel=1e-9, abs=0)


def test_an_array_that_ran_is_sent_to_another_process() -> None:
    array = CellArray(cells=Cells.of(model("linear drift"), (1, 2)))
    run = apply(array, array.start(), pulse(array, 0, 0, 0.5))
    copied, state = pickle.loads(pickle.dumps((array, run.state)))
    again = apply(copied, copied.start(), pulse(array, 0, 0, 0.5))
    np.testing.assert_array_equal(again.state.states, state.states)


def test_wrong_shapes_and_values_are_refused() -> None:
    array = CellArray(cells=Cells.of(model("linear drift"), (2, 3)))
    with pytest.raises(IncompatibleError, match="word voltages"):
        array.read(array.start(), [0.1], [0.0] * 3)
    with pytest.raises(IncompatibleError, match="bit voltages of a drive"):
        apply(array, array.start(), Drive.of([1.0, 0.0], [0.0], Pulse(1.0, 0.1, rise=0.01, base=0.0)))
    with pytest.raises(OutOfRangeError, match="times of a drive"):
        Drive(np.array([0.0, 1.0, 0.5]), np.zeros((3, 2)), np.zeros((3, 3)))
    with pytest.raises(IncompatibleError, match="floats for a part"):
        Drive(np.array([0.0, 1.0]), np.array([[0.0, np.nan], [0.0, 1.0]]), np.zeros((2, 3)))
    with pytest.raises(OutOfRangeError, match="lines"):
        Lines(word_resistance=-1.0)
    with pytest.raises(IncompatibleError, match="gate"):
        Cells.of(model("transistor synapse"), (2, 2))
    with pytest.raises(OutOfRangeError, match="R_on"):
        Cells.of(model("linear drift"), (2, 2), {"R_on": [[1.0, 2.0], [3.0, -4.0]]})
    with pytest.raises(IncompatibleError, match="thermal resistances of 4 cells"):
        replace(array, heating=Heating(np.ones((4, 4))))
    with pytest.raises(OutOfRangeError, match="from 0 to 1"):
        array.with_state(array.start(), "w", 7.0)
    with pytest.raises(OutOfRangeError, match="R_on"):
        Cells(array.cells.family, -np.ones((2, 2, 4)))
    with pytest.raises(OutOfRangeError, match="state w"):
        array.with_state(array.start(), "w", np.nan)
    with pytest.raises(IncompatibleError, match="state w"):
        array.with_state(array.start(), "w", [0.1, 0.2, 0.3])
    with pytest.raises(IncompatibleError, match="R_on"):
        Cells.of(model("linear drift"), (2, 3), {"R_on": [1.0, 2.0, 3.0]})
    with pytest.raises(IncompatibleError, match="word_driver"):
        replace(array, lines=Lines(word_driver=[1.0, 2.0, 3.0]))
    with pytest.raises(IncompatibleError, match="word_capacitance"):
        replace(array, lines=Lines(word_capacitance=[1.0, 2.0, 3.0]))


@pytest.mark.parametrize("longest", [0.0, -1.0, "long", np.nan])
def test_a_longest_step_is_a_time(longest: object) -> None:
    array = CellArray(cells=Cells.of(model("linear drift"), (1, 1)))
    with pytest.raises(OutOfRangeError, match="longest"):
        apply(array, array.start(), pulse(array, 0, 0, 1.0), longest=longest)  # type: ignore[arg-type]


def test_a_state_of_another_array_is_refused() -> None:
    array, other = (CellArray(cells=Cells.of(model("linear drift"), shape)) for shape in ((2, 2), (3, 3)))
    with pytest.raises(IncompatibleError, match="states of an array"):
        array.read(other.start(), [0.1, 0.0], [0.0, 0.0])
    with pytest.raises(IncompatibleError, match="states of an array"):
        apply(array, other.start(), pulse(array, 0, 0, 1.0))
    with pytest.raises(IncompatibleError, match="states of an array"):
        array.currents(other.start(), np.ones((2, 2)))
    with pytest.raises(OutOfRangeError, match="state of apply"):
        apply(array, None, pulse(array, 0, 0, 1.0))  # type: ignore[arg-type]


def test_heat_that_takes_its_time_comes_as_its_network_says() -> None:
    network = ThermalNetwork(
        cells=("a", "b"),
        time_constants=np.array([2e-3, 2e-4]),
        shapes=np.array([[40.0, 30.0], [25.0, 20.0]]),
    )
    cells = CompactModel.from_values(VALUES["linear drift"], "A", known("linear drift"))
    array = CellArray(
        cells=Cells.of(cells, (1, 2), {"R_on": 1e3, "R_off": 1e3}), heating=HeatingInTime(network)
    )
    drive = Drive(np.array([0.0, 1e-7, 1e-3]), np.array([[0.0], [1.0], [1.0]]), np.zeros((3, 2)))
    run = apply(array, array.start(), drive, longest=2e-5)
    other = network.step_response([1e-3])[0] * 1e-3  # 1 mW in either cell
    np.testing.assert_allclose(run.state.rise[0], [other[0, 1], other[1, 0]], rtol=2e-3)
    steady = replace(array, heating=Heating(network.resistance))
    later = apply(array, run.state, Drive(np.array([0.0, 0.1]), np.ones((2, 1)), np.zeros((2, 2)))).state.rise
    np.testing.assert_allclose(later, apply(steady, steady.start(), drive).state.rise, atol=0.06)


def test_a_selector_that_oscillates_ends_in_words_and_not_never() -> None:
    memory = model("linear drift").from_values({**VALUES["linear drift"], "R_on": 1e5, "R_off": 1e5}, "A",
                                                known("linear drift"))  # fmt: skip
    switch = model("selector")  # open it keeps 0.09 V of a volt, less than the 0.3 V it holds with
    array = CellArray(cells=InSeries(Cells.of(memory, (1, 1)), Cells.of(switch, (1, 1))))
    with pytest.raises(ConvergenceError, match="oscillate"):
        apply(array, array.start(), pulse(array, 0, 0, 1.0), tolerance=1e-7, most_steps=40)
