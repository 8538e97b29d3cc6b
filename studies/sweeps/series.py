"""Series: one experiment at many values of a parameter, its figures and traces in one labelled Dataset.

``run`` is any function of the value, so that any device, protocol or figure may depend on it: a sweep rate, a
compliance, an area, a thickness, a temperature, or the seed of a random device. Runs are independent; with
several workers dask gives them to as many processes, each of which imports and meshes for itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from unittest.mock import patch

import numpy as np
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import array
from fem.errors.records import logger
from studies.metrics.conductance import Array
from studies.progress import Line, progress_line
from studies.sweeps.dataset import Outcome, attempt, attempt_in_worker, dimension, series_dataset, too_long
from studies.sweeps.saved import done_before, identity, save_series

_LOG = logger(__name__)
_DIED = "the process of this run died"
_OF_A_RANK = ("PMI_", "PMIX_", "OMPI_", "MPI_LOCAL")  # variables of a rank, and of where it finds the others
_GRACE = 5.0  # [s] for the runs of a series that is stopped to save what they have


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

    ``workers`` processes run at the same time; a script that asks for several must do so under
    ``if __name__ == "__main__":``. ``save`` is a netCDF file that has all results so far after each run. If it exists,
    the runs in it that worked are not done again, those that failed are; further values may be given.
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
    """Run all values in ``workers`` processes.

    If one of them dies, those that were running then run again, each alone, which tells the run that ends its process
    from the others; then the rest goes on. If all processes die from the first on, none is tried any further.
    """
    _check_can_travel(run)
    left, running, alive = dict(values), set[int](), set[int]()

    def end(index: int, result: Outcome) -> None:
        alive.add(index)
        del left[index]
        note(index, result)

    while left and not _compute(run, left, workers, limit, running.add, end):
        died = {}
        for index in sorted(running & set(left)):
            begin = monotonic()
            if not _compute(run, {index: left[index]}, 1, limit, running.add, end):
                late = limit is not None and monotonic() - begin > limit
                died[index] = too_long(limit) if late else _DIED
        for index in left if not alive else died:
            note(index, Outcome(failure=died.get(index, _DIED)))
        left = {k: value for k, value in left.items() if alive and k not in died}
        running.clear()


def _compute(
    run: Callable[[float], Any],
    values: Mapping[int, float],
    workers: int,
    limit: float | None,
    began: Callable[[int], None],
    ended: Callable[[int, Outcome], None],
) -> bool:
    """Return whether all values were run in ``workers`` processes without one of these dying."""
    import dask
    from dask.callbacks import Callback

    one = dask.delayed(attempt_in_worker, pure=False)
    tasks = [one(run, value, limit, dask_key_name=f"run-{k}") for k, value in values.items()]

    def index(key: str) -> int:
        return int(str(key).rsplit("-", 1)[1])

    follow = Callback(
        pretask=lambda key, *_: began(index(key)), posttask=lambda key, result, *_: ended(index(key), result)
    )
    try:
        with _without_ranks(), _pool(workers) as pool, follow:
            dask.compute(*tasks, scheduler="processes", pool=pool, chunksize=1)
    except BrokenExecutor:
        return False
    return True


@contextmanager
def _without_ranks() -> Iterator[None]:
    """Hide from processes that begin inside that this one is a rank: MPI would look for mpiexec there."""
    with patch.dict(os.environ):
        for name in [n for n in os.environ if n.startswith(_OF_A_RANK)]:
            del os.environ[name]
        yield


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Yield processes for runs; on an error or Ctrl-C they end with it, those that hang too."""
    from dask.multiprocessing import get_context

    pool = ProcessPoolExecutor(workers, get_context(), _begin_worker)
    try:
        yield pool
    except BaseException:
        processes = list((pool._processes or {}).values())
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(_GRACE / len(processes))
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Make a new process ready for runs; it ends soon after that of the series, however that ended."""
    from dask.multiprocessing import initialize_worker_process

    initialize_worker_process()
    threading.Thread(target=_end_with_the_series, daemon=True).start()


def _end_with_the_series() -> None:
    """Wait for the end of the process of the series, then end this one, which would wait for runs for good."""
    series_process = multiprocessing.parent_process()
    assert series_process is not None, "this is no worker"
    series_process.join()
    os.kill(os.getpid(), signal.SIGTERM)  # on which a sweep saves what it has
    sleep(_GRACE)
    os._exit(1)


def _check_can_travel(run: Callable[[float], Any]) -> None:
    """Raise unless ``run`` can be sent to another process."""
    import cloudpickle

    try:
        cloudpickle.dumps(run)
    except Exception as error:
        raise IncompatibleError(
            f"the run cannot be sent to another process ({type(error).__name__}: {error}); build meshes, devices and "
            "states inside of it, from its value, or use workers=1."
        ) from error
