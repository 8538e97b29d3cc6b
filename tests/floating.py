"""Devices with floating gates that several tests build; silicon-like, on coarse meshes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fem import Device, FloatingGate, GateContact, OhmicContact
from fem.constants import VACUUM_PERMITTIVITY
from fem.physics import Carriers, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from tests.devices import insulator, metal, semiconductor

TUNNEL, CONTROL = 8 * nm, 20 * nm  # thickness of the two insulators
OXIDE, HIGH_K = 3.9, 9.0  # their relative permittivities
C_TUNNEL, C_CONTROL = OXIDE * VACUUM_PERMITTIVITY / TUNNEL, HIGH_K * VACUUM_PERMITTIVITY / CONTROL  # [F/m^2]
SILICON: dict[str, Any] = dict(
    permittivity=11.7, conduction=4.05, valence=5.17, states=2.8e25, mobility=(0.1, 0.04)
)
_METALS = ("base", "gate", "second", "head")


def capacitor(
    charge: float = 0.0, *, second: float | None = None, physics: Sequence[Any] = (), shape: Any = None
) -> Device:
    """Return metal, tunnel oxide, floating gate, control oxide, metal; with a ``second`` gate one more of both."""
    layers = [
        Layer("base", 4 * nm),
        Layer("tunnel", TUNNEL),
        Layer("gate", 6 * nm),
        Layer("control", CONTROL),
    ]
    gates = {"gate": FloatingGate(charge=charge)}
    if second is not None:
        layers += [Layer("second", 6 * nm), Layer("top_oxide", CONTROL)]
        gates["second"] = FloatingGate(charge=second)
    layers.append(Layer("head", 4 * nm))
    drawing = VerticalStack(*layers).mesh(size=4 * nm, interface_size=2 * nm, growth=1.5, shape=shape)
    insulators = {"tunnel": insulator("tunnel", OXIDE), "control": insulator("control", HIGH_K)}
    insulators["top_oxide"] = insulator("top_oxide", HIGH_K)
    names = [layer.name for layer in layers]
    return Device(
        mesh=drawing,
        materials={n: metal(4.5, n) if n in _METALS else insulators[n] for n in names},
        physics=[Poisson(), *physics],
        contacts={"bottom": GateContact(), "top": GateContact(), **gates},
        temperature=300.0,
    )


def memory(
    charge: float = 0.0,
    *,
    physics: Sequence[Any] = (),
    carriers: Sequence[Any] = (Poisson(), Carriers()),
    donors: float = 1e23,
    shape: Any = None,
) -> Device:
    """Return n-type silicon of so many ``donors`` [1/m^3], tunnel oxide, floating gate, control oxide, metal."""
    layers = [
        Layer("channel", 300 * nm, size=20 * nm, interface_size=0.5 * nm),
        Layer("tunnel", TUNNEL),
        Layer("gate", 6 * nm),
        Layer("control", CONTROL),
        Layer("head", 4 * nm),
    ]
    return Device(
        mesh=VerticalStack(*layers).mesh(size=4 * nm, interface_size=2 * nm, growth=1.5, shape=shape),
        materials={
            "channel": semiconductor("silicon", **SILICON, donor_density=(donors, "m^-3")),
            "tunnel": insulator("tunnel", OXIDE),
            "gate": metal(4.05, "gate"),
            "control": insulator("control", HIGH_K),
            "head": metal(4.5, "head"),
        },
        physics=[*carriers, *physics],
        contacts={"bottom": OhmicContact(), "top": GateContact(), "gate": FloatingGate(charge=charge)},
        temperature=300.0,
    )
