r"""Newton's linear systems with the balances of pockets, each in the place of one row of its carrier.

A row of a continuity equation is a sum of fluxes, and its rounding may exceed all that a pocket of carriers exchanges
with the rest of the device: its level is then noise. In the balance of the whole pocket the fluxes inside cancel
exactly, if they are left out from the beginning, as in Markov chains (W. K. Grassmann, M. I. Taksar and D. P. Heyman,
Oper. Res. 33, 1107, 1985). With :math:`\chi` = 1 at the nodes of a pocket as the test function, the balance is
:math:`F(\chi)` and its row :math:`c = \partial F(\chi)/\partial u`: along an edge inside both have :math:`\chi_i -
\chi_j = 0`.

A row c is longer than those of the matrix. In the matrix, the row it replaces holds the quasi-Fermi level there; with
the solution z for the other equations and :math:`w_k`, what the unknowns do as the k-th of these levels rises, one step
is :math:`z + \sum_k \lambda_k w_k` with :math:`c_l\cdot(z + \sum_k \lambda_k w_k) = F(\chi_l)` (a bordered system; W.
Govaerts, Numerical Methods for Bifurcations of Dynamical Equilibria, 2000, ch. 3). So it goes with any linear solver.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.dirichlet import cells_to_solve
from fem.forms.assembly import Assembly
from fem.linear.coarse_space import Blocks
from fem.linear.scaled_solver import ScaledSolver
from fem.linear.step_factors import StepFactors
from fem.solvers.pockets import Edges, Pocket, PocketSearch

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
_ROUNDING = 1e-13  # of a diagonal: a sum of a column that is round-off
_ENOUGH = (
    1e-10  # of what flows off a node: what is lost in a time step everywhere, so that rows have six digits
)
_CARRIERS = ("electron", "hole")


class DeviceEquations(Protocol):
    """The nonlinear problem whose pockets are balanced (see ``CoupledProblem``)."""

    @property
    def device(self) -> Device: ...
    @property
    def context(self) -> Context: ...
    @property
    def conditions(self) -> Any: ...
    @property
    def values(self) -> Array:
        """The scaled unknowns of this rank, shape (nodes, unknowns per node)."""

    def sizes(self) -> Array:
        """Return what an update of each unknown of this rank's own nodes is measured by, of the same shape."""


