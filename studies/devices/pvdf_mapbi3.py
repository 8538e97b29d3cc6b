"""MAPbI3 between two gold electrodes under a P(VDF-TrFE) gate: volatile unpoled, non-volatile poled.

Published (Gao et al., Appl. Phys. Rev. 9, 021417, 2022, as in Li 2024): three terminals, gold contacts, P(VDF-TrFE) as
the upper gate insulator. Unpoled: bipolar and volatile, set at +3.44 and -3.42 V. After +-20 V for 60 s on the gate:
non-volatile, the conductance set by the polarity. Gap, thicknesses, currents, rates, on/off and times are not given.

Nothing is calibrated: a gap, two thicknesses and a rate that are not given could each be bent to 3.44 V. Vacancies
come as two published pairs of density and diffusivity, 1e24 and 1.1e21 1/m^3 (``PAIRS``), for P_r over the film is
1.8e24 charges per m^3: only the dense ones can balance a part of it. A loop sets where the current first passes
``SET`` on its way out and more flows on the way back. While the drain is swept, the gate is at half of its voltage,
where a gate that floats would be by symmetry; a gate held at the source makes the two signs differ.

Found: dense vacancies make a bipolar loop that is forgotten within 1e4 s; its first way up, from rest, sets far below
the later ones. Sparse ones make none.

Not predicted: currents in ampere, on/off, filaments, the crossing of ions into gold. Not found here is what the paper
gives as the cause, a barrier of Au(-)/MAPbI3 that ions change: poling switches the channel by its carriers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fem import Device, GateContact, SchottkyContact, State, equilibrium, materials
from fem.materials import Datum, Material, perovskites
from fem.physics import Carriers, Ferroelectric, MobileIons, Poisson
from fem.units import V, eV, nm, um
from geometries import Layer, Transistor
from studies import apply
from studies.devices import PublishedDevice, Reported
from studies.devices.shared.ferroelectric_gates import OPTIONS, control, copolymer, written
from studies.metrics.conductance import conduction_current
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest, Sweep

Array = npt.NDArray[np.float64]
ION, FILM, INSULATOR = "iodide_vacancy", "film", "ferroelectric"
CHANNEL, THICKNESS, GAP = 300 * nm, 300 * nm, 5 * um
POLING, HOLD, REST = 20 * V, 60.0, 10.0
LARGEST, RATE, READ = 4 * V, 0.1, 0.5 * V
SET = 1e-4  #: current per width at which a loop counts as set [A/m], a tenth of that at READ on the way back
OPEN = 2.0  #: how much more flows on the way back where there was a set
GOLD = 5.1 * eV
PAIRS = {"dense": perovskites.VACANCY_DRIFTFUSION, "sparse": perovskites.VACANCY_FUTSCHER}
AFFINITY = Datum(3.93, "eV", "assumed", "levels of films by photoemission: -3.93 and -5.43 eV")
BAND_GAP = Datum(1.5, "eV", "assumed", "that of the levels: holes see 0.33 eV at gold, electrons 1.17 eV")
MOBILITY = Datum(
    5e-5, "m^2/(V s)", "assumed", "of transistors at room temperature, 0.5 cm^2/Vs for electrons"
)

ABOUT = PublishedDevice(
    name="P(VDF-TrFE)/MAPbI3 memristor",
    stack="Au | P(VDF-TrFE) 300 nm | MAPbI3 300 nm, gap 5 um between Au",
    protocol=Sweep(0, LARGEST, -LARGEST, LARGEST, 0, rate=RATE),
    read_voltage=READ,
    reported={
        "V_set": Reported(value=3.44, unit="V", source="Gao2022"),
        "V_set_negative": Reported(value=-3.42, unit="V", source="Gao2022"),
    },
    assumed={
        "gap": "5 um: not given; lateral ones are above 1 um, and 3.44 V are 0.7e6 V/m then",
        "film": "300 nm: not given",
        "P(VDF-TrFE)": "300 nm: 20 V switch it in a millisecond; up to 620 nm they would in 60 s",
        "gold": "5.1 eV, at the film's ends, image force with a permittivity of 5.5; no pinning",
        "sweep": "0.1 V/s to 4 V: not given",
        "gate while sweeping": "at half of the drain's voltage, as if it floated",
        "vacancies": "two pairs of density and diffusivity, each of one source",
    },
)


def film(pair: str) -> Material:
    """Return MAPbI3 with the vacancies of a ``pair``, "dense" or "sparse"."""
    made = materials.MAPBI3.with_(
        electron_affinity=AFFINITY, band_gap=BAND_GAP, electron_mobility=MOBILITY, hole_mobility=MOBILITY
    )
    return made.with_ion(ION, PAIRS[pair])


def device(pair: str = "dense", *, gap: float = GAP) -> Device:
    """Return the section with "source", "drain" and an upper "gate", unpoled; currents in A/m."""
    shape = Transistor(
        channel=(Layer(FILM, CHANNEL),),
        dielectric=(Layer(INSULATOR, THICKNESS),),
        channel_length=gap,
        contact_length=0.0,
        gate="top",
        contacts="edge",
    )
    contact = SchottkyContact(work_function=GOLD, image_force_permittivity=5.5)
    return Device(
        mesh=shape.mesh(
            size=80 * nm, interface_size=1 * nm, lateral_size=gap / 8, edge_size=2 * nm, growth=2.0
        ),
        materials={FILM: film(pair), INSULATOR: materials.PVDF_TRFE},
        physics=[Poisson(), Carriers(), MobileIons(ION), Ferroelectric(INSULATOR, copolymer())],
        contacts={"source": contact, "drain": contact, "gate": GateContact(work_function=GOLD)},
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def poled(begin: State, volts: float) -> State:
    """Return the state after ``volts`` on the gate for HOLD and a rest at 0 V of REST [s]."""
    edge = 0.5
    times = np.cumsum([0.0, edge, HOLD, edge, REST])
    return written(begin, "gate", Protocol.from_points(times, [0.0, volts, volts, 0.0, 0.0])).last


def loop(begin: State) -> tuple[Array, Array, Array, State]:
    """Return times [s], drain voltages [V] and currents [A/m] of the published sweep, and the state at its end."""
    halves = [0.5 * s.end for s in ABOUT.protocol.segments]
    run = apply(
        begin,
        {"drain": ABOUT.protocol, "gate": Sweep(0, *halves, rate=RATE / 2)},
        control=control(0.05, 0.25),
        options=OPTIONS,
    )
    return run.trace.time, run.trace.voltage, conduction_current(run.trace), run.state


def set_voltages(time: Array, volts: Array, current: Array) -> tuple[float, float, float]:
    """Return where |current| first passes SET on the first way up, the way down and the second one up [V].

    nan where it does not, or where the way back is not higher by OPEN there: a curve that rises is no set.
    """
    quarter, found = LARGEST / RATE, []

    def part(k: int) -> tuple[Array, Array]:
        chosen = (time >= k * quarter * (1 - 1e-9)) & (time <= (k + 1) * quarter * (1 + 1e-9))
        return np.abs(volts[chosen]), np.abs(current[chosen])

    for k, sign in ((0, 1.0), (2, -1.0), (4, 1.0)):
        (out, rising), (back, falling) = part(k), part(k + 1)
        n = int(np.argmax(rising > SET))
        volt = np.interp(SET, rising[n - 1 : n + 1], out[n - 1 : n + 1]) if n > 0 else np.nan
        opened = n > 0 and np.interp(volt, back[::-1], falling[::-1]) > OPEN * SET
        found.append(sign * float(volt) if opened else float("nan"))
    return found[0], found[1], found[2]


def read(state: State) -> float:
    """Return the current [A/m] one second after a ramp of one second to READ on the drain, the gate as it is."""
    up = Sweep(state.bias.get("drain", 0.0), READ, rate=READ)
    return written(state, "drain", up + Rest(1.0, READ)).last.current("drain")


def rested(state: State, duration: float) -> State:
    """Return the state after ``duration`` [s] at the voltages it has."""
    return written(state, "gate", Rest(duration, state.bias.get("gate", 0.0))).last
