"""Workers of Dask distributed, here or anywhere, and what each of them does with a case.

A worker here is a thread: the case is in a process of its own anyway. Dask can neither stop a task nor limit its time,
so that a worker looks whether its task is still wanted, and ends the process of the case if not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psutil

from fem.errors import IncompatibleError
from fem.errors.checking import Kind, anything, optional, positive, positive_or_infinite, whole
from studies.results.provenance import reason_of
from studies.sweeps.watching import Task, compute, end_idle

if TYPE_CHECKING:
    from distributed import Client

LIMITS: dict[str, Kind] = {
    "workers": optional(whole(1)),
    "address": anything,
    "time_limit": optional(positive),
    "memory_limit": optional(positive_or_infinite),
    "ranks": whole(1),
}
SHARE = 0  # of an order's memory: as much as the worker has for one case
_OF_ALL = 0.9  # of a computer's memory, for all cases on it
_FIND = "30s"  # for a scheduler to answer
_ENDING = ("closing", "closed", "failed")


@dataclass(frozen=True)
class Resources:
    """With what cases are computed: ``workers`` here, or those at ``address``; limits [s], [byte] and ranks of each."""

    workers: int
    address: Any = None
    time_limit: float | None = None
    memory_limit: float | None = None
    ranks: int = 1

    def memory(self) -> int | None:
        """Return what each case may have [byte], None without a limit, or SHARE if its worker is to say."""
        if self.memory_limit is not None:
            return None if self.memory_limit == float("inf") else int(self.memory_limit)
        return (
            SHARE if self.address is not None else int(_OF_ALL * psutil.virtual_memory().total / self.workers)
        )

    def record(self) -> dict[str, Any]:
        """Return these as plain data."""
        where = (
            None if self.address is None else str(getattr(self.address, "scheduler_address", self.address))
        )
        limits = {"time_limit": self.time_limit, "memory_limit": self.memory()}
        return {"workers": self.workers, "address": where, "ranks": self.ranks, **limits}


def resources_of(
    workers: int | None, address: Any, time_limit: float | None, memory_limit: float | None, ranks: int
) -> Resources:
    """Return what is asked for; raises IncompatibleError for workers here and an address at the same time."""
    if workers is not None and address is not None:
        raise IncompatibleError("workers are those at the address; give the one or the other.")
    if workers is None:
        workers = max(1, cores() // ranks)
    return Resources(workers, address, time_limit, memory_limit, ranks)


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def client_of(resources: Resources) -> Iterator[Client]:
    """Yield a client of the workers; those that were begun for it end with it, and so do their processes.

    Raises IncompatibleError if there is no scheduler at the address.
    """
    from distributed import Client, LocalCluster

    if resources.address is not None:
        try:
            client = Client(resources.address, timeout=_FIND, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise IncompatibleError(
                f"no scheduler answers at {resources.address!r}: {reason_of(error)}."
            ) from error
        with client:
            yield client
        return
    options = {"processes": False, "threads_per_worker": 1, "dashboard_address": ":0", "memory_limit": 0}
    with LocalCluster(n_workers=resources.workers, **options) as cluster:
        try:
            with Client(cluster, set_as_default=False) as client:
                yield client
        finally:
            end_idle()


def work(task: Task, name: str) -> str:
    """Compute a case on a worker, as the task of that ``name``; return its status then."""
    from distributed import get_worker

    worker = get_worker()

    def stopped() -> bool:
        known = worker.state.tasks.get(name)
        return known is None or known.state == "cancelled" or worker.status.name in _ENDING

    if task.order.memory == SHARE:
        own = worker.memory_manager.memory_limit or int(_OF_ALL * psutil.virtual_memory().total)
        task = replace(task, order=replace(task.order, memory=int(own / worker.state.nthreads)))
    return compute(task, stopped)
