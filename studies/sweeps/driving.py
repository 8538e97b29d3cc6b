"""Giving the cases of a sweep to workers, and following them until each has ended, wherever that happens.

What each worker does is safe by itself, since it claims its case in the index. So all that is left to do here is to ask
for every case that has not ended, again where a worker was lost, and to wait for those that another sweep computes.
"""

from __future__ import annotations

import logging
import queue
from collections import Counter, deque
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from fem.errors.records import logger
from studies.sweeps.child import Order
from studies.sweeps.cluster import Resources, client_of, work
from studies.sweeps.index import Index
from studies.sweeps.owners import lives
from studies.sweeps.watching import BEAT, STOPPED, Task, give_up

if TYPE_CHECKING:
    from distributed import Client, Future

_LOG = logger(__name__)
_AT_ONCE = 1000  # tasks that the scheduler has
_EVERY = 0.5  # [s] between two looks at what others compute
_SILENT = 8 * BEAT  # [s] without a sign of life, after which the process of another host is given up
_CLEAN = 10.0  # [s] for cases that are stopped to end
ENDED = ("done", "failed")


def drive(
    folder: Path, study: str, keys: Iterable[str], resources: Resources, told: Callable[[Counter[str]], None]
) -> None:
    """Compute the cases that have not ended; ``told`` gets the number of cases in each status, now and then.

    On Ctrl-C or an error the processes of cases end, and the cases wait again.
    """
    driver = _Driver(folder, study, set(keys), resources, told)
    driver.look()
    if not driver.left:
        return
    with client_of(resources) as client:
        try:
            driver.run(client)
        finally:
            driver.stop(client)


class _Driver:
    """The cases of a sweep that have not ended: those to be asked for, those asked for, and those of others."""

    def __init__(
        self,
        folder: Path,
        study: str,
        keys: set[str],
        resources: Resources,
        told: Callable[[Counter[str]], None],
    ) -> None:
        self.index, self.study, self.keys, self.resources, self.told = (
            Index(folder),
            study,
            keys,
            resources,
            told,
        )
        self.folder, self.sweep = folder, uuid4().hex[:12]
        self.statuses: dict[str, str] = {}
        self.asked: dict[str, Future] = {}
        self.others: set[str] = set()
        self.answers: queue.Queue[str] = queue.Queue()
        self._seen: dict[str, tuple[str, int, float]] = {}
        self._looked = 0.0

    @property
    def left(self) -> list[str]:
        """The cases that have not ended."""
        return [key for key in self.statuses if self.statuses[key] not in ENDED]

    def look(self) -> None:
        """Look into the index what has ended."""
        self._looked = monotonic()
        self.statuses = {k: s for k, s in self.index.statuses(self.study).items() if k in self.keys}
        self.told(Counter(self.statuses.values()))

    def run(self, client: Client) -> None:
        """Ask for all cases and follow them until none is left."""
        waiting = deque(self.left)
        while waiting or self.asked or self.others:
            while waiting and len(self.asked) < _AT_ONCE:
                self._ask(client, waiting.popleft())
            waiting.extend(self._answered())
            if monotonic() - self._looked > _EVERY:
                self.look()
                waiting.extend(self._given_up_by_others())
        self.look()

    def stop(self, client: Client) -> None:
        """Say that nothing more is wanted, and wait until the cases that were running here have ended."""
        if not self.asked:
            return
        client.cancel(list(self.asked.values()), force=True)
        until = monotonic() + _CLEAN
        while monotonic() < until and any(lives(owner) for owner, _ in self.index.beats(self.study).values()):
            self.answers.queue.clear()
            _wait(self.answers, _EVERY / 10)

    def _ask(self, client: Client, key: str) -> None:
        name = f"{self.sweep}-{key}-{uuid4().hex[:4]}"
        order = Order(str(self.folder), self.study, key, self.resources.memory())
        task = Task(order, self.sweep, self.resources.time_limit, self.resources.ranks)
        future = client.submit(work, task, name, key=name, pure=False)
        self.asked[key] = future
        future.add_done_callback(lambda _: self.answers.put(key))

    def _answered(self) -> list[str]:
        """Wait a little for answers; return the cases that must be asked for again."""
        again, key = [], _wait(self.answers, _EVERY)
        while key is not None:
            future = self.asked.pop(key, None)
            if future is not None:
                status = self._answer(key, future)
                _LOG.log(
                    logging.WARNING if status == "failed" else logging.INFO, "case %s: %s", key[:8], status
                )
                if status == "running":
                    self.others.add(key)
                elif status not in ENDED:
                    again.append(key)
            key = _wait(self.answers, 0.0)
        return again

    def _answer(self, key: str, future: Future) -> str:
        """Return what became of a case; raises what is no case's fault."""
        from distributed import KilledWorker

        if future.status == "finished":
            return str(future.result())
        if future.status in ("cancelled", "lost"):
            return STOPPED
        error = future.exception()
        if isinstance(error, KilledWorker):
            give_up(
                Order(str(self.folder), self.study, key),
                "the workers that computed this case died, one by one",
            )
            return "failed"
        raise error

    def _given_up_by_others(self) -> list[str]:
        """Return the cases that others were to compute and do not any more."""
        beats, again = self.index.beats(self.study), []
        for key in list(self.others):
            if key in beats:
                owner, beat = beats[key]
                before = self._seen.get(key)
                if before is None or before[:2] != (owner, beat):
                    self._seen[key] = (owner, beat, monotonic())
                elif lives(owner) is not True and monotonic() - before[2] > _SILENT:
                    self.index.release(key, owner, beat)
                if lives(owner) is not False:
                    continue
            self.others.discard(key)
            if self.statuses.get(key) not in ENDED:
                again.append(key)
        return again


def _wait(answers: queue.Queue[str], seconds: float) -> str | None:
    try:
        return answers.get(timeout=seconds) if seconds else answers.get_nowait()
    except queue.Empty:
        return None
