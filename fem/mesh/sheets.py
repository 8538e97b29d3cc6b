"""Sheets: contacts that lie inside of one region, along which the mesh is cut so that each side has its own nodes.

A metal foil lets no carrier and no ion through, and what it emits into one side is nothing to the other. Nodes at the
rim of a sheet stay one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fem.mesh.conformity import faces_of
from fem.mesh.elements import Ints, Simplices

Bools = npt.NDArray[np.bool_]


def cut_along_sheets(mesh: Simplices, contacts: Sequence[str]) -> tuple[Simplices, tuple[str, ...]]:
    """Return the mesh cut along those ``contacts`` that have the same region on both sides, and their names.

    Facets of which all nodes lie on the rim stay one, inside of the mesh.
    """
    cells_at = _cells_at(mesh)
    found, cut = [], np.zeros(len(mesh.facets), dtype=bool)
    for name in contacts:
        mine = mesh.facet_group == mesh.surfaces[name]
        inner = mine & (cells_at[:, 1] >= 0)
        inner &= mesh.cell_group[cells_at[:, 0]] == mesh.cell_group[cells_at[:, 1]]
        if inner.any():
            found.append(name)
            cut |= inner
    if not found:
        return mesh, ()
    cells, origin = _with_copies(mesh, cut)
    return _joined(mesh, cells, origin, cells_at), tuple(found)


def _cells_at(mesh: Simplices) -> Ints:
    """Return the cells at each facet, -1 for none, shape (facets, 2)."""
    faces, owner = faces_of(mesh.cells)
    rows = np.concatenate([np.sort(mesh.facets, axis=1), faces])
    _, number = np.unique(rows, axis=0, return_inverse=True)
    number = np.asarray(number).ravel()
    mine, theirs = number[: len(mesh.facets)], number[len(mesh.facets) :]
    order = np.argsort(theirs, kind="stable")
    first, last = (np.searchsorted(theirs[order], mine, side=s) for s in ("left", "right"))
    found = np.full((len(mine), 2), -1, dtype=np.int64)
    for k in (0, 1):
        has = last - first > k
        found[has, k] = owner[order[first[has] + k]]
    return found


def _with_copies(mesh: Simplices, cut: Bools) -> tuple[Ints, Ints]:
    """Return the cells with a copy of each node for each part that the cut facets make of the cells around it.

    Second: the node of which each new one is a copy, shape (copies,).
    """
    cells = mesh.cells.copy()
    origin: list[int] = []
    walls = {tuple(sorted(f)) for f in mesh.facets[cut].tolist()}
    around: dict[int, list[int]] = {int(n): [] for n in np.unique(mesh.facets[cut])}
    for cell, corner in zip(*np.nonzero(np.isin(mesh.cells, list(around))), strict=True):
        around[int(mesh.cells[cell, corner])].append(int(cell))
    for node, near in around.items():
        for part in _parts(mesh, node, near, walls)[1:]:
            rows = cells[part]
            rows[mesh.cells[part] == node] = len(mesh.points) + len(origin)
            cells[part] = rows
            origin.append(node)
    return cells, np.array(origin, dtype=np.int64)


def _parts(mesh: Simplices, node: int, near: list[int], walls: set[tuple[int, ...]]) -> list[list[int]]:
    """Return the cells at a node in groups between which one cannot go through faces at it that are no walls."""
    through: dict[tuple[int, ...], list[int]] = {}
    for cell in near:
        corners = mesh.cells[cell].tolist()
        for other in corners:
            face = tuple(sorted(set(corners) - {other}))
            if other != node and face not in walls:
                through.setdefault(face, []).append(cell)
    links: dict[int, list[int]] = {cell: [] for cell in near}
    for pair in through.values():
        for cell in pair:
            links[cell] += pair
    left, found = set(near), []
    while left:
        front = [min(left)]
        left -= set(front)
        part = []
        while front:
            cell = front.pop()
            part.append(cell)
            new = left & set(links[cell])
            left -= new
            front += new
        found.append(sorted(part))
    return found


def _joined(mesh: Simplices, cells: Ints, origin: Ints, cells_at: Ints) -> Simplices:
    """Return the mesh with the new cells, and each facet once for each side on which it has other nodes."""
    facets, groups = [], []
    for facet, group, sides in zip(mesh.facets, mesh.facet_group, cells_at, strict=True):
        seen = set()
        for cell in sides[sides >= 0]:
            new = tuple(int(cells[cell, np.flatnonzero(mesh.cells[cell] == n)[0]]) for n in facet)
            if new not in seen:
                seen.add(new)
                facets.append(new)
                groups.append(group)
    return replace(
        mesh,
        points=np.concatenate([mesh.points, mesh.points[origin]]),
        cells=cells,
        facets=np.array(facets, dtype=np.int64).reshape(-1, mesh.dim),
        facet_group=np.array(groups, dtype=np.int64),
    )
