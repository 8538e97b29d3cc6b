"""What differs between two descriptions, by path and in words."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from fem.constants import ELEMENTARY_CHARGE
from fem.description.public import public_class
from fem.description.writing import to_dict
from fem.errors import UnknownNameError

_ADVICE = (
    "give a function of numbers and arrays a name in a file, or pass a Protocol for a light or a bias, "
    "and make an object a frozen dataclass"
)
_FEW = 8  # values of a list that are shown
_ENERGY = 2e-17  # [J], some 100 eV: what is given in J and is less is shown in eV
_NOTHING = {"type": "nothing"}
#: Parts of a description that paths do not name.
_SILENT = {"function": ("values",), "class": ("fields", "values"), "method": ("of",), "partial": ("of",)}


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal in all that is in them; what cannot be identified equals nothing.

    >>> same({"rate": 1.0, "times": (0.0, 1.0)}, {"rate": 1.0, "times": [0.0, 1.0]})
    True
    """
    return not differences(to_dict(a), to_dict(b))


def differences(here: Any, there: Any) -> list[str]:
    """Return what differs between two descriptions, each as "path: value here, value there"; none if they are equal.

    What cannot be identified differs from everything, also from itself.

    >>> differences({"light": 0.0, "bias": {"gate": 1}}, {"light": 0.0, "bias": {"gate": 2}})
    ['bias.gate: 1 here, 2 there']
    """
    return list(_differ("", here, there, ""))


def without_identity(data: Any, path: str = "") -> list[str]:
    """Return what in a description cannot be identified, each as "path: text, why" with what to do about it."""
    if isinstance(data, list):
        named = zip(_steps(data), data, strict=True)
        return list(chain.from_iterable(without_identity(x, _join(path, step)) for step, x in named))
    if not isinstance(data, dict):
        return []
    if data.get("type") == "unidentified":
        return [_unidentified(path, data)]
    silent = _SILENT.get(str(data.get("type")), ())
    inner = ((_join(path, "" if k in silent else k), x) for k, x in data.items())
    return list(chain.from_iterable(without_identity(x, p) for p, x in inner))


def _differ(path: str, a: Any, b: Any, unit: str) -> Iterator[str]:
    for side in (a, b):
        if isinstance(side, dict) and side.get("type") == "unidentified":
            yield _unidentified(path, side)
            return
    if isinstance(a, dict) and isinstance(b, dict) and a.get("type") == b.get("type"):
        yield from _differ_in_fields(path, a, b)
    elif isinstance(a, list) and isinstance(b, list) and _alike(a, b):
        for step, x, y in zip(_steps(a), a, b, strict=True):
            yield from _differ(_join(path, step), x, y, unit)
    elif a != b or isinstance(a, bool) != isinstance(b, bool):
        yield _sentence(path, _text(a, unit), _text(b, unit))


def _differ_in_fields(path: str, a: dict[str, Any], b: dict[str, Any]) -> Iterator[str]:
    """Yield what differs between two descriptions of one type, or between two mappings."""
    kind = a.get("type", "")
    whole = kind in ("float", "array", "name") or {"value", "unit"} <= a.keys() & b.keys()
    if whole and a != b:
        yield _sentence(path, _text(a, ""), _text(b, ""))
        return
    sourced = kind in ("function", "class")
    if sourced and a.get("source") != b.get("source"):
        yield _sentence(path, _text(a, ""), f"another {_text(b, '')}")
        return
    for name in sorted({*a, *b} - ({"name"} if sourced else set())):
        silent = name in _SILENT.get(str(kind), ())
        inner = _join(path, "" if silent else name)
        yield from _differ(inner, a.get(name, _NOTHING), b.get(name, _NOTHING), _unit(kind, name))


def _unidentified(path: str, data: dict[str, Any]) -> str:
    why = f"cannot be told from another one, for {data.get('why')}"
    return f"{path or 'the value'}: {data.get('text')} {why} ({_ADVICE})"


def _sentence(path: str, here: str, there: str) -> str:
    """Return "path: value here, value there"."""
    if here == there:
        return f"{path or 'the value'}: other values of {here} there"
    return f"{path or 'the value'}: {here} here, {there} there"


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path and step else path or step


def _kind(value: Any) -> str:
    return str(value.get("type", "")) if isinstance(value, dict) else ""


def _alike(a: list[Any], b: list[Any]) -> bool:
    """Whether two lists can be compared item by item: numbers with numbers, objects with those of their class."""
    numbers = ("", "float")
    return len(a) == len(b) and all(
        _kind(x) == _kind(y) or (_kind(x) in numbers and _kind(y) in numbers)
        for x, y in zip(a, b, strict=True)
    )


def _steps(values: list[Any]) -> list[str]:
    """Return a name for each of a list: the class where there is one of it, else its number."""
    names = [_kind(x).rpartition(".")[2] if "." in _kind(x) else "" for x in values]
    counts = Counter(names)
    return [name if name and counts[name] == 1 else str(k) for k, name in enumerate(names)]


def _text(value: Any, unit: str) -> str:
    """Return a part of a description in words."""
    if value is None or value == _NOTHING:
        return "none"
    if isinstance(value, list):
        words = [_text(x, "") for x in value]
        return ", ".join(words or ["none"]) if len(words) <= _FEW else f"{len(words)} values"
    if isinstance(value, float) and unit == "J" and 0 < abs(value) < _ENERGY:
        return f"{float(f'{value / ELEMENTARY_CHARGE:.9g}')} eV"
    if not isinstance(value, dict):
        return repr(value) if isinstance(value, str) else f"{value} {unit}".rstrip()
    return _typed_text(value)


def _typed_text(value: dict[str, Any]) -> str:
    """Return a description of an object in words: its class, a number with its unit, the name of a function."""
    kind = str(value.get("type", ""))
    if kind == "float":
        return str(value.get("value"))
    if "value" in value:
        return _text(value["value"], str(value.get("unit", "")))
    if kind == "array":
        return f"an array of shape {tuple(value.get('shape', ()))}"
    if "prefactor" in value and "activation_energy" in value:
        return f"{value['prefactor']} exp(-{value['activation_energy']} eV/kT)"
    if kind in ("function", "method", "class", "name"):
        return f"{'' if kind == 'name' else kind + ' '}{str(value.get('name')).rpartition('.')[2]}"
    return kind.rpartition(".")[2] or f"{len(value)} entries"


def _unit(kind: str, field: str) -> str:
    """Return the unit of a field as the docstring of its class has it in brackets, or no text."""
    try:
        text = inspect.getdoc(public_class(kind)) or ""
    except UnknownNameError:
        return ""
    found = re.search(rf"``{re.escape(field)}``(?:,\s+``\w+``)*\s+\[([^\]]+)\]", text)
    return "" if found is None or found[1] == "1" else found[1]
