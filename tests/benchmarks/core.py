"""What the numerical core must do: assembly, pockets, balances, exchange of contacts, transients, speed in 3D.

    python -m tests.benchmarks.core [PART ...]

Parts: assembly (two devices in 3D, some minutes), pocket, digits, random, cells, heterojunction, exchange, hysteresis,
transfers (some minutes), loop, waveform, three_d (20 minutes on free cores), compilation,
devsim (some minutes, needs DEVSIM). All of them if none is given. Ends with 1 if a row is missed; what has not been
measured is missed.
"""

from __future__ import annotations

import os
import sys

from tests.benchmarks.table import Part, of_rows, printed

PARTS: dict[str, Part] = {
    "assembly": of_rows("core_rows.assembly"),
    "pocket": of_rows("core_rows.transistors", "pocket"),
    "digits": of_rows("core_rows.sixty_digits"),
    "random": of_rows("core_rows.random_devices"),
    "cells": of_rows("core_rows.random_cells"),
    "heterojunction": of_rows("core_rows.heterojunction"),
    "exchange": of_rows("core_rows.transistors", "exchange"),
    "three_d": of_rows("core_rows.three_d"),
    **{n: of_rows("core_rows.transients", n) for n in ("hysteresis", "transfers", "loop", "waveform")},
    "compilation": of_rows("core_rows.compilation"),
    "devsim": of_rows("core_rows.devsim"),
}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # the table is the last word
    sys.exit(printed(PARTS, sys.argv[1:]))
