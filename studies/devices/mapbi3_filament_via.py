r"""MAPbI3 in a via of SiO2 with a filament of iodide vacancies: one barrier from V_set, all else predicted.

Published: 16 x 16 array, MAPbI3 in 250 nm via holes, Au on top; V_set about 0.6 V, V_reset about -1.5 V, 200 ns,
more than 1e5 s, filaments of iodine vacancies (B. Hwang and J.-S. Lee, Adv. Mater. 29, 1701048, 2017, as reviewed
by Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 5.3.1). Parameters are those of ``mapbi3_filament``;
the barrier of the vacancies is calibrated to V_set.

What is found. (1) The barrier is a matter of the sweep rate too: D/rate is what counts, 60 meV per decade.
(2) While the cell stays near the ambient temperature all times are proportional to 1/D. The SET time at 0.6 V over
the retention then does not depend on the barrier nor on D0: no Arrhenius barrier gives both published times, which
are 2e-12 apart. (3) RESET leaves a depleted layer at the bottom electrode that takes all the voltage however thin
it is, for film without vacancies conducts 1e7 times less: switching voltages depend on the finest cell there
(0.3 nm: V_set 0.28 V; 0.63 nm: 0.48 V; 1.2 nm: 0.83 V at 0.75 eV). It is one unit cell of the lattice, the
shortest length of which a density can speak, and not chosen by the result. Radial cells move V_set by 0.06 V and
V_reset by 0.1 V. (4) The wall, SiO2 or none, moves both by less than 0.01 V.
"""

from __future__ import annotations

import math
from dataclasses import replace

from fem import Device, State, materials
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.materials import Arrhenius, Datum
from fem.physics import MobileIons
from fem.units import V, eV, nm
from geometries import Layer, VerticalStack, Via
from studies.comparisons.compared import Compared
from studies.devices import PublishedDevice, Reported
from studies.devices import mapbi3_filament as reference
from studies.devices.shared.filament import conductivity, filament_device
from studies.devices.shared.filament_runs import Loop, Shot, bipolar_loop, done, half_way, held, kept, shot
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
        "wall": "SiO2, 100 nm to the next cell; its outer side lets no heat through",
        "sweep": "0, -2, 1.2, 0 V at 1 V/s: none is given; it spans both voltages",
        "side": "none of the film: heat goes through the wall",
        "pulses": "the voltage at which 200 ns were seen is not given: 0.6 and -1.5 V are taken",
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
        cell,
        start(cell),
        reset=RESET * V,
        set_to=SET * V,
        rate=rate,
        compliance=compliance,
        read_voltage=READ,
    )


def loop_rows(run: Loop) -> list[Compared]:
    """Return the figures of a loop beside the published ones."""
    found, printed = run.switching, ABOUT.reported
    return [
        Compared(
            name="V_set", simulated=found.V_set, published=printed["V_set"].value, unit="V", kind="calibrated"
        ),
        Compared(name="V_reset", simulated=found.V_reset, published=printed["V_reset"].value, unit="V"),
        Compared(name="on/off at 0.2 V", simulated=found.on_off_ratio, published=None, unit="1"),
        Compared(name="low resistance", simulated=found.low_resistance, published=None, unit="Ohm"),
        Compared(name="peak temperature", simulated=run.peak_temperature, published=None, unit="K"),
    ]


def pulse_rows(cell: Device, run: Loop) -> list[Compared]:
    """Return times and energies of SET at 0.6 V and RESET at -1.5 V, to 90 % of the change of ln G."""
    rows = []
    for name, begin, voltage, duration in (("SET", run.off, 0.6, 3.0), ("RESET", run.on, -1.5, 30.0)):
        found = held(cell, begin, voltage=voltage, duration=duration, rise=RISE)
        time = found.delay + found.switching_time
        rows += [
            Compared(
                name=f"{name} time at {voltage:g} V", simulated=time, published=PUBLISHED_TIME, unit="s"
            ),
            Compared(
                name=f"{name} energy at {voltage:g} V",
                simulated=found.energy_to_switch,
                published=None,
                unit="J",
            ),
        ]
    return rows


