"""A tip electrode has the volumes of cone, cap, hyperboloid and pyramid, and cells as small as asked."""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import DeviceMesh
from geometries import (
    ConeTip,
    Drawing,
    FineBox,
    GeometryError,
    HyperboloidTip,
    Layer,
    PyramidTip,
    TipElectrode,
    VerticalStack,
)
from geometries.meshing.extrusion import SimplexMesh

Floats = npt.NDArray[np.float64]
NM = 1e-9
STACK = VerticalStack(Layer("Au", 20 * NM), Layer("film", 100 * NM), Layer("Ag", 20 * NM))
FILM = VerticalStack(Layer("film", 100 * NM))
CONE = ConeTip(apex_radius=5 * NM, half_angle=math.radians(20), height=70 * NM)
HYPERBOLOID = HyperboloidTip(apex_radius=5 * NM, height=80 * NM)
PYRAMID = PyramidTip(apex_width=6 * NM, half_angle=math.radians(20), height=70 * NM)
SIZES = {"size": 12 * NM, "apex_size": 1.5 * NM}


def device(**changes: Any) -> TipElectrode:
    given = {"stack": STACK, "electrode": "Au", "film": "film", "tip": CONE, "width": 200 * NM} | changes
    return TipElectrode(**given)


CASES: dict[str, tuple[TipElectrode, int]] = {
    "cone": (device(), 2),
    "cone from the top": (device(electrode="Ag"), 2),
    "empty cone": (device(stack=FILM, electrode="bottom"), 2),
    "hyperboloid": (device(tip=HYPERBOLOID), 2),
    "planar": (device().planar(), 2),
    "cone 3D": (device(width=120 * NM), 3),
    "empty cone 3D": (device(stack=FILM, electrode="top", width=120 * NM), 3),
    "cone in a square": (device(square=True, electrode="Ag", width=120 * NM), 3),
    "pyramid": (device(tip=PYRAMID, square=True, width=120 * NM), 3),
    "empty pyramid": (device(stack=FILM, electrode="bottom", tip=PYRAMID, square=True, width=120 * NM), 3),
    "planar 3D": (device(square=True, width=120 * NM).planar(), 3),
}


@cache
def drawn(name: str) -> tuple[TipElectrode, Drawing, SimplexMesh]:
    shape, dimension = CASES[name]
    drawing = shape.mesh(**SIZES, dimension=dimension)
    return shape, drawing, drawing.simplices()


def contents(points: Floats, simplices: npt.NDArray[np.int64]) -> Floats:
    """Return lengths, areas or volumes [nm^k]."""
    edges = (points[simplices[:, 1:]] - points[simplices[:, :1]]) / NM
    gram = np.einsum("mik,mjk->mij", edges, edges)
    return np.asarray(np.sqrt(np.abs(np.linalg.det(gram))) / math.factorial(edges.shape[1]))


def turned(points: Floats, simplices: npt.NDArray[np.int64]) -> Floats:
    """Return the volumes or areas of a section turned about the axis, or those of the cells themselves."""
    found = contents(points, simplices)
    if points.shape[1] == 3:
        return found
    return np.asarray(2 * math.pi * found * points[simplices, 0].mean(axis=1) / NM)


def regions(drawing: Drawing, mesh: SimplexMesh) -> dict[str, float]:
    volume = turned(mesh.points, mesh.cells)
    return {name: float(volume[mesh.cell_region == i].sum()) for i, name in enumerate(drawing.regions)}


def groups(drawing: Drawing, mesh: SimplexMesh) -> dict[str, float]:
    area = turned(mesh.points, mesh.facets)
    names = (*drawing.contacts, *drawing.interfaces)
    return {name: float(area[mesh.facet_group == i].sum()) for i, name in enumerate(names)}


def cone_volume() -> float:
    """Return the volume of the frustum and the spherical cap [nm^3]."""
    angle, radius = math.radians(20), 5.0
    top = radius * math.cos(angle)
    cap = radius * (1 - math.sin(angle))
    height = 70.0 - cap
    base = top + height * math.tan(angle)
    frustum = math.pi * height / 3 * (base**2 + base * top + top**2)
    return frustum + math.pi * cap**2 * (3 * radius - cap) / 3


