"""A direct solver for the Newton systems of a line: banded factors with row exchanges, on the scale of the unknowns.

Where carriers of both kinds are dense in one place, as at a heterojunction with both bands offset, the charge is a
difference of densities that are equal in eleven digits. Factors without row exchanges lose those digits, and Newton's
method comes to rest off a balance. With columns scaled to the unknowns, rows to their largest entry, partial pivoting
and one step of iterative refinement (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2002, ch. 9 and 12)
the solution is as good as its matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dgbtrf, dgbtrs
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import reverse_cuthill_mckee

Array = npt.NDArray[np.float64]
_ROUNDS = 5  # with larger sizes
_OUTGROWN = 1e3  # times its size: more digits are lost than needed
_SMALLEST = 1e-200  # of a row's largest entry, that it is scaled by


class LineSolver:
    """Banded factors of a matrix of one rank; PETSc sees it as a preconditioner of its own.

    ``sizes``: returns the size of every unknown, shape (nodes, unknowns per node), that of the first one fixed. Where
    the solution outgrows the others, as that of carriers that were all but absent, it is found again with its own.
    """

    def __init__(self, matrix: Any, sizes: Callable[[], Array]) -> None:
        self._matrix, self._sizes = matrix, sizes
        self._state: int | None = None  # of the matrix, when its factors were made
        self._rows: Any = None  # of each entry
        self._product = matrix.createVecLeft()

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve A y = b; factors are made anew when the matrix has changed."""
        from petsc4py import PETSc

        if self._state != self._matrix.stateGet():
            self._smallest = self._sizes()
            self._factorise(self._smallest)
            self._state = self._matrix.stateGet()
        for _ in range(_ROUNDS):
            self._refined(b, y)
            if self._singular or not np.isfinite(y.array_r).all():
                preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)
                return
            sizes = self._smallest.copy()
            sizes[:, 1:] = np.maximum(sizes, np.abs(y.array_r).reshape(sizes.shape))[:, 1:]
            if self._fit(sizes.ravel()):
                return
            self._factorise(sizes)

    def _fit(self, sizes: Array) -> bool:
        """Whether the factors have been made for about these sizes."""
        part = sizes / self._columns
        return bool(part.max(initial=1.0) < _OUTGROWN and part.min(initial=1.0) > 1 / _OUTGROWN)

    def _refined(self, b: Any, y: Any) -> None:
        """Put the solution of A y = b into y, refined once; no numbers if they outgrow what numbers hold."""
        with np.errstate(over="ignore", invalid="ignore"):
            y.array[:] = self._columns * self._solve(self._scales * b.array_r)
            self._matrix.mult(y, self._product)
            y.array[:] += self._columns * self._solve(self._scales * (b.array_r - self._product.array_r))

    def _factorise(self, sizes: Array) -> None:
        """Make the factors of the matrix as it is, for unknowns of these sizes."""
        indptr, indices, values = self._matrix.getValuesCSR()
        if self._rows is None:
            self._order(indptr, indices)
        self._columns = _power_of_two(sizes.ravel())
        scaled = values * self._columns[indices]
        largest = np.maximum.reduceat(np.abs(scaled), indptr[:-1])
        self._scales = 1 / _power_of_two(np.maximum(largest, _SMALLEST))
        band = np.zeros((indptr.size - 1) * (3 * self._width + 1))
        band[self._place] = scaled * self._scales[self._rows]
        band = band.reshape(-1, 3 * self._width + 1).T
        self._factors, self._exchanges, info = dgbtrf(band, self._width, self._width, overwrite_ab=True)
        self._singular = info != 0

    def _order(self, indptr: Any, indices: Any) -> None:
        """Order the unknowns along the line, and find the place of each entry of the matrix in the band."""
        size, count = self._matrix.getBlockSize(), (indptr.size - 1) // self._matrix.getBlockSize()
        self._rows = np.repeat(np.arange(indptr.size - 1), np.diff(indptr))
        nodes = (self._rows // size, indices // size)
        graph = csr_matrix((np.ones(indices.size), nodes), shape=(count, count))
        along = reverse_cuthill_mckee(graph, symmetric_mode=True)
        self._along = (size * along[:, None] + np.arange(size)).ravel()
        position = np.empty(self._along.size, dtype=np.int64)
        position[self._along] = np.arange(self._along.size)
        row, column = position[self._rows], position[indices]
        self._width = int(np.abs(row - column).max(initial=0))
        self._place = column * (3 * self._width + 1) + 2 * self._width + row - column

    def _solve(self, right: Array) -> Array:
        """Return the scaled solution for a scaled right-hand side."""
        if self._singular:
            return np.full(right.size, np.nan)
        solution, _ = dgbtrs(
            self._factors, self._width, self._width, right[self._along], self._exchanges, overwrite_b=True
        )
        found = np.empty(right.size)
        found[self._along] = solution
        return found


def _power_of_two(values: Array) -> Array:
    """Return the next powers of two, 1 for 0."""
    found: Array = np.ldexp(1.0, np.frexp(values)[1])
    return found
