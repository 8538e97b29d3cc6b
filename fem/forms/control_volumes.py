r"""Control volumes of the nodes: what each cell gives to its corners.

A corner i of a triangle K has :math:`\sum_{j\ne i} w_{ij}|e_{ij}|^2/4` of it, the part on its side of the perpendicular
bisectors of the edges, whose lengths the edge weights :math:`w_{ij}` are (R. E. Bank, D. J. Rose and W. Fichtner, IEEE
Trans. Electron Devices 30, 1031, 1983). With right angles these do not depend on which way a rectangle was cut, and so
source and drain exchange exactly. Without obtuse angles each is a quarter to a half of the triangle.

A region that has an obtuse angle is parted evenly, all of it, and not cell by cell. Both ways are of second order: what
the parts of a triangle lack of its first moment is :math:`\sum_e -|e|^3 n_e/24` with the outer normals of its edges, of
which neighbours have opposite ones; beside a triangle that is parted evenly one is left over. For the same reason all
terms take the same parts, also those that belong to cells.

In tetrahedra the edge weights are not the areas of bisectors' faces: at the edges of a box of six tetrahedra they are
to one another as 2 to 1, and the same sum would give its corners unequal volumes with which a layer does not decay as
it should. Even parts go with these weights; they stay there, and on axisymmetric meshes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fem.forms.edge_data import CellShapes
from fem.mesh.device_mesh import DeviceMesh

Array = npt.NDArray[np.float64]
_LEAST = 0.249  # of a triangle: without obtuse angles a corner has a quarter, but for rounded coordinates


def control_volumes(mesh: DeviceMesh) -> Any:
    """Return the share of each corner in its cell, a function constant in cells with three components; collective.

    None where all shares are the integrals of the barycentric coordinates.
    """
    import basix.ufl
    from dolfinx import fem as dfem

    if mesh.axisymmetric or mesh.dim != 2:
        return None
    geometry = mesh.mesh.geometry
    shares = bisected(CellShapes(geometry.x[geometry.dofmaps[0]][:, :, :2], axisymmetric=False))
    evenly = _with_obtuse_angles(mesh, shares)
    if evenly.all():
        return None
    shares[evenly[mesh.cell_region]] = 1 / 3
    element = basix.ufl.element("DG", mesh.mesh.basix_cell(), 0, shape=(3,))
    found = dfem.Function(dfem.functionspace(mesh.mesh, element), name="control volumes")
    found.x.array[:] = shares.ravel()
    return found


def bisected(triangles: CellShapes) -> Array:
    """Return which part of each triangle is on each corner's side of the bisectors, shape (cells, 3)."""
    each = triangles.weights.sum(axis=2) * triangles.lengths**2 / (4 * triangles.volumes[:, None])
    found = np.zeros((len(each), 3))
    for k, ends in enumerate(triangles.pairs):
        found[:, ends] += each[:, [k]]
    return found


def _with_obtuse_angles(mesh: DeviceMesh, shares: Array) -> npt.NDArray[np.bool_]:
    """Return whether a region has an obtuse angle on any rank, by its tag, and true for tags of no region."""
    from mpi4py import MPI

    here = np.zeros(max(mesh.regions.values()) + 1, dtype=bool)
    here[mesh.cell_region[(shares < _LEAST).any(axis=1)]] = True
    found = np.empty_like(here)
    mesh.comm.Allreduce(here, found, op=MPI.LOR)
    known = np.isin(np.arange(len(found)), list(mesh.regions.values()))
    return np.asarray(found | ~known)
