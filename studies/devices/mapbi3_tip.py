"""Ag | MAPbI3 | Au tip: a tip electrode beside a planar one in the same film.

Published: a MAPbI3 film with PMMA between Ag and Au tips on ITO sets at -0.11 V, with an on/off ratio of 1e8 over
more than 4e3 cycles and 1e4 s, by filaments of silver and iodide vacancies (J. Chen, Z. Feng, M. Luo et al., J.
Mater. Chem. C 9, 15435, 2021, as reported by Yantara et al., Chem. Soc. Rev. 2026, 55, 2145). Shape, radius and
height of the tips, thicknesses and the planar V_set and its spread were not read.

Simulated: a column on the axis of a round cell, a grain boundary say, in which silver from the top electrode moves
(``ElectrodeReaction``) and is deposited from the counter electrode up (``DepositConductivity``). That electrode is
flat or a cone. Two things differ at random from device to device, each alone, and the same draws serve both cells: a
rounded asperity on the counter electrode, and how readily silver leaves its electrode. Positive on Ag here is
negative on the tip.

RESET: silver of 0.27 eV dissolves in its electrode as soon as no field holds it. Under a compliance the filament breaks
and forms anew until, on the way back, it is gone for good at 0.1 to 0.2 V on Ag (1 V/s, 0.1 uA): there is nothing left
to RESET under the other polarity, and a cycle ends at rest. The published filament stays for 1e4 s; metal that holds
together, which this model has not, would.

Cells are 0.37 nm at electrodes and wall and grow along the column to 2.5 nm: the tip sets at 0.394 V, the planar cell
at 0.617 V. With 1.25 nm it is 0.391 and 0.614 V; half the cells at the electrodes, at the wall or over the radius
move neither by 1 %, nor does half of all at the tip (0.390 V). Not computed anew with these cells: cycles and
retention, of which the figures above are of rows of 7 nm that set at 0.64 V (under the compliance a sweep takes some
250 steps a millivolt), and the spread over random devices, but for three with an uneven exchange: 0.382 to 0.392 V
with the tip, 0.585 to 0.611 V without. Newton's method may give up where the deposit bridges: such a V_set is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fem import (
    Circuit,
    Device,
    NewtonOptions,
    OhmicContact,
    State,
    StepControl,
    equilibrium,
    steady,
)
from fem.materials import Arrhenius
from fem.physics import Conduction, MobileIons
from fem.units import K, V, nm
from geometries import ConeTip
from geometries.column import ColumnOverTip
from studies import When, apply
from studies.devices import PublishedDevice, Reported
from studies.devices.ag_mapbi3 import (
    DEPOSIT,
    EXCHANGE,
    FACE,
    POOR_FILM,
    RATE,
    REACTION,
    SILVER,
    channel,
    eased,
)
from studies.devices.shared.filament import screening
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest, Sweep
from studies.results.trace import Trace

FILM, RADIUS, COLUMN = 60 * nm, 30 * nm, 5 * nm
#: Height [m] and half angle of the tip; half angle of an asperity on the flat electrode.
TIP, TIP_ANGLE, ASPERITY_ANGLE = 30 * nm, 0.35, 0.8
#: Medians [m] of height and apex radius of an asperity, and the standard deviation of the logarithm of each.
ASPERITY, APEX, SIGMA = 5 * nm, 5 * nm, 0.3
#: Standard deviation of the logarithm of the exchange flux.
SIGMA_EXCHANGE = 0.2
#: Of a cycle: compliance [A] and its highest and lowest voltage on Ag [V].
COMPLIANCE, HIGHEST, LOWEST = 1e-7, 1.0, -1.0
#: Of Newton's method and of time steps, in front of which a deposit goes from node to node.
OPTIONS = NewtonOptions(tolerance=1e-5)
CONTROL = StepControl(tolerance=0.1, max_bias_step=5e-3 * V, growth=3.0)

ABOUT = PublishedDevice(
    name="Ag/MAPbI3/Au tip",
    stack="Au, flat or a cone of 30 nm | MAPbI3 60 nm with a column of radius 5 nm | Ag",
    protocol=Sweep(0, 2 * V, 0, rate=RATE),
    read_voltage=0.02 * V,
    reported={
        "V_set": Reported(value=-0.11, unit="V", source="Chen2021"),
        "on_off": Reported(value=1e8, unit="1", source="Chen2021"),
        "cycles": Reported(value=4e3, unit="1", source="Chen2021"),
        "retention": Reported(value=1e4, unit="s", source="Chen2021"),
    },
    assumed={
        "film": "60 nm, radius 30 nm, without PMMA: no thickness read",
        "tip": "cone of 30 nm, half angle 0.35 rad: neither shape nor size read",
        "asperity": "on the axis, height and apex radius lognormal with medians of 5 nm and 0.3: no roughness read; on "
        "the tip it adds its height and has its radius as the apex",
        "exchange": "its logarithm has a standard deviation of 0.2, 5 meV of its barrier: none read",
        "column": "radius 5 nm: silver moves along a grain boundary; one that moves everywhere spreads at once",
        "vacancies": "left out: in this film they pile up at the tip but make no filament",
        "conductivities": "film 1e-3 S/m, silver 1e4 S/m: their ratio bounds the on/off ratio",
        "cycle": "to 1 V and to -1 V on Ag, compliance 0.1 uA: none was read",
        "metal": "silver on 70 to 97 % of its sites (2.8e27 to 3.9e27 1/m^3): no percolation of it was read",
        "dissolved silver": "1e25 1/m^3 at rest, also the start: no solubility read",
        "reaction layer": "0.6 nm: one pseudo-cubic cell",
        "barrier of the silver's exchange": "0.219 eV in place of the 0.6 eV of Ag/AgI: calibrated, not to this device "
        "but to 1e7 V/m (Choi et al. 2016, as quoted in Yantara 2026) on 90 nm of Ag/MAPbI3/Pt: "
        "no V_set is printed there",
        "transfer coefficient": "0.3, the top of 0.1 to 0.3 for Ag/AgI (JART ECM)",
        "sweep": "1 V/s on Ag: no rate read",
        "temperature": "300 K: before a set there is no current that heats",
    },
    not_compared={"cycles": "nothing wears out here"},
)


def asperity(seed: int) -> tuple[float, float]:
    """Return height and apex radius [m] of the random asperity of a ``seed``."""
    height, radius = np.random.default_rng(seed).lognormal(0.0, SIGMA, 2)
    return ASPERITY * float(height), APEX * float(radius)


def exchange(seed: int) -> float:
    """Return the factor of the exchange flux of a ``seed``."""
    return float(np.random.default_rng((seed, 1)).lognormal(0.0, SIGMA_EXCHANGE))


def device(
    *,
    tip: float = TIP,
    height: float = ASPERITY,
    radius: float = APEX,
    factor: float = 1.0,
    row: float = 2.5 * nm,
    face: float = FACE,
    growth: float = 1.25,
    across: int = 2,
    edge: float = FACE,
) -> Device:
    """Return the cell over a ``tip`` [m], 0 for the planar one, with an asperity of that ``height`` and ``radius`` [m].

    ``factor`` of the exchange flux. Cells of the column are ``face`` [m] high at the electrodes, at most ``row`` [m]
    elsewhere, and neighbours differ by ``growth`` at most; ``across``: even ones over its radius, up to two at its
    wall, the last of them of ``edge`` [m].
    """
    angle = TIP_ANGLE if tip else ASPERITY_ANGLE
    column = ColumnOverTip(
        thickness=FILM,
        radius=RADIUS,
        column=COLUMN,
        tip=ConeTip(apex_radius=radius, half_angle=angle, height=tip + height),
        last=face,
        largest=row,
        growth=growth,
        across=across,
        edge=edge,
    )
    flux = Arrhenius(factor * EXCHANGE.prefactor, EXCHANGE.activation_energy)
    return Device(
        mesh=column.drawing(),
        materials={"film": POOR_FILM, "column": channel(SILVER)},
        physics=[
            Conduction({"column": DEPOSIT}, screening=screening(DEPOSIT)),
            MobileIons(SILVER, regions=("column",)),
            replace(REACTION, exchange_flux=flux),
        ],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300 * K,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def set_voltage(
    cell: Device,
    *,
    rate: float = RATE,
    highest: float = 2 * V,
    tolerance: float = 0.1,
    observe: Callable[[State], None] | None = None,
) -> float:
    """Return the voltage [V] on Ag at which the deposit has bridged the film, in a sweep from 0 at ``rate`` [V/s].

    That is where silver has half of the density that conducts, three reaction layers below Ag: the rest is bridged at
    once, and then without a compliance. nan if it does not come to that below ``highest`` [V].
    """
    x = cell.context.scalar_space.tabulate_dof_coordinates() * cell.mesh.unit
    axis = np.flatnonzero(x[:, 0] < 1e-3 * COLUMN)
    gate, enough = axis[np.argsort(x[axis, 1])[-3]], DEPOSIT.threshold / 2
    run = apply(
        start(cell),
        {"top": Sweep(0, highest, rate=rate)},
        stop=When(
            lambda state: float(state.ion_density(SILVER)[gate]) - enough, "silver has bridged the film"
        ),
        control=replace(CONTROL, tolerance=tolerance),
        options=OPTIONS,
        observe=observe,
    )
    return run.crossing_voltage


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A sweep to HIGHEST and back, and one to LOWEST and back.

    ``set``, ``hold``: voltages [V] on Ag at which half of the compliance flows first and last; ``before``, ``held``,
    ``after``: resistances [Ohm] at rest, of the filament that carries the compliance, and at rest after it;
    ``reset_current``: the largest current [A] below 0 V; ``end``: the state after both.
    """

    set: float
    hold: float
    before: float
    held: float
    after: float
    reset_current: float
    end: State


