"""The reaction that gives ions to a film at an electrode, against closed forms and its own balance."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem as dfem

from fem import (
    Device,
    HeatSink,
    OhmicContact,
    StepControl,
    equilibrium,
    integrate,
    ion_flow,
    steady,
    with_ions,
)
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, thermal_voltage
from fem.device.state import State
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.forms.compilation import compiled
from fem.materials import Arrhenius
from fem.physics import Conduction, ElectrodeReaction, Heat, MobileIons
from fem.units import nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack, Via

SITES, REFERENCE, LAYER, ALPHA = 4e27, 1e25, 1 * nm, 0.3
FLUX, BARRIER, T0 = 1e24, 0.4, 300.0
LENGTH, RADIUS = 20 * nm, 10 * nm
ION = "silver_ion"


def exchange(temperature: float = T0) -> float:
    """Return j_0 [1/(m^2 s)]."""
    return FLUX * float(np.exp(-BARRIER * ELEMENTARY_CHARGE / (BOLTZMANN * temperature)))


def reaction(contact: str = "top", **changed: Any) -> ElectrodeReaction:
    """Return the reaction of all tests."""
    given: dict[str, Any] = {
        "ion": ION,
        "exchange_flux": Arrhenius(FLUX, BARRIER),
        "transfer_coefficient": ALPHA,
        "reaction_layer": LAYER,
        "reference_density": REFERENCE,
    }
    return ElectrodeReaction(contact, **(given | changed))


STACK = VerticalStack(Layer("film", LENGTH), Layer("silver", 5 * nm))
SHAPES = {
    "line": (None, 1.0),
    "planar": (Planar(width=2 * RADIUS, lateral_size=5 * nm, depth=3 * nm), 2 * RADIUS * 3 * nm),
    "disc": (Axisymmetric(radius=RADIUS, lateral_size=3 * nm), np.pi * RADIUS**2),
    "channel": (
        Via(radius=RADIUS, wall_thickness=RADIUS, wall="film", via_layers=("inner",), lateral_size=4 * nm),
        np.pi * RADIUS**2,
    ),
    "dot": (Dot(side=2 * RADIUS, dot_radius=6 * nm, lateral_size=6 * nm), np.pi * 36 * nm**2),
}


def cell(
    devices: ModuleType,
    kind: str = "line",
    *,
    mean: float = 1e20,
    heat: bool = False,
    at: float = T0,
    **more: Any,
) -> Device:
    """Return a film with silver ions on an inert contact, under silver or, as a line, without it."""
    shape, _ = SHAPES[kind]
    conducts = {"electrical_conductivity": 1e-4, "thermal_conductivity": 0.5, "volumetric_heat_capacity": 1e6}
    plain = devices.insulator("film", 25.0).with_(**conducts)
    film = plain.with_ion(ION, devices.ion(mean, site=SITES, diffusivity=more.pop("diffusivity", 1e-12)))
    metal = devices.metal(4.3).with_(thermal_conductivity=50.0, volumetric_heat_capacity=2e6)
    if kind == "line":
        drawing = VerticalStack(Layer("film", LENGTH)).mesh(size=1 * nm, interface_size=1 * nm)
    elif kind == "channel":
        stack = VerticalStack(Layer("inner", LENGTH), Layer("silver", 5 * nm))
        drawing = stack.mesh(size=4 * nm, interface_size=2 * nm, shape=shape)
    else:
        drawing = STACK.mesh(size=6 * nm, interface_size=3 * nm, shape=shape)
    known = {"film": plain if kind == "channel" else film, "inner": film, "silver": metal}
    both: Any = [OhmicContact(), *([HeatSink(at)] if heat else [])]
    return Device(
        mesh=drawing,
        materials={name: known[name] for name in drawing.regions},
        physics=[Conduction(), MobileIons(ION), reaction(**more), *([Heat()] if heat else [])],
        contacts={"bottom": both, "top": both},
        temperature=T0,
    )


def biased(device: Device, bias: float, density: float) -> State:
    """Return the state with an even density of ions at a bias of the silver [V]."""
    start = with_ions(equilibrium(device), ION, lambda x: np.full(x.shape[1], density))
    return steady(device, {"top": bias}, start=start, frozen_ions=True)


@pytest.mark.parametrize("kind", SHAPES)
def test_flux_is_that_of_the_area_where_ions_meet_the_electrode(devices: ModuleType, kind: str) -> None:
    state = biased(cell(devices, kind), 0.0, REFERENCE / 4)
    share = (1 - REFERENCE / 4 / SITES) / (1 - REFERENCE / SITES) - 0.25
    area = SHAPES[kind][1] if kind != "dot" else dot_area(state.device)
    assert ion_flow(state, "top", ION) == pytest.approx(exchange() * area * share, rel=1e-9)


def dot_area(device: Device) -> float:
    """Return the area of the silver's foot as it is drawn, a polygon."""
    mesh = device.mesh
    tag = next(tag for name, tag in mesh.interfaces.items() if set(name.split("|")) == {"film", "silver"})
    facets = ufl.Measure("dS", domain=mesh.mesh, subdomain_data=mesh.facet_tags)(tag)
    one = dfem.Constant(mesh.mesh, 1.0)
    return float(dfem.assemble_scalar(dfem.form(one("+") * facets))) * mesh.unit**2


