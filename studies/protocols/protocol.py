r"""Voltage protocols as values: piecewise-linear voltage against time.

A protocol is a chain of straight segments (duration [s], start [V], end [V]). It is continuous by
construction; ``+`` joins, ``*`` repeats and marks cycles:

>>> from studies.protocols.shapes import Rest, Sweep
>>> p = Rest(1.0, voltage=0.0) + Sweep(0, 1.2, -1.2, 0, rate=0.1) * 3
>>> p.cycles, round(p.duration, 9)
(3, 145.0)

What comes before the first marked cycle belongs to it, what follows the last marked cycle without a mark of
its own belongs to the last one; ``p * 1`` marks a single cycle. A cycle that is repeated as part of a larger
piece stays the cycle: ``(Sweep(...) * 3 + Rest(...)) * 2`` has six.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import anything, array, each, instance, table, whole
from fem.transient.times import rounding, running_sums, seconds
from studies.protocols.quantities import Quantity, finite, positive
from studies.protocols.replayed import DEVIATIONS, pieces
from studies.results.noise import noise

if TYPE_CHECKING:
    from studies.results.trace import Trace

#: Two voltages [V] closer than this, relative to the larger one, are the same.
_SAME_VOLTAGE = 1e-12
_SAME_SLOPE = 1e-9  # of the steeper of two segments in a row
_DIGITS = 8  # units in the last place of a voltage by which a corner may stand off a straight line


@dataclass(frozen=True)
class Segment:
    """A straight piece: ``duration`` [s], from ``start`` [V] to ``end`` [V]."""

    duration: float
    start: float
    end: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration", positive("segment duration", self.duration, "s"))
        for name in ("start", "end"):
            object.__setattr__(self, name, finite(f"segment {name} voltage", getattr(self, name), "V"))

    @property
    def rate(self) -> float:
        """The slope [V/s]."""
        return (self.end - self.start) / self.duration


@dataclass(frozen=True, eq=False)
class Protocol:
    """Voltage against time from ``segments``; ``marks`` are the segments at which a cycle begins."""

    segments: tuple[Segment, ...]
    marks: tuple[int, ...] = ()
    text: str = "Protocol"
    not_in_equations: ClassVar[tuple[str, ...]] = ("text",)

    def __post_init__(self) -> None:
        settle(self, "a protocol", segments=each(instance(Segment)), marks=each(whole(0)))
        if not self.segments:
            raise OutOfRangeError("number of protocol segments", 0, "at least 1")
        for before, after in pairwise(self.segments):
            _check_join(before.end, after.start)

    @classmethod
    def from_points(cls, times: ArrayLike, voltages: ArrayLike) -> Protocol:
        """Return the protocol through the points ``times`` [s] (from 0, increasing) and ``voltages`` [V]."""
        t = np.asarray(array("times of a protocol [s]", times), dtype=float)
        v = np.asarray(array("voltages of a protocol [V]", voltages), dtype=float)
        if t.ndim != 1 or t.shape != v.shape or t.size < 2:
            raise IncompatibleError(
                f"times {t.shape} and voltages {v.shape} must be two lists of equal length, at least 2."
            )
        if t[0] != 0:
            raise OutOfRangeError("first time of a protocol", Quantity(f"{t[0]:g} s"), "0 s")
        pieces = zip(np.diff(t), v[:-1], v[1:], strict=True)
        return Protocol(tuple(Segment(*map(float, p)) for p in pieces), (), f"{t.size} points")

    @classmethod
    def from_trace(cls, trace: Trace, *, tolerance: float | None = None, column: str = "voltage") -> Protocol:
        """Return the drive of a measured ``trace`` from its first sample, by its few real kinks, with its cycles.

        Samples stand off the straight pieces by less than ``tolerance`` [V], which is four times the noise of the
        voltage if it is not given (``studies.results.noise``); the text says by how much they do. 0 keeps every sample;
        then and without noise ``iv_sweep`` begins anew at kinks only, and follows a curve in between.
        ``column`` is another voltage [V] of the trace, such as "voltage_gate".

        Raises UnknownNameError for a column that is not there, OutOfRangeError for one that is no number somewhere.
        """
        if column not in trace.data.variables:
            raise UnknownNameError("column", column, map(str, trace.data.variables))
        times, volts = trace.time - trace.time[0], np.asarray(trace.data[column].values, dtype=float)
        if bad := np.flatnonzero(~np.isfinite(volts)).tolist():
            raise OutOfRangeError(
                f"column {column!r} of the drive", f"no number in sample {bad[0]}", "finite"
            )
        shaken = noise(volts, times)
        allowed = DEVIATIONS * shaken if tolerance is None else finite("tolerance of a drive", tolerance, "V")
        if allowed < 0:
            raise OutOfRangeError("tolerance of a drive", Quantity(f"{allowed:g} V"), "zero or positive")
        found = pieces(times, volts, allowed)
        drive = cls.from_points(times[found.at], found.levels)
        begins = times[np.flatnonzero(np.diff(trace.cycles, prepend=trace.cycles[0] - 1))]
        marks = sorted({int(np.argmin(np.abs(drive.corners[:-1] - t))) for t in begins})
        text = f"{volts.size} measured points by {found.at.size}, within {found.deviation:.3g} V (noise {shaken:.3g} V)"
        return Protocol(drive.segments, tuple(marks) if len(marks) > 1 else (), text)

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Protocol:
        """Return the protocol whose ``describe()`` gave ``description``."""
        for name in ("segments", "cycle_marks", "text"):
            if name not in table(anything)("description of a protocol", description):
                raise UnknownNameError("entry of a protocol's description", name, description)
        segments = tuple(Segment(*s) for s in description["segments"])
        return Protocol(segments, tuple(description["cycle_marks"]), description["text"])

    @cached_property
    def exact_corners(self) -> list[int]:
        """Times at which segments begin and end, as ``exact`` counts them without rounding, shape (segments + 1,)."""
        return running_sums(s.duration for s in self.segments)

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """Times [s] at which segments begin and end, shape (segments + 1,)."""
        return np.array([seconds(t) for t in self.exact_corners])

    @cached_property
    def levels(self) -> NDArray[np.float64]:
        """Voltages [V] at the ``corners``, shape (segments + 1,)."""
        return np.array([self.segments[0].start, *(s.end for s in self.segments)])

    @property
    def duration(self) -> float:
        """The length of the protocol [s]."""
        return float(self.corners[-1])

    @cached_property
    def bends(self) -> list[int]:
        """The numbers of the ``corners`` at which the slope changes, with the first and the last.

        Slopes are compared with their neighbours only, so that a slow sweep after a fast pulse keeps its corners.
        """
        lengths, slopes, size = (
            np.array([s.duration for s in self.segments]),
            np.array([s.rate for s in self.segments]),
            np.abs(self.levels),
        )
        change, steep = np.abs(np.diff(slopes)), np.maximum(np.abs(slopes[1:]), np.abs(slopes[:-1]))
        away = change * (lengths[1:] * (lengths[:-1] / (lengths[1:] + lengths[:-1])))
        largest = np.maximum(np.maximum(size[:-2], size[1:-1]), size[2:])
        bent = (change > _SAME_SLOPE * steep) & (away > _DIGITS * np.spacing(largest))
        return [0, *(np.flatnonzero(bent) + 1).tolist(), len(self.segments)]

    @property
    def kinks(self) -> NDArray[np.float64]:
        """Times [s] at which the slope changes, with 0 and the end."""
        return self.corners[self.bends]

    @cached_property
    def cycle_times(self) -> NDArray[np.float64]:
        """Boundaries [s] of the cycles, shape (cycles + 1,)."""
        inner = [self.corners[m] for m in self.marks[1:]]
        return np.array([0.0, *inner, self.duration])

    @cached_property
    def milestones(self) -> NDArray[np.float64]:
        """Times [s] a time stepper must land on: kinks and cycle boundaries."""
        return np.unique(np.concatenate((self.kinks, self.cycle_times)))

    @property
    def cycles(self) -> int:
        """The number of cycles, at least 1."""
        return max(1, len(self.marks))

    @property
    def parts(self) -> tuple[Protocol, ...]:
        """A protocol for each of the cycles, which joined are the whole."""
        edges = [0, *self.marks[1:], len(self.segments)]
        return tuple(Protocol(self.segments[a:b]) for a, b in pairwise(edges))

    def voltage(self, t: ArrayLike) -> Any:
        """Return the voltage [V] at the times ``t`` [s]; same shape as ``t``, a float for a float."""
        time = np.asarray(array("time in a protocol [s]", t), dtype=float)
        slack = rounding(self.duration)
        outside = ~((time >= -slack) & (time <= self.duration + slack))
        if outside.any():
            bad = float(time[outside].ravel()[0])
            raise OutOfRangeError(
                "time in a protocol", Quantity(f"{bad:g} s"), f"between 0 and {self.duration:g} s"
            )
        value = np.interp(time, self.corners, self.levels)
        return float(value) if time.ndim == 0 else value

    def cycle(self, t: ArrayLike) -> Any:
        """Return the cycle index, from 0, at the times ``t`` [s]; a boundary closes the cycle before it."""
        time = np.asarray(t, dtype=float)
        edges = self.cycle_times[1:-1]
        index = np.searchsorted(edges + rounding(edges), time, side="left")
        return int(index) if time.ndim == 0 else index

    def describe(self) -> dict[str, Any]:
        """Return plain data (text, numbers, lists) that ``from_description`` turns back into the protocol."""
        return {
            "text": self.text,
            "unit": "duration [s], start [V], end [V]",
            "segments": [[s.duration, s.start, s.end] for s in self.segments],
            "cycle_marks": list(self.marks),
            "cycles": self.cycles,
            "duration": self.duration,
        }

    def __add__(self, other: Protocol) -> Protocol:
        instance(Protocol)("what is added to a protocol", other)
        _check_join(self.segments[-1].end, other.segments[0].start)
        marks = self.marks + tuple(m + len(self.segments) for m in other.marks)
        return Protocol(self.segments + other.segments, marks, f"{self.text} + {other.text}")

    def __mul__(self, count: int) -> Protocol:
        count = whole(1, 10_000_000)("number of repetitions of a protocol", count)
        if count > 1:
            _check_join(self.segments[-1].end, self.segments[0].start)
        n = len(self.segments)
        marks = tuple(m + k * n for k in range(count) for m in (self.marks or (0,)))
        text = f"({self.text}) * {count}" if " + " in self.text else f"{self.text} * {count}"
        return Protocol(self.segments * int(count), marks, text)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Protocol):
            return NotImplemented
        return (self.segments, self.marks) == (other.segments, other.marks)

    def __hash__(self) -> int:
        return hash((self.segments, self.marks))

    def __str__(self) -> str:
        return f"{self.text}: {self.duration:g} s, {self.cycles} cycle{'s' if self.cycles > 1 else ''}"

    __repr__ = __str__


def _check_join(end: float, start: float) -> None:
    """Raise when a piece that ends at ``end`` [V] is followed by one that starts at ``start`` [V]."""
    if abs(end - start) > _SAME_VOLTAGE * max(abs(end), abs(start)):
        raise IncompatibleError(
            f"a piece ending at {end:g} V is followed by one starting at {start:g} V; the voltage must be "
            f"continuous: join them by a ramp with a rise time, such as Sweep({end:g}, {start:g}, rate=...)."
        )
