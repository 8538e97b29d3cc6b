"""The edges and the nodes of a mesh, region by region, as meshes of their own on which dolfinx assembles.

In a mesh of simplices several cells meet at an edge: in each of them the same flux would be evaluated again. Here an
edge has one cell for each region that meets it, and a node too; all that geometry says is data of that cell
(``EdgeDatum``), its own shape is the interval from 0 to 1. Its dofs are those of the nodes of the mesh itself, in the
numbering of the device's unknowns, so that what is assembled goes to the same vectors and matrices. Each rank has those
of its own cells, as a mesh that others do not know of: what is freed on one rank alone leaves no trace on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl

from fem.forms.edge_data import CellShapes, EdgeDatum

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Incidence:
    """Which edge, or node, of a region each one of a cell is.

    ``nodes``, shape (n, 2) or (n, 1); ``first``: one of the cells that it is of, shape (n,); ``number``: of those of
    each cell of ``cells``, shape (cells, edges) or (cells, d + 1).
    """

    nodes: IntArray
    first: IntArray
    number: IntArray
    cells: IntArray

    @cached_property
    def ends(self) -> npt.NDArray[np.intp]:
        """All nodes, one after the other, to index with."""
        return self.nodes.astype(np.intp).ravel()

    def of(self, values: Array, *, common: bool) -> Array:
        """Return numbers of all cells as one of each edge or node, added up unless they are ``common``."""
        values = values[self.cells]
        if not common:
            return np.bincount(self.number.ravel(), weights=values.ravel(), minlength=len(self.nodes))
        found = np.zeros(len(self.nodes))
        found[self.number.ravel()] = values.ravel()
        return found


def incidence(corners: IntArray, regions: IntArray, cells: IntArray, local: Any) -> Incidence:
    """Return that of the edges or nodes with the ``local`` vertices of each cell, shape (edges, 2) or (d + 1, 1).

    ``corners``: nodes of all cells, shape (all, d + 1); ``regions``: tags of all; ``cells``: those that count.
    """
    nodes = np.sort(corners[cells][:, np.asarray(local)].astype(np.int64), axis=2)
    size = int(corners.max(initial=0)) + 1
    key = regions[cells].astype(np.int64)[:, None]
    for k in range(nodes.shape[2]):
        key = key * size + nodes[:, :, k]
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    chosen = nodes.reshape(-1, nodes.shape[2])[first].astype(np.int32)
    of_cell = cells[first // nodes.shape[1]].astype(np.int32)
    return Incidence(chosen, of_cell, number.reshape(key.shape).astype(np.int32), cells)


class Graph:
    """A mesh of intervals, one for each edge or node of an ``incidence``, with spaces of functions on it.

    ``data``: numbers by the name of their quantity that do not follow from the shapes of cells, shape (n,).
    """

    def __init__(self, shapes: CellShapes, found: Incidence, data: Mapping[str, Array] | None = None) -> None:
        from dolfinx import cpp
        from dolfinx import mesh as dmesh
        from mpi4py import MPI

        self.incidence = found
        self._shapes = shapes
        self._unit = dmesh.create_unit_interval(MPI.COMM_SELF, 1)
        count = len(found.nodes)
        self.everywhere = np.arange(count, dtype=np.int32)
        both = np.tile(np.array([0, 1], dtype=np.int32), (count, 1))
        geometry, maps = self._unit.geometry, (cpp.common.IndexMap(MPI.COMM_SELF, n) for n in (2, count))
        topology = cpp.mesh.Topology(
            cpp.mesh.CellType.interval,
            *maps,
            cpp.graph.AdjacencyList_int32(both),
            np.arange(count, dtype=np.int64),
        )
        x = np.array([[0.0], [1.0]])
        ends = cpp.common.IndexMap(MPI.COMM_SELF, 2)
        shape = cpp.mesh.Geometry_float64(
            ends, both, geometry.cmaps[0]._cpp_object, x, np.arange(2, dtype=np.int64)
        )
        self.mesh = cpp.mesh.Mesh_float64(MPI.COMM_SELF, topology, shape)
        self.domain = ufl.Mesh(basix.ufl.element("Lagrange", "interval", 1, shape=(1,)))
        self.domain._ufl_cargo = self.mesh
        self._spaces: dict[Any, Any] = {}
        self._data: dict[str, Any] = dict(data or {})

    @property
    def degree(self) -> int:
        """That of functions of nodes: 1 on edges, which have two ends, 0 on nodes."""
        return self.incidence.nodes.shape[1] - 1

    @cached_property
    def piecewise(self) -> Any:
        """The space of one number for each edge or node."""
        from dolfinx import cpp
        from mpi4py import MPI

        own = cpp.common.IndexMap(MPI.COMM_SELF, len(self.everywhere))
        return self._space(0, 1, own, self.everywhere[:, None])

    def space(self, of: Any) -> Any:
        """Return the space of the functions of a space of P1 functions of the mesh, with the same dofs."""
        dofs = of.dofmap
        key = (id(dofs.index_map), dofs.index_map_bs)
        if key not in self._spaces:
            found = self._space(self.degree, dofs.index_map_bs, dofs.index_map, self.incidence.nodes)
            self._spaces[key] = found, dofs.index_map  # the map stays alive, and so its id is no other's
        return self._spaces[key][0]

    def _space(self, degree: int, size: int, index_map: Any, nodes: IntArray) -> Any:
        """Return a UFL space whose dolfinx space has the dofs ``nodes``, in blocks of ``size``."""
        from dolfinx import cpp
        from dolfinx import fem as dfem

        family = "Lagrange" if degree else "DG"
        shape = (size,) if size > 1 else None
        element = basix.ufl.element(family, "interval", degree, shape=shape)
        like = dfem.functionspace(self._unit, element)
        dofmap = cpp.fem.DofMap(
            like.dofmap.dof_layout, index_map, size, cpp.graph.AdjacencyList_int32(nodes), size
        )
        space: Any = ufl.FunctionSpace(self.domain, element)
        space._cpp_object = cpp.fem.FunctionSpace_float64(self.mesh, like.element._cpp_object, dofmap)
        return space

    def values(self, datum: EdgeDatum) -> Array:
        """Return the numbers of a quantity, shape (n,)."""
        quantity = datum.quantity
        if quantity.name not in self._data:
            self._data[quantity.name] = self.incidence.of(quantity.of(self._shapes), common=quantity.common)
        return np.asarray(self._data[quantity.name])


def graphs(mesh: Any, corners: IntArray, cells: IntArray | None) -> tuple[Graph, Graph]:
    """Return the graphs of the edges and of the nodes of a ``DeviceMesh``; of some ``cells`` of this rank, or of all.

    ``corners``: the nodes of all its cells in the numbering of the unknowns, shape (cells, d + 1).
    """
    geometry = mesh.mesh.geometry
    shapes = CellShapes(geometry.x[geometry.dofmaps[0]][:, :, : mesh.dim], mesh.axisymmetric)
    if cells is None:
        cells = np.arange(mesh.mesh.topology.index_map(mesh.dim).size_local, dtype=np.int32)
    ends, points = shapes.pairs, [(i,) for i in range(mesh.dim + 1)]
    found = (incidence(corners, mesh.cell_region, cells, local) for local in (ends, points))
    along, at_nodes = (Graph(shapes, one) for one in found)
    return along, at_nodes
