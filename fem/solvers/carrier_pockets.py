r"""The pockets of a device's carriers in a Jacobian: of each by itself and, in steady states, of both together.

Recombination takes an electron and a hole, so that the balance of each carrier in a pocket holds a rate of pairs, whose
rounding may exceed all that crosses a barrier around both. Of the two balances' difference, that of charge, it is no
part. So electrons and holes are searched as one graph as well, each node twice, with the exchange by recombination,
:math:`|\partial F_n/\partial p|\,p` and the other way round, as an edge between the two. Where one of the carriers
gets out everywhere, it takes the charge of both with it, and that is left out.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.linear.coarse_space import Blocks
from fem.solvers.pockets import Edges, PocketSearch, with_rows

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_ROUNDING = 1e-13  # of a diagonal: a sum of a column that is round-off
_ENOUGH = (
    1e-10  # of what flows off a node: what is lost in a time step everywhere, so that rows have six digits
)
_CARRIERS = ("electron", "hole")


class DeviceEquations(Protocol):
    """The nonlinear problem whose pockets are balanced (see ``CoupledProblem``)."""

    @property
    def device(self) -> Device: ...
    @property
    def context(self) -> Context: ...
    @property
    def conditions(self) -> Any: ...
    @property
    def values(self) -> Array:
        """The scaled unknowns of this rank, shape (nodes, unknowns per node)."""

    def sizes(self) -> Array:
        """Return what an update of each unknown of this rank's own nodes is measured by, of the same shape."""


@dataclass(frozen=True)
class CarrierPocket:
    """Nodes of carriers with one balance of their own.

    ``nodes``: of each carrier in it, by its column; ``column``, ``row``: the carrier and the node whose equation gives
    way to the balance.
    """

    nodes: dict[int, Ints]
    column: int
    row: int


