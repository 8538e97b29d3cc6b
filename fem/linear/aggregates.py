r"""Aggregates of nodes for coarse spaces: pairs of strongly coupled ones, and pairs of pairs.

How strongly two nodes are coupled does not depend on units: per field the geometric mean of both entries of
the matrix over that of both diagonals, :math:`\sqrt{|a_{ij} a_{ji}| / |a_{ii} a_{jj}|}`, summed over the fields.
Pairs of pairs follow thin layers and fine cells by themselves (Y. Notay, Electron. Trans. Numer. Anal. 37,
123, 2010).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ATTEMPTS = 8  # at finding partners in one pass; after them nearly all nodes that can have one do
_ALIKE = 1 - 1e-6  # of the strongest coupling: as strong


def strength(indptr: Ints, indices: Ints, diagonals: Array) -> csr_matrix:
    """Return the couplings of nodes, from the diagonals (entries, fields) of the blocks of a square matrix."""
    n = indptr.size - 1
    total = csr_matrix((n, n))
    for values in np.abs(diagonals).T:
        field = csr_matrix((values, indices, indptr), shape=(n, n))
        size = field.diagonal()
        inverse = diags(1 / np.sqrt(np.where(size > 0, size, 1.0)))
        total = total + inverse @ field.multiply(field.T).sqrt() @ inverse
    return _clean(total)


def aggregates(couplings: csr_matrix, passes: int) -> Ints:
    """Return the aggregate of each node, numbered from 0 on; they hold up to 2^passes nodes."""
    found = np.arange(couplings.shape[0])
    for k in range(passes):
        pair = _pairs(couplings, k)
        found = pair[found]
        n, m = pair.size, int(pair.max(initial=-1)) + 1
        joined = csr_matrix((np.ones(n), (np.arange(n), pair)), shape=(n, m))
        couplings = _clean(joined.T @ couplings @ joined)
    return found


def _pairs(couplings: csr_matrix, seed: int) -> Ints:
    """Return the number of each node's pair: of those that are each other's strongest free neighbour."""
    n = couplings.shape[0]
    entries = couplings.tocoo()
    row, column, weight = entries.row, entries.col, entries.data
    mate, nodes = np.full(n, -1), np.arange(n)
    random = np.random.default_rng(seed)
    for attempt in range(_ATTEMPTS):
        free = (mate[row] < 0) & (mate[column] < 0)
        row, column, weight = row[free], column[free], weight[free]
        if not row.size:
            break
        best = np.zeros(n)
        np.maximum.at(best, row, weight)
        strongest = np.flatnonzero(weight >= _ALIKE * best[row])
        if attempt:  # those that remain are alike and wait for each other in circles
            strongest = random.permutation(strongest)
        choice = np.full(n, -1)
        choice[row[strongest]] = column[strongest]
        chosen = np.flatnonzero((choice >= 0) & (choice[choice] == nodes))
        mate[chosen] = choice[chosen]
    _, pair = np.unique(np.where(mate >= 0, np.minimum(mate, nodes), nodes), return_inverse=True)
    return np.asarray(pair, dtype=np.int64)


def _clean(couplings: csr_matrix) -> csr_matrix:
    """Return couplings without those of a node to itself and without zeros."""
    couplings = couplings.tocsr()
    couplings.setdiag(0)
    couplings.eliminate_zeros()
    return couplings
