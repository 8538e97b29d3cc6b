r"""A coarse space for the Newton systems: one relative update per field and aggregate of nodes.

What incomplete factors leave of an error is smooth: the densities of a whole part of the device are too large
by the same factor, which is a shift of a quasi-Fermi potential, or its potential is too high. On the scale of
relative updates such errors are constant on aggregates of nodes. The equations of the coarse space are sums
of the equations as they were before their rows were scaled, so that fluxes inside of an aggregate cancel and
each coarse equation is the balance of an aggregate: :math:`A_c = R A P`, R with the weights of the rows. (On
such two-level methods: Y. Saad, Iterative Methods for Sparse Linear Systems, 2003, section 13.6 and 14; on
aggregates P. Vanek, J. Mandel, M. Brezina, Computing 56, 179, 1996.)

The coarse system is the same on all ranks; it is solved by two cycles with incomplete factors and an even
coarser space, until a direct solver can take over.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix

from fem.linear.aggregates import aggregates, strength
from fem.linear.solvers import DIRECT, ILU, krylov_solver

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

PASSES = 4  #: aggregates of up to 2^4 nodes
_SMALL = 2000  # unknowns: a direct solver takes no time
_CYCLES = 2  # for one solution of a coarse system; one takes a quarter more iterations of GMRES


class CoarseSpace:
    """What PETSc sees as a preconditioner: the coarse part of an error.

    ``weights``: of the rows of the matrix in the sums; set them before the matrix is used.
    """

    def __init__(self, weights: Array | None = None) -> None:
        self.weights = weights
        self._level: CoarseLevel | None = None

    def setUp(self, preconditioner: Any) -> None:
        """Sum up the values that the matrix has now; what PETSc calls."""
        self.update(preconditioner.getOperators()[1])

    def update(self, matrix: Any) -> None:
        """Sum up the values of a matrix, with the present weights of its rows."""
        indptr, indices, values = matrix.getValuesCSR()
        if self._level is None:
            self._prepare(matrix, Blocks(indptr, indices, matrix.getBlockSize()), values)
        assert self._level is not None
        shape = (self._level.entries + self._size**2, indptr.size - 1)
        found = csc_matrix((values, self._places, indptr), shape=shape) @ self._all_weights()
        self._level.update(self._sum(found[: self._level.entries]))

    def apply(self, _preconditioner: Any, residual: Any, update: Any) -> None:
        """Put the coarse part of the update into ``update``; what PETSc calls."""
        assert self._level is not None
        update.array[:] = self._up(self._level.solve(self._down(residual.array_r)))

    def balance(self, residual: Array) -> Array:
        """Return the update in the coarsest space after which no aggregate of it has any residual."""
        assert self._level is not None
        return self._up(self._level.balance(self._down(residual)))

    def _prepare(self, matrix: Any, blocks: Blocks, values: Array) -> None:
        """Choose the aggregates of this rank and find the place of each entry of its rows."""
        self._comm = matrix.comm.tompi4py()
        size, rows = matrix.getBlockSize(), blocks.starts.size - 1
        live = blocks.coupled(values)
        own = _own_aggregates(blocks, values, matrix.getOwnershipRange()[0] // size)
        held = live.any(axis=1)
        names, number = np.unique(own[held], return_inverse=True)
        counts = self._comm.allgather(names.size)
        group = np.full(rows, -1, dtype=np.int64)
        group[held] = number + sum(counts[: self._comm.rank])
        groups = np.concatenate(self._comm.allgather(group))
        row, column = group[blocks.rows], groups[blocks.columns]
        inside = (row >= 0) & (column >= 0)
        keys = np.where(inside, row * sum(counts) + column, -1)
        all_keys = np.unique(np.concatenate(self._comm.allgather(np.unique(keys[inside]))))
        self._size, self._unknowns = size, size * sum(counts)
        self._level = CoarseLevel(*np.divmod(all_keys, sum(counts)), sum(counts), size)
        target = np.where(inside, np.searchsorted(all_keys, keys), all_keys.size)
        self._places = blocks.places(target)
        unknowns = size * group[:, None] + np.arange(size)
        self._target = np.where(live, unknowns, self._unknowns).ravel()

    def _all_weights(self) -> Array:
        return np.ones(self._target.size) if self.weights is None else self.weights

    def _down(self, residual: Array) -> Array:
        """Return the sums of the residuals of each aggregate."""
        length = self._unknowns + 1
        found = np.bincount(self._target, weights=residual * self._all_weights(), minlength=length)
        return self._sum(found[:-1])

    def _up(self, coarse: Array) -> Array:
        """Return the update of each unknown of this rank, 0 for given ones."""
        found: Array = np.append(coarse, 0.0)[self._target]
        return found

    def _sum(self, own: Array) -> Array:
        if self._comm.size == 1:
            return own
        total = np.empty_like(own)
        self._comm.Allreduce(np.ascontiguousarray(own), total)
        return total


class CoarseLevel:
    """A coarse space as every rank has it, and the still coarser ones below.

    ``rows``, ``columns``: of the blocks of its matrix, sorted; ``count``: aggregates; ``size``: of a block.
    """

    def __init__(self, rows: Ints, columns: Ints, count: int, size: int) -> None:
        from petsc4py import PETSc

        self._rows, self._columns, self._count, self._size = rows, columns, count, size
        self._indptr = np.searchsorted(rows, np.arange(count + 1))
        self._diagonal = np.flatnonzero(rows == columns)
        self.entries = rows.size * size**2
        unknowns = count * size
        most = int(np.diff(self._indptr).max(initial=1))
        self._matrix: Any = PETSc.Mat().createBAIJ(unknowns, size, nnz=most, comm=PETSc.COMM_SELF)
        self._b, self._x = self._matrix.createVecLeft(), self._matrix.createVecRight()
        self._direct = unknowns <= _SMALL
        options = DIRECT if self._direct else {"ksp_type": "preonly"} | ILU | {"pc_factor_levels": 1}
        self._solver = krylov_solver(self._matrix, options)
        self._next: CoarseLevel | None = None

    def update(self, values: Array) -> None:
        """Take the values of all blocks, one after the other, and pass their sums on."""
        size = self._size
        blocks = values.reshape(-1, size, size)
        diagonal = np.abs(np.einsum("kii->ki", blocks[self._diagonal]))
        self._live = (diagonal > 0).ravel()
        scale = np.where(diagonal > 0, 1 / np.where(diagonal > 0, diagonal, 1.0), 1.0)
        scaled = blocks * scale[self._rows][:, :, None]
        scaled[self._diagonal] += np.eye(size) * (diagonal == 0)[:, :, None]
        self._scale = scale.ravel()
        indptr, indices = self._indptr.astype(np.int32), self._columns.astype(np.int32)
        self._matrix.setValuesBlockedCSR(indptr, indices, scaled.ravel())
        self._matrix.assemble()
        self._solver.setOperators(self._matrix)
        self._solver.setUp()
        if not self._direct:
            if self._next is None:
                self._coarsen(blocks)
            assert self._next is not None
            self._next.update((self._sums @ blocks.reshape(-1, size**2)).ravel())

    def _coarsen(self, blocks: Array) -> None:
        diagonals = np.einsum("kii->ki", blocks)
        group = aggregates(strength(self._indptr, self._columns, diagonals), PASSES)
        count = int(group.max()) + 1
        keys, place = np.unique(group[self._rows] * count + group[self._columns], return_inverse=True)
        whole = (np.ones(place.size), (place, np.arange(place.size)))
        self._sums = csr_matrix(whole, shape=(keys.size, place.size))
        self._target = (self._size * group[:, None] + np.arange(self._size)).ravel()
        self._next = CoarseLevel(*np.divmod(keys, count), count, self._size)

    def solve(self, residual: Array) -> Array:
        """Return the update by W-cycles for a residual whose rows are not scaled."""
        right = self._scale * residual
        if self._next is None:
            return self._factors(right)
        found = self._up(self._next.solve(self._down(residual)))
        found += self._factors(right - self._product(found))
        for _ in range(_CYCLES - 1):
            found += self._up(self._next.solve(self._down(residual - self._product(found) / self._scale)))
            found += self._factors(right - self._product(found))
        return found

    def balance(self, residual: Array) -> Array:
        """Return the update in the coarsest space."""
        if self._next is None:
            return self._factors(self._scale * residual)
        return self._up(self._next.balance(self._down(residual)))

    def _product(self, values: Array) -> Array:
        """Return the product with the matrix, whose rows are scaled."""
        self._x.array[:] = values
        self._matrix.mult(self._x, self._b)
        found: Array = self._b.array_r
        return found

    def _down(self, residual: Array) -> Array:
        return np.bincount(self._target, weights=residual)

    def _up(self, coarse: Array) -> Array:
        return np.where(self._live, coarse[self._target], 0.0)

    def _factors(self, right: Array) -> Array:
        self._b.array[:] = right
        self._solver.solve(self._b, self._x)
        found: Array = self._x.array_r.copy()
        return found


class Blocks:
    """Where rows of a matrix of blocks have entries, which PETSc gives by scalar rows, with their pointers."""

    def __init__(self, indptr: Ints, indices: Ints, size: int) -> None:
        self.size, self._indptr = size, indptr
        self.starts = indptr[::size] // size**2
        self.rows = np.repeat(np.arange(self.starts.size - 1), np.diff(self.starts))
        inside = np.arange(self.rows.size) - self.starts[self.rows]
        self._first = indptr[:-1].reshape(-1, size)[self.rows] + (size * inside)[:, None]
        self.columns = np.asarray(indices[self._first[:, 0]] // size, dtype=np.int64)

    def diagonals(self, values: Array) -> Array:
        """Return the diagonals of the blocks, shape (blocks, size)."""
        found: Array = values[self._first + np.arange(self.size)]
        return found

    def diagonal(self, k: int) -> Ints:
        """Return the places of the k-th entry of the diagonal of each block."""
        return self.entry(k, k)

    def entry(self, row: int, column: int) -> Ints:
        """Return the place of an entry of each block."""
        found: Ints = self._first[:, row] + column
        return found

    def coupled(self, values: Array) -> npt.NDArray[np.bool_]:
        """Return which unknowns depend on others, shape (rows of blocks, size); given ones do not."""
        entries = np.add.reduceat(values != 0, self._indptr[:-1], dtype=np.int64)
        found: npt.NDArray[np.bool_] = entries.reshape(-1, self.size) > 1
        return found

    def places(self, target: Ints) -> npt.NDArray[np.int32]:
        """Return the place of each entry where whole blocks lie one after the other; ``target``: of blocks."""
        found = np.empty(self.size**2 * self.rows.size, dtype=np.int32)
        for i in range(self.size):
            for j in range(self.size):
                found[self._first[:, i] + j] = (target * self.size + i) * self.size + j
        return found


def _own_aggregates(blocks: Blocks, values: Array, begin: int) -> Ints:
    """Return the aggregates of the nodes of this rank, from the couplings among them."""
    rows = blocks.starts.size - 1
    column = blocks.columns - begin
    own = np.flatnonzero((column >= 0) & (column < rows))
    indptr = np.searchsorted(blocks.rows[own], np.arange(rows + 1))
    return aggregates(strength(indptr, column[own], blocks.diagonals(values)[own]), PASSES)
