"""Places: the point of a surface of points, segments or triangles that is nearest to a given one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_NEAR = 32  # facets whose middles are nearest, among which the nearest is sought


def nearest_points(points: Array, facets: Array) -> Array:
    """Return the nearest point of a surface to each of ``points``, shape (n, d).

    ``facets``: corners of its points, segments or triangles, shape (m, d, d) in d dimensions; at least one.
    """
    from scipy.spatial import cKDTree

    if not len(points):
        return points
    count = min(_NEAR, len(facets))
    _, near = cKDTree(facets.mean(axis=1)).query(points, k=count)
    candidates = facets[near.reshape(len(points), count)]
    found = _on_facet(points[:, None, :], candidates)
    best = np.linalg.norm(found - points[:, None, :], axis=2).argmin(axis=1)
    return np.asarray(found[np.arange(len(points)), best])


def _on_facet(points: Array, facets: Array) -> Array:
    """Return the nearest point of each facet, shape (n, k, d)."""
    corners = [facets[:, :, k] for k in range(facets.shape[2])]
    if len(corners) == 1:
        return corners[0]
    if len(corners) == 2:
        return _on_segment(points, *corners)
    sides = [_on_segment(points, corners[k], corners[(k + 1) % 3]) for k in range(3)]
    found = [*sides, _in_triangle(points, *corners)]
    distance = np.stack([np.linalg.norm(one - points, axis=2) for one in found])
    best = np.nan_to_num(distance, nan=np.inf).argmin(axis=0)
    return np.asarray(np.take_along_axis(np.stack(found), best[None, :, :, None], axis=0)[0])


def _on_segment(points: Array, a: Array, b: Array) -> Array:
    side = b - a
    part = ((points - a) * side).sum(axis=2) / (side * side).sum(axis=2)
    return a + np.clip(part, 0.0, 1.0)[:, :, None] * side


def _in_triangle(points: Array, a: Array, b: Array, c: Array) -> Array:
    """Return the foot of each point on the plane of its triangle, nan where that is outside."""
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = ((x * y).sum(axis=2) for x, y in ((u, u), (u, v), (v, v)))
    wu, wv = (w * u).sum(axis=2), (w * v).sum(axis=2)
    size = uu * vv - uv * uv
    s, t = (vv * wu - uv * wv) / size, (uu * wv - uv * wu) / size
    inside = (s >= 0) & (t >= 0) & (s + t <= 1)
    return np.where(inside[:, :, None], a + s[:, :, None] * u + t[:, :, None] * v, np.nan)
