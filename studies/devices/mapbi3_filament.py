"""MAPbI3 cell with a filament of iodide vacancies: the reference of electro-thermal switching.

One parameter set with its sources, nothing fitted to a current or a voltage of this cell; the barrier along the
filament is made of a published retention, the poor conductivity of another film's OFF current. Vacancies have two
barriers. Along the filament, the path on which it formed, 0.86 eV: r²/D(300 K) = 1e5 s, as reported for MAPbI3 vias,
for r = 5 nm with the prefactor of Courtier 2019 (whose film has 0.58 eV; with that a gap closes within seconds).
Aside of it, into the crystal, the 1.05 eV that are printed for a single crystal; polycrystalline films have 0.27 eV
(Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 4.3.4). That the faster path is upright, as a grain boundary
through the film would be, is assumed.

Carriers see the density of vacancies averaged over one pseudo-cubic cell, below which none can be said; vacancies
drift in the screened electrostatic potential, in hops of half a cell along the field, and the film's electrons, which
come from them, pull them along. ``mapbi3_filament_via`` and ``cs2tibr6`` do the same.

Figures of the second loop do not depend on the cells: with radial ones of 0.75 and 0.375 nm around the axis V_set is
2.133 and 2.135 V, V_reset -1.905 and -1.909 V, on/off 9.6 and 9.6. Half of the height of the cells at the faces moves
them by 0.7, 0.5 and 1 %, half of the largest cells across the film by less than 0.6 % (both with radial cells of 1.2
nm). From radial cells of 1 nm on they scatter, on/off first (10.5), and with 2.5 nm at the axis, which do not draw the
edge of a filament of 6 nm, V_set is 1.33 V and V_reset -1.07 V. RESET to -2.2 V is a partial and gradual one.
"""

from __future__ import annotations

from collections.abc import Callable

from fem import Circuit, Device, NewtonOptions, State, materials
from fem.materials import Arrhenius, Datum, MobileIon
from fem.units import V, eV, nm
from geometries import FilamentSeed, Layer, VerticalStack
from studies import iv_sweep
from studies.devices import PublishedDevice, Reported
from studies.devices.shared.filament import (
    column,
    conductivity,
    filament_device,
    formed,
    path_ions,
    screening,
    step_control,
)
from studies.protocols.shapes import Sweep
from studies.results.trace import Trace

ION = "iodide_vacancy"
FILM, ELECTRODE, RADIUS = 250 * nm, 50 * nm, 125 * nm
#: Radii of the filament [m] at the bottom, where it is narrow, and at the top electrode.
NARROW, WIDE = 6 * nm, 15 * nm
#: Vacancies of a metallic filament, and as many as it can hold.
FILAMENT = Datum(1.2e27, "m^-3", "Larentis2012", "of HfOx; 10 % of the iodide sites of MAPbI3")
BARRIER = Datum(0.86, "eV", "assumed", "along the filament: the one at which 5 nm last 1e5 s at 300 K")
ASIDE = Datum(
    1.05,
    "eV",
    "Yantara2026",
    "out of the filament: of single crystals whose material is not named, printed as six times the 0.27 eV of films "
    "(section 4.3.4), which is four",
)
LATTICE = Datum(0.628e-9, "m", "Calado2022", "pseudo-cubic cell; assumed as the length of the conductivity")
JUMP = Datum(0.314e-9, "m", "Calado2022", "half a cell: a hop between iodides, 0.444 nm, along the field")
FINEST = Datum(0.35e-9, "m", "assumed", "cells at the electrodes, 0.56 of the length of the conductivity")
VACANCIES = MobileIon(
    mean_density=Datum(1.6e25, "m^-3", "Courtier2019", "with the prefactor of the diffusivity"),
    diffusivity=Datum(
        Arrhenius(6.5e-8, 0.86),
        "m^2/s",
        "Courtier2019",
        "prefactor; the barrier, 0.58 eV there, is that along the filament",
    ),
    site_density=FILAMENT,
)
POOR = Datum(
    Arrhenius(1e3, 0.353),
    "S/m",
    "assumed",
    "1.2e-3 S/m at 300 K: the 5.7 uA of the MAPbI3 control of Vishwanath 2024 on 1e4 um^2, if at 0.1 V on 200 nm and "
    "with no voltage over the PMMA (none of the three is printed); prefactor of Larentis 2012",
)
RICH = Datum(
    Arrhenius(3.3e4, 0.006), "S/m", "Larentis2012", "of HfOx; CsSnI3 nanowires have 2.8e4 (Lee 2017)"
)

