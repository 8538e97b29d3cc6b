"""Ions that are faster along one axis of the mesh than along the other, against closed forms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem

from fem import (
    BlockingContact,
    Device,
    HeatSink,
    State,
    StepControl,
    equilibrium,
    integrate,
    steady,
    with_ions,
)
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.forms.compilation import compiled
from fem.materials import Arrhenius
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack

LENGTH, WIDTH, DIFFUSIVITY, FEW = 100 * nm, 60 * nm, 1e-16, 1e15
CLOSED = BlockingContact(work_function=4.5 * eV)


def insulating(devices: ModuleType, ions: MobileIons, mesh: Any, regions: tuple[str, ...]) -> Device:
    """Return an insulator with few ions, which do not screen, between blocking contacts."""
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(FEW, diffusivity=DIFFUSIVITY)})
    return Device(
        mesh=mesh,
        materials=dict.fromkeys(regions, film),
        physics=[Poisson(), ions],
        contacts={"bottom": CLOSED, "top": CLOSED},
        temperature=300.0,
    )


def mode_of(device: Device, width: float, height: float) -> Any:
    """Return cos(πx/w) cos(πy/h) as a function on the device's nodes."""
    mode = dfem.Function(device.context.scalar_space)
    x = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    x = x - x.min(axis=0)
    mode.x.array[:] = np.cos(np.pi * x[:, 0] / width) * np.cos(np.pi * x[:, 1] / height)
    return mode


def begun(device: Device, mode: Any) -> State:
    return with_ions(equilibrium(device), "cation", lambda _: FEW * (1 + 0.5 * mode.x.array))


def rate_of(width: float, height: float, factors: tuple[float, float]) -> float:
    return DIFFUSIVITY * np.pi**2 * (factors[0] / width**2 + factors[1] / height**2)


def error_of_rate(device: Device, width: float, height: float, factors: tuple[float, float]) -> float:
    """Return the relative error of the rate at which the mode decays: its flux over its content."""
    context, mode = device.context, mode_of(device, width, height)
    context.unknown.x.array[:] = begun(device, mode).values.ravel()
    at, few = context.calculus.at, FEW / device.scaling.density
    content = context.calculus.lump(lambda i: at(context.field("cation"), i) - few, mode)
    flux = device.currents(mode)["cation"]
    fall, held = (dfem.assemble_scalar(compiled(form)) for form in (flux, content))
    return float(fall / held / device.scaling.time / rate_of(width, height, factors) - 1)


@pytest.mark.parametrize("factors", [(8.0, 1.0), (0.2, 3.0)])
def test_rate_of_a_mode_has_the_diffusivity_of_each_axis_to_second_order(
    devices: ModuleType, factors: tuple[float, float]
) -> None:
    errors = []
    for n in (6, 12, 24):
        mesh = VerticalStack(Layer("film", LENGTH)).mesh(
            size=LENGTH / n, interface_size=LENGTH / n, shape=Planar(width=WIDTH, lateral_size=WIDTH / n)
        )
        ions = MobileIons("cation", anisotropy={"film": factors})
        errors.append(error_of_rate(insulating(devices, ions, mesh, ("film",)), WIDTH, LENGTH, factors))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(orders - 2).max() < 0.1, (errors, orders)


def test_mode_on_irregular_triangles_decays_with_the_diffusivity_of_each_axis(
    devices: ModuleType, drawings: ModuleType
) -> None:
    factors, side, errors = (5.0, 1.0), 100 * nm, []
    ions = MobileIons("cation", anisotropy=dict.fromkeys(("lower", "upper"), factors))
    for size in (2.0, 4.0):
        device = insulating(devices, ions, drawings.Rectangle(size=size), ("lower", "upper"))
        errors.append(abs(error_of_rate(device, side, side, factors)))
    assert np.log2(errors[1] / errors[0]) == pytest.approx(2, abs=0.1)
    mode, rate = mode_of(device, side, side), rate_of(side, side, factors)
    control = StepControl(tolerance=1e-4)
    *_, last = integrate(device, begun(device, mode), bias=lambda _t: {}, end=1 / rate, control=control)
    left = mode.x.array @ (last.ion_density("cation") - FEW) / (0.5 * FEW * mode.x.array @ mode.x.array)
    assert left == pytest.approx(np.exp(-1), rel=1e-2)
    assert last.ion_inventory("cation") == pytest.approx(
        begun(device, mode).ion_inventory("cation"), rel=1e-12
    )


