"""The crossbar network against currents and node voltages of badcrossbar 1.1.0 and ngspice 39."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

from fem.errors import IncompatibleError, OutOfRangeError
from studies import Crossbar
from studies.arrays.network import bias

HERE = Path(__file__).parent
STORED = HERE / "data" / "R5_crossbar"
FULL = HERE.parents[2] / "shared" / "references" / "R5_crossbar"
DATA = FULL if FULL.is_dir() else STORED
CASES = [
    f"{kind}_seed20240_r2"
    for kind in ("binary_16x16", "loguniform_16x16", "loguniform_64x64")
    if (DATA / f"{kind}_seed20240_r2_G.csv").exists()
]
NODES = {"Vwl": "word_line_voltage", "Vbl": "bit_line_voltage", "Idev": "cell_current"}


def _table(folder: Path, name: str) -> np.ndarray:
    return np.loadtxt(folder / f"{name}.csv", delimiter=",")


def _compare(folder: Path, case: str) -> tuple[int, float]:
    """Return the number of tables compared and the largest relative difference."""
    crossbar = Crossbar(
        conductances=_table(folder, f"{case}_G"), word_line_resistance=2.0, bit_line_resistance=2.0
    )
    inputs, outputs = _table(folder, f"{case}_Vin"), _table(folder, f"{case}_Iout")
    compared, worst = 0, 0.0
    for k, vector in enumerate(("uniform", "random")):
        result = crossbar.solve(inputs[:, k])
        pairs = [(result.output_current.values, outputs[:, k])]
        for short, name in NODES.items():
            if (folder / f"{case}_{vector}_{short}.csv").exists():
                pairs.append((result[name].values, _table(folder, f"{case}_{vector}_{short}")))
        for ours, theirs in pairs:
            worst = max(worst, float(np.max(np.abs(ours - theirs) / np.abs(theirs))))
            compared += 1
    return compared, worst


@pytest.mark.parametrize("case", CASES)
def test_network_agrees_with_two_independent_programs(case: str) -> None:
    compared, worst = _compare(DATA, case)
    assert compared >= 2
    assert worst < 1e-9


@pytest.mark.parametrize("case", ["binary_16x16_seed20240_r2", "loguniform_16x16_seed20240_r2"])
def test_stored_references_agree(case: str) -> None:
    compared, worst = _compare(STORED, case)
    assert compared >= 4
    assert worst < 1e-9


def test_zero_line_resistance_is_the_vector_matrix_product() -> None:
    case = "loguniform_16x16_seed20240_r2"
    g, v = _table(STORED, f"{case}_G"), _table(STORED, f"{case}_Vin")
    ideal = _table(STORED, f"{case}_Iout")[:, 2:]
    crossbar = Crossbar(conductances=g, word_line_resistance=0.0, bit_line_resistance=0.0)
    for k in range(2):
        np.testing.assert_allclose(crossbar.solve(v[:, k]).output_current, v[:, k] @ g, rtol=1e-14)
        np.testing.assert_allclose(crossbar.solve(v[:, k]).output_current, ideal[:, k], rtol=1e-14)


@pytest.mark.parametrize(("word", "bit"), [(2.0, 0.0), (0.0, 2.0)])
def test_one_zero_line_resistance_is_the_limit_of_a_small_one(word: float, bit: float) -> None:
    case = "binary_16x16_seed20240_r2"
    g, v = _table(STORED, f"{case}_G"), _table(STORED, f"{case}_Vin")[:, 1]
    exact = Crossbar(conductances=g, word_line_resistance=word, bit_line_resistance=bit).solve(v)
    small = Crossbar(
        conductances=g, word_line_resistance=word or 1e-8, bit_line_resistance=bit or 1e-8
    ).solve(v)
    np.testing.assert_allclose(exact.output_current, small.output_current, rtol=1e-7)


@pytest.mark.parametrize("scheme", ["floating", "V/2", "V/3"])
@pytest.mark.parametrize("line", [0.0, 3.0])
def test_power_in_equals_power_dissipated(scheme: str, line: float) -> None:
    g = np.random.default_rng(1).uniform(1e-6, 1e-3, (7, 5))
    words, bits = bias(scheme, g.shape, (2, 3), 0.8)
    crossbar = Crossbar(conductances=g, word_line_resistance=line, bit_line_resistance=line / 2)
    result = crossbar.solve(words, bits, bit_terminal_resistance=50.0)
    put_in = np.nansum(words * result.input_current) - np.nansum(bits * result.output_current)
    assert put_in == pytest.approx(float(result.cell_power.sum() + result.line_power), rel=1e-10)
    assert float(result.input_current.sum()) == pytest.approx(float(result.output_current.sum()), rel=1e-10)
    floating = np.isnan(words)
    assert np.abs(result.input_current.values[floating]).max(initial=0.0) < 1e-15


def test_third_scheme_puts_a_third_on_every_unselected_cell() -> None:
    words, bits = bias("V/3", (4, 6), (1, 2), 0.9)
    crossbar = Crossbar(conductances=np.full((4, 6), 1e-5), word_line_resistance=0.0, bit_line_resistance=0.0)
    drop = crossbar.solve(words, bits).cell_voltage.values
    unselected = np.ones((4, 6), dtype=bool)
    unselected[1, 2] = False
    assert drop[1, 2] == pytest.approx(0.9)
    np.testing.assert_allclose(np.abs(drop[unselected]), 0.3, rtol=1e-12)


def test_linear_law_through_newton_is_the_linear_network() -> None:
    g = np.random.default_rng(2).uniform(1e-6, 1e-3, (6, 6))
    words, bits = bias("floating", g.shape, (0, 0), 1.0)
    crossbar = Crossbar(conductances=g, word_line_resistance=2.0, bit_line_resistance=1.0)
    linear = crossbar.solve(words, bits)
    newton = crossbar.solve(words, bits, cell_current=lambda v: g * v, cell_conductance=lambda v: g)
    np.testing.assert_allclose(newton.cell_current, linear.cell_current, rtol=1e-9, atol=1e-18)


def test_nonlinear_floating_two_by_two_is_three_cells_in_series() -> None:
    def sinh(v: np.ndarray) -> np.ndarray:
        return 1e-9 * np.sinh(v / 0.05)

    def slope(v: np.ndarray) -> np.ndarray:
        return 1e-9 / 0.05 * np.cosh(v / 0.05)

    crossbar = Crossbar(conductances=np.ones((2, 2)), word_line_resistance=0.0, bit_line_resistance=0.0)
    words, bits = bias("floating", (2, 2), (0, 0), 1.2)
    load = 1e4
    result = crossbar.solve(
        words, bits, bit_terminal_resistance=[load, 0.0], cell_current=sinh, cell_conductance=slope
    )
    across = brentq(lambda v: sinh(v) + sinh(v / 3) - (1.2 - v) / load, 0.0, 1.2, xtol=1e-15, rtol=1e-14)
    assert float(result.cell_voltage[0, 0]) == pytest.approx(across, rel=1e-9)
    assert float(result.cell_voltage[0, 1]) == pytest.approx(across / 3, rel=1e-9)


def test_half_select_current_of_a_nonlinear_cell_is_that_of_half_the_voltage() -> None:
    crossbar = Crossbar(conductances=np.ones((8, 8)), word_line_resistance=0.5, bit_line_resistance=0.5)
    words, bits = bias("V/2", (8, 8), (3, 4), 1.0)
    result = crossbar.solve(
        words,
        bits,
        cell_current=lambda v: 1e-9 * np.sinh(v / 0.1),
        cell_conductance=lambda v: 1e-8 * np.cosh(v / 0.1),
    )
    current = result.cell_current.values
    assert current[3, 0] == pytest.approx(1e-9 * np.sinh(5.0), rel=1e-3)
    assert current[3, 4] == pytest.approx(1e-9 * np.sinh(10.0), rel=1e-3)
    assert abs(current[0, 0]) < 1e-6 * current[3, 0]


def test_undetermined_or_bad_networks_are_named() -> None:
    g = np.ones((2, 2))
    g[1] = 0.0
    crossbar = Crossbar(conductances=g, word_line_resistance=1.0, bit_line_resistance=1.0)
    with pytest.raises(IncompatibleError, match="float without a path"):
        crossbar.solve([1.0, np.nan])
    with pytest.raises(OutOfRangeError, match="cell conductance"):
        Crossbar(conductances=-g, word_line_resistance=1.0, bit_line_resistance=1.0)
    with pytest.raises(OutOfRangeError, match="word line resistance"):
        Crossbar(conductances=g, word_line_resistance=-1.0, bit_line_resistance=1.0)
    with pytest.raises(IncompatibleError, match="word values"):
        crossbar.solve([1.0, 1.0, 1.0])
