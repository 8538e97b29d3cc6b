"""How long a window of pulses takes on a compact model."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

import numpy as np

from studies import Read, programming_window
from tests.benchmarks.table import Row, at_most
from tests.family_values import model

PULSES, AMPLITUDES = 300, 24


def rows() -> Iterator[Row]:
    """Yield the seconds of the processor of 300 pulses at 24 amplitudes, for two families."""
    amplitudes = [*np.linspace(-1.2, -0.3, AMPLITUDES // 2), *np.linspace(0.3, 1.2, AMPLITUDES // 2)]
    for name in ("filament gap", "ion screening"):
        begin = process_time()
        read = Read(voltage=0.1, duration=1e-2, rest=1e-3, rise=1e-4)
        found = programming_window(
            model(name), amplitudes, read, width=1e-2, interval=1e-2, rise=1e-4, pulses=PULSES, progress=False
        )
        took = process_time() - begin
        yield at_most(f"{PULSES} pulses, {found.amplitudes.size} amplitudes: {name}", 10.0, took, "s")
