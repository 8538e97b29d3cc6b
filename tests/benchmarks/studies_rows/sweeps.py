"""Sweeps on the own computer: how much two processes save, what a case costs, and what kills leave."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from studies import Cases, Store, sweep
from tests.benchmarks.studies_rows.cases import TIMED, killed_at_random, plan
from tests.benchmarks.table import Row, at_least, at_most
from tests.studies.sweeps.orders import MODAL

CASES, LASTS = 64, 0.5  # [s]
SEED = 27
WRONG = ("raises", "hangs", "eats memory", "segfaults")
LIMITS = {"time_limit": 2.0, "memory_limit": 600e6}  # [s], [byte]


def sweep_rows() -> Iterator[Row]:
    """Yield speed, overhead, kills and bad cases."""
    for mode in ("busy", "waits"):
        one, two = (_seconds(CASES, mode, workers) for workers in (1, 2))
        yield at_least(f"{CASES} cases ({mode}), two processes for one", 1.8, one[0] / two[0], "x")
    first = _seconds(1, "waits", 1)
    each = ((one[0] - one[1]) - (first[0] - first[1])) / (CASES - 1)
    yield at_most("overhead of a case beyond the child's start", 50.0, 1e3 * each, "ms")
    for what in ("child", "sweep"):
        with tempfile.TemporaryDirectory() as folder:
            kills, wrong, lost = killed_at_random(Path(folder), 32, 0.3, what, SEED)
            said = (
                wrong or f"same result after {kills} kills (seed {SEED}), {lost} ended and not yet in a file"
            )
            yield Row(
                f"kill -9 of the {what}", "nothing kept is computed again", said, met=not wrong and kills > 0
            )
    yield _bad_cases()


def _seconds(cases: int, mode: str, workers: int) -> tuple[float, float]:
    """Return how long a sweep takes, and its cases in it."""
    with tempfile.TemporaryDirectory() as folder:
        begin = perf_counter()
        store = sweep(TIMED, plan(cases, mode, LASTS), store=folder, workers=workers, progress=False)
        took = perf_counter() - begin
        return took, float(store.index()["seconds"].sum())


def _bad_cases() -> Row:
    """Return the row of 64 cases of which four do not come back."""
    modes = ["fine"] * (CASES - len(WRONG))
    modes[7:7], modes[23:23], modes[40:40], modes[55:55] = ([mode] for mode in WRONG)
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(x=range(CASES), mode=modes)
        store: Store = sweep(MODAL, cases, store=folder, workers=2, progress=False, **LIMITS)
        counts, failed = Counter(store.index()["status"]), store.failures()
    reasons = "; ".join(
        f"{m}: {r.partition(':')[0]}" for m, r in zip(failed["mode"], failed["reason"], strict=True)
    )
    met = counts == {"done": 60, "failed": 4} and len(set(failed["reason"])) == 4
    return Row(
        "one fails, hangs, eats memory, crashes",
        "60 results, four reasons",
        f"{dict(counts)}; {reasons}",
        met,
    )
