"""A nanowire fills its pore exactly; a seed is full inside its cone, and random seeds can be drawn again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from fem import DeviceMesh
from geometries import (
    ConeTip,
    FilamentSeed,
    FilamentSeeds,
    GeometryError,
    Layer,
    Nanowire,
    TipElectrode,
    VerticalStack,
    random_seeds,
)

NM = 1e-9
STACK = VerticalStack(Layer("Au", 20 * NM), Layer("film", 200 * NM), Layer("Ag", 20 * NM))
SIZES = {"size": 20 * NM, "interface_size": 4 * NM}
CONE: dict[str, Any] = dict(
    film=(20 * NM, 60 * NM), bottom_radius=15 * NM, top_radius=7.5 * NM, inside=1e26, outside=1e23
)


def wire(**changes: Any) -> Nanowire:
    given = dict(
        diameter=10 * NM, width=40 * NM, lateral_size=5 * NM, edge_size=1 * NM, wire_layers=("film",)
    )
    return Nanowire(**(given | changes))


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_wire_has_the_volume_of_its_cylinder_and_the_matrix_the_rest(dimension: int) -> None:
    drawing = STACK.mesh(**SIZES, shape=wire(dimension=dimension))
    mesh = drawing.simplices()
    corner = mesh.points[mesh.cells] / NM
    content = np.abs(np.linalg.det(corner[:, 1:] - corner[:, :1])) / math.factorial(dimension)
    if dimension == 2:
        content *= 2 * math.pi * corner[:, :, 0].mean(axis=1)
    found = {n: content[mesh.cell_region == i].sum() for i, n in enumerate(drawing.regions)}
    area, pore = math.pi * 20**2 if dimension == 2 else 40.0**2, math.pi * 5**2
    expected = {"Au": area * 20, "film": pore * 200, "Al2O3": (area - pore) * 200, "Ag": area * 20}
    assert found == pytest.approx(expected, rel=1e-9)
    assert drawing.interfaces == ("Au|film", "Au|Al2O3", "film|Al2O3", "film|Ag", "Al2O3|Ag")
    assert drawing.contacts == ("bottom", "top")
    assert set(DeviceMesh.from_drawing(drawing).regions) == set(drawing.regions)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"diameter": -1.0}, r"diameter is -1.0"),
        ({"diameter": 38 * NM}, r"diameter is .*: it must not exceed 90 % of width"),
        ({"edge_size": 8 * NM, "lateral_size": 9 * NM}, r"edge_size is .* must not exceed half of diameter"),
        ({"dimension": 1}, r"dimension is 1: use 2"),
        ({"matrix": "film"}, r"matrix is 'film': that is a layer"),
        ({"wire_layers": ("oxide",)}, r"wire_layers names 'oxide'"),
        ({"matrix": "top"}, r"'top' is reserved"),
    ],
)
def test_a_wire_that_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        STACK.mesh(**SIZES, shape=wire(**changes))


def at(*points: tuple[float, float, float]) -> np.ndarray:
    return np.array(points).T * NM


def test_a_seed_is_full_inside_its_cone_and_empty_outside_and_half_full_on_its_surface() -> None:
    seed = FilamentSeed(**CONE, edge_width=2 * NM)
    inside, outside, surface = (10, 0, 21), (0, 17, 21), (0, 11.25, 40)
    found = seed.density(at(inside, outside, surface, (0, 0, 20), (0, 0, 60), (0, 0, 61)))
    assert found == pytest.approx([1e26, 1e23, 0.5 * (1e26 + 1e23), 1e26, 1e26, 1e23])


def test_a_section_of_a_seed_is_the_seed() -> None:
    seed = FilamentSeed(**CONE, edge_width=4 * NM)
    r, z = np.random.default_rng(1).uniform((0, 20 * NM), (20 * NM, 60 * NM), (500, 2)).T
    section = seed.density(np.array([r, z, 0 * r]), dimension=2)
    turned = seed.density(np.array([0.6 * r, 0.8 * r, z]))
    assert section == pytest.approx(turned)
    assert 0 < (section > 5e25).sum() < 500


def test_a_seed_asked_in_a_section_without_its_dimension_is_refused_and_not_left_out() -> None:
    seed = FilamentSeed(**CONE)
    section = at((0, 21, 0), (5, 40, 0))
    with pytest.raises(GeometryError, match="dimension=2"):
        seed.density(section)
    with pytest.raises(GeometryError, match="dimension=2"):
        FilamentSeeds((seed,)).density(section)
    assert seed.density(section, 2) == pytest.approx([1e26, 1e26])
    assert seed.density(section, 3) == pytest.approx([1e23, 1e23])
    assert seed.density(np.empty((3, 0))).shape == (0,)


@pytest.mark.parametrize(("start", "ends"), [("bottom", (20, 30)), ("top", (50, 60))])
def test_a_seed_grows_from_either_face_over_its_fraction(start: str, ends: tuple[float, float]) -> None:
    seed = FilamentSeed(**CONE, edge_width=1 * NM, fraction=0.25, start=start)
    assert seed.ends == pytest.approx((ends[0] * NM, ends[1] * NM))
    z = np.linspace(20, 60, 4001)
    full = seed.density(at(*((0.0, 0.0, h) for h in z))) > 5e25
    assert (z[full].min(), z[full].max()) == pytest.approx(ends, abs=0.02)


def test_the_density_integrates_to_the_volume_of_the_cone() -> None:
    seed = FilamentSeed(**CONE, edge_width=1 * NM, fraction=0.8)
    r, z = np.meshgrid((np.arange(400) + 0.5) / 20, 20 + (np.arange(800) + 0.5) / 20, indexing="ij")
    share = (seed.density(np.array([r.ravel(), z.ravel()]) * NM, dimension=2) - 1e23) / (1e26 - 1e23)
    volume = (share * 2 * math.pi * r.ravel()).sum() / 20**2
    assert volume == pytest.approx(seed.volume / NM**3, rel=0.01)


@pytest.mark.parametrize("edge", [0.0, 2 * NM])
@pytest.mark.parametrize("start", ["bottom", "top"])
def test_a_seed_is_as_long_on_any_mesh_with_a_node_at_its_end(start: str, edge: float) -> None:
    seed = FilamentSeed(**CONE, fraction=0.25, start=start, edge_width=edge)
    for cells in (20, 40, 160):
        z = np.linspace(20, 60, cells + 1)
        share = (seed.density(at(*((0.0, 0.0, h) for h in z))) - 1e23) / (1e26 - 1e23)
        assert np.trapezoid(share, z) == pytest.approx(10.0, rel=1e-9)


def test_random_seeds_are_the_same_for_the_same_number_and_lie_in_the_cell() -> None:
    seed = FilamentSeed(**CONE)
    drawn = random_seeds(seed, 5, width=300 * NM, generator=3, spread=0.2, spacing=40 * NM)
    assert drawn == random_seeds(seed, 5, width=300 * NM, generator=3, spread=0.2, spacing=40 * NM)
    assert drawn != random_seeds(seed, 5, width=300 * NM, generator=4, spread=0.2, spacing=40 * NM)
    places = np.array([s.centre for s in drawn.seeds])
    radii = np.array([s.bottom_radius for s in drawn.seeds])
    assert (np.hypot(*places.T) + radii <= 150 * NM).all()
    gaps = np.linalg.norm(places[:, None] - places, axis=2)[np.triu_indices(5, 1)]
    assert gaps.min() >= 40 * NM
    assert len(set(radii)) == 5
    own = np.array([[*s.centre, 40 * NM] for s in drawn.seeds]).T
    assert drawn.density(own) == pytest.approx(np.full(5, 1e26))


def test_where_seeds_overlap_the_fuller_one_counts() -> None:
    pair = FilamentSeeds((FilamentSeed(**CONE), FilamentSeed(**(CONE | {"inside": 5e25}))))
    assert pair.density(at((0, 0, 30), (40, 0, 30))) == pytest.approx([1e26, 1e23])


def test_a_mesh_can_be_refined_where_a_seed_is() -> None:
    seed = FilamentSeed(**(CONE | {"film": (90 * NM, 120 * NM), "bottom_radius": 4 * NM}))
    shape = TipElectrode(
        stack=VerticalStack(Layer("Au", 20 * NM), Layer("film", 100 * NM)),
        electrode="Au",
        film="film",
        tip=ConeTip(apex_radius=5 * NM, half_angle=0.3, height=70 * NM),
        width=120 * NM,
    )
    plain = {"size": 10 * NM, "apex_size": 2 * NM}
    coarse, fine = (
        shape.mesh(**plain, refine=boxes).simplices() for boxes in ((), (seed.box(1 * NM, dimension=2),))
    )
    assert (seed.density(fine.points.T, dimension=2) > 5e25).sum() > 3 * (
        seed.density(coarse.points.T, dimension=2) > 5e25
    ).sum()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FilamentSeed(**(CONE | {"fraction": 1.5})), r"fraction is 1.5: it must lie in \(0, 1\]"),
        (lambda: FilamentSeed(**(CONE | {"start": "left"})), r"start is 'left'"),
        (lambda: FilamentSeed(**(CONE | {"film": (2.0, 1.0)})), r"film is \(2.0, 1.0\)"),
        (lambda: FilamentSeed(**(CONE | {"inside": -1.0})), r"inside is -1.0"),
        (lambda: FilamentSeed(**(CONE | {"bottom_radius": 0, "top_radius": 0})), r"larger radius of the seed is 0"),
        (lambda: FilamentSeed(**CONE).density(np.zeros(3)), r"positions of shape \(3,\) in dimension 3"),
        (lambda: FilamentSeeds(()), r"0 seeds: give at least one"),
        (lambda: random_seeds(FilamentSeed(**CONE), 0, width=1e-6, generator=1), r"count is 0"),
        (lambda: random_seeds(FilamentSeed(**CONE), 2, width=2e-8, generator=1), r"largest diameter of a seed"),
        (
            lambda: random_seeds(FilamentSeed(**CONE), 9, width=1e-7, generator=1, spacing=5e-8),
            r"count is 9: so many seeds do not find a place",
        ),
    ],
)  # fmt: skip
def test_seeds_that_make_no_sense_are_refused(make: Any, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        make()
