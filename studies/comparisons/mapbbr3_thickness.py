"""Figures of MAPbBr3 between 350 nm and 1 um beside those published: from which thickness on the faces switch."""

from __future__ import annotations

from fem.units import nm, um
from studies.comparisons.compared import Compared, row
from studies.devices.mapbbr3_thickness import ABOUT, THICK, THIN, lasting, loop, onset

THICKNESSES = (350 * nm, 500 * nm, 700 * nm, 1 * um)
FASTER, SLOWER = 1.6, 0.01  #: other rates [V/s]: 16 times faster is as vacancies that are 16 times slower
THINNER = (100 * nm, 200 * nm, 350 * nm)  #: thicknesses at the faster rate


def thickness_rows() -> list[Compared]:
    """Return the rows of the loops at 0.1 V/s, and from which thickness on they switch."""
    rows = []
    for t in THICKNESSES:
        one, name = loop(t), f"{t / nm:.0f} nm"
        rows += [
            row(ABOUT, f"on/off of {name}", one.on_off, "1", "no ratio is printed"),
            row(ABOUT, f"current on the way down, {name}", one.back, "A/m^2", "at 0.5 V; none is printed"),
        ]
    found = onset(THICKNESSES) / nm
    note = "on/off above 2 at 0.1 V/s, which is not given; published are filaments below, faces above"
    return [
        *rows,
        row(ABOUT, "thickness from which faces switch", found, note=note, of="filaments", up_to="faces"),
    ]


def mechanism_rows() -> list[Compared]:
    """Return the rows of what vacancies do to holes, and of V_set on two meshes."""
    rows = []
    for t in (THIN, THICK):
        one = loop(t)
        name = f"{t / nm:.0f} nm"
        rows += [
            row(ABOUT, f"hill for holes, up, {name}", one.hill_outward, "eV", "within the film, at 0.5 V"),
            row(ABOUT, f"hill for holes, down, {name}", one.hill_back, "eV", "within the film, at 0.5 V"),
            row(ABOUT, f"way of vacancies, {name}", one.moved, "1", "over the thickness, 0 to 2 V"),
        ]
    fine = loop(THICK, finer=2.0)
    return [
        *rows,
        row(ABOUT, "V_set of 1000 nm", loop(THICK).set_voltage, "V", "no voltage is printed"),
        row(ABOUT, "V_set of 1000 nm, half the cells", fine.set_voltage, "V", "the same on another mesh"),
        row(ABOUT, "on/off of 1000 nm, half the cells", fine.on_off, "1", "the same on another mesh"),
    ]


def rate_rows() -> list[Compared]:
    """Return the rows of other rates and of a rest: what is published of thicknesses holds for some rates only."""
    found = onset(THINNER, rate=FASTER) / nm
    note = "at 1.6 V/s, or 0.1 V/s with vacancies 16 times slower"
    return [
        row(
            ABOUT, "on/off of 350 nm at 1.6 V/s", loop(THIN, rate=FASTER).on_off, "1", "faces switch here too"
        ),
        row(ABOUT, "the thickness, 16 times faster", found, note=note, of="filaments", up_to="faces"),
        row(
            ABOUT,
            "on/off of 1000 nm at 0.01 V/s",
            loop(THICK, rate=SLOWER).on_off,
            "1",
            "below 1: vacancies follow the sweep",
        ),
        row(ABOUT, "on/off of 1000 nm, 100 s at 0 V", lasting(THICK), "1", "of 4e7 after 1 s: it is lost"),
    ]


def compare() -> list[Compared]:
    """Return the figures of all thicknesses beside those published, in about a minute."""
    return [*thickness_rows(), *mechanism_rows(), *rate_rows()]
