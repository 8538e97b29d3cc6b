"""Distances of the nodes of a mesh from faces."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.forms.context import Context
from fem.forms.nodes import IntArray

Array = npt.NDArray[np.float64]
_AT_ONCE = 200_000  # pairs of nodes and facets


def distance_from(context: Context, facets: IntArray) -> Any:
    """Return the distance of each node from facets [L0], as a continuous function; collective.

    ``facets``: (cell, local facet) pairs on this rank, shape (m, 2). Straight, whatever lies between.
    """
    import basix
    from dolfinx import fem as dfem

    mesh, space = context.setting.mesh, context.scalar_space
    dofs, places = space.dofmap.list, space.tabulate_dof_coordinates()[:, : mesh.dim]
    sides = np.array(basix.topology(getattr(basix.CellType, mesh.mesh.topology.cell_name()))[mesh.dim - 1])
    own = places[dofs[facets[:, :1], sides[facets[:, 1]]]].reshape(-1, mesh.dim, mesh.dim)
    corners = np.concatenate(mesh.comm.allgather(own))
    found = dfem.Function(space)
    found.x.array[:] = _to_nearest(places, corners)
    return found


def _to_nearest(places: Array, corners: Array) -> Array:
    """Return the distance of each place from the nearest of simplices, shape (n, d), (m, k, d)."""
    from scipy.spatial import cKDTree

    middles = corners.mean(axis=1)
    reach = float(np.linalg.norm(corners - middles[:, None], axis=2).max())
    tree = cKDTree(middles)
    bound = tree.query(places)[0]
    found = bound + reach
    count = np.maximum(tree.query_ball_point(places, bound + reach * (1 + 1e-9), return_length=True), 1)
    for part in np.array_split(np.arange(len(places)), int(count.sum() // _AT_ONCE) + 1):
        near = tree.query_ball_point(places[part], bound[part] + reach * (1 + 1e-9) + 1e-300)
        which = np.concatenate([np.asarray(n, dtype=np.int64) for n in near])
        node = np.repeat(part, [len(n) for n in near])
        np.minimum.at(found, node, _to_simplex(places[node], corners[which]))
    return found


def _to_simplex(places: Array, corners: Array) -> Array:
    """Return the distance of each place from its simplex, shape (n, d), (n, k, d)."""
    first, edges = corners[:, 0], corners[:, 1:] - corners[:, :1]
    if not edges.shape[1]:
        return np.asarray(np.linalg.norm(places - first, axis=1))
    gram = edges @ edges.transpose(0, 2, 1)
    shares = np.linalg.solve(gram, edges @ (places - first)[:, :, None])[:, :, 0]
    above = (shares >= 0).all(axis=1) & (shares.sum(axis=1) <= 1)
    foot = first + (shares[:, :, None] * edges).sum(axis=1)
    k = corners.shape[1]
    rim = np.min([_to_simplex(places, corners[:, list(s)]) for s in combinations(range(k), k - 1)], axis=0)
    return np.where(above, np.linalg.norm(places - foot, axis=1), rim)
