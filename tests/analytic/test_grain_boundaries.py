"""Ions that move faster along an interface than through the grains beside it, against closed forms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem
from scipy.optimize import brentq

import fem  # noqa: F401  (loads the dolfinx wheel before dolfinx)
from fem import BlockingContact, Device, StepControl, equilibrium, integrate, steady, with_ions
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.forms.compilation import compiled
from fem.materials import Arrhenius
from fem.physics import Carriers, GrainBoundary, MobileIons, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack

WIDTH, DIFFUSIVITY, FEW, DELTA = 100 * nm, 1e-16, 1e15, 0.5 * nm
CLOSED = BlockingContact(work_function=4.5 * eV)


def grains(
    devices: ModuleType, mesh: Any, boundaries: dict[str, GrainBoundary], names: tuple[str, ...]
) -> Device:
    """Return insulating grains with few ions, which do not screen, between blocking contacts."""
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(FEW, diffusivity=DIFFUSIVITY)})
    return Device(
        mesh=mesh,
        materials=dict.fromkeys(names, film),
        physics=[Poisson(), MobileIons("cation", grain_boundaries=boundaries)],
        contacts={"bottom": CLOSED, "top": CLOSED},
        temperature=300.0,
    )


def bicrystal(height: float, size: float, shape: Any) -> Any:
    return VerticalStack(Layer("lower", height / 2), Layer("upper", height / 2)).mesh(
        size=size, interface_size=size, shape=shape
    )


def positions(device: Device) -> Any:
    """Return the positions of nodes [m], the corner at 0, shape (nodes, 3)."""
    x = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    return x - x.min(axis=0)


@pytest.mark.parametrize("gain", [0.3, 5.0])
def test_mode_along_a_boundary_decays_at_the_rate_of_fishers_equations_to_second_order(
    devices: ModuleType, gain: float
) -> None:
    r"""cos(kx) cos(q(|y| - a)) with 2 D q tan(qa) = δ D_gb k² decays with D(k² + q²)."""
    height, k = 60 * nm, np.pi / WIDTH
    half, boundary = height / 2, gain * DIFFUSIVITY * height  # δ D_gb
    q = brentq(
        lambda q: 2 * DIFFUSIVITY * q * np.tan(q * half) - boundary * k**2, 0, 0.999 * np.pi / 2 / half
    )
    rate, errors = DIFFUSIVITY * (k**2 + q**2), []
    for n in (4, 8, 16):
        mesh = bicrystal(height, half / n, Planar(width=WIDTH, lateral_size=WIDTH / (2 * n)))
        path = {"lower|upper": GrainBoundary(diffusivity=boundary / DELTA, width=DELTA)}
        device = grains(devices, mesh, path, ("lower", "upper"))
        context, x = device.context, positions(device)
        mode = dfem.Function(context.scalar_space)
        mode.x.array[:] = np.cos(k * x[:, 0]) * np.cos(q * (np.abs(x[:, 1] - half) - half))
        begin = with_ions(equilibrium(device), "cation", lambda _, m=mode: FEW * (1 + 0.5 * m.x.array))
        context.unknown.x.array[:] = begin.values.ravel()
        few = FEW / device.scaling.density
        content = context.calculus.lump(
            lambda i, c=context, f=few: c.calculus.at(c.field("cation"), i) - f, mode
        )
        fall, held = (dfem.assemble_scalar(compiled(f)) for f in (device.currents(mode)["cation"], content))
        errors.append(float(fall / held / device.scaling.time / rate - 1))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(orders - 2).max() < 0.1, (errors, orders)


def test_thin_film_spreads_with_the_mean_of_grains_and_boundary(
    devices: ModuleType, drawings: ModuleType
) -> None:
    """D_eff = D + D_gb δ/h on irregular triangles, where the film is thin, and no ion is lost."""
    height, gain = 4.0, 3.0
    mesh = drawings.Rectangle(width=100.0, height=height, size=2.0)
    path = GrainBoundary(diffusivity=gain * DIFFUSIVITY * height * nm / DELTA, width=DELTA)
    device = grains(devices, mesh, {"lower|upper": path}, ("lower", "upper"))
    wave = np.cos(np.pi * positions(device)[:, 0] / WIDTH)
    begin = with_ions(equilibrium(device), "cation", lambda _: FEW * (1 + 0.5 * wave))
    lifetime = (WIDTH / np.pi) ** 2 / (DIFFUSIVITY * (1 + gain))
    control = StepControl(tolerance=1e-4)
    *_, last = integrate(device, begin, bias=lambda _t: {}, end=lifetime, control=control)
    left = wave @ (last.ion_density("cation") - FEW) / (0.5 * FEW * wave @ wave)
    assert left == pytest.approx(np.exp(-1), rel=2e-2)
    assert last.ion_inventory("cation") == pytest.approx(begin.ion_inventory("cation"), rel=1e-12)


SHAPES = {
    "plane": (Planar(width=40 * nm, lateral_size=10 * nm), 40 * nm),
    "axisymmetric": (Axisymmetric(radius=30 * nm, lateral_size=10 * nm), np.pi * (30 * nm) ** 2),
    "dot": (Dot(side=50 * nm, dot_radius=20 * nm, lateral_size=12 * nm), np.pi * (20 * nm) ** 2),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_boundary_adds_its_area_times_diffusivity_times_width(devices: ModuleType, kind: str) -> None:
    r"""For a density linear along it: :math:`-\int\Gamma\cdot\nabla x` grows by δ D_gb P' A, on any mesh."""
    shape, area = SHAPES[kind]
    found = []
    for gain in (1e-30, 2.0):
        mesh = bicrystal(30 * nm, 10 * nm, shape)
        path = {"lower|upper": GrainBoundary(diffusivity=gain * DIFFUSIVITY * 30 * nm / DELTA, width=DELTA)}
        device = grains(devices, mesh, path, ("lower", "upper"))
        x = positions(device)[:, 0]
        begin = with_ions(equilibrium(device), "cation", lambda _, x=x: FEW * (1 + 0.5 * x / WIDTH))
        device.context.unknown.x.array[:] = begin.values.ravel()
        weight = dfem.Function(device.context.scalar_space)
        weight.x.array[:] = x / WIDTH
        scaling = device.scaling
        size = 3 if device.mesh.axisymmetric else device.mesh.dim
        unit = scaling.density / scaling.time * scaling.length**size
        found.append(unit * dfem.assemble_scalar(compiled(device.currents(weight)["cation"])))
    slope = 0.5 * FEW / WIDTH / WIDTH
    assert found[1] - found[0] == pytest.approx(2.0 * DIFFUSIVITY * 30 * nm * slope * area, rel=1e-6)


