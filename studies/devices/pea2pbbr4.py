"""Exfoliated (PEA)2PbBr4 crystal between graphene and gold: a filament of bromide vacancies at 10 pA.

Published (H. Tian et al., ACS Nano 11, 12247, 2017, as in Yantara 2026 and Sun 2026): a conical filament, 30 nm wide at
graphene and 15 nm at gold (some 20 nm in the abstract); SET at +2.8 V on gold, RESET at -1 V, compliance down to
10 pA, on/off 10, 1e3 s, 400 fJ. At 10 pA there is no Joule heat: the field alone moves vacancies, which hop with
sinh(qaE/2kT) over 0.74 eV: 71.5 kJ/mol is printed for PEA films of one layer, from bromide and iodide that mix through
each other (Cho et al., as in Yantara 2026). Under light 0.41 eV are taken, calculated for iodide vacancies (Li 2019,
0.74 eV in the dark): for those of bromide none is printed. The 400 fJ are V_read I t of a read, not of a SET.

Two numbers are calibrated: the activation energy of the filament's conductivity, so that the set one carries the
compliance at the 1 V of its RESET (a metallic filament would carry seven decades more), and the gap that SET closes,
so that it comes at +2.8 V and 1 V/s: 2.81 V with cells of 0.17 nm in the 6 nm at graphene, 2.86 V with half of that
height, and some 2.92 V extrapolated. The order is the first, for cells smear the end of the filament, a front, in
proportion to their height; half the cells at the faces alone, or across the radius, move V_set by less than 1 %. Not
converged is V_reset, -2.96 V and -3.31 V with half of that height; on/off is 870 and 900. Carriers average vacancies
over the spacing of a layer's octahedra. Vacancies are conserved: gold, where bromide arrives, makes none, so that a
SET that is held on empties the end there.
"""

from __future__ import annotations

import numpy as np

from fem import Circuit, Device, NewtonOptions, State, materials, steady
from fem.materials import Arrhenius, Datum, Material, MobileIon
from fem.physics import MobileIons
from fem.units import V, nm
from geometries import Axisymmetric, FilamentSeed, Layer, VerticalStack
from studies import AfterMaximum, CurrentAbove, Run, apply
from studies.devices import PublishedDevice, Reported
from studies.devices.shared.filament import conductivity, filament_device, formed, screening, step_control
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest, Sweep
from studies.results.trace import Trace

ION = "bromide_vacancy"
FILM, ELECTRODE, RADIUS = 30 * nm, 5 * nm, 40 * nm
#: Of the film at graphene, a region of its own with even cells: gap and end of the filament [m].
FOOT = 6 * nm
#: Radii of the filament at graphene and at gold [m].
WIDE, NARROW = 15 * nm, 7.5 * nm
#: Calibrated: gap at graphene that SET closes at +2.8 V and RATE [m].
GAP = 2.75 * nm
COMPLIANCE, RATE = 1e-11, 1.0
#: Barrier of a vacancy in a layered film [eV]; lit, that of an iodide vacancy.
DARK, LIGHT = 0.74, 0.41
SITES = Datum(7e27, "m^-3", "assumed", "4 bromide per formula unit in a cell of some 0.57 nm^3")
FULL = Datum(
    5.6e27,
    "m^-3",
    "assumed",
    "0.8 of the sites: up to it the conductivity grows. With a third, electrons of the filament reach so far into "
    "the gap that no field is left at its end",
)
SPACING = Datum(
    0.58, "nm", "assumed", "of the octahedra of a layer: over it carriers average the vacancies that they see"
)
VACANCIES = Datum(1e25, "m^-3", "assumed", "beside the filament: too few to conduct")
INSIDE = 6e27
POOR = Datum(
    Arrhenius(1e3, 0.655),
    "S/m",
    "assumed",
    "1e-8 S/m at 300 K: crystals of Cs2AgBiBr6 have less than that (above 1e10 Ohm cm); prefactor of Larentis 2012",
)
RICH = Datum(Arrhenius(3.3e4, 0.41), "S/m", "assumed", "calibrated: 10 pA at 1 V; prefactor of Larentis 2012")
GRAPHENE = Material(
    name="graphene",
    kind="metal",
    work_function=Datum(4.5, "eV", "Yu2009", "4.4 to 4.8 by a gate; standard value, not re-checked"),
    thermal_conductivity=Datum(
        600.0, "W/(m K)", "Seol2010", "supported, in plane; standard value, not re-checked"
    ),
    volumetric_heat_capacity=Datum(1.6e6, "J/(m^3 K)", "assumed", "that of graphite"),
)
OPTIONS = NewtonOptions(tolerance=1e-5, petsc={"mat_mumps_icntl_14": 400})

