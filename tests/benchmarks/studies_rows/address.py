"""The same sweep on a scheduler and two workers that were begun by hand on loopback, by its address alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from studies import Grid, Store, Study, sweep
from tests.benchmarks.own_process import ROOT
from tests.benchmarks.studies_rows.cases import TIMED, plan, wrong
from tests.benchmarks.table import Row
from tests.studies.sweeps.killed_sweep import noted
from tests.studies.sweeps.test_sweep import by_hand

CASES = 24


def rows() -> Iterator[Row]:
    """Yield the same results, those after a worker was killed, and a case of two ranks."""
    with tempfile.TemporaryDirectory() as name, by_hand(Path(name)) as (address, workers):
        folder = Path(name)
        asked = plan(CASES, "waits", 0.1)
        here = sweep(TIMED, asked, store=folder / "here", workers=2, progress=False)
        there = sweep(TIMED, asked, store=folder / "there", address=address, progress=False)
        columns = ["x", "square", "status"]
        same = here.index()[columns].sort_index().equals(there.index()[columns].sort_index())
        yield Row("by address", "same results", "same" if same else "others", met=same)
        store = sweep(
            _together(), Grid(x=[2.0]), store=folder / "ranks", address=address, ranks=2, progress=False
        )
        yield _ranks(store)
        command = [
            sys.executable,
            "-m",
            "tests.studies.sweeps.killed_sweep",
            name,
            str(CASES),
            "0.3",
            address,
        ]
        process = subprocess.Popen(command, cwd=ROOT)
        while len(noted(folder, "began")) < CASES // 4:
            time.sleep(0.02)
        workers[0].kill()
        process.wait()
        said = wrong(folder, CASES)
        yield Row("kill -9 of a worker", "same result", said or "all there", met=not said)


def _together() -> Study:
    def run(x: float) -> dict[str, float]:
        from mpi4py import MPI

        return {"sum": MPI.COMM_WORLD.allreduce(x), "ranks": MPI.COMM_WORLD.size}

    return Study(run, {"x": "1"}, name="together", version="1")


def _ranks(store: Store) -> Row:
    outcome = store.record().outcome
    met = outcome.figures == {"sum": (4.0, ""), "ranks": (2.0, "")}
    return Row("one case as mpiexec -n 2", "both ranks", outcome.failure or str(outcome.figures), met=met)
