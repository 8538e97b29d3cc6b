"""One linear form assembled for many values of some of its functions: all else is packed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.forms.assembly import Assembly, Packed

Array = npt.NDArray[np.float64]
_MOST = 2_000_000  # numbers that are kept packed


class Batch:
    """Assembles a linear form ``count`` times, each time with other values of the functions ``varied``.

    The form is to be linear in these together: where all of them are 0 in it, it is 0. ``tags``: of the regions of
    all cells of this rank.
    """

    def __init__(
        self, assembly: Assembly, varied: Sequence[Any], count: int, tags: npt.NDArray[np.int32]
    ) -> None:
        self._functions, self.count, self._tags = list(varied), count, tags
        self._numbers = {id(f): k for k, f in enumerate(self._functions)}
        self._values: list[Array] = [np.zeros((count, 0)) for _ in varied]
        self._by_region = [False] * len(varied)
        self._acts = np.zeros((len(varied), count), dtype=bool)  # where a function is not 0
        self._packed: list[_Columns] = []
        self._plain: list[tuple[Any, list[int]]] = []
        for part in assembly.parts:
            if isinstance(part, Packed):
                self._packed.append(_Columns(part, self._functions, count))
            else:
                mine = {id(f) for f in part.functions}
                self._plain.append((part, [k for k, f in enumerate(varied) if id(f) in mine]))

    def set(self, function: Any, values: Array, *, by_region: bool = False) -> None:
        """Set one of the functions, shape (count, dofs), or (count, tags) if it has one value in each region."""
        k, acts = self._numbers[id(function)], values.any(axis=1)
        if not (acts.any() or self._acts[k].any()) and self._values[k].shape == values.shape:
            return
        self._values[k], self._by_region[k], self._acts[k] = values, by_region, acts
        for columns in self._packed:
            columns.take(k, values, by_region=by_region)

    def add_to_vectors(self, found: Array) -> None:
        """Add the form to ``found``, shape (count, dofs), for all values; of this rank, its ghosts too."""
        from dolfinx import cpp

        for columns in self._packed:
            constants, packed = columns.part.data()
            form = columns.part.form._cpp_object
            for p in np.flatnonzero(self._acts[list(columns.places)].any(axis=0)).tolist():
                columns.put(packed, p, self._values, self._acts, self._by_region)
                cpp.fem.assemble_vector(found[p], form, constants, packed)
        for plain, present in self._plain:
            for p in np.flatnonzero(self._acts[present].any(axis=0)).tolist():
                self.put(p, present)
                cpp.fem.assemble_vector(found[p], plain.form._cpp_object, *plain.data())

    def put(self, p: int, which: Sequence[int] | None = None) -> None:
        """Put values number ``p`` into the functions themselves, or into some of them."""
        for k in range(len(self._functions)) if which is None else which:
            values = self._values[k][p]
            if self._by_region[k]:
                values = values[self._tags]
            self._functions[k].x.array[:] = values if len(values) else 0.0


class _Columns:
    """The columns of the varied functions in a part on a graph: ``places`` by their numbers.

    Where these stand side by side and are not too many, those of all values are kept as they are packed.
    """

    def __init__(self, part: Packed, functions: Sequence[Any], count: int) -> None:
        self.part, self.places = part, part.take_out(functions)
        self._sizes = {k: functions[k].function_space.dofmap.index_map_bs for k in self.places}
        self._of_nodes = {k: functions[k].ufl_element().embedded_superdegree > 0 for k in self.places}
        self._regions, self._nodes = part.regions, part.nodes
        self._zero = dict.fromkeys(self.places, False)
        self._first = min((place.start for place in self.places.values()), default=0)
        self._last = max((place.stop for place in self.places.values()), default=0)
        width = sum(place.stop - place.start for place in self.places.values())
        rows = len(self._nodes)
        kept = width == self._last - self._first and count * rows * width < _MOST
        self._blocks = np.zeros((count, rows, width)) if kept else None

    def take(self, k: int, values: Array, *, by_region: bool) -> None:
        """Take note of all values of a function."""
        if self._blocks is None or k not in self.places:
            return
        place = self.places[k]
        columns = slice(place.start - self._first, place.stop - self._first)
        self._blocks[:, :, columns] = self._packed(k, values, by_region=by_region)

    def _packed(self, k: int, values: Array, *, by_region: bool) -> Array:
        """Return values of a function, shape (count, dofs or tags), as they are packed."""
        if self._of_nodes[k]:
            found = values.reshape(len(values), -1, self._sizes[k])[:, self._nodes]
            return found.reshape(len(values), len(self._nodes), -1)
        assert by_region, f"function {k} varies within a region"
        return np.asarray(values[:, self._regions, None])

    def put(self, packed: Any, p: int, values: Sequence[Array], acts: Any, by_region: Sequence[bool]) -> None:
        """Put the values number ``p`` of all functions into the columns; 0 where one does not act."""
        if self._blocks is not None:
            for table in packed.values():
                table[:, self._first : self._last] = self._blocks[p]
            return
        for k, place in self.places.items():
            if not acts[k, p] and self._zero[k]:
                continue
            self._zero[k] = not acts[k, p]
            new: Any = 0.0
            if acts[k, p]:
                new = self._packed(k, values[k][p : p + 1], by_region=by_region[k])[0]
            for table in packed.values():
                table[:, place] = new