def cone_side() -> tuple[float, float]:
    """Return the area of the cone and the cap, and that of the base [nm^2]."""
    angle, radius = math.radians(20), 5.0
    cap = radius * (1 - math.sin(angle))
    top, height = radius * math.cos(angle), 70.0 - cap
    base = top + height * math.tan(angle)
    return math.pi * (base + top) * height / math.cos(angle) + 2 * math.pi * radius * cap, math.pi * base**2


def hyperboloid_volume() -> float:
    """Return the integral of pi R d ((z/d)^2 - 1) from the apex, z = d, to the base, z = D [nm^3]."""
    radius, gap, film = 5.0, 20.0, 100.0
    return math.pi * radius * gap * ((film**3 - gap**3) / (3 * gap**2) - (film - gap))


def pyramid_volume() -> float:
    """Return the volume of the blunt pyramid [nm^3]."""
    top, base = 6.0, 6.0 + 2 * 70.0 * math.tan(math.radians(20))
    return 70.0 / 3 * (base**2 + base * top + top**2)


def tip_volume(shape: TipElectrode) -> float:
    found = {ConeTip: cone_volume, HyperboloidTip: hyperboloid_volume, PyramidTip: pyramid_volume}
    return 0.0 if shape.tip is None else found[type(shape.tip)]()


@pytest.mark.parametrize("name", CASES)
def test_regions_have_the_volumes_of_layers_and_tip(name: str) -> None:
    shape, drawing, mesh = drawn(name)
    area = shape.area / NM**2
    expected = {layer.name: area * layer.thickness / NM for layer in shape.stack.layers}
    expected["film"] -= tip_volume(shape)
    if shape.electrode in expected:
        expected[shape.electrode] += tip_volume(shape)
    # facets of curved surfaces are chords: a section errs by those of the cap, a round volume by the rim's
    assert regions(drawing, mesh) == pytest.approx(expected, rel=3e-4 if mesh.points.shape[1] == 2 else 0.01)
    if shape.square:
        assert sum(regions(drawing, mesh).values()) + (
            0.0 if shape.electrode in expected else tip_volume(shape)
        ) == pytest.approx(area * shape.stack.thickness / NM, rel=1e-9 if shape.tip != CONE else 1e-3)


@pytest.mark.parametrize("name", CASES)
def test_contacts_are_complete_and_do_not_touch(name: str) -> None:
    shape, drawing, mesh = drawn(name)
    found = groups(drawing, mesh)
    area, side, base = shape.area / NM**2, *cone_side()
    tipped = {"Au": "Au|film", "Ag": "film|Ag"}.get(shape.electrode, shape.electrode)
    expected = dict.fromkeys(found, area)
    if shape.tip == CONE:
        expected[tipped] += side - base
    elif shape.tip == PYRAMID:
        top, bottom = 6.0, 6.0 + 2 * 70.0 * math.tan(math.radians(20))
        expected[tipped] += 2 * (bottom + top) * 70.0 / math.cos(math.radians(20)) + top**2 - bottom**2
    elif shape.tip == HYPERBOLOID:
        del expected[tipped], found[tipped]
    assert found == pytest.approx(expected, rel=0.005)
    nodes = [set(mesh.facets[mesh.facet_group == i].ravel().tolist()) for i in range(len(drawing.contacts))]
    assert nodes[0] and nodes[1] and not nodes[0] & nodes[1]
    assert len(np.unique(np.sort(mesh.facets, axis=1), axis=0)) == len(mesh.facets)


@pytest.mark.parametrize("name", CASES)
def test_regions_contacts_and_interfaces_are_named_as_in_a_stack(name: str) -> None:
    shape, drawing, mesh = drawn(name)
    line = shape.stack.mesh(size=10 * NM, interface_size=1 * NM)
    assert (drawing.regions, drawing.contacts) == (line.regions, line.contacts)
    assert drawing.interfaces == line.interfaces
    assert drawing.dimension == mesh.points.shape[1]
    assert drawing.coordinates == ("axisymmetric" if drawing.dimension == 2 else "cartesian")


