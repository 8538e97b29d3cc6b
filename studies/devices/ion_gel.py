r"""Ion-gel gated (PEA)2SnI4 transistor: what the double layer does below 2 V, and what the uptake of EMIM+ remembers.

Published: PVDF-HFP with [EMIM][TFSI] on (PEA)2SnI4 works at a strongly lowered voltage, and its conductance is updated
linearly and symmetrically, by migration of EMIM+ (Xia et al., ACS Appl. Mater. Interfaces 17, 10886, 2025, as reviewed
by Yantara et al., Chem. Soc. Rev. 2026, 55, 2145, which prints no number). Gels of this salt have more than 0.1
F/m^2 at 10 Hz and draw some 1e18 holes per m^2 (Lee et al., J. Phys. Chem. C 113, 8972, 2009, on a polymer).

Simulated: holes of the film, EMIM+ and TFSI- in the gel, each on a limited number of sites, and ``IonTransfer`` of
EMIM+ into the film, where it balances what the gate would draw in holes. Without uptake the double layers empty in
microseconds, and nothing is remembered. The gate rests at -0.5 V, where the channel conducts and is read; +1 V puts
ions in (depression), -1 V takes them out (potentiation).

Calibrated: nothing, for there is no number; the velocity of the uptake is assumed, such that 50 pulses are far from
saturation. Not predicted: speed, range and retention, which follow from it; a Stern layer; electrons; and holes in a
band that is not Boltzmann's: the ten of them per nm^3 beside the gel are more than the band has states. Found: +1 V
lowers the conductance almost linearly, -1 V empties the film of its ions within few pulses, because the double layer
drives them out, and within minutes the resting gate restores what it holds in equilibrium.

Figures are those of a line through gel and film, whose conductance is the integral of its holes (gradual channel);
``device`` is the section with source and drain: the same in its middle, but with 40 % of the current,
by contacts that hold few holes. More is taken up beside them: a pulse of +0.5 V lowers the drain current by 24 %, the
middle by 0.2 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem import materials
from fem.constants import ELEMENTARY_CHARGE
from fem.contacts import GateContact, OhmicContact
from fem.device.device import Device
from fem.device.state import State
from fem.errors import UnknownNameError
from fem.materials import Arrhenius, Datum, Material, MobileIon
from fem.physics import Carriers, IonTransfer, MobileIons, Poisson, Term
from fem.solvers.equilibrium import equilibrium
from fem.solvers.options import NewtonOptions
from fem.solvers.steady import steady
from fem.species import IonSpecies
from fem.transient.timestepping import StepControl
from fem.units import K, V, eV, mm, nm, um
from geometries import Layer, Transistor, VerticalStack
from studies import PulseTrain, Rest, Snapshots, Sweep, apply
from studies.devices import PublishedDevice, Reported

Array = npt.NDArray[np.float64]
CHANNEL, GEL, OXIDE = 50 * nm, 10 * um, 300 * nm
LENGTH, WIDTH, TEMPERATURE = 50 * um, 1 * mm, 300 * K
FINE = 0.1 * nm  #: cells at the faces of the gel; its Debye length is as long
REST, PULSE, DURATION, EDGE, SETTLING = -0.5 * V, 1.0 * V, 0.05, 1e-3, 1000.0  #: gate [V], times [s]
GATES = ("gel", "SiO2")
#: [J], with which contacts have the holes of the film's acceptors, and a gate no band bending.
LEVEL = 5.06 * eV
EMIM = IonSpecies("uptaken_emim", +1, "EMIM+ in the film")
MOBILITY = Datum(0.76e-4, "m^2/(V s)", "Chao2023", "of holes, pristine film")
PAIRS = Datum(
    1.2e27, "m^-3", "assumed", "half of the 2.3e27 of the neat salt (Tokuda 2005), the rest is polymer"
)
PLACES = Datum(2.3e27, "m^-3", "Tokuda2005", "ions of the neat salt: no more of either kind fit")
SPACERS = Datum(3e27, "m^-3", "assumed", "2 ammonium ions per formula unit in a cell of some 0.6 nm^3")
INSIDE = MobileIon(
    mean_density=Datum(1e20, "m^-3", "assumed", "none before the gate rests on the film"),
    diffusivity=Datum(
        Arrhenius(3.3e-8, 0.6), "m^2/s", "assumed", "0.6 eV, a large ion; prefactor by hopping"
    ),
    site_density=SPACERS,
)
FILM = Material(
    name="(PEA)2SnI4",
    kind="semiconductor",
    relative_permittivity=Datum(
        4.2, "1", "assumed", "across the layers: 6.1 and 3.3 of well and barrier in series"
    ),
    electron_affinity=Datum(
        3.0, "eV", "assumed", "valence band at 5.2 eV (Kagan 1999), less a gap of 2.2 eV"
    ),
    band_gap=Datum(2.2, "eV", "assumed", "exciton at 2.03 eV, bound by some 0.2 eV"),
    effective_dos_conduction=Datum(2.2e24, "m^-3", "assumed", "as other halides: none read"),
    effective_dos_valence=Datum(2.2e24, "m^-3", "assumed", "as other halides: none read"),
    electron_mobility=Datum(1e-6, "m^2/(V s)", "assumed", "electrons are left out"),
    hole_mobility=MOBILITY,
    acceptor_density=Datum(1e22, "m^-3", "assumed", "p-type in air; none read"),
    ions={EMIM.name: INSIDE},
)
IONIC = Material(
    name="PVDF-HFP with [EMIM][TFSI]",
    kind="insulator",
    relative_permittivity=Datum(12.0, "1", "assumed", "that of the neat salt, without its ions' motion"),
    ions={
        "cation": MobileIon(
            mean_density=PAIRS,
            site_density=PLACES,
            diffusivity=Datum(1.5e-11, "m^2/s", "assumed", "0.3 of 5e-11 in the neat salt (Tokuda 2005)"),
        ),
        "anion": MobileIon(
            mean_density=PAIRS,
            site_density=PLACES,
            diffusivity=Datum(9e-12, "m^2/s", "assumed", "0.3 of 3e-11 in the neat salt (Tokuda 2005)"),
        ),
    },
)
UPTAKE = IonTransfer(
    "film|gel",
    "cation",
    EMIM.name,
    velocity=5e-12,
    partition=10.0,
    transfer_coefficient=0.5,
    reference_density=1e26,
)

ABOUT = PublishedDevice(
    name="ion-gel gated (PEA)2SnI4 synaptic transistor",
    stack="(PEA)2SnI4 50 nm | PVDF-HFP:[EMIM][TFSI] 10 um | gate; source and drain 50 um apart, 1 mm wide",
    protocol=Rest(SETTLING, REST),
    read_voltage=REST,
    reported={
        "capacitance": Reported(value=0.1, unit="F/m^2", source="Lee2009"),
        "holes": Reported(value=1e18, unit="m^-2", source="Lee2009"),
        "gate voltage": Reported(value=2.5, unit="V", source="Lee2009"),
    },
    assumed={
        "geometry": "film 50 nm, gel 10 um (its thickness sets the speed alone), 50 um x 1 mm: no number is printed",
        "pulses": "+-1 V for 50 ms, edges of 1 ms, 50 ms apart: no number is printed",
        "rest": "-0.5 V at the gate, on for 1000 s before: at 0 V +1 V would empty the film of holes and do no more",
        "partition": "10: EMIM+ is 60 meV lower in the film; at 1 it would go back ten times as fast as it comes",
        "transfer coefficient": "0.5: a barrier half way",
        "velocity": "5e-12 m/s at 1e26 1/m^3: 50 pulses span some part of the conductance; nothing to calibrate it to",
        "contacts": "ohmic, with the holes of the film's acceptors; gate of the same work function",
    },
    not_compared={"gate voltage": "a limit, below which the holes of the polymer were drawn"},
)


def line(gate: str = "gel", *, uptake: bool = True) -> Device:
    """Return film and ``gate`` medium ("gel" or "SiO2") on a line; contacts "bottom", the source, and "top", the gate.

    ``uptake``: whether EMIM+ goes into the film. Raises UnknownNameError.
    """
    if gate not in GATES:
        raise UnknownNameError("gate medium", gate, GATES)
    thickness = GEL if gate == "gel" else OXIDE
    stack = VerticalStack(Layer("film", CHANNEL, size=5 * nm), Layer(gate, thickness, size=thickness / 10))
    drawing = stack.mesh(size=thickness / 10, interface_size=FINE, growth=1.6)
    return _device(drawing, gate, uptake and gate == "gel", ("bottom", "top"))


def device(*, length: float = 2 * um, uptake: bool = True, gel: float = 1 * um) -> Device:
    """Return a section with "source", "drain" and "gate"; ``length`` of the channel, thickness of the ``gel`` [m]."""
    section = Transistor(
        channel=(Layer("film", CHANNEL, size=5 * nm),),
        dielectric=(Layer("gel", gel, size=gel / 4),),
        channel_length=length,
        contact_length=0.0,
        gate="top",
        contacts="edge",
        width=WIDTH,
    )
    drawing = section.mesh(
        size=gel / 4, interface_size=FINE, lateral_size=length / 6, edge_size=5 * FINE, growth=1.6
    )
    return _device(drawing, "gel", uptake, ("source", "drain", "gate"))


def _device(drawing: Any, gate: str, uptake: bool, contacts: Sequence[str]) -> Device:
    physics: list[Term] = [Poisson(), Carriers(species=("hole",))]
    if gate == "gel":
        physics += [MobileIons("cation"), MobileIons("anion")]
    if uptake:
        physics += [MobileIons(EMIM, background=False), UPTAKE]  # type: ignore[arg-type]
    ohmic, gated = OhmicContact(work_function=LEVEL), GateContact(work_function=LEVEL)
    return Device(
        mesh=drawing,
        materials={"film": FILM, gate: IONIC if gate == "gel" else materials.SIO2},
        physics=physics,
        contacts={name: gated if name == contacts[-1] else ohmic for name in contacts},
        temperature=TEMPERATURE,
    )


def holes(state: State) -> float:
    """Return the holes of the film per area [1/m^2]: of a section, those in its middle."""
    mesh = state.device.mesh
    x = mesh.mesh.geometry.x * mesh.unit
    height, across = x[:, mesh.dim - 1], np.abs(x[:, 0]) if mesh.dim == 2 else np.zeros(len(x))
    inside = (height < CHANNEL + 1e-3 * FINE) & (across < across.min() + 1e-3 * FINE)
    order = np.flatnonzero(inside)[np.argsort(height[inside])]
    return float(np.trapezoid(state.density("hole")[order], height[order]))


def conductance(state: State) -> float:
    """Return the conductance [S] between source and drain of a film as on the line."""
    return ELEMENTARY_CHARGE * MOBILITY.si() * holes(state) * WIDTH / LENGTH


def charged(gate: str, voltages: Sequence[float]) -> Array:
    """Return the holes per area [1/m^2] at gate ``voltages`` [V], steady, without uptake; shape (voltages,)."""
    device = line(gate, uptake=False)
    state, found = equilibrium(device), []
    for voltage in voltages:
        state = steady(device, {"top": voltage}, start=state)
        found.append(holes(state))
    return np.array(found)


def start(cell: Device, *, duration: float = SETTLING) -> State:
    """Return the state after the gate has been at rest for a ``duration`` [s]."""
    gate, rise = list(cell.contacts)[-1], 1e-2
    ramp = Sweep(0, REST, rate=abs(REST) / rise)
    return apply(cell, {gate: ramp + Rest(duration - rise, REST)}, control=control(), options=OPTIONS).state


#: Holes below 1e-10 of the densest carry nothing: where the gate has emptied the film they are round-off.
OPTIONS = NewtonOptions(floor=1e-10)


def control() -> StepControl:
    """Return how long steps may be."""
    return StepControl(tolerance=0.1, max_bias_step=0.5)


def pulsed(begin: State, amplitudes: Sequence[float]) -> list[State]:
    """Return the states before and at the end of the rest after each pulse of the gate to ``amplitudes`` [V].

    A pulse takes ``DURATION`` [s] with its edges, and so does the rest after it. Raises OutOfRangeError without pulses.
    """
    pulses = PulseTrain(amplitudes, DURATION - 2 * EDGE, interval=DURATION, rise=EDGE, base=REST)
    seen = Snapshots({str(k): float(time) for k, time in enumerate(pulses.cycle_times)})
    gate = list(begin.device.contacts)[-1]
    apply(begin, {gate: pulses}, control=control(), options=OPTIONS, observe=seen)
    return list(seen.states.values())


def pulse_train(
    begin: State, amplitudes: Sequence[float], read: Callable[[State], float] = conductance
) -> Array:
    """Return what is read of each of the states of ``pulsed``, shape (pulses + 1,)."""
    return np.array([read(state) for state in pulsed(begin, amplitudes)])


def nonlinearity(values: Array) -> float:
    """Return the largest distance of ``values`` from the straight line from first to last, over their range."""
    line_ = np.linspace(values[0], values[-1], len(values))
    return float(np.abs(values - line_).max() / abs(values[-1] - values[0]))
