"""The films of the ionic crosstalk: the documented (PrPyr)PbI3, with narrow lines and a printed low barrier."""

from __future__ import annotations

from typing import Any

from fem.materials import Arrhenius, Datum
from fem.units import nm
from geometries import CrossbarBlock
from studies.devices.shared import prpyrpbi3_data as data

ION, THICKNESS, TEMPERATURE = data.ION, data.FILM, data.TEMPERATURE
#: The barrier that is printed for the film, calculated: with the calibrated one, 0.765 eV, nothing moves within hours.
FAST = Datum(
    Arrhenius(data.PREFACTOR, data.PRINTED["NEB_barrier"][0]),
    "m^2/s",
    "assumed",
    "the printed barrier of 0.39 eV (calculated) with the prefactor of MAPbI3: the upper bound of what moves",
)
FILM = data.PRPYRPBI3.with_(electrical_conductivity=data.POOR).with_ion(ION, diffusivity=FAST)
DIFFUSIVITY = float(FAST.si(TEMPERATURE))
#: Of the written cell in its low resistance: 383 Ohm over 1e4 um^2 and 200 nm [S/m].
LOW = FILM.with_(
    electrical_conductivity=Datum(
        data.FILM / (data.PRINTED["LRS"][0] * data.SIDE**2), "S/m", "assumed", "spread over the dot"
    )
)
#: Of each face to the sink [m^2 K/W]: both together 5600 K/W, the thermal resistance computed for a cell of the
#: documented 3 x 3 block on PET, times its 1e-8 m^2; for narrow lines it is an upper bound.
HEAT_RESISTANCE = 2 * 5600 * data.SIDE**2
MESH: dict[str, Any] = {
    "size": 40 * nm,
    "interface_size": 4 * nm,
    "lateral_size": 100 * nm,
    "edge_size": 25 * nm,
    "growth": 2.0,
}


def lines(spacing: float, patterned: bool = False) -> CrossbarBlock:
    """Return three lines as wide as the film is thick, ``spacing`` [m] apart."""
    return CrossbarBlock(
        3,
        1,
        pitch=THICKNESS + spacing,
        line_width=THICKNESS,
        line_thickness=50 * nm,
        film_thickness=THICKNESS,
        substrate_thickness=300 * nm,
        cap_thickness=100 * nm,
        margin=4 * THICKNESS,
        patterned_width=THICKNESS if patterned else None,
    )


def case(**changes: Any) -> dict[str, Any]:
    """Return the arguments of a pulse of the endurance that is printed, 1.2 V, for a second, with changes."""
    return {
        "film": FILM,
        "ion": ION,
        "voltage": 1.2,
        "width": 1.0,
        "rise": 1e-3,
        "rest": 0.05,
        "pulses": 1,
        "others": "grounded",
        "temperature": TEMPERATURE,
        **MESH,
        **changes,
    }
