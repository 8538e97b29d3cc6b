"""Ions that neighbours of a written cell gain and lose: kept, none if patterned, beside closed forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError
from fem.mesh.device_mesh import DeviceMesh
from fem.solvers.laplace import Laplace
from fem.units import nm
from geometries import CrossbarBlock
from studies.arrays.crosstalk import (
    HalfSpace,
    decay_length,
    field_reach,
    fringe_potential,
    ionic_crosstalk,
    load_ionic,
    plot_ionic_crosstalk,
    save_ionic,
)
from studies.devices.shared import prpyrpbi3_data as data
from tests.ionic_block import DIFFUSIVITY, HEAT_RESISTANCE, LOW, TEMPERATURE, THICKNESS, case, lines

SHORT = {"width": 0.01, "rest": 1e-3}  #: a pulse of the endurance that is printed [s]


def closed(**changes: float) -> HalfSpace:
    """Return the closed forms of the pulse of a second."""
    given = {"thickness": THICKNESS, "diffusivity": DIFFUSIVITY, "time": 1.0, "rest": 0.05}
    return HalfSpace(**{"voltage": 1.2, "temperature": TEMPERATURE, **given, **changes})


@pytest.fixture(scope="module")
def gained() -> xr.Dataset:
    """Lines three film thicknesses apart, the middle one positive."""
    return ionic_crosstalk(lines(3 * THICKNESS), **case())


def test_vacancies_are_kept_and_a_positive_line_gives_its_own_to_both_neighbours(gained: xr.Dataset) -> None:
    inventory = gained["inventory"].values
    assert np.abs(inventory / inventory[0] - 1).max() < 1e-10
    left, written, right = gained["change"].values[-1]
    assert written < -0.3 < 0 < left
    assert left == pytest.approx(right, rel=0.02)  # the diagonals of the mesh have a side
    assert gained["height"].values[-1, 1] < 0.5 * gained["height"].values[0, 1]


def test_the_gain_is_that_of_drift_and_diffusion_in_half_spaces(gained: xr.Dataset) -> None:
    low, high = closed().change(3 * THICKNESS, THICKNESS)
    assert 0.7 * low < float(gained["change"][-1, 0]) < 1.2 * high
    assert high < 1 < 20 * low


def test_a_negative_line_takes_vacancies_from_its_neighbours() -> None:
    found = ionic_crosstalk(lines(3 * THICKNESS), **case(voltage=-1.2))
    left, written, right = found["change"].values[-1]
    low, high = closed(voltage=-1.2).change(3 * THICKNESS, THICKNESS)
    assert 1.2 * high < left < 0.7 * low < 0 < written
    assert right == pytest.approx(left, rel=0.02)


def test_patterned_cells_gain_and_lose_nothing() -> None:
    found = ionic_crosstalk(lines(THICKNESS, patterned=True), **case(**SHORT, fill=data.PRPYRPBI3))
    assert np.abs(found["change"].values).max() < 1e-10
    assert found["height"].values[-1, 1] < 0.8 * found["height"].values[0, 1]
    with pytest.raises(IncompatibleError, match="give its material"):
        ionic_crosstalk(lines(THICKNESS, patterned=True), **case())


def test_half_selected_cells_are_disturbed_by_their_share_of_the_voltage() -> None:
    moved = {}
    for others in ("V/2", "V/3", "grounded"):
        height = ionic_crosstalk(lines(2 * THICKNESS), **case(**SHORT, others=others))["height"].values
        moved[others] = (height[-1] - height[0])[0] / (height[-1] - height[0])[1]
    assert 0.9 * moved["V/2"] > moved["V/3"] > 5 * abs(moved["grounded"])
    assert moved["V/2"] == pytest.approx(0.5, abs=0.1)
    assert moved["V/3"] == pytest.approx(1 / 3, abs=0.1)


def test_floating_lines_take_the_voltage_that_leaves_them_without_current() -> None:
    found = ionic_crosstalk(
        lines(0.5 * THICKNESS), **case(width=1e-4, rest=1e-5, rise=1e-5, others="floating")
    )
    left, written, right = found["line_share"].values
    assert written == 1
    assert left == pytest.approx(right, rel=1e-2)
    assert 0.05 < left < 0.5


def test_a_cell_in_its_low_resistance_heats_the_film() -> None:
    found = ionic_crosstalk(lines(THICKNESS), **case(**SHORT, written=LOW, heat_resistance=HEAT_RESISTANCE))
    rise = float(found["maximum_temperature"][-1]) - TEMPERATURE
    density = LOW.si("electrical_conductivity", TEMPERATURE) * 1.2**2 / THICKNESS  # W/m^2
    assert (
        0 < rise < 0.5 * density * HEAT_RESISTANCE
    )  # both faces take it; the film spreads it along the lines
    inventory = found["inventory"].values
    assert np.abs(inventory / inventory[0] - 1).max() < 1e-10


def test_results_are_saved_and_drawn(gained: xr.Dataset, tmp_path: Path) -> None:
    xr.testing.assert_identical(load_ionic(save_ionic(gained, tmp_path / "ions.nc")), gained)
    assert len(plot_ionic_crosstalk(gained).lines) == 4
    with pytest.raises(OutOfRangeError, match="grounded, floating"):
        ionic_crosstalk(lines(THICKNESS), **case(others="open"))
    with pytest.raises(OutOfRangeError, match="pulses, width"):
        ionic_crosstalk(lines(THICKNESS), **case(pulses=0))


def test_the_fringe_beside_a_line_is_that_of_the_conformal_map() -> None:
    block = CrossbarBlock(1, 1, pitch=5e-6, line_width=2e-6, line_thickness=50 * nm, film_thickness=200 * nm,
                          substrate_thickness=1e-7, cap_thickness=1e-7, margin=2e-6)  # fmt: skip
    drawing = block.film_section(
        size=10 * nm, interface_size=5 * nm, lateral_size=25 * nm, edge_size=2 * nm, growth=1.3
    )
    mesh = DeviceMesh.from_drawing(drawing)
    problem = Laplace(
        mesh, dict.fromkeys(mesh.regions, 1.0), {name: [name] for name in mesh.contacts}, degree=1
    )
    x, y = (mesh.mesh.geometry.x[:, k] * mesh.unit for k in (0, 1))
    potential = problem.potential({"word_0": 1.0}).x.array
    upper = (y > 199.9 * nm) & (x > 1.05e-6) & (x < 1.6e-6)
    assert upper.sum() > 10
    exact = [fringe_potential(float(at - 1e-6), 200 * nm) for at in x[upper]]
    assert potential[upper] == pytest.approx(exact, rel=0.02)


def test_the_field_reaches_as_far_as_the_potential_falls() -> None:
    reach = field_reach(0.1, 60 * nm, 1.67e4)
    slope = (fringe_potential(reach - 1e-10, 60 * nm) - fringe_potential(reach + 1e-10, 60 * nm)) / 2e-10
    assert 0.1 * slope == pytest.approx(1.67e4, rel=1e-4)
    assert reach < 3 * 60 * nm  # not 100 times: the plane below holds the potential


def test_the_front_solves_the_equation_of_drift_along_the_face() -> None:
    half, steps = closed(), 200_000
    mobility = DIFFUSIVITY * half.strength / 1.2
    q = np.linspace(0, np.sqrt(np.expm1(np.pi * half.front / THICKNESS)), steps)
    x = THICKNESS / np.pi * np.log1p(q**2)
    time = np.trapezoid(q, x) / (mobility * 1.2 / THICKNESS)
    assert time == pytest.approx(half.time, rel=1e-6)
    later = closed(time=np.e).front - half.front
    assert later == pytest.approx(2 * THICKNESS / np.pi, rel=0.05)


def test_the_safe_spacing_is_no_multiple_of_the_thickness() -> None:
    slow = closed(time=10.0)
    safe = slow.safe_spacing(THICKNESS, 0.01)
    assert slow.change(safe, THICKNESS)[1] == pytest.approx(0.01, rel=1e-6)
    thick = replace(slow, thickness=5 * THICKNESS)
    assert thick.safe_spacing(THICKNESS, 0.01) < 2 * safe < 2 * 100 * THICKNESS
    still = replace(slow, diffusivity=1e-30)
    assert still.safe_spacing(THICKNESS, 0.01) < 0.01 * THICKNESS
    for wrong in ({"time": 0.0}, {"voltage": 0.0}, {"rest": -1.0}):
        with pytest.raises(OutOfRangeError):
            closed(**wrong)
    with pytest.raises(OutOfRangeError, match="share of the ions"):
        slow.safe_spacing(THICKNESS, 0.5)


def test_a_decay_length_is_that_of_an_exponential() -> None:
    x = np.array([1.0, 2.0, 4.0])
    assert decay_length(x, -3 * np.exp(-x / 0.7)) == pytest.approx(0.7)
    with pytest.raises(OutOfRangeError, match="of one sign"):
        decay_length(x, [1.0, -1.0, 1.0])
