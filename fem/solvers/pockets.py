r"""Pockets: parts of a device whose carriers exchange far less with the rest than among themselves.

What flows along an edge, :math:`|J_{ij}| n_j` with the entries of the Jacobian, is its exchange. Sorted by it, edges
join nodes to clusters, the strongest first (a spanning tree; J. B. Kruskal, Proc. Am. Math. Soc. 7, 48, 1956). A
cluster is a pocket where the next edge outwards is weaker by ``RATIO`` than the strongest inside, but for edges inside
of smaller pockets: these cancel already in the balances of those. What carriers are lost to other than their neighbours
(recombination, contacts, storage in a time step) counts as an edge to the outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from fem.linear.coarse_space import Blocks

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RATIO = 1e-7  #: of the exchange inside: with less outside, nine digits are left of a balance in a sum of rows


@dataclass(frozen=True)
class Pocket:
    """Nodes with one balance of their own; ``row``: the node whose equation gives way to it."""

    nodes: Ints
    row: int


class Edges:
    """Pairs of nodes with entries in a matrix, of whose rows ``first`` is the first node; ``nodes``: both of each."""

    def __init__(self, blocks: Blocks, first: int) -> None:
        rows, columns = blocks.rows + first, blocks.columns
        low, high = np.minimum(rows, columns), np.maximum(rows, columns)
        order = np.lexsort((high, low))
        order = order[low[order] < high[order]]
        low, high = low[order], high[order]
        self._starts = np.flatnonzero((np.diff(low, prepend=-1) != 0) | (np.diff(high, prepend=-1) != 0))
        self._columns = columns[order]
        self._places = [blocks.diagonal(k)[order] for k in range(blocks.size)]
        self.nodes = low[self._starts], high[self._starts]

    def flow(self, values: Array, k: int, density: Array) -> Array:
        """Return the larger of what flows both ways, of the unknown k; ``values``: of the matrix."""
        both = np.abs(values[self._places[k]]) * density[self._columns]
        found: Array = np.maximum.reduceat(both, self._starts)
        return found


@dataclass(frozen=True)
class Exchange:
    """Edges by their nodes and what flows along them; ``lost``: by node, to the outside, infinite at contacts."""

    first: Ints
    second: Ints
    flow: Array
    lost: Array

    @property
    def tree(self) -> csr_matrix:
        """The strongest tree of all nodes and the outside, the last one; shorter entries for stronger edges."""
        count = self.lost.size
        leaks = np.flatnonzero(self.lost > 0)
        rows, columns = np.append(self.first, leaks), np.append(self.second, np.full(leaks.size, count))
        flow = np.append(self.flow, self.lost[leaks])
        used = flow > 0
        finite = flow[used & np.isfinite(flow)]
        top = float(np.log(finite.max())) if finite.size else 0.0
        with np.errstate(divide="ignore"):
            length = np.where(np.isfinite(flow), 1.0 + top - np.log(np.where(used, flow, 1.0)), 0.5)
        graph = csr_matrix((length[used], (rows[used], columns[used])), shape=(count + 1, count + 1))
        return minimum_spanning_tree(graph).tocsr()


def pockets_of(tree: csr_matrix, density: Array) -> list[Pocket]:
    """Return the pockets in a tree of exchange, smaller ones before those around them; ``density``: by node."""
    if not _may_have_pockets(tree):
        return []
    edges = tree.tocoo()
    order = np.argsort(edges.data)
    clusters = _Clusters(density.size)
    steps = zip(edges.row[order].tolist(), edges.col[order].tolist(), edges.data[order].tolist(), strict=True)
    for a, b, length in steps:
        clusters.join(a, b, length)
    clusters.close()
    return _with_rows(clusters.found, density)


def _may_have_pockets(tree: csr_matrix) -> bool:
    """Whether on some way from the outside an edge is stronger by ``RATIO`` than one before it, or none leads there."""
    count = tree.shape[0] - 1
    nodes, before = breadth_first_order(tree, count, directed=False)
    joined = np.zeros(count + 1, dtype=bool)
    joined[nodes] = True
    edges = tree.tocoo()
    if not joined[edges.row].all():
        return True
    child = np.where(before[edges.row] == edges.col, edges.row, edges.col)
    own, parent = np.zeros(count + 1), np.full(count + 1, count)
    own[child], parent[nodes[1:]] = edges.data, before[nodes[1:]]
    longest, above = own.copy(), parent.copy()  # of the edges from a node up to a node above it
    while (above != count).any():
        longest = np.maximum(longest, longest[above])
        above = above[above]
    return bool((longest[parent] - own > -np.log(RATIO)).any())


class _Clusters:
    """Clusters of nodes that edges join one by one; the last node is the outside."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._above = list(range(count + 1))
        self._members: dict[int, list[int]] = {k: [k] for k in range(count + 1)}
        self._strongest = [np.inf] * (count + 1)  # shortest edge inside, none yet
        self._outside = count
        self.found: list[list[int]] = []

    def join(self, a: int, b: int, length: float) -> None:
        """Join the clusters of two nodes by an edge, and note those that are pockets without it."""
        a, b = self._root(a), self._root(b)
        for cluster in (a, b):
            self._note(cluster, length)
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        self._above[b] = a
        self._members[a] += self._members.pop(b)
        self._strongest[a] = min(self._strongest[a], self._strongest[b], length)
        if b == self._outside:
            self._outside = a

    def close(self) -> None:
        """Note the clusters that nothing joins with the outside."""
        for cluster in list(self._members):
            self._note(cluster, np.inf)

    def _note(self, cluster: int, length: float) -> None:
        shortest = self._strongest[cluster]
        if cluster != self._outside and length - shortest > -np.log(RATIO) and shortest < np.inf:
            self.found.append(list(self._members[cluster]))
            self._strongest[cluster] = np.inf

    def _root(self, node: int) -> int:
        while self._above[node] != node:
            self._above[node] = self._above[self._above[node]]
            node = self._above[node]
        return node


def _with_rows(found: list[list[int]], density: Array) -> list[Pocket]:
    """Return pockets with the densest node that is in none of those inside, or with the row of one of these."""
    around: dict[int, int] = {}  # by node, the last pocket around it
    rows: dict[int, int] = {}  # by pocket
    for number, members in enumerate(found):
        free = np.array([k for k in members if k not in around], dtype=np.int64)
        if free.size:
            rows[number] = int(free[np.argmax(density[free])])
        else:
            rows[number] = rows.pop(max({around[k] for k in members}, key=lambda p: len(found[p])))
        around.update(dict.fromkeys(members, number))
    return [Pocket(np.array(found[k], dtype=np.int64), row) for k, row in rows.items()]
