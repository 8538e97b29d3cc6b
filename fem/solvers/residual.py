"""The residual of a nonlinear problem as PETSc asks for it.

What dolfinx's own function does, but for one thing: given values are carried over to the other rows (lifted) only
where the unknowns do not have them yet. Newton's method has them after its first iteration, and in three
dimensions lifting takes as long as the residual itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

_ROUNDING = 8 * np.finfo(float).eps  # of an unknown: how far from what is given the last update leaves it


class Residual:
    """Assembles ``form`` at ``unknown`` with Dirichlet ``conditions``; ``jacobian`` is its compiled derivative."""

    def __init__(self, form: Any, jacobian: Any, unknown: Any, conditions: Sequence[Any]) -> None:
        self._form, self._jacobian, self._unknown = form, jacobian, unknown
        self._conditions = list(conditions)
        self._comm = unknown.function_space.mesh.comm

    def __call__(self, _snes: Any, x: Any, b: Any) -> None:
        """Put the residual at x into b; rows of given values have the difference from these."""
        from dolfinx.fem import petsc as fpet
        from mpi4py import MPI
        from petsc4py import PETSc

        x.ghostUpdate(PETSc.InsertMode.INSERT, PETSc.ScatterMode.FORWARD)
        fpet.assign(x, self._unknown)
        _zero(b)
        fpet.set_bc(b, self._conditions, x0=x, alpha=-1.0)
        fulfilled = bool((np.abs(b.array_r) <= _ROUNDING * np.abs(x.array_r)).all())
        fulfilled = self._comm.allreduce(fulfilled, op=MPI.LAND)
        _zero(b)
        fpet.assemble_vector(b, self._form)
        if not fulfilled:
            fpet.apply_lifting(b, [self._jacobian], bcs=[self._conditions], x0=[x], alpha=-1.0)
        b.ghostUpdate(PETSc.InsertMode.ADD, PETSc.ScatterMode.REVERSE)
        fpet.set_bc(b, self._conditions, x0=x, alpha=-1.0)
        b.ghostUpdate(PETSc.InsertMode.INSERT, PETSc.ScatterMode.FORWARD)


def _zero(vector: Any) -> None:
    """Set a vector to zero, its ghosts too."""
    with vector.localForm() as local:
        local.set(0.0)