def test_flux_follows_the_temperature_of_the_contact(devices: ModuleType) -> None:
    device = cell(devices, "disc", heat=True, at=360.0)
    state = biased(device, 0.0, 1e18)
    np.testing.assert_allclose(state.temperature(), 360.0)
    assert ion_flow(state, "top", ION) == pytest.approx(exchange(360.0) * np.pi * RADIUS**2, rel=1e-2)
    assert ion_flow(state, "top", ION) / ion_flow(biased(cell(devices, "disc"), 0.0, 1e18), "top", ION) == (
        pytest.approx(exchange(360.0) / exchange(), rel=1e-6)
    )


@pytest.mark.parametrize("bias", [-0.4, 0.0, 0.7, 3.0])
def test_no_ion_crosses_at_the_density_of_detailed_balance(devices: ModuleType, bias: float) -> None:
    """c/(c_max - c) = c_ref/(c_max - c_ref) exp(qη/kT) with η = δV/L."""
    eta = LAYER * bias / LENGTH / thermal_voltage(T0)
    odds = REFERENCE / (SITES - REFERENCE) * np.exp(eta)
    density = SITES * odds / (1 + odds)
    state = biased(cell(devices), bias, density)
    one_way = exchange() * np.exp((1 - ALPHA) * eta)
    assert abs(ion_flow(state, "top", ION)) < 1e-10 * one_way
    assert ion_flow(biased(state.device, bias, 0.9 * density), "top", ION) > 0
    assert ion_flow(biased(state.device, bias, min(1.1 * density, 0.99 * SITES)), "top", ION) < 0


@pytest.mark.parametrize(("density", "sign", "slope"), [(1e18, 1.0, 1 - ALPHA), (1e26, -1.0, -ALPHA)])
def test_tafel_slopes_are_the_two_transfer_coefficients(
    devices: ModuleType, density: float, sign: float, slope: float
) -> None:
    device = cell(devices)
    etas = sign * np.array([0.20, 0.25, 0.30])  # [V]
    flows = [ion_flow(biased(device, eta * LENGTH / LAYER, density), "top", ION) for eta in etas]
    assert np.sign(flows).tolist() == [sign] * 3
    found = np.diff(np.log(np.abs(flows))) / np.diff(etas) * thermal_voltage(T0)
    np.testing.assert_allclose(found, slope, rtol=1e-3)


def test_thin_film_fills_as_an_exponential(devices: ModuleType) -> None:
    """dc/dt L = j_0 (1 - c/c_ref), c_ref much below the site density: c = c_ref (1 - exp(-t/τ)), τ = L c_ref/j_0."""
    tau = LENGTH * REFERENCE / exchange()
    device = cell(devices, mean=1e20, diffusivity=LENGTH**2 / tau * 1e5)
    control = StepControl(tolerance=1e-4)
    worst = 0.0
    for state in integrate(device, equilibrium(device), bias=lambda _t: {}, end=3 * tau, control=control):
        exact = 1 - np.exp(-state.time / tau)
        worst = max(worst, float(np.abs(state.ion_density(ION) / REFERENCE - exact).max()))
    assert worst < 3e-3  # c_ref/c_max is 2.5e-3


@pytest.mark.parametrize("kind", ["line", "disc", "channel"])
def test_inventory_changes_by_what_crosses(devices: ModuleType, kind: str) -> None:
    """With the coefficients of BDF2, step by step."""
    device = cell(devices, kind)
    states = [equilibrium(device)]
    end = 1e-3 * LENGTH * SITES / exchange()
    control = StepControl(tolerance=0.2, max_bias_step=0.1)
    for state in integrate(
        device, states[0], bias=lambda t: {"top": 1.0 * t / end}, end=end, control=control
    ):
        states.append(state)
    number = [s.ion_inventory(ION) for s in states]
    assert number[-1] > 10 * number[0]
    assert len(states) > 10
    for k in range(1, len(states)):
        step = states[k].time - states[k - 1].time
        gained = (number[k] - number[k - 1]) / step
        if k > 1:
            w = step / (states[k - 1].time - states[k - 2].time)
            parts = ((1 + 2 * w) / (1 + w), -(1 + w), w**2 / (1 + w))
            gained = sum(p * n for p, n in zip(parts, reversed(number[k - 2 : k + 1]), strict=True)) / step
        assert gained == pytest.approx(ion_flow(states[k], "top", ION), rel=1e-8, abs=1e-8 * number[k] / step)


def test_no_ion_crosses_where_there_is_no_reaction(devices: ModuleType) -> None:
    device = cell(devices)
    with pytest.raises(UnknownNameError, match="flow of ions"):
        ion_flow(equilibrium(device), "bottom", ION)


