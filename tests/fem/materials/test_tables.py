"""Tables and formulas of the temperature: what they say, where they end, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from fem.errors import MemfemError, ModelWarning, OutOfRangeError, UnknownNameError
from fem.materials import MAPBI3, Arrhenius, Datum, Formula, Table
from tests.devices import semiconductor

POINTS = tuple(np.linspace(150.0, 400.0, 11))


def test_a_table_has_its_values_at_its_points_and_no_more_than_these_between() -> None:
    law = Table((100.0, 200.0, 210.0, 400.0), (1.0, 1e3, 2.0, 2.0))
    assert law(np.array(law.temperatures)) == pytest.approx(law.values, rel=1e-12)
    between = law(np.linspace(100.0, 400.0, 1001))
    assert between.min() >= 1.0 - 1e-12
    assert between.max() <= 1e3 * (1 + 1e-12)


def test_a_table_of_an_activated_value_is_that_within_a_part_in_a_thousand() -> None:
    law = Arrhenius(1e4, 0.1)
    table = Table(POINTS, tuple(law(t) for t in POINTS))
    for t in np.linspace(175.0, 375.0, 31):
        assert table(float(t)) == pytest.approx(law(float(t)), rel=4e-3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2.0),
        ("T", 250.0),
        ("-T + 2*T**2/T", 250.0),
        ("exp(-0.1/(k*T))", np.exp(-0.1 / (8.617333262e-5 * 250.0))),
        ("sqrt(T)*log(T)/tanh(1) + abs(-T)", np.sqrt(250.0) * np.log(250.0) / np.tanh(1.0) + 250.0),
        ("1/2", 0.5),
    ],
)
def test_a_formula_is_what_it_says(text: str, value: float) -> None:
    assert Formula(text, (200.0, 300.0))(250.0) == pytest.approx(value, rel=1e-9)
    assert Formula(text, (200.0, 300.0), factor=3.0)(250.0) == pytest.approx(3 * value, rel=1e-9)


@pytest.mark.parametrize("law", [Table((200.0, 300.0), (1.0, 2.0)), Formula("T/100 - 1", (200.0, 300.0))])
def test_beyond_its_range_a_law_stays_as_it_is_at_the_end(law: Table | Formula) -> None:
    assert law(100.0) == pytest.approx(1.0)
    assert law(1000.0) == pytest.approx(2.0)
    assert Datum(law, "1", "assumed", "a test").valid == (200.0, 300.0)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "T.real",
        "(lambda: T)()",
        "[T for T in (1,)][0]",
        "T if T else 1",
        "'a'*3",
        "T and 1",
        "exp(T, T)",
        "exp(*T)",
        "exp",
        "exp(exp)",
        "T(T)",
        "t",
        "True",
        "1j*T",
        "T > 1",
        "",
        "T +",
        "9**9**9**9**9",
        "1/0",
        "T - 250",
        "log(T - 200)",
        "1e308*T",
        "(" * 3000 + "T" + ")" * 3000,
        "(" * 300 + "T" + ")" * 300,
    ],
)
def test_what_is_no_formula_of_the_temperature_is_refused_in_words(text: str) -> None:
    with pytest.raises(MemfemError):
        Formula(text, (200.0, 300.0))


def test_a_misspelt_name_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"sqr.*sqrt"):
        Formula("sqr(T)", (200.0, 300.0))


@pytest.mark.parametrize(
    ("temperatures", "values"),
    [
        ((300.0,), (1.0,)),
        ((300.0, 200.0), (1.0, 2.0)),
        ((200.0, 200.0), (1.0, 2.0)),
        ((200.0, 300.0), (1.0, 0.0)),
        ((200.0, 300.0), (1.0, -1.0)),
        ((200.0, 300.0), (1.0, 2.0, 3.0)),
        ((200.0, float("nan")), (1.0, 2.0)),
        ("ab", "cd"),
    ],
)
def test_what_is_no_table_is_refused(temperatures: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(OutOfRangeError):
        Table(temperatures, values)


def test_a_material_shows_its_laws_with_their_range() -> None:
    changed = MAPBI3.with_(
        electron_mobility=Formula("1e-4*(T/300)**-1.5", (150.0, 400.0)),
        hole_mobility=Datum(Table((200.0, 300.0), (2.0, 1.0)), "cm^2/(V s)", "assumed", "a test"),
    )
    assert changed.si("electron_mobility", 200.0) == pytest.approx(1e-4 * 1.5**1.5)
    assert changed.si("hole_mobility", 200.0) == pytest.approx(2e-4)
    assert "1e-4*(T/300)**-1.5 from 150 to 400 K" in str(changed)
    assert "1 at 300 K, a table from 200 to 300 K" in str(changed)
    with pytest.raises(OutOfRangeError, match="positive"):
        semiconductor("film").with_(
            relative_permittivity=Datum(Formula("T*1e-9 - 3e-7 + 1e-8", (200.0, 300.0)), "1", "assumed", "x")
        )


def test_a_device_beyond_the_range_of_a_table_warns_of_it() -> None:
    from fem import Device, OhmicContact
    from fem.physics import Carriers, Poisson
    from fem.units import nm
    from geometries import Layer, VerticalStack

    film = semiconductor("film").with_(electron_mobility=Table((280.0, 320.0), (1e-4, 2e-4)))

    def made(temperature: float) -> Device:
        return Device(
            mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=50 * nm, interface_size=50 * nm),
            materials={"film": film},
            physics=[Poisson(), Carriers()],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=temperature,
        )

    with pytest.warns(ModelWarning, match="electron_mobility of film"):
        made(350.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made(300.0)
