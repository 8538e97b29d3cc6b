"""Ag | PMMA | (PrPyr)PbI3 | PEDOT:PSS | ITO: filaments in a film of one-dimensional lead-iodide chains.

Published (S. K. Vishwanath, B. Febriansyah, S. E. Ng et al., Mater. Horiz. 11, 2643, 2024): dots of 100 x 100 um^2 and
a 16 x 16 crossbar with Ag lines on PET, forming-free and bipolar; with Au in place of Ag the same. Iodide vacancies go
to the bottom electrode under a positive top one and make filaments; RESET fills some of them. Geometry, data and
figures only: no loop is simulated here yet, and nothing is calibrated.

What the printed numbers say of each other (``studies.comparisons.prpyrpbi3``). The film is about 200 nm, but the
printed mean fields and voltages make it 160 nm. 383 Ohm and 0.37 mA are not both of 0.1 V. Both retention times of the
low resistance, 1200 s at 363 K and 60 s at 400 K, ask for 1.01 eV and not for the 0.18 eV that are printed. 0.5 nF is
140 times the capacitance of a dot. 1.2 V for 10 ms is a whole SET in the endurance and analog in the window of pulses.
The currents of both states come without a voltage; 0.1 V is that of the endurance and of the retention.

One filament of 383 Ohm would melt at -1.21 V; hundreds or thousands in parallel, each of a nanometre's radius, do not.
N and their radius are one number: N r^2 = 1e-14 m^2 of the rich conductivity is 230 Ohm. PEDOT:PSS carries them at
1e3 S/m and more only. So ``drawing`` is of one filament in r and z, and what is its share of the dot is not drawn.
PMMA is left out: 20 nm of it have to be pierced, and a plug of silver of the filament's radius has 20 Ohm, of 1e5 to
1e6, and is as cold as the cap; only the film beside the plug, which PMMA would keep warmer there, is drawn too cold.
ITO is left out, too: 10 Ohm/square spread with some 10 Ohm, and its upper face stands for all that is below.
"""

from __future__ import annotations

import math
from typing import Any

from fem import Device, State, materials
from fem.constants import thermal_voltage
from fem.materials import Arrhenius, Datum, Material, MobileIon
from fem.physics import MobileIons
from fem.units import K, V, eV, nm, um
from geometries import Axisymmetric, FilamentSeed, Layer, VerticalStack
from studies.devices import PublishedDevice, Reported
from studies.devices.mapbi3_filament import FILAMENT, RICH
from studies.devices.shared.filament import conductivity, filament_device, formed
from studies.protocols import Sweep

ION = "iodide_vacancy"
#: Printed film, what the printed fields imply, layers beside it, PMMA (left out) and side of a dot [m].
FILM, FILM_BY_FIELDS, PEDOT, CAP, PMMA, SIDE = 200 * nm, 160 * nm, 50 * nm, 100 * nm, 20 * nm, 100 * um
RADIUS = 150 * nm  #: of the cell around one filament, assumed
TEMPERATURE = 300 * K
COMPLIANCE, LARGEST, READ = 1e-3, 1.5 * V, 0.1 * V  #: of the dot [A], of a sweep, of endurance and retention

NARROW = Datum(
    2.3, "nm", "assumed", "radius of a filament; 5.2 nm with fewer of them: N r^2 is what is known"
)
FILAMENTS = Datum(
    2000.0, "1", "assumed", "in a dot: at -1.21 V one of them stays below 450 K where they are 500 and more"
)
LEAK = Datum(
    29e6, "Ohm", "assumed", "of the dot, in parallel: 0.1 V over 3.45 nA, for which no voltage is printed"
)
POOR = Datum(
    Arrhenius(1e3, 0.545),
    "S/m",
    "assumed",
    "7e-7 S/m at 300 K: 3.45 nA on 1e4 um^2 and 200 nm, if at 0.1 V and with no voltage over PMMA and PEDOT:PSS; "
    "prefactor of Larentis 2012",
)
PLUG = Datum(
    0.8, "1", "assumed", "share of the sites from which on a filament is rich: a plug holds less than all"
)
FULL = Datum(
    0.92, "1", "assumed", "share of the sites that are full in a formed filament: a gap needs free ones"
)
AVERAGING = Datum(
    0.5, "nm", "assumed", "length over which vacancies conduct together, 0.35 to 0.5 nm: a unit cell"
)
JUMP = Datum(0.25, "nm", "assumed", "of 0.15 to 0.38 nm between sites; 0.31 nm along a chain, projected")
ALONG = Datum(
    0.75, "eV", "assumed", "barrier across the film, to be calibrated to V_set: a grain boundary or a chain"
)
ACROSS = Datum(
    1.01,
    "eV",
    "Vishwanath2024",
    "barrier out of a filament, from 1200 s at 363 K and 60 s at 400 K; printed are 0.18 eV and, calculated, 0.39 eV, "
    "with which vacancies would go 7 um and more in these times",
)
PERMITTIVITY = Datum(10.0, "1", "assumed", "of 8 to 12: chains between organic cations; not printed")
MOBILITY = Datum(
    1.35e-4,
    "m^2/(V s)",
    "assumed",
    "of the electrons of a filament, which screen: rich conductivity over their charge; only its product with the "
    "permittivity counts",
)
VACANCIES = MobileIon(
    mean_density=Datum(1.6e25, "m^-3", "Courtier2019", "of MAPbI3, with the prefactor of the diffusivity"),
    diffusivity=Datum(
        Arrhenius(6.5e-8, ALONG.si() / eV),
        "m^2/s",
        "Courtier2019",
        "prefactor, of MAPbI3; the barrier is assumed: none for a filament is printed",
    ),
    site_density=FILAMENT,
)
PRPYRPBI3 = Material(
    name="(PrPyr)PbI3",
    kind="insulator",
    relative_permittivity=PERMITTIVITY,
    thermal_conductivity=Datum(
        0.2, "W/(m K)", "assumed", "of 0.1 to 0.2: chains and organic cations; not printed"
    ),
    volumetric_heat_capacity=Datum(1.3e6, "J/(m^3 K)", "assumed", "as hybrid lead halides"),
    ions={ION: VACANCIES},
)
ELECTRODE = materials.PEDOT_PSS.with_(
    electrical_conductivity=Datum(
        1e3, "S/m", "assumed", "a grade for electrodes: 0.02 to 0.2 S/m would add 1e8 Ohm to each filament"
    )
)
MATERIALS = {"PEDOT": ELECTRODE, "film": PRPYRPBI3, "Ag": materials.SILVER}

