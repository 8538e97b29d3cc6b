"""Steady states that Newton's method does not find on a straight way from where it starts."""

from __future__ import annotations

import warnings
from types import ModuleType

import numpy as np
import pytest

from fem import Device, OhmicContact, SchottkyContact, State, equilibrium, steady
from fem.errors import ConvergenceError, ModelWarning
from fem.physics import Carriers, MobileIons, Poisson, Traps
from fem.solvers import steady as module
from fem.units import eV, nm
from geometries import Dot, Layer, VerticalStack
from tests.random_cells import random_cell


def lit(device: Device) -> State:
    """Return the steady state under light, whose currents balance without a warning, from that in the dark."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", ".*(balance|second law)", ModelWarning)
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


def test_steps_out_of_numbers_on_the_way_give_no_warning_of_arithmetic() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        assert_balanced(steady(random_cell(6).device, {"top": 0.2}, light=1.0))


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


def test_traps_and_ions_that_fill_and_empty_in_turn_come_to_equilibrium(devices: ModuleType) -> None:
    film = devices.semiconductor(
        "film",
        permittivity=10.0,
        conduction=4.0,
        valence=5.6,
        states=1e25,
        acceptor_density=(1e21, "m^-3"),
        ions={"iodide_vacancy": devices.ion(1e23, diffusivity=1e-14)},
    )
    cap = devices.semiconductor("cap", permittivity=10.0, conduction=4.2, valence=5.8, states=1e25)
    traps = Traps("tr", density=1e22, depth=0.8 * eV, electron_capture=1e-14, hole_capture=1e-15)
    dot = Dot(side=120 * nm, dot_radius=40 * nm, lateral_size=40 * nm, electrode_layers=("cap",))
    stack = VerticalStack(Layer("film", 100 * nm), Layer("cap", 20 * nm))
    device = Device(
        mesh=stack.mesh(size=35 * nm, interface_size=8 * nm, growth=1.6, shape=dot),
        materials={"film": film, "cap": cap},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy"), traps],
        contacts={
            "bottom": OhmicContact(work_function=4.1 * eV),
            "top": SchottkyContact(work_function=5.2 * eV),
        },
        temperature=300.0,
    )
    rest = equilibrium(device)
    assert_balanced(steady(device, {}, start=rest))
    assert rest.ion_inventory("iodide_vacancy") == pytest.approx(1e23 * 120e-9**2 * 100e-9, rel=1e-9)
