"""How long the factors of one matrix serve as the preconditioner of the next ones.

They do as long as GMRES takes at most ``_WORSE`` times the iterations per decade that it took with fresh ones, and the
sizes of the unknowns stay near those by which the matrix was scaled when they were made.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_WORSE = 1.5  # iterations per decade, of those with fresh factors
_MORE = 4  # iterations that do not count: few of them say little
_FEW = 1.0  # decades: the iterations for fewer say nothing of the rate
_APART = 4.0  # ratio of a size to that of the factors


class KeptFactors:
    """What is known of a preconditioner: whether it is fresh, how good it was then, and the scale it was made on."""

    def __init__(self) -> None:
        self.fresh = self.stale = True
        self.scale: Array | None = None
        self.left: Array = np.empty(0)
        self._rate = 0.0  # iterations per decade with fresh factors

    def far(self, size: Array) -> bool:
        """Return whether sizes on this rank have left those of the factors, shape (rows,)."""
        if self.scale is None:
            return True
        ratio = size / self.scale
        return bool((ratio > _APART).any() or (ratio < 1 / _APART).any())

    def made(self, left: Array, scale: Array) -> None:
        """Take note of new factors of a matrix with these scales."""
        self.left, self.scale, self.fresh, self.stale = left, scale, True, False

    def most(self, decades: float) -> int:
        """Return the iterations that kept factors may take for so many decades of the residual."""
        return int(2 * _WORSE * self._rate * decades) + _MORE

    def served(self, iterations: int, decades: float, *, reached: bool) -> None:
        """Take note of one solve, of how far it took the residual and whether that was far enough."""
        if self.fresh:
            self._rate = iterations / decades if decades > _FEW else self._rate
        elif not reached or iterations > _WORSE * self._rate * decades + _MORE:
            self.stale = True
