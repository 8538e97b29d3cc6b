"""What goes into a film with ``Conduction`` comes out of it: energy, ions and the current of its source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem as dfem

from fem import Circuit, HeatSink, State, StepControl, integrate
from fem.forms.compilation import compiled
from fem.units import nm
from tests.conducting import VACANCY, heat_capacity, screened_oxide, with_filament
from tests.powers import Meter, Powers

RISE, HIGH = 10e-9, -1.2  # [s, V] of a ramp that is fast enough for displacement and heat to be stored


Pulse = tuple[list[State], list[Powers]]


def ramp() -> Pulse:
    """Return a ramp on an oxide with a filament, which is followed closely, and the powers of its steps."""
    device = screened_oxide(sink=HeatSink(300.0, 1e-8))
    meter, states, powers = Meter(device), [with_filament(device, radius=10 * nm)], []
    run = integrate(
        device,
        states[0],
        bias=lambda t: {"top": float(np.interp(t, [0, RISE], [0, HIGH]))},
        end=RISE,
        control=StepControl(tolerance=5e-3, max_step=RISE / 60, max_bias_step=0.1),
    )
    for state in run:
        states.append(state)
        if np.array_equal(device.context.unknown.x.array, state.values.ravel()):
            powers.append(meter(state))
    return states, powers


@pytest.fixture(scope="module")
def pulsed() -> Pulse:
    return ramp()


def energy_not_given(powers: list[Powers]) -> float:
    """Return the largest power that is heat or stored by the field and no terminal gave, over the largest given."""
    return max(abs(p.given - p.heat - p.field) for p in powers) / max(p.given for p in powers)


def heat_not_found(powers: list[Powers]) -> float:
    """Return the largest heat that neither warms nor leaves by the sinks, over the largest heat."""
    return max(abs(p.heat - p.warming - p.sunk) for p in powers) / max(p.heat for p in powers)


def ions_lost(states: list[State]) -> float:
    """Return by what share the inventory of ions is another one than at first, at most."""
    inventory = np.array([state.ion_inventory(VACANCY) for state in states])
    return float(np.abs(inventory / inventory[0] - 1).max())


def test_power_of_the_terminals_is_heat_and_what_the_field_stores(pulsed: Pulse) -> None:
    """At every step, to 1e-12 of the largest."""
    _, powers = pulsed
    largest = max(p.given for p in powers)
    assert len(powers) > 30 and largest > 1e-8
    assert max(abs(p.field) for p in powers) > 1e-5 * largest
    assert energy_not_given(powers) < 1e-12


def test_heat_is_what_warms_and_what_leaves_by_the_sinks(pulsed: Pulse) -> None:
    """At every step, to 1e-12 of the largest."""
    _, powers = pulsed
    assert max(p.warming for p in powers) > 0.05 * max(p.heat for p in powers)
    assert heat_not_found(powers) < 1e-12


def test_energy_of_a_ramp_is_in_its_heat_and_in_what_left(pulsed: Pulse) -> None:
    """Integrated over time to 0.1 %: the rates of a formula of second order, whose sum is no difference, limit it."""
    states, powers = pulsed
    device = states[0].device
    time = np.array([0.0, *(p.time for p in powers)])
    given, field, sunk = (
        float(np.trapezoid([0.0, *(getattr(p, n) for p in powers)], time)) for n in ("given", "field", "sunk")
    )
    warmed = float(heat_capacity(device) @ (states[-1].temperature() - 300.0))
    assert warmed > 0.02 * given
    assert given - field == pytest.approx(warmed + sunk, rel=1e-3)


def test_inventory_of_ions_is_kept_and_what_enters_leaves(pulsed: Pulse) -> None:
    """Ions to 1e-10, currents to 1e-10 of the largest."""
    states, _ = pulsed
    assert ions_lost(states) < 1e-10
    top, bottom = (np.array([s.current(c) for s in states[1:]]) for c in ("top", "bottom"))
    assert np.abs(top + bottom).max() < 1e-10 * np.abs(top).max()


def test_averages_hold_as_many_ions_as_there_are(pulsed: Pulse) -> None:
    """To 1e-9: nothing of an average leaves the film, at each step as in the state that was made."""
    states, _ = pulsed
    device = states[0].device
    context = device.context
    c, test = context.calculus, ufl.TestFunction(context.scalar_space)
    inside = context.indicator(("film",))
    weights = dfem.assemble_vector(compiled(c.lump(lambda i: inside, test))).array
    for state in states:
        local, mean = (state.values[:, context.index(n)] for n in (VACANCY, f"averaged {VACANCY}"))
        assert weights @ mean == pytest.approx(weights @ local, rel=1e-9)


def currents_at(limit: float) -> list[float]:
    """Return the currents [A] from 1 s on of a source of that compliance, while vacancies move and the film warms."""
    device = screened_oxide()
    run: Any = integrate(
        device,
        with_filament(device, radius=10 * nm),
        bias=lambda t: {"top": min(t, 1.0)},
        end=2.0,
        kinks=[1.0],
        circuits={"top": Circuit(compliance=limit)},
        control=StepControl(tolerance=0.1, max_bias_step=0.1),
    )
    return [state.current("top") for state in run if state.time >= 1.0]


def compliance_missed() -> float:
    """Return by what share the current of a source at its compliance is another one, at most."""
    limit = 5e-6
    currents = currents_at(limit)
    assert len(currents) > 3
    return float(np.abs(np.array(currents) / limit - 1).max())


def test_source_at_its_compliance_gives_that_current() -> None:
    """To 1e-9."""
    assert compliance_missed() < 1e-9