def biased(devices: ModuleType, anisotropy: dict[str, tuple[float, ...]], shape: Any) -> Device:
    """Return a semiconductor with ions that screen, which is not the same everywhere."""
    ions = {"cation": devices.ion(1e23, diffusivity=DIFFUSIVITY, site=1e24)}
    return Device(
        mesh=VerticalStack(Layer("film", 30 * nm), Layer("HTL", 20 * nm)).mesh(
            size=5 * nm, interface_size=1.5 * nm, shape=shape
        ),
        materials={"film": devices.film(ions=ions), "HTL": devices.HTL},
        physics=[Poisson(), Carriers(), MobileIons("cation", anisotropy=anisotropy)],
        contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(5.2)},
        temperature=300.0,
    )


def test_ions_in_equilibrium_do_not_flow_whatever_the_anisotropy(devices: ModuleType) -> None:
    shape = Axisymmetric(radius=20 * nm, lateral_size=8 * nm)
    plain, layered = (biased(devices, a, shape) for a in ({}, {"film": (300.0, 0.02)}))
    rest = equilibrium(layered)
    np.testing.assert_array_equal(rest.values, equilibrium(plain).values)
    driven = steady(layered, {"top": 0.3})
    back = steady(layered, {}, start=driven)
    density = rest.ion_density("cation")
    assert np.abs(driven.ion_density("cation") - density).max() > 0.1 * density.max()
    np.testing.assert_allclose(back.ion_density("cation"), density, rtol=1e-5)


def test_equal_factors_are_a_factor_of_the_diffusivity(devices: ModuleType) -> None:
    def after(anisotropy: dict[str, tuple[float, ...]], end: float) -> Any:
        device = biased(devices, anisotropy, Planar(width=20 * nm, lateral_size=8 * nm))
        control = StepControl(tolerance=1e-4)
        *_, last = integrate(
            device, equilibrium(device), bias=lambda _t: {"top": 0.2}, end=end, control=control
        )
        return last

    start, plain = after({}, 1e-9), after({}, 0.3)
    np.testing.assert_allclose(after({"film": (1.0, 1.0)}, 0.3).values, plain.values, rtol=1e-8, atol=1e-12)
    three = after({"film": (3.0, 3.0)}, 0.1)
    moved = np.abs(plain.ion_density("cation") - start.ion_density("cation")).max()
    assert moved > 1e21
    np.testing.assert_allclose(
        three.ion_density("cation"), plain.ion_density("cation"), atol=2e-3 * moved, rtol=0
    )


BASE, ALONG, ACROSS = Arrhenius(1e-8, 0.6), Arrhenius(3.0, -0.1), Arrhenius(0.5, 0.25)  # D, and its factors


def layered(devices: ModuleType, mesh: Any, temperature: float, top: float | None = None) -> Device:
    """Return an insulator whose ions have a barrier for each axis; at ``top`` [K] on top with the heat coupled."""
    film = devices.insulator("film", 20.0).with_(thermal_conductivity=0.5, volumetric_heat_capacity=1e6)
    film = film.with_ion("cation", mean_density=FEW, diffusivity=BASE)
    sinks = {"bottom": temperature, "top": temperature if top is None else top}
    return Device(
        mesh=mesh,
        materials={"film": film},
        physics=[
            Poisson(),
            MobileIons("cation", anisotropy={"film": (ACROSS, ALONG)}),
            *([Heat()] if top is not None else []),
        ],
        contacts={name: [CLOSED, *([HeatSink(t)] if top is not None else [])] for name, t in sinks.items()},
        temperature=temperature,
    )


