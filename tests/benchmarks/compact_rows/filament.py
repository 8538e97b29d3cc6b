"""What the classifier says of the reference filament's read curves, OFF and ON."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem import steady
from fem.units import nm
from studies import conduction_mechanism
from studies.devices import prpyrpbi3
from studies.devices.shared.filament_runs import OPTIONS
from tests.benchmarks.table import Row

VOLTAGES = np.linspace(0.02, 0.5, 13)


def rows() -> Iterator[Row]:
    """Yield the law of a filament with a gap of 0.7 nm and of one without, ions at rest, 0.02 to 0.5 V."""
    cell = prpyrpbi3.device()
    for name, gap, asked in (("OFF", 0.7 * nm, ("tunnelling", "hopping")), ("ON", 0.0, ("ohmic",))):
        begin, current = prpyrpbi3.start(cell, gap=gap), []
        for voltage in VOLTAGES:
            seen = steady(cell, {"top": float(voltage)}, start=begin, frozen_ions=True, options=OPTIONS)
            current.append(seen.current("top"))
        found = conduction_mechanism((VOLTAGES, np.array(current)))
        said = ", ".join(r.name for r in found.ranges)
        met = any(word in said for word in asked)
        yield Row(f"filament, {name}: law of the read curve", " or ".join(asked), said, met=met)
