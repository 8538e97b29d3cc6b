r"""MAPbI3 in a via of SiO2 with a filament of iodide vacancies: one barrier from V_set, all else predicted.

Published: 16 x 16 array, MAPbI3 in 250 nm via holes, Au on top; V_set about 0.6 V, V_reset about -1.5 V, 200 ns,
more than 1e5 s, filaments of iodine vacancies (B. Hwang and J.-S. Lee, Adv. Mater. 29, 1701048, 2017, as reviewed
by Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 5.3.1). Parameters are those of ``mapbi3_filament``;
the barrier of the vacancies is calibrated to V_set.

What is found. (1) The barrier is a matter of the sweep rate too: D/rate is what counts, 60 meV per decade. (2) While
the cell stays near the ambient temperature all times are proportional to 1/D. The SET time at 0.6 V over the
retention then does not depend on the barrier nor on D0. Published times are 2e-12 apart: if the 200 ns, whose voltage
is not printed, are of 0.6 V, no Arrhenius barrier gives both; of a higher voltage nothing is shown. (3) RESET leaves
a depleted layer at the bottom electrode that takes all the voltage however thin it is, for film without vacancies
conducts 1e7 times less: switching voltages depend on the finest cell there (0.3 nm: V_set 0.28 V; 0.63 nm: 0.48 V;
1.2 nm: 0.83 V at 0.75 eV). It is one unit cell of the lattice, the shortest length of which a density can speak, and
not chosen by the result. Radial cells move V_set by 0.06 V and V_reset by 0.1 V. (4) The wall, SiO2 or none, moves
both by less than 0.01 V.
"""

from __future__ import annotations

from dataclasses import replace

from fem import Device, State, materials
from fem.materials import Arrhenius, Datum
from fem.physics import MobileIons
from fem.units import V, eV, nm
from geometries import Layer, VerticalStack, Via
from studies.devices import PublishedDevice, Reported
from studies.devices import mapbi3_filament as reference
from studies.devices.shared.filament import conductivity, filament_device
from studies.devices.shared.filament_runs import Loop, bipolar_loop
from studies.protocols import Sweep

RADIUS, FILM, ELECTRODE, WALL = 125 * nm, reference.FILM, reference.ELECTRODE, 100 * nm
BARRIER = Datum(0.767, "eV", "assumed", "calibrated to V_set = 0.6 V at 1 V/s")
LATTICE = Datum(0.628e-9, "m", "Calado2022", "pseudo-cubic cell: the finest cell at the electrodes")
RESET, SET, RATE, COMPLIANCE, READ = -2.0, 1.2, 1.0, 1e-5, 0.2  # [V], [V], [V/s], [A], [V]
PULSE, RISE = 200e-9, 10e-9  # [s]
PUBLISHED_TIME, PUBLISHED_RETENTION = 200e-9, 1e5  # [s]
_NO_PULSE = 1e-3  # [V] that changes nothing: the state is read as it is

ABOUT = PublishedDevice(
    name="MAPbI3 via cell with a vacancy filament",
    stack="ITO 50 nm | MAPbI3 250 nm in a SiO2 via of radius 125 nm | Au 50 nm",
    protocol=Sweep(0, RESET, SET, 0, rate=RATE),
    read_voltage=READ,
    reported={
        "V_set": Reported(value=0.6, unit="V", source="Yantara2026"),
        "V_reset": Reported(value=-1.5, unit="V", source="Yantara2026"),
        "switching_time": Reported(value=PUBLISHED_TIME, unit="s", source="Yantara2026"),
        "retention": Reported(value=PUBLISHED_RETENTION, unit="s", source="Yantara2026"),
    },
    assumed={
        **reference.ABOUT.assumed,
        "film": "250 nm thick: printed is the width of the hole only",
        "bottom electrode": "ITO: not named; a metal at one potential, its heat conduction matters little",
        "wall": "100 nm of the SiO2 (that is published) to the next cell; its outer side lets no heat through",
        "substrate": "silicon is published, and left out: the outer face of the bottom electrode is a heat sink",
        "sweep": "0, -2, 1.2, 0 V at 1 V/s: none is given; it spans both voltages",
        "side": "none of the film: heat goes through the wall",
        "pulses": "the voltage at which 200 ns were seen is not printed: 0.6 and -1.5 V are tried",
    },
    calibrated={"barrier of the vacancies": "0.767 eV, so that V_set is 0.6 V; nothing else"},
)


def device(
    *,
    axis_size: float = 2.5 * nm,
    size: float = 8 * nm,
    growth: float = 1.2,
    barrier: float = BARRIER.si() / eV,
    temperature: float = 300.0,
) -> Device:
    """Return the via in r and z: cells of ``axis_size`` at the axis, ``size`` across the film, the largest [m].

    At the film's faces they are a unit cell high. ``barrier`` of the vacancies [eV], ``temperature`` ambient [K].
    """
    stack = VerticalStack(
        Layer("ITO", ELECTRODE, size=25 * nm, interface_size=25 * nm),
        Layer("film", FILM, size=size, interface_size=LATTICE.si()),
        Layer("Au", ELECTRODE, size=25 * nm, interface_size=25 * nm),
    )
    shape = Via(radius=RADIUS, wall_thickness=WALL, lateral_size=30 * nm, axis_size=axis_size)
    drawing = stack.mesh(size=size, interface_size=LATTICE.si(), shape=shape, growth=growth)
    motion = Datum(Arrhenius(6.5e-8, barrier), "m^2/s", "Courtier2019", "prefactor; barrier from V_set")
    ion = replace(reference.VACANCIES, diffusivity=motion)
    law = conductivity(reference.ION, poor=reference.POOR, rich=reference.RICH, density=reference.FILAMENT)
    table = {
        "ITO": materials.ITO,
        "film": materials.MAPBI3.with_ion(reference.ION, ion),
        "SiO2": materials.SIO2,
        "Au": materials.GOLD,
    }
    return filament_device(drawing, table, {"film": law}, MobileIons(reference.ION), temperature=temperature)


def start(cell: Device) -> State:
    """Return the cell with the filament that forming has left."""
    return reference.start(cell)


def loop(cell: Device, *, rate: float = RATE, compliance: float = COMPLIANCE) -> Loop:
    """Return the loop of RESET and SET of the formed cell at ``rate`` [V/s], SET with a ``compliance`` [A]."""
    return bipolar_loop(
        start(cell),
        reset=RESET * V,
        set_to=SET * V,
        rate=rate,
        compliance=compliance,
        read_voltage=READ,
    )
