"""Texts with units, as "250 nm" or "0.1 V/s", in SI."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from fem.errors import IncompatibleError

_TEXT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_SPELLINGS = {"Ohm": "ohm", "Ω": "ohm", "\u2126": "ohm", "²": "^2", "³": "^3"}
#: Example of a value in each unit, for errors.
_EXAMPLES = {"m": "250 nm", "V/s": "0.1 V/s", "V": "1.2 V", "s": "10 ms", "J": "4.3 eV", "K": "300 K", "A": "1 uA",
             "m^2": "1 um^2", "m^-3": "1e23 m^-3", "m^-2": "1e16 m^-2"}  # fmt: skip


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def in_si(value: object, units: str) -> float:
    """Return a text with a unit as a number in ``units``, of which "A|A/m^2" are several that may be meant.

    Zero needs no unit, and what has none ("1" of ``units``) takes a number. Raises IncompatibleError, in words.

    >>> f"{in_si('250 nm', 'm'):g}"
    '2.5e-07'
    """
    several = units.split("|")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise IncompatibleError(f"{value!r} is no quantity in {_said(several)}; write {_example(several)}.")
    if not isinstance(value, str):
        if several == ["1"] or value == 0:
            return float(value)
        raise IncompatibleError(
            f"{value!r} has no unit; write it in {_said(several)}, as {_example(several)}."
        )
    found = _TEXT.fullmatch(value)
    if found is None:
        raise IncompatibleError(f"{value!r} is no number with a unit; write {_example(several)}.")
    number, unit = float(found[1]), found[2]
    if not unit:
        return in_si(number, units)
    for wanted in several:
        if (converted := _converted(number, unit, wanted)) is not None:
            return converted
    raise IncompatibleError(f"{value!r} is not in {_said(several)}; write {_example(several)}.")


def _converted(number: float, unit: str, wanted: str) -> float | None:
    """Return a number of ``unit`` in ``wanted``; None if they are of different kinds. Raises for an unknown one."""
    import pint

    registry = _registry()
    try:
        quantity = registry.Quantity(number, registry.parse_units(_spelled(unit)))
    except pint.UndefinedUnitError as error:
        raise IncompatibleError(f"{number:g} {unit} has a unit that is not known: {error}.") from error
    except Exception as error:  # of pint's parser
        raise IncompatibleError(f"{number:g} {unit} has a unit that cannot be read.") from error
    try:
        found = float(quantity.to("dimensionless" if wanted == "1" else _spelled(wanted)).magnitude)
    except pint.DimensionalityError:
        return None
    return found if math.isfinite(found) else None


def _spelled(unit: str) -> str:
    for spelling, plain in _SPELLINGS.items():
        unit = unit.replace(spelling, plain)
    return unit


def _said(several: list[str]) -> str:
    return " or ".join("a plain number" if unit == "1" else unit for unit in several)


def _example(several: list[str]) -> str:
    first = several[0]
    return '"0.5"' if first == "1" else f'"{_EXAMPLES.get(first, f"1 {first}")}"'
