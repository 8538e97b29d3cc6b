"""The process that computes cases, one after the other, and may be killed at any moment by the one that watches it.

It ends with that one, however it ended: by a pipe that closes, and on Linux by a signal that no compiled code delays.
"""

from __future__ import annotations

import ctypes
import faulthandler
import gc
import os
import pickle
import resource
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import xarray as xr

from fem.errors import IncompatibleError
from studies.results.provenance import netcdf_engine, origin, reason_of, versions
from studies.sweeps.case_file import Record, write_case
from studies.sweeps.dataset import Outcome, outcome_of
from studies.sweeps.index import Index
from studies.sweeps.study import TAKEN

BEGAN = "began"
IDLE = 60.0  # [s] without a case, after which the process ends
_SET_DEATH_SIGNAL = 1  # of prctl
_LONGEST = 4000  # letters of a traceback
_LONG = 1.0  # [s]: after a case that took longer, what it has left behind is collected


@dataclass(frozen=True)
class Order:
    """A case that is to be computed: where its store is, its study and its key; ``memory`` [byte] it may have."""

    folder: str
    study: str
    key: str
    memory: int | None = None


def main(orders: int, life: int) -> None:
    """Compute what is ordered, until the pipe ``orders`` is closed or idle; end as soon as ``life`` closes."""
    _end_with_the_watcher(life)
    _prepare()
    pipe = Connection(orders)
    while pipe.poll(IDLE):
        try:
            order = pickle.loads(pipe.recv_bytes())
        except EOFError:
            break
        _limit_memory(order.memory)
        record = computed(order, lambda: pipe.send(BEGAN))
        failed_for_memory = record.outcome.failure.startswith("MemoryError")
        kept(order, record)
        pipe.send(record.status)
        if failed_for_memory:
            break
        if record.seconds > _LONG:
            gc.collect()
    os._exit(0)  # whatever threads and exit handlers the cases have left


def one_of_several(path: str) -> None:
    """Compute the case that is ordered in a file as one rank of several; the first one writes the result.

    A rank that fails ends all, and leaves its reason beside the file.
    """
    from mpi4py import MPI

    faulthandler.enable()
    order, world = pickle.loads(Path(path).read_bytes()), MPI.COMM_WORLD
    record = computed(order, lambda: None)
    if record.outcome.failure:
        part = Path(f"{path}.{world.rank}.part")
        part.write_text(f"{record.outcome.failure}\n{record.log}")
        part.replace(f"{path}.{world.rank}.failure")
        world.Abort(1)
    world.barrier()
    if world.rank == 0:
        ranks = {"ranks": world.size}
        kept(order, Record(**{**vars(record), "origin": record.origin | ranks}))


def computed(order: Order, begin: Callable[[], None]) -> Record:
    """Return what a case gives, or its failure; ``begin`` is called once the function is there."""
    index = Index(Path(order.folder))
    outcome, log, start = Outcome(), "", perf_counter()
    data, labels, content = index.arguments(order.key)
    about = index.studies()[order.study]
    with warnings.catch_warnings(record=True) as warned:
        try:
            _check_programs(about)
            run, arguments = _function(order.folder, order.study), pickle.loads(data)
            begin()
            start = perf_counter()
            outcome = outcome_of(run(**arguments))
            _check_figures(outcome, arguments)
        except BaseException as error:
            outcome, log = Outcome(failure=_reason(error, order.memory)), traceback.format_exc()[-_LONGEST:]
    what: dict[str, Any] = {"about": about, "labels": labels, "content": content, "origin": origin()}
    told = tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in warned))
    return Record(
        key=order.key, outcome=outcome, seconds=perf_counter() - start, log=log, warnings=told, **what
    )


def kept(order: Order, record: Record) -> None:
    """Write the file of a case, then what the index has of it; a result that no file can hold is a failure."""
    folder = Path(order.folder)
    try:
        write_case(folder, record)
    except Exception as error:
        failure = Outcome(failure=f"the result could not be written: {reason_of(error)}")
        record = Record(**{**vars(record), "outcome": failure, "log": traceback.format_exc()[-_LONGEST:]})
        with suppress(OSError):
            write_case(folder, record)
    Index(folder).enter(order.study, [record])


@cache
def _function(folder: str, study: str) -> Callable[..., Any]:
    """Return the function of a study, with the modules of the program that has asked for it in reach."""
    data, paths = Index(Path(folder)).function(study)
    sys.path.extend(path for path in paths if path not in sys.path)
    return pickle.loads(data)  # type: ignore[no-any-return]


def _prepare() -> None:
    """Load what the first case would wait for between its end and its file."""
    origin()
    xr.Dataset({"none": 0.0}).to_netcdf(engine=netcdf_engine())


def _check_figures(outcome: Outcome, arguments: dict[str, Any]) -> None:
    if taken := sorted(set(outcome.figures) & {*TAKEN, *arguments}):
        raise IncompatibleError(
            f"the case gave {taken[0]!r}, which a sweep has itself; name the figure otherwise."
        )


def _check_programs(about: dict[str, Any]) -> None:
    """Raise unless this process has the versions on which the key of the case depends."""
    if (here := versions()) != about["programs"]:
        raise IncompatibleError(
            f"programs here are {_told(here)}, those of the sweep {_told(about['programs'])}."
        )


def _told(programs: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in programs.items())


def _reason(error: BaseException, memory: int | None) -> str:
    if isinstance(error, MemoryError) and memory is not None:
        return too_large(memory)
    return reason_of(error)


def too_large(memory: int) -> str:
    """Return the failure of a case that needs more than ``memory`` [byte]."""
    return f"MemoryError: the case needs more than its {memory / 1e6:.0f} MB"


def _limit_memory(memory: int | None) -> None:
    """Let allocations fail beyond ``memory`` [byte], where the system can; the watcher looks at what is in use."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = hard if memory is None else memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _end_with_the_watcher(life: int) -> None:
    faulthandler.enable()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)

    def wait() -> None:
        with suppress(OSError):
            os.read(life, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()
