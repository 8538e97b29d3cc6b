"""Cycles of a sweep that was repeated without a number: found by its branches, also under noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies.results.branches import LARGEST_NOISE, branches, voltage_noise

_SAME = 0.05  # of the swing: a cycle begins where the one before began


def cycles_of(voltage: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cycle of each sample, from 0: a cycle begins where the voltage sets out as it did at first.

    That is a branch of the same sign and direction as the first, from the same voltage. One cycle is all where the
    noise hides the branches. The sample at which a cycle begins closes the one before, as in a protocol.
    """
    none = np.zeros(voltage.size, dtype=np.int64)
    if voltage.size < 3 or voltage_noise(voltage) > LARGEST_NOISE * np.ptp(voltage):
        return none
    found = branches(voltage)
    if not found:
        return none
    first, near = found[0], _SAME * np.ptp(voltage)
    begins = [
        b.first
        for b in found[1:]
        if (b.polarity, b.outward) == (first.polarity, first.outward)
        and abs(voltage[b.first] - voltage[first.first]) <= near
    ]
    last = found[-1].last
    begins = [k for k in begins if k < last]
    for k in begins:
        none[k + 1 :] += 1
    return none
