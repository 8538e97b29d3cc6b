"""Numbers with a unit that a protocol is made of, checked."""

from __future__ import annotations

import math

from fem.errors import OutOfRangeError
from fem.errors.checking import is_number

#: More than an experiment has.
_LARGEST = {"V": 1e9, "s": 1e15, "V/s": 1e15}


class Quantity(str):
    """A number with its unit, shown without quotes in an error."""

    __repr__ = str.__str__


def finite(thing: str, value: float, unit: str) -> float:
    """Return ``value`` as a float, or say that ``thing`` is not a finite number."""
    if not is_number(value):
        raise OutOfRangeError(thing, value, f"one number, in {unit}")
    number = float(value)
    if not math.isfinite(number):
        raise OutOfRangeError(thing, Quantity(f"{number:g} {unit}"), "finite")
    if abs(number) > _LARGEST[unit]:
        raise OutOfRangeError(thing, Quantity(f"{number:g} {unit}"), f"at most {_LARGEST[unit]:g} {unit}")
    return number


def positive(thing: str, value: float, unit: str) -> float:
    """Return ``value`` as a float, or say that ``thing`` is not positive."""
    number = finite(thing, value, unit)
    if number <= 0:
        raise OutOfRangeError(thing, Quantity(f"{number:g} {unit}"), "positive")
    return number
