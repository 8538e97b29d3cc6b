"""Faces: integrals that are lumped at their nodes, in all dimensions and coordinates, and their regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import ufl

from fem.errors import IncompatibleError
from fem.forms.compilation import compiled
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import TEMPERATURE
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh


def vertex_rule(dim: int) -> dict[str, Any]:
    """Return the metadata of lumped quadrature on facets, which keeps positivity; a point needs none."""
    return {"quadrature_degree": 1} if dim == 1 else {"quadrature_rule": "vertex", "quadrature_degree": 1}


def radius_share(context: Context, measure: Any, *, inner: bool = False) -> Any:
    """Return 2πr at the nodes of axisymmetric facets, such that lumped integrals have the exact shares; else 1.

    A node on the axis has r = 0, but the ring around it has an area. ``inner``: of a measure of inner facets.
    """
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    if not context.setting.mesh.axisymmetric:
        return 1.0
    v = ufl.TestFunction(context.scalar_space)
    v = ufl.avg(v) if inner else v
    r = ufl.SpatialCoordinate(context.setting.mesh.mesh)[0]
    r = r("+") if inner else r
    exact = 2 * np.pi * r * v * measure(metadata={"quadrature_degree": 2})
    parts = []
    for form in (exact, v * measure):
        vector = dfem.assemble_vector(compiled(form))
        vector.scatter_reverse(InsertMode.add)
        vector.scatter_forward()
        parts.append(vector.array)
    share = dfem.Function(context.scalar_space)
    np.divide(parts[0], parts[1], out=share.x.array, where=parts[1] > 0)
    return share("+") if inner else share


def face_regions(mesh: DeviceMesh, face: str) -> set[str]:
    """Return the regions that touch a face of the mesh, over all ranks."""
    links = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    cells = [links.links(int(f)) for f in mesh.facets(face)]
    local = set(mesh.cell_region[np.concatenate(cells)].tolist()) if cells else set()
    tags = set().union(*mesh.comm.allgather(local))
    return {name for name, tag in mesh.regions.items() if tag in tags}


def area_per_volume(context: Context, face: str, regions: Sequence[str]) -> Any:
    """Return the area of a face at each node over the node's volume in ``regions`` [1/L0]; 0 off the face.

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
    area = (ring * v)("+") * measure if inner else ring * v * measure
    inside = context.indicator(regions)
    parts = [_assembled(form) for form in (area, context.calculus.lump(lambda _: inside, v))]
    found = dfem.Function(context.scalar_space)
    np.divide(parts[0], parts[1], out=found.x.array, where=parts[1] > 0)
    return found


def _assembled(form: Expr) -> Any:
    """Return the values of a linear form on all nodes of this rank, shape (nodes,)."""
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    vector = dfem.assemble_vector(compiled(form))
    vector.scatter_reverse(InsertMode.add)
    vector.scatter_forward()
    return vector.array


def interface_measure(context: Context, interface: str) -> Any:
    """Return the lumped measure of the facets of an interface."""
    mesh = context.setting.mesh
    tag = mesh.interfaces[mesh.require("interface", interface)]
    rule = vertex_rule(mesh.dim)
    return ufl.Measure("dS", domain=mesh.mesh, subdomain_data=mesh.facet_tags, metadata=rule)(tag)


def facet_law(context: Context, name: str, value: Callable[[str, Material, float], float]) -> Expr:
    """Return a coefficient on inner facets, at the temperature there; ``value`` must be alike in all regions."""
    return context.law(name, value)(facet_warmth(context), side="+")


def facet_warmth(context: Context) -> Expr | None:
    """Return the temperature at a point of an inner facet [T0]; None if it is no unknown."""
    return 1 + context.field(TEMPERATURE)("+") if context.has_temperature else None


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