ABOUT = PublishedDevice(
    name="MAPbI3 cell with a vacancy filament",
    stack="ITO 50 nm | MAPbI3 250 nm, radius 125 nm | Au 50 nm",
    protocol=Sweep(0, -2.2 * V, 2.5 * V, 0, rate=1.0),
    read_voltage=0.2 * V,
    reported={
        "V_set": Reported(value=0.6, unit="V", source="Yantara2026"),
        "V_reset": Reported(value=-1.5, unit="V", source="Yantara2026"),
    },
    assumed={
        "filament": "after forming a cone of radius 6 nm at ITO and 15 nm at Au, as conical filaments are seen",
        "side": "no heat leaves through the side of the cell",
        "conductivity": "laws of HfOx for the rich end: no law of a halide filament was read",
        "compliance": "5 uA: none is given",
        "sweep": "1 V/s, RESET first, to -2.2 V: none is given",
        "heat sinks": "both outer electrode faces at 300 K",
        "path": "upright, so that vacancies hop along it over 0.86 eV and out of it over the crystal's 1.05 eV",
        "polarity": "voltages are those on Au: which electrode was driven is not printed",
    },
)


def device(
    *,
    axis_size: float = 0.75 * nm,
    fine_radius: float | None = 2 * NARROW,
    size: float = 8 * nm,
    growth: float = 1.2,
    finest: float = FINEST.si(),
    radius: float = RADIUS,
    film: float = FILM,
) -> Device:
    """Return the cell in r and z: cells are ``axis_size`` wide within ``fine_radius`` of the axis, and ``finest`` high
    at the film's faces [m].

    From there they grow, across the film up to ``size`` [m]. Without a ``fine_radius`` they grow from the axis.
    """
    electrode = {"size": 25 * nm, "interface_size": 25 * nm}
    stack = VerticalStack(
        Layer("ITO", ELECTRODE, **electrode),
        Layer("film", film, size=size, interface_size=finest),
        Layer("Au", ELECTRODE, **electrode),
    )
    drawing = column(
        stack,
        radius=radius,
        finest=finest,
        axis_size=axis_size,
        size=size,
        growth=growth,
        fine_radius=fine_radius,
    )
    law = conductivity(ION, poor=POOR, rich=RICH, density=FILAMENT, averaging=LATTICE)
    film_material = materials.MAPBI3.with_ion(ION, VACANCIES)
    table = {"ITO": materials.ITO, "film": film_material, "Au": materials.GOLD}
    ions = path_ions(ION, barrier=BARRIER.si() / eV, aside=ASIDE, jump=JUMP)
    return filament_device(drawing, table, {"film": law}, ions, screened=screening(law))


def start(cell: Device, film: float = FILM) -> State:
    """Return the cell with the filament that forming has left."""
    seed = FilamentSeed(
        film=(ELECTRODE, ELECTRODE + film),
        bottom_radius=NARROW,
        top_radius=WIDE,
        inside=1.1e27,
        outside=VACANCIES.mean_density.si(),
        edge_width=4 * nm,
        start="top",
    )
    return formed(cell, ION, seed)


def loop(
    cell: Device,
    begin: State,
    *,
    rate: float = 1.0,
    reset: float = -2.2,
    set_to: float = 2.5,
    compliance: float = 5e-6,
    observe: Callable[[State], None] | None = None,
    options: NewtonOptions | None = None,
) -> Trace:
    """Return the trace of RESET to ``reset`` [V] and SET up to ``set_to`` [V] with a ``compliance`` [A]."""
    return iv_sweep(
        cell,
        contact="top",
        protocol=Sweep(0, reset, set_to, 0, rate=rate),
        circuit=Circuit(compliance=(None, compliance)),
        start=begin,
        control=step_control((set_to - reset) / 60),
        observe=observe,
        options=options,
    )
