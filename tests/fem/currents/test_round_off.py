"""Terminal currents come with their errors: no true zero is read as a current, and no known current as noise."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, NewtonOptions, OhmicContact, State, StepControl, equilibrium, integrate, steady
from fem.currents.terminal import QuietWeights, TerminalCurrents
from fem.errors import UnknownNameError
from fem.physics import Carriers, Poisson
from fem.units import nm, um
from geometries import Layer, VerticalStack
from tests.conducting import oxide, resistor, with_filament

AT_REST = {
    "diode": lambda devices, transistors: devices.pn_diode(np.linspace(0.0, 2 * um, 201)),
    "coarse diode": lambda devices, transistors: devices.pn_diode(np.linspace(0.0, 2 * um, 50)),
    "cell": lambda devices, transistors: devices.three_layers(),
    "cell with ions": lambda devices, transistors: devices.three_layers(ions=devices.CATION),
    "transistor": lambda devices, transistors: transistor(devices, transistors),
}


def transistor(devices: ModuleType, transistors: ModuleType) -> Device:
    """Return a transistor of a doped film."""
    film = devices.semiconductor("film", permittivity=10.0, donor_density=(1e22, "m^-3"))
    found: Device = transistors.transistor(film)
    return found


def wide_gap(devices: ModuleType) -> Device:
    """Return 2 µm of an undoped film with a gap of 4 eV between equal contacts."""
    return Device(
        mesh=VerticalStack(Layer("film", 2 * um)).line(nodes=np.linspace(0.0, 2 * um, 129)),
        materials={"film": devices.semiconductor("film", conduction=2.5, valence=6.5)},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": devices.ohmic(4.5), "top": devices.ohmic(4.5)},
        temperature=300.0,
    )


def largest_share(state: State) -> float:
    """Return the largest |current| of its error over all contacts."""
    pairs = [(abs(state.current(c)), state.current_error(c)) for c in state.currents]
    return max(i / e if e > 0 else float(i > 0) for i, e in pairs)


def test_at_rest_no_current_is_above_its_error_and_no_error_far_above_the_currents(
    devices: ModuleType, transistors: ModuleType
) -> None:
    shares = [largest_share(steady(make(devices, transistors), {})) for make in AT_REST.values()]
    assert max(shares) <= 1.0
    assert np.median(shares) > 1e-3


@pytest.mark.parametrize("make", [resistor, oxide])
def test_without_carriers_nothing_flows_at_rest_to_the_last_digit(make: Callable[[], Device]) -> None:
    device = make()
    start = with_filament(device) if make is oxide else None
    state = steady(device, {}, start=start, frozen_ions=True)
    assert state.current("top") == 0.0 and state.current_error("top") == 0.0
    state = steady(device, {"top": 0.1}, start=start, frozen_ions=True)
    assert state.current_error("top") < 1e-10 * state.current("top")


def test_the_current_of_a_resistor_is_right_within_its_error() -> None:
    state = steady(resistor(conductivity=1.0), {"top": 1.0})
    assert abs(state.current("top") - 1.0 / (100 * nm)) <= state.current_error("top")
    assert state.current_error("top") < 1e-13 * state.current("top")


def test_tiny_currents_of_a_wide_gap_are_known(devices: ModuleType) -> None:
    device = wide_gap(devices)
    one, other = (steady(device, {"top": v}) for v in (1.0, -1.0))
    assert 0 < one.current("top") < 1e-20
    assert one.current_error("top") < 1e-6 * one.current("top")
    assert one.current("top") == pytest.approx(-other.current("top"), rel=1e-9)


def test_a_diode_in_reverse_is_known_though_its_layers_carry_far_more(devices: ModuleType) -> None:
    state = steady(devices.pn_diode(np.linspace(0.0, 2 * um, 201)), {"top": 1.0})
    assert state.current_error("top") < 1e-9 * abs(state.current("top"))


def test_a_gate_in_a_steady_state_has_no_current_and_next_to_no_error(
    devices: ModuleType, transistors: ModuleType
) -> None:
    state = steady(transistor(devices, transistors), {"gate": 1.0, "drain": 0.5})
    assert state.current("gate") == 0.0
    assert state.current_error("gate") < 1e-12 * state.current_error("drain")


def test_what_newtons_method_left_is_in_the_error(devices: ModuleType) -> None:
    device = devices.pn_diode(np.linspace(0.0, 2 * um, 201))
    exact, rough = (
        steady(device, {"top": -0.5}, options=NewtonOptions(tolerance=t, round_off=t)) for t in (1e-10, 0.01)
    )
    for contact in device.contacts:
        wrong = abs(rough.current(contact) - exact.current(contact))
        assert 30 * exact.current_error(contact) < wrong <= rough.current_error(contact)


@pytest.mark.parametrize("name", ["diode", "cell with ions", "transistor"])
def test_short_steps_amplify_the_rounding_of_displacement_and_say_so(
    devices: ModuleType, transistors: ModuleType, name: str
) -> None:
    device, largest = AT_REST[name](devices, transistors), {}
    for step in (1e-12, 1.0):
        control = StepControl(max_step=step, start_fraction=1.0)
        states = list(integrate(device, equilibrium(device), bias={}, end=8 * step, control=control))
        assert max(map(largest_share, states[1:])) <= 1.0
        largest[step] = max(s.current_error(c) for s in states for c in device.contacts)
    assert largest[1e-12] > 1e3 * largest[1.0]


def test_weights_are_kept_while_currents_are_as_well_known_as_with_new_ones(
    devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A diode that is switched off passes eight decades: weights are made anew there, and seldom else."""
    device, made = devices.pn_diode(np.linspace(0.0, 2 * um, 201)), list[int]()
    weights = TerminalCurrents.weights

    def counted(self: TerminalCurrents) -> Any:
        made.append(1)
        return weights(self)

    monkeypatch.setattr(TerminalCurrents, "weights", counted)
    start, control = steady(device, {"top": -0.5}), StepControl(max_bias_step=0.02)

    def switched_off() -> list[State]:
        made.clear()
        return list(
            integrate(device, start, bias=lambda t: {"top": -0.5 + 1.5 * t}, end=1.0, control=control)
        )

    states = switched_off()
    assert 1 <= len(made) < len(states) / 2
    monkeypatch.setattr(QuietWeights, "serve", lambda *_: False)
    for kept, new in zip(states, switched_off(), strict=True):
        for contact in device.contacts:
            known = kept.current_error(contact) + new.current_error(contact)
            assert abs(kept.current(contact) - new.current(contact)) <= known
            most = max(1e-8 * abs(new.current(contact)), 10 * new.current_error(contact))
            assert kept.current_error(contact) <= most
    assert len(made) == len(states)


def test_errors_are_asked_for_by_contact() -> None:
    device = resistor()
    state = equilibrium(device)
    with pytest.raises(UnknownNameError, match="side"):
        state.current_error("side")
    bare = State(device=device, time=0.0, bias={}, values=state.values)
    assert np.isnan(bare.current_error("top"))


def test_one_contact_has_no_current_and_no_error(devices: ModuleType) -> None:
    device = Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=10 * nm, interface_size=10 * nm),
        materials={"film": devices.semiconductor("film", donor_density=(1e22, "m^-3"))},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact()},
        temperature=300.0,
    )
    state = steady(device, {})
    assert state.current("bottom") == 0.0 and state.current_error("bottom") == 0.0
