"""Films between insulators or blocking contacts keep the charge of the start, whatever the bias and the light."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from fem import (
    BlockingContact,
    Device,
    FloatingGate,
    GateContact,
    OhmicContact,
    State,
    equilibrium,
    floating_charge,
    integral,
    steady,
)
from fem.errors import ConvergenceError
from fem.physics import Carriers, FowlerNordheim, OpticalGeneration, Poisson, Tunnelling
from fem.solvers import steady as module
from fem.solvers.kept import closed_parts_of
from fem.units import eV, nm
from geometries import Layer, VerticalStack

BLOCK = BlockingContact(work_function=4.5 * eV)
GATE = GateContact(work_function=4.5 * eV)
OHMIC = OhmicContact(work_function=4.5 * eV)


def stack(devices: ModuleType, layers: str, bottom: Any, top: Any, *physics: Any) -> Device:
    """Return films ("f") and oxides ("o") on each other, numbered from 1."""
    named = {f"{kind}{k}": kind for k, kind in enumerate(layers, start=1)}
    drawn = [Layer(name, (100 if kind == "f" else 10) * nm) for name, kind in named.items()]
    film = devices.film(donor_density=(1e22, "m^-3"))
    return Device(
        mesh=VerticalStack(*drawn).mesh(size=10 * nm, interface_size=1 * nm, growth=1.5),
        materials={name: film if kind == "f" else devices.insulator(name) for name, kind in named.items()},
        physics=[Poisson(), Carriers(), *physics],
        contacts={"bottom": bottom, "top": top},
        temperature=300.0,
    )


def net_and_all(state: State, film: str) -> tuple[float, float]:
    """Return holes less electrons, and both together [1/m^2]."""
    holes, electrons = (integral(state, name, film) for name in ("hole", "electron"))
    return holes - electrons, holes + electrons


@pytest.mark.parametrize("bias", [0.1, 0.5, 2.0])
@pytest.mark.parametrize(("layers", "contact"), [("f", BLOCK), ("ofo", GATE)])
def test_a_film_that_no_contact_supplies_keeps_its_charge(
    layers: str, contact: Any, bias: float, devices: ModuleType
) -> None:
    device, film = stack(devices, layers, contact, contact), f"f{layers.index('f') + 1}"
    rest = equilibrium(device)
    found = steady(device, {"top": bias}, start=rest)
    before, after = net_and_all(rest, film), net_and_all(found, film)
    assert after[0] == pytest.approx(before[0], abs=1e-6 * max(before[1], after[1]))


def test_light_makes_pairs_and_no_charge(devices: ModuleType) -> None:
    device = stack(devices, "f", BLOCK, BLOCK, OpticalGeneration(1e27))
    dark = steady(device, {"top": 0.1})
    at_once, after_bias = (steady(device, {"top": 0.1}, light=1.0, start=start) for start in (None, dark))
    for found in (at_once, after_bias):
        net, pairs = net_and_all(found, "f1")
        assert net == pytest.approx(net_and_all(dark, "f1")[0], abs=1e-6 * pairs)
    assert net_and_all(at_once, "f1")[1] == pytest.approx(net_and_all(after_bias, "f1")[1], rel=1e-5)


def test_each_of_two_films_keeps_its_own_charge(devices: ModuleType) -> None:
    device = stack(devices, "ofofo", GATE, GATE)
    assert closed_parts_of(device).count == 2
    rest = equilibrium(device)
    found = steady(device, {"top": 1.0}, start=rest)
    for film in ("f2", "f4"):
        before, after = net_and_all(rest, film), net_and_all(found, film)
        assert after[0] == pytest.approx(before[0], abs=1e-6 * max(before[1], after[1]))


def beside_a_gate(devices: ModuleType, charge: float, *physics: Any) -> Device:
    """Return a film that nothing supplies but what may tunnel from a floating gate."""
    layers = {"film": 100, "tunnel": 8, "gate": 6, "control": 20, "head": 4}
    oxides = {name: devices.insulator(name) for name in ("tunnel", "control")}
    metals = {name: devices.metal(4.5, name) for name in ("gate", "head")}
    drawing = VerticalStack(*(Layer(name, d * nm) for name, d in layers.items()))
    return Device(
        mesh=drawing.mesh(size=6 * nm, interface_size=1 * nm, growth=1.5),
        materials={"film": devices.film(donor_density=(1e22, "m^-3"))} | oxides | metals,
        physics=[Poisson(), Carriers(), *physics],
        contacts={"bottom": BLOCK, "top": GateContact(), "gate": FloatingGate(charge=charge)},
        temperature=300.0,
    )


@pytest.mark.parametrize("charge", [0.0, -1e-3])
def test_a_film_beside_a_floating_gate_keeps_its_charge_and_the_gate_its_own(
    charge: float, devices: ModuleType
) -> None:
    device = beside_a_gate(devices, charge)
    rest = equilibrium(device)
    for bias in (0.3, 3.0):
        found = steady(device, {"top": bias}, start=rest)
        before, after = net_and_all(rest, "film"), net_and_all(found, "film")
        assert after[0] == pytest.approx(before[0], abs=1e-6 * max(before[1], after[1]))
        assert floating_charge(found, "gate") == pytest.approx(charge, abs=1e-12)


def test_a_film_into_which_a_gate_leaks_is_open_and_its_steady_state_is_not_sought_in_time(
    devices: ModuleType,
) -> None:
    law = FowlerNordheim(barrier=1.0 * eV, effective_mass=0.42)
    tunnelling = Tunnelling(gate="gate", across="tunnel", into="film", carrier="electron", law=law)
    device = beside_a_gate(devices, 0.0, tunnelling)
    assert closed_parts_of(device).count == 0
    assert not module._with_time(device) and module._with_time(beside_a_gate(devices, 0.0))


def test_a_film_at_one_contact_is_open(devices: ModuleType) -> None:
    assert closed_parts_of(stack(devices, "f", OHMIC, BLOCK)).count == 0
    assert closed_parts_of(stack(devices, "fof", OHMIC, BLOCK)).count == 1


def test_another_charge_is_no_steady_state(devices: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    device = stack(devices, "f", BLOCK, BLOCK)
    monkeypatch.setattr(module, "_with_time", lambda _: False)
    with pytest.raises(ConvergenceError, match="no contact gives carriers"):
        steady(device, {"top": 0.5})