#: As printed. Dots on PET unless "rigid" (on glass), voltages the means of 100 devices; in order: figures 2D-H, S3 and
#: fields in the text, S6 (RESET has the sign of the loop), S10 and 4B, S9, 5F, 1E, S11, 5B-C, 3, 6B.
PRINTED = {
    "film_thickness": (200e-9, "m"),
    "HRS_current": (3.45e-9, "A"),
    "LRS_current": (0.37e-3, "A"),
    "LRS": (383.0, "Ohm"),
    "V_set": (0.96, "V"),
    "V_reset": (-1.21, "V"),
    "on_off_ratio": (1e5, "1"),
    "cycles": (2e3, "1"),
    "retention": (1e5, "s"),
    "HRS_current_rigid": (2.83e-9, "A"),
    "LRS_current_rigid": (0.8e-3, "A"),
    "V_set_rigid": (0.9, "V"),
    "V_reset_rigid": (-1.0, "V"),
    "on_off_ratio_rigid": (1e5, "1"),  # more than
    "retention_rigid": (1e4, "s"),
    "field_set_rigid": (5.6e6, "V/m"),
    "field_reset_rigid": (-6.25e6, "V/m"),
    "set_pulse": (1.25, "V"),
    "set_pulse_width": (100e-9, "s"),
    "reset_pulse": (-2.5, "V"),
    "reset_pulse_width": (130e-9, "s"),
    "write_energy": (0.014, "J/m^2"),
    "retention_363K": (1200.0, "s"),  # of the low resistance, read at 0.1 V
    "retention_400K": (60.0, "s"),
    "retention_barrier": (0.18, "eV"),
    "NEB_barrier": (0.39, "eV"),
    "capacitance": (0.5e-9, "F"),
    "HRS_slope_low": (1.0, "1"),
    "HRS_slope_high": (2.0, "1"),
    "HRS_current_series": (3.6e-9, "A"),
    "on_off_ratio_series": (1e6, "1"),
    "HRS_current_BnzPyr": (640e-9, "A"),
    "on_off_ratio_BnzPyr": (1e3, "1"),
    "HRS_current_MAPbI3": (5.7e-6, "A"),
    "on_off_ratio_MAPbI3": (1e2, "1"),
    "on_off_ratio_Au": (1e5, "1"),  # more than
    "potentiation_analog_from": (1.0, "V"),
    "potentiation_analog_to": (1.2, "V"),
    "depression_analog_from": (-0.4, "V"),
    "depression_analog_to": (-1.5, "V"),
    "crossbar_on_off_ratio_from": (1e4, "1"),
    "crossbar_on_off_ratio_to": (1e6, "1"),
    "crossbar_yield": (0.9, "1"),  # on/off of more than 1e3, 55 devices
    "crossbar_write": (1.5, "V"),
    "crossbar_read": (0.05, "V"),
    "network_accuracy": (0.798, "1"),
}
WRITE_CURRENT = 1.1e-3  #: [A], in the printed product of the write energy
#: Protocols as printed: endurance [V, s]; trains [V] of so many equal pulses; steps between amplitudes are not printed.
ENDURANCE_SET, ENDURANCE_RESET, PULSES = (1.2, 10e-3), (-1.5, 10e-3), 300
POTENTIATION, DEPRESSION = (0.5, 1.2), (-0.4, -1.7)
_OF_LOOPS = (
    *("V_set", "V_reset", "V_set_rigid", "V_reset_rigid", "on_off_ratio_rigid"),
    *("HRS_current", "LRS_current", "HRS_current_rigid", "LRS_current_rigid"),
)
_OF_PULSES = tuple(name for name in PRINTED if "pulse" in name or "analog" in name)
_OF_OTHERS = (
    *(name for name in PRINTED if name.endswith(("series", "BnzPyr", "MAPbI3", "_Au")) or "crossbar" in name),
    "network_accuracy",
)

