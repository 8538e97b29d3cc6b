"""The p-n box of the comparison: one gmsh mesh that both programs read, and the numbers of the diode.

p below 1 µm along x, n above, contacts "bottom" and "top" are the whole end faces; silicon-like data of the
reference diode. Two kinds of mesh, both fine at the junction and at the contacts: ``RightAngledBox``, on which
the Voronoi volumes of DEVSIM are exact, so that currents can be compared; and ``Box``, irregular. There DEVSIM's
volumes and couplings of cells whose circumcentre lies outside are too large (the volumes of a plane of
6000 nodes add up to 1.0006 of its area), and its current differs by as much.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
DOPING = 1e23  # [1/m^3]
INTRINSIC = 1e16  # [1/m^3]
STATES = 1e25  # [1/m^3]
PERMITTIVITY = 11.7
MOBILITY = (0.1, 0.04)  # [m^2/(V s)]
LIFETIME = 1e-7  # [s]
UNIT = 1e-6  # [m]
LENGTH, JUNCTION = 2.0, 1.0  # [UNIT]
TOLERANCE = 1e-7  # of the last Newton update, relative to the local density, in both programs


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box of 2 µm with the cross-section ``width`` [µm], meshed with gmsh.

    ``finest`` [µm]: cell at the junction; ``slope``: growth of the cell with the distance; ``largest`` [µm].
    """

    dimension: int
    finest: float
    slope: float = 0.12
    largest: float = 0.05
    width: float = 0.3
    unit: float = UNIT
    coordinates: str = "cartesian"
    regions: tuple[str, ...] = ("p", "n")
    contacts: tuple[str, ...] = ("bottom", "top")
    interfaces: tuple[str, ...] = ()
    description: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cross_section(self) -> float | None:
        """Depth of a plane [m]; the box has the whole cross-section."""
        return {1: 1.0, 2: 1.0, 3: None}[self.dimension]

    def size(self, x: float) -> float:
        """Return the cell [µm] at the height x [µm]."""
        near_junction = self.finest + self.slope * abs(x - JUNCTION)
        near_contact = 4 * self.finest + self.slope * min(x, LENGTH - x)
        return min(self.largest, near_junction, near_contact)

    def draw(self, model: Any) -> None:
        """Add the box, its named groups and its mesh to ``model``."""
        d, occ = self.dimension, model.occ
        parts = []
        for start in (0.0, JUNCTION):
            if d == 1:
                ends = [occ.addPoint(start + s, 0, 0) for s in (0.0, JUNCTION)]
                parts.append((1, occ.addLine(*ends)))
            elif d == 2:
                parts.append((2, occ.addRectangle(start, 0, 0, JUNCTION, self.width)))
            else:
                parts.append((3, occ.addBox(start, 0, 0, JUNCTION, self.width, self.width)))
        _, kept = occ.fragment(parts[:1], parts[1:])
        occ.synchronize()
        for name, entities in zip(self.regions, kept, strict=True):
            model.addPhysicalGroup(d, [tag for _, tag in entities], name=name)
        for name, x in zip(self.contacts, (0.0, LENGTH), strict=True):
            faces = [t for _, t in model.getEntities(d - 1) if self._lies_at(model, d - 1, t, x)]
            model.addPhysicalGroup(d - 1, faces, name=name)
        model.mesh.setSizeCallback(lambda _dim, _tag, x, _y, _z, _size: self.size(x))
        model.mesh.generate(d)

    @staticmethod
    def _lies_at(model: Any, dim: int, tag: int, x: float) -> bool:
        low, _, _, high, _, _ = model.getBoundingBox(dim, tag)
        return max(abs(low - x), abs(high - x)) < 1e-4


