r"""MAPbI3 in a via of SiO2 with a filament of iodide vacancies: one barrier from V_set, nothing else fitted.

Published: 16 x 16 array, MAPbI3 in 250 nm via holes, Au on top; V_set about 0.6 V, V_reset about -1.5 V, 200 ns,
more than 1e5 s, filaments of iodine vacancies (B. Hwang and J.-S. Lee, Adv. Mater. 29, 1701048, 2017, as reviewed
by Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 5.3.1). Parameters are those of ``mapbi3_filament``;
the barrier of the vacancies along the filament is calibrated to V_set in the second loop.

What is found. (1) RESET empties a layer of some 1.5 nm at the bottom electrode, in which the density that carriers
see falls as exp(-d/l), l the length over which they average, one unit cell. With it, and with vacancies that drift in
the screened potential, figures do not depend on the cells: with half of them both at the electrodes (0.35 and 0.175
nm) and around the filament (0.75 and 0.375 nm) the second loop has V_set 0.598 and 0.600 V, V_reset -1.051 and -1.048
V, on/off 1.94e3 and 1.97e3. Radial cells of 2.5 nm that grow from the axis, beside a narrow end of 6 nm with an edge of
4 nm, would lower V_set by 3 %. (2) V_set rises by 5 V per eV of barrier (0.619 V with 0.667 eV): D/rate is what
counts, some 60 meV per decade. (3) One barrier for all directions does not do: with one that sets at 0.6 V the
filament spreads sideways while it is swept, and each loop is worse than the one before. With the 1.05 eV of a single
crystal aside of it loops repeat, and half of ON lasts 2e6 s. OFF is lost along the filament, over the barrier that
V_set asks for, and conducts ten times more after 1.1 s: one barrier along it gives V_set or retention, not both.
"""

from __future__ import annotations

from dataclasses import replace

from fem import Device, State, materials
from fem.materials import Arrhenius, Datum
from fem.units import V, eV, nm
from geometries import Layer, VerticalStack, Via
from studies.devices import PublishedDevice, Reported
from studies.devices import mapbi3_filament as reference
from studies.devices.shared.filament import conductivity, filament_device, path_ions, screening
from studies.devices.shared.filament_runs import Loop, second_loop
from studies.protocols.shapes import Sweep

RADIUS, FILM, ELECTRODE, WALL = 125 * nm, reference.FILM, reference.ELECTRODE, 100 * nm
AXIS_SIZE = 0.75 * nm  #: of radial cells around the filament
BARRIER = Datum(0.663, "eV", "assumed", "along the filament; calibrated to V_set = 0.6 V at 1 V/s")
RESET, SET, RATE, COMPLIANCE, READ = -2.0, 1.2, 1.0, 3e-6, 0.2  # [V], [V], [V/s], [A], [V]
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
        "sweep": "0, -2, 1.2, 0 V at 1 V/s, twice: none is given; it spans both voltages",
        "compliance": "3 uA: none is given; the filament does not reach 10 uA by 1.2 V",
        "side": "none of the film: heat goes through the wall",
        "pulses": "the voltage at which 200 ns were seen is not printed: 0.6 and -1.5 V are tried",
    },
    calibrated={
        "barrier of the vacancies": "0.663 eV along the filament, so that V_set is 0.6 V; nothing else"
    },
)


def device(
    *,
    axis_size: float = AXIS_SIZE,
    fine_radius: float | None = 2 * reference.NARROW,
    size: float = 8 * nm,
    growth: float = 1.2,
    finest: float = reference.FINEST.si(),
    barrier: float = BARRIER.si() / eV,
    aside: Datum = reference.ASIDE,
    temperature: float = 300.0,
) -> Device:
    """Return the via in r and z: cells are ``axis_size`` wide within ``fine_radius`` of the axis, and ``finest`` high
    at the film's faces [m].

    From there they grow, across the film up to ``size`` [m]; without a ``fine_radius`` they grow from the axis.
    ``barrier`` of the vacancies along the filament [eV], ``aside`` out of it; ``temperature`` ambient [K].
    """
    stack = VerticalStack(
        Layer("ITO", ELECTRODE, size=25 * nm, interface_size=25 * nm),
        Layer("film", FILM, size=size, interface_size=finest),
        Layer("Au", ELECTRODE, size=25 * nm, interface_size=25 * nm),
    )
    shape = Via(
        radius=RADIUS,
        wall_thickness=WALL,
        lateral_size=30 * nm,
        axis_size=axis_size,
        fine_radius=fine_radius,
    )
    drawing = stack.mesh(size=size, interface_size=finest, shape=shape, growth=growth)
    motion = Datum(Arrhenius(6.5e-8, barrier), "m^2/s", "Courtier2019", "prefactor; barrier from V_set")
    vacancies = replace(reference.VACANCIES, diffusivity=motion)
    law = conductivity(
        reference.ION,
        poor=reference.POOR,
        rich=reference.RICH,
        density=reference.FILAMENT,
        averaging=reference.LATTICE,
    )
    table = {
        "ITO": materials.ITO,
        "film": materials.MAPBI3.with_ion(reference.ION, vacancies),
        "SiO2": materials.SIO2,
        "Au": materials.GOLD,
    }
    ions = path_ions(reference.ION, barrier=barrier, aside=aside, jump=reference.JUMP)
    return filament_device(
        drawing, table, {"film": law}, ions, temperature=temperature, screened=screening(law)
    )


def start(cell: Device) -> State:
    """Return the cell with the filament that forming has left."""
    return reference.start(cell)


def loop(cell: Device, *, rate: float = RATE, compliance: float = COMPLIANCE) -> Loop:
    """Return the second loop of RESET and SET of the formed cell at ``rate`` [V/s], SET with a ``compliance`` [A].

    The first RESET is of the filament that is assumed, the second one of what SET has made.
    """
    return second_loop(
        start(cell),
        reset=RESET * V,
        set_to=SET * V,
        rate=rate,
        compliance=compliance,
        read_voltage=READ,
    )
