"""Published arrays: what a rectification alone says of the largest array, and how ohmic cells are read."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from studies.arrays.margin import largest_array, sneak_resistance
from studies.arrays.worst_case import WorstCase, resistor
from studies.comparisons.arrays_review import held, laws, rectifier, selectors
from studies.comparisons.arrays_review.about import RECTIFIED_AT, printed
from studies.comparisons.prpyrpbi3_crossbar import about, reads

RECTIFIERS = laws.rectifiers()


@pytest.mark.parametrize("name", RECTIFIERS)
def test_each_law_has_the_printed_rectification_and_its_slope_is_its_derivative(name: str) -> None:
    law, step = RECTIFIERS[name], 1e-6
    assert laws.rectification(law) == pytest.approx(printed("rectification"), rel=1e-9)
    v = np.array([-0.5, -0.1, -0.01, 0.01, 0.1, 0.3, 0.54])
    slope = (np.asarray(law(v + step)[0]) - np.asarray(law(v - step)[0])) / (2 * step)
    assert np.asarray(law(v)[1]) == pytest.approx(slope, rel=1e-5)
    assert float(np.ravel(law(np.zeros(1))[0])[0]) == pytest.approx(0.0, abs=1e-20)


@pytest.mark.parametrize("drop", [1e-5, 1.0, 130.0])
def test_a_diode_behind_a_resistance_has_all_digits_near_0_V(drop: float) -> None:
    law, v = laws.in_series(drop, 1.0, 1e-8), np.array([-1e-9, -1e-15, 1e-15, 1e-12, 1e-9])
    slope = 1e-8 / (laws.V_T + drop)
    bent = 0.5 * v**2 * laws.V_T * slope**3 / 1e-16  # I'' = I0^2 V_T / (V_T + drop)^3 at 0 V
    assert np.asarray(law(v)[0]) == pytest.approx(slope * v + bent, rel=1e-12)
    assert float(law(np.zeros(1))[0][0]) == pytest.approx(0.0, abs=1e-40)


def test_diodes_of_ideality_1_behind_resistances_have_a_largest_array() -> None:
    made = selectors.fitted_saturation(1.0)
    low, high = (selectors.diode_cell(r, made, 1.0) for r in (selectors.LOW, selectors.HIGH))
    assert WorstCase(low=low, high=high, voltage=selectors.READ_1D1R).largest_array() > 50


def test_one_rectification_has_arrays_of_any_size_for_what_counts_is_at_other_voltages() -> None:
    sizes = {name: held.largest(rectifier.case(law)) for name, law in RECTIFIERS.items()}
    assert (
        sizes["one ideality"]
        < 100
        < sizes["lowered barrier"]
        < sizes["back to back"]
        < sizes["ohmic each way"]
    )
    assert all(abs(size / printed("largest_rectifying") - 1) > 0.1 for size in sizes.values())


@pytest.mark.parametrize("name", ["one ideality", "back to back", "ohmic each way", "series resistance"])
def test_no_law_has_a_smaller_array_with_a_larger_voltage(name: str) -> None:
    here, higher = (
        held.largest(rectifier.case(RECTIFIERS[name], v)) for v in (RECTIFIED_AT, rectifier.HIGHER)
    )
    assert higher >= here


def test_an_array_that_reverses_its_cells_is_the_ratio_of_the_currents_at_04_and_minus_01() -> None:
    law = RECTIFIERS["ohmic each way"]
    without_current = WorstCase(low=law, high=laws.times(law, 1e-9), voltage=RECTIFIED_AT, scheme="V/2")
    assert held.largest(without_current) == pytest.approx(1 + rectifier.fifth(law), rel=1e-3)
    assert rectifier.fifth(law) == pytest.approx(4 * printed("rectification"))


@pytest.mark.parametrize("name", ["one ideality", "lowered barrier", "ohmic each way"])
@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_one_equation_is_the_solved_network_where_lines_are_held(name: str, scheme: str) -> None:
    read = rectifier.case(RECTIFIERS[name], scheme=scheme)
    unit = RECTIFIED_AT / laws.current(RECTIFIERS[name], RECTIFIED_AT)
    for size, share in ((2, 0.3), (40, 3.0), (700, 30.0)):
        network = read.margin(size, share * unit)
        assert held.margin(read, size, 1 / (share * unit)) == pytest.approx(network, abs=1e-9)


def test_a_current_at_ground_is_a_tenth_apart_up_to_the_largest_array() -> None:
    law = RECTIFIERS["series resistance"]
    size = rectifier.largest_at_ground(law)
    apart = []
    for n in (size, size + 1):
        low, high = rectifier.case(law).currents(n)
        apart.append((low - high) / low)
    assert apart[0] > 0.1 >= apart[1]


@pytest.mark.parametrize("name", ["one ideality", "back to back", "leak"])
def test_no_pull_up_reads_one_cell_more_than_the_largest_array(name: str) -> None:
    read = rectifier.case(RECTIFIERS[name])
    size, unit = held.largest(read), laws.current(RECTIFIERS[name], RECTIFIED_AT) / RECTIFIED_AT
    margins = [held.margin(read, size + 1, unit * g) for g in (0.0, *np.geomspace(1e-9, 1e4, 80))]
    assert max(margins) <= 0.1 < held.margin(read, size)


@pytest.mark.parametrize("ratio", [3e1, 1e3])
def test_the_search_over_solved_arrays_is_the_equation_where_resistances_are(ratio: float) -> None:
    solved = WorstCase(
        low=resistor(1.0), high=resistor(1e4), voltage=0.5, others=resistor(ratio)
    ).largest_array()
    assert solved == largest_array(
        low_resistance_state=1.0, high_resistance_state=1e4, pull_up="optimal", unselected_resistance=ratio
    )


def test_a_diode_brings_back_the_high_cell_among_low_ones() -> None:
    amperes = selectors.fitted_saturation(1.45)
    found = selectors.read_resistance(lambda ohms: selectors.diode_cell(ohms, amperes, 1.45))
    assert found == pytest.approx(printed("read_1D1R"), rel=0.5)
    assert found == pytest.approx(0.5 / amperes, rel=0.05)  # that of one diode backward
    assert selectors.read_resistance(resistor) == pytest.approx(printed("read_1R"), rel=1e-6)


def test_a_memory_as_resistive_as_its_open_selector_halves_the_array() -> None:
    bare, same = (selectors.selector_sizes(m, selectivity=1e5)["V/2"] for m in (0.0, 1.0))
    assert same == pytest.approx(bare / 2, rel=0.01)


@pytest.fixture(scope="module")
def silver() -> Any:
    return about.array()


def test_letters_are_read_with_grounded_lines_and_not_with_halves_of_the_voltage(silver: Any) -> None:
    assert reads.letter_errors(silver, "grounded") == 0
    assert reads.letter_errors(silver, "V/2") > 0


def test_floating_lines_leave_low_and_high_cells_of_a_letter_less_than_half_apart(silver: Any) -> None:
    window = {s: reads.letter_window(silver, about.letters()["N"], s) for s in ("floating", "grounded")}
    assert 1 < window["floating"] < 1.5 and window["grounded"] > 1e3


def test_a_high_cell_among_low_ones_is_the_sneak_path_of_the_equation() -> None:
    ideal = about.array(resistive=False)
    others = np.ones(ideal.shape, dtype=bool)
    others[3, 5] = False
    seen = reads.seen(ideal, reads.holding(ideal, others), (3, 5), "floating")
    path = 1 / (seen / reads.READ - 1 / about.HIGH)
    assert path == pytest.approx(sneak_resistance(about.LOW, about.SIZE), rel=1e-9)
    assert path == pytest.approx(52.8, rel=1e-3)


def test_lines_of_silver_lower_the_ratio_that_is_read_of_a_cell_among_written_ones(silver: Any) -> None:
    low = np.ones(silver.shape, dtype=bool)
    alone = about.HIGH / about.LOW
    ideal = reads.on_off(about.array(resistive=False), low, (0, 15), "grounded")
    assert ideal == pytest.approx(alone, rel=1e-6)
    assert reads.on_off(silver, low, (0, 15), "grounded") < 0.1 * alone


def test_the_spread_that_reaches_over_both_decades_leaves_no_cell_below_a_thousand() -> None:
    ratios = reads.ratios_alone(seeds=20)
    ends = np.log10([ratios.min(axis=1), ratios.max(axis=1)]).mean(axis=1)
    assert ends[1] - ends[0] == pytest.approx(2.0, abs=0.2)
    assert reads.good(ratios) > 0.995


def test_errors_are_those_of_the_best_threshold() -> None:
    bits = np.array([True, True, False, False])
    assert reads.fewest_errors(np.array([4.0, 3.0, 2.0, 1.0]), bits) == 0
    assert reads.fewest_errors(np.array([4.0, 1.5, 2.0, 1.0]), bits) == 1
    assert reads.fewest_errors(np.array([1.0, 2.0, 3.0, 4.0]), bits) == 2


def test_pictures_of_arrays_have_units_and_the_printed_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rectifier, "rectifiers", lambda: {"ohmic": laws.ohmic_each_way(514.0)})
    axes = rectifier.plot_courses(voltages=(0.27, RECTIFIED_AT))
    assert axes.get_xlabel() == "read voltage [V]" and axes.get_ylabel().endswith("[1]")
    printed_star = axes.get_lines()[-1]
    assert printed_star.get_ydata()[0] == 1747 and printed_star.get_xdata()[0] == RECTIFIED_AT
    bars = [ax.get_ylabel() for ax in reads.plot_reads().axes if "[" in ax.get_ylabel()]
    assert sum("[A]" in label for label in bars) == 4 and sum("[1]" in label for label in bars) == 1
    plt.close("all")
