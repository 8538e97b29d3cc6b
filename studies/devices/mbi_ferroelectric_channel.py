"""A tin-perovskite channel that is itself ferroelectric: the window of a transistor doped with 2-methylbenzimidazole.

Published (Y. Liu et al., Nat. Commun. 16, 365, 2025, as in Yantara 2026): 93.3 mol% (FA0.86Cs0.14)SnI3 with 6.7 mol%
PEA2SnI4; P_r 0.232 C/m^2; a gate of +-10 V; window 0.02 V undoped and 0.85 V doped; ON after +10 V, OFF after -10 V,
both for more than 1000 s; 67 mV/decade. Thicknesses, oxide, coercive field and levels are not given here.

P_r cannot be what the gate reverses: an oxide of 100 nm brings 3.5e-3 C/m^2 at 10 V, 1.5 % of it. So one number is
calibrated, the active polarisation, to the window of 0.85 V; the window is used up and predicts nothing.

Where a bound charge of the channel's upper face finds a partner decides on the loop. On the line through the gold
(``line``) the metal is that partner, and the threshold shifts by 2P over the oxide's capacitance, towards ON after
+10 V. Between source and drain (``device``) the upper face is free, both bound charges cancel towards the gate, and
what is left is a dipole within the film: next to no window. So the published window needs charges at the upper face
(ions, traps), which are not modelled; ions or traps alone make such a loop too: its sense is no evidence for P.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fem import Device, GateContact, OhmicContact, State, equilibrium, materials
from fem.materials import Datum, Material
from fem.physics import Carriers, DomainSwitching, Ferroelectric, Poisson
from fem.units import V, eV, nm, um
from geometries import Layer, Transistor, VerticalStack
from studies import transfer_curve
from studies.devices import PublishedDevice, Reported
from studies.devices.shared.ferroelectric_gates import OPTIONS, control, sheet_density, window, written
from studies.metrics.conductance import conduction_current
from studies.protocols.shapes import Sweep

Array = npt.NDArray[np.float64]
FILM, OXIDE = "film", "oxide"
CHANNEL, INSULATOR, LENGTH = 40 * nm, 100 * nm, 2 * um
AMPLITUDE, RATE, DRAIN = 10 * V, 1.0, -0.1 * V
HOLES = 1.5e15  #: per area, at which the window of the line is measured [m^-2]: a tenth of those at -10 V
LEVEL = 0.1  #: of the largest current of a loop, at which that of the section is
GOLD, SILICON, BAND = 5.1 * eV, 4.05 * eV, 5.25 * eV
#: Calibrated: the polarisation that takes part [C/m^2].
ACTIVE = 2.23e-4
REMANENT = Datum(0.232, "C/m^2", "YLiu2025", "of loops of the doped film")
COERCIVE = Datum(5e6, "V/m", "assumed", "not given: a tenth of that of a polymer; at the rate of the sweep")
ATTEMPT = Datum(1e-9, "s", "assumed", "none given; enters by its logarithm only")
_LEVELS = "of the class of FASnI3: E_g 1.4, E_v 5.3 eV"
PEROVSKITE = Material(
    name="(FA,Cs)SnI3 with PEA2SnI4",
    kind="semiconductor",
    relative_permittivity=Datum(25.0, "1", "assumed", "as halide perovskites of lead; without P"),
    electron_affinity=Datum(3.9, "eV", "assumed", _LEVELS),
    band_gap=Datum(1.4, "eV", "assumed", _LEVELS),
    effective_dos_conduction=Datum(8e24, "m^-3", "assumed", "that of MAPbI3"),
    effective_dos_valence=Datum(8e24, "m^-3", "assumed", "that of MAPbI3"),
    electron_mobility=Datum(2e-3, "m^2/(V s)", "assumed", "as holes; no electrons here"),
    hole_mobility=Datum(2e-3, "m^2/(V s)", "assumed", "of 15e-4 to 70e-4 in tin-perovskite transistors"),
    acceptor_density=Datum(1e22, "m^-3", "assumed", "low end of 1e22 to 1e23: the window is sharp"),
)

ABOUT = PublishedDevice(
    name="tin-perovskite transistor with a ferroelectric channel",
    stack="n++ Si | SiO2 100 nm | (FA,Cs)SnI3:PEA2SnI4:MBI 40 nm | Au",
    protocol=Sweep(-AMPLITUDE, AMPLITUDE, -AMPLITUDE, rate=RATE),
    read_voltage=DRAIN,
    reported={
        "window": Reported(value=0.85, unit="V", source="Yantara2026"),
        "window_undoped": Reported(value=0.02, unit="V", source="Yantara2026"),
        "swing": Reported(value=0.067, unit="V/decade", source="YLiu2025"),
        "retention": Reported(value=1e3, unit="s", source="Yantara2026"),
    },
    assumed={
        "oxide": "SiO2, 100 nm: not given; +-10 V are 1e8 V/m then",
        "film": "40 nm, without electrons and ions: not given",
        "gate": "n++ silicon, 4.05 eV",
        "gold on the line": "5.1 eV, ohmic: it balances the bound charge of the film's upper face",
        "source and drain": "ohmic at the ends of the film, 0.05 eV above its valence band",
        "sweep": "1 V/s: no rate is given",
    },
    calibrated={"active polarisation": "2.23e-4 C/m^2, 0.1 % of P_r: window 0.85 V at +-10 V"},
    not_compared={"retention": "a bound on the time: the share kept for 1e4 s is simulated"},
)


def domains(active: float = ACTIVE) -> DomainSwitching:
    """Return Merz's law with ``active`` [C/m^2] and the coercive field of a ramp that takes 1 s to it."""
    return DomainSwitching.from_coercive_field(
        remanent_polarization=active,
        coercive_field=COERCIVE.si(),
        ramp_rate=COERCIVE.si(),
        attempt_time=ATTEMPT.si(),
    )


