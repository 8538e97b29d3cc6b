"""P(VDF-TrFE) under a CsPbBr3 channel: a p-channel synapse that is depressed and potentiated by its gate.

Published (B. Jeong, P. Gkoupidenis and K. Asadi, Adv. Mater. 33, 2104034, 2021, as in Sun 2026 and Li 2024): transfer
sweeps of +-10 to +-60 V, on/off 1.9e3, 1e4 s, pairs of pulses 135 %; 50 states by pulses of 20 ms, nearly linear, -30
V up and +15 V down; +20 and +30 V depress abruptly, more than 100 ms saturate fast, 5 ms cannot fully reverse the
polarisation; a negative gate raises the conductance. Thicknesses, length and width, mobility and levels are not
given.

One number is calibrated: the thickness of P(VDF-TrFE), so that 50 pulses of +15 V and 20 ms take the conductance to
5 %. The line through the gate (``line``) serves all pulses: its sheet conductance is that of the channel where it is
at the potential of its gold. ``device`` is the whole device in two dimensions, with a channel of 2 um.

Not predicted: currents in ampere (no width, no mobility), the current that remains when the channel is off (a film
in the dark, depleted of holes, without leakage, has next to none), paired pulses and spike timing (no times). There are
no electrons: at a gap of 2.25 eV none come to a dark film, so that P turns from down to little above zero, where holes
are gone, and further only as far as a gate voltage across the depleted film and its vacancies makes it.
"""

from __future__ import annotations

import numpy as np

from fem import Device, GateContact, OhmicContact, State, equilibrium, materials
from fem.materials import Arrhenius, Datum, Material, MobileIon
from fem.physics import Carriers, Ferroelectric, MobileIons, Poisson
from fem.units import V, eV, nm, um
from geometries import Layer, Transistor, VerticalStack
from studies.devices import PublishedDevice, Reported
from studies.devices.shared.ferroelectric_gates import REMANENT, copolymer, train

ION, FILM, INSULATOR = "bromide_vacancy", "film", "ferroelectric"
CHANNEL, LENGTH = 50 * nm, 2 * um
#: Calibrated: thickness of P(VDF-TrFE) [m].
THICKNESS = 428 * nm
PULSES, WIDTH, RISE, INTERVAL = 50, 20e-3, 0.1e-3, 50e-3
DEPRESSION, POTENTIATION = 15 * V, -30 * V
LEFT = 0.05  #: of the conductance after all pulses, to which the thickness is calibrated
SWEEP_RATE = 10.0  #: of transfer sweeps [V/s]

PERMITTIVITY = Datum(10.0, "1", "assumed", "dots of permittivity 30 in ligands of 2 to 3, half of the volume")
MOBILITY = Datum(2.3e-6, "m^2/(V s)", "Huang2023", "holes in a film of CsPbBr3 dots with short ligands")
ACCEPTORS = Datum(1e22, "m^-3", "assumed", "weakly p-type; with 50 nm, 1e-3 of what P_r moves")
VACANCIES = MobileIon(
    mean_density=Datum(1e24, "m^-3", "assumed", "of 1e23 to 1e24; over 50 nm a tenth of P_r"),
    diffusivity=Datum(
        Arrhenius(3.3e-8, 0.35),
        "m^2/s",
        "Yantara2026",
        "0.35 eV of V_Br in CsPbBr3; prefactor by hopping over 0.444 nm at 1e12 1/s",
    ),
    site_density=Datum(1.5e28, "m^-3", "assumed", "3 bromide per pseudo-cubic cell of 0.587 nm"),
)
GOLD, SILICON, BAND = 5.1 * eV, 4.05 * eV, 5.5 * eV