def cell_sizes(mesh: SimplexMesh) -> Floats:
    """Return the edge [nm] of the regular simplex of each cell's content."""
    dimension = mesh.points.shape[1]
    unit = {2: 4 / math.sqrt(3), 3: 6 * math.sqrt(2)}[dimension]
    return np.asarray((unit * contents(mesh.points, mesh.cells)) ** (1 / dimension))


def quality(mesh: SimplexMesh) -> Floats:
    """Return the content over the sum of squared edges, 1 for a regular simplex."""
    corner, dimension = mesh.points[mesh.cells] / NM, mesh.points.shape[1]
    pairs = combinations(range(dimension + 1), 2)
    squares = sum(((corner[:, i] - corner[:, j]) ** 2).sum(axis=1) for i, j in pairs)
    volume = contents(mesh.points, mesh.cells)
    shape = 4 * math.sqrt(3) * volume if dimension == 2 else 12 * (3 * volume) ** (2 / 3)
    return np.asarray(shape / squares)


@pytest.mark.parametrize("name", CASES)
def test_cells_are_small_at_the_apex_grow_slowly_and_are_well_shaped(name: str) -> None:
    shape, drawing, mesh = drawn(name)
    size = cell_sizes(mesh)
    if shape.tip is not None:
        apex = np.zeros(mesh.points.shape[1])
        apex[-1] = shape.apex
        distance = np.linalg.norm(mesh.points - apex, axis=1)
        assert distance.min() < (0.5 if shape.tip == PYRAMID else 1e-6) * NM, "a node sits at the apex"
        assert size[(mesh.cells == distance.argmin()).any(axis=1)].max() <= 1.5
    sizes = drawing.extrusion.sizes  # type: ignore[attr-defined]
    wanted = np.array([sizes((*point, 0.0)[:3]) for point in mesh.points[mesh.cells].mean(axis=1)])
    assert (size * NM / wanted).max() < 1.5
    assert (size * NM / wanted).mean() < 1.0
    assert quality(mesh).min() > (0.6 if mesh.points.shape[1] == 2 else 0.3)
    width = mesh.cells.shape[1]
    faces = np.sort(np.concatenate([np.delete(mesh.cells, k, axis=1) for k in range(width)]), axis=1)
    own = np.tile(size, width)
    order = np.lexsort(faces.T)
    same = (faces[order][1:] == faces[order][:-1]).all(axis=1)
    ratio = own[order][1:][same] / own[order][:-1][same]
    assert np.maximum(ratio, 1 / ratio).max() < 2.5
    assert np.quantile(np.maximum(ratio, 1 / ratio), 0.95) < 1.5


def test_cells_at_the_faces_of_the_film_and_in_thin_layers_are_as_small_as_asked() -> None:
    stack = VerticalStack(
        Layer("Au", 20 * NM), Layer("film", 60 * NM), Layer("gap", 4 * NM), Layer("Ag", 9 * NM)
    )
    tip = ConeTip(apex_radius=5 * NM, half_angle=0.3, height=30 * NM)
    shape = device(stack=stack, tip=tip, width=120 * NM)
    mesh = shape.mesh(size=8 * NM, apex_size=1 * NM, interface_size=1.5 * NM).simplices()
    size, height = cell_sizes(mesh), mesh.points[mesh.cells][:, :, 1] / NM
    along = mesh.facet_group == 3  # film|gap
    assert contents(mesh.points, mesh.facets[along]).max() <= 1.5 * 1.05
    assert size[(height > 80 - 1e-6).all(axis=1) & (height < 84 + 1e-6).all(axis=1)].max() <= 2 * 1.3
    assert size.max() > 4.0


def test_a_fine_box_makes_cells_small_where_it_is() -> None:
    box = FineBox(lower=(60 * NM, 40 * NM), upper=(80 * NM, 60 * NM), size=1 * NM)
    mesh = device().mesh(**SIZES, refine=[box]).simplices()
    middle = mesh.points[mesh.cells].mean(axis=1)
    inside = ((middle > box.lower) & (middle < box.upper)).all(axis=1)
    assert cell_sizes(mesh)[inside].max() < 1.4


