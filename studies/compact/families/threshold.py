"""VTEAM: a state that moves beyond thresholds of the voltage only.

S. Kvatinsky, M. Ramadan, E. G. Friedman and A. Kolodny, IEEE Trans. Circuits Syst. II 62, 786, 2015: the state s goes
from 0 (low resistance) to 1 (high resistance) at k_off (V/V_off - 1)^a_off above V_off > 0, and back at
k_on (V/V_on - 1)^a_on below V_on < 0. Of the laws there the exponential one is taken, R = R_on (R_off/R_on)^s, and the
window is 1 up to a thousandth of the range from an end, where the state stops (``ends``). ``polarity`` -1 is the cell
turned round.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.families.ends import stopped
from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features

_LEAST = 1e-9  # overdrive, below which a power of it is that of this one


def power_of_overdrive(threshold: str, exponent: str, voltage: str) -> str:
    """Return the text of (V/V_th - 1)^a where the voltage is beyond the threshold, 0 elsewhere."""
    over = f"({voltage}/({threshold}) - 1)"
    return f"where({over}, exp({exponent}*log(max({over}, {_LEAST}))), 0)"


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses: thresholds below the voltages of SET and RESET, rates that switch within a stroke."""
    found = []
    for set_share, reset_share, speed, first in itertools.product(
        (0.9, 0.5), (0.9, 0.4), (5.0, 100.0), (1.0, 0.0)
    ):
        sign = -1.0 if data.set_voltage > 0 else 1.0  # high resistance is reached at V > 0
        v_set = data.set_voltage if math.isfinite(data.set_voltage) else 0.7 * data.highest_voltage
        v_reset = data.reset_voltage if math.isfinite(data.reset_voltage) else 0.7 * data.lowest_voltage
        if v_set * v_reset > 0:
            v_reset = 0.5 * (data.lowest_voltage if v_set > 0 else data.highest_voltage)
        found.append({
            "R_on": data.low_resistance, "R_off": data.high_resistance, "V_off": reset_share * max(abs(v_reset), 1e-3),
            "V_on": set_share * max(abs(v_set), 1e-3), "k_off": speed / data.stroke, "k_on": speed / data.stroke,
            "a_off": 2.0, "a_on": 2.0, "s_start": first, "polarity": sign,
        })  # fmt: skip
    return found


THRESHOLD = Family(
    name="threshold (VTEAM)",
    source="Kvatinsky et al., IEEE Trans. Circuits Syst. II 62, 786, 2015",
    parameters={
        "R_on": Declared(unit="{Ohm}", meaning="low resistance", lower=1e-24, upper=1e18),
        "R_off": Declared(unit="{Ohm}", meaning="high resistance", lower=1e-24, upper=1e18),
        "V_off": Declared(unit="V", meaning="threshold towards the high resistance", lower=1e-3, upper=100.0),
        "V_on": Declared(
            unit="V", meaning="threshold towards the low resistance, its size", lower=1e-3, upper=100.0
        ),
        "k_off": Declared(unit="1/s", meaning="rate at twice the threshold V_off", lower=1e-12, upper=1e15),
        "k_on": Declared(unit="1/s", meaning="rate at twice the threshold V_on", lower=1e-12, upper=1e15),
        "a_off": Declared(unit="1", meaning="exponent of the overdrive", lower=0.2, upper=12.0),
        "a_on": Declared(unit="1", meaning="exponent of the overdrive", lower=0.2, upper=12.0),
        "s_start": Declared(unit="1", meaning="state at time 0", lower=0.0, upper=1.0),
        "polarity": Declared(
            unit="1",
            meaning="1 if V > 0 leads to the high resistance",
            lower=-1.0,
            upper=1.0,
            values=(1.0, -1.0),
        ),
    },
    where={
        "u": "polarity*v",
        "speed": f"k_off*{power_of_overdrive('V_off', 'a_off', 'u')}"
        f" - k_on*{power_of_overdrive('V_on', 'a_on', '(-u)')}",
    },
    states={
        "s": StateVariable(
            rate=stopped("speed", "s"),
            initial="s_start",
            unit="1",
            meaning="0 of low, 1 of high resistance",
            lower="0",
            upper="1",
        )
    },
    current="v/R_on*exp(-s*log(R_off/R_on))",
    starts=_starts,
)
