"""Ferroelectric polarisation in plates and stacks whose loops and currents are known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, State, StepControl, equilibrium, integrate, steady
from fem.constants import VACUUM_PERMITTIVITY
from fem.physics import DomainSwitching, Ferroelectric, LandauKhalatnikov, Poisson
from fem.units import cm, eV, ms, nm, s, us
from geometries import Layer, VerticalStack

THICKNESS, AREA, PERMITTIVITY = 100 * nm, (10e-6) ** 2, 10.0
REMANENT = 0.08  # [C/m^2]
MERZ = DomainSwitching(remanent_polarization=REMANENT, activation_field=8e8, attempt_time=1e-9)
GATE = GateContact(work_function=4.5 * eV)


def plate(
    devices: ModuleType, law: Any, *, initial: Any = 0.0, series: float | None = None, nodes: int = 5
) -> Device:
    """Return a film between two gates, above an oxide of thickness ``series`` [m] and permittivity 4 if given."""
    layers = [Layer("film", THICKNESS)]
    places = {"film": np.linspace(0, THICKNESS, nodes)}
    if series is not None:
        layers, places = [Layer("oxide", series), *layers], {"oxide": [0, series]} | places
    return Device(
        mesh=VerticalStack(*layers).line(nodes=places, area=AREA),
        materials={
            layer.name: devices.insulator(layer.name, PERMITTIVITY if layer.name == "film" else 4.0)
            for layer in layers
        },
        physics=[Poisson(), Ferroelectric("film", law, initial=initial)],
        contacts={"bottom": GATE, "top": GATE},
        temperature=300.0,
    )


def run(start: State, volts: Callable[[float], float], end: float, **more: Any) -> list[State]:
    """Return the states with ``volts`` on the bottom, along whose sign the field points."""
    more.setdefault("control", StepControl(tolerance=2e-4, max_bias_step=0.2))
    states = integrate(start.device, start, bias=lambda t: {"bottom": volts(t), "top": 0.0}, end=end, **more)
    return [start, *states]


def triangle(amplitude: float, period: float) -> tuple[Callable[[float], float], list[float]]:
    """Return a triangle from 0 V up, down and so on, with its kinks in three quarters of two periods."""

    def volts(t: float) -> float:
        phase = t / period % 1.0
        return amplitude * (4 * phase if phase < 0.25 else 2 - 4 * phase if phase < 0.75 else 4 * phase - 4)

    return volts, [period * q / 4 for q in (1, 3, 5)]


def middle(states: list[State]) -> Any:
    """Return times [s] and polarisations [C/m^2] in the film's middle."""
    node = states[0].polarization().size - 3
    return np.array([(state.time, state.polarization()[node]) for state in states]).T


def crossing(x: Any, y: Any, rising: bool) -> float:
    """Return x where y crosses 0 in one direction, by a straight line."""
    sign = 1 if rising else -1
    k = int(np.flatnonzero((sign * y[:-1] < 0) & (sign * y[1:] >= 0))[0])
    return float(x[k] - y[k] * (x[k + 1] - x[k]) / (y[k + 1] - y[k]))


def test_a_slow_landau_loop_has_the_remanence_and_the_coercive_field_given(devices: ModuleType) -> None:
    coercive = 0.5e6 / cm
    law = LandauKhalatnikov(remanent_polarization=REMANENT, coercive_field=coercive, switching_time=1 * us)
    device, period = plate(devices, law, initial=-REMANENT), 10 * s
    volts, kinks = triangle(2 * coercive * THICKNESS, period)
    states = run(equilibrium(device), volts, period, kinks=kinks)
    time, p = middle(states)
    field = np.array([volts(t) for t in time]) / THICKNESS
    assert crossing(field, p, rising=True) == pytest.approx(coercive, rel=0.01)
    assert crossing(field[time > period / 2], p[time > period / 2], rising=False) == pytest.approx(
        -coercive, rel=0.01
    )
    later = time > period / 4
    assert np.interp(period / 2, time[later], p[later]) == pytest.approx(REMANENT, rel=0.01)
    away = np.abs(np.abs(field) - coercive) > 0.05 * coercive
    np.testing.assert_allclose(law.static_field(p[away]), field[away], atol=1e-3 * coercive)


@pytest.mark.parametrize("period", [1 * ms, 1 * s])
@pytest.mark.parametrize("law", [MERZ, replace(MERZ, exponent=2.0)])
def test_the_coercive_field_of_a_triangle_is_that_of_the_integral_of_merz_rate(
    devices: ModuleType, law: DomainSwitching, period: float
) -> None:
    amplitude = 2.5 * law.coercive_field(4 * 6.0 / THICKNESS / period) * THICKNESS
    volts, kinks = triangle(amplitude, period)
    device = plate(devices, law, initial=-REMANENT)
    states = run(equilibrium(device), volts, period / 2, kinks=kinks[:1])
    time, p = middle(states)
    expected = law.coercive_field(4 * amplitude / THICKNESS / period)
    found = crossing(np.array([volts(t) for t in time]) / THICKNESS, p, rising=True)
    assert found == pytest.approx(expected, rel=0.01)
    assert p[-1] == pytest.approx(REMANENT, rel=1e-3)


def test_a_law_made_from_a_coercive_field_has_it_at_that_ramp_and_more_at_a_faster_one() -> None:
    given = dict(remanent_polarization=REMANENT, coercive_field=5e7, ramp_rate=1e10, attempt_time=1e-10)
    for more in ({}, {"exponent": 1.7}, {"classes": 5, "spread": 0.2}):
        law = DomainSwitching.from_coercive_field(**given, **more)  # type: ignore[arg-type]
        assert law.coercive_field(1e10) == pytest.approx(5e7, rel=1e-8)
        assert law.coercive_field(1e12) > 1.05 * law.coercive_field(1e10)


