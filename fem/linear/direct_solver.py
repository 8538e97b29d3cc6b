"""A direct solver that makes factors without exchanged rows, and stronger ones where they are of no use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.linear.nonzeros import Nonzeros
from fem.linear.solvers import REFINED, Options, krylov_solver

Array = npt.NDArray[np.float64]
_PIVOTS = 0.01  # threshold at which MUMPS exchanges rows
_REFINEMENTS = 2
_LOST = 1e-6  # of a row: what a solution without exchanged rows may leave of it
_ROUNDED = 4 * np.finfo(float).eps  # of all terms of a row: what their sum is known to
_ATTEMPTS = 4  # solves of one system
_MORE, _USUAL = 4, 20  # of MUMPS: each with so many times the workspace [%]


class DirectSolver:
    """A direct solver of one matrix that PETSc sees as a preconditioner of its own."""

    def __init__(self, matrix: Any, options: Mapping[str, Any]) -> None:
        self._matrix, self._given, self._options = matrix, dict(options), dict(options)
        sparse = matrix.getBlockSize() > 1 and options.get("pc_factor_mat_solver_type") == "mumps"
        self._nonzeros = Nonzeros(matrix) if sparse else None
        self._solver: Any = None
        self._right = matrix.createVecLeft()  # b is PETSc's, and must not be scaled
        self._change = matrix.createVecRight()

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve A y = b; factors are made anew when the matrix has changed.

        With exchanged rows where those without are of no use, and with more workspace if they need it.
        """
        from petsc4py import PETSc

        for _ in range(_ATTEMPTS):
            self._set_operator()
            b.copy(self._right)
            try:
                self._solver.solve(self._right, y)
                if self._solver.getConvergedReason() > 0 and (self._pivots or self._solved(b, y)):
                    return
            except PETSc.Error:  # without factors MUMPS raises where it is asked again
                pass
            self._replace(self._stronger())  # it would not make other factors
        preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)
        self._replace(dict(self._given))

    def apply_to_all(self, rights: Array) -> Array | None:
        """Return the solutions for several right sides, shape (systems, unknowns of this rank), refined once.

        None where the factors as they are do not serve all: ``apply`` finds others.
        """
        from petsc4py import PETSc

        self._set_operator()
        try:
            found = self._solved_together(rights)
            found += self._solved_together(rights - self._products(found))
        except PETSc.Error:
            return None
        if self._pivots:
            return found
        left = np.abs(rights - self._products(found))
        diagonal = np.abs(self._matrix.getDiagonal().array_r)
        good = bool((left <= _LOST * (np.abs(rights) + diagonal * np.abs(found))).all())
        return found if self._matrix.comm.tompi4py().allreduce(int(not good)) == 0 else None

    def _solved_together(self, rights: Array) -> Array:
        """Return the solutions of the factors for right sides, all at once."""
        from petsc4py import PETSc

        sizes = (self._matrix.getLocalSize()[0], self._matrix.getSize()[0])
        b, x = (
            PETSc.Mat().createDense((sizes, len(rights)), array=values, comm=self._matrix.comm)  # type: ignore[arg-type]
            for values in (np.array(rights), np.zeros_like(rights))
        )
        for one in (b, x):
            one.assemble()
        self._solver.matSolve(b, x)
        found = np.array(x.getDenseArray(readonly=True).T)
        b.destroy()
        x.destroy()
        return found

    def _products(self, values: Array) -> Array:
        """Return the matrix times several vectors."""
        found, change, product = np.empty_like(values), self._change, self._right
        for mine, result in zip(values, found, strict=True):
            change.array[:] = mine
            self._matrix.mult(change, product)
            result[:] = product.array_r
        return found

    def _set_operator(self) -> None:
        """Give the solver the matrix as it is now, without its zeros."""
        grown = self._nonzeros is not None and self._nonzeros.update()
        if self._solver is None or grown:
            self._replace(self._options)
        self._solver.setOperators(self._factored)

    @property
    def _factored(self) -> Any:
        """What is factored."""
        return self._matrix if self._nonzeros is None else self._nonzeros.matrix

    @property
    def _pivots(self) -> bool:
        return bool(self._options.get("mat_mumps_cntl_1", 1.0))

    def _stronger(self) -> Options:
        """Return the options of the next attempt."""
        if not self._pivots:
            return {**self._options, "mat_mumps_cntl_1": _PIVOTS} | REFINED
        if self._options.get("pc_factor_mat_solver_type") != "mumps":
            return self._options
        workspace = _MORE * self._options.get("mat_mumps_icntl_14", _USUAL)
        return {**self._options, "mat_mumps_icntl_14": workspace}

    def _solved(self, b: Any, y: Any) -> bool:
        """Refine y, if need be; return whether every row has lost next to nothing.

        Next to what is given and its diagonal, or no more than the sum of all its terms is rounded by, which no factors
        would better: where a potential rises everywhere, the few ions of a depleted place have terms that cancel.
        """
        diagonal, rest = np.abs(self._matrix.getDiagonal().array_r), self._right
        rounding: Array | None = None
        for attempt in range(_REFINEMENTS + 1):
            self._matrix.mult(y, rest)
            rest.aypx(-1.0, b)
            lost, allowed = np.abs(rest.array_r), _LOST * (np.abs(b.array_r) + diagonal * np.abs(y.array_r))
            if not self._anywhere(lost > allowed):
                return True
            if rounding is None:
                rounding = _ROUNDED * _terms(self._factored, y)
            if not self._anywhere(lost > allowed + rounding):
                return True
            if attempt < _REFINEMENTS:
                self._solver.solve(rest, self._change)
                y.axpy(1.0, self._change)
        return False

    def _anywhere(self, here: npt.NDArray[np.bool_]) -> bool:
        """Return whether anything holds on any rank."""
        from mpi4py import MPI

        return bool(self._matrix.comm.tompi4py().allreduce(bool(here.any()), op=MPI.LOR))

    def _replace(self, options: Options) -> None:
        if self._solver is not None:
            self._discard()
        self._options = dict(options)
        self._solver = krylov_solver(self._factored, self._options)

    def _discard(self) -> None:
        """Destroy the solver with its options, of which PETSc says at the end of a program that nobody read them."""
        from petsc4py import PETSc

        database, prefix = PETSc.Options(), self._solver.getOptionsPrefix()
        self._solver.destroy()
        for key in self._options:
            database.delValue(prefix + key)


def _terms(matrix: Any, y: Any) -> Array:
    """Return what the terms of each row of A y add up to in size, shape (rows,)."""
    from petsc4py import PETSc

    indptr, indices, values = matrix.getValuesCSR()
    sizes = PETSc.Mat().createAIJ(matrix.getSizes(), csr=(indptr, indices, np.abs(values)), comm=matrix.comm)
    size, found = y.copy(), y.duplicate()
    size.abs()
    sizes.mult(size, found)
    sums: Array = found.array_r.copy()
    for each in (sizes, size, found):
        each.destroy()
    return sums
