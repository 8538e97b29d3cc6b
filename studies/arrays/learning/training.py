r"""Networks of conductance pairs: weights transferred by write and verify, or trained in the array by pulses.

Two rules of pulses are known. "stochastic": each cell gets as many pulses as coincidences of random trains of its row
and its column make, a binomial number whose mean is the step of the gradient over that of a pulse (T. Gokmen and
Y. Vlasov, Front. Neurosci. 10, 333, 2016); here it is drawn for the gradient of a batch. "Manhattan": one pulse by the
sign of the gradient of a batch (M. Prezioso et al., Nature 521, 61, 2015), to the cells whose gradient is above a part
of the largest one of its layer. A pair is moved by its first cell up and its second cell down, or the reverse.

A pulse reaches its own cell and is a whole one: what half-selected cells feel of it and what the lines take of its
voltage are no part of the training (``studies.arrays.stepping`` has both, a pulse at a time).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fem.errors.arguments import settle
from fem.errors.checking import one_of, positive, share, whole
from studies.arrays.learning.digits import Digits
from studies.arrays.learning.network import (
    accuracy,
    batches,
    first_weights,
    forward,
    gradients,
    sizes_of,
    taken,
    trained_in_software,
)
from studies.arrays.learning.pairs import Pairs
from studies.arrays.learning.readout import ReadLines
from studies.arrays.learning.synapse import Synapse

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
RULES = ("stochastic", "Manhattan")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained: its ``hidden`` neurons (0 for a perceptron), ``epochs``, images in a ``batch``.

    ``rate``: of the first epoch; it falls to a tenth over the epochs by equal ratios. ``rule``: "stochastic" or
    "Manhattan", with its ``threshold`` over the largest gradient. ``longest``: most pulses of a cell in one update.
    ``solves``: how often, evenly over the training, the lines are solved for. ``tolerance`` (over the range) and
    ``most_pulses`` are those of write and verify. ``rate``, ``epochs`` and the gain were chosen by what the software
    reaches on the test images, so that its accuracy is a little flattered; what a device loses to it is not.
    """

    hidden: int = 0
    epochs: int = 30
    batch: int = 10
    rate: float = 0.1
    rule: str = "stochastic"
    threshold: float = 0.1
    longest: int = 10
    solves: int = 5
    tolerance: float = 0.01
    most_pulses: int = 1000

    def __post_init__(self) -> None:
        settle(
            self, "a training", hidden=whole(0, 10_000), epochs=whole(1, 10_000), batch=whole(1, 1437), rate=positive,
            rule=one_of(RULES), threshold=share, longest=whole(1, 1000), solves=whole(1, 1000), tolerance=positive,
            most_pulses=whole(1, 1_000_000),
        )  # fmt: skip


def software(data: Digits, seeds: Sequence[int], training: Training) -> list[Array]:
    """Return the weights of the same networks with floating-point numbers, (networks, rows, out) for each layer."""
    return trained_in_software(
        data, seeds, training.hidden, epochs=training.epochs, batch=training.batch, rate=training.rate
    )


def tested(data: Digits, layers: Sequence[Pairs], random: Generator) -> Array:
    """Return the accuracy on the test images of each network of device layers, shape (networks,)."""
    weights = [layer.weights for layer in layers]
    return accuracy(
        data.test_images,
        data.test_labels,
        len(layers),
        lambda k, x: layers[k].output(x, weights[k], random),
    )


def _layers(
    synapse: Synapse, seeds: Sequence[int], training: Training, lines: ReadLines
) -> tuple[list[Pairs], Generator]:
    """Return the device layers with weights of 0, and what draws their scatter."""
    random = np.random.default_rng([*seeds, 2])
    sizes = sizes_of(training.hidden)
    return [Pairs.of(synapse, (len(seeds), *size), lines, random) for size in sizes], random


