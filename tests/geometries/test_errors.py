"""Every description that cannot be drawn is refused with one sentence naming the quantity and its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from geometries import Axisymmetric, CrossPoint, Dot, GeometryError, Layer, Planar, VerticalStack, Via

NM = 1e-9
STACK = VerticalStack(Layer("ITO", 100 * NM), Layer("film", 400 * NM), Layer("Ag", 80 * NM))


def meshed(**changes: Any) -> object:
    return STACK.mesh(**{"size": 10 * NM, "interface_size": 1 * NM, **changes})


def shaped(shape: Any) -> object:
    return meshed(shape=shape)


CASES: dict[str, tuple[Callable[[], object], str]] = {
    "layers that are no names": (
        lambda: Dot(side=1e-6, dot_radius=3e-7, lateral_size=2e-7, electrode_layers=3),  # type: ignore[arg-type]
        r"electrode_layers is 3: give at least one layer name",
    ),
    "via layers as a text": (
        lambda: Via(radius=1e-7, wall_thickness=1e-7, lateral_size=5e-8, via_layers="film"),  # type: ignore[arg-type]
        r"via_layers is 'film': give at least one layer name, in a tuple",
    ),
    "negative thickness": (lambda: Layer("film", -1e-9), r"thickness of layer 'film' is -1e-09"),
    "zero thickness": (lambda: Layer("film", 0), r"thickness of layer 'film' is 0.0: it must be"),
    "infinite thickness": (lambda: Layer("film", float("inf")), r"is inf: it must be finite"),
    "thickness nan": (lambda: Layer("film", float("nan")), r"is nan: it must be finite"),
    "thickness in words": (
        lambda: Layer("film", "10 nm"),  # type: ignore[arg-type]
        r"is '10 nm': it must be a number",
    ),
    "negative layer size": (lambda: Layer("film", 1e-7, size=-1e-9), r"size of layer 'film' is -1e-09"),
    "bar in a name": (lambda: Layer("a|b", 1e-9), r"name 'a\|b' is not allowed"),
    "space in a name": (lambda: Layer("my film", 1e-9), r"name 'my film' is not allowed"),
    "empty name": (lambda: Layer("", 1e-9), r"name '' is not allowed"),
    "contact name": (lambda: Layer("top", 1e-9), r"'top' is reserved for a contact"),
    "line contact name": (lambda: Layer("word_3", 1e-9), r"'word_3' is reserved for a contact"),
    "no layers": (lambda: VerticalStack(), r"a stack of 0 layers"),
    "no layer": (lambda: VerticalStack("film"), r"'film' is not a Layer"),  # type: ignore[arg-type]
    "twice the same layer": (
        lambda: VerticalStack(Layer("Ag", 1e-9), Layer("Ag", 2e-9)),
        r"layer name 'Ag' is used more than once",
    ),
    "zero size": (lambda: meshed(size=0.0), r"size is 0.0"),
    "coarse interface": (
        lambda: meshed(interface_size=20 * NM),
        r"interface_size is 2e-08: it must not exceed",
    ),
    "wild growth": (lambda: meshed(growth=9.0), r"growth is 9.0"),
    "no growth": (lambda: meshed(growth=1.0), r"growth is 1.0"),
    "zero area": (lambda: meshed(area=0.0), r"area is 0.0"),
    "area of a section": (
        lambda: meshed(area=1e-12, shape=Planar(width=1e-6, lateral_size=1e-7)),
        r"area is 1e-12: it belongs to a line",
    ),
    "wide electrode": (
        lambda: Planar(width=1e-6, electrode_width=2e-6, lateral_size=1e-7),
        r"electrode_width is 2e-06: it must not exceed width, which is 1e-06",
    ),
    "layers without width": (
        lambda: Planar(width=1e-6, electrode_layers=("Ag",), lateral_size=1e-7),
        r"electrode_layers is \('Ag',\): give electrode_width",
    ),
    "large electrode": (
        lambda: Axisymmetric(radius=1e-6, electrode_radius=2e-6, lateral_size=1e-7),
        r"electrode_radius is 2e-06: it must not exceed radius",
    ),
    "coarse edge": (
        lambda: Axisymmetric(radius=1e-6, lateral_size=1e-7, edge_size=2e-7),
        r"edge_size is 2e-07: it must not exceed lateral_size",
    ),
    "unknown electrode": (
        lambda: shaped(Planar(width=1e-6, electrode_width=5e-7, electrode_layers=("Au",), lateral_size=1e-7)),
        r"electrode_layers names 'Au': the layers of this stack are ITO, film, Ag",
    ),
    "buried electrode": (
        lambda: shaped(
            Planar(width=1e-6, electrode_width=5e-7, electrode_layers=("film",), lateral_size=1e-7)
        ),
        r"must end with the topmost layer 'Ag'",
    ),
    "wall like a layer": (
        lambda: shaped(Via(radius=1e-7, wall_thickness=1e-7, wall="Ag", lateral_size=1e-8)),
        r"wall is 'Ag': that is a layer",
    ),
    "via with a gap": (
        lambda: shaped(Via(radius=1e-7, wall_thickness=1e-7, via_layers=("ITO", "Ag"), lateral_size=1e-8)),
        r"must lie directly on one another",
    ),
    "negative wall": (
        lambda: Via(radius=1e-7, wall_thickness=-1e-7, lateral_size=1e-8),
        r"wall_thickness is -1e-07",
    ),
    "coarse axis": (
        lambda: Via(radius=1e-7, wall_thickness=1e-7, lateral_size=1e-8, axis_size=2e-8),
        r"axis_size",
    ),
    "dot over the edge": (
        lambda: shaped(Dot(side=1e-6, dot_radius=5e-7, lateral_size=1e-7)),
        r"dot_radius is 5e-07: it must be below half of side",
    ),
    "broad bar": (
        lambda: CrossPoint(line_width=1e-6, side=1e-6, lateral_size=1e-7),
        r"line_width is 1e-06: it must be below side",
    ),
    "bars without film": (
        lambda: shaped(
            CrossPoint(line_width=1e-7, side=1e-6, bottom_layers=("ITO", "film"), lateral_size=1e-7)
        ),
        r"at least one layer must lie between",
    ),
    "fill like a layer": (
        lambda: shaped(CrossPoint(line_width=1e-7, side=1e-6, fill="film", lateral_size=1e-7)),
        r"fill is 'film': that is a layer",
    ),
    "nodes without a face": (lambda: STACK.line(np.linspace(0, 580e-9, 4)), r"do not contain the layer face"),
    "falling nodes": (lambda: STACK.line([0.0, 2e-9, 1e-9]), r"strictly ascending"),
    "nodes beyond the top": (
        lambda: STACK.line([0.0, 1e-7, 5e-7, 5.8e-7, 6e-7]),
        r"nodes reach from 0 to 6e-07 m",
    ),
    "nodes of one layer": (
        lambda: STACK.line({"film": [0.0, 4e-7]}),
        r"other layers than the stack \(Ag, ITO\)",
    ),
    "nodes short of a layer": (
        lambda: STACK.line({"ITO": [0, 1e-7], "film": [0, 3e-7], "Ag": [0, 8e-8]}),
        r"nodes of layer 'film' end at 3e-07 m",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_drawn_is_refused_by_name_and_value(case: str) -> None:
    attempt, message = CASES[case]
    with pytest.raises(GeometryError, match=message):
        attempt()
