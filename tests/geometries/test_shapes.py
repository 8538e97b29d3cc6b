"""Every shape has the regions, contacts and interfaces it promises, with the sizes worked out by hand."""

from __future__ import annotations

import math
from itertools import combinations

import meshio
import numpy as np
import pytest

from geometries import (
    Axisymmetric,
    CrossPoint,
    Dot,
    Drawing,
    GeometryError,
    Layer,
    Planar,
    VerticalStack,
    Via,
)

NM = 1e-9
STACK = VerticalStack(Layer("ITO", 100 * NM), Layer("film", 400 * NM), Layer("Ag", 80 * NM))
SIZES = {"size": 80 * NM, "interface_size": 10 * NM}
SHAPES = {
    "line": None,
    "planar": Planar(
        width=1000 * NM, depth=1e-6, electrode_width=400 * NM, lateral_size=100 * NM, edge_size=10 * NM
    ),
    "axisymmetric": Axisymmetric(radius=500 * NM, electrode_radius=200 * NM, lateral_size=100 * NM),
    "via": Via(radius=200 * NM, wall_thickness=300 * NM, lateral_size=50 * NM, edge_size=5 * NM),
    "dot": Dot(side=1000 * NM, dot_radius=200 * NM, lateral_size=150 * NM, edge_size=80 * NM),
    "cross-point": CrossPoint(line_width=200 * NM, side=600 * NM, lateral_size=100 * NM, fill="SiO2"),
}
DISC = math.pi * 200**2
SLAB = {"ITO": 100.0, "film": 400.0, "Ag": 80.0}
VOLUMES = {
    "line": SLAB,
    "planar": {"ITO": 1000 * 100, "film": 1000 * 400, "Ag": 400 * 80},
    "axisymmetric": {"ITO": 500 * 100, "film": 500 * 400, "Ag": 200 * 80},
    "via": {"ITO": 500 * 100, "film": 200 * 400, "SiO2": 300 * 400, "Ag": 500 * 80},
    "dot": {"ITO": 1e6 * 100, "film": 1e6 * 400, "Ag": DISC * 80},
    "cross-point": {
        "ITO": 200 * 600 * 100,
        "film": 600 * 600 * 400,
        "Ag": 200 * 600 * 80,
        "SiO2": 400 * 600 * 180,
    },
}
FACES = {
    "line": {"bottom": 1, "top": 1, "ITO|film": 1, "film|Ag": 1},
    "planar": {"bottom": 1000, "top": 400, "ITO|film": 1000, "film|Ag": 400},
    "axisymmetric": {"bottom": 500, "top": 200, "ITO|film": 500, "film|Ag": 200},
    "via": {
        "bottom": 500,
        "top": 500,
        "ITO|film": 200,
        "ITO|SiO2": 300,
        "film|SiO2": 400,
        "film|Ag": 200,
        "SiO2|Ag": 300,
    },
    "dot": {"bottom": 1e6, "top": DISC, "ITO|film": 1e6, "film|Ag": DISC},
    "cross-point": {
        "bottom": 200 * 600,
        "top": 200 * 600,
        "ITO|film": 200 * 600,
        "film|Ag": 200 * 600,
        "ITO|SiO2": 2 * 600 * 100,
        "film|SiO2": 2 * 400 * 600,
        "Ag|SiO2": 2 * 600 * 80,
    },
}


def drawing(kind: str) -> Drawing:
    return STACK.mesh(**SIZES, shape=SHAPES[kind])


def content(points: np.ndarray, simplices: np.ndarray) -> np.ndarray:
    """Return length, area or volume of each simplex."""
    edges = points[simplices[:, 1:]] - points[simplices[:, :1]]
    gram = np.einsum("mik,mjk->mij", edges, edges)
    return np.sqrt(np.abs(np.linalg.det(gram))) / math.factorial(edges.shape[1])


def measures(mesh: meshio.Mesh, names: tuple[str, ...], block: int) -> dict[str, float]:
    """Return the total content of each named set."""
    sizes = content(mesh.points / NM, mesh.cells[block].data)
    return {name: float(sizes[mesh.cell_sets[name][block]].sum()) for name in names}


@pytest.mark.parametrize("kind", SHAPES)
def test_region_volumes_equal_the_analytic_ones(kind: str) -> None:
    drawn = drawing(kind)
    assert measures(drawn.to_meshio(), drawn.regions, 0) == pytest.approx(VOLUMES[kind], rel=1e-10)


@pytest.mark.parametrize("kind", SHAPES)
def test_contacts_and_interfaces_have_the_analytic_areas_and_no_others_exist(kind: str) -> None:
    drawn = drawing(kind)
    names = (*drawn.contacts, *drawn.interfaces)
    assert measures(drawn.to_meshio(), names, 1) == pytest.approx(FACES[kind], rel=1e-10)


