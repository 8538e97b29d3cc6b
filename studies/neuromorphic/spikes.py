"""Shapes of spikes, and what a device of two terminals sees of two of them.

A spike is a protocol that begins and ends at 0 V: any other, such as a Pulse, is one too.
"""

from __future__ import annotations

import math

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import number, positive, whole
from studies.protocols.protocol import Protocol, Segment
from studies.protocols.shapes import Pulse

_REST = 1e-12  # of the largest voltage of a spike: that is 0 V


class TriangularSpike(Protocol):
    """0 to ``amplitude`` [V] and back, each in half of ``width`` [s]."""

    @checked(amplitude=number, width=positive)
    def __init__(self, amplitude: float, width: float) -> None:
        half = width / 2
        pieces = (Segment(half, 0.0, amplitude), Segment(half, amplitude, 0.0))
        super().__init__(pieces, (), f"TriangularSpike({amplitude:g} V, {width:g} s)")


class RectangularSpike(Pulse):
    """``amplitude`` [V] for ``width`` [s], with edges of ``rise`` [s]."""

    @checked()
    def __init__(self, amplitude: float, width: float, *, rise: float) -> None:
        super().__init__(amplitude, width, rise=rise)


class BiphasicSpike(Protocol):
    """``amplitude`` [V] for ``width`` [s], then ``tail`` [V], of the other sign, back to 0 in ``tail_width`` [s].

    Edges take ``rise`` [s], the tail is a straight line (such spikes: C. Zamarreño-Ramos et al., Front. Neurosci. 5,
    26, 2011).
    """

    @checked(amplitude=number, width=positive, tail=number, tail_width=positive, rise=positive)
    def __init__(
        self, amplitude: float, width: float, tail: float, tail_width: float, *, rise: float
    ) -> None:
        pieces = (
            Segment(rise, 0.0, amplitude),
            Segment(width, amplitude, amplitude),
            Segment(rise, amplitude, tail),
            Segment(tail_width, tail, 0.0),
        )
        text = f"BiphasicSpike({amplitude:g} V, {width:g} s, tail {tail:g} V, {tail_width:g} s)"
        super().__init__(pieces, (), text)


class ExponentialSpike(Protocol):
    r"""``amplitude`` [V] for ``width`` [s], then a tail :math:`V_t e^{-t/\tau}` of ``tail`` [V] and ``tail_time`` [s].

    The tail is ``pieces`` straight lines of equal steps of voltage and ends at 0 V after five times; edges take
    ``rise`` [s] (C. Zamarreño-Ramos et al., Front. Neurosci. 5, 26, 2011).
    """

    @checked(
        amplitude=number,
        width=positive,
        tail=number,
        tail_time=positive,
        rise=positive,
        pieces=whole(2, 1000),
    )
    def __init__(
        self, amplitude: float, width: float, tail: float, tail_time: float, *, rise: float, pieces: int = 12
    ) -> None:
        shares = np.linspace(1.0, math.exp(-5.0), pieces + 1)
        times, levels = -tail_time * np.log(shares), np.append(tail * shares[:-1], 0.0)
        parts = [
            Segment(rise, 0.0, amplitude),
            Segment(width, amplitude, amplitude),
            Segment(rise, amplitude, tail),
        ]
        for k in range(pieces):
            parts.append(Segment(float(times[k + 1] - times[k]), float(levels[k]), float(levels[k + 1])))
        text = f"ExponentialSpike({amplitude:g} V, {width:g} s, tail {tail:g} V, {tail_time:g} s)"
        super().__init__(tuple(parts), (), text)


@checked(delay=number)
def spike_pair(pre: Protocol, post: Protocol, delay: float) -> Protocol:
    """Return what a device sees, V_post - V_pre, where ``post`` begins ``delay`` [s] after ``pre``, or before it.

    The pair begins with the earlier spike and ends with the later end.
    Raises OutOfRangeError for a spike that does not begin and end at 0 V, or if both leave no voltage at any time.
    """
    for name, spike in (("pre", pre), ("post", post)):
        ends = np.array([spike.levels[0], spike.levels[-1]])
        if (np.abs(ends) > _REST * np.abs(spike.levels).max()).any():
            raise OutOfRangeError(
                f"first or last voltage of the {name} spike [V]", float(ends[np.argmax(np.abs(ends))]), "0"
            )
    begins = {"pre": max(0.0, -delay), "post": max(0.0, delay)}
    corners = np.unique(np.concatenate((pre.corners + begins["pre"], post.corners + begins["post"])))
    apart = np.diff(corners, prepend=-np.inf) > 1e-12 * corners[-1]
    corners = corners[apart]
    volts = _at(post, corners - begins["post"]) - _at(pre, corners - begins["pre"])
    if not np.abs(volts).max() > 0:
        raise OutOfRangeError("largest voltage of a pair of spikes [V]", 0.0, "other than 0")
    volts[[0, -1]] = 0.0
    return Protocol.from_points(corners, volts)


def _at(spike: Protocol, time: np.ndarray) -> np.ndarray:
    """Return the voltage of a spike [V] at times [s] since its begin, 0 before and after it."""
    return np.interp(time, spike.corners, spike.levels, left=0.0, right=0.0)
