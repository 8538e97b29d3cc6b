"""What measured data and studies at any scale must be to be trusted: sweeps, stores, the command, published devices.

    python -m tests.benchmarks.studies [PART ...]

Parts: data (a minute), sweep, address, store (some minutes), command (a minute), doctor, compare (published devices,
a quarter of an hour). All of them if none is given. Ends with 1 if a row is missed; what has not been measured is
missed. ``sweep`` and ``compare`` need two cores that nothing else uses.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "data": of_rows("studies_rows.data"),
    "sweep": of_rows("studies_rows.sweeps", "sweep_rows"),
    "address": of_rows("studies_rows.address"),
    "store": of_rows("studies_rows.store"),
    "command": of_rows("studies_rows.command"),
    "doctor": of_rows("studies_rows.doctor"),
    "compare": of_rows("studies_rows.compare"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