ABOUT = PublishedDevice(
    name="P(VDF-TrFE)/CsPbBr3 transistor synapse",
    stack="n++ Si | P(VDF-TrFE) 428 nm | CsPbBr3 50 nm | Au",
    protocol=train(DEPRESSION, WIDTH, PULSES, interval=INTERVAL, rise=RISE),
    read_voltage=-0.1 * V,
    reported={
        "states": Reported(value=50, unit="1", source="Jeong2021"),
        "on_off_ratio": Reported(value=1.9e3, unit="1", source="Sun2026"),
        "retention": Reported(value=1e4, unit="s", source="Sun2026"),
        "potentiation": Reported(value=-30.0, unit="V", source="Sun2026"),
        "paired_pulse_ratio": Reported(value=1.35, unit="1", source="Sun2026"),
    },
    assumed={
        "film": "50 nm: not given",
        "gate": "n++ silicon, 4.05 eV",
        "gold on the line": "5.1 eV, ohmic: the film's Fermi level is that of gold, 0.45 eV above its valence band",
        "source and drain": "ohmic at the film's ends, 0.05 eV above its valence band: a barrier would limit the "
        "current, and none is reported",
        "length": "2 um: ratios and voltages do not depend on it while the channel is a good conductor",
        "pulses": "0.1 ms edges, 50 ms apart, read 50 ms after each at 0 V on the gate: not given",
        "50 states": "read as: the range is used up to 95 %",
        "sweeps": "10 V/s: not given",
        "first state": "P all down, as a long negative gate voltage leaves it",
    },
    calibrated={"thickness of P(VDF-TrFE)": "428 nm: 5 % of the conductance left after 50 pulses of +15 V"},
    not_compared={
        "retention": "the time of an experiment: the share kept for as long is simulated",
        "potentiation": "that of the protocol",
        "paired_pulse_ratio": "neither height nor times of the pulses are given",
        "states": "as many as the pulses of the train: that each pulse of it makes a step says nothing of them",
    },
)


def film(*, vacancies: bool = True) -> Material:
    """Return CsPbBr3 as a film of dots, with ``vacancies`` that move or without."""
    made = materials.CSPBBR3.with_(
        relative_permittivity=PERMITTIVITY.si(),
        hole_mobility=MOBILITY,
        acceptor_density=ACCEPTORS,
    )
    return made.with_ion(ION, VACANCIES) if vacancies else made


def _physics(initial: float, vacancies: bool) -> list[object]:
    """Return holes, vacancies if they move, and P(VDF-TrFE) from ``initial`` [C/m^2]."""
    ions = [MobileIons(ION)] if vacancies else []
    law = Ferroelectric(INSULATOR, copolymer(), initial=initial)
    return [Poisson(), Carriers(("hole",)), law, *ions]


def line(thickness: float = THICKNESS, *, initial: float = -REMANENT.si(), vacancies: bool = True) -> Device:
    """Return the line from the gate "bottom" to the gold "top"; ``thickness`` [m], ``initial`` P [C/m^2]."""
    half = np.concatenate([[0.0], np.geomspace(0.05 * nm, CHANNEL / 2, 24)])
    nodes = {
        INSULATOR: np.linspace(0.0, thickness, 5),
        FILM: np.concatenate([half, CHANNEL - half[-2::-1]]),
    }
    return Device(
        mesh=VerticalStack(Layer(INSULATOR, thickness), Layer(FILM, CHANNEL)).line(nodes=nodes),
        materials={INSULATOR: materials.PVDF_TRFE, FILM: film(vacancies=vacancies)},
        physics=_physics(initial, vacancies),  # type: ignore[arg-type]
        contacts={
            "bottom": GateContact(work_function=SILICON),
            "top": OhmicContact(work_function=GOLD),
        },
        temperature=300.0,
    )


def device(
    thickness: float = THICKNESS,
    *,
    initial: float = 0.0,
    vacancies: bool = True,
    length: float = LENGTH,
) -> Device:
    """Return the device in section, "source", "drain" and "gate"; currents in A/m of its width."""
    shape = Transistor(
        channel=(Layer(FILM, CHANNEL),),
        dielectric=(Layer(INSULATOR, thickness),),
        channel_length=length,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
    )
    ohmic = OhmicContact(work_function=BAND)
    return Device(
        mesh=shape.mesh(
            size=80 * nm, interface_size=0.5 * nm, lateral_size=length / 8, edge_size=length / 40, growth=2.0
        ),
        materials={INSULATOR: materials.PVDF_TRFE, FILM: film(vacancies=vacancies)},
        physics=_physics(initial, vacancies),  # type: ignore[arg-type]
        contacts={"source": ohmic, "drain": ohmic, "gate": GateContact(work_function=SILICON)},
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)
