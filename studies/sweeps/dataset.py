"""The labelled Dataset of a series: figures, traces and failures of its runs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array
from studies.results.figure_table import Row, bound_in
from studies.results.provenance import decoded, plain, program_version, reason_of
from studies.results.trace import Trace

#: The failure of a run that has not come to its end when the file is written.
_NOT_RUN = "not run"


@dataclass(frozen=True)
class Outcome:
    """What a run gave: ``figures`` as name -> (value, unit), its trace, or the failure in words."""

    figures: dict[str, tuple[float, str]] = field(default_factory=dict)
    trace: Trace | None = None
    failure: str = ""


def attempt(run: Callable[[float], Any], value: float, limit: float | None) -> Outcome:
    """Return what ``run(value)`` gives, or its failure: one bad run must not take the others with it.

    ``limit`` [s]: a run that takes longer has failed. Ctrl-C is meant for all runs and raised again.
    """
    try:
        with _at_most(limit):
            return outcome_of(run(value))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Outcome(failure=reason_of(error))


def too_long(limit: float | None) -> str:
    """Return the failure of a run that took longer than ``limit`` [s]."""
    return f"TimeoutError: the run took longer than {limit:g} s"


@contextmanager
def _at_most(limit: float | None) -> Iterator[None]:
    """Raise TimeoutError inside after ``limit`` [s], in a process's main thread, to which alone signals come."""
    if limit is None:
        yield
        return

    def end(*_: Any) -> None:
        raise TimeoutError(too_long(limit).partition(": ")[2])

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def outcome_of(result: Any) -> Outcome:
    """Return the figures and the trace in what a run returned."""
    if isinstance(result, Trace):
        return Outcome(trace=result)
    if hasattr(result, "rows"):
        return Outcome(figures=_figures(result.rows()))
    if not isinstance(result, Mapping):
        raise IncompatibleError(
            f"the run returned a {type(result).__name__}; it must return a Trace, a mapping of names to numbers "
            "or to pairs of a number and its unit, or an object with rows()."
        )
    trace = result.get("trace")
    figures = {str(n): _figure(v) for n, v in result.items() if n != "trace"}
    both = set(figures) & set(() if trace is None else map(str, trace.data.variables))
    if both:
        raise IncompatibleError(f"the figures {', '.join(sorted(both))} have names of columns of the trace.")
    return Outcome(figures=figures, trace=trace)


def _figure(value: Any) -> tuple[float, str]:
    """Return a number and its unit, none if it is given alone."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], str):
        return float(value[0]), value[1]
    return float(value), ""


def _figures(rows: Iterable[Row]) -> dict[str, tuple[float, str]]:
    """Return the numbers among the figures of a run; a lower bound is no number, but one called NAME_at_least."""
    found: dict[str, tuple[float, str]] = {}
    for label, value, unit in rows:
        name, bound = str(label).strip(), bound_in(value)
        if bound is not None:
            found |= {name: (float("nan"), unit), f"{name}_at_least": (bound, unit)}
        elif not isinstance(value, str):
            found[name] = float(value), unit
    return found


def dimension(parameter: str) -> str:
    """Return the name of the dimension of ``parameter``: "sweep rate" gives "sweep_rate"."""
    name = "_".join(parameter.split())
    if not name.isidentifier() or name in ("sample", "failure", "provenance"):
        raise OutOfRangeError(
            "name of a parameter", parameter, "words of letters, other than sample or failure"
        )
    return name


def series_dataset(
    parameter: str, values: Array, unit: str, done: Mapping[int, Outcome], run: str
) -> xr.Dataset:
    """Return figures over the parameter and columns of traces over parameter and sample, nan where there is none.

    ``done`` is what each run gave, by its index into ``values`` [``unit``]; ``run`` identifies the function.
    """
    along = dimension(parameter)
    variables: dict[str, Any] = {}
    for k, outcome in done.items():
        for name, (value, its_unit) in outcome.figures.items():
            if name not in variables:
                variables[name] = (along, np.full(values.size, np.nan), {"units": its_unit})
            variables[name][1][k] = value
    longest = max((o.trace.time.size for o in done.values() if o.trace is not None), default=0)
    for k, outcome in done.items():
        for column, array in ({} if outcome.trace is None else outcome.trace.data.variables).items():
            if column not in variables:
                empty = np.full((values.size, longest), np.nan)
                variables[str(column)] = ((along, "sample"), empty, dict(array.attrs))
            variables[str(column)][1][k, : array.size] = array.values
    if taken := sorted(set(variables) & {along, "failure", "provenance"}):
        raise IncompatibleError(
            f"a run gave {taken[0]!r}, which a series has itself; name the figure otherwise."
        )
    failures = [done[k].failure if k in done else _NOT_RUN for k in range(values.size)]
    origins = [_origin(done.get(k)) for k in range(values.size)]
    coords = {
        along: (along, values, {"units": unit, "long_name": parameter}),
        "failure": (along, np.array(failures, dtype=object)),
        "provenance": (along, np.array(origins, dtype=object)),
    }
    stamp = {"program": program_version(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
    return xr.Dataset(variables, coords=coords, attrs={"parameter": along, "run": run, **stamp})


def _origin(outcome: Outcome | None) -> str:
    """Return the attributes of the trace of a run as JSON text."""
    return plain({} if outcome is None or outcome.trace is None else outcome.trace.provenance)


@checked()
def series_trace(data: xr.Dataset, value: float) -> Trace:
    """Return the trace of the run at ``value`` of a series whose runs gave traces.

    Raises UnknownNameError if there is none.
    """
    name = str(data.attrs.get("parameter", ""))
    at = np.flatnonzero(data[name].values == value) if name in data.variables else np.array([], dtype=int)
    known = [f"{v:g}" for v in data[name].values] if name in data.variables else []
    if "sample" not in data.dims:
        raise IncompatibleError("the runs of the series gave no traces.")
    if not at.size:
        raise UnknownNameError("run with a trace", f"{value:g}", known)
    one = data.isel({name: int(at[0])}, drop=True)
    columns = {str(n): c for n, c in one.data_vars.items() if c.dims == ("sample",)}
    use = np.isfinite(columns["time"].values)
    if not use.any():
        raise UnknownNameError("run with a trace", f"{value:g}", known, str(data["failure"].values[at[0]]))
    units = {n: str(c.attrs.get("units", "1")) for n, c in columns.items()}
    attrs = {**decoded(str(data["provenance"].values[at[0]])), "parameter": name, "value": float(value)}
    return Trace.from_columns({n: c.values[use] for n, c in columns.items()}, attrs, units=units)
