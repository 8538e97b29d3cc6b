"""Thermal crosstalk of a 3 x 3 block against an independent finite-volume program, and its structure."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import xarray as xr

from fem import HeatSink
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.units import nm, um
from geometries import CrossbarBlock
from studies.arrays.crosstalk import (
    load,
    plot_thermal_crosstalk,
    save,
    temperature_rise,
    thermal_crosstalk,
)
from tests.reference_block import CONDUCTIVITY, limit, reference_block

DATA = Path(__file__).parent / "data" / "R7_thermal_crosstalk"
BLOCK = reference_block(3)


@pytest.fixture(scope="module")
def block() -> xr.Dataset:
    """All nine sources of the reference block."""
    return thermal_crosstalk(
        BLOCK,
        materials=CONDUCTIVITY,
        sink=HeatSink(300.0),
        size=25 * nm,
        coarse_size=500 * nm,
        growth=3.0,
    )


@pytest.fixture(scope="module")
def small() -> xr.Dataset:
    """A coarse block of two cells."""
    return coarse()


def coarse(
    materials: dict[str, float] = CONDUCTIVITY, sink: HeatSink | None = None, rows: int = 1
) -> xr.Dataset:
    """Return the crosstalk of a coarse block."""
    block = CrossbarBlock(
        rows,
        2,
        pitch=200 * nm,
        line_width=100 * nm,
        line_thickness=50 * nm,
        film_thickness=50 * nm,
        substrate_thickness=100 * nm,
        cap_thickness=50 * nm,
        margin=200 * nm,
    )
    return thermal_crosstalk(
        block,
        materials=materials,
        sink=sink or HeatSink(300.0),
        size=50 * nm,
        coarse_size=200 * nm,
        growth=3.0,
        degree=1,
    )


def test_small_blocks_solved_directly_are_those_of_multigrid(
    small: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fem.linear import multigrid

    assert small.attrs["unknowns"] < multigrid.SMALL
    monkeypatch.setattr(multigrid, "SMALL", 0)
    iterated = coarse()["thermal_resistance"].values
    assert small["thermal_resistance"].values == pytest.approx(iterated, rel=1e-8)


def test_lines_a_thousand_times_as_wide_as_high_are_solved() -> None:
    block = CrossbarBlock(
        1,
        1,
        pitch=200 * um,
        line_width=100 * um,
        line_thickness=100 * nm,
        film_thickness=100 * nm,
        substrate_thickness=100 * um,
        cap_thickness=1 * um,
        margin=400 * um,
    )
    materials = CONDUCTIVITY | {"bottom_line": 400.0, "top_line": 400.0, "fill": 0.03, "cap": 0.03}
    found = thermal_crosstalk(
        block, materials=materials, sink=HeatSink(300.0), size=50 * um, coarse_size=200 * um
    )
    assert found["heat_into_sink"].values == pytest.approx(1.0, abs=1e-7)


def test_own_resistance_and_crosstalk_agree_with_the_extrapolated_reference(block: xr.Dataset) -> None:
    centre = block.sel(source="cell_1_1")
    assert float(centre["thermal_resistance"].sel(cell="cell_1_1")) == pytest.approx(9.086e5, rel=0.02)
    reference = {"cell_1_0": 0.1766, "cell_1_2": 0.1766, "cell_0_1": 0.1730, "cell_0_0": 0.1181}
    for cell, value in reference.items():
        assert float(centre["crosstalk_coefficient"].sel(cell=cell)) == pytest.approx(value, rel=0.02)


def test_every_rise_agrees_with_the_reference_on_its_own_mesh(block: xr.Dataset) -> None:
    """The file's rows are bottom lines, its columns top lines; its mesh is within 1 % of its limit."""
    table = np.loadtxt(DATA / "dT_matrix_base_3x3_h6.25nm.csv", delimiter=",")
    found = block["thermal_resistance"].sel(source="cell_1_1").values.reshape(3, 3).T
    assert np.abs(found / table - 1).max() < 0.03


