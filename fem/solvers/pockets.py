r"""Pockets: parts of a device whose carriers exchange far less with the rest than among themselves.

What flows along an edge, :math:`|J_{ij}| n_j` with the entries of the Jacobian, is its exchange. Sorted by it, edges
join nodes to clusters, the strongest first (a spanning tree; J. B. Kruskal, Proc. Am. Math. Soc. 7, 48, 1956). A
cluster is a pocket where the next edge outwards is weaker by ``RATIO`` than the strongest inside, but for edges inside
of smaller pockets: these cancel already in the balances of those. What carriers are lost to other than their neighbours
(recombination, contacts, storage in a time step) counts as an edge to the outside. In a graph of electrons and holes
together recombination is an edge between the two at a node, and pockets of both come out (``carrier_pockets``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

from fem.linear.coarse_space import Blocks

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RATIO = 1e-7  #: of the exchange inside: with less outside, nine digits are left of a balance in a sum of rows


@dataclass(frozen=True)
class Cluster:
    """Nodes that exchange little with the rest; ``closed``: nothing at all."""

    nodes: Ints
    closed: bool = False


@dataclass(frozen=True)
class Pocket:
    """Nodes with one balance of their own; ``row``: the node whose equation gives way to it."""

    nodes: Ints
    row: int


class Edges:
    """Pairs of nodes with entries in a matrix, of whose rows ``first`` is the first node; ``nodes``: both of each.

    A pair of two ranks is on both, the other way round.
    """

    def __init__(self, blocks: Blocks, first: int) -> None:
        rows, columns = blocks.rows + first, blocks.columns
        low, high = np.minimum(rows, columns), np.maximum(rows, columns)
        order = np.lexsort((high, low))
        order = order[low[order] < high[order]]
        low, high = low[order], high[order]
        self._starts = np.flatnonzero((np.diff(low, prepend=-1) != 0) | (np.diff(high, prepend=-1) != 0))
        self._columns = columns[order]
        self._places = [blocks.diagonal(k)[order] for k in range(blocks.size)]
        self.nodes = rows[order][self._starts], columns[order][self._starts]
        self._blocks, self._own = blocks, np.flatnonzero(rows == columns)

    def flow(self, values: Array, k: int, density: Array) -> Array:
        """Return the larger of what flows both ways, of the unknown k; ``values``: of the matrix."""
        both = np.abs(values[self._places[k]]) * density[self._columns]
        found: Array = np.maximum.reduceat(both, self._starts)
        return found

    def at_nodes(self, values: Array, k: int, other: int) -> Array:
        """Return by node of this rank the size of the entry in the row of unknown k and the column of the other."""
        found: Array = np.abs(values[self._blocks.entry(k, other)[self._own]])
        return found


class PocketSearch:
    """Finds the pockets of one carrier in a device, again and again; ``first``, ``second``: the nodes of its edges."""

    def __init__(self, first: Ints, second: Ints) -> None:
        self._first, self._second = first, second
        self._ways: _Ways | None = None

    def __call__(self, flow: Array, lost: Array) -> list[Cluster]:
        """Return the nodes of the pockets, smaller ones before those around them.

        ``flow``: along each edge; ``lost``: by node, to the outside, infinite at contacts.
        """
        tree = self._narrow(flow, lost)
        if tree is None:
            return []
        order = np.argsort(tree.data)
        clusters = _Clusters(lost.size)
        for a, b, length in zip(*(x[order].tolist() for x in (tree.row, tree.col, tree.data)), strict=True):
            clusters.join(a, b, length)
        open_ = len(clusters.found)
        clusters.close()
        return [Cluster(np.array(c, dtype=np.int64), k >= open_) for k, c in enumerate(clusters.found)]

    def all_open(self, flow: Array, lost: Array) -> bool:
        """Whether there is no pocket; see ``__call__``."""
        return self._narrow(flow, lost) is None

    def _narrow(self, flow: Array, lost: Array) -> coo_matrix | None:
        """Return the strongest tree of all nodes and the outside; None if a wide way leads out from everywhere."""
        if self._ways is not None and self._ways.wide_enough(self._first, self._second, flow, lost):
            return None
        tree = _tree(self._first, self._second, flow, lost)
        self._ways = _Ways.through(tree, self._first, self._second)
        if self._ways is not None and self._ways.wide_enough(self._first, self._second, flow, lost):
            return None
        return tree


def _tree(first: Ints, second: Ints, flow: Array, lost: Array) -> coo_matrix:
    """Return the strongest tree of all nodes and the outside, the last one; shorter entries for stronger edges."""
    count = lost.size
    leaks = np.flatnonzero(lost > 0)
    rows, columns = np.append(first, leaks), np.append(second, np.full(leaks.size, count))
    strength = np.append(flow, lost[leaks])
    used = strength > 0
    rows, columns, strength = rows[used], columns[used], strength[used]
    finite = np.isfinite(strength)
    top = float(np.log(strength[finite].max(initial=1.0)))
    length = np.where(finite, 1.0 + top - np.log(np.where(finite, strength, 1.0)), 0.5)
    graph = csr_matrix((length, (rows, columns)), shape=(count + 1, count + 1))
    return minimum_spanning_tree(graph).tocoo()


@dataclass(frozen=True)
class _Ways:
    """Ways from all nodes to the outside, the last one: ``edge`` is the first on that of a node, -1 straight out.

    ``above``: the nodes 1, 2, 4 and so on edges further on the way.
    """

    edge: Ints
    above: list[Ints]

    @classmethod
    def through(cls, tree: coo_matrix, first: Ints, second: Ints) -> _Ways | None:
        """Return the ways along a tree; None if it does not lead out from everywhere that it goes to."""
        count = tree.shape[0] - 1
        nodes, before = breadth_first_order(tree.tocsr(), count, directed=False)
        cut_off = np.ones(count + 1, dtype=bool)
        cut_off[nodes] = False
        if cut_off[tree.row].any():
            return None
        parent = np.where(cut_off, count, np.append(before[:-1], count)).astype(np.int64)
        names = np.minimum(first, second) * (count + 1) + np.maximum(first, second)
        order = np.argsort(names)
        wanted = np.minimum(np.arange(count), parent[:-1]) * (count + 1) + np.maximum(
            np.arange(count), parent[:-1]
        )
        place = order[np.minimum(np.searchsorted(names[order], wanted), names.size - 1)]
        above = [parent]
        while (above[-1] != count).any():
            above.append(above[-1][above[-1]])
        return cls(np.where(parent[:-1] == count, -1, place), above)

    def wide_enough(self, first: Ints, second: Ints, flow: Array, lost: Array) -> bool:
        """Whether a way from each edge is nowhere weaker than the edge by ``RATIO``, so that there is no pocket."""
        narrowest = np.append(np.where(self.edge < 0, lost, flow[self.edge]), np.inf)
        for above in self.above:
            narrowest = np.minimum(narrowest, narrowest[above])
        return bool((RATIO * flow <= np.maximum(narrowest[first], narrowest[second])).all())


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


def with_rows(found: Sequence[Ints], density: Array) -> list[Pocket]:
    """Return pockets with the densest node that is in none of those inside, or with the row of one of these.

    ``found``: their nodes, smaller ones before those around them.
    """
    around: dict[int, int] = {}  # by node, the last pocket around it
    rows: dict[int, int] = {}  # by pocket
    for number, nodes in enumerate(found):
        members = nodes.tolist()
        free = np.array([k for k in members if k not in around], dtype=np.int64)
        if free.size:
            rows[number] = int(free[np.argmax(density[free])])
        elif inside := {around[k] for k in members} & rows.keys():
            rows[number] = rows.pop(max(inside, key=lambda p: len(found[p])))
        around.update(dict.fromkeys(members, number))
    return [Pocket(found[k], row) for k, row in rows.items()]
