"""Files of compact models: JSON with a format version and a checksum, of which nothing is believed unchecked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fem.errors import IncompatibleError, MemfemError, OutOfRangeError
from studies.compact.families import known
from studies.compact.family import Family
from studies.compact.parameter import Parameter

_FORMAT = "memfem compact model 4"
_NAN = float("nan")


def text_of(content: Mapping[str, Any]) -> str:
    """Return the JSON text of a model's ``content``, with its format and checksum; nan becomes null."""
    plain = json.loads(json.dumps(_nan_to_none({"format": _FORMAT, **content})))
    return json.dumps(plain | {"checksum": _checksum(plain)}, indent=2, allow_nan=False) + "\n"


def read_content(path: Path, family: Family | None = None) -> dict[str, Any]:
    """Return the fields of the model in a file, of the ``family`` or of one of memfem's own.

    Raises OutOfRangeError if there is none, and IncompatibleError, in one sentence, if it is no model, of another
    version or equations, or not what was written.
    """
    if not path.is_file():
        raise OutOfRangeError("file of a compact model", str(path), "a file that exists")
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_never)
        if not isinstance(content, dict) or not str(content.get("format")).startswith("memfem compact model"):
            raise IncompatibleError(f"{path.name} is no compact model of memfem.")
        return _checked(content, path.name, family)
    except MemfemError:
        raise
    except Exception as error:  # of JSON or of what stands where something else must
        why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise IncompatibleError(f"{path.name} is no compact model of memfem, or damaged ({why}).") from error


def _checked(content: dict[str, Any], name: str, family: Family | None) -> dict[str, Any]:
    if content["format"] != _FORMAT:
        raise IncompatibleError(f"{name} was written by another memfem ({content['format']!r}).")
    own = known(content["family"]) if family is None else family
    if content["family"] != own.name:
        raise IncompatibleError(f"{name} is a model of the family {content['family']}, not of {own.name}.")
    if content.get("equations") != own.equations():
        raise IncompatibleError(f"{name} was written for other equations than those of this version.")
    if content.pop("checksum", None) != _checksum(content):
        raise IncompatibleError(
            f"{name} is damaged or has been edited: it is not what was written; "
            "a model with other numbers is made by CompactModel.from_values."
        )
    unit = content["current_unit"]
    fitted = tuple(content["fitted"])
    if not set(fitted) <= set(own.parameters):
        raise IncompatibleError(f"{name} has parameters fitted that the model does not have.")
    covariance = tuple(tuple(_number(x) for x in row) for row in content["covariance"])
    if covariance and {len(covariance), *map(len, covariance)} != {len(fitted)}:
        raise IncompatibleError(f"{name} has a covariance of another size than its fitted parameters.")
    return {
        "parameters": {n: _parameter(n, p, unit, own) for n, p in content["parameters"].items()},
        "current_unit": unit,
        "family": own,
        "fitted": fitted,
        "covariance": covariance,
        "quality": {n: _number(x) for n, x in content["quality"].items()},
        "provenance": dict(content["provenance"]),
    }


def _parameter(name: str, data: Mapping[str, Any], current_unit: str, family: Family) -> Parameter:
    value, meaning = _number(data["value"]), data["meaning"]
    if not np.isfinite(value):
        raise OutOfRangeError(f"compact-model parameter {name}", data["value"], "a finite number")
    declared = family.parameters.get(name)
    unit = declared.unit_for(current_unit) if declared else None
    if unit is not None and data["unit"] != unit:
        raise OutOfRangeError(f"unit of the parameter {name}", data["unit"], repr(unit))
    status = data.get("status", "")
    for what, text in (("meaning", meaning), ("status", status)):
        if not isinstance(text, str) or not text.isprintable():
            raise OutOfRangeError(f"{what} of the parameter {name}", text, "one line of text")
    return Parameter(value, data["unit"], _number(data["standard_error"]), meaning, status)


def _number(value: Any) -> float | int:
    if value is None:
        return _NAN
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise TypeError(f"{value!r} stands for a number")
    return value


def _checksum(content: Mapping[str, Any]) -> str:
    text = json.dumps({k: v for k, v in content.items() if k != "checksum"}, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _never(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _nan_to_none(value: Any) -> Any:
    """Return ``value`` with nan as None, which JSON knows."""
    if isinstance(value, Mapping):
        return {k: _nan_to_none(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_nan_to_none(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
