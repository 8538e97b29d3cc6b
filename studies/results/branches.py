"""Branches of a sweep: where the voltage goes one way, and on which side of zero, also if it was measured with noise.

The voltage turns where it goes back by more than its noise. Noise is there if a quarter of the smaller swings last for
two samples at most; its standard deviation is then that of the second differences, by their median. A rest in the
middle of a branch belongs to it, one between two branches does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]
#: Largest noise (standard deviation) of a voltage whose branches can be told apart, as a part of its swing.
LARGEST_NOISE = 0.02
_TURN = 10.0  # standard deviations of the noise by which the voltage turns
_REST = 1e-9  # of the largest |V|
_SHORT = 2  # steps
_MEDIAN = 0.6745 * np.sqrt(6.0)  # median |second difference| of noise over its standard deviation


@dataclass(frozen=True)
class Branch:
    """Samples ``first`` to ``last`` (inclusive) on one side of 0 V; |V| grows (``outward``) or falls."""

    first: int
    last: int
    polarity: int
    outward: bool

    @property
    def samples(self) -> slice:
        """The samples as a slice."""
        return slice(self.first, self.last + 1)

    def size(self, voltage: ArrayLike) -> Array:
        """Return |V| [V] at the samples, negative beyond zero: nowhere back, so that noise swaps no samples."""
        own = self.polarity * np.asarray(voltage, dtype=float)[self.samples]
        return _one_way(own, 1 if self.outward else -1)


def branches(voltage: ArrayLike) -> list[Branch]:
    """Return the branches of ``voltage`` [V], shape (n,), cut where it turns or changes its sign."""
    v = np.asarray(voltage, dtype=float)
    tiny = _REST * float(np.abs(v).max(initial=0.0))
    found: list[Branch] = []
    for a, b in pairwise(_turns(v, tiny)):
        direction = 1 if v[b] > v[a] else -1
        ramp = _one_way(v[a : b + 1], direction)
        polarity = np.where(ramp[:-1] + ramp[1:] >= 0, 1, -1)
        moves = np.abs(np.diff(ramp)) > tiny
        for sign in (-direction, direction):
            own = np.flatnonzero(moves & (polarity == sign))
            if own.size:
                found.append(Branch(a + int(own[0]), a + int(own[-1]) + 1, sign, sign == direction))
    return found


def voltage_noise(voltage: ArrayLike) -> float:
    """Return the standard deviation [V] of the noise of ``voltage`` [V], shape (n,); 0 without noise."""
    v = np.asarray(voltage, dtype=float)
    ends = _extrema(v, _REST * float(np.abs(v).max(initial=0.0)))
    swings, steps = np.abs(np.diff(v[ends])), np.diff(ends)
    small = swings < _TURN * LARGEST_NOISE * np.ptp(v)
    if not small.any() or np.quantile(steps[small], 0.25) > _SHORT:
        return 0.0
    return float(np.median(np.abs(np.diff(v, 2))) / _MEDIAN)


def _one_way(values: Array, direction: int) -> Array:
    """Return the nearest values that never fall (``direction`` 1) or never rise (-1)."""
    return np.asarray(isotonic_regression(values, increasing=direction > 0).x)


def _extrema(v: Array, tiny: float) -> NDArray[np.intp]:
    """Return both ends and the samples between where steps above ``tiny`` [V] change their direction."""
    step = np.diff(v)
    moving = np.flatnonzero(np.abs(step) > tiny)
    change = np.flatnonzero(np.diff(np.sign(step[moving])))
    return np.unique(np.concatenate(([0], moving[change] + 1, [v.size - 1])).astype(np.intp))


def _turns(v: Array, tiny: float) -> list[int]:
    """Return the ends of the ramps: samples from which the voltage goes back by more than its noise."""
    reach = min(max(_TURN * voltage_noise(v), tiny), _TURN * LARGEST_NOISE * float(np.ptp(v)))
    turns, last, direction = [0], 0, 0
    for k in map(int, _extrema(v, tiny)):
        if direction * (v[k] - v[last]) >= 0 and direction:
            last = k
        elif abs(v[k] - v[last]) > reach:
            turns += [last] if direction else []
            last, direction = k, 1 if v[k] > v[last] else -1
    return [*turns, last] if direction else []
