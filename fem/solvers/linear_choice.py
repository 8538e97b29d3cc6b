"""Which linear solver fits a device's Newton systems, and what it measures unknowns by."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.linear.direct_solver import DirectSolver
from fem.linear.line_solver import LineSolver
from fem.linear.scaled_solver import ScaledSolver
from fem.linear.solvers import LINE, newton_options
from fem.solvers.carrier_pockets import DeviceEquations
from fem.solvers.options import NewtonOptions

Array = npt.NDArray[np.float64]
_PIVOTING = 200  # % more workspace of MUMPS: trap levels that wait for absent carriers make it pivot more
_SMALLEST = 1e-150  # scaled density: what scales are made of stays a number


def linear_options(problem: DeviceEquations, options: NewtonOptions) -> dict[str, Any]:
    """Return PETSc's options of the linear solver that fits the size, with those of the user."""
    mesh, context = problem.device.mesh, problem.context
    unknowns = context.space.dofmap.index_map.size_global * context.block_size
    linear = newton_options(mesh.dim, unknowns, mesh.comm.size, options.petsc)
    if any(f.trap for f in context.fields) and linear.get("pc_factor_mat_solver_type") == "mumps":
        linear = {"mat_mumps_icntl_14": _PIVOTING} | linear
    return linear


def iterative_solver(
    problem: DeviceEquations, matrix: Any, linear: Mapping[str, Any], options: NewtonOptions
) -> ScaledSolver:
    """Return GMRES for the problem's matrix, which PETSc sees as a preconditioner."""
    ionic = [k for k, f in enumerate(problem.context.fields) if f.ionic]
    found = weakref.ref(problem)
    return ScaledSolver(
        matrix,
        linear,
        lambda: alive(found).sizes(),
        tolerance=options.tolerance,
        conserved=ionic,
        dimension=problem.device.mesh.dim,
    )


def direct_solver(
    problem: DeviceEquations, matrix: Any, linear: Mapping[str, Any]
) -> LineSolver | DirectSolver:
    """Return the direct solver for the problem's matrix; that of a line where the user has not chosen another."""
    if linear != LINE:
        return DirectSolver(matrix, linear)
    found = weakref.ref(problem)
    return LineSolver(matrix, lambda: _scales(alive(found)))


def _scales(problem: DeviceEquations) -> Array:
    """Return what each unknown of this rank is measured by, a carrier's density by itself however small it is."""
    sizes = problem.sizes()
    values = np.maximum(np.abs(problem.values[: len(sizes)]), _SMALLEST)
    dense = [k for k, f in enumerate(problem.context.fields) if f.density and not f.ionic]
    sizes[:, dense] = values[:, dense]
    return sizes


def alive(reference: Any) -> Any:
    """Return a problem or a method of it; PETSc holds it weakly, for a cycle through PETSc is never freed."""
    found = reference()
    assert found is not None, "the problem was freed while its solver runs"
    return found
