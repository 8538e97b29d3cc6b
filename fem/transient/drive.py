"""What drives a transient: bias and light between kinks, with the times at which steps must end.

Times inside a piece are counted from its beginning, so that a nanosecond after a rest of a million seconds
keeps its digits; the time since the beginning is the sum of two floats (``Clock``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import log1p
from typing import NamedTuple

from fem.errors.arguments import settle
from fem.errors.checking import each, number, quantity, whole
from fem.transient.times import rounding, same_time

Bias = Callable[[float], Mapping[str, float]]
Light = Callable[[float], float]
_FROM_KINK = 10.0  # steps while they grow, from
_FIRST = 0.005  # of a piece
_PARTS = (0.0, 0.03, 0.11, 0.23, 0.41, 0.62, 0.79, 0.92, 1.0)  # of a step, at which its drive is looked at


class Clock(NamedTuple):
    """The time since the beginning of a piece [s]: ``whole`` plus what it cannot represent."""

    whole: float = 0.0
    rest: float = 0.0

    def after(self, step: float) -> Clock:
        """Return the time ``step`` [s] later."""
        total = self.whole + step
        moved = total - self.whole
        rest = self.rest + (self.whole - (total - moved)) + (step - moved)
        return Clock(total + rest, rest - ((total + rest) - total))

    def until(self, elapsed: float) -> float:
        """Return how long it is from now until ``elapsed`` [s]."""
        return (elapsed - self.whole) - self.rest


@dataclass(frozen=True)
class Stop:
    """A time at which a step ends: ``elapsed`` since the beginning of the piece, and the ``time`` [s]."""

    elapsed: float
    time: float
    cycle_end: bool = False


@dataclass(frozen=True)
class Piece:
    """Smooth bias [V by contact] and light (a factor) as functions of the time since its beginning [s].

    ``start``: the time at its beginning [s]; ``stops`` in order, the last of them is its end.
    """

    start: float
    stops: tuple[Stop, ...]
    bias: Bias
    light: Light

    @property
    def end(self) -> Stop:
        """The last stop."""
        return self.stops[-1]

    def next_stop(self, clock: Clock) -> Stop:
        """Return the first stop after now."""
        return self.stops[bisect_right(self.stops, clock.whole, key=lambda s: s.elapsed)]

    def change(self, begin: float, end: float) -> tuple[float, float]:
        """Return how much any contact's bias [V] and the light differ between two elapsed times [s]."""
        a, b = self.bias(begin), self.bias(end)
        bias = max((abs(b.get(n, 0.0) - a.get(n, 0.0)) for n in {*a, *b}), default=0.0)
        return bias, abs(self.light(end) - self.light(begin))

    def expected_steps(self, elapsed: float, bias_step: float, light_step: float) -> float:
        """Return about how many steps lead to ``elapsed`` [s]: short ones at the kink, then such as the drive allows.

        ``bias_step`` [V] and ``light_step``: what the drive may change by in one of them.
        """
        part = elapsed / self.end.elapsed
        bias, light = self._travel
        grown = log1p(part / _FIRST) / log1p(1.0 / _FIRST)
        return _FROM_KINK * grown + part * max(bias / bias_step, light / light_step)

    @cached_property
    def _travel(self) -> tuple[float, float]:
        """How far bias [V] and light go back and forth in the piece, seen at some times."""
        moves = [self.change(a * self.end.elapsed, b * self.end.elapsed) for a, b in pairwise(_PARTS)]
        return sum(bias for bias, _ in moves), sum(light for _, light in moves)

    def largest_step(self, clock: Clock, bias_step: float, light_step: float) -> float:
        """Return the longest step [s] in which the bias [V] and the light change by no more than given."""

        def part(step: float) -> float:
            bias, light = self.change(clock.whole, clock.whole + step)
            return max(bias / bias_step, light / light_step)

        span = clock.until(self.end.elapsed)
        limit = span / max(part(span), 1.0)
        for _ in range(40):  # what is not linear may change faster than its ends tell
            if max(part(p * limit) for p in _PARTS[1:]) <= 1.001:
                break
            limit /= 2
        return limit


@dataclass(frozen=True, kw_only=True)
class UntilPeriodic:
    """End a transient once its state repeats itself from cycle to cycle.

    ``cycle_ends`` [s]: the times to compare; ``tolerance``: largest change of the potential [kT/q] and of ion
    densities (relative to mean plus local density) from one to the next, ``cycles`` times in a row.
    """

    tolerance: float
    cycle_ends: Sequence[float] = ()
    cycles: int = 1

    def __post_init__(self) -> None:
        settle(
            self,
            "UntilPeriodic",
            tolerance=quantity(1e-14, 1.0, "kT/q"),
            cycles=whole(1),
            cycle_ends=each(number),
        )


def pieces_between(
    start: float,
    end: float,
    bias: Bias,
    light: float | Light,
    *,
    kinks: Iterable[float] = (),
    milestones: Iterable[float] = (),
    cycle_ends: Iterable[float] = (),
) -> list[Piece]:
    """Return the pieces of functions of time between ``start`` and ``end`` [s], split at ``kinks`` [s]."""
    marks = sorted({*map(float, milestones), *map(float, cycle_ends)})
    ends = list(map(float, cycle_ends))
    edges = [start]
    for t in sorted(map(float, kinks)):
        if edges[-1] < t < end and not same_time(edges[-1], t) and not same_time(t, end):
            edges.append(t)
    found = []
    for a, b in pairwise([*edges, end]):
        closes = bool(ends) and bool(same_time(ends, b).any())
        stops = [Stop(t - a, t, t in ends) for t in marks if a < t < b]
        found.append(
            Piece(a, distinct_stops(a, [*stops, Stop(b - a, b, closes)]), _later(bias, a), _later(light, a))
        )
    return found


def distinct_stops(start: float, stops: Sequence[Stop]) -> tuple[Stop, ...]:
    """Return the stops of a piece that begins at ``start`` [s] in order, those that rounding parts as one.

    The last one given is the end of the piece and stays.
    """
    end = stops[-1]
    found = [Stop(0.0, start)]
    for stop in sorted(stops[:-1], key=lambda s: s.elapsed):
        if end.elapsed - stop.elapsed <= rounding(end.time):
            end = replace(end, cycle_end=end.cycle_end or stop.cycle_end)
        elif stop.elapsed - found[-1].elapsed > rounding(stop.time):
            found.append(stop)
        else:
            found[-1] = replace(found[-1], cycle_end=found[-1].cycle_end or stop.cycle_end)
    return (*found[1:], end)


def largest_light(pieces: Iterable[Piece]) -> float:
    """Return the largest light found at some times of every piece; 1 if it is always dark."""
    seen = (abs(p.light(part * p.end.elapsed)) for p in pieces for part in _PARTS)
    return max(seen, default=0.0) or 1.0


def _later[T](function: Callable[[float], T] | T, start: float) -> Callable[[float], T]:
    """Return a function of time, or a constant, as a function of the time since ``start`` [s]."""
    if callable(function):
        return lambda elapsed: function(start + elapsed)
    return lambda elapsed: function
