"""Al | Cs2TiBr6 | FTO with a filament of ordered bromide vacancies, after a finite-element model that is published.

Published: vacancies, potential and temperature by Fick's and Fourier's laws and current conservation; filaments form
and break, Joule heat helps RESET; the simulated I-V "closely matches" the measured one (W. Li, Y. Ren, T. Duan et
al., Matter 8, 101888, 2024, as reviewed by Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 3.3.4.4). No
voltage, thickness, area, compliance, on/off ratio nor any parameter of that model was read: the published column of
the table is empty, nothing is calibrated, and what is shown is the mechanism with assumed numbers and its trends.
An "100" printed with this device by Sun et al. (Nano-Micro Lett. 18, 246, 2026, table 1) stands in a shifted column
and is not used.

What is found in the second loop, with nothing calibrated. (1) At 1 V/s V_set is 1.76 V, V_reset -1.71 V and on/off 423,
from 184 kOhm. (2) RESET takes Joule heat: the same loop with everything at 300 K had an on/off ratio of 1.01 (on the
cells of 2.5 nm of (4)). No cell is above 372 K, for SET stops at a compliance of 3 uA. (3) Vacancies are ordered, and
move over 0.80 eV, along the filament only: aside of it they have the 1.55 eV that are printed for Cs2SnBr6 between
octahedra, and stay. (4) Radial cells of 2.5 nm that grow from the axis, beside a narrow end of 6 nm with an edge of 4
nm, make V_set 1.75 V, V_reset -1.84 V and on/off 470. With half of the present ones, ``device(axis_size=0.375 * nm)``,
V_set is 1.762 V, V_reset -1.715 V and on/off some 14 % larger.
(5) Only on cells of 2.5 nm was the rate varied: from 0.1 to 1 V/s V_set goes from 1.01 to 1.75 V,
V_reset from -1.1 to -1.8 V and the voltage of the largest RESET current from -0.54 to -0.94 V, as reported for MAPbI3
(Gogoi and Mallajosyula 2021). That current falls, from 7.4 to 5.1 uA, and does not rise as reported: a slow SET goes on
below its compliance, and leaves 72 kOhm in the place of 210. (6) The formed filament does not lose half of its
conductance within 1e6 s at 300 K, where the run ends.
"""

from __future__ import annotations

from fem import Device, State, materials
from fem.materials import Arrhenius, Datum
from fem.units import V, nm
from geometries import FilamentSeed, Layer, VerticalStack
from studies.devices import PublishedDevice
from studies.devices import mapbi3_filament as reference
from studies.devices.shared.filament import (
    column,
    conductivity,
    filament_device,
    formed,
    path_ions,
    screening,
)
from studies.devices.shared.filament_runs import Loop, second_loop
from studies.protocols.shapes import Sweep

ION = "bromide_vacancy"
RADIUS, FILM, ELECTRODE = 125 * nm, 200 * nm, 50 * nm
NARROW, WIDE = reference.NARROW, reference.WIDE
LATTICE = Datum(0.535e-9, "m", "assumed", "half of the cubic cell of 1.07 nm: length of the conductivity")
JUMP = Datum(0.267e-9, "m", "assumed", "half of that: a hop between bromides, along the field")
FINEST = Datum(0.3e-9, "m", "assumed", "cells at the electrodes, 0.56 of the length of the conductivity")
ORDERED = 0.80  #: barrier along the filament of ordered vacancies [eV], that of materials.CS2TIBR6
ASIDE = Datum(
    1.55, "eV", "Yantara2026", "of Cs2SnBr6 between octahedra: out of the filament, where none are ordered"
)
FILAMENT = Datum(1.2e27, "m^-3", "Larentis2012", "of HfOx; 6 % of the bromide sites")
POOR = Datum(
    Arrhenius(1e3, 0.353), "S/m", "assumed", "that of the MAPbI3 filament cell: none of Cs2TiBr6 was read"
)
RICH = Datum(Arrhenius(3.3e4, 0.006), "S/m", "Larentis2012", "of HfOx: none of Cs2TiBr6 was read")
RESET, SET, RATE, COMPLIANCE, READ = -2.5, 2.5, 1.0, 3e-6, 0.2  # [V], [V], [V/s], [A], [V]

