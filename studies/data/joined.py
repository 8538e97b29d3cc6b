"""Sweeps of a file one after the other on one clock."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError
from studies.data.columns import Column
from studies.data.sweeps import MeasuredSweep
from studies.data.timing import apart, ordered, restarts


def joined(sweeps: list[MeasuredSweep], file: str) -> tuple[MeasuredSweep, NDArray[np.int64], int]:
    """Return all sweeps as one, the number of the sweep of each sample, and how many sweeps were moved in time.

    A sweep whose clock begins anew is put behind the one before, one step later: the pause between is not known.
    """
    parts = [p for s in sweeps for p in _by_clock(s, file)]
    if {tuple(p.columns) for p in parts} != {tuple(parts[0].columns)}:
        both = set.intersection(*(set(p.columns) for p in parts))
        parts = [
            MeasuredSweep({n: c for n, c in p.columns.items() if n in both}, p.flags, p.left_out)
            for p in parts
        ]
    times, end, moved = [], -np.inf, 0
    for part in parts:
        time = part.values("time")
        if time[0] <= end:
            step = float(np.median(np.diff(time))) if time.size > 1 else 1.0
            time, moved = time - time[0] + end + step, moved + 1
        times.append(time)
        end = float(time[-1])
    if sum(t.size for t in times) < 3:
        raise IncompatibleError(f"{file} has less than three samples with a voltage and a current.")
    columns = {
        n: Column(n, np.concatenate([p.values(n) for p in parts]), c.unit, c.given)
        for n, c in parts[0].columns.items()
    }
    columns["time"] = Column("time", np.concatenate(times), "s", parts[0].columns["time"].given)
    flags = {n: [f for p in parts for f in p.flags[n]] for n in parts[0].flags}
    numbers = np.repeat(np.arange(len(parts)), [t.size for t in times])
    left_out = sum(s.left_out for s in sweeps)
    return MeasuredSweep(columns, flags, left_out), numbers.astype(np.int64), moved


def _by_clock(sweep: MeasuredSweep, file: str) -> list[MeasuredSweep]:
    """Return the parts of a sweep between which its clock begins anew, each in the order of its time."""
    edges = [*restarts(sweep.values("time")), sweep.values("time").size]
    found = []
    for a, b in pairwise(edges):
        part = sweep.part(np.arange(a, b))
        part = part.part(ordered(part.values("time"), file))
        found.append(part.with_time(apart(part.values("time"), file), part.columns["time"].given))
    return found
