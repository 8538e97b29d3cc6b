r"""Lines along which the current flows, each of which stands for the same current.

In two dimensions they are contours of a stream function Ψ, per depth in a plane and after Stokes about an axis:

.. math:: s\,J = \left(-\frac{\partial\Psi}{\partial y},\ \frac{\partial\Psi}{\partial x}\right),\qquad
          s = 1 \text{ or } 2\pi r.

A current density that is constant in each cell, and as free of divergence as P1 test functions see, has such a
function that is linear in each cell and continuous in the middle of its edges (D. N. Arnold and R. S. Falk, SIAM
J. Numer. Anal. 26, 1276, 1989); its means at the nodes are Ψ (on faces of the regions, those along the face).
Only regions that conduct have one. In three dimensions current lines are streamlines, which begin where most
current flows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import OutOfRangeError

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_SMALLEST = 1e-9  # of the largest current density: what is below it, in a whole region, does not conduct
_ROUND = 1e-6  # [nm], points nearer than this are one
_CLOSED = 1e-6  # of the largest Ψ: a face along which it varies by less lets no current through
_FEWEST = 1e-5  # of the largest current density: no line goes on below it


def check_count(count: int) -> None:
    """Raise OutOfRangeError unless ``count`` is a number of current lines."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or not 0 <= count <= 400:
        raise OutOfRangeError("number of current lines", count, "an integer from 0 to 400")


