"""Figures of CsPbBr3 dots between PMMA beside those published: voltages of switching in the dark and under light."""

from __future__ import annotations

from collections.abc import Sequence

from fem import Device
from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices import cspbbr3_photonic_memory as memory
from studies.devices.cspbbr3_photonic_memory import ABOUT

WITHIN = 0.3  #: of a published voltage [V], at which one counts as predicted: a quarter of what light does
INTENSITIES = (1e-4, 1e-3, 1e-2, 10.0)  #: factors of the irradiance
OTHERS = {
    "film of 50 nm": {"film": 50 * nm},
    "film of 200 nm": {"film": 200 * nm},
    "PMMA of 10 nm": {"polymer": 10 * nm},
}
FALLS = "published: falls with the intensity, no numbers"


def voltages(cell: Device) -> tuple[float, float, float]:
    """Return V_set under light, V_reset in the dark and under light [V], of the field at the dark V_set of the cell."""
    field = memory.threshold(cell)
    return (
        memory.switching(cell, field, 1.0),
        memory.switching(cell, -field),
        memory.switching(cell, -field, 1.0),
    )


def voltage_rows(cell: Device) -> list[Compared]:
    """Return the four voltages and what light takes off them."""
    dark = memory.switching(cell, memory.threshold(cell))
    lit, reset, lit_reset = voltages(cell)
    set_note, reset_note = "published: 1.2 V, of both printed", "published: 1.0 V, of both printed"
    return [
        row(ABOUT, "V_set, dark", dark, of="V_set", by="field"),
        row(ABOUT, "V_set, lit", lit, of="V_set, lit", within=WITHIN),
        row(ABOUT, "V_reset, dark", reset, of="V_reset", within=WITHIN),
        row(ABOUT, "V_reset, lit", lit_reset, of="V_reset, lit", within=WITHIN),
        row(ABOUT, "what light takes off V_set", dark - lit, "V", set_note),
        row(ABOUT, "what light takes off -V_reset", lit_reset - reset, "V", reset_note),
    ]


def intensity_rows(cell: Device, intensities: Sequence[float] = INTENSITIES) -> list[Compared]:
    """Return V_set for several intensities, factors of 1.53 W/m^2."""
    field = memory.threshold(cell)
    return [
        row(ABOUT, f"V_set, light times {part:g}", memory.switching(cell, field, part), "V", FALLS)
        for part in intensities
    ]


def thickness_rows() -> list[Compared]:
    """Return what V_set under light is if the thicknesses, which are assumed, are others; each with its own field."""
    rows = []
    for name, sizes in OTHERS.items():
        cell = memory.device(**sizes)  # type: ignore[arg-type]
        lit = memory.switching(cell, memory.threshold(cell), 1.0)
        rows.append(row(ABOUT, f"V_set, lit, {name}", lit, "V", "thicknesses are assumed"))
    return rows


def vacancy_rows() -> list[Compared]:
    """Return what light does by vacancies that it lets move, without pairs, and by those that move in the dark, too."""
    names = {memory.DARK: "0.74 eV, 0.41 eV lit", memory.WITHIN: "0.35 eV, dark and lit"}
    rows = []
    for barrier, name in names.items():
        cell = memory.device(vacancies=barrier, pairs=False)
        lit = memory.switching(cell, memory.threshold(cell), 1.0)
        rows.append(row(ABOUT, f"V_set, lit, by vacancies of {name}", lit, "V", "no pairs; its own field"))
    return rows


def compare() -> list[Compared]:
    """Return the figures of the cell beside those published, in half a minute."""
    cell = memory.device()
    return [*voltage_rows(cell), *intensity_rows(cell), *thickness_rows(), *vacancy_rows()]
