"""Text that ``Trace.to_csv`` has written, read again as it was."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fem.errors import IncompatibleError
from studies.results.trace import TRACE_VARIABLES, Trace

_HEADING = re.compile(r"(\w+) \[(.*)\]$")


def own_trace(path: Path) -> Trace | None:
    """Return the trace that ``Trace.to_csv`` wrote to ``path``, None if it did not.

    Numbers, names, units and attributes are those of the trace; of the rows for Origin there are no attributes.
    """
    content = path.read_bytes()
    if not content.startswith((b"# program: memfem", b"time,")):
        return None
    lines = content.decode("utf-8", errors="replace").splitlines()
    head = next((k for k, line in enumerate(lines) if not line.startswith("# ")), 0)
    if lines[:1] and lines[0].startswith("# program: memfem"):
        found = [_HEADING.match(cell) for cell in next(csv.reader([lines[head]]), [])]
        if found and all(found):
            return _trace(
                [(m[1], m[2], "") for m in found if m], lines[head + 1 :], _attributes(lines[:head])
            )
    rows = list(csv.reader(lines[:3]))
    if len({len(r) for r in rows}) == 1 and all(re.match(r"\w+$", name) for name in rows[-1]):
        return _trace(list(zip(rows[2], rows[1], rows[0], strict=True)), lines[3:], {})
    return None


def _attributes(lines: list[str]) -> dict[str, Any]:
    """Return the attributes in comment lines; lists and mappings stay the text that attributes are."""
    found: dict[str, Any] = {}
    for line in lines:
        key, _, value = line[2:].partition(": ")
        try:
            decoded = json.loads(value)
        except json.JSONDecodeError:
            decoded = value
        found[key] = value if isinstance(decoded, list | dict | bool | type(None)) else decoded
    return found


def _trace(columns: list[tuple[str, str, str]], lines: list[str], attrs: dict[str, Any]) -> Trace:
    """Return the trace of columns (name, unit, long name) from lines of numbers."""
    rows = [line.split(",") for line in lines if line.strip()]
    try:
        values = np.array([[float(x) for x in row] for row in rows], dtype=float).reshape(-1, len(columns)).T
    except ValueError:
        raise IncompatibleError(
            "a text of Trace.to_csv was cut short or changed: a row is not one of numbers."
        ) from None
    variables = {}
    for (name, unit, long_name), column in zip(columns, values, strict=True):
        said = long_name or TRACE_VARIABLES.get(name, ("", name.replace("_", " ")))[1]
        variables[name] = ("time", column, {"units": unit, "long_name": said})
    time = variables.pop("time")
    return Trace(xr.Dataset(variables, coords={"time": time}, attrs=attrs))
