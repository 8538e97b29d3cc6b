"""What a filament cell must be to be a reference: closed forms, balances, meshes, cycles, figures, speed.

    python -m tests.benchmarks.reference [PART ...]

Parts: gap, psi, decay, displacement, heat, orders, ledger (some minutes together); meshes, cycles, figures, trends,
window (runs of devices, hours together); speed, demo. All of them if none is given. Ends with 1 if a row is missed;
what has not been measured is missed. Closed forms and balances are measured by the functions on which the tests
assert. Cycles of the reference device, the (PrPyr)PbI3 dot, are computed once for all parts of one call.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    **{n: of_rows("reference_rows.closed_forms", n) for n in ("gap", "psi", "decay", "displacement", "heat")},
    **{n: of_rows("reference_rows.balances", n) for n in ("orders", "ledger")},
    **{n: of_rows("reference_rows.dot", n) for n in ("meshes", "cycles", "figures")},
    **{n: of_rows("reference_rows.others", n) for n in ("window", "trends")},
    **{n: of_rows("reference_rows.speed", n) for n in ("speed", "demo")},
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
