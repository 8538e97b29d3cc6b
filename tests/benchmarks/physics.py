"""What the device physics must do, beside closed forms and other programs.

    python -m tests.benchmarks.physics [PART ...]

Parts: temperature, carriers, freeze_out, shared_sites, interlayers, image_force, sheet, field_emission,
series_resistance, thermionic_limit, thermoelectric, sensitivities. All of them if none is given. Ends with 1 if a
row is missed; what has not been measured is missed.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "temperature": of_rows("physics_rows.temperature"),
    "carriers": of_rows("physics_rows.carriers"),
    "freeze_out": of_rows("physics_rows.freeze_out"),
    "shared_sites": of_rows("physics_rows.shared_sites"),
    "interlayers": of_rows("physics_rows.interlayers"),
    "image_force": of_rows("physics_rows.contacts", "image_force"),
    "sheet": of_rows("physics_rows.contacts", "sheet"),
    "field_emission": of_rows("physics_rows.contacts", "field_emission"),
    "series_resistance": of_rows("physics_rows.contacts", "series_resistance"),
    "thermionic_limit": of_rows("physics_rows.contacts", "thermionic_limit"),
    "thermoelectric": of_rows("physics_rows.heat", "thermoelectric"),
    "sensitivities": of_rows("physics_rows.sensitivities"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
