r"""A wire that is heated beyond its decomposition temperature: it opens, as two balances say, and stays open.

A short wire of high thermal conductivity between two sinks of resistance R has one temperature,
:math:`CL\,\dot T = \sigma V^2e^{-u}/L - 2(T - T_0)/R`, and :math:`\dot u = r(T)`.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from fem import Device, GateContact, HeatSink, OhmicContact, equilibrium, integrate, steady, with_ions
from fem.constants import BOLTZMANN
from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError
from fem.materials import Arrhenius
from fem.outputs import cell_values
from fem.physics import Conduction, Decomposition, Heat, MobileIons, Poisson, Screening
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.conducting import LAW, VACANCY, datum, material, resistor, vacancies
from tests.verification.test_jacobian import check_jacobian

SIGMA, LENGTH, SINK, LIMIT, AMBIENT = 4e3, 100 * nm, 1e-6, 400.0, 300.0  # S/m, m, m^2 K/W, K, K
CAPACITY, RATE, ENERGY = 1.2e6, 1e2, 1.0 * eV
HOT = 0.1  # [V]: 500 K at rest


def wire(*more: Any, layers: Any = (), limit: float | None = LIMIT) -> Device:
    """Return the wire, whose first layer has a decomposition temperature [K] if one is given."""
    layers = layers or (Layer("film", LENGTH),)
    plain = material(electrical_conductivity=(SIGMA, "S/m"), thermal_conductivity=(500.0, "W/(m K)"))
    first = plain.with_(decomposition_temperature=None if limit is None else datum(limit, "K"))
    return resistor(
        layers=layers,
        materials={layer.name: plain for layer in layers} | {layers[0].name: first},
        physics=[Conduction(), Heat(electronic=False), *more],
        contacts={n: [OhmicContact(), HeatSink(AMBIENT, SINK)] for n in ("bottom", "top")},
    )


def decomposing(energy: float = ENERGY) -> Decomposition:
    """Return the term."""
    return Decomposition(rate=RATE, energy=energy)


def balances(times: Any) -> Any:
    """Return T [K] and u at times [s] after the voltage has come."""

    def rates(_t: float, y: Any) -> list[float]:
        power = SIGMA * HOT**2 / LENGTH * np.exp(-y[1])
        warming = (power - 2 * (y[0] - AMBIENT) / SINK) / (CAPACITY * LENGTH)
        return [warming, RATE * np.exp(ENERGY / BOLTZMANN * (1 / LIMIT - 1 / y[0]))]

    return solve_ivp(rates, (0, times[-1]), [AMBIENT, 0.0], "LSODA", times, rtol=1e-9, atol=1e-9).y


def last(device: Device, volts: float, end: float, start: Any = None) -> Any:
    """Return the last state under a voltage until ``end`` [s] more."""
    start = start or steady(device, {})
    *_, state = integrate(device, start, bias={"top": volts}, end=start.time + end)
    return state


def test_wire_opens_as_the_balances_of_heat_and_reaction_say() -> None:
    """Temperature and what is left of the current, within 1 %, while it falls to a half and the wire cools by that."""
    device = wire(decomposing())
    start = steady(device, {})
    with pytest.warns(ModelWarning, match="'film' is at up to"):
        states = list(integrate(device, start, bias={"top": HOT}, end=1e-3))
    chosen = [s for s in states if s.time > 1e-9]
    warmth, u = balances([s.time for s in chosen])
    current = np.array([s.current("top") for s in chosen])
    np.testing.assert_allclose(current, SIGMA * HOT / LENGTH * np.exp(-u), rtol=0.01)
    found = [s.temperature().mean() - AMBIENT for s in chosen]
    np.testing.assert_allclose(found, warmth - AMBIENT, rtol=0.01, atol=0.1)
    assert current[-1] < 0.55 * current.max()
    decomposed = cell_values(states[-1])["decomposed"]
    np.testing.assert_allclose(decomposed, 1 - np.exp(-u[-1]), rtol=5e-3)
    sigma = cell_values(states[-1])["conductivity"]
    np.testing.assert_allclose(sigma, SIGMA * (1 - decomposed), rtol=1e-9)


def test_opened_wire_stays_open_when_it_is_cold_and_in_steady_states() -> None:
    device = wire(decomposing())
    with pytest.warns(ModelWarning):  # each of both runs
        hot = last(device, HOT, 1e-3)
        cold = last(device, 1e-3, 1e-4, hot)
    assert cold.temperature().max() < AMBIENT + 0.1
    left = hot.current("top") / HOT
    assert left < 0.55 * SIGMA / LENGTH
    assert cold.current("top") / 1e-3 == pytest.approx(left, rel=2e-3)  # it cools for a moment above its end
    assert cold.current("top") / 1e-3 <= left * (1 + 1e-12)
    rest = steady(device, {"top": 2e-3}, start=cold)
    assert rest.current("top") / 2e-3 == pytest.approx(cold.current("top") / 1e-3, rel=1e-9)


def test_hot_wire_opens_only_where_it_decomposes() -> None:
    """Beside a layer without a decomposition temperature, whose resistance stays."""
    device = wire(
        Decomposition(rate=1e4, energy=ENERGY), layers=(Layer("film", LENGTH / 2), Layer("end", LENGTH / 2))
    )
    with pytest.warns(ModelWarning):
        state = last(device, 1.4 * HOT, 1e-2)
    values = cell_values(state)
    end = device.mesh.cell_region == device.mesh.regions["end"]
    assert (values["decomposed"][end] == 0).all()
    np.testing.assert_allclose(values["conductivity"][end], SIGMA, rtol=1e-12)
    film = values["decomposed"][~end]
    assert film.min() > 0.9
    half = LENGTH / 2 / SIGMA
    assert 1.4 * HOT / state.current("top") == pytest.approx(half * (1 + 1 / (1 - film.mean())), rel=1e-3)


def test_below_the_decomposition_temperature_nothing_changes() -> None:
    """Currents to 1e-12, step by step; the reaction has 3 eV, and takes 1e10 s at 302 K."""
    found = []
    for more in ((), (decomposing(3.0 * eV),)):
        device = wire(*more)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            states = list(integrate(device, steady(device, {}), bias={"top": 0.01}, end=1e-6))
        found.append({s.time: s.current("top") for s in states})
    without, with_it = found
    assert list(without) == pytest.approx(list(with_it), rel=1e-12)
    assert list(without.values()) == pytest.approx(list(with_it.values()), rel=1e-12)


@pytest.mark.parametrize("follows", [True, False])
def test_a_run_above_it_warns_once_with_region_temperature_and_time(follows: bool) -> None:
    device = wire(*([decomposing()] if follows else []))
    start = steady(device, {})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in integrate(device, start, bias={"top": HOT}, end=1e-6):
            pass
    (text,) = [str(w.message) for w in told]
    time = float(text.split("from ")[1].split(" s on")[0])
    at = float(text.split("up to ")[1].split(" K")[0])
    # C L R/2 ln 2 = 42 ns: half of the rise of 200 K
    assert 4.0e-8 < time < 6.5e-8
    assert LIMIT < at < 440
    assert "region 'film'" in text
    assert ("no longer conducts" in text) == follows


def test_steady_state_above_it_warns_unless_its_start_was_so_hot() -> None:
    device = wire()
    with pytest.warns(
        ModelWarning, match=r"'film' is at up to 500.* K, above the 400 K at which .* decomposes"
    ):
        hot = steady(device, {"top": HOT})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steady(device, {"top": 1.01 * HOT}, start=hot)
        steady(device, {"top": HOT / 2})
        steady(wire(limit=None), {"top": HOT})


def test_wrong_decompositions_are_refused_in_words() -> None:
    with pytest.raises(OutOfRangeError, match=r"rate of Decomposition is 0\.0"):
        Decomposition(rate=0.0, energy=ENERGY)
    with pytest.raises(OutOfRangeError, match="10 eV"):
        Decomposition(rate=1.0, energy=1.5)
    with pytest.raises(IncompatibleError, match="give a material its decomposition_temperature"):
        wire(decomposing(), limit=None)
    device = wire()
    given: dict[str, Any] = {
        "mesh": device.mesh,
        "materials": device.setting.materials,
        "contacts": {"bottom": OhmicContact(), "top": OhmicContact()},
        "temperature": AMBIENT,
    }
    with pytest.raises(IncompatibleError, match=r"add Heat\(\)"):
        Device(physics=[Conduction(), decomposing()], **given)
    with pytest.raises(IncompatibleError, match="conductivity of Conduction"):
        Device(
            physics=[Poisson(), decomposing()],
            **given | {"contacts": {"top": GateContact(work_function=4.5 * eV)}},
        )
    film = device.setting.materials["film"]
    with pytest.raises(OutOfRangeError, match="at least 200 K"):
        film.with_(decomposition_temperature=140.0)
    with pytest.raises(IncompatibleError, match="one number"):
        film.with_(decomposition_temperature=Arrhenius(400.0, 0.1))


def test_jacobian_of_a_decomposing_film_is_the_finite_difference() -> None:
    device = wire(
        Decomposition(rate=1e9, energy=ENERGY), layers=(Layer("film", LENGTH / 2), Layer("end", LENGTH / 2))
    )
    context, rng = device.context, np.random.default_rng(5)
    for function in (context.unknown, context.previous, context.older):
        wild = rng.normal(0, 1, (len(function.x.array) // context.block_size, context.block_size))
        wild[:, context.index("temperature")] = rng.uniform(0.0, 0.5, len(wild))
        wild[:, context.index("decomposition")] = rng.uniform(0.0, 2.0, len(wild))
        function.x.array[:] = wild.ravel()
    context.set_time_formula((1.5, -2.0, 0.5), (1.5, -2.0, 0.5))
    check_jacobian(device, ("potential", "temperature", "decomposition"))


def test_screened_film_that_decomposes_within_nanoseconds_opens() -> None:
    """What is left conducts nothing; its Fermi level was lost in the rounding of the displacement current."""
    law = replace(LAW, averaging_length=2 * nm)
    film = material(ions={VACANCY: vacancies()}, decomposition_temperature=(320.0, "K"))
    device = resistor(
        mesh=VerticalStack(Layer("film", 10 * nm)).mesh(size=1 * nm, interface_size=1 * nm),
        materials={"film": film},
        physics=[
            Conduction({"film": law}, screening=Screening(carrier_mobility=1e-4)),
            MobileIons(VACANCY),
            Heat(),
            Decomposition(rate=1e18, energy=10 * eV),
        ],
        contacts={n: [OhmicContact(), HeatSink(AMBIENT, SINK)] for n in ("bottom", "top")},
    )
    start = with_ions(equilibrium(device), VACANCY, lambda x: 1.1e27 + 0 * x[0])
    ramp = 1e-8
    run = integrate(device, start, bias=lambda t: {"top": 3 * min(t / ramp, 1.0)}, end=3 * ramp, kinks=[ramp])
    *_, state = run
    assert cell_values(state)["decomposed"].min() > 1 - 1e-9
    assert state.current("bottom") == pytest.approx(-state.current("top"), abs=2 * state.current_error("top"))
    assert abs(state.current("top")) < 1e-6 * 3e4 * 3 / (10 * nm)
