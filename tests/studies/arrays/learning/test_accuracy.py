"""Networks of conductance pairs on scikit-learn's digits (8 x 8, not MNIST): what a device costs them."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fem.errors import IncompatibleError, MemfemError, MissingSoftwareError, OutOfRangeError
from studies.arrays.learning import digits as data
from studies.arrays.learning.accuracy import Accuracy, Learner, accuracy_against
from studies.arrays.learning.network import drawn_digits, first_weights, forward, gradients, sizes_of
from studies.arrays.learning.readout import ReadLines
from studies.arrays.learning.synapse import Synapse
from studies.arrays.learning.training import Training, _coincidences

IDEAL = Synapse.ideal(1e-6, 1e-4, pulses=256)
QUICK = Training(epochs=6)
SEEDS = 4


def against(variable: str, *values: float, synapse: Synapse = IDEAL, training: Training = QUICK, lines=None):
    """Return a quick study of a few seeds."""
    learner = Learner(synapse=synapse, training=training, lines=lines or ReadLines())
    return accuracy_against(learner, variable, values, seeds=SEEDS)


def test_the_digits_of_a_seed_are_all_of_them_once_and_those_of_another_differ() -> None:
    one, other = data.digits(0), data.digits(1)
    assert one.labels.size + one.test_labels.size == 1797
    assert one.images.min() == 0
    assert one.images.max() == 1
    both = np.concatenate((one.images, one.test_images))
    assert np.unique(both, axis=0).shape[0] > 1790
    assert (one.test_labels != other.test_labels).any()


def test_gradients_are_the_slopes_of_the_loss() -> None:
    from studies.arrays.learning.network import GAIN

    random, images = np.random.default_rng(0), drawn_digits([0, 1])
    weights = [np.stack([w, -0.5 * w]) for w in first_weights(sizes_of(6), random)]
    x, labels = images.images[:, :20], images.labels[:, :20]

    def loss(net: int) -> float:
        scores = GAIN * forward(x, 2, lambda k, y: y @ weights[k])[-1][net]
        own = scores[np.arange(20), labels[net]]
        return float((np.log(np.exp(scores).sum(axis=1)) - own).mean())

    found = gradients(forward(x, 2, lambda k, y: y @ weights[k]), labels, weights)
    for k, place in ((0, (1, 30, 2)), (0, (0, 64, 5)), (1, (1, 6, 3)), (1, (0, 2, 9))):
        before = weights[k][place]
        sides = []
        for step in (1e-5, -1e-5):
            weights[k][place] = before + step
            sides.append(loss(place[0]))
        weights[k][place] = before
        assert found[k][place] == pytest.approx((sides[0] - sides[1]) / 2e-5, rel=1e-5, abs=1e-9)


def test_ideal_cells_lose_less_than_two_percent_after_a_few_epochs() -> None:
    found = against("device_spread", 0.0)
    assert found.software.mean() > 0.94
    assert found.lost("transferred")[0][0] < 0.01
    assert found.lost("in_situ")[0][0] < 0.02


def test_coincidences_of_random_trains_are_binomial() -> None:
    chance = np.array([0.0, 1e-3, 0.1, 0.5, 0.9, 1.0])[:, None] * np.ones((6, 40000))
    found = _coincidences(10, chance, np.random.default_rng(0))
    assert found.mean(axis=1) == pytest.approx(10 * chance[:, 0], abs=0.03)
    assert found.var(axis=1) == pytest.approx(10 * chance[:, 0] * (1 - chance[:, 0]), rel=0.03, abs=3e-3)
    assert found.max() == 10


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [0, 32])
def test_ideal_cells_reach_the_accuracy_of_the_software_within_one_percent(hidden: int) -> None:
    found = accuracy_against(Learner(synapse=IDEAL), "hidden", [hidden], seeds=10)
    assert found.software.mean() > (0.97 if hidden else 0.96)
    for way in ("transferred", "in_situ"):
        assert abs(found.lost(way)[0][0]) < 0.01


def test_nonlinearity_and_spread_cost_accuracy_in_situ_and_little_after_write_and_verify() -> None:
    for variable, value, synapse in (
        ("nonlinearity", 6.0, Synapse.ideal(1e-6, 1e-4, pulses=64)), ("device_spread", 0.4, IDEAL),
        ("cycle_spread", 0.03, IDEAL),
    ):  # fmt: skip
        found = against(variable, 0.0, value, synapse=synapse)
        assert found.lost("in_situ")[0][1] > found.lost("in_situ")[0][0] + 0.01, variable
        assert found.lost("transferred")[0][1] < 0.03, variable


def test_training_in_the_array_learns_around_lines_and_stuck_cells() -> None:
    for variable, value in (("line_resistance", 30.0), ("stuck_low", 0.1)):
        found = against(variable, value)
        assert found.transferred.mean() < 0.9, variable
        assert found.in_situ.mean() > found.transferred.mean() + 0.05, variable


def test_the_sign_rule_learns_with_one_pulse_a_batch() -> None:
    found = against("read_noise", 0.0, training=Training(epochs=10, batch=143, rule="Manhattan"))
    assert found.in_situ.mean() > 0.9


def test_two_layers_learn_in_their_arrays() -> None:
    found = against("hidden", 16, training=Training(epochs=8), lines=ReadLines(word=1.0, bit=1.0))
    assert found.in_situ.mean() > 0.9


def test_the_same_seeds_give_the_same_accuracies_in_other_processes() -> None:
    learner = Learner(synapse=IDEAL.with_(cycle_spread=0.01), training=Training(epochs=1))
    here, there = (accuracy_against(learner, "read_noise", [0.0, 0.2], seeds=2, processes=n) for n in (1, 2))
    np.testing.assert_array_equal(here.in_situ, there.in_situ)
    np.testing.assert_array_equal(here.transferred, there.transferred)


def test_a_table_and_a_picture_say_the_data_set_and_the_seeds() -> None:
    values = np.array([[0.9, 0.94], [0.8, 0.8]])
    found = Accuracy(
        variable="line_resistance", unit="Ohm", values=np.array([0.0, 10.0]), software=values + 0.02,
        transferred=values, in_situ=values - 0.1,
    )  # fmt: skip
    assert "scikit-learn digits" in repr(found)
    assert "92.0 ± 2.0" in repr(found)
    assert "line_resistance [Ohm]" in repr(found)
    assert found.lost("in_situ")[0] == pytest.approx([0.12, 0.12])
    assert found.data().attrs["data_set"].startswith("scikit-learn")
    axes = found.plot()
    assert axes.get_xlabel() == "Line resistance [Ohm]"


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Learner(synapse=IDEAL)
    with pytest.raises(OutOfRangeError, match="between 0 and 9"):
        accuracy_against(learner, "nonlinearity", [12.0])
    with pytest.raises(IncompatibleError, match="whole number"):
        accuracy_against(learner, "hidden", [2.5])
    with pytest.raises(MemfemError, match="colour"):
        accuracy_against(learner, "colour", [1.0])
    data._all.cache_clear()
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingSoftwareError, match="learning"):
        data.digits(0)