@dataclass(frozen=True, kw_only=True)
class RightAngledBox(Box):
    """The box with bricks of ``across`` equal cells in y and z, each cut into simplices with right angles."""

    across: int = 10

    def axes(self) -> list[Array]:
        """Return the node positions along each axis [µm]."""
        half = [0.0]
        while half[-1] < JUNCTION:  # from the contact to the junction, then mirrored
            half.append(half[-1] + self.size(half[-1]))
        part = np.array(half) * JUNCTION / half[-1]
        along = np.concatenate([part, LENGTH - part[-2::-1]])
        return [along, *[np.linspace(0, self.width, self.across + 1)] * (self.dimension - 1)]

    def draw(self, model: Any) -> None:
        """Add the box, its named groups and its mesh to ``model``."""
        d, axes = self.dimension, self.axes()
        shape = tuple(len(a) for a in axes)
        number = np.arange(np.prod(shape)).reshape(shape)
        points = np.zeros((number.size, 3))
        points[:, :d] = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, d)
        cells = _simplices(number)
        middle = points[cells, 0].mean(axis=1)
        ends = [_simplices(number[k]) if d > 1 else number[[k], None] for k in (0, -1)]
        parts = [(d, "p", cells[middle < JUNCTION]), (d, "n", cells[middle > JUNCTION])]
        parts += [(d - 1, name, end) for name, end in zip(self.contacts, ends, strict=True)]
        first = 1
        for dim, name, simplices in parts:
            tag = model.addDiscreteEntity(dim)
            if first == 1:
                model.mesh.addNodes(dim, tag, np.arange(len(points)) + 1, points.ravel())
            kind = (15, 1, 2, 4)[dim]
            numbers = np.arange(len(simplices)) + first
            model.mesh.addElementsByType(tag, kind, numbers, simplices.ravel() + 1)
            model.addPhysicalGroup(dim, [tag], name=name)
            first += len(simplices)


def _simplices(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the simplices along the paths from the first to the last corner of every brick of a grid."""
    d = number.ndim
    found = []
    for order in permutations(range(d)):
        steps = [np.zeros(d, dtype=int)]
        for axis in order:
            steps.append(steps[-1] + np.eye(d, dtype=int)[axis])
        corner = {
            corner: number[tuple(slice(c, n - 1 + c) for c, n in zip(corner, number.shape, strict=True))]
            for corner in product((0, 1), repeat=d)
        }
        found.append(np.stack([corner[tuple(map(int, s))].ravel() for s in steps], axis=1))
    return np.concatenate(found)


def peak_memory() -> float:
    """Return the largest resident memory of this process so far [MB].

    The kernel's own figure where there is one: that of getrusage starts with the memory of the parent.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def write(box: Box, path: Path) -> dict[str, int]:
    """Write the mesh as ``path``.msh and, as plain arrays, ``path``.npz; return nodes and cells."""
    import gmsh

    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        for option in ("MeshSizeExtendFromBoundary", "MeshSizeFromPoints"):
            gmsh.option.setNumber(f"Mesh.{option}", 0)
        gmsh.model.add("box")
        box.draw(gmsh.model)
        gmsh.model.mesh.renumberNodes()
        gmsh.write(str(path.with_suffix(".msh")))
        _, xyz, _ = gmsh.model.mesh.getNodes()
        tags, _, _ = gmsh.model.mesh.getNodes()
        coordinates = np.empty((len(tags), 3))
        coordinates[np.array(tags, dtype=int) - 1] = np.reshape(xyz, (-1, 3))
        groups = {}
        for dim, tag in gmsh.model.getPhysicalGroups():
            found = []
            for entity in gmsh.model.getEntitiesForPhysicalGroup(dim, tag):
                for nodes in gmsh.model.mesh.getElements(dim, entity)[2]:
                    found.append(np.reshape(nodes, (-1, dim + 1)).astype(int) - 1)
            groups[gmsh.model.getPhysicalName(dim, tag)] = np.concatenate(found)
        np.savez(path.with_suffix(".npz"), coordinates=coordinates, **groups)
    finally:
        gmsh.finalize()
    cells = sum(len(groups[name]) for name in box.regions)
    return {"nodes": len(coordinates), "cells": cells}


def net_doping(coordinates: Array, groups: Mapping[str, npt.NDArray[np.int64]]) -> Array:
    """Return the doping per node, that of the two sides by their shares of the node's volume [1/m^3]."""
    share = np.zeros((2, len(coordinates)))
    for k, name in enumerate(("p", "n")):
        cells = groups[name]
        edges = coordinates[cells[:, 1:]] - coordinates[cells[:, :1]]
        gram = np.einsum("cik,cjk->cij", edges, edges)
        volume = np.sqrt(np.abs(np.linalg.det(gram)))
        np.add.at(share[k], cells.ravel(), np.repeat(volume, cells.shape[1]))
    return DOPING * (share[1] - share[0]) / share.sum(axis=0)
