"""A rectifying memory cell: a diode whose saturation current is the state (self-rectifying crossbars).

The emission law of a barrier, I_s (exp(V/V_f) - 1), forward, the same with a scale of its own backward
(S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 3rd ed., 2007, chapter 3); I_s goes from I_off to I_on by its
logarithm, and the state moves beyond thresholds as in VTEAM.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.families.ends import within
from studies.compact.families.threshold import power_of_overdrive
from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses from the currents at both ends of the voltage."""
    top, bottom = max(data.highest_voltage, 1e-2), max(-data.lowest_voltage, 1e-2)
    found = []
    for forward, share, speed, first in itertools.product((0.1, 0.3), (0.9, 0.5), (5.0, 50.0), (0.0, 1.0)):
        on = max(data.highest, data.floor) / math.expm1(min(top / (forward * top), 200.0))
        ratio = max(data.high_resistance / data.low_resistance, 2.0)
        v_set = abs(data.set_voltage) if math.isfinite(data.set_voltage) else top
        v_reset = abs(data.reset_voltage) if math.isfinite(data.reset_voltage) else bottom
        found.append({
            "I_on": on, "I_off": on / ratio, "V_f": forward * top, "V_b": bottom,
            "backward": max(min(-data.lowest / max(data.highest, data.floor), 1.0), 1e-6), "R_series": 1e-3 * top
            / max(data.highest, data.floor), "V_on": share * v_set, "V_off": share * v_reset,
            "k_on": speed / data.stroke, "k_off": speed / data.stroke, "w_start": first,
        })  # fmt: skip
    return found


RECTIFYING = Family(
    name="rectifying",
    source="emission over a barrier that is the state; thresholds as Kvatinsky et al. 2015",
    parameters={
        "I_on": Declared(unit="{A}", meaning="saturation current, state 1", lower=1e-30, upper=1e24),
        "I_off": Declared(unit="{A}", meaning="saturation current, state 0", lower=1e-30, upper=1e24),
        "V_f": Declared(unit="V", meaning="scale of the forward exponential", lower=0.01, upper=10.0),
        "V_b": Declared(unit="V", meaning="scale of the backward exponential", lower=0.01, upper=100.0),
        "backward": Declared(
            unit="1", meaning="backward over forward saturation current", lower=1e-9, upper=10.0
        ),
        "R_series": Declared(unit="{Ohm}", meaning="in series, felt forward", lower=1e-24, upper=1e18),
        "V_on": Declared(unit="V", meaning="threshold to state 1, at V > 0", lower=1e-3, upper=100.0),
        "V_off": Declared(
            unit="V", meaning="threshold to state 0, at V < 0, its size", lower=1e-3, upper=100.0
        ),
        "k_on": Declared(unit="1/s", meaning="rate at twice V_on", lower=1e-12, upper=1e15),
        "k_off": Declared(unit="1/s", meaning="rate at twice V_off", lower=1e-12, upper=1e15),
        "w_start": Declared(unit="1", meaning="state at time 0", lower=0.0, upper=1.0),
    },
    where={
        # No quotient: ngspice adds gmin * 1e-20 to what it divides by, 1 % of an I_off of 1e-30 A.
        "saturation": "I_off*exp(w*(log(I_on) - log(I_off)))",
        "free": "saturation*(exp(max(v, 0)/V_f) - 1)",
        "forward": "free/(1 + R_series*free/sqrt(v**2 + 1e-12))",
        "reverse": "-backward*saturation*(exp(max(-v, 0)/V_b) - 1)",
        "speed": f"k_on*{power_of_overdrive('V_on', '2', 'v')} - k_off*{power_of_overdrive('V_off', '2', '(-v)')}",
    },
    states={
        "w": StateVariable(
            rate=within("speed", "w"),
            initial="w_start",
            unit="1",
            meaning="0 off, 1 on",
            lower="0",
            upper="1",
        )
    },
    current="forward + reverse",
    starts=_starts,
)
