"""Figures of the P(VDF-TrFE)/MAPbI3 memristor beside those published, for both pairs of vacancies."""

from __future__ import annotations

from studies.comparisons.compared import Compared, row
from studies.devices import pvdf_mapbi3 as device
from studies.devices.pvdf_mapbi3 import ABOUT

KEPT = 1e4  #: how long a state is left alone [s]


def unpoled_rows(pair: str) -> list[Compared]:
    """Return the rows of the loop without polarisation, and of what is left of it."""
    begin = device.start(device.device(pair))
    time, volts, current, end = device.loop(begin)
    first, down, up = device.set_voltages(time, volts, current)
    before = device.read(begin)
    after, later = (device.read(device.rested(end, t)) / before for t in (1.0, KEPT))
    name, back = f"V_set, {pair}", "published: volatile, that is 1"
    return [
        row(ABOUT, f"{name}, first way up", first, note="nan: no set; from rest", of="V_set"),
        row(ABOUT, f"{name}, way down", down, note="nan: no set", of="V_set_negative"),
        row(ABOUT, f"{name}, second way up", up, note="nan: no set", of="V_set"),
        row(ABOUT, f"G after the loop over before, {pair}", after, "1", "1 s after it"),
        row(ABOUT, f"the same 1e4 s later, {pair}", later, "1", back),
    ]


def poled_rows(pair: str) -> list[Compared]:
    """Return the rows of poling by either sign."""
    begin = device.start(device.device(pair))
    before = device.read(begin)
    rows = []
    for volts in (-device.POLING, device.POLING):
        state = device.poled(begin, volts)
        after, later = device.read(state), device.read(device.rested(state, KEPT))
        name = f"G after {volts:+g} V, 60 s, over before, {pair}"
        rows.append(row(ABOUT, name, after / before, "1", "trend: set by the polarity; no number"))
        rows.append(row(ABOUT, f"of it after 1e4 s, {pair}", later / after, "1", "trend: non-volatile"))
    return rows


def compare() -> list[Compared]:
    """Return the figures of the memristor beside those published, in some four minutes."""
    return [one for pair in device.PAIRS for one in (*unpoled_rows(pair), *poled_rows(pair))]


def quick() -> list[Compared]:
    """Return the figures of the first pair of vacancies without polarisation."""
    return unpoled_rows(next(iter(device.PAIRS)))
