"""Nodes and cells of regions and facets, alike on all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.forms.context import Context
from fem.mesh.device_mesh import DeviceMesh

IntArray = npt.NDArray[np.int32]


def marked_nodes(space: Any, dofs: IntArray) -> IntArray:
    """Return local dofs that any rank marked, ghosts included, sorted, shape (n,)."""
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    mark = dfem.Function(space)
    mark.x.array[dofs] = 1.0
    mark.x.scatter_reverse(InsertMode.add)
    mark.x.scatter_forward()
    return np.flatnonzero(mark.x.array > 0.5).astype(np.int32)


def facet_cells(mesh: DeviceMesh, facets: IntArray) -> IntArray:
    links = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    found = [links.links(int(f)) for f in facets]
    return np.unique(np.concatenate(found)).astype(np.int32) if found else np.empty(0, dtype=np.int32)


def gathered_regions(mesh: DeviceMesh, cells: IntArray) -> set[str]:
    """Return the names of the regions of these cells over all ranks."""
    local = set(mesh.cell_region[cells].tolist())
    tags = set().union(*mesh.comm.allgather(local))
    return {name for name, tag in mesh.regions.items() if tag in tags}


def inner_pairs(mesh: DeviceMesh) -> tuple[IntArray, IntArray]:
    """Return the inner facets of this rank and their two cells, shapes (n,), (n, 2)."""
    links = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    offsets = links.offsets
    inner = np.flatnonzero(np.diff(offsets) == 2).astype(np.int32)
    first = links.array[offsets[inner]]
    return inner, np.stack([first, links.array[offsets[inner] + 1]], axis=1)


def region_neighbours(mesh: DeviceMesh) -> dict[str, set[str]]:
    """Return which regions share a facet, over all ranks."""
    _, cells = inner_pairs(mesh)
    tags = mesh.cell_region[cells]
    local = {tuple(t) for t in np.unique(tags, axis=0).tolist()} if len(tags) else set()
    name = {tag: r for r, tag in mesh.regions.items()}
    neighbours: dict[str, set[str]] = {r: set() for r in mesh.regions}
    for a, b in set().union(*mesh.comm.allgather(local)):
        if a != b:
            neighbours[name[a]].add(name[b])
            neighbours[name[b]].add(name[a])
    return neighbours


def facet_nodes(context: Context, contact: str) -> IntArray:
    """Return the scalar dofs of the facets of a contact or interface, seen from any rank."""
    from dolfinx import fem as dfem

    mesh = context.setting.mesh
    dofs = dfem.locate_dofs_topological(context.scalar_space, mesh.dim - 1, mesh.facets(contact))
    return marked_nodes(context.scalar_space, dofs)


def closure_nodes(context: Context, regions: Sequence[str]) -> IntArray:
    from dolfinx import fem as dfem

    mesh = context.setting.mesh
    dofs = dfem.locate_dofs_topological(context.scalar_space, mesh.dim, mesh.cells(*regions))
    return marked_nodes(context.scalar_space, dofs)