def short_rows(cell: Device, run: Loop) -> list[Compared]:
    """Return what pulses of 200 ns do, and which amplitude does half of a RESET."""

    def fire(begin: State, amplitude: float) -> Shot:
        return shot(cell, begin, amplitude=amplitude, width=PULSE, rise=RISE, read_voltage=READ)

    low, high = (fire(begin, _NO_PULSE).conductance for begin in (run.off, run.on))
    part = [done(fire(run.off, v).conductance, low, high) for v in (0.6, 10.0)]
    half = half_way([fire(run.on, v) for v in (-3.0, -4.0, -5.0, -6.0)], high, low)
    return [
        Compared(name="part of SET by 200 ns at 0.6 V", simulated=part[0], published=1.0, unit="1"),
        Compared(name="part of SET by 200 ns at 10 V", simulated=part[1], published=None, unit="1"),
        Compared(
            name="voltage of half a RESET in 200 ns", simulated=half.amplitude, published=None, unit="V"
        ),
        Compared(name="its peak temperature", simulated=half.peak_temperature, published=None, unit="K"),
    ]


def retention_rows(cell: Device, run: Loop, set_time: float) -> list[Compared]:
    """Return how long half of the conductance lasts, and which barriers the published times would take.

    ``set_time`` [s]: of SET at 0.6 V. With the barrier all times go as exp(E/kT), as long as there is no heat.
    """
    lasts = kept(cell, run.on, duration=1e5, first_read=1e-2).retention_time
    thermal = BOLTZMANN * cell.temperature / ELEMENTARY_CHARGE
    barrier = BARRIER.si() / eV
    return [
        Compared(
            name="retention at 300 K",
            simulated=lasts,
            published=PUBLISHED_RETENTION,
            unit="s",
            note="published: a lower bound",
        ),
        Compared(
            name="SET time at 0.6 V / retention",
            simulated=set_time / lasts,
            published=PUBLISHED_TIME / PUBLISHED_RETENTION,
            unit="1",
            note="whatever the barrier",
        ),
        Compared(
            name="barrier for 1e5 s",
            simulated=barrier + thermal * math.log(PUBLISHED_RETENTION / lasts),
            published=None,
            unit="eV",
        ),
        Compared(
            name="barrier for 200 ns at 0.6 V",
            simulated=barrier + thermal * math.log(PUBLISHED_TIME / set_time),
            published=None,
            unit="eV",
        ),
    ]


def warm_rows(temperatures: tuple[float, ...] = (300.0, 330.0, 360.0)) -> list[Compared]:
    """Return how long half of the conductance of the formed filament lasts at ambient temperatures [K]."""
    rows = []
    for temperature in temperatures:
        cell = device(temperature=temperature)
        lasts = kept(cell, start(cell), duration=1e4, first_read=1e-4).retention_time
        name = f"retention as formed at {temperature:g} K"
        rows.append(Compared(name=name, simulated=lasts, published=None, unit="s"))
    return rows


def rate_trend(cell: Device, rates: tuple[float, ...] = (0.1, 1.0, 10.0)) -> list[tuple[float, float, float]]:
    """Return V_set [V], V_reset [V] and the largest RESET current [A] for each sweep rate [V/s].

    All three rise with the rate in MAPbI3 cells (H. J. Gogoi and A. T. Mallajosyula, Adv. Electron. Mater. 7,
    2100472, 2021, as reviewed by Yantara et al. 2026, section 3.3.1).
    """
    runs = [loop(cell, rate=rate) for rate in rates]
    return [(run.switching.V_set, run.switching.V_reset, run.largest_reset_current) for run in runs]


def compliance_trend(
    cell: Device, limits: tuple[float, ...] = (3e-7, 1e-6, 1e-5)
) -> list[tuple[float, float]]:
    """Return the low resistance [Ohm] and the on/off ratio for each compliance of SET [A].

    A higher compliance makes the filament and the ratio larger (the same source).
    """
    found = [loop(cell, compliance=limit).switching for limit in limits]
    return [(one.low_resistance, one.on_off_ratio) for one in found]


def compare() -> list[Compared]:
    """Return the whole table, simulated beside published; two minutes or so."""
    cell = device()
    run = loop(cell)
    pulses = pulse_rows(cell, run)
    rest = retention_rows(cell, run, pulses[0].simulated)
    return [*loop_rows(run), *pulses, *short_rows(cell, run), *rest, *warm_rows()]
