r"""Factors that serve many matrices: GMRES on the system of now with the factors of one before.

The Jacobians of a transient change little from step to step on the scale on which Newton's method converges, updates
over the sizes s of their unknowns and rows over what these move: :math:`L A S\,(S^{-1} y) = L b` with
:math:`L = 1/(|a_{ii}| s_i)`. The factors of one matrix on its own scale are nearly those of the next ones on theirs,
however far a density has gone in between, and GMRES makes up for the rest (preconditioned from the right; Y. Saad,
Iterative Methods for Sparse Linear Systems, 2003, ch. 9.3). They are made anew when that takes too many iterations, by
PETSc's own LU of the blocks of nodes, whose solutions take a fifth of the time of MUMPS's and its factors twice as
long. Where factors do not last, a direct solver takes over, and each time for twice as many systems.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.linear.solvers import Options, krylov_solver

Array = npt.NDArray[np.float64]

_BLOCKS: Options = {
    "ksp_type": "preonly",
    "pc_type": "lu",
    "pc_factor_mat_solver_type": "petsc",
    "pc_factor_mat_ordering_type": "nd",
    "pc_factor_zeropivot": 1e-300,
}
LEFT = 1e-6  #: of an update: what GMRES may leave
_ITERATIONS = 8  # of GMRES; factors that need more are made anew
_SERVED = 6  # systems that factors must serve to be worth their time, in the mean of the last
_REMEMBERED = 3  # sets of them
_PAUSE = 20  # systems that are solved directly then, the first time


class StepFactors:
    """The factors that one transient keeps for its linear systems; PETSc sees it as a preconditioner.

    ``sizes``: returns the size of every unknown of this rank, shape (nodes, unknowns per node). ``direct``: returns
    the solver where factors are not worth being kept. For matrices on one rank.
    """

    def __init__(self, matrix: Any, sizes: Callable[[], Array], direct: Callable[[], Any]) -> None:
        self._matrix, self._sizes, self._direct = matrix, sizes, direct
        self._factored: Any = None  # the matrix that is factored, on its scale
        self._solver: Any = None
        self._vectors = [matrix.createVecRight() for _ in range(2)]
        self._served: deque[int] = deque(maxlen=_REMEMBERED)
        self._systems = 0  # since the last factors
        self._exactly = False
        self._pause, self._left_out = _PAUSE, 0
        self.made = 0  #: factors so far

    def begin(self) -> None:
        """Take note that a new solve of Newton's method starts."""
        self._exactly = False

    def refine(self) -> bool:
        """Solve directly from now on in this solve of Newton; return whether that is any news."""
        news = not self._exactly
        self._exactly = True
        return news

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve A y = b; what PETSc calls."""
        if self._exactly or self._left_out or not self._found(b, y):
            self._left_out = max(self._left_out - 1, 0)
            self._direct().apply(preconditioner, b, y)

    def _found(self, b: Any, y: Any) -> bool:
        """Solve with kept factors, or with new ones; return whether that has gone well."""
        size = self._sizes().ravel()
        diagonal = np.abs(self._matrix.getDiagonal().array_r)
        right = b.array_r
        if not ((diagonal > 0).all() and np.isfinite(diagonal).all() and np.isfinite(right).all()):
            return False
        left = 1.0 / (diagonal * size)
        for fresh in (False, True):
            if (self._factored is None or fresh) and not self._factor(left, size):
                return False
            found = self._iterated(left * right, left, size)
            if found is not None:
                self._systems += 1
                y.array[:] = size * found
                return True
        self._rest()
        return False

    def _rest(self) -> None:
        """Solve directly for a while, and for longer the next time."""
        self._left_out, self._pause = self._pause, 2 * self._pause

    def _factor(self, left: Array, size: Array) -> bool:
        """Factor the matrix of now on its scale; return whether it has factors and they are worth it."""
        if self._factored is None:
            self._factored = self._matrix.duplicate(copy=True)
            if self._solver is None:
                self._solver = krylov_solver(self._factored, _BLOCKS)
        else:
            self._served.append(self._systems)
            if len(self._served) == _REMEMBERED and np.mean(self._served) < _SERVED:
                self._rest()
                self._served.clear()
                self._factored = None  # of then they will be of no use
                return False
            self._matrix.copy(self._factored, self._factored.Structure.SAME_NONZERO_PATTERN)
        rows, columns = self._vectors
        rows.array[:], columns.array[:] = left, size
        self._factored.diagonalScale(rows, columns)
        self._solver.setOperators(self._factored)
        self._solver.setUp()
        self._systems, self.made = 0, self.made + 1
        return True

    def _iterated(self, rest: Array, left: Array, size: Array) -> Array | None:
        """Return z with left·A·size·z = rest, None if that takes too many iterations."""
        whole = float(np.linalg.norm(rest))
        if whole == 0.0:
            return np.zeros_like(rest)
        basis, moves = [rest / whole], list[Array]()
        hessenberg = np.zeros((_ITERATIONS + 1, _ITERATIONS))
        for k in range(_ITERATIONS):
            moves.append(self._preconditioned(basis[k]))
            product = left * self._product(size * moves[k])
            for j, direction in enumerate(basis):
                hessenberg[j, k] = direction @ product
                product = product - hessenberg[j, k] * direction
            hessenberg[k + 1, k] = np.linalg.norm(product)
            if not np.isfinite(hessenberg[: k + 2, k]).all():
                return None
            goal = np.zeros(k + 2)
            goal[0] = whole
            part = hessenberg[: k + 2, : k + 1]
            shares = np.linalg.lstsq(part, goal)[0]
            found: Array = np.sum([share * move for share, move in zip(shares, moves, strict=True)], axis=0)
            if np.linalg.norm(part @ shares - goal) <= LEFT * np.linalg.norm(found):
                return found
            basis.append(product / hessenberg[k + 1, k])
        return None

    def _preconditioned(self, values: Array) -> Array:
        """Return the kept factors' solution for ``values``."""
        right, found = self._vectors
        right.array[:] = values
        self._solver.solve(right, found)
        return np.array(found.array_r)

    def _product(self, values: Array) -> Array:
        """Return the matrix of now times ``values``."""
        right, found = self._vectors
        right.array[:] = values
        self._matrix.mult(right, found)
        return np.array(found.array_r)
