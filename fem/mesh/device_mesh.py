"""DeviceMesh: a dolfinx mesh whose regions, contacts and interfaces have names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.errors.checking import each, one_of, positive, protocol, text
from fem.errors.checking import path as path_kind
from fem.mesh.checksum import checksums
from fem.mesh.making import About, made, of_drawing, of_file

IntArray = npt.NDArray[np.int32]


class Drawable(Protocol):
    """What can draw itself with gmsh: the drawings of ``geometries`` and anything alike."""

    @property
    def dimension(self) -> int:
        """Topological dimension, 1 to 3."""

    @property
    def coordinates(self) -> str:
        """ "cartesian" or "axisymmetric" (x is the radius)."""

    @property
    def unit(self) -> float:
        """Length of one drawing unit [m]."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions."""

    @property
    def contacts(self) -> tuple[str, ...]:
        """Names of the outer faces that may be contacts."""

    @property
    def interfaces(self) -> tuple[str, ...]:
        """Names of the inner faces."""

    @property
    def cross_section(self) -> float | None:
        """Area [m²] of a line, depth [m] of a plane, 1 if complete, None if unknown."""

    @property
    def description(self) -> Mapping[str, Any]:
        """Plain data for provenance."""

    def draw(self, model: Any) -> None:
        """Add the geometry, its named groups and its mesh to ``model``."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DeviceMesh:
    """A mesh with tags by name.

    ``unit`` is the length of one coordinate unit [m]. ``cross_section`` turns an integrated current
    density into a current: the area [m²] in 1D, the depth [m] in planar 2D, 1 where the mesh has the
    whole device; None where it is not known, and currents are then given per area or per width.
    """

    mesh: Any
    cell_tags: Any
    facet_tags: Any
    regions: Mapping[str, int]
    contacts: Mapping[str, int]
    interfaces: Mapping[str, int]
    unit: float
    coordinates: str = "cartesian"
    cross_section: float | None = None
    description: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_drawing(cls, drawing: Drawable, comm: Any = None) -> DeviceMesh:
        """Return the partitioned mesh of ``drawing``; gmsh runs on rank 0 only.

        Raises MeshError if the drawing fails, or if its mesh is not one body of simplices with names.
        """
        return cls(**made(lambda: of_drawing(drawing.draw), comm, About.of(drawing)))

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        unit: float,
        contacts: Iterable[str],
        coordinates: str = "cartesian",
        cross_section: float | None = None,
        comm: Any = None,
    ) -> DeviceMesh:
        """Return the mesh in a ``.msh`` file of gmsh's (version 2.2 or 4.1, text or binary) with named physical groups.

        Groups of the highest dimension are regions, and every cell must be in one of them. Groups of faces are contacts
        if they are in ``contacts``, else interfaces. ``unit`` is the length of the file's unit [m]; ``coordinates``
        and ``cross_section`` [m² or m] are as in ``DeviceMesh``. A line lies along x, a plane in x and y.

        Nothing in the file is run, and gmsh does not see it: a script or a drawing is refused, whatever its name.
        Raises MeshError, in words, for a file that is damaged, for cells that are no simplices of first order, have no
        volume or are in no region or in two, for faces that belong to no cell, and for blocks that do not share their
        nodes; OutOfRangeError for a unit or cross-section that is not positive.

        Example::

            mesh = DeviceMesh.from_file("cell.msh", unit=1 * nm, contacts=("bottom", "top"))
        """
        contacts = each(text)(
            "contacts of the mesh file", (contacts,) if isinstance(contacts, str) else contacts
        )
        path = Path(path_kind("mesh file", path))
        positive("length unit of the mesh file [m]", unit)
        about = About(
            unit=unit,
            coordinates=coordinates,
            cross_section=cross_section,
            contacts=tuple(contacts),
            description={"file": path.name},
        )
        return cls(**made(lambda: of_file(path), comm, about))

    @property
    def dim(self) -> int:
        """Topological dimension."""
        return int(self.mesh.topology.dim)

    @property
    def comm(self) -> Any:
        """MPI communicator."""
        return self.mesh.comm

    @property
    def axisymmetric(self) -> bool:
        """Whether x is the radius and y the axis."""
        return self.coordinates == "axisymmetric"

    @property
    def num_nodes(self) -> int:
        """Number of nodes over all ranks."""
        return int(self.mesh.topology.index_map(0).size_global)

    @cached_property
    def cell_region(self) -> IntArray:
        """Region tag of each local cell, ghosts included, shape (cells,)."""
        cells = self.mesh.topology.index_map(self.dim)
        tags = np.full(cells.size_local + cells.num_ghosts, -1, dtype=np.int32)
        tags[self.cell_tags.indices] = self.cell_tags.values
        return tags

    @cached_property
    def checksum(self) -> dict[str, str]:
        """Checksums of the "coordinates" of the nodes and of the "tags" of cells and facets; collective."""
        return checksums(self.mesh, self.cell_tags, self.facet_tags)

    def cells(self, *regions: str) -> IntArray:
        """Return the local cells of the named regions, shape (n,)."""
        tags = [self.regions[self.require("region", r)] for r in regions]
        return np.flatnonzero(np.isin(self.cell_region, tags)).astype(np.int32)

    def facets(self, name: str) -> IntArray:
        """Return the local facets of a contact or interface, shape (n,)."""
        tag = (
            self.contacts[name] if name in self.contacts else self.interfaces[self.require("interface", name)]
        )
        return np.asarray(self.facet_tags.find(tag), dtype=np.int32)

    def require(self, kind: str, name: str) -> str:
        """Return ``name`` if this mesh has that region, contact or interface, else raise UnknownNameError."""
        known = {"region": self.regions, "contact": self.contacts, "interface": self.interfaces}[kind]
        return one_of(known)(kind, name)  # type: ignore[no-any-return]


def extent(mesh: DeviceMesh) -> float:
    """Return the largest edge of the mesh's bounding box [m]."""
    from mpi4py import MPI

    x = mesh.mesh.geometry.x
    low, high = np.empty(3), np.empty(3)
    mesh.comm.Allreduce(x.min(axis=0, initial=np.inf), low, MPI.MIN)
    mesh.comm.Allreduce(x.max(axis=0, initial=-np.inf), high, MPI.MAX)
    return float((high - low).max() * mesh.unit)


def as_device_mesh(mesh: DeviceMesh | Drawable, comm: Any = None) -> DeviceMesh:
    """Return ``mesh`` itself, or the mesh of a drawing."""
    if isinstance(mesh, DeviceMesh):
        return mesh
    needs = ("draw", "dimension", "unit", "coordinates", "cross_section", "contacts")
    say = "a DeviceMesh, or a drawing such as VerticalStack(...).mesh(size=..., interface_size=...)"
    return DeviceMesh.from_drawing(protocol(*needs, say=say)("mesh", mesh), comm)
