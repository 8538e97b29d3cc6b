"""The current density of cells is that of the equations: uniform, conserved, and that of the terminals."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, OhmicContact, State, steady
from fem.constants import ELEMENTARY_CHARGE
from fem.currents.density import current_density, electric_field
from fem.errors import UnknownNameError
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from geometries import ConeTip, Layer, TipElectrode, VerticalStack, Via

DOPING, MOBILITY = 1e24, 1e-4  # [1/m^3], [m^2/(V s)]


def conductor(devices: ModuleType, drawing: Any, *, ions: bool = False) -> Device:
    """Return a doped film of any shape between neutral contacts."""
    moving = {"cation": devices.ion(1e22, diffusivity=1e-14)} if ions else {}
    film = devices.semiconductor("film", mobility=MOBILITY, donor_density=(DOPING, "m^-3"), ions=moving)
    return Device(
        mesh=drawing,
        materials={r: devices.insulator() if r == "SiO2" else film for r in drawing.regions},
        physics=[Poisson(), Carriers(), *([MobileIons("cation")] if ions else [])],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


@pytest.fixture(scope="module")
def tip(devices: ModuleType) -> State:
    """A film between a hollow tip and a plane, with current."""
    drawing = TipElectrode(
        stack=VerticalStack(Layer("film", 60 * nm)),
        electrode="bottom",
        film="film",
        tip=ConeTip(apex_radius=5 * nm, half_angle=0.4, height=30 * nm),
        width=100 * nm,
    ).mesh(size=12 * nm, apex_size=2 * nm)
    device = conductor(devices, drawing, ions=True)
    return steady(device, {"top": 0.3}, frozen_ions=True)


def carried(state: State, weight: np.ndarray) -> float:
    """Return -∫J·∇w of the cells' current density [A] for nodal values w."""
    device, mesh = state.device, state.device.mesh
    corners = device.context.scalar_space.dofmap.list
    places = device.context.scalar_space.tabulate_dof_coordinates()[corners][:, :, : mesh.dim] * mesh.unit
    edges = places[:, 1:] - places[:, :1]
    slopes = np.linalg.solve(edges, (weight[corners][:, 1:] - weight[corners][:, :1])[:, :, None])[:, :, 0]
    volume = np.abs(np.linalg.det(edges)) / [1, 1, 2, 6][mesh.dim]
    if mesh.axisymmetric:
        volume = volume * 2 * np.pi * places[:, :, 0].mean(axis=1)
    depth = mesh.cross_section or 1.0
    return float(-(volume * np.einsum("ck,ck->c", current_density(state), slopes)).sum() * depth)


def test_a_uniform_conductor_carries_the_conductivity_times_the_field(
    devices: ModuleType, drawings: ModuleType
) -> None:
    state = steady(conductor(devices, drawings.Rectangle()), {"top": 0.2})
    density, field = current_density(state), electric_field(state)
    expected = ELEMENTARY_CHARGE * DOPING * MOBILITY * 0.2 / (100 * nm)
    assert field[:, 1] == pytest.approx(-0.2 / (100 * nm), rel=1e-4)
    assert density[:, 1] == pytest.approx(-expected, rel=1e-3)
    assert np.abs(density[:, 0]).max() < 1e-3 * expected
    assert density == pytest.approx(current_density(state, "electron"), rel=1e-3)


def test_every_weight_gives_the_terminal_current(tip: State) -> None:
    x = tip.device.context.scalar_space.tabulate_dof_coordinates()
    fixed = np.zeros(len(x), dtype=bool)
    weight = np.random.default_rng(1).uniform(size=len(x))
    for electrode in tip.device.electrodes:
        weight[electrode.nodes] = float(electrode.name == "top")
        fixed[electrode.nodes] = True
    assert carried(tip, weight) == pytest.approx(tip.current("top"), rel=1e-6)
    inside = np.where(fixed, 0.0, weight)
    assert abs(carried(tip, inside)) < 1e-6 * abs(tip.current("top")), "no divergence inside"


def test_each_cut_through_a_via_carries_the_terminal_current(devices: ModuleType) -> None:
    stack = VerticalStack(Layer("below", 20 * nm), Layer("film", 30 * nm))
    via = Via(radius=20 * nm, wall_thickness=30 * nm, lateral_size=8 * nm)
    state = steady(
        conductor(devices, stack.mesh(size=8 * nm, interface_size=4 * nm, shape=via)), {"top": 0.3}
    )
    mesh = state.device.mesh
    corners = (mesh.mesh.geometry.x * mesh.unit)[mesh.mesh.geometry.dofmaps[0]][:, :, :2]
    area = 0.5 * np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    upward = area * 2 * np.pi * corners[:, :, 0].mean(axis=1) * current_density(state)[:, 1]
    low, high = corners[:, :, 1].min(axis=1), corners[:, :, 1].max(axis=1)
    slabs = np.unique(np.round(low / nm, 6))
    assert len(slabs) > 8
    for slab in slabs:
        here = np.abs(low / nm - slab) < 1e-5
        through = upward[here].sum() / (high - low)[here][0]
        assert through == pytest.approx(-state.current("top"), rel=1e-5)
    walls = mesh.cell_region == mesh.regions["SiO2"]
    assert walls.any() and np.all(current_density(state)[walls] == 0.0)


def test_held_ions_carry_no_current_and_the_device_is_left_as_it_was(tip: State) -> None:
    context = tip.device.context
    context.unknown.x.array[:] *= 1.25
    before = context.unknown.x.array.copy(), float(context.ion_motion.value)
    assert np.all(current_density(tip, "cation") == 0.0)
    assert np.array_equal(context.unknown.x.array, before[0]) and context.ion_motion.value == before[1]
    parts = sum(current_density(tip, part) for part in ("electron", "hole", "cation"))
    assert current_density(tip) == pytest.approx(parts, rel=1e-9, abs=1e-9 * np.abs(parts).max())


def test_the_field_is_largest_at_the_apex(tip: State) -> None:
    from fem.outputs import RegionMesh

    mesh = tip.device.mesh
    assert RegionMesh.of(mesh).cells.shape == (len(electric_field(tip)), 3)
    centres = mesh.mesh.geometry.x[mesh.mesh.geometry.dofmaps[0]].mean(axis=1) * mesh.unit
    strongest = centres[np.linalg.norm(electric_field(tip), axis=1).argmax()]
    assert np.hypot(strongest[0], strongest[1] - 30 * nm) < 6 * nm


def test_an_unknown_part_is_answered_with_those_there_are(tip: State) -> None:
    with pytest.raises(UnknownNameError, match=r"cation, electron, hole, total"):
        current_density(tip, "displacement")
