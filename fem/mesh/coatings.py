"""Coatings: layers of nanometres on contacts, added to a mesh that was drawn without them.

Each facet of the contact is drawn out along the normal of the face by the thickness and divided into simplices, the
same way from both sides of an edge: one layer of cells, in which a potential without charge is straight, and so exact.
The contact is then the outer face, and the former one an interface "region|coating".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError
from fem.mesh.elements import Simplices

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]
_SHARPEST = 0.7  # smallest cosine between the normals of facets that meet at a node and their mean


def coated(mesh: Simplices, coatings: Mapping[str, tuple[str, float]], unit: float) -> Simplices:
    """Return the mesh with a coating on each contact named: its region and its thickness [m]; ``unit`` of the mesh [m].

    Raises MeshError for contacts that are not there or bend sharply, and names that are taken.
    """
    for contact, (region, thickness) in coatings.items():
        mesh = _with(mesh, contact, region, thickness / unit)
    return mesh


def _with(mesh: Simplices, contact: str, region: str, thickness: float) -> Simplices:
    if contact not in mesh.surfaces:
        raise MeshError(
            f"the mesh has no face {contact!r} to coat; its faces are {sorted(mesh.surfaces) or 'none'}."
        )
    if region in {*mesh.regions, *mesh.surfaces}:
        raise MeshError(f"the coating of {contact!r} is called {region!r}, a name that the mesh has.")
    on_it = mesh.facet_group == mesh.surfaces[contact]
    facets = np.sort(mesh.facets[on_it], axis=1)
    owner = _owners(mesh, facets, contact)
    below = np.unique(facets)
    above = len(mesh.points) + np.searchsorted(below, facets)
    points = np.concatenate(
        [mesh.points, mesh.points[below] + thickness * _normals(mesh, facets, owner, contact)]
    )
    cells = np.concatenate([_prism_part(facets, above, k) for k in range(mesh.dim)])
    tag = max(mesh.regions.values()) + 1
    beneath = mesh.cell_group[owner]
    first, surfaces = max(mesh.surfaces.values()) + 1, dict(mesh.surfaces)
    names = {t: name for name, t in mesh.regions.items()}
    groups = np.zeros(len(facets), dtype=np.int64)
    for k, t in enumerate(np.unique(beneath)):
        surfaces[f"{names[int(t)]}|{region}"] = first + k
        groups[beneath == t] = first + k
    return replace(
        mesh,
        points=points,
        cells=np.concatenate([mesh.cells, cells]),
        cell_group=np.concatenate([mesh.cell_group, np.full(len(cells), tag)]),
        facets=np.concatenate([mesh.facets[~on_it], facets, above]),
        facet_group=np.concatenate(
            [mesh.facet_group[~on_it], groups, np.full(len(above), mesh.surfaces[contact])]
        ),
        regions={**mesh.regions, region: tag},
        surfaces=surfaces,
    )


def _prism_part(facets: Ints, above: Ints, k: int) -> Ints:
    """Return the k-th simplex of each prism, whose corners below are in order, so that neighbours fit."""
    return np.concatenate([facets[:, : k + 1], above[:, k:]], axis=1)


def _owners(mesh: Simplices, facets: Ints, contact: str) -> Ints:
    """Return the cell of each facet; MeshError unless it is one."""
    dim = mesh.dim
    faces = np.concatenate([np.delete(mesh.cells, k, axis=1) for k in range(dim + 1)])
    every = np.concatenate([np.sort(faces, axis=1), facets])
    _, number = np.unique(every, axis=0, return_inverse=True)
    number = number.ravel()
    inside, wanted = number[: len(faces)], number[len(faces) :]
    if (np.bincount(inside, minlength=number.max() + 1)[wanted] != 1).any():
        raise MeshError(f"{contact!r} is no outer face of the mesh, so it cannot be coated.")
    place = np.empty(number.max() + 1, dtype=np.int64)
    place[inside] = np.arange(len(faces))
    return place[wanted] % len(mesh.cells)


def _normals(mesh: Simplices, facets: Ints, owner: Ints, contact: str) -> Array:
    """Return the way outwards of each node of the facets, shape (nodes, 3), as long as makes the layer 1 thick."""
    normals = _outwards(mesh, facets, owner)
    below, number = np.unique(facets, return_inverse=True)
    number = number.reshape(facets.shape)
    mean = np.zeros((len(below), 3))
    for k in range(mesh.dim):
        np.add.at(mean, number[:, k], normals)
    mean /= np.linalg.norm(mean, axis=1, keepdims=True)
    along, count = np.zeros(len(below)), np.zeros(len(below))
    for k in range(mesh.dim):
        cosine = np.einsum("ij,ij->i", mean[number[:, k]], normals)
        if not (cosine >= _SHARPEST).all():
            raise MeshError(f"{contact!r} bends too sharply to be coated; draw the layer on it.")
        np.add.at(along, number[:, k], cosine)
        np.add.at(count, number[:, k], 1.0)
    return np.asarray(mean * (count / along)[:, None])


def _outwards(mesh: Simplices, facets: Ints, owner: Ints) -> Array:
    """Return the unit normal of each facet out of its cell, shape (n, 3)."""
    corners = mesh.points[facets]
    inner = mesh.points[mesh.cells[owner]].mean(axis=1)
    if mesh.dim == 1:
        found = np.zeros((len(facets), 3))
        found[:, 0] = 1.0
    elif mesh.dim == 2:
        side = corners[:, 1] - corners[:, 0]
        found = np.stack([side[:, 1], -side[:, 0], np.zeros(len(side))], axis=1)
    else:
        found = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    found = found / np.linalg.norm(found, axis=1, keepdims=True)
    sense = np.einsum("ij,ij->i", found, corners.mean(axis=1) - inner)
    return np.asarray(found * np.sign(sense)[:, None])
