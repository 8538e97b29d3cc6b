"""The heat of a device: what goes in electrically comes out as heat, and no edge cools but by what carriers take."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, SchottkyContact, equilibrium, steady
from fem.constants import thermal_voltage
from fem.errors import IncompatibleError
from fem.heat.of_state import heat_parts, temperature
from fem.physics import (
    Carriers,
    Heat,
    InterfaceRecombination,
    InterfaceTraps,
    MobileIons,
    OpticalGeneration,
    Poisson,
    Traps,
)
from fem.units import eV, nm, um
from geometries import Layer, Planar, VerticalStack

SIZES = {"size": 15 * nm, "interface_size": 1 * nm, "growth": 1.4}
KAPPA = (0.5, "W/(m K)")


def diode(devices: ModuleType) -> Device:
    """Return a p-n diode with heat sinks at both ends."""
    base: dict[str, Any] = dict(
        permittivity=11.7,
        conduction=4.05,
        valence=5.12,
        states=1e25,
        mobility=(0.1, 0.04),
        electron_lifetime=(1e-7, "s"),
        hole_lifetime=(1e-7, "s"),
        thermal_conductivity=(0.5, "W/(m K)"),
    )
    materials = {
        "p": devices.semiconductor("p", acceptor_density=(1e23, "m^-3"), **base),
        "n": devices.semiconductor("n", donor_density=(1e23, "m^-3"), **base),
    }
    return Device(
        mesh=VerticalStack(Layer("p", 1 * um), Layer("n", 1 * um)).mesh(size=40 * nm, interface_size=2 * nm),
        materials=materials,
        physics=[Poisson(), Carriers(), Heat(coupled=False)],
        contacts={"bottom": [OhmicContact(), HeatSink(300.0)], "top": [OhmicContact(), HeatSink(300.0)]},
    )


def cell(devices: ModuleType, contact: Any, *, shape: Any = None, light: bool = False) -> Device:
    """Return the three-layer cell with ions and a metal on top, which conducts heat."""
    conduct = devices.datum(*KAPPA)
    ions = {"cation": devices.ion(1e23, mobility=1e-13)}
    metal = devices.metal(5.2989).with_(thermal_conductivity=100.0)
    layers = [Layer("ETL", 30 * nm), Layer("film", 200 * nm), Layer("HTL", 30 * nm), Layer("Au", 40 * nm)]
    return Device(
        mesh=VerticalStack(*layers).mesh(shape=shape, **SIZES),
        materials={
            "ETL": devices.ETL.with_(thermal_conductivity=conduct),
            "film": devices.film(ions=ions, thermal_conductivity=KAPPA),
            "HTL": devices.HTL.with_(thermal_conductivity=conduct),
            "Au": metal,
        },
        physics=[
            Poisson(),
            Carriers(),
            MobileIons("cation"),
            *([OpticalGeneration(1e27, ("film",))] if light else []),
            Heat(coupled=False),
        ],
        contacts={"bottom": [contact(4.1011), HeatSink(300.0, 1e-8)], "top": contact(5.2989)},
    )


def ohmic(work_function: float) -> OhmicContact:
    return OhmicContact(work_function=work_function * eV)


def slow(work_function: float) -> SchottkyContact:
    """Return a contact whose emission is slow enough to take a good part of the bias."""
    return SchottkyContact(work_function=work_function * eV, electron_velocity=1e-6, hole_velocity=1e-6)


def given_off(parts: dict[str, float]) -> dict[str, float]:
    """Return the parts without what carriers take along, which cools one place and warms another."""
    return {name: value for name, value in parts.items() if name != "thermoelectric"}


def electrical_power(state: Any) -> float:
    return float(sum(state.current(name) * bias for name, bias in state.bias.items()))


@pytest.mark.parametrize("bias", [0.05, 0.6, 0.9, -1.0])
def test_diode_turns_all_electrical_power_into_heat(devices: ModuleType, bias: float) -> None:
    device = diode(devices)
    state = steady(device, {"bottom": bias})
    parts = heat_parts(state)
    assert set(given_off(parts)) == {"electron", "hole", "recombination"}
    assert min(given_off(parts).values()) >= 0
    assert abs(parts["thermoelectric"]) < 1e-9 * electrical_power(state)  # at one temperature
    assert sum(parts.values()) == pytest.approx(electrical_power(state), rel=1e-6)


@pytest.mark.parametrize("contact", [ohmic, slow])
@pytest.mark.parametrize("bias", [0.05, 0.9, -0.5])
def test_cell_turns_all_electrical_power_into_heat(devices: ModuleType, contact: Any, bias: float) -> None:
    state = steady(cell(devices, contact), {"top": bias})
    parts = heat_parts(state)
    assert sum(parts.values()) == pytest.approx(electrical_power(state), rel=1e-6)
    assert min(given_off(parts).values()) >= 0
    if contact is slow and bias == 0.9:
        assert parts["contacts"] > 0.01 * sum(parts.values())


def test_cell_in_two_dimensions_turns_all_electrical_power_into_heat(devices: ModuleType) -> None:
    device = cell(devices, slow, shape=Planar(width=40 * nm, lateral_size=20 * nm))
    state = steady(device, {"top": 0.9})
    assert sum(heat_parts(state).values()) == pytest.approx(electrical_power(state), rel=1e-6)
    field = temperature(state)
    assert field.heat_into("bottom") == pytest.approx(electrical_power(state), rel=1e-6)
    assert field.maximum_rise < 1e-6  # close to the round-off of 300 K, and yet the heat is all there


@pytest.mark.parametrize("bias", [0.6, 0.9])
def test_traps_and_interfaces_turn_what_recombines_there_into_heat(devices: ModuleType, bias: float) -> None:
    plain = cell(devices, ohmic)
    contacts: Any = {
        n: [c, *([h] if (h := plain.heat_sinks.get(n)) else [])] for n, c in plain.contacts.items()
    }
    capture = {"electron_capture": 1e-13, "hole_capture": 1e-14}
    face: dict[str, Any] = {
        "interface": "ETL|film",
        "side": "film",
        "electron_capture": 1e-12,
        "hole_capture": 1e-12,
    }
    device = Device(
        mesh=plain.mesh,
        materials=plain.setting.materials,
        physics=[
            *plain.physics,
            Traps("deep", density=1e22, depth=0.7 * eV, regions=("film",), **capture),
            InterfaceTraps("states", density=1e15, depth=0.7 * eV, **face),
            InterfaceRecombination("film|HTL", electron_velocity=10.0, hole_velocity=1.0),
        ],
        contacts=contacts,
        temperature=300.0,
    )
    state = steady(device, {"top": bias})
    parts = heat_parts(state)
    assert sum(parts.values()) == pytest.approx(electrical_power(state), rel=1e-6)
    least = min(parts["deep"], parts["states"], parts["recombination at film|HTL"])
    assert least > 1e-3 * sum(parts.values())


def test_light_brings_the_energy_of_its_pairs(devices: ModuleType) -> None:
    """The gap and 5 kT: 5/2 kT for each carrier."""
    device = cell(devices, ohmic, light=True)
    for bias in (0.0, 0.5):
        state = steady(device, {"top": bias}, light=1.0)
        parts = heat_parts(state)
        brought = sum(parts.values()) - electrical_power(state)
        flux = 1.602176634e-19 * 1e27 * 200 * nm  # [A/m²]
        assert brought == pytest.approx(flux * (5.5 - 3.9 + 5 * thermal_voltage(300.0)), rel=1e-6)
        assert 0 < parts["light"] < brought


def test_equilibrium_gives_off_no_heat(devices: ModuleType) -> None:
    device = cell(devices, ohmic)
    cold = sum(heat_parts(equilibrium(device)).values())
    assert abs(cold) < 1e-12 * sum(heat_parts(steady(device, {"top": 0.3})).values())


def test_no_node_is_cooled_by_what_is_given_off_and_no_value_is_lost(devices: ModuleType) -> None:
    from fem.heat.of_state import DeviceHeat

    device = cell(devices, slow)
    for bias in (0.9, -0.5):
        for part, values in DeviceHeat(device).nodal(steady(device, {"top": bias})).items():
            assert np.isfinite(values).all(), part
            assert (values >= 0).all() or part == "thermoelectric", part


def test_frozen_ions_give_off_no_heat(devices: ModuleType) -> None:
    device = cell(devices, ohmic)
    state = steady(device, {"top": 0.9}, frozen_ions=True)
    parts = heat_parts(state)
    assert parts["cation"] == 0.0
    assert sum(parts.values()) == pytest.approx(electrical_power(state), rel=1e-6)


def test_temperature_of_a_state_leaves_the_device_as_it_was(devices: ModuleType) -> None:
    device = cell(devices, ohmic)
    state = steady(device, {"top": 0.9})
    later = steady(device, {"top": 0.3}, start=state)
    before = device.context.unknown.x.array.copy()
    field = temperature(state)
    assert np.array_equal(device.context.unknown.x.array, before)
    assert field.power == pytest.approx(electrical_power(state), rel=1e-6)
    assert field.mean("Au") > field.mean("ETL") > 300.0
    assert temperature(later).power < field.power


def test_a_large_rise_is_warned_of_and_a_small_one_is_not(devices: ModuleType) -> None:
    device = diode(devices)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        temperature(steady(device, {"bottom": 0.5}))
    hot = steady(device, {"bottom": 1.2})
    with pytest.warns(UserWarning, match="temperature rises by .* K, but carriers and ions"):
        temperature(hot)


def test_heat_needs_conductivities_and_a_sink(devices: ModuleType) -> None:
    drawing = VerticalStack(Layer("film", 100 * nm)).mesh(**SIZES)
    common: dict[str, Any] = dict(mesh=drawing, physics=[Poisson(), Carriers(), Heat(coupled=False)])
    with pytest.raises(IncompatibleError, match="no thermal_conductivity, which Heat"):
        Device(
            materials={"film": devices.film()},
            contacts={"bottom": [ohmic(4.1), HeatSink(300.0)], "top": ohmic(5.3)},
            **common,
        )
    film = devices.film(thermal_conductivity=KAPPA)
    with pytest.raises(IncompatibleError, match="needs a heat sink"):
        Device(
            materials={"film": film},
            contacts={"bottom": ohmic(4.1), "top": ohmic(5.3)},
            temperature=300.0,
            **common,
        )
    cold = devices.three_layers(**SIZES)
    with pytest.raises(IncompatibleError, match="no Heat"):
        temperature(equilibrium(cold))
