"""Checks of what users give, one for each kind of value: the value comes back, or one error says what is allowed.

A kind takes (thing, value). ``number``, ``positive``, ``share``, ``text``, ``function`` are kinds; ``between(0, 1)``,
``whole(2)``, ``one_of(names)``, ``each(kind)``, ``optional(kind)`` return one.
`fem.errors.arguments` applies them to fields and arguments.

>>> positive("thickness [m]", 4e-7)
4e-07
>>> between(0.0, 1.0)("transparency", "half")
Traceback (most recent call last):
...
fem.errors.OutOfRangeError: transparency is 'half'; it must be a number.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import OutOfRangeError, UnknownNameError, warn

Kind = Callable[[str, Any], Any]

_PLAIN = (bytes, bytearray, str, Mapping)  # that are no lists, though they can be gone through


def is_number(value: object) -> bool:
    """Return whether a value is one real number: no truth value, text or list; an array without axes is."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    return isinstance(value, Real) and not isinstance(value, bool)


def real(thing: str, value: Any, *, nan: bool = False) -> float:
    """Return a real number, infinity among them, and nan only where that is answered next."""
    if not is_number(value):
        raise OutOfRangeError(thing, value, "a number")
    if math.isnan(value) and not nan:
        raise OutOfRangeError(thing, value, "a finite number")
    return value if isinstance(value, float | int) else float(value)


def number(thing: str, value: Any) -> float:
    """Return a finite number."""
    if is_number(value) and not math.isfinite(value):
        raise OutOfRangeError(thing, value, "finite")
    return real(thing, value)


def positive(thing: str, value: Any) -> float:
    """Return a finite number above zero."""
    found = real(thing, value)
    if not 0 < found < math.inf:
        raise OutOfRangeError(thing, value, "positive and finite")
    return found


def not_negative(thing: str, value: Any) -> float:
    """Return a finite number that is zero or above."""
    found = real(thing, value)
    if not 0 <= found < math.inf:
        raise OutOfRangeError(thing, value, "zero or positive, and finite")
    return found


def positive_or_infinite(thing: str, value: Any) -> float:
    """Return a number above zero; infinity stands for no limit."""
    found = real(thing, value)
    if not found > 0:
        raise OutOfRangeError(thing, value, "positive")
    return found


def share(thing: str, value: Any) -> float:
    """Return a number from 0 to 1."""
    return between(0.0, 1.0)(thing, value)


def between(low: float, high: float, hint: str = "") -> Kind:
    """Return the kind of numbers from ``low`` to ``high``, both included; ``hint`` is added to the allowed range."""

    def kind(thing: str, value: Any) -> float:
        found = real(thing, value, nan=True)
        if not low <= found <= high:
            raise OutOfRangeError(thing, value, f"between {low:g} and {high:g}{hint and f' ({hint})'}")
        return found

    return kind


def quantity(low: float, high: float, unit: str, factor: float = 1.0) -> Kind:
    """Return the kind of quantities from ``low`` to ``high`` times ``factor``, that of ``unit`` to SI.

    A number that would be allowed in ``unit`` itself is refused with what is to be written.
    """

    def kind(thing: str, value: Any) -> float:
        known = is_number(value)
        found = real(thing, value, nan=True) if known else math.nan
        if low * factor <= found <= high * factor:
            return found
        hint = "" if factor == 1.0 else f" (4.3 * {unit}, for example)"
        if factor != 1.0 and low <= found <= high:
            hint = f": did you mean {value} * {unit}?"
        sign = "" if known else "a number, "
        sign += "positive and finite, " if low > 0 else "zero or positive, and finite, " if low == 0 else ""
        raise OutOfRangeError(thing, value, f"{sign}between {low:g} and {high:g} {unit}{hint}")

    return kind


#: Energies of electrons [J], depths below the vacuum level: a number of eV is none.
energy = quantity(1e-3, 20.0, "eV", ELEMENTARY_CHARGE)
#: Lengths of devices [m]: a number of nm is none.
length = quantity(1e-3, 1e8, "nm", 1e-9)
#: Areas of devices [m^2], up to that of a panel.
device_area = quantity(1e-24, 1e2, "m^2")
_ROOMS = (16.0, 45.0)  # [°C]: a number of K between them may be meant as one of °C


def temperature(thing: str, value: Any) -> float:
    """Return a temperature [K]; a number that is that of a room or a body in degrees Celsius is warned of."""
    found = quantity(1.0, 5000.0, "K")(thing, value)
    if _ROOMS[0] <= found <= _ROOMS[1]:
        warn(
            f"{thing} is {found:g} K, that is {found - 273.15:g} °C; write {found + 273.15:g} K for {found:g} °C."
        )
    return found


def voltage(thing: str, value: Any) -> float:
    """Return a finite number: a voltage [V], or what the source of a circuit is set to [V or A]."""
    return number(thing, value)


