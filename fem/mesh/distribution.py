"""Simplices of rank 0 as a dolfinx mesh with tags, divided among the ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem.mesh.elements import Simplices

_CELLS = ("point", "interval", "triangle", "tetrahedron")


def distributed(simplices: Simplices | None, dim: int, comm: Any) -> tuple[Any, Any, Any]:
    """Return the dolfinx mesh, the tags of its cells and those of its facets. Collective; None but on rank 0."""
    import basix.ufl
    import ufl
    from dolfinx.mesh import GhostMode, create_cell_partitioner, create_mesh

    lagrange, spaced = basix.ElementFamily.P, basix.LagrangeVariant.equispaced
    domain = ufl.Mesh(basix.ufl.element(lagrange, _CELLS[dim], 1, spaced, shape=(dim,), dtype=np.float64))
    shared = create_cell_partitioner(GhostMode.shared_facet, 2)  # both cells of every facet are seen
    nothing = np.empty((0, dim + 1), dtype=np.int64)
    cells = nothing if simplices is None else simplices.cells
    points = np.empty((0, dim)) if simplices is None else simplices.points[:, :dim]
    mesh = create_mesh(comm, cells, domain, points, shared)
    none = np.empty(0, dtype=np.int64)
    cell_tags = _tags(mesh, dim, cells, none if simplices is None else simplices.cell_group)
    facets = nothing[:, 1:] if simplices is None else simplices.facets
    facet_tags = _tags(mesh, dim - 1, facets, none if simplices is None else simplices.facet_group)
    return mesh, cell_tags, facet_tags


def _tags(mesh: Any, dim: int, entities: Any, groups: Any) -> Any:
    from dolfinx.graph import adjacencylist
    from dolfinx.io import distribute_entity_data
    from dolfinx.mesh import meshtags_from_entities

    found, values = distribute_entity_data(mesh, dim, entities, groups.astype(np.int32))
    mesh.topology.create_connectivity(dim, mesh.topology.dim)
    return meshtags_from_entities(mesh, dim, adjacencylist(found), values.astype(np.int32, copy=False))
