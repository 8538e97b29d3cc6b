"""Numbers of a section of a mesh file, one after another, from text or from bytes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]


class BinaryNumbers:
    """Numbers in ``data`` from byte ``at``, in the order of this machine's bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self._at = data, at

    def rows(self, kind: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        """Return the next ``count`` of a kind; raises MeshError if there are not so many."""
        end = self._at + count * kind.itemsize
        if count < 0 or end > len(self._data):
            raise MeshError("it is cut short or damaged: a count is larger than the file.")
        found = np.frombuffer(self._data, kind, count, self._at)
        self._at = end
        return found

    def ints(self, count: int) -> Ints:
        """Return integers of 4 bytes, shape (count,)."""
        return self.rows(np.dtype("i4"), count).astype(np.int64)

    def sizes(self, count: int) -> Ints:
        """Return integers of 8 bytes, shape (count,)."""
        return self.rows(np.dtype("i8"), count)

    def doubles(self, count: int) -> Array:
        """Return real numbers, shape (count,)."""
        return self.rows(np.dtype("f8"), count)

    def end(self) -> int:
        """Return the byte after the numbers taken so far."""
        return self._at


class TextNumbers:
    """Numbers in the text of ``data`` from byte ``at`` to byte ``stop``."""

    def __init__(self, data: bytes, at: int, stop: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # of a text that is no number
            try:
                self._all = np.fromstring(data[at:stop].decode("ascii"), sep=" ")
            except DeprecationWarning:
                raise MeshError("it has text where numbers must be.") from None
        self._next, self._stop = 0, stop

    def doubles(self, count: int) -> Array:
        """Return real numbers, shape (count,)."""
        end = self._next + count
        if count < 0 or end > len(self._all):
            raise MeshError("it is cut short or damaged: a count is larger than the file.")
        found = self._all[self._next : end]
        self._next = end
        return found

    def sizes(self, count: int) -> Ints:
        """Return whole numbers, shape (count,)."""
        found = self.doubles(count)
        if not (np.abs(found) < 2.0**53).all() or (found != np.rint(found)).any():
            raise MeshError("it has a broken number where a whole one must be.")
        return found.astype(np.int64)

    ints = sizes

    def end(self) -> int:
        """Return the byte after the section's numbers, all of which must have been taken."""
        if self._next != len(self._all):
            raise MeshError(f"a section has {len(self._all) - self._next} numbers too many.")
        return self._stop