ABOUT = PublishedDevice(
    name="(PrPyr)PbI3 dot",
    stack="ITO | PEDOT:PSS 50 nm | (PrPyr)PbI3 200 nm | PMMA 20 nm | Ag 100 nm, 100 x 100 um^2",
    protocol=Sweep(0, LARGEST, 0, -LARGEST, 0, rate=1.0),
    read_voltage=READ,
    reported={
        name: Reported(value=x, unit=unit, source="Vishwanath2024") for name, (x, unit) in PRINTED.items()
    },
    assumed={
        "film": "200 nm as printed; the printed fields make it 160 nm",
        "sweep": "1 V/s: printed are steps of 20 mV, without their time",
        "read voltage": "0.1 V, that of endurance and retention: none is printed with the currents",
        "filaments": "2000 of 2.3 nm, ballast by PEDOT:PSS; the compliance of each is 1 mA over their number",
        "cell": "150 nm around one filament, its side lets no heat through",
        "PEDOT:PSS": "1e3 S/m: no grade is printed",
        "PMMA": "pierced by the filaments, left out",
        "ITO": "left out; the lower face of PEDOT:PSS is at 0 V and 300 K",
        "barriers": "two, across the film and out of a filament: no single one gives both V_set and the retention",
        "vacancies": "density, prefactor and sites of other materials: none of (PrPyr)PbI3 was read",
        "temperature": "300 K where none is printed",
    },
    not_compared={
        **dict.fromkeys(_OF_LOOPS, "of a loop, which is not simulated yet"),
        **dict.fromkeys(_OF_PULSES, "of pulses, which are not simulated yet"),
        **dict.fromkeys(_OF_OTHERS, "of another stack, another film or an array: not of this dot"),
        "cycles": "nothing wears out here",
        "retention": "at a temperature that is not printed; not simulated yet",
        "retention_rigid": "at a temperature that is not printed; not simulated yet",
        "retention_363K": "not simulated yet; both times make a barrier in the table",
        "retention_400K": "not simulated yet; both times make a barrier in the table",
        "NEB_barrier": "calculated there; with it a film of 200 nm remembers nothing",
        "HRS_slope_low": "of an ohmic film, by its law",
        "HRS_slope_high": "space charge: the film of a filament cell is ohmic",
    },
)


def drawing(
    *,
    film: float = FILM,
    filament: float = NARROW.si(),
    fine: float = 0.3 * nm,
    radial: float | None = None,
    size: float = 20 * nm,
    growth: float = 1.4,
) -> Any:
    """Return the drawing of the cell around one filament in r and z: PEDOT, film, Ag.

    Cells are ``fine`` high at both ends of the ``film``, PEDOT's 1 nm at most, and grow by ``growth`` up to ``size``;
    they are ``radial`` wide within 2.5 radii of the ``filament``, a sixth of it if None, and grow beyond [m].
    """
    stack = VerticalStack(
        Layer("PEDOT", PEDOT, interface_size=max(fine, 1 * nm)),
        Layer("film", film),
        Layer("Ag", CAP, size=25 * nm, interface_size=25 * nm),
    )
    width = filament / 6 if radial is None else radial
    shape = Axisymmetric(radius=RADIUS, lateral_size=30 * nm, axis_size=width, fine_radius=2.5 * filament)
    return stack.mesh(size=size, interface_size=fine, shape=shape, growth=growth)


def device(*, film: float = FILM, filament: float = NARROW.si(), fine: float = 0.3 * nm) -> Device:
    """Return the cell around one filament with the terms of the other filament cells; sizes of ``drawing`` [m].

    A factor across the axis stands for the second barrier, at 300 K.
    """
    law = conductivity(
        ION,
        poor=POOR,
        rich=RICH,
        density=Datum(PLUG.si() * FILAMENT.si(), "m^-3", "assumed", PLUG.note),
        interpolation="linear",
    )
    slower = math.exp((ALONG.si() - ACROSS.si()) / (eV * thermal_voltage(TEMPERATURE)))
    ions = MobileIons(ION, jump_distance=JUMP.si(), anisotropy={"film": (slower, 1.0)})
    shape = drawing(film=film, filament=filament, fine=fine)
    return filament_device(shape, MATERIALS, {"film": law}, ions, temperature=TEMPERATURE)


def start(cell: Device, *, film: float = FILM, filament: float = NARROW.si()) -> State:
    """Return the cell with a whole filament of that radius through the ``film`` [m]."""
    seed = FilamentSeed(
        film=(PEDOT, PEDOT + film),
        bottom_radius=filament,
        top_radius=filament,
        inside=FULL.si() * FILAMENT.si(),
        outside=VACANCIES.mean_density.si(),
        edge_width=0.5 * nm,
    )
    return formed(cell, ION, seed)
