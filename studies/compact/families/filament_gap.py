"""Filament with a gap that a voltage opens and closes, and its own heat: the model of thermally activated growth.

The gap conducts by tunnelling, its resistance grows by exp(g/g0) and falls with the voltage by V0 sinh(V/V0)/V; it
grows and shrinks by hops over a barrier that the voltage tilts (X. Guan, S. Yu and H.-S. P. Wong, IEEE Electron Device
Lett. 33, 1405, 2012; Z. Jiang et al., Proc. SISPAD 2014, 41), here at the temperature of the gap, to which the heat of
the gap and that of the filament add by a thermal resistance each. The field that tilts the barrier is V over a length
that grows with the gap, so that a gap opens ever slower. The rest of the filament is a resistor in series; what leaks
beside it, one in parallel. The rate of hops is given at 300 K and goes with exp(-E/kT) from there, so that the barrier
says how temperature, the device's own heat too, speeds it up.
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
    low = data.low_resistance
    ratio = max(data.high_resistance / low, 3.0)
    polarity = -1.0 if data.set_voltage < 0 else 1.0
    g_max = 1e-9
    set_v = abs(data.set_voltage) if math.isfinite(data.set_voltage) else data.highest_voltage
    power = data.peak * max(data.highest_voltage, -data.lowest_voltage)
    found = []
    for sign, lever, back, near, first, sinh, heat in itertools.product(
        (polarity, -polarity), (0.1, 0.25), (0.6, 1.5), (0.5, 5.0), (0.9, 0.02), (0.4, 10.0), (30.0, 300.0)
    ):
        push = lever * max(set_v, 1e-3) / 0.02585 / (1 + 0.5 / near)
        found.append({
            "R_filament": 0.95 * low, "R_contact": 0.05 * low, "g_tunnel": g_max / math.log(20 * ratio),
            "V_tunnel": sinh, "g_max": g_max, "start": first, "g_field": near * g_max, "barrier": 0.8,
            "growth_rate": max(3 * g_max / data.stroke / math.sinh(min(push, 200.0)), 1e-60),
            "lever_set": lever, "lever_reset": back * lever, "R_thermal": heat / power,
            "R_thermal_filament": 50 / power, "G_leak": 0.1 / data.high_resistance, "polarity": sign,
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
        "R_thermal_filament": (0.0, 2000.0 / power),
    }


FILAMENT_GAP = Family(
    name="filament gap",
    source="Guan et al., IEEE Electron Device Lett. 33, 1405, 2012; Jiang et al., SISPAD 2014, 41",
    parameters={
        "R_filament": Declared(unit="{Ohm}", meaning="of the filament without a gap", lower=1e-24, upper=1e18),
        "R_contact": Declared(unit="{Ohm}", meaning="of the closed gap at low voltage", lower=1e-24, upper=1e18),
        "g_tunnel": Declared(unit="m", meaning="gap over which the resistance grows by e", lower=1e-11, upper=1e-8),
        "V_tunnel": Declared(unit="V", meaning="scale of the gap's sinh(V)", lower=0.02, upper=10.0),
        "g_max": Declared(unit="m", meaning="largest gap: sets the scale of the others", lower=1e-10, upper=1e-6,
                          fixed=1e-9),
        "start": Declared(unit="1", meaning="gap at time 0 over the largest", lower=0.0, upper=1.0),
        "g_field": Declared(
            unit="m", meaning="gap at which the field on the barrier is half of that without one", lower=1e-12,
            upper=1e-5
        ),
        "growth_rate": Declared(unit="m/s", meaning="rate of hops times their length at 300 K", lower=1e-60,
                                upper=1e9),
        "barrier": Declared(unit="eV", meaning="activation energy of the hops", lower=0.05, upper=2.5, fixed=0.8),
        "lever_set": Declared(unit="1", meaning="part of the voltage that tilts the barrier while the gap closes",
                              lower=1e-3, upper=5.0),
        "lever_reset": Declared(unit="1", meaning="part of the voltage that tilts it while the gap opens",
                                lower=1e-3, upper=5.0),
        "R_thermal": Declared(unit="{K/W}", meaning="from the gap's heat to its temperature", lower=0.0, upper=1e15),
        "R_thermal_filament": Declared(
            unit="{K/W}", meaning="from the heat of the filament to the gap's temperature", lower=0.0, upper=1e15
        ),
        "G_leak": Declared(unit="{S}", meaning="leakage beside the filament", lower=1e-30, upper=1e24),
        "polarity": Declared(unit="1", meaning="1 if the gap closes at V > 0, else -1", lower=-1.0, upper=1.0,
                             values=(1.0, -1.0)),
    },
    where={
        "x": "sqrt((v/V_tunnel)**2 + 1e-12)",
        "R_gap": "R_contact*exp(g/g_tunnel)*x/sinh(x)",
        "through": "v/(R_filament + R_gap)",
        "hot": "T + (R_thermal*R_gap + R_thermal_filament*R_filament)*through**2",
        "lever": "where(polarity*v, lever_set, lever_reset)/(1 + g/g_field)",
        "hops": f"growth_rate*exp(-barrier/{BOLTZMANN_EV}*(1/hot - 1/{REFERENCE}))",
        "push": f"-hops*sinh(polarity*lever*v/({BOLTZMANN_EV}*hot))",
    },
    states={
        "g": StateVariable(
            rate=within("push", "g", "0", "g_max"), initial="start*g_max", unit="m", meaning="gap", scale="g_max",
            lower="0", upper="g_max",
        )
    },
    current="through + G_leak*v",
    starts=_starts,
    bounds=_bounds,
)  # fmt: skip
