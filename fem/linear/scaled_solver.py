r"""GMRES on the scale on which Newton converges.

Densities differ by tens of orders of magnitude between places and species. GMRES therefore works on the
updates over the sizes s of their unknowns, :math:`L A S\,(S^{-1}y) = L b`, which is how Newton's convergence
is measured, and repeats with larger sizes where the update outgrows them. Where GMRES fails, stronger factors take
its place.

After GMRES, the balances of large parts of the device are closed to round-off in the coarse space. With them
the contents of ions are right, however long the time step is.

The matrix is scaled once for all systems with it, GMRES goes as far as Newton's method has use for (``Forcing``), and
incomplete factors serve the next matrices too while they are good (``KeptFactors``); the coarse space is always new.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.linear.coarse_space import CoarseSpace
from fem.linear.forcing import LOOSEST, Forcing, Goal
from fem.linear.kept_factors import KeptFactors
from fem.linear.scaled_matrix import ScaledMatrix, power_of_two
from fem.linear.solvers import DIRECT, Options, incomplete, krylov_solver, say

Array = npt.NDArray[np.float64]

_LARGEST_FALLBACK = 250_000  # unknowns in 3D; more would take tens of GB
_ROUNDS = 6  # GMRES solves of one system, each for what the last one left
_FINEST = 1e-10  # tolerance of one GMRES solve
_LOSS = 1e-4  # error of a conserved content that one Newton step may leave, of its change
_CLOSINGS = 3  # times that balances are closed in a coarse space of an earlier matrix
_CLOSED = 1e-13  # of a content: an error that does not count
_OUTGROWN = 100  # an update so many times the size of its unknown is measured by a larger one
_ENOUGH = 1e-3  # of the tolerance of Newton's method: an error that is of no matter
_BROKEN = (-9, -11)  # PETSc's reasons: not a number, no factors
_SURE = 3  # failures of GMRES after which the next solver stays


class ScaledSolver:
    """GMRES for the linear systems of one Newton problem; PETSc sees it as a preconditioner of its own.

    ``sizes``: returns the size of every unknown of this rank, shape (nodes, unknowns per node), that of the
    first one fixed. ``tolerance``: of Newton's method, for updates over these sizes. ``conserved``: unknowns whose
    equations add up to the change of their content, which is to be right however long the time step is. If GMRES
    fails, the next of ``choices`` follows, and a warning says so.
    """

    def __init__(
        self,
        matrix: Any,
        options: Mapping[str, Any],
        sizes: Callable[[], Array],
        *,
        tolerance: float,
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
        self._sizes, self._system = sizes, ScaledMatrix(matrix)
        self._methods: dict[str, _Method] = {}
        self._failures = 0  # of the first choice
        self._conserved = tuple(conserved)
        self._comm = matrix.comm.tompi4py()
        self._forcing = Forcing(_ENOUGH * tolerance)
        self._loosest = LOOSEST  # tolerance of a first round, tighter where contents got lost
        self._rest, self._part = matrix.createVecRight(), matrix.createVecRight()
        self._finest, self._tolerance = False, LOOSEST
        self._size, self._contents = np.empty(0), np.empty((0, 2))
        self.left = 0.0  #: of the last update of Newton's method: what GMRES has left
        self.iterations = 0  #: of GMRES, in all solves so far
        self.seconds = 0.0  #: spent in them
        self.name = self.choices[0][0]  #: of the solver that solved last

    def begin(self) -> None:
        """Take note that a new solve of Newton's method starts."""
        self._finest = False
        self._forcing.begin()

    def refine(self) -> bool:
        """Solve as well as it goes from now on in this solve of Newton; return whether that is any news."""
        news = not self._finest
        self._finest = True
        return news

    def restore(self) -> None:
        """Let the matrix be what it was before it was scaled for the last system."""
        self._system.restore()

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve A y = b; what PETSc calls. The first system of a matrix is that of Newton's method."""
        begin = perf_counter()
        self._try_all(preconditioner, b, y)
        self.seconds += perf_counter() - begin

    def _try_all(self, preconditioner: Any, b: Any, y: Any) -> None:
        from petsc4py import PETSc

        if self._failures >= _SURE and len(self.choices) > 1:
            del self.choices[0]
            self._failures = 0
        following = [name for name, _ in self.choices[1:]]
        usable, first = bool(np.isfinite(b.norm())), self._system.new
        for k, (name, options) in enumerate(self.choices if usable else []):
            self.name = name
            if name not in self._methods:
                self._methods[name] = _Method(self._system, options)
            if self._solve(self._methods[name], b, y, first=first):
                return
            self._failures += k == 0
            if k < len(following):
                say(self._system.matrix, name, following[k])
        preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)

    def _solve(self, method: _Method, b: Any, y: Any, *, first: bool) -> bool:
        if method.solver.getType() != "preonly":
            return self._iterate(method, b, y, first=first)
        self._system.restore()
        self.left = 0.0
        method.solver.setOperators(self._system.matrix)
        method.solver.solve(b, y)
        return bool(method.solver.getConvergedReason() > 0)

    def _iterate(self, method: _Method, b: Any, y: Any, *, first: bool) -> bool:
        """Solve with GMRES until what is left is small beside the update; return whether it is."""
        if self._system.new or not method.ready:
            self._prepare(method)
        size, factors = self._size.copy(), method.factors
        begin = goal = self._first_goal(method, first=first)
        y.set(0.0)
        for _ in range(_ROUNDS):
            if factors.stale:
                method.renew(power_of_two(size).ravel())
            if not self._improve(method, b, y, goal):
                if factors.fresh:
                    return False
                factors.stale = True
                continue
            asked = max(begin.tolerance, method.asked)
            change = self._largest(np.abs(y.array_r.reshape(size.shape)[:, 1:]) / size[:, 1:])
            lost = self._lost(self._rest.array_r / self._system.left, change)
            if goal.reached:
                self._adapt(goal.tolerance, lost)
            whole = self._norm(y.array_r / self._system.scale)
            if lost <= 1.0 and change < _OUTGROWN and goal.last <= max(10 * asked * whole, goal.absolute):
                if first:
                    self._forcing.solved(begin.first, begin.last)
                    self.left, self._tolerance = goal.last / whole if whole > 0 else 0.0, asked
                return True
            if change >= _OUTGROWN:
                size[:, 1:] = np.maximum(size, np.abs(y.array_r.reshape(size.shape)))[:, 1:]
                factors.stale = True
                whole = self._norm(y.array_r / power_of_two(size).ravel())
            least = min(asked * whole, goal.last / min(max(1e2 * lost, 1.0), 1e4))
            goal = Goal(lambda _: _FINEST, least)
        return False

    def _prepare(self, method: _Method) -> None:
        """Scale a matrix with new values, for factors that are kept or for new ones."""
        from mpi4py import MPI

        new = self._system.new
        if new:
            self._size = self._sizes()
        factors, size = method.factors, self._size.ravel()
        fresh = factors.stale or not method.used or factors.far(size)
        if self._comm.allreduce(fresh, op=MPI.LOR):
            method.renew(power_of_two(size))
        else:
            method.keep()
        if new:
            self._contents = self._content_rows(self._size)

    def _first_goal(self, method: _Method, *, first: bool) -> Goal:
        """Return the goal of the first round; an answer to another right side is as good as Newton's update."""
        if self._finest:
            return Goal(lambda _: _FINEST)
        if not first:
            return Goal(lambda _: self._tolerance)
        finest, loosest = method.asked, self._loosest
        enough = (
            0.0 if method.coarse is None else 0.1 * self._forcing.enough
        )  # contents hang on the last digits
        return Goal(lambda size: min(max(self._forcing.tolerance(size), finest), loosest), enough)

    def _improve(self, method: _Method, b: Any, y: Any, goal: Goal) -> bool:
        """Solve once for what y leaves and close the balances; return whether GMRES gave numbers."""
        system, rest, part = self._system, self._rest, self._part
        system.residual(b, y, rest)
        found = method.solve(rest, part, goal)
        self.iterations += method.solver.getIterationNumber()
        if not found:
            return False
        y.array[:] += system.scale * part.array_r
        system.residual(b, y, rest)
        if method.coarse is not None:
            self._close(method, method.coarse, b, y)
        return True

    def _close(self, method: _Method, coarse: CoarseSpace, b: Any, y: Any) -> None:
        """Close the balances in the coarse space; one of an earlier matrix is made anew if it takes long."""
        system, rest = self._system, self._rest
        for k in range(_CLOSINGS + 1):
            y.array[:] += system.scale * coarse.balance(rest.array_r)
            system.residual(b, y, rest)
            sums = np.abs(self._sums(rest.array_r / system.left))
            if not method.coarse_kept or (sums <= _CLOSED * self._contents[:, 0]).all():
                return
            if k == _CLOSINGS - 1:
                method.renew_coarse()

    def _adapt(self, tolerance: float, lost: float) -> None:
        """Set the tolerance of the next first round by what the last one has lost of a content."""
        if lost > 1.0:
            self._loosest = max(min(self._loosest, tolerance) / min(10 * lost, 1e3), _FINEST)
        elif lost < 1e-2:
            self._loosest = min(10 * self._loosest, LOOSEST)

    def _content_rows(self, size: Array) -> Array:
        """Return by conserved field what its rows add up to for its own content, and their round-off."""
        found = np.zeros((len(self._conserved), 2))
        diagonal = self._system.diagonal().reshape(size.shape)
        for k, field in enumerate(self._conserved):
            values = np.zeros_like(size)
            values[:, field] = size[:, field]
            found[k, 0] = self._sums(self._system.product(values.ravel()))[k]
            found[k, 1] = (diagonal[:, field] * size[:, field]).sum()
        found[:, 1] = self._comm.allreduce(found[:, 1]) * 16 * np.finfo(float).eps
        return np.abs(found)

    def _sums(self, rows: Array) -> Array:
        """Return the sum of the rows of each conserved field over all ranks."""
        own = rows.reshape(self._size.shape)[:, list(self._conserved)].sum(axis=0)
        total: Array = self._comm.allreduce(own)
        return total

    def _lost(self, rows: Array, change: float) -> float:
        """Return the largest error of a conserved field's content, of what is allowed."""
        allowed = self._contents[:, 0] * max(_LOSS * min(change, 1.0), 1e-11) + self._contents[:, 1]
        return float((np.abs(self._sums(rows)) / np.maximum(allowed, 1e-300)).max(initial=0.0))

    def _norm(self, values: Array) -> float:
        return float(np.sqrt(self._comm.allreduce(float(values @ values))))

    def _largest(self, values: Array) -> float:
        from mpi4py import MPI

        return float(self._comm.allreduce(values.max(initial=0.0), op=MPI.MAX))


