r"""Tangents: how the unknowns and currents of a solved state change with the parameters of its device.

With the Newton matrix J at a state that fulfils its equations, the changes :math:`\delta u` of the unknowns with the
logarithm of a parameter solve

.. math:: J\,\delta u = -(R_{u'}\,\delta u' + R_{u''}\,\delta u'' + R_c\,\delta c),\qquad \delta u = \delta g

with the changes of the steps before, of the equations' numbers c and of what is given, g (forward sensitivities of the
discrete equations, all of them with one factorisation: W. F. Feehery, J. E. Tolsma and P. I. Barton, Appl. Numer. Math.
25, 41, 1997). Nothing is solved again with other parameters.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.currents.terminal import current_scale
from fem.device.device import Device
from fem.device.parameters import Parameter
from fem.errors import ConvergenceError, IncompatibleError
from fem.linear.direct_solver import DirectSolver
from fem.linear.line_solver import LineSolver
from fem.solvers.kept import present_problem_of
from fem.solvers.nonlinear_system import Jacobian
from fem.solvers.tangent_forms import TangentForms
from fem.solvers.tangent_numbers import Numbers

Array = npt.NDArray[np.float64]


class Tangent:
    """Solves for the changes of a device's unknowns with the logarithms of its ``parameters``; collective."""

    def __init__(self, device: Device, parameters: Sequence[Parameter]) -> None:
        from dolfinx import fem as dfem

        if device.floating_gates:
            raise IncompatibleError("sensitivities of a device with floating gates are not known.")
        held = [f.name for f in device.context.fields if f.held]
        if held:
            raise IncompatibleError(f"sensitivities are not known where {held[0]} has a history of its own.")
        self.device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        self.parameters = tuple(parameters)
        self.forms = TangentForms(device, parameters)
        self._problem = present_problem_of(device)
        context = device.context
        self._shape = (-1, context.block_size)
        self._own = context.space.dofmap.index_map.size_local * context.block_size
        self._matrix = self._problem.snes.getJacobian()[0]
        self._b, self._y, self._rest, self._change = (self._matrix.createVecLeft() for _ in range(4))
        self._base: Array | None = None  # changes of what is given without a bias
        self._vector = dfem.Function(context.space)
        self._given = np.zeros(context.unknown.x.array.size, dtype=bool)
        for condition in self._problem.conditions:
            self._given[condition.dof_indices()[0]] = True

    @property
    def numbers(self) -> list[Numbers]:
        """The derivatives of the numbers of the equations, of each parameter."""
        return self.forms.numbers

    def linearise(self) -> None:
        """Assemble the Newton matrix at the device's present unknowns, history and switches.

        In a step of time pockets are looked for where Newton's method has found some last.
        """
        problem = self._problem
        _assemble(problem, self._matrix)
        if problem.inner.found or self.device.context.steady:
            problem.inner.begin()
        problem.inner.find(self._matrix)
        if problem.linear is not None:
            problem.linear.begin()
            problem.linear.refine()
        self.forms.load(self.device)

    def update(self, bias: Mapping[str, float]) -> float:
        """Return the largest update that Newton's method would make, of potential and controlled densities, scaled."""
        from mpi4py import MPI

        problem, context = self._problem, self.device.context
        problem.connect(None)
        problem.set_bias(bias)
        x, residual = _unknowns(problem), _unknowns(problem)
        problem.snes.computeFunction(x, residual)
        self._b.array[:] = residual.array_r
        for vector in (x, residual):
            vector.destroy()
        preconditioner = problem.snes.getKSP().getPC()
        preconditioner.setFailedReason(0)
        problem.inner.apply(preconditioner, self._b, self._y)
        columns = [k for k, f in enumerate(context.fields) if k == 0 or f.controlled]
        sizes = problem.sizes()
        part = np.abs(self._y.array_r.reshape(sizes.shape) / sizes)[:, columns]
        return float(self.device.mesh.comm.allreduce(float(part.max(initial=0.0)), op=MPI.MAX))

    def solve(self, bias: Mapping[str, float], before: Array, older: Array) -> Array:
        """Return the changes of the unknowns, shape (parameters, nodes, unknowns), ghosts included.

        ``bias`` [V] of the contacts; ``before`` and ``older``: changes of the unknowns of the steps before, of the
        same shape. Raises ConvergenceError.
        """
        given = self._changes_given(bias)
        self.forms.move(given, before, older)
        rows, fixed = -self.forms.rows(), given.reshape(len(given), -1)
        rows[:, self._given] = fixed[:, self._given]
        balances = self._balances(np.zeros_like(given), before, older)
        together = None if balances.size else self._solved_together(rows)
        found, vector = np.zeros_like(before), self._vector
        for k, row in enumerate(rows):
            if together is None:
                self._b.array[:] = row[: self._own]
                self._solve(k, balances[k])
            vector.x.array[: self._own] = self._y.array_r if together is None else together[k]
            vector.x.scatter_forward()
            found[k] = vector.x.array.reshape(self._shape)
        return found

    def _solved_together(self, rows: Array) -> Array | None:
        """Return the solutions for all right sides, by a direct solver without pockets; None where it has none."""
        solver = self._problem.inner.plain
        if not isinstance(solver, LineSolver | DirectSolver):
            return None
        found = solver.apply_to_all(np.ascontiguousarray(rows[:, : self._own]))
        good = found is not None and bool(np.isfinite(found).all())
        return found if self.device.mesh.comm.allreduce(int(not good)) == 0 else None

    def answer(self, before: Array) -> Array:
        """Return what the unknowns change by as those of the step before do alone, both of shape (nodes, unknowns)."""
        rows = -self.forms.stored(before)
        rows[self._given] = 0.0
        self._b.array[:] = rows[: self._own]
        pockets = len(self._problem.inner.found)
        self._solve(0, np.zeros(pockets))
        self._vector.x.array[: self._own] = self._y.array_r
        self._vector.x.scatter_forward()
        return np.array(self._vector.x.array).reshape(self._shape)

    def _fail(self, k: int) -> None:
        raise ConvergenceError(
            f"the tangent system has no solution for {self.parameters[k].name}: the state is at the edge of what is "
            "there"
        )

    def _balances(self, *changes: Array) -> Array:
        """Return what the balances of pockets have on their right sides, shape (parameters, pockets)."""
        pockets = self._problem.inner.found
        if not pockets:
            return np.zeros((len(self.parameters), 0))
        if any(len(p.nodes) > 1 for p in pockets):
            raise IncompatibleError(
                "sensitivities of a device in which electrons and holes are cut off together are not known: what "
                "recombines there is rounded by more than leaks."
            )
        self.forms.move(*changes)
        return np.array([-self.forms.balances(p.nodes[p.column], p.column) for p in pockets]).T

    def _solve(self, k: int, balances: Array) -> None:
        """Solve for the right side that is set, with the balances of pockets in it."""
        problem = self._problem
        preconditioner = problem.snes.getKSP().getPC()
        preconditioner.setFailedReason(0)
        problem.inner.respond(preconditioner, self._b, self._y, balances if len(balances) else None)
        if not len(balances) and isinstance(problem.inner.plain, DirectSolver):  # others refine by themselves
            self._refine(preconditioner)
        if preconditioner.getFailedReason() or not np.isfinite(self._y.norm()):
            self._fail(k)

    def _refine(self, preconditioner: Any) -> None:
        """Solve once more for what the solution leaves."""
        self._matrix.mult(self._y, self._rest)
        self._rest.aypx(-1.0, self._b)
        self._problem.inner.apply(preconditioner, self._rest, self._change)
        self._y.axpy(1.0, self._change)

    def _changes_given(self, bias: Mapping[str, float]) -> Array:
        """Return the changes of given unknowns, 0 for all others, shape (parameters, nodes, unknowns)."""
        device, context = self.device, self.device.context
        if self._base is None:
            nodes = context.unknown.x.array.size // context.block_size
            self._base = np.zeros((len(self.numbers), nodes, context.block_size))
            for found, numbers in zip(self._base, self.numbers, strict=True):
                for electrode in device.electrodes:
                    found[electrode.nodes, 0] = numbers.base[electrode.name]
                for name, dofs in device.boundary.fixed.items():
                    found[dofs, context.index(name)] = numbers.fixed[name]
        found, volt = self._base.copy(), device.scaling.potential
        for k, numbers in enumerate(self.numbers):
            if numbers.scales[0]:
                for electrode in device.electrodes:
                    fall = bias.get(electrode.name, 0.0) / volt * numbers.scales[0] / volt
                    found[k, electrode.nodes, 0] -= fall
        return found

    def currents(
        self, changes: Array, before: Array, older: Array, weights: Array, totals: Mapping[str, float]
    ) -> Array:
        """Return the changes of the currents into all electrodes, shape (parameters, electrodes).

        ``weights``: of the total currents, shape (electrodes, nodes); ``totals``: these currents.
        """
        scale = current_scale(self.device)
        now = np.array([totals[e.name] for e in self.device.electrodes])
        scales = np.array([numbers.scales[2] for numbers in self.numbers])
        return np.asarray(
            scale * self.forms.flows(weights, changes, before, older) + np.outer(scales / scale, now)
        )


def _assemble(problem: Any, matrix: Any) -> None:
    """Put the derivative at the present unknowns into the matrix of a problem."""
    x = _unknowns(problem)
    Jacobian(problem.jacobian, problem.context.unknown, problem.conditions)(None, x, matrix, None)
    x.destroy()


def _unknowns(problem: Any) -> Any:
    """Return the present unknowns of a problem as a PETSc vector."""
    from dolfinx.fem import petsc as fpet

    x = fpet.create_vector(problem.context.space)
    fpet.assign(problem.context.unknown, x)
    return x
