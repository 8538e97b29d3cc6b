"""A crossbar block has one cell per crossing, lines that reach the outer edge, and the volumes of its
boxes."""

from __future__ import annotations

import math
import time
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from geometries import CrossbarBlock, Drawing, GeometryError

NM = 1e-9
REFERENCE = {
    "pitch": 200 * NM,
    "line_width": 100 * NM,
    "line_thickness": 50 * NM,
    "film_thickness": 50 * NM,
    "substrate_thickness": 300 * NM,
    "cap_thickness": 100 * NM,
    "margin": 1000 * NM,
}
SIZES = {"size": 50 * NM, "coarse_size": 300 * NM}


def block(rows: int = 3, columns: int = 3, **changes: Any) -> CrossbarBlock:
    return CrossbarBlock(rows, columns, **{**REFERENCE, **changes})


def measures(drawn: Drawing) -> dict[str, float]:
    """Return volumes [nm^3] of regions and areas [nm^2] of contacts and interfaces."""
    mesh = drawn.simplices()
    found: dict[str, float] = {}
    for names, simplices, number in (
        (drawn.regions, mesh.cells, mesh.cell_region),
        ((*drawn.contacts, *drawn.interfaces), mesh.facets, mesh.facet_group),
    ):
        edges = (mesh.points[simplices[:, 1:]] - mesh.points[simplices[:, :1]]) / NM
        gram = np.einsum("mik,mjk->mij", edges, edges)
        sizes = np.sqrt(np.abs(np.linalg.det(gram))) / math.factorial(edges.shape[1])
        found |= {name: float(sizes[number == i].sum()) for i, name in enumerate(names)}
    return found


def test_the_reference_block_has_the_volumes_and_areas_of_its_boxes() -> None:
    array = block()
    found = measures(array.mesh(**SIZES))
    side, line = 2500.0, 2500.0 * 100
    expected = {"substrate": side**2 * 300, "cap": side**2 * 100, "sink": side**2}
    expected["film"] = (side**2 - 9 * 100**2) * 50
    expected["fill"] = 2 * (side**2 - 3 * line) * 50
    expected |= {name: line * 50 for name in (*array.top_lines, *array.bottom_lines)}
    expected |= {name: 100**2 * 50 for row in array.cells for name in row}
    expected |= {f"{kind}_{k}": 100 * 50 for kind in ("word", "bit") for k in range(3)}
    expected |= {"bottom_line_1|cell_2_1": 100**2, "cell_2_1|top_line_2": 100**2, "cell_0_0|film": 4 * 5000}
    expected |= {"substrate|fill": side**2 - 3 * line, "fill|cap": side**2 - 3 * line}
    expected |= {"top_line_0|fill": 2 * side * 50, "film|top_line_0": line - 3 * 100**2}
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)
    assert sum(found[name] for name in array.mesh(**SIZES).regions) == pytest.approx(side**2 * 550)


def test_rows_are_top_lines_along_x_and_columns_are_bottom_lines_along_y() -> None:
    drawn = block(2, 3).mesh(**SIZES)
    mesh = drawn.simplices()

    def box(name: str) -> np.ndarray:
        nodes = mesh.points[mesh.cells[mesh.cell_region == drawn.regions.index(name)]].reshape(-1, 3)
        return np.array([nodes.min(axis=0), nodes.max(axis=0)]) / NM

    assert box("top_line_1") == pytest.approx(np.array([[-1050, 150, 400], [1450, 250, 450]]))
    assert box("bottom_line_2") == pytest.approx(np.array([[350, -1050, 300], [450, 1250, 350]]))
    assert box("cell_1_2") == pytest.approx(np.array([[350, 150, 350], [450, 250, 400]]))
    assert drawn.contacts == ("sink", "word_0", "word_1", "bit_0", "bit_1", "bit_2")


def test_cells_are_named_by_row_and_column() -> None:
    array = block(2, 3)
    assert array.cells == (("cell_0_0", "cell_0_1", "cell_0_2"), ("cell_1_0", "cell_1_1", "cell_1_2"))
    assert array.cell_size == (100 * NM, 100 * NM, 50 * NM)
    assert {name for row in array.cells for name in row} <= set(array.mesh(**SIZES).regions)


def test_patterned_squares_leave_a_rim_of_film_around_each_cell() -> None:
    drawn = block(2, 2, patterned_width=140 * NM).mesh(**SIZES)
    found = measures(drawn)
    side = 2 * 1000 + 300.0
    assert found["film"] == pytest.approx(4 * (140**2 - 100**2) * 50)
    assert found["fill"] == pytest.approx((2 * (side**2 - 2 * side * 100) + side**2 - 4 * 140**2) * 50)
    assert found["film|fill"] == pytest.approx(4 * (4 * 140 * 50 + 2 * 40 * 140))


def test_squares_as_wide_as_the_lines_leave_cells_only() -> None:
    drawn = block(2, 2, patterned_width=100 * NM).mesh(**SIZES)
    assert "film" not in drawn.regions
    assert measures(drawn)["cell_0_1|fill"] == pytest.approx(4 * 100 * 50)


