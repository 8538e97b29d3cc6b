r"""What a crossbar multiplies by: its transfer conductances, with line resistance and sneak paths.

Word lines are driven from the left, bit lines are held at 0 V below, so that the current out of bit line j is
:math:`\sum_i T_{ij} V_i`. At read voltages the cells are linear, and T is a property of the array. It needs a solution
for each row, or, as a network of resistors is reciprocal, for each column: bit line j at 1 V and all else at 0 V draws
:math:`-T_{ij}` from word line i. The shorter way is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fem.errors.arguments import settle
from fem.errors.checking import not_negative
from studies.arrays.network import Crossbar

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ReadLines:
    """Resistances [Ohm] of one segment of a word and of a bit line, between neighbouring cells; 0 is none."""

    word: float = 0.0
    bit: float = 0.0

    def __post_init__(self) -> None:
        settle(self, "the lines of an array", word=not_negative, bit=not_negative)

    @property
    def some(self) -> bool:
        """Whether the lines have a resistance."""
        return self.word > 0 or self.bit > 0


def transfer(conductances: Array, lines: ReadLines) -> Array:
    """Return the transfer conductances [S] of cells of ``conductances`` [S], shape (rows, columns).

    >>> transfer(np.full((2, 2), 1e-3), ReadLines(word=1.0, bit=1.0)).round(8)
    array([[0.00099502, 0.00099403],
           [0.00099602, 0.00099502]])
    """
    if not lines.some:
        return conductances
    array = Crossbar(
        conductances=conductances, word_line_resistance=lines.word, bit_line_resistance=lines.bit
    )
    rows, columns = conductances.shape
    found, low = np.empty((rows, columns)), (np.zeros(rows), np.zeros(columns))
    if rows < columns:
        for i, volts in enumerate(np.eye(rows)):
            found[i] = array.solve(volts, low[1])["output_current"].values
    else:
        for j, volts in enumerate(np.eye(columns)):
            found[:, j] = -array.solve(low[0], volts)["input_current"].values
    return found


def transfers(conductances: Array, lines: ReadLines) -> Array:
    """Return the transfer conductances [S] of several arrays, shape (arrays, rows, columns)."""
    if not lines.some:
        return conductances
    return np.stack([transfer(g, lines) for g in conductances])
