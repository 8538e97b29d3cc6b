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
_ROUNDING = 1e-15  # of the largest unknown, all scaled: what a solution may leave of its right side
_SMALLEST = 1e-200  # of a row's largest entry, that it is scaled by


class LineSolver:
    """Banded factors of a matrix; PETSc sees it as a preconditioner of its own.

    ``sizes``: returns the size of every unknown, shape (nodes, unknowns per node), that of the first one fixed. Where
    the solution outgrows the others, as that of carriers that were all but absent, it is found again with its own.
    The rows of several ranks are gathered on the first, for a line is small. Collective.
    """

    def __init__(self, matrix: Any, sizes: Callable[[], Array]) -> None:
        self._matrix, self._sizes = matrix, sizes
        self._comm = matrix.comm.tompi4py()
        self._state: int | None = None  # of the matrix, when its factors were made
        self._line = _Line(matrix.getBlockSize())

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve A y = b; factors are made anew when the matrix has changed."""
        from petsc4py import PETSc

        self._follow()
        right = self._joined(b.array_r)
        found = self._line.solve(right) if self._comm.rank == 0 else None
        if self._comm.size > 1:
            found = self._comm.bcast(found)
        if found is None:
            preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)
            return
        begin, end = b.getOwnershipRange()
        y.array[:] = found[begin:end]

    def apply_to_all(self, rights: Array) -> Array | None:
        """Return the solutions for several right sides, shape (systems, unknowns); no numbers where there is none.

        None on several ranks, where ``apply`` takes one after the other.
        """
        if self._comm.size > 1:
            return None
        self._follow()
        return self._line.solve_all(rights)

    def _follow(self) -> None:
        """Make factors anew if the matrix has changed."""
        if self._any(self._state != self._matrix.stateGet()):
            rows, sizes = self._rows(), self._joined(self._sizes())
            if self._comm.rank == 0:
                self._line.take(*rows, sizes)
            self._state = self._matrix.stateGet()

    def _rows(self) -> tuple[Any, Any, Array]:
        """Return pointers, columns and values of all rows, on the first rank."""
        indptr, indices, values = self._matrix.getValuesCSR()
        starts = np.append(0, np.cumsum(self._joined(np.diff(indptr))))
        return starts, self._joined(indices), self._joined(values)

    def _joined(self, values: Any) -> Any:
        """Return the values of all ranks one after the other on the first rank, what is this rank's own on others."""
        if self._comm.size == 1:
            return values
        parts = self._comm.gather(values)
        return values if parts is None else np.concatenate(parts)

    def _any(self, here: bool) -> bool:
        """Return whether anything holds on any rank."""
        from mpi4py import MPI

        return here if self._comm.size == 1 else bool(self._comm.allreduce(here, op=MPI.LOR))


class _Line:
    """Banded factors of the rows of a matrix with blocks of ``size``, in one place."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rows: Any = None  # of each entry

    def take(self, indptr: Any, indices: Any, values: Array, sizes: Array) -> None:
        """Take the entries of another matrix with the same pattern, and sizes of its unknowns."""
        self._matrix = csr_matrix((values, indices, indptr), shape=(indptr.size - 1,) * 2)
        self._smallest = sizes
        if self._rows is None:
            self._order(indptr, indices)
        self._factorise(sizes)

    def solve(self, right: Array) -> Array | None:
        """Return the solution, None where there is none."""
        for _ in range(_ROUNDS):
            found = self._refined(right)
            if self._singular or not np.isfinite(found).all():
                return None
            sizes = self._smallest.copy()
            sizes[:, 1:] = np.maximum(sizes, np.abs(found).reshape(sizes.shape))[:, 1:]
            if self._fit(sizes.ravel()):
                break
            self._factorise(sizes)
        return found

    def solve_all(self, rights: Array) -> Array:
        """Return the solutions for several right sides, shape (systems, unknowns), with the factors as they are."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = self._scaled_all(self._scales * rights)
            found = self._columns * scaled
            left = self._scales * (rights - (self._matrix @ found.T).T)
            lost, size = (np.abs(x).max(axis=1, initial=0.0) for x in (left, scaled))
            if not (lost <= _ROUNDING * size).all():
                found += self._columns * self._scaled_all(left)
        return np.asarray(found)

    def _scaled_all(self, rights: Array) -> Array:
        """Return the scaled solutions for several scaled right-hand sides, shape (systems, unknowns)."""
        if self._singular:
            return np.full(rights.shape, np.nan)
        width, found = self._width, np.empty(rights.shape)
        ordered = rights[:, self._along].T  # in LAPACK's order as it stands
        found[:, self._along] = dgbtrs(
            self._factors, width, width, ordered, self._exchanges, overwrite_b=True
        )[0].T
        return found

    def _fit(self, sizes: Array) -> bool:
        """Whether the factors have been made for about these sizes."""
        part = sizes / self._columns
        return bool(part.max(initial=1.0) < _OUTGROWN and part.min(initial=1.0) > 1 / _OUTGROWN)

    def _refined(self, right: Array) -> Array:
        """Return the solution, refined once; no numbers if they outgrow what numbers hold."""
        with np.errstate(over="ignore", invalid="ignore"):
            found: Array = self._columns * self._scaled(self._scales * right)
            found += self._columns * self._scaled(self._scales * (right - self._matrix @ found))
        return found

    def _factorise(self, sizes: Array) -> None:
        """Make the factors of the matrix as it is, for unknowns of these sizes."""
        indptr, indices, values = self._matrix.indptr, self._matrix.indices, self._matrix.data
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
        size, count = self._size, (indptr.size - 1) // self._size
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

    def _scaled(self, right: Array) -> Array:
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
