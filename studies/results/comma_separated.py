"""Columns as comma-separated text: provenance in comment lines, a heading "name [unit]" each, then the rows."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from studies.results.provenance import plain


def comma_separated(data: xr.Dataset) -> str:
    """Return the columns of ``data``, those against time, as text; numbers are exact."""
    names = ["time", *(str(n) for n, column in data.data_vars.items() if column.dims == ("time",))]
    head = [f"# {key}: {_one_line(value)}" for key, value in data.attrs.items()]
    heading = ",".join(f"{n} [{data[n].attrs.get('units', '1')}]" for n in names)
    columns = [np.asarray(data[n].values, dtype=float) for n in names]
    rows = [",".join(f"{float(v)!r}" for v in row) for row in zip(*columns, strict=True)]
    return "\n".join([*head, heading, *rows]) + "\n"


def _one_line(value: object) -> str:
    """Return a text as it is if it is one line, else as JSON."""
    text = plain(value)
    return text if isinstance(text, str) and text.isprintable() else json.dumps(text, default=str)
