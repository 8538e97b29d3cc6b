"""Bad floating gates are answered in one sentence, before any solve."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from fem import (
    Circuit,
    Device,
    FloatingGate,
    GateContact,
    HeatSink,
    OhmicContact,
    equilibrium,
    floating_charge,
    floating_potential,
    integrate,
    steady,
)
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import Conduction, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from tests.floating import capacitor


def stack(
    devices: ModuleType, contacts: Any, *, layers: str = "oxide gate cap head", physics: Any = None
) -> Device:
    """Return a stack of layers with the contacts given."""
    known = {
        "oxide": devices.insulator("oxide", electrical_conductivity=devices.datum(1.0, "S/m")),
        "cap": devices.insulator("cap", electrical_conductivity=devices.datum(1.0, "S/m")),
        "gate": devices.metal(4.5, "gate"),
        "head": devices.metal(4.5, "head"),
        "film": devices.film(),
    }
    names = layers.split()
    return Device(
        mesh=VerticalStack(*(Layer(n, 10 * nm) for n in names)).mesh(size=5 * nm, interface_size=5 * nm),
        materials={n: known[n] for n in names},
        physics=physics or [Poisson()],
        contacts=contacts,
        temperature=300.0,
    )


ENDS = {"bottom": GateContact(work_function=7.2e-19), "top": GateContact()}


@pytest.mark.parametrize("charge", [float("nan"), float("inf"), "1e-3", None])
def test_charge_is_a_finite_number(answer: Any, charge: Any) -> None:
    with answer(OutOfRangeError, "charge of a floating gate", repr(charge)):
        FloatingGate(charge=charge)


def test_work_function_is_an_energy(answer: Any) -> None:
    with answer(OutOfRangeError, "work_function of a floating gate", "4.5", "4.5 * eV"):
        FloatingGate(work_function=4.5)


@pytest.mark.parametrize(
    ("gates", "kind", "words"),
    [
        ({"gat": FloatingGate()}, UnknownNameError, ("region 'gat'", "did you mean 'gate'")),
        ({"cap": FloatingGate()}, IncompatibleError, ("'cap'", "needs a metal", "insulator")),
        ({"oxide|gate": FloatingGate()}, IncompatibleError, ("given at a face", "metal region")),
        ({"gate": GateContact()}, UnknownNameError, ("contact 'gate'",)),
        ({"gate": [FloatingGate(), HeatSink(300.0)]}, IncompatibleError, ("comes alone",)),
        ({"gate": FloatingGate(), "head": FloatingGate()}, IncompatibleError, ("'head'", "touches", "'top'")),
        ({}, IncompatibleError, ("metal region 'gate'", "FloatingGate()")),
    ],
    ids=["name", "insulator", "face", "no gate", "list", "contact", "forgotten"],
)
def test_a_floating_gate_is_a_metal_region_of_its_own(
    devices: ModuleType, answer: Any, gates: Any, kind: Any, words: Any
) -> None:
    with answer(kind, *words):
        stack(devices, {**ENDS, **gates})


def test_a_gate_that_touches_another_one_is_not_floating(devices: ModuleType, answer: Any) -> None:
    gates = {"gate": FloatingGate(), "head": FloatingGate()}
    with answer(IncompatibleError, "'head' is not floating", "'gate'"):
        stack(
            devices,
            {**ENDS, "top": GateContact(work_function=7.2e-19), **gates},
            layers="oxide gate head cap",
        )


def test_a_gate_on_a_semiconductor_is_none(devices: ModuleType, answer: Any) -> None:
    with answer(IncompatibleError, "'gate' touches the semiconductor 'film'", "insulator"):
        stack(
            devices,
            {"bottom": OhmicContact(), "top": GateContact(), "gate": FloatingGate()},
            layers="film gate cap head",
        )


def test_conduction_has_no_floating_gates(devices: ModuleType, answer: Any) -> None:
    with answer(IncompatibleError, "FloatingGate 'gate' needs Poisson()"):
        stack(
            devices,
            {"bottom": OhmicContact(), "top": OhmicContact(), "gate": FloatingGate()},
            physics=[Conduction()],
        )


def test_a_gate_has_neither_bias_nor_circuit(answer: Any) -> None:
    device = capacitor()
    with answer(IncompatibleError, "'gate' is a floating gate; it has no bias"):
        steady(device, {"gate": 1.0})
    rest = equilibrium(device)
    with answer(IncompatibleError, "'gate' is a floating gate; it has no bias"):
        next(integrate(device, rest, bias=lambda t: {"gate": 1.0}, end=1.0))
    with answer(IncompatibleError, "'gate' is a floating gate", "circuit"):
        steady(device, {"top": 1.0}, circuits={"gate": Circuit(series_resistance=1.0)})
    for read in (floating_charge, floating_potential):
        with answer(UnknownNameError, "floating gate 'top'", "gate"):
            read(rest, "top")
