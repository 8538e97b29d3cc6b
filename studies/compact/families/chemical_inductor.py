"""Bisquert's memristor: a conductance that follows the voltage late, faster at some voltages, beside a capacitance.

I = C_m dV/dt + g_L V + (g_H - g_L) f V with tau(V) df/dt = f_eq(V) - f, a slow state that makes the current lag: its
small-signal equivalent is an inductor, the chemical inductor (J. Bisquert and A. Guerrero, J. Am. Chem. Soc. 144, 5996,
2022). The equilibrium is a logistic step around V_T of the width V_m, and the relaxation is voltage-activated: it is
tau_0 far below V_T and falls by e for each V_a above it.
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
    """Return guesses from the two conductances and the voltage at which they change."""
    top = max(data.highest_voltage, 1e-2)
    v_t = abs(data.set_voltage) if math.isfinite(data.set_voltage) else 0.5 * top
    rate = 2 * top / data.stroke
    found = []
    for middle, width, tau, fast in itertools.product((v_t, 0.6 * v_t), (0.05, 0.15), (0.1, 1.0), (0.2, 1.0)):
        found.append({
            "g_low": 1 / data.high_resistance, "g_high": 1 / data.low_resistance, "V_T": middle,
            "V_m": max(width * v_t, 1e-3), "tau_0": tau * data.stroke, "V_a": fast * top,
            "C_m": 0.1 * data.floor / rate, "f_start": 0.0,
        })  # fmt: skip
    return found


CHEMICAL_INDUCTOR = Family(
    name="chemical inductor",
    source="Bisquert and Guerrero, J. Am. Chem. Soc. 144, 5996, 2022",
    parameters={
        "g_low": Declared(unit="{S}", meaning="low conductance", lower=1e-30, upper=1e24),
        "g_high": Declared(unit="{S}", meaning="high conductance", lower=1e-30, upper=1e24),
        "V_T": Declared(unit="V", meaning="middle of the step of the equilibrium", lower=1e-3, upper=100.0),
        "V_m": Declared(unit="V", meaning="width of this step", lower=1e-3, upper=10.0),
        "tau_0": Declared(unit="s", meaning="relaxation time below V_T", lower=1e-12, upper=1e12),
        "V_a": Declared(unit="V", meaning="voltage over which it falls by e", lower=1e-2, upper=1e3),
        "C_m": Declared(unit="{F}", meaning="capacitance beside the conductance", lower=1e-24, upper=1e12),
        "f_start": Declared(unit="1", meaning="activation at time 0", lower=0.0, upper=1.0),
    },
    where={
        "wanted": "1/(1 + exp(-(v - V_T)/V_m))",
        "tau": "tau_0*exp(-max(v - V_T, 0)/V_a)",
    },
    states={
        "f": StateVariable(
            rate="(wanted - f)/tau", initial="f_start", unit="1", meaning="activation", lower="0", upper="1"
        )
    },
    current="v*(g_low + (g_high - g_low)*f)",
    charge="C_m*v",
    starts=_starts,
)
