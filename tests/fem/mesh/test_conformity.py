"""What a mesh must be: cells that lie side by side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fem.errors import MeshError
from fem.mesh.conformity import check_seams, check_simplices
from fem.mesh.elements import Simplices

SIDE = 5  # nodes


def square(**changes: np.ndarray) -> Simplices:
    """Return a square of triangles in one region."""
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE)) + np.random.default_rng(1).uniform(
        -0.2, 0.2, (2, SIDE, SIDE)
    )
    columns = list(pairwise(range(SIDE)))
    cells = [
        triangle
        for a, b in columns
        for c, d in columns
        for triangle in (
            (a * SIDE + c, a * SIDE + d, b * SIDE + d),
            (a * SIDE + c, b * SIDE + d, b * SIDE + c),
        )
    ]
    given = {
        "dim": 2,
        "points": np.column_stack([x.ravel(), y.ravel(), 0 * x.ravel()]).astype(float),
        "cells": np.array(cells),
        "cell_group": np.ones(len(cells), dtype=np.int64),
        "facets": np.empty((0, 2), dtype=np.int64),
        "facet_group": np.empty(0, dtype=np.int64),
        "regions": {"film": 1},
        "surfaces": {},
    }
    return Simplices(**(given | changes))  # type: ignore[arg-type]


def test_a_square_of_triangles_is_a_mesh() -> None:
    check_simplices(square())
    check_seams(square())


@pytest.mark.parametrize("node", [4, 20, 24])
def test_a_cell_with_a_node_from_elsewhere_overlaps_others(node: int) -> None:
    """As in a file with one digit changed, whose cells still have volumes and share their faces."""
    cells = square().cells.copy()
    cells[len(cells) // 2, 1] = node
    with pytest.raises(MeshError, match="overlap"):
        mesh = square(cells=cells)
        check_simplices(mesh)
        check_seams(mesh)
