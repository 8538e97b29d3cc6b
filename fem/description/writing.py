"""Values as plain data: a walk over dataclasses, mappings, sequences, arrays and numbers."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from fem.description.functions import (
    NoSourceError,
    class_source,
    class_values,
    function_source,
    methods,
    named_values,
)
from fem.description.public import described_class, is_description, is_ours, public_name

_LONGEST = 80  # text of what cannot be identified
_NO_FIELDS = "it is no frozen dataclass"


def to_dict(value: Any, *, labels: bool = True) -> Any:
    """Return a value as plain data, from which ``from_dict`` makes it again if it has no function in it.

    ``labels``: with names, notes and sources, which a class lists as ``not_in_equations``. A function is identified
    by its source text and the values that it uses; what cannot be identified, such as an object that is no frozen
    dataclass, is said to be so and is never the same as anything.
    """
    try:
        return _Walk(labels).plain(value)
    except RecursionError:
        return unidentified(value, "it holds itself")


def unidentified(value: object, why: str) -> dict[str, str]:
    """Return the description of a value that cannot be told from another one, with the reason."""
    text = " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value)).split())
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return {"type": "unidentified", "text": text, "why": why}


def nonfinite(value: float) -> dict[str, str]:
    """Return the description of a number that JSON does not have: nan, inf or -inf."""
    return {"type": "float", "value": str(value)}


@dataclass(frozen=True)
class _Walk:
    """A walk with or without ``labels``; ``inside`` has the ids of the functions whose values it is among."""

    labels: bool
    inside: tuple[int, ...] = ()

    def plain(self, value: Any) -> Any:
        """Return a value as plain data."""
        if value is None or isinstance(value, bool | np.bool_):
            return None if value is None else bool(value)
        if isinstance(value, str):
            return str(value)
        if isinstance(value, int | np.integer):
            return int(value)
        if isinstance(value, float | np.floating):
            return float(value) if math.isfinite(value) else nonfinite(float(value))
        if isinstance(value, np.ndarray):
            return self._array(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._dataclass(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, Sequence | Set) and not isinstance(value, bytes | bytearray | memoryview):
            return self._sequence(value)
        return self._callable(value)

    def _array(self, array: Any) -> dict[str, Any]:
        if array.dtype.kind not in "biuf":
            return unidentified(array, f"it is an array of {array.dtype}")
        about = {"type": "array", "dtype": array.dtype.str, "shape": list(array.shape)}
        if self.inside:  # of a function, which nobody reads back
            return about | {"checksum": hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()}
        return about | {"values": [self.plain(x) for x in array.ravel().tolist()]}

    def _mapping(self, mapping: Mapping[Any, Any]) -> dict[str, Any]:
        if all(isinstance(key, str) for key in mapping) and "type" not in mapping:
            return {str(key): self.plain(value) for key, value in mapping.items()}
        return {"type": "mapping", "items": [[self.plain(k), self.plain(v)] for k, v in mapping.items()]}

    def _sequence(self, values: Sequence[Any] | Set[Any]) -> list[Any]:
        if isinstance(values, Set):
            return sorted((self.plain(x) for x in values), key=str)
        return [self.plain(x) for x in values]

    def _dataclass(self, value: Any) -> dict[str, Any]:
        cls = described_class(type(value))
        if not is_description(cls):
            return unidentified(value, _NO_FIELDS)
        if is_ours(cls.__module__):
            return {"type": public_name(cls), **self._fields(value, cls)}
        inner = replace(self, inside=(*self.inside, id(cls)))
        used = {} if id(cls) in self.inside else methods(cls)
        try:
            values = {name: named_values(method, inner.plain) for name, method in used.items()}
            values |= {f"({name})": inner.plain(item) for name, item in class_values(cls).items()}
            about = {"name": cls.__qualname__, "source": class_source(cls), "values": values}
            return {"type": "class", **about, "fields": self._fields(value, cls)}
        except NoSourceError as error:
            return unidentified(value, str(error))

    def _fields(self, value: Any, cls: type) -> dict[str, Any]:
        """Return the fields that a value was made with, or all of a class that is the user's."""
        skipped = () if self.labels else getattr(cls, "not_in_equations", ())
        given: Mapping[str, str] = getattr(cls, "given_as", {})
        return {
            f.name: self.plain(content)
            for f in fields(cls)
            if (f.init or not is_ours(cls.__module__)) and f.name not in skipped
            for content in [getattr(value, given.get(f.name, f.name), None)]
            if content is not None or _default(f) is not None
        }

    def _callable(self, value: Any) -> dict[str, Any]:
        if isinstance(value, partial):
            given = {"arguments": self.plain(value.args), "keywords": self.plain(value.keywords)}
            return {"type": "partial", "of": self.plain(value.func), **given}
        if isinstance(value, MethodType):
            return {"type": "method", "name": value.__name__, "of": self.plain(value.__self__)}
        if not isinstance(value, FunctionType):
            return unidentified(value, "it has no source text" if callable(value) else _NO_FIELDS)
        if id(value) in self.inside:
            return {"type": "function", "name": value.__qualname__, "source": "itself"}
        inner = replace(self, inside=(*self.inside, id(value)))
        try:
            about = {"name": value.__qualname__, "source": function_source(value)}
            return {"type": "function", **about, "values": named_values(value, inner.plain)}
        except NoSourceError as error:
            return unidentified(value, str(error))


def _default(item: Field[Any]) -> Any:
    """Return the default of a field, something else than None if it has none."""
    make: Callable[[], Any] | Any = item.default_factory
    return make() if make is not MISSING else item.default
