"""Islands: the unconnected parts of the regions of an ion species, none of which can give ions to another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from fem.forms.context import Context

IntArray = npt.NDArray[np.int64]


def island_of_nodes(context: Context, regions: tuple[str, ...]) -> tuple[IntArray, int]:
    """Return the island of each node of this rank, -1 outside of ``regions``, and the number of islands."""
    space, mesh = context.scalar_space, context.setting.mesh
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
