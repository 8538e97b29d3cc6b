"""The nonlinear system of a device as PETSc asks for it: the residual, its matrix, and the solver with both.

What dolfinx's own problem does, but for two things. Forms are assembled along the edges of the mesh
(``fem.forms.assembly``). And given values are carried over to the other rows (lifted) only where the unknowns do not
have them yet: Newton's method has them after its first iteration, and in three dimensions lifting takes as long as the
residual itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fem.forms.assembly import Assembly
from fem.linear.solvers import square_matrix

_ROUNDING = 8 * np.finfo(float).eps  # of an unknown: how far from what is given the last update leaves it


class NonlinearSystem:
    """PETSc's solver, vectors and matrix of a residual F and its derivative J with Dirichlet ``conditions``.

    ``prefix`` of PETSc's ``options`` for it. Collective.
    """

    def __init__(
        self,
        residual: Assembly,
        jacobian: Assembly,
        unknown: Any,
        conditions: Sequence[Any],
        *,
        prefix: str,
        options: Mapping[str, Any],
    ) -> None:
        from dolfinx.fem import petsc as fpet
        from petsc4py import PETSc

        self.J, self._unknown = jacobian, unknown
        self.A = square_matrix(jacobian.forms, "baij", unknown.function_space.mesh.comm)
        self.b, self._x = (fpet.create_vector(unknown.function_space) for _ in range(2))
        self.solver: Any = PETSc.SNES().create(self.A.comm)
        self.solver.setFunction(Residual(residual, jacobian, unknown, conditions), self.b)
        self.solver.setJacobian(Jacobian(jacobian, unknown, conditions), self.A, self.A)
        self.solver.setOptionsPrefix(prefix)
        self.A.setOptionsPrefix(f"{prefix}A_")
        database: Any = PETSc.Options(prefix)
        for key, value in options.items():
            database[key] = value
        self.solver.setFromOptions()
        for key in options:
            del database[key]

    def solve(self) -> None:
        """Solve from the unknowns as they are, and put what is found into them."""
        from dolfinx.fem import petsc as fpet

        fpet.assign(self._unknown, self._x)
        self.solver.solve(None, self._x)
        _to_ghosts(self._x)
        fpet.assign(self._x, self._unknown)

    def __del__(self) -> None:
        """Free all at once, in one order on all ranks, whoever else knows of a part."""
        for name in ("solver", "A", "b", "_x"):
            if name in vars(self):
                vars(self)[name].destroy()


class Residual:
    """Assembles a residual at ``unknown`` with Dirichlet ``conditions``; ``jacobian`` is its derivative."""

    def __init__(
        self, residual: Assembly, jacobian: Assembly, unknown: Any, conditions: Sequence[Any]
    ) -> None:
        self._residual, self._jacobian, self._unknown = residual, jacobian, unknown
        self._conditions = list(conditions)
        self._comm = unknown.function_space.mesh.comm

    def __call__(self, _snes: Any, x: Any, b: Any) -> None:
        """Put the residual at x into b; rows of given values have the difference from these."""
        from dolfinx.fem import petsc as fpet
        from mpi4py import MPI
        from petsc4py import PETSc

        _to_ghosts(x)
        fpet.assign(x, self._unknown)
        _zero(b)
        fpet.set_bc(b, self._conditions, x0=x, alpha=-1.0)
        fulfilled = bool((np.abs(b.array_r) <= _ROUNDING * np.abs(x.array_r)).all())
        fulfilled = self._comm.allreduce(fulfilled, op=MPI.LAND)
        _zero(b)
        with b.localForm() as local, x.localForm() as unknowns:
            self._residual.add_to_vector(local.array_w)
            if not fulfilled:
                self._jacobian.lift(local.array_w, self._conditions, unknowns.array_r, -1.0)
        b.ghostUpdate(PETSc.InsertMode.ADD, PETSc.ScatterMode.REVERSE)
        fpet.set_bc(b, self._conditions, x0=x, alpha=-1.0)
        _to_ghosts(b)


class Jacobian:
    """Assembles the matrix at ``unknown``: rows and columns of given values have 1 on the diagonal alone."""

    def __init__(self, jacobian: Assembly, unknown: Any, conditions: Sequence[Any]) -> None:
        self._jacobian, self._unknown = jacobian, unknown
        self._conditions = [condition._cpp_object for condition in conditions]
        self._given = np.zeros(unknown.x.array.size, dtype=np.int8)
        for condition in conditions:
            self._given[condition.dof_indices()[0]] = 1

    def __call__(self, _snes: Any, x: Any, matrix: Any, _preconditioner: Any) -> None:
        """Put the derivative at x into the matrix."""
        from dolfinx import cpp
        from dolfinx.fem import petsc as fpet

        _to_ghosts(x)
        fpet.assign(x, self._unknown)
        matrix.zeroEntries()
        self._jacobian.add_to_matrix(matrix, self._given)
        matrix.assemble(matrix.AssemblyType.FLUSH)
        space = self._unknown.function_space._cpp_object
        cpp.fem.petsc.insert_diagonal(matrix, space, self._conditions, 1.0)
        matrix.assemble()


def _to_ghosts(vector: Any) -> None:
    """Give the ghosts of all ranks the values of their owners."""
    from petsc4py import PETSc

    vector.ghostUpdate(PETSc.InsertMode.INSERT, PETSc.ScatterMode.FORWARD)


def _zero(vector: Any) -> None:
    """Set a vector to zero, its ghosts too."""
    with vector.localForm() as local:
        local.set(0.0)
