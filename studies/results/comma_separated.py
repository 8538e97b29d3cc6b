"""Columns as comma-separated text: provenance in comment lines, a heading "name [unit]" each, then the rows."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from studies.results.provenance import plain


def comma_separated(data: xr.Dataset) -> str:
    """Return the columns of ``data``, those against time, as text; numbers are exact."""
    names = _names(data)
    head = [f"# {key}: {_one_line(value)}" for key, value in data.attrs.items()]
    heading = ",".join(f"{n} [{data[n].attrs.get('units', '1')}]" for n in names)
    return "\n".join([*head, heading, *_rows(data, names)]) + "\n"


def for_origin(data: xr.Dataset) -> str:
    """Return the columns of ``data`` under rows of long names, units and comments, which Origin takes as such.

    The comment of a column is its name in the trace. Numbers are exact; there is nothing above the rows, so that they
    are found without an answer to a dialogue, and no provenance.
    """
    names = _names(data)
    heads = [[str(data[n].attrs.get(key, n)) for n in names] for key in ("long_name", "units")]
    lines = [",".join(_quoted(cell) for cell in row) for row in [*heads, names]]
    return "\n".join([*lines, *_rows(data, names)]) + "\n"


def _names(data: xr.Dataset) -> list[str]:
    return ["time", *(str(n) for n, column in data.data_vars.items() if column.dims == ("time",))]


def _rows(data: xr.Dataset, names: list[str]) -> list[str]:
    columns = [np.asarray(data[n].values, dtype=float) for n in names]
    return [",".join(f"{float(v)!r}" for v in row) for row in zip(*columns, strict=True)]


def _quoted(cell: str) -> str:
    """Return a cell as comma-separated text writes it."""
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if any(c in cell for c in ',"\n') else cell


def _one_line(value: object) -> str:
    """Return a text as it is if it is one line and nothing else, as JSON if not."""
    text = plain(value)
    return (
        text
        if isinstance(text, str) and text.isprintable() and not _is_plain(text)
        else json.dumps(text, default=str)
    )


def _is_plain(text: str) -> bool:
    """Return whether a text would be read as a number or as a text in quotes."""
    try:
        return isinstance(json.loads(text), int | float | str)
    except json.JSONDecodeError:
        return False
