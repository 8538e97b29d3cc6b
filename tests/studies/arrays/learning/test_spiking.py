"""Spiking neurons learn digits without labels, with a cell of a device at each synapse."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import OutOfRangeError
from studies.arrays.learning.bank import Bank
from studies.arrays.learning.spiking import Spiking, _classes, _Net, _told, spiking
from studies.arrays.learning.synapse import Synapse

CELLS = Synapse.of_nonlinearity(1e-6, 1e-4, pulses=30, up=4.0)


def net(own: Spiking, x: np.ndarray, synapse: Synapse = CELLS) -> _Net:
    """Return networks with cells in the states ``x``."""
    random = np.random.default_rng(0)
    return _Net(own, Bank.of(synapse, x.shape, random), x.copy(), np.zeros((x.shape[0], x.shape[2])), random)


def test_the_neuron_whose_weights_are_the_image_wins_and_inhibits_the_other() -> None:
    image, other = np.zeros(64), np.ones(64)
    image[:20], other[:20] = 1.0, 0.0
    made = net(Spiking(neurons=2), np.stack((image, other), axis=1)[None])
    count = made.show(np.stack((image, other))[None], learn=False)[0]
    assert count[0, 0] > 0
    assert count[1, 1] > 0
    assert count[0, 1] == count[1, 0] == 0


def test_a_spike_moves_active_inputs_up_and_the_others_down() -> None:
    image = np.zeros(64)
    image[:32] = 1.0
    made = net(Spiking(neurons=1, rise=0.0), np.full((1, 64, 1), 0.5))
    for _ in range(4):
        made.show(image[None, None], learn=True)
    assert made.x[0, :32, 0].min() > 0.5
    assert (made.x[0, 32:, 0] < 0.1).all()


def test_thresholds_rise_with_each_spike_and_so_the_spikes_become_rarer() -> None:
    image = np.full((1, 1, 64), 0.5)
    made = net(Spiking(neurons=1, rise=2.0), np.full((1, 64, 1), 0.5))
    counts = [int(made.show(image, learn=True).sum()) for _ in range(8)]
    assert counts[-1] < counts[0]
    assert made.theta[0, 0] == pytest.approx(2.0 * sum(counts), rel=0.01)


def test_weights_are_those_of_the_cells_while_they_learn() -> None:
    random = np.random.default_rng(1)
    scattered = CELLS.with_(device_spread=0.3, cycle_spread=0.02)
    made = net(Spiking(neurons=3), random.uniform(0.3, 0.7, (2, 64, 3)), scattered)
    for _ in range(3):
        made.show(random.random((2, 1, 64)), learn=True)
    np.testing.assert_allclose(made.weights, made._weights(made.x), atol=1e-12)


def test_a_neuron_has_the_class_that_it_answers_most_and_votes_for_it() -> None:
    labels = np.array([[3, 3, 7, 7]])
    count = np.array([[[5, 0, 0], [4, 1, 0], [0, 6, 0], [1, 7, 0]]])
    classes = _classes(count, labels)
    assert classes.tolist() == [[3, 7, -1]]
    assert _told(count, classes).tolist() == [[3, 3, 7, 7]]


def test_a_small_network_learns_digits_without_labels() -> None:
    found = spiking(CELLS, Spiking(neurons=40, epochs=1, shown=0.05), seeds=2)
    assert found.accuracy.mean() > 0.5  # a tenth by chance
    assert found.receptive.shape == (2, 8, 8, 40)
    assert "scikit-learn" in repr(found)
    assert sum(bool(axes.images) for axes in found.plot().axes) == 40


@pytest.mark.slow
def test_a_hundred_neurons_tell_three_of_four_digits_and_spread_costs_little() -> None:
    ideal, spread = (
        spiking(CELLS.with_(device_spread=s), Spiking(), seeds=4).accuracy.mean() for s in (0.0, 0.1)
    )
    assert ideal > 0.75
    assert spread > ideal - 0.05


def test_times_and_rates_of_a_network_are_positive() -> None:
    with pytest.raises(OutOfRangeError, match="membrane"):
        Spiking(membrane=0.0)