def test_no_facet_belongs_to_two_groups_and_the_mesh_conforms() -> None:
    mesh = block(2, 2, patterned_width=140 * NM).mesh(**SIZES).simplices()
    assert len(np.unique(np.sort(mesh.facets, axis=1), axis=0)) == len(mesh.facets)
    faces = np.sort(np.concatenate([mesh.cells[:, list(k)] for k in combinations(range(4), 3)]), axis=1)
    unique, count = np.unique(faces, axis=0, return_counts=True)
    assert count.max() == 2
    corner = mesh.points[unique[count == 1]] / NM
    surface = 0.5 * np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    assert surface.sum() == pytest.approx(2 * 2300**2 + 4 * 2300 * 550)


def test_no_dihedral_angle_is_obtuse() -> None:
    mesh = block(1, 1).mesh(**SIZES).simplices()
    corner = mesh.points[mesh.cells] / NM
    inverse = np.linalg.inv(corner[:, 1:] - corner[:, :1])
    gradients = np.concatenate((-inverse.sum(axis=2)[:, :, None], inverse), axis=2)
    products = np.einsum("mki,mkj->mij", gradients, gradients)
    scale = np.einsum("mii->mi", products).max(axis=1)[:, None, None]
    upper = np.triu_indices(4, 1)
    assert (products / scale)[:, upper[0], upper[1]].max() < 1e-9


def test_cells_are_fine_inside_the_block_and_grow_in_the_margin() -> None:
    points = block().mesh(size=25 * NM, coarse_size=250 * NM, film_size=5 * NM).simplices().points / NM
    x = np.unique(np.round(points[:, 0], 6))
    inside = np.diff(x[(x > -50.001) & (x < 450.001)])
    assert inside.max() <= 25.0 + 1e-5
    steps = np.diff(x)
    assert steps.max() > 100.0
    assert (np.maximum(steps[1:], steps[:-1]) / np.minimum(steps[1:], steps[:-1])).max() <= 1.5 + 1e-5
    z = np.unique(np.round(points[:, 2], 6))
    assert np.diff(z[(z > 349.999) & (z < 400.001)]) == pytest.approx(5.0, abs=1e-5)


def test_a_hundred_thousand_nodes_take_less_than_five_seconds() -> None:
    start = time.perf_counter()
    mesh = block().mesh(size=12.5 * NM, coarse_size=140 * NM).simplices()
    assert len(mesh.points) > 90_000
    assert time.perf_counter() - start < 5.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": 0}, "rows is 0: it must be a whole number"),
        ({"columns": 2.0}, "columns is 2.0: it must be a whole number"),
        ({"line_width": 200 * NM}, "line_width is .*: it must be below pitch"),
        ({"margin": 0.0}, "margin is 0.0"),
        ({"patterned_width": 50 * NM}, "line_width is .* must not exceed patterned_width"),
        ({"patterned_width": 250 * NM}, "patterned_width is .*: it must be below pitch"),
        ({"patterned_width": 190 * NM, "margin": 10 * NM}, "must end within margin"),
        ({"film": "fill"}, "region name 'fill' is used more than once"),
        ({"cap": "cell_0_0"}, "region name 'cell_0_0' is used more than once"),
        ({"film": "sink"}, "'sink' is reserved"),
    ],
)
def test_a_block_that_cannot_be_built_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        block(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": -1.0}, "size is -1.0"),
        ({"coarse_size": 10 * NM}, "size is .*: it must not exceed coarse_size"),
        ({"film_size": 90 * NM}, "film_size is .*: it must not exceed size"),
    ],
)
def test_sizes_that_contradict_each_other_are_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        block().mesh(**{**SIZES, **changes})


def test_the_section_of_the_film_has_lines_as_contacts_and_fill_where_it_is_patterned() -> None:
    sizes = {"size": 25 * NM, "interface_size": 10 * NM, "lateral_size": 50 * NM}
    found = measures(block(3, 1).film_section(**sizes))
    assert found["cell_1_0"] == pytest.approx(100 * 50)
    assert found["film"] == pytest.approx((2500 - 300) * 50)
    assert found["word_2"] == pytest.approx(100)
    assert found["bit_0"] == pytest.approx(2500)
    apart = block(3, 3, patterned_width=140 * NM).film_section(**sizes)
    found = measures(apart)
    assert set(apart.regions) == {"cell_0_1", "cell_1_1", "cell_2_1", "film", "fill"}
    assert found["film"] == pytest.approx(3 * 40 * 50)
    assert found["cell_1_1|film"] == pytest.approx(2 * 50)
    assert apart.cross_section == 100 * NM


def test_edges_of_lines_and_faces_of_the_film_are_as_fine_as_asked() -> None:
    def least(**more: float) -> tuple[float, float, int]:
        points = block().mesh(**SIZES, **more).simplices().points
        x, z = (np.unique(np.round(points[:, k] / NM, 6)) for k in (0, 2))
        return (
            float(np.diff(x)[np.isclose(x[:-1], 50)][0]),
            float(np.diff(z)[np.isclose(z[:-1], 350)][0]),
            len(points),
        )

    across, up, count = least(edge_size=5 * NM)
    assert across <= 5 + 1e-6 and up <= 5 + 1e-6
    coarse = least()
    assert coarse[0] > 20 and coarse[2] < count
    with pytest.raises(GeometryError, match="edge_size"):
        block().mesh(**SIZES, edge_size=60 * NM)
