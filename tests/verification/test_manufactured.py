"""Observed orders of convergence, two-sided, of the discretisation in space."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any

import dolfinx.mesh as dmesh
import numpy as np
import pytest
import ufl
from dolfinx import fem as dfem
from dolfinx.fem import petsc as fpet
from mpi4py import MPI

from fem import Device, DeviceMesh, GateContact, OhmicContact, equilibrium, integrate, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.edge_flux import EdgeCalculus, scharfetter_gummel
from fem.physics import Carriers, Poisson
from fem.statistics import excess_chemical_potential
from fem.units import eV

SIZES = {1: (20, 40, 80), 2: (12, 24, 48)}


def mesh_of(dim: int, cells: int) -> Any:
    """Return the unit interval or square; the squares' triangles are distorted smoothly."""
    if dim == 1:
        return dmesh.create_unit_interval(MPI.COMM_SELF, cells)
    mesh = dmesh.create_unit_square(MPI.COMM_SELF, cells, cells)
    x = mesh.geometry.x
    x[:, 0] += 0.04 * np.sin(2 * np.pi * x[:, 0]) * np.sin(np.pi * x[:, 1])
    return mesh


def orders(solve: Callable[[int], float], cells: tuple[int, ...]) -> list[float]:
    """Return the observed orders of the errors on meshes that halve the size."""
    errors = [solve(n) for n in cells]
    return [float(np.log2(a / b)) for a, b in pairwise(errors)]


def error_of(dim: int, cells: int, exact: Callable[[Any], Any], weak: Callable[..., Any]) -> float:
    """Return the L2 error of the problem ``weak(calculus, u, v, x)`` with exact boundary values."""
    mesh = mesh_of(dim, cells)
    space = dfem.functionspace(mesh, ("Lagrange", 1))
    x = ufl.SpatialCoordinate(mesh)
    u, v = dfem.Function(space), ufl.TestFunction(space)
    points = space.element.interpolation_points
    u.interpolate(dfem.Expression(exact(x), points))
    mesh.topology.create_connectivity(dim - 1, dim)
    outer = dmesh.exterior_facet_indices(mesh.topology)
    held = dfem.locate_dofs_topological(space, dim - 1, outer)
    fixed = dfem.Function(space)
    fixed.x.array[:] = u.x.array
    free = np.setdiff1d(np.arange(u.x.array.size), held)
    u.x.array[free] *= 0.9  # Newton has something to do

    def nodal(expression: Any) -> Any:
        function = dfem.Function(space)
        function.interpolate(dfem.Expression(expression, points))
        return function

    problem = fpet.NonlinearProblem(
        weak(EdgeCalculus(mesh), u, v, x, nodal),
        u,
        bcs=[dfem.dirichletbc(fixed, held)],
        petsc_options_prefix="manufactured_",
        petsc_options={"ksp_type": "preonly", "pc_type": "lu", "snes_rtol": 1e-12, "snes_atol": 1e-13},
    )
    problem.solve()
    assert problem.solver.getConvergedReason() > 0
    difference = (u - exact(x)) ** 2 * ufl.dx(metadata={"quadrature_degree": 6})
    return float(np.sqrt(dfem.assemble_scalar(dfem.form(difference))))


def bump(x: Any) -> Any:
    value = ufl.sin(2 * x[0] + 0.3)
    return value * ufl.cos(1.5 * x[1]) if len(x) > 1 else value


@pytest.mark.parametrize("dim", [1, 2])
def test_poisson_converges_with_order_two(dim: int) -> None:
    def weak(c: EdgeCalculus, u: Any, v: Any, x: Any, nodal: Any) -> Any:
        charge = nodal(-ufl.div(ufl.grad(bump(x))))
        return c.stiffness(1.0, u, v) - c.lump(lambda i: c.at(charge, i), v)

    found = orders(lambda n: error_of(dim, n, bump, weak), SIZES[dim])
    assert all(abs(order - 2) < 0.1 for order in found), found


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("charge", [-1, 1])
def test_drift_and_diffusion_of_carriers_converges_with_order_two(dim: int, charge: int) -> None:
    def density(x: Any) -> Any:
        return 1.5 + bump(x)

    def potential(x: Any) -> Any:
        return 2.0 * x[0] ** 2 + (ufl.sin(x[1]) if len(x) > 1 else 0)

    def weak(c: EdgeCalculus, u: Any, v: Any, x: Any, nodal: Any) -> Any:
        psi = nodal(potential(x))
        flux = -ufl.grad(density(x)) - charge * density(x) * ufl.grad(potential(x))
        source = nodal(ufl.div(flux))

        def edge(i: int, j: int) -> Any:
            return scharfetter_gummel(-charge * c.delta(psi, i, j), c.at(u, i), c.at(u, j))

        return c.edge_sum(edge, v) - c.lump(lambda i: c.at(source, i), v)

    found = orders(lambda n: error_of(dim, n, density, weak), SIZES[dim])
    assert all(abs(order - 2) < 0.15 for order in found), found


