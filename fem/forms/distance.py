"""Distances of the nodes of a mesh from faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fem.forms.context import Context
from fem.forms.nodes import IntArray, closure_nodes
from fem.forms.places import nearest_points


def distance_from(context: Context, facets: IntArray) -> Any:
    """Return the distance of each node from facets [L0], as a continuous function; collective.

    ``facets``: (cell, local facet) pairs on this rank, shape (m, 2). Straight, whatever lies between.
    """
    import basix
    from dolfinx import fem as dfem

    mesh, space = context.setting.mesh, context.scalar_space
    dofs, places = space.dofmap.list, space.tabulate_dof_coordinates()[:, : mesh.dim]
    sides = np.array(basix.topology(getattr(basix.CellType, mesh.mesh.topology.cell_name()))[mesh.dim - 1])
    own = places[dofs[facets[:, :1], sides[facets[:, 1]]]].reshape(-1, mesh.dim, mesh.dim)
    corners = np.concatenate(mesh.comm.allgather(own))
    found = dfem.Function(space)
    found.x.array[:] = np.linalg.norm(places - nearest_points(places, corners), axis=1)
    return found


def farthest(context: Context, distance: Any, regions: Sequence[str]) -> float:
    """Return the largest of the distances of the nodes of regions; collective."""
    from mpi4py import MPI

    here = distance.x.array[closure_nodes(context, regions)].max(initial=0.0)
    return float(context.setting.mesh.comm.allreduce(float(here), MPI.MAX))
