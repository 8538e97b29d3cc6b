"""The MAPbI3 cell with a filament: its loop beside published, and how it answers to sweep rate, compliance and area.

Published trends of MAPbI3 (H. J. Gogoi and A. T. Mallajosyula, Adv. Electron. Mater. 7, 2100472, 2021, as reported by
Yantara et al., Chem. Soc. Rev. 2026, 55, 2145): V_set, V_reset and I_reset rise with the sweep rate; the on/off ratio
with the compliance; the low resistance does not depend on the area, the high one falls with it. Only the signs are
compared: no numbers are given there.

V_set is the source's voltage at which the compliance is reached, I_reset the largest current of RESET and V_reset its
voltage. All are of the second loop, whose RESET is of a filament that SET has made. All SETs of the series over rates
begin in one state, that after RESET at the reference rate: another RESET would leave another gap, and its width would
hide the rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from fem import Circuit, NewtonOptions, State
from fem.units import V, um
from studies import Run, Sweep, apply, filament_switching, series
from studies.comparisons.compared import Compared, row
from studies.devices import mapbi3_filament as reference
from studies.devices.mapbi3_filament import ABOUT
from studies.devices.shared.filament import step_control
from studies.results.trace import Trace

RATES = (0.01, 0.1, 1.0, 10.0)
COMPLIANCES = (2e-6, 3.5e-6, 5e-6, 6.5e-6)
RADII = (0.5 * um, 1 * um, 2 * um, 4 * um)
READ = 0.2 * V
RESET, SET, COMPLIANCE = -2.2 * V, 2.5 * V, 5e-6
HIGHEST = 3.5 * V  #: of SET in the series over rates: at 10 V/s 2.5 V do not reach the compliance
RESET_WITHIN = 0.3  #: of the published V_reset [V], at which it counts as predicted
_OPTIONS = NewtonOptions(tolerance=1e-5)


def compare() -> list[Compared]:
    """Return the figures of the second loop beside those published (two minutes)."""
    begin = reference.start(reference.device())
    trace = swept(cycled(begin), 0, RESET, SET, 0).trace
    found = filament_switching(trace, read_voltage=ABOUT.read_voltage, compliance=(None, COMPLIANCE))
    return [
        row(ABOUT, "V_set", found.V_set, note="nothing is fitted to it", of="V_set", missed=True),
        row(ABOUT, "V_reset", found.V_reset, of="V_reset", within=RESET_WITHIN),
        row(ABOUT, "on/off at 0.2 V", found.high_resistance / found.low_resistance, "1"),
        row(ABOUT, "low resistance", found.low_resistance, "Ohm"),
        row(ABOUT, "peak temperature", trace.data["temperature_max"].values.max(), "K"),
    ]


def swept(begin: State, *voltages: float, rate: float = 1.0, compliance: float = COMPLIANCE) -> Run:
    """Return the run of a sweep of the top contact from ``begin``, with a compliance above 0 V only."""
    return apply(
        begin,
        {"top": Sweep(*voltages, rate=rate)},
        circuits={"top": Circuit(compliance=(None, compliance))},
        control=step_control((SET - RESET) / 60),
        options=_OPTIONS,
    )


def cycled(begin: State, compliance: float = COMPLIANCE) -> State:
    """Return the state after a loop from ``begin``: its filament is one that SET has made, not one that is assumed."""
    return swept(begin, 0, RESET, SET, 0, compliance=compliance).state


def set_voltage(trace: Trace, compliance: float = COMPLIANCE) -> float:
    """Return the source's voltage [V] at which the current first is the compliance [A]; nan if it never is."""
    reached = np.flatnonzero(trace.current > 0.999 * compliance)
    return float(trace.voltage[reached[0]]) if reached.size else float("nan")


def reset_point(trace: Trace) -> tuple[float, float]:
    """Return size of the voltage [V] and of the current [A] at the largest current below 0 V."""
    k = int(np.argmin(trace.current))
    return -float(trace.voltage[k]), -float(trace.current[k])


def rates(values: Sequence[float] = RATES, **mesh: Any) -> xr.Dataset:
    """Return V_set, V_reset and I_reset over the sweep rate [V/s]; ``mesh``: sizes of ``mapbi3_filament.device``."""
    low = cycled(reference.start(reference.device(**mesh)))
    high = swept(low, 0, RESET, 0).state

    def run(rate: float) -> dict[str, Any]:
        voltage, current = reset_point(swept(low, 0, RESET, 0, rate=rate).trace)
        return {
            "V_reset": voltage,
            "I_reset": current,
            "V_set": set_voltage(swept(high, 0, HIGHEST, rate=rate).trace),
        }

    return series(run, parameter="sweep rate", values=values, unit="V/s")


def compliances(values: Sequence[float] = COMPLIANCES, **mesh: Any) -> xr.Dataset:
    """Return on/off ratio and resistances at 0.2 V after RESET and SET over the compliance [A]."""
    begin = reference.start(reference.device(**mesh))

    def run(compliance: float) -> dict[str, float]:
        low = cycled(begin, compliance)
        return _resistances(swept(low, 0, RESET, SET, 0, compliance=compliance).trace)

    return series(run, parameter="compliance", values=values, unit="A")


def areas(values: Sequence[float] = RADII, **mesh: Any) -> xr.Dataset:
    """Return on/off ratio and resistances at 0.2 V over the area [m²] of cells with radii ``values`` [m].

    Cells much narrower than the film's thickness would change the heat of the filament, and so all of it.
    """
    radius = {np.pi * r**2: r for r in values}

    def run(area: float) -> dict[str, float]:
        begin = reference.start(reference.device(radius=radius[area], **mesh))
        return _resistances(swept(cycled(begin), 0, RESET, SET, 0).trace)

    return series(run, parameter="area", values=list(radius), unit="m^2")


def _resistances(trace: Trace) -> dict[str, float]:
    found = trace.switching(read_voltage=READ)
    names = ("on_off_ratio", "low_resistance", "high_resistance")
    return {name: float(getattr(found, name)) for name in names}


def change(data: xr.Dataset, figure: str) -> float:
    """Return how much a figure changes from the first to the last run of a series, relative to their mean."""
    first, last = data[figure].values[[0, -1]]
    return float((last - first) / (0.5 * (abs(last) + abs(first))))


def sign(data: xr.Dataset, figure: str, smallest: float = 0.05) -> int:
    """Return the sign of a figure's trend over a series; 0 where it changes by less than ``smallest`` of itself."""
    found = change(data, figure)
    return int(np.sign(found)) if abs(found) >= smallest else 0
