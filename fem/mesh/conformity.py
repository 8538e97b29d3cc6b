"""Whether simplices make one body on which a field is continuous: what a mesh must be, whoever made it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError
from fem.mesh.elements import Simplices

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Array = npt.NDArray[np.float64]
_FLAT = 1e-14  # volume of a cell that has none, as a part of its longest edge to the power of the dimension
_SAME = 1e-10  # of the mesh's extent: nodes closer than this are in one place
_ON = 1e-6  # of a facet's size: what is as near as this lies on it
_AXES = "xyz"


def check_simplices(mesh: Simplices) -> None:
    """Return nothing; raise MeshError, in words, unless cells have volumes, share their faces and hang together.

    Facets of groups must be faces of cells, each in one group.
    """
    used = np.unique(mesh.cells)
    points = mesh.points[used]
    if not np.isfinite(points).all():
        raise MeshError("the mesh has nodes whose coordinates are no numbers.")
    extent = float(np.ptp(points, axis=0).max())
    _check_plane(mesh.dim, points, extent)
    _check_volumes(mesh)
    faces, owner = faces_of(mesh.cells)
    numbers, count = _distinct(np.concatenate([faces, np.sort(mesh.facets, axis=1)]), len(faces))
    _check_facets(mesh, numbers[len(faces) :], count)
    if (count > 2).any() or len(np.unique(np.sort(mesh.cells, axis=1), axis=0)) < len(mesh.cells):
        raise MeshError(
            "cells of the mesh overlap: a face has more than two of them, or a cell is there twice."
        )
    numbers = numbers[: len(faces)]
    _check_doubled(mesh, np.unique(faces[count[numbers] == 1]), extent)
    _check_one_body(mesh, numbers, owner, count)


def check_seams(mesh: Simplices) -> None:
    """Return nothing; raise MeshError where outer faces of cells lie on others, as those of blocks that do not fit."""
    from scipy.spatial import cKDTree

    if mesh.dim == 1:
        return
    faces, owner = faces_of(mesh.cells)
    numbers, count = _distinct(faces, len(faces))
    single = count[numbers] == 1
    outer, cell = faces[single], owner[single]
    corners = mesh.points[outer]
    nodes = np.unique(outer)
    centres = corners.mean(axis=1)
    sizes = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    places = np.concatenate([mesh.points[nodes], centres])
    _check_no_overlap(mesh, centres, cell)
    near = cKDTree(places).query_ball_point(centres, sizes * (1 + _ON))
    face = np.repeat(np.arange(len(outer)), [len(found) for found in near])
    which = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    number = np.concatenate([nodes, np.full(len(outer), -1)])[which]
    own = (outer[face] == number[:, None]).any(axis=1) | (which == len(nodes) + face)
    face, which = face[~own], which[~own]
    on = _lies_on(corners[face], places[which], sizes[face])
    if on.any():
        names = _names(mesh, cell[face[on]])
        raise MeshError(
            f"blocks of the mesh meet without sharing their nodes, at {on.sum()} places of {names}; "
            "join them before meshing (in gmsh: fragment, or Coherence)."
        )


def _check_no_overlap(mesh: Simplices, outer: Array, owner: Ints) -> None:
    """Raise MeshError if the centre of an outer face lies inside of another cell than its own."""
    from scipy.spatial import cKDTree

    corners = mesh.points[mesh.cells][:, :, : mesh.dim]
    centres = corners.mean(axis=1)
    reach = np.linalg.norm(corners - centres[:, None], axis=2).max(axis=1)
    found = cKDTree(outer[:, : mesh.dim]).query_ball_point(centres, reach)
    cell = np.repeat(np.arange(len(centres)), [len(near) for near in found])
    face = np.concatenate([np.asarray(near, dtype=np.int64) for near in found])
    other = owner[face] != cell
    cell, face = cell[other], face[other]
    edges = np.swapaxes(corners[cell, 1:] - corners[cell, :1], 1, 2)
    shares = np.linalg.solve(edges, (outer[face, : mesh.dim] - corners[cell, 0])[:, :, None])[:, :, 0]
    inside = (shares > _ON).all(axis=1) & (shares.sum(axis=1) < 1 - _ON)
    if inside.any():
        raise MeshError(
            f"cells of the mesh overlap: {inside.sum()} of their outer faces lie inside of other cells, in "
            f"{_names(mesh, cell[inside])}."
        )


def _check_plane(dim: int, points: Array, extent: float) -> None:
    high = np.ptp(points, axis=0)
    if dim < 3 and (high[dim:] > 1e-9 * extent).any():
        lies = "".join(axis for axis, length in zip(_AXES, high, strict=True) if length > 1e-9 * extent)
        kind = "line along x" if dim == 1 else "plane in x and y"
        raise MeshError(f"a mesh of dimension {dim} must be a {kind}; this one extends in {', '.join(lies)}.")


def _check_volumes(mesh: Simplices) -> None:
    corners = mesh.points[mesh.cells][:, :, : mesh.dim]
    volume = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    longest = np.max(
        [
            np.linalg.norm(corners - np.roll(corners, k, axis=1), axis=2).max(axis=1)
            for k in range(1, mesh.dim + 1)
        ],
        axis=0,
    )
    flat = volume <= _FLAT * longest**mesh.dim
    if flat.any():
        raise MeshError(
            f"{flat.sum()} cells of the mesh have no volume, in {_names(mesh, np.flatnonzero(flat))}."
        )


def faces_of(cells: Ints) -> tuple[Ints, Ints]:
    """Return the nodes of all faces of all cells, ascending, shape (faces, dim), and the cell of each."""
    cells = np.sort(cells, axis=1)
    corners = cells.shape[1]
    faces = [np.delete(cells, k, axis=1) for k in range(corners)]
    return np.concatenate(faces), np.tile(np.arange(len(cells)), corners)


def _distinct(rows: Ints, counted: int) -> tuple[Ints, Ints]:
    """Return the number of each row among distinct ones, and how often each of these is in the first rows."""
    order = np.lexsort(rows.T[::-1])
    new = np.concatenate([[True], (np.diff(rows[order], axis=0) != 0).any(axis=1)])
    numbers = np.empty(len(rows), dtype=np.int64)
    numbers[order] = np.cumsum(new) - 1
    count = np.bincount(numbers[:counted], minlength=int(new.sum()))
    return numbers, count


def _check_facets(mesh: Simplices, numbers: Ints, count: Ints) -> None:
    """Check the facets in groups, of which ``numbers`` are among all faces and ``count`` cells at each of these."""
    at = {name: numbers[mesh.facet_group == tag] for name, tag in mesh.surfaces.items()}
    for name, mine in at.items():
        if lost := int((count[mine] == 0).sum()):
            raise MeshError(
                f"{lost} facets of group {name!r} of the mesh are no faces of its cells; "
                "is the region there in a named group?"
            )
    _, which = np.unique(numbers, return_inverse=True)
    several = np.bincount(which) > 1
    if several.any():
        tags = np.unique(mesh.facet_group[several[which]])
        names = [repr(name) for name, tag in mesh.surfaces.items() if tag in tags]
        raise MeshError(f"facets of the mesh are in a group twice or in two groups: {', '.join(names)}.")


def _check_one_body(mesh: Simplices, numbers: Ints, owner: Ints, count: Ints) -> None:
    """Check that one can go from each cell to each other through faces."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    order = np.argsort(numbers, kind="stable")
    inner = np.flatnonzero(count[numbers[order]] == 2)
    pairs = owner[order[inner]].reshape(-1, 2)
    shape = (len(mesh.cells), len(mesh.cells))
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)
    parts, part = connected_components(links, directed=False)
    if parts > 1:
        shown = [_names(mesh, np.flatnonzero(part == k)) for k in range(min(parts, 3))]
        raise MeshError(
            f"the mesh falls into {parts} parts that share no faces ({'; '.join(shown)}"
            f"{'; ...' if parts > 3 else ''}): a contact of one does not reach the others. Blocks that touch must be "
            "joined before meshing (in gmsh: fragment, or Coherence)."
        )


