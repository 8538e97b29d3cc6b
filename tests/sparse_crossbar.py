"""The crossbar as one sparse matrix of voltages and segment currents, factored by SuperLU: to compare with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import block_array, coo_array, csc_array, diags_array
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]


def solve(cells: Array, word: Array, bit: Array, words: Array, bits: Array) -> tuple[Array, Array]:
    """Return the voltages [V] of word and bit nodes, shape (rows, columns), by modified nodal analysis.

    ``cells`` [S]; ``word``, ``bit`` [Ohm], shape (rows, columns): the segments left of and below each cell; ``words``,
    ``bits`` [V]: of the terminals, nan for what floats.
    """
    rows, columns = cells.shape
    size = rows * columns
    w = np.arange(size).reshape(rows, columns)
    b = w + size
    left, foot = 2 * size + np.arange(rows), 2 * size + rows + np.arange(columns)
    first = np.concatenate((np.column_stack((left, w[:, :-1])).ravel(), b.ravel()))
    second = np.concatenate((w.ravel(), np.vstack((b[1:], foot)).ravel()))
    resistance = np.concatenate((word.ravel(), bit.ravel()))
    count, nodes = resistance.size, 2 * size + rows + columns
    places = (np.concatenate((first, second)), np.tile(np.arange(count), 2))
    incidence = csc_array(coo_array((np.repeat((1.0, -1.0), count), places), shape=(nodes, count)))
    g, i, j = cells.ravel(), np.concatenate((w.ravel(), b.ravel())), np.concatenate((b.ravel(), w.ravel()))
    own = csc_array(
        coo_array(
            (np.concatenate((g, g, -g, -g)), (np.concatenate((i, i)), np.concatenate((i, j)))),
            shape=(nodes, nodes),
        )
    )
    applied = np.concatenate((np.zeros(2 * size), words, bits))
    free = np.flatnonzero(np.concatenate((np.ones(2 * size, dtype=bool), np.isnan(words), np.isnan(bits))))
    volts = np.nan_to_num(applied)
    matrix = csc_array(
        block_array([[own[free][:, free], incidence[free]], [incidence[free].T, -diags_array(resistance)]])
    )
    factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True})
    rhs = -np.concatenate(((own @ volts)[free], incidence.T @ volts))
    step = factor.solve(rhs)
    volts[free] += (step + factor.solve(rhs - matrix @ step))[: free.size]
    return volts[:size].reshape(rows, columns), volts[size : 2 * size].reshape(rows, columns)
