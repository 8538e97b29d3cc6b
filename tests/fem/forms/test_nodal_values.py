"""Nodal values are the dofs themselves: forms are what they were to round-off, and balances of pockets are exact."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import ufl
from dolfinx import fem as dfem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from fem import Device, HeatSink, SchottkyContact, equilibrium
from fem.forms.compilation import compiled
from fem.forms.edge_flux import EdgeCalculus
from fem.materials import Arrhenius
from fem.physics import Carriers, Heat, MobileIons, OpticalGeneration, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack
from tests import conducting
from tests.rebuilt import compiled_as_before, rebuilt

Array = npt.NDArray[np.float64]
SHAPES: dict[str, Any] = {
    "line": None,
    "plane": Planar(width=40 * nm, lateral_size=15 * nm),
    "disc": Axisymmetric(radius=40 * nm, lateral_size=15 * nm),
    "block": Dot(side=60 * nm, dot_radius=20 * nm, lateral_size=20 * nm),
}


def junction(devices: ModuleType, shape: Any, *, warm: bool) -> Device:
    """Return two semiconductors with band offsets, ions in one of them, light, and heat if ``warm``."""
    hopping = devices.ion(1e24, mobility=Arrhenius(1e-9, 0.4))
    more = {"thermal_conductivity": (1.0, "W/(m K)"), "volumetric_heat_capacity": (1e6, "J/(m^3 K)")}
    contact = [SchottkyContact(work_function=4.4 * eV), *([HeatSink(300.0)] if warm else [])]
    stack = VerticalStack(Layer("film", 20 * nm), Layer("ETL", 10 * nm))
    layer = devices.semiconductor(
        "ETL", permittivity=10.0, conduction=4.0, valence=6.0, states=5e25, mobility=1e-6,
        donor_density=(1e24, "m^-3"), **(more if warm else {}),
    )  # fmt: skip
    return Device(
        mesh=stack.mesh(size=8 * nm, interface_size=4 * nm, shape=shape),
        materials={"film": devices.film(ions={"cation": hopping}, **(more if warm else {})), "ETL": layer},
        physics=[Poisson(), Carriers(), MobileIons("cation"), OpticalGeneration(1e26), *([Heat()] if warm else [])],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )  # fmt: skip


CASES: dict[str, Callable[[ModuleType], Device]] = {
    **{name: lambda m, s=shape: junction(m, s, warm=False) for name, shape in SHAPES.items()},  # type: ignore[misc]
    "warm line": lambda m: junction(m, None, warm=True),
    "warm plane": lambda m: junction(m, SHAPES["plane"], warm=True),
    "filament": lambda _: conducting.screened_oxide(),
}


@pytest.fixture(scope="module", params=CASES)
def device(request: pytest.FixtureRequest, devices: ModuleType) -> Device:
    """Return a device with unknowns far from any solution."""
    return unsettled(CASES[request.param](devices))


def unsettled(found: Device) -> Device:
    """Put unknowns far from any solution into a device, in a time step."""
    context, rng = found.context, np.random.default_rng(7)
    values = equilibrium(found).values.copy()
    for k, field in enumerate(context.fields):
        if field.density:
            values[:, k] *= np.exp(rng.normal(0.0, 0.3, len(values)))
            if field.upper_bound:
                values[:, k] = np.minimum(values[:, k], 0.9 * field.upper_bound / found.scaling.density)
        else:
            values[:, k] += rng.normal(0.0, 0.1, len(values))
    context.unknown.x.array[:] = values.ravel()
    context.previous.x.array[:] = 0.99 * values.ravel()
    rate = found.scaling.time / 1e-3
    context.set_time_formula((rate, -rate, 0.0), (rate, -rate, 0.0))
    return found


def assembled(device: Device, compile_form: Callable[[Any], Any]) -> tuple[Array, Any]:
    """Return the residual, shape (nodes, unknowns per node), and the Jacobian of a device."""
    context, residual = device.context, device.residual()
    jacobian = ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space))
    vector = dfem.assemble_vector(compile_form(residual)).array.reshape(-1, context.block_size)
    return np.array(vector), dfem.assemble_matrix(compile_form(jacobian)).to_scipy()


def test_forms_are_those_with_rebuilt_values_to_round_off(device: Device) -> None:
    """Residual, and Jacobian times changes of the size of the unknowns, within 1e-13 of the largest row of a field."""
    context = device.context
    new, matrix = assembled(device, compiled)
    with rebuilt(device):
        old, before = assembled(device, compiled_as_before)
    size = np.abs(old).max(axis=0)
    assert (size > 0).all()
    np.testing.assert_array_less(np.abs(new - old).max(axis=0), 1e-13 * size)
    values = context.unknown.x.array.reshape(new.shape)
    sizes = np.where([f.density for f in context.fields], np.abs(values), 1.0)
    change = (sizes * np.random.default_rng(8).uniform(-1, 1, new.shape)).ravel()
    one, other = ((m @ change).reshape(new.shape) for m in (matrix, before))
    largest = np.abs(other).max(axis=0)
    np.testing.assert_array_less(np.abs(one - other).max(axis=0), 1e-13 * largest)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_value_beside_one_that_is_25_decades_larger_is_exact(dimension: int) -> None:
    calculus, space = edges_of(dimension)
    u, pick = dfem.Function(space), dfem.Function(dfem.functionspace(calculus.mesh, ("DG", 0)))
    nodes = space.dofmap.list[0]
    u.x.array[1::2][nodes] = [1e25, *np.arange(1.0, dimension + 1.0)]
    pick.x.array[0] = 1.0
    volume = dfem.assemble_scalar(compiled(pick * calculus.measure))
    for i in calculus.vertices:
        found = dfem.assemble_scalar(compiled(pick * calculus.at(u[1], i) * calculus.measure)) / volume
        assert found == pytest.approx(u.x.array[1::2][nodes[i]], rel=1e-14)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_test_function_at_a_vertex_leaves_nothing_in_other_rows(dimension: int) -> None:
    calculus, space = edges_of(dimension)
    pick = dfem.Function(dfem.functionspace(calculus.mesh, ("DG", 0)))
    pick.x.array[0] = 1 / 3
    v = ufl.TestFunction(space)
    for i in calculus.vertices:
        rows = dfem.assemble_vector(compiled(pick * calculus.at(v[0], i) * calculus.measure)).array
        assert np.flatnonzero(rows).tolist() == [2 * space.dofmap.list[0][i]]


def test_a_function_as_such_is_its_mean_beside_values_at_vertices() -> None:
    calculus, space = edges_of(2)
    u, pick = dfem.Function(space), dfem.Function(dfem.functionspace(calculus.mesh, ("DG", 0)))
    u.x.array[:] = np.random.default_rng(4).uniform(1.0, 2.0, u.x.array.size)
    pick.x.array[0] = 1.0
    volume = dfem.assemble_scalar(compiled(pick * calculus.measure))
    inner = u.x.array[0::2][space.dofmap.list[0]]
    for i in calculus.vertices:
        found = dfem.assemble_scalar(compiled(pick * u[0] * calculus.at(u[0], i) * calculus.measure))
        assert found / volume == pytest.approx(inner.mean() * inner[i], rel=1e-14)


def test_what_has_no_value_at_a_vertex_is_refused() -> None:
    calculus, space = edges_of(2)
    u = dfem.Function(space)
    with pytest.raises(AssertionError, match="no value at a vertex"):
        compiled(calculus.at(ufl.grad(u[0])[1], 0) * calculus.measure)
    square = dfem.Function(dfem.functionspace(calculus.mesh, ("Lagrange", 2)))
    with pytest.raises(AssertionError, match="no values at the vertices alone"):
        compiled(calculus.at(square, 0) * calculus.measure)


def edges_of(dimension: int) -> tuple[EdgeCalculus, Any]:
    """Return the calculus of a mesh of the unit cube, and the space of two functions on it."""
    make = (dmesh.create_unit_interval, dmesh.create_unit_square, dmesh.create_unit_cube)[dimension - 1]
    mesh = make(MPI.COMM_SELF, *[2] * dimension)
    return EdgeCalculus(mesh), dfem.functionspace(mesh, ("Lagrange", 1, (2,)))
