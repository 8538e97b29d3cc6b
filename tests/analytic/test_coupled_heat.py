"""The coupled temperature against closed forms, and against devices at another ambient temperature."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    Device,
    HeatSink,
    OhmicContact,
    SchottkyContact,
    StepControl,
    admittance,
    equilibrium,
    integrate,
    materials,
    steady,
)
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError
from fem.heat.of_state import heat_parts, temperature
from fem.materials import Arrhenius
from fem.outputs import profile
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import nm, um
from geometries import Layer, VerticalStack

LENGTH, DONORS, MOBILITY = 1e-6, 1e24, 1e-3
KAPPA, CAPACITY = 2.0, 2e6  # [W/(m K)], [J/(m^3 K)]
CONDUCTIVITY = ELEMENTARY_CHARGE * DONORS * MOBILITY
ACTIVATION = 0.1  # [eV]


def rod(
    devices: ModuleType, *, resistance: float | None = None, activation: float = 0.0, kappa: float = KAPPA
) -> Device:
    """Return an n-doped rod between ohmic contacts at 300 K, its mobility activated if so asked."""
    material = devices.semiconductor(
        "n",
        states=1e25,
        mobility=(MOBILITY, 1e-9),
        donor_density=(DONORS, "m^-3"),
        thermal_conductivity=(kappa, "W/(m K)"),
        volumetric_heat_capacity=(CAPACITY, "J/(m^3 K)"),
    )
    if activation:
        grown = np.exp(activation * ELEMENTARY_CHARGE / (BOLTZMANN * 300))
        material = material.with_(electron_mobility=Arrhenius(MOBILITY * grown, activation))
    both: Any = [OhmicContact(), HeatSink(300.0, resistance)]
    return Device(
        mesh=VerticalStack(Layer("n", 1 * um)).mesh(size=25 * nm, interface_size=25 * nm),
        materials={"n": material},
        physics=[Poisson(), Carriers(("electron",)), Heat()],
        contacts={"bottom": both, "top": both},
        temperature=300.0,
    )


def test_rod_has_the_parabola_of_joule_heat(devices: ModuleType) -> None:
    """T - 300 K = σV²/8κ in the middle (H. S. Carslaw and J. C. Jaeger, Conduction of Heat in Solids, 1959)."""
    device, bias = rod(devices), 0.1
    state = steady(device, {"top": bias})
    power = bias * state.current("top")
    assert state.current("top") == pytest.approx(CONDUCTIVITY * bias / LENGTH, rel=1e-7)
    assert state.temperature().max() - 300 == pytest.approx(CONDUCTIVITY * bias**2 / (8 * KAPPA), rel=1e-6)
    assert sum(heat_parts(state).values()) == pytest.approx(power, rel=1e-10)
    field = temperature(state)
    assert field.heat_into("bottom") + field.heat_into("top") == pytest.approx(power, rel=1e-6)


def test_rod_warms_up_with_the_modes_of_its_length(devices: ModuleType) -> None:
    device, bias = rod(devices), 0.1
    slowest = LENGTH**2 * CAPACITY / (np.pi**2 * KAPPA)
    full = CONDUCTIVITY * bias**2 / (8 * KAPPA)
    odd = np.arange(1, 400, 2)
    error = 0.0
    for state in integrate(device, equilibrium(device), bias=lambda _t: {"top": bias}, end=5 * slowest):
        decay = np.sin(odd * np.pi / 2) / odd**3 * np.exp(-(odd**2) * state.time / slowest)
        exact = full * (1 - 32 / np.pi**3 * decay.sum())
        error = max(error, abs(state.temperature().max() - 300 - exact) / full)
    assert error < 5e-3


@pytest.mark.parametrize("share", [0.05, 0.6])
def test_thermistor_has_an_inductive_impedance(devices: ModuleType, share: float) -> None:
    r"""Y = (I/V)[1 + 2αP/(G - αP + iωC)] of a body of one temperature, α = E_a/kT²."""
    resistance = (
        1e-4  # so large that the rod has one temperature, as Peltier heat does not tilt it with that kappa
    )
    device = rod(devices, resistance=resistance, activation=ACTIVATION, kappa=100 * KAPPA)
    conductance, capacity = 2 / resistance, CAPACITY * LENGTH
    slope = ACTIVATION * ELEMENTARY_CHARGE / (BOLTZMANN * 300**2)
    bias = 0.9 * np.sqrt(share * conductance / (slope * CONDUCTIVITY / LENGTH))
    state = steady(device, {"top": bias})
    warm = float(state.temperature().mean())
    gain = slope * (300 / warm) ** 2 * bias * state.current("top")
    frequencies = np.logspace(-2, 2, 9) * conductance / capacity / (2 * np.pi)
    found = admittance(state, "top", frequencies)[1]
    omega = 2 * np.pi * frequencies
    expected = state.current("top") / bias * (1 + 2 * gain / (conductance - gain + 1j * omega * capacity))
    assert gain / conductance > 0.5 * share
    assert np.abs(found / expected - 1).max() < 0.02 * share
    assert found.imag.min() < 0  # inductive, without a coil


@pytest.mark.parametrize("bias", [0.3, -0.5])
def test_a_device_warmed_by_its_sinks_is_the_one_at_that_temperature(bias: float) -> None:
    """All laws follow the temperature: band offsets, barriers, mobilities, rates, diffusivity, image force."""

    def device(ambient: float, heat: bool) -> Device:
        layers = [
            Layer("ITO", 20 * nm),
            Layer("TiO2", 30 * nm),
            Layer("film", 100 * nm),
            Layer("Au", 20 * nm),
        ]
        contact = SchottkyContact(image_force_permittivity=20.0)
        both: Any = [contact, HeatSink(330.0)] if heat else contact
        return Device(
            mesh=VerticalStack(*layers).mesh(size=10 * nm, interface_size=1 * nm),
            materials={
                "ITO": materials.ITO,
                "TiO2": materials.TIO2,
                "film": materials.MAPBI3,
                "Au": materials.GOLD,
            },
            physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy"), *([Heat()] if heat else [])],
            contacts={"bottom": both, "top": both},
            temperature=ambient,
        )

    warmed = steady(device(300.0, True), {"top": bias})
    direct = steady(device(330.0, False), {"top": bias})
    np.testing.assert_allclose(warmed.temperature(), 330.0, rtol=1e-9)
    assert warmed.current("top") == pytest.approx(direct.current("top"), rel=1e-7)
    one, other = profile(warmed), profile(direct)
    for name in ("electron", "hole", "iodide_vacancy"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5, err_msg=name)
    for name in ("electron_quasi_fermi", "hole_quasi_fermi"):
        np.testing.assert_allclose(one[name], other[name], atol=1e-7, err_msg=name)


def test_small_warming_is_that_of_the_uncoupled_heat(devices: ModuleType) -> None:
    coupled = steady(rod(devices), {"top": 1e-3})
    device = rod(devices)
    contacts: Any = {name: [device.contacts[name], device.heat_sinks[name]] for name in device.contacts}
    alone = Device(
        mesh=device.mesh,
        materials=device.setting.materials,
        physics=[*device.physics[:-1], Heat(coupled=False)],
        contacts=contacts,
    )
    uncoupled = temperature(steady(alone, {"top": 1e-3}))
    rise = coupled.temperature() - 300
    np.testing.assert_allclose(rise, uncoupled.values - 300, atol=1e-6 * rise.max())


def test_runaway_under_voltage_ends_with_a_reason_and_the_last_good_state(devices: ModuleType) -> None:
    """Where αP exceeds G there is no steady state near: the rod heats up until something stops it."""
    device = rod(devices, resistance=1e-5, activation=0.4)
    slope = 0.4 * ELEMENTARY_CHARGE / (BOLTZMANN * 300**2)
    turning = np.sqrt(2e5 / (slope * CONDUCTIVITY / LENGTH) / np.e)  # of P = G (T - T0) with exp(α (T - T0))
    below = steady(device, {"top": 0.9 * turning})
    assert below.temperature().max() - 300 < 1.2 / slope
    states = []
    control = StepControl(max_step=1e-4)
    for state in integrate(device, below, bias=lambda _t: {"top": 1.3 * turning}, end=1e-3, control=control):
        states.append(state)
        if state.temperature().max() > 600:
            break
    assert states[-1].temperature().max() > 600


def test_coupled_heat_needs_heat_capacities(devices: ModuleType) -> None:
    with pytest.raises(IncompatibleError, match="volumetric_heat_capacity"):
        Device(
            mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=10 * nm, interface_size=10 * nm),
            materials={"film": devices.film(thermal_conductivity=(0.5, "W/(m K)"))},
            physics=[Poisson(), Carriers(), Heat()],
            contacts={"bottom": [devices.ohmic(4.3), HeatSink(300.0)], "top": devices.ohmic(5.0)},
        )
