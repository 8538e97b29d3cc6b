"""Observers that wait for times of their own: a sweep lands on these, and tells them when it has."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from fem.errors import warn
from fem.transient.times import same_time
from studies.protocols.protocol import Protocol

if TYPE_CHECKING:
    from fem.device.state import State


@typing.runtime_checkable
class Landing(typing.Protocol):
    """An ``observe`` that wants states at ``sample_times`` [s] since the start of a sweep."""

    @property
    def sample_times(self) -> Sequence[float]: ...

    def __call__(self, state: State) -> None: ...

    def landed(self, state: State) -> None:
        """Look at a state at which a step had to end: at the start, at a kink, at one of the times."""
        ...


def landing_times(
    observe: Callable[[State], None] | None, protocol: Protocol, sample_times: Sequence[float]
) -> Sequence[float]:
    """Return ``sample_times`` [s] with those of an observer at which the protocol does not bend anyway."""
    if not isinstance(observe, Landing):
        return sample_times
    wanted = (float(t) for t in observe.sample_times)
    known = set(map(float, sample_times))
    more = [t for t in wanted if t not in known and not same_time(protocol.milestones, t).any()]
    return (*sample_times, *more) if more else sample_times


def show(observe: Callable[[State], None] | None, state: State, *, at_stop: bool) -> None:
    """Show a state to an observer; to one that waits for times only those at which a step had to end."""
    if isinstance(observe, Landing):
        if at_stop:
            observe.landed(state)
    elif observe is not None:
        observe(state)


def warn_of_passed(thing: str, times: Iterable[float], before: float | None, now: float) -> None:
    """Warn of ``times`` [s] between two states in a row: no step has landed there."""
    for time in times:
        if before is not None and before < time < now and not same_time([before, now], time).any():
            warn(
                f"no step landed on {time:g} s, for which {thing} waits: the sweep went from {before:.9g} to "
                f"{now:.9g} s. Give it as observe itself, or the time among sample_times.",
                UserWarning,
            )
