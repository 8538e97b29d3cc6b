"""Linear solvers, chosen by the size of the system.

Direct in one dimension (a line's block-tridiagonal matrix has no fill in its natural order) and for small
systems (MUMPS); else GMRES with a coarse space and an incomplete LU factorization of the blocks of nodes
(Y. Saad, Iterative Methods for Sparse Linear Systems, 2003, ch. 10), on overlapping parts across ranks. With
the coarse space the iterations hardly grow with the mesh, and factors without fill do.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np

from fem.errors import warn

Options = dict[str, Any]

_NUMBER = count()

LARGEST_DIRECT = {1: 10**9, 2: 600_000, 3: 12_000}  #: unknowns; above it GMRES is chosen, by dimension


class SolverWarning(UserWarning):
    """A linear solver failed, and another one took its place: slower, but no less accurate."""


#: Two steps of iterative refinement: carriers that are all but absent, beside species 20 orders of magnitude denser,
#: are round-off of the factors otherwise, and take Newton's method twice as many iterations.
REFINED = {"mat_mumps_icntl_10": -2}
DIRECT: Options = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"} | REFINED
#: For Newton's systems. Their rows are balances of fluxes with the own node's first, which needs no exchange of rows;
#: exchanged, rows of minority carriers take up the rounding of those of the majority, and two steps of refinement take
#: it out again. Minimum degree has the least fill up to some 1e5 unknowns. ``DirectSolver`` refines where it must.
UNPIVOTED: Options = DIRECT | {
    "mat_mumps_cntl_1": 0.0,
    "mat_mumps_icntl_7": 0,
    "mat_mumps_icntl_10": 0,
}
LINE: Options = {
    "ksp_type": "preonly",
    "ksp_diagonal_scale": None,
    "ksp_diagonal_scale_fix": None,
    "pc_type": "lu",
    "pc_factor_mat_solver_type": "petsc",
    "pc_factor_mat_ordering_type": "natural",
    "pc_factor_zeropivot": 1e-300,
}
ILU: Options = {"pc_type": "ilu", "pc_factor_levels": 0, "pc_factor_mat_ordering_type": "rcm"}
GMRES: Options = {"ksp_type": "gmres", "ksp_rtol": 1e-6, "ksp_gmres_restart": 100, "ksp_max_it": 400}
CHOLESKY: Options = {"pc_type": "icc", "pc_factor_levels": 0, "pc_factor_mat_ordering_type": "rcm"}


def newton_options(
    dimension: int, unknowns: int, ranks: int, given: Mapping[str, Any] | None = None
) -> Options:
    """Return PETSc's options for a Newton system of so many unknowns on all ranks, with those ``given``.

    A line's rows and columns are scaled, for equations of minority carriers behind a band offset are smaller
    by twenty orders of magnitude, on any number of ranks. The tolerance of GMRES is relative to the update.
    """
    given = dict(given or {})
    direct = unknowns <= LARGEST_DIRECT[dimension]
    if "ksp_type" in given:
        direct = given["ksp_type"] == "preonly"
    if not direct:
        own = any(key.startswith(("pc_", "sub_")) for key in given)
        return (incomplete(1, ranks) if own else two_level(ranks)) | given
    line = dimension == 1 and (ranks == 1 or not given)  # PETSc's own factors are those of one rank
    return (LINE if line else UNPIVOTED) | given


def two_level(ranks: int) -> Options:
    """Return the options of GMRES with a coarse space and ILU of the blocks without fill.

    The parts of a composite preconditioner follow each other, each for the residual that is left; ScaledSolver
    puts the coarse space into the first one. With the balances closed there, a tolerance of 1e-5 takes Newton
    no more iterations than 1e-9, and gives the same state to 1e-13; 1e-4 takes one more.
    Parts of ranks overlap: without, GMRES fails where a large step takes densities up by orders of magnitude.
    """
    smoother = "ilu" if ranks == 1 else "asm"
    parts: Options = {"pc_type": "composite", "pc_composite_type": "multiplicative"}
    parts["pc_composite_pcs"] = f"python,{smoother}"
    prefix = "sub_1_" if ranks == 1 else "sub_1_sub_"
    if ranks > 1:
        parts["sub_1_pc_asm_overlap"] = 1
    return GMRES | {"ksp_rtol": 1e-5} | parts | {prefix + key: value for key, value in ILU.items()}


def incomplete(levels: int, ranks: int, restart: int = 100) -> Options:
    """Return the options of GMRES with ILU of some levels of fill, on overlapping parts across ranks."""
    ilu = ILU | {"pc_factor_levels": levels}
    method = GMRES | {"ksp_gmres_restart": restart, "ksp_max_it": 4 * restart}
    if ranks == 1:
        return method | ilu
    return method | {"pc_type": "asm", "pc_asm_overlap": 1} | {f"sub_{key}": v for key, v in ilu.items()}


def potential_options(dimension: int, unknowns: int, ranks: int, tolerance: float = 1e-12) -> Options:
    """Return the options for a symmetric, positive definite system of one unknown per node."""
    if dimension < 3 or unknowns <= LARGEST_DIRECT[3]:
        return dict(DIRECT)
    method = {"ksp_type": "cg", "ksp_rtol": tolerance, "ksp_max_it": 2000}
    if ranks == 1:
        return method | CHOLESKY
    return method | {"pc_type": "bjacobi"} | {f"sub_{key}": v for key, v in CHOLESKY.items()}


def square_matrix(forms: Any, kind: str | None = None, comm: Any = None) -> Any:
    """Return an empty PETSc matrix for a compiled bilinear form, or a list of some, with all its diagonal.

    ``comm``: the communicator of its vectors; that of the form's mesh if None.
    """
    from dolfinx import cpp

    forms = forms if isinstance(forms, list) else [forms]
    space = forms[0].function_spaces[0]
    comm = comm or space.mesh.comm
    rows, size = space.dofmap.index_map, space.dofmap.index_map_bs
    pattern = cpp.la.SparsityPattern(comm, [rows, rows], [size, size])
    for form in forms:
        cpp.fem.build_sparsity_pattern(pattern, form._cpp_object)
    pattern.insert_diagonal(np.arange(rows.size_local, dtype=np.int32))
    pattern.finalize()
    return cpp.la.petsc.create_matrix(comm, pattern, kind)


def krylov_solver(matrix: Any, options: Mapping[str, Any]) -> Any:
    """Return a PETSc solver for ``matrix`` with options of its own."""
    from petsc4py import PETSc

    solver = PETSc.KSP().create(matrix.comm)
    prefix = f"memfem_solver_{next(_NUMBER)}_"
    solver.setOptionsPrefix(prefix)
    database: Any = PETSc.Options()
    for key, value in options.items():
        database[prefix + key] = value
    solver.setOperators(matrix)
    solver.setFromOptions()
    for key in options:  # those of the parts of a preconditioner are read at its first use
        if key.startswith(("ksp_", "pc_")):
            database.delValue(prefix + key)
    return solver


class PotentialSolver:
    """Solves symmetric, positive definite systems of one unknown per node, whatever their size.

    Conjugate gradients with incomplete Cholesky in 3D: ordered by the (reverse Cuthill-McKee) levels of the
    mesh, its factors are all but exact across thin layers, where the coupling is strongest. If it fails, a
    direct solver follows.
    """

    def __init__(self, matrix: Any, dimension: int) -> None:
        self.matrix = matrix
        self._options = potential_options(dimension, matrix.getSize()[0], matrix.comm.size)
        self._solver = krylov_solver(matrix, self._options)

    def update(self) -> None:
        """Take note that the matrix has new values."""
        self._solver.setOperators(self.matrix)

    def solve(self, b: Any, x: Any) -> None:
        """Solve A x = b."""
        self._solver.solve(b, x)
        if self._solver.getConvergedReason() <= 0 and self._options != DIRECT:
            say(self.matrix, "conjugate gradients", "a direct solver")
            self._options = dict(DIRECT)
            self._solver.destroy()
            self._solver = krylov_solver(self.matrix, DIRECT)
            self._solver.solve(b, x)

    def limit(self, iterations: int) -> None:
        """Set the largest number of iterations."""
        self._solver.setTolerances(max_it=iterations)

    def destroy(self) -> None:
        """Free what PETSc holds."""
        self._solver.destroy()


def say(matrix: Any, failed: str, follows: str) -> None:
    """Warn that another solver takes the place of one that failed."""
    if matrix.comm.rank == 0:
        warn(f"{failed} did not converge; {follows} takes its place", SolverWarning)
