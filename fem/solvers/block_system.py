r"""The complex system of a small signal, :math:`(J + i\omega M)\,\hat u = b`, as a real one of twice the size.

Solved directly in one and two dimensions, by GMRES with ILU of node blocks in three; see ``fem.solvers.smallsignal``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.errors import ConvergenceError
from fem.linear.solvers import DIRECT, krylov_solver

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
_RESIDUAL = 1e-7  # of a row, largest that a solution may leave; the size of û is 1


class BlockSystem:
    """J + iωM as a real matrix, real and imaginary part of an unknown side by side."""

    def __init__(self, device: Device, pattern: Any, steady: Array, storage: Array, fixed: Any) -> None:
        self._comm = device.mesh.comm
        self._pointers, self._columns = pattern
        self._steady, self._storage = steady.copy(), storage.copy()
        rows = np.repeat(np.arange(fixed.size), np.diff(self._pointers))
        first = device.context.space.dofmap.index_map.local_range[0] * device.context.block_size
        held = fixed[rows]
        self._storage[held] = 0.0
        self._steady[held] = (self._columns == rows + first)[held]
        self._rows, self._size = rows, fixed.size
        self._iterative = device.mesh.dim == 3
        self._node = 2 * device.context.block_size
        self._solver: Any = None
        self._omega, self._largest = -1.0, np.empty(0)  # of the matrix as it is

    def solve(self, right: ComplexArray | Array, omega: float, frequency: float) -> ComplexArray:
        """Return the relative response to held values, or to what else is on the ``right``, at the scaled ``omega``."""
        self._tune(omega)
        b, x = self._matrix.createVecLeft(), self._matrix.createVecRight()
        b.array[0::2], b.array[1::2] = np.real(right) / self._largest, np.imag(right) / self._largest
        self._solver.solve(b, x)
        left = b.duplicate()
        self._matrix.mult(x, left)
        left.axpy(-1.0, b)
        gap = float(left.norm(3)) / max(float(x.norm(3)), 1.0)  # type: ignore[arg-type]  # infinity norms
        if not gap < _RESIDUAL:
            raise ConvergenceError(
                f"the small-signal equations could not be solved at {frequency:g} Hz (row residual {gap:.1e})"
            )
        return x.array[0::2] + 1j * x.array[1::2]

    def _tune(self, omega: float) -> None:
        """Have the matrix for a frequency, each row divided by its largest entry."""
        if omega == self._omega:
            return
        self._omega = omega
        size = np.maximum(np.abs(self._steady), omega * np.abs(self._storage))
        self._largest = np.zeros(self._size)
        np.maximum.at(self._largest, self._rows, size)
        share = 1.0 / self._largest[self._rows]
        self._set(self._steady * share, omega * self._storage * share)

    def _set(self, real: Array, imaginary: Array) -> None:
        """Put J and ωM into the matrix; its pattern and the symbolic work stay."""
        from scipy.sparse import bsr_matrix

        rows, columns = 2 * self._size, 2 * self._comm.allreduce(self._size)
        blocks = np.stack([real, -imaginary, imaginary, real], axis=1).reshape(-1, 2, 2)
        entries = bsr_matrix((blocks, self._columns, self._pointers), shape=(rows, columns)).tocsr()
        csr = (entries.indptr, entries.indices, entries.data)
        if self._solver is None:
            self._create((rows, columns), csr)
        else:
            self._matrix.setValuesCSR(*csr)
            self._matrix.assemble()
        operator = self._matrix.convert("baij", self._blocked) if self._iterative else self._matrix
        self._solver.setOperators(operator)

    def _create(self, sizes: tuple[int, int], csr: tuple[Any, Any, Any]) -> None:
        from petsc4py import PETSc

        self._matrix = PETSc.Mat().createAIJ((sizes, sizes), bsize=self._node, csr=csr, comm=self._comm)
        self._blocked = PETSc.Mat()
        chosen = _iterative(self._comm.size) if self._iterative else DIRECT
        self._solver = krylov_solver(self._matrix, chosen)


def _iterative(ranks: int) -> dict[str, Any]:
    """Return PETSc's options for three dimensions."""
    return {
        "ksp_type": "gmres",
        "ksp_rtol": 1e-11,
        "ksp_gmres_restart": 200,
        "ksp_max_it": 1000,
        "ksp_pc_side": "right",
        "pc_type": "bjacobi" if ranks == 1 else "asm",
        "sub_pc_type": "ilu",
        "sub_pc_factor_levels": 1,
    }
