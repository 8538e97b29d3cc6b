"""Ag/MAPbI3/Pt: the voltage at which filaments of silver and of vacancies set, by thickness."""

from __future__ import annotations

from collections.abc import Iterator

from fem.units import nm
from studies.comparisons.compared import Compared
from studies.devices.ag_mapbi3 import ABOUT, SILVER, VACANCY, cell, set_voltage, start

#: Films and their largest cells [nm] in ``compare``.
THICKNESSES = ((60, 5.0), (90, 7.5), (150, 12.5))


def compare() -> Iterator[Compared]:
    """Yield the fields at which silver sets, and the voltages at which vacancies do."""
    for thickness, size in THICKNESSES:
        made = cell(SILVER, thickness * nm, size=size * nm)
        field = set_voltage(start(made, SILVER)) / (thickness * nm)
        kind = "calibrated" if thickness == 90 else "predicted"
        yield Compared(
            name=f"field at the set of silver, {thickness} nm",
            simulated=field,
            published=ABOUT.reported["field_at_set"].value,
            unit="V/m",
            kind=kind,
        )
        made = cell(VACANCY, thickness * nm, size=1.5 * nm)
        voltage = set_voltage(start(made, VACANCY))
        yield Compared(
            name=f"V_set of vacancies, {thickness} nm", simulated=voltage, published=None, unit="V",
            note=f"silver: {field * thickness * nm:.2f} V; the lower one sets first, published: silver below 90 nm",
        )  # fmt: skip
