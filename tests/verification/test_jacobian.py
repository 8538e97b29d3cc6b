"""The assembled equations: their Jacobian, their parts, and a plain loop over cells and edges."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import ufl
from dolfinx import fem as dfem

from fem import Device, HeatSink, OhmicContact, SchottkyContact, equilibrium
from fem.forms.compilation import compiled
from fem.forms.edge_flux import bernoulli_pair
from fem.materials import Arrhenius
from fem.physics import (
    Carriers,
    FilamentHeat,
    GrainBoundary,
    Heat,
    InterfaceRecombination,
    InterfaceTraps,
    IonExchange,
    MobileIons,
    OpticalGeneration,
    Poisson,
    ThermionicLimit,
    Traps,
    VacancyGeneration,
)
from fem.physics.heat.heat import heat_row_scale
from fem.units import eV, nm
from geometries import Layer, VerticalStack

Array = npt.NDArray[np.float64]
FIELDS = ("potential", "electron", "hole", "cation", "anion")
ABSOLUTE = (
    "potential",
    "electrostatic potential",
    "temperature",
    "decomposition",
)  #: changed by order one, others by their size


TRAPPED = (
    Traps(
        "deep", density=1e23, energy=4.6 * eV, electron_capture=1e-13, hole_capture=4e-15, regions=("lower",)
    ),
    Traps("shallow", density=3e22, depth=0.3 * eV, kind="donor", electron_capture=1e-14, hole_capture=0.0),
    InterfaceTraps(
        "face",
        interface="lower|upper",
        side="lower",
        density=1e14,
        energy=4.6 * eV,
        electron_capture=1e-13,
        hole_capture=4e-15,
    ),
    InterfaceRecombination("lower|upper", electron_velocity=1e3, hole_velocity=20.0),
    VacancyGeneration("cation", prefactor=1e30, energy=0.3 * eV, density=2e22, dipole=1e-28, partner="anion"),
    VacancyGeneration("anion", prefactor=1e29, energy=0.3 * eV, density=1e22, partner="hole"),
    IonExchange("bottom", "cation", velocity=Arrhenius(1e-2, 0.25), density=1e22),
)
LEVELS = ("deep", "shallow_lower", "shallow_upper", "face")


def build(devices: ModuleType, drawings: ModuleType, kind: str, more: tuple[Any, ...] = ()) -> Device:
    """Return two semiconductors with ions in one of them, between Schottky contacts, in a wild state.

    The warm ones have a temperature of 270 to 450 K that all follow.
    """
    warm, ohmic = kind.startswith("warm"), "ohmic" in kind
    ions = {
        "cation": devices.ion(3e22, diffusivity=1e-14, site=1e24),
        "anion": devices.ion(1e22, diffusivity=1e-15),
    }
    irregular = drawings.Rectangle(size=30.0, coordinates="axisymmetric" if "disc" in kind else "cartesian")
    line = "line" in kind
    straight = VerticalStack(Layer("lower", 40 * nm), Layer("upper", 60 * nm)).mesh(
        size=9 * nm, interface_size=3 * nm
    )
    conducts = {"thermal_conductivity": 0.5, "volumetric_heat_capacity": 1e6}
    if warm:
        ions["cation"] = devices.ion(3e22, diffusivity=1e-14, site=1e24)
    lower = devices.film(ions=ions).with_(**conducts).with_ion("cation", diffusivity=Arrhenius(1e-8, 0.35))
    filament = FilamentHeat(
        ion="cation", density=5e22, thermal_conductivity=20.0, volumetric_heat_capacity=3e6
    )
    heat = Heat(filaments={"lower": filament})
    slow = Arrhenius(40.0, 0.13)
    path = {} if line else {"lower|upper": GrainBoundary(diffusivity=Arrhenius(1e-9, 0.3), width=1 * nm)}
    barrier = {"image_force_permittivity": 5.0} if warm else {}
    if ohmic:
        barrier = {"electron_tunnelling_mass": 0.2, "hole_tunnelling_mass": 0.3}
    device = Device(
        mesh=straight if line else irregular,
        materials={"lower": lower, "upper": devices.HTL.with_(**conducts)},
        physics=[
            Poisson(),
            Carriers(statistics="fermi-dirac" if "degenerate" in kind else "boltzmann"),
            MobileIons("cation", light_barrier=0.3 * eV),
            MobileIons(
                "anion",
                anisotropy={"lower": (slow,) if line else (slow, 4.0)},
                grain_boundaries=path,
                jump_distance=5 * nm,
                hopping_barrier=0.2 * eV,
            ),
            OpticalGeneration(lambda x: 1e27 * (1 + 0.5 * np.sin(5e7 * x[0]))),
            *more,
            *([ThermionicLimit("lower|upper", electron_velocity=1e3, hole_velocity=20.0)] if ohmic else []),
            *([heat] if warm else []),
        ],
        contacts={
            "bottom": [
                OhmicContact(contact_resistivity=1e-7)
                if "ohmic" in kind
                else SchottkyContact(work_function=4.3 * eV),
                *([HeatSink(310.0, 1e-8)] if warm else []),
            ],
            "top": SchottkyContact(work_function=5.2 * eV, **barrier),
        },
        temperature=300.0,
    )
    context, rng = device.context, np.random.default_rng(7)
    values = equilibrium(device).values
    for function in (context.unknown, context.previous, context.older):
        wild = values.copy()
        wild[:, 0] += rng.normal(0, 2, len(values))
        wild[:, 1:3] = rng.uniform(0.3, 3, (len(values), 2)) * (1e2 if "degenerate" in kind else 1e-2)
        wild[:, 3:5] = rng.uniform(0.2, 2, (len(values), 2)) * 1e-2
        for k, field in enumerate(context.fields):
            if field.trap:
                wild[:, k] = rng.uniform(0.1, 0.9, len(values)) * field.upper_bound / device.scaling.density
        if ohmic:
            wild[:, context.index("drop at bottom")] = rng.normal(0, 1, len(values))
        if warm:
            wild[:, context.index("temperature")] = rng.uniform(-0.1, 0.5, len(values))
        function.x.array[:] = wild.ravel()
    context.set_time_formula((1.5, -2.0, 0.5), (1.4, -1.9, 0.5))
    context.light.value = 1.0
    return device


KINDS = (
    "line",
    "section",
    "disc",
    "warm line",
    "warm disc",
    "degenerate line",
    "warm ohmic line",
    "warm degenerate ohmic line",
)


@pytest.fixture(scope="module", params=KINDS)
def device(request: pytest.FixtureRequest, devices: ModuleType, drawings: ModuleType) -> Device:
    """Each device in turn."""
    return build(devices, drawings, request.param)


#: The terms of each device: matrices of ten unknowns per node are too many for dolfinx.
SETS = {"line": TRAPPED, "disc": TRAPPED, "warm line": TRAPPED[:2] + TRAPPED[3:], "warm faces": TRAPPED[2:]}
SETS |= {"warm degenerate faces": TRAPPED[2:]}


@pytest.fixture(scope="module", params=SETS)
def trapped(request: pytest.FixtureRequest, devices: ModuleType, drawings: ModuleType) -> Device:
    """Devices with trap levels in one and in both regions, and recombination between them."""
    kind = request.param.replace("faces", "line")
    return build(devices, drawings, kind, SETS[request.param])


def assembled(form: object) -> Array:
    """Return the assembled vector, shape (nodes, unknowns per node)."""
    vector = dfem.assemble_vector(compiled(form))
    return vector.array.reshape(-1, vector.block_size)


def check_jacobian(device: Device, expected: tuple[str, ...]) -> None:
    context = device.context
    names = context.names
    assert names[: len(expected)] == expected
    residual = compiled(device.residual())
    jacobian = compiled(ufl.derivative(device.residual(), context.unknown, ufl.TrialFunction(context.space)))
    matrix = dfem.assemble_matrix(jacobian).to_scipy()
    unknown, base = context.unknown.x.array, context.unknown.x.array.copy()
    rng = np.random.default_rng(3)
    nodes = np.arange(base.size // len(names))
    free = np.setdiff1d(nodes, np.concatenate([e.nodes for e in device.electrodes]))
    for column, name in enumerate(names):
        direction = np.zeros((len(nodes), len(names)))
        size = 1.0 if name in ABSOLUTE or name.startswith("drop") else base.reshape(-1, len(names))[:, column]
        direction[:, column] = rng.uniform(-1, 1, len(direction)) * size
        exact = (matrix @ direction.ravel()).reshape(-1, len(names))
        step, ends = 1e-5, []
        for sign in (1, -1):
            unknown[:] = base + sign * step * direction.ravel()
            ends.append(dfem.assemble_vector(residual).array.reshape(-1, len(names)))
        unknown[:] = base
        difference = (ends[0] - ends[1]) / (2 * step)
        for row, equation in enumerate(names):
            # contacts hold ψ by a large factor, beside which all else would be round-off
            seen = free if equation == "electrostatic potential" else slice(None)
            scale = np.abs(exact[seen, row]).max()
            error = np.abs(difference[seen, row] - exact[seen, row]).max()
            size = np.abs(ends[0][seen, row]).max()
            assert error <= 2e-8 * scale + 1e-10 * size, f"d {equation} / d {name}"
        own = np.abs(exact[:, column]).max()
        assert own > 0, f"{name} is not in its own equation"


def test_jacobian_of_each_block_is_the_finite_difference(device: Device) -> None:
    check_jacobian(device, FIELDS)


def test_jacobian_of_traps_and_interfaces_is_the_finite_difference(trapped: Device) -> None:
    check_jacobian(trapped, (*FIELDS, *(name for name in LEVELS if name in trapped.context.names)))


def check_parts(device: Device) -> None:
    context = device.context
    parts = [term.residual(context) for term in context.terms if not term.gives_temperature]
    if context.has_temperature:
        row = context.constant(heat_row_scale(context)) * context.test("temperature")
        terms, context.terms = context.terms, device.physics[:1]  # the potential's, which gives off no heat
        parts.append(device.heat.residual(context))
        context.terms = terms
        for term in context.terms:
            parts += [-form for form in term.heat(context, row).values()]
    parts = [part for part in parts if part != 0]
    single = [assembled(part) for part in parts]
    whole = assembled(device.residual())
    for k, name in enumerate(context.names):
        size = sum(np.abs(part[:, k]).max() for part in single)
        np.testing.assert_allclose(sum(s[:, k] for s in single), whole[:, k], atol=1e-13 * size, err_msg=name)
    assert all(np.abs(part).max() > 0 for part in single)


def test_residual_is_the_sum_of_its_separately_compiled_parts(device: Device) -> None:
    check_parts(device)


def test_residual_with_traps_and_interfaces_is_the_sum_of_its_parts(trapped: Device) -> None:
    check_parts(trapped)


def _bernoulli(x: float) -> float:
    return 1.0 if x == 0 else x / np.expm1(x)


def _angles(x: Array) -> Array:
    """Return the angles of triangles, shape (cells, 3, 2), at their corners."""
    to_next, to_last = x[:, [1, 2, 0]] - x, x[:, [2, 0, 1]] - x
    cosine = (
        (to_next * to_last).sum(axis=2) / np.linalg.norm(to_next, axis=2) / np.linalg.norm(to_last, axis=2)
    )
    return np.asarray(np.arccos(cosine))


def _without_obtuse_angles(device: Device) -> set[int]:
    """Return the tags of a section's regions that have none: their nodes have what the bisectors part."""
    mesh = device.mesh
    if mesh.dim != 2 or mesh.axisymmetric:
        return set()
    obtuse = (_angles(mesh.mesh.geometry.x[mesh.mesh.geometry.dofmaps[0]][:, :, :2]) > np.pi / 2 + 1e-6).any(
        axis=1
    )
    return set(mesh.cell_region.tolist()) - set(mesh.cell_region[obtuse].tolist())


