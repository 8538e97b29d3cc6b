"""Checksums that tell a mesh from another one with as many nodes, alike for any number of ranks."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt


def checksums(mesh: Any, cell_tags: Any, facet_tags: Any) -> dict[str, str]:
    """Return checksums of a dolfinx mesh's nodes ("coordinates"), and of its cells and facets with tags ("tags").

    Nodes have the numbers that they were drawn with. Collective.
    """
    geometry, dim = mesh.geometry, mesh.topology.dim
    numbers = np.asarray(geometry.input_global_indices)
    own = geometry.index_map().size_local
    points = _gathered(mesh, np.column_stack([numbers[:own].astype(float), geometry.x[:own]]))
    tagged = [
        _gathered(mesh, _rows(mesh, tags, at, numbers))
        for tags, at in ((cell_tags, dim), (facet_tags, dim - 1))
    ]
    return {"coordinates": _checksum(mesh, points), "tags": _checksum(mesh, *tagged)}


def _rows(mesh: Any, tags: Any, dim: int, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the nodes' numbers, ascending, and the tag of each tagged entity that this rank owns."""
    from dolfinx.mesh import entities_to_geometry

    mine = tags.indices < mesh.topology.index_map(dim).size_local
    mesh.topology.create_connectivity(dim, mesh.topology.dim)
    nodes = numbers[entities_to_geometry(mesh, dim, tags.indices[mine])]
    return np.column_stack([np.sort(nodes.reshape(-1, dim + 1), axis=1), tags.values[mine]])


def _gathered(mesh: Any, rows: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Return the rows of all ranks in ascending order on rank 0, None on others."""
    parts = mesh.comm.gather(rows, root=0)
    if parts is None:
        return None
    parts = [part for part in parts if len(part)] or [rows]
    found = np.concatenate(parts)
    return found[np.lexsort(found.T[::-1])]


def _checksum(mesh: Any, *tables: npt.NDArray[Any] | None) -> str:
    text = hashlib.sha256(b"".join(t.tobytes() for t in tables if t is not None)).hexdigest()[:16]
    return str(mesh.comm.bcast(text, root=0))
