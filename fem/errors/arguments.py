"""Checks of all arguments of a function, and of all fields of a value, by their kinds and their declared types.

`settle` checks the fields of a value, `checked` the arguments of a function before anything is solved; what has no
kind of its own from `fem.errors.checking` has that of its annotation.
"""

from __future__ import annotations

import builtins
import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import cache, wraps
from pathlib import Path
from types import UnionType
from typing import Any, ParamSpec, TypeVar

from fem.errors import OutOfRangeError
from fem.errors.checking import (
    Kind,
    any_of,
    anything,
    array,
    class_hint,
    each,
    instance,
    number,
    one_of,
    optional,
    path,
    table,
    truth,
    whole,
    words,
)
from fem.errors.checking import function as function_kind

P = ParamSpec("P")
R = TypeVar("R")


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
        return function_kind
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
