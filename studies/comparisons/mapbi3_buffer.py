"""Figures of MAPbI3 on buffers beside those published: OFF currents with TiO2 and with PMMA, and on/off."""

from __future__ import annotations

from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices import mapbi3_buffer as device
from studies.devices.mapbi3_buffer import ABOUT

OTHERS = (0.2, 1.0)  #: other voltages of reading [V]


def titania_rows() -> list[Compared]:
    """Return the rows of TiO2."""
    note = "at 0.5 V, which is not given"
    words = "the drop goes with the voltage of the reading"
    return [
        row(ABOUT, "on/off, bare", device.on_off("bare"), of="on/off", by="ON current"),
        row(ABOUT, "on/off, TiO2", device.on_off("TiO2"), note=note, of="on/off with TiO2", by="reading"),
        row(
            ABOUT,
            "OFF bare over OFF with TiO2",
            device.drop("TiO2"),
            note=note,
            of="OFF drop, smallest",
            up_to="OFF drop, largest",
        ),
        *(row(ABOUT, f"the same at {v} V", device.drop("TiO2", None, v), "1", words) for v in OTHERS),
    ]


def polymer_rows() -> list[Compared]:
    """Return the rows of PMMA."""
    rows = [
        row(ABOUT, f"OFF bare over OFF with {d} nm of PMMA", device.drop("PMMA", d * nm), "1", "tunnelling")
        for d in (2, 3, 5)
    ]
    return [
        *rows,
        row(
            ABOUT,
            "on/off, PMMA of 20 nm",
            device.on_off("PMMA"),
            note="its leakage alone, with the bound of 1e-13 S/m; thickness and metals differ",
            of="on/off with PMMA",
            within=9e6,
        ),
    ]


def compare() -> list[Compared]:
    """Return the figures of the buffers beside those published, in some twenty seconds."""
    return [*titania_rows(), *polymer_rows()]
