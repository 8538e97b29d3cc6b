"""CoupledProblem: Newton's method on all fields of a device at once.

SNES with the basic line search, a precheck that keeps every density positive (and every ion density
below its site density), and a convergence test per field on the scaled update. Without the precheck
Newton can converge to a state with negative densities whose ion inventory still looks right.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.compilation import jit_options, simplified
from fem.errors import ConvergenceError, UnknownNameError
from fem.linear import newton_options, square_matrix
from fem.scaled_solver import ScaledSolver

if TYPE_CHECKING:
    from fem.device import Device

Array = npt.NDArray[np.float64]
_KEEP = 1e-3  # a density keeps at least this part of its old value in one iteration
_ABSENT = 1e-26  # of the largest density of any species: less than that takes part in nothing
_NUMBER = count()


@dataclass(frozen=True, kw_only=True)
class NewtonOptions:
    """When Newton's method stops, and the PETSc options of its linear solver.

    ``tolerance``: largest update of the potential [kT/q] and of each density, relative to its local value
    (or to ``floor`` times its largest, where it is smaller than that; ``ion_floor`` for ions, which count
    by their charge alone and are all but absent in depleted places). ``round_off``: an update below it
    that no longer falls is round-off (of minority carriers that no current depends on) and is accepted.
    """

    tolerance: float = 1e-7
    floor: float = 1e-14
    ion_floor: float = 1e-9
    round_off: float = 1e-4
    max_iterations: int = 30
    petsc: Mapping[str, Any] = field(default_factory=dict)


class CoupledProblem:
    """The nonlinear system of one device, assembled and solved with PETSc."""

    def __init__(self, device: Device, options: NewtonOptions | None = None) -> None:
        from dolfinx import fem as dfem
        from dolfinx.fem import petsc as fpet

        self.device: Device = weakref.proxy(device)  # the device keeps this problem, not the other way
        self.options = options or NewtonOptions()
        context = device.context
        self.context = context
        self._potential_bc, self._bcs = _dirichlet(device)
        floors = [self.options.ion_floor if f.ionic else self.options.floor for f in context.fields[1:]]
        self._floors = np.array(floors + [1.0] * (context.block_size - len(context.fields)))
        self._bounds = np.array(
            [
                np.inf if f.upper_bound is None else f.upper_bound / context.scaling.density
                for f in context.fields[1:]
            ]
            + [np.inf] * (context.block_size - len(context.fields))
        )
        petsc = {
            "snes_type": "newtonls",
            "snes_linesearch_type": "basic",
            "snes_error_if_not_converged": False,
            "snes_max_it": self.options.max_iterations,
            "ksp_error_if_not_converged": False,
        }
        unknowns = context.space.dofmap.index_map.size_global * context.block_size
        linear = newton_options(device.mesh.dim, unknowns, device.mesh.comm.size, self.options.petsc)
        if linear["ksp_type"] == "preonly":
            petsc |= linear
        residual = device.residual()
        jacobian = ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space))
        cells = _cells_to_solve(device)
        prefix = f"memfem_{next(_NUMBER)}_"
        self._problem = fpet.NonlinearProblem(
            simplified(residual, cells),
            context.unknown,
            J=simplified(jacobian, cells),
            bcs=self._bcs,
            kind="baij",
            petsc_options_prefix=prefix,
            petsc_options=petsc,
            jit_options=jit_options(),
        )
        self.snes = self._problem.solver
        self._keep_matrix(square_matrix(self._problem.J, "baij"))
        self.linear: ScaledSolver | None = None  #: the iterative solver, if that is chosen
        if linear["ksp_type"] != "preonly":
            ionic = [k for k, f in enumerate(context.fields) if f.ionic]
            sizes = weakref.WeakMethod(self._sizes)
            self.linear = ScaledSolver(
                self._problem.A,
                linear,
                lambda: _alive(sizes)(),
                conserved=ionic,
                dimension=device.mesh.dim,
            )
            shell = self.snes.getKSP()
            shell.setType("preonly")
            shell.getPC().setType("python")
            shell.getPC().setPythonContext(self.linear)
        precheck, converged = weakref.WeakMethod(self._precheck), weakref.WeakMethod(self._converged)
        self.snes.setLineSearchPreCheck(lambda x, y: _alive(precheck)(x, y))
        self.snes.setConvergenceTest(lambda snes, k, norms: _alive(converged)(snes, k, norms))
        self.updates: dict[str, float] = {}
        self._largest = np.inf
        self._dfem = dfem

    def _keep_matrix(self, matrix: Any) -> None:
        """Put a matrix in the place of that of the nonlinear problem."""
        call, args, named = self.snes.getJacobian()[2]
        self._problem.A.destroy()
        self._problem._A = matrix
        self.snes.setJacobian(call, matrix, matrix, args, named)

    def _sizes(self) -> Array:
        """Return what an update of each unknown of this rank is measured by; see ``_converged``."""
        from mpi4py import MPI

        n = self.context.space.dofmap.index_map.size_local
        found = np.abs(self.values[:n])
        top = np.empty(found.shape[1])
        self.device.mesh.comm.Allreduce(found.max(axis=0, initial=0.0), top, MPI.MAX)
        found[:, 1:] = np.maximum(
            found[:, 1:], np.maximum(self._floors * top[1:], _ABSENT * top[1:].max(initial=0.0))
        )
        found[:, 0] = 1.0
        found[found == 0.0] = 1.0
        return found

    @property
    def values(self) -> Array:
        """The scaled unknowns of this rank, shape (nodes, unknowns per node): a view."""
        return self.context.unknown.x.array.reshape(-1, self.context.block_size)

    def set_bias(self, bias: Mapping[str, float]) -> None:
        """Set the potential of all electrodes; electrodes left out are at 0 V."""
        for name in bias:
            self.device.electrode(name)
        array = self._potential_bc.x.array
        for electrode in self.device.electrodes:
            shift = bias.get(electrode.name, 0.0) / self.context.scaling.potential
            array[electrode.nodes] = self.device.boundary.base[electrode.name] + shift

    def solve(self, *, time: float | None = None) -> int:
        """Solve from the present unknowns; return the iterations. Raises ConvergenceError."""
        if self.linear is not None:
            self.linear.begin()
        self._problem.solve()
        reason = self.snes.getConvergedReason()
        if reason <= 0:
            raise ConvergenceError(
                _REASONS.get(reason, f"Newton stopped (PETSc reason {reason})"),
                time=time,
                updates=self.updates,
            )
        self._assert_positive(time)
        return int(self.snes.getIterationNumber())

    def _assert_positive(self, time: float | None) -> None:
        from mpi4py import MPI

        fields = self.context.fields
        low = np.array([self.values[:, k].min(initial=np.inf) for k in range(1, len(fields))])
        lowest = np.empty_like(low)
        self.device.mesh.comm.Allreduce(low, lowest, MPI.MIN)
        for f, value in zip(fields[1:], lowest, strict=True):
            if not value >= 0:
                raise ConvergenceError(f"the density of {f.name} became negative", time=time)

    def _precheck(self, x: Any, y: Any) -> bool:
        """Shorten the step y (x_new = x - y) where a density would leave (0, upper bound)."""
        from mpi4py import MPI

        bs = self.context.block_size
        old = x.array_r.reshape(-1, bs)[:, 1:]
        step = y.array.reshape(-1, bs)[:, 1:]  # a writable view
        limited = np.minimum(step, (1 - _KEEP) * old)
        room = self._bounds - old
        limited = np.where(np.isfinite(room), np.maximum(limited, -(1 - _KEEP) * room), limited)
        changed = bool((limited != step).any())
        step[:] = limited
        return bool(self.device.mesh.comm.allreduce(changed, MPI.LOR))

    def _converged(self, snes: Any, iteration: int, _norms: Any) -> int:
        """Return PETSc's converged reason from the largest scaled update of each field."""
        from mpi4py import MPI

        if iteration == 0:
            return 0
        bs, names = self.context.block_size, self.context.names
        update = np.abs(snes.getSolutionUpdate().array_r.reshape(-1, bs))
        value = np.abs(snes.getSolution().array_r.reshape(-1, bs))
        comm = self.device.mesh.comm
        top = np.empty(bs)
        comm.Allreduce(value.max(axis=0, initial=0.0), top, MPI.MAX)
        top[0] = np.inf
        least = np.maximum(self._floors * top[1:], _ABSENT * top[1:].max(initial=0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = update[:, 1:] / np.maximum(value[:, 1:], least)
        relative = np.where(update[:, 1:] == 0, 0.0, relative)
        local = np.concatenate([update[:, :1].max(axis=0, initial=0.0), relative.max(axis=0, initial=0.0)])
        worst = np.empty(bs)
        comm.Allreduce(local, worst, MPI.MAX)
        self.updates = {name: float(worst[k]) for k, name in enumerate(names)}
        largest = max(self.updates.values())
        if not np.isfinite(largest):
            return -4
        stalled = iteration > 1 and self.options.round_off > largest > 0.3 * self._largest
        stalled = stalled and largest >= self.options.tolerance
        if stalled and self.linear is not None and self.linear.refine():
            stalled = False
        self._largest = largest
        if largest < self.options.tolerance or stalled:
            return 4
        return -5 if iteration >= self.options.max_iterations else 0


def _alive(method: weakref.WeakMethod[Any]) -> Any:
    """Return the method of a problem; PETSc holds it weakly, for a cycle through PETSc is never freed."""
    found = method()
    assert found is not None, "the problem was freed while its solver runs"
    return found


_REASONS = {
    -1: "Newton left the domain of the equations",
    -3: "the linear solver failed",
    -4: "Newton diverged (not a number)",
    -5: "Newton took too many iterations",
    -9: "Newton diverged",
}


def _cells_to_solve(device: Device) -> npt.NDArray[np.int32] | None:
    """Return the cells of this rank outside of metals, in which all is given; None for all cells."""
    metals = device.setting.of_kind("metal")
    if not metals:
        return None
    mesh = device.mesh
    here = mesh.mesh.topology.index_map(mesh.dim).size_local
    found = np.setdiff1d(np.arange(here, dtype=np.int32), mesh.cells(*metals))
    return found.astype(np.int32)


def _dirichlet(device: Device) -> tuple[Any, list[Any]]:
    """Return the function of electrode potentials and all Dirichlet conditions."""
    from dolfinx import fem as dfem

    context = device.context
    bcs, potential = [], None
    for k in range(context.block_size):
        sub = context.space.sub(k)
        scalar, sub_map = sub.collapse()
        function = dfem.Function(scalar)
        if k == 0:
            dofs = np.unique(np.concatenate([e.nodes for e in device.electrodes])).astype(np.int32)
            potential = function
        elif k < len(context.fields):
            name = context.fields[k].name
            dofs = device.boundary.fixed[name]
            function.x.array[dofs] = device.boundary.values[name]
        else:
            dofs = np.arange(function.x.array.size, dtype=np.int32)
        _require_same_numbering(
            np.asarray(sub_map[0] if isinstance(sub_map, list) else sub_map), k, context.block_size
        )
        bcs.append(dfem.dirichletbc(function, [context.block_size * dofs + k, dofs], sub))
    return potential, bcs


def _require_same_numbering(sub_map: npt.NDArray[np.int32], k: int, bs: int) -> None:
    """The scalar and the blocked space number their nodes alike in dolfinx; say so if that ever changes."""
    if not np.array_equal(sub_map, bs * np.arange(sub_map.size) + k):
        raise UnknownNameError("numbering of a collapsed space", "permuted", ["identical"])
