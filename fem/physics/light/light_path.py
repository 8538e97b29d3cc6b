r"""Straight light through a mesh: the optical depth of every cell, and what a cell absorbs at its corners.

Light comes along one axis of the mesh. Through the middle of each column of cells a line is drawn and cut at all
cells that it meets; :math:`\tau = \int\alpha\,ds` is summed along it from the side of the light on. In a cell the
depth is linear along the light, so that the share of the light that it absorbs at corner i,

.. math:: \int_T e^{-\tau}\lambda_i\,dx = d!\,|T|\,\exp[-\tau_0,\dots,-\tau_d,-\tau_i],

is a divided difference of the exponential (C. Hermite, J. Reine Angew. Math. 84, 64, 1878): exact, so that layers
absorb what Beer and Lambert say however coarse the mesh is. Divided differences are the corner of the exponential
of a bidiagonal matrix (G. Opitz, Z. Angew. Math. Mech. 44, T52, 1964), found by scaling and squaring; all that
is squared is positive, and nothing cancels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import factorial

import numpy as np
import numpy.typing as npt

from fem.mesh.device_mesh import DeviceMesh

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_SAME = 1e-6  # of a cell's width: corners closer than that lie behind one another
_ASIDE = (
    1.37e-7,
    0.83e-7,
)  # of a cell's width: so far off the middle, a line meets no corner or edge of others
_ORDER = 16  # of the Taylor series


@dataclass(frozen=True, kw_only=True, eq=False)
class LightPath:
    """What is between the light and the cells that this rank owns.

    ``depth``: optical depth at their corners, shape (cells, corners); ``lit``: false behind an opaque cell, shape
    (cells,).
    """

    depth: Array
    lit: npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """All cells of the mesh: corners across the light, shape (cells, corners, 2), and along it (cells, corners)."""

    across: Array
    along: Array
    absorption: Array  #: per unit of the mesh's length, shape (cells,)
    opaque: npt.NDArray[np.bool_]
    dim: int


def light_path(
    mesh: DeviceMesh, absorption: Array, opaque: npt.NDArray[np.bool_], axis: int, sign: int
) -> LightPath:
    """Return the path of light from the upper (``sign`` 1) or lower (-1) end of an axis. Collective.

    ``absorption`` [1/m] and ``opaque`` of the cells that this rank owns, shape (cells,).
    """
    cells, first = _all_cells(mesh, absorption, opaque, axis, sign)
    own = np.arange(first, first + len(absorption))
    lines, line_of = _lines(cells, own)
    depth, lit = np.zeros((len(own), mesh.dim + 1)), np.zeros(len(own), dtype=bool)
    for members, cell, line, low, high in _crossings(cells, lines):
        order = np.lexsort((low + high, line))
        cell, line, low, high = cell[order], line[order], low[order], high[order]
        passed = np.where(cells.opaque[cell], 0.0, cells.absorption[cell] * (high - low))
        above = _before(passed, line)
        shaded = _before(cells.opaque[cell].astype(float), line) > 0.5
        mine = np.flatnonzero(np.isin(line_of, members))
        count = len(cells.absorption)
        key, sought = line * count + cell, line_of[mine] * count + own[mine]
        sorter = np.argsort(key)
        at = sorter[np.searchsorted(key, sought, sorter=sorter)]
        assert np.array_equal(key[at], sought)  # a line through the middle of a cell meets it
        further = cells.along[own[mine]] - ((low + high) / 2)[at][:, None]
        middle = above[at] + passed[at] / 2
        depth[mine] = np.maximum(middle[:, None] + cells.absorption[own[mine]][:, None] * further, 0.0)
        lit[mine] = ~shaded[at]
    return LightPath(depth=depth, lit=lit)


def absorbed_shares(corners: Array, depth: Array, *, axisymmetric: bool = False) -> Array:
    r"""Return :math:`\int_T e^{-\tau}\lambda_i\,dx`, times 2πr if axisymmetric, shape (cells, corners).

    ``corners``: their positions, shape (cells, corners, dimension); ``depth`` shape (cells, corners).
    """
    dim = corners.shape[2]
    size = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))  # d! times the volume

    def moment(*repeated: int) -> Array:
        return size * _exponential_difference(np.concatenate([depth, depth[:, list(repeated)]], axis=1))

    vertices = range(dim + 1)
    if not axisymmetric:
        return np.stack([moment(i) for i in vertices], axis=1)
    radius = 2 * np.pi * corners[:, :, 0]
    parts = [sum(radius[:, j] * moment(i, j) * (2 if i == j else 1) for j in vertices) for i in vertices]
    return np.stack(parts, axis=1)


def _exponential_difference(depths: Array) -> Array:
    """Return the divided difference of exp at the negative of ``depths``, shape (cells, n), for each cell."""
    least = depths.min(axis=1, initial=np.inf)
    fall = depths - least[:, None]
    halvings = max(2, int(np.ceil(np.log2(max(4 * fall.max(initial=0.0), 1.0)))))
    n, scale = depths.shape[1], 0.5**halvings
    step = np.zeros((len(depths), n, n))
    step[:, range(n), range(n)] = -fall * scale
    step[:, range(n - 1), range(1, n)] = scale
    result = np.broadcast_to(np.eye(n), step.shape).copy()
    for k in range(_ORDER, 0, -1):
        result = np.eye(n) + step @ result / k
    for _ in range(halvings):
        result = result @ result
    found: Array = result[:, 0, -1] * np.exp(-least)
    return found


def uniform_shares(corners: Array, *, axisymmetric: bool = False) -> Array:
    """Return the same without any absorption: the parts of the cells' volumes that belong to their corners."""
    dim = corners.shape[2]
    volume = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / factorial(dim)
    if not axisymmetric:
        return np.repeat(volume[:, None] / (dim + 1), dim + 1, axis=1)
    radius = corners[:, :, 0]
    mean = (radius.sum(axis=1, keepdims=True) + radius) / ((dim + 1) * (dim + 2))
    return 2 * np.pi * volume[:, None] * mean


