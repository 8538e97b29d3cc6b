"""A protocol on one contact as what drives a transient: smooth pieces, with times from their own beginning.

Segments of one slope are one piece. Every piece has the length that the protocol gives it, and not the
difference of two absolute times: an edge of a nanosecond is one after a rest of a million seconds too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from fem.circuit import Circuit
from fem.drive import Bias, Light, Piece, Stop, UntilPeriodic, distinct_stops
from fem.errors import IncompatibleError
from studies.protocols import Protocol, Segment

_LOOKS = 33  # times at which a light is looked at to recognise it
_SAME_SLOPE = 1e-9  # of the steepest slope


@dataclass(frozen=True, kw_only=True)
class SweepDrive:
    """A protocol on ``contact``, the others held at ``others`` [V], with light.

    ``light`` is a factor or a function of the time since the start [s] that is smooth between the
    ``light_kinks`` [s]; steps land on ``sample_times`` [s] since the start. ``tolerance``: of the state at
    the ends of cycles, None to do all cycles. ``circuit``: between contact and source.
    """

    protocol: Protocol
    contact: str
    others: Mapping[str, float]
    light: float | Light = 0.0
    light_kinks: Sequence[float] = ()
    sample_times: Sequence[float] = ()
    tolerance: float | None = None
    circuit: Circuit | None = None

    def describe(self) -> dict[str, Any]:
        """Return plain data that tell this drive from another one."""
        light: Any = self.light
        if callable(light):
            times = [*self.light_kinks, *np.linspace(0.0, self.protocol.duration, _LOOKS)]
            light = [float(light(float(t))) for t in times]
        return {
            "contact": self.contact,
            "protocol": self.protocol.describe(),
            "bias": dict(self.others),
            "light": light,
            "light_kinks": [float(t) for t in self.light_kinks],
            "sample_times": [float(t) for t in self.sample_times],
            "stop_when_periodic": self.tolerance,
            **({"circuit": repr(self.circuit)} if self.circuit is not None else {}),
        }

    def until(self, origin: float) -> UntilPeriodic | None:
        """Return when to stop if the sweep began at ``origin`` [s]; its first cycle may differ."""
        if self.tolerance is None:
            return None
        begins = [origin] if _first_cycle_is_alike(self.protocol) else []
        return UntilPeriodic(tolerance=self.tolerance, cycle_ends=begins)

    def pieces(self, origin: float) -> list[Piece]:
        """Return the pieces from the time ``origin`` [s]."""
        segments = self.protocol.segments
        times = np.concatenate(([0.0], np.cumsum([s.duration for s in segments]))).tolist()
        closing = {*self.protocol.marks[1:], len(segments)}
        found: list[Piece] = []
        for first, last in pairwise(_kinks(segments)):
            begin, own = times[first], segments[first:last]
            elapsed = np.concatenate(([0.0], np.cumsum([s.duration for s in own]))).tolist()
            ends = [
                Stop(elapsed[k - first], origin + times[k], k in closing)
                for k in range(first + 1, last + 1)
                if k in closing or k == last
            ]
            inside = [Stop(t - begin, origin + t) for t in self.sample_times if begin < t < times[last]]
            stops = distinct_stops(origin + begin, [*inside, *ends])
            kinks = [t - begin for t in self.light_kinks if begin < t < times[last]]
            bias = self._bias(elapsed, [own[0].start, *(s.end for s in own)])
            found += _split(stops, origin + begin, kinks, bias, self._light(begin))
        return found

    def _bias(self, elapsed: list[float], volts: list[float]) -> Bias:
        """Return the bias [V by contact] through points at ``elapsed`` [s]."""
        return lambda t: {**self.others, self.contact: float(np.interp(t, elapsed, volts))}

    def _light(self, begin: float) -> Light:
        """Return the light as a function of the time since ``begin`` [s]."""
        light = self.light
        if callable(light):
            return lambda t: float(light(begin + t))
        return lambda t: light


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


def _kinks(segments: Sequence[Segment]) -> list[int]:
    """Return the numbers of the segments at which the slope changes, with the first and the number of all."""
    slopes = np.array([s.rate for s in segments])
    bends = np.abs(np.diff(slopes)) > _SAME_SLOPE * np.abs(slopes).max(initial=0.0)
    return [0, *(int(k) + 1 for k in np.flatnonzero(bends)), len(segments)]


def _split(
    stops: tuple[Stop, ...],
    start: float,
    kinks: Iterable[float],
    bias: Bias,
    light: Light,
) -> list[Piece]:
    """Return the piece, cut at the elapsed times ``kinks`` [s]."""
    cuts = distinct_stops(start, [*(Stop(t, start + t) for t in kinks), stops[-1]])
    found, offset = [], 0.0
    for cut in cuts:
        inside = [s for s in stops[:-1] if offset < s.elapsed < cut.elapsed]
        own = [Stop(s.elapsed - offset, s.time, s.cycle_end) for s in (*inside, cut)]
        begin = start + offset
        found.append(Piece(begin, distinct_stops(begin, own), _after(bias, offset), _after(light, offset)))
        offset = cut.elapsed
    return found


def _after[T](function: Callable[[float], T], offset: float) -> Callable[[float], T]:
    """Return the function that begins ``offset`` [s] later."""
    return (lambda t: function(offset + t)) if offset else function