ABOUT = PublishedDevice(
    name="(PEA)2PbBr4 crystal with a vacancy filament",
    stack="graphene 5 nm | (PEA)2PbBr4 30 nm, radius 40 nm | Au 5 nm",
    protocol=Sweep(0, 3.2 * V, 0, rate=RATE),
    read_voltage=0.1 * V,
    reported={
        "V_set": Reported(value=2.8, unit="V", source="Yantara2026"),
        "V_reset": Reported(value=-1.0, unit="V", source="Yantara2026"),
        "on_off_ratio": Reported(value=10.0, unit="1", source="Yantara2026"),
        "retention": Reported(value=1e3, unit="s", source="Yantara2026"),
        "compliance": Reported(value=1e-11, unit="A", source="Tian2017"),
        "read_energy": Reported(value=4e-13, unit="J", source="Sun2026"),
    },
    assumed={
        "film": "30 nm thick, 40 nm around the filament: thickness and area are not given",
        "sweep": "1 V/s: no rate is given",
        "filament": "the cone that was seen, with a gap at graphene, from which a negative gold draws vacancies",
        "hopping": "one barrier in all directions, and 0.444 nm as in MAPbI3: up to 2.79 eV through the organic layers",
        "graphene": "some layers, 5 nm: electrodes are equipotentials",
        "leakage": "of the film within 40 nm only: that of the whole crystal is in parallel to it",
        "electrons": "one for each vacancy of the filament: they pull vacancies along and screen the field, in the gap "
        "hardly. Their mobility is then 5e-8 cm^2/(V s): with fewer and faster ones vacancies would spread less",
        "light": "0.41 eV, calculated for iodide vacancies of a layered film (Li 2019): none is printed for bromide",
    },
    calibrated={
        "conductivity of the filament": "activation energy 0.41 eV: once set it carries the compliance, 10 pA, at 1 V",
        "gap": "2.75 nm: SET at +2.8 V",
    },
    not_compared={
        "read_energy": "of a read (V_read I t, Sun 2026), whose voltage and time are not given: not of a SET"
    },
)


def crystal(barrier: float = DARK) -> Material:
    """Return the film with a ``barrier`` [eV] of its vacancies, that in the dark or under light."""
    note = "71.5 kJ/mol for PEA films of one layer; lit, 0.41 eV of an iodide vacancy (Li 2019); prefactor by hopping"
    vacancies = MobileIon(
        mean_density=VACANCIES,
        diffusivity=Datum(
            Arrhenius(3.3e-8, barrier), "m^2/s", "Yantara2026", f"{note} over 0.444 nm at 1e12 1/s"
        ),
        site_density=SITES,
    )
    return Material(
        name="(PEA)2PbBr4",
        kind="insulator",
        relative_permittivity=Datum(
            4.5, "1", "assumed", "between well, 6.1, and barrier, 3.3, of the iodide"
        ),
        thermal_conductivity=Datum(0.2, "W/(m K)", "Dahod2020", "0.18 to 0.51 of layers with alkyl chains"),
        volumetric_heat_capacity=Datum(1.3e6, "J/(m^3 K)", "assumed", "as hybrid lead halides"),
        ions={ION: vacancies},
    )


