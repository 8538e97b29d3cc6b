"""Branches of a sweep: where the voltage goes one way, and on which side of zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


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


def branches(voltage: ArrayLike) -> list[Branch]:
    """Return the branches of ``voltage`` [V], shape (n,), cut where its slope or its sign changes.

    Constant stretches are left out. The voltage must be the applied one, without noise.
    """
    v = np.asarray(voltage, dtype=float)
    tiny = 1e-9 * np.abs(v).max(initial=0.0)
    step = np.diff(v)
    direction = np.sign(np.where(np.abs(step) <= tiny, 0.0, step)).astype(int)
    middle = v[:-1] + v[1:]
    polarity = np.where(middle >= 0, 1, -1)
    found: list[Branch] = []
    key, start = (0, 0), 0
    for k in range(step.size + 1):
        new = (int(direction[k]), int(polarity[k])) if k < step.size else (0, 0)
        if new == key:
            continue
        if key[0] != 0:
            found.append(Branch(start, k, key[1], key[0] == key[1]))
        key, start = new, k
    return found
