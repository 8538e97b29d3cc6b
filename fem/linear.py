r"""Linear solvers, chosen by the size of the system; and GMRES on the scale on which Newton converges.

Direct in one dimension (a line's block-tridiagonal matrix has no fill in its natural order) and for small
systems (MUMPS); else GMRES with an incomplete LU factorization of the blocks of nodes (Y. Saad, Iterative
Methods for Sparse Linear Systems, 2003, ch. 10), with additive Schwarz across ranks.

Densities differ by tens of orders of magnitude between places and species. GMRES therefore works on the
updates over the sizes s of their unknowns, :math:`L A S\,(S^{-1}y) = L b`, which is how Newton's convergence
is measured, and repeats with larger sizes where the update outgrows them. All scales are powers of two, and
so the matrix comes back as it was, bit by bit. Where GMRES fails, stronger factors take its place.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Options = dict[str, Any]

_NUMBER = count()

LARGEST_DIRECT = {1: 10**9, 2: 600_000, 3: 12_000}  #: unknowns; above it GMRES is chosen, by dimension
_LARGEST_FALLBACK = 250_000  # unknowns in 3D; more would take tens of GB
_ROUNDS = 6  # GMRES solves of one system, each for what the last one left
_FINEST = 1e-10  # tolerance of one GMRES solve
_LOSS = 1e-4  # error of a conserved content that one Newton step may leave, of its change
_BROKEN = (-9, -11)  # PETSc's reasons: not a number, no factors
_SURE = 3  # failures of GMRES after which the next solver stays


class SolverWarning(UserWarning):
    """A linear solver failed, and another one took its place: slower, but no less accurate."""


DIRECT: Options = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}
LINE: Options = {
    "ksp_type": "preonly",
    "ksp_diagonal_scale": None,
    "ksp_diagonal_scale_fix": None,
    "pc_type": "lu",
    "pc_factor_mat_solver_type": "petsc",
    "pc_factor_mat_ordering_type": "natural",
    "pc_factor_zeropivot": 1e-300,
}
GMRES: Options = {"ksp_type": "gmres", "ksp_rtol": 1e-6, "ksp_gmres_restart": 100, "ksp_max_it": 400}
CHOLESKY: Options = {"pc_type": "icc", "pc_factor_levels": 0, "pc_factor_mat_ordering_type": "rcm"}


def newton_options(
    dimension: int, unknowns: int, ranks: int, given: Mapping[str, Any] | None = None
) -> Options:
    """Return PETSc's options for a Newton system of so many unknowns on all ranks, with those ``given``.

    A line's rows and columns are scaled, for equations of minority carriers behind a band offset are smaller
    by twenty orders of magnitude. The tolerance of GMRES is relative to the update.
    """
    given = dict(given or {})
    direct = unknowns <= LARGEST_DIRECT[dimension]
    if "ksp_type" in given:
        direct = given["ksp_type"] == "preonly"
    if not direct:
        return incomplete(1, ranks) | given
    return (LINE if dimension == 1 and ranks == 1 else DIRECT) | given


def incomplete(levels: int, ranks: int, restart: int = 100) -> Options:
    """Return the options of GMRES with ILU of some levels of fill, on overlapping parts across ranks."""
    ilu = {"pc_type": "ilu", "pc_factor_levels": levels, "pc_factor_mat_ordering_type": "rcm"}
    method = GMRES | {"ksp_gmres_restart": restart, "ksp_max_it": 4 * restart}
    if ranks == 1:
        return method | ilu
    return method | {"pc_type": "asm", "pc_asm_overlap": 1} | {f"sub_{key}": v for key, v in ilu.items()}


def potential_options(dimension: int, unknowns: int, ranks: int, tolerance: float = 1e-12) -> Options:
    """Return the options for a symmetric, positive definite system of one unknown per node."""
    if dimension < 3 or unknowns <= LARGEST_DIRECT[3]:
        return dict(DIRECT)
    method = {"ksp_type": "cg", "ksp_rtol": tolerance, "ksp_max_it": 2000}
    if ranks == 1:
        return method | CHOLESKY
    return method | {"pc_type": "bjacobi"} | {f"sub_{key}": v for key, v in CHOLESKY.items()}


def square_matrix(form: Any, kind: str | None = None) -> Any:
    """Return an empty PETSc matrix for a compiled bilinear form, with all its diagonal."""
    from dolfinx import cpp

    space = form.function_spaces[0]
    rows, size = space.dofmap.index_map, space.dofmap.index_map_bs
    pattern = cpp.la.SparsityPattern(space.mesh.comm, [rows, rows], [size, size])
    cpp.fem.build_sparsity_pattern(pattern, form._cpp_object)
    pattern.insert_diagonal(np.arange(rows.size_local, dtype=np.int32))
    pattern.finalize()
    return cpp.la.petsc.create_matrix(space.mesh.comm, pattern, kind)


def krylov_solver(matrix: Any, options: Mapping[str, Any]) -> Any:
    """Return a PETSc solver for ``matrix`` with options of its own."""
    from petsc4py import PETSc

    solver = PETSc.KSP().create(matrix.comm)
    prefix = f"memfem_solver_{next(_NUMBER)}_"
    solver.setOptionsPrefix(prefix)
    database: Any = PETSc.Options()
    for key, value in options.items():
        database[prefix + key] = value
    solver.setOperators(matrix)
    solver.setFromOptions()
    for key in options:  # those of the parts of a preconditioner are read at its first use
        if key.startswith(("ksp_", "pc_")):
            database.delValue(prefix + key)
    return solver


class PotentialSolver:
    """Solves symmetric, positive definite systems of one unknown per node, whatever their size.

    Conjugate gradients with incomplete Cholesky in 3D: ordered by the (reverse Cuthill-McKee) levels of the
    mesh, its factors are all but exact across thin layers, where the coupling is strongest. If it fails, a
    direct solver follows.
    """

    def __init__(self, matrix: Any, dimension: int) -> None:
        self.matrix = matrix
        self._options = potential_options(dimension, matrix.getSize()[0], matrix.comm.size)
        self._solver = krylov_solver(matrix, self._options)

    def update(self) -> None:
        """Take note that the matrix has new values."""
        self._solver.setOperators(self.matrix)

    def solve(self, b: Any, x: Any) -> None:
        """Solve A x = b."""
        self._solver.solve(b, x)
        if self._solver.getConvergedReason() <= 0 and self._options != DIRECT:
            _say(self.matrix, "conjugate gradients", "a direct solver")
            self._options = dict(DIRECT)
            self._solver.destroy()
            self._solver = krylov_solver(self.matrix, DIRECT)
            self._solver.solve(b, x)

    def limit(self, iterations: int) -> None:
        """Set the largest number of iterations."""
        self._solver.setTolerances(max_it=iterations)

    def destroy(self) -> None:
        """Free what PETSc holds."""
        self._solver.destroy()


def _say(matrix: Any, failed: str, follows: str) -> None:
    if matrix.comm.rank == 0:
        warnings.warn(f"{failed} did not converge; {follows} takes its place", SolverWarning, stacklevel=3)


class ScaledSolver:
    """GMRES for the linear systems of one Newton problem; PETSc sees it as a preconditioner of its own.

    ``sizes``: returns the size of every unknown of this rank, shape (nodes, unknowns per node), that of the
    first one fixed. ``conserved``: unknowns whose equations add up to the change of their content, which is to
    be right however long the time step is. If GMRES fails, the next of ``choices`` follows, and a warning
    says so.
    """

    def __init__(
        self,
        matrix: Any,
        options: Mapping[str, Any],
        sizes: Callable[[], Array],
        *,
        conserved: Sequence[int] = (),
        dimension: int = 3,
    ) -> None:
        ranks = matrix.comm.size
        self.choices: list[tuple[str, Options]] = [
            ("GMRES", dict(options)),
            ("GMRES with more fill", incomplete(3, ranks, 300)),
        ]
        if dimension < 3 or matrix.getSize()[0] <= _LARGEST_FALLBACK:
            self.choices.append(("a direct solver", dict(DIRECT)))
        self._sizes, self._matrix = sizes, matrix
        self._solvers: dict[str, Any] = {}
        self._failures = 0  # of the first choice
        self._conserved = tuple(conserved)
        self._comm = matrix.comm.tompi4py()
        self._relative = 1.0  # tolerance of the first round, tighter where contents got lost
        self._vectors = [matrix.createVecRight() for _ in range(4)]
        self._whole = matrix.createVecRight()
        self._finest = False
        self.iterations = 0  #: of GMRES, in all solves so far
        self.seconds = 0.0  #: spent in them
        self.name = self.choices[0][0]  #: of the solver that solved last

    def begin(self) -> None:
        """Take note that a new solve of Newton's method starts."""
        self._finest = False

    def refine(self) -> bool:
        """Solve as well as it goes from now on in this solve of Newton; return whether that is any news."""
        news = not self._finest
        self._finest = True
        return news

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve A y = b; what PETSc calls."""
        begin = perf_counter()
        self._try_all(preconditioner, b, y)
        self.seconds += perf_counter() - begin

    def _try_all(self, preconditioner: Any, b: Any, y: Any) -> None:
        from petsc4py import PETSc

        if self._failures >= _SURE and len(self.choices) > 1:
            del self.choices[0]
            self._failures = 0
        following = [name for name, _ in self.choices[1:]]
        usable = bool(np.isfinite(b.norm()))
        for k, (name, options) in enumerate(self.choices if usable else []):
            self.name = name
            if name not in self._solvers:
                self._solvers[name] = krylov_solver(self._matrix, options)
            if self._solve(self._solvers[name], b, y):
                return
            self._failures += k == 0
            if k < len(following):
                _say(self._matrix, name, following[k])
        preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)

    def _solve(self, solver: Any, b: Any, y: Any) -> bool:
        if solver.getType() != "preonly":
            return self._iterate(solver, b, y)
        solver.setOperators(self._matrix)
        solver.solve(b, y)
        return bool(solver.getConvergedReason() > 0)

    def _iterate(self, solver: Any, b: Any, y: Any) -> bool:
        """Solve with GMRES until what is left is small beside the update; return whether it is."""
        asked = solver.getTolerances()[0]
        size = self._sizes()
        diagonal = np.abs(self._matrix.getDiagonal().array_r.reshape(size.shape))
        contents = self._contents(size, diagonal)
        y.set(0.0)
        self._relative = min(self._relative, asked)
        found, relative, goal = False, _FINEST if self._finest else self._relative, 0.0
        for _ in range(_ROUNDS):
            scale = _power_of_two(size)
            with self._scaled(1 / _power_of_two(diagonal * scale), scale) as (left, rest, part):
                self._residual(b, y, scale, left, rest)
                solver.setOperators(self._matrix)
                solver.setTolerances(rtol=relative, atol=max(goal, 1e-300))
                solver.solve(rest, part)
                solver.setTolerances(rtol=asked)
                self.iterations += solver.getIterationNumber()
                left_over = solver.getResidualNorm()
                if solver.getConvergedReason() in _BROKEN or not np.isfinite(left_over):
                    return False
                y.array[:] += scale.ravel() * part.array_r
                self._residual(b, y, scale, left, rest)
                change = self._largest(np.abs(y.array_r.reshape(size.shape)[:, 1:]) / size[:, 1:])
                lost = self._lost(rest.array_r / left, contents, change)
            if lost > 1.0:
                self._relative = max(self._relative / min(10 * lost, 1e3), _FINEST)
            elif lost < 1e-2:
                self._relative = min(10 * self._relative, asked)
            whole = self._norm(y.array_r / scale.ravel())
            found = lost <= 1.0 and left_over <= 10 * asked * whole and change < 100
            if found:
                break
            size[:, 1:] = np.maximum(size, np.abs(y.array_r.reshape(size.shape)))[:, 1:]
            whole = self._norm(y.array_r / _power_of_two(size).ravel())
            goal = min(asked * whole, left_over / min(max(1e2 * lost, 1.0), 1e4))
            relative = _FINEST
        return found

    @contextmanager
    def _scaled(self, left: Array, right: Array) -> Iterator[tuple[Array, Any, Any]]:
        """Scale rows and columns of the matrix by powers of two, and undo it afterwards."""
        rest, part, rows, columns = self._vectors
        rows.array[:], columns.array[:] = left.ravel(), right.ravel()
        self._matrix.diagonalScale(rows, columns)
        try:
            yield left.ravel(), rest, part
        finally:
            rows.reciprocal()
            columns.reciprocal()
            self._matrix.diagonalScale(rows, columns)

    def _residual(self, b: Any, y: Any, scale: Array, left: Array, rest: Any) -> None:
        """Put the scaled residual of y into ``rest``, with the scaled matrix."""
        whole = self._whole
        whole.array[:] = y.array_r / scale.ravel()
        self._matrix.mult(whole, rest)
        rest.array[:] = left * b.array_r - rest.array_r

    def _contents(self, size: Array, diagonal: Array) -> Array:
        """Return by conserved field what its rows add up to for its own content, and their round-off."""
        found = np.zeros((len(self._conserved), 2))
        vector, product = self._vectors[:2]
        for k, field in enumerate(self._conserved):
            values = np.zeros_like(size)
            values[:, field] = size[:, field]
            vector.array[:] = values.ravel()
            self._matrix.mult(vector, product)
            found[k] = self._sums(product.array_r)[k], (diagonal[:, field] * size[:, field]).sum()
        found[:, 1] = self._comm.allreduce(found[:, 1]) * 16 * np.finfo(float).eps
        return np.abs(found)

    def _sums(self, rows: Array) -> Array:
        """Return the sum of the rows of each conserved field over all ranks."""
        own = rows.reshape(-1, self._matrix.getBlockSize())[:, list(self._conserved)].sum(axis=0)
        total: Array = self._comm.allreduce(own)
        return total

    def _lost(self, rows: Array, contents: Array, change: float) -> float:
        """Return the largest error of a conserved field's content, of what is allowed."""
        allowed = contents[:, 0] * max(_LOSS * min(change, 1.0), 1e-11) + contents[:, 1]
        return float((np.abs(self._sums(rows)) / np.maximum(allowed, 1e-300)).max(initial=0.0))

    def _norm(self, values: Array) -> float:
        return float(np.sqrt(self._comm.allreduce(float(values @ values))))

    def _largest(self, values: Array) -> float:
        from mpi4py import MPI

        return float(self._comm.allreduce(values.max(initial=0.0), op=MPI.MAX))


def _power_of_two(values: Array) -> Array:
    """Return the nearest powers of two, 1 for 0."""
    found: Array = np.exp2(np.round(np.log2(np.where(values > 0, values, 1.0))))
    return found
