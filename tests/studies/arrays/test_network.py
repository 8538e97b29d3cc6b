"""Kirchhoff's laws in crossbars: line currents are those of the segments, and no answer breaks a law."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from fem.errors import ConvergenceError, IncompatibleError, ModelWarning, OutOfRangeError
from studies import Crossbar

ON, OFF = 1e-3, 1e-7


def one_cell(voltage: float, load: float, threshold: float) -> Any:
    """Return the solution of one cell with an abrupt selector behind a load [Ohm]."""
    crossbar = Crossbar(
        conductances=np.full((1, 1), OFF), word_line_resistance=load / 2, bit_line_resistance=load / 2
    )

    def slope(v: np.ndarray) -> np.ndarray:
        return np.where(np.abs(v) > threshold, ON, OFF)

    return crossbar.solve([voltage], cell_current=lambda v: slope(v) * v, cell_conductance=slope)


@pytest.mark.parametrize(("load", "threshold"), [(1600.0, 0.6), (200.0, 0.9)])
def test_a_selector_without_an_operating_point_is_refused(load: float, threshold: float) -> None:
    on, off = 1 / (1 + ON * load), 1 / (1 + OFF * load)
    assert on <= threshold < off  # neither branch holds
    with pytest.raises(ConvergenceError, match="no operating point"):
        one_cell(1.0, load, threshold)


@pytest.mark.parametrize(
    ("voltage", "load", "threshold", "g"),
    [(1.0, 200.0, 0.6, ON), (1.0, 1e4, 0.05, ON), (1.0, 1600.0, 0.3, ON), (0.5, 1600.0, 0.6, OFF)],
)
def test_a_selector_with_one_operating_point_takes_it(
    voltage: float, load: float, threshold: float, g: float
) -> None:
    found = one_cell(voltage, load, threshold)
    assert float(found.cell_voltage[0, 0]) == pytest.approx(voltage / (1 + g * load), rel=1e-12)
    assert float(found.input_current[0]) == pytest.approx(voltage / (1 / g + load), rel=1e-12)


def test_a_wrong_slope_is_no_silent_wrong_answer() -> None:
    crossbar = Crossbar(conductances=np.ones((3, 3)), word_line_resistance=1e3, bit_line_resistance=1e3)
    with pytest.raises(ConvergenceError):
        crossbar.solve(
            [1.0, 0.0, 0.0],
            cell_current=lambda v: 1e-6 * np.sinh(v / 0.1),
            cell_conductance=lambda v: -1e-5 * np.cosh(v / 0.1),
        )


def test_an_infinite_voltage_does_not_float() -> None:
    crossbar = Crossbar(conductances=np.ones((2, 2)), word_line_resistance=1.0, bit_line_resistance=1.0)
    with pytest.raises(OutOfRangeError, match="word voltage"):
        crossbar.solve([np.inf, 0.1])
    with pytest.raises(OutOfRangeError, match="bit voltage"):
        crossbar.solve([0.2, 0.1], [-np.inf, 0.0])


def test_a_law_that_gives_no_number_or_another_shape_is_refused() -> None:
    crossbar = Crossbar(conductances=np.ones((2, 2)), word_line_resistance=1.0, bit_line_resistance=1.0)
    slope = np.ones_like
    with pytest.raises(ConvergenceError):
        crossbar.solve([1.0, 0.0], cell_current=lambda v: v * np.nan, cell_conductance=slope)
    with pytest.raises(IncompatibleError, match=r"cell_current gives the shape \(4,\)"):
        crossbar.solve([1.0, 0.0], cell_current=np.ravel, cell_conductance=slope)


@pytest.mark.parametrize("line", [0.0, 1e-6, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("nonlinear", [False, True])
def test_kirchhoff_holds_at_every_node_for_lines_however_good(line: float, nonlinear: bool) -> None:
    g = 10 ** np.random.default_rng(3).uniform(-10, -8, (6, 5))
    law: dict[str, Any] = {"cell_current": lambda v: g * 0.1 * np.sinh(v / 0.1),
                           "cell_conductance": lambda v: g * np.cosh(v / 0.1)}  # fmt: skip
    crossbar = Crossbar(conductances=g, word_line_resistance=line, bit_line_resistance=line)
    words, bits = [1.0, *[np.nan] * 5], [0.0, *[np.nan] * 4]
    found = crossbar.solve(words, bits, **(law if nonlinear else {}))
    current, bound = found.cell_current.values, 1e-9 * float(np.abs(found.cell_current).max())
    np.testing.assert_allclose(current.sum(axis=1), found.input_current, atol=bound, rtol=0)
    np.testing.assert_allclose(current.sum(axis=0), found.output_current, atol=bound, rtol=0)
    power = float(found.cell_power.sum() + found.line_power)
    assert float(found.input_current[0]) == pytest.approx(power, rel=1e-12)


def test_a_cell_that_gives_power_is_told() -> None:
    crossbar = Crossbar(conductances=np.full((2, 2), OFF), word_line_resistance=1.0, bit_line_resistance=1.0)

    def slope(v: np.ndarray) -> np.ndarray:
        return np.array([[OFF, OFF], [-OFF, OFF]])

    with pytest.warns(ModelWarning, match="1 cell.* row 1, column 0"):
        crossbar.solve([0.1, 0.1], cell_current=lambda v: slope(v) * v, cell_conductance=slope)


def test_cells_of_any_conductance_dissipate_without_a_word() -> None:
    crossbar = Crossbar(
        conductances=np.array([[ON, 0.0], [OFF, 1e-30]]), word_line_resistance=10.0, bit_line_resistance=10.0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        for volts in ([0.5, np.nan], [0.0, 0.0], [1.0, -1.0]):
            crossbar.solve(volts)
