r"""Networks of one or two layers of weights, several of them at once, and their training in floating-point numbers.

Layers are :math:`y = W^T (x, 1)`, the last input of each is a bias. Weights are from -1 to 1, the range of a pair of
conductances, and an amplifier of the gain ``GAIN`` stands behind each output; between two layers follows tanh, whose
outputs are read voltages of the next array, at the end the softmax, of which the loss is the cross-entropy. Arrays
begin with the axis of the networks, one for each seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from studies.arrays.learning.digits import CLASSES, Digits, digits

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
#: Of the amplifiers, assumed: weights of the digits then use most of their range and few stand at its ends.
GAIN = 3.0
PIXELS = 64
#: Outputs of a layer (networks, images, out) from its number, its inputs (networks, images, in) and the bias in them.
Layer = Callable[[int, Array], Array]


def sizes_of(hidden: int) -> tuple[tuple[int, int], ...]:
    """Return (rows, outputs) of the layers: one for no ``hidden`` neurons, else two. A row each is the bias.

    >>> sizes_of(0), sizes_of(32)
    (((65, 10),), ((65, 32), (33, 10)))
    """
    if not hidden:
        return ((PIXELS + 1, CLASSES),)
    return ((PIXELS + 1, hidden), (hidden + 1, CLASSES))


def first_weights(sizes: Sequence[tuple[int, int]], random: Generator) -> list[Array]:
    """Return random weights of one network: uniform up to 1/sqrt(rows), and a tenth of that in the last layer."""
    return [
        random.uniform(-1, 1, size) * (1.0 if k + 1 < len(sizes) else 0.1) / np.sqrt(size[0])
        for k, size in enumerate(sizes)
    ]


def with_bias(x: Array) -> Array:
    """Return inputs with the bias, shape (..., in + 1)."""
    return np.concatenate((x, np.ones((*x.shape[:-1], 1))), axis=-1)


def forward(x: Array, layers: int, layer: Layer) -> list[Array]:
    """Return the inputs of each layer (with the bias) and the outputs of the last."""
    inputs = [with_bias(x)]
    for k in range(layers):
        y = layer(k, inputs[-1])
        inputs.append(y if k + 1 == layers else with_bias(np.tanh(GAIN * y)))
    return inputs


def gradients(inputs: list[Array], labels: Whole, weights: Sequence[Array]) -> list[Array]:
    """Return the derivatives of the mean loss over the images, shape of ``weights`` (networks, rows, out).

    ``inputs``: of ``forward``. Errors go back through ``weights``, as an array read from its other side gives them.
    """
    scores = GAIN * inputs[-1]
    share = np.exp(scores - scores.max(axis=-1, keepdims=True))
    share /= share.sum(axis=-1, keepdims=True)
    error = share
    np.put_along_axis(error, labels[..., None], np.take_along_axis(error, labels[..., None], -1) - 1, -1)
    error *= GAIN / labels.shape[-1]
    found: list[Array] = []
    for k in reversed(range(len(weights))):
        found.insert(0, np.swapaxes(inputs[k], -1, -2) @ error)
        if k:
            back = error @ np.swapaxes(weights[k], -1, -2)
            error = GAIN * (back * (1 - inputs[k] ** 2))[..., :-1]
    return found


def accuracy(x: Array, labels: Whole, layers: int, layer: Layer) -> Array:
    """Return the share of images, shape (networks, n, in), whose largest output is that of their label, (networks,)."""
    return np.asarray((forward(x, layers, layer)[-1].argmax(axis=-1) == labels).mean(axis=-1))


def drawn_digits(seeds: Sequence[int]) -> Digits:
    """Return the digits of all ``seeds``, with the axis of the networks first."""
    every = [digits(s) for s in seeds]
    return Digits(*(np.stack([getattr(d, name) for d in every]) for name in Digits.__annotations__))


def batches(seeds: Sequence[int], count: int, size: int) -> Callable[[], Sequence[Whole]]:
    """Return a function whose calls give the batches of an epoch: numbers of images (networks, size), by seed."""
    sources = [np.random.default_rng([s, 1]) for s in seeds]
    per_epoch = count // size

    def epoch() -> Sequence[Whole]:
        order = np.stack([r.permutation(count)[: per_epoch * size] for r in sources])
        return [order[:, k * size : (k + 1) * size] for k in range(per_epoch)]

    return epoch


def taken(data: Digits, which: Whole) -> tuple[Array, Whole]:
    """Return the images ``which`` (networks, size) of each network, and their labels."""
    rows = np.arange(len(which))[:, None]
    return data.images[rows, which], data.labels[rows, which]


def trained_in_software(
    data: Digits, seeds: Sequence[int], hidden: int, *, epochs: int, batch: int, rate: float
) -> list[Array]:
    """Return weights from -1 to 1 trained by stochastic gradient descent, (networks, rows, out) for each layer.

    The ``rate`` falls to a tenth over the ``epochs`` by equal ratios.
    """
    sizes = sizes_of(hidden)
    first = [first_weights(sizes, np.random.default_rng([s, 0])) for s in seeds]
    weights = [np.stack(w) for w in zip(*first, strict=True)]
    epoch = batches(seeds, data.labels.shape[1], batch)
    for k in range(epochs):
        now = rate * 0.1 ** (k / max(1, epochs - 1))
        for which in epoch():
            images, labels = taken(data, which)
            inputs = forward(images, len(sizes), lambda n, x: x @ weights[n])
            for w, slope in zip(weights, gradients(inputs, labels, weights), strict=True):
                np.clip(w - now * slope, -1, 1, out=w)
    return weights
