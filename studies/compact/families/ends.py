"""Ends of a state: a rate that fades before the state could leave its range."""

from __future__ import annotations

EDGE = (
    0.01  #: of the range, the distance from an end at which a rate towards it is half of that in the middle
)


def within(rate: str, state: str, low: str = "0", high: str = "1") -> str:
    """Return the text of a ``rate`` (the name of a part) that goes to zero where it would drive ``state`` out.

    Towards an end at the distance d it is multiplied by d/(d + EDGE (high - low)), so that the state comes to it as
    exp(-t) does and never beyond; away from an end it is what it was.
    """
    edge = f"{EDGE}*(({high}) - ({low}))"
    up, down = f"(({high}) - {state})", f"({state} - ({low}))"
    return f"{rate}*where({rate}, {up}/({up} + {edge}), {down}/({down} + {edge}))"
