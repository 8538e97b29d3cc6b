"""A crossbar multiplies by its transfer conductances, whatever its lines."""

from __future__ import annotations

import numpy as np
import pytest

from studies.arrays.learning.pairs import Pairs
from studies.arrays.learning.readout import ReadLines, transfer
from studies.arrays.learning.synapse import Synapse
from studies.arrays.network import Crossbar

LINES = ReadLines(word=12.0, bit=7.0)


@pytest.mark.parametrize("shape", [(9, 4), (4, 9)])
def test_outputs_are_the_transfer_conductances_times_the_inputs(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    g, volts = random.uniform(1e-5, 1e-3, shape), random.uniform(-0.1, 0.1, shape[0])
    array = Crossbar(conductances=g, word_line_resistance=12.0, bit_line_resistance=7.0)
    wanted = array.solve(volts)["output_current"].values
    np.testing.assert_allclose(volts @ transfer(g, LINES), wanted, rtol=1e-9)


def test_without_resistance_of_lines_a_cell_is_its_own_transfer() -> None:
    g = np.random.default_rng(1).uniform(1e-5, 1e-3, (6, 5))
    assert (transfer(g, ReadLines()) == g).all()
    assert np.abs(transfer(g, ReadLines(word=1e-6, bit=1e-6)) / g - 1).max() < 1e-6


def test_lines_weaken_most_the_cell_farthest_from_driver_and_output() -> None:
    g = np.full((8, 8), 1e-3)
    passed = transfer(g, LINES) / g
    assert passed.argmin() == np.ravel_multi_index((0, 7), g.shape)
    assert passed.argmax() == np.ravel_multi_index((7, 0), g.shape)


def test_a_weight_is_what_its_pair_was_placed_at() -> None:
    random = np.random.default_rng(2)
    made = Pairs.of(Synapse.ideal(1e-6, 1e-4, pulses=100), (3, 7, 5), ReadLines(), random)
    wanted = random.uniform(-1, 1, (3, 7, 5))
    np.testing.assert_allclose(made.placed(wanted).weights, wanted, atol=1e-12)
    pulses = np.ones((3, 7, 5), dtype=np.int64)
    np.testing.assert_allclose(made.pulsed(pulses, -pulses, random).weights, 0.02, atol=1e-12)


def test_what_lines_pass_may_be_kept_while_weights_move() -> None:
    random = np.random.default_rng(2)
    made = Pairs.of(
        Synapse.ideal(1e-6, 1e-4, pulses=100), (2, 65, 10), ReadLines(word=10.0, bit=10.0), random
    )
    up, down = (random.integers(-10, 11, (2, 65, 10)) for _ in range(2))
    moved = made.pulsed(up, down, random)
    lost = np.abs(moved.solved().transfer - moved.bank.conductance(moved.x)).max()
    assert np.abs(moved.transfer - moved.solved().transfer).max() < 0.1 * lost


def test_read_noise_is_that_of_all_cells_of_a_pair_of_columns() -> None:
    random = np.random.default_rng(5)
    made = Pairs.of(
        Synapse.ideal(0.0, 1e-4, pulses=100).with_(read_noise=0.1), (1, 20, 1), ReadLines(), random
    )
    x = np.full((1, 40000, 20), 0.5)
    found = made.output(x, made.weights, random)
    assert found.std() == pytest.approx(0.1 * np.sqrt(2 * 20) * 0.5 * 0.5, rel=0.02)
    assert abs(found.mean()) < 0.01
