"""The length of an edge in forms as they are compiled, where gradients are those of the reference cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from fem.forms.compilation import compiled
from fem.forms.edge_flux import EdgeCalculus


def meshes() -> dict[str, Any]:
    """Return a line, a plane and a block, each stretched along its axes."""
    found = {
        "line": dmesh.create_interval(MPI.COMM_SELF, 3, [0.0, 2.0]),
        "plane": dmesh.create_rectangle(MPI.COMM_SELF, [[0.0, 0.0], [2.0, 5.0]], [2, 3]),
        "block": dmesh.create_box(MPI.COMM_SELF, [[0.0] * 3, [2.0, 5.0, 7.0]], [1, 2, 2]),
    }
    return found


@pytest.mark.parametrize("name", ["line", "plane", "block"])
def test_length_of_an_edge_is_that_between_its_nodes(name: str) -> None:
    mesh = meshes()[name]
    calculus = EdgeCalculus(mesh)
    x = mesh.geometry.x[mesh.geometry.dofmaps[0]]
    for i, j in calculus.edges:
        form = compiled(calculus.length(i, j) * calculus.measure)
        edges = np.linalg.norm(x[:, j] - x[:, i], axis=1)
        sides = x[:, 1:, : mesh.topology.dim] - x[:, :1, : mesh.topology.dim]
        volumes = np.abs(np.linalg.det(sides)) / [1, 1, 2, 6][mesh.topology.dim]
        assert dfem.assemble_scalar(form) == pytest.approx(edges @ volumes, rel=1e-12)
