"""Parameters of a study: what each of its arguments may be, and how a value of it is told from another one.

A value has a *label*, the number or text that stands at an axis, and a *description*, plain data that is equal for
equal values only: of two films of one name the thickness counts, and not the name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fem.description import to_dict, without_identity
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import Kind, number, optional, text, truth, whole

Label = float | int | str


@dataclass(frozen=True)
class Number:
    """A number in ``unit`` ("nm", "V/s", "1"), which the function of the study gets as it is given, not in SI.

    From ``low`` to ``high``, both included, where they are given; ``integer`` for counts and seeds.

    >>> Number("nm", low=1.0).checked("thickness", 40)
    40.0
    """

    unit: str
    low: float | None = None
    high: float | None = None
    integer: bool = False

    def __post_init__(self) -> None:
        kinds: dict[str, Kind] = {"low": optional(number), "high": optional(number), "integer": truth}
        settle(self, "a Number", unit=text, **kinds)
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise OutOfRangeError("high of a Number", self.high, f"above its low, {self.low:g}")

    def checked(self, name: str, value: Any) -> float | int:
        """Return the value as the function gets it, or raise OutOfRangeError."""
        thing = f"{name} [{self.unit}]"
        found = (
            whole(-(10**18))(thing, value) if self.integer else float(number(thing, value)) + 0.0
        )  # no -0.0
        low, high = (
            (-math.inf if self.low is None else self.low),
            (math.inf if self.high is None else self.high),
        )
        if not low <= found <= high:
            raise OutOfRangeError(thing, value, _range(self.low, self.high))
        return found

    def label(self, value: Any) -> Label:
        """Return what stands for a checked value at an axis: the number."""
        return value  # type: ignore[no-any-return]


@dataclass(frozen=True, init=False)
class Choice:
    """One of several texts or numbers, or one of several values that are given by name.

    ``Choice("Ag", "Au")``, or ``Choice(silver=materials.SILVER, gold=materials.GOLD)``: plans say "silver", and
    the function gets the material.

    >>> Choice("Ag", "Au").checked("top", "Au")
    'Au'
    """

    options: Mapping[str, Any]
    unit = "1"

    def __init__(self, *values: Label, **named: Any) -> None:
        if not values and set(named) == {"options"} and isinstance(named["options"], Mapping):
            named = dict(named["options"])
        for value in values:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise OutOfRangeError(
                    "a value of a Choice", value, "a text or a number; others are given by name"
                )
        options = {str(value): value for value in values} | named
        if len(options) < max(1, len(values) + len(named)):
            raise OutOfRangeError("values of a Choice", list(values), "at least one, each of them once")
        for name, value in options.items():
            _identified(f"{name} of a Choice", value)
        object.__setattr__(self, "options", options)

    def checked(self, name: str, value: Any) -> Any:
        """Return the value as the function gets it, or raise UnknownNameError; ``value`` may be its name."""
        if isinstance(value, str | int | float) and str(value) in self.options:
            return self.options[str(value)]
        for option in self.options.values():
            if option is value:
                return option
        raise UnknownNameError(f"value of {name}", value, self.options)

    def label(self, value: Any) -> Label:
        """Return the name of a checked value."""
        found = next(name for name, option in self.options.items() if option is value)
        return value if isinstance(value, str | int | float) else found


@dataclass(frozen=True)
class Described:
    """A material, contact, shape, protocol or other description, that counts by what is in it.

    Names, notes and sources, which are in no equation, do not count. ``kind`` is what errors call it.
    """

    kind: str = "description"
    unit = "1"

    def __post_init__(self) -> None:
        settle(self, "a Described", kind=text)

    def checked(self, name: str, value: Any) -> Any:
        """Return the value, or raise IncompatibleError if it cannot be told from another one."""
        return _identified(f"{name} ({self.kind})", value)

    def label(self, value: Any) -> Label:
        """Return the name of a value, or what it prints."""
        found = getattr(value, "name", None)
        return found if isinstance(found, str) and found else " ".join(repr(value).split())[:80]


Parameter = Number | Choice | Described


def as_parameter(name: str, given: Any) -> Parameter:
    """Return a parameter; a text is the unit of a Number. Raises OutOfRangeError for anything else."""
    if isinstance(given, str):
        return Number(given)
    if not isinstance(given, Parameter):
        raise OutOfRangeError(f"parameter {name}", given, "a unit, a Number, a Choice or a Described")
    return given


def described(value: Any) -> Any:
    """Return the plain data that tell a checked value from another one."""
    return to_dict(value, labels=False)


def _identified(thing: str, value: Any) -> Any:
    if unknown := without_identity(described(value), thing):
        raise IncompatibleError(f"{unknown[0]}.")
    return value


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"at least {low:g}" if low is not None else f"at most {high:g}"
    return f"between {low:g} and {high:g}"
