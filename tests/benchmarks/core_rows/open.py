"""What is asked of the numerical core and not measured here yet."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.table import Row, not_measured

ASKED = {
    "filament loop in r and z, 4 946 nodes": "at most 20 s",
    "transfer curve with ions, 9 776 nodes, 1 V/s": "at most 25 s",
    "transfer curve with ions, 9 776 nodes, 10 V/s": "at most 25 s",
    "hysteresis in 1D, three cycles, 395 nodes": "at most 1.2 s",
    "against DEVSIM, 1D": "at least 10 x",
    "against DEVSIM, 2D right-angled": "at least 4 x",
    "against DEVSIM, 2D irregular": "at least 8 x",
    "against DEVSIM, 3D": "at least 60 x",
    "cold compilation over that of before": "at most 0.5",
}


def rows() -> Iterator[Row]:
    """Yield a row of each."""
    for figure, asked in ASKED.items():
        yield not_measured(figure, asked)
