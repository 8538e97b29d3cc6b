r"""GMRES on the scale on which Newton converges.

Densities differ by tens of orders of magnitude between places and species. GMRES therefore works on the
updates over the sizes s of their unknowns, :math:`L A S\,(S^{-1}y) = L b`, which is how Newton's convergence
is measured, and repeats with larger sizes where the update outgrows them. All scales are powers of two, and
so the matrix comes back as it was, bit by bit. Where GMRES fails, stronger factors take its place.

After GMRES, the balances of large parts of the device are closed to round-off in the coarse space. With them
the contents of ions are right, however long the time step is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.linear.coarse_space import CoarseSpace
from fem.linear.solvers import DIRECT, Options, incomplete, krylov_solver, say

Array = npt.NDArray[np.float64]

_LARGEST_FALLBACK = 250_000  # unknowns in 3D; more would take tens of GB
_ROUNDS = 6  # GMRES solves of one system, each for what the last one left
_FINEST = 1e-10  # tolerance of one GMRES solve
_LOSS = 1e-4  # error of a conserved content that one Newton step may leave, of its change
_BROKEN = (-9, -11)  # PETSc's reasons: not a number, no factors
_SURE = 3  # failures of GMRES after which the next solver stays


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
        self._coarse: CoarseSpace | None = None
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
                self._solvers[name] = self._new_solver(options)
            if self._solve(self._solvers[name], b, y):
                return
            self._failures += k == 0
            if k < len(following):
                say(self._matrix, name, following[k])
        preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)

    def _new_solver(self, options: Options) -> Any:
        solver = krylov_solver(self._matrix, options)
        if options.get("pc_type") == "composite":
            self._coarse = CoarseSpace()
            solver.getPC().getCompositePC(0).setPythonContext(self._coarse)
        return solver

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
                coarse = self._coarse if solver.getPC().getType() == "composite" else None
                if coarse is not None:
                    coarse.weights = 1 / left
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
                if coarse is not None:
                    y.array[:] += scale.ravel() * coarse.balance(rest.array_r)
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
