"""Ions in strong fields, in a temperature gradient, and put into a place, against closed forms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import BlockingContact, Device, HeatSink, OhmicContact, equilibrium, integrate, steady, with_ions
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.heat.of_state import heat_parts
from fem.materials import Arrhenius
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import eV, nm
from geometries import FilamentSeed, Layer, Planar, VerticalStack

LENGTH, DIFFUSIVITY, FEW = 100e-9, 1e-16, 1e17
VT = thermal_voltage(300.0)


def insulating(devices: ModuleType, ions: MobileIons, *, warm: bool = False, density: float = FEW) -> Device:
    """Return an insulating film with few ions, which do not screen the field, between blocking contacts."""
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(density, diffusivity=DIFFUSIVITY)})
    film = film.with_(thermal_conductivity=0.5, volumetric_heat_capacity=1e6)
    contacts: Any = {
        name: [BlockingContact(work_function=4.5 * eV), *([HeatSink(t)] if warm else [])]
        for name, t in (("bottom", 300.0), ("top", 330.0))
    }
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=2 * nm, interface_size=0.5 * nm),
        materials={"film": film},
        physics=[Poisson(), ions, *([Heat()] if warm else [])],
        contacts=contacts,
        temperature=300.0,
    )


@pytest.mark.parametrize("bias", [0.01, 3.0, 20.0])
def test_ions_hop_with_the_hyperbolic_sine_of_the_field(devices: ModuleType, bias: float) -> None:
    jump = 1e-9
    device = insulating(devices, MobileIons("cation", jump_distance=jump))
    *_, last = integrate(device, equilibrium(device), bias=lambda _t: {"top": bias}, end=1e-8)
    s = jump * bias / LENGTH / (2 * VT)
    drift = ELEMENTARY_CHARGE * FEW * DIFFUSIVITY / VT * bias / LENGTH * np.sinh(s) / s
    assert last.current("top", "cation") == pytest.approx(drift, rel=2e-3)
    assert bias < 20 or np.sinh(s) / s > 5


def test_hopping_leaves_ions_at_rest_where_they_were(devices: ModuleType) -> None:
    ions = {"cation": devices.ion(1e23, diffusivity=DIFFUSIVITY, site=1e24)}
    found = []
    for jump in (None, 1e-9):
        device = Device(
            mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=5 * nm, interface_size=0.5 * nm),
            materials={"film": devices.film(ions=ions)},
            physics=[Poisson(), Carriers(), MobileIons("cation", jump_distance=jump)],
            contacts={
                "bottom": OhmicContact(work_function=4.3 * eV),
                "top": OhmicContact(work_function=5.0 * eV),
            },
            temperature=300.0,
        )
        found.append(steady(device, {"top": -0.8}))
    np.testing.assert_allclose(found[1].ion_density("cation"), found[0].ion_density("cation"), rtol=1e-6)
    assert found[1].current("top") == pytest.approx(found[0].current("top"), rel=1e-6)


@pytest.mark.parametrize("heat", [0.0, 0.5, -0.2])
def test_ions_in_a_temperature_gradient_rest_where_soret_has_them(devices: ModuleType, heat: float) -> None:
    device = insulating(devices, MobileIons("cation", heat_of_transport=heat * eV), warm=True, density=1e14)
    state = steady(device, {})
    warmth = state.temperature()
    assert warmth.max() == pytest.approx(330.0) and warmth.min() == pytest.approx(300.0)
    density = state.ion_density("cation")
    level = np.log(density) - heat * eV / (BOLTZMANN * warmth)
    assert np.ptp(level) < 1e-4
    assert heat == 0 or np.ptp(np.log(density)) > 0.5


def test_ions_are_put_where_a_seed_has_them(devices: ModuleType) -> None:
    ions = {"cation": devices.ion(1e23, diffusivity=1e-16, site=1e26)}
    device = Device(
        mesh=VerticalStack(Layer("film", 50 * nm)).mesh(
            size=2 * nm, interface_size=2 * nm, shape=Planar(width=40 * nm, lateral_size=1 * nm)
        ),
        materials={"film": devices.film(ions=ions)},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(5.0)},
        temperature=300.0,
    )
    seed = FilamentSeed(
        film=(0.0, 50 * nm),
        bottom_radius=8 * nm,
        top_radius=4 * nm,
        inside=5e24,
        outside=1e23,
        edge_width=2 * nm,
    )
    rest = equilibrium(device)
    put = with_ions(rest, "cation", lambda x: seed.density(x, 2))
    inside = (1e23 * 40 + (5e24 - 1e23) * 12) * nm * 50 * nm  # a section: the mean width is 12 nm
    assert put.ion_inventory("cation") == pytest.approx(inside, rel=2e-2)
    held = steady(device, {"top": 0.2}, start=put, frozen_ions=True)
    np.testing.assert_array_equal(held.ion_density("cation"), put.ion_density("cation"))
    *_, later = integrate(device, held, bias=lambda _t: {"top": 0.2}, end=0.3)
    assert later.ion_inventory("cation") == pytest.approx(put.ion_inventory("cation"), rel=1e-10)
    x = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    middle = np.argmin(np.hypot(x[:, 0], x[:, 1] - 25 * nm))
    assert later.ion_density("cation")[middle] < 0.9 * put.ion_density("cation")[middle]
    with pytest.raises(OutOfRangeError, match="below 1e\\+26"):
        with_ions(rest, "cation", lambda x: np.full(x.shape[1], 2e26))
    with pytest.raises(UnknownNameError, match="cation"):
        with_ions(rest, "kation", lambda x: seed.density(x, 2))


def test_jumps_and_heats_without_their_unit_or_temperature_are_refused(devices: ModuleType) -> None:
    with pytest.raises(IncompatibleError, match="needs Heat"):
        insulating(devices, MobileIons("cation", heat_of_transport=0.3 * eV))
    with pytest.raises(OutOfRangeError, match="jump distance"):
        MobileIons("iodide_vacancy", jump_distance=0.4)
    with pytest.raises(OutOfRangeError, match="heat of transport"):
        MobileIons("iodide_vacancy", heat_of_transport=0.4)


DARK, BRIGHT = 0.74, 0.41  # [eV]


def lit(devices: ModuleType, barrier: float | None, *, warm: bool = False) -> Device:
    """Return an insulating film with few ions whose barrier light lowers, at 300 K or, if ``warm``, at 330 K."""
    law = Arrhenius(DIFFUSIVITY * np.exp(DARK / VT), DARK)
    film = devices.insulator("film", 20.0).with_(thermal_conductivity=0.5, volumetric_heat_capacity=1e6)
    sinks = [HeatSink(330.0)] if warm else []
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=5 * nm, interface_size=2 * nm),
        materials={"film": film.with_ion("cation", mean_density=FEW, diffusivity=law)},
        physics=[Poisson(), MobileIons("cation", light_barrier=barrier), *([Heat()] if warm else [])],
        contacts={n: [BlockingContact(work_function=4.5 * eV), *sinks] for n in ("bottom", "top")},
        temperature=300.0,
    )


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("light", [0.0, 0.3, 1.0, 2.5])
def test_barrier_of_hopping_falls_in_proportion_to_the_light(
    devices: ModuleType, light: float, warm: bool
) -> None:
    bias, device = 0.02, lit(devices, BRIGHT * eV, warm=warm)
    start = steady(device, {"top": bias}, frozen_ions=True)
    now = thermal_voltage(330.0 if warm else 300.0)
    lowered = DARK - min(light, 1.0) * (DARK - BRIGHT)
    diffusivity = DIFFUSIVITY * np.exp(DARK / VT - lowered / now)
    *_, last = integrate(device, start, bias=lambda _t: {"top": bias}, light=light, end=1e-11)
    drift = ELEMENTARY_CHARGE * FEW * diffusivity / now * bias / LENGTH
    assert last.current("top", "cation") == pytest.approx(drift, rel=1e-3)
    if warm:  # the heat of the ions is that of this light, whatever was computed since
        steady(device, {}, light=1.0 - min(light, 1.0))
        assert heat_parts(last)["cation"] == pytest.approx(drift * bias, rel=1e-3)


def test_light_on_hopping_leaves_ions_at_rest_where_they_are(devices: ModuleType) -> None:
    device = lit(devices, BRIGHT * eV)
    dark, bright = steady(device, {"top": 0.1}), steady(device, {"top": 0.1}, light=1.0)
    np.testing.assert_allclose(bright.ion_density("cation"), dark.ion_density("cation"), rtol=1e-6)


def test_light_that_does_nothing_and_barriers_that_do_not_fall_are_refused(devices: ModuleType) -> None:
    with pytest.raises(IncompatibleError, match="nor ions with a light_barrier"):
        steady(lit(devices, None), {}, light=1.0)
    with pytest.raises(OutOfRangeError, match="barrier of cation under light"):
        lit(devices, 0.8 * eV)
    with pytest.raises(OutOfRangeError, match=r"light_barrier of MobileIons is 0\.41.* 0\.41 \* eV"):
        lit(devices, BRIGHT)
    with pytest.raises(IncompatibleError, match="Arrhenius"):
        insulating(devices, MobileIons("cation", light_barrier=BRIGHT * eV))
