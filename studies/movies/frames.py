"""Frames: some tens of states of a sweep, spread evenly over what changes, kept while it runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fem.errors import OutOfRangeError
from fem.errors.checking import positive, text

if TYPE_CHECKING:
    from fem.device.state import State

_GROWTH = 1.25
_FLOOR = 1e-3  # of the largest current so far: below it, the logarithm of the current is no change


@dataclass(frozen=True)
class _Frame:
    """A state, its place along the curve, and whether the voltage turns there."""

    place: float
    state: State
    turn: bool = False


class Frames:
    """Keeps at most ``count`` states of a sweep; an ``observe`` for ``iv_sweep`` and ``integrate``.

    A state is kept if it is further than ``every`` from the last one that is, in the length of the curve

    .. math:: ds^2 = (dV/1\\,\\mathrm{V})^2 + (d\\log_{10}|I|)^2 + (dt/t)^2\\;\\text{at rest},

    with the voltage V and the current I at ``contact`` (below a thousandth of the largest current so far the
    logarithm is linear). Whenever there are more than ``count``, ``every`` grows by a quarter, and
    those that are too near each other go: no more than ``count`` are ever stored, and the spacing is even to a
    factor of about two. The first state is always kept, the last one is in ``states``, and a state at which the
    voltage turns takes the place of one that is nearer to it than ``every``.

    Raises OutOfRangeError.
    """

    def __init__(self, contact: str = "top", *, count: int = 60, every: float = 0.01) -> None:
        if isinstance(count, bool) or not isinstance(count, int) or not 2 <= count <= 1000:
            raise OutOfRangeError("number of frames", count, "an integer from 2 to 1000")
        text("contact of Frames", contact)
        positive("every, the distance of frames", every)
        self.contact, self.count, self.every = contact, count, every
        self._kept: list[_Frame] = []
        self._last: _Frame | None = None
        self._largest = self._slope = 0.0

    @property
    def states(self) -> list[State]:
        """The states kept, in the order of time, and the last one seen."""
        found = [frame.state for frame in self._kept]
        if self._last is not None and self._last.state is not found[-1]:
            found = [*found[: self.count - 1], self._last.state]
        return found

    def __call__(self, state: State) -> None:
        """Keep the state if it is far enough from the one before, and the one before if the voltage turns there."""
        self._largest = max(self._largest, abs(state.current(self.contact)))
        place, before = 0.0, self._last
        if before is not None:
            place = before.place + self._distance(before.state, state)
            self._look_back(before, state)
        self._last = _Frame(place, state)
        if not self._kept or place >= self._kept[-1].place + self.every:
            self._kept.append(self._last)
        while len(self._kept) > self.count:
            self.every *= _GROWTH
            self._thin()

    def _look_back(self, before: _Frame, state: State) -> None:
        """Keep the state before if the voltage turns there."""
        slope = state.bias[self.contact] - before.state.bias[self.contact]
        if slope * self._slope < 0:
            turn = replace(before, turn=True)
            if self._kept[-1].state is before.state or (len(self._kept) > 1 and not self._kept[-1].turn):
                self._kept[-1] = turn
        self._slope = slope or self._slope

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
        for frame in self._kept[1:]:
            if frame.place >= kept[-1].place + self.every:
                kept.append(frame)
            elif frame.turn and not kept[-1].turn and len(kept) > 1:
                kept[-1] = frame
        self._kept = kept