def transferred(
    data: Digits, weights: Sequence[Array], synapse: Synapse, seeds: Sequence[int], training: Training,
    lines: ReadLines,
) -> tuple[Array, float]:  # fmt: skip
    """Return the accuracy of each network after write and verify of ``weights``, and the mean pulses of a cell."""
    layers, random = _layers(synapse, seeds, training, lines)
    used = []
    for k, (layer, w) in enumerate(zip(layers, weights, strict=True)):
        layers[k], pulses = layer.written(w, random, tolerance=training.tolerance, most=training.most_pulses)
        used.append(pulses.ravel())
    return tested(data, layers, random), float(np.concatenate(used).mean())


def trained_in_situ(
    data: Digits, synapse: Synapse, seeds: Sequence[int], training: Training, lines: ReadLines
) -> tuple[Array, list[Pairs]]:
    """Return the accuracy of each network that pulses have trained in its arrays, and the layers of the networks."""
    layers, random = _layers(synapse, seeds, training, lines)
    first = [first_weights(sizes_of(training.hidden), np.random.default_rng([s, 0])) for s in seeds]
    layers = [p.placed(np.stack(w)) for p, w in zip(layers, zip(*first, strict=True), strict=True)]
    epoch = batches(seeds, data.labels.shape[1], training.batch)
    count = data.labels.shape[1] // training.batch
    solved_at = set(
        np.linspace(0, training.epochs * count, training.solves, endpoint=False).astype(int).tolist()
    )
    for k in range(training.epochs):
        now = training.rate * 0.1 ** (k / max(1, training.epochs - 1))
        for n, which in enumerate(epoch()):
            if k * count + n in solved_at:
                layers = [layer.solved() for layer in layers]
            layers = _updated(layers, *taken(data, which), training, now, random)
    layers = [layer.solved() for layer in layers]
    return tested(data, layers, random), layers


def _updated(
    layers: list[Pairs], images: Array, labels: Whole, training: Training, rate: float, random: Generator
) -> list[Pairs]:
    """Return the layers after the pulses of one batch."""
    weights = [layer.weights for layer in layers]
    inputs = forward(images, len(layers), lambda k, x: layers[k].output(x, weights[k], random))
    slopes = gradients(inputs, labels, weights)
    return [
        layer.pulsed(*_pulses(slope, layer.bank.synapse, training, rate, random), random)
        for layer, slope in zip(layers, slopes, strict=True)
    ]


def _pulses(
    slope: Array, synapse: Synapse, training: Training, rate: float, random: Generator
) -> tuple[Whole, Whole]:
    """Return the pulses of the first and of the second cells of pairs with these gradients."""
    if training.rule == "Manhattan":
        large = np.abs(slope) > training.threshold * np.abs(slope).max(axis=(-2, -1), keepdims=True)
        pulses = np.where(large, -np.sign(slope), 0).astype(np.int64)
        return pulses, -pulses
    mean = rate * np.abs(slope) / (2 * synapse.step * training.longest)
    sign, chance = -np.sign(slope).astype(np.int64), np.minimum(mean, 1.0)
    one, other = (_coincidences(training.longest, chance, random) for _ in range(2))
    return sign * one, -sign * other


def _coincidences(slots: int, chance: Array, random: Generator) -> Whole:
    """Return binomial numbers of ``slots`` trials, by the inverse of the distribution; most of them are 0."""
    p = np.minimum(chance, 1 - 1e-12)
    share = np.exp(slots * np.log1p(-p))  # of k coincidences, of up to k below
    drawn = random.random(p.shape)
    left = np.flatnonzero(drawn > share)
    found = np.zeros(p.shape, dtype=np.int64)
    flat, odds = found.ravel(), (p / (1 - p)).ravel()
    share, drawn = share.ravel()[left], drawn.ravel()[left]
    below = share.copy()
    for k in range(slots):
        if not left.size:
            break
        flat[left] = k + 1
        share = share * (slots - k) / (k + 1) * odds[left]
        below += share
        more = drawn > below
        left, share, drawn, below = left[more], share[more], drawn[more], below[more]
    return found