def stream_function(grid: Any, *, axisymmetric: bool) -> Array:
    """Return Ψ at the points of a 2D grid in nm, shape (points,), in units of nm or nm² times A/m².

    ``grid`` has the cell data "current" and "region" of ``picture_grid``. Where nothing conducts it is NaN; on
    the axis, or at its lowest in a part that does not reach it, it is 0.
    """
    cells = _conducting(grid)
    result = np.full(grid.n_points, np.nan)
    if not len(cells):
        return result
    corners = grid.cells_dict[5][cells]
    _, first, number = np.unique(
        np.round(grid.points[:, :2] / _ROUND).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    nodes, local = np.unique(number[corners], return_inverse=True)
    places = np.asarray(grid.points[first[nodes], :2], dtype=float)
    found = _solved(places, local.reshape(corners.shape), grid.cell_data["current"][cells], axisymmetric)
    result[corners] = found[local.reshape(corners.shape)]
    return result


def _conducting(grid: Any) -> IntArray:
    """Return the cells of the regions with current, shape (n,)."""
    size = np.linalg.norm(grid.cell_data["current"], axis=1)
    tags, region = np.unique(grid.cell_data["region"], return_inverse=True)
    largest = np.zeros(len(tags))
    np.maximum.at(largest, region, size)
    return np.flatnonzero((largest > _SMALLEST * size.max(initial=0.0))[region])


def _solved(places: Array, corners: IntArray, current: Array, axisymmetric: bool) -> Array:
    """Return Ψ at the nodes, shape (nodes,): 0 on the axis, or the least 0 where a part has no axis."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.sparse.linalg import spsolve

    x = places[corners]
    sides = x[:, 1:] - x[:, :1]
    area = 0.5 * np.abs(np.linalg.det(sides))
    inner = np.linalg.inv(sides).transpose(0, 2, 1)  # gradients of the P1 functions of corners 1 and 2
    slopes = -2 * np.concatenate([-inner.sum(axis=1, keepdims=True), inner], axis=1)
    size = 2 * np.pi * x[:, :, 0].mean(axis=1) if axisymmetric else np.ones(len(x))
    wanted = size[:, None] * np.stack([current[:, 1], -current[:, 0]], axis=1)
    pairs = np.sort(corners[:, [[1, 2], [2, 0], [0, 1]]], axis=2)  # edge k is opposite to corner k
    ends, edge = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    edge, n = edge.reshape(-1, 3), len(ends)
    load = np.bincount(edge.ravel(), (area[:, None] * np.einsum("cik,ck->ci", slopes, wanted)).ravel())
    entries = area[:, None, None] * np.einsum("cik,cjk->cij", slopes, slopes)
    rows, columns = np.repeat(edge, 3, axis=1).ravel(), np.tile(edge, (1, 3)).ravel()
    matrix = coo_matrix((entries.ravel(), (rows, columns)), shape=(n, n)).tocsr()
    linked = coo_matrix((np.ones(edge.size * 3), (rows, columns)), shape=(n, n))
    count, part = connected_components(linked, directed=False)
    free, found = np.setdiff1d(np.arange(n), np.unique(part, return_index=True)[1]), np.zeros(n)
    found[free] = spsolve(matrix[free][:, free].tocsc(), load[free])
    axis = np.all(places[ends, 0] < _ROUND, axis=1) if axisymmetric else np.zeros(n, dtype=bool)
    for k in range(count):
        here = part == k
        found[here] -= found[here & axis].mean() if (here & axis).any() else found[here].min()
    at_nodes = _averaged(found[edge], corners, area)
    rim = np.flatnonzero(np.bincount(edge.ravel(), minlength=n) == 1)
    _follow_rim(at_nodes, ends[rim], found[rim])
    return at_nodes


def _averaged(values: Array, corners: IntArray, area: Array) -> Array:
    """Return the means at the nodes of functions with ``values`` in the middle of the edges of each cell."""
    share = np.repeat(area, 3)
    tops = values.sum(axis=1, keepdims=True) - 2 * values
    total = np.bincount(corners.ravel(), share * tops.ravel())
    return np.asarray(total / np.bincount(corners.ravel(), share))


def _follow_rim(at_nodes: Array, ends: IntArray, values: Array) -> None:
    """Set nodes of the rim to the mean of the edges there; where no current crosses these, to their one value."""
    size = len(at_nodes)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    for nodes in ends.T:
        np.minimum.at(low, nodes, values)
        np.maximum.at(high, nodes, values)
    closed = (high - low <= _CLOSED * np.ptp(values))[ends].any(axis=1)
    for chosen in (np.ones(len(ends), dtype=bool), closed):
        nodes, twice = ends[chosen].ravel(), np.repeat(values[chosen], 2)
        count = np.bincount(nodes, minlength=size)
        there = count > 0
        at_nodes[there] = np.bincount(nodes, twice, minlength=size)[there] / count[there]


def levels(stream: Array, count: int) -> Array:
    """Return the values of Ψ on ``count`` lines between which the same current flows, ascending, shape (n,)."""
    known = stream[np.isfinite(stream)]
    if not known.size or count == 0 or np.ptp(known) == 0:
        return np.zeros(0)
    low, high = float(known.min()), float(known.max())
    return low + (high - low) * (np.arange(count) + 0.5) / count


def lines_2d(grid: Any, count: int, *, axisymmetric: bool) -> Any:
    """Return ``count`` current lines of a 2D grid as pyvista PolyData, or None without a current.

    Point data "size": the magnitude of the current density [A/m²].
    """
    stream = stream_function(grid, axisymmetric=axisymmetric)
    values = levels(stream, count)
    if not len(values):
        return None
    part = grid.copy()
    part.point_data["stream"] = stream
    part.cell_data["size"] = np.linalg.norm(part.cell_data["current"], axis=1)
    part = part.extract_cells(_conducting(grid)).cell_data_to_point_data()
    found = part.contour(isosurfaces=values.tolist(), scalars="stream")
    return (
        found.clean(tolerance=1e-5, absolute=False).strip(join=True, max_length=100000)
        if found.n_cells
        else None
    )


def lines_3d(grid: Any, count: int) -> Any:
    """Return at most ``count`` current lines of a 3D grid as pyvista PolyData, or None without a current.

    They begin evenly spread over :math:`\\int|J|dV`, and go both ways. Point data "size": the magnitude of the
    current density [A/m²].
    """
    import pyvista as pv

    cells = _conducting(grid)
    size = np.linalg.norm(grid.cell_data["current"], axis=1)
    if not len(cells) or size.max() == 0 or count == 0:
        return None
    part = grid.extract_cells(cells)
    share = size[cells] * np.abs(part.compute_cell_sizes(length=False, area=False).cell_data["Volume"])
    places = np.asarray(part.cell_centers().points, dtype=float)
    order = np.argsort(_winding(places))
    steps = np.cumsum(share[order]) / share.sum()
    chosen = order[np.searchsorted(steps, (np.arange(count) + 0.5) / count)]
    seeds = pv.PolyData(places[np.unique(chosen)])
    part.cell_data["size"] = size[cells]
    smooth = part.cell_data_to_point_data()
    smooth.set_active_vectors("current")
    found = smooth.streamlines_from_source(
        seeds, vectors="current", integration_direction="both", initial_step_length=0.3, step_unit="cl",
        max_step_length=0.5, max_steps=5000, terminal_speed=_FEWEST * float(size.max()),
    )  # fmt: skip
    return found if found.n_cells else None


def _winding(places: Array) -> IntArray:
    """Return numbers that are near each other where the places are (Morton's), shape (n,)."""
    low, reach = places.min(axis=0), float(np.ptp(places, axis=0).max()) or 1.0
    steps = ((places - low) / reach * 1023).astype(np.int64)
    bits = (steps[:, None, :] >> np.arange(10)[None, :, None]) & 1
    return np.asarray((bits << (3 * np.arange(10)[None, :, None] + np.arange(3))).sum(axis=(1, 2)))
