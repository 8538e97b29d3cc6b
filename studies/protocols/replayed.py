"""The few kinks of a measured drive: as few straight pieces as keep to its samples within their noise.

Corners are set by the algorithm of Ramer, Douglas and Peucker (D. H. Douglas and T. K. Peucker, Cartographica 1973,
10, 112) with distances along the voltage; the voltages there are those of least squares, and corners that the samples
do not need any more are taken out again, the one that is missed the least first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

Array = NDArray[np.float64]
#: Standard deviations of the noise that a sample may stand off the pieces: of 1000 samples one in 16 traces has more.
DEVIATIONS = 4.0
_NO_NOISE = 1e-9  # of the swing, by which samples without noise may stand off
_MANY = 60  # corners, beyond which none is taken out again: those of a curve


@dataclass(frozen=True)
class Pieces:
    """Corners of a drive: their samples ``at``, their ``levels`` [V], and the largest ``deviation`` [V] of a sample."""

    at: NDArray[np.intp]
    levels: Array
    deviation: float


def pieces(times: Array, volts: Array, tolerance: float) -> Pieces:
    """Return the straight pieces through ``volts`` [V] at ``times`` [s], both of shape (n,), within ``tolerance`` [V].

    The fit of the levels may leave single samples up to twice that far off; ``deviation`` says how far.
    """
    exact = tolerance <= _NO_NOISE * float(np.ptp(volts))
    allowed = max(tolerance, _NO_NOISE * float(np.ptp(volts)))
    at = _corners(times, volts, allowed)
    if exact:
        return _of(times, volts, at, volts[at])
    found = _of(times, volts, at, _levels(times, volts, at))
    while 2 < found.at.size <= _MANY:
        fewer = [
            _of(times, volts, kept, _levels(times, volts, kept))
            for kept in (np.delete(found.at, k) for k in range(1, found.at.size - 1))
        ]
        best = min(fewer, key=lambda p: p.deviation)
        if best.deviation > max(allowed, found.deviation):
            break
        found = best
    return found


def _corners(t: Array, v: Array, tolerance: float) -> NDArray[np.intp]:
    """Return the numbers of the samples kept: each other one is within ``tolerance`` [V] of the line between two."""
    kept, spans = {0, v.size - 1}, [(0, v.size - 1)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        inside = slice(a + 1, b)
        off = np.abs(v[inside] - v[a] - (v[b] - v[a]) * (t[inside] - t[a]) / (t[b] - t[a]))
        k = int(np.argmax(off))
        if off[k] > tolerance:
            kept.add(a + 1 + k)
            spans += [(a, a + 1 + k), (a + 1 + k, b)]
    return np.array(sorted(kept), dtype=np.intp)


def _levels(t: Array, v: Array, at: NDArray[np.intp]) -> Array:
    """Return the voltages [V] at the corners whose straight pieces are nearest to all samples in least squares."""
    piece = np.clip(np.searchsorted(at, np.arange(v.size), side="right") - 1, 0, at.size - 2)
    right = (t - t[at[piece]]) / (t[at[piece + 1]] - t[at[piece]])
    left = 1 - right
    band, side = np.zeros((2, at.size)), np.zeros(at.size)
    np.add.at(band[1], piece, left**2)
    np.add.at(band[1], piece + 1, right**2)
    np.add.at(band[0], piece + 1, left * right)
    np.add.at(side, piece, left * v)
    np.add.at(side, piece + 1, right * v)
    return np.asarray(solveh_banded(band, side))


def _of(t: Array, v: Array, at: NDArray[np.intp], levels: Array) -> Pieces:
    return Pieces(at, levels, float(np.abs(np.interp(t, t[at], levels) - v).max()))
