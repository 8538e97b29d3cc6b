"""The solver of a line: as good as dense factors, whatever the scales and the numbering, or a failure that is told."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from petsc4py import PETSc

from fem import equilibrium, steady
from fem.linear.line_solver import LineSolver
from fem.solvers.kept import currents_of

Array = npt.NDArray[np.float64]
NODES, SIZE = 40, 3


def line(order: Any, sizes: Array, seed: int = 0) -> Array:
    """Return a dense matrix of blocks that couple neighbours along a line, its columns for unknowns of ``sizes``."""
    rng = np.random.default_rng(seed)
    blocks = np.zeros((NODES, SIZE, NODES, SIZE))
    for k in range(NODES):
        for m in range(max(k - 1, 0), min(k + 2, NODES)):
            blocks[order[k], :, order[m], :] = rng.normal(size=(SIZE, SIZE))
    return blocks.reshape(NODES * SIZE, -1) / sizes


def as_petsc(dense: Array) -> Any:
    """Return a matrix of blocks."""
    n = dense.shape[0]
    matrix = PETSc.Mat().createBAIJ(n, SIZE, nnz=3, comm=PETSc.COMM_SELF)
    for i, j in zip(*np.nonzero(dense), strict=True):
        matrix.setValue(i, j, dense[i, j])
    matrix.assemble()
    return matrix


def solved(solver: LineSolver, right: Array) -> tuple[Array, bool]:
    """Return the solution, and whether the solver says that it has one."""
    b, y = PETSc.Vec().createWithArray(right.copy()), PETSc.Vec().createWithArray(np.zeros_like(right))
    shell = PETSc.PC().create(PETSc.COMM_SELF)
    shell.setType("python")
    shell.setFailedReason(PETSc.PC.FailedReason.NOERROR)
    solver.apply(shell, b, y)
    return y.array.copy(), shell.getFailedReason() == PETSc.PC.FailedReason.NOERROR


@pytest.mark.parametrize("shuffled", [False, True])
def test_unknowns_of_all_sizes_are_solved_for_in_any_order(shuffled: bool) -> None:
    rng = np.random.default_rng(1)
    order = rng.permutation(NODES) if shuffled else np.arange(NODES)
    sizes = 10.0 ** rng.uniform(-120, 20, NODES * SIZE)
    exact = rng.normal(size=sizes.size)
    dense = line(order, sizes)
    found, good = solved(
        LineSolver(as_petsc(dense), lambda: sizes.reshape(NODES, SIZE)), (dense * sizes) @ exact
    )
    assert good
    np.testing.assert_allclose(found / sizes, exact, rtol=1e-9)


def test_a_solution_that_outgrows_its_sizes_leaves_the_others_their_digits() -> None:
    rng = np.random.default_rng(4)
    exact = rng.normal(size=(NODES, SIZE)) * [1e-5, 1e18, 1e-16]
    sizes = np.array([1.0, 1e-20, 1e-20]) * np.ones((NODES, SIZE))
    dense = line(np.arange(NODES), np.maximum(np.abs(exact), 1e-300).ravel())
    found, good = solved(LineSolver(as_petsc(dense), lambda: sizes), dense @ exact.ravel())
    assert good
    np.testing.assert_allclose(found, exact.ravel(), rtol=1e-9)


def test_factors_follow_the_matrix() -> None:
    sizes = np.ones(NODES * SIZE)
    one, other = (line(np.arange(NODES), sizes, seed) for seed in (2, 3))
    matrix, right = as_petsc(one), np.ones(sizes.size)
    solver = LineSolver(matrix, lambda: sizes.reshape(NODES, SIZE))
    for dense in (one, other):
        as_petsc(dense).copy(matrix)
        for factor in (1.0, 2.0):
            np.testing.assert_allclose(
                solved(solver, factor * right)[0], factor * np.linalg.solve(dense, right), rtol=1e-9
            )


@pytest.mark.parametrize("what", ["matrix", "right"])
def test_what_has_no_solution_is_told(what: str) -> None:
    sizes = np.ones(NODES * SIZE)
    dense, right = line(np.arange(NODES), sizes), np.ones(sizes.size)
    if what == "matrix":
        dense[7] = 0.0
        dense[7, 7] = 1e-320
    else:
        right[7] = np.nan
    assert not solved(LineSolver(as_petsc(dense), lambda: sizes.reshape(NODES, SIZE)), right)[1]


def test_currents_of_a_heterojunction_balance_to_round_off(devices: ModuleType) -> None:
    device = devices.heterojunction()
    state = equilibrium(device)
    for volts in (1.5, 1.8, 2.1, 2.3):
        state = steady(device, {"bottom": volts}, start=state)
        lack = abs(state.current("bottom") + state.current("top"))
        assert lack <= sum(currents_of(device).rounding.values()) < 1e-4 * state.current("bottom")
