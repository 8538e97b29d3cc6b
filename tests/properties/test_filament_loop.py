"""What a filament may never do: lose energy or vacancies, pass its compliance, depend on being stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem import Circuit, Device, HeatSink, OhmicContact, State, StepControl, integrate
from fem.errors import ConvergenceError
from fem.materials import Arrhenius
from studies import Sweep, Trace, iv_sweep
from tests.conducting import VACANCY, oxide, resistor, with_filament
from tests.powers import Meter

COARSE = StepControl(tolerance=5e-2, max_bias_step=0.1, resolution=0.1)
LIMIT = 6e-6
LOOP: dict[str, Any] = {
    "contact": "top",
    "protocol": Sweep(0, 1.0, -1.3, 0, rate=1.0),
    "circuit": Circuit(series_resistance=1e3, compliance=(None, LIMIT)),
    "control": COARSE,
}


@pytest.fixture(scope="module")
def device() -> Device:
    return oxide(size=1.6e-9, lateral_size=2.5e-9)


@pytest.fixture(scope="module")
def states() -> list[State]:
    return []


@pytest.fixture(scope="module")
def loop(device: Device, states: list[State]) -> Trace:
    """A loop of SET below a compliance and RESET."""
    return iv_sweep(device, start=with_filament(device), observe=states.append, **LOOP)


def test_vacancies_move_and_none_is_lost(loop: Trace, states: list[State]) -> None:
    first, last = states[0], states[-1]
    inventory = [s.ion_inventory(VACANCY) for s in states]
    np.testing.assert_allclose(inventory, inventory[0], rtol=1e-10)
    moved = np.abs(last.ion_density(VACANCY) - first.ion_density(VACANCY)).max()
    assert moved > 0.2 * first.ion_density(VACANCY).max()
    assert min(s.ion_density(VACANCY).min() for s in states) >= 0


def test_currents_of_both_contacts_add_up_to_zero(loop: Trace, states: list[State]) -> None:
    largest = np.abs(loop.current).max()
    for state in states:
        assert abs(state.current("top") + state.current("bottom")) < 1e-12 * largest


def test_compliance_is_held_above_zero_and_free_below(loop: Trace) -> None:
    missing = loop.data["voltage"].values - loop.data["device_voltage"].values - 1e3 * loop.current
    limited = np.abs(missing) > 1e-9
    assert limited.sum() > 5
    np.testing.assert_allclose(loop.current[limited], LIMIT, rtol=1e-9)
    assert loop.current.max() <= LIMIT * (1 + 1e-9)
    assert loop.current.min() < -LIMIT
    assert not limited[loop.time > 2.0].any()


def test_a_loop_that_was_stopped_ends_in_the_same_state(
    device: Device, loop: Trace, states: list[State], tmp_path: Path
) -> None:
    path, seen = tmp_path / "loop.h5", []

    def stops(state: State) -> None:
        seen.append(state)
        if len(seen) == 30:
            raise ConvergenceError("stopped by the test", last_good=state)

    with pytest.raises(ConvergenceError):
        iv_sweep(device, start=with_filament(device), observe=stops, checkpoint=path, **LOOP)
    assert seen[-1].source["top"] - seen[-1].bias["top"] > 0.01  # at its compliance
    other = oxide(size=1.6e-9, lateral_size=2.5e-9)
    trace = iv_sweep(other, start=with_filament(other), observe=seen.append, checkpoint=path, **LOOP)
    np.testing.assert_allclose(seen[-1].values, states[-1].values, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(trace.current, loop.current, rtol=1e-8, atol=1e-14)
    assert trace.data["device_voltage"].values == pytest.approx(loop.data["device_voltage"].values, abs=1e-8)


def test_what_the_terminals_bring_is_stored_or_leaves_as_heat(device: Device) -> None:
    """In every step of a pulse as short as the film's thermal time, by the rates of the step; the field stores some."""
    context, meter, stored_most, checked = device.context, Meter(device), 0.0, 0
    run = integrate(
        device,
        with_filament(device),
        bias=lambda t: {"top": 1.2 * float(np.interp(t, [0, 2e-10, 4e-10], [0, 1, 0]))},
        end=4e-10,
        kinks=[2e-10],
        circuits={"top": Circuit(series_resistance=1e4, compliance=1e-5)},
        control=COARSE,
    )
    for state in run:
        if not np.array_equal(context.unknown.x.array, state.values.ravel()):
            continue  # the first of two steps that were taken together
        powers = meter(state)
        brought, stored, leaves = powers.given - powers.field, powers.warming, powers.sunk
        assert abs(brought - stored - leaves) <= 1e-8 * max(abs(brought), abs(stored), abs(leaves))
        stored_most, checked = max(stored_most, stored / max(brought, leaves)), checked + 1
    assert checked > 10
    assert stored_most > 0.3


def test_a_thermistor_that_snaps_stays_within_its_compliance() -> None:
    """Its slope dI/dU is negative when hot: there is no steady way back from the limit."""
    ends: Any = [OhmicContact(), HeatSink(300.0, 1e-6)]
    device = resistor(conductivity=Arrhenius(3e7, 0.4), heat=True, contacts={"bottom": ends, "top": ends})
    trace = iv_sweep(
        device,
        contact="top",
        protocol=Sweep(0, 1.0, 0, rate=1e2),
        circuit=Circuit(compliance=1e9),
        control=COARSE,
    )
    own = trace.data["device_voltage"].values
    limited = trace.data["voltage"].values - own > 1e-9
    assert limited.sum() > 5
    np.testing.assert_allclose(trace.current[limited], 1e9, rtol=1e-9)
    assert trace.current.max() <= 1e9 * (1 + 1e-9)
    assert own[limited].min() < 0.5 * own.max()  # hot, it needs less than it did when cold
    assert trace.current[-1] == pytest.approx(0.0, abs=1.0)
