"""The generalized memristor model of Yakopcic: sinh of the voltage times a state with thresholds and fading ends.

C. Yakopcic, T. M. Taha, G. Subramanyam and R. E. Pino, IEEE Trans. Comput.-Aided Des. 32, 1201, 2013.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses from currents, thresholds and strokes of the trace."""
    found = []
    for b, share, speed, eta in itertools.product((0.1, 1.0, 3.0), (0.9, 0.5), (1.0, 10.0), (1.0, -1.0)):
        v_p = share * abs(data.set_voltage if math.isfinite(data.set_voltage) else data.highest_voltage)
        v_n = share * abs(data.reset_voltage if math.isfinite(data.reset_voltage) else data.lowest_voltage)
        if eta < 0:
            v_p, v_n = v_n, v_p
        top, bottom = max(data.highest_voltage, 1e-2), max(-data.lowest_voltage, 1e-2)
        x = min(data.low_resistance / data.high_resistance, 0.9)
        found.append({
            "a_1": max(data.highest, data.floor) / math.sinh(min(b * top, 200.0)),
            "a_2": max(-data.lowest, data.floor) / math.sinh(min(b * bottom, 200.0)), "b": b,
            "A_p": speed / data.stroke / (math.exp(top) - math.exp(min(v_p, 0.9 * top))),
            "A_n": speed / data.stroke / (math.exp(bottom) - math.exp(min(v_n, 0.9 * bottom))),
            "V_p": max(min(v_p, 0.95 * top), 1e-2), "V_n": max(min(v_n, 0.95 * bottom), 1e-2), "alpha_p": 1.0,
            "alpha_n": 5.0, "x_p": 0.3, "x_n": 0.5, "x_start": x, "eta": eta,
        })  # fmt: skip
    return found


YAKOPCIC = Family(
    name="Yakopcic",
    source="Yakopcic et al., IEEE Trans. Comput.-Aided Des. 32, 1201, 2013",
    parameters={
        "a_1": Declared(unit="{A}", meaning="amplitude of the current at V > 0", lower=1e-30, upper=1e24),
        "a_2": Declared(unit="{A}", meaning="amplitude of the current at V < 0", lower=1e-30, upper=1e24),
        "b": Declared(unit="1/V", meaning="slope of the sinh", lower=1e-3, upper=50.0),
        "A_p": Declared(unit="1/s", meaning="speed above the threshold V_p", lower=1e-15, upper=1e15),
        "A_n": Declared(unit="1/s", meaning="speed below the threshold -V_n", lower=1e-15, upper=1e15),
        "V_p": Declared(unit="V", meaning="threshold at V > 0", lower=1e-3, upper=100.0),
        "V_n": Declared(unit="V", meaning="threshold at V < 0, its size", lower=1e-3, upper=100.0),
        "alpha_p": Declared(unit="1", meaning="decay of the speed beyond x_p", lower=0.0, upper=50.0),
        "alpha_n": Declared(unit="1", meaning="decay of the speed beyond 1 - x_n", lower=0.0, upper=50.0),
        "x_p": Declared(
            unit="1", meaning="where the speed begins to fade on the way up", lower=0.01, upper=0.99
        ),
        "x_n": Declared(
            unit="1", meaning="1 less where it begins to fade on the way down", lower=0.01, upper=0.99
        ),
        "x_start": Declared(unit="1", meaning="state at time 0", lower=0.0, upper=1.0),
        "eta": Declared(
            unit="1", meaning="1 if V > 0 raises the state", lower=-1.0, upper=1.0, values=(1.0, -1.0)
        ),
    },
    where={
        "speed": "eta*(where(v - V_p, A_p*(exp(v) - exp(V_p)), 0) - where(-v - V_n, A_n*(exp(-v) - exp(V_n)), 0))",
        "fading_up": "where(x - x_p, exp(-alpha_p*(x - x_p))*((x_p - x)/(1 - x_p) + 1), 1)",
        "fading_down": "where(1 - x_n - x, exp(alpha_n*(x + x_n - 1))*x/(1 - x_n), 1)",
    },
    states={
        "x": StateVariable(
            rate="speed*where(speed, fading_up, fading_down)",
            initial="x_start",
            unit="1",
            meaning="state",
            lower="0",
            upper="1",
        )
    },
    current="where(v, a_1, a_2)*x*sinh(b*v)",
    starts=_starts,
)
