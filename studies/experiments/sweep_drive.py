"""Protocols on the contacts and of the light as what drives a transient: smooth pieces, with times of their own.

Segments between kinks (``corners``) are one piece, cut where another contact or the light has a kink. Every piece
has the length that the protocols give it, and not the difference of two absolute times: an edge of a nanosecond is one
after a rest of a million seconds too. The times of kinks are therefore sums without rounding.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np

from fem.circuit import Circuit
from fem.description import to_dict
from fem.errors import IncompatibleError
from fem.transient.drive import Bias, Light, Piece, Stop, UntilPeriodic, distinct_stops
from fem.transient.times import exact, rounding, seconds
from studies.experiments.stop import Event
from studies.protocols.corners import kinks
from studies.protocols.protocol import Protocol

_LOOKS = 33  # times at which a cycle is looked at to recognise it
_NAMED = {"others": "bias", "tolerance": "stop_when_periodic", "stops": "stop"}  # in iv_sweep
_SAME_CYCLE = 1e-9  # of the largest voltage or light: cycles that differ by less are alike


@dataclass(frozen=True, kw_only=True)
class SweepDrive:
    """A protocol on ``contact``, the others held at or following ``others`` [V], with light.

    ``light`` is a factor, a Protocol of it, or a function of the time since the start [s] that is smooth between the
    ``light_kinks`` [s]; steps land on ``sample_times`` [s] since the start. ``tolerance``: of the state at
    the ends of cycles, None to do all cycles. ``circuits``: between contacts and their sources. ``stops``: what ends
    it earlier. ``frozen_ions``: ions stay where they are at the start.
    """

    protocol: Protocol
    contact: str
    others: Mapping[str, float | Protocol]
    light: float | Light | Protocol = 0.0
    light_kinks: Sequence[float] = ()
    sample_times: Sequence[float] = ()
    tolerance: float | None = None
    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    stops: Sequence[Event] = ()
    frozen_ions: bool = False

    @property
    def first(self) -> dict[str, float]:
        """What every contact is driven with at the start [V, or A with a current source]."""
        found = {n: b.voltage(0.0) if isinstance(b, Protocol) else b for n, b in self.others.items()}
        return {**found, self.contact: self.protocol.voltage(0.0)}

    def describe(self) -> dict[str, Any]:
        """Return plain data that tell this drive from another one, by the names that ``iv_sweep`` has for it."""
        return {
            _NAMED.get(f.name, f.name): to_dict(getattr(self, f.name), labels=False) for f in fields(self)
        }

    def until(self, origin: float) -> UntilPeriodic | None:
        """Return when to stop if the sweep began at ``origin`` [s]; its first cycle may differ."""
        if self.tolerance is None:
            return None
        begins = [origin] if _first_cycle_is_alike(self.protocol) else []
        for name, other in self._followed().items():
            _check_cycles(name, other, self.protocol)
        return UntilPeriodic(tolerance=self.tolerance, cycle_ends=begins)

    def pieces(self, origin: float) -> list[Piece]:
        """Return the pieces from the time ``origin`` [s]."""
        segments, own = self.protocol.segments, _Course.of(self.protocol)
        courses = {n: _Course.of(b) for n, b in self.others.items() if isinstance(b, Protocol)}
        courses[self.contact] = own
        light = _Course.of(self.light) if isinstance(self.light, Protocol) else None
        times = self.protocol.corners.tolist()
        closing = {*self.protocol.marks[1:], len(segments)}
        samples = sorted((exact(t), float(t)) for t in self.sample_times)
        found: list[Piece] = []
        for begin, end in pairwise(self._cuts()):
            inside = [
                Stop(seconds(own.times[k] - begin), origin + times[k], True)
                for k in own.within(begin, end)
                if k in closing
            ]
            near = samples[bisect_right(samples, (begin, np.inf)) : bisect_left(samples, (end, -np.inf))]
            inside += [Stop(seconds(t - begin), origin + time) for t, time in near]
            last = bisect_left(own.times, end)
            known = own.times[last] == end
            stop = origin + (times[last] if known else seconds(end))
            close = Stop(seconds(end - begin), stop, known and last in closing)
            start = origin + seconds(begin)
            volts = {n: course.after(begin, end) for n, course in courses.items()}
            shine = self._shine(begin) if light is None else light.after(begin, end)
            found.append(Piece(start, distinct_stops(start, [*inside, close]), self._bias(volts), shine))
        return found

    def _followed(self) -> dict[str, Protocol]:
        """Return the protocols of the other contacts, by contact, and of the light."""
        found = {f"contact {n!r}": b for n, b in self.others.items() if isinstance(b, Protocol)}
        return {**found, **({"the light": self.light} if isinstance(self.light, Protocol) else {})}

    def _cuts(self) -> list[int]:
        """Return the times [s] of all kinks, from 0 to the end; those that rounding parts as one."""
        cuts = _Course.of(self.protocol).kinks
        end = cuts[-1]
        for other in self._followed().values():
            cuts = _with_cuts(cuts, _Course.of(other).kinks)
        cuts = _with_cuts(cuts, [exact(t) for t in self.light_kinks])
        return [t for t in cuts if 0 <= t <= end]

    def _bias(self, volts: Mapping[str, Callable[[float], float]]) -> Bias:
        """Return the bias [V by contact] of a piece, in which some contacts follow ``volts``."""
        fixed = {n: b for n, b in self.others.items() if not isinstance(b, Protocol)}
        return lambda t: {**fixed, **{n: follow(t) for n, follow in volts.items()}}

    def _shine(self, begin: int) -> Light:
        """Return a light that is no protocol as a function of the time since ``begin`` [s]."""
        light: Any = self.light
        offset = seconds(begin)
        return (lambda t: float(light(offset + t))) if callable(light) else (lambda t: light)


@dataclass(frozen=True)
class _Course:
    """A protocol as corners: exact ``times`` [s] and ``volts`` [V]; ``kinks`` are those at which steps begin anew."""

    times: list[int]
    volts: list[float]
    kinks: list[int]

    @classmethod
    def of(cls, protocol: Protocol) -> _Course:
        """Return the course of a protocol."""
        times = protocol.exact_corners
        durations = np.array([s.duration for s in protocol.segments])
        bends = kinks(durations, protocol.levels, protocol.bends)
        return cls(times, protocol.levels.tolist(), [times[k] for k in bends])

    def within(self, begin: int, end: int) -> range:
        """Return the numbers of the corners between two times [s]."""
        return range(bisect_right(self.times, begin), bisect_left(self.times, end))

    def after(self, begin: int, end: int) -> Callable[[float], float]:
        """Return the voltage [V] as a function of the time since ``begin`` [s], good until ``end`` [s]."""
        inside = self.within(begin, end)
        part = slice(max(inside.start - 1, 0), inside.stop + 1)
        elapsed, volts = [seconds(t - begin) for t in self.times[part]], self.volts[part]
        return lambda t: float(np.interp(t, elapsed, volts))


def _with_cuts(cuts: list[int], more: Sequence[int]) -> list[int]:
    """Return the times with those of another protocol, without what rounding parts from one of the former."""

    def known(time: int) -> bool:
        k = bisect_left(cuts, time)
        slack = exact(rounding(seconds(time)))
        return any(abs(time - c) <= slack for c in cuts[max(k - 1, 0) : k + 1])

    return sorted({*cuts, *(t for t in more if not known(t))})


def _first_cycle_is_alike(protocol: Protocol) -> bool:
    """Whether the first cycle is like the others; raises IncompatibleError if those differ."""
    edges = [0, *protocol.marks[1:], len(protocol.segments)]
    cycles = [protocol.segments[a:b] for a, b in pairwise(edges)]
    if len(cycles) < 2 or any(cycle != cycles[1] for cycle in cycles[2:]):
        raise IncompatibleError(
            f"stop_when_periodic needs cycles that are all alike, such as Sweep(...) * 20, and those of "
            f"{protocol.text!r} are not; apply what differs in a sweep of its own."
        )
    return cycles[0] == cycles[1]


def _check_cycles(name: str, other: Protocol, protocol: Protocol) -> None:
    """Raise IncompatibleError unless another protocol is the same in all cycles of ``protocol`` but the first."""
    course, times = _Course.of(other), protocol.exact_corners
    edges = [times[k] for k in (*protocol.marks[1:], len(protocol.segments))]
    begin, end = edges[0], edges[min(1, len(edges) - 1)]
    drift = len(edges) * rounding(seconds(end - begin)) + seconds(abs(course.times[-1] - times[-1]))
    steepest = max(abs(s.rate) for s in other.segments)
    allowed = _SAME_CYCLE * np.abs(other.levels).max() + steepest * drift
    corners = [seconds(course.times[k] - begin) for k in course.within(begin, end)]
    looks = np.sort([*np.linspace(0.0, seconds(end - begin), _LOOKS), *corners])
    seen = [[course.after(a, b)(t) for t in looks] for a, b in pairwise(edges)]
    if seen and np.ptp(seen, axis=0).max() > allowed:
        raise IncompatibleError(
            f"stop_when_periodic needs cycles that are all alike, and {other.text!r} of {name} differs from one "
            "to the next; apply what differs in a sweep of its own."
        )
