r"""Points of a face beside the electrode that lies opposite, across a thin layer: what passes from one to the other.

A point of the face of a region has a partner on the electrode, whose potential is the same at all its nodes. Both are
the ends of an edge of a graph of its own (``fem.forms.edge_graph``): what flows along it depends on unknowns of both
ends, is evaluated once and goes to the same vectors and matrices as all else, with an exact derivative. Lumped at the
nodes: each edge has the area of the face that belongs to its node (2πr in it where the mesh is axisymmetric), and the
shortest way to the surface of the electrode as its length.

Only those points count that have the electrode in front of them: the way may not lean from the normal of the face by
more than 45 degrees. An edge can be drawn several times, as ``parts`` that are integrated over by as many rules; the
place on it, from 0 to 1, is the variable of that integral.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.errors import IncompatibleError
from fem.forms.compilation import assembled, compiled
from fem.forms.context import Context
from fem.forms.edge_data import AlongEdge, CellShapes, EdgeDatum, Quantity
from fem.forms.edge_flux import Expr
from fem.forms.edge_graph import Graph, Incidence
from fem.forms.faces import interface
from fem.forms.nodal_values import BETWEEN, EDGES
from fem.forms.places import nearest_points

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
_LEANING = 0.7  # smallest cosine between the way to the electrode and the normal of the face


@dataclass(frozen=True, kw_only=True)
class Opposite:
    """Nodes of a face on this rank with their partners: shapes (n,); lengths in L0, areas in L0^(d-1)."""

    nodes: IntArray
    partners: IntArray
    areas: Array
    lengths: Array
    cell: int  #: one of the region that the face is of


class FacePairs:
    """The pairs, called ``name``, of a ``face`` of the region ``into`` and an ``electrode`` beyond ``across``.

    Collective to make. Raises IncompatibleError if no point of the face has the electrode in front of it.
    """

    def __init__(
        self, context: Context, name: str, face: str, into: str, across: str, electrode: Any
    ) -> None:
        self.name = name
        self.opposite = _opposite(context, face, into, across, electrode)
        self._mesh = context.setting.mesh
        self._graphs: dict[int, Graph] = {}
        mesh = context.setting.mesh.mesh
        self.area, self.length, self.part = (
            EdgeDatum(mesh, Quantity(q, _of_no_cell), _of_no_cell) for q in ("area", "length", "part")
        )
        self.place: Expr = AlongEdge(mesh)

    def between(self, context: Context, density: Expr, v: Expr, *, points: int = 1, parts: int = 1) -> Expr:
        """Return the integral of a density per area over the face, and over ``place`` on each of the ``parts``.

        ``density`` and ``v`` have values at ``TAIL`` on the face and ``HEAD`` on the electrode. ``points`` of Gauss and
        Legendre on each part.
        """
        kind = f"{BETWEEN} {self.name} {parts}"
        context.edge_graphs.setdefault(kind, self._graph(parts))
        data = {"quadrature_degree": 2 * points - 1, EDGES: kind}
        return self.area * density * v * ufl.Measure("dx", self._mesh.mesh, metadata=data)

    @property
    def longest(self) -> float:
        """The largest length of all pairs of all ranks [L0]."""
        return max(self._mesh.comm.allgather(float(self.opposite.lengths.max(initial=0.0))))

    def _graph(self, parts: int) -> Graph:
        if parts not in self._graphs:
            o = self.opposite
            each = np.stack([o.nodes, o.partners], axis=1).astype(np.int32)
            first = np.full(len(each) * parts, o.cell, dtype=np.int32)
            ends = Incidence(np.repeat(each, parts, axis=0), first, np.empty((0, 1), np.int32), first[:0])
            nothing = CellShapes(np.empty((0, self._mesh.dim + 1, self._mesh.dim)), self._mesh.axisymmetric)
            numbers = {"area": o.areas, "length": o.lengths, "part": np.arange(parts, dtype=float)}
            data = {
                name: np.tile(values, len(each)) if name == "part" else np.repeat(values, parts)
                for name, values in numbers.items()
            }
            self._graphs[parts] = Graph(nothing, ends, data)
        return self._graphs[parts]


def _of_no_cell(*_: Any) -> Any:
    """Refuse what belongs to a cell."""
    raise AssertionError("a pair of points across a layer has no cell")


def _opposite(context: Context, name: str, into: str, across: str, electrode: Any) -> Opposite:
    """Return the pairs of this rank; each is on one rank that has both its ends and a cell of ``into``."""
    mesh, comm = context.setting.mesh, context.setting.mesh.comm
    areas, normals = _face(context, name, into)
    places = context.scalar_space.tabulate_dof_coordinates()[:, : mesh.dim]
    mine = np.flatnonzero(areas > 0)
    nearest = nearest_points(places[mine], _surface(context, electrode, across))
    way = nearest - places[mine]
    lengths = np.linalg.norm(way, axis=1)
    ahead = np.einsum("ij,ij->i", way, normals[mine])
    facing = (lengths > 0) & (ahead >= _LEANING * lengths * np.linalg.norm(normals[mine], axis=1))
    mine, nearest, lengths = mine[facing], nearest[facing], lengths[facing]
    cells = mesh.cells(into)
    able = bool(electrode.nodes.size and len(cells))
    chosen = _on_one_rank(context, mine, able)
    if comm.allreduce(int(chosen.sum())) == 0:
        raise IncompatibleError(
            f"no point of the face {name!r} has the contact {electrode.name!r} in front of it, across {across!r}."
        )
    mine, nearest, lengths = mine[chosen], nearest[chosen], lengths[chosen]
    partners = _partners(places, electrode.nodes, nearest) if len(mine) else mine
    return Opposite(
        nodes=mine.astype(np.int32),
        partners=partners.astype(np.int32),
        areas=areas[mine],
        lengths=lengths,
        cell=int(cells[0]) if len(cells) else 0,
    )


def _on_one_rank(context: Context, nodes: Any, able: bool) -> Any:
    """Return which nodes of this rank are paired here: on the lowest rank that is able, the same on all."""
    comm, index_map = context.setting.mesh.comm, context.scalar_space.dofmap.index_map
    names = index_map.local_to_global(nodes.astype(np.int32))
    every = comm.allgather((names, able))
    taken = {name for k, (_, _) in enumerate(every) if k < comm.rank and every[k][1] for name in every[k][0]}
    lost = set().union(*(set(n) for n, _ in every)) - set().union(*(set(n) for n, ok in every if ok))
    if lost:
        raise IncompatibleError(
            f"{len(lost)} points of a face and the contact beyond the layer have no rank in common; use fewer ranks."
        )
    return np.array([able and name not in taken for name in names], dtype=bool)


def _face(context: Context, name: str, into: str) -> tuple[Array, Array]:
    """Return at all nodes of this rank the area of the face [L0^(d-1)] and its normal out of ``into``."""
    mesh, v = context.setting.mesh, ufl.TestFunction(context.scalar_space)
    face, inside, normal = (
        interface(context, name),
        context.indicator([into]),
        ufl.FacetNormal(context.setting.mesh.mesh),
    )
    out = sum(inside(side) * normal(side) for side in "+-")
    areas = assembled(compiled(face.lump(context.constant(1.0), v)))
    normals = np.stack([assembled(compiled(face.lump(out[k], v))) for k in range(mesh.dim)], axis=1)
    return np.asarray(areas), np.asarray(normals)


def _surface(context: Context, electrode: Any, across: str) -> Array:
    """Return the corners of the facets where an electrode meets ``across``, of all ranks, shape (n, d, d)."""
    mesh = context.setting.mesh
    pairs = electrode.facing(mesh, (across,))
    corners = context.scalar_space.dofmap.list[pairs[:, 0]]
    keep = np.arange(mesh.dim + 1)[None, :] != pairs[:, 1:2]  # a facet lies opposite the vertex of its number
    keep = keep if mesh.dim > 1 else ~keep  # and on a line it is that vertex
    nodes = corners[keep].reshape(-1, mesh.dim)
    places = context.scalar_space.tabulate_dof_coordinates()[:, : mesh.dim]
    return np.concatenate(mesh.comm.allgather(places[nodes]))


def _partners(places: Array, nodes: IntArray, nearest: Array) -> Any:
    """Return the node of the electrode on this rank that is nearest to each point."""
    from scipy.spatial import cKDTree

    return nodes[cKDTree(places[nodes]).query(nearest)[1]]
