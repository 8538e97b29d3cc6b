"""What studies at any scale must be to be trusted: sweeps that may be killed, stores of thousands of cases.

    python -m tests.benchmarks.studies [PART ...]

Parts: sweep, address, store (some minutes). All of them if none is given. Ends with 1 if a row is missed; what has not
been measured is missed. ``sweep`` needs two cores that nothing else uses.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "sweep": of_rows("studies_rows.sweeps", "sweep_rows"),
    "address": of_rows("studies_rows.address"),
    "store": of_rows("studies_rows.store"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(printed(PARTS, sys.argv[1:]))
