"""A direct solver factors what is not zero; what gets a value later is factored from then on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem.linear.direct_solver import DirectSolver
from fem.linear.nonzeros import Nonzeros
from fem.linear.solvers import UNPIVOTED

Array = npt.NDArray[np.float64]
NODES, SIZE = 6, 3


def line(*coupled: tuple[int, int]) -> Array:
    """Return the matrix of a line of nodes whose unknowns ``coupled`` feel those of the neighbours."""
    dense = np.eye(NODES * SIZE) * 4.0
    for row, column in coupled:
        for node in range(NODES - 1):
            dense[node * SIZE + row, (node + 1) * SIZE + column] = -1.0
            dense[(node + 1) * SIZE + row, node * SIZE + column] = -1.5
    return dense


def put(matrix: Any, dense: Array) -> None:
    """Give a matrix these values, with all entries of the blocks that have any."""
    matrix.zeroEntries()
    for node in range(NODES):
        for other in range(max(node - 1, 0), min(node + 2, NODES)):
            rows, columns = (range(SIZE * k, SIZE * k + SIZE) for k in (node, other))
            matrix.setValues(rows, columns, dense[np.ix_(rows, columns)])
    matrix.assemble()


@pytest.fixture
def blocks() -> Any:
    """A matrix of the blocks of a line."""
    from petsc4py import PETSc

    count = NODES * SIZE
    matrix = PETSc.Mat().createBAIJ((count, count), SIZE, comm=PETSc.COMM_SELF)
    matrix.setPreallocationNNZ(3)
    put(matrix, line((0, 0)))
    return matrix


def as_dense(matrix: Any) -> Array:
    """Return all entries of a matrix."""
    indptr, indices, values = matrix.getValuesCSR()
    found = np.zeros(matrix.getSize())
    found[np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), indices] = values
    return found


def used(matrix: Any) -> int:
    """Return how many entries a matrix has room for."""
    return int(matrix.getInfo()["nz_used"])


def test_zeros_are_left_out_and_values_follow(blocks: Any) -> None:
    copied = Nonzeros(blocks)
    assert copied.update()
    assert used(copied.matrix) == NODES * SIZE + 2 * (NODES - 1)
    assert not copied.update()
    put(blocks, 2.0 * line((0, 0)))
    assert not copied.update()
    np.testing.assert_array_equal(as_dense(copied.matrix), 2.0 * line((0, 0)))


def test_a_value_in_a_new_place_brings_its_kind_once(blocks: Any) -> None:
    """So that unknowns that wake up node by node do not take a new analysis each."""
    copied = Nonzeros(blocks)
    copied.update()
    dense = line((0, 0))
    dense[1, SIZE + 2] = 0.5
    put(blocks, dense)
    assert copied.update()
    np.testing.assert_array_equal(as_dense(copied.matrix), dense)
    assert used(copied.matrix) == NODES * SIZE + 4 * (NODES - 1)
    dense[SIZE + 1, 2 * SIZE + 2] = 0.25
    put(blocks, dense)
    assert not copied.update()
    np.testing.assert_array_equal(as_dense(copied.matrix), dense)


def test_a_zero_diagonal_has_its_place(blocks: Any) -> None:
    dense = line((0, 0))
    dense[4, 4] = 0.0
    put(blocks, dense)
    copied = Nonzeros(blocks)
    copied.update()
    assert used(copied.matrix) == NODES * SIZE + 2 * (NODES - 1)


def test_a_direct_solver_follows_a_pattern_that_grows(blocks: Any) -> None:
    from petsc4py import PETSc

    solver, shell = DirectSolver(blocks, UNPIVOTED), PETSc.PC().create(PETSc.COMM_SELF)
    b, y = blocks.createVecLeft(), blocks.createVecRight()
    b.array[:] = np.arange(1.0, b.getSize() + 1)
    for dense in (line((0, 0)), line((0, 0), (2, 1)), line((1, 1)), 3.0 * line((2, 1), (0, 2))):
        put(blocks, dense)
        solver.apply(shell, b, y)
        np.testing.assert_allclose(y.array_r, np.linalg.solve(dense, b.array_r), rtol=1e-12)


def test_a_row_of_large_terms_that_cancel_asks_for_no_other_factors() -> None:
    """Its rounding exceeds all that its own term is, with any factors."""
    from petsc4py import PETSc

    near = 1 - 1e-13
    rows = np.array(
        [[1.1, 0, 0, 0], [-0.3, 1e-3, 0.17, 0.13], [-0.7 * near, 0, 0.7, 0], [-0.9 * near, 0, 0, 0.9]]
    )
    matrix = PETSc.Mat().createAIJ((4, 4), nnz=4, comm=PETSc.COMM_SELF)
    matrix.setValues(range(4), range(4), rows)
    matrix.assemble()
    b, y, shell = matrix.createVecLeft(), matrix.createVecRight(), PETSc.PC().create(PETSc.COMM_SELF)
    solver, rest, left = DirectSolver(matrix, UNPIVOTED), b.duplicate(), []
    for b.array[0] in np.linspace(1.0, 2.0, 50):
        solver.apply(shell, b, y)
        assert not solver._pivots
        matrix.mult(y, rest)
        left.append(abs(rest.array_r[1] / (1e-3 * y.array_r[1])))
    assert max(left) > 1e-6
