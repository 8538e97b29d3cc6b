"""DeviceMesh: a dolfinx mesh whose regions, contacts and interfaces have names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError, OutOfRangeError, UnknownNameError
from fem.mesh.checksum import checksums

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
        """Return the partitioned mesh of ``drawing``; gmsh runs on rank 0 only."""
        return _mesh_with_gmsh(
            cls,
            drawing.draw,
            comm,
            dict(
                dim=drawing.dimension,
                unit=drawing.unit,
                coordinates=drawing.coordinates,
                cross_section=drawing.cross_section,
                description=dict(drawing.description),
                contacts=drawing.contacts,
            ),
        )

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
        """Return the mesh of a gmsh ``.msh`` file with named physical groups.

        Names of groups of the highest dimension are regions; of the others, those in ``contacts``
        are contacts and the rest interfaces. ``unit`` is the length of the file's unit [m].
        """
        path = Path(path)
        if not path.is_file():
            raise MeshError(f"there is no mesh file {str(path)!r}.")
        if not unit > 0:
            raise OutOfRangeError("length unit of the mesh file", unit, "a positive length in m")

        def draw(model: Any) -> None:
            import gmsh

            gmsh.merge(str(path))

        return _mesh_with_gmsh(
            cls,
            draw,
            comm,
            dict(
                dim=None,
                unit=unit,
                coordinates=coordinates,
                cross_section=cross_section,
                description={"file": path.name},
                contacts=tuple(contacts),
            ),
        )

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
        if name not in known:
            raise UnknownNameError(kind, name, known)
        return name


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
    return mesh if isinstance(mesh, DeviceMesh) else DeviceMesh.from_drawing(mesh, comm)


def _mesh_with_gmsh(cls: type[DeviceMesh], draw: Any, comm: Any, about: dict[str, Any]) -> DeviceMesh:
    """Draw on rank 0, tell every rank of an error there, and partition."""
    import gmsh
    from dolfinx.io import gmsh as gmshio
    from dolfinx.mesh import GhostMode, create_cell_partitioner
    from mpi4py import MPI

    _check_coordinates(about)
    comm = MPI.COMM_WORLD if comm is None else comm
    problem: str | None = None
    own = not gmsh.isInitialized()
    if own:
        gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("memfem")
        if comm.rank == 0:
            try:
                draw(gmsh.model)
                about["dim"] = about["dim"] or gmsh.model.getDimension()
            except Exception as error:  # told to all ranks before anyone waits
                problem = str(error)
        problem = comm.bcast(problem, root=0)
        if problem is not None:
            raise MeshError(problem)
        about["dim"] = comm.bcast(about["dim"], root=0)
        shared = create_cell_partitioner(GhostMode.shared_facet, 2)  # both cells of every facet are seen
        data = gmshio.model_to_mesh(gmsh.model, comm, 0, gdim=about["dim"], partitioner=shared)
    finally:
        if own:
            gmsh.finalize()
        else:
            gmsh.model.remove()
    return _named(cls, data, about)


def _check_coordinates(about: dict[str, Any]) -> None:
    if about["coordinates"] not in ("cartesian", "axisymmetric"):
        raise OutOfRangeError(
            "coordinates of the mesh", about["coordinates"], "'cartesian' or 'axisymmetric'"
        )


def _check_radius(mesh: Any, about: dict[str, Any]) -> None:
    from mpi4py import MPI

    if about["coordinates"] != "axisymmetric":
        return
    if about["dim"] != 2:
        raise MeshError(f"an axisymmetric mesh is two-dimensional; this one has {about['dim']} dimensions.")
    x = mesh.geometry.x[:, 0]
    low = mesh.comm.allreduce(float(x.min(initial=np.inf)), op=MPI.MIN)
    high = mesh.comm.allreduce(float(x.max(initial=-np.inf)), op=MPI.MAX)
    if low < -1e-9 * (high - low):
        raise MeshError(f"the radius x of an axisymmetric mesh starts at {low * about['unit']:g} m, below 0.")


def _named(cls: type[DeviceMesh], data: Any, about: dict[str, Any]) -> DeviceMesh:
    """Sort the physical groups into regions, contacts and interfaces."""
    dim = about["dim"]
    groups = {name: (group.dim, group.tag) for name, group in data.physical_groups.items()}
    regions = {name: tag for name, (d, tag) in groups.items() if d == dim}
    outer = {name: tag for name, (d, tag) in groups.items() if d == dim - 1}
    if not regions:
        raise MeshError("the mesh has no named region: every cell must be in a named physical group.")
    for name in about["contacts"]:
        if name not in outer:
            close = difflib.get_close_matches(name, outer, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise MeshError(
                f"the mesh has no contact {name!r}{hint}; its facet groups are {sorted(outer) or 'none'}."
            )
    mesh = data.mesh
    _check_radius(mesh, about)
    tagged = mesh.comm.allreduce(int(data.cell_tags.indices.size))
    cells = mesh.topology.index_map(dim)
    total = mesh.comm.allreduce(int(cells.size_local + cells.num_ghosts))
    if tagged < total:
        raise MeshError(f"{total - tagged} cells of the mesh belong to no named region.")
    mesh.topology.create_connectivity(dim - 1, dim)
    mesh.topology.create_connectivity(dim, dim - 1)
    return cls(
        mesh=mesh,
        cell_tags=data.cell_tags,
        facet_tags=data.facet_tags,
        regions=regions,
        contacts={n: outer[n] for n in about["contacts"]},
        interfaces={n: t for n, t in outer.items() if n not in set(about["contacts"])},
        unit=about["unit"],
        coordinates=about["coordinates"],
        cross_section=about["cross_section"],
        description=about["description"],
    )
