"""Seconds of a cycle of the reference device, and of the demo."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from time import monotonic

from tests.benchmarks.own_process import said
from tests.benchmarks.reference_rows.runs import SIZES, cell, timed
from tests.benchmarks.table import Row, at_most

CYCLE, DEMO = 60.0, 300.0  # [s]


def speed() -> Iterator[Row]:
    """Yield the processor time of the second cycle; what the first one compiles is not in it."""
    device = cell(SIZES[0])
    seconds = timed(2).seconds
    size = f"{device.mesh.num_nodes} nodes, {device.context.block_size} unknowns"
    measured = f"{seconds:.0f} s of the processor, {size}"
    yield Row("a cycle of the dot in r and z", f"at most {CYCLE:g} s", measured, met=seconds <= CYCLE)


def demo() -> Iterator[Row]:
    """Yield the seconds of ``memfem demo`` in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        begin = monotonic()
        said("-m", "studies.cli", "demo", "--output", folder)
        yield at_most("memfem demo", DEMO, monotonic() - begin, "s")
