"""Factors of one matrix serve those that follow, exactly, and are given up where they do not last."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import NewtonOptions, StepControl, integrate
from fem.linear.direct_solver import DirectSolver
from fem.linear.solvers import UNPIVOTED
from fem.linear.step_factors import StepFactors
from fem.solvers import newton
from tests.conducting import oxide, with_filament

Array = npt.NDArray[np.float64]
NODES, FIELDS = 40, 2


class Chain:
    """A matrix of a chain of nodes, in unknowns whose sizes may lie decades apart, with both of its solvers."""

    def __init__(self) -> None:
        from petsc4py import PETSc

        size = NODES * FIELDS
        self.matrix = PETSc.Mat().createBAIJ((size, size), FIELDS, nnz=3)
        self.sizes = np.ones((NODES, FIELDS))
        self.direct_solutions = 0
        self.put(0)
        self.direct = DirectSolver(self.matrix, UNPIVOTED)
        self.solver = StepFactors(self.matrix, lambda: self.sizes, self._directly)
        self.shell = PETSc.PC().create()

    def _directly(self) -> Any:
        self.direct_solutions += 1
        return self.direct

    def put(self, seed: int, sizes: Array | None = None) -> None:
        """Put the matrix of a ``seed`` in, of unknowns with these ``sizes``."""
        random = np.random.default_rng(seed)
        self.sizes = np.ones((NODES, FIELDS)) if sizes is None else sizes
        for i in range(NODES):
            for j in range(max(i - 1, 0), min(i + 2, NODES)):
                block = random.uniform(-1.0, 1.0, (FIELDS, FIELDS)) + (
                    5.0 * np.eye(FIELDS) if i == j else 0.0
                )
                self.matrix.setValuesBlocked([i], [j], (block / self.sizes[j]).ravel())
        self.matrix.assemble()

    def solved(self) -> float:
        """Solve for a known vector; return the largest error, of the unknowns' sizes."""
        b, y = self.matrix.createVecLeft(), self.matrix.createVecRight()
        wanted = (self.sizes * np.random.default_rng(9).uniform(-1.0, 1.0, self.sizes.shape)).ravel()
        y.array[:] = wanted
        self.matrix.mult(y, b)
        self.solver.apply(self.shell, b, y)
        return float((np.abs(y.array - wanted) / self.sizes.ravel()).max())


def test_factors_last_while_densities_pass_decades() -> None:
    chain, random = Chain(), np.random.default_rng(1)
    decades = random.uniform(-1.0, 1.0, (NODES, FIELDS))
    for step in range(10):
        chain.put(0, 10.0 ** (step * decades))
        assert chain.solved() < 1e-5
    assert (chain.solver.made, chain.direct_solutions) == (1, 0)


def test_another_matrix_has_new_factors() -> None:
    chain = Chain()
    assert chain.solved() < 1e-5
    chain.put(1)
    assert chain.solved() < 1e-5
    assert (chain.solver.made, chain.direct_solutions) == (2, 0)


def test_factors_that_never_last_are_given_up() -> None:
    chain = Chain()
    for seed in range(20):
        chain.put(seed)
        assert chain.solved() < 1e-5
    assert chain.solver.made < 6 and chain.direct_solutions > 14


def test_a_solve_of_newton_that_must_be_exact_is_direct() -> None:
    chain = Chain()
    assert chain.solver.refine() and not chain.solver.refine()
    assert chain.solved() < 1e-12 and chain.direct_solutions == 1
    chain.solver.begin()
    assert chain.solved() < 1e-5 and chain.direct_solutions == 1


def test_a_loop_with_step_factors_is_that_with_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    device = oxide()
    start, options = with_filament(device), NewtonOptions(tolerance=1e-8)

    def swept(fewest: float) -> tuple[Any, list[Any]]:
        monkeypatch.setattr(newton, "_FEW", fewest)
        control, bias = StepControl(max_bias_step=0.05), lambda t: {"top": -t}
        transient = integrate(device, start, bias=bias, end=1.0, control=control, options=options)
        return transient._factors, list(transient)

    factors, states = swept(0)
    none, others = swept(np.inf)
    assert none is None and len(states) == len(others)
    assert 1 <= factors.made < len(states) / 2
    for state, other in zip(states[1:], others[1:], strict=True):
        assert state.current("top") == pytest.approx(other.current("top"), rel=1e-7)
