"""Trivial cases of the benchmarks of sweeps, and their runs in programs that can be killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from studies import Choice, Grid, Number, Store, Study
from tests.benchmarks.own_process import ROOT
from tests.studies.sweeps.killed_sweep import STUDY, noted

KILLS = 6
MODES = ("busy", "waits")


def run(x: int, mode: str, lasts: float) -> dict[str, Any]:
    """Return the square of a number after some seconds of work, or of sleep."""
    end = time.process_time() + lasts
    while mode == "busy" and time.process_time() < end:
        pass
    if mode == "waits":
        time.sleep(lasts)
    return {"square": (x**2, "1")}


TIMED = Study(
    run, {"x": Number("1", integer=True), "mode": Choice(*MODES), "lasts": "s"}, name="timed", version="1"
)


def plan(cases: int, mode: str, lasts: float) -> Grid:
    """Return so many cases that last so many seconds."""
    return Grid(x=range(cases), mode=[mode], lasts=[lasts])


def killed_at_random(folder: Path, cases: int, lasts: float, what: str, seed: int) -> tuple[int, str, int]:
    """Return how often a sweep was killed until it was done, what is wrong with its result, and how many were lost.

    ``what`` is killed, "child" or "sweep", at random moments. Nothing is wrong, no text, if all results are there and
    none that was kept was computed again; lost are those whose function had ended, while their file was not written.
    """
    chance, kills = random.Random(seed), 0
    command = [sys.executable, "-m", "tests.studies.sweeps.killed_sweep", str(folder), str(cases), str(lasts)]
    kept: list[tuple[int, set[int]]] = []
    process = subprocess.Popen(command, cwd=ROOT)
    while kills < KILLS and (kills == 0 or len(_done(folder)) < cases):
        begun = len(noted(folder, "began"))
        while len(noted(folder, "began")) == begun and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 3 * lasts))
        kills += _kill(process.pid, what)
        kept.append((len(noted(folder, "began")) + 2, _done(folder)))  # two more may have begun meanwhile
        if what == "sweep":
            process.wait()
            process = subprocess.Popen(command, cwd=ROOT)
    process.wait()
    store = Store(folder / "store")
    if what == "child" and len(store.failures()):  # one was killed twice
        store.resume(workers=2, retry=True, progress=False)
    ended = [x for x, _ in noted(folder, "ended")]
    return kills, wrong(folder, cases, kept), len(ended) - len(set(ended))


def wrong(folder: Path, cases: int, kept: Sequence[tuple[int, set[int]]] = ()) -> str:
    """Return what is wrong with a store: a result that is not there, another one, or one that was computed again."""
    table = Store(folder / "store").index()
    if sorted(table["square"]) != [x * x for x in range(cases)]:
        return f"results: {table['status'].value_counts().to_dict()}"
    began = [x for x, _ in noted(folder, "began")]
    for position, done in kept:
        if again := done & set(began[position:]):
            return f"cases {sorted(again)} were computed again"
    return ""


def _done(folder: Path) -> set[int]:
    if not (folder / "store" / "index.sqlite").exists():
        return set()
    table = Store(folder / "store").index(STUDY)
    return {int(x) for x in table[table["status"] == "done"]["x"]}


def _kill(program: int, what: str) -> int:
    """Kill a program, or a process of a case that it has; return how many were killed."""
    if what == "sweep":
        psutil.Process(program).kill()
        return 1
    for child in psutil.Process(program).children():
        if "studies.sweeps.child" in " ".join(child.cmdline()):
            child.send_signal(signal.SIGKILL)
            return 1
    return 0