def test_in_a_constant_field_the_polarization_relaxes_as_its_closed_form(devices: ModuleType) -> None:
    device, volts = plate(devices, MERZ, initial=-REMANENT), 6.0
    states = run(steady(device, {"bottom": volts}, start=equilibrium(device)), lambda t: volts, 4 * ms)
    time, p = middle(states)
    np.testing.assert_allclose(p, MERZ.after(-REMANENT, volts / THICKNESS, time), atol=2e-3 * REMANENT)
    assert p[-1] > 0.99 * REMANENT


def test_what_a_pulse_writes_depends_on_its_length_and_stays_at_zero_field(devices: ModuleType) -> None:
    written, volts = {}, 5.0
    for length in (0.1 * ms, 5 * ms, 50 * ms):
        device, edge = plate(devices, MERZ, initial=-REMANENT), 1e-4 * length
        corners = [0.0, edge, length, length + edge]

        def pulse(t: float, corners: list[float] = corners) -> float:
            return float(np.interp(t, corners, [0.0, volts, volts, 0.0]))

        states = run(equilibrium(device), pulse, length + 1e6, kinks=corners[1:])
        time, p = middle(states)
        written[length] = p[-1]
        assert p[time >= corners[-1]] == pytest.approx(p[-1], rel=1e-9)  # eleven days at 0 V
        expected = float(MERZ.after(-REMANENT, volts / THICKNESS, length))
        assert p[-1] == pytest.approx(expected, abs=3e-3 * REMANENT)
    short, middling, long = written.values()
    assert short < -0.97 * REMANENT and -0.7 * REMANENT < middling < 0.7 * REMANENT and long > 0.99 * REMANENT


def test_the_terminal_current_is_the_rate_of_the_displacement(devices: ModuleType) -> None:
    """Of the film above an oxide: D = P - ε ∂ψ/∂x, the same at both contacts, in its integral over time.

    In the first steps, of half a nanosecond, the rounding of ψ over the step is some 1e-12 of the current.
    """
    device = plate(devices, MERZ, initial=-REMANENT, series=5 * nm)
    volts, kinks = triangle(10.0, 10 * ms)
    states = run(equilibrium(device), volts, 10 * ms, kinks=kinks[:2])
    time, p = middle(states)
    flow = np.array([[state.current(n) for n in ("bottom", "top")] for state in states])
    np.testing.assert_allclose(flow.sum(axis=1), 0.0, atol=5e-12 * np.abs(flow).max())
    for name in ("bottom", "top"):
        parts = [state.currents[name] for state in states[1:]]
        total = [part["total"] for part in parts]
        added = [part["polarization"] + part["displacement"] for part in parts]
        np.testing.assert_allclose(added, total, atol=1e-9 * np.abs(flow).max())
    slope = [np.diff(state.potential())[-1] * 4 / THICKNESS for state in states]
    charge = AREA * (p - VACUUM_PERMITTIVITY * PERMITTIVITY * np.array(slope))
    brought = np.concatenate([[0.0], np.cumsum((flow[1:, 0] + flow[:-1, 0]) / 2 * np.diff(time))])
    np.testing.assert_allclose(brought, charge - charge[0], atol=2e-3 * np.ptp(charge))


def test_one_switching_brings_the_charge_of_twice_the_remanence(devices: ModuleType) -> None:
    device = plate(devices, MERZ, initial=-REMANENT)
    period = 0.01 * s
    volts, kinks = triangle(10.0, period)
    states = run(equilibrium(device), volts, period / 2, kinks=kinks[:1])
    flow = np.array([state.current("bottom") for state in states[1:]])
    charge = float((flow * np.diff([state.time for state in states])).sum())
    assert charge == pytest.approx(2 * REMANENT * AREA, rel=5e-3)


def test_a_series_oxide_takes_the_voltage_that_the_displacement_leaves_it(devices: ModuleType) -> None:
    """D = ε_o V_o/d_o = ε_f V_f/d_f + P with V_o + V_f = V."""
    oxide, volts = 8 * nm, 1.3
    device = plate(devices, MERZ, initial=0.5 * REMANENT, series=oxide)
    psi = steady(device, {"bottom": volts}, start=equilibrium(device)).potential()
    per_film, per_oxide = (VACUUM_PERMITTIVITY * e / d for e, d in ((PERMITTIVITY, THICKNESS), (4.0, oxide)))
    film = (per_oxide * volts - 0.5 * REMANENT) / (per_film + per_oxide)
    assert psi[1] - psi[-1] == pytest.approx(film, rel=1e-9)
    assert psi[0] - psi[1] == pytest.approx(volts - film, rel=1e-9)


def test_a_shorted_film_keeps_its_polarization_and_one_on_an_oxide_loses_it(devices: ModuleType) -> None:
    left = {}
    for series in (None, 5 * nm):
        device = plate(devices, MERZ, initial=REMANENT, series=series)
        _, p = middle(run(equilibrium(device), lambda t: 0.0, 1 * s))
        left[series] = p[-1] / REMANENT
    assert left[None] == pytest.approx(1.0, abs=1e-12)
    assert 0.0 < left[5 * nm] < 0.9


def test_a_steady_state_holds_the_polarization_and_carries_no_current(devices: ModuleType) -> None:
    device = plate(devices, MERZ, initial=-REMANENT, series=5 * nm)
    found = steady(device, {"bottom": 20.0}, start=equilibrium(device))
    assert found.polarization()[1:] == pytest.approx(-REMANENT, abs=0.0)
    assert found.polarization()[0] == 0.0
    assert found.current("bottom") == 0.0 and found.currents["top"]["polarization"] == 0.0
