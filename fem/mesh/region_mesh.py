"""A mesh with the points of each region of their own, gathered on one rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.kept import kept
from fem.mesh.ranks import collective

Array = npt.NDArray[np.float64]


IntArray = npt.NDArray[np.int64]


NANOMETRE = 1e-9  #: [m], the length unit of grids and of files for ParaView


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionMesh:
    """A mesh cut apart between its regions and gathered on rank 0, so that point values can jump there.

    ``points`` [m], shape (n, 3); ``cells``: their point numbers, shape (m, corners); ``region``: tag of each
    cell, shape (m,). All are empty on other ranks.
    """

    mesh: DeviceMesh
    points: Array
    cells: IntArray
    region: IntArray
    first: IntArray  #: for each point one of the corners (cell by cell) that it is

    @classmethod
    def of(cls, mesh: DeviceMesh) -> RegionMesh:
        """Return the cut mesh; made once and kept with ``mesh``. Collective."""
        return kept(mesh, "region mesh", cls._made)

    @classmethod
    @collective("RegionMesh")
    def _made(cls, mesh: DeviceMesh) -> RegionMesh:
        geometry = mesh.mesh.geometry
        corners = geometry.dofmaps[0]
        node = _gathered(mesh, np.asarray(geometry.input_global_indices, dtype=np.int64)[corners])
        place = _gathered(mesh, geometry.x[corners]).reshape(-1, 3) * mesh.unit
        region = _gathered(mesh, mesh.cell_region.astype(np.int64))
        count = max(mesh.regions.values()) + 1
        _, first, number = np.unique(node * count + region[:, None], return_index=True, return_inverse=True)
        cells = number.reshape(node.shape).astype(np.int64)
        return cls(mesh=mesh, points=place[first], cells=cells, region=region, first=first.astype(np.int64))

    def gather(self, values: Array) -> Array:
        """Return values (cells of this rank, corners) at the points, shape (n,); empty but on rank 0."""
        return np.asarray(_gathered(self.mesh, values).reshape(-1)[self.first], dtype=np.float64)

    def gather_cells(self, values: Array) -> Array:
        """Return values (cells of this rank, ...) of the cells, shape (m, ...); empty but on rank 0."""
        return np.asarray(_gathered(self.mesh, values), dtype=np.float64)


@collective("RegionMesh.gather")
def _gathered(mesh: DeviceMesh, values: Any) -> Any:
    """Return the rows of all cells, each once, on rank 0; no row on other ranks."""
    owned = mesh.mesh.topology.index_map(mesh.dim).size_local
    parts = mesh.comm.gather(np.ascontiguousarray(values[:owned]), root=0)
    return np.concatenate(parts) if parts is not None else values[:0]
