"""The shapes of which protocols are made: sweeps, rests, pulses and their trains, staircases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.checking import anything, each, optional, whole
from studies.protocols.protocol import Protocol, Segment
from studies.protocols.quantities import Quantity, finite, positive


class Sweep(Protocol):
    """A triangular sweep through ``voltages`` [V] at the constant |rate| ``rate`` [V/s].

    >>> Sweep(0, 1.2, -1.2, 0, rate=0.1).kinks.round(9).tolist()
    [0.0, 12.0, 36.0, 48.0]
    """

    def __init__(self, *voltages: float, rate: float) -> None:
        rate = positive("sweep rate", rate, "V/s")
        if len(voltages) < 2:
            raise OutOfRangeError(
                "number of sweep voltages",
                len(voltages),
                "at least 2, one by one: Sweep(0, 1, -1, 0, rate=...)",
            )
        v = [finite("sweep voltage", x, "V") for x in voltages]
        for a, b in pairwise(v):
            if a == b:
                twice = Quantity(f"{a:g} V twice in a row")
                raise OutOfRangeError(
                    "sweep voltage", twice, "different from its neighbour (Rest holds a voltage)"
                )
        pieces = tuple(Segment(abs(b - a) / rate, a, b) for a, b in pairwise(v))
        text = f"Sweep({', '.join(f'{x:g}' for x in v)}, rate={rate:g} V/s)"
        super().__init__(pieces, (), text)


class Rest(Protocol):
    """A constant ``voltage`` [V] for ``duration`` [s]."""

    def __init__(self, duration: float, voltage: float) -> None:
        duration = positive("rest duration", duration, "s")
        voltage = finite("rest voltage", voltage, "V")
        super().__init__((Segment(duration, voltage, voltage),), (), f"Rest({duration:g} s, {voltage:g} V)")


class Pulse(Protocol):
    """A trapezoidal pulse: ``base`` to ``amplitude`` [V] in ``rise`` [s], flat for ``width`` [s], back.

    The way back takes ``fall`` [s], which is ``rise`` when not given.
    """

    def __init__(
        self, amplitude: float, width: float, *, rise: float, fall: float | None = None, base: float = 0.0
    ) -> None:
        amplitude, base = finite("pulse amplitude", amplitude, "V"), finite("pulse base", base, "V")
        if amplitude == base:
            raise OutOfRangeError(
                "pulse amplitude", Quantity(f"{amplitude:g} V"), "different from the base voltage"
            )
        width, rise = positive("pulse width", width, "s"), positive("pulse rise time", rise, "s")
        fall = rise if fall is None else positive("pulse fall time", fall, "s")
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
        interval = positive("pulse interval", interval, "s")
        pairs = zip(heights, widths, strict=True)
        one = [Pulse(h, w, rise=rise, base=base) + Rest(interval, base) for h, w in pairs]
        pieces = tuple(s for p in one for s in p.segments)
        text = f"PulseTrain({len(one)} x {widths[0]:g} s every {one[0].duration:g} s, first {heights[0]:g} V)"
        super().__init__(pieces, tuple(4 * k for k in range(len(one))), text)


def _one_each(thing: str, value: Any, count: int, unit: str) -> list[float]:
    """Return the numbers of a list, or one number for each of ``count`` pulses."""
    if isinstance(value, Sequence | np.ndarray):
        return [finite(thing, x, unit) for x in each(anything)(f"{thing}s", value)]
    return [finite(thing, value, unit)] * count


class Staircase(Protocol):
    """The ``levels`` [V] one after the other, held for ``hold`` [s], ramps of ``rise`` [s] between."""

    def __init__(self, *levels: float, hold: float, rise: float) -> None:
        if len(levels) < 2:
            raise OutOfRangeError("number of staircase levels", len(levels), "at least 2")
        hold, rise = positive("staircase hold time", hold, "s"), positive("staircase rise time", rise, "s")
        v = [finite("staircase level", x, "V") for x in levels]
        pieces = [Segment(hold, v[0], v[0])]
        for a, b in pairwise(v):
            pieces += [Segment(rise, a, b), Segment(hold, b, b)]
        text = f"Staircase({', '.join(f'{x:g}' for x in v)} V, hold={hold:g} s, rise={rise:g} s)"
        super().__init__(tuple(pieces), (), text)
