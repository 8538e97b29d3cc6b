"""The read margin of a passive array against the closed form, and the resistor network against both."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fem.errors import OutOfRangeError, UnknownNameError
from studies import Crossbar, largest_array, read_margin, sneak_resistance
from studies.arrays.network import bias


@pytest.mark.parametrize("decades", range(2, 9))
def test_optimal_pull_up_allows_five_by_five(decades: int) -> None:
    states = {"low_resistance_state": 1e3, "high_resistance_state": 10.0 ** (3 + decades)}
    assert 0.1096 < read_margin(size=5, pull_up="optimal", **states) < 1 / 9  # 1/9 for an infinite ratio
    assert 0.0897 < read_margin(size=6, pull_up="optimal", **states) < 0.0911
    assert largest_array(pull_up="optimal", **states) == 5


@pytest.mark.parametrize("decades", range(2, 9))
def test_pull_up_equal_to_low_resistance_state_allows_four_by_four(decades: int) -> None:
    states = {"low_resistance_state": 1e3, "high_resistance_state": 10.0 ** (3 + decades)}
    assert 0.0935 < read_margin(size=5, pull_up="low_resistance_state", **states) < 0.0955
    assert largest_array(pull_up="low_resistance_state", **states) == 4


def test_on_off_ratio_of_ten_allows_four_by_four() -> None:
    assert largest_array(low_resistance_state=1e3, high_resistance_state=1e4, pull_up="optimal") == 4


def test_margin_of_an_infinite_ratio_is_the_closed_form() -> None:
    s = sneak_resistance(1.0, 5)
    expected = (math.sqrt(1 + s) - 1) / (math.sqrt(1 + s) + 1)
    margin = read_margin(low_resistance_state=1.0, high_resistance_state=1e14, size=5, pull_up="optimal")
    assert margin == pytest.approx(expected, rel=1e-10)


def test_optimal_pull_up_is_the_best_one() -> None:
    kept = {"low_resistance_state": 1e3, "high_resistance_state": 1e6, "size": 5}
    best = read_margin(pull_up="optimal", **kept)
    assert all(read_margin(pull_up=float(r), **kept) <= best for r in np.geomspace(1.0, 1e6, 200))


@pytest.mark.parametrize("ratio", [1.0, 30.0, 514.0, 1e5])
def test_unselected_resistance_sets_the_largest_array(ratio: float) -> None:
    s = (
        1.1 / 0.9
    ) ** 2 - 1  # sneak path over low state at a margin of a tenth, best pull-up, no current when high
    others = ratio * (1 + math.sqrt(1 + s / ratio)) / s  # root of ratio (2 / n + 1 / n^2) = s
    size = largest_array(
        low_resistance_state=1.0, high_resistance_state=1e12, pull_up="optimal", unselected_resistance=ratio
    )
    assert size == 1 + math.floor(others)


def _network_output(size: int, selected: float, pull_up: float, row: int, column: int) -> tuple[float, float]:
    """Return the voltage over the pull-up and the resistance seen by 1 V, from the resistor network."""
    g = np.full((size, size), 1e-3)
    g[row, column] = 1.0 / selected
    crossbar = Crossbar(conductances=g, word_line_resistance=0.0, bit_line_resistance=0.0)
    words, bits = bias("floating", g.shape, (row, column), 1.0)
    load = np.zeros(size)
    load[column] = pull_up
    current = float(crossbar.solve(words, bits, bit_terminal_resistance=load).output_current[column])
    return current * pull_up, 1.0 / current - pull_up


@pytest.mark.parametrize("size", [2, 3, 5, 16])
def test_network_without_line_resistance_is_the_sneak_formula(size: int) -> None:
    low, high, pull_up = 1e3, 1e6, 700.0
    for selected in (low, high):
        _, seen = _network_output(size, selected, pull_up, size - 1, size // 2)
        sneak = sneak_resistance(low, size)
        assert seen == pytest.approx(1.0 / (1.0 / selected + 1.0 / sneak), rel=1e-10)
    difference = _network_output(size, low, pull_up, 0, 1)[0] - _network_output(size, high, pull_up, 0, 1)[0]
    margin = read_margin(low_resistance_state=low, high_resistance_state=high, size=size, pull_up=pull_up)
    assert difference == pytest.approx(margin, abs=1e-10)


def test_two_by_two_low_resistance_cells_hide_a_high_resistance_one() -> None:
    assert sneak_resistance(508.0 / 3.0, 2) == pytest.approx(508.0)


def test_single_cell_has_no_sneak_path() -> None:
    assert sneak_resistance(1e3, 1) == math.inf


def test_bad_values_are_named() -> None:
    with pytest.raises(OutOfRangeError, match="low resistance state"):
        sneak_resistance(0.0, 3)
    with pytest.raises(UnknownNameError, match="optimal"):
        read_margin(low_resistance_state=1.0, high_resistance_state=2.0, size=3, pull_up="optimum")  # type: ignore[arg-type]
    with pytest.raises(OutOfRangeError, match="high resistance state"):
        read_margin(low_resistance_state=1.0, high_resistance_state=0.5, size=3, pull_up="optimal")
