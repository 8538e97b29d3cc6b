"""What compact models and virtual experiments must be to be trusted: fits, circuits, errors, windows, names of laws.

    python -m tests.benchmarks.compact [PART ...]

Parts: circuits, closed, recovery (some minutes), classifier, speed, facilitation, notebook; fits and window (runs of
finite-element devices, half an hour each). All of them if none is given. Ends with 1 if a row is missed; what has not
been measured is missed.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "circuits": of_rows("compact_rows.circuits", "circuits"),
    "closed": of_rows("compact_rows.circuits", "closed"),
    "recovery": of_rows("compact_rows.recovery"),
    "classifier": of_rows("classifier_rows"),
    "filament": of_rows("compact_rows.filament"),
    "facilitation": of_rows("compact_rows.facilitation"),
    "speed": of_rows("compact_rows.speed"),
    "notebook": of_rows("compact_rows.notebook"),
    "fits": of_rows("compact_rows.devices"),
    "window": of_rows("compact_rows.window"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
