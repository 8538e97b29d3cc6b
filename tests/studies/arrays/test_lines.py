"""Lines solved one direction after the other give what one sparse matrix gives, in few iterations."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import ConvergenceError
from studies import Crossbar
from studies.arrays.chains import Chains
from studies.arrays.kirchhoff import Network
from studies.arrays.lines import LineSolver
from studies.arrays.network import bias
from tests.sparse_crossbar import solve


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (6, 1), (7, 4), (60, 50)])
@pytest.mark.parametrize("scheme", ["floating", "V/2", "V/3"])
def test_unequal_segments_of_any_array_agree_with_one_sparse_matrix(
    shape: tuple[int, int], scheme: str
) -> None:
    random = np.random.default_rng(5)
    cells = 10 ** random.uniform(-7, -3, shape)
    word, bit = 10 ** random.uniform(-2, 2, (2, *shape))
    word[0], bit[-1, 0] = 0.0, 0.0
    words, bits = bias(scheme, shape, (0, shape[1] - 1), 0.7)
    crossbar = Crossbar(conductances=cells, word_line_resistance=word, bit_line_resistance=bit)
    found = crossbar.solve(words, bits)
    above, below = solve(cells, word, bit, words, bits)
    np.testing.assert_allclose(found.word_line_voltage, above, atol=1e-11, rtol=0)
    np.testing.assert_allclose(found.bit_line_voltage, below, atol=1e-11, rtol=0)


def test_a_transposed_array_has_transposed_voltages() -> None:
    cells = 10 ** np.random.default_rng(6).uniform(-6, -3, (9, 5))
    word, bit = np.random.default_rng(7).uniform(0.5, 8.0, (2, 9, 5))
    upright = Crossbar(conductances=cells, word_line_resistance=word, bit_line_resistance=bit)
    # rows and columns change places, and each line is read from its other end
    turned = Crossbar(conductances=cells.T[::-1, ::-1], word_line_resistance=bit.T[::-1, ::-1],
                      bit_line_resistance=word.T[::-1, ::-1])  # fmt: skip
    volts, ground = np.linspace(0.1, 0.4, 9), np.linspace(0.0, 0.05, 5)
    a, b = upright.solve(volts, ground), turned.solve(ground[::-1], volts[::-1])
    np.testing.assert_allclose(a.cell_voltage.values, -b.cell_voltage.values[::-1, ::-1].T, rtol=1e-9)


@pytest.mark.parametrize("size", [128, 256])
def test_cells_of_508_ohm_on_floating_lines_take_at_most_sixty_iterations(size: int) -> None:
    cells = np.full((size, size), 1 / 508.0)
    cells[0, -1] = 1 / 2.07e8
    segments = np.full((size, size), 2.0)
    words, bits = bias("floating", cells.shape, (0, size - 1), 0.5)
    network = Network.of((segments, segments), (words, bits))
    network.solve(lambda v: (cells * v, cells), linear=True)
    assert 0 < network.lines.iterations <= 60


def test_bundles_of_lines_save_iterations_and_change_no_voltage(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 192
    cells = np.where(np.random.default_rng(8).random((size, size)) < 0.5, 1 / 508.0, 1 / 2.07e8)
    words, bits = bias("floating", cells.shape, (0, size - 1), 0.5)
    found = []
    for fewest in (48, 1000):
        monkeypatch.setattr("studies.arrays.coarse.FEWEST_LINES", fewest)
        network = Network.of((np.full_like(cells, 2.0),) * 2, (words, bits))
        point = network.solve(lambda v: (cells * v, cells), linear=True)
        found.append((network.lines.iterations, point.across))
    assert found[0][0] < found[1][0] - 4
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-11, rtol=0)


def test_segments_without_resistance_among_others_are_solved_on_floating_lines() -> None:
    random = np.random.default_rng(9)
    shape = (64, 60)
    cells = 10 ** random.uniform(-2.7, -2.0, shape)
    word, bit = np.full(shape, 7.8), 10 ** random.uniform(-1, 1, shape)
    bit[random.random(shape) < 0.2] = 0.0
    words, bits = bias("floating", shape, (3, 50), 0.7)
    found = Crossbar(conductances=cells, word_line_resistance=word, bit_line_resistance=bit).solve(
        words, bits
    )
    above, below = solve(cells, word, bit, words, bits)
    np.testing.assert_allclose(found.word_line_voltage, above, atol=1e-11, rtol=0)
    np.testing.assert_allclose(found.bit_line_voltage, below, atol=1e-11, rtol=0)


def test_cells_that_give_power_are_no_linear_network() -> None:
    shape = (4, 4)
    chains = [Chains(np.ones(shape), np.ones(4, dtype=bool), np.zeros(shape)) for _ in range(2)]
    with pytest.raises(ConvergenceError, match="power"):
        nothing = np.zeros(shape)
        LineSolver(*chains).solve(np.full(shape, -10.0), nothing, nothing, (np.ones(4), np.zeros(4)))
