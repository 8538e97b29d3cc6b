"""Rules for the names of regions, contacts and interfaces, and the checks on numbers that every shape
shares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from numbers import Real
from types import UnionType

import numpy as np

__all__ = [
    "CONTACT_NAMES",
    "LENGTHS",
    "GeometryError",
    "check_between",
    "check_choice",
    "check_contact_name",
    "check_count",
    "check_distinct",
    "check_instance",
    "check_length",
    "check_lengths",
    "check_names",
    "check_not_larger",
    "check_not_negative",
    "check_nodes",
    "check_number",
    "check_positive",
    "check_region_name",
    "check_row",
    "interface_name",
    "layer_run",
]

CONTACT_NAMES = ("bottom", "top", "sink")
"""Contact names a region may not take; ``word_<i>`` and ``bit_<j>`` are reserved as well."""

MOST_NODES = 5e6
"""Most nodes of a mesh drawn up from a line or a plane, whose memory is some gigabytes."""

LENGTHS = (1e-13, 0.1)
"""Least and largest length [m] that a device may have: a number of nm or um without its unit is none."""

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
    seen: set[object] = set()
    for name in names:
        if name in seen:
            raise GeometryError(f"{what} name {name!r} is used more than once: each name must be unique")
        seen.add(name)


def check_number(what: str, value: object, *, finite: bool = True) -> float:
    """Return the value as a float if it is one real number: no text, truth value, list or quantity.

    Raises:
        GeometryError: the value is not a number, nan, or infinite where that is not allowed.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise GeometryError(f"{what} is {value!r}: it must be a number, lengths in metres (400 * nm)")
    number = float(value)
    if math.isnan(number) or (finite and math.isinf(number)):
        raise GeometryError(f"{what} is {number!r}: it must be finite and above zero")
    return number


def check_positive(what: str, value: object) -> float:
    """Return the value as a float if it is a finite number above zero.

    Raises:
        GeometryError: the value is not a number, not finite, zero or negative.
    """
    number = check_number(what, value)
    if number <= 0.0:
        raise GeometryError(f"{what} is {number!r}: it must be finite and above zero")
    return number


def check_length(what: str, value: object) -> float:
    """Return a length [m] as a float; one of a device is neither 400 m nor smaller than an atom by far.

    Raises:
        GeometryError: the value is not a number, not positive, or no length in metres that a device has.
    """
    number = check_positive(what, value)
    if not LENGTHS[0] <= number <= LENGTHS[1]:
        hint = f": did you mean {value} * nm?" if number > LENGTHS[1] else ""
        raise GeometryError(
            f"{what} is {number!r}: it must lie between {LENGTHS[0]:g} and {LENGTHS[1]:g} m{hint}"
        )
    return number


def check_lengths(owner: object, required: str, optional: str = "") -> None:
    """Return nothing; fields of `owner`, their names in one text, must be lengths [m], the `optional` ones or None.

    Raises:
        GeometryError: one is not.
    """
    for what in (*required.split(), *optional.split()):
        value = getattr(owner, what)
        if value is not None or what in required.split():
            check_length(what, value)


def check_not_negative(what: str, value: object, most: float = math.inf) -> float:
    """Return the value as a float if it is a finite number from zero to `most`.

    Raises:
        GeometryError: it is not.
    """
    number = check_number(what, value)
    if not 0.0 <= number <= most:
        upper = "" if most == math.inf else f" and at most {most:g}"
        raise GeometryError(f"{what} is {value!r}: it must be finite and zero or above{upper}")
    return number


def check_between(what: str, value: object, low: float, high: float) -> float:
    """Return the value as a float if it lies between `low` and `high`, these included.

    Raises:
        GeometryError: it does not.
    """
    number = check_number(what, value)
    if not low <= number <= high:
        raise GeometryError(f"{what} is {value!r}: it must lie between {low:g} and {high:g}")
    return number


def check_count(what: str, value: object, most: float = 1e6) -> int:
    """Return the value if it is a whole number from 1 to `most`; 3.0 is none.

    Raises:
        GeometryError: it is not.
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not 1 <= value <= most:
        raise GeometryError(f"{what} is {value!r}: it must be a whole number of at least 1, at most {most:g}")
    return int(value)


def check_choice(what: str, value: object, choices: Sequence[object]) -> None:
    """Return nothing; the value must be one of the choices, of the same type.

    Raises:
        GeometryError: it is not.
    """
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        raise GeometryError(f"{what} is {value!r}: use {' or '.join(map(repr, choices))}")


def check_instance(what: str, value: object, kinds: type | UnionType, say: str) -> None:
    """Return nothing; the value must be of one of the kinds, which `say` describes.

    Raises:
        GeometryError: it is not.
    """
    if not isinstance(value, kinds):
        raise GeometryError(f"{what} is {value!r}: give {say}")


def check_row(
    what: str, value: object, counts: Sequence[int], say: str, *, finite: bool = True
) -> tuple[float, ...]:
    """Return the numbers of a row, such as a point: a tuple or list with one of the `counts` of entries.

    Raises:
        GeometryError: it is no tuple or list, has another count, or an entry is not a number.
    """
    if not isinstance(value, tuple | list) or len(value) not in counts:
        raise GeometryError(f"{what} is {value!r}: give {say}")
    return tuple(check_number(f"an entry of {what}", one, finite=finite) for one in value)


def check_not_larger(what: str, value: float, limit_name: str, limit: float) -> None:
    """Return nothing; the value may reach the limit and not exceed it (both in the same unit).

    Raises:
        GeometryError: the value exceeds the limit.
    """
    if not value <= limit * (1.0 + 1e-12):
        raise GeometryError(f"{what} is {value!r}: it must not exceed {limit_name}, which is {limit!r}")


def check_nodes(what: str, count: float, most: float = MOST_NODES) -> None:
    """Return nothing; a mesh must not have more than a stated number of nodes.

    Raises:
        GeometryError: it would.
    """
    if not count <= most:
        raise GeometryError(
            f"{what} would have {count:.1g} nodes, and {most:g} is the most: give larger sizes, or is a unit "
            "missing (400 * nm)?"
        )


def interface_name(first: str, second: str, regions: Sequence[str]) -> str:
    """Return ``"a|b"`` with the two regions in the order in which `regions` lists them.

    A drawing lists its regions bottom to top, a wall directly after the layers it surrounds, a filling after
    everything it embeds. So the name reads lower layer first, inner region first, embedded region first.
    """
    if regions.index(first) > regions.index(second):
        first, second = second, first
    return f"{first}|{second}"


def check_names(what: str, value: object) -> tuple[str, ...]:
    """Return names of layers, of which there must be at least one, in a tuple or list.

    Raises:
        GeometryError: they are something else.
    """
    if not isinstance(value, tuple | list) or not value or not all(isinstance(one, str) for one in value):
        raise GeometryError(f"{what} is {value!r}: give at least one layer name, in a tuple")
    return tuple(value)


def layer_run(what: str, wanted: Sequence[str], names: Sequence[str]) -> tuple[int, int]:
    """Return (start, stop) such that ``names[start:stop]`` are the wanted layers, which must be neighbours.

    Raises:
        GeometryError: a wanted layer does not exist, none is given, or they are not consecutive.
    """
    for name in check_names(what, wanted):
        if name not in names:
            raise GeometryError(f"{what} names {name!r}: the layers of this stack are {', '.join(names)}")
    places = sorted({names.index(name) for name in wanted})
    if places[-1] - places[0] + 1 != len(places):
        raise GeometryError(f"{what} is {tuple(wanted)!r}: the layers must lie directly on one another")
    return places[0], places[-1] + 1