ABOUT = PublishedDevice(
    name="Cs2TiBr6 cell with a vacancy filament",
    stack="FTO 50 nm | Cs2TiBr6 200 nm, radius 125 nm | Al 50 nm",
    protocol=Sweep(0, RESET, SET, 0, rate=RATE),
    read_voltage=READ,
    reported={},
    assumed={
        "film": "200 nm, of which a round part of radius 125 nm around one filament is taken",
        "electrodes": "50 nm of each, both outer faces at the ambient temperature; voltage on Al",
        "filament": "after forming a cone of radius 6 nm at FTO and 15 nm at Al, as conical filaments are seen",
        "vacancies": "barrier 0.80 eV and density: see materials.CS2TIBR6; ordered, so that they conduct as metal. The "
        "nearest printed barrier, 1.55 eV of Cs2SnBr6 between octahedra, lets nothing move at 300 K",
        "conductivity": "laws of HfOx and of the MAPbI3 filament cell",
        "sweep": "0, -2.5, 2.5, 0 V at 1 V/s, RESET first, SET with 3 uA: none is given",
    },
)


def device(
    *,
    axis_size: float = 0.75 * nm,
    fine_radius: float | None = 2 * NARROW,
    size: float = 8 * nm,
    growth: float = 1.2,
    finest: float = FINEST.si(),
    heat: bool = True,
    temperature: float = 300.0,
) -> Device:
    """Return the cell in r and z: cells are ``axis_size`` wide within ``fine_radius`` of the axis, and ``finest`` high
    at the film's faces [m].

    From there they grow, across the film up to ``size`` [m]; without a ``fine_radius`` they grow from the axis.
    ``heat``: Joule heat with the temperature as an unknown; otherwise all is at the ambient ``temperature`` [K].
    """
    stack = VerticalStack(
        Layer("FTO", ELECTRODE, size=25 * nm, interface_size=25 * nm),
        Layer("film", FILM, size=size, interface_size=finest),
        Layer("Al", ELECTRODE, size=25 * nm, interface_size=25 * nm),
    )
    drawing = column(
        stack,
        radius=RADIUS,
        finest=finest,
        axis_size=axis_size,
        size=size,
        growth=growth,
        fine_radius=fine_radius,
    )
    law = conductivity(ION, poor=POOR, rich=RICH, density=FILAMENT, averaging=LATTICE)
    table = {"FTO": materials.FTO, "film": materials.CS2TIBR6, "Al": materials.ALUMINIUM}
    ions = path_ions(ION, barrier=ORDERED, aside=ASIDE, jump=JUMP)
    return filament_device(
        drawing, table, {"film": law}, ions, temperature=temperature, heat=heat, screened=screening(law)
    )


def start(cell: Device) -> State:
    """Return the cell with the filament that forming has left."""
    mean = materials.CS2TIBR6.ions[ION].mean_density.si()
    seed = FilamentSeed(
        film=(ELECTRODE, ELECTRODE + FILM),
        bottom_radius=NARROW,
        top_radius=WIDE,
        inside=FILAMENT.si(),
        outside=mean,
        edge_width=4 * nm,
        start="top",
    )
    return formed(cell, ION, seed)


def loop(
    cell: Device,
    *,
    rate: float = RATE,
    reset: float = RESET,
    set_to: float = SET,
    compliance: float = COMPLIANCE,
) -> Loop:
    """Return the second loop to ``reset`` and ``set_to`` [V] at ``rate`` [V/s], SET with a ``compliance`` [A]."""
    return second_loop(
        start(cell),
        reset=reset * V,
        set_to=set_to * V,
        rate=rate,
        compliance=compliance,
        read_voltage=READ,
    )
