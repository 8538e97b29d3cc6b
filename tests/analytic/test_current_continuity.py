"""Current continuity and its heat against closed forms: bars, layers, a disc on a cylinder, a thermistor."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Circuit, Device, HeatSink, OhmicContact, steady
from fem.materials import Arrhenius
from fem.physics import Conduction, Heat
from fem.units import nm
from geometries import Axisymmetric, Layer, VerticalStack
from tests.conducting import material, resistor

KT = 1.380649e-23 / 1.602176634e-19  # [eV/K]


def conductor(conductivity: Any, **more: Any) -> Any:
    return material(electrical_conductivity=(conductivity, "S/m"), **more)


@pytest.mark.parametrize("shape", [None, Axisymmetric(radius=30 * nm, lateral_size=8 * nm)])
def test_bar_has_the_resistance_of_its_length_and_area(shape: Any) -> None:
    area = 1.0 if shape is None else np.pi * (30 * nm) ** 2
    state = steady(resistor(conductivity=2.0, shape=shape), {"top": 0.7})
    assert state.current("top") == pytest.approx(0.7 * 2.0 * area / (100 * nm), rel=1e-12)
    assert state.current("bottom") == pytest.approx(-state.current("top"), rel=1e-12)


def test_two_layers_are_resistances_in_series() -> None:
    """Nine decades of conductivity apart: the potential falls where the resistance is."""
    layers = [Layer("first", 40 * nm), Layer("second", 60 * nm)]
    device = resistor(layers=layers, materials={"first": conductor(1e-4), "second": conductor(1e5)})
    expected = 0.5 / (40 * nm / 1e-4 + 60 * nm / 1e5)
    assert steady(device, {"top": 0.5}).current("top") == pytest.approx(expected, rel=1e-10)


def test_disc_on_a_cylinder_has_its_spreading_resistance() -> None:
    r"""Maxwell's :math:`\rho/4a`, less for a flux tube of radius b by the factor of :math:`\varepsilon=a/b` in
    K. J. Negus and M. M. Yovanovich (1984), and the resistance of the tube itself."""
    a, b, height = 5 * nm, 100 * nm, 200 * nm
    stack = VerticalStack(Layer("film", height, size=12 * nm), Layer("dot", 5 * nm))
    shape = Axisymmetric(radius=b, electrode_radius=a, lateral_size=8 * nm, edge_size=0.02 * nm)
    device = Device(
        mesh=stack.mesh(size=12 * nm, interface_size=0.02 * nm, shape=shape, growth=1.3),
        materials={"film": conductor(10.0), "dot": material("metal")},
        physics=[Conduction()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    resistance = 0.1 / steady(device, {"top": 0.1}).current("top")
    spreading = resistance - height / (10.0 * np.pi * b**2)
    e = a / b
    factor = 1 - 1.40978 * e + 0.34406 * e**3 + 0.0435 * e**5
    assert spreading == pytest.approx(factor / (4 * 10.0 * a), rel=0.01)


def test_bar_between_cold_ends_is_warmest_by_the_parabola() -> None:
    ends: Any = [OhmicContact(), HeatSink(300.0)]
    device = resistor(conductivity=1e4, heat=True, contacts={"bottom": ends, "top": ends})
    state = steady(device, {"top": 0.1})
    assert state.temperature().max() - 300.0 == pytest.approx(0.1**2 * 1e4 / (8 * 0.5), rel=1e-6)


def test_wire_cooled_at_its_side_is_warmest_by_the_parabola(drawings: ModuleType) -> None:
    """With the fall across the boundary resistance: q R²/4κ + q R/2 · r."""
    drawn = drawings.Rectangle(
        sides={"bottom": "bottom", "top": "top", "right": "side"},
        width=50.0,
        height=50.0,
        size=4.0,
        coordinates="axisymmetric",
    )
    device = Device(
        mesh=drawn,
        materials=dict.fromkeys(("lower", "upper"), conductor(1e4)),
        physics=[Conduction(), Heat(electronic=False)],
        contacts={"bottom": OhmicContact(), "top": OhmicContact(), "side": HeatSink(300.0, 2e-8)},
    )
    state = steady(device, {"top": 0.05})
    heat, radius = 1e4 * (0.05 / (50 * nm)) ** 2, 50 * nm
    rise = heat * radius**2 / (4 * 0.5) + heat * radius / 2 * 2e-8
    assert state.temperature().max() - 300.0 == pytest.approx(rise, rel=0.01)
    assert state.current("top") == pytest.approx(0.05 * 1e4 * np.pi * radius, rel=1e-9)


def thermistor() -> Device:
    """Return a good conductor of heat between boundary resistances: all at one temperature."""
    ends: Any = [OhmicContact(), HeatSink(300.0, 1e-6)]
    law = conductor(Arrhenius(1e6, 0.3), thermal_conductivity=(1e5, "W/(m K)"))
    return resistor(heat=True, contacts={"bottom": ends, "top": ends}, materials={"film": law})


@pytest.mark.parametrize("rise", [2.0, 20.0, 60.0, 150.0])
def test_thermistor_is_as_warm_as_its_own_heat_makes_it(rise: float) -> None:
    """Driven by the current that belongs to ``rise`` [K]; beyond some 75 K the voltage falls with the current."""
    conductance = 1e6 * np.exp(-0.3 / (KT * (300.0 + rise))) / (100 * nm)
    power = 2 * rise / 1e-6
    current, voltage = np.sqrt(power * conductance), np.sqrt(power / conductance)
    circuits = {"top": Circuit(source="current")}
    state = steady(thermistor(), {"top": current}, circuits=circuits, max_bias_step=current / 20)
    assert state.bias["top"] == pytest.approx(voltage, rel=1e-4)
    assert state.temperature().max() - 300.0 == pytest.approx(rise, rel=1e-4)


def test_thermistor_held_at_a_voltage_is_at_the_fixed_point() -> None:
    voltage, warm = 0.4, 300.0
    for _ in range(200):  # a contraction below the voltage at which it runs away
        warm = 300.0 + 1e-6 / 2 * voltage**2 * 1e6 * np.exp(-0.3 / (KT * warm)) / (100 * nm)
    state = steady(thermistor(), {"top": voltage})
    assert warm > 305.0
    assert state.temperature().max() - 300.0 == pytest.approx(warm - 300.0, rel=1e-4)
