"""Filament with a gap that a voltage opens and closes, and its own heat: the model of thermally activated growth.

The gap conducts by tunnelling, its resistance grows by exp(g/g0) and falls with the voltage by V0 sinh(V/V0)/V; it
grows and shrinks by hops over a barrier that the voltage tilts (X. Guan, S. Yu and H.-S. P. Wong, IEEE Electron Device
Lett. 33, 1405, 2012; Z. Jiang et al., Proc. SISPAD 2014, 41), here at the temperature of the gap, T + R_th I V. The
rest of the filament is a resistor in series; what leaks beside it, one in parallel. The rate of hops is given at 300 K
and goes with exp(-E/kT) from there, so that the barrier says how temperature, the device's own heat too, speeds it up.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.families.ends import within
from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features

BOLTZMANN_EV = 8.617333262e-5  #: eV/K
REFERENCE = 300.0  #: K, at which the rate of hops is given


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses: resistances and polarity of the trace, rates that switch within its strokes at its voltages."""
    low = max(data.low_resistance, 1e-3)
    ratio = max(data.high_resistance / low, 3.0)
    polarity = -1.0 if data.set_voltage < 0 else 1.0
    g_max = 1e-9
    found = []
    for sign, lever, back, heat, first in itertools.product(
        (polarity, -polarity), (0.15, 0.4), (0.1, 0.4), (0.0, 300.0), (0.95, 0.02)
    ):
        set_v = abs(data.set_voltage) if math.isfinite(data.set_voltage) else data.highest_voltage
        speed = g_max / data.stroke / math.sinh(min(lever * max(set_v, 1e-3) / 0.02585, 200.0))
        power = data.peak * max(data.highest_voltage, -data.lowest_voltage)
        found.append({
            "R_filament": 0.7 * low, "R_contact": 0.3 * low, "g_tunnel": g_max / math.log(ratio), "V_tunnel": 0.4,
            "g_max": g_max, "g_start": first * g_max, "growth_rate": max(speed, 1e-60), "barrier": 0.8,
            "lever_set": lever, "lever_reset": back, "R_thermal": heat / power,
            "G_leak": 0.1 / data.high_resistance, "polarity": sign,
        })  # fmt: skip
    return found


def _bounds(data: Features) -> Mapping[str, tuple[float, float]]:
    """Return the ranges that currents and voltages of the data set."""
    low, high = data.low_resistance, data.high_resistance
    power = data.peak * max(data.highest_voltage, -data.lowest_voltage)
    return {
        "R_filament": (1e-4 * low, 10 * low),
        "R_contact": (1e-4 * low, 10 * low),
        "G_leak": (1e-6 / high, 10 / high),
        "R_thermal": (0.0, 2000.0 / power),
    }


FILAMENT_GAP = Family(
    name="filament gap",
    source="Guan et al., IEEE Electron Device Lett. 33, 1405, 2012; Jiang et al., SISPAD 2014, 41",
    parameters={
        "R_filament": Declared(unit="{Ohm}", meaning="of the filament without a gap", lower=1e-6, upper=1e12),
        "R_contact": Declared(unit="{Ohm}", meaning="of the closed gap at low voltage", lower=1e-6, upper=1e12),
        "g_tunnel": Declared(unit="m", meaning="gap over which the resistance grows by e", lower=1e-11, upper=1e-8),
        "V_tunnel": Declared(unit="V", meaning="scale of the gap's sinh(V)", lower=0.02, upper=10.0),
        "g_max": Declared(unit="m", meaning="largest gap: sets the scale of the others", lower=1e-10, upper=1e-6,
                          fixed=1e-9),
        "g_start": Declared(unit="m", meaning="gap at time 0", lower=0.0, upper=1e-6, natural="g_max"),
        "growth_rate": Declared(unit="m/s", meaning="rate of hops times their length at 300 K", lower=1e-60,
                                upper=1e9),
        "barrier": Declared(unit="eV", meaning="activation energy of the hops", lower=0.05, upper=2.5, fixed=0.8),
        "lever_set": Declared(unit="1", meaning="part of the voltage that tilts the barrier while the gap closes",
                              lower=1e-3, upper=5.0),
        "lever_reset": Declared(unit="1", meaning="part of the voltage that tilts it while the gap opens",
                                lower=1e-3, upper=5.0),
        "R_thermal": Declared(unit="{K/W}", meaning="thermal resistance of the gap", lower=0.0, upper=1e15),
        "G_leak": Declared(unit="{S}", meaning="leakage beside the filament", lower=1e-30, upper=1e3),
        "polarity": Declared(unit="1", meaning="1 if the gap closes at V > 0, else -1", lower=-1.0, upper=1.0,
                             values=(1.0, -1.0)),
    },
    where={
        "x": "sqrt((v/V_tunnel)**2 + 1e-12)",
        "R_gap": "R_contact*exp(g/g_tunnel)*x/sinh(x)",
        "through": "v/(R_filament + R_gap)",
        "hot": "T + R_thermal*v*through",
        "lever": "where(polarity*v, lever_set, lever_reset)",
        "hops": f"growth_rate*exp(-barrier/{BOLTZMANN_EV}*(1/hot - 1/{REFERENCE}))",
        "push": f"-hops*sinh(polarity*lever*v/({BOLTZMANN_EV}*hot))",
    },
    states={
        "g": StateVariable(
            rate=within("push", "g", "0", "g_max"), initial="g_start", unit="m", meaning="gap", scale="g_max"
        )
    },
    current="through + G_leak*v",
    starts=_starts,
    bounds=_bounds,
)  # fmt: skip
