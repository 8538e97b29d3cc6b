"""Equilibrium levels of an ion species: one for each island of its regions.

Ions cannot leave the region they are blocked in, so unconnected islands (two layers with a blocking layer
between them, the cells of a patterned block) keep their own number of ions and have levels of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fem.compilation import compiled

if TYPE_CHECKING:
    from fem.device import Device
    from fem.physics.ions import MobileIons

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def island_of_nodes(device: Device, regions: tuple[str, ...]) -> tuple[IntArray, int]:
    """Return the island of each node of this rank, -1 outside of ``regions``, and the number of islands."""
    space, mesh = device.context.scalar_space, device.mesh
    dofmap = space.dofmap
    cells = dofmap.list[mesh.cells(*regions)]
    index_map = dofmap.index_map
    size = index_map.size_local + index_map.num_ghosts
    names = index_map.local_to_global(np.arange(size, dtype=np.int32))
    local = names[cells] if cells.size else np.empty((0, mesh.dim + 1), dtype=np.int64)
    every = np.concatenate(mesh.comm.allgather(local))
    known, flat = np.unique(every, return_inverse=True)
    flat = np.asarray(flat).reshape(-1, mesh.dim + 1)
    rest = flat[:, 1:]
    first = np.broadcast_to(flat[:, :1], rest.shape).ravel()
    links = coo_matrix((np.ones(first.size), (first, rest.ravel())), shape=(known.size, known.size))
    count, label = connected_components(links, directed=False)
    found = np.full(size, -1, dtype=np.int64)
    inside = np.isin(names, known)
    found[inside] = label[np.searchsorted(known, names[inside])]
    return found, int(count)


class IonLevels:
    """The levels of one species while equilibrium is sought, and the forms that tie them to its numbers."""

    def __init__(self, device: Device, term: MobileIons, potential: Any, v: Any) -> None:
        from dolfinx import fem as dfem

        self.term = term
        self.context = device.context
        self._comm = device.mesh.comm
        regions = term.fields(device.setting)[0].regions
        self.nodes, self.count = island_of_nodes(device, regions)
        self._cells = np.full(device.mesh.cell_region.size, -1, dtype=np.int64)
        inside = device.mesh.cells(*regions)
        self._cells[inside] = self.nodes[self.context.scalar_space.dofmap.list[inside, 0]]
        self._part = dfem.Function(self.context.piecewise)
        self._column, self._surplus, self._stiffness, self._given, self._volume = self._forms(potential, v)
        limit = term.limit(device.setting) / self.context.scaling.density
        self.level = np.zeros(self.count)
        for k in range(self.count):
            self._choose(k)
            mean = self._number(self._given) / self._number(self._volume)
            self.level[k] = np.log(mean / (limit - mean))
        self.move(np.zeros(self.count))

    def _forms(self, potential: Any, v: Any) -> list[Any]:
        """Return the forms of z dP/dc, of surplus ions, of dP/dc, of the given number, of the volume."""

        context, calculus, term = self.context, self.context.calculus, self.term
        one, z = context.constant(1.0), context.constant(float(term.species.charge_number))
        limit, mean = term.limit_function(context), term.mean_function(context)

        def density(i: int) -> Any:
            return term.equilibrium_density(context, calculus.at(potential, i))

        def slope(i: int) -> Any:
            return density(i) * (1 - density(i) / limit)

        part = self._part
        return [
            compiled(calculus.lump(lambda i: part * z * slope(i), v)),
            compiled(calculus.lump(lambda i: part * (density(i) - mean), one)),
            compiled(calculus.lump(lambda i: part * slope(i), one)),
            compiled(calculus.lump(lambda _: part * mean, one)),
            compiled(calculus.lump(lambda _: part, one)),
        ]

    def move(self, change: Array) -> None:
        """Add ``change`` [kT] to the levels, shape (islands,)."""
        self.level = self.level + change
        values = np.append(self.level, 0.0)
        self.context.ion_level(self.term.name).x.array[:] = values[self._cells]

    def at_nodes(self) -> Array:
        """Return the level at the nodes of this rank [kT], 0 outside of the species' regions."""
        return np.append(self.level, 0.0)[self.nodes]

    def border(self, island: int) -> tuple[Any, float, float]:
        """Return the form of z dP/dc, ready to assemble, the surplus of ions, and its derivative."""
        self._choose(island)
        return self._column, self._number(self._surplus), self._number(self._stiffness)

    def _choose(self, island: int) -> None:
        self._part.x.array[:] = self._cells == island

    def _number(self, form: Any) -> float:
        from dolfinx import fem as dfem

        return float(self._comm.allreduce(dfem.assemble_scalar(form)))