@pytest.mark.parametrize("device", ["line", "section", "disc"], indirect=True)
def test_residual_is_that_of_a_plain_loop_over_edges(device: Device) -> None:
    """Poisson, electron and cation equations in the dark, written once more without UFL."""
    context, setting = device.context, device.setting
    context.light.value = 0.0
    mesh, scaling = device.mesh.mesh, device.scaling
    now, before, old = (
        f.x.array.reshape(-1, len(FIELDS)) for f in (context.unknown, context.previous, context.older)
    )
    expected = np.zeros((len(now), 3))
    limit = 1e24 / scaling.density
    row = {k: scaling.diffusivity / context.fields[k].diffusivity for k in (1, 3)}
    dim, bisected = device.mesh.dim, _without_obtuse_angles(device)
    for cell, nodes in enumerate(mesh.geometry.dofmaps[0]):
        x = mesh.geometry.x[nodes][:, :dim]
        material = next(
            m
            for r, m in setting.materials.items()
            if setting.mesh.regions[r] == device.mesh.cell_region[cell]
        )
        edges = x[1:] - x[0]
        volume = abs(np.linalg.det(edges)) / (1 if dim == 1 else 2)
        gradient = np.linalg.inv(edges)  # columns: gradients of the last basis functions
        gradient = np.column_stack([-gradient.sum(axis=1), gradient])
        ring = 2 * np.pi * x[:, 0] if device.mesh.axisymmetric else np.ones(dim + 1)
        share = volume * (ring + (dim + 1) * ring.mean()) / ((dim + 1) * (dim + 2))
        if device.mesh.cell_region[cell] in bisected:
            double = np.sin(2 * _angles(x[None])[0])
            share = volume * (1 - double / double.sum()) / 2
        has_ions = bool(material.ions)
        ratio = {s: setting.bands.ratio(s, material) for s in ("electron", "hole")}
        permittivity = scaling.debye_factor * material.si("relative_permittivity")
        doping = 0.0 if has_ions else -1e24 / scaling.density
        mu = material.si("electron_mobility") / scaling.mobility
        vt = scaling.potential
        d_ion = 1e-14 / scaling.diffusivity if has_ions else 0.0
        n, p = ratio["electron"] * now[nodes, 1], ratio["hole"] * now[nodes, 2]
        ni2 = (material.intrinsic_density(300.0) / scaling.density) ** 2
        rate = 0.0
        if has_ions:
            tau, kt = 1e-7 / scaling.time, vt
            n1 = 2.2e24 / scaling.density * np.exp((3.9 - 4.7) / kt)
            p1 = 2.2e24 / scaling.density * np.exp((4.7 - 5.5) / kt)
            rate = (n * p - ni2) / (tau * (n + n1) + tau * (p + p1))
            rate = rate + 1e-16 * scaling.density * scaling.time * (n * p - ni2)
        charge = p - n + doping
        if has_ions:
            charge = (
                charge + (now[nodes, 3] - 3e22 / scaling.density) - (now[nodes, 4] - 1e22 / scaling.density)
            )
        storage = ratio["electron"] * (1.5 * now[nodes, 1] - 2.0 * before[nodes, 1] + 0.5 * old[nodes, 1])
        moved = has_ions * (1.4 * now[nodes, 3] - 1.9 * before[nodes, 3] + 0.5 * old[nodes, 3])
        expected[nodes, 0] -= share * charge
        expected[nodes, 1] += row[1] * share * (storage + rate)
        expected[nodes, 2] += row[3] * share * moved
        for i in range(dim + 1):
            for j in range(dim + 1):
                if i == j:
                    continue
                a, b = nodes[i], nodes[j]
                weight = -volume * ring.mean() * (gradient[:, i] @ gradient[:, j])
                d = now[b, 0] - now[a, 0]
                flux = mu * ratio["electron"] * (_bernoulli(-d) * now[a, 1] - _bernoulli(d) * now[b, 1])
                expected[a, 0] -= permittivity * weight * d
                expected[a, 1] += row[1] * weight * flux
                if has_ions:
                    q = d - np.log(1 - now[b, 3] / limit) + np.log(1 - now[a, 3] / limit)
                    ionic = d_ion * (_bernoulli(q) * now[a, 3] - _bernoulli(-q) * now[b, 3])
                    expected[a, 2] += row[3] * weight * ionic
    forms = sum(t.residual(context) for t in device.physics)
    found = assembled(forms)[:, [0, 1, 3]]
    context.light.value = 1.0
    for k in range(3):
        np.testing.assert_allclose(found[:, k], expected[:, k], atol=1e-11 * np.abs(expected[:, k]).max())


@pytest.mark.parametrize("x", [0.0, 1e-300, 1e-6, 9.999e-3, 1.0001e-2, 1.0, 37.0, 599.0, 601.0, 1e4, np.inf])
def test_bernoulli_pair_is_accurate_everywhere(x: float) -> None:
    for sign in (1.0, -1.0):
        up, down = (float(value(())) for value in bernoulli_pair(ufl.as_ufl(sign * min(x, 1e6))))
        z = sign * min(x, 1e6)
        expected = 1.0 if z == 0 else (z / np.expm1(z) if z < 700 else 0.0)
        assert up == pytest.approx(expected, rel=1e-13, abs=1e-250)
        assert down - up == pytest.approx(z, rel=1e-11, abs=1e-16)
