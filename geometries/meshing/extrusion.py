"""Meshes made by stacking: a base of simplices drawn upwards through slabs, and the names of what results.

The base is a point, a line, a rectangle or a square with a disc; each base cell belongs to a patch, each
interval of the vertical axis to a slab, and a table says which region fills patch p in slab s (None:
nothing). A simplex v0 < v1 < ... < vk of the base, drawn through one interval, becomes the k + 1 simplices

    (v0 ... vi below, vi ... vk above),   i = 0 ... k,

which fit those of every neighbour because the order is that of the base's node numbers. On tensor-product
bases all of them are path simplices (right-angled), so no edge has a negative weight in the edge-flux scheme.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from geometries.meshing.grading import Floats
from geometries.names import check_nodes

__all__ = [
    "Axis",
    "Base",
    "ContactFace",
    "Extrusion",
    "LineBase",
    "Plane",
    "PointBase",
    "RectangleBase",
    "SimplexMesh",
    "facet_groups",
    "facets_between",
    "positive",
]

Ints = npt.NDArray[np.int64]
Table = tuple[tuple[str | None, ...], ...]


class Plane(NamedTuple):
    """Nodes (n, k) [m], simplices (m, k + 1) and the patch number (m,) of each simplex of a base."""

    points: Floats
    simplices: Ints
    patch: Ints


class Base(Protocol):
    """What an extrusion starts from."""

    @property
    def dimension(self) -> int: ...
    def neighbours(self) -> tuple[tuple[int, int], ...]: ...
    def plane(self) -> Plane: ...


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Node positions [m] along one direction and the marks among them, between which nothing changes."""

    marks: tuple[float, ...]
    nodes: tuple[float, ...]

    def slots(self) -> Ints:
        """Return, for each interval between nodes, the number of the segment between marks that holds it."""
        nodes = np.asarray(self.nodes)
        found = np.searchsorted(np.asarray(self.marks), 0.5 * (nodes[1:] + nodes[:-1]))
        return np.asarray(found - 1, dtype=np.int64)


@dataclass(frozen=True)
class PointBase:
    """The base of a one-dimensional mesh."""

    dimension: int = 0

    def neighbours(self) -> tuple[tuple[int, int], ...]:
        """Return no pairs: there is one patch."""
        return ()

    def plane(self) -> Plane:
        """Return one node without coordinates."""
        return Plane(np.zeros((1, 0)), np.zeros((1, 1), dtype=np.int64), np.zeros(1, dtype=np.int64))


@dataclass(frozen=True)
class LineBase:
    """The base of a two-dimensional mesh; patch i lies between marks i and i + 1."""

    axis: Axis
    dimension: int = 1

    def neighbours(self) -> tuple[tuple[int, int], ...]:
        """Return the pairs of patches that touch."""
        return tuple((i, i + 1) for i in range(len(self.axis.marks) - 2))

    def plane(self) -> Plane:
        """Return the intervals of the axis."""
        points = np.asarray(self.axis.nodes)[:, None]
        start = np.arange(len(points) - 1)
        return Plane(points, np.column_stack((start, start + 1)), self.axis.slots())


@dataclass(frozen=True)
class RectangleBase:
    """A tensor-product base of a three-dimensional mesh; patch i * (y segments) + j."""

    x: Axis
    y: Axis
    dimension: int = 2

    def neighbours(self) -> tuple[tuple[int, int], ...]:
        """Return the pairs of patches that touch."""
        columns, rows = len(self.x.marks) - 1, len(self.y.marks) - 1
        number = np.arange(columns * rows).reshape(columns, rows)
        pairs = [(number[:-1], number[1:]), (number[:, :-1], number[:, 1:])]
        return tuple((int(p), int(q)) for a, b in pairs for p, q in zip(a.ravel(), b.ravel(), strict=True))

    def plane(self) -> Plane:
        """Return every rectangle of the grid cut along its rising diagonal."""
        columns, rows = len(self.x.nodes), len(self.y.nodes)
        check_nodes("the base of this mesh", columns * rows)
        points = np.stack(np.meshgrid(self.x.nodes, self.y.nodes, indexing="ij"), axis=-1).reshape(-1, 2)
        number = np.arange(columns * rows).reshape(columns, rows)
        a, b = number[:-1, :-1].ravel(), number[1:, :-1].ravel()
        c, d = number[:-1, 1:].ravel(), number[1:, 1:].ravel()
        patch = (self.x.slots()[:, None] * (len(self.y.marks) - 1) + self.y.slots()[None, :]).ravel()
        simplices = np.concatenate((np.column_stack((a, b, d)), np.column_stack((a, c, d))))
        return Plane(points, simplices, np.concatenate((patch, patch)))


