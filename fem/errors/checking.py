"""Checks of what users give, one for each kind of value: the value comes back, or one error says what is allowed.

A kind takes (thing, value). ``number``, ``positive``, ``share``, ``text``, ``function`` are kinds; ``between(0, 1)``,
``whole(2)``, ``one_of(names)``, ``each(kind)``, ``optional(kind)`` return one. `settle` checks the fields of a value,
`checked` the arguments of a function before anything is solved.

>>> positive("thickness [m]", 4e-7)
4e-07
>>> between(0.0, 1.0)("transparency", "half")
Traceback (most recent call last):
...
fem.errors.OutOfRangeError: transparency is 'half'; it must be a number.
"""

from __future__ import annotations

import builtins
import inspect
import math
import os
import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import cache, wraps
from numbers import Integral, Real
from pathlib import Path
from types import UnionType
from typing import Any, ParamSpec, TypeVar

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import OutOfRangeError, UnknownNameError

Kind = Callable[[str, Any], Any]
P = ParamSpec("P")
R = TypeVar("R")

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
_ROOMS = (16.0, 45.0)  # [°C]: a number of K between them is meant to be one of °C


def temperature(thing: str, value: Any) -> float:
    """Return a temperature [K]; that of a room or a body in degrees Celsius is none."""
    found = quantity(1.0, 5000.0, "K")(thing, value)
    if _ROOMS[0] <= found <= _ROOMS[1]:
        raise OutOfRangeError(thing, value, f"in K: did you mean {found + 273.15:g} K, {found:g} °C?")
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
    try:
        found = _numpy().asarray(value)
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


def settle(owner: Any, of: str, **kinds: Kind) -> None:
    """Check the fields of a frozen value, and set those that come back as others; ``of`` says what it is in errors.

    A field without a kind of its own has that of its declaration: ``x: float`` is a finite number.
    """
    known = {**_fields_of(owner.__class__), **kinds}
    for entry in fields(owner):
        if not entry.init or entry.name not in known:
            continue
        before = getattr(owner, entry.name)
        after = known[entry.name](f"{entry.name} of {of}", before)
        if after is not before:
            object.__setattr__(owner, entry.name, after)


@cache
def _fields_of(cls: Any) -> dict[str, Kind]:
    """Return the kinds of the fields of a dataclass and of those that it derives from."""
    return {
        name: kind
        for base in reversed(cls.__mro__[:-1])
        for name, kind in declared_kinds(base, classes=False).items()
    }


def checked(**kinds: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator: arguments are checked, defaults left alone, before the function is called.

    An argument without a kind of its own has that of its declaration, as in `settle`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        missing = [name for name in kinds if name not in signature.parameters]
        if missing:
            raise TypeError(f"{function.__qualname__} has no argument {', '.join(missing)}")
        known: dict[str, Kind] = {}

        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                given = signature.bind(*args, **kwargs)
            except TypeError:
                return function(*args, **kwargs)  # Python's own words on an argument too many or too few
            if not known:  # at the first call: all names of the module are there then
                known.update({**declared_kinds(function), **kinds})
            for name, value in given.arguments.items():
                if name in known and value is not signature.parameters[name].default:
                    given.arguments[name] = known[name](f"{name} of {function.__name__}", value)
            return function(*given.args, **given.kwargs)

        return asked

    return decorate


def kind_of(declared: Any, *, classes: bool = True) -> Kind | None:
    """Return the kind that a declared type stands for; None of one that says nothing to be checked.

    A ``float`` is a finite number, a ``Sequence[float]`` a list of such, a union any of its parts; a class stands for
    its instances if ``classes`` count.
    """
    if declared in _PLAIN_TYPES:
        return _PLAIN_TYPES[declared]
    if declared is _numpy().typing.ArrayLike or getattr(declared, "__name__", "") == "ArrayLike":
        return array
    if isinstance(declared, type) and issubclass(declared, _OnlyNamed):
        return _named(declared.__name__)
    origin, parts = typing.get_origin(declared), typing.get_args(declared)
    if origin in (typing.Union, UnionType):
        return _kind_of_union(parts, classes)
    if origin is typing.Literal:
        return one_of(parts)
    if origin is not None and isinstance(origin, type):
        return _kind_of_generic(origin, parts)
    if classes and isinstance(declared, type) and not getattr(declared, "_is_protocol", False):
        return instance(declared)
    return None


_PLAIN_TYPES: dict[Any, Kind] = {
    float: number,
    int: whole(-(10**18)),
    str: words,
    bool: truth,
    Any: anything,
    Path: path,
}


def _kind_of_union(parts: tuple[Any, ...], classes: bool) -> Kind | None:
    if Path in parts:
        return optional(path) if type(None) in parts else path
    if complex in parts:
        return optional(array) if type(None) in parts else array  # numpy's ArrayLike
    kinds = [kind_of(part, classes=classes) for part in parts if part is not type(None)]
    if any(kind is None for kind in kinds):
        return None
    found = [kind for kind in kinds if kind is not None]
    whole_kind = found[0] if len(found) == 1 else any_of(*found)
    return optional(whole_kind) if type(None) in parts else whole_kind


def _kind_of_generic(origin: type, parts: tuple[Any, ...]) -> Kind | None:
    if issubclass(origin, Mapping):
        of = kind_of(parts[1]) if parts[0] is str else None
        return table(of or anything)
    if origin is Callable or origin.__name__ == "Callable":
        return function
    if issubclass(origin, tuple) and Ellipsis not in parts:
        return each(anything, len(parts), len(parts))
    if issubclass(origin, Iterable) and origin.__name__ in ("Sequence", "tuple", "Iterable", "list"):
        return each(kind_of(parts[0]) or anything)
    return array if origin.__name__ == "ndarray" else None


class _Names(dict[str, Any]):
    """The names of a module; one that only type checkers import is a class of that name."""

    def __missing__(self, name: str) -> Any:
        if name == "ArrayLike":
            return _numpy().typing.ArrayLike
        return type(name, (_OnlyNamed,), {})


class _OnlyNamed:
    """A class of which only the name is known."""


def _named(name: str) -> Kind:
    def kind(thing: str, value: Any) -> Any:
        if not any(base.__name__ == name for base in type(value).__mro__):
            raise OutOfRangeError(thing, value, f"a {name}{class_hint(value)}")
        return value

    return kind


def _numpy() -> Any:
    import numpy.typing

    return numpy


def declared_kinds(owner: Any, *, classes: bool = True) -> dict[str, Kind]:
    """Return the kinds that the annotations of a function or a class stand for, by name."""
    scope = _Names({**vars(builtins), **vars(sys.modules[owner.__module__])})
    found = {}
    for name, note in inspect.get_annotations(owner).items():
        try:
            kind = kind_of(eval(note, {}, scope) if isinstance(note, str) else note, classes=classes)
        except (TypeError, AttributeError):  # what is made of a name for type checkers only
            continue
        if kind is not None and name != "return":
            found[name] = kind
    return found