def _device(mesh: object, contacts: dict[str, OhmicContact], gate: str, active: float) -> Device:
    """Return a device of holes and ``active`` polarisation [C/m^2], none if 0, on a mesh."""
    polar = [Ferroelectric(FILM, domains(active))] if active else []
    return Device(
        mesh=mesh,  # type: ignore[arg-type]
        materials={OXIDE: materials.SIO2, FILM: PEROVSKITE},
        physics=[Poisson(), Carriers(("hole",)), *polar],
        contacts={**contacts, gate: GateContact(work_function=SILICON)},
        temperature=300.0,
    )


def line(active: float = ACTIVE) -> Device:
    """Return the line from the gate "bottom" to the gold "top", with ``active`` polarisation [C/m^2]."""
    half = np.concatenate([[0.0], np.geomspace(0.2 * nm, CHANNEL / 2, 16)])
    nodes = {
        OXIDE: np.linspace(0.0, INSULATOR, 3),
        FILM: np.concatenate([half, CHANNEL - half[-2::-1]]),
    }
    mesh = VerticalStack(Layer(OXIDE, INSULATOR), Layer(FILM, CHANNEL)).line(nodes=nodes)
    return _device(mesh, {"top": OhmicContact(work_function=GOLD)}, "bottom", active)


def device(active: float = ACTIVE, *, length: float = LENGTH) -> Device:
    """Return the section with "source", "drain", "gate" and a free upper face; currents in A/m."""
    shape = Transistor(
        channel=(Layer(FILM, CHANNEL),),
        dielectric=(Layer(OXIDE, INSULATOR),),
        channel_length=length,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
    )
    mesh = shape.mesh(
        size=25 * nm, interface_size=0.7 * nm, lateral_size=length / 8, edge_size=length / 40, growth=2.0
    )
    ohmic = OhmicContact(work_function=BAND)
    return _device(mesh, {"source": ohmic, "drain": ohmic}, "gate", active)


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def loop(cell: Device, amplitude: float = AMPLITUDE) -> tuple[Array, Array, Sequence[State]]:
    """Return gate voltages [V], holes per area [m^-2] and states of a loop from -``amplitude`` up and back."""
    begin = written(start(cell), "bottom", Sweep(0, -amplitude, rate=RATE)).last
    samples = np.linspace(0.0, 4 * amplitude / RATE, 161)[1:-1]
    run = written(
        begin, "bottom", Sweep(-amplitude, amplitude, -amplitude, rate=RATE), samples=samples.tolist()
    )
    volts = np.array([state.bias["bottom"] for state in run.states])
    return volts, np.array([sheet_density(state, FILM) for state in run.states]), run.states


def line_window(active: float = ACTIVE, amplitude: float = AMPLITUDE) -> float:
    """Return the threshold after +``amplitude`` [V] less that after -``amplitude`` on the line [V].

    Positive where a positive gate leaves the p channel ON, as is published.
    """
    volts, holes, _ = loop(line(active), amplitude)
    return -window(volts, holes, HOLES)


def section_window(active: float = ACTIVE, amplitude: float = AMPLITUDE) -> float:
    """Return the same of the section, at LEVEL of its largest current [V]."""
    trace = transfer_curve(
        device(active),
        Sweep(0, -amplitude, amplitude, -amplitude, rate=RATE),
        DRAIN,
        control=control(bias_step=0.5),
        options=OPTIONS,
    )
    part = trace.time >= amplitude / RATE
    current = np.abs(conduction_current(trace))[part]
    return -window(np.asarray(trace.data["voltage_gate"].values)[part], current, LEVEL * current.max())
