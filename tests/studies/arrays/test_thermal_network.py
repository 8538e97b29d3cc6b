"""Reduced thermal networks: those of the finite elements in time, passive, and the same in a circuit."""

from __future__ import annotations

from pathlib import Path
from shutil import which

import numpy as np
import pytest

from fem import HeatSink, materials
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.heat.steady import SteadyHeat
from fem.heat.storage import HeatStorage, heat_step
from fem.mesh.device_mesh import DeviceMesh
from fem.units import nm
from geometries import CrossbarBlock, Layer, VerticalStack
from studies.arrays.crosstalk import (
    ThermalNetwork,
    by_region,
    run_steps,
    thermal_crosstalk,
    thermal_network,
    to_subcircuit,
    write_subcircuit,
)
from studies.arrays.crosstalk.reduction import reduced
from studies.devices.shared import prpyrpbi3_array as array
from tests.reference_block import CAPACITY, CONDUCTIVITY

BLOCK = CrossbarBlock(
    2,
    2,
    pitch=200 * nm,
    line_width=100 * nm,
    line_thickness=50 * nm,
    film_thickness=50 * nm,
    substrate_thickness=300 * nm,
    cap_thickness=100 * nm,
    margin=500 * nm,
)
SIZES = {"size": 25 * nm, "coarse_size": 300 * nm, "growth": 3.0}
CELLS = ["cell_0_0", "cell_0_1", "cell_1_0", "cell_1_1"]
SINK = HeatSink(300.0)


@pytest.fixture(scope="module")
def network() -> ThermalNetwork:
    """Four cells, elements of degree 1."""
    return thermal_network(
        BLOCK, materials=CONDUCTIVITY, heat_capacity=CAPACITY, sink=SINK, degree=1, **SIZES
    )


@pytest.fixture(scope="module")
def storage() -> HeatStorage:
    """The same elements in time."""
    drawing = BLOCK.mesh(**SIZES)
    mesh = DeviceMesh.from_drawing(drawing)
    heat = SteadyHeat(mesh, by_region(BLOCK, drawing.regions, CONDUCTIVITY), {"sink": SINK}, many=True)
    return HeatStorage(heat, by_region(BLOCK, drawing.regions, CAPACITY))


def test_a_slab_heats_up_as_the_series_says() -> None:
    stack = VerticalStack(Layer("film", 100 * nm)).mesh(size=2 * nm, interface_size=2 * nm, area=1e-12)
    heat = SteadyHeat(DeviceMesh.from_drawing(stack), {"film": 0.5}, {"bottom": SINK}, degree=2)
    times, rises = heat_step(HeatStorage(heat, {"film": 1e6}), "film", ["film"], start=1e-11, end=1e-6)
    wave = (np.arange(2000) + 0.5) * np.pi / 1e-7
    grown = -np.expm1(-0.5e-6 * wave**2 * times[:, None])
    exact = (2 / 1e-7**2 / wave**4 * grown).sum(axis=1) / (0.5 * 1e-12 * 1e-7)
    assert np.abs(rises[:, 0] / exact - 1).max() < 3e-4


def test_the_network_follows_the_finite_elements_at_all_times(
    network: ThermalNetwork, storage: HeatStorage
) -> None:
    times, rises = heat_step(storage, "cell_0_0", CELLS, start=1e-12, end=2e-6)
    found = network.step_response(times)[:, :, 0]
    assert np.abs(found[:, 0] / rises[:, 0] - 1).max() < 0.005  # own cell, from a hundredth of a ps on
    assert np.abs((found - rises) / rises[-1]).max() < 0.001
    few = thermal_network(
        BLOCK, materials=CONDUCTIVITY, heat_capacity=CAPACITY, sink=SINK, degree=1, rates=3, **SIZES
    )
    assert np.abs((few.step_response(times)[:, :, 0] - rises) / rises[-1]).max() > 0.01


def test_its_steady_resistances_are_those_of_the_finite_elements(network: ThermalNetwork) -> None:
    whole = thermal_crosstalk(BLOCK, materials=CONDUCTIVITY, sink=SINK, degree=1, **SIZES)
    assert network.resistance == pytest.approx(whole["thermal_resistance"].values, rel=1e-8)
    assert list(network.cells) == whole["cell"].values.tolist()


def test_it_is_passive_and_reciprocal(network: ThermalNetwork) -> None:
    assert (network.time_constants > 0).all()
    for impedance in network.impedance(np.logspace(3, 13, 30)):
        assert np.abs(impedance - impedance.T).max() <= 1e-12 * np.abs(impedance).max()
        assert np.linalg.eigvalsh(impedance.real).min() >= -1e-12 * np.abs(impedance).max()
        assert np.linalg.eigvalsh(impedance.imag).max() <= 1e-12 * np.abs(impedance).max()


