"""Figures of the P(VDF-TrFE)/MAPbI3 memristor beside those published, for both pairs of vacancies."""

from __future__ import annotations

from fem import equilibrium
from studies.comparisons.compared import Compared
from studies.devices import pvdf_mapbi3 as device

KEPT = 1e4  #: how long a state is left alone [s]


def unpoled_rows(pair: str) -> list[Compared]:
    """Return the rows of the loop without polarisation, and of what is left of it."""
    printed = {name: figure.value for name, figure in device.ABOUT.reported.items()}
    begin = equilibrium(device.device(pair))
    time, volts, current, end = device.loop(begin)
    first, down, up = device.set_voltages(time, volts, current)
    before = device.read(begin)
    after, later = (device.read(device.rested(end, t)) for t in (1.0, KEPT))
    return [
        _row(f"V_set, {pair}, first way up", first, "V", printed["V_set"], "nan: no set; from rest"),
        _row(f"V_set, {pair}, way down", down, "V", printed["V_set_negative"], "nan: no set"),
        _row(f"V_set, {pair}, second way up", up, "V", printed["V_set"], "nan: no set"),
        _row(f"G after the loop over before, {pair}", after / before, "1", note="1 s after it"),
        _row(f"the same 1e4 s later, {pair}", later / before, "1", note="published: volatile, that is 1"),
    ]


def poled_rows(pair: str) -> list[Compared]:
    """Return the rows of poling by either sign."""
    begin = equilibrium(device.device(pair))
    before = device.read(begin)
    rows = []
    for volts in (-device.POLING, device.POLING):
        state = device.poled(begin, volts)
        after, later = device.read(state), device.read(device.rested(state, KEPT))
        name = f"G after {volts:+g} V, 60 s, over before, {pair}"
        rows.append(_row(name, after / before, "1", note="trend: set by the polarity; no number"))
        rows.append(_row(f"of it after 1e4 s, {pair}", later / after, "1", note="trend: non-volatile"))
    return rows


def compare() -> list[Compared]:
    """Return the figures of the memristor beside those published, in some four minutes."""
    return [row for pair in device.PAIRS for row in (*unpoled_rows(pair), *poled_rows(pair))]


def _row(name: str, value: float, unit: str, published: float | None = None, note: str = "") -> Compared:
    return Compared(name=name, simulated=value, published=published, unit=unit, note=note)
