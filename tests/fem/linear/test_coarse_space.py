"""Aggregates, the coarse space that they span, and how GMRES fares with it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.sparse import bsr_matrix, csr_matrix, diags, eye, kron

from fem import Device, NewtonOptions, SchottkyContact, equilibrium
from fem.device.loading import load
from fem.linear.aggregates import aggregates, strength
from fem.linear.coarse_space import CoarseSpace
from fem.linear.solvers import GMRES as ONE_LEVEL
from fem.linear.solvers import ILU
from fem.physics import Carriers, MobileIons, Poisson
from fem.solvers.kept import problem_of
from fem.units import nm
from geometries import Dot, Layer, VerticalStack

ITERATIVE = NewtonOptions(petsc={"ksp_type": "gmres"})
WITHOUT = NewtonOptions(petsc=ONE_LEVEL | ILU)
MUMPS = NewtonOptions(petsc={"ksp_type": "preonly"})


def dot(devices: ModuleType, fineness: float) -> Device:
    """Return a dot on a film with ions, in 3D, all of it refined alike."""
    ions = {"cation": devices.ion(1e23, diffusivity=1e-13, site=1e25)}
    shape = Dot(side=120 * nm, dot_radius=30 * nm, lateral_size=20 * fineness * nm)
    stack = VerticalStack(Layer("ITO", 10 * nm), Layer("film", 80 * nm), Layer("Ag", 10 * nm))
    return Device(
        mesh=stack.mesh(shape=shape, size=16 * fineness * nm, interface_size=fineness * nm, growth=1.8),
        materials={"ITO": devices.metal(4.4), "film": devices.film(ions=ions), "Ag": devices.metal(5.0)},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": SchottkyContact(), "top": SchottkyContact()},
        temperature=300.0,
    )


def step(device: Device, seconds: float, options: NewtonOptions) -> tuple[float, Any]:
    """Take a step of 0.1 V from equilibrium; return GMRES iterations per Newton step and the unknowns."""
    start = equilibrium(device)
    problem = problem_of(device, options)
    load(device, start)
    rate = device.scaling.time / seconds
    device.context.set_time_formula((rate, -rate, 0.0), (rate, -rate, 0.0))
    problem.set_bias({"top": 0.1})
    before = problem.linear.iterations if problem.linear else 0
    count = problem.solve()
    spent = (problem.linear.iterations if problem.linear else 0) - before
    return spent / count, problem.values.copy()


def grid(width: int, height: int, sideways: float) -> csr_matrix:
    """Return the matrix of a film: coupling 1 between the layers, another one ``sideways``."""

    def line(n: int) -> csr_matrix:
        return diags([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], [-1, 0, 1])

    return csr_matrix(kron(sideways * line(width), eye(height)) + kron(eye(width), line(height)))


def couplings(matrix: csr_matrix) -> csr_matrix:
    """Return the couplings of a matrix of one field."""
    return strength(matrix.indptr, matrix.indices, matrix.data[:, None])


def test_couplings_do_not_depend_on_the_scales_of_rows_and_columns() -> None:
    matrix, random = grid(9, 7, 0.3), np.random.default_rng(1)
    left, right = (diags(10.0 ** random.uniform(-9, 9, 63)) for _ in range(2))
    expected = couplings(matrix).toarray()
    np.testing.assert_allclose(couplings(csr_matrix(left @ matrix @ right)).toarray(), expected, rtol=1e-9)


def test_aggregates_follow_the_strong_direction() -> None:
    found = aggregates(couplings(grid(12, 8, 0.01)), 3).reshape(12, 8)
    assert (found[:, 1:] == found[:, :-1]).mean() > 0.6
    assert (found[1:] == found[:-1]).mean() < 0.2


@pytest.mark.parametrize("passes", [1, 2, 4])
def test_aggregates_have_up_to_two_to_the_passes_nodes(passes: int) -> None:
    found = aggregates(couplings(grid(30, 20, 0.9)), passes)
    sizes = np.bincount(found)
    assert sizes.min() >= 1 and sizes.max() <= 2**passes
    assert sizes.mean() > 0.6 * 2**passes


def test_a_coarse_update_leaves_no_residual_in_any_sum() -> None:
    """All of what the coarsest space asks for, with rows of any scale and with given unknowns."""
    from petsc4py import PETSc

    random = np.random.default_rng(2)
    nodes, size = 3000, 2
    plain = bsr_matrix(kron(grid(60, 50, 0.5), np.array([[2.0, 0.3], [0.1, 1.0]])), blocksize=(size, size))
    given = np.arange(nodes * size) < 40
    left = np.exp2(random.integers(-9, 9, nodes * size))
    keep = diags((~given).astype(float))
    whole = bsr_matrix(
        diags(left) @ (keep @ plain @ keep + diags(given.astype(float))), blocksize=(size, size)
    )
    whole.sort_indices()
    matrix = PETSc.Mat().createBAIJ(whole.shape, size, csr=(whole.indptr, whole.indices, whole.data))
    preconditioner = PETSc.PC().create()
    preconditioner.setOperators(matrix)
    space = CoarseSpace(1 / left)
    space.setUp(preconditioner)
    residual = left * random.standard_normal(nodes * size)
    update = space.balance(residual)
    rest = ((residual - csr_matrix(whole) @ update) / left)[~given]
    sums = np.abs(rest.reshape(-1, size).sum(axis=0))
    assert (sums < 1e-10 * np.abs(residual / left).sum()).all()
    assert (update[given] == 0).all() and np.unique(update).size > 20


@pytest.mark.parametrize("seconds", [1e-3, 1e5])
def test_iterations_hardly_grow_with_the_mesh(devices: ModuleType, seconds: float) -> None:
    coarse, _ = step(dot(devices, 1.0), seconds, ITERATIVE)
    device = dot(devices, 0.5)
    fine, _ = step(device, seconds, ITERATIVE)
    without, _ = step(device, seconds, WITHOUT)
    assert fine <= 1.4 * coarse and fine <= 25
    assert without > 2 * fine


def test_one_solution_is_that_of_the_direct_solver(devices: ModuleType) -> None:
    device = dot(devices, 1.0)
    for seconds in (1e-3, 1e5):
        _, found = step(device, seconds, ITERATIVE)
        _, expected = step(device, seconds, MUMPS)
        scale = np.maximum(np.abs(expected), 1e-12 * np.abs(expected).max(axis=0))
        scale[:, 0] = 1.0
        assert (np.abs(found - expected) <= 1e-9 * scale).all()


def test_ions_at_rest_cost_no_second_solution(devices: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their content hangs on the mean of their relative updates, which the coarse space finds exactly."""
    device = dot(devices, 1.0)
    start = equilibrium(device)
    problem = problem_of(device, ITERATIVE)
    assert problem.linear is not None
    monkeypatch.setattr("fem.linear.scaled_solver._ROUNDS", 1)
    load(device, start)
    device.context.set_time_formula((0.0, 0.0, 0.0), (rate := device.scaling.time / 1e6, -rate, 0.0))
    problem.set_bias({"top": 0.02})
    problem.solve()
    assert problem.linear.name == "GMRES"
