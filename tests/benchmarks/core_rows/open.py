"""What is asked of the numerical core and not measured here yet."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.table import Row, not_measured

ASKED = {
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
