"""Truths that hold for any stack: volumes, names, contact areas, spacing and growth."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometries import Axisymmetric, Drawing, Layer, Planar, VerticalStack
from geometries.meshing.grading import graded_heights, graded_segment

NM = 1e-9
GROWTH = 1.3
lengths = st.floats(0.5, 1000.0)
stacks = st.lists(lengths, min_size=1, max_size=5).map(
    lambda thicknesses: VerticalStack(*(Layer(f"layer-{i}", t * NM) for i, t in enumerate(thicknesses)))
)
sizes = st.tuples(st.floats(0.2, 5.0), st.floats(1.0, 40.0)).map(lambda pair: (pair[0], pair[0] * pair[1]))
quick = settings(max_examples=60, deadline=None)


def measures(drawn: Drawing) -> dict[str, float]:
    """Return lengths or areas of regions and numbers or lengths of contacts and interfaces, in nm."""
    mesh = drawn.simplices()
    found: dict[str, float] = {}
    for names, simplices, number in (
        (drawn.regions, mesh.cells, mesh.cell_region),
        ((*drawn.contacts, *drawn.interfaces), mesh.facets, mesh.facet_group),
    ):
        edges = (mesh.points[simplices[:, 1:]] - mesh.points[simplices[:, :1]]) / NM
        if edges.shape[1] == edges.shape[2]:
            contents = np.abs(np.linalg.det(edges))
        else:  # the Gram determinant would lose half the digits of a sliver
            contents = np.sqrt(np.abs(np.linalg.det(np.einsum("mik,mjk->mij", edges, edges))))
        contents /= math.factorial(edges.shape[1])
        found |= {name: float(contents[number == i].sum()) for i, name in enumerate(names)}
    return found


@quick
@given(lengths, sizes)
def test_heights_are_symmetric_sum_to_the_thickness_and_grow_moderately(
    thickness: float, pair: tuple[float, float]
) -> None:
    interface_size, size = pair
    heights = graded_heights(thickness * NM, size * NM, interface_size * NM, GROWTH) / NM
    assert heights.sum() == pytest.approx(thickness, rel=1e-12)
    assert heights == pytest.approx(heights[::-1], rel=1e-12)
    assert len(heights) >= 4
    assert heights.max() <= size * (1 + 1e-9)
    assert (
        np.maximum(heights[1:], heights[:-1]) / np.minimum(heights[1:], heights[:-1])
    ).max() <= GROWTH + 1e-9
    assert heights[0] <= interface_size * (1 + 1e-9)
    if thickness >= 5 * interface_size and size >= 1.7 * interface_size:
        assert heights[0] == pytest.approx(interface_size, rel=1e-6)
    elif thickness < 4 * interface_size:
        assert heights == pytest.approx(thickness / 4)


@quick
@given(lengths, sizes, st.floats(1.0, 20.0), st.booleans())
def test_a_segment_keeps_its_end_sizes_and_its_growth(
    length: float, pair: tuple[float, float], factor: float, open_end: bool
) -> None:
    first, size = pair
    last = None if open_end else min(first * factor, size)
    cells = graded_segment(length, size, first, last, growth=GROWTH)
    assert cells.sum() == pytest.approx(length, rel=1e-12)
    assert cells.max() <= size * (1 + 1e-9)
    assert cells[0] <= first * (1 + 1e-9)
    assert last is None or cells[-1] <= last * (1 + 1e-9)
    if len(cells) > 1:
        assert (np.maximum(cells[1:], cells[:-1]) / np.minimum(cells[1:], cells[:-1])).max() <= GROWTH + 1e-9


@quick
@given(stacks, sizes)
def test_any_line_has_its_layers_thick_its_names_in_order_and_single_points_between(
    stack: VerticalStack, pair: tuple[float, float]
) -> None:
    drawn = stack.mesh(size=pair[1] * NM, interface_size=pair[0] * NM)
    names = stack.names
    assert drawn.regions == names
    assert drawn.contacts == ("bottom", "top")
    assert drawn.interfaces == tuple(f"{a}|{b}" for a, b in pairwise(names))
    expected = {layer.name: layer.thickness / NM for layer in stack.layers}
    expected |= dict.fromkeys((*drawn.contacts, *drawn.interfaces), 1.0)
    assert measures(drawn) == pytest.approx(expected, rel=1e-9)


@quick
@given(stacks, lengths, st.floats(0.05, 1.0), st.booleans())
def test_any_section_has_the_areas_of_its_rectangles_and_contacts_as_wide_as_drawn(
    stack: VerticalStack, width: float, fraction: float, is_round: bool
) -> None:
    electrode = fraction * width if len(stack.layers) > 1 else None
    lateral = {"lateral_size": width * NM / 5, "edge_size": width * NM / 50}
    narrow = None if electrode is None else electrode * NM
    shape: Planar | Axisymmetric
    if is_round:
        shape = Axisymmetric(radius=width * NM, electrode_radius=narrow, **lateral)
    else:
        shape = Planar(width=width * NM, electrode_width=narrow, **lateral)
    drawn = stack.mesh(size=100 * NM, interface_size=10 * NM, shape=shape)
    widths = [width] * (len(stack.layers) - 1) + [width if electrode is None else electrode]
    expected = {
        layer.name: across * layer.thickness / NM for layer, across in zip(stack.layers, widths, strict=True)
    }
    expected |= {"bottom": width if len(widths) > 1 else widths[-1], "top": widths[-1]}
    expected |= dict(zip(drawn.interfaces, widths[1:], strict=True))
    assert measures(drawn) == pytest.approx(expected, rel=1e-9)
    facets = np.sort(drawn.simplices().facets, axis=1)
    assert len(np.unique(facets, axis=0)) == len(facets)