@pytest.mark.parametrize("dim", [1, 2])
def test_ions_on_few_sites_converge_with_order_two(dim: int) -> None:
    limit = 4.0

    def density(x: Any) -> Any:
        return 1.5 + bump(x)

    def weak(c: EdgeCalculus, u: Any, v: Any, x: Any, nodal: Any) -> Any:
        psi = nodal(2.0 * x[0] ** 2)
        p = density(x)
        level = ufl.ln(p) + excess_chemical_potential(p, limit) + 2.0 * x[0] ** 2
        source = nodal(ufl.div(-p * ufl.grad(level)))

        def edge(i: int, j: int) -> Any:
            first, second = c.at(u, i), c.at(u, j)
            excess = excess_chemical_potential(second, limit) - excess_chemical_potential(first, limit)
            return scharfetter_gummel(-(c.delta(psi, i, j) + excess), first, second)

        return c.edge_sum(edge, v) - c.lump(lambda i: c.at(source, i), v)

    found = orders(lambda n: error_of(dim, n, density, weak), SIZES[dim])
    assert all(abs(order - 2) < 0.15 for order in found), found


def coaxial(drawings: ModuleType, size: float) -> DeviceMesh:
    """Return the space between two cylinders of 20 and 100 nm radius, 40 nm long."""
    rectangle = drawings.Rectangle(
        sides={"left": "inner", "right": "outer"},
        left=20.0,
        width=80.0,
        height=40.0,
        size=size,
        coordinates="axisymmetric",
    )
    mesh: DeviceMesh = DeviceMesh.from_drawing(rectangle)
    return mesh


def test_cylindrical_capacitor_has_the_capacitance_of_the_closed_form(
    devices: ModuleType, drawings: ModuleType
) -> None:
    expected = 2 * np.pi * 10 * VACUUM_PERMITTIVITY * 40e-9 / np.log(5.0)
    errors = []
    for size in (10.0, 5.0, 2.5):
        oxide = devices.insulator("oxide", 10.0)
        device = Device(
            mesh=coaxial(drawings, size),
            materials={"lower": oxide, "upper": oxide},
            physics=[Poisson()],
            contacts={n: GateContact(work_function=4.5 * eV) for n in ("inner", "outer")},
            temperature=300.0,
        )
        state = list(integrate(device, equilibrium(device), bias=lambda t: {"inner": t}, end=1.0))[-1]
        assert state.current("outer") == pytest.approx(-state.current("inner"), rel=1e-10)
        errors.append(state.current("inner") / expected - 1)
    assert abs(errors[-1]) < 2e-3
    assert 0.15 < errors[-1] / errors[-2] < 0.4
    assert 0.15 < errors[-2] / errors[-3] < 0.4


def test_cylindrical_resistor_has_the_resistance_of_the_closed_form(
    devices: ModuleType, drawings: ModuleType
) -> None:
    film = devices.semiconductor("film", donor_density=(1e25, "m^-3"))
    device = Device(
        mesh=coaxial(drawings, 5.0),
        materials={"lower": film, "upper": film},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={n: OhmicContact() for n in ("inner", "outer")},
        temperature=300.0,
    )
    expected = 2 * np.pi * ELEMENTARY_CHARGE * 2e-4 * 1e25 * 40e-9 / np.log(5.0) * 0.05
    assert steady(device, {"inner": 0.05}).current("inner") == pytest.approx(expected, rel=5e-3)
