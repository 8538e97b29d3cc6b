"""The MAPbI3 via without a filament: the second loop of the cell as a line beside what is published of the array."""

from __future__ import annotations

from studies import iv_sweep
from studies.comparisons.compared import Compared, row
from studies.devices.mapbi3_interface_via import ABOUT, line


def compare() -> list[Compared]:
    """Return the figures of the loop beside those published (some seconds)."""
    cell = line()
    found = iv_sweep(cell, contact="top", protocol=ABOUT.protocol).switching(read_voltage=ABOUT.read_voltage)
    mechanism = "on Au; which electrode the published ones are on is not printed; ascribed to filaments"
    return [
        row(ABOUT, "V_set", found.V_set, note=mechanism, of="V_set", missed=True),
        row(ABOUT, "V_reset", found.V_reset, note=mechanism, of="V_reset", missed=True),
        row(ABOUT, "on/off at 0.2 V", found.on_off_ratio, "1"),
        row(ABOUT, "low resistance", found.low_resistance, "Ohm"),
    ]
