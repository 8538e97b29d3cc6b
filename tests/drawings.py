"""A rectangle with an unstructured mesh, drawn for tests; loaded by the fixture ``drawings``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Rectangle:
    """Regions "lower" and "upper" on one another, meshed with irregular triangles.

    Lengths are in units of ``unit`` [m]. ``sides``: contact by side; sides are "left", "right", "bottom"
    and "top".
    """

    sides: Mapping[str, str] = field(default_factory=lambda: {"bottom": "bottom", "top": "top"})
    left: float = 0.0
    width: float = 100.0
    height: float = 100.0
    split: float = 0.4
    size: float = 15.0
    unit: float = 1e-9
    coordinates: str = "cartesian"
    cross_section: float | None = 1.0
    dimension: int = 2
    regions: tuple[str, ...] = ("lower", "upper")
    interfaces: tuple[str, ...] = ("lower|upper",)
    description: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  #: contacts that are promised but not drawn

    @property
    def contacts(self) -> tuple[str, ...]:
        """Names of the contacts."""
        return (*self.sides.values(), *self.missing)

    def draw(self, model: Any) -> None:
        """Add the rectangle and its mesh to ``model``."""
        geo, levels = model.geo, (0.0, self.split * self.height, self.height)
        right = self.left + self.width
        points = [[geo.addPoint(x, y, 0, self.size) for x in (self.left, right)] for y in levels]
        flat = [geo.addLine(*row) for row in points]
        up = [[geo.addLine(points[k][s], points[k + 1][s]) for s in (0, 1)] for k in (0, 1)]
        faces = [
            geo.addPlaneSurface([geo.addCurveLoop([flat[k], up[k][1], -flat[k + 1], -up[k][0]])])
            for k in (0, 1)
        ]
        geo.synchronize()
        where = {
            "bottom": [flat[0]],
            "top": [flat[2]],
            "left": [up[0][0], up[1][0]],
            "right": [up[0][1], up[1][1]],
        }
        for name, face in zip(self.regions, faces, strict=True):
            model.addPhysicalGroup(2, [face], name=name)
        for side, name in self.sides.items():
            model.addPhysicalGroup(1, where[side], name=name)
        model.addPhysicalGroup(1, [flat[1]], name=self.interfaces[0])
        model.mesh.generate(2)


@dataclass(frozen=True, kw_only=True)
class Cylinder:
    """A region "film" in three dimensions, round, with the contacts "bottom" and "top"; lengths in nm."""

    radius: float = 15.0
    height: float = 12.0
    size: float = 2.5
    unit: float = 1e-9
    coordinates: str = "cartesian"
    cross_section: float | None = None
    dimension: int = 3
    regions: tuple[str, ...] = ("film",)
    interfaces: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ("bottom", "top")
    description: Mapping[str, Any] = field(default_factory=dict)

    def draw(self, model: Any) -> None:
        """Add the cylinder and its mesh to ``model``."""
        body = model.occ.addCylinder(0, 0, 0, 0, 0, self.height, self.radius)
        model.occ.synchronize()
        model.addPhysicalGroup(3, [body], name="film")
        for _, face in model.getEntities(2):
            z = model.occ.getCenterOfMass(2, face)[2]
            for name, level in (("bottom", 0.0), ("top", self.height)):
                if abs(z - level) < 1e-6:
                    model.addPhysicalGroup(2, [face], name=name)
        model.mesh.setSize(model.getEntities(0), self.size)
        model.mesh.generate(3)


@dataclass(frozen=True, kw_only=True)
class Foil:
    """A film "film" of ``thickness`` on each side of a foil, which is a contact; nothing else lies inside.

    ``dimension`` 1: a line. 2: ``width`` wide, the foil from the left edge over ``share`` of it, triangles that are
    mirrored. Outer contacts are "bottom" and "top"; ``alone``: only what lies below the foil.
    """

    dimension: int = 1
    thickness: float = 20.0
    width: float = 20.0
    share: float = 1.0
    count: int = 20
    alone: bool = False
    unit: float = 1e-9
    coordinates: str = "cartesian"
    cross_section: float | None = 1.0
    regions: tuple[str, ...] = ("film",)
    interfaces: tuple[str, ...] = ()
    description: Mapping[str, Any] = field(default_factory=dict)

    @property
    def contacts(self) -> tuple[str, ...]:
        """Names of the contacts."""
        return ("bottom", "foil") if self.alone else ("bottom", "foil", "top")

    def draw(self, model: Any) -> None:
        """Add the films and their mesh to ``model``."""
        geo = model.geo
        levels = (-self.thickness, 0.0, *([] if self.alone else [self.thickness]))
        if self.dimension == 1:
            points = [geo.addPoint(y, 0, 0) for y in levels]
            lines = [geo.addLine(a, b) for a, b in pairwise(points)]
            faces = {n: [p] for n, p in zip(self.contacts, points, strict=True)}
            curves = lines
        else:
            ends = (0.0, self.width * self.share, *([self.width] if self.share < 1 else []))
            rows = [[geo.addPoint(x, y, 0) for x in ends] for y in levels]
            flat = [[geo.addLine(a, b) for a, b in pairwise(row)] for row in rows]
            up = [[geo.addLine(a, b) for a, b in zip(*pair, strict=True)] for pair in pairwise(rows)]
            lines = [
                geo.addPlaneSurface([geo.addCurveLoop([below[k], rise[k + 1], -above[k], -rise[k]])])
                for below, above, rise in zip(flat[:-1], flat[1:], up, strict=True)
                for k in range(len(below))
            ]
            faces = dict(zip(self.contacts, flat, strict=True)) | {"foil": flat[1][:1]}
            curves = [line for group in (*flat, *up) for line in group]
            for surface in lines:
                geo.mesh.setTransfiniteSurface(surface)
        for curve in curves:
            geo.mesh.setTransfiniteCurve(curve, self.count + 1)
        geo.synchronize()
        model.addPhysicalGroup(self.dimension, lines, name="film")
        for name, face in faces.items():
            model.addPhysicalGroup(self.dimension - 1, face, name=name)
        model.mesh.generate(self.dimension)
