"""Forms assembled along edges and at nodes are those of the cells to round-off, and follow what changes."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import ufl
from dolfinx import fem as dfem

from fem import Device, equilibrium, steady
from fem.device.dirichlet import cells_to_solve
from fem.forms.assembly import Assembly, Packed, Plain
from fem.forms.compilation import compiled
from fem.forms.edge_data import CellShapes
from fem.linear.solvers import square_matrix
from fem.materials import Arrhenius
from fem.physics import Carriers, MobileIons, Poisson
from fem.physics.ions.grain_boundary import GrainBoundary
from fem.units import nm
from geometries import Layer, VerticalStack
from tests import conducting
from tests.fem.forms.test_nodal_values import SHAPES, junction, unsettled

Array = npt.NDArray[np.float64]


def bent(devices: ModuleType) -> Device:
    """Return a film whose mobility follows the field of a cell, with ions that have axes and a boundary."""
    stack = VerticalStack(Layer("film", 20 * nm), Layer("ETL", 10 * nm))
    ion = devices.ion(1e24, mobility=Arrhenius(1e-9, 0.4))
    moving = MobileIons(
        "cation",
        anisotropy={"film": (0.5, 2.0, 1.0)},
        grain_boundaries={"film|ETL": GrainBoundary(diffusivity=1e-12, width=1 * nm)},
    )
    film = devices.film(ions={"cation": ion}, electron_field_factor=(2e-4, "(m/V)^0.5"))
    layer = devices.semiconductor("ETL", permittivity=10.0, donor_density=(1e24, "m^-3"))
    return Device(
        mesh=stack.mesh(size=8 * nm, interface_size=4 * nm, shape=SHAPES["block"]),
        materials={"film": film, "ETL": layer},
        physics=[Poisson(), Carriers(), moving],
        contacts={"bottom": devices.ohmic(4.4), "top": devices.ohmic(4.4)},
        temperature=300.0,
    )  # fmt: skip


CASES: dict[str, Callable[[ModuleType], Device]] = {
    **{name: lambda m, s=shape: junction(m, s, warm=False) for name, shape in SHAPES.items()},  # type: ignore[misc]
    "warm plane": lambda m: junction(m, SHAPES["plane"], warm=True),
    "filament": lambda _: conducting.screened_oxide(),
    "bent": bent,
}


@pytest.fixture(scope="module", params=CASES)
def device(request: pytest.FixtureRequest, devices: ModuleType) -> Device:
    """Return a device with unknowns far from any solution, in a time step."""
    return unsettled(CASES[request.param](devices))


def derivative(device: Device) -> Any:
    """Return the Jacobian in UFL."""
    context = device.context
    return ufl.derivative(device.residual(), context.unknown, ufl.TrialFunction(context.space))


def residual(device: Device, assembly: Assembly) -> Array:
    """Return an assembled residual, shape (nodes, unknowns per node)."""
    found = np.zeros_like(device.context.unknown.x.array)
    assembly.add_to_vector(found)
    return found.reshape(-1, device.context.block_size)


def check(one: Array, other: Array) -> None:
    """Compare within 1e-13 of the largest row of each field."""
    np.testing.assert_array_less(np.abs(one - other).max(axis=0), 1e-13 * np.abs(other).max(axis=0) + 1e-300)


def test_a_residual_along_edges_is_that_of_the_cells(device: Device) -> None:
    cells = cells_to_solve(device)
    other = dfem.assemble_vector(compiled(device.residual(), cells)).array
    one = residual(device, Assembly(device.residual(), device.context, cells))
    check(one, other.reshape(one.shape))


def test_a_jacobian_along_edges_is_that_of_the_cells(device: Device) -> None:
    context, cells = device.context, cells_to_solve(device)
    assembly = Assembly(derivative(device), context, cells)
    matrix = square_matrix(assembly.forms)
    assembly.add_to_matrix(matrix, np.zeros(context.unknown.x.array.size, dtype=np.int8))
    matrix.assemble()
    before = dfem.assemble_matrix(compiled(derivative(device), cells)).to_scipy()
    values = context.unknown.x.array.reshape(-1, context.block_size)
    sizes = np.where([f.density for f in context.fields], np.abs(values[:, : len(context.fields)]), 1.0)
    sizes = np.pad(sizes, ((0, 0), (0, values.shape[1] - sizes.shape[1])))
    change, product = matrix.createVecRight(), matrix.createVecLeft()
    change.array[:] = (sizes * np.random.default_rng(8).uniform(-1, 1, sizes.shape)).ravel()
    matrix.mult(change, product)
    check(product.array.reshape(values.shape), (before @ change.array).reshape(values.shape))


def test_functionals_along_edges_are_those_of_the_cells(device: Device) -> None:
    weight = dfem.Function(device.context.scalar_space)
    weight.x.array[:] = np.random.default_rng(3).uniform(0, 1, weight.x.array.size)
    form = device.total_current(weight)
    other = dfem.assemble_scalar(compiled(form))
    assert Assembly(form, device.context).value() == pytest.approx(other, rel=1e-11)


def test_a_residual_follows_the_unknowns_and_the_coefficients_that_change(devices: ModuleType) -> None:
    device = junction(devices, SHAPES["plane"], warm=False)
    context = device.context
    context.unknown.x.array[:] = equilibrium(device).values.ravel()
    assembly = Assembly(device.residual(), context)
    first = residual(device, assembly)
    context.unknown.x.array[:] *= 1.01
    context.by_region("permittivity", lambda r, m: 0.0)  # of another name and values: another function
    permittivities = [
        f for key, f in context._coefficients.items() if key[0] == "permittivity" and any(key[1:])
    ]
    permittivities[0].x.array[:] *= 2
    context.light.value = 0.5
    now = residual(device, assembly)
    check(now, dfem.assemble_vector(compiled(device.residual())).array.reshape(now.shape))
    assert np.abs(now - first).max() > 1e-3 * np.abs(first).max()


def test_what_varies_within_a_region_stays_on_the_cells(devices: ModuleType) -> None:
    device = junction(devices, SHAPES["plane"], warm=False)
    context, v = device.context, ufl.TestFunction(device.context.space)
    graded = dfem.Function(context.piecewise)
    graded.x.array[:] = np.linspace(1.0, 2.0, graded.x.array.size)
    form = context.calculus.stiffness(graded, context.field("potential"), v[0])
    context.unknown.x.array[:] = equilibrium(device).values.ravel()
    assembly = Assembly(form, context)
    assert [type(part) for part in assembly._parts] == [Plain]
    check(
        residual(device, assembly)[:, :1],
        dfem.assemble_vector(compiled(form)).array.reshape(-1, context.block_size)[:, :1],
    )


def test_a_coefficient_that_begins_to_vary_within_a_region_is_not_taken_for_one_number(
    devices: ModuleType,
) -> None:
    device = junction(devices, None, warm=False)
    context, v = device.context, ufl.TestFunction(device.context.space)
    graded = dfem.Function(context.piecewise)
    assembly = Assembly(context.calculus.stiffness(graded, context.field("potential"), v[0]), context)
    assert [type(part) for part in assembly._parts] == [Packed]
    graded.x.array[:] = np.linspace(1.0, 2.0, graded.x.array.size)
    with pytest.raises(AssertionError, match="varies within a region"):
        residual(device, assembly)


def test_newton_solves_with_metals_left_out(devices: ModuleType) -> None:
    stack = VerticalStack(Layer("film", 20 * nm), Layer("Au", 10 * nm))
    device = Device(
        mesh=stack.mesh(size=8 * nm, interface_size=4 * nm, shape=SHAPES["plane"]),
        materials={"film": devices.film(), "Au": devices.metal(4.4)},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": devices.ohmic(4.4), "top": devices.ohmic(4.4)},
        temperature=300.0,
    )
    state = steady(device, {"top": 0.1})
    assert abs(state.current("top") + state.current("bottom")) < 1e-9 * abs(state.current("top"))


@pytest.mark.parametrize("kind", ["list", "array", "components", "discontinuous"])
def test_a_source_of_the_corners_of_cells_is_not_that_of_one_corner(devices: ModuleType, kind: str) -> None:
    """Nothing may be looked up by the number of a node that stands for all."""
    context = junction(devices, SHAPES["plane"], warm=False).context
    mesh, v, at = context.setting.mesh.mesh, ufl.TestFunction(context.scalar_space), context.calculus.at
    each = [context.constant(float(k + 1)) for k in range(3)]
    table = dfem.Function(dfem.functionspace(mesh, ("DG", 0, (3,))))
    table.x.array[:] = np.tile([1.0, 2.0, 3.0], len(table.x.array) // 3)
    broken = dfem.Function(dfem.functionspace(mesh, ("DG", 1)))
    broken.x.array[:] = table.x.array
    sources: dict[str, Callable[[Any], Any]] = {
        "list": lambda i: each[i],
        "array": lambda i: float(np.array([1.0, 2.0, 3.0])[i]),
        "components": lambda i: table[i] if isinstance(i, int) else table[0],
        "discontinuous": lambda i: at(broken, i),
    }
    form = context.calculus.lump(sources[kind], v)
    geometry, shares = mesh.geometry, context.calculus.shares.x.array.reshape(-1, 3)
    triangles = CellShapes(geometry.x[geometry.dofmaps[0]][:, :, :2], axisymmetric=False)
    expected = float(triangles.volumes @ shares @ [1.0, 2.0, 3.0])
    assert Assembly(form, context).forms and sum(
        dfem.assemble_vector(f).array.sum() for f in Assembly(form, context).forms
    ) == pytest.approx(expected, rel=1e-12)
