"""What ends a run before its protocol does: a current, a maximum that is passed, a function of the state.

Stops are values. Each has a ``margin``, above zero where it is fulfilled; a run ends with the first state after an
accepted step whose margin is. Currents are those of the cell where its circuit has several of the device in parallel or
a leakage, as in the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.currents.terminal import current_unit
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import text

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State

Array = npt.NDArray[np.float64]


class Currents(Protocol):
    """The currents of a run, as its trace has them (see ``Recorder``)."""

    def current(self, state: State, contact: str) -> float:
        """Return the current at a contact in a state."""

    def largest(self, contact: str) -> float:
        """Return the largest |current| of a contact so far."""


@dataclass(frozen=True)
class _AtContact:
    contact: str

    def check(self, device: Device) -> None:
        """Raise UnknownNameError unless the device has the contact."""
        if self.contact not in device.contacts:
            raise UnknownNameError("contact of a stop", self.contact, device.contacts)


@dataclass(frozen=True)
class _AtCurrent(_AtContact):
    current: float

    def __post_init__(self) -> None:
        settle(self, "a stop", contact=text)


class CurrentAbove(_AtCurrent):
    """Stop when the current into the device at ``contact`` is above ``current`` [A, or A/m, A/m^2 of the device]."""

    def margin(self, state: State, run: Currents) -> float:
        """Return how far the current is above that of the stop, in its unit."""
        return run.current(state, self.contact) - self.current

    def text(self, device: Device) -> str:
        """Return what has happened, in words."""
        return f"the current at {self.contact!r} is above {self.current:g} {current_unit(device)}"


class CurrentBelow(_AtCurrent):
    """Stop when the current into the device at ``contact`` is below ``current`` [A, or A/m, A/m^2 of the device]."""

    def margin(self, state: State, run: Currents) -> float:
        """Return how far the current is below that of the stop, in its unit."""
        return self.current - run.current(state, self.contact)

    def text(self, device: Device) -> str:
        """Return what has happened, in words."""
        return f"the current at {self.contact!r} is below {self.current:g} {current_unit(device)}"


@dataclass(frozen=True)
class AfterMaximum(_AtContact):
    """Stop when |current| at ``contact`` has fallen by the share ``fall`` below the largest of the run."""

    fall: float

    def __post_init__(self) -> None:
        settle(self, "AfterMaximum", contact=text)
        if not 0 < self.fall < 1:
            raise OutOfRangeError(
                "fall of AfterMaximum", self.fall, "between 0 and 1, a share of the maximum"
            )

    def margin(self, state: State, run: Currents) -> float:
        """Return how far |current| is below that share of its maximum, in its unit."""
        return (1 - self.fall) * run.largest(self.contact) - abs(run.current(state, self.contact))

    def text(self, device: Device) -> str:
        """Return what has happened, in words."""
        return f"the current at {self.contact!r} is {100 * self.fall:g} % below its maximum"


@dataclass(frozen=True)
class When:
    """Stop when ``function`` of the state is true or, if it returns numbers, above zero; ``meaning``: in words.

    Currents of a state are those of the one device, whatever the cell has beside it.
    On several ranks each sees its own nodes, and the largest of their answers counts.
    """

    function: Callable[[State], float] = field(repr=False)
    meaning: str

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise IncompatibleError(f"When was given {self.function!r}; it must be a function of a State.")
        settle(self, "When", meaning=text)

    def check(self, device: Device) -> None:
        """Raise nothing: any function goes with any device."""

    def margin(self, state: State, run: Currents) -> float:
        """Return the number, or 1 for true and minus infinity for false."""
        from mpi4py import MPI

        answer: Any = self.function(state)
        if isinstance(answer, bool | np.bool_):
            answer = 1.0 if answer else -np.inf
        if not isinstance(answer, int | float | np.number):
            raise IncompatibleError(
                f"the function of When ({self.meaning}) returned {answer!r}; it must return a number, or true or false."
            )
        return float(state.device.mesh.comm.allreduce(float(answer), op=MPI.MAX))

    def text(self, device: Device) -> str:
        """Return what has happened, in words."""
        return self.meaning


Event = CurrentAbove | CurrentBelow | AfterMaximum | When


def as_events(stop: Event | Sequence[Event] | None) -> tuple[Event, ...]:
    """Return one stop, several or none as a tuple; raises IncompatibleError."""
    several = isinstance(stop, Sequence) and not isinstance(stop, str)
    found: Any = () if stop is None else stop if several else (stop,)
    for one in found:
        if not isinstance(one, Event):
            raise IncompatibleError(f"a stop is {one!r}; it must be one such as CurrentAbove('top', 1e-6).")
    return tuple(found)


class Watch:
    """Looks for stops in the states of a run, one after the other, the present ``state`` first.

    ``reason``: what has ended the run, in words; ``crossing`` [s]: the time at which, on a straight line between the
    last two states, its margin is zero. Of several stops at once that with the earliest crossing. A watch goes on from
    what another one had seen ``before`` the present state.
    """

    def __init__(
        self,
        stops: Sequence[Event],
        state: State,
        run: Currents,
        before: Sequence[float] | None = None,
    ) -> None:
        self.stops, self.reason, self.crossing = stops, "", np.nan
        self._run = run
        self._now = self._before = self._look(state) if before is None else np.array(before, dtype=float)

    def __call__(self, state: State) -> bool:
        """Return whether a stop is fulfilled."""
        now = self._look(state)
        self._before, self._now = self._now, now
        (begin, *older), (end, *newer) = self._before.tolist(), now.tolist()
        found = [
            (begin + (end - begin) * _zero(old, new), k)
            for k, (old, new) in enumerate(zip(older, newer, strict=True))
            if new > 0
        ]
        if found:
            self.crossing, first = min(found)
            self.reason = self.stops[first].text(state.device)
        return bool(found)

    def before(self, state: State) -> Array:
        """Return time [s] and margins of the last state before ``state``, whether that has been looked at or not."""
        return self._now if self._now[0] < state.time else self._before

    def _look(self, state: State) -> Array:
        return np.array([state.time, *(stop.margin(state, self._run) for stop in self.stops)])


def _zero(before: float, after: float) -> float:
    """Return which part of a step is over when its margin is zero: 0 if it was above at the begin."""
    return 1 / (1 - after / before) if before < 0 else 0.0
