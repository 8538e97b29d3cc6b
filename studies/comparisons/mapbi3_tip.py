"""A tip beside a planar electrode in MAPbI3: set voltages, and their spread over random asperities and exchange."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from fem import Device, State
from fem.errors import UnknownNameError
from fem.units import nm
from studies import series
from studies.comparisons.compared import Compared, row
from studies.devices.mapbi3_tip import (
    ABOUT,
    APEX,
    ASPERITY,
    Cycle,
    asperity,
    cycle,
    device,
    exchange,
    retention,
    set_voltage,
    start,
)

CYCLES = 2  #: of SET and RESET in ``compare``


def random_device(seed: int, *, tip: float, what: str = "asperity") -> Device:
    """Return the cell of a ``seed`` with a ``tip`` [m], 0 for the planar one: random is ``what``, "asperity" or
    "exchange", the other one nominal.
    """
    if what not in ("asperity", "exchange"):
        raise UnknownNameError("random part", what, ("asperity", "exchange"))
    height, radius = asperity(seed) if what == "asperity" else (ASPERITY, APEX)
    return device(tip=tip, height=height, radius=radius, factor=exchange(seed) if what == "exchange" else 1.0)


def set_voltages(seeds: Sequence[int], *, tip: float, what: str = "asperity") -> xr.DataArray:
    """Return the voltages [V] at which the cells of these ``seeds`` set, nan where the solver gave up."""
    data = series(
        lambda seed: {"V_set": set_voltage(random_device(int(seed), tip=tip, what=what))},
        parameter="seed",
        values=list(seeds),
        unit="1",
    )
    return data["V_set"].assign_attrs(units="V")


def compare() -> list[Compared]:
    """Return set voltages with and without the tip, and CYCLES of the tip, beside what is published."""
    coarse = device(row=10 * nm, growth=2.0, across=1)
    tip, flat = (set_voltage(made) for made in (device(), device(tip=0.0)))
    return [
        row(ABOUT, "V_set on the tip", -tip, of="V_set", missed=True),
        row(ABOUT, "V_set, planar with an asperity", -flat, "V"),
        *_cycle_rows(cycles(start(coarse))),
        row(ABOUT, "retention at 20 mV, to half", retention(coarse), of="retention", at_least=True),
    ]


def cycles(begin: State, count: int = CYCLES) -> list[Cycle]:
    """Return ``count`` cycles, one after the other."""
    found: list[Cycle] = []
    for _ in range(count):
        found.append(cycle(found[-1].end if found else begin))
    return found


def _cycle_rows(found: Sequence[Cycle]) -> list[Compared]:
    first = found[0]
    leak, carried = "of the poor film: the filament has gone before", "bounded by the compliance"
    return [
        row(ABOUT, "filament gone on the way back at", -first.hold, "V", "at half of 0.1 uA, at 1 V/s"),
        row(
            ABOUT,
            "on/off, carrying 0.1 uA",
            first.before / first.held,
            note=carried,
            of="on_off",
            missed=True,
        ),
        row(ABOUT, "on/off at rest", first.before / first.after, of="on_off", missed=True),
        row(ABOUT, "RESET current to -1 V on Ag", first.reset_current, "A", leak),
        row(
            ABOUT,
            f"V_set, spread over {len(found)} cycles",
            max(c.set for c in found) - min(c.set for c in found),
            "V",
        ),
    ]


def quick() -> list[Compared]:
    """Return the set voltage on the tip alone, on cells as coarse as those of the cycles."""
    coarse = device(row=10 * nm, growth=2.0, across=1)
    return [row(ABOUT, "V_set on the tip, coarse", -set_voltage(coarse), of="V_set", missed=True)]