def _all_cells(
    mesh: DeviceMesh, absorption: Array, opaque: npt.NDArray[np.bool_], axis: int, sign: int
) -> tuple[_Cells, int]:
    """Return the cells of all ranks and the number of the first one of this rank."""
    corners = own_corners(mesh)
    counts = mesh.comm.allgather(len(corners))
    x, alpha, dark = (
        np.concatenate(mesh.comm.allgather(np.ascontiguousarray(part)))
        for part in (corners, absorption * mesh.unit, opaque)
    )
    others = [k for k in range(mesh.dim) if k != axis]
    across = np.zeros((*x.shape[:2], 2))
    across[..., : len(others)] = x[..., others]
    cells = _Cells(across=across, along=-sign * x[..., axis], absorption=alpha, opaque=dark, dim=mesh.dim)
    return cells, sum(counts[: mesh.comm.rank])


def own_corners(mesh: DeviceMesh) -> Array:
    """Return the corners of the cells that this rank owns, in the mesh's unit, shape (cells, corners, dim)."""
    geometry = mesh.mesh.geometry
    own = mesh.mesh.topology.index_map(mesh.dim).size_local
    return np.asarray(geometry.x[geometry.dofmaps[0][:own]][..., : mesh.dim], dtype=np.float64)


def _lines(cells: _Cells, own: IntArray) -> tuple[Array, IntArray]:
    """Return one line for each column of cells, its place shape (lines, 2), and the line of each cell."""
    across = cells.across[own]
    low, high = across.min(axis=1, initial=np.inf), across.max(axis=1, initial=-np.inf)
    width = high - low
    apart = np.abs(across[:, :, None] - across[:, None, :]).max(axis=3)
    behind = (apart <= _SAME * width.max(axis=1, initial=0.0)[:, None, None]).sum(axis=2)
    weight = 1 / behind  # corners behind one another count once
    middle = (across * weight[..., None]).sum(axis=1) / weight.sum(axis=1)[:, None] + width * _ASIDE
    span = float(np.ptp(cells.across, axis=(0, 1)).max()) or 1.0
    _, at, line_of = np.unique(
        np.round(middle / (1e-10 * span)), axis=0, return_index=True, return_inverse=True
    )
    return middle[at], line_of.ravel()


def _crossings(cells: _Cells, lines: Array) -> Iterator[tuple[IntArray, IntArray, IntArray, Array, Array]]:
    """Yield, for some lines at a time, which they are, and cell, line, begin and end of every crossing."""
    if not len(lines):
        return
    low, high = cells.across.min(axis=1), cells.across.max(axis=1)
    strips = np.array_split(np.argsort(lines[:, 0]), int(np.ceil(np.sqrt(len(lines)))))
    for strip in strips:
        members = strip[np.argsort(lines[strip, 1])]
        near = np.flatnonzero(
            (high[:, 0] >= lines[members, 0].min()) & (low[:, 0] <= lines[members, 0].max())
        )
        begin = np.searchsorted(lines[members, 1], low[near, 1])
        count = np.searchsorted(lines[members, 1], high[near, 1], side="right") - begin
        cell = np.repeat(near, count)
        within = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
        line = members[np.repeat(begin, count) + within]
        kept = (low[cell, 0] <= lines[line, 0]) & (lines[line, 0] <= high[cell, 0])
        cell, line = cell[kept], line[kept]
        start, end = _intervals(cells, cell, lines[line])
        met = end > start
        yield members, cell[met], line[met], start[met], end[met]


def _intervals(cells: _Cells, cell: IntArray, place: Array) -> tuple[Array, Array]:
    """Return where a line through ``place``, shape (n, 2), enters and leaves a cell; the same or less: it does not.

    With barycentric coordinates :math:`a_k + b_k s` along the line, all of which are positive inside.
    """
    points = np.concatenate([cells.across[cell][..., : cells.dim - 1], cells.along[cell][..., None]], axis=2)
    origin = points[:, 0]
    inverse = np.linalg.inv(np.swapaxes(points[:, 1:] - origin[:, None], 1, 2))
    offset = np.concatenate([place[:, : cells.dim - 1] - origin[:, :-1], np.zeros((len(cell), 1))], axis=1)
    a, b = np.einsum("nij,nj->ni", inverse, offset), inverse[:, :, -1]
    a, b = (np.concatenate([c - v.sum(axis=1, keepdims=True), v], axis=1) for c, v in ((1.0, a), (0.0, b)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = -a / b
    start = np.where(b > 0, ends, np.where((b == 0) & (a < 0), np.inf, -np.inf)).max(axis=1)
    end = np.where(b < 0, ends, np.inf).min(axis=1)
    return start + origin[:, -1], end + origin[:, -1]


def _before(values: Array, line: IntArray) -> Array:
    """Return the sum of the values earlier on the same line; ``line`` is sorted."""
    total = np.cumsum(values) - values
    first = np.flatnonzero(np.r_[True, np.diff(line) > 0]) if line.size else np.empty(0, dtype=np.int64)
    lengths = np.diff(np.r_[first, line.size])
    found: Array = total - np.repeat(total[first], lengths)
    return found
