"""Three dimensions: a Newton step of many unknowns, its memory, a loop of a tip electrode, and two ranks.

Each size runs in processes of its own. Times are wall times and mean something on free cores alone; of what takes
seconds the best of some runs counts, one and two ranks in turn. Some 20 minutes, most of them the loops.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import bench_3d
from tests.benchmarks.own_process import said
from tests.benchmarks.table import Row, at_least, at_most

LARGE, LARGEST, MIDDLE = 0.234, 0.172, 0.5  # finenesses: 463 624, 1.0e6 and 68 820 unknowns
RUNS = 3
LOOP = re.compile(r"^(\d+) nodes, (\d+) steps: (\d+) s", re.MULTILINE)


def rows() -> Iterator[Row]:
    """Yield the rows of Newton steps, of two ranks and of the loops."""
    yield from newton_step()
    yield from memory()
    yield from two_ranks()
    yield from tip_loop()


def newton_step() -> Iterator[Row]:
    """Yield the time of one Newton step of 463 624 unknowns, the slower of both cases."""
    found = bench_3d.finish(bench_3d.start(LARGE))
    each = ", ".join(f"{case} {found[case]['newton']} steps" for case in bench_3d.CASES)
    slower = max(found[case]["step"] for case in bench_3d.CASES)
    yield at_most(f"3D Newton step, {found['unknowns']} unknowns ({each})", 4.0, slower, "s")


def memory() -> Iterator[Row]:
    """Yield the peak of memory with a million unknowns, mesh and equilibrium included, in a process of its own."""
    found = bench_3d.finish(bench_3d.start(LARGEST))
    slower = max(found[case]["step"] for case in bench_3d.CASES)
    figure = f"3D, {found['unknowns']} unknowns: peak ({slower:.1f} s per Newton step)"
    yield at_most(figure, 12.0, found["memory"] / 1024, "GB")


def two_ranks() -> Iterator[Row]:
    """Yield how many times faster two ranks take a Newton step of 68 820 unknowns, by case."""
    best = {(ranks, case): float("inf") for ranks in (1, 2) for case in bench_3d.CASES}
    unknowns = 0
    for _ in range(RUNS):
        for ranks in (1, 2):
            found = bench_3d.finish(bench_3d.start(MIDDLE, ranks))
            unknowns = found["unknowns"]
            for case in bench_3d.CASES:
                best[ranks, case] = min(best[ranks, case], found[case]["step"])
    for case in bench_3d.CASES:
        one, two = best[1, case], best[2, case]
        figure = f"two ranks, {unknowns} unknowns, {case} ({one:.3f} and {two:.3f} s)"
        yield at_least(figure, 1.7, one / two, "x")


def tip_loop() -> Iterator[Row]:
    """Yield the time of RESET and SET of a filament below a tip, on one core and on two ranks."""
    for ranks, asked in ((1, 6.0), (2, 4.0)):
        nodes, steps, seconds = loop(ranks)
        where = "one core" if ranks == 1 else "two ranks"
        yield at_most(f"3D tip loop, {nodes} nodes, {steps} steps, {where}", asked, seconds / 60, "min")


def loop(ranks: int) -> tuple[int, int, float]:
    """Return nodes, steps and seconds of the loop; raises RuntimeError if it fails."""
    launch = [str(Path(sys.executable).with_name("mpiexec")), "-n", str(ranks)] if ranks > 1 else []
    printed = said("-W", "ignore", "-m", "tests.benchmarks.filament", "--tip", launch=launch)
    found = LOOP.search(printed)
    if found is None:
        raise RuntimeError(printed[-2000:])
    nodes, steps, seconds = map(int, found.groups())
    return nodes, steps, seconds
