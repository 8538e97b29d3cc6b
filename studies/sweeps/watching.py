"""Computing one case in a process of its own: claimed, watched, ended when it takes too long or too much, and kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

from fem.errors import IncompatibleError, MemfemError
from studies.results.provenance import origin
from studies.sweeps.case_file import Record, case_path, read_case
from studies.sweeps.child import BEGAN, Order, kept, too_large
from studies.sweeps.dataset import Outcome, too_long
from studies.sweeps.index import NAME, Index
from studies.sweeps.owners import this_process
from studies.sweeps.processes import KILLED, Ranks, Warm, reason_of_end

BEAT = 5.0  # [s] between two signs of life in the index
STOPPED = "stopped"
_LOOK = 0.05  # [s] between two looks at a process
_MEASURE = 0.2  # [s] between two measurements of its memory
_WITH_OTHERS = 5  # of which one is with that of what it has started
_START = 120.0  # [s] for a process to begin a case: Python, our files, the function and what it imports
_WORN = 0.6  # of its memory, beyond which a process is not given another case
_ALWAYS: Callable[[], bool] = lambda: False  # noqa: E731


@dataclass(frozen=True)
class Task:
    """A case for a worker: its order, the sweep that asks for it, its ``time_limit`` [s] and number of ``ranks``."""

    order: Order
    sweep: str
    time_limit: float | None = None
    ranks: int = 1


def compute(task: Task, stopped: Callable[[], bool] = _ALWAYS) -> str:
    """Compute a case if nobody else has or does; return its status then: done, failed, running (by another), stopped.

    ``stopped`` is asked now and then; if it says so, the case waits again. Raises IncompatibleError if the store is
    not to be found on this host.
    """
    order, owner = task.order, this_process()
    if not (Path(order.folder) / NAME).is_file():
        raise IncompatibleError(f"there is no store in {order.folder} on host {origin()['host']}.")
    index = Index(Path(order.folder))
    if (found := index.claim(order.key, owner)) != "claimed":
        return found
    try:
        if _entered(order, index):
            return "done"
        run = _by_ranks if task.ranks > 1 else _by_one
        for again in (True, False):  # the system may have killed a process for what another one needs
            watch = _Watch(task, index, owner, stopped)
            said, log = run(task, watch)
            if not (again and said == KILLED):
                break
        if said in ("done", "failed", STOPPED):
            return said
        if _entered(order, index):  # it wrote its result before it ended
            return "done"
        give_up(order, said, log, watch.seconds())
        return "failed"
    finally:
        index.release(order.key, owner)  # of a case that has not ended


class _Watch:
    """The look at a process that computes a case: whether it may go on."""

    def __init__(self, task: Task, index: Index, owner: str, stopped: Callable[[], bool]) -> None:
        self.task, self.stopped = task, stopped
        self._index, self._owner = index, owner
        self.began: float | None = None
        self._looks = 0
        self._beaten = self._measured = self._made = monotonic()

    def seconds(self) -> float:
        """Return how long the case has taken until now."""
        return 0.0 if self.began is None else perf_counter() - self.began

    def verdict(self, process: Warm | Ranks) -> str:
        """Return why the case must end: a failure in words, STOPPED, or no text if it may go on."""
        now, order = monotonic(), self.task.order
        if self.stopped():
            return STOPPED
        if self.began is None and now - self._made > _START:
            return f"TimeoutError: the process of this case did not begin within {_START:g} s"
        if self.task.time_limit is not None and self.seconds() > self.task.time_limit:
            return too_long(self.task.time_limit)
        if order.memory is not None and now - self._measured > _MEASURE:
            self._measured = now
            self._looks += 1
            alone = self.task.ranks == 1 and self._looks % _WITH_OTHERS > 0
            if process.memory(alone=alone) > order.memory:
                return too_large(order.memory)
        if now - self._beaten > BEAT:
            self._beaten = now
            if not self._index.beat(order.key, self._owner) and order.key in self._index.beats(order.study):
                return STOPPED  # another one computes it, to whom this process seemed dead
        return ""


def _by_one(task: Task, watch: _Watch) -> tuple[str, str]:
    """Return how a case ended in one process, which is kept for the next one, and what it printed."""
    process, used = _IDLE.take(task.sweep)
    said, worn = _followed(process, task, watch), True
    if said == "ended" and used and watch.began is None:  # it had ended while it waited
        process.end()
        process = Warm()
        said = _followed(process, task, watch)
    try:
        if said in ("done", "failed"):
            worn = task.order.memory is not None and process.memory(alone=True) > _WORN * task.order.memory
            return said, ""
        return (reason_of_end(process.code) if said == "ended" else said), process.log()
    finally:
        if worn:
            process.end()
        else:
            _IDLE.give(task.sweep, process)


def _followed(process: Warm, task: Task, watch: _Watch) -> str:
    """Return how a process ended a case: done, failed, ended, or why it must be ended."""
    if not process.begin(task.order):
        return "ended"
    while True:
        said = process.wait(_LOOK)
        if said == BEGAN:
            watch.began = perf_counter()
        elif said or (said := watch.verdict(process)):
            return said


def _by_ranks(task: Task, watch: _Watch) -> tuple[str, str]:
    """Return how a case ended in several processes under mpiexec, which are for this case alone."""
    process, reason = Ranks(task.order, task.ranks), ""
    watch.began = perf_counter()
    try:
        while not reason:
            if process.wait(_LOOK):
                (told, log), printed = process.failure(), process.log()
                return told or reason_of_end(process.code, printed), log or printed
            reason = watch.verdict(process)
        return reason, process.log()
    finally:
        process.end()


def give_up(order: Order, reason: str, log: str = "", seconds: float = 0.0) -> None:
    """Keep why a case could not be computed."""
    index, failure = Index(Path(order.folder)), Outcome(failure=reason)
    _, labels, content = index.arguments(order.key)
    what: dict[str, Any] = {"about": index.studies()[order.study], "labels": labels, "content": content}
    kept(order, Record(key=order.key, outcome=failure, seconds=seconds, origin=origin(), log=log, **what))


def _entered(order: Order, index: Index) -> bool:
    """Return whether the result of a case is in its file; the index then has it, too."""
    folder = Path(order.folder)
    if not case_path(folder, order.key).is_file():
        return False
    with suppress(MemfemError):  # a damaged file is written again
        record = read_case(folder, order.key)
        if record.status == "done":
            index.enter(order.study, [record])
            return True
    return False


class _Idle:
    """Processes that wait for the next case of their sweep; those of another sweep may have other modules loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, Warm]] = []

    def take(self, sweep: str) -> tuple[Warm, bool]:
        """Return a process of this sweep, a new one if none waits, and whether it has been used."""
        with self._lock:
            ended = [process for _, process in self._waiting if process.code is not None]
            alive = [entry for entry in self._waiting if entry[1] not in ended]
            own = next((entry for entry in alive if entry[0] == sweep), None)
            self._waiting = [entry for entry in alive if entry is not own]
        for process in ended:
            process.end()
        return (Warm(), False) if own is None else (own[1], True)

    def give(self, sweep: str, process: Warm) -> None:
        """Let a process wait."""
        process.clear_log()
        with self._lock:
            self._waiting.append((sweep, process))

    def end(self) -> None:
        """End all that wait."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for _, process in waiting:
            process.end()


_IDLE = _Idle()


def end_idle() -> None:
    """End the processes of this one that wait for cases."""
    _IDLE.end()
