"""Frames: some tens of states of a sweep, spread evenly over what changes, kept while it runs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fem.errors import OutOfRangeError

if TYPE_CHECKING:
    from fem.state import State

_GROWTH = 1.25
_FLOOR = 1e-3  # of the largest current so far: below it, the logarithm of the current is no change


class Frames:
    """Keeps at most ``count`` states of a sweep; an ``observe`` for ``iv_sweep`` and ``integrate``.

    A state is kept if it is further than ``every`` from the last one that is, in the length of the curve

    .. math:: ds^2 = (dV/1\\,\\mathrm{V})^2 + (d\\log_{10}|I|)^2 + (dt/t)^2\\;\\text{at rest},

    with the voltage V and the current I at ``contact`` (below a thousandth of the largest current so far the
    logarithm is linear). Whenever there are more than ``count``, ``every`` grows by a quarter, and
    those that are too near each other go: no more than ``count`` are ever stored, and the spacing is even to a
    factor of about two. The first state is always kept, the last one is in ``states``.

    Raises OutOfRangeError.
    """

    def __init__(self, contact: str = "top", *, count: int = 60, every: float = 0.01) -> None:
        if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= 1000:
            raise OutOfRangeError("number of frames", count, "an integer from 2 to 1000")
        if not (math.isfinite(every) and every > 0):
            raise OutOfRangeError("every, the distance of frames", every, "positive and finite")
        self.contact, self.count, self.every = contact, count, every
        self._kept: list[tuple[float, State]] = []
        self._last: tuple[float, State] | None = None
        self._largest = 0.0

    @property
    def states(self) -> list[State]:
        """The states kept, in the order of time, and the last one seen."""
        found = [state for _, state in self._kept]
        if self._last is not None and self._last[1] is not found[-1]:
            found = [*found[: self.count - 1], self._last[1]]
        return found

    def __call__(self, state: State) -> None:
        """Keep the state if it is far enough from the one before."""
        current = abs(state.current(self.contact))
        self._largest = max(self._largest, current)
        place = 0.0 if self._last is None else self._last[0] + self._distance(self._last[1], state)
        self._last = (place, state)
        if not self._kept or place >= self._kept[-1][0] + self.every:
            self._kept.append(self._last)
        while len(self._kept) > self.count:
            self.every *= _GROWTH
            self._thin()

    def _distance(self, before: State, state: State) -> float:
        """Return how far apart two states in a row are."""
        floor = _FLOOR * self._largest or 1.0
        volts = state.bias[self.contact] - before.bias[self.contact]
        heights = [math.asinh(abs(s.current(self.contact)) / floor) / math.log(10) for s in (before, state)]
        rest = (state.time - before.time) / state.time if volts == 0 and state.time > 0 else 0.0
        return math.hypot(volts, heights[1] - heights[0], rest)

    def _thin(self) -> None:
        """Drop the states nearer than ``every`` to the one kept before them."""
        kept = self._kept[:1]
        for place, state in self._kept[1:]:
            if place >= kept[-1][0] + self.every:
                kept.append((place, state))
        self._kept = kept
