"""The (PrPyr)PbI3 dot: what its printed figures make of each other, by arithmetic.

So a miss is here what the paper's own figures miss of each other.
"""

from __future__ import annotations

import math

from fem import materials
from fem.constants import VACUUM_PERMITTIVITY, thermal_voltage
from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices.prpyrpbi3 import ABOUT
from studies.devices.shared import prpyrpbi3_data as data

WITHIN = 20 * nm  #: of the printed thickness [m]


def printed(name: str) -> float:
    """Return a printed figure in its unit."""
    return ABOUT.reported[name].value


def retention_barrier() -> float:
    """Return the activation energy [eV] between both printed retention times."""
    cold, hot = 1 / thermal_voltage(363.0), 1 / thermal_voltage(400.0)
    return math.log(printed("retention_363K") / printed("retention_400K")) / (cold - hot)


def capacitance() -> float:
    """Return that of the dot [F]: film and PMMA in series."""
    film = data.FILM / data.PERMITTIVITY.si()
    polymer = data.PMMA / materials.PMMA.si("relative_permittivity")
    return VACUUM_PERMITTIVITY * data.SIDE**2 / (film + polymer)


def rows() -> list[Compared]:
    """Return the figures that follow from others beside those printed."""
    thick = printed("V_set_rigid") / printed("field_set_rigid")
    thin = printed("V_reset_rigid") / printed("field_reset_rigid")
    field = printed("V_set_rigid") / data.FILM, printed("V_reset_rigid") / data.FILM
    energy = printed("set_pulse") * data.WRITE_CURRENT * printed("set_pulse_width") / data.SIDE**2
    ratio = printed("LRS_current") / printed("HRS_current")
    later = printed("retention_363K") * math.exp(
        retention_barrier() * (1 / thermal_voltage(300.0) - 1 / thermal_voltage(363.0))
    )
    two = "of 1200 s and 60 s, 363 K and 400 K"
    odd, pulse = "printed figures that do not go together", "1.25 V, 1.1 mA, 100 ns"
    low, area = data.READ / printed("LRS_current"), "film in series with PMMA, relative permittivity 10"
    return [
        row(ABOUT, "film by field and voltage of SET", thick, note=odd, of="film_thickness", within=WITHIN),
        row(ABOUT, "film by field and voltage of RESET", thin, note=odd, of="film_thickness", within=WITHIN),
        row(ABOUT, "field of SET over 200 nm", field[0], note=odd, of="field_set_rigid", missed=True),
        row(ABOUT, "field of RESET over 200 nm", field[1], note=odd, of="field_reset_rigid", missed=True),
        row(ABOUT, "low resistance, if 0.37 mA are at 0.1 V", low, note=odd, of="LRS", missed=True),
        row(ABOUT, "on/off of both currents", ratio, of="on_off_ratio", arithmetic=True),
        row(ABOUT, "energy of a SET pulse by area", energy, note=pulse, of="write_energy", arithmetic=True),
        row(
            ABOUT, "barrier by both times", retention_barrier(), note=two, of="retention_barrier", missed=True
        ),
        row(
            ABOUT,
            "retention at 300 K with that barrier",
            later,
            "s",
            "1e5 s are printed, at no temperature",
            arithmetic=True,
        ),
        row(ABOUT, "capacitance of the dot", capacitance(), note=area, of="capacitance", missed=True),
    ]