def test_ions_in_equilibrium_do_not_flow_along_a_boundary(devices: ModuleType) -> None:
    ions = {"cation": devices.ion(1e23, diffusivity=DIFFUSIVITY, site=1e24)}
    path = {"film|HTL": GrainBoundary(diffusivity=Arrhenius(1e-8, 0.3), width=DELTA)}
    device = Device(
        mesh=VerticalStack(Layer("film", 30 * nm), Layer("HTL", 20 * nm)).mesh(
            size=5 * nm, interface_size=2 * nm, shape=Axisymmetric(radius=20 * nm, lateral_size=8 * nm)
        ),
        materials={"film": devices.film(ions=ions), "HTL": devices.HTL},
        physics=[Poisson(), Carriers(), MobileIons("cation", grain_boundaries=path)],
        contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(5.2)},
        temperature=300.0,
    )
    rest = equilibrium(device)
    back = steady(device, {}, start=steady(device, {"top": 0.3}))
    np.testing.assert_allclose(back.ion_density("cation"), rest.ion_density("cation"), rtol=1e-5)


def test_boundaries_that_lead_nowhere_are_refused(devices: ModuleType) -> None:
    good = GrainBoundary(diffusivity=1e-12, width=DELTA)
    with pytest.raises(OutOfRangeError, match="width of a grain boundary"):
        GrainBoundary(diffusivity=1e-12, width=0.5)
    with pytest.raises(OutOfRangeError, match="diffusivity of a grain boundary"):
        GrainBoundary(diffusivity=0.0, width=DELTA)
    names = ("lower", "upper")
    with pytest.raises(IncompatibleError, match="is a point of a line"):
        grains(devices, bicrystal(30 * nm, 10 * nm, None), {"lower|upper": good}, names)
    mesh = bicrystal(30 * nm, 10 * nm, Planar(width=20 * nm, lateral_size=10 * nm))
    with pytest.raises(UnknownNameError, match=r"did you mean 'lower\|upper'"):
        grains(devices, mesh, {"upper|lower": good}, names)
    with pytest.raises(OutOfRangeError, match="must be a GrainBoundary"):
        grains(devices, mesh, {"lower|upper": 1e-12}, names)
