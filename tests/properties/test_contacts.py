"""Contacts: gates, metals, Schottky and ohmic limits, and that a device is the same in every dimension."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    BlockingContact,
    Device,
    GateContact,
    OhmicContact,
    SchottkyContact,
    StepControl,
    equilibrium,
    integrate,
    steady,
)
from fem.constants import VACUUM_PERMITTIVITY
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack

SIZES = {"size": 15 * nm, "interface_size": 1 * nm, "growth": 1.4}


def device(
    layers: Sequence[Layer], materials: dict, contacts: dict, *, ions: Sequence[str] = (), **mesh: Any
) -> Device:
    return Device(
        mesh=VerticalStack(*layers).mesh(**(SIZES | mesh)),
        materials=materials,
        physics=[Poisson(), Carriers(), *map(MobileIons, ions)],
        contacts=contacts,
        temperature=300.0,
    )


def slab(devices: ModuleType, bottom: Any, top: Any, **more: Any) -> Device:
    """Return a film of 200 nm between two contacts."""
    film = devices.film(traps=False)
    return device([Layer("film", 200 * nm)], {"film": film}, {"bottom": bottom, "top": top}, **more)


def gated(devices: ModuleType) -> Device:
    """Return film, insulator and gate."""
    layers = [Layer("film", 100 * nm), Layer("oxide", 20 * nm)]
    film = devices.film(traps=False, ions={"cation": devices.ion(1e22, diffusivity=1e-14)})
    materials = {"film": film, "oxide": devices.insulator()}
    contacts = {"bottom": devices.ohmic(4.6), "top": GateContact(work_function=4.7 * eV)}
    return device(layers, materials, contacts, ions=("cation",))


def test_gate_on_an_insulator_carries_no_steady_current(devices: ModuleType) -> None:
    state = steady(gated(devices), {"top": 1.0})
    mobile = slab(devices, devices.ohmic(4.6), devices.ohmic(4.6))
    scale = abs(steady(mobile, {"top": 1.0}).current("top"))
    for contact in ("top", "bottom"):
        assert abs(state.current(contact)) < 1e-12 * scale


def test_only_displacement_current_passes_an_insulating_layer(devices: ModuleType) -> None:
    gate = gated(devices)
    times = np.array([0.0, 1e-3, 2e-3])
    states = list(
        integrate(
            gate,
            equilibrium(gate),
            bias=lambda t: {"top": float(np.interp(t, times, [0.0, 1.0, 0.0]))},
            end=times[-1],
            kinks=times,
        )
    )
    # no more charge than that of the insulator's capacitance per volt
    limit = VACUUM_PERMITTIVITY * 3.9 / (20 * nm) * 1e3
    top = np.array([s.current("top") for s in states])
    assert 0.3 * limit < top.max() < limit
    for state in states:
        assert state.current("top") == pytest.approx(-state.current("bottom"), rel=1e-8)
        carried = sum(abs(state.current("top", p)) for p in ("electron", "hole", "cation"))
        assert carried < 5e-3 * limit  # the mean over the device: a little moves inside of the film


def test_capacitor_charges_with_its_capacitance(devices: ModuleType) -> None:
    capacitor = Device(
        mesh=VerticalStack(Layer("a", 10 * nm), Layer("b", 30 * nm)).mesh(size=4 * nm, interface_size=2 * nm),
        materials={"a": devices.insulator("a", 3.9), "b": devices.insulator("b", 25.0)},
        physics=[Poisson()],
        contacts={"bottom": GateContact(work_function=4.0 * eV), "top": GateContact(work_function=5.0 * eV)},
        temperature=300.0,
    )
    capacitance = VACUUM_PERMITTIVITY / (10 * nm / 3.9 + 30 * nm / 25.0)
    for state in integrate(capacitor, equilibrium(capacitor), bias=lambda t: {"top": 2.0 * t}, end=1.0):
        assert state.current("top") == pytest.approx(2.0 * capacitance, rel=1e-9)
        assert state.current("bottom") == pytest.approx(-2.0 * capacitance, rel=1e-9)


@pytest.mark.parametrize("kind", ["ohmic", "schottky"])
def test_metal_layers_are_contacts_of_their_work_function(devices: ModuleType, kind: str) -> None:
    def contact(work_function: float, on_metal: bool) -> Any:
        if kind == "ohmic":
            return OhmicContact(work_function=work_function * eV)
        return SchottkyContact(work_function=None if on_metal else work_function * eV)

    layers = [Layer("ITO", 20 * nm), Layer("film", 200 * nm), Layer("Ag", 30 * nm)]
    materials = {"ITO": devices.metal(4.4), "film": devices.film(), "Ag": devices.metal(5.0)}
    contacts = {"bottom": contact(4.4, True), "top": contact(5.0, True)}
    bare = device(
        layers[1:2], {"film": materials["film"]}, {"bottom": contact(4.4, False), "top": contact(5.0, False)}
    )
    shapes = {
        "line": (None, 1.0),
        "section": (Planar(width=40 * nm, lateral_size=20 * nm), 40 * nm),
        "disc": (Axisymmetric(radius=40 * nm, lateral_size=20 * nm), np.pi * (40 * nm) ** 2),
    }
    for voltage in (0.5, 1.0):
        expected = steady(bare, {"top": voltage}).current("top")
        for shape, factor in shapes.values():
            stacked = device(layers, materials, contacts, shape=shape)
            state = steady(stacked, {"top": voltage})
            assert state.current("top") / factor == pytest.approx(expected, rel=1e-7)
            assert state.current("bottom") == pytest.approx(-state.current("top"), rel=1e-8)


def test_schottky_contact_with_a_large_velocity_is_ohmic(devices: ModuleType) -> None:
    ohmic = steady(slab(devices, devices.ohmic(4.2), devices.ohmic(4.9)), {"top": 0.8}).current("top")
    errors = []
    for velocity in (1e3, 1e5, 1e7):
        metal = [
            SchottkyContact(work_function=w * eV, electron_velocity=velocity, hole_velocity=velocity)
            for w in (4.2, 4.9)
        ]
        errors.append(abs(steady(slab(devices, *metal), {"top": 0.8}).current("top") / ohmic - 1))
    assert errors[2] < 1e-3
    assert errors[2] < 0.02 * errors[1]  # first order in 1/velocity


def test_schottky_contact_alone_is_in_equilibrium_at_zero_bias(devices: ModuleType) -> None:
    asymmetric = slab(
        devices, SchottkyContact(work_function=4.3 * eV), SchottkyContact(work_function=5.1 * eV)
    )
    zero = steady(asymmetric, {})
    assert abs(zero.current("top")) < 1e-9 * abs(steady(asymmetric, {"top": 0.5}).current("top"))
    np.testing.assert_allclose(zero.values[:, 1:3], equilibrium(asymmetric).values[:, 1:3], rtol=1e-7)


@pytest.mark.filterwarnings("ignore:.*so far inside of the band:fem.errors.ModelWarning")
@pytest.mark.parametrize("work_function", [2.9, 6.4])
def test_schottky_contact_far_inside_of_a_band_is_in_equilibrium_at_zero_bias(
    devices: ModuleType, work_function: float
) -> None:
    pair = slab(devices, SchottkyContact(work_function=work_function * eV), devices.ohmic(4.7))
    np.testing.assert_allclose(steady(pair, {}).values, equilibrium(pair).values, rtol=1e-7, atol=1e-9)


def test_blocking_contact_passes_no_carrier(devices: ModuleType) -> None:
    blocked = slab(devices, devices.ohmic(4.3), BlockingContact(work_function=5.0 * eV))
    open_one = slab(devices, devices.ohmic(4.3), devices.ohmic(5.0))
    current = steady(blocked, {"top": 1.2}).current("top")
    assert abs(current) < 1e-9 * abs(steady(open_one, {"top": 1.2}).current("top"))


def test_section_and_disc_carry_the_current_of_the_line(devices: ModuleType) -> None:
    ions = {"cation": devices.ion(1e23, diffusivity=1e-14)}
    coarse = {"size": 40 * nm, "interface_size": 2 * nm, "growth": 1.6}
    shapes = {
        None: 1.0,
        Planar(width=50 * nm, lateral_size=25 * nm): 50 * nm,
        Axisymmetric(radius=50 * nm, lateral_size=20 * nm): np.pi * (50 * nm) ** 2,
    }
    currents, stored = [], []
    for shape, factor in shapes.items():
        cell = devices.three_layers(ions=ions, shape=shape, **coarse)
        start = equilibrium(cell)
        bias, end = (lambda t: {"top": 2.0 * t}), 0.5
        control = StepControl(max_step=0.02, tolerance=1e-2)
        last = list(integrate(cell, start, bias=bias, end=end, control=control))[-1]
        assert last.current("bottom") == pytest.approx(-last.current("top"), rel=1e-8)
        currents.append([last.current("top", p) / factor for p in ("electron", "hole", "cation", "total")])
        stored.append(last.ion_inventory("cation") / factor)
        assert last.ion_inventory("cation") == pytest.approx(start.ion_inventory("cation"), rel=1e-11)
    # not to round-off: triangles share out the charge unevenly between the nodes of one height
    for other in currents[1:]:
        assert other[-1] == pytest.approx(currents[0][-1], rel=2e-4)
        np.testing.assert_allclose(other[:-1], currents[0][:-1], rtol=2e-3)
    np.testing.assert_allclose(stored, 1e23 * 400 * nm, rtol=1e-10)


@pytest.mark.parametrize("axisymmetric", [False, True])
def test_narrow_electrode_of_metal_conserves_current(devices: ModuleType, axisymmetric: bool) -> None:
    half = 60 * nm
    shape: Any = (
        Axisymmetric(radius=half, lateral_size=15 * nm, electrode_radius=half / 2)
        if axisymmetric
        else Planar(width=2 * half, lateral_size=15 * nm, electrode_width=half)
    )
    layers = [Layer("film", 100 * nm), Layer("Ag", 20 * nm)]
    film = devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-13)})
    contacts = {"bottom": devices.ohmic(4.3), "top": SchottkyContact()}
    dot = device(
        layers,
        {"film": film, "Ag": devices.metal(5.0)},
        contacts,
        ions=("cation",),
        shape=shape,
        size=25 * nm,
        interface_size=4 * nm,
    )
    checked = 0
    for state in integrate(dot, equilibrium(dot), bias=lambda t: {"top": 4.0 * t}, end=0.25):
        largest = abs(state.current("top"))
        assert abs(state.current("top") + state.current("bottom")) < 1e-8 * largest
        if np.array_equal(dot.context.unknown.x.array, state.values.ravel()):
            other = devices.weighted_currents(dot, "top", lambda x: np.clip(x[1] / 100, 0, 1))
            assert other["total"] == pytest.approx(state.current("top"), rel=1e-7)
            assert other["hole"] != pytest.approx(state.current("top", "hole"), rel=1e-6, abs=0)
            checked += 1
        assert (state.values[:, 1:] >= 0).all()
    assert checked > 5


def test_dot_on_a_film_in_three_dimensions_reaches_a_steady_state_with_ions(devices: ModuleType) -> None:
    """Tetrahedra with negative weights, depleted ions and a strong bias."""
    layers = [Layer("film", 150 * nm), Layer("Ag", 20 * nm)]
    film = devices.film(ions={"cation": devices.ion(1e24, diffusivity=1e-13, site=1e26)})
    dot = device(
        layers,
        {"film": film, "Ag": devices.metal(5.0)},
        {"bottom": devices.ohmic(4.3), "top": SchottkyContact()},
        ions=("cation",),
        shape=Dot(side=60 * nm, dot_radius=15 * nm, lateral_size=20 * nm),
        size=30 * nm,
        interface_size=2 * nm,
    )
    state = steady(dot, {"top": 1.2})
    assert state.current("top") > 0
    assert state.current("bottom") == pytest.approx(-state.current("top"), rel=1e-8)
    assert state.ion_inventory("cation") == pytest.approx(equilibrium(dot).ion_inventory("cation"), rel=1e-9)
    assert (state.values[:, 1:] >= 0).all()