def _check_doubled(mesh: Simplices, nodes: Ints, extent: float) -> None:
    """Check that no two of the ``nodes`` are in one place."""
    from scipy.spatial import cKDTree

    pairs = cKDTree(mesh.points[nodes]).query_pairs(_SAME * extent, output_type="ndarray")
    if len(pairs):
        raise MeshError(
            f"{len(pairs)} nodes of the mesh lie on others: blocks that touch there do not share them. Join them "
            "before meshing (in gmsh: fragment, or Coherence)."
        )


def _lies_on(corners: Array, places: Array, sizes: Array) -> Bools:
    """Return which of the ``places`` (n, 3) lie on the facets with these corners (n, dim, 3), edges included."""
    edges, to = corners[:, 1:] - corners[:, :1], places - corners[:, 0]
    gram = np.einsum("nij,nkj->nik", edges, edges)
    share = np.linalg.solve(gram, np.einsum("nij,nj->ni", edges, to)[..., None])[..., 0]
    off = np.linalg.norm(to - np.einsum("nij,ni->nj", edges, share), axis=1)
    inside = (share >= -_ON).all(axis=1) & (share.sum(axis=1) <= 1 + _ON)
    return np.asarray(inside & (off <= _ON * sizes))


def _names(mesh: Simplices, cells: Ints) -> str:
    """Return the names of the regions of cells."""
    tags = set(np.unique(mesh.cell_group[np.asarray(cells)]).tolist())
    return " and ".join(repr(name) for name, tag in mesh.regions.items() if tag in tags)