@dataclass(frozen=True, kw_only=True)
class ContactFace:
    """A contact: the outer facets of `regions` on the plane where coordinate `axis` equals `position` [m].

    `lower` and `upper` [m], a bound per coordinate (a mark of the mesh or infinite), leave the facets within.
    """

    name: str
    axis: int
    position: float
    regions: tuple[str, ...]
    lower: tuple[float, ...] | None = None
    upper: tuple[float, ...] | None = None

    def holds(self, points: Floats, tolerance: float) -> npt.NDArray[np.bool_]:
        """Return which of the points (..., dimension) [m] lie on the face; shape (...)."""
        lower = -np.inf if self.lower is None else np.asarray(self.lower)
        upper = np.inf if self.upper is None else np.asarray(self.upper)
        within = ((points >= lower - tolerance) & (points <= upper + tolerance)).all(axis=-1)
        return within & (np.abs(points[..., self.axis] - self.position) < tolerance)


@dataclass(frozen=True, eq=False)
class SimplexMesh:
    """Nodes (n, d) [m], cells (m, d + 1) with region numbers, facets (k, d) with group numbers.

    Facet groups count the contacts first, then the interfaces, in the order of the drawing.
    """

    points: Floats
    cells: Ints
    cell_region: Ints
    facets: Ints
    facet_group: Ints


@dataclass(frozen=True)
class Extrusion:
    """A base, a vertical axis, and the region in each patch and slab."""

    base: Base
    vertical: Axis
    table: Table

    @property
    def dimension(self) -> int:
        """Return the dimension of the mesh: one more than that of the base."""
        return self.base.dimension + 1

    def drawn(self) -> set[str]:
        """Return the names of all regions."""
        return {name for column in self.table for name in column if name is not None}

    def touching(self) -> set[frozenset[str]]:
        """Return the pairs of different regions that share a face."""
        pairs = [pair for column in self.table for pair in pairwise(column)]
        for p, q in self.base.neighbours():
            pairs.extend(zip(self.table[p], self.table[q], strict=True))
        return {frozenset((a, b)) for a, b in pairs if a is not None and b is not None and a != b}

    def mesh(
        self,
        regions: tuple[str, ...],
        contacts: tuple[ContactFace, ...],
        interfaces: tuple[str, ...],
    ) -> SimplexMesh:
        """Return the mesh, its cells numbered by `regions`, its facets by `contacts`, then `interfaces`."""
        plane = self.base.plane()
        plane = plane._replace(simplices=np.sort(plane.simplices, axis=1))
        number = {name: i for i, name in enumerate(regions)}
        filled = np.array([[-1 if r is None else number[r] for r in column] for column in self.table])
        by_level = filled[:, self.vertical.slots()]
        base_count, levels = len(plane.points), len(self.vertical.nodes)
        check_nodes("this mesh", base_count * levels)
        cells, cell_region = _drawn_up(plane.simplices, by_level[plane.patch], base_count)
        heights = np.repeat(np.asarray(self.vertical.nodes), base_count)
        points = np.column_stack((np.tile(plane.points, (levels, 1)), heights))
        facets, below, above = _facets(plane, by_level, base_count)
        group = facet_groups(points, facets, below, above, regions, contacts, interfaces)
        facets, group = facets[group >= 0], group[group >= 0]
        used = np.zeros(len(points), dtype=bool)
        used[cells] = True
        renumbered = np.cumsum(used) - 1
        cells = positive(points, cells)
        return SimplexMesh(points[used], renumbered[cells], cell_region, renumbered[facets], group)