def test_ions_that_come_to_rest_have_the_level_of_the_electrode(devices: ModuleType) -> None:
    """They fill the film to c_ref, and at a bias pile up at the inert electrode; the sites bound them."""
    device = cell(devices)
    even = steady(device, {"top": 0.0})
    np.testing.assert_allclose(even.ion_density(ION), REFERENCE, rtol=1e-5)
    piled = steady(device, {"top": 0.3})
    density = piled.ion_density(ION)
    level = np.log(density / (SITES - density)) + piled.potential() / thermal_voltage(T0)
    top = np.log(REFERENCE / (SITES - REFERENCE)) + (0.3 + LAYER * 0.3 / LENGTH) / thermal_voltage(T0)
    np.testing.assert_allclose(level, top, atol=1e-4)


@pytest.mark.parametrize("kind", ["line", "planar", "disc", "dot", "warm"])
def test_jacobian_is_the_finite_difference(devices: ModuleType, kind: str) -> None:
    device = cell(devices, "disc" if kind == "warm" else kind, heat=kind == "warm")
    context, rng = device.context, np.random.default_rng(5)
    start = equilibrium(device).values
    for function in (context.unknown, context.previous, context.older):
        wild = start.copy()
        wild[:, 0] = rng.normal(0, 30, len(wild))
        wild[:, 1] = rng.uniform(0.1, 0.9, len(wild)) * SITES / device.scaling.density
        wild[:, 2:] = rng.uniform(-0.1, 0.4, (len(wild), wild.shape[1] - 2))
        function.x.array[:] = wild.ravel()
    context.set_time_formula((1.5, -2.0, 0.5), (1.4, -1.9, 0.5))
    trial = ufl.TrialFunction(context.space)
    (term,) = (t for t in device.physics if isinstance(t, ElectrodeReaction))
    form = term.residual(context)
    residual = compiled(form)
    matrix = dfem.assemble_matrix(compiled(ufl.derivative(form, context.unknown, trial))).to_scipy()
    unknown, base = context.unknown.x.array, context.unknown.x.array.copy()
    for column in range(len(context.names)):
        direction = np.zeros((len(start), start.shape[1]))
        size = np.abs(base.reshape(direction.shape)[:, column]).max()
        direction[:, column] = rng.uniform(-1, 1, len(start)) * size
        ends = []
        for sign in (1, -1):
            unknown[:] = base + sign * 1e-6 * direction.ravel()
            ends.append(dfem.assemble_vector(residual).array)
        unknown[:] = base
        exact = matrix @ direction.ravel()
        scale = np.abs(exact).max() + 1e-4 * np.abs(ends[0]).max()
        assert np.abs(exact).max() > 0
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-6, exact, atol=1e-6 * scale)


def test_wild_field_stays_finite(devices: ModuleType) -> None:
    device = cell(devices)
    state = biased(device, 0.0, 1e24)
    for jump in (-1e6, 1e6):
        values = state.values.copy()
        values[:, 0] += jump * np.arange(len(values))
        assert np.isfinite(ion_flow(replace(state, values=values), "top", ION))


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"transfer_coefficient": 1.2}, OutOfRangeError, "transfer coefficient"),
        ({"reaction_layer": 1.0}, OutOfRangeError, "reaction layer"),
        ({"reference_density": -1.0}, OutOfRangeError, "reference density"),
        ({"reference_density": 1e28}, OutOfRangeError, "below the site density"),
        ({"exchange_flux": Arrhenius(-1.0, 0.3)}, OutOfRangeError, "exchange flux"),
        ({"exchange_flux": 1e18}, IncompatibleError, "Arrhenius"),
        ({"contact": "topp"}, UnknownNameError, "top"),
        ({"ion": "cation"}, UnknownNameError, ION),
    ],
)
def test_bad_reaction_is_refused(
    devices: ModuleType, changed: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        cell(devices, **changed)


def test_reaction_without_ions_at_its_contact_is_refused(devices: ModuleType) -> None:
    film = devices.insulator("film", 25.0).with_(electrical_conductivity=1e-4)
    stack = VerticalStack(Layer("film", LENGTH), Layer("cap", 5 * nm))
    description: dict[str, Any] = {
        "mesh": stack.mesh(size=5 * nm, interface_size=5 * nm),
        "materials": {"film": film.with_ion(ION, devices.ion(1e20, diffusivity=1e-12)), "cap": film},
        "contacts": {"bottom": OhmicContact(), "top": OhmicContact()},
        "temperature": T0,
    }
    with pytest.raises(IncompatibleError, match="nothing to act on"):
        Device(physics=[Conduction(), MobileIons(ION), reaction()], **description)
    twice = [Conduction(), MobileIons(ION), reaction("bottom"), reaction("bottom")]
    with pytest.raises(IncompatibleError, match="twice"):
        Device(physics=twice, **description)
