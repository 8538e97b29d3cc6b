"""CoupledProblem: Newton's method on all fields of a device at once.

SNES with the basic line search, a precheck that keeps every density positive (and every ion density
below its site density), and a convergence test per field on the scaled update. Without the precheck
Newton can converge to a state with negative densities whose ion inventory still looks right.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.dirichlet import cells_to_solve, dirichlet
from fem.errors import ConvergenceError, IncompatibleError
from fem.errors.records import Told, logger
from fem.forms.assembly import Assembly
from fem.linear.scaled_solver import ScaledSolver
from fem.linear.step_factors import LEFT, StepFactors
from fem.solvers.freeing import freed_together
from fem.solvers.ion_content import IonContent
from fem.solvers.linear_choice import alive, direct_solver, iterative_solver, linear_options
from fem.solvers.nonlinear_system import NonlinearSystem
from fem.solvers.options import NewtonOptions
from fem.solvers.pocket_balances import PocketBalances
from fem.solvers.updates import Updates

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.solvers.circuits import CircuitSystem

Array = npt.NDArray[np.float64]
_LOG = logger(__name__)
_NUMBER = count()
_LOST = 1e-12  # of the ions: an error for which Newton's method goes on
_REPEATS = 2  # times that it does
_FEW = 5_000  # unknowns: up to here factors are as quick as GMRES
_LARGE = 12_000  # unknowns: beyond, the factors of a direct solver take longer than all else
_TOO_MANY = 1e-6  # of the ions: more are no matter of rounding
_NO_STEP = -6  # PETSc's reason for a step that it cannot take
_NO_SIDE = -8  # PETSc's reason for a circuit without a solution near by


class CoupledProblem:
    """The nonlinear system of one device, assembled and solved with PETSc."""

    def __init__(self, device: Device, options: NewtonOptions | None = None) -> None:
        self.device: Device = weakref.proxy(device)  # the device keeps this problem, not the other way
        self.options = options or NewtonOptions()
        self.context = device.context
        self._potential_bc, self._bcs = dirichlet(device)
        self._updates = Updates(device, self.options)
        self._content = IonContent(device)
        self._repeats = 0
        #: largest relative error of an ion content after any solve so far, before it was given back
        self.lost = 0.0
        #: whether it can solve again: PETSc leaves its vectors locked after an error, and Ctrl-C is one
        self.usable = True
        linear = linear_options(self, self.options)
        self._problem = freed_together(self, device.mesh.comm, lambda: self._nonlinear_system(linear))
        self.snes = self._problem.solver
        self._direct = dict(linear)
        self.linear: ScaledSolver | None = None  #: the iterative solver, if that is chosen
        if linear["ksp_type"] != "preonly":
            self.linear = iterative_solver(self, self._problem.A, linear, self.options)
        #: the solver of the device's own linear system
        self.inner = PocketBalances(self, self.linear or direct_solver(self, self._problem.A, linear))
        self._reuse_factors()
        self._circuits: CircuitSystem | None = None
        self._show(self.inner)
        #: factors that the transient whose steps are solved keeps, None for those of each matrix
        self.step_factors: StepFactors | None = None
        precheck, converged = weakref.WeakMethod(self._updates.limit), weakref.WeakMethod(self._converged)
        self.snes.setLineSearchPreCheck(lambda x, y: alive(precheck)(x, y))
        self.snes.setConvergenceTest(lambda snes, k, norms: alive(converged)(snes, k, norms))

    def _nonlinear_system(self, linear: Mapping[str, Any]) -> NonlinearSystem:
        """Return the system of the device's residual, compiled."""
        context, cells = self.context, cells_to_solve(self.device)
        residual = self.device.residual()
        jacobian = ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space))
        petsc = {
            "snes_type": "newtonls",
            "snes_linesearch_type": "basic",
            "snes_error_if_not_converged": False,
            "snes_stol": 0.0,  # else a step that fails for its size counts as converged beside huge unknowns
            "snes_max_it": self.options.max_iterations,
            "ksp_error_if_not_converged": False,
        }
        return NonlinearSystem(
            Assembly(residual, context, cells),
            Assembly(jacobian, context, cells),
            context.unknown,
            self._bcs,
            prefix=f"memfem_{next(_NUMBER)}_",
            options=petsc | (dict(linear) if linear["ksp_type"] == "preonly" else {}),
        )

    def _show(self, solver: Any) -> None:
        """Let PETSc see a solver of our own, in a shell that scales nothing."""
        from petsc4py import PETSc

        shell = PETSc.KSP().create(self.snes.comm)
        shell.setType("preonly")
        shell.getPC().setType("python")
        shell.getPC().setPythonContext(solver)
        self.snes.setKSP(shell)
        shell.destroy()
        database: Any = PETSc.Options(self.snes.getOptionsPrefix())
        for key in self._direct:  # of factors that PETSc's own solver has not made and will not
            if key.startswith("mat_") and database.hasName(key):
                database.delValue(key)

    def connect(self, circuits: CircuitSystem | None) -> None:
        """Solve the circuits of ``circuits`` together with the device from now on; None for no circuit."""
        if circuits is self._circuits and (circuits is None or circuits.serves(self)):
            return
        self._circuits = circuits
        if circuits is not None:
            circuits.connect(self)
        self._show(circuits if circuits is not None else self.inner)

    def new_factors(self) -> StepFactors | None:
        """Return factors that a transient can keep, None where its systems are solved otherwise anyway.

        None with carriers, whose densities pass so many decades in a step that factors seldom last.
        """
        large = self._problem.A.getSize()[0] > _FEW and self.device.mesh.comm.size == 1
        if {"electron", "hole"} & set(self.context.names):
            return None
        if self._direct.get("pc_factor_mat_solver_type") != "mumps" or self.options.petsc or not large:
            return None
        return StepFactors(self._problem.A, self.sizes, lambda: self.inner.plain)

    def keep_factors(self, factors: StepFactors | None) -> None:
        """Solve with the factors that a transient keeps from now on; None for those of each matrix."""
        self.step_factors = factors
        self.inner.go_through(factors)

    @property
    def jacobian(self) -> Assembly:
        """The Jacobian, to be assembled."""
        return self._problem.J

    @property
    def conditions(self) -> list[Any]:
        """All Dirichlet conditions."""
        return self._bcs

    @property
    def potential(self) -> Any:
        """The function of the electrodes' potentials, from which their conditions are taken."""
        return self._potential_bc

    def _reuse_factors(self) -> None:
        """Keep the factors of a large direct solver where Newton's method is near: they cost most of an iteration."""
        assemble = self.snes.getJacobian()[2][0]
        matrix, updates = self._problem.A, weakref.ref(self._updates)
        find_pockets = weakref.WeakMethod(self.inner.find)
        large = linear_options(self, self.options)["ksp_type"] == "preonly" and matrix.getSize()[0] > _LARGE

        def jacobian(snes: Any, x: Any, a: Any, p: Any) -> None:
            found = updates()
            assert found is not None, "the problem was freed while its solver runs"
            found.old_jacobian = large and found.near
            if not found.old_jacobian:
                assemble(snes, x, a, p)
                alive(find_pockets)(a)

        self.snes.setJacobian(jacobian, matrix, matrix)

    def sizes(self) -> Array:
        """Return what an update of each unknown of this rank is measured by."""
        return self._updates.sizes(self.values[: self.context.space.dofmap.index_map.size_local])

    @property
    def updates(self) -> dict[str, float]:
        """The last scaled update of each field."""
        return self._updates.by_field

    @property
    def values(self) -> Array:
        """The scaled unknowns of this rank, shape (nodes, unknowns per node): a view."""
        return self.context.unknown.x.array.reshape(-1, self.context.block_size)

    def set_bias(self, bias: Mapping[str, float]) -> None:
        """Set the potential of all electrodes, the sources of those with a circuit; others are at 0 V."""
        for name in bias:
            if self.device.electrode(name).floating:
                raise IncompatibleError(f"{name!r} is a floating gate; it has no bias.")
        array = self._potential_bc.x.array
        for electrode in self.device.electrodes:
            if self._circuits is not None and electrode.name in self._circuits.source:
                self._circuits.source[electrode.name] = bias.get(electrode.name, 0.0)
                continue
            shift = bias.get(electrode.name, 0.0) / self.context.scaling.potential
            array[electrode.nodes] = self.device.boundary.base[electrode.name] + shift

    def drive(self, bias: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """Return ``bias`` and ``source`` of the state just solved for, as driven with ``bias``."""
        if self._circuits is None:
            return {"bias": dict(bias), "source": {}}
        found = {n: v for n, v in self._circuits.voltages().items() if n in self._circuits.circuits}
        return {"bias": {**bias, **found}, "source": {name: bias.get(name, 0.0) for name in found}}

    def solve(self, *, time: float | None = None) -> int:
        """Solve from the present unknowns; return the iterations. Raises ConvergenceError."""
        from petsc4py import PETSc

        preconditioner = self.snes.getKSP().getPC()
        preconditioner.setFailedReason(
            PETSc.PC.FailedReason.NOERROR
        )  # a shell keeps that of an older failure
        if self.linear is not None:
            self.linear.begin()
        if self.step_factors is not None:
            self.step_factors.begin()
        if self._circuits is not None:
            self._circuits.begin()
        self._updates.begin()
        self.inner.begin()
        self._repeats = 0
        try:
            self._problem.solve()
        except BaseException as error:
            self.usable = False
            raise _raised_inside(error) from None
        reason, iterations = self.snes.getConvergedReason(), int(self.snes.getIterationNumber())
        if reason > 0 and not iterations:
            reason = _NO_STEP
        if reason <= 0:
            raise ConvergenceError(
                _REASONS.get(reason, f"Newton stopped (PETSc reason {reason})"),
                time=time,
                updates=self.updates,
            )
        self._keep_content(time)
        self._assert_positive(time)
        return iterations

    def _keep_content(self, time: float | None) -> None:
        """Give back the ions that round-off or the linear solver has lost; ConvergenceError if they are many."""
        lost = self._content.restore(self.values, _TOO_MANY)
        if not lost < _TOO_MANY:
            raise ConvergenceError(f"Newton lost {lost:.1e} of the ions", time=time, updates=self.updates)
        self.lost = max(self.lost, lost)
        self.context.unknown.x.scatter_forward()

    def _assert_positive(self, time: float | None) -> None:
        from mpi4py import MPI

        fields = self.context.fields
        low = np.array([self.values[:, k].min(initial=np.inf) for k in range(len(fields))])
        lowest = np.empty_like(low)
        self.device.mesh.comm.Allreduce(low, lowest, MPI.MIN)
        for f, value in zip(fields, lowest, strict=True):
            if f.density and not value >= 0:
                raise ConvergenceError(f"the density of {f.name} became negative", time=time)

    def _converged(self, snes: Any, iteration: int, _norms: Any) -> int:
        """Return PETSc's converged reason from the largest scaled update of each field."""
        if iteration == 0:
            return 0
        found = self._updates
        largest = found.measure(snes.getSolution().array_r.reshape(-1, self.context.block_size))
        _LOG.debug("iteration %d: largest scaled updates: %s", iteration, Told(found.by_field))
        if not np.isfinite(largest):
            return -4
        stalled = found.stalled
        iterative = self.linear or self.step_factors
        if stalled and iterative is not None and iterative.refine():
            stalled = False
        left = LEFT if self.step_factors is not None else 0.0
        sure = found.needs_no_proof(self.linear.left if self.linear is not None else left)
        if largest < self.options.tolerance or stalled or sure:
            self._repeats += 1
            values = snes.getSolution().array_r.reshape(-1, self.context.block_size)
            if self._repeats > _REPEATS or self._content.error(values) < _LOST:
                return self._verdict(iteration)
        return -5 if iteration >= self.options.max_iterations else 0

    def _verdict(self, iteration: int) -> int:
        """Return PETSc's reason for unknowns that have converged: their circuits may not be where they can be."""
        fits = self._circuits.accepts() if self._circuits is not None else True
        if fits is None:
            return _NO_SIDE
        return 4 if fits else -5 if iteration >= self.options.max_iterations else 0


def _raised_inside(error: BaseException) -> BaseException:
    """Return what a function that PETSc had called has raised, which PETSc hides behind an error of its own."""
    from petsc4py import PETSc

    while isinstance(error, PETSc.Error) and error.__cause__ is not None:
        error = error.__cause__
    return error


_REASONS = {
    -1: "Newton left the domain of the equations",
    -3: "the linear solver failed",
    -4: "Newton diverged (not a number)",
    -5: "Newton took too many iterations",
    _NO_STEP: "Newton diverged (its step led out of numbers)",
    _NO_SIDE: "a source could neither hold what it is set to nor its limit",
    -9: "Newton diverged",
}
