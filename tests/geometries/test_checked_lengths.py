"""What is no length, count or choice is refused in words before anything is drawn, and no mesh takes for ever."""

from __future__ import annotations

import math
from collections.abc import Callable
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
    "Axisymmetric": (Axisymmetric, {"radius": 1e-6, "lateral_size": 2e-7, "axis_size": 1e-7}),
    "Via": (Via, {"radius": 1e-7, "wall_thickness": 1e-7, "lateral_size": 5e-8}),
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
