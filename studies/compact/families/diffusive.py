"""A volatile switch: metal or ions that a voltage gathers and that part by themselves.

The share w of a bridge grows with sinh(|V|/V_0) whatever the sign of the voltage is, and decays with a time constant
that is thermally activated (Z. Wang et al., Nat. Mater. 16, 101, 2017: diffusive memristors); the conductance goes from
G_off to G_on by its logarithm.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.families.filament_gap import BOLTZMANN_EV, REFERENCE
from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses from the two conductances and the voltage of SET."""
    v_set = abs(data.set_voltage) if math.isfinite(data.set_voltage) else max(data.highest_voltage, 1e-2)
    found = []
    for sharp, tau, speed in itertools.product((0.05, 0.2), (0.01, 0.1, 1.0), (1.0, 10.0)):
        v_0 = max(sharp * v_set, 1e-3)
        found.append({
            "G_on": 1 / data.low_resistance, "G_off": 1 / data.high_resistance, "V_0": v_0,
            "rate": speed / data.stroke / math.sinh(min(v_set / v_0, 200.0)), "tau": tau * data.stroke, "barrier": 0.4,
            "w_start": 0.0,
        })  # fmt: skip
    return found


def _bounds(data: Features) -> Mapping[str, tuple[float, float]]:
    """Return the ranges that the resistances of the data set, of which a resistor in series may be a part."""
    low, high = data.low_resistance, data.high_resistance
    return {"G_on": (1e-3 / low, 1e6 / low), "G_off": (1e-3 / high, 1e3 / high)}


DIFFUSIVE = Family(
    name="diffusive",
    source="after Wang et al., Nat. Mater. 16, 101, 2017",
    parameters={
        "G_on": Declared(unit="{S}", meaning="conductance of the whole bridge", lower=1e-30, upper=1e24),
        "G_off": Declared(unit="{S}", meaning="conductance without it", lower=1e-30, upper=1e24),
        "V_0": Declared(
            unit="V", meaning="voltage over which the growth is faster by e", lower=1e-3, upper=10.0
        ),
        "rate": Declared(unit="1/s", meaning="growth at sinh(V/V_0) = 1", lower=1e-60, upper=1e15),
        "tau": Declared(unit="s", meaning="time of decay at 300 K", lower=1e-12, upper=1e12),
        "barrier": Declared(unit="eV", meaning="of the decay", lower=0.01, upper=2.0, fixed=0.4),
        "w_start": Declared(unit="1", meaning="share at time 0", lower=0.0, upper=1.0),
    },
    where={
        "lifetime": f"tau*exp(barrier/{BOLTZMANN_EV}*(1/T - 1/{REFERENCE}))",
    },
    states={
        "w": StateVariable(
            rate="(1 - w)*rate*sinh(abs(v)/V_0) - w/lifetime",
            initial="w_start",
            unit="1",
            meaning="share of the bridge",
            lower="0",
            upper="1",
        )
    },
    current="v*G_off*exp(w*log(G_on/G_off))",
    starts=_starts,
    bounds=_bounds,
)
