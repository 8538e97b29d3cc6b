"""Ends of a state: a rate that fades, or stops, before the state could leave its range."""

from __future__ import annotations

EDGE = (
    0.01  #: of the range, the distance from an end at which a rate towards it is half of that in the middle
)

WALL = 1e-3  #: distance from an end at which a rate that is not to fade begins to do so


def within(rate: str, state: str, low: str = "0", high: str = "1") -> str:
    """Return the text of a ``rate`` (the name of a part) that goes to zero where it would drive ``state`` out.

    Towards an end at the distance d it is multiplied by d/(d + EDGE (high - low)), so that the state comes to it as
    exp(-t) does and never beyond; away from an end it is what it was. In the middle of the range it is 1/(1 + 2 EDGE),
    0.98, of the rate: where a published rate is to hold there, ``stopped`` keeps it.
    """
    edge = f"{EDGE}*(({high}) - ({low}))"
    up, down = f"(({high}) - {state})", f"({state} - ({low}))"
    return f"{rate}*where({rate}, {up}/({up} + {edge}), {down}/({down} + {edge}))"


def stopped(rate: str, state: str) -> str:
    """Return the text of a ``rate`` (the name of a part) of a share that stops at 0 and 1, as at a wall.

    It is what it was up to the distance WALL of the end to which it leads, and goes to zero there as a straight line.
    """
    return f"{rate}*where({rate}, min(1, (1 - {state})/{WALL}), min(1, {state}/{WALL}))"
