r"""How exactly the linear systems of Newton's method are solved: as loosely as does not add to its iterations.

An iteration leaves :math:`C r^2 + \eta r` of an error r: the one is Newton's method, the other the linear solver
(inexact Newton: S. C. Eisenstat and H. F. Walker, SIAM J. Sci. Comput. 17, 16, 1996, whose choice 2 takes
:math:`C = r_k / r_{k-1}^2` from the last two iterations, as here). Where Newton's method alone would end with this
iteration, :math:`\eta r` is what may be left at the end; where it would end with the next one, that one has to be
predictable from the fall of the updates (``Updates.needs_no_proof``); before, a hundredth will do. In the first
iteration C is that of the solve before, as the next one in time is much like it. The r are norms of preconditioned
residuals, which are all but those of the updates (P. Deuflhard, Newton Methods for Nonlinear Problems, 2004, sec. 2.1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

LOOSEST = 1e-2  #: of a system's first residual: what may be left at most
_SHARE = 0.1  # of what may be left: residuals of smooth errors are several times smaller than these
_APART = 4  # times what the linear solver has left: a residual that Newton's method has left
_FARTHEST = 1e5  # times the first residual: GMRES diverges
_NAN, _DIVERGED, _TOO_MANY, _CONVERGED = -9, -4, -3, 2  # PETSc's reasons


class Forcing:
    """Chooses the tolerance of each linear system of Newton's method; ``enough``: an error that is of no matter."""

    def __init__(self, enough: float) -> None:
        self.enough = enough
        self._bend = np.inf  # C of Newton's method
        self._before: tuple[float, float] | None = None

    def begin(self) -> None:
        """Take note that a new solve of Newton's method starts."""
        self._before = None

    def tolerance(self, size: float) -> float:
        """Return what may be left of a first residual ``size``, relative to it."""
        if self._before is not None and self._before[0] > 0:
            before, left = self._before
            found = size / before**2
            self._bend = found if size > _APART * left else min(self._bend, found)
        if size <= 0:
            return LOOSEST
        wanted, following = LOOSEST, self._bend * size**2
        if following <= self.enough:
            wanted = self.enough / size
        elif self._bend * following**2 <= self.enough:
            wanted = max(self._bend * size, float(np.cbrt(self.enough / size)))
        return min(_SHARE * wanted, LOOSEST)

    def solved(self, size: float, left: float) -> None:
        """Take note of the first and the last residual of the system of one iteration."""
        self._before = (size, left)


class Goal:
    """When GMRES stops: at ``relative`` of the first residual or at ``absolute``; what PETSc calls.

    ``most``: iterations for so many decades; None for as many as PETSc's options allow.
    """

    def __init__(self, relative: Callable[[float], float], absolute: float = 0.0) -> None:
        self._relative, self.absolute = relative, absolute
        self.most: Callable[[float], int] | None = None
        self.first = self.last = self.tolerance = np.nan
        self._wanted, self._limit = 0.0, np.inf

    def __call__(self, _solver: Any, iteration: int, norm: float) -> int:
        """Return PETSc's reason for a preconditioned residual."""
        if not np.isfinite(norm):
            self.last = norm
            return _NAN
        if iteration == 0:
            self._begin(norm)
        self.last = norm
        if self.reached:
            return _CONVERGED
        if iteration >= self._limit:
            return _TOO_MANY
        return _DIVERGED if norm > _FARTHEST * self.first else 0

    @property
    def reached(self) -> bool:
        """Whether the last residual is small enough."""
        return bool(self.last <= self._wanted)

    @property
    def decades(self) -> float:
        """By how many powers of ten the residual has fallen, 0 if it has not."""
        return float(np.log10(self.first / self.last)) if 0 < self.last < self.first else 0.0

    def _begin(self, norm: float) -> None:
        self.first, self.tolerance = norm, self._relative(norm)
        self._wanted = max(self.tolerance * norm, self.absolute)
        decades = np.log10(norm / self._wanted) if 0 < self._wanted < norm else 0.0
        self._limit = np.inf if self.most is None else self.most(decades)
