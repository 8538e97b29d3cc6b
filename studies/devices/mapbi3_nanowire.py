"""MAPbI3 nanowire in a pore of anodic alumina between gold and silver: 100 ps by silver across a gap.

Published (S. Poddar et al., Nano Lett. 21, 5036, 2021, as in Yantara 2026): electrochemical metallisation in pores
down to 10 nm; 100 ps, some 1 pJ, 76.5 nm^2 a cell, about 8.7e7 s (table 4; "> 2 years" in the text), 6e6 cycles. The
abstract of a companion (Y. Zhang et al., Sci. Adv. 7, eabg3788, 2021) has 200 ps. So the mobile species is the silver
ion, with the barrier calculated for it, 0.27 eV; that of a vacancy in MAPbI3, 0.58 eV, would ask for more than twice
the field. There is no electrode reaction: a column of silver stands on the silver electrode, a gap above the gold one
is what SET closes. The field enhances hopping with sinh(qaE/2kT), up to where it takes the barrier away. The gap was
chosen for 100 ps to take no more than 4.8 V; nothing else is fitted to a published figure.

Silver conducts as a metal from 0.3116 of its sites on, and fully where it fills the column; carriers average it over a
pseudo-cubic cell, that of one site. With a conductivity that grows from the first ion on, the electrons of the column
would screen the gap, and no silver would leave. The electrons are the metal's and stay there: silver is not ambipolar.
Silver is conserved: what leaves the column piles up at gold, and the gap closes in the tail between them.

Cells of 0.25 nm resolve that length at faces. With them SET takes 1.035 ns at 3 V and 86 ps at 4.8 V, with 0.125 nm
(``device(fine=...)``) 1.039 ns and 86 ps; V_reset and the lifetime of OFF stay within 1 % too. Peak temperatures do
not: 1440 K at 3 V becomes 1660 K, 2070 K at 4.8 V becomes 2790 K. They are those of the neck that has just closed,
beyond what any halide survives: a compliance of 10 uA is too much for a neck of a nanometre.

Ions carry none of the terminal current here. To close the gap in 1 ns at 3 V takes some 430 of them, 70 nA on the
mean and 2e-16 J, which currents and energies before SET leave out, with 0.2 nA of electrons. 1 pJ in 100 ps is 10 mW,
which would heat one wire of 10 nm by 1e5 K if no heat left: it is that of many wires or of the set-up, and no target
for one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from fem import (
    Circuit,
    Device,
    HeatSink,
    NewtonOptions,
    OhmicContact,
    State,
    StepControl,
    equilibrium,
    materials,
    steady,
    with_ions,
)
from fem.materials import Arrhenius, Datum, Material, perovskites
from fem.physics import Conduction, DepositConductivity, Heat, MobileIons
from fem.units import V, nm, s
from geometries import FilamentSeed, Layer, Nanowire, VerticalStack
from studies import AfterMaximum, apply
from studies.devices import PublishedDevice, Reported
from studies.devices.ag_mapbi3 import eased
from studies.devices.mapbi3_filament import POOR
from studies.devices.shared.filament import screening
from studies.protocols.shapes import Pulse, Rest, Sweep
from studies.results.trace import Trace

ION = "silver_ion"
DIAMETER, LENGTH, WALL, ELECTRODE = 10 * nm, 100 * nm, 50 * nm, 30 * nm
#: Height of the part of the wire with fine cells, which holds the gap, and the gap itself [m].
FOOT, GAP = 3 * nm, 1.4 * nm
JUMP = Datum(0.444, "nm", "assumed", "between interstitial sites: as between iodide sites of MAPbI3")
BARE = Datum(1e24, "m^-3", "assumed", "what is left beside the column: too little to conduct")
SILVER = replace(perovskites.SILVER_IN_MAPBI3, mean_density=BARE)
#: Silver in the column [1/m^3].
COLUMN = 0.9 * 4.04e27
CONNECTED = Datum(
    1.26e27,
    "m^-3",
    "Stauffer1994",
    "0.3116 of the interstitial sites: occupied ones connect, simple cubic lattice; fewer conduct as the bare film",
)
SPACING = Datum(
    0.628,
    "nm",
    "Calado2022",
    "pseudo-cubic cell, of one site for silver: over it carriers average its density",
)
RICH = Datum(Arrhenius(3.3e4, 0.006), "S/m", "Larentis2012", "of HfOx; none of silver in a halide was read")
COMPLIANCE = 1e-5
ALUMINA = materials.AL2O3.with_(
    thermal_conductivity=Datum(
        1.15, "W/(m K)", "BorcaTasciuc2005", "middle of 1.0 to 1.3 of porous templates"
    ),
    electrical_conductivity=Datum(
        1e-7, "S/m", "assumed", "carries next to nothing; with less its Fermi level is lost in rounding"
    ),
)
NO_HEAT = ALUMINA.with_(thermal_conductivity=Datum(1e-6, "W/(m K)", "assumed", "a matrix that takes no heat"))
#: Published retention [s] and cell area [m^2].
KEPT, CELL_AREA = 8.7e7, 76.5e-18
#: Factors of silver that moves by a field of V/nm need room to pivot: MUMPS, % more workspace.
OPTIONS = NewtonOptions(tolerance=1e-5, petsc={"mat_mumps_icntl_14": 400})

ABOUT = PublishedDevice(
    name="MAPbI3 nanowire in alumina",
    stack="Au 30 nm | MAPbI3 wire 100 nm, diameter 10 nm, in alumina 50 nm around | Ag 30 nm",
    protocol=Pulse(3 * V, 2e-9 * s, rise=1e-11 * s) + Rest(2e-8 * s, 0.0),
    read_voltage=0.01 * V,
    reported={
        "switching_time": Reported(value=1e-10, unit="s", source="Yantara2026"),
        "energy": Reported(value=1e-12, unit="J", source="Yantara2026"),
        "on_off_ratio": Reported(value=1e7, unit="1", source="Yantara2026"),
        "V_set_lowest": Reported(value=0.19, unit="V", source="Yantara2026"),
        "V_set_highest": Reported(value=4.8, unit="V", source="Yantara2026"),
        "V_reset_lowest": Reported(value=-0.078, unit="V", source="Yantara2026"),
        "V_reset_highest": Reported(value=-3.6, unit="V", source="Yantara2026"),
        "retention": Reported(value=KEPT, unit="s", source="Yantara2026"),
        "cell_area": Reported(value=CELL_AREA, unit="m^2", source="Yantara2026"),
        "cycles": Reported(value=6e6, unit="1", source="Yantara2026"),
        "switching_time_companion": Reported(value=2e-10, unit="s", source="Zhang2021"),
    },
    assumed={
        "length": "100 nm: none is given",
        "matrix": "50 nm of alumina around a wire (pitch 110 nm at 10 nm): none is given; its outside is adiabatic",
        "metal": "poor up to 0.3116 of the sites, rich at the column's 0.9; ln(sigma) in a smooth step between",
        "column": "silver on 0.9 of its sites, all over the pore: the pore is as narrow as filaments are; it ends in a "
        "smooth step of a pseudo-cubic cell, in the middle of which the gap begins",
        "pulse": "rise 10 ps, compliance 10 uA: none is given",
        "reset": "sweep at 1 MV/s: an OFF state of silver with 0.27 eV lasts for microseconds only",
        "tunnelling": "left out: across 1.4 nm it would add to the OFF current",
    },
    calibrated={
        "gap": "1.4 nm, the widest in tenths of a nanometre that 100 ps at up to 4.8 V leave: 1.5 nm takes 123 ps there"
    },
    not_compared={
        "switching_time": "its amplitude is not given: the voltage that 100 ps take is compared",
        "energy": "10 mW for 100 ps: of many wires or of the set-up, no target for one",
        "switching_time_companion": "of a sister device; the amplitude is not given there either",
        "cycles": "nothing wears out here",
    },
)


@dataclass(frozen=True, kw_only=True)
class Switched:
    """SET by one pulse: time from its begin to half of the compliance, but for the current that charges the cell in
    twice the rise [s], energy until then and of the whole pulse [J], peak temperature [K], time in which the rise falls
    to 1/e after the pulse [s]; the state after it.
    """

    time: float
    energy: float
    pulse_energy: float
    peak: float
    cooling: float
    trace: Trace
    after: State


def deposit() -> DepositConductivity:
    """Return the conductivity of silver in the wire: as the bare film until occupied sites connect."""
    poor, rich = POOR.value, RICH.value
    assert isinstance(poor, Arrhenius) and isinstance(rich, Arrhenius)
    return DepositConductivity(
        ion=ION,
        poor=poor,
        rich=rich,
        threshold=CONNECTED.si(),
        density=COLUMN,
        averaging_length=SPACING.si(),
    )


def device(*, diameter: float = DIAMETER, matrix: Material = ALUMINA, fine: float = 0.25 * nm) -> Device:
    """Return the wire in r and z; ``fine``: height of the cells in its foot [m]."""
    coarse = {"size": 15 * nm, "interface_size": 5 * nm}
    stack = VerticalStack(
        Layer("Au", ELECTRODE, **coarse),
        Layer("foot", FOOT, size=fine, interface_size=fine),
        Layer("wire", LENGTH - FOOT, size=10 * nm, interface_size=fine),
        Layer("Ag", ELECTRODE, **coarse),
    )
    shape = Nanowire(
        diameter=diameter,
        width=diameter + 2 * WALL,
        lateral_size=12 * nm,
        edge_size=1.5 * fine,
        wire_layers=("foot", "wire"),
    )
    law = deposit()
    film = materials.MAPBI3.with_ion(ION, SILVER)
    contact = (OhmicContact(), HeatSink(300.0))
    return Device(
        mesh=stack.mesh(**coarse, shape=shape, growth=1.5),
        materials={"Au": materials.GOLD, "foot": film, "wire": film, "Al2O3": matrix, "Ag": materials.SILVER},
        physics=[
            Conduction({"foot": law, "wire": law}, screening=screening(law)),
            MobileIons(ION, jump_distance=JUMP.si()),
            Heat(),
        ],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def start(cell: Device, gap: float = GAP) -> State:
    """Return the wire at 0 V with a column of silver on the silver electrode, and ``gap`` [m] below it.

    A gap of the whole LENGTH is the wire before any silver came.
    """
    rest = equilibrium(cell)
    if gap >= LENGTH:
        return with_ions(rest, ION, lambda x: np.full(x.shape[1], BARE.si()))
    column = FilamentSeed(
        film=(ELECTRODE, ELECTRODE + LENGTH),
        bottom_radius=1e-6,
        top_radius=1e-6,
        inside=COLUMN,
        outside=BARE.si(),
        fraction=1 - gap / LENGTH,
        start="top",
        edge_width=SPACING.si(),
    )
    return with_ions(rest, ION, lambda x: column.density(x, 2))


def switch(
    begin: State,
    amplitude: float,
    width: float,
    *,
    rise: float = 1e-11,
    compliance: float = COMPLIANCE,
) -> Switched:
    """Return what a SET pulse of ``amplitude`` [V], ``width`` and ``rise`` [s] does, with 20 ns after it."""
    run = apply(
        begin,
        {"top": Pulse(amplitude, width, rise=rise) + Rest(2e-8, 0.0)},
        circuits={"top": Circuit(compliance=compliance)},
        control=StepControl(tolerance=1e-2, max_bias_step=0.3, resolution=2e-2, min_step=1e-16),
        options=OPTIONS,
        restart=eased,
    )
    trace = run.trace
    time, current = trace.time, trace.current
    power = current * trace.data["device_voltage"].values
    closed = (current > 0.5 * compliance) & (time > 2 * rise)
    first = int(np.argmax(closed)) if closed.any() else len(time)
    temperature = trace.data["temperature_max"].values
    end = int(np.searchsorted(time, width + 2 * rise))
    warm = temperature[end:] - 300.0
    return Switched(
        time=float(time[first]) if closed.any() else math.nan,
        energy=float(np.trapezoid(power[: first + 1], time[: first + 1])),
        pulse_energy=float(np.trapezoid(power, time)),
        peak=float(temperature.max()),
        cooling=float(time[end:][warm <= warm[0] / math.e][0] - time[end]),
        trace=trace,
        after=run.state,
    )


def resistance(state: State, read: float = ABOUT.read_voltage) -> float:
    """Return the resistance [Ohm] at ``read`` [V] with the silver where it is."""
    seen = steady(state.device, {"top": read}, start=state, frozen_ions=True, options=OPTIONS)
    return read / seen.current("top")


def reset_voltage(begin: State, rate: float = 1e6, lowest: float = -3.6) -> float:
    """Return the voltage [V] of the largest current on the way to ``lowest`` at ``rate`` [V/s]."""
    trace = apply(
        begin,
        {"top": Sweep(0, lowest, rate=rate)},
        stop=AfterMaximum("top", 0.03),
        control=StepControl(tolerance=1e-2, max_bias_step=0.1, resolution=2e-2),
        options=OPTIONS,
    ).trace
    return float(trace.voltage[np.argmin(trace.current)])


def kept(begin: State, duration: float, read: float = 1e-3) -> Trace:
    """Return the trace of ``duration`` [s] at ``read`` [V], too little to move anything, from a state at 0 V."""
    at_read = steady(begin.device, {"top": read}, start=begin, frozen_ions=True, options=OPTIONS)
    control = StepControl(tolerance=1e-2, max_bias_step=1.0, resolution=0.2)
    return apply(at_read, {"top": Rest(duration, read)}, control=control, options=OPTIONS).trace


def off_lifetime(trace: Trace) -> float:
    """Return when half of the change of ln I that the trace shows is done [s]."""
    change = np.log(trace.current / trace.current[0])
    return float(np.interp(0.5 * change[-1], change, trace.time))
