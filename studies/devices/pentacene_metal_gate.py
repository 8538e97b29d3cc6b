"""Pentacene over a metal floating gate: what tunnelling writes and keeps, beside the gate that light writes.

A demonstration, no published device: the channel and the sizes of ``cspbbr3_floating_gate``, with gold in place of the
crystals, PMMA of the same thickness as tunnel barrier, and a thinner oxide, since Fowler and Nordheim's current needs
some 3.5e8 V/m in PMMA. Holes tunnel under the 1.6 eV between the valence bands (that of PMMA at 6.6 eV).
"""

from __future__ import annotations

from collections.abc import Sequence

from fem import (
    Device,
    FloatingGate,
    GateContact,
    OhmicContact,
    State,
    equilibrium,
    materials,
)
from fem.constants import VACUUM_PERMITTIVITY
from fem.physics import Carriers, FowlerNordheim, OhmicLeakage, Poisson, Tunnelling
from fem.units import eV, nm, um
from geometries import Layer, Transistor
from studies.devices import PublishedDevice
from studies.devices.cspbbr3_floating_gate import (
    BARRIER,
    GOLD,
    LENGTH,
    OVERLAP,
    PENTACENE,
    PENTACENE_FILM,
    READ_DRAIN,
    WIDTH,
    held,
)
from studies.protocols.shapes import Pulse

OXIDE, GATE = 50 * nm, 10 * nm  #: assumed
TUNNEL_BARRIER, TUNNEL_MASS = 1.6, 0.4  #: assumed [eV], [m0]
LEAK = 1e-15  #: ohmic conductivity of PMMA, assumed [S/m]: none was read for a film of 8 nm
PROGRAM, PULSE = -22.0, 10e-3  #: [V], [s]
FOWLER_NORDHEIM = FowlerNordheim(barrier=TUNNEL_BARRIER * eV, effective_mass=TUNNEL_MASS)

ABOUT = PublishedDevice(
    name="pentacene over a metal floating gate",
    stack="Si gate | SiO2 50 nm | Au 10 nm | PMMA 8 nm | pentacene 50 nm | Au, 50 um apart, 1 mm wide",
    protocol=Pulse(PROGRAM, PULSE, rise=1e-3 * PULSE),
    read_voltage=READ_DRAIN,
    reported={},
    assumed={
        "device": "a demonstration, no published device: channel and sizes of cspbbr3_floating_gate",
        "oxide": "50 nm, for the current of Fowler and Nordheim needs some 3.5e8 V/m in PMMA",
        "tunnel barrier": "1.6 eV between the valence bands (that of PMMA at 6.6 eV), a mass of 0.4",
        "leak": "1e-15 S/m of PMMA: none was read for a film of 8 nm",
    },
)


def device(*laws: FowlerNordheim | OhmicLeakage) -> Device:
    """Return the transistor; holes cross PMMA by these laws, that of Fowler and Nordheim if none is given."""
    drawing = Transistor(
        channel=(Layer("pentacene", PENTACENE),),
        dielectric=(Layer("SiO2", OXIDE), Layer("floating", GATE), Layer("PMMA", BARRIER)),
        channel_length=LENGTH,
        contact_length=OVERLAP,
        gate="bottom",
        contacts="top",
        width=WIDTH,
    ).mesh(size=25 * nm, interface_size=2 * nm, lateral_size=10 * um, edge_size=2 * um, growth=2.5)
    crossing = [
        Tunnelling(gate="floating", across="PMMA", into="pentacene", carrier="hole", law=law)
        for law in laws or (FOWLER_NORDHEIM,)
    ]
    gold = OhmicContact(work_function=GOLD)
    return Device(
        mesh=drawing,
        materials={
            "SiO2": materials.SIO2,
            "floating": materials.GOLD,
            "PMMA": materials.PMMA,
            "pentacene": PENTACENE_FILM,
        },
        physics=[Poisson(), Carriers(), *crossing],
        contacts={
            "source": gold,
            "drain": gold,
            "gate": GateContact(work_function=GOLD),
            "floating": FloatingGate(work_function=GOLD),
        },
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def programmed(cell: Device, pulses: Sequence[float] = (PROGRAM,), width: float = PULSE) -> State:
    """Return the state after pulses [V] of ``width`` [s] on the gate, from equilibrium."""
    state = start(cell)
    for volts in pulses:
        state = held(state, width, gate=volts)
    return state


def divided(charge: float) -> float:
    """Return the shift [V] by a ``charge`` [C] over the capacitance of the oxide."""
    area = (LENGTH + 2 * OVERLAP) * WIDTH
    return -charge / (materials.SIO2.si("relative_permittivity") * VACUUM_PERMITTIVITY / OXIDE * area)