def cycle(begin: State) -> Cycle:
    """Return what a cycle from ``begin`` does; voltages are nan where half of the compliance does not flow."""
    up, on = _limited(begin, Sweep(0, HIGHEST, 0, rate=RATE))
    down, end = _limited(on, Sweep(0, LOWEST, 0, rate=RATE))
    flows = np.flatnonzero(up.current > 0.5 * COMPLIANCE)
    first, last = up.voltage[flows[[0, -1]]] if len(flows) else (np.nan, np.nan)
    full = up.current > 0.999 * COMPLIANCE
    device_voltage = up.data["device_voltage"].values[full]
    return Cycle(
        set=float(first),
        hold=float(last),
        before=resistance(begin),
        held=float(device_voltage.min() / COMPLIANCE) if full.any() else float("nan"),
        after=resistance(on),
        reset_current=float(-down.current.min()),
        end=end,
    )


def retention(cell: Device, longest: float = 1.0) -> float:
    """Return the time [s] after which a filament that was set carries half at the read voltage; nan if ``longest``."""
    read, fall = ABOUT.read_voltage, 1e-6
    protocol = Sweep(0, HIGHEST, rate=RATE) + Sweep(HIGHEST, read, rate=(HIGHEST - read) / fall)
    trace, _ = _limited(start(cell), protocol + Rest(longest, read))
    rest = trace.time > HIGHEST / RATE + fall * (1 - 1e-9)
    time, current = trace.time[rest], trace.current[rest]
    lost = np.flatnonzero(current < 0.5 * current[0])
    return float(time[lost[0]] - time[0]) if len(lost) else float("nan")


def resistance(state: State) -> float:
    """Return the resistance [Ohm] at the read voltage with the silver where it is."""
    read = ABOUT.read_voltage
    seen = steady(state.device, {"top": read}, start=state, frozen_ions=True, options=OPTIONS)
    return read / seen.current("top")


def _limited(begin: State, protocol: Protocol) -> tuple[Trace, State]:
    """Return trace and last state of a ``protocol`` on Ag with the compliance."""
    circuits = {"top": Circuit(compliance=(None, COMPLIANCE))}
    run = apply(begin, {"top": protocol}, circuits=circuits, control=CONTROL, options=OPTIONS, restart=eased)
    return run.trace, run.state
