"""Currents of both contacts of a heterojunction with a wide gap, forward, beside their stated round-off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem import equilibrium, steady
from fem.solvers.kept import currents_of
from tests import devices
from tests.benchmarks.table import Row, at_most

FORWARD = np.arange(0.1, 3.2, 0.2)  # [V]


def rows() -> Iterator[Row]:
    """Yield the largest lack of balance over the round-off of both contacts."""
    device = devices.heterojunction()
    state, worst, where = equilibrium(device), 0.0, 0.0
    for volts in FORWARD:
        state = steady(device, {"bottom": float(volts)}, start=state)
        lack = abs(state.current("bottom") + state.current("top"))
        share = lack / sum(currents_of(device).rounding.values())
        worst, where = max((worst, where), (share, float(volts)))
    yield at_most(f"heterojunction, to 3.1 V: lack, {where:.1f} V", 1.0, worst, "of stated round-off")
