"""Reservoir computing with a volatile device: streams of pulses leave states that tell them apart, read by one layer.

A stream of bits drives a device, a pulse for 1 and a pause for 0; what is left of them at its end is one conductance.
The device is not trained, the linear layer behind it is. Published for halide perovskites: 16 states of 4-bit streams
(D. Sharma et al., Nano Energy 129, 109949, 2024); a standard deviation of the last conductance of some 2.5 % over 20
devices (L.-W. Chen et al., Adv. Intell. Syst. 3, 2000196, 2021); 28 pulses of 1.5 to 2.2 V, 2 ms wide and 2 ms apart
(J. Yang et al., ACS Nano 16, 21324, 2022), all three as N. Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, quote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.random import Generator
from numpy.typing import NDArray

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked, settle
from fem.errors.checking import each, instance, not_negative, number, positive, whole
from studies.arrays.learning.digits import CLASSES, DATA_SET, digits
from studies.compact.model import CompactModel
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Pulse, PulseTrain, Rest
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
BITS = 4
_DARK = 0.5  # grey level from which a pixel is 1
_RIDGE = 1e-2  # of the mean power of a feature
_EDGE = 0.01  # rise of a pulse over its width


@dataclass(frozen=True, kw_only=True)
class Stream:
    """Pulses that stand for 1: ``amplitude`` [V], ``width`` [s], ``interval`` [s] after each; 0 is a rest as long.

    ``read_voltage`` [V]: of the read at the end of the last interval, which moves nothing.
    """

    amplitude: float
    width: float
    interval: float
    read_voltage: float

    def __post_init__(self) -> None:
        settle(self, "a stream", width=positive, interval=positive, read_voltage=positive)

    def bit(self, one: bool) -> Protocol:
        """Return the drive of one bit."""
        rise = _EDGE * self.width
        if not one:
            return Rest(self.width + self.interval + 2 * rise, 0.0)
        return Pulse(self.amplitude, self.width, rise=rise) + Rest(self.interval, 0.0)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReservoirStates:
    """Conductances [S] that all streams of ``bits`` bits leave, shape (2**bits,), by the streams' binary number.

    The first bit of a stream is the highest. ``spread``: relative standard deviation of a conductance.
    """

    bits: int
    conductances: Array
    spread: float

    def distinguishable(self, margin: float = 1.0) -> int:
        """Return how many of the states have bands of ``margin`` spreads on either side that do not overlap."""
        order = np.sort(self.conductances)
        last, found = -np.inf, 0
        for g in order:
            if g * (1 - margin * self.spread) > last:
                found, last = found + 1, g * (1 + margin * self.spread)
        return found

    @property
    def closest(self) -> float:
        """The smallest distance of two states, over the spread of their mean; infinite without spread."""
        order = np.sort(self.conductances)
        return float(
            (np.diff(order) / (0.5 * (order[1:] + order[:-1]))).min() / (self.spread or np.finfo(float).tiny)
        )

    def rows(self) -> list[Row]:
        """Return (stream, conductance, unit), and how many are told apart."""
        rows: list[Row] = [(f"{k:0{self.bits}b}", float(g), "S") for k, g in enumerate(self.conductances)]
        return [*rows, ("distinguishable", float(self.distinguishable()), "1"), ("spread", self.spread, "1")]

    def __repr__(self) -> str:
        return figure_table(
            "ReservoirStates", self.rows(), "bands of one spread on either side do not overlap"
        )

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the conductance of each stream and its spread."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        place = np.arange(self.conductances.size)
        axes.errorbar(place, self.conductances, self.spread * self.conductances, fmt="o", capsize=3)
        axes.set_xticks(place, [f"{k:0{self.bits}b}" for k in place], rotation=90)
        axes.set(xlabel="Stream of pulses", ylabel="Conductance [S]", yscale="log")
        return axes


@checked(model=instance(CompactModel), stream=instance(Stream), bits=whole(1, 10), spread=not_negative)
def reservoir_states(
    model: CompactModel, stream: Stream, *, bits: int = BITS, spread: float = 0.0
) -> ReservoirStates:
    """Return the conductances that all streams of ``bits`` bits leave in a ``model``, from its first state.

    ``spread``: relative standard deviation of a conductance, such as the published 0.025. Each bit is simulated from
    the states that the bits before it have left. Raises what the simulation raises.
    """
    family, values = model.family, model.values()
    left: list[dict[str, float]] = [family.initial(values)]
    for _ in range(bits):
        left = [_after(model, stream.bit(bool(one)), state) for state in left for one in (0, 1)]
    g = [float(np.ravel(family.conducted(values, stream.read_voltage, s))[0]) for s in left]
    return ReservoirStates(bits=bits, conductances=np.array(g) / stream.read_voltage, spread=spread)


def _after(model: CompactModel, drive: Protocol, state: dict[str, float]) -> dict[str, float]:
    return model.last_states(model.simulate(drive, times=[0.0, drive.duration], start=state))


@checked(amplitudes=each(number, 1), width=positive, interval=positive, pulses=whole(1, 100_000))
def train_response(
    model: CompactModel, amplitudes: Sequence[float], *, width: float, interval: float, pulses: int
) -> xr.DataArray:
    """Return the current [A] at the end of each of ``pulses`` pulses, over "amplitude" [V] and "pulse", from 1.

    ``width`` and ``interval`` [s]; the edges take a hundredth of the width.
    """
    rise, found = _EDGE * width, []
    at = rise + width + (2 * rise + width + interval) * np.arange(pulses)
    for amplitude in amplitudes:
        train = PulseTrain(amplitude, width, interval=interval, rise=rise, count=pulses)
        trace = model.simulate(train, times=at)
        found.append(trace.current)
    coords = {
        "amplitude": ("amplitude", np.array(amplitudes), {"units": "V"}),
        "pulse": np.arange(1, pulses + 1),
    }
    return xr.DataArray(np.array(found), coords, ("amplitude", "pulse"), attrs={"units": model.current_unit})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReservoirAccuracy:
    """Shares of test digits told right by a linear read-out, shape (seeds,) each.

    ``reservoir``: of conductances, one for each stream of pixels; ``counts``: of the number of dark pixels of the same
    streams, as many features without order; ``pixels``: of all dark pixels. ``features``: streams of an image.
    """

    features: int
    reservoir: Array
    counts: Array
    pixels: Array

    def rows(self) -> list[Row]:
        """Return (name, value, unit): means and their standard errors."""
        rows: list[Row] = [("features", float(self.features), "1")]
        for name in ("reservoir", "counts", "pixels"):
            found = getattr(self, name)
            rows += [(name, 100 * float(found.mean()), "%")]
            if found.size > 1:
                rows += [("  standard error", 100 * float(found.std(ddof=1)) / np.sqrt(found.size), "%")]
        return rows

    def __repr__(self) -> str:
        return figure_table("ReservoirAccuracy", self.rows(), f"on {DATA_SET}, {self.reservoir.size} seeds")


@checked(
    states=instance(ReservoirStates),
    seeds=whole(1, 1000),
    device_spread=not_negative,
    cycle_spread=not_negative,
)
def reservoir_accuracy(
    states: ReservoirStates,
    *,
    directions: Sequence[str] = ("rows", "columns"),
    seeds: int = 10,
    device_spread: float = 0.0,
    cycle_spread: float = 0.0,
) -> ReservoirAccuracy:
    """Return how well a linear layer reads digits from the states that halves of their rows and columns leave.

    A pixel of at least half the darkest is a 1. ``directions``: "rows", "columns" or both. ``device_spread``: relative
    standard deviation of a device's conductance after each stream, the same at each use; ``cycle_spread``: of each use.
    The layer is a ridge regression on ten outputs. Raises OutOfRangeError, also for streams of other than 4 bits.
    """
    if states.bits != BITS:
        raise OutOfRangeError("bits of the streams for the digits", states.bits, f"{BITS}")
    if not directions or not set(directions) <= {"rows", "columns"}:
        raise OutOfRangeError("directions of the streams", tuple(directions), "'rows', 'columns' or both")
    found = []
    for seed in range(seeds):
        random, data = np.random.default_rng([seed, 3]), digits(seed)
        dark = [(x >= _DARK).astype(np.int64) for x in (data.images, data.test_images)]
        codes = [np.concatenate([_codes(x, way) for way in directions], axis=1) for x in dark]
        ones = np.array([k.bit_count() for k in range(2**BITS)], dtype=float)
        cells = states.conductances * _spread((codes[0].shape[1], 2**BITS), device_spread, random)
        own = np.arange(len(cells))
        seen = [cells[own, c] * _spread(c.shape, cycle_spread, random) for c in codes]
        labels = data.labels, data.test_labels
        found.append([_read_out(f, labels) for f in (seen, [ones[c] for c in codes], dark)])
    table = np.array(found).T
    return ReservoirAccuracy(features=len(cells), reservoir=table[0], counts=table[1], pixels=table[2])


def _codes(dark: Whole, way: str) -> Whole:
    """Return the binary numbers of the halves of rows or columns, shape (images, 16)."""
    images = dark.reshape(-1, 8, 8)
    lines = images if way == "rows" else images.swapaxes(1, 2)
    return np.asarray(lines.reshape(-1, 16, BITS) @ (1 << np.arange(BITS)[::-1]))


def _spread(shape: tuple[int, ...], spread: float, random: Generator) -> Array:
    return np.exp(spread * random.standard_normal(shape)) if spread else np.ones(shape)


def _read_out(features: Sequence[Array | Whole], labels: tuple[Whole, Whole]) -> float:
    """Return the accuracy of a ridge regression, trained with the first of both and tested with the second."""
    middle, scale = features[0].mean(axis=0), features[0].std(axis=0)
    own, other = ((f - middle) / np.where(scale > 0, scale, 1.0) for f in features)
    a, b = (np.concatenate((x, np.ones((len(x), 1))), axis=1) for x in (own, other))
    target = np.eye(CLASSES)[labels[0]]
    weights = np.linalg.solve(a.T @ a + _RIDGE * len(a) * np.eye(a.shape[1]), a.T @ target)
    return float(((b @ weights).argmax(axis=1) == labels[1]).mean())
