"""Contacts with a resistance per area: Ohm's law in series with the film, seen by all, and its heat."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    Circuit,
    Device,
    FloatingGate,
    HeatSink,
    OhmicContact,
    SchottkyContact,
    admittance,
    equilibrium,
    integrate,
    steady,
)
from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError
from fem.heat.of_state import heat_parts
from fem.physics import Carriers, Conduction, FowlerNordheim, Heat, MobileIons, Poisson, Tunnelling
from fem.units import eV, nm, um
from geometries import Axisymmetric, Layer, Planar, VerticalStack
from tests.conducting import resistor

DONORS, MOBILITY, LENGTH = 1e23, 0.1, 1 * um
FILM = LENGTH / (ELEMENTARY_CHARGE * DONORS * MOBILITY)  # [ohm m²]
RESISTIVITY = 1e-9


def bar(
    devices: ModuleType, top: Any, *, shape: Any = None, heat: bool = False, layers: Any = (), **more: Any
) -> Device:
    """Return 1 µm of an n-doped film, its upper contact ``top``; all of the lower one is ohmic."""
    film = devices.semiconductor(
        "film", permittivity=11.7, conduction=4.05, valence=5.12, states=1e25, mobility=(MOBILITY, 0.04),
        donor_density=(DONORS, "m^-3"), thermal_conductivity=(2.0, "W/(m K)"),
        volumetric_heat_capacity=(2e6, "J/(m^3 K)"), ions=more.get("ions"),
    )  # fmt: skip
    sink = [HeatSink(300.0, 1e-7)] if heat else []
    metal = devices.metal(4.1).with_(thermal_conductivity=100.0, volumetric_heat_capacity=2e6)
    stack = [Layer("film", LENGTH), *layers]
    return Device(
        mesh=VerticalStack(*stack).mesh(shape=shape, size=40 * nm, interface_size=4 * nm),
        materials={layer.name: metal if layer in layers else film for layer in stack},
        physics=[
            Poisson(),
            Carriers(),
            *(MobileIons(name) for name in more.get("ions") or ()),
            *([Heat()] if heat else []),
        ],
        contacts={"bottom": [OhmicContact(), *sink], "top": [top, *sink]},
        temperature=300.0,
    )


@pytest.mark.parametrize("resistivity", [1e-12, 1e-9, 1e-6])
def test_resistance_is_in_series_with_the_film(devices: ModuleType, resistivity: float) -> None:
    state = steady(bar(devices, OhmicContact(contact_resistivity=resistivity)), {"top": 0.05})
    assert 0.05 / state.current("top") == pytest.approx(FILM + resistivity, rel=1e-9)
    assert state.current("bottom") == pytest.approx(-state.current("top"), rel=1e-9)
    drop = 0.05 - np.ptp(state.potential())
    assert drop == pytest.approx(resistivity * state.current("top"), rel=1e-6)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (Planar(width=80 * nm, lateral_size=20 * nm), 80 * nm),
        (Axisymmetric(radius=80 * nm, lateral_size=20 * nm), np.pi * (80 * nm) ** 2),
    ],
)
def test_sections_and_discs_have_the_current_of_the_line(
    devices: ModuleType, shape: Any, area: float
) -> None:
    state = steady(bar(devices, OhmicContact(contact_resistivity=RESISTIVITY), shape=shape), {"top": 0.05})
    assert 0.05 * area / state.current("top") == pytest.approx(FILM + RESISTIVITY, rel=1e-7)


def test_current_spreads_before_a_narrow_electrode(devices: ModuleType) -> None:
    """Far above the film's resistance it is that of the electrode's area; below, the current crowds at the edge."""
    shape = Planar(width=400 * nm, lateral_size=40 * nm, electrode_width=200 * nm)
    found = {}
    for resistivity in (None, 1e-12, 1e-6):
        contact = OhmicContact(contact_resistivity=resistivity)
        device = bar(devices, contact, shape=shape, layers=(Layer("metal", 20 * nm),))
        found[resistivity] = 0.02 / steady(device, {"top": 0.02}).current("top")
    assert 1.1 < (found[1e-12] - found[None]) / (1e-12 / (200 * nm)) < 2
    assert found[1e-6] == pytest.approx(1e-6 / (200 * nm) + found[None], rel=1e-3)


def test_terminals_see_it_in_circuits_small_signals_and_time(devices: ModuleType) -> None:
    device = bar(
        devices,
        OhmicContact(contact_resistivity=RESISTIVITY),
        ions={"cation": devices.ion(1e22, mobility=1e-13)},
    )
    state = steady(device, {"top": 0.05}, frozen_ions=True)
    assert admittance(state, "top", [1.0], frozen_ions=True)[1][0].real == pytest.approx(
        1 / (FILM + RESISTIVITY), rel=1e-6
    )
    circuit = {"top": Circuit(series_resistance=FILM)}
    behind = steady(device, {"top": 0.05}, circuits=circuit, frozen_ions=True)
    assert 0.05 / behind.current("top") == pytest.approx(2 * FILM + RESISTIVITY, rel=1e-6)
    last = list(integrate(device, equilibrium(device), bias=lambda _t: {"top": 0.05}, end=1e-8))[-1]
    assert last.current("top") == pytest.approx(state.current("top"), rel=1e-4)
    assert last.current("bottom") == pytest.approx(-last.current("top"), rel=1e-9)


@pytest.mark.parametrize(
    "contact",
    [
        OhmicContact(contact_resistivity=RESISTIVITY),
        SchottkyContact(
            work_function=4.2 * eV, contact_resistivity=RESISTIVITY, image_force_permittivity=11.7
        ),
    ],
)
def test_its_heat_is_in_the_ledger(devices: ModuleType, contact: Any) -> None:
    state = steady(bar(devices, contact, heat=True), {"top": 0.2})
    parts = heat_parts(state)
    assert sum(parts.values()) == pytest.approx(0.2 * state.current("top"), rel=1e-8)
    assert parts["contacts"] >= (1 - 1e-9) * RESISTIVITY * state.current("top") ** 2


def test_a_barrier_and_a_resistance_are_in_series(devices: ModuleType) -> None:
    """At one current the voltages differ by ρj."""
    metal = {"work_function": 4.5 * eV}
    plain, behind = (bar(devices, SchottkyContact(**metal, contact_resistivity=r)) for r in (None, 1e-6))
    state = steady(behind, {"top": 0.4})
    alone = 0.4 - 1e-6 * state.current("top")
    assert steady(plain, {"top": alone}).current("top") == pytest.approx(state.current("top"), rel=1e-7)
    assert alone < 0.39
    rest = steady(behind, {})
    assert abs(rest.current("top")) < 1e-9 * abs(state.current("top"))


@pytest.mark.parametrize("heat", [False, True])
def test_conductors_have_it_too(heat: bool) -> None:
    sink = [HeatSink(300.0, 1e-6)] if heat else []
    device = resistor(
        physics=[Conduction(), *([Heat(electronic=False)] if heat else [])],
        contacts={
            "bottom": [OhmicContact(), *sink],
            "top": [OhmicContact(contact_resistivity=2e-7), *sink],
        },
    )
    state = steady(device, {"top": 0.1})
    assert 0.1 / state.current("top") == pytest.approx(1e-7 + 2e-7, rel=1e-9)
    if heat:
        parts = heat_parts(state)
        assert sum(parts.values()) == pytest.approx(0.1 * state.current("top"), rel=1e-9)
        assert parts["contacts"] == pytest.approx(2e-7 * state.current("top") ** 2, rel=1e-9)


def test_it_is_refused_beside_tunnelling_of_gates(devices: ModuleType) -> None:
    layers = [Layer("film", 50 * nm), Layer("oxide", 5 * nm), Layer("gate", 5 * nm), Layer("block", 10 * nm)]
    with pytest.raises(IncompatibleError, match="contact_resistivity, which cannot be beside"):
        Device(
            mesh=VerticalStack(*layers).mesh(size=10 * nm, interface_size=1 * nm),
            materials={
                "film": devices.film(),
                "oxide": devices.insulator(),
                "gate": devices.metal(4.5),
                "block": devices.insulator(),
            },
            physics=[
                Poisson(),
                Carriers(),
                Tunnelling(
                    gate="gate",
                    across="oxide",
                    into="film",
                    carrier="electron",
                    law=FowlerNordheim(barrier=3.0 * eV, effective_mass=0.4),
                ),
            ],
            contacts={
                "bottom": OhmicContact(work_function=4.2 * eV, contact_resistivity=1e-9),
                "gate": FloatingGate(),
            },
            temperature=300.0,
        )
