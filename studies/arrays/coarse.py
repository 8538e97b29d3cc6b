"""A small crossbar that stands for bundles of lines: it carries voltages over many cells at once.

Its voltages are interpolated linearly to the nodes of the bit lines, along the lines and across them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from studies.arrays.chains import Chains

Array = NDArray[np.float64]
#: Bundles in each direction; an array with fewer lines in one of them needs none.
BUNDLES, FEWEST_LINES = 12, 48
#: Largest conductance of a coarse line over that of all cells: more is equal voltages to it.
STIFFEST = 1e6
#: Drop along a line at the current of all its cells, over the voltage, below which the cells' own lines are enough.
DROPS, FLAT = 100.0, 1e-4


@dataclass(frozen=True, eq=False)
class CoarseCrossbar:
    """``along`` (nodes of a bit line, bundles of rows), ``beside`` (bit lines, bundles of columns): interpolations.

    ``inverse`` [Ohm]: of the coarse crossbar, its bit nodes only.
    """

    along: Array
    beside: Array
    inverse: Array

    @classmethod
    def of(cls, words: Chains, bits: Chains, cells: Array) -> CoarseCrossbar | None:
        """Return that of the ``cells`` [S], shape (rows, columns), or None where it would not help."""
        driven = words.driven.all() and bits.driven.all()
        if driven or min(cells.shape) < FEWEST_LINES:
            return None
        word, bit = (float(np.mean(chain.segments)) for chain in (words, bits))
        rows, columns = cells.shape
        mean = float(cells.mean())
        if (word * columns**2 + bit * rows**2) * mean < DROPS:
            return None
        along = _hats(rows, 1 if bit * rows**2 * mean < FLAT else BUNDLES)
        beside = _hats(columns, BUNDLES)
        inverse = _inverse(cells, (word, bit), (words.driven, bits.driven), (along, beside))
        return cls(along, beside, inverse)

    def correction(self, residual: Array) -> Array:
        """Return voltages [V] for what is left of the currents [A] into the bit nodes, both (bit lines, nodes)."""
        left = self.beside.T @ residual @ self.along
        found = (self.inverse @ left.ravel()).reshape(left.shape)
        return self.beside @ found @ self.along.T


def _hats(count: int, bundles: int) -> Array:
    """Return what each bundle gives to each of so many lines, shape (count, bundles); the sum of a row is 1."""
    if bundles == 1:
        return np.ones((count, 1))
    place = np.clip((np.arange(count) + 0.5) * bundles / count - 0.5, 0, bundles - 1)
    left = np.minimum(place.astype(int), bundles - 2)
    found = np.zeros((count, bundles))
    found[np.arange(count), left], found[np.arange(count), left + 1] = 1 - (place - left), place - left
    return found


def _inverse(
    cells: Array,
    ohms: tuple[float, float],
    driven: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    hats: tuple[Array, Array],
) -> Array:
    """Return the inverse [Ohm] of the coarse crossbar for currents into its bit nodes (bundle of columns, of rows)."""
    along, beside = hats
    g = beside.T @ cells.T @ along
    bundles_w, bundles_b = g.shape[1], g.shape[0]  # of word lines, of bit lines
    most = STIFFEST * float(g.sum())
    per_word, per_bit = along.sum(axis=0), beside.sum(axis=0)
    reach = cells.shape[1] / bundles_b, cells.shape[0] / bundles_w  # segments from bundle to bundle

    def line(lines: Array, ohm: float, segments: float) -> Array:
        return np.minimum(lines / max(ohm * segments, 1e-300), most)

    size = g.size
    matrix = np.zeros((2 * size, 2 * size))
    node = np.arange(size).reshape(g.shape)

    def join(a: NDArray[np.intp], b: NDArray[np.intp], conductance: Array) -> None:
        a, b, c = a.ravel(), b.ravel(), conductance.ravel()
        for i, j, sign in ((a, a, 1), (b, b, 1), (a, b, -1), (b, a, -1)):
            np.add.at(matrix, (i, j), sign * c)

    join(node, node + size, g)
    join(node[:-1], node[1:], np.broadcast_to(line(per_word, ohms[0], reach[0]), node[1:].shape))
    join(node[:, :-1] + size, node[:, 1:] + size,
         np.broadcast_to(line(per_bit, ohms[1], reach[1])[:, None], node[:, 1:].shape))  # fmt: skip
    ground = np.zeros(2 * size)
    ground[node[0]] += line(along.T @ driven[0], ohms[0], 0.5 * reach[0] + 0.5)
    ground[node[:, -1] + size] += line(beside.T @ driven[1], ohms[1], 0.5 * reach[1] + 0.5)
    matrix[np.arange(2 * size), np.arange(2 * size)] += ground + 1e-14 * most / STIFFEST
    inverse = np.linalg.inv(matrix)[size:, size:]
    return 0.5 * (inverse + inverse.T)
