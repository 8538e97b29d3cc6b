"""What is asked of the numerical core and not measured here yet."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.table import Row, not_measured

ASKED = {
    "3D tip loop, 30 000 nodes, one core": "at most 6 min",
    "3D tip loop, 30 000 nodes, two ranks": "at most 4 min",
    "filament loop in r and z, 4 946 nodes": "at most 20 s",
    "transfer curve with ions, 9 776 nodes, 1 V/s": "at most 25 s",
    "transfer curve with ions, 9 776 nodes, 10 V/s": "at most 25 s",
    "hysteresis in 1D, three cycles, 395 nodes": "at most 1.2 s",
    "3D Newton step, 463 624 unknowns": "at most 4 s",
    "3D Newton step, 1e6 unknowns": "at most 12 GB",
    "against DEVSIM, 1D": "at least 10 x",
    "against DEVSIM, 2D right-angled": "at least 4 x",
    "against DEVSIM, 2D irregular": "at least 8 x",
    "against DEVSIM, 3D": "at least 60 x",
    "two ranks, 68 820 unknowns": "at least 1.7 x",
    "cold compilation over that of before": "at most 0.5",
}


def rows() -> Iterator[Row]:
    """Yield a row of each."""
    for figure, asked in ASKED.items():
        yield not_measured(figure, asked)
