"""A matrix whose rows and columns are scaled by powers of two, once for all systems with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_HALF = np.sqrt(0.5)


class ScaledMatrix:
    """A square PETSc matrix L A S, with the residuals of A y = b.

    It stays scaled until it is given other scales, is restored, or gets new values, which are taken as those of A.
    Powers of two round nothing: it comes back bit by bit.
    """

    def __init__(self, matrix: Any) -> None:
        self.matrix = matrix
        self._rows, self._columns = matrix.createVecRight(), matrix.createVecRight()
        self._state = -1  # PETSc's count of changes; no matrix has this
        self.left = self.scale = np.ones(self._rows.getLocalSize())

    @property
    def new(self) -> bool:
        """Whether the matrix has got new values since it was scaled."""
        return bool(self.matrix.stateGet() != self._state)

    def diagonal(self) -> Array:
        """Return the sizes of the diagonal of A, shape (rows,)."""
        self.matrix.getDiagonal(self._rows)
        found = np.abs(self._rows.array_r)
        return found if self.new else found / (self.left * self.scale)

    def put(self, left: Array, scale: Array) -> None:
        """Scale the rows by ``left`` and the columns by ``scale``, powers of two of shape (rows,)."""
        new = self.new
        self._rows.array[:] = left if new else left / self.left
        self._columns.array[:] = scale if new else scale / self.scale
        self.matrix.diagonalScale(self._rows, self._columns)
        self.left, self.scale, self._state = left, scale, self.matrix.stateGet()

    def restore(self) -> None:
        """Undo the scaling."""
        if not self.new:
            self.put(np.ones_like(self.left), np.ones_like(self.scale))
            self._state = -1

    def residual(self, b: Any, y: Any, rest: Any) -> None:
        """Put L (b - A y) into ``rest``."""
        self._columns.array[:] = y.array_r / self.scale
        self.matrix.mult(self._columns, rest)
        rest.array[:] = self.left * b.array_r - rest.array_r

    def product(self, values: Array) -> Array:
        """Return A times ``values``, shape (rows,)."""
        self._columns.array[:] = values / self.scale
        self.matrix.mult(self._columns, self._rows)
        found: Array = self._rows.array_r / self.left
        return found


def power_of_two(values: Array) -> Array:
    """Return the nearest powers of two on a scale of logarithms, 1 for 0."""
    part, exponent = np.frexp(np.where(values > 0, values, 1.0))
    found: Array = np.ldexp(1.0, exponent - (part < _HALF))
    return found