@pytest.mark.parametrize("kind", SHAPES)
def test_no_facet_belongs_to_two_groups_and_every_facet_is_a_face_of_a_cell(kind: str) -> None:
    drawn = drawing(kind)
    mesh = drawn.simplices()
    facets = {tuple(sorted(nodes)) for nodes in mesh.facets.tolist()}
    assert len(facets) == len(mesh.facets)
    faces = {
        tuple(sorted(face)) for cell in mesh.cells.tolist() for face in combinations(cell, drawn.dimension)
    }
    assert facets <= faces


@pytest.mark.parametrize("kind", SHAPES)
def test_every_mesh_conforms_and_wastes_no_node(kind: str) -> None:
    drawn = drawing(kind)
    mesh = drawn.simplices()
    width = drawn.dimension + 1
    faces = np.concatenate([mesh.cells[:, list(keep)] for keep in combinations(range(width), width - 1)])
    _, count = np.unique(np.sort(faces, axis=1), axis=0, return_counts=True)
    assert count.max() <= 2
    assert np.array_equal(np.unique(mesh.cells), np.arange(len(mesh.points)))
    edges = mesh.points[mesh.cells[:, 1:]] - mesh.points[mesh.cells[:, :1]]
    assert (np.linalg.det(edges) > 0).all()


def test_hanging_faces_are_absent_since_the_outer_surface_of_a_cross_point_has_the_area_of_its_box() -> None:
    mesh = drawing("cross-point").simplices()
    faces = np.sort(np.concatenate([mesh.cells[:, list(k)] for k in combinations(range(4), 3)]), axis=1)
    unique, count = np.unique(faces, axis=0, return_counts=True)
    surface = content(mesh.points / NM, unique[count == 1]).sum()
    assert surface == pytest.approx(2 * 600 * 600 + 4 * 600 * 580, rel=1e-10)


@pytest.mark.parametrize("kind", SHAPES)
def test_node_spacing_next_to_every_layer_face_equals_interface_size(kind: str) -> None:
    levels = np.unique(np.round(drawing(kind).simplices().points[:, -1] / NM, 6))
    for face in (0.0, 100.0, 500.0, 580.0):
        place = int(np.argmin(np.abs(levels - face)))
        near = np.abs(np.diff(levels[max(0, place - 1) : place + 2]))
        assert near == pytest.approx(10.0, abs=1e-5)


def test_lateral_spacing_next_to_the_wall_of_a_via_equals_edge_size() -> None:
    radii = np.unique(np.round(drawing("via").simplices().points[:, 0] / NM, 6))
    place = int(np.argmin(np.abs(radii - 200.0)))
    assert np.diff(radii[place - 1 : place + 2]) == pytest.approx(5.0, abs=1e-5)
    assert np.diff(radii).max() <= 50.0 * (1 + 1e-6)


@pytest.mark.parametrize(
    "shape",
    [
        Via(radius=125 * NM, wall_thickness=100 * NM, lateral_size=25 * NM, axis_size=2.5 * NM),
        Axisymmetric(radius=225 * NM, electrode_radius=125 * NM, lateral_size=25 * NM, axis_size=2.5 * NM),
    ],
    ids=["via", "axisymmetric"],
)
def test_a_round_cell_has_cells_of_axis_size_at_its_axis_that_grow_from_there(
    shape: Via | Axisymmetric,
) -> None:
    points = STACK.mesh(**SIZES, shape=shape).simplices().points[:, 0]
    r = np.unique(np.round(points / NM, 6))
    steps = np.diff(r)
    assert steps[0] == pytest.approx(2.5, rel=0.05)
    assert {125.0, 225.0} <= set(r.tolist())
    assert np.all(steps[1:] <= 1.31 * steps[:-1])
    assert r.size < 30


FINE: dict[str, float] = {"lateral_size": 25 * NM, "axis_size": 2.5 * NM, "fine_radius": 40 * NM}


@pytest.mark.parametrize(
    "shape",
    [
        Via(radius=125 * NM, wall_thickness=100 * NM, **FINE),  # type: ignore[arg-type]
        Axisymmetric(radius=225 * NM, electrode_radius=125 * NM, **FINE),  # type: ignore[arg-type]
    ],
    ids=["via", "axisymmetric"],
)
def test_within_fine_radius_all_cells_are_those_at_the_axis_and_grow_from_there(
    shape: Via | Axisymmetric,
) -> None:
    r = np.unique(np.round(STACK.mesh(**SIZES, shape=shape).simplices().points[:, 0] / NM, 6))
    inside = np.diff(r[r <= 40.0])
    assert inside == pytest.approx(2.5, rel=1e-5) and inside.size == 16
    assert {40.0, 125.0, 225.0} <= set(r.tolist())
    assert np.all(np.diff(r)[inside.size :] <= 1.31 * np.diff(r)[inside.size - 1 : -1])


