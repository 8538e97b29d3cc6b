"""Reads, writes, products and the search for the largest array say what the network gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from studies.arrays.access import transistors
from studies.arrays.cell_array import CellArray, Lines
from studies.arrays.cells import Cells, InSeries
from studies.arrays.coupling import Heating, Migration
from studies.arrays.crosstalk import thermal_crosstalk
from studies.arrays.margin import largest_array, read_margin
from studies.arrays.products import multiply
from studies.arrays.reading import best_threshold, decided, plot_map, read_all
from studies.arrays.schemes import Scheme, line_voltages
from studies.arrays.spread import Spread
from studies.arrays.worst_case import WorstCase, law_of, resistor
from studies.arrays.writing import WritePulse, Writer, errors, letter
from studies.compact.families import known
from studies.compact.model import CompactModel
from studies.devices.shared import prpyrpbi3_array as foil
from tests.family_values import VALUES, model
from tests.reference_block import limit

THRESHOLD = CompactModel.from_values(
    VALUES["threshold (VTEAM)"] | {"R_on": 1e4, "R_off": 1e6}, "A", known("threshold (VTEAM)")
)


def array(shape: tuple[int, int], **lines: float) -> CellArray:
    """Return cells with thresholds near 0.5 V, all high in resistance."""
    return CellArray(cells=Cells.of(THRESHOLD, shape), lines=Lines(**lines))


def writer(of: CellArray, scheme: str = "V/3", **more: object) -> Writer:
    """Return pulses that switch these cells."""
    pulses = [WritePulse(voltage=v, width=0.3, rise=0.01) for v in (1.0, -1.0)]
    return Writer(array=of, set_pulse=pulses[0], reset_pulse=pulses[1], scheme=scheme, **more)  # type: ignore[arg-type]


def test_a_letter_is_written_and_read_back() -> None:
    cells = array((8, 8), word_resistance=2.0, bit_resistance=2.0)
    image = letter("N", (8, 8))
    written = writer(cells).write(cells.start(), image)
    reads = read_all(cells, written.state, 0.05)
    np.testing.assert_array_equal(decided(reads).values, image)
    assert written.pulses == 8 + int(image.any(axis=1).sum())
    assert 1e-9 < written.energy < 1.0
    plot_map(reads.current, log=True)


def test_floating_lines_hide_a_high_cell_among_low_ones_and_grounded_ones_do_not() -> None:
    cells = array((12, 12))
    low, high = (
        float(THRESHOLD.family.initial(THRESHOLD.values() | {"s_start": s})["s"]) for s in (0.0, 1.0)
    )
    currents = [float(cells.currents(cells.with_state(cells.start(), "s", s), np.full((12, 12), 0.05))[0, 0])
                for s in (low, high)]  # fmt: skip
    states = np.full((12, 12), low if currents[0] > currents[1] else high)
    states[3, 7] = high if currents[0] > currents[1] else low
    state = cells.with_state(cells.start(), "s", states)
    image = np.ones((12, 12), dtype=bool)
    image[3, 7] = False
    ratios = {}
    for scheme in ("floating", "grounded", "V/2", "V/3"):
        current = read_all(cells, state, 0.05, scheme).current.values
        ratios[scheme] = current[0, 0] / current[3, 7]
    assert ratios["floating"] < 1.4
    assert ratios["grounded"] > 50
    assert ratios["grounded"] > ratios["V/3"] > ratios["V/2"]
    np.testing.assert_array_equal(decided(read_all(cells, state, 0.05)).values, image)


def test_sneak_current_and_drop_are_those_of_the_lines() -> None:
    cells = array((6, 5), word_resistance=200.0, bit_resistance=100.0)
    state = cells.with_state(cells.start(), "s", 0.5)
    reads = read_all(cells, state, 0.1, "V/2")
    words, bits = line_voltages("V/2", (6, 5), 5, 0, 0.1)
    whole = cells.read(state, words, bits)
    assert float(reads.current[5, 0]) == pytest.approx(float(whole.output_current[0]), rel=1e-9)
    assert float(reads.sneak_current[5, 0]) == pytest.approx(
        float(whole.output_current[0] - whole.cell_current[5, 0]), rel=1e-9
    )
    assert float(reads["line_drop"][5, 0]) == pytest.approx(
        1 - float(whole.cell_voltage[5, 0]) / 0.1, rel=1e-9
    )
    assert float(reads["line_drop"][5, 0]) < float(
        reads["line_drop"][0, 4]
    )  # near driver and output, and far from both


def test_noise_of_a_read_has_the_deviation_asked() -> None:
    cells = array((20, 20))
    quiet = read_all(cells, cells.start(), 0.1).current.values
    noisy = read_all(cells, cells.start(), 0.1, noise=0.05, random=np.random.default_rng(1)).current.values
    assert np.std(noisy / quiet - 1) == pytest.approx(0.05, rel=0.15)


def test_a_threshold_parts_two_groups_of_currents() -> None:
    random = np.random.default_rng(0)
    currents = np.concatenate((1e-8 * random.lognormal(0, 0.3, 200), 1e-4 * random.lognormal(0, 0.3, 30)))
    assert 1e-7 < best_threshold(currents) < 5e-5


def test_a_product_without_lines_is_that_of_the_conductances() -> None:
    random = np.random.default_rng(2)
    cells = array((7, 4))
    state = cells.with_state(cells.start(), "s", random.random((7, 4)))
    inputs = random.uniform(0, 0.1, (3, 7))
    exact = multiply(cells, state, inputs, read_voltage=0.05)
    assert float(np.abs(exact.error).max()) < 1e-9
    lines = array((7, 4), word_resistance=500.0, bit_resistance=500.0)
    bent = multiply(lines, state, inputs, read_voltage=0.05)
    assert float(np.abs(bent.error).max()) > 0.01
    assert (np.abs(bent.current.values) < np.abs(exact.current.values)).all()


def test_verified_writes_reach_their_currents_in_spite_of_spread() -> None:
    cells = array((6, 6), word_resistance=5.0, bit_resistance=5.0).with_spread(
        Spread.of(THRESHOLD, {"k_on": 0.5, "k_off": 0.5}), np.random.default_rng(3)
    )
    image = np.random.default_rng(4).random((6, 6)) < 0.5
    short = [WritePulse(voltage=v, width=0.05, rise=0.005) for v in (0.8, -0.8)]
    drawn = Writer(
        array=cells, set_pulse=short[0], reset_pulse=short[1], scheme="V/3", random=np.random.default_rng(5)
    )
    once = drawn.write_verified(cells.start(), image, read_voltage=0.05, low=3e-6, high=2e-7, most=1)
    many = drawn.write_verified(
        cells.start(), image, read_voltage=0.05, low=3e-6, high=2e-7, most=20, growth=1.02
    )
    assert once.missed is not None and once.missed.any()
    assert many.missed is not None and not many.missed.any()
    assert many.pulses > once.pulses


def test_a_limiter_stops_a_cell_on_its_way_to_low_resistance() -> None:
    cells = array((2, 2), bit_driver=1e3)
    free = writer(cells)
    held = replace(free.set_pulse, limiter=2e4)
    runs = [free.pulse(cells.start(), pulse, 0, [0]) for pulse in (free.set_pulse, held)]
    most = [float(run.record.input_current[:, 0].max()) for run in runs]
    assert most[0] == pytest.approx(1.0 / 1.1e4, rel=0.02)  # 1 V on 10 kOhm and the driver
    assert most[1] < 1.0 / 2e4
    ends = [float(cells.state_of(run.state, "s")[0, 0]) for run in runs]
    assert ends[0] < 0.01 < 0.2 < ends[1] < 0.9


def test_cells_differ_from_one_write_to_the_next() -> None:
    cells = array((1, 6))
    drawn = writer(cells, from_cycle=Spread.of(THRESHOLD, {"k_on": 0.5}), random=np.random.default_rng(0))
    short = replace(drawn.set_pulse, width=0.02)
    once, again = (drawn.pulse(cells.start(), short, 0, range(6)).state for _ in range(2))
    first, second = (cells.state_of(state, "s")[0] for state in (once, again))
    assert np.ptp(first) > 0.05 and np.abs(first - second).max() > 0.05
    same = writer(cells).pulse(cells.start(), short, 0, range(6)).state
    assert np.ptp(cells.state_of(same, "s")) < 1e-9


def test_half_selected_cells_move_and_unselected_ones_do_not() -> None:
    cells = CellArray(cells=Cells.of(model("linear drift"), (4, 4)))
    drawn = writer(cells, "V/2")
    state = cells.with_state(cells.start(), "w", 0.5)
    short = Writer(array=cells, set_pulse=WritePulse(voltage=0.3, width=1e-3, rise=1e-4),
                   reset_pulse=WritePulse(voltage=-0.2, width=1e-3, rise=1e-4), scheme=drawn.scheme)  # fmt: skip
    found = short.disturb(state, (1, 2), [0, 1, 4], 0.05)
    kind = found.kind.values
    change = np.abs(found.current.values[-1] / found.current.values[0] - 1)
    assert (kind == "same word line").sum() == 3 == (kind == "same bit line").sum()
    assert change[kind == "same word line"].min() > 1e-4
    assert change[kind == "unselected"].max() < 1e-9
    assert change[kind == "written"].min() > change[kind == "same word line"].max()
    assert list(found.writes) == [0, 1, 4]


def test_the_search_agrees_with_the_formula_where_that_holds() -> None:
    case = WorstCase(low=resistor(1e3), high=resistor(1e6), voltage=0.1)
    formula = {"low_resistance_state": 1e3, "high_resistance_state": 1e6, "pull_up": "optimal"}
    assert case.margin(4) == pytest.approx(read_margin(**formula, size=4), rel=1e-6)  # type: ignore[arg-type]
    assert case.largest_array() == largest_array(**formula) == 5  # type: ignore[arg-type]


def test_four_cells_stand_for_the_whole_array() -> None:
    law = law_of(model("rectifying"), {"w": 1.0})
    dim = law_of(model("rectifying"), {"w": 0.2})
    for scheme in ("floating", "V/2", "V/3"):
        case = WorstCase(low=law, high=dim, voltage=0.4, scheme=scheme)
        cells = CellArray(cells=Cells.of(model("rectifying"), (9, 9)))
        states = np.ones((9, 9))
        states[0, 0] = 0.2
        state = cells.with_state(cells.start(), "w", states)
        full = cells.read(state, *line_voltages(scheme, (9, 9), 0, 0, 0.4))
        assert case.currents(9)[1] == pytest.approx(float(full.output_current[0]), rel=1e-8)


def test_a_bent_law_allows_a_larger_array_than_a_resistor() -> None:
    def bent(scale: float):
        return lambda v: (scale * np.sinh(np.clip(v / 0.03, -200, 200)), scale / 0.03 * np.cosh(v / 0.03))

    straight = WorstCase(low=resistor(1e4), high=resistor(1e8), voltage=0.5, scheme="V/2").largest_array()
    found = WorstCase(low=bent(1e-9), high=bent(1e-13), voltage=0.5, scheme="V/2").largest_array()
    assert found > 20 * straight


def test_heat_of_a_block_serves_an_array_of_any_size() -> None:
    centre = np.array([[0.1, 0.2, 0.1], [0.2, 1.0, 0.2], [0.1, 0.2, 0.1]])
    resistance = np.zeros((9, 9))
    resistance[:, 4] = centre.ravel() * 1e5
    block = xr.Dataset(
        {"thermal_resistance": (("cell", "source"), resistance)},
        coords={"row": ("cell", [0, 0, 0, 1, 1, 1, 2, 2, 2]), "column": ("cell", [0, 1, 2] * 3)},
    )
    heating = Heating.of_block(block, (4, 6))
    np.testing.assert_allclose(heating.resistance, heating.resistance.T)
    powers = np.zeros((4, 6))
    powers[1, 2] = 1e-5
    rise = heating.rise(powers)
    assert rise[1, 2] == 0.0  # a cell's own heat is in its model
    assert rise[1, 3] == pytest.approx(0.2) == rise[0, 2]
    assert rise[2, 3] == pytest.approx(0.1)
    assert rise[1, 5] == pytest.approx(0.2 / 3)  # as far again twice
    assert float(Heating.of_block(block, (4, 6), own=True).rise(powers)[1, 2]) == pytest.approx(1.0)


def test_heat_falls_on_beyond_a_block_as_it_does_in_a_larger_one() -> None:
    blocks = []
    for count in (3, 5, 7):
        block = replace(foil.BLOCK, rows=count, columns=count)
        blocks.append(thermal_crosstalk(block, materials=foil.block_materials(), sink=foil.SINK, size=foil.SIZE,
                                        coarse_size=foil.COARSE, degree=1))  # fmt: skip
    small, middle, large = (Heating.of_block(block, (7, 7)).resistance[24] for block in blocks)
    own = np.arange(49) == 24
    assert middle[~own] == pytest.approx(large[~own], rel=0.35)
    assert middle.sum() == pytest.approx(large.sum(), rel=0.03)
    assert small.sum() > 1.5 * large.sum()  # 1/distance knows of no sink
    wide = Heating.of_block(blocks[1], (16, 16)).resistance
    np.testing.assert_array_equal(wide, wide.T)
    assert wide[0, 255] < 1e-3 * wide[0, 1]


def test_a_block_of_nine_is_too_small_for_lines_that_carry_heat_further() -> None:
    """Of the reference: 50 nm of metal on 300 nm of silica, over 700 nm, where the block reaches 200 nm."""
    nine = np.zeros((9, 9))
    nine[:, 4] = limit(3).ravel()
    at = {"row": ("cell", np.repeat(range(3), 3)), "column": ("cell", np.tile(range(3), 3))}
    block = xr.Dataset({"thermal_resistance": (("cell", "source"), nine)}, coords=at)
    share = Heating.of_block(block, (5, 5), own=True).resistance[12].reshape(5, 5) / limit(5)
    assert 0.8 < share[0, 2] < 0.95
    assert share.min() > 0.8 and share.max() < 1.25


def test_spread_of_a_fit_is_drawn_with_its_correlations() -> None:
    names = ("k_on", "k_off")
    v = np.array([THRESHOLD["k_on"], THRESHOLD["k_off"]])
    relative = np.array([[0.04, 0.03], [0.03, 0.04]])
    fitted = replace(
        THRESHOLD, fitted=names, covariance=tuple(map(tuple, (relative * np.outer(v, v)).tolist()))
    )
    cells = Spread.of_fit(fitted).drawn(Cells.of(THRESHOLD, (80, 80)), np.random.default_rng(7))
    k = [list(THRESHOLD.family.parameters).index(n) for n in names]
    logs = np.log(cells.values[..., k] / v).reshape(-1, 2)
    np.testing.assert_allclose(np.cov(logs.T), relative, rtol=0.1)
    with pytest.raises(IncompatibleError, match="no covariance"):
        Spread.of_fit(THRESHOLD)
    with pytest.raises(UnknownNameError):
        Spread.of(THRESHOLD, {"k_in": 0.1})


def test_slips_are_answered_in_words() -> None:
    with pytest.raises(UnknownNameError, match="scheme"):
        line_voltages("V/4", (2, 2), 0, 0, 1.0)
    with pytest.raises(OutOfRangeError, match="selected row"):
        line_voltages("V/2", (2, 2), 2, 0, 1.0)
    with pytest.raises(OutOfRangeError, match="scheme"):
        Scheme(words=2.0, bits=0.0)
    cells = array((2, 2))
    with pytest.raises(IncompatibleError, match="image"):
        writer(cells).write(cells.start(), [[1, 0]])
    with pytest.raises(OutOfRangeError, match="read voltage"):
        read_all(cells, cells.start(), 0.0)
    with pytest.raises(OutOfRangeError, match="width"):
        WritePulse(voltage=1.0, width=0.0, rise=1e-3)
    with pytest.raises(OutOfRangeError, match="letter"):
        letter("N", (3, 3))
    drawn = writer(cells)
    for wrong in ({"read_voltage": np.nan}, {"read_voltage": 0.0}, {"growth": -1.0}, {"noise": -0.1}):
        with pytest.raises(OutOfRangeError):
            drawn.write_verified(
                cells.start(),
                np.eye(2, dtype=bool),
                **{"read_voltage": 0.1, "low": 2.0, "high": 1.0, **wrong},
            )
    with pytest.raises(IncompatibleError, match="image"):
        drawn.write(cells.start(), [[1, 0], [1]])
    with pytest.raises(OutOfRangeError, match="numbers of writes"):
        drawn.disturb(cells.start(), (0, 0), [], 0.1)
    with pytest.raises(UnknownNameError, match="R_series"):
        Spread(names=("R_series",), covariance=np.eye(1), logarithmic=(True,)).drawn(
            cells.cells, np.random.default_rng(0)
        )
    assert (multiply(cells, cells.start(), [[0.0, 0.0]], read_voltage=0.1).error == 0).all()
    with pytest.raises(IncompatibleError, match="inputs"):
        multiply(cells, cells.start(), [[1.0]], read_voltage=0.1)


def test_cells_that_differ_by_ten_decades_are_no_error_of_round_off() -> None:
    for scheme in ("floating", "V/2"):
        case = WorstCase(low=resistor(169.0), high=resistor(1.69e10), voltage=0.5, scheme=scheme)
        assert case.largest_array() == 5


def test_the_best_pull_up_may_be_an_open_line() -> None:
    def lifted(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        back = np.where(v < 0, 1 / 514.0, 1.0)  # ohmic each way, as a rectifier of 514
        return 1e-4 * back * v, 1e-4 * back

    case = WorstCase(low=lifted, high=resistor(1e12), voltage=0.54, scheme="V/2")
    best = case.margin(200)
    assert best >= case.margin(200, 1e14) - 1e-9
    assert best >= case.margin(200, 1e5)


def test_access_transistors_part_the_rows_and_limit_the_current_of_a_set() -> None:
    limit = 2e-5
    gates = transistors((6, 6), on_resistance=1e3, saturation_current=limit, off_resistance=1e12)
    cells = CellArray(cells=InSeries(Cells.of(THRESHOLD, (6, 6)), gates))
    state = cells.with_state(cells.start(), "s", 0.0)  # all low but one
    state = cells.with_state(state, "s", np.where(np.eye(6)[0][:, None] * np.eye(6)[2], 1.0, 0.0))
    floating = read_all(cells, state, 0.05, "floating").current.values
    assert floating[0, 0] > 50 * floating[0, 2]  # rows without a gate bring no sneak current
    run = writer(cells, "V/2").pulse(state, WritePulse(voltage=1.0, width=1e-3, rise=1e-4), 1, 3)
    assert float(np.abs(run.record.output_current).max()) <= limit * (1 + 1e-6)
    assert float(np.abs(run.record.input_current).max()) > 0.5 * limit


def test_ions_of_a_section_become_shares_along_the_bit_line() -> None:
    import xarray as xr

    content = np.array([[1.0, 1.0, 1.0], [1.1, 0.5, 1.2]])
    section = xr.Dataset({"content": (("pulse", "cell"), content)})
    shares = Migration.of_section(section, "s", 0.0, 1.0).shares
    np.testing.assert_allclose(shares, [[-0.2], [0.0], [-0.4]])
    with pytest.raises(OutOfRangeError, match="written cell"):
        Migration.of_section(xr.Dataset({"content": (("pulse", "cell"), np.ones((2, 3)))}), "s", 0.0, 1.0)


def test_an_image_may_be_of_floats_and_another_is_told_what_it_is() -> None:
    cells = array((8, 8))
    written = writer(cells).write(cells.start(), np.eye(8))
    np.testing.assert_array_equal(errors(cells, written.state, np.eye(8), 0.05), np.zeros((8, 8), dtype=bool))
    for image, said in ((np.eye(3), r"shape \(3, 3\)"), ("N", "letter"), (np.full((8, 8), 128), "not 128")):
        with pytest.raises(IncompatibleError, match=said):
            writer(cells).write(cells.start(), image)


def test_a_writer_that_writes_whole_word_lines_says_so() -> None:
    with pytest.warns(ModelWarning, match="writes it"):
        writer(array((2, 2)), "grounded")


def test_gates_of_a_word_line_are_spared_by_bit_lines_that_follow_it() -> None:
    lower = transistors((8, 6), on_resistance=1e3, saturation_current=1e-4, off_resistance=1e9)
    gates = CellArray(cells=InSeries(array((8, 6)).cells, lower))  # type: ignore[arg-type]
    image = letter("T", (8, 6))
    written = writer(gates, Scheme(words=0.0, bits=1.0)).write(gates.start(), image)  # type: ignore[arg-type]
    assert not errors(gates, written.state, image, 0.05).any()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: Cells.of(THRESHOLD, 4), "a list or a tuple"),
        (lambda: Cells.of((4, 4), THRESHOLD), "CompactModel"),
        (lambda: array((2, 2)).with_spread(Spread.of(THRESHOLD, {"R_on": 0.1}), 1), "default_rng"),
        (lambda: array((2, 2)).with_state(array((2, 2)).start(), "s", np.ones((3, 3))), r"\(3, 3\)"),
        (lambda: writer(array((2, 2))).disturb(array((2, 2)).start(), (0, 0), 10, 0.1), "a list or a tuple"),
        (lambda: law_of(THRESHOLD, {"w": 1.0}), "Known: s"),
        (lambda: WorstCase(low=resistor(1e4), high=resistor(1e6), voltage=0.2).margin(4, "best"), "optimal"),
        (
            lambda: WorstCase(low=resistor(1e4), high=resistor(1e6), voltage=0.2).margin(4, -5.0),
            "not|positive",
        ),
    ],
)
def test_a_hurried_call_is_told_what_it_lacks(call: Callable[[], object], said: str) -> None:
    with pytest.raises((IncompatibleError, OutOfRangeError, UnknownNameError), match=said):
        call()


def test_arrays_their_states_and_writes_are_shown_in_a_line() -> None:
    cells = array((8, 8))
    written = writer(cells).write(cells.start(), letter("T", (8, 8)))
    for shown, said in (
        (cells, "8 x 8 cells: threshold"),
        (written.state, "8 x 8 cells"),
        (written, "15 pulses"),
    ):
        assert said in repr(shown)
        assert len(repr(shown)) < 150
        assert "\n" not in repr(shown)


def test_a_map_shows_errors_in_two_colours_and_lines_by_whole_numbers() -> None:
    axes = plot_map(np.eye(5, dtype=bool), log=True)
    image = axes.images[0]
    assert image.get_clim() == (0, 1)
    assert [t.get_text() for t in image.colorbar.ax.get_yticklabels()] == ["False", "True"]
    assert all(float(t).is_integer() for t in (*axes.get_xticks(), *axes.get_yticks()))
    with pytest.raises(IncompatibleError, match="rows, columns"):
        plot_map(np.ones(3))


def test_a_cell_that_writes_of_later_rows_take_away_is_missed() -> None:
    own = {
        "R_on": 2e4,
        "R_off": 8e5,
        "V_off": 0.33,
        "V_on": 0.31,
        "k_off": 1.2,
        "k_on": 4.6,
        "a_off": 2.0,
        "a_on": 2.0,
    }
    cells = CellArray(cells=Cells.of(THRESHOLD, (8, 8), own))  # half of a pulse is above the thresholds
    state, image = cells.with_state(cells.start(), "s", 0.9), letter("T", (8, 8))
    pulses = [WritePulse(voltage=v, width=w, rise=0.01) for v, w in ((1.0, 0.3), (-1.0, 0.6))]
    drawn = Writer(array=cells, set_pulse=pulses[0], reset_pulse=pulses[1], scheme="V/2")
    written = drawn.write_verified(state, image, read_voltage=0.1, low=3e-6, high=3e-7, most=3)
    current = np.abs(read_all(cells, written.state, 0.1).current.values)
    found = np.where(image, current < 3e-6, current > 3e-7)
    assert found.any()
    np.testing.assert_array_equal(written.missed, found)
