r"""Voltages of all word and bit lines of a crossbar at given conductances of its cells, line by line.

Each line is a chain of resistors: a tridiagonal matrix :math:`T = L + G` (its own Laplacian and the cells on it). With
the word lines eliminated, the bit lines obey :math:`(T_b - G T_w^{-1} G)\,V_b = i_b + G T_w^{-1} i_w`, which conjugate
gradients solve with :math:`T_b` as the preconditioner (M. R. Hestenes and E. Stiefel, J. Res. Natl. Bur. Stand. 49,
409, 1952; G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed., 2013, section 11.5). All lines of one direction
are factored and solved at once by LAPACK's tridiagonal routines.

The factors come from conductances in series and parallel, where nothing is subtracted, and :math:`T_b` is never applied
to a vector (what it would give is carried along): a line of any small resistance, and of none, is exact to round-off.

A coarse crossbar, added to the preconditioner, carries what floating lines bring over many cells (a two-level additive
Schwarz method: B. Smith, P. Bjørstad and W. Gropp, Domain Decomposition, Cambridge 1996, chapter 2). What it gives is
applied to :math:`T_b`, and does not follow a segment of next to no resistance among others: where its round-off stops
the gradients, they begin again without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError
from studies.arrays.chains import Chains, Factored
from studies.arrays.coarse import CoarseCrossbar
from studies.arrays.small import MOST_CELLS, voltages

Array = NDArray[np.float64]
#: What is left to correct, of the largest voltage; what round-off may leave, after so many steps in vain.
TOLERANCE, ROUND_OFF, STALLED = 3e-15, 1e-11, 12
MOST_ITERATIONS = 3000
_TOO_MANY = (
    f"the crossbar's lines take more than {MOST_ITERATIONS} iterations: its resistances differ too much."
)
_NO_POINT = "the crossbar has no single operating point near its start: its cells give power."


@dataclass(eq=False)
class LineSolver:
    """Word and bit lines between which cells of any conductance may be put; arrays have the shape (rows, columns).

    ``words``: from the right end to the driver on the left, ``bits``: from the top to the output at the bottom.
    ``iterations``: those of the last solution.
    """

    words: Chains
    bits: Chains
    iterations: int = field(default=0, init=False)

    def solve(
        self, cells: Array, into_words: Array, into_bits: Array, terminals: tuple[Array, Array]
    ) -> tuple[Array, Array]:
        """Return the voltages [V] of word and bit nodes.

        ``cells`` [S]; ``into_words``, ``into_bits``: currents [A] into the nodes; ``terminals``: voltages [V] of the
        driven ends, shapes (rows,) and (columns,). Raises ConvergenceError where the cells give power.
        """
        if cells.size <= MOST_CELLS and (cells >= 0).all():
            return voltages((self.words, self.bits), cells, (into_words, into_bits), terminals)
        g_word, g_bit = to_words(cells), to_bits(cells)
        word, bit = self.words.factored(g_word), self.bits.factored(g_bit)
        i_word, i_bit = to_words(into_words).copy(), to_bits(into_bits).copy()
        i_word[:, -1] += word.into * terminals[0]
        i_bit[:, -1] += bit.into * terminals[1]
        rhs = i_bit + g_bit * word_to_bit(word.solve(i_word))
        highest = max(float(np.abs(volts).max()) for volts in terminals)
        coarse = CoarseCrossbar.of(self.words, self.bits, cells)
        try:
            below = self._conjugate_gradients(word, bit, (g_word, g_bit), rhs, coarse, highest)
        except ConvergenceError:
            if coarse is None:
                raise
            below = self._conjugate_gradients(word, bit, (g_word, g_bit), rhs, None, highest)
        above = word.solve(i_word + g_word * bit_to_word(below))
        return from_words(above), from_bits(below)

    def _conjugate_gradients(
        self,
        word: Factored,
        bit: Factored,
        cells: tuple[Array, Array],
        rhs: Array,
        coarse: CoarseCrossbar | None,
        highest: float,
    ) -> Array:
        """Return the voltages of the bit nodes, as chains.

        ``rhs`` [A]: what flows into them; ``highest`` [V]: what is applied.
        """
        g_word, g_bit = cells

        def returned(voltage: Array) -> Array:  # what the word lines bring back to the bit nodes
            return g_bit * word_to_bit(word.solve(g_word * bit_to_word(voltage)))

        def preconditioned(residual: Array) -> tuple[Array, Array]:  # z, and what T_b gives of it
            z = bit.solve(residual)
            if coarse is None:
                return z, residual
            smooth = coarse.correction(residual)
            drawn = bit.laplacian(smooth)
            drawn += residual
            z += smooth
            smooth *= g_bit
            drawn += smooth
            return z, drawn

        found = bit.solve(rhs)
        volts = float(np.abs(found).max(initial=highest))
        residual = returned(found)
        step, drawn = (part.copy() for part in preconditioned(residual))
        size, left = float(np.vdot(residual, step)), float(np.abs(step).max())
        best, self.iterations, stalled = left, 0, 0
        while left > TOLERANCE * volts and not (stalled > STALLED and best <= ROUND_OFF * volts):
            out = drawn - returned(step)
            power = float(np.vdot(step, out))
            if not power > 0 or self.iterations == MOST_ITERATIONS:
                if best <= ROUND_OFF * volts:
                    break
                raise ConvergenceError(_NO_POINT if not power > 0 else _TOO_MANY)
            length = size / power
            found += length * step
            residual -= length * out
            z, z_drawn = preconditioned(residual)
            new, left = float(np.vdot(residual, z)), float(np.abs(z).max())
            for kept, add in ((step, z), (drawn, z_drawn)):
                kept *= new / size
                kept += add
            size = new
            best, stalled = (left, 0) if left < 0.7 * best else (best, stalled + 1)
            self.iterations += 1
        return found


def to_words(values: Array) -> Array:
    """Return (rows, columns) as chains of word lines."""
    return np.ascontiguousarray(values[:, ::-1])


def to_bits(values: Array) -> Array:
    """Return (rows, columns) as chains of bit lines."""
    return np.ascontiguousarray(values.T)


def from_words(chains: Array) -> Array:
    """Return chains of word lines as (rows, columns)."""
    return np.ascontiguousarray(chains[:, ::-1])


def from_bits(chains: Array) -> Array:
    """Return chains of bit lines as (rows, columns)."""
    return np.ascontiguousarray(chains.T)


def word_to_bit(chains: Array) -> Array:
    """Return chains of word lines as those of bit lines."""
    return np.ascontiguousarray(chains.T[::-1])


def bit_to_word(chains: Array) -> Array:
    """Return chains of bit lines as those of word lines."""
    return np.ascontiguousarray(chains.T[:, ::-1])
