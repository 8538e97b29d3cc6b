"""Capacitances, conductances and fields of the lines of a crossbar block."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fem import materials
from fem.constants import VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.units import nm
from geometries import CrossbarBlock
from studies.arrays.crosstalk import (
    coupling,
    electrical_crosstalk,
    field_in_cells,
    line_voltages,
    load_electrical,
    plot_electrical_crosstalk,
    save_electrical,
)
from tests.reference_block import (
    CAPACITANCES,
    CONDUCTANCES,
    ELECTRICAL_MESH,
    PERMITTIVITY,
    reference_block,
)

MESH = {"size": 50 * nm, "coarse_size": 400 * nm, "degree": 1, "extrapolated": False}
HELD = {"top_line_0": 1.0, "bottom_line_0": 0.0}


def block(pitch: float = 200 * nm, patterned_width: float | None = None) -> CrossbarBlock:
    """Return four cells."""
    return CrossbarBlock(
        2,
        2,
        pitch=pitch,
        line_width=100 * nm,
        line_thickness=50 * nm,
        film_thickness=50 * nm,
        substrate_thickness=300 * nm,
        cap_thickness=100 * nm,
        margin=300 * nm,
        patterned_width=patterned_width,
    )


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    """The four cells on a coarse mesh."""
    return electrical_crosstalk(block(), permittivity=PERMITTIVITY, conductivity={"film": 1.0}, **MESH)


def test_matrices_are_symmetric_and_what_leaves_a_line_arrives_at_the_others(found: xr.Dataset) -> None:
    for kind in ("capacitance", "conductance"):
        matrix = found[kind].values
        assert np.abs(matrix - matrix.T).max() < 1e-8 * matrix.max()
        assert np.abs(matrix.sum(axis=0)).max() < 1e-10 * matrix.max()
        assert (coupling(found, kind).values > -1e-12 * matrix.max()).all()
    assert list(found["conductor"].values)[-1] == "sink"
    assert (found["conductance"].sel(conductor="sink") == 0).all()
    assert (coupling(found).sel(conductor="sink", source="bottom_line_0")) > 0


def test_without_a_ground_the_lines_keep_all_charge(found: xr.Dataset) -> None:
    alone = electrical_crosstalk(block(), permittivity=PERMITTIVITY, ground=False, **MESH)
    matrix = alone["capacitance"].values
    assert np.abs(matrix.sum(axis=0)).max() < 1e-10 * matrix.max()
    assert "conductance" not in alone
    between = coupling(alone).sel(conductor="bottom_line_0", source="bottom_line_1")
    assert between > coupling(found).sel(conductor="bottom_line_0", source="bottom_line_1")


def test_a_blanket_film_leaks_and_a_patterned_one_does_not(found: xr.Dataset) -> None:
    own, beside = (
        float(coupling(found, "conductance").sel(conductor="top_line_0", source=line))
        for line in ("bottom_line_0", "top_line_1")
    )
    assert min(beside, own) > 100 * nm * 100 * nm / (50 * nm)  # the plate's, 2e-7 S
    apart = electrical_crosstalk(
        block(patterned_width=100 * nm), permittivity=PERMITTIVITY, conductivity={"film": 1.0}, **MESH
    )
    leak = coupling(apart, "conductance")
    assert float(leak.sel(conductor="top_line_0", source="top_line_1")) == pytest.approx(0, abs=1e-20)
    assert float(leak.sel(conductor="top_line_0", source="bottom_line_1")) == pytest.approx(2e-7, rel=1e-9)


def test_farther_lines_couple_less(found: xr.Dataset) -> None:
    far = electrical_crosstalk(block(400 * nm), permittivity=PERMITTIVITY, conductivity={"film": 1.0}, **MESH)
    for kind in ("capacitance", "conductance"):
        near_one, far_one = (
            float(coupling(x, kind).sel(conductor="top_line_0", source="top_line_1")) for x in (found, far)
        )
        assert far_one < near_one


def test_the_field_of_the_written_cell_is_the_voltage_over_the_film_and_a_neighbours_is_less(
    found: xr.Dataset,
) -> None:
    grounded = field_in_cells(found, HELD, switching_field=5e6, others="grounded")
    floating = field_in_cells(found, HELD, switching_field=5e6)
    own = float(grounded["field"].sel(cell="cell_0_0"))
    assert own == pytest.approx(1 / (50 * nm), rel=0.05)
    assert float(grounded["share"].sel(cell="cell_0_0")) == pytest.approx(own / 5e6)
    for cell in ("cell_1_0", "cell_1_1"):
        assert float(grounded["field"].sel(cell=cell)) < 0.1 * own
        assert float(grounded["field"].sel(cell=cell)) < float(floating["field"].sel(cell=cell)) < own


def test_a_floating_line_has_no_charge_and_a_leaking_one_no_current(found: xr.Dataset) -> None:
    for others, kind in (("floating", "capacitance"), ("leaking", "conductance")):
        voltages = line_voltages(found, HELD, others=others)
        flows = found[kind].values @ voltages.values
        free = [k for k, name in enumerate(found["conductor"].values) if name not in (*HELD, "sink")]
        assert np.abs(flows[free]).max() < 1e-9 * np.abs(flows).max()
        assert ((voltages.values >= 0) & (voltages.values <= 1)).all()
    assert line_voltages(found, HELD, others="grounded").values.tolist() == [1, 0, 0, 0, 0]
    with pytest.raises(UnknownNameError, match="top_line_0"):
        line_voltages(found, {"top_line_7": 1.0})
    with pytest.raises(OutOfRangeError, match="'grounded', 'floating'"):
        line_voltages(found, HELD, others="open")
    with pytest.raises(OutOfRangeError, match="switching field"):
        field_in_cells(found, HELD, switching_field=0.0)
    with pytest.raises(IncompatibleError, match="no conductance"):
        line_voltages(found.drop_vars("conductance"), HELD, others="leaking")


def test_every_permittivity_acts_and_materials_give_theirs(found: xr.Dataset) -> None:
    before = found["capacitance"].values
    for name in PERMITTIVITY:
        changed = PERMITTIVITY | {name: 1.5 * PERMITTIVITY[name]}
        after = electrical_crosstalk(block(), permittivity=changed, **MESH)["capacitance"].values
        assert np.abs(after - before).max() > 1e-3 * before.max(), name
    given = PERMITTIVITY | {"film": materials.MAPBI3}
    with pytest.raises(IncompatibleError, match="needs the temperature"):
        electrical_crosstalk(block(), permittivity=given, **MESH)
    own = float(materials.MAPBI3.si("relative_permittivity", 300.0))
    pairs = (given, PERMITTIVITY | {"film": own})
    one, two = (
        electrical_crosstalk(block(), permittivity=p, temperature=300.0, **MESH)["capacitance"].values
        for p in pairs
    )
    assert one == pytest.approx(two, rel=1e-12)


def test_saved_matrices_read_back_and_are_drawn(found: xr.Dataset, tmp_path: Path) -> None:
    xr.testing.assert_identical(load_electrical(save_electrical(found, tmp_path / "lines.nc")), found)
    assert plot_electrical_crosstalk(found, "conductance").images
    with pytest.raises(UnknownNameError):
        plot_electrical_crosstalk(found.drop_vars("conductance"), "conductance")


@pytest.mark.slow
def test_nine_cells_are_those_of_the_reference() -> None:
    whole = electrical_crosstalk(
        reference_block(3), permittivity=PERMITTIVITY, conductivity={"film": 1.0}, **ELECTRICAL_MESH
    )
    for kind, wanted in (("capacitance", CAPACITANCES), ("conductance", CONDUCTANCES)):
        row = coupling(whole, kind).sel(conductor="top_line_1")
        values = [float(row.sel(source=line)) for line in ("bottom_line_1", "top_line_0", "bottom_line_0")]
        assert values == pytest.approx(wanted, rel=0.01)
    plate = 25 * VACUUM_PERMITTIVITY * (100 * nm) ** 2 / (50 * nm)
    assert CAPACITANCES[0] > 2 * plate
