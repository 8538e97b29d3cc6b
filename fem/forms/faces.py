"""Faces: integrals that are lumped at their nodes, in all dimensions and coordinates, and their regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from fem.errors import IncompatibleError
from fem.forms.compilation import assembled, compiled
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.face_groups import vertex_rule
from fem.forms.setting import TEMPERATURE
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh


@dataclass(frozen=True, eq=False)
class Face:
    """A face of a device, on which integrals are lumped at the nodes.

    ``measure``: its facets in UFL. ``radius``: 2πr at their nodes in axisymmetric meshes, else 1. ``inner``: whether
    it is an interface, between two regions, and not a contact as it is seen from a region.
    """

    context: Context
    measure: Any
    radius: Any
    inner: bool

    def lump(self, density: Expr, v: Expr) -> Expr:
        """Return the integral of a density per area, times a test function, over the face."""
        return density * self.radius * (ufl.avg(v) if self.inner else v) * self.measure

    def at(self, function: Expr) -> Expr:
        """Return a continuous function at a point of the face."""
        return function("+") if self.inner else function

    @property
    def warmth(self) -> Expr | None:
        """The temperature at a point of the face over the ambient one; None if it is no unknown."""
        return 1 + self.at(self.context.field(TEMPERATURE)) if self.context.has_temperature else None

    def law(self, name: str, value: Callable[[str, Material, float], float]) -> Expr:
        """Return a coefficient at the temperature of the face; on an interface it must be alike in all regions."""
        return self.context.law(name, value)(self.warmth, side="+" if self.inner else None)


def interface(context: Context, name: str) -> Face:
    """Return the face between two regions "a|b" of the mesh."""
    mesh = context.setting.mesh
    tag = mesh.interfaces[mesh.require("interface", name)]
    rule = vertex_rule(mesh.dim)
    measure = ufl.Measure("dS", domain=mesh.mesh, subdomain_data=mesh.facet_tags, metadata=rule)(tag)
    return Face(context, measure, context.radius_on(f"interface {name}", measure, inner=True), inner=True)


def contact_face(context: Context, name: str, regions: Sequence[str] | None = None) -> Face:
    """Return the face of a contact, as seen from ``regions``: from all that it meets if None."""
    measure = context.face_groups.contact(name, regions)
    return Face(context, measure, context.radius_on(f"contact {name} {regions}", measure), inner=False)


def sink_face(context: Context, name: str) -> Face:
    """Return the face of a heat sink."""
    measure = context.face_groups.sink(name)
    return Face(context, measure, context.radius_on(f"sink {name}", measure), inner=False)


def face_regions(mesh: DeviceMesh, face: str) -> set[str]:
    """Return the regions that touch a face of the mesh, over all ranks."""
    links = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    cells = [links.links(int(f)) for f in mesh.facets(face)]
    local = set(mesh.cell_region[np.concatenate(cells)].tolist()) if cells else set()
    tags = set().union(*mesh.comm.allgather(local))
    return {name for name, tag in mesh.regions.items() if tag in tags}


def area_per_volume(context: Context, face: str, regions: Sequence[str]) -> Any:
    """Return the area of a face of ``regions`` at each node over the node's volume in them [1/L0]; 0 off the face.

    So an integral over the face, lumped at its nodes, is one over cells, lumped alike, in all coordinates.
    """
    from dolfinx import fem as dfem

    mesh, v = context.setting.mesh, ufl.TestFunction(context.scalar_space)
    inner = face in mesh.interfaces
    tag = mesh.interfaces[face] if inner else mesh.contacts[face]
    measure = ufl.Measure("dS" if inner else "ds", domain=mesh.mesh, subdomain_data=mesh.facet_tags)(
        tag, metadata={"quadrature_degree": 2}
    )
    ring: Expr = 2 * np.pi * ufl.SpatialCoordinate(mesh.mesh)[0] if mesh.axisymmetric else 1.0
    inside = context.indicator(regions)
    area = (ring * v)("+") * measure if inner else inside * ring * v * measure
    parts = [assembled(compiled(form)) for form in (area, context.calculus.lump(lambda _: inside, v))]
    found = dfem.Function(context.scalar_space)
    np.divide(parts[0], parts[1], out=found.x.array, where=parts[1] > 0)
    return found


def interface_regions(mesh: DeviceMesh, interface: str) -> tuple[str, str]:
    """Return the two regions of an interface, in the mesh's order.

    Raises UnknownNameError, or IncompatibleError if it is not between two regions.
    """
    facets = mesh.facets(mesh.require("interface", interface))
    links = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    local = {tuple(sorted(mesh.cell_region[links.links(int(f))].tolist())) for f in facets}
    pairs = {p for p in set().union(*mesh.comm.allgather(local)) if len(p) == 2}
    if len(pairs) != 1 or len(set(next(iter(pairs)))) != 2:
        raise IncompatibleError(f"interface {interface!r} is not between two regions everywhere.")
    tags = next(iter(pairs))
    first, second = (r for r, tag in mesh.regions.items() if tag in tags)
    return first, second
