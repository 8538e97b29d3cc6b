"""Wrong calls: an argument that makes no sense among others that do, for every public function and description.

Each callable is asked in a process of its own, which is ended if it does not answer. Counted are errors that are not
of memfem, values of no kind that were taken, and calls that did not come back.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fem.errors import MemfemError
from geometries import GeometryError
from tests.benchmarks.table import Row
from tests.benchmarks.trust_rows.right_calls import right_calls
from tests.test_wrong_calls import NAMES, PUBLIC, VALUES, arguments

SEED, COUNT = 4409, 4409
LONGEST = 60.0  # [s] for one call
MOST_RAW, MOST_TAKEN = 10, 10
#: Numbers and texts that some arguments take: no error of Python may come of them, nor may they hang.
ODD: tuple[Any, ...] = (1e300, -1.0, 0, float("inf"), "abc", None, True)
#: Arguments that stand for anything, by the name of what has them.
TAKES_ANY = {("CompactModel", "provenance")}

Case = tuple[str, str, Any, bool]  # name, argument, value, whether the value is of no kind


@dataclass
class Found:
    """What was answered: how many calls, and those that were not answered as they should."""

    count: Counter[str] = field(default_factory=Counter)
    said: dict[str, list[str]] = field(default_factory=lambda: {"raw": [], "taken": [], "hang": []})

    def add(self, kind: str, said: str) -> None:
        """Note one answer."""
        self.count[kind] += 1
        if kind in self.said:
            self.said[kind].append(said)


def cases() -> list[Case]:
    """Return ``COUNT`` wrong calls: all values of no kind for all arguments, and odd ones chosen at random."""
    every = [(name, p.name) for name in NAMES for p in arguments(PUBLIC[name])]
    sure = [(*a, v, a not in TAKES_ANY) for a in every for v in VALUES]
    odd = [(*a, v, False) for a in every for v in ODD]
    chance = random.Random(SEED)
    chance.shuffle(sure)
    chance.shuffle(odd)
    chosen = sure[:COUNT] + odd[: max(COUNT - len(sure), 0)]
    return sorted(chosen, key=lambda case: NAMES.index(case[0]))


def rows() -> Iterator[Row]:
    """Yield a row for each way of answering badly."""
    found = Found()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right = right_calls(Path(folder))
        unknown = [name for name in NAMES if name not in right]
        asked = cases()
        for name in right:
            _ask(right[name], [c for c in asked if c[0] == name], found, folder)
    total = sum(found.count.values())
    of = f"of {total} calls (seed {SEED})"
    yield Row(
        "public names with a right call", f"all {len(NAMES)}", _first(unknown, "without"), met=not unknown
    )
    for kind, what, most in (
        ("raw", "wrong calls: errors of others", MOST_RAW),
        ("taken", "wrong calls: values of no kind taken", MOST_TAKEN),
        ("hang", "wrong calls: without an answer", 0),
    ):
        yield Row(what, f"at most {most}", f"{_first(found.said[kind])} {of}", met=found.count[kind] <= most)


def _first(said: list[str], what: str = "") -> str:
    """Return how many there are, and the first two."""
    return f"{len(said)} {what} ({'; '.join(said[:2])})" if said else f"0 {what}".strip()


def _ask(call: Any, asked: list[Case], found: Found, folder: str) -> None:
    """Ask all cases of one name; after one that does not come back the rest is asked in another process."""
    fork = multiprocessing.get_context("fork")
    left = list(asked)
    while left:
        here, there = fork.Pipe()
        process = fork.Process(target=_answer, args=(call, left, there, folder))
        process.start()
        there.close()
        try:
            while left and here.poll(LONGEST):
                kind, said = here.recv()
                found.add(kind, f"{_words(left.pop(0))}: {said}")
        except EOFError:
            found.add("raw", f"{_words(left.pop(0))}: the process ended")
        else:
            if left:
                found.add("hang", _words(left.pop(0)))
        process.kill()
        process.join()


def _words(case: Case) -> str:
    return f"{case[0]}({case[1]}={case[2]!r})"[:80]


def _answer(call: Any, asked: list[Case], there: Connection, folder: str) -> None:
    """Send how each case is answered."""
    os.chdir(folder)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    function, right = call
    for _, argument, value, sure in asked:
        try:
            function(**{**right, argument: value})
            answer = ("taken" if sure else "took", "")
        except (MemfemError, GeometryError):
            answer = ("refused", "")
        except BaseException as error:
            answer = ("raw", f"{type(error).__name__}: {error}"[:100])
        there.send(answer)