def device(*, barrier: float = DARK, fine: float = 0.17 * nm, size: float = 6 * nm) -> Device:
    """Return the cell in r and z; ``fine``: height of cells where the gap closes, ``size``: the widest ones [m].

    Cells at gold are as high; those amidst the film are six times as high, those of the filament eight times as wide.
    """
    stack = VerticalStack(
        Layer("graphene", ELECTRODE, size=ELECTRODE, interface_size=ELECTRODE),
        Layer("foot", FOOT, size=fine, interface_size=fine),
        Layer("film", FILM - FOOT, size=6 * fine, interface_size=fine),
        Layer("Au", ELECTRODE, size=ELECTRODE, interface_size=ELECTRODE),
    )
    shape = Axisymmetric(radius=RADIUS, lateral_size=size, axis_size=8 * fine, fine_radius=16 * nm)
    drawing = stack.mesh(size=size, interface_size=fine, shape=shape, growth=1.15)
    law = conductivity(ION, poor=POOR, rich=RICH, density=FULL, averaging=SPACING)
    film = crystal(barrier)
    table = {"graphene": GRAPHENE, "foot": film, "film": film, "Au": materials.GOLD}
    ions = MobileIons(ION, jump_distance=0.444 * nm, ambipolar=True)
    return filament_device(drawing, table, {"foot": law, "film": law}, ions, screened=screening(law))


def start(cell: Device, gap: float = GAP) -> State:
    """Return the OFF state: the cone that was seen, less a ``gap`` [m] at graphene."""
    slope = (NARROW - WIDE) / FILM
    seed = FilamentSeed(
        film=(ELECTRODE, ELECTRODE + FILM),
        bottom_radius=WIDE + slope * gap,
        top_radius=NARROW,
        inside=INSIDE,
        outside=VACANCIES.si(),
        edge_width=1.5 * nm,
        fraction=1 - gap / FILM,
        start="top",
    )
    return formed(cell, ION, seed)


def driven(begin: State, protocol: Protocol) -> Run:
    """Return the run of a ``protocol`` on gold with the compliance."""
    circuit = Circuit(compliance=(None, COMPLIANCE))
    return apply(
        begin, {"top": protocol}, circuits={"top": circuit}, control=step_control(0.1), options=OPTIONS
    )


def run(begin: State, protocol: Protocol) -> Trace:
    """Return the trace of a ``protocol`` on gold with the compliance."""
    return driven(begin, protocol).trace


def set_up(begin: State) -> tuple[Trace, State]:
    """Return the trace of SET and the ON state at 0 V after it."""
    found = driven(begin, ABOUT.protocol)
    return found.trace, found.state


def set_voltage(trace: Trace) -> float:
    """Return the voltage at which half of the compliance flows first [V]; nan if it does not."""
    current = trace.current
    k = int(np.argmax(current > 0.5 * COMPLIANCE))
    if current[k] <= 0.5 * COMPLIANCE:
        return float("nan")
    return float(np.interp(0.5 * COMPLIANCE, current[k - 1 : k + 1], trace.voltage[k - 1 : k + 1]))


def reset_voltage(begin: State, lowest: float = -4.0) -> float:
    """Return the voltage [V] of the largest current on the way to ``lowest`` [V] at RATE."""
    trace = apply(
        begin,
        {"top": Sweep(0, lowest, rate=RATE)},
        stop=AfterMaximum("top", 0.02),
        control=step_control(0.1),
        options=OPTIONS,
    ).trace
    return float(trace.voltage[np.argmin(trace.current)])


def set_pulse(begin: State, amplitude: float = 2.8, longest: float = 10.0) -> tuple[float, float]:
    """Return after what time at ``amplitude`` [V] half of the compliance flows [s], and the energy until then [J]."""
    rise = 1e-3
    found = apply(
        begin,
        {"top": Sweep(0, amplitude, rate=amplitude / rise) + Rest(longest - rise, amplitude)},
        stop=CurrentAbove("top", 0.5 * COMPLIANCE),
        control=step_control(0.1),
        options=OPTIONS,
    )
    if not found.stopped:
        return float("nan"), float("nan")
    trace = found.trace
    return found.state.time, float(np.trapezoid(trace.voltage * trace.current, trace.time))


def resistance(state: State, read: float = ABOUT.read_voltage) -> float:
    """Return the resistance [Ohm] at ``read`` [V] with the vacancies where they are."""
    seen = steady(state.device, {"top": read}, start=state, frozen_ions=True, options=OPTIONS)
    return read / seen.current("top")


def kept(begin: State, duration: float, read: float = 1e-3) -> Trace:
    """Return the trace of ``duration`` [s] at ``read`` [V], too little to move anything, from a state at 0 V."""
    at_read = steady(begin.device, {"top": read}, start=begin, frozen_ions=True, options=OPTIONS)
    return run(at_read, Rest(duration, read))
