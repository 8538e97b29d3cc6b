"""Meshes of unit devices for manufactured solutions, whose cells are unlike their neighbours."""

from __future__ import annotations

from typing import Any

import dolfinx.mesh as dmesh
import numpy as np
import numpy.typing as npt
from mpi4py import MPI

from fem import DeviceMesh
from tests.verification.manufactured_equations import HEIGHT

Array = npt.NDArray[np.float64]


def mesh_of(kind: str, cells: int, regions: tuple[str, ...] = ("salt",)) -> DeviceMesh:
    """Return a line, plane, disc (its half section) or box, 1 high and wide, distorted smoothly, or scattered.

    "right-angled": rectangles of uneven sides, cut one way and the other by turns.
    """
    dim = {"line": 1, "box": 3}.get(kind, 2)
    create = (dmesh.create_unit_interval, dmesh.create_unit_square, dmesh.create_unit_cube)[dim - 1]
    cut: dict[str, Any] = {"diagonal": dmesh.DiagonalType.left_right} if kind == "right-angled" else {}
    mesh = create(MPI.COMM_SELF, *[cells] * dim, **cut)
    if kind == "scattered":
        scatter(mesh.geometry.x[:, :dim], cells)
    elif kind == "right-angled":
        mesh.geometry.x[:] += 0.04 * np.sin(2 * np.pi * mesh.geometry.x)
    else:
        distort(mesh.geometry.x, dim)
    return named(mesh, "axisymmetric" if kind == "disc" else "cartesian", regions)


def distort(x: Array, dim: int) -> None:
    """Move positions, shape (nodes, 3), such that faces and middle stay in their planes."""
    for k in range(dim):
        bulge = np.sin(2 * np.pi * x[:, k])
        for other in range(dim):
            bulge = bulge * (np.sin(np.pi * x[:, other]) if other != k else 1.0)
        x[:, k] += 0.04 * bulge


def scatter(x: Array, cells: int) -> None:
    """Move each position inside by up to a quarter of a cell, at random, shape (nodes, dimensions)."""
    inside = np.all((x > 1e-9) & (x < 1 - 1e-9), axis=1)
    shift = np.random.default_rng(1).uniform(-0.25, 0.25, (len(x), x.shape[1])) / cells
    x += shift * inside[:, None]


def named(mesh: Any, coordinates: str, regions: tuple[str, ...] = ("salt",)) -> DeviceMesh:
    """Return a device's mesh with one region, or two of half the height, and the contacts bottom and top."""
    dim = mesh.topology.dim
    for pair in ((dim - 1, dim), (dim, dim - 1), (dim, dim)):
        mesh.topology.create_connectivity(*pair)
    cells = np.arange(mesh.topology.index_map(dim).size_local, dtype=np.int32)
    upper = dmesh.compute_midpoints(mesh, dim, cells)[:, dim - 1] > 0.5
    faces = [
        dmesh.locate_entities(mesh, dim - 1, lambda x, z=z: np.isclose(x[dim - 1], z))
        for z in ((0.0, 1.0, 0.5) if len(regions) == 2 else (0.0, 1.0))
    ]
    facets, tags = np.concatenate(faces), np.repeat(np.arange(len(faces)) + 1, [e.size for e in faces])
    order = np.argsort(facets)
    return DeviceMesh(
        mesh=mesh,
        cell_tags=dmesh.meshtags(mesh, dim, cells, (1 + upper * (len(regions) - 1)).astype(np.int32)),
        facet_tags=dmesh.meshtags(mesh, dim - 1, facets[order], tags[order].astype(np.int32)),
        regions={name: k for k, name in enumerate(regions, start=1)},
        contacts={"bottom": 1, "top": 2},
        interfaces={"|".join(regions): 3} if len(regions) == 2 else {},
        unit=HEIGHT,
        coordinates=coordinates,
    )