class CarrierPockets:
    """Finds the pockets in one Jacobian after the other; ``given``: which unknowns of this rank are. Collective."""

    def __init__(self, problem: DeviceEquations, given: npt.NDArray[np.bool_]) -> None:
        self._problem: DeviceEquations = weakref.proxy(problem)
        self._context, self._given = problem.context, given
        self._size = self._context.block_size
        self._comm = problem.device.mesh.comm
        self._first = self._context.space.dofmap.index_map.local_range[0]
        names = [name for name in self._context.names if name in _CARRIERS]
        self._columns = [self._context.index(name) for name in names]
        #: factor of each carrier's equations
        self.scales = {
            k: float(self._context.row_scale(n).value) for k, n in zip(self._columns, names, strict=True)
        }
        self._edges: Edges | None = None
        self._searches: dict[int, PocketSearch] = {}  # by column
        self._of_charge: dict[int, PocketSearch] = {}  # by column, as if there were no recombination
        self._both: PocketSearch | None = None

    def __call__(self, matrix: Any) -> list[CarrierPocket]:
        """Return the pockets, smaller ones before those around them."""
        lost = {k: self._lost(matrix, {k: 1.0}, k) for k in self._columns}
        short = [k for k in lost if self._sum(float((lost[k] < _ENOUGH).sum())) > 0]
        pairs = len(self._columns) == 2 and self._context.steady
        if not short and not pairs:
            return []
        indptr, indices, values = matrix.getValuesCSR()
        if self._edges is None:
            self._prepare(Blocks(indptr, indices, self._size))
        own = np.abs(self._problem.values[: len(self._given) // self._size])
        leaving = np.abs(matrix.getDiagonal().array_r.reshape(-1, self._size)) * own
        density = np.array([self._joined(own[:, k]) for k in self._columns])
        flow = [self._flow(values, k, density[n]) for n, k in enumerate(self._columns)]
        found: list[Ints] = []
        closed: list[Ints] = []
        for n, k in enumerate(self._columns):
            if k in short:
                leaks = self._joined(self._leaks(leaving, lost[k], k))
                found += [c.nodes + n * density.shape[1] for c in self._searches[k](flow[n], leaks)]
        if pairs:
            both = self._of_both(matrix, values, own, leaving, flow)
            found += [nodes for nodes, _ in both]
            closed = [nodes for nodes, shut in both if shut]
        found.sort(key=lambda nodes: nodes.size)
        pockets = with_rows(found, density.ravel())
        return [
            self._of_carriers(p.nodes, p.row, density.shape[1])
            for p in pockets
            if not any(p.nodes is nodes for nodes in closed)  # which keep their charge: no equation gives it
        ]

    def _prepare(self, blocks: Blocks) -> None:
        """Take note of the edges, which stay."""
        self._edges = Edges(blocks, self._first)
        first, second = (self._joined(part) for part in self._edges.nodes)
        self._searches, self._of_charge = (
            {k: PocketSearch(first, second) for k in self._columns} for _ in range(2)
        )
        count = self._sum(len(self._given) // self._size)
        nodes = np.arange(count)
        ends = [np.concatenate([x, x + count, y]) for x, y in ((first, nodes), (second, nodes + count))]
        self._both = PocketSearch(*ends)

    def _flow(self, values: Array, k: int, density: Array) -> Array:
        """Return what flows along each edge of all ranks, on the scale of all carriers."""
        assert self._edges is not None
        found: Array = self._joined(self._edges.flow(values, k, density)) / self.scales[k]
        return found

    def _leaks(self, leaving: Array, lost: Array, k: int) -> Array:
        """Return by node of this rank what flows to the outside, on the scale of all carriers."""
        held = np.isinf(lost)
        return np.where(held, np.inf, leaving[:, k] / self.scales[k] * np.where(held, 0.0, lost))

    def _of_both(
        self, matrix: Any, values: Array, own: Array, leaving: Array, flow: list[Array]
    ) -> list[tuple[Ints, bool]]:
        """Return the pockets of both carriers, and whether nothing leaves them."""
        assert self._edges is not None and self._both is not None
        first, second = self._columns
        leaks = []
        for k, other, along in ((first, second, flow[0]), (second, first, flow[1])):
            charge = {k: 1.0, other: -self.scales[k] / self.scales[other]}
            leaks.append(self._joined(self._leaks(leaving, self._lost(matrix, charge, k), k)))
            if self._of_charge[k].all_open(along, leaks[-1]):
                return []
        exchange = np.maximum(
            self._edges.at_nodes(values, first, second) * own[:, second] / self.scales[first],
            self._edges.at_nodes(values, second, first) * own[:, first] / self.scales[second],
        )
        count = leaks[0].size
        clusters = self._both(np.concatenate([*flow, self._joined(exchange)]), np.concatenate(leaks))
        return [(c.nodes, c.closed) for c in clusters if c.nodes.min() < count <= c.nodes.max()]

    def _of_carriers(self, nodes: Ints, row: int, count: int) -> CarrierPocket:
        """Return a pocket of nodes that count on from one carrier to the next."""
        parts = {k: nodes[nodes // count == n] - n * count for n, k in enumerate(self._columns)}
        column = self._columns[row // count]
        return CarrierPocket({k: part for k, part in parts.items() if part.size}, column, row % count)

    def _joined(self, values: Any) -> Any:
        """Return the values of all ranks, one after the other."""
        return values if self._comm.size == 1 else np.concatenate(self._comm.allgather(values))

    def _lost(self, matrix: Any, weights: dict[int, float], k: int) -> Array:
        """Return by node of this rank the part of what flows off that its neighbours do not get; inf at contacts.

        ``weights``: of the equations by column, in the sum of what all nodes get of the carrier k.
        """
        ones, sums = matrix.createVecLeft(), matrix.createVecRight()
        for column, weight in weights.items():
            ones.array[column :: self._size] = weight
        matrix.multTranspose(ones, sums)
        whole = np.abs(matrix.getDiagonal().array_r[k :: self._size])
        part = np.abs(sums.array_r[k :: self._size]) / np.where(whole > 0, whole, 1.0)
        ones.destroy()
        sums.destroy()
        return np.where(self._given[k :: self._size], np.inf, np.where(part > _ROUNDING, part, 0.0))

    def _sum(self, value: Any) -> Any:
        """Return the sum over all ranks."""
        return value if self._comm.size == 1 else self._comm.allreduce(value)