def loss(device: Device, axis: int, where: Any = lambda y: np.ones_like(y)) -> float:
    """Return D [m^2/s] of a wave along an axis, by what it loses over a weight of the height y [0 to 1]."""
    context = device.context
    x = context.scalar_space.tabulate_dof_coordinates()[:, :2]
    x = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    wave, weight = (dfem.Function(context.scalar_space) for _ in range(2))
    wave.x.array[:] = np.cos(np.pi * x[:, axis])
    weight.x.array[:] = wave.x.array * where(x[:, 1])
    context.unknown.x.array[:] = steady(
        device, {}, start=begun(device, wave), frozen_ions=True
    ).values.ravel()
    context.ion_motion.value = 1.0
    at, few = context.calculus.at, FEW / device.scaling.density
    content = context.calculus.lump(lambda i: at(context.field("cation"), i) - few, weight)
    flux = device.currents(weight)["cation"]
    fall, held = (dfem.assemble_scalar(compiled(form)) for form in (flux, content))
    length = (WIDTH, LENGTH)[axis]
    return float(fall / held / device.scaling.time / (np.pi / length) ** 2)


FINE = VerticalStack(Layer("film", LENGTH)).mesh(
    size=LENGTH / 24, interface_size=LENGTH / 24, shape=Planar(width=WIDTH, lateral_size=WIDTH / 24)
)


@pytest.mark.parametrize("temperature", [280.0, 360.0])
def test_each_axis_has_an_arrhenius_law_of_its_own(devices: ModuleType, temperature: float) -> None:
    device = layered(devices, FINE, temperature)
    assert loss(device, 0) == pytest.approx(Arrhenius(5e-9, 0.85)(temperature), rel=5e-3)
    assert loss(device, 1) == pytest.approx(Arrhenius(3e-8, 0.5)(temperature), rel=5e-3)
    (field,) = (f for f in device.context.fields if f.name == "cation")
    assert field.diffusivity == pytest.approx(Arrhenius(3e-8, 0.5)(temperature))


def test_factors_of_the_axes_follow_the_local_temperature(devices: ModuleType) -> None:
    device = layered(devices, FINE, 300.0, top=360.0)
    for where, temperature in ((lambda y: y < 1e-6, 300.0), (lambda y: y > 1 - 1e-6, 360.0)):
        found = loss(device, 0, lambda y, where=where: where(y).astype(float))
        assert found == pytest.approx(Arrhenius(5e-9, 0.85)(temperature), rel=5e-3)


def test_anisotropy_that_fits_no_axis_or_region_is_refused(devices: ModuleType) -> None:
    with pytest.raises(OutOfRangeError, match=r"anisotropy of cation in region 'film' .* positive"):
        MobileIons("cation", anisotropy={"film": (1.0, 0.0)})
    with pytest.raises(OutOfRangeError, match=r"anisotropy of cation in region 'film' .* positive"):
        MobileIons("cation", anisotropy={"film": (Arrhenius(-1.0, 0.2), 1.0)})
    with pytest.raises(OutOfRangeError, match="at 300 K, 1 exp"):
        insulating(
            devices, MobileIons("cation", anisotropy={"film": (Arrhenius(1.0, -20.0), 1.0)}), FINE, ("film",)
        )
    with pytest.raises(OutOfRangeError, match="must be a list or a tuple"):
        MobileIons("cation", anisotropy={"film": 2.0})
    shape = Planar(width=20 * nm, lateral_size=8 * nm)
    with pytest.raises(IncompatibleError, match="1 factors; this mesh has the axes x, y"):
        biased(devices, {"film": (2.0,)}, shape)
    with pytest.raises(IncompatibleError, match="'HTL', in which it does not move"):
        biased(devices, {"HTL": (2.0, 1.0)}, shape)
    with pytest.raises(UnknownNameError, match="'flim'"):
        biased(devices, {"flim": (2.0, 1.0)}, shape)
