"""What the device physics must do, beside closed forms and other programs.

    python -m tests.benchmarks.physics [PART ...]

Parts: interlayers, temperature, carriers, image_force, sheet, freeze_out, shared_sites, thermoelectric. All of them
if none is given. Ends with 1 if a row is missed; what has not been measured is missed.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "interlayers": of_rows("physics_rows.interlayers"),
    "temperature": of_rows("physics_rows.temperature"),
    "carriers": of_rows("physics_rows.carriers"),
    "image_force": of_rows("physics_rows.contacts", "image_force"),
    "sheet": of_rows("physics_rows.contacts", "sheet"),
    "freeze_out": of_rows("physics_rows.freeze_out"),
    "shared_sites": of_rows("physics_rows.shared_sites"),
    "thermoelectric": of_rows("physics_rows.heat", "thermoelectric"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
