"""Steady states that Newton's method does not find on a straight way from where it starts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from fem import Device, State, equilibrium, steady
from fem.errors import ConvergenceError, ModelWarning
from fem.solvers import steady as module
from tests.random_cells import random_cell


def lit(device: Device) -> State:
    """Return the steady state under light, without a warning, from that in the dark."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        return steady(device, {}, start=steady(device, {}, start=equilibrium(device)), light=1.0)


def assert_balanced(state: State) -> None:
    """Assert that no more charge is lost than the stated errors of the currents, and that all is positive."""
    lack = abs(sum(state.current(c) for c in state.device.contacts))
    assert lack <= sum(state.current_error(c) for c in state.device.contacts)
    assert np.isfinite(state.values).all() and (state.values[:, 1:] >= 0).all()


@pytest.mark.parametrize(
    ("seed", "kind"),
    [
        (6, "films behind steps at 150 K"),
        (21, "traps under a gate"),
        (58, "a film behind a blocking contact"),
    ],
)
def test_light_on_a_film_cut_off_in_the_dark_is_taken_to_rest(seed: int, kind: str) -> None:
    state = lit(random_cell(seed).device)
    assert_balanced(state)
    assert state.light == 1.0, kind


def test_the_state_at_rest_is_that_of_ever_brighter_light(monkeypatch: pytest.MonkeyPatch) -> None:
    device = random_cell(6).device
    at_rest = lit(device)
    monkeypatch.setattr(module, "_in_time", None)
    dimmed = steady(device, {}, start=at_rest, light=0.5)
    again = steady(device, {}, start=dimmed, light=1.0)
    for contact in device.contacts:
        assert again.current(contact) == pytest.approx(at_rest.current(contact), rel=1e-5)


def test_ions_and_carriers_cut_off_together_are_at_rest_without_bias() -> None:
    device = random_cell(22).device
    assert_balanced(steady(device, {}, start=equilibrium(device)))


def test_charge_that_grows_for_ever_is_no_steady_state() -> None:
    with pytest.raises(ConvergenceError, match="no steady state found"):
        lit(random_cell(42).device)


def test_light_follows_bias_where_both_at_once_lead_nowhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    cell = next(found for seed in range(60) if (found := random_cell(seed)).lit)
    go, legs = module._go, []

    def not_both(device: Device, problem: object, way: module._Way, step: float) -> None:
        legs.append((way.target["top"] != way.start.drive["top"], way.light != way.start.light))
        if all(legs[-1]):
            raise ConvergenceError("not both at once")
        go(device, problem, way, step)  # type: ignore[arg-type]

    straight = steady(cell.device, {"top": 0.1}, light=1.0)
    monkeypatch.setattr(module, "_go", not_both)
    in_turn = steady(cell.device, {"top": 0.1}, light=1.0)
    assert legs == [(True, True), (True, False), (False, True)]
    assert in_turn.current("top") == pytest.approx(straight.current("top"), rel=1e-6)
