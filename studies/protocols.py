r"""Voltage protocols as values: piecewise-linear voltage against time.

A protocol is a chain of straight segments (duration [s], start [V], end [V]). It is continuous by
construction; ``+`` joins, ``*`` repeats and marks cycles:

>>> p = Rest(1.0, voltage=0.0) + Sweep(0, 1.2, -1.2, 0, rate=0.1) * 3
>>> p.cycles, round(p.duration, 9)
(3, 145.0)

What comes before the first marked cycle belongs to it, what follows the last marked cycle without a mark of
its own belongs to the last one; ``p * 1`` marks a single cycle. A cycle that is repeated as part of a larger
piece stays the cycle: ``(Sweep(...) * 3 + Rest(...)) * 2`` has six.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import anything, array, each, instance, is_number, optional, table, whole
from fem.transient.times import rounding, running_sums, seconds

#: Two voltages [V] closer than this, relative to the larger one, are the same.
_SAME_VOLTAGE = 1e-12
_SAME_SLOPE = 1e-9  # of the steeper of two segments in a row
_DIGITS = 8  # units in the last place of a voltage by which a corner may stand off a straight line
#: More than an experiment has.
_LARGEST = {"V": 1e9, "s": 1e15, "V/s": 1e15}


class _Quantity(str):
    """A number with its unit, shown without quotes in an error."""

    __repr__ = str.__str__


def _finite(thing: str, value: float, unit: str) -> float:
    """Return ``value`` as a float, or say that ``thing`` is not a finite number."""
    if not is_number(value):
        raise OutOfRangeError(thing, value, f"one number, in {unit}")
    number = float(value)
    if not math.isfinite(number):
        raise OutOfRangeError(thing, _Quantity(f"{number:g} {unit}"), "finite")
    if abs(number) > _LARGEST[unit]:
        raise OutOfRangeError(thing, _Quantity(f"{number:g} {unit}"), f"at most {_LARGEST[unit]:g} {unit}")
    return number


def _positive(thing: str, value: float, unit: str) -> float:
    """Return ``value`` as a float, or say that ``thing`` is not positive."""
    number = _finite(thing, value, unit)
    if number <= 0:
        raise OutOfRangeError(thing, _Quantity(f"{number:g} {unit}"), "positive")
    return number


@dataclass(frozen=True)
class Segment:
    """A straight piece: ``duration`` [s], from ``start`` [V] to ``end`` [V]."""

    duration: float
    start: float
    end: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration", _positive("segment duration", self.duration, "s"))
        for name in ("start", "end"):
            object.__setattr__(self, name, _finite(f"segment {name} voltage", getattr(self, name), "V"))

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
            raise OutOfRangeError("first time of a protocol", _Quantity(f"{t[0]:g} s"), "0 s")
        pieces = zip(np.diff(t), v[:-1], v[1:], strict=True)
        return Protocol(tuple(Segment(*map(float, p)) for p in pieces), (), f"{t.size} points")

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
                "time in a protocol", _Quantity(f"{bad:g} s"), f"between 0 and {self.duration:g} s"
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


class Sweep(Protocol):
    """A triangular sweep through ``voltages`` [V] at the constant |rate| ``rate`` [V/s].

    >>> Sweep(0, 1.2, -1.2, 0, rate=0.1).kinks.round(9).tolist()
    [0.0, 12.0, 36.0, 48.0]
    """

    def __init__(self, *voltages: float, rate: float) -> None:
        rate = _positive("sweep rate", rate, "V/s")
        if len(voltages) < 2:
            raise OutOfRangeError(
                "number of sweep voltages",
                len(voltages),
                "at least 2, one by one: Sweep(0, 1, -1, 0, rate=...)",
            )
        v = [_finite("sweep voltage", x, "V") for x in voltages]
        for a, b in pairwise(v):
            if a == b:
                twice = _Quantity(f"{a:g} V twice in a row")
                raise OutOfRangeError(
                    "sweep voltage", twice, "different from its neighbour (Rest holds a voltage)"
                )
        pieces = tuple(Segment(abs(b - a) / rate, a, b) for a, b in pairwise(v))
        text = f"Sweep({', '.join(f'{x:g}' for x in v)}, rate={rate:g} V/s)"
        super().__init__(pieces, (), text)


class Rest(Protocol):
    """A constant ``voltage`` [V] for ``duration`` [s]."""

    def __init__(self, duration: float, voltage: float) -> None:
        duration = _positive("rest duration", duration, "s")
        voltage = _finite("rest voltage", voltage, "V")
        super().__init__((Segment(duration, voltage, voltage),), (), f"Rest({duration:g} s, {voltage:g} V)")


class Pulse(Protocol):
    """A trapezoidal pulse: ``base`` to ``amplitude`` [V] in ``rise`` [s], flat for ``width`` [s], back.

    The way back takes ``fall`` [s], which is ``rise`` when not given.
    """

    def __init__(
        self, amplitude: float, width: float, *, rise: float, fall: float | None = None, base: float = 0.0
    ) -> None:
        amplitude, base = _finite("pulse amplitude", amplitude, "V"), _finite("pulse base", base, "V")
        if amplitude == base:
            raise OutOfRangeError(
                "pulse amplitude", _Quantity(f"{amplitude:g} V"), "different from the base voltage"
            )
        width, rise = _positive("pulse width", width, "s"), _positive("pulse rise time", rise, "s")
        fall = rise if fall is None else _positive("pulse fall time", fall, "s")
        pieces = (
            Segment(rise, base, amplitude),
            Segment(width, amplitude, amplitude),
            Segment(fall, amplitude, base),
        )
        super().__init__(pieces, (), f"Pulse({amplitude:g} V, {width:g} s, rise={rise:g} s, base={base:g} V)")


class PulseTrain(Protocol):
    """``count`` pulses, each followed by ``interval`` [s] at the base; one cycle per pulse.

    ``amplitude`` [V] and ``width`` [s] are one number, or one per pulse (then ``count`` is not needed).
    """

    def __init__(
        self,
        amplitude: float | Sequence[float],
        width: float | Sequence[float],
        *,
        interval: float,
        rise: float,
        count: int | None = None,
        base: float = 0.0,
    ) -> None:
        optional(whole(1, 10_000_000))("number of pulses", count)
        several = [x for x in (amplitude, width) if isinstance(x, Sequence | np.ndarray)]
        number = len(several[0]) if several else (count or 0)
        heights = _one_each("pulse amplitude", amplitude, number, "V")
        widths = _one_each("pulse width", width, number, "s")
        if not heights or len(heights) != len(widths) or (count is not None and count != len(heights)):
            raise OutOfRangeError(
                "number of pulses",
                count if count is not None or len(heights) == len(widths) else len(widths),
                f"{max(1, len(heights))} (one per amplitude) or more",
            )
        interval = _positive("pulse interval", interval, "s")
        pairs = zip(heights, widths, strict=True)
        one = [Pulse(h, w, rise=rise, base=base) + Rest(interval, base) for h, w in pairs]
        pieces = tuple(s for p in one for s in p.segments)
        text = f"PulseTrain({len(one)} x {widths[0]:g} s every {one[0].duration:g} s, first {heights[0]:g} V)"
        super().__init__(pieces, tuple(4 * k for k in range(len(one))), text)


def _one_each(thing: str, value: Any, count: int, unit: str) -> list[float]:
    """Return the numbers of a list, or one number for each of ``count`` pulses."""
    if isinstance(value, Sequence | np.ndarray):
        return [_finite(thing, x, unit) for x in each(anything)(f"{thing}s", value)]
    return [_finite(thing, value, unit)] * count


class Staircase(Protocol):
    """The ``levels`` [V] one after the other, held for ``hold`` [s], ramps of ``rise`` [s] between."""

    def __init__(self, *levels: float, hold: float, rise: float) -> None:
        if len(levels) < 2:
            raise OutOfRangeError("number of staircase levels", len(levels), "at least 2")
        hold, rise = _positive("staircase hold time", hold, "s"), _positive("staircase rise time", rise, "s")
        v = [_finite("staircase level", x, "V") for x in levels]
        pieces = [Segment(hold, v[0], v[0])]
        for a, b in pairwise(v):
            pieces += [Segment(rise, a, b), Segment(hold, b, b)]
        text = f"Staircase({', '.join(f'{x:g}' for x in v)} V, hold={hold:g} s, rise={rise:g} s)"
        super().__init__(tuple(pieces), (), text)