def whole(least: int = 1, most: float = math.inf) -> Kind:
    """Return the kind of whole numbers from ``least`` to ``most``; 3.0 is none."""

    def kind(thing: str, value: Any) -> int:
        known = isinstance(value, Integral) and not isinstance(value, bool | float)
        if not known or not least <= int(value) <= most:
            upper = "" if most == math.inf else f" and at most {most:g}"
            raise OutOfRangeError(thing, value, f"a whole number, at least {least}{upper}")
        return int(value)

    return kind


def text(thing: str, value: Any) -> str:
    """Return a text that is not empty, such as a name."""
    if not isinstance(value, str) or not value.strip():
        raise OutOfRangeError(thing, value, "a name, as text")
    return value


def words(thing: str, value: Any) -> str:
    """Return a text, which may be empty."""
    if not isinstance(value, str):
        raise OutOfRangeError(thing, value, "text")
    return value


def truth(thing: str, value: Any) -> bool:
    """Return True or False; 0, 1 and "no" are neither."""
    if not (isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")):
        raise OutOfRangeError(thing, value, "True or False")
    return bool(value)


def function(thing: str, value: Any) -> Any:
    """Return what can be called."""
    if not callable(value) or isinstance(value, type):
        raise OutOfRangeError(thing, value, "a function")
    return value


def path(thing: str, value: Any) -> Any:
    """Return the path of a file: text or a pathlib.Path."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise OutOfRangeError(thing, value, "the path of a file")
    return value


def one_of(names: Iterable[str]) -> Kind:
    """Return the kind of names that are one of ``names``; another one is answered with those like it."""

    def kind(thing: str, value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            raise UnknownNameError(thing, value, names)
        return value

    return kind


def instance(*types: type, say: str = "") -> Kind:
    """Return the kind of values that are of one of ``types``; ``say`` describes them in an error."""
    allowed = say or " or ".join(f"a {one.__name__}" for one in types)

    def kind(thing: str, value: Any) -> Any:
        if not isinstance(value, types):
            raise OutOfRangeError(thing, value, allowed + class_hint(value))
        return value

    return kind


def class_hint(value: Any) -> str:
    """Return what to write in the place of a class that is given for a value of it; nothing of another value."""
    return f" ({value.__name__} is a class: write {value.__name__}(...))" if isinstance(value, type) else ""


def protocol(*names: str, say: str) -> Kind:
    """Return the kind of values that have all of the attributes ``names``, and are no classes."""

    def kind(thing: str, value: Any) -> Any:
        if isinstance(value, type) or not all(hasattr(value, name) for name in names):
            raise OutOfRangeError(thing, value, say)
        return value

    return kind


def each(of: Kind, least: int = 0, most: float = math.inf) -> Kind:
    """Return the kind of lists whose entries are of one kind; a tuple comes back. A text is no list."""

    def kind(thing: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, _PLAIN) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) == 0:
            raise OutOfRangeError(thing, value, "a list or a tuple")
        found = tuple(of(f"an entry of {thing}", one) for one in value)
        if not least <= len(found) <= most:
            upper = "" if most == math.inf else f" and at most {most:g}"
            raise OutOfRangeError(f"number of entries of {thing}", len(found), f"at least {least}{upper}")
        return found

    return kind


def one_or_each(of: Kind, least: int = 1) -> Kind:
    """Return the kind of one value or of a list of them."""

    def kind(thing: str, value: Any) -> Any:
        many = isinstance(value, Iterable) and not isinstance(value, _PLAIN)
        return (each(of, least) if many and getattr(value, "ndim", 1) > 0 else of)(thing, value)

    return kind


def table(of: Kind, least: int = 0) -> Kind:
    """Return the kind of mappings from names to values of one kind."""

    def kind(thing: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise OutOfRangeError(thing, value, "a mapping from names to values: {name: value}")
        for name, one in value.items():
            of(f"{text(f'a name in {thing}', name)!r} in {thing}", one)
        if len(value) < least:
            raise OutOfRangeError(f"number of entries of {thing}", len(value), f"at least {least}")
        return value

    return kind


def array(thing: str, value: Any) -> Any:
    """Return the value if it is numbers, finite or not, in lists of equal length or an array of any shape."""
    import numpy as np

    try:
        found = np.asarray(value)
    except (TypeError, ValueError):
        raise OutOfRangeError(thing, value, "numbers, in lists of equal length") from None
    if found.dtype.kind not in "iuf":
        raise OutOfRangeError(thing, value, "numbers, in a list or an array")
    return value


def anything(thing: str, value: Any) -> Any:
    """Return any value."""
    return value


def any_of(*kinds: Kind) -> Kind:
    """Return the kind of values that are of one of ``kinds``."""

    def kind(thing: str, value: Any) -> Any:
        allowed: list[str] = []
        for one in kinds:
            try:
                return one(thing, value)
            except OutOfRangeError as error:
                allowed.append(error.allowed)
            except UnknownNameError:
                if isinstance(value, str):  # it was meant as a name, and the error knows those that are close
                    raise
                allowed.append("a known name")
        raise OutOfRangeError(thing, value, ", or ".join(dict.fromkeys(allowed)))

    return kind


def optional(of: Kind) -> Kind:
    """Return the kind of values that may be None."""
    return lambda thing, value: None if value is None else of(thing, value)
