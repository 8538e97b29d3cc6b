"""How a mesh with names is made: read or drawn on rank 0, checked there, and divided among the ranks."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from fem.errors import MeshError, OutOfRangeError
from fem.mesh.coatings import coated
from fem.mesh.conformity import check_seams, check_simplices
from fem.mesh.distribution import distributed
from fem.mesh.elements import Elements, Simplices, simplices
from fem.mesh.endings import watch
from fem.mesh.meeting import ranks_of
from fem.mesh.msh import read_msh
from fem.mesh.sheets import cut_along_sheets

_LARGEST = 1.0  # [m], of a device


@dataclass(frozen=True, kw_only=True)
class About:
    """What a mesh does not say of itself: see ``DeviceMesh``."""

    unit: float
    coordinates: str
    cross_section: float | None
    contacts: tuple[str, ...]
    description: Mapping[str, Any]
    coatings: Mapping[str, tuple[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, drawing: Any, coatings: Mapping[str, tuple[str, float]]) -> About:
        """Return what a drawing says, with the coatings of its contacts."""
        return cls(
            unit=drawing.unit,
            coordinates=drawing.coordinates,
            cross_section=drawing.cross_section,
            contacts=tuple(drawing.contacts),
            description={**drawing.description, **({"coatings": dict(coatings)} if coatings else {})},
            coatings=coatings,
        )

    def __post_init__(self) -> None:
        if self.coordinates not in ("cartesian", "axisymmetric"):
            raise OutOfRangeError(
                "coordinates of the mesh", self.coordinates, "'cartesian' or 'axisymmetric'"
            )
        given: dict[str, Any] = {"length unit": self.unit, "cross-section": self.cross_section}
        for thing, value in given.items():
            if value is not None and not (isinstance(value, numbers.Real) and 0 < float(value) < math.inf):
                raise OutOfRangeError(f"{thing} of the mesh", value, "positive and finite, in SI units")


def of_file(path: Path) -> Simplices:
    """Return the checked mesh in a file; raises MeshError."""
    found = simplices(read_msh(path))
    check_simplices(found)
    check_seams(found)
    return found


def of_drawing(draw: Callable[[Any], None]) -> Simplices:
    """Return the checked mesh that ``draw`` puts into a gmsh model; raises MeshError."""
    import gmsh

    own = not gmsh.isInitialized()
    if own:
        gmsh.initialize(interruptible=False, readConfigFiles=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.model.add("memfem")
        draw(gmsh.model)
        found = simplices(Elements.of_model(gmsh.model))
    finally:
        if own:
            gmsh.finalize()
        else:
            gmsh.model.remove()
    check_simplices(found)
    return found


def made(find: Callable[[], Simplices], comm: Any, about: About) -> dict[str, Any]:
    """Return the fields of a DeviceMesh: ``find`` is called on rank 0, and an error there is raised on all ranks."""
    from mpi4py import MPI

    watch()
    comm = MPI.COMM_WORLD if comm is None else comm
    alike = {f.name: getattr(about, f.name) for f in fields(about)}
    return ranks_of(comm).together("DeviceMesh", alike, lambda: _made(find, comm, about))


def _made(find: Callable[[], Simplices], comm: Any, about: About) -> dict[str, Any]:
    mine: Simplices | None = None
    told: Any = None
    if comm.rank == 0:
        try:
            whole = find()
            if about.coatings:
                whole = coated(whole, about.coatings, about.unit)
                check_simplices(whole)
            groups = _sorted(whole, about)
            mine, sheets = cut_along_sheets(whole, about.contacts)
            told = mine.dim, *groups, sheets
        except Exception as error:  # told to all ranks before anyone waits
            told = str(error)
    told = comm.bcast(told, root=0)
    if isinstance(told, str):
        raise MeshError(told)
    dim, regions, contacts, interfaces, sheets = told
    mesh, cell_tags, facet_tags = distributed(mine, dim, comm)
    mesh.topology.create_connectivity(dim - 1, dim)
    mesh.topology.create_connectivity(dim, dim - 1)
    return dict(
        mesh=mesh,
        cell_tags=cell_tags,
        facet_tags=facet_tags,
        regions=regions,
        contacts=contacts,
        interfaces=interfaces,
        sheets=sheets,
        unit=about.unit,
        coordinates=about.coordinates,
        cross_section=about.cross_section,
        description=about.description,
    )


def _sorted(mesh: Simplices, about: About) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return the groups that are regions, contacts and interfaces, by name."""
    surfaces = mesh.surfaces
    for name in about.contacts:
        if name not in surfaces:
            close = difflib.get_close_matches(str(name), surfaces, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise MeshError(
                f"the mesh has no contact {name!r}{hint}; its facet groups are {sorted(surfaces) or 'none'}."
            )
    _check_extent(mesh, about)
    contacts = {name: surfaces[name] for name in about.contacts}
    return dict(mesh.regions), contacts, {n: t for n, t in surfaces.items() if n not in contacts}


def _check_extent(mesh: Simplices, about: About) -> None:
    points = mesh.points[np.unique(mesh.cells)]
    largest = float(np.ptp(points, axis=0).max()) * about.unit
    if largest > _LARGEST:
        raise MeshError(
            f"the mesh is {largest:g} m long; a device is at most {_LARGEST:g} m. Is its unit {about.unit:g} m?"
        )
    if about.coordinates != "axisymmetric":
        return
    if mesh.dim != 2:
        raise MeshError(f"an axisymmetric mesh is two-dimensional; this one has {mesh.dim} dimensions.")
    low, high = float(points[:, 0].min()), float(points[:, 0].max())
    if low < -1e-9 * (high - low):
        raise MeshError(f"the radius x of an axisymmetric mesh starts at {low * about.unit:g} m, below 0.")
