"""Steady heat conduction against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem import DeviceMesh, HeatSink
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.heat.steady import SteadyHeat
from fem.units import nm
from geometries import Layer, VerticalStack, Via

DATA = Path(__file__).parent / "data"
THICKNESS, AREA = 100 * nm, 1e-14


def slab(*names: str, area: float | None = AREA) -> DeviceMesh:
    """Return layers of 100 nm each on a line."""
    stack = VerticalStack(*(Layer(name, THICKNESS) for name in names or ("film",)))
    return DeviceMesh.from_drawing(stack.mesh(size=10 * nm, interface_size=10 * nm, area=area))


@pytest.mark.parametrize("degree", [1, 2])
def test_heated_slab_between_sinks_has_a_parabolic_profile(degree: int) -> None:
    mesh = slab()
    heat = SteadyHeat(mesh, {"film": 0.5}, {"bottom": HeatSink(300.0), "top": HeatSink(300.0)}, degree=degree)
    field = heat.solve({"film": 1e16})
    x = heat.space.tabulate_dof_coordinates()[:, 0] * mesh.unit
    expected = 1e16 * x * (THICKNESS - x) / (2 * 0.5)
    assert np.allclose(field.rise, expected, rtol=0, atol=1e-10 * expected.max())
    assert field.power == pytest.approx(1e16 * THICKNESS * AREA, rel=1e-12)
    for sink in ("bottom", "top"):
        assert field.heat_into(sink) == pytest.approx(field.power / 2, rel=1e-10)
    assert heat.volume("film") == pytest.approx(THICKNESS * AREA, rel=1e-12)


def test_boundary_resistance_adds_its_temperature_step() -> None:
    """Heat in the upper layer flows down through both layers and the sink's resistance."""
    heat = SteadyHeat(
        slab("lower", "upper"), {"lower": 2.0, "upper": 0.5}, {"bottom": HeatSink(310.0, 1e-8)}, degree=2
    )
    power = 1e-6
    field = heat.solve(powers={"upper": power})
    flux = power / AREA
    at_interface = 310.0 + flux * (1e-8 + THICKNESS / 2.0)
    assert field.mean("lower") == pytest.approx(310.0 + flux * (1e-8 + THICKNESS / 4.0), rel=1e-12)
    assert field.mean("upper") == pytest.approx(at_interface + flux * THICKNESS / (3 * 0.5), rel=1e-12)
    assert field.maximum == pytest.approx(at_interface + flux * THICKNESS / (2 * 0.5), rel=1e-12)
    assert field.heat_into("bottom") == pytest.approx(power, rel=1e-10)


def test_heat_flows_from_the_hot_sink_to_the_cold_one() -> None:
    heat = SteadyHeat(
        slab(area=None), {"film": 0.5}, {"bottom": HeatSink(300.0), "top": HeatSink(320.0, 1e-7)}
    )
    field = heat.solve(powers={"film": 0.0})
    expected = 20.0 / (1e-7 + THICKNESS / 0.5)  # [W/m²]
    assert field.heat_into("bottom") == pytest.approx(expected, rel=1e-10)
    assert field.heat_into("top") == pytest.approx(-expected, rel=1e-10)
    assert field.mean_rise("film") == 0.0


def test_sources_superpose() -> None:
    heat = SteadyHeat(slab("a", "b"), {"a": 1.0, "b": 3.0}, {"bottom": HeatSink(300.0)})
    one, two = heat.solve(powers={"a": 1e-6}), heat.solve(powers={"b": 2e-6})
    both = heat.solve(powers={"a": 1e-6, "b": 2e-6})
    assert np.allclose(both.rise, one.rise + two.rise, rtol=1e-12)


def test_heated_cylinder_between_isothermal_planes() -> None:
    """Axial temperature of a filament (radius 10 nm, 10 W/(m K)) in a medium of 0.5 W/(m K), exact series."""
    shape = Via(radius=10 * nm, wall_thickness=590 * nm, lateral_size=40 * nm, edge_size=0.5 * nm)
    layers = Layer("lower", 5 * nm), Layer("film", 100 * nm), Layer("upper", 5 * nm)
    mesh = DeviceMesh.from_drawing(
        VerticalStack(*layers).mesh(size=5 * nm, interface_size=1 * nm, shape=shape)
    )
    sinks = {name: HeatSink(300.0) for name in ("bottom", "top")}
    conductivity = {"film": 10.0, "SiO2": 0.5, "lower": 1e6, "upper": 1e6}  # plates: isothermal
    heat = SteadyHeat(mesh, conductivity, sinks, degree=2)
    field = heat.solve({"film": 1e18})
    assert field.power == pytest.approx(np.pi * (10 * nm) ** 2 * 100 * nm * 1e18, rel=1e-10)
    assert sum(field.heat_into(s) for s in sinks) == pytest.approx(field.power, rel=1e-8)
    z, exact = np.loadtxt(DATA / "heat_filament_axial.csv", delimiter=",", skiprows=1).T
    points = heat.space.tabulate_dof_coordinates() * mesh.unit
    height = points[:, 1] - 5 * nm
    axis = np.flatnonzero((points[:, 0] < 1e-3 * nm) & (height > 0) & (height < 100 * nm))
    rise = np.interp(height[axis], z, exact)
    assert np.abs(field.rise[axis] - rise).max() < 1e-3 * exact.max()


def test_impossible_heat_problems_are_refused() -> None:
    mesh, sink = slab(), {"bottom": HeatSink(300.0)}
    with pytest.raises(IncompatibleError, match="no heat sink"):
        SteadyHeat(mesh, {"film": 1.0}, {})
    with pytest.raises(UnknownNameError, match="contact 'botom'"):
        SteadyHeat(mesh, {"film": 1.0}, {"botom": HeatSink(300.0)})
    with pytest.raises(IncompatibleError, match="'film' has no thermal conductivity"):
        SteadyHeat(mesh, {}, sink)
    with pytest.raises(OutOfRangeError, match="positive"):
        SteadyHeat(mesh, {"film": 0.0}, sink)
    with pytest.raises(OutOfRangeError, match="1 or 2"):
        SteadyHeat(mesh, {"film": 1.0}, sink, degree=3)
    heat = SteadyHeat(mesh, {"film": 1.0}, sink)
    for power in (-1.0, np.inf, np.nan):
        with pytest.raises(OutOfRangeError, match="power in region 'film'"):
            heat.solve(powers={"film": power})
    with pytest.raises(UnknownNameError, match="did you mean 'film'"):
        heat.solve({"fim": 1.0})
    with pytest.raises(IncompatibleError, match="needs a source"):
        heat.solve()
    with pytest.raises(UnknownNameError, match="heat sink 'top'"):
        heat.solve(powers={"film": 1.0}).heat_into("top")
