"""Stacked layers of cells: the lines between them serve both, and each layer warms the next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fem import HeatSink
from fem.errors import IncompatibleError
from geometries import CrossbarBlock
from geometries.names import GeometryError
from studies import Heating, thermal_crosstalk
from studies.arrays.crosstalk import electrical_crosstalk, thermal_network

ONE = CrossbarBlock(
    2, 2, pitch=200e-9, line_width=100e-9, line_thickness=50e-9, film_thickness=50e-9, substrate_thickness=300e-9,
    cap_thickness=100e-9, margin=300e-9,
)  # fmt: skip
TWO = replace(ONE, layers=2)
MATERIALS = {"bottom_line": 50.0, "top_line": 50.0, "film": 0.5, "fill": 1.4, "substrate": 1.4, "cap": 1.4}
MESH = {"size": 50e-9, "coarse_size": 200e-9, "degree": 1}
SINK = HeatSink(300.0)


def test_a_second_layer_has_lines_of_the_first_under_it_and_lines_of_its_own_above() -> None:
    drawing = TWO.mesh(size=50e-9, coarse_size=200e-9)
    assert TWO.all_cells == ("cell_0_0", "cell_0_1", "cell_1_0", "cell_1_1", "cell_0_0_1", "cell_0_1_1", "cell_1_0_1",
                             "cell_1_1_1")  # fmt: skip
    assert TWO.line_levels[2] == ("line_2_0", "line_2_1")
    assert set(TWO.all_cells) | {"line_2_0", "top_line_1", "film"} <= set(drawing.regions)
    assert {c.name for c in drawing.contact_faces} >= {"word_0", "bit_1", "end_2_0", "end_2_1"}
    assert set(ONE.mesh(size=50e-9, coarse_size=200e-9).regions) < set(drawing.regions)


def test_one_layer_is_what_it_was() -> None:
    assert ONE.layers == 1
    assert ONE.line_levels == (ONE.bottom_lines, ONE.top_lines)
    with pytest.raises(GeometryError, match="layers"):
        replace(ONE, layers=0)
    with pytest.raises(GeometryError, match="one layer"):
        TWO.film_section(size=5e-9, interface_size=2e-9, lateral_size=20e-9)


def test_heat_of_a_stack_is_reciprocal_and_its_upper_cells_are_hotter() -> None:
    found = thermal_crosstalk(TWO, materials=MATERIALS, sink=SINK, **MESH)
    r = found["thermal_resistance"].values
    np.testing.assert_allclose(r, r.T, rtol=1e-8)
    np.testing.assert_allclose(found["heat_into_sink"], 1.0, rtol=1e-8)
    lower, upper = r[0, 0], r[4, 4]
    assert upper > 1.1 * lower  # farther from the sink
    above, beside = r[4, 0] / lower, r[1, 0] / lower
    assert 0 < beside < 1 and 0 < above < 1
    assert above > beside  # a cell on the same crossing one layer up is nearer than the next one
    assert list(found["layer"].values) == [0] * 4 + [1] * 4
    assert str(found["bottom_line"].sel(cell="cell_1_0_1").values) == "line_2_0"
    assert str(found["top_line"].sel(cell="cell_1_0_1").values) == "top_line_1"
    network = thermal_network(
        TWO, materials=MATERIALS, heat_capacity=dict.fromkeys(MATERIALS, 2e6), sink=SINK, **MESH
    )
    np.testing.assert_allclose(network.resistance, r, rtol=1e-6)
    with pytest.raises(IncompatibleError, match="layers"):
        Heating.of_block(found, (4, 4))


def test_lines_of_all_levels_are_conductors() -> None:
    lines = electrical_crosstalk(
        TWO, permittivity={"film": 25.0, "fill": 3.9, "substrate": 3.9, "cap": 3.9}, temperature=300.0, **MESH
    )
    c = lines["capacitance"]
    assert [str(n) for n in c["conductor"].values[:6]] == ["top_line_0", "top_line_1", "bottom_line_0", "bottom_line_1",
                                                          "line_2_0", "line_2_1"]  # fmt: skip
    np.testing.assert_allclose(c.values, c.values.T, rtol=1e-8, atol=1e-24)
    below, above = (
        -float(c.sel(conductor="top_line_0", source=name)) for name in ("bottom_line_0", "line_2_0")
    )
    assert above == pytest.approx(below, rel=0.1)  # the same plates, from either side
    assert below > -float(c.sel(conductor="bottom_line_0", source="line_2_0"))  # with a line between them
