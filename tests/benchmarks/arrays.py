"""What arrays must be: solved quickly and exactly, with states that evolve, crosstalk from the geometry, and learning.

    python -m tests.benchmarks.arrays [PART ...]

Parts: linear, large (some GB), circuits, image, thermal, electrical, ionic, published, digits (minutes), demo,
notebook. All of them if none is given. Ends with 1 if a row is missed; what has not been measured is missed.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "linear": of_rows("arrays_rows.lines", "linear"),
    "large": of_rows("arrays_rows.lines", "large"),
    "circuits": of_rows("arrays_rows.states", "circuits"),
    "image": of_rows("arrays_rows.states", "image"),
    "thermal": of_rows("arrays_rows.crosstalk", "thermal_rows"),
    "electrical": of_rows("arrays_rows.crosstalk", "electrical_rows"),
    "ionic": of_rows("arrays_rows.crosstalk", "ionic_rows"),
    "published": of_rows("arrays_rows.published"),
    "digits": of_rows("arrays_rows.learning"),
    "demo": of_rows("arrays_rows.demo"),
    "notebook": of_rows("arrays_rows.notebook"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
