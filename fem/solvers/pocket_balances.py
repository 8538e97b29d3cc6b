r"""Newton's linear systems with the balances of pockets, each in the place of one row of its carrier.

A row of a continuity equation is a sum of fluxes, and its rounding may exceed all that a pocket of carriers exchanges
with the rest of the device: its level is then noise. In the balance of the whole pocket the fluxes inside cancel
exactly, if they are left out from the beginning, as in Markov chains (W. K. Grassmann, M. I. Taksar and D. P. Heyman,
Oper. Res. 33, 1107, 1985); so do the pairs that are made and taken inside, in the balance of charge of a pocket of both
carriers. With :math:`\chi` = 1 at the nodes of a pocket as the test function, the balance is :math:`F(\chi)` and its
row :math:`c = \partial F(\chi)/\partial u`: along an edge inside both have :math:`\chi_i - \chi_j = 0`.

A row c is longer than those of the matrix. In the matrix, the row it replaces holds the quasi-Fermi level there; with
the solution z for the other equations and :math:`w_k`, what the unknowns do as the k-th of these levels rises, one step
is :math:`z + \sum_k \lambda_k w_k` with :math:`c_l\cdot(z + \sum_k \lambda_k w_k) = F(\chi_l)` (a bordered system; W.
Govaerts, Numerical Methods for Bifurcations of Dynamical Equilibria, 2000, ch. 3). So it goes with any linear solver.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.linear.scaled_solver import ScaledSolver
from fem.linear.step_factors import StepFactors
from fem.solvers.carrier_pockets import CarrierPocket, CarrierPockets, DeviceEquations
from fem.solvers.pocket_forms import PocketForms

Array = npt.NDArray[np.float64]
_SAME = 1e-6  # change of a content, relative to all carriers of a part
_NOTHING = 1e-9  # relative to all of the device


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
        self._first, end = self._context.space.dofmap.index_map.local_range
        self._own = (end - self._first) * self._size
        self._comm = problem.device.mesh.comm
        self._given = np.zeros(self._own, dtype=bool)
        for condition in problem.conditions:
            dofs = condition.dof_indices()[0]
            self._given[dofs[dofs < self._own]] = True
        self._searched = False  # in this solve
        self._pockets = CarrierPockets(problem, self._given)
        self._forms: PocketForms | None = None
        self.found: list[CarrierPocket] = []  #: the pockets of the present Jacobian
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
        self._rows = self._rows[:0]
        self.found = self._pockets(matrix)
        if not self.found:
            return
        if isinstance(self._inner, ScaledSolver | StepFactors):
            self._inner.refine()
        if self._forms is None:
            self._forms = PocketForms(self._problem, self._pockets.scales)
        self._rows = np.array([self._forms.row(found)[: self._own] for found in self.found])
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
        self._solve(preconditioner, b, y, np.array([self._forms.value(found) for found in self.found]))

    def respond(self, preconditioner: Any, b: Any, y: Any, balances: Array | None = None) -> None:
        """Solve for what the unknowns do as given values change, as b has it in their rows and lifted in others.

        ``balances``: what else is on the right of the pockets' balances, shape (pockets,); nothing if None.
        """
        if not self.found:
            self._inner.apply(preconditioner, b, y)
            return
        self._solve(preconditioner, b, y, np.zeros(len(self.found)) if balances is None else balances)

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
        rows = np.array([(p.row - self._first) * self._size + p.column for p in self.found], dtype=np.int64)
        numbers = np.flatnonzero((rows >= 0) & (rows < self._own))
        return numbers, rows[numbers]

    def _sum(self, values: Any) -> Any:
        """Return the sum over all ranks."""
        return values if self._comm.size == 1 else self._comm.allreduce(values)

    def slowest(self, start: Array) -> float:
        """Return the longest time [t0] in which a part would come to what it holds from ``start``; 0 if it does.

        By what would leave it with the more of the contents then and now. ``start``: unknowns. Not of parts of both
        carriers where there are traps. Collective.
        """
        longest = 0.0
        most = np.maximum(np.abs(self._problem.values), np.abs(start)).ravel()[: self._own]
        trapped = any(f.trap for f in self._context.fields)
        for pocket, row in zip(self.found, self._rows, strict=True):
            assert self._forms is not None
            if trapped and len(pocket.nodes) > 1:
                continue  # its charge is that of traps as well
            change, here, everywhere = self._forms.change(pocket, start)
            leaving = self._sum(float(np.abs(row * most)[self._forms.dofs(pocket)].sum()))
            if change > max(_SAME * here, _NOTHING * everywhere):
                longest = max(longest, change / leaving if leaving > 0 else np.inf)
        return longest