def _drawn_up(simplices: Ints, values: Ints, base_count: int) -> tuple[Ints, Ints]:
    """Return (cells, value) of the simplices drawn through every interval whose value is not negative."""
    which, level = np.nonzero(values >= 0)
    below = simplices[which] + (level * base_count)[:, None]
    above = below + base_count
    width = simplices.shape[1]
    parts = [np.hstack((below[:, : i + 1], above[:, i:])) for i in range(width)]
    return np.concatenate(parts), np.tile(values[which, level], width)


def _facets(plane: Plane, by_level: Ints, base_count: int) -> tuple[Ints, Ints, Ints]:
    """Return the facets where the filling changes and the region numbers on their two sides (-1: outside)."""
    column = by_level[plane.patch]
    outside = np.full((len(column), 1), -1, dtype=column.dtype)
    under, over = np.hstack((outside, column)), np.hstack((column, outside))
    which, level = np.nonzero(under != over)
    facets = [plane.simplices[which] + (level * base_count)[:, None]]
    sides = [(under[which, level], over[which, level])]
    if plane.simplices.shape[1] > 1:
        edges, left, right = facets_between(plane)
        nothing = np.full((1, by_level.shape[1]), -1, dtype=by_level.dtype)
        table = np.concatenate((by_level, nothing))
        one, other = table[left], table[right]
        place = np.arange(one.size).reshape(one.shape)
        drawn, chosen = _drawn_up(edges, np.where(one != other, place, -1), base_count)
        facets.append(drawn)
        sides.append((one.ravel()[chosen], other.ravel()[chosen]))
    first, second = (np.concatenate(side) for side in zip(*sides, strict=True))
    return np.concatenate(facets), first, second


def facets_between(plane: Plane) -> tuple[Ints, Ints, Ints]:
    """Return the facets between different patches and the patch on each side (-1: outside)."""
    width = plane.simplices.shape[1]
    faces = np.concatenate([plane.simplices[:, list(keep)] for keep in combinations(range(width), width - 1)])
    owner = np.tile(plane.patch, width)
    key = np.ravel_multi_index(tuple(faces.T), (len(plane.points),) * (width - 1))  # sorts faster than rows
    _, first, inverse, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    start = np.concatenate(([0], np.cumsum(count)[:-1]))
    left = owner[order[start]]
    right = np.where(count == 2, owner[order[np.minimum(start + 1, len(order) - 1)]], -1)
    changed = left != right
    return faces[first[changed]], left[changed], right[changed]


def facet_groups(
    points: Floats,
    facets: Ints,
    below: Ints,
    above: Ints,
    regions: tuple[str, ...],
    contacts: tuple[ContactFace, ...],
    interfaces: tuple[str, ...],
) -> Ints:
    """Return the group number of each facet, -1 for a free surface."""
    group = np.full(len(facets), -1, dtype=np.int64)
    lookup = np.full((len(regions), len(regions)), -1, dtype=np.int64)
    for i, name in enumerate(interfaces):
        p, q = (regions.index(part) for part in name.split("|"))
        lookup[p, q] = lookup[q, p] = len(contacts) + i
    inner = (below >= 0) & (above >= 0)
    group[inner] = lookup[below[inner], above[inner]]
    owner = np.maximum(below, above)
    extent = float(np.ptp(points, axis=0).max())
    for i, contact in enumerate(contacts):
        wanted = np.isin(owner, [regions.index(name) for name in contact.regions])
        flat = contact.holds(points[facets], 1e-12 * extent).all(axis=1)
        group[wanted & flat & ~inner] = i
    return group


def positive(points: Floats, cells: Ints) -> Ints:
    """Return the cells with two nodes exchanged wherever the volume would count as negative."""
    corner = points[cells]
    negative = np.linalg.det(corner[:, 1:] - corner[:, :1]) < 0.0
    cells = cells.copy()
    cells[negative, -2:] = cells[negative, -2:][:, ::-1]
    return cells
