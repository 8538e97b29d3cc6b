"""The linear solver of the heat equation: direct in 1D, 2D and small 3D, else conjugate gradients with multigrid.

Multigrid needs cells that are not a thousand times as wide as high, as those of lines on a foil are; a direct solver
does not, and in 3D takes a few seconds up to ``SMALL`` unknowns. Where many loads follow, a factorisation pays further:
of 1.7e5 quadratic unknowns in 3D it takes 23 s and 0.3 s a load, where multigrid takes 3 to 6 s a load.
"""

from __future__ import annotations

from itertools import count
from typing import Any

SMALL = 60_000  #: unknowns of a 3D mesh on one rank that are solved directly
LARGE = 300_000  #: the same where many loads follow
_NUMBER = count()
_SMOOTHED = {"mg_levels_ksp_type": "chebyshev", "mg_levels_pc_type": "sor"}
_ITERATIVE = {
    "ksp_type": "cg",
    "ksp_norm_type": "unpreconditioned",
    "ksp_rtol": 1e-11,
    "ksp_max_it": 1000,
    "pc_type": "gamg",
    **_SMOOTHED,
}
_TWO_DEGREES = {  # degree 2 over degree 1, and algebraic multigrid for that
    **_ITERATIVE,
    "pc_type": "mg",
    "pc_mg_galerkin": "both",
    "mg_levels_ksp_max_it": 1,
    "mg_coarse_ksp_type": "preonly",
    "mg_coarse_pc_type": "gamg",
    **{f"mg_coarse_{key}": value for key, value in _SMOOTHED.items()},
}
_DIRECT = {"ksp_type": "preonly", "pc_type": "cholesky", "pc_factor_mat_solver_type": "mumps"}


def heat_solver(matrix: Any, space: Any, *, many: bool = False) -> Any:
    """Return a PETSc solver for the symmetric ``matrix`` of ``space``, set up once; ``many`` if many loads follow."""
    from petsc4py import PETSc

    degree = space.ufl_element().degree
    small = matrix.comm.size == 1 and matrix.getSize()[0] <= (LARGE if many else SMALL)
    direct = small or space.mesh.topology.dim < 3
    options = _DIRECT if direct else _ITERATIVE if degree == 1 else _TWO_DEGREES
    solver = PETSc.KSP().create(matrix.comm)
    prefix = f"memfem_heat_{next(_NUMBER)}_"
    database: Any = PETSc.Options()
    solver.setOptionsPrefix(prefix)
    for key, value in options.items():
        database[prefix + key] = value
    matrix.setNearNullSpace(PETSc.NullSpace().create(constant=True, comm=matrix.comm))
    solver.setOperators(matrix)
    if options is _TWO_DEGREES:
        _two_degrees(solver.getPC(), space)
    solver.setFromOptions()
    solver.setUp()
    for key in options:  # not before: multigrid reads the options of its levels in setUp
        database.delValue(prefix + key)
    return solver


def _two_degrees(preconditioner: Any, space: Any) -> None:
    """Make elements of degree 1 on the same mesh the coarse level of multigrid."""
    from dolfinx import fem as dfem
    from dolfinx.fem import petsc as fpet

    linear = dfem.functionspace(space.mesh, ("Lagrange", 1))
    transfer = fpet.interpolation_matrix(linear, space)
    transfer.assemble()
    preconditioner.setType("mg")
    preconditioner.setMGLevels(2)
    preconditioner.setMGInterpolation(1, transfer)
