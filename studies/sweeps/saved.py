"""The file of a series: what was done before, so that a series that was stopped does the rest only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fem.description import differences, to_dict
from fem.description.comparison import without_identity
from fem.errors import IncompatibleError, warn
from fem.io.files import check_writable
from studies.metrics.conductance import Array
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import decoded, plain
from studies.results.trace import Trace
from studies.sweeps.dataset import Outcome, dimension


def identity(run: Callable[[float], Any]) -> str:
    """Return the text that tells the function of a series from another one: its source and the values it uses."""
    return json.dumps(to_dict(run, labels=False), allow_nan=False)


def done_before(path: Path, parameter: str, values: Array, unit: str, run: str) -> dict[int, Outcome]:
    """Return the outcomes in the file of a series of the runs that worked, by index into ``values`` [``unit``].

    None if there is no file. Raises OutOfRangeError if it cannot be written, and IncompatibleError if it is that of
    something else, of another series, or has runs at other values: they would be lost.
    """
    check_writable("file of a series", path)
    if unknown := without_identity(json.loads(run), "run"):
        warn(f"series {path.name} cannot be resumed: {unknown[0]}.")
    if not path.exists():
        return {}
    data, along = _opened(path), dimension(parameter)
    ours = {"parameter": along, "unit": unit, "run": json.loads(run)}
    theirs = {
        "parameter": str(data.attrs["parameter"]),
        "unit": str(data[data.attrs["parameter"]].attrs.get("units", "")),
        "run": json.loads(data.attrs["run"]),
    }
    found = differences(ours, theirs)
    worked = {float(data[along][k]): k for k in _worked(data)} if not found else {}
    if lost := [f"{value:g}" for value in worked if value not in values]:
        found = [f"it has results at {parameter} {', '.join(lost)} {unit}, which are not among the values"]
    if found:
        raise IncompatibleError(
            f"file {path.name} is of another series: {found[0]}; give another file, or remove it to begin anew."
        )
    return {k: _outcome(data, worked[v]) for k, v in enumerate(values.tolist()) if v in worked}


def save_series(data: xr.Dataset, path: str | Path) -> None:
    """Write the Dataset of a series to a netCDF file, which ``done_before`` reads."""
    write_stamped(data, path, "series")


def _opened(path: Path) -> xr.Dataset:
    """Return the Dataset in a file of a series."""
    data = read_stamped(path, "series")
    if not ({"parameter", "run"} <= data.attrs.keys() and data.attrs["parameter"] in data.dims):
        raise IncompatibleError(f"{path.name} lacks what a series has; give another file.")
    return data


def _worked(data: xr.Dataset) -> list[int]:
    """Return the indices of the runs that worked."""
    return [k for k, failure in enumerate(data["failure"].values) if not failure]


def _outcome(data: xr.Dataset, index: int) -> Outcome:
    """Return what a run gave."""
    along = data.attrs["parameter"]
    figures = {
        str(name): (float(column.values[index]), str(column.attrs.get("units", "")))
        for name, column in data.data_vars.items()
        if column.dims == (along,)
    }
    columns = {str(n): c for n, c in data.data_vars.items() if c.dims == (along, "sample")}
    use = np.isfinite(columns["time"].values[index]) if columns else np.array([], dtype=bool)
    if not use.any():
        return Outcome(figures=figures)
    samples = {name: ("time", c.values[index][use], dict(c.attrs)) for name, c in columns.items()}
    origin = decoded(str(data["provenance"].values[index]))
    time = {"time": samples.pop("time")}
    kept = xr.Dataset(samples, coords=time, attrs={key: plain(value) for key, value in origin.items()})
    return Outcome(figures=figures, trace=Trace(kept))
