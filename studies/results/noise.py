"""Noise of sampled values, estimated so that neither kinks nor smooth curves nor steps count as noise.

The differences of order k of white noise with the standard deviation sigma have sigma times the root of the sum of
squares of the binomial coefficients of k; those of a smooth curve fall with the order, and most of those of a
staircase are zero at the first. Of each order the median of the sizes gives a standard deviation that a few outliers
do not change (F. R. Hampel, J. Am. Stat. Assoc. 1974, 69, 383), and the smallest of them is the least spoilt one.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
_ORDERS = (1, 2, 3, 4)
_MEDIAN = 0.6744897501960817  # median of the sizes of a normal distribution over its standard deviation
_FEWEST = 12


def noise(values: ArrayLike, times: ArrayLike | None = None) -> float:
    """Return the standard deviation of the white noise of ``values``, shape (n,); 0 for less than 12 of them.

    With ``times`` [s] that are not even, corners are measured from the line through both neighbours as well.
    """
    v = np.asarray(values, dtype=float)
    v = v[np.isfinite(v)]
    if v.size < _FEWEST:
        return 0.0
    found = [_scale(np.diff(v, k)) / np.sqrt(sum(comb(k, j) ** 2 for j in range(k + 1))) for k in _ORDERS]
    if times is not None and np.size(times) == v.size:
        found.append(_scale(_off_the_line(v, np.asarray(times, dtype=float))))
    return float(min(found))


def _scale(differences: Array) -> float:
    """Return the standard deviation of differences by the median of their sizes."""
    return float(np.median(np.abs(differences))) / _MEDIAN


def _off_the_line(v: Array, t: Array) -> Array:
    """Return by how much each value stands off the line through its neighbours, over what noise does to it."""
    before, after = np.diff(t)[:-1], np.diff(t)[1:]
    share = before / (before + after)
    off = v[1:-1] - (1 - share) * v[:-2] - share * v[2:]
    return off / np.sqrt(1 + share**2 + (1 - share) ** 2)


def third_differences(values: ArrayLike) -> Array:
    """Return third differences over the root of 20, which have the spread of the noise, shape (n - 3,)."""
    return np.diff(np.asarray(values, dtype=float), 3) / np.sqrt(20.0)
