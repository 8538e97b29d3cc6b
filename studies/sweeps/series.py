"""Series: one experiment at many values of a parameter, its figures and traces in one labelled Dataset.

``run`` is any function of the value, so that any device, protocol or figure may depend on it: a sweep rate, a
compliance, an area, a thickness, a temperature, or the seed of a random device. With several workers it is a sweep of
one parameter, each run in a process of its own that imports and meshes for itself; with one, all are done here, so that
``run`` may hold a device, and everything is kept in a single file.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError, warn
from fem.errors.arguments import checked
from fem.errors.checking import array
from fem.errors.records import logger
from studies.metrics.conductance import Array
from studies.progress import Line, progress_line
from studies.sweeps.case_file import read_case
from studies.sweeps.cluster import Resources
from studies.sweeps.dataset import Outcome, attempt, dimension, series_dataset
from studies.sweeps.driving import ENDED, drive
from studies.sweeps.saved import done_before, identity, save_series
from studies.sweeps.store import Store
from studies.sweeps.study import Study

_LOG = logger(__name__)


@checked(values=array)
def series(
    run: Callable[[float], Any],
    *,
    parameter: str,
    values: Sequence[float],
    unit: str,
    workers: int = 1,
    save: str | Path | None = None,
    time_limit: float | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Return the results of ``run(value)`` for each of ``values`` [``unit``] over the dimension ``parameter``.

    ``run`` returns a Trace, or figures: a mapping of names to numbers, or an object whose ``rows()`` gives them with
    their units, such as ``trace.switching()``. A mapping may hold a Trace under "trace". Figures have the
    dimension ``parameter`` ("sweep rate" becomes "sweep_rate"), columns of traces that and "sample", filled up
    with nan. A figure of which only a lower bound is known is nan, and the bound is in a variable NAME_at_least. A run
    that raises, or takes longer than ``time_limit`` [s], leaves nan, and its error in the coordinate "failure", which
    is empty otherwise. With workers, so does one that ends its process, or hangs in compiled code.

    ``workers`` processes run at the same time, as those of a ``sweep`` do. ``save`` is a netCDF file that has all
    results so far after each run. If it exists, the runs in it that worked are not done again, those that failed are;
    further values may be given.
    ``progress``: whether to draw a line of it; None where somebody looks (``studies.show_progress``).
    Raises IncompatibleError if no run worked, if the file is of another series (another function, whose source text and
    values tell it, another unit, or with results at values that are not given), or, with workers, if ``run`` holds what
    cannot be sent to another process, such as a device: it must build that itself. Raises OutOfRangeError for bad
    values or a file that cannot be written, before anything runs.

    >>> data = series(lambda rate: {"V_set": 0.5 + 0.1 * rate}, parameter="sweep rate", values=[1, 10],
    ...               unit="V/s")
    >>> data["V_set"].values.tolist(), data["sweep_rate"].attrs["units"]
    ([0.6, 1.5], 'V/s')
    """
    wanted = _checked(parameter, values, workers, time_limit)
    known = identity(run)
    kept = {} if save is None else done_before(Path(save), parameter, wanted, unit, known)
    left = {k: value for k, value in enumerate(wanted.tolist()) if k not in kept}
    with progress_line(f"series over {parameter}", progress) as line:
        done = _Collector(parameter, wanted, unit, known, save, kept, line)
        if workers == 1:
            for k, value in left.items():
                _LOG.info("%s = %g %s", parameter, value, unit)
                done(k, attempt(run, value, time_limit))
        elif left:
            _parallel(run, left, workers, time_limit, done)
    if not done.worked:
        first = done.outcomes[min(done.outcomes)].failure
        raise IncompatibleError(f"none of the {wanted.size} runs over {parameter} worked; the first: {first}")
    return done.dataset()


