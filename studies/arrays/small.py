"""A crossbar of few cells, node by node: exact to the last digits however much its conductances differ.

A node is taken out of the network by joining its neighbours (Kron's reduction), in which conductances are only added,
multiplied and divided: each comes out with a relative error of the order of round-off, as in the elimination of W. K.
Grassmann, M. I. Taksar and D. P. Heyman, Oper. Res. 33, 1107, 1985.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError
from studies.arrays.chains import LEAST, NOTHING

if TYPE_CHECKING:
    from studies.arrays.chains import Chains

Array = NDArray[np.float64]
MOST_CELLS = 16  #: beyond it the lines are quicker


def voltages(
    chains: tuple[Chains, Chains], cells: Array, into: tuple[Array, Array], terminals: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Return the voltages [V] of word and bit nodes, (rows, columns), as ``LineSolver.solve`` does.

    ``chains``: word and bit lines; ``cells`` [S], none below 0; ``into`` [A], ``terminals`` [V]. Raises
    ConvergenceError for a node without any path to a driven one.
    """
    rows, columns = cells.shape
    size = cells.size
    word = np.arange(size).reshape(rows, columns)[:, ::-1]
    bit = np.arange(size, 2 * size).reshape(rows, columns).T
    joined = np.zeros((2 * size, 2 * size))
    joined[np.arange(size), np.arange(size, 2 * size)] = cells.ravel()
    ground, current = np.zeros(2 * size), np.concatenate((into[0].ravel(), into[1].ravel()))
    whole = float(cells.sum() + sum(chain.shunt.sum() for chain in chains))
    least = min(NOTHING / max(whole, np.finfo(float).tiny), LEAST)
    for nodes, chain, volts in zip((word, bit), chains, terminals, strict=True):
        g = 1.0 / np.maximum(chain.segments, least)
        joined[nodes[:, :-1], nodes[:, 1:]] += g[:, :-1]
        ground[nodes] += chain.shunt
        last = np.where(chain.driven, g[:, -1], 0.0)
        ground[nodes[:, -1]] += last
        current[nodes[:, -1]] += last * volts
    return _reduced(joined + joined.T, ground, current, (rows, columns))


def _reduced(joined: Array, ground: Array, current: Array, shape: tuple[int, int]) -> tuple[Array, Array]:
    """Return the voltages of the nodes that ``joined`` [S] conductances connect, taken out one after the other."""
    count = ground.size
    whole = np.empty(count)
    for k in range(count):
        near = joined[k, k + 1 :]
        whole[k] = ground[k] + near.sum()
        if not whole[k] > 0:
            raise ConvergenceError(
                "the crossbar has no single operating point near its start: a node is cut off."
            )
        share = near / whole[k]
        joined[k + 1 :, k + 1 :] += np.outer(share, near)
        np.fill_diagonal(joined[k + 1 :, k + 1 :], 0.0)
        ground[k + 1 :] += share * ground[k]
        current[k + 1 :] += share * current[k]
    found = np.empty(count)
    for k in reversed(range(count)):
        found[k] = (current[k] + joined[k, k + 1 :] @ found[k + 1 :]) / whole[k]
    size = count // 2
    return found[:size].reshape(shape), found[size:].reshape(shape)