class PocketBalances:
    """Takes the balances of pockets of carriers into the linear systems of a nonlinear problem.

    PETSc sees it as a preconditioner of its own around ``inner``, the solver of the matrix. Collective.
    """

    def __init__(self, problem: DeviceEquations, inner: Any) -> None:
        self._problem: DeviceEquations = weakref.proxy(problem)  # the problem keeps this, not the other way
        self.plain = inner  #: the solver that each matrix has of its own
        self._inner = inner
        self._context = problem.context
        self._size = self._context.block_size
        self._columns = [k for k, name in enumerate(self._context.names) if name in _CARRIERS]
        self._first, end = self._context.space.dofmap.index_map.local_range
        self._own = (end - self._first) * self._size
        self._comm = problem.device.mesh.comm
        self._given = np.zeros(self._own, dtype=bool)
        for condition in problem.conditions:
            dofs = condition.dof_indices()[0]
            self._given[dofs[dofs < self._own]] = True
        self._searched = False  # in this solve
        self._edges: Edges | None = None
        self._searches: dict[int, PocketSearch] = {}  # by column
        self._forms: _Balances | None = None
        self.found: list[tuple[int, Pocket]] = []  #: the pockets of the present Jacobian and their columns
        self._rows: Array = np.empty((0, self._own))  # c of each pocket, on this rank
        self._weights: Array = np.empty(0)  # diagonals of the held rows of this rank
        self._responses: Array | None = None  # w of each, once they are asked for

    def go_through(self, factors: StepFactors | None) -> None:
        """Solve with factors that are kept from now on, with the plain solver if None."""
        self._inner = factors or self.plain

    def begin(self) -> None:
        """Take note that a new solve of Newton's method starts."""
        self._searched = False

    def find(self, matrix: Any) -> None:
        """Find the pockets in a new Jacobian, and hold one unknown of each in it.

        Where a solve for one time step begins without any, it goes on so.
        """
        if self._searched and not self.found and not self._context.steady:
            return
        self.found, self._responses, self._searched = [], None, True
        self.found = list(self._pockets(matrix))
        if not self.found:
            return
        if isinstance(self._inner, ScaledSolver | StepFactors):
            self._inner.refine()
        if self._forms is None:
            self._forms = _Balances(self._problem)
        self._rows = np.array([self._forms.row(*found)[: self._own] for found in self.found])
        self._hold(matrix)

    def _hold(self, matrix: Any) -> None:
        """Let the rows of the pockets hold the quasi-Fermi levels there: δn ∓ n δψ, times their diagonal, is given.

        A density held beside that of the other carrier would be against neutrality.
        """
        begin, rows = self._first * self._size, self._held_rows()[1]
        self._weights = np.abs(matrix.getDiagonal().array_r[rows])
        matrix.setOption(matrix.Option.KEEP_NONZERO_PATTERN, True)
        matrix.zeroRows((begin + rows).astype(np.int32), 1.0)
        for row, weight in zip(rows.tolist(), self._weights.tolist(), strict=True):
            node, column = divmod(row, self._size)
            slope = self._context.fields[column].charge_number * self._problem.values[node, column]
            matrix.setValue(begin + row, begin + row, weight)
            matrix.setValue(begin + row, begin + node * self._size, weight * slope)
        matrix.assemble()

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve for Newton's update y at the present unknowns, b their residual; what PETSc calls."""
        if not self.found:
            self._inner.apply(preconditioner, b, y)
            return
        assert self._forms is not None
        self._solve(preconditioner, b, y, np.array([self._forms.value(*found) for found in self.found]))

    def respond(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve for what the unknowns do as given values change, as b has it in their rows and lifted in others."""
        if not self.found:
            self._inner.apply(preconditioner, b, y)
            return
        self._solve(preconditioner, b, y, np.zeros(len(self.found)))

    @np.errstate(
        over="ignore", invalid="ignore"
    )  # of a step that leads out of numbers, which Newton's method tells
    def _solve(self, preconditioner: Any, b: Any, y: Any, balances: Array) -> None:
        """Solve with ``balances``, without what given values do to them, on the right of the pockets' rows."""
        free = np.where(self._given, 0.0, self._rows)
        lifted = self._sum(self._rows[:, self._given] @ b.array_r[self._given])
        right = b.copy()
        right.array[self._held_rows()[1]] = 0.0
        good = self._inner_solve(preconditioner, right, y)
        right.destroy()
        if not good or (self._responses is None and not self._respond(preconditioner, b)):
            return
        assert self._responses is not None
        matrix = self._sum(free @ self._responses.T)
        size = np.abs(matrix).max(axis=1)
        if not (np.isfinite(matrix).all() and (size > 0).all()):
            self._fail(preconditioner)
            return
        for _ in range(2):  # the second time for what rounding has left
            lack = balances - lifted - self._sum(free @ y.array_r)
            try:
                levels = np.linalg.solve(matrix / size[:, None], lack / size)
            except np.linalg.LinAlgError:
                self._fail(preconditioner)
                return
            y.array[:] += levels @ self._responses

    def _respond(self, preconditioner: Any, b: Any) -> bool:
        """Find what all unknowns do as each held level rises by kT/q; return whether that went well."""
        numbers, rows = self._held_rows()
        sizes = np.abs(self._problem.values).ravel()
        responses = np.zeros((len(self.found), self._own))
        right, y = b.duplicate(), b.duplicate()
        for k, response in enumerate(responses):
            mine = rows[numbers == k]
            right.set(0.0)
            right.array[mine] = (self._weights * sizes[rows])[numbers == k]
            if not self._inner_solve(preconditioner, right, y):
                return False
            response[:] = y.array_r
        right.destroy()
        y.destroy()
        self._responses = responses
        return True

    def _inner_solve(self, preconditioner: Any, b: Any, y: Any) -> bool:
        from petsc4py import PETSc

        preconditioner.setFailedReason(PETSc.PC.FailedReason.NOERROR)
        self._inner.apply(preconditioner, b, y)
        return bool(preconditioner.getFailedReason() == PETSc.PC.FailedReason.NOERROR)

    @staticmethod
    def _fail(preconditioner: Any) -> None:
        from petsc4py import PETSc

        preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)

    def _held_rows(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the numbers of the pockets whose row is on this rank, and these rows, counted from its first."""
        rows = np.array([(p.row - self._first) * self._size + k for k, p in self.found], dtype=np.int64)
        numbers = np.flatnonzero((rows >= 0) & (rows < self._own))
        return numbers, rows[numbers]

    def _sum(self, values: Any) -> Any:
        """Return the sum over all ranks."""
        return values if self._comm.size == 1 else self._comm.allreduce(values)

    def _pockets(self, matrix: Any) -> Iterator[tuple[int, Pocket]]:
        """Yield the pockets of all carriers with their columns."""
        lost = {k: self._lost(matrix, k) for k in self._columns}
        short = [k for k in lost if self._sum(float((lost[k] < _ENOUGH).sum())) > 0]
        if not short:
            return
        indptr, indices, values = matrix.getValuesCSR()
        if self._edges is None:
            self._edges = Edges(Blocks(indptr, indices, self._size), self._first)
            nodes = [self._joined(part) for part in self._edges.nodes]
            self._searches = {k: PocketSearch(*nodes) for k in self._columns}
        diagonal = np.abs(matrix.getDiagonal().array_r.reshape(-1, self._size))
        for k in short:
            own = np.abs(self._problem.values[: self._own // self._size, k])
            density, held = self._joined(own), np.isinf(lost[k])
            leaks = np.where(held, np.inf, diagonal[:, k] * own * np.where(held, 0.0, lost[k]))
            flow = self._joined(self._edges.flow(values, k, density))
            yield from ((k, pocket) for pocket in self._searches[k](flow, self._joined(leaks), density))

    def _joined(self, values: Any) -> Any:
        """Return the values of all ranks, one after the other."""
        return values if self._comm.size == 1 else np.concatenate(self._comm.allgather(values))

    def _lost(self, matrix: Any, k: int) -> Array:
        """Return by node of this rank the part of what flows off that its neighbours do not get; inf at contacts."""
        ones, sums = matrix.createVecLeft(), matrix.createVecRight()
        ones.array[k :: self._size] = 1.0
        matrix.multTranspose(ones, sums)
        whole = np.abs(matrix.getDiagonal().array_r[k :: self._size])
        part = np.abs(sums.array_r[k :: self._size]) / np.where(whole > 0, whole, 1.0)
        ones.destroy()
        sums.destroy()
        return np.where(self._given[k :: self._size], np.inf, np.where(part > _ROUNDING, part, 0.0))


class _Balances:
    """The balance of a pocket and its derivative by all unknowns, assembled along the edges."""

    def __init__(self, problem: DeviceEquations) -> None:
        from dolfinx import fem as dfem

        context, cells = problem.context, cells_to_solve(problem.device)
        self._c = dfem.Function(context.space)
        self._space, self._comm = context.space, problem.device.mesh.comm
        self._size = context.block_size
        self._inside = dfem.Function(context.space)
        balance = context.tested_with(problem.device.residual(), self._inside)
        self._value = Assembly(balance, context, cells)
        derivative = ufl.derivative(balance, context.unknown, ufl.TestFunction(context.space))
        self._row = Assembly(derivative, context, cells)

    def value(self, column: int, pocket: Pocket) -> float:
        """Return F(χ)."""
        self._set(column, pocket)
        return float(self._comm.allreduce(self._value.value()))

    def row(self, column: int, pocket: Pocket) -> Array:
        """Return c on this rank, ghosts at the end."""
        from dolfinx.la import InsertMode

        self._set(column, pocket)
        self._c.x.array[:] = 0.0
        self._row.add_to_vector(self._c.x.array)
        self._c.x.scatter_reverse(InsertMode.add)
        return np.array(self._c.x.array, dtype=np.float64)

    def _set(self, column: int, pocket: Pocket) -> None:
        """Put χ into the function of the forms."""
        begin, end = self._space.dofmap.index_map.local_range
        mine = pocket.nodes[(pocket.nodes >= begin) & (pocket.nodes < end)] - begin
        values = self._inside.x.array
        values[:] = 0.0
        values[mine * self._size + column] = 1.0
        self._inside.x.scatter_forward()