@pytest.mark.parametrize("more", [{}, {"axis_size": 1e-9, "electrode_radius": 4e-8}])
def test_a_fine_radius_without_its_cells_or_beyond_the_electrode_is_refused(more: dict[str, float]) -> None:
    with pytest.raises(GeometryError, match="fine_radius"):
        Axisymmetric(radius=1e-7, lateral_size=1e-8, fine_radius=4e-8, **more)


@pytest.mark.parametrize("more", [{}, {"axis_size": 1e-9, "fine_radius": 2e-7}])
def test_a_fine_radius_of_a_via_without_its_cells_or_beyond_the_hole_is_refused(
    more: dict[str, float],
) -> None:
    sizes = {"radius": 1e-7, "wall_thickness": 3e-7, "lateral_size": 1e-8, "fine_radius": 4e-8}
    with pytest.raises(GeometryError, match="fine_radius"):
        Via(**{**sizes, **more})  # type: ignore[arg-type]


def test_coordinates_and_cross_sections_say_how_a_current_density_becomes_a_current() -> None:
    assert STACK.mesh(**SIZES).cross_section is None
    assert STACK.mesh(**SIZES, area=1e-12).cross_section == 1e-12
    assert drawing("planar").cross_section == 1e-6
    assert STACK.mesh(**SIZES, shape=Planar(width=1e-6, lateral_size=1e-7)).cross_section is None
    assert {drawing(kind).cross_section for kind in ("axisymmetric", "via", "dot", "cross-point")} == {1.0}
    assert [kind for kind in SHAPES if drawing(kind).coordinates == "axisymmetric"] == ["axisymmetric", "via"]
    assert [drawing(kind).dimension for kind in SHAPES] == [1, 2, 2, 2, 3, 3]


def test_an_unfilled_cross_point_has_empty_space_beside_its_bars() -> None:
    shape = CrossPoint(line_width=200 * NM, side=600 * NM, lateral_size=100 * NM)
    drawn = STACK.mesh(**SIZES, shape=shape)
    assert drawn.regions == ("ITO", "film", "Ag")
    assert drawn.interfaces == ("ITO|film", "film|Ag")
    wanted = {name: VOLUMES["cross-point"][name] for name in drawn.regions}
    assert measures(drawn.to_meshio(), drawn.regions, 0) == pytest.approx(wanted, rel=1e-10)


def test_electrodes_of_two_layers_end_together() -> None:
    stack = VerticalStack(*STACK.layers, Layer("Au", 20 * NM))
    shape = Axisymmetric(
        radius=500 * NM, electrode_radius=200 * NM, electrode_layers=("Ag", "Au"), lateral_size=100 * NM
    )
    drawn = stack.mesh(**SIZES, shape=shape)
    assert measures(drawn.to_meshio(), ("Ag", "Au"), 0) == pytest.approx({"Ag": 16000, "Au": 4000})
    assert measures(drawn.to_meshio(), ("top", "Ag|Au"), 1) == pytest.approx({"top": 200, "Ag|Au": 200})


def test_an_electrode_as_wide_as_the_stack_covers_it() -> None:
    wide = Planar(width=1e-6, electrode_width=1e-6, lateral_size=1e-7)
    plain = Planar(width=1e-6, lateral_size=1e-7)
    one, other = (STACK.mesh(**SIZES, shape=shape).simplices() for shape in (wide, plain))
    assert np.array_equal(one.points, other.points)
    assert np.array_equal(one.cells, other.cells)


@pytest.mark.parametrize("as_mapping", [False, True])
def test_a_line_has_exactly_the_nodes_that_were_given(as_mapping: bool) -> None:
    stack = VerticalStack(Layer("ITO", 10 * NM), Layer("film", 30 * NM))
    nodes = np.array([0.0, 4.0, 10.0, 11.0, 25.0, 40.0]) * NM
    given = {"ITO": nodes[:3], "film": nodes[2:] - 10 * NM} if as_mapping else nodes
    drawn = stack.line(given, area=2e-12)
    assert drawn.simplices().points[:, 0] == pytest.approx(nodes, rel=1e-12)
    assert drawn.interfaces == ("ITO|film",)
    assert drawn.cross_section == 2e-12


def test_a_layer_may_have_sizes_of_its_own() -> None:
    stack = VerticalStack(
        Layer("ITO", 100 * NM), Layer("film", 400 * NM, size=20 * NM, interface_size=1 * NM)
    )
    nodes = stack.mesh(**SIZES).simplices().points[:, 0] / NM
    film = np.diff(nodes[nodes > 99.999])
    assert film.max() <= 20.0 * (1 + 1e-9)
    assert film[[0, -1]] == pytest.approx(1.0)
    assert np.diff(nodes)[0] == pytest.approx(10.0)
