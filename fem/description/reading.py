"""Values made from plain data. Nothing of a file is run: only dataclasses that memfem exports are made, and checked."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import fields
from itertools import chain
from typing import Any

import numpy as np

from fem.description.public import public_class
from fem.errors import IncompatibleError, MemfemError, UnknownNameError

_KINDS = "biuf"  # of numpy's numbers
_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_NEVER = {
    "function": "a function, which is not read from data",
    "method": "a method, which is not read from data",
    "partial": "a function, which is not read from data",
    "class": "a class that is not memfem's",
    "unidentified": "something that could not be described",
}


def from_dict(data: Any) -> Any:
    """Return the value that ``to_dict`` described; lists come back as tuples.

    Raises a memfem error, in one sentence, unless all of it is plain data and descriptions of exported classes.
    """
    try:
        return _value(data)
    except RecursionError:
        raise IncompatibleError("the description is nested too deeply.") from None


def _value(data: Any) -> Any:
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if isinstance(data, list | tuple):
        return tuple(_value(item) for item in data)
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise IncompatibleError(f"a description has {_short(data)} in it, which is no plain data.")
    if "type" not in data:
        return {key: _value(item) for key, item in data.items()}
    kind = data["type"]
    if not isinstance(kind, str):
        raise IncompatibleError(f"the type of a description is {_short(kind)}, which is no text.")
    if kind in _NEVER:
        name = _short(data.get("name", data.get("text", "something")))
        raise IncompatibleError(f"{name} cannot be made from its description: it is {_NEVER[kind]}.")
    contents = {key: item for key, item in data.items() if key != "type"}
    read = {"float": _number, "array": _array, "mapping": _mapping}.get(kind)
    return _made(kind, contents) if read is None else _tried(kind, lambda: read(contents))


def _made(name: str, contents: Mapping[str, Any]) -> Any:
    """Return an object of a public class with these fields; its own checks are done."""
    cls = public_class(name)
    known = [f.name for f in fields(cls) if f.init]  # type: ignore[arg-type]
    for field in contents:
        if field not in known:
            raise UnknownNameError(f"field of {name}", field, known)
    values = {field: _value(item) for field, item in contents.items()}
    several = [p.name for p in inspect.signature(cls).parameters.values() if p.kind is p.VAR_POSITIONAL]
    listed = [values.pop(field, ()) for field in several]
    return _tried(name, lambda: cls(*chain(*listed), **values))


def _tried(name: str, make: Any) -> Any:
    """Return what ``make`` returns; any error of Python's becomes one of memfem's."""
    try:
        return make()
    except MemfemError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise IncompatibleError(f"no {name} can be made from its description: {reason}.") from error


def _number(data: Mapping[str, Any]) -> float:
    return _NUMBERS[data["value"]]


def _mapping(data: Mapping[str, Any]) -> dict[Any, Any]:
    return {_value(key): _value(item) for key, item in data["items"]}


def _array(data: Mapping[str, Any]) -> Any:
    kind = np.dtype(str(data["dtype"]))
    if kind.kind not in _KINDS:
        raise IncompatibleError(f"an array of {kind} is in a description; it must be of numbers.")
    return np.array([_value(x) for x in data["values"]], dtype=kind).reshape(data["shape"])


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
