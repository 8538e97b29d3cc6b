"""DeviceMesh: a dolfinx mesh whose regions, contacts and interfaces have names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.errors.arguments import checked
from fem.errors.checking import (
    any_of,
    anything,
    between,
    each,
    length,
    one_of,
    optional,
    positive,
    protocol,
    table,
    text,
    whole,
)
from fem.errors.checking import path as path_kind
from fem.mesh.checksum import checksums
from fem.mesh.making import About, made, of_drawing, of_file
from fem.mesh.ranks import collective, together
from fem.mesh.step import NANOMETRE, Places, contact_places, of_step

IntArray = npt.NDArray[np.int32]


def _coating(thing: str, value: Any) -> tuple[str, float]:
    """Return the kind of a coating: the name of its region and its thickness [m]."""
    name, thickness = each(anything, 2, 2)(thing, value)
    return text(f"region of {thing}", name), float(
        between(1e-10, 1e-5, "m")(f"thickness of {thing}", thickness)
    )


_COATINGS = optional(table(_coating))


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
    ``sheets``: contacts inside of one region, along which the mesh is cut (``fem.mesh.sheets``).
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
    sheets: tuple[str, ...] = ()

    @classmethod
    def from_drawing(
        cls, drawing: Drawable, comm: Any = None, *, coatings: Mapping[str, tuple[str, float]] | None = None
    ) -> DeviceMesh:
        """Return the partitioned mesh of ``drawing``; gmsh runs on rank 0 only.

        ``coatings``: layers on contacts that are not drawn, by contact the region's name and its thickness [m]:
        ``{"top": ("PMMA", 3 * nm)}``. The contact is then the outer face of the layer.

        Raises MeshError if the drawing fails, or if its mesh is not one body of simplices with names.
        """
        coats = _COATINGS("coatings of the mesh", coatings) or {}
        return cls(**made(lambda: of_drawing(drawing.draw), comm, About.of(drawing, coats)))

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        *,
        unit: float,
        contacts: Iterable[str],
        coordinates: str = "cartesian",
        cross_section: float | None = None,
        coatings: Mapping[str, tuple[str, float]] | None = None,
        comm: Any = None,
    ) -> DeviceMesh:
        """Return the mesh in a ``.msh`` file of gmsh's (version 2.2 or 4.1, text or binary) with named physical groups.

        Groups of the highest dimension are regions, and every cell must be in one of them. Groups of faces are contacts
        if they are in ``contacts``, else interfaces. ``unit`` is the length of the file's unit [m]; ``coordinates``
        and ``cross_section`` [m² or m] are as in ``DeviceMesh``. A line lies along x, a plane in x and y. ``coatings``
        are as in ``from_drawing``.

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
        coats = _COATINGS("coatings of the mesh file", coatings) or {}
        positive("length unit of the mesh file [m]", unit)
        about = About(
            unit=unit,
            coordinates=coordinates,
            cross_section=cross_section,
            contacts=tuple(contacts),
            description={"file": path.name, **({"coatings": dict(coats)} if coats else {})},
            coatings=coats,
        )
        return cls(**made(lambda: of_file(path), comm, about))

    @classmethod
    @checked(
        unit=positive, contacts=lambda thing, value: value, size=any_of(length, table(length, 1)),
        interface_size=optional(length), growth=between(1.01, 3.0), most_cells=whole(1, 10**9),
        priority=each(text),
    )  # fmt: skip
    def from_step(
        cls,
        path: str | Path,
        *,
        unit: float,
        contacts: Places,
        size: float | Mapping[str, float],
        interface_size: float | None = None,
        growth: float = 1.3,
        priority: Sequence[str] = (),
        most_cells: int = 1_000_000,
        coordinates: str = "cartesian",
        cross_section: float | None = None,
        comm: Any = None,
    ) -> DeviceMesh:
        """Return the mesh of a CAD drawing in a STEP file: solids, or surfaces in the plane x, y for a section.

        ``unit`` is the length [m] that one millimetre of the drawing stands for: ``1 * nm`` where nanometres were drawn
        as millimetres, ``1 * mm`` for a drawing true to size. (The file's header has its own unit, and is obeyed.)

        Each part is a region of its name, or an electrode; a part used twice is named by its places in the assembly,
        and the bodies of a single part by their own names.
        Parts that touch share their faces, named "a|b". ``contacts`` is ("bottom", "top"), names of parts, or says for
        each contact what it is::

            {"top": "gold"}              the part gold is cut out, and where it touched the others is the contact
            {"top": ("gold", "film")}    only where it touched film
            {"top": ("film", "+z")}      film stays: its flat outer faces at the upper end (-x, +x, -y, +y, -z)
            {"top": "pad"}               a surface drawn on the outside of the solids

        Where solids overlap, the one that comes first in ``priority`` keeps the place; without it they are refused.
        ``size`` [m] is that of the cells, one for all or by region, ``interface_size`` [m] that at contacts and between
        regions, and from there it grows by ``growth`` from cell to cell. Curved faces become flat facets of that size.
        ``coordinates`` and ``cross_section`` [m] of a section are as in ``DeviceMesh``. The mesh is in nanometres.

        Nothing in the file is run; gmsh reads it in a process of its own. Raises MeshError, in words, for a file that
        is no STEP file or damaged, names that are missing, equal or unknown, solids that overlap or do not touch,
        lengths that no device has, and sizes that make more than about ``most_cells`` cells, before they are made.

        Example::

            mesh = DeviceMesh.from_step("cell.step", unit=1 * nm, contacts=("bottom", "top"), size=10 * nm)
        """
        path, places = Path(path), contact_places(contacts)
        size = {name: float(one) for name, one in size.items()} if isinstance(size, Mapping) else size
        wanted = dict(
            unit=unit, contacts=places, size=size, interface_size=interface_size, growth=growth,
            priority=priority, most_cells=most_cells,
        )  # fmt: skip
        about = About(
            unit=NANOMETRE,
            coordinates=coordinates,
            cross_section=cross_section,
            contacts=tuple(places),
            description={"file": path.name, **wanted},
        )
        return cls(**made(lambda: of_step(path, wanted), comm, about))

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
        return together(self, "checksum", {}, lambda: checksums(self.mesh, self.cell_tags, self.facet_tags))

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


@collective("extent")
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