def test_resistances_are_symmetric_and_all_heat_reaches_the_sink(block: xr.Dataset) -> None:
    resistance = block["thermal_resistance"].values
    assert np.abs(resistance - resistance.T).max() < 1e-8 * resistance.max()
    assert np.abs(block["heat_into_sink"].values - 1).max() < 1e-8
    assert (resistance > 0).all()
    assert (np.diag(resistance)[:, None] >= resistance).all()


def test_mirrored_cells_heat_alike(block: xr.Dataset) -> None:
    own = np.diag(block["thermal_resistance"].values).reshape(3, 3)
    assert np.allclose(own, own[::-1, ::-1], rtol=1e-2)
    assert own[1, 1] < own[0, 0]  # more lines around it carry its heat away


def test_rises_of_several_cells_add_up(small: xr.Dataset) -> None:
    both = temperature_rise(small, {"cell_0_0": 1e-6, "cell_0_1": 2e-6})
    resistance = small["thermal_resistance"].values
    assert np.allclose(both.values, resistance @ [1e-6, 2e-6], rtol=1e-14)
    with pytest.raises(UnknownNameError, match="cell_0_1"):
        temperature_rise(small, {"cell_0_7": 1e-6})
    with pytest.raises(OutOfRangeError, match="power in 'cell_0_0'"):
        temperature_rise(small, {"cell_0_0": -1e-6})


def test_saved_crosstalk_reads_back(small: xr.Dataset, tmp_path: Path) -> None:
    path = save(small, tmp_path / "crosstalk.nc")
    xr.testing.assert_identical(load(path), small)
    assert small.attrs["mesh_nodes"] > 0
    assert small["top_line"].values.tolist() == ["top_line_0", "top_line_0"]


def test_every_conductivity_changes_the_resistance(small: xr.Dataset) -> None:
    own = float(small["thermal_resistance"][0, 0])
    for name, value in CONDUCTIVITY.items():
        changed = float(coarse(CONDUCTIVITY | {name: 2 * value})["thermal_resistance"][0, 0])
        assert changed < own, name
    resisted = coarse(sink=HeatSink(300.0, 1e-8))
    assert float(resisted["thermal_resistance"][0, 0]) > own
    assert np.abs(resisted["heat_into_sink"].values - 1).max() < 1e-8


def test_a_region_goes_before_its_family_and_unknown_names_are_refused(small: xr.Dataset) -> None:
    worse = coarse(CONDUCTIVITY | {"cell_0_0": 0.1})["thermal_resistance"].values
    before = small["thermal_resistance"].values
    assert worse[0, 0] > 1.5 * before[0, 0]
    assert worse[1, 1] == pytest.approx(before[1, 1], rel=0.1)
    with pytest.raises(UnknownNameError, match="did you mean 'top_line'"):
        coarse(CONDUCTIVITY | {"top_lines": 1.0})
    with pytest.raises(IncompatibleError, match="'cap'"):
        coarse({k: v for k, v in CONDUCTIVITY.items() if k != "cap"})


@pytest.mark.slow
def test_25_cells_are_those_of_the_reference_and_solved_within_a_minute() -> None:
    start = perf_counter()
    found = thermal_crosstalk(
        reference_block(5),
        materials=CONDUCTIVITY,
        sink=HeatSink(300.0),
        size=100 / 3 * nm,
        film_size=12.5 * nm,
        coarse_size=400 * nm,
        growth=2.0,
    )
    assert perf_counter() - start < 60
    assert found.attrs["unknowns"] > 2e5
    resistance = found["thermal_resistance"].values
    assert np.abs(resistance - resistance.T).max() < 1e-8 * resistance.max()
    assert resistance[:, 12].reshape(5, 5) == pytest.approx(limit(5), rel=0.02)


def test_a_map_shows_the_share_of_every_cell(small: xr.Dataset) -> None:
    ax = plot_thermal_crosstalk(small, "cell_0_0")
    assert ax.texts[0].get_text() == "1.000"
    with pytest.raises(UnknownNameError, match="cell_0_1"):
        plot_thermal_crosstalk(small, "cell_0_2")
