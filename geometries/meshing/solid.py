"""The mesh of layers with a tip on one of them, drawn and meshed by gmsh's OpenCASCADE kernel.

The vertical coordinate (the last one) is 0 at the bottom of the stack, the axis of the tip is that of the
cell. gmsh works in units of the apex, because its tolerances are absolute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from geometries.meshing.drawing import gmsh_model
from geometries.meshing.extrusion import (
    ContactFace,
    Ints,
    Plane,
    SimplexMesh,
    facet_groups,
    facets_between,
    positive,
)
from geometries.meshing.grading import Floats
from geometries.meshing.sizes import CellSizes
from geometries.tip_shapes import ConeTip, PyramidTip, Tip

__all__ = ["TipSolid"]

Entity = tuple[int, int]
#: Tetrahedra come out larger than asked, by 14 % on average, triangles smaller by 7 %: the size to ask for.
_ASKED = {2: 1.0, 3: 0.8}
_VOLUME_OPTIONS = {
    "Mesh.Algorithm3D": 1,
    "Mesh.Optimize": 1,
    "Mesh.OptimizeThreshold": 0.5,
    "General.NumThreads": 1,
}


@dataclass(frozen=True, kw_only=True)
class TipSolid:
    """Layers with faces at the heights `faces` [m] in a cell of `width` [m], and a tip inside one of them.

    The cell is round, or square if `square`; its section (dimension 2) reaches from the axis to the edge. The
    tip stands on the lower face of layer number `film`, or hangs from the upper one unless `upward`. It
    belongs to layer number `owner`; None leaves it empty, and its surface becomes contact `hollow`.
    """

    names: tuple[str, ...]
    faces: tuple[float, ...]
    width: float
    square: bool
    dimension: int
    film: int
    tip: Tip | None
    upward: bool
    owner: int | None
    hollow: str | None
    sizes: CellSizes

    def drawn(self) -> set[str]:
        """Return the names of all regions."""
        return set(self.names)

    def touching(self) -> set[frozenset[str]]:
        """Return the pairs of different regions that share a face."""
        return {frozenset(pair) for pair in pairwise(self.names)}

    def mesh(
        self, regions: tuple[str, ...], contacts: tuple[ContactFace, ...], interfaces: tuple[str, ...]
    ) -> SimplexMesh:
        """Return the mesh, its cells numbered by `regions`, its facets by `contacts`, then `interfaces`."""
        points, cells, layer = self._cells()
        region = np.array([regions.index(name) for name in self.names])[layer]
        facets, one, other = facets_between(Plane(points, np.sort(cells, axis=1), region))
        group = facet_groups(points, facets, one, other, regions, contacts, interfaces)
        if self.hollow is not None:
            names = [contact.name for contact in contacts]
            group[(group < 0) & ~self._outside(points[facets])] = names.index(self.hollow)
        kept = group >= 0
        return SimplexMesh(points, positive(points, cells), region, facets[kept], group[kept])

    def _outside(self, corners: Floats) -> npt.NDArray[np.bool_]:
        """Return which facets, corners (n, k, d) [m], lie on the axis, the edge, the bottom or the top."""
        tolerance = 1e-9 * self.width
        height, across = corners[:, :, -1], np.abs(corners[:, :, :-1])
        if self.dimension == 2:
            edge = (across[:, :, 0] < tolerance).all(axis=1)
        else:
            edge = np.zeros(len(corners), dtype=bool)
        size = across.max(axis=2) if self.square or self.dimension == 2 else np.hypot(*across.T).T
        edge |= (np.abs(size - 0.5 * self.width) < tolerance).all(axis=1)
        for face in (0.0, self.faces[-1]):
            edge |= (np.abs(height - face) < tolerance).all(axis=1)
        return edge

    def _cells(self) -> tuple[Floats, Ints, Ints]:
        """Return points [m], cells and the number of the layer that each cell belongs to."""
        unit = self.width / 100.0 if self.tip is None else self.tip.apex_size
        scale = _ASKED[self.dimension] / unit
        with gmsh_model() as gmsh:
            before = {name: gmsh.option.getNumber(name) for name in _VOLUME_OPTIONS}
            try:
                for name, value in _VOLUME_OPTIONS.items():
                    gmsh.option.setNumber(name, value)
                pieces = _Drawer(gmsh, self, unit).pieces()
                gmsh.model.mesh.setSizeCallback(
                    lambda dim, tag, x, y, z, lc: scale * self.sizes((x * unit, y * unit, z * unit))
                )
                gmsh.model.mesh.generate(self.dimension)
                return self._read(gmsh, pieces, unit)
            finally:
                gmsh.model.mesh.removeSizeCallback()
                for name, value in before.items():
                    gmsh.option.setNumber(name, value)

    def _read(self, gmsh: Any, pieces: list[list[Entity]], unit: float) -> tuple[Floats, Ints, Ints]:
        """Return the mesh of the model, with nodes on flat faces and on the axis put there exactly."""
        kind = 2 if self.dimension == 2 else 4
        found = [
            np.concatenate([gmsh.model.mesh.getElementsByType(kind, tag)[1] for _, tag in entities])
            for entities in pieces
        ]
        cells = np.concatenate(found).reshape(-1, self.dimension + 1).astype(np.int64)
        layer = np.repeat(np.arange(len(pieces)), [len(f) // (self.dimension + 1) for f in found])
        tags, coordinates, _ = gmsh.model.mesh.getNodes()
        used, cells = np.unique(cells, return_inverse=True)
        place = np.zeros(int(tags.max()) + 1, dtype=np.int64)
        place[tags] = np.arange(len(tags))
        points = coordinates.reshape(-1, 3)[place[used], : self.dimension] * unit
        for face in self.faces:
            points[np.abs(points[:, -1] - face) < 1e-6 * unit, -1] = face
        if self.dimension == 2:
            points[np.abs(points[:, 0]) < 1e-6 * unit, 0] = 0.0
        return points, cells.reshape(-1, self.dimension + 1), layer


class _Drawer:
    """Draws a `TipSolid` in drawing units into the current gmsh model."""

    def __init__(self, gmsh: Any, solid: TipSolid, unit: float) -> None:
        self.gmsh, self.occ, self.solid, self.unit = gmsh, gmsh.model.occ, solid, unit
        self.half = 0.5 * solid.width / unit

    def pieces(self) -> list[list[Entity]]:
        """Return the entities of every layer, bottom first."""
        solid, occ = self.solid, self.occ
        slabs = [self._slab(low / self.unit, high / self.unit) for low, high in pairwise(solid.faces)]
        bodies = slabs + ([] if solid.tip is None else [self._placed_tip(solid.tip)])
        if len(bodies) == 1:
            parts = [[bodies[0]]]
        else:
            _, parts = occ.fragment(bodies[:1], bodies[1:])
        found = [list(part) for part in parts[: len(slabs)]]
        if solid.tip is not None:
            inside = set(parts[-1])
            found[solid.film] = [entity for entity in found[solid.film] if entity not in inside]
            if solid.owner is None:
                occ.remove(list(inside), recursive=False)
            else:
                found[solid.owner] = list(dict.fromkeys([*found[solid.owner], *parts[-1]]))
        occ.synchronize()
        return found

    def _slab(self, low: float, high: float) -> Entity:
        occ, half = self.occ, self.half
        if self.solid.dimension == 2:
            return 2, occ.addRectangle(0.0, low, 0.0, half, high - low)
        if self.solid.square:
            return 3, occ.addBox(-half, -half, low, 2.0 * half, 2.0 * half, high - low)
        return 3, occ.addCylinder(0.0, 0.0, low, 0.0, 0.0, high - low, half)

    def _placed_tip(self, tip: Tip) -> Entity:
        """Return the tip on its face of the film, pointing into the film."""
        solid, occ = self.solid, self.occ
        low, high = solid.faces[solid.film], solid.faces[solid.film + 1]
        entity = self._section(tip, high - low) if solid.dimension == 2 else self._volume(tip, high - low)
        normal = (0.0, 1.0, 0.0) if solid.dimension == 2 else (0.0, 0.0, 1.0)
        if not solid.upward:
            occ.mirror([entity], *normal, 0.0)
        start = (low if solid.upward else high) / self.unit
        occ.translate([entity], *(start * n for n in normal))
        return entity

    def _section(self, tip: Tip, film_thickness: float) -> Entity:
        """Return the half section of a round tip that stands on the height 0."""
        occ, outline = self.occ, tip.outline(film_thickness) / self.unit
        foot, apex, base = (
            occ.addPoint(x, y, 0.0) for x, y in ((0.0, 0.0), tuple(outline[0]), tuple(outline[-1]))
        )
        if isinstance(tip, ConeTip):
            centre = occ.addPoint(0.0, (tip.height - tip.apex_radius) / self.unit, 0.0)
            tangent = occ.addPoint(*(c / self.unit for c in tip.tangent), 0.0)
            side = [occ.addCircleArc(apex, centre, tangent), occ.addLine(tangent, base)]
        else:
            between = [occ.addPoint(x, y, 0.0) for x, y in outline[1:-1]]
            side = [occ.addSpline([apex, *between, base])]
        loop = occ.addCurveLoop([occ.addLine(foot, apex), *side, occ.addLine(base, foot)])
        return 2, occ.addPlaneSurface([loop])

    def _volume(self, tip: Tip, film_thickness: float) -> Entity:
        """Return the tip that stands on the height 0."""
        occ = self.occ
        if isinstance(tip, PyramidTip):
            base = tip.base(film_thickness) / self.unit
            return self._pyramid(base, 0.5 * tip.apex_width / self.unit, tip.height / self.unit)
        section = self._section(tip, film_thickness)
        occ.rotate([section], 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5 * math.pi)
        turned = occ.revolve([section], 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0 * math.pi)
        occ.remove([section], recursive=True)
        return next(entity for entity in turned if entity[0] == 3)

    def _pyramid(self, base: float, half: float, height: float) -> Entity:
        """Return the frustum of a square pyramid, half widths at the base and the apex."""
        occ, corners = self.occ, ((-1, -1), (1, -1), (1, 1), (-1, 1))
        loops = []
        for size, z in ((base, 0.0), (half, height)):
            points = [occ.addPoint(size * x, size * y, z) for x, y in corners]
            lines = [occ.addLine(points[i], points[(i + 1) % 4]) for i in range(4)]
            loops.append(occ.addWire(lines))
        return tuple(occ.addThruSections(loops, makeSolid=True, makeRuled=True)[0])