class _Method:
    """One of PETSc's solvers for a scaled matrix, with its coarse space and what is known of its factors."""

    def __init__(self, system: ScaledMatrix, options: Options) -> None:
        self._system = system
        self.solver = krylov_solver(system.matrix, options)
        self.asked = self.solver.getTolerances()[0]
        self.coarse: CoarseSpace | None = None
        if options.get("pc_type") == "composite":
            self.coarse = CoarseSpace()
            self.solver.getPC().getCompositePC(0).setPythonContext(self.coarse)
        self.factors = KeptFactors()
        self.used, self.coarse_kept = False, False
        self._state = -1

    @property
    def ready(self) -> bool:
        """Whether it has seen the matrix as it is."""
        return bool(self._system.matrix.stateGet() == self._state)

    def renew(self, scale: Array) -> None:
        """Scale the matrix anew, for factors that will be made of it."""
        left = 1 / power_of_two(self._system.diagonal() * scale)
        self._take(left, scale)
        self.solver.getPC().setReusePreconditioner(False)
        self.factors.made(left, scale)
        self.coarse_kept = False

    def keep(self) -> None:
        """Scale the matrix as that was of which the factors were made; the coarse space alone is new."""
        assert self.factors.scale is not None
        self._take(self.factors.left, self.factors.scale)
        self.solver.getPC().setReusePreconditioner(True)
        self.factors.fresh, self.coarse_kept = False, True

    def renew_coarse(self) -> None:
        """Make the coarse space of the present matrix."""
        assert self.coarse is not None
        self.coarse.update(self._system.matrix)
        self.coarse_kept = False

    def _take(self, left: Array, scale: Array) -> None:
        self._system.put(left, scale)
        self.solver.setOperators(self._system.matrix)
        self._state, self.used = self._system.matrix.stateGet(), True
        if self.coarse is not None:
            self.coarse.weights = 1 / left

    def solve(self, rest: Any, part: Any, goal: Goal) -> bool:
        """Solve for the scaled update; return whether there are numbers."""
        if not self.factors.fresh:
            goal.most = self.factors.most
        self.solver.setConvergenceTest(weakref.proxy(goal))  # a cycle through PETSc is never freed
        self.solver.solve(rest, part)
        broken = self.solver.getConvergedReason() in _BROKEN or not np.isfinite(goal.last)
        if not broken:
            self.factors.served(self.solver.getIterationNumber(), goal.decades, reached=goal.reached)
        return not broken
