"""When two times are the same, and how durations add up: the one rule for everything that compares times.

A time that somebody has computed is known to a few units in its last place, whatever else happens in the same
run: neither the longest piece nor the steepest slope of a protocol makes two times one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

_DIGITS = 8  # units in the last place by which two ways to compute a time may differ
_TICK = 1074  # the smallest float is 2 to the power of minus this: all others are whole multiples of it


def rounding(time: ArrayLike) -> Any:
    """Return by how much a ``time`` [s] may differ from the same one computed otherwise [s]; same shape.

    >>> bool(rounding(1e6) < 1e-9)
    True
    """
    return _DIGITS * np.spacing(np.abs(np.asarray(time, dtype=float)))


def same_time(time: ArrayLike, other: ArrayLike) -> Any:
    """Return whether two times [s] differ by rounding only, of the shape that they have together.

    >>> bool(same_time(0.1 + 0.2, 0.3)), bool(same_time(1e6, 1e6 + 1e-8))
    (True, False)
    """
    a, b = np.asarray(time, dtype=float), np.asarray(other, dtype=float)
    return np.abs(a - b) <= rounding(np.maximum(np.abs(a), np.abs(b)))


def exact(time: float) -> int:
    """Return a ``time`` [s] as a whole number of the smallest float, which adds up without rounding."""
    numerator, denominator = float(time).as_integer_ratio()
    return numerator << (_TICK + 1 - denominator.bit_length())


def seconds(ticks: int) -> float:
    """Return the float [s] next to what ``exact`` counts.

    >>> seconds(exact(1e6) + exact(1e-12) - exact(1e6))
    1e-12
    """
    return ticks / (1 << _TICK)


def running_sums(durations: Iterable[float]) -> list[int]:
    """Return 0 and the sums of the first, the first two, ... ``durations`` [s], as ``exact`` counts them."""
    return list(accumulate(map(exact, durations), initial=0))
