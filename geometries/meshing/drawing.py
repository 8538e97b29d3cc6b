"""Drawings: what a shape hands to a solver, and (with `geometries.solid`) the place that calls gmsh.

A drawing knows its names at once and makes its mesh only when asked. `Drawing.draw` fills a gmsh model with
discrete entities, one per region, contact and interface, each in a physical group of that name, in drawing
units of a nanometre because the tolerances of gmsh are absolute. `Drawing.to_meshio` gives the same mesh in
metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from geometries.meshing.extrusion import ContactFace, Plane, SimplexMesh
from geometries.meshing.grading import Floats
from geometries.names import (
    GeometryError,
    check_contact_name,
    check_distinct,
    check_nodes,
    check_positive,
    interface_name,
)

if TYPE_CHECKING:
    import meshio

__all__ = ["Body", "DiscBase", "Drawing", "gmsh_model"]

_GMSH_SIMPLEX = {0: 15, 1: 1, 2: 2, 3: 4}
_MESHIO_SIMPLEX = {0: "vertex", 1: "line", 2: "triangle", 3: "tetra"}
_MESH_OPTIONS = {
    "General.Terminal": 0,
    "Mesh.Algorithm": 6,
    "Mesh.ElementOrder": 1,
    "Mesh.RecombineAll": 0,
    "Mesh.MeshSizeFactor": 1,
    "Mesh.MeshSizeMin": 0,
    "Mesh.MeshSizeFromPoints": 0,
    "Mesh.MeshSizeFromCurvature": 0,
    "Mesh.MeshSizeExtendFromBoundary": 0,
}


class Body(Protocol):
    """What makes the mesh of a drawing: an `Extrusion`, or a `TipSolid`."""

    @property
    def dimension(self) -> int: ...
    def drawn(self) -> set[str]: ...
    def touching(self) -> set[frozenset[str]]: ...
    def mesh(
        self, regions: tuple[str, ...], contacts: tuple[ContactFace, ...], interfaces: tuple[str, ...]
    ) -> SimplexMesh: ...


#: Most nodes of a plane that gmsh draws, roughly estimated: it takes minutes for a million.
MOST_DRAWN = 1e6
#: Most corners of the rim of a disc.
MOST_ON_RIM = 1e4


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A shape with named regions, contacts and interfaces, ready to be meshed.

    `coordinates` is "cartesian" or "axisymmetric" (x = r >= 0, y = z). `cross_section` turns the integral of
    a current density over the mesh into ampere: the device area [m^2] in one dimension, the depth [m] in a
    planar section, each None if it was not given; 1.0 for axisymmetric and three-dimensional drawings. `unit`
    is the length of one drawing unit [m]. `description` holds plain data for the record.

    Raises:
        GeometryError: two names are equal, or a region of the plan is not listed.
    """

    extrusion: Body
    regions: tuple[str, ...]
    contact_faces: tuple[ContactFace, ...]
    coordinates: str
    cross_section: float | None
    description: dict[str, Any] = field(hash=False)
    unit: float = 1e-9

    def __post_init__(self) -> None:
        if self.coordinates not in ("cartesian", "axisymmetric"):
            raise GeometryError(f"coordinates is {self.coordinates!r}: use 'cartesian' or 'axisymmetric'")
        check_positive("unit", self.unit)
        if self.cross_section is not None:
            check_positive("cross_section", self.cross_section)
        for name in (*self.regions, *self.contacts):
            check_contact_name(name)
        check_distinct((*self.regions, *self.contacts), "region or contact")
        drawn = self.extrusion.drawn()
        if drawn != set(self.regions):
            odd = ", ".join(sorted(drawn ^ set(self.regions)))
            raise GeometryError(f"regions {odd} are listed and not drawn, or drawn and not listed")

    def __repr__(self) -> str:
        names = f"regions {', '.join(self.regions)}; contacts {', '.join(self.contacts) or 'none'}"
        return f"Drawing({self.description.get('kind', 'a shape')}, {self.coordinates}, {self.dimension}D; {names})"

    @property
    def dimension(self) -> int:
        """Return 1, 2 or 3."""
        return self.extrusion.dimension

    @property
    def contacts(self) -> tuple[str, ...]:
        """Return the contact names."""
        return tuple(face.name for face in self.contact_faces)

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Return the names "a|b" of all pairs of regions that share a face, in the order of `regions`."""
        order = {name: i for i, name in enumerate(self.regions)}
        pairs = sorted(tuple(sorted(order[name] for name in pair)) for pair in self.extrusion.touching())
        return tuple(interface_name(self.regions[a], self.regions[b], self.regions) for a, b in pairs)

    def simplices(self) -> SimplexMesh:
        """Return the mesh as arrays, positions in metres."""
        return self.extrusion.mesh(self.regions, self.contact_faces, self.interfaces)

    def draw(self, model: Any) -> None:
        """Return nothing; fill the current, empty model of an initialised gmsh with the finished mesh.

        Every region, contact and interface becomes one discrete entity in a physical group of its name. The
        elements are already there: ``model.mesh.generate`` must not be called afterwards.
        """
        mesh = self.simplices()
        dimension = self.dimension
        cell_entities = [model.addDiscreteEntity(dimension) for _ in self.regions]
        coordinates = _three_columns(mesh.points / self.unit).ravel()
        model.mesh.addNodes(dimension, cell_entities[0], np.arange(1, len(mesh.points) + 1), coordinates)
        facet_names = (*self.contacts, *self.interfaces)
        facet_entities = [model.addDiscreteEntity(dimension - 1) for _ in facet_names]
        first, group = 1, 1
        for dim, names, entities, elements, value in (
            (dimension, self.regions, cell_entities, mesh.cells, mesh.cell_region),
            (dimension - 1, facet_names, facet_entities, mesh.facets, mesh.facet_group),
        ):
            for i, (name, entity) in enumerate(zip(names, entities, strict=True)):
                nodes = elements[value == i] + 1
                tags = np.arange(first, first + len(nodes))
                model.mesh.addElementsByType(entity, _GMSH_SIMPLEX[dim], tags, nodes.ravel())
                model.addPhysicalGroup(dim, [entity], group, name)
                first, group = first + len(nodes), group + 1

    def to_meshio(self) -> meshio.Mesh:
        """Return the mesh in metres, points (n, 3), with cell sets named as regions, contacts and interfaces.

        Block 0 holds the cells, block 1 the facets of contacts and interfaces; ``gmsh:physical`` numbers the
        names in that order, starting at 1, as do the physical groups that `draw` makes.
        """
        import meshio  # half the time of importing this package

        mesh = self.simplices()
        facet_names = (*self.contacts, *self.interfaces)
        nothing = np.empty(0, dtype=np.int64)
        sets = {name: [np.nonzero(mesh.cell_region == i)[0], nothing] for i, name in enumerate(self.regions)}
        sets |= {name: [nothing, np.nonzero(mesh.facet_group == i)[0]] for i, name in enumerate(facet_names)}
        numbers = [mesh.cell_region + 1, mesh.facet_group + 1 + len(self.regions)]
        dimension = self.dimension
        field_data = {
            name: np.array([i + 1, dimension if i < len(self.regions) else dimension - 1])
            for i, name in enumerate((*self.regions, *facet_names))
        }
        return meshio.Mesh(
            _three_columns(mesh.points),
            [(_MESHIO_SIMPLEX[dimension], mesh.cells), (_MESHIO_SIMPLEX[dimension - 1], mesh.facets)],
            cell_data={"gmsh:physical": numbers, "gmsh:geometrical": [n.copy() for n in numbers]},
            field_data=field_data,
            cell_sets=sets,
        )

    def write(self, path: str | Path) -> None:
        """Return nothing; write the mesh in metres to a ``.msh`` (version 2.2) or ``.vtu`` file.

        Raises:
            GeometryError: the file name ends otherwise.
        """
        import meshio

        path = Path(path)
        mesh = self.to_meshio()
        mesh.cell_sets = {}
        if path.suffix == ".msh":
            meshio.write(path, mesh, file_format="gmsh22", binary=True)
        elif path.suffix == ".vtu":
            mesh.cell_data = {"group": mesh.cell_data["gmsh:physical"]}
            mesh.field_data = {}
            meshio.write(path, mesh, file_format="vtu")
        else:
            raise GeometryError(f"file name {path.name!r} must end in .msh or .vtu")


def _three_columns(points: Floats) -> Floats:
    """Return the points (n, d) with zeros appended to three columns."""
    return np.ascontiguousarray(np.pad(points, ((0, 0), (0, 3 - points.shape[1]))))


@dataclass(frozen=True, kw_only=True)
class DiscBase:
    """A centred square of `side` [m] (patch 1) with a disc of `radius` [m] in its middle (patch 0).

    The rim is a regular polygon of exactly the disc's area. `edge_size` [m] is wanted along the rim,
    `lateral_size` [m] is the largest; between them the size grows with the distance by `growth` - 1.
    """

    side: float
    radius: float
    lateral_size: float
    edge_size: float
    growth: float
    dimension: int = 2

    @property
    def rim(self) -> Floats:
        """Return the corners (n, 2) [m] of the rim."""
        around = 2.0 * math.pi * self.radius / self.edge_size
        check_nodes("the rim of the disc", around, MOST_ON_RIM)
        count = 4 * max(4, math.ceil(0.5 * math.pi * self.radius / self.edge_size * (1.0 - 1e-9)))
        angle = 2.0 * math.pi / count
        corner_radius = self.radius * math.sqrt(angle / math.sin(angle))
        turns = angle * np.arange(count)
        return corner_radius * np.column_stack((np.cos(turns), np.sin(turns)))

    def neighbours(self) -> tuple[tuple[int, int], ...]:
        """Return the one pair of patches that touch."""
        return ((0, 1),)

    def plane(self) -> Plane:
        """Return the triangulation; it takes gmsh for a moment and leaves its current model as it was."""
        around_rim = 2 * math.pi * self.radius / self.edge_size / (self.growth - 1.0)
        check_nodes("the base of this mesh", (self.side / self.lateral_size) ** 2 + around_rim, MOST_DRAWN)
        with gmsh_model() as gmsh:
            surfaces = self._draw(gmsh)
            tags, coordinates, _ = gmsh.model.mesh.getNodes()
            order = np.argsort(tags)
            place = np.zeros(int(tags.max()) + 1, dtype=np.int64)
            place[tags[order]] = np.arange(len(tags))
            found = [gmsh.model.mesh.getElementsByType(2, surface)[1].reshape(-1, 3) for surface in surfaces]
        simplices = place[np.concatenate(found).astype(np.int64)]
        patch = np.repeat([0, 1], [len(triangles) for triangles in found])
        return Plane(coordinates.reshape(-1, 3)[order, :2] * 1e-9, simplices, patch)

    def _draw(self, gmsh: Any) -> tuple[int, int]:
        """Return the gmsh surfaces of disc and surroundings, meshed, in nanometres."""
        geo, half = gmsh.model.geo, 0.5e9 * self.side

        def loop(corners: Floats) -> tuple[list[int], list[int]]:
            points = [geo.addPoint(x, y, 0.0) for x, y in corners]
            return points, [geo.addLine(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True)]

        rim_points, rim = loop(self.rim * 1e9)
        _, frame = loop(half * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]))
        inner, outer = geo.addCurveLoop(rim), geo.addCurveLoop(frame)
        surfaces = geo.addPlaneSurface([inner]), geo.addPlaneSurface([outer, inner])
        for line in rim:
            geo.mesh.setTransfiniteCurve(line, 2)
        geo.synchronize()
        self._set_sizes(gmsh, rim_points)
        gmsh.model.mesh.generate(2)
        return surfaces

    def _set_sizes(self, gmsh: Any, rim_points: list[int]) -> None:
        """Return nothing; make the size grow with the distance from the rim."""
        fields = gmsh.model.mesh.field
        distance, size = fields.add("Distance"), fields.add("Threshold")
        fields.setNumbers(distance, "PointsList", rim_points)
        reach = (self.lateral_size - self.edge_size) / (self.growth - 1.0)
        for option, value in (
            ("InField", distance),
            ("SizeMin", 1e9 * self.edge_size),
            ("SizeMax", 1e9 * self.lateral_size),
            ("DistMin", 0.0),
            ("DistMax", 1e9 * max(reach, 1e-6 * self.lateral_size)),
        ):
            fields.setNumber(size, option, value)
        fields.setAsBackgroundMesh(size)


@contextmanager
def gmsh_model() -> Iterator[Any]:
    """Yield gmsh with a model of its own; afterwards the caller's model and options are as before."""
    import gmsh

    started = bool(gmsh.isInitialized())
    if not started:
        gmsh.initialize(interruptible=False, readConfigFiles=False)
    before = {name: gmsh.option.getNumber(name) for name in _MESH_OPTIONS}
    current = gmsh.model.getCurrent()
    try:
        for name, value in _MESH_OPTIONS.items():
            gmsh.option.setNumber(name, value)
        gmsh.model.add("memfem part")
        yield gmsh
    finally:
        if started:
            gmsh.model.remove()
            gmsh.model.setCurrent(current)
            for name, value in before.items():
                gmsh.option.setNumber(name, value)
        else:
            gmsh.finalize()
