"""Several comparisons side by side, each in a process of its own, within a given time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from time import monotonic

from fem.errors.records import logger
from studies.cli.pages.outcome import Outcome, read_outcome

_LOG = logger(__name__)
_LOOK = 0.2  # [s], between two looks at a process
_FAIR = 2.0  # how many times its even part of the time left a comparison may take
_ROOT = Path(__file__).resolve().parents[3]


def outcomes(names: Sequence[str], *, quick: bool, workers: int, within: float) -> Generator[Outcome]:
    """Yield what becomes of comparisons, as they end; all within a time [s], inf for as long as they take.

    One that needs much more than its even part of the time left is stopped, and its outcome says so. Processes end
    where the one who asks goes away, by Ctrl-C say.
    """
    until, stop = monotonic() + within, Event()
    left = list(names)

    def carry_out(name: str, waiting: int) -> Outcome:
        rest = max(0.0, until - monotonic())
        limit = min(rest, _FAIR * rest * workers / max(1, waiting)) if waiting > workers else rest
        return _one(name, quick=quick, limit=limit, stop=stop)

    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[Outcome]] = set()
        try:
            while left or running:
                while left and len(running) < workers:
                    running.add(pool.submit(carry_out, left[0], len(left)))
                    left.pop(0)
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        finally:
            stop.set()


def _one(name: str, *, quick: bool, limit: float, stop: Event) -> Outcome:
    """Return what becomes of one comparison in a process of its own, stopped after ``limit`` [s]."""
    begin = monotonic()
    with tempfile.TemporaryDirectory(prefix="memfem-compare-") as folder:
        ask = [sys.executable, "-m", "studies.cli.pages.one", name, folder, *(["--quick"] if quick else [])]
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        with (Path(folder) / "errors").open("w+") as errors:
            process = subprocess.Popen(
                ask,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env={"OMP_NUM_THREADS": "1", **os.environ, "PYTHONPATH": path, "MEMFEM_PROGRESS": "0"},
                start_new_session=True,  # Ctrl-C is for the one who asks, who then stops it
            )
            why = _ended(process, begin + limit, stop)
            errors.seek(0)
            said = [line for line in errors.read().splitlines() if line.strip()]
        took = monotonic() - begin
        if why:
            return Outcome(name=name, reason=why.format(limit, name), seconds=took)
        try:
            return read_outcome(Path(folder))
        except (OSError, ValueError, TypeError):
            last = said[-1] if said else f"exit code {process.returncode}"
            return Outcome(name=name, reason=f"its process ended early: {last}", seconds=took)


def _ended(process: subprocess.Popen[bytes], until: float, stop: Event) -> str:
    """Wait for a process; return why it was stopped, with places for limit and name; "" if it was not."""
    while process.poll() is None:
        late = monotonic() > until
        if late or stop.is_set():
            process.kill()
            process.wait()
            return (
                "not done in the {:.0f} s that it was given; memfem compare {} runs it whole"
                if late
                else "stopped"
            )
        stop.wait(_LOOK)
    return ""
