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
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.dirichlet import cells_to_solve
from fem.forms.assembly import Assembly
from fem.forms.nodal_values import ALONG, EDGES
from fem.linear.scaled_solver import ScaledSolver
from fem.linear.step_factors import StepFactors
from fem.solvers.carrier_pockets import CarrierPocket, CarrierPockets, DeviceEquations

if TYPE_CHECKING:
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
        self._forms: _Balances | None = None
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
        self.found = self._pockets(matrix)
        if not self.found:
            return
        if isinstance(self._inner, ScaledSolver | StepFactors):
            self._inner.refine()
        if self._forms is None:
            self._forms = _Balances(self._problem, self._pockets.scales)
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


class _Balances:
    """The balance of a pocket and its derivative by all unknowns, assembled along the edges.

    ``scales``: factors of the equations of the carriers, by column. Of both carriers it is the difference of theirs:
    what makes and takes pairs at a node (``Term.of_pairs``) is left out where both are in the pocket.
    """

    def __init__(self, problem: DeviceEquations, scales: Mapping[int, float]) -> None:
        from dolfinx import fem as dfem

        context, cells = problem.context, cells_to_solve(problem.device)
        self._scales = scales
        self._c = dfem.Function(context.space)
        self._space, self._comm = context.space, problem.device.mesh.comm
        self._size = context.block_size
        self._inside, self._alone = dfem.Function(context.space), dfem.Function(context.space)
        fluxes, pairs = _parted(context)
        balance = context.tested_with(fluxes, self._inside)
        if not pairs.empty():
            balance += context.tested_with(pairs, self._alone)
        self._value = Assembly(balance, context, cells)
        derivative = ufl.derivative(balance, context.unknown, ufl.TestFunction(context.space))
        self._row = Assembly(derivative, context, cells)

    def value(self, pocket: CarrierPocket) -> float:
        """Return F(χ)."""
        self._set(pocket)
        return float(self._comm.allreduce(self._value.value()))

    def row(self, pocket: CarrierPocket) -> Array:
        """Return c on this rank, ghosts at the end."""
        from dolfinx.la import InsertMode

        self._set(pocket)
        self._c.x.array[:] = 0.0
        self._row.add_to_vector(self._c.x.array)
        self._c.x.scatter_reverse(InsertMode.add)
        return np.array(self._c.x.array, dtype=np.float64)

    def _set(self, pocket: CarrierPocket) -> None:
        """Put χ into the functions of the forms."""
        both = np.empty(0, dtype=np.int64)
        if len(pocket.nodes) > 1:
            first, second = pocket.nodes.values()
            both = np.intersect1d(first, second, assume_unique=True)
        own = self._scales[pocket.column]
        for function, without in ((self._inside, both[:0]), (self._alone, both)):
            function.x.array[:] = 0.0
            for column, nodes in pocket.nodes.items():
                weight = 1.0 if column == pocket.column else -own / self._scales[column]
                self._put(function, column, np.setdiff1d(nodes, without, assume_unique=True), weight)
            function.x.scatter_forward()

    def _put(self, function: Any, column: int, nodes: Ints, value: float) -> None:
        begin, end = self._space.dofmap.index_map.local_range
        mine = nodes[(nodes >= begin) & (nodes < end)] - begin
        function.x.array[mine * self._size + column] = value


def _parted(context: Context) -> tuple[Any, Any]:
    """Return the residual of all terms without what makes and takes pairs at nodes, and that."""
    fluxes: list[Any] = []
    pairs: list[Any] = []
    for term in context.terms:
        form = term.residual(context)
        for integral in form.integrals() if isinstance(form, ufl.Form) else ():
            in_cells = integral.metadata().get(EDGES) in (True, ALONG)
            (pairs if term.of_pairs and not in_cells else fluxes).append(integral)
    return ufl.Form(fluxes), ufl.Form(pairs)
