"""Notebook 06: geometry, cells, array, learning in ten cells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.table import Row

PATH = Path(__file__).parents[3] / "notebooks" / "06_arrays.py"


def rows() -> Iterator[Row]:
    """Yield the number of cells and what they tell of; that they run is a test."""
    text = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
    cells = sum(line.startswith("# %%") and "[markdown]" not in line for line in text.splitlines())
    yield Row("notebook 06: cells", "ten", str(cells), met=cells == 10)
    told = [word for word in ("thermal_crosstalk", "Writer(", "WorstCase(", "accuracy_study") if word in text]
    yield Row(
        "notebook 06: crosstalk, writes, sizes, learning", "all of it", ", ".join(told), met=len(told) == 4
    )
