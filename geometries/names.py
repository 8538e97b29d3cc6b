"""Rules for the names of regions, contacts and interfaces, and the checks on numbers that every shape
shares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

__all__ = [
    "CONTACT_NAMES",
    "GeometryError",
    "check_contact_name",
    "check_distinct",
    "check_not_larger",
    "check_positive",
    "check_region_name",
    "interface_name",
    "layer_run",
]

CONTACT_NAMES = ("bottom", "top", "sink")
"""Contact names a region may not take; ``word_<i>`` and ``bit_<j>`` are reserved as well."""

_LEGAL = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_RESERVED = re.compile(r"(bottom|top|sink|word_\d+|bit_\d+)")


class GeometryError(ValueError):
    """A shape that cannot be drawn: the message names the quantity, its value and what is allowed."""


def check_contact_name(name: str) -> str:
    """Return the name unchanged if it is legal: a letter, then letters, digits, ``_``, ``.`` or ``-``.

    Raises:
        GeometryError: the name has another form.
    """
    if not isinstance(name, str) or not _LEGAL.fullmatch(name):
        raise GeometryError(
            f"name {name!r} is not allowed: use a letter followed by letters, digits, '_', '.' or '-'"
        )
    return name


def check_region_name(name: str) -> str:
    """Return the name unchanged if a region may carry it: legal, and not one of the contact names.

    Raises:
        GeometryError: the name has another form or is reserved for a contact.
    """
    check_contact_name(name)
    if _RESERVED.fullmatch(name):
        raise GeometryError(
            f"region name {name!r} is reserved for a contact: choose any name except "
            f"{', '.join(CONTACT_NAMES)}, word_<i> and bit_<j>"
        )
    return name


def check_distinct(names: Iterable[str], what: str) -> None:
    """Return nothing; every name must occur once.

    Raises:
        GeometryError: a name occurs twice.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise GeometryError(f"{what} name {name!r} is used more than once: each name must be unique")
        seen.add(name)


def check_positive(what: str, value: float) -> float:
    """Return the value as a float if it is a finite number above zero.

    Raises:
        GeometryError: the value is not a number, not finite, zero or negative.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise GeometryError(f"{what} is {value!r}: it must be a number in metres above zero") from None
    if not math.isfinite(number) or number <= 0.0:
        raise GeometryError(f"{what} is {number!r}: it must be finite and above zero")
    return number


def check_not_larger(what: str, value: float, limit_name: str, limit: float) -> None:
    """Return nothing; the value may reach the limit and not exceed it (both in the same unit).

    Raises:
        GeometryError: the value exceeds the limit.
    """
    if value > limit * (1.0 + 1e-12):
        raise GeometryError(f"{what} is {value!r}: it must not exceed {limit_name}, which is {limit!r}")


def interface_name(first: str, second: str, regions: Sequence[str]) -> str:
    """Return ``"a|b"`` with the two regions in the order in which `regions` lists them.

    A drawing lists its regions bottom to top, a wall directly after the layers it surrounds, a filling after
    everything it embeds. So the name reads lower layer first, inner region first, embedded region first.
    """
    if regions.index(first) > regions.index(second):
        first, second = second, first
    return f"{first}|{second}"


def layer_run(what: str, wanted: Sequence[str], names: Sequence[str]) -> tuple[int, int]:
    """Return (start, stop) such that ``names[start:stop]`` are the wanted layers, which must be neighbours.

    Raises:
        GeometryError: a wanted layer does not exist, none is given, or they are not consecutive.
    """
    if isinstance(wanted, str) or not wanted:
        raise GeometryError(f"{what} is {wanted!r}: give at least one layer name, in a tuple")
    for name in wanted:
        if name not in names:
            raise GeometryError(f"{what} names {name!r}: the layers of this stack are {', '.join(names)}")
    places = sorted({names.index(name) for name in wanted})
    if places[-1] - places[0] + 1 != len(places):
        raise GeometryError(f"{what} is {tuple(wanted)!r}: the layers must lie directly on one another")
    return places[0], places[-1] + 1
