"""Ions in strong fields, in a temperature gradient, and put into a place, against closed forms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem

from fem import BlockingContact, Device, HeatSink, OhmicContact, equilibrium, integrate, steady, with_ions
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.forms.compilation import compiled
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


BARRIER, JUMP = 0.5, 1e-9  # [eV], [m]


def bent_gain(field: float, temperature: float, barrier: float = BARRIER) -> float:
    """Return g of a field [V/m] at a temperature [K], by the tops of a sine that is tilted both ways."""
    kt = thermal_voltage(temperature)
    tilt = min(JUMP * field / (np.pi * barrier), 1.0)
    flat = np.sqrt(1 - tilt**2) + tilt * np.arcsin(tilt)
    along, against = (np.exp(-barrier * (flat + sign * tilt * np.pi / 2 - 1) / kt) for sign in (-1, 1))
    return float((along - against) / (np.pi * tilt * barrier / kt))


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("bias", [0.1, 10.0, 60.0, 150.0, 157.5, 240.0])
def test_ions_hop_over_a_barrier_that_the_field_bends_and_at_last_takes_away(
    devices: ModuleType, bias: float, given: bool, warm: bool
) -> None:
    """The barrier is gone at 157.1 V; up to there without the bend, g would be 1e3 times as large."""
    now = 330.0 if warm else 300.0
    law = DIFFUSIVITY if given else Arrhenius(DIFFUSIVITY * np.exp(BARRIER / VT), BARRIER)
    ions = MobileIons("cation", jump_distance=JUMP, hopping_barrier=BARRIER * eV if given else None)
    device = lit(devices, ions, warm=warm, law=law)
    start, field = steady(device, {"top": bias}, frozen_ions=True), bias / LENGTH
    diffusivity = (
        DIFFUSIVITY if given else DIFFUSIVITY * np.exp(BARRIER / VT - BARRIER / thermal_voltage(now))
    )
    velocity = diffusivity / thermal_voltage(now) * field * bent_gain(field, now)
    end = 1e-6 * LENGTH / velocity
    *_, last = integrate(device, start, bias=lambda _t: {"top": bias}, end=end)
    assert last.current("top", "cation") == pytest.approx(ELEMENTARY_CHARGE * FEW * velocity, rel=1e-3)
    straight = np.sinh(JUMP * field / (2 * VT)) / (JUMP * field / (2 * VT))
    assert bias < 150 or warm or straight > 1e3 * bent_gain(field, now)


def lateral_rates(devices: ModuleType, ions: MobileIons, bias: float, mesh: Any) -> float:
    """Return the rate at which a lateral wave of ions, on end in a field, loses its content [a.u.]."""
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(FEW, diffusivity=DIFFUSIVITY)})
    closed = BlockingContact(work_function=4.5 * eV)
    device = Device(
        mesh=mesh,
        materials={"film": film},
        physics=[Poisson(), ions],
        contacts={"bottom": closed, "top": closed},
        temperature=300.0,
    )
    context = device.context
    x = context.scalar_space.tabulate_dof_coordinates()[:, 0]
    wave = dfem.Function(context.scalar_space)
    wave.x.array[:] = np.cos(np.pi * (x - x.min()) / np.ptp(x))
    put = with_ions(equilibrium(device), "cation", lambda _: FEW * (1 + 0.5 * wave.x.array))
    context.unknown.x.array[:] = steady(device, {"top": bias}, start=put, frozen_ions=True).values.ravel()
    context.ion_motion.value = 1.0
    return float(dfem.assemble_scalar(compiled(device.currents(wave)["cation"])))


def test_motion_across_a_strong_field_is_diffusion_as_without_it(devices: ModuleType) -> None:
    mesh = VerticalStack(Layer("film", LENGTH)).mesh(
        size=10 * nm, interface_size=5 * nm, shape=Planar(width=60 * nm, lateral_size=5 * nm)
    )
    plain, hopping = (MobileIons("cation", jump_distance=jump) for jump in (None, JUMP))
    assert bent_gain(2e8, 300.0) > 5
    rest = lateral_rates(devices, plain, 0.0, mesh)
    assert abs(rest) > 0
    for ions, bias in ((plain, 20.0), (hopping, 0.0), (hopping, 20.0)):
        assert lateral_rates(devices, ions, bias, mesh) == pytest.approx(rest, rel=1e-6)


def test_irregular_triangles_take_a_part_of_the_gain_and_none_in_weak_fields(
    devices: ModuleType, drawings: ModuleType
) -> None:
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(FEW, diffusivity=DIFFUSIVITY)})
    closed = BlockingContact(work_function=4.5 * eV)
    device = Device(
        mesh=drawings.Rectangle(size=10.0),
        materials=dict.fromkeys(("lower", "upper"), film),
        physics=[Poisson(), MobileIons("cation", jump_distance=JUMP)],
        contacts={"bottom": closed, "top": closed},
        temperature=300.0,
    )
    parts = []
    for bias in (0.3, 10.0, 20.0):
        start, s = steady(device, {"top": bias}, frozen_ions=True), JUMP * bias / LENGTH / (2 * VT)
        *_, last = integrate(device, start, bias=lambda _t, v=bias: {"top": v}, end=1e-10)
        drift = ELEMENTARY_CHARGE * FEW * DIFFUSIVITY / VT * bias / LENGTH * np.sinh(s) / s
        parts.append(last.current("top", "cation") / (drift * LENGTH))
    assert parts[0] == pytest.approx(1.0, abs=1e-3)
    assert 0.5 < parts[2] < parts[1] < 0.95


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
    with pytest.raises(IncompatibleError, match="no jump_distance"):
        MobileIons("iodide_vacancy", hopping_barrier=0.4 * eV)
    with pytest.raises(OutOfRangeError, match=r"hopping_barrier of MobileIons is 0\.4.* 0\.4 \* eV"):
        MobileIons("iodide_vacancy", hopping_barrier=0.4, jump_distance=JUMP)
    with pytest.raises(OutOfRangeError, match="heat of transport"):
        MobileIons("iodide_vacancy", heat_of_transport=0.4)


DARK, BRIGHT = 0.74, 0.41  # [eV]


def dimmed(barrier: float | None) -> MobileIons:
    """Return ions whose barrier light lowers to ``barrier`` [eV]."""
    return MobileIons("cation", light_barrier=None if barrier is None else barrier * eV)


IN_THE_DARK = Arrhenius(DIFFUSIVITY * np.exp(DARK / VT), DARK)


def lit(
    devices: ModuleType, ions: MobileIons, *, warm: bool = False, law: float | Arrhenius = IN_THE_DARK
) -> Device:
    """Return an insulating film with few ions of a diffusivity, at 300 K or, if ``warm``, at 330 K."""
    film = devices.insulator("film", 20.0).with_(thermal_conductivity=0.5, volumetric_heat_capacity=1e6)
    sinks = [HeatSink(330.0)] if warm else []
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=5 * nm, interface_size=2 * nm),
        materials={"film": film.with_ion("cation", mean_density=FEW, diffusivity=law)},
        physics=[Poisson(), ions, *([Heat()] if warm else [])],
        contacts={n: [BlockingContact(work_function=4.5 * eV), *sinks] for n in ("bottom", "top")},
        temperature=300.0,
    )


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("light", [0.0, 0.3, 1.0, 2.5])
def test_barrier_of_hopping_falls_in_proportion_to_the_light(
    devices: ModuleType, light: float, warm: bool
) -> None:
    bias, device = 0.02, lit(devices, dimmed(BRIGHT), warm=warm)
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


def test_field_takes_away_the_barrier_that_light_has_left(devices: ModuleType) -> None:
    bias = 1.1 * np.pi * BRIGHT * LENGTH / JUMP  # [V], above that at which the lit barrier is gone
    ions = MobileIons("cation", jump_distance=JUMP, light_barrier=BRIGHT * eV)
    device = lit(devices, ions)
    start = steady(device, {"top": bias}, frozen_ions=True)
    field, diffusivity = bias / LENGTH, DIFFUSIVITY * np.exp((DARK - BRIGHT) / VT)
    velocity = diffusivity / VT * field * bent_gain(field, 300.0, BRIGHT)
    end = 1e-6 * LENGTH / velocity
    *_, last = integrate(device, start, bias=lambda _t: {"top": bias}, light=1.0, end=end)
    assert last.current("top", "cation") == pytest.approx(ELEMENTARY_CHARGE * FEW * velocity, rel=1e-3)


def test_barrier_bends_in_the_regions_that_have_one(devices: ModuleType) -> None:
    bias = 60.0
    film = devices.insulator("film", 20.0)
    laws = {"low": Arrhenius(DIFFUSIVITY * np.exp(BARRIER / VT), BARRIER), "high": DIFFUSIVITY}
    closed = BlockingContact(work_function=4.5 * eV)
    device = Device(
        mesh=VerticalStack(*(Layer(name, LENGTH / 2) for name in laws)).mesh(
            size=2 * nm, interface_size=0.5 * nm
        ),
        materials={r: film.with_ion("cation", mean_density=FEW, diffusivity=law) for r, law in laws.items()},
        physics=[Poisson(), MobileIons("cation", jump_distance=JUMP)],
        contacts={"bottom": closed, "top": closed},
        temperature=300.0,
    )
    start, field = steady(device, {"top": bias}, frozen_ions=True), bias / LENGTH
    s = JUMP * field / (2 * VT)
    assert np.sinh(s) / s > 4 * bent_gain(field, 300.0)
    velocity = DIFFUSIVITY / VT * field * (np.sinh(s) / s + bent_gain(field, 300.0)) / 2
    end = 1e-6 * LENGTH / velocity
    *_, last = integrate(device, start, bias=lambda _t: {"top": bias}, end=end)
    assert last.current("top", "cation") == pytest.approx(ELEMENTARY_CHARGE * FEW * velocity, rel=1e-3)


def test_light_on_hopping_leaves_ions_at_rest_where_they_are(devices: ModuleType) -> None:
    device = lit(devices, dimmed(BRIGHT))
    dark, bright = steady(device, {"top": 0.1}), steady(device, {"top": 0.1}, light=1.0)
    np.testing.assert_allclose(bright.ion_density("cation"), dark.ion_density("cation"), rtol=1e-6)


def test_light_that_does_nothing_and_barriers_that_do_not_fall_are_refused(devices: ModuleType) -> None:
    with pytest.raises(IncompatibleError, match="nor ions with a light_barrier"):
        steady(lit(devices, dimmed(None)), {}, light=1.0)
    with pytest.raises(OutOfRangeError, match="barrier of cation under light"):
        lit(devices, dimmed(0.8))
    with pytest.raises(OutOfRangeError, match=r"light_barrier of MobileIons is 0\.41.* 0\.41 \* eV"):
        MobileIons("cation", light_barrier=BRIGHT)
    with pytest.raises(IncompatibleError, match="Arrhenius"):
        insulating(devices, MobileIons("cation", light_barrier=BRIGHT * eV))