class _Collector:
    """Keeps outcomes as they come, and the file with all of them so far."""

    def __init__(
        self,
        parameter: str,
        values: Array,
        unit: str,
        run: str,
        save: str | Path | None,
        outcomes: dict[int, Outcome],
        line: Line,
    ) -> None:
        self.parameter, self.values, self.unit, self.run = parameter, values, unit, run
        self.save, self.outcomes, self.line = save, outcomes, line
        self._show()

    def __call__(self, index: int, outcome: Outcome) -> None:
        """Keep the outcome of run ``index``."""
        self.outcomes[index] = outcome
        words = "run %d of %d, %s = %g %s: %s"
        of = (len(self.outcomes), self.values.size, self.parameter, self.values[index], self.unit)
        _LOG.log(logging.WARNING if outcome.failure else logging.INFO, words, *of, outcome.failure or "done")
        self._show()
        if self.save is not None and self.worked:
            self._save(self.save)

    def _save(self, path: str | Path) -> None:
        """Write the file; an error then has what it was to hold."""
        data = self.dataset()
        try:
            save_series(data, path)
        except Exception as error:
            error.data = data  # type: ignore[attr-defined]
            error.add_note(
                f"{len(self.outcomes)} runs were done; their Dataset is the attribute data of this error."
            )
            raise

    def _show(self) -> None:
        done, runs = len(self.outcomes), self.values.size
        self.line.to(done / runs, f"{done} of {runs} runs")

    @property
    def worked(self) -> bool:
        """Whether any run has worked."""
        return any(not o.failure for o in self.outcomes.values())

    def dataset(self) -> xr.Dataset:
        """Return all outcomes so far."""
        return series_dataset(self.parameter, self.values, self.unit, self.outcomes, self.run)


def _checked(parameter: str, values: Sequence[float], workers: int, limit: float | None) -> Array:
    """Return the values as an array, shape (n,), if they and the number of workers make sense."""
    dimension(parameter)
    wanted = np.asarray(values, dtype=float)
    if wanted.ndim != 1 or wanted.size == 0:
        raise OutOfRangeError(f"number of values of {parameter}", wanted.size, "at least 1, in one list")
    if not np.isfinite(wanted).all() or np.unique(wanted).size < wanted.size:
        raise OutOfRangeError(f"values of {parameter}", wanted.tolist(), "finite, each of them once")
    if workers < 1 or workers != int(workers):
        raise OutOfRangeError("number of workers", workers, "a whole number of at least 1")
    if limit is not None and not 0 < limit < np.inf:
        raise OutOfRangeError("time_limit [s]", limit, "positive and finite")
    if limit is not None and workers == 1 and threading.current_thread() is not threading.main_thread():
        raise IncompatibleError("time_limit needs workers, or the main thread of the program.")
    return wanted


def _parallel(
    run: Callable[[float], Any],
    values: Mapping[int, float],
    workers: int,
    limit: float | None,
    note: Callable[[int, Outcome], None],
) -> None:
    """Run all values as the cases of a sweep, in a store that is there for them alone."""
    study = Study(_OfAValue(run), {"value": "1"}, name="the run", version="1")
    jobs = {k: study.job({"value": value}) for k, value in values.items()}
    index = {job.key: k for k, job in jobs.items()}
    with TemporaryDirectory(prefix="series-") as folder:
        store = Store.made(folder)
        store.enter(study, jobs.values())

        def told(_: Any = None) -> None:
            for row in store.entries.rows(study.key):
                if row.status in ENDED and row.key in index:
                    record = read_case(store.path, row.key)
                    for words in record.warnings:
                        warn(f"{words} (at {record.labels['value']:g})")
                    note(index.pop(row.key), record.outcome)

        resources = Resources(workers, time_limit=limit, memory_limit=float("inf"))
        try:
            drive(store.path, study.key, list(index), resources, told)
        except KeyboardInterrupt:
            told()
            raise


@dataclass(frozen=True)
class _OfAValue:
    """The run of a series as a function of a parameter by name."""

    run: Callable[[float], Any]

    def __call__(self, value: float) -> Any:
        return self.run(value)
