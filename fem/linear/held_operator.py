"""A symmetric operator with some unknowns held, factorised or preconditioned once for many loads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import ConvergenceError
from fem.linear.multigrid import heat_solver

Array = npt.NDArray[np.float64]


class HeldOperator:
    """The matrix of a compiled symmetric form, and its solver with the dofs ``fixed`` held.

    ``many``: whether many loads follow, so that a factorisation pays. Arrays are over the dofs of this rank, ghosts
    included, shape (dofs,).
    """

    def __init__(
        self, form: Any, space: Any, fixed: npt.NDArray[np.int32], *, name: str, many: bool = False
    ) -> None:
        from dolfinx import fem as dfem
        from dolfinx.fem import petsc as fpet

        self.space, self.name, self.fixed = space, name, fixed
        self._own = space.dofmap.index_map.size_local
        self.full = fpet.assemble_matrix(form)
        self.full.assemble()
        diagonal = float(self.full.getDiagonal().max()[1])
        bcs = [dfem.dirichletbc(dfem.Function(space), fixed)]
        self._matrix = fpet.assemble_matrix(form, bcs=bcs, diag=diagonal)
        self._matrix.assemble()
        self._solver = heat_solver(self._matrix, space, many=many)

    def applied(self, values: Array) -> Array:
        """Return the operator without held dofs times ``values``; 0 at ghosts."""
        return product(self.full, values)

    def solved(self, load: Array) -> Array:
        """Return the solution for a load, 0 at held dofs, with ghosts. Raises ConvergenceError."""
        from dolfinx import fem as dfem

        x, b = self._matrix.createVecs()
        b.array[:] = load[: self._own]
        b.array[self.fixed[self.fixed < self._own]] = 0.0
        self._solver.solve(b, x)
        reason, steps = self._solver.getConvergedReason(), self._solver.getIterationNumber()
        if reason <= 0:
            raise ConvergenceError(
                f"{self.name} did not converge in {steps} iterations (PETSc reason {reason})"
            )
        result = dfem.Function(self.space)
        result.x.array[: self._own] = x.array
        result.x.scatter_forward()
        x.destroy()
        b.destroy()
        return result.x.array.copy()


def product(matrix: Any, values: Array) -> Array:
    """Return a PETSc matrix times ``values`` over the dofs of this rank; 0 at ghosts."""
    x, y = matrix.createVecs()
    x.array[:] = values[: x.array.size]
    matrix.mult(x, y)
    result = np.zeros_like(values)
    result[: y.array.size] = y.array
    x.destroy()
    y.destroy()
    return result