@pytest.mark.parametrize("name", ["cone", "empty cone", "cone 3D", "pyramid"])
def test_a_device_mesh_has_the_same_nodes_names_and_positive_cells(name: str) -> None:
    _, drawing, mesh = drawn(name)
    found = DeviceMesh.from_drawing(drawing)
    assert found.num_nodes == len(mesh.points)
    assert set(found.regions) == set(drawing.regions)
    assert set(found.interfaces) == set(drawing.interfaces)
    for contact in drawing.contacts:
        assert len(found.facets(contact)) == (mesh.facet_group == drawing.contacts.index(contact)).sum()


def test_drawing_the_same_shape_twice_gives_the_same_mesh() -> None:
    one, other = (device().mesh(**SIZES) for _ in range(2))
    assert one == other
    assert np.array_equal(one.simplices().points, other.simplices().points)
    assert one.description["tip"] == {
        "kind": "ConeTip",
        "apex_radius": 5 * NM,
        "half_angle": math.radians(20),
        "height": 70 * NM,
    }


def test_the_planar_control_has_the_same_cell_and_no_tip() -> None:
    shape = device()
    assert shape.planar().tip is None
    assert shape.planar().area == shape.area == pytest.approx(math.pi * (100 * NM) ** 2)
    assert (shape.apex, shape.planar().apex) == (pytest.approx(90 * NM), pytest.approx(20 * NM))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: device(film="oxide"), r"film is 'oxide': the layers of this stack are Au, film, Ag"),
        (lambda: device(electrode="bottom"), r"electrode is 'bottom': beside the film 'film' are 'Au' and 'Ag'"),
        (lambda: device(width=0.0), r"width is 0.0"),
        (lambda: device(width=40 * NM), r"twice the base of the tip is .*: it must not exceed 99 % of width"),
        (lambda: device(tip="cone"), r"tip is 'cone': use ConeTip"),
        (lambda: device(tip=PyramidTip(apex_width=6 * NM, half_angle=0.1, height=1e-7)), r"height of the tip is 1e-07"),
        (lambda: ConeTip(apex_radius=5 * NM, half_angle=20, height=70 * NM), r"half_angle is 20: .* in radian"),
        (lambda: ConeTip(apex_radius=50 * NM, half_angle=0.1, height=20 * NM), r"apex_radius is 5.* below 2.22"),
        (lambda: PyramidTip(apex_width=-1.0, half_angle=0.1, height=20 * NM), r"apex_width is -1.0"),
        (lambda: HyperboloidTip(apex_radius=0.0, height=20 * NM), r"apex_radius is 0.0"),
        (lambda: device().mesh(size=10 * NM, apex_size=6 * NM), r"apex_size is .* must not exceed apex_radius"),
        (lambda: device().mesh(size=1 * NM, apex_size=2 * NM), r"apex_size is .* must not exceed size"),
        (lambda: device().mesh(**SIZES, interface_size=1e-7), r"interface_size is 1e-07"),
        (lambda: device().mesh(**SIZES, growth=1.0), r"growth is 1.0"),
        (lambda: device().mesh(size=1e-12, apex_size=1e-12), r"size has cells of .* unit"),
        (lambda: device(width=9e-6).mesh(**SIZES, dimension=3), r"layer 'Au' has cells of 1e-08 m over .* larger size"),
        (lambda: device().mesh(**SIZES, interface_size=1e-10, dimension=3), r"interface_size has cells of 1e-10 m"),
        (lambda: device().mesh(**SIZES, dimension=1), r"dimension is 1: .* in 2 or 3 dimensions"),
        (lambda: device(tip=PYRAMID).mesh(**SIZES, dimension=2), r"dimension is 2: a round cell with a PyramidTip"),
        (
            lambda: device().mesh(**SIZES, refine=[FineBox(lower=(0, 0, 0), upper=(1, 1, 1), size=1e-9)]),
            r"refine has a box from \(0, 0, 0\): it needs 2 coordinates",
        ),
        (lambda: FineBox(lower=(1, 0), upper=(0, 1), size=1e-9), r"lower must not exceed upper"),
    ],
)  # fmt: skip
def test_a_tip_that_cannot_be_drawn_is_refused(make: Any, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        make()
