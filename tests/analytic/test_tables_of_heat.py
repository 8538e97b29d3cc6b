"""Tables and formulas where the temperature is an unknown, against the laws that they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl

from fem import Device, HeatSink, OhmicContact, parameters, steady
from fem.errors import IncompatibleError
from fem.forms.curves import Curve, cubic_pieces
from fem.forms.temperature_law import TemperatureLaw, power_and_energy
from fem.materials import Arrhenius, Formula, PowerLaw, Table
from fem.physics import Carriers, Conduction, Heat, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from tests.conducting import datum, material, resistor
from tests.devices import semiconductor
from tests.sensitive import TIGHT, differences

RANGE = (250.0, 700.0)
POINTS = tuple(np.linspace(*RANGE, 19))


def heated(conductivity: Any, kappa: Any = 0.5, **more: Any) -> Device:
    """Return 100 nm of a conductor that heats itself between two ends at 300 K."""
    ends: Any = [OhmicContact(), HeatSink(300.0)]
    film = material(electrical_conductivity=(conductivity, "S/m"), thermal_conductivity=(kappa, "W/(m K)"))
    given: dict[str, Any] = {
        "materials": {"film": film},
        "physics": [Conduction(), Heat(electronic=False)],
        "contacts": {"bottom": ends, "top": ends},
    }
    return resistor(**(given | more))


def figures(device: Device, voltage: float = 0.2) -> np.ndarray:
    """Return the current and the highest temperature [K]; it rises by some 120 K."""
    state = steady(device, {"top": voltage}, options=TIGHT)
    return np.array([state.current("top"), state.temperature().max()])


LAW = Arrhenius(6e4, 0.05)
FALLING = PowerLaw(0.5, -1.2)


def test_a_formula_is_the_law_that_it_writes_out() -> None:
    written = Formula("6e4*exp(-0.05/(k*T))", RANGE), Formula("0.5*(T/300)**-1.2", RANGE)
    expected = figures(heated(LAW, FALLING))
    assert expected[1] > 400.0
    assert figures(heated(*written)) == pytest.approx(expected, rel=1e-6)


def test_a_table_of_many_points_is_the_law_that_it_is_of() -> None:
    tables = [Table(POINTS, tuple(law(t) for t in POINTS)) for law in (LAW, FALLING)]
    assert figures(heated(*tables)) == pytest.approx(figures(heated(LAW, FALLING)), rel=1e-3)


def test_a_law_without_power_or_energy_acts() -> None:
    """A conductivity with a maximum, which neither has: T_max by the integral of kappa over sigma."""
    bell = Formula("2e4*exp(-((T - 400)/80)**2)", RANGE)
    for size, tolerance in ((5.0 * nm, 0.04), (2.5 * nm, 0.01)):
        mesh = VerticalStack(Layer("film", 100 * nm)).mesh(size=size, interface_size=size)
        hottest = figures(heated(bell, mesh=mesh), 0.2)[1]
        grid = np.linspace(300.0, hottest, 4001)
        total = np.trapezoid(0.5 / np.array([bell(t) for t in grid]), grid)  # = V^2/8 (Kohlrausch)
        assert hottest > 400.0
        assert total == pytest.approx(0.2**2 / 8, rel=tolerance)


@pytest.mark.parametrize(
    "law",
    [
        Table((200.0, 260.0, 300.0, 340.0, 500.0), (1.0, 30.0, 4.0, 5.0, 5.0)),
        Formula("1 + exp(-((T - 330)/40)**2)", (200.0, 500.0)),
    ],
)
def test_in_equations_a_law_is_what_it_is_of_numbers(law: Table | Formula) -> None:
    at = 300.0

    def value(theta: float) -> float:
        return float(law(at * theta))

    shape = (0.0, 0.0) if isinstance(law, Table) else power_and_energy(value)
    first, slope, pieces = cubic_pieces(value, *shape, [t / at for t in law.knots])
    numbers = [
        ufl.as_ufl(x) for x in (value(1.0), *shape, first, slope, law.between[0] / at, law.between[1] / at)
    ]
    curve = Curve(
        ends=(numbers[5], numbers[6]),
        start=(numbers[3], numbers[4]),
        pieces=tuple(tuple(ufl.as_ufl(x) for x in piece) for piece in pieces),  # type: ignore[misc]
    )
    found = TemperatureLaw(numbers[0], numbers[1], numbers[2], curve)
    for t in (150.0, 200.0, 233.0, 260.0, 299.0, 300.0, 321.0, 420.0, 500.0, 900.0):
        assert float(found(ufl.as_ufl(t / at))) == pytest.approx(law(t), rel=2e-5)


def test_the_current_is_sensitive_to_a_table_and_a_formula_as_differences_say() -> None:
    table = Table(POINTS, tuple(LAW(t) for t in POINTS))
    device = heated(table, Formula("0.5*(T/300)**-1.2", RANGE))
    names = [p.name for p in parameters(device) if "conductivity" in p.name]
    assert names == ["film.electrical_conductivity", "film.thermal_conductivity.factor"]
    from studies import sensitivity

    found = sensitivity(steady(device, {"top": 0.2}, options=TIGHT), names)
    for parameter in parameters(device, names):
        expected = differences(parameter, lambda other: figures(other)[:1], 1e-4)
        mine = found.sensitivity.sel(parameter=parameter.name, contact="top").item() * parameter.value
        assert mine == pytest.approx(expected[0], rel=1e-5)


def test_levels_that_are_tables_are_refused_with_heat_and_taken_without() -> None:
    gap = Table((200.0, 400.0), (1.0, 1.1))
    film = semiconductor("film", conduction=4.0, valence=5.0).with_(
        band_gap=datum(gap, "eV"),
        thermal_conductivity=datum(0.5, "W/(m K)"),
        volumetric_heat_capacity=datum(1e6, "J/(m^3 K)"),
    )
    ends: Any = [OhmicContact(), HeatSink(300.0)]
    given: dict[str, Any] = {"materials": {"film": film}, "contacts": {"bottom": ends, "top": ends}}
    with pytest.raises(IncompatibleError, match=r"band_gap of film.* is a Table"):
        resistor(physics=[Poisson(), Carriers(), Heat()], **given)
    given["contacts"] = {"bottom": OhmicContact(), "top": OhmicContact()}
    device = resistor(physics=[Poisson(), Carriers()], **given)
    assert device.setting.materials["film"].si("band_gap", 300.0) == pytest.approx(
        1.0488 * 1.602176634e-19, rel=1e-3
    )
