"""Places: the point of a surface of points, segments or triangles that is nearest to a given one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_AT_ONCE = 200_000  # pairs of points and facets


def nearest_points(points: Array, facets: Array) -> Array:
    """Return the nearest point of a surface to each of ``points``, shape (n, d).

    ``facets``: corners of its points, segments or triangles, shape (m, k, d) in d dimensions; at least one. Exact: all
    facets are looked at whose middle is at most twice their largest reach further away than the nearest middle.
    """
    from scipy.spatial import cKDTree

    if not len(points):
        return points
    middles = facets.mean(axis=1)
    reach = float(np.linalg.norm(facets - middles[:, None], axis=2).max())
    tree = cKDTree(middles)
    within = (tree.query(points)[0] + 2 * reach) * (1 + 1e-9) + 1e-300
    found = np.empty_like(points)
    count = int(tree.query_ball_point(points, within, return_length=True).sum())
    for part in np.array_split(np.arange(len(points)), count // _AT_ONCE + 1):
        near = tree.query_ball_point(points[part], within[part])
        which = np.concatenate([np.asarray(n, dtype=np.int64) for n in near])
        length = [len(n) for n in near]
        feet = _on_simplex(np.repeat(points[part], length, axis=0), facets[which])
        found[part] = _nearest(points[part], feet, np.repeat(np.arange(len(part)), length))
    return found


def _nearest(points: Array, feet: Array, of: npt.NDArray[np.int64]) -> Array:
    """Return the nearest to each point of its feet, which are in the order of the points."""
    distance = np.linalg.norm(feet - points[of], axis=1)
    order = np.lexsort((distance, of))
    return feet[order[np.searchsorted(of[order], np.arange(len(points)))]]


def _on_simplex(points: Array, corners: Array) -> Array:
    """Return the nearest point of its simplex to each point, shape (n, d), (n, k, d)."""
    first, edges = corners[:, 0], corners[:, 1:] - corners[:, :1]
    if not edges.shape[1]:
        return first
    gram = edges @ edges.transpose(0, 2, 1)
    shares = np.linalg.solve(gram, edges @ (points - first)[:, :, None])[:, :, 0]
    above = (shares >= 0).all(axis=1) & (shares.sum(axis=1) <= 1)
    foot = first + (shares[:, :, None] * edges).sum(axis=1)
    k = corners.shape[1]
    rims = np.stack([_on_simplex(points, corners[:, list(s)]) for s in combinations(range(k), k - 1)])
    best = np.linalg.norm(rims - points, axis=2).argmin(axis=0)
    return np.where(above[:, None], foot, rims[best, np.arange(len(points))])
