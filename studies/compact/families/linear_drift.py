"""Linear ionic drift (D. B. Strukov et al., Nature 453, 80, 2008): a boundary between two resistances moves."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.families.ends import stopped
from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses: resistances around those seen, a boundary that goes some way in a stroke."""
    top = max(data.highest_voltage, -data.lowest_voltage)
    found = []
    for on, off, way, first in itertools.product((0.1, 0.9), (1.1, 3.0), (0.1, 1.0), (0.05, 0.5, 0.95)):
        low, high = on * data.low_resistance, off * data.high_resistance
        found.append(
            {"R_on": low, "R_off": high, "mobility": way * high / (low * top * data.stroke), "w_start": first}
        )
    return found


#: A current I = v/M moves the boundary, dw/dt = k R_on I, until it stops at 0 or 1: between these w has a closed form.
LINEAR_DRIFT = Family(
    name="linear drift",
    source="D. B. Strukov et al., Nature 453, 80, 2008",
    parameters={
        "R_on": Declared(unit="{Ohm}", meaning="resistance with the boundary at 1", lower=1e-24, upper=1e18),
        "R_off": Declared(unit="{Ohm}", meaning="resistance with the boundary at 0", lower=1e-24, upper=1e18),
        "mobility": Declared(unit="1/(V s)", meaning="mu over the thickness squared", lower=1e-6, upper=1e15),
        "w_start": Declared(unit="1", meaning="boundary at time 0", lower=0.0, upper=1.0),
    },
    where={"resistance": "R_on*w + R_off*(1 - w)", "speed": "mobility*R_on*v/resistance"},
    states={
        "w": StateVariable(
            rate=stopped("speed", "w"),
            initial="w_start",
            unit="1",
            meaning="boundary between the regions, over the thickness",
            lower="0",
            upper="1",
        )
    },
    current="v/resistance",
    starts=_starts,
)
