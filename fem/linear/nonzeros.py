"""The entries of a matrix of node blocks that are not zero, as a matrix of their own for a direct solver.

A block of a node and its neighbour has an entry for every pair of unknowns, but carriers and ions move by the potential
and their own density alone, and a density of one region is given in others: in a transistor three of four entries are
zero. Its factors take 0.6 times as long without them. Which they are is read from the values: what symbolic analysis
could say of forms knows nothing of regions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Nonzeros:
    """Copies the nonzero entries of a square matrix of node blocks into one without the others.

    Where an entry that has been zero has a value, so may all of its kind: those of the same two unknowns, in one node
    or in two. The pattern grows at most so many times.
    """

    def __init__(self, whole: Any) -> None:
        self._whole = whole
        self._state: int | None = None  # of the whole matrix when its entries were copied
        self._places: npt.NDArray[np.intp] = np.empty(0, dtype=np.intp)  # among its entries on this rank
        self._pattern: tuple[Any, Any] = (None, None)
        self.matrix: Any = None  #: without zeros, None before the first update; another one after each growth

    def update(self) -> bool:
        """Copy the values as they are now; return whether the pattern has grown. Collective."""
        from mpi4py import MPI

        if self._state == self._whole.stateGet():
            return False
        self._state = self._whole.stateGet()
        indptr, indices, values = self._whole.getValuesCSR()
        inside = values[self._places]
        new = self.matrix is None or bool(np.count_nonzero(inside) < np.count_nonzero(values))
        grown = bool(self._whole.comm.tompi4py().allreduce(new, op=MPI.LOR))
        if grown:
            self._grow(indptr, indices, values)
        else:
            self.matrix.setValuesCSR(*self._pattern, inside)
            self.matrix.assemble()
        return grown

    def _grow(self, indptr: Any, indices: Any, values: Array) -> None:
        """Take all entries that have a value into the pattern, and those of the same kind as any new one."""
        from petsc4py import PETSc

        first, size = self._whole.getOwnershipRange()[0], self._whole.getBlockSize()
        rows = first + np.repeat(np.arange(indptr.size - 1), np.diff(indptr))
        used = (values != 0) | (rows == indices)
        if self.matrix is not None:
            known = np.zeros(values.size, dtype=bool)
            known[self._places] = True
            used = known | _of_kinds(rows, indices, size, used & ~known)
            self.matrix.destroy()
        self._places = np.flatnonzero(used)
        counts = np.concatenate([[0], np.cumsum(used)])[indptr]
        self._pattern = counts.astype(indptr.dtype), indices[self._places]
        csr = (*self._pattern, values[self._places])
        self.matrix = PETSc.Mat().createAIJ(
            self._whole.getSizes(), bsize=size, csr=csr, comm=self._whole.comm
        )


def _of_kinds(rows: Any, columns: Any, size: int, some: Bools) -> Bools:
    """Return which entries couple the same unknowns of a node, or of two nodes, as any of ``some``."""
    kinds = (rows % size) * size + columns % size + size**2 * (rows // size == columns // size)
    wanted = np.zeros(2 * size**2, dtype=bool)
    wanted[kinds[some]] = True
    found: Bools = wanted[kinds]
    return found
