"""The labelled Dataset of the cases of a study: over their parameters, or case by case; what is not there is marked.

Figures come from the index at once. Columns of traces are read from the files of the cases when their values are asked
for, case by case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies.metrics.conductance import Array
from studies.sweeps.case_file import read_case
from studies.sweeps.index import Row
from studies.sweeps.parameters import Label

if TYPE_CHECKING:
    import dask.array

NOT_ASKED = "not asked for"
_FULL = 0.5  # of all combinations of the values, from which on a Dataset is over the parameters
Figures = Mapping[str, tuple[str, Mapping[str, float]]]


@dataclass(frozen=True)
class _Places:
    """Where cases are in a Dataset: its dimensions and their sizes, the place of each, and coordinates."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    at: list[tuple[int, ...]]
    coords: dict[str, Any]

    def filled(self, values: Sequence[Any], empty: Any) -> Any:
        """Return an array with the value of each case at its place."""
        found = np.full(self.shape, empty, dtype=float if isinstance(empty, float) else object)
        for place, value in zip(self.at, values, strict=True):
            found[place] = empty if value is None else value
        return found


def cases_dataset(
    folder: Path,
    about: Mapping[str, Any],
    rows: Sequence[Row],
    figures: Figures,
    names: Sequence[str],
    grid: bool | None,
) -> xr.Dataset:
    """Return figures and columns of traces of the cases in ``rows``, those in ``names`` or all of them."""
    if not rows:
        raise OutOfRangeError(f"number of cases of study {about['name']}", 0, "at least 1")
    places = _places(rows, about["units"], grid)
    traces = _Traces.of(folder, rows, set(names) - set(figures), every=not names)
    for name in names:
        if name not in figures and name not in traces.columns:
            raise UnknownNameError("figure or column of a trace", name, [*figures, *traces.columns])
    variables: dict[str, Any] = {}
    for name, (unit, values) in figures.items():
        if not names or name in names:
            column = places.filled([values.get(row.key) for row in rows], math.nan)
            variables[name] = (places.dims, column, {"units": unit})
    for name, column in traces.arrays(rows, places).items():
        variables[name] = ((*places.dims, "sample"), column, traces.columns[name])
    coords = {
        "status": (places.dims, places.filled([row.status for row in rows], NOT_ASKED)),
        "reason": (places.dims, places.filled([row.reason for row in rows], "")),
        "seconds": (places.dims, places.filled([row.seconds for row in rows], math.nan), {"units": "s"}),
        "key": (places.dims, places.filled([row.key for row in rows], "")),
    }
    attrs = {"study": about["name"]} | ({"parameter": places.dims[0]} if len(about["units"]) == 1 else {})
    return xr.Dataset(variables, coords=places.coords | coords, attrs=attrs)


def _places(rows: Sequence[Row], units: Mapping[str, str], grid: bool | None) -> _Places:
    """Return the places of cases: over all parameters if their values are combined often enough, or if ``grid``."""
    columns = {name: [row.labels[name] for row in rows] for name in units}
    values = {name: _distinct(column) for name, column in columns.items()}
    positions = {name: {value: k for k, value in enumerate(found)} for name, found in values.items()}
    at = [tuple(positions[name][row.labels[name]] for name in units) for row in rows]
    size, apart = math.prod(map(len, values.values())), len(set(at)) == len(at)
    if grid and not apart:
        raise IncompatibleError("some cases have the same names of different values; give grid=False.")
    if grid or (grid is None and apart and len(rows) >= _FULL * size):
        coords = {name: (name, _array(values[name]), {"units": unit}) for name, unit in units.items()}
        return _Places(tuple(units), tuple(map(len, values.values())), at, coords)
    coords = {name: ("case", _array(columns[name]), {"units": unit}) for name, unit in units.items()}
    return _Places(("case",), (len(rows),), [(k,) for k in range(len(rows))], coords)


def _distinct(column: Sequence[Label]) -> list[Label]:
    """Return the values of a parameter: numbers in their order, others as they first came."""
    found = list(dict.fromkeys(column))
    return found if any(isinstance(value, str) for value in found) else sorted(found)


def _array(values: Sequence[Label]) -> Any:
    mixed = len({isinstance(value, str) for value in values}) > 1
    return np.array(list(values), dtype=object if mixed else None)


@dataclass(frozen=True)
class _Traces:
    """The columns of traces that are asked for, name -> attributes, and how many samples the longest has."""

    folder: Path
    columns: dict[str, dict[str, Any]]
    longest: int

    @classmethod
    def of(cls, folder: Path, rows: Sequence[Row], names: set[str], *, every: bool) -> _Traces:
        """Return those of ``names``, or all, by the first case that has a trace."""
        with_trace = [row for row in rows if row.status == "done" and row.samples]
        if not with_trace or not (names or every):
            return cls(folder, {}, 0)
        trace = read_case(folder, with_trace[0].key).outcome.trace
        known = {} if trace is None else trace.data.variables
        columns = {str(name): dict(item.attrs) for name, item in known.items() if every or name in names}
        return cls(folder, columns, max(row.samples for row in with_trace))

    def arrays(self, rows: Sequence[Row], places: _Places) -> dict[str, dask.array.Array]:
        """Return the columns over the dimensions of the cases and samples, each case a chunk that is not yet read."""
        if not self.columns:
            return {}
        from dask.array import Array as DaskArray
        from dask.base import tokenize

        names, size = tuple(self.columns), len(places.shape)
        shape = (*(1 for _ in places.shape), len(names), self.longest)
        token = "traces-" + tokenize(str(self.folder), names, [row.key for row in rows], places.shape)
        found = {
            place: row
            for place, row in zip(places.at, rows, strict=True)
            if row.samples and row.status == "done"
        }
        graph: dict[Any, tuple[Callable[..., Array], Any, Any, Any, Any]] = {
            (token, *place, 0, 0): (
                _read,
                self.folder,
                found[place].key if place in found else "",
                names,
                shape,
            )
            for place in np.ndindex(*places.shape)
        }
        chunks = (*((1,) * n for n in places.shape), (len(names),), (self.longest,))
        both = DaskArray(graph, token, chunks, dtype=float)
        return {name: both[(*(slice(None),) * size, k)] for k, name in enumerate(names)}


def _read(folder: Path, key: str, names: tuple[str, ...], shape: tuple[int, ...]) -> Array:
    """Return the columns of a trace, filled up with nan; all nan without a ``key``, or where a column is missing."""
    found = np.full(shape[-2:], np.nan)
    trace = read_case(folder, key).outcome.trace if key else None
    if trace is not None:
        for k, name in enumerate(names):
            if name in trace.data.variables:
                column = trace.data[name].values
                found[k, : column.size] = column
    return found.reshape(shape)
