"""What is no length, count or choice is refused in words before anything is drawn, and no mesh takes for ever."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometries import (
    Axisymmetric,
    ConeTip,
    CrossbarBlock,
    CrossPoint,
    Dot,
    FilamentSeed,
    FineBox,
    FloatingIslands,
    GeometryError,
    Layer,
    Planar,
    TipElectrode,
    VerticalStack,
    Via,
    random_seeds,
)

NM = 1e-9
STACK = VerticalStack(Layer("ITO", 100 * NM), Layer("film", 400 * NM), Layer("Ag", 80 * NM))
SEED: dict[str, Any] = {
    "film": (0.0, 4e-7),
    "bottom_radius": 1e-8,
    "top_radius": 5e-9,
    "inside": 1e27,
    "outside": 1e24,
}
BLOCK: dict[str, Any] = {
    "pitch": 4e-7,
    "line_width": 2e-7,
    "line_thickness": 5e-8,
    "film_thickness": 5e-8,
    "substrate_thickness": 2e-7,
    "cap_thickness": 1e-7,
    "margin": 2e-7,
}
SHAPES: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
    "Layer": (lambda **k: Layer("film", **k), {"thickness": 1e-7, "size": 5e-8, "interface_size": 5e-8}),
    "Planar": (Planar, {"width": 1e-6, "lateral_size": 2e-7, "depth": 1e-6, "electrode_width": 5e-7}),
    "Axisymmetric": (
        Axisymmetric,
        {"radius": 1e-6, "lateral_size": 2e-7, "axis_size": 1e-7, "fine_radius": 3e-7},
    ),
    "Via": (
        Via,
        {
            "radius": 1e-7,
            "wall_thickness": 1e-7,
            "lateral_size": 5e-8,
            "axis_size": 1e-8,
            "fine_radius": 4e-8,
        },
    ),
    "Dot": (Dot, {"side": 1e-6, "dot_radius": 3e-7, "lateral_size": 2e-7}),
    "CrossPoint": (CrossPoint, {"line_width": 3e-7, "side": 1e-6, "lateral_size": 2e-7}),
    "ConeTip": (ConeTip, {"apex_radius": 5e-9, "half_angle": 0.5, "height": 5e-8}),
    "FilamentSeed": (FilamentSeed, SEED),
    "FineBox": (FineBox, {"lower": (0.0, 0.0), "upper": (1e-7, 1e-7), "size": 1e-9, "margin": 1e-8}),
    "islands": (
        lambda **k: FloatingIslands(layer="a", fill="b", **k),
        {"length": 1e-8, "pitch": 3e-8, "count": 3},
    ),
    "CrossbarBlock": (lambda **k: CrossbarBlock(2, 2, **k), BLOCK),
    "mesh": (STACK.mesh, {"size": 1e-7, "interface_size": 5e-8, "area": 1e-12, "growth": 1.3}),
}
ARGUMENTS = [(shape, name) for shape, (_, given_as) in SHAPES.items() for name in given_as]
NO_NUMBERS = st.sampled_from(
    [
        "100 nm",
        "1",
        b"1",
        True,
        1e-8 + 1j,
        math.nan,
        -1e-8,
        1e300,
        [1e-8],
        {},
        object(),
        np.array([1e-8, 2e-8]),
    ]
)


@given(argument=st.sampled_from(ARGUMENTS), value=NO_NUMBERS)
@settings(max_examples=200, deadline=None)
def test_what_is_no_number_of_a_shape_is_refused_in_words(argument: tuple[str, str], value: object) -> None:
    make, given_as = SHAPES[argument[0]]
    with pytest.raises(GeometryError, match=r"must|give"):
        make(**{**given_as, argument[1]: value})


@pytest.mark.parametrize("length", [100, 400.0, 1e-15])
def test_a_length_that_no_device_has_is_refused(length: float) -> None:
    with pytest.raises(GeometryError, match=r"thickness of layer 'film' is .*: it must lie between"):
        Layer("film", length)


def test_a_number_of_nanometres_is_answered_with_its_unit() -> None:
    with pytest.raises(GeometryError, match=r"did you mean 400 \* nm\?"):
        Layer("film", 400)


@pytest.mark.parametrize(
    "shape",
    [
        CrossPoint(line_width=3e-7, side=1e-6, lateral_size=1e-9),
        Dot(side=1e-3, dot_radius=3e-7, lateral_size=1e-9),
        Planar(width=1e-4, lateral_size=1e-9),
    ],
)
def test_sizes_that_make_too_many_nodes_are_refused_at_once(shape: Any) -> None:
    with pytest.raises(GeometryError, match="is the most"):
        STACK.mesh(size=1e-9, interface_size=1e-9, shape=shape).simplices()


def test_a_rim_of_too_many_corners_is_refused_at_once() -> None:
    for edge in (1e-12, 1.1e-13):
        with pytest.raises(GeometryError, match=r"the rim of the disc would have .* is the most"):
            STACK.mesh(
                size=1e-7,
                interface_size=1e-8,
                shape=Dot(side=1e-6, dot_radius=3e-7, lateral_size=1e-7, edge_size=edge),
            )


TIP = TipElectrode(
    stack=STACK,
    electrode=STACK.names[0],
    film=STACK.names[1],
    tip=ConeTip(apex_radius=5e-9, half_angle=0.5, height=5e-8),
    width=6e-7,
)
FINE = FineBox(lower=(0.0, 0.0, 2e-7), upper=(1e-8, 1e-8, 2.1e-7), size=3e-9)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize(
    "changes", [{"apex_size": 1e-12}, {"interface_size": 1e-12}, {"size": 1e-10, "apex_size": 1e-10}]
)
def test_sizes_around_a_tip_that_make_too_many_cells_are_refused_at_once(
    changes: dict[str, Any], dimension: int
) -> None:
    given: dict[str, Any] = {"size": 1e-7, "apex_size": 2e-9, "interface_size": 5e-8, **changes}
    given["interface_size"] = min(given["interface_size"], given["size"])
    with pytest.raises(GeometryError, match=r"_size has cells of .* is the most"):
        TIP.mesh(dimension=dimension, **given)


@pytest.mark.parametrize("changes", [{"size": 1e-12}, {"margin": 1e-3}])
def test_fine_boxes_of_too_many_cells_are_refused_at_once(changes: dict[str, Any]) -> None:
    with pytest.raises(GeometryError, match=r"refine has cells of .* is the most"):
        TIP.mesh(size=1e-7, apex_size=2e-9, dimension=3, refine=(replace(FINE, **changes),))


def test_the_cells_around_a_tip_are_counted_before_they_are_made() -> None:
    for dimension, per_cube, more in ((2, 2.3, {}), (3, 16.0, {}), (3, 16.0, {"refine": (FINE,)})):
        drawing = TIP.mesh(size=1e-7, apex_size=2e-9, dimension=dimension, **more)
        solid: Any = drawing.extrusion
        half = 0.5 * TIP.width
        lower = (0.0, 0.0) if dimension == 2 else (-half, -half, 0.0)
        count, _ = solid.sizes.count(lower, (*(half,) * (dimension - 1), STACK.faces[-1]))
        assert 0.3 < len(drawing.simplices().cells) / (per_cube * count) < 3


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 10_000, "spacing": 1e-7},
        {"count": 9, "spacing": 3.4e-7},
        {"count": 3, "spread": 1e6},
        {"count": 3, "generator": -1},
    ],
)
def test_seeds_that_do_not_fit_are_refused_and_not_searched_for_ever(changes: dict[str, Any]) -> None:
    with pytest.raises(GeometryError):
        random_seeds(FilamentSeed(**SEED), **{"width": 1e-6, "generator": 1, **changes})