def test_a_slab_has_the_time_constants_of_the_series() -> None:
    stack = VerticalStack(Layer("film", 100 * nm)).mesh(size=2 * nm, interface_size=2 * nm, area=1e-12)
    heat = SteadyHeat(DeviceMesh.from_drawing(stack), {"film": 0.5}, {"bottom": SINK}, degree=2)
    found = reduced(HeatStorage(heat, {"film": 1e6}), ["film"], fastest=1e12)
    exact = 4 * 1e-14 * 1e6 / (0.5 * np.pi**2 * np.array([1, 9, 25]))
    assert found.time_constants[:3] == pytest.approx(exact, rel=1e-3)


def test_far_cells_warm_later(network: ThermalNetwork) -> None:
    late = network.rise_times()
    assert late[0, 0] < late[0, 1] < late[0, 3]
    reached = network.step_response(late[0, 3])[0, 0, 3] / network.resistance[0, 3]
    assert reached == pytest.approx(1 - np.exp(-1), rel=1e-9)
    assert (network.mean_times[0, 1:] > network.mean_times[0, 0]).all()


def test_steps_of_any_length_add_up_to_the_step_response(network: ThermalNetwork) -> None:
    heat, powers = network.heating(), np.array([1e-6, 0.0, 0.0, 2e-6])
    for dt in (1e-10, 3e-9, 0.0, 1e-8):
        found = heat.step(powers, dt)
    assert found == pytest.approx(network.step_response(1.31e-8)[0] @ powers, rel=1e-12)
    for _ in range(3):
        found = heat.step(powers, 1.0)
    assert found == pytest.approx(network.resistance @ powers, rel=1e-12)
    assert np.abs(heat.step(np.zeros(4), 1.0)).max() == 0
    with pytest.raises(OutOfRangeError, match="shape of the powers"):
        heat.step([1.0], 1.0)


@pytest.mark.skipif(which("ngspice") is None, reason="ngspice is not installed")
def test_ngspice_gives_the_same_rises(network: ThermalNetwork, tmp_path: Path) -> None:
    times, rises = run_steps(network, {"cell_0_0": 1e-6, "cell_1_1": 2e-6}, 2e-7)
    exact = network.step_response(times) @ [1e-6, 0.0, 0.0, 2e-6]
    assert np.abs(rises - exact).max() < 1e-3 * exact.max()
    text = write_subcircuit(network, tmp_path / "heat.cir").read_text()
    assert text == to_subcircuit(network)
    values = [float(line.split()[3]) for line in text.splitlines() if line[0] in "RC"]
    assert min(values) > 0
    with pytest.raises(UnknownNameError, match="cell_0_0"):
        run_steps(network, {"cell_0_9": 1e-6}, 1e-7)


def test_a_saved_network_reads_back(network: ThermalNetwork, tmp_path: Path) -> None:
    read = ThermalNetwork.load(network.save(tmp_path / "heat.nc"))
    assert np.array_equal(read.shapes, network.shapes)
    assert read.cells == network.cells
    assert read.about == dict(network.about)
    ax = network.plot("cell_0_1")
    assert "cell_0_1" in ax.get_ylabel()
    with pytest.raises(OutOfRangeError, match="time constants"):
        ThermalNetwork(cells=("a",), time_constants=np.array([-1.0]), shapes=np.ones((1, 1)))


def test_a_material_without_heat_capacity_is_refused(storage: HeatStorage) -> None:
    with pytest.raises(IncompatibleError, match="heat capacity"):
        HeatStorage(storage.heat, {})
    with pytest.raises(OutOfRangeError, match="heat capacity of 'cap'"):
        HeatStorage(storage.heat, storage.capacity | {"cap": 0.0})
    with pytest.raises(OutOfRangeError, match="start of the step"):
        heat_step(storage, "cell_0_0", CELLS, start=1.0, end=0.5)


@pytest.mark.slow
def test_wide_lines_on_a_foil_are_followed_over_nine_decades() -> None:
    """100 um wide and 100 nm thick: the slowest time constant is some 50 ms, the fastest below 1 ns."""
    metals = dict.fromkeys(("bottom_line", "top_line"), materials.SILVER)
    stored = {"film": 1.3e6, "fill": 1.2e3, "cap": 1.2e3, "substrate": materials.PET, **metals}
    sizes = {"size": array.SIZE, "coarse_size": array.COARSE}
    found = thermal_network(
        array.BLOCK,
        materials=array.block_materials(),
        heat_capacity=stored,
        sink=array.SINK,
        degree=1,
        **sizes,
    )
    assert found.time_constants[0] > 1e7 * found.time_constants[-1] > 0
    drawing = array.BLOCK.mesh(**sizes, growth=2.0)
    given = by_region(array.BLOCK, drawing.regions, array.block_materials())
    heat = SteadyHeat(DeviceMesh.from_drawing(drawing), given, {"sink": array.SINK}, many=True)
    whole = HeatStorage(heat, by_region(array.BLOCK, drawing.regions, stored))
    times, rises = heat_step(whole, "cell_1_1", found.cells, start=1e-5, end=0.1, steps=4)
    times, rises = times[8:], rises[8:]  # the steps themselves are coarse at first
    found_rises = found.step_response(times)[:, :, 4]
    assert np.abs((found_rises - rises) / rises[-1]).max() < 0.005
    assert np.abs(found_rises[:, 4] / rises[:, 4] - 1).max() < 0.01
