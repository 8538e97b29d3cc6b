"""A part of the 16 x 16 (PrPyr)PbI3 crossbar of Vishwanath 2024: silver lines below and above the film, on PET.

Printed are 16 x 16 cells, Ag on both sides, PET, reads at 0.05 V and the layers of a dot; see ``ASSUMED`` for the rest.
"""

from __future__ import annotations

from fem import materials
from fem.contacts import HeatSink
from fem.heat.steady import Conductor
from fem.units import um
from geometries import CrossbarBlock
from studies.devices.shared import prpyrpbi3_data as data

CELLS = 16  #: per side of the array
READ = data.PRINTED["crossbar_read"][0]  #: [V]
LAYERS = {"PEDOT": data.PEDOT, "film": data.FILM, "PMMA": data.PMMA}  #: between the lines [m]
WRITE = data.LARGEST  #: [V], printed: +-1.5 V
#: Of a write pulse [s], its edges [s], and the resistance [Ohm] that keeps a cell at the compliance while it is set,
#: beside the low resistance, which was measured with the ballast that the drivers have.
WRITE_WIDTH, WRITE_RISE = 0.1, 1e-3
LIMITER = data.LARGEST / data.COMPLIANCE - data.PRINTED["LRS"][0]
LETTERS = "NTU"  #: printed
#: A cell is written when its read current is half of the printed low resistance's or more, or a hundredth of that [A].
LOW_READ = 0.5 * READ / data.PRINTED["LRS"][0]
HIGH_READ, MOST_PULSES = LOW_READ / 100, 10
AIR = 0.026  #: thermal conductivity at 300 K [W/(m K)]

ASSUMED = {
    "array lines": "100 um wide, the side of a dot, at a pitch of 200 um; 100 nm of silver as conducting as bulk",
    "array writing": "0.1 s pulses, V/3 on other lines, row by row until reads agree, set behind 1.1 kOhm a bit line, "
    "the dot's compliance at 1.5 V: width, scheme, limit and reads are not printed; drivers of the dot's 20 Ohm",
    "array substrate": "125 um of PET, its lower face at 300 K; air above conducts and does not stream",
    "array heat": "even over a cell, as of its thousands of filaments; the layers between the lines are one, "
    "with their conductivity in series; a cell's own rise on PET adds to that of its model, with faces at 300 K",
}

BLOCK = CrossbarBlock(
    3,
    3,
    pitch=2 * data.SIDE,
    line_width=data.SIDE,
    line_thickness=data.CAP,
    film_thickness=sum(LAYERS.values()),
    substrate_thickness=125 * um,
    cap_thickness=1 * um,
    margin=8 * data.SIDE,
)
SINK = HeatSink(data.TEMPERATURE)
SIZE, COARSE = (
    data.SIDE / 2,
    2 * data.SIDE,
)  #: of quadratic elements [m]; 0.6 of both moves R_ij by 1.2 % at most


def film_conductivity() -> float:
    """Return the thermal conductivity of the layers between the lines, in series [W/(m K)]."""
    library = {**data.MATERIALS, "PMMA": materials.PMMA}
    resistance = sum(
        thickness / library[name].si("thermal_conductivity", data.TEMPERATURE)
        for name, thickness in LAYERS.items()
    )
    return sum(LAYERS.values()) / resistance


def block_materials() -> dict[str, Conductor]:
    """Return what conducts the heat of the block, by family of its regions."""
    lines = dict.fromkeys(("bottom_line", "top_line"), materials.SILVER)
    return {
        "substrate": materials.PET,
        "film": film_conductivity(),
        "fill": AIR,
        "cap": AIR,
        **lines,
    }


def segment_resistance() -> float:
    """Return the resistance of a line from one cell to the next [Ohm]."""
    section = BLOCK.line_width * BLOCK.line_thickness
    return BLOCK.pitch / (materials.SILVER.si("electrical_conductivity", data.TEMPERATURE) * section)
