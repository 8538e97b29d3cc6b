"""Ag/MAPbI3/Pt: the voltage at which filaments of silver and of vacancies set, by thickness."""

from __future__ import annotations

import numpy as np

from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices.ag_mapbi3 import ABOUT, SILVER, VACANCY, device, set_voltage, start

#: Films and their largest cells [nm] in ``compare``.
THICKNESSES = ((60, 5.0), (90, 7.5), (150, 12.5))
FIELD_WITHIN = 1.2e6  #: of the published field [V/m], at which silver's counts as predicted


def compare() -> list[Compared]:
    """Return the fields at which silver sets, the voltages at which vacancies do, and where the latter come first."""
    rows, fields, voltages = [], [], []
    for thickness, size in THICKNESSES:
        made = device(SILVER, thickness * nm, size=size * nm)
        fields.append(set_voltage(start(made)) / (thickness * nm))
        made = device(VACANCY, thickness * nm, size=1.5 * nm)
        voltages.append(set_voltage(start(made)))
        name = f"field at the set of silver, {thickness} nm"
        rows.append(
            row(
                ABOUT,
                name,
                fields[-1],
                of="field_at_set",
                within=FIELD_WITHIN,
                by="barrier of the silver's exchange" if thickness == 90 else "",
            )
        )
        silver = fields[-1] * thickness * nm
        note = f"published: it rises with the thickness; silver at {silver:.2f} V"
        rows.append(row(ABOUT, f"V_set of vacancies, {thickness} nm", voltages[-1], "V", note, missed=True))
    name, first = "thickness above which vacancies set first", float(np.mean(voltages) / np.mean(fields))
    return [
        *rows,
        row(ABOUT, name, first, of="crossover_thickness", note="by the assumed gap", missed=True),
    ]


def quick() -> list[Compared]:
    """Return the field at which silver sets in the film that its exchange was calibrated to."""
    thickness, size = THICKNESSES[1]
    field = set_voltage(start(device(SILVER, thickness * nm, size=size * nm))) / (thickness * nm)
    name, by = f"field at the set of silver, {thickness} nm", "barrier of the silver's exchange"
    return [row(ABOUT, name, field, of="field_at_set", within=FIELD_WITHIN, by=by)]
