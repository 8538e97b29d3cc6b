"""What a check of the installation found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True)
class Finding:
    """What was ``found`` of a ``thing``, and the ``advice``, what to do; "" where all is well.

    ``state``: "broken" is what memfem cannot compute without, "warning" what costs time or one of its abilities.
    """

    thing: str
    state: State
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.state:8}{self.thing:20}{self.found}" + (
            f"\n{'':28}-> {self.advice}" if self.advice else ""
        )


def ok(thing: str, found: str) -> Finding:
    """Return that all is well with a thing."""
    return Finding(thing, "ok", found)


def warning(thing: str, found: str, advice: str) -> Finding:
    """Return that a thing costs time or an ability."""
    return Finding(thing, "warning", found, advice)


def broken(thing: str, found: str, advice: str) -> Finding:
    """Return that memfem cannot compute without a thing as it must be."""
    return Finding(thing, "broken", found, advice)
