"""Time integration: the order of its formula, and what its step control promises."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, NewtonOptions, State, StepControl, equilibrium, integrate, steady
from fem.errors import ConvergenceError
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson
from fem.transient.drive import Clock
from fem.transient.step_control import History
from fem.transient.timestepping import UntilPeriodic
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from studies import Pulse, Rest, iv_sweep


def test_observed_order_in_time_is_two(devices: ModuleType) -> None:
    """Equal steps through a smooth bias, in a cell with moving ions."""
    device = devices.three_layers(
        ions={"cation": devices.ion(1e23, diffusivity=3e-15)}, size=20 * nm, interface_size=2 * nm, growth=1.5
    )
    rest = equilibrium(device)
    found = []
    for count in (20, 40, 80, 160):
        control = StepControl(tolerance=1e9, max_bias_step=10.0, start_fraction=1.0, max_step=1.0 / count)
        bias = lambda t: {"top": 0.4 * (1 - np.cos(np.pi * t))}  # noqa: E731
        states = list(integrate(device, rest, bias=bias, end=1.0, control=control))
        assert len(states) == count
        last = states[-1]
        found.append(np.concatenate([last.values[:, 0], 100 * last.values[:, 3], [last.current("top")]]))
    steps = [np.abs(a - b).max() for a, b in pairwise(found)]
    observed = np.log2(np.array(steps[:-1]) / steps[1:])
    assert np.abs(observed[-1] - 2) < 0.1, observed
    assert np.abs(observed - 2).max() < 0.3, observed


def relaxing(devices: ModuleType) -> Device:
    """Return ions between blocking electrodes that relax in about a millisecond."""
    ions = {"cation": devices.ion(1e23, diffusivity=1e-12)}
    gate = GateContact(work_function=4.5 * eV)
    return Device(
        mesh=VerticalStack(Layer("salt", 100 * nm)).mesh(size=5 * nm, interface_size=1 * nm),
        materials={"salt": devices.insulator("salt", 24.0, ions=ions)},
        physics=[Poisson(), MobileIons("cation")],
        contacts={"bottom": gate, "top": gate},
        temperature=300.0,
    )


def test_long_rest_after_a_pulse_is_resolved_from_its_start(devices: ModuleType) -> None:
    """The first step after a kink is controlled too, however long the rest is."""
    device = relaxing(devices)
    edge = 1e-6
    charged = []
    for rest in (1e-2, 1e4):
        states = list(
            integrate(
                device,
                equilibrium(device),
                bias=lambda t: {"top": 0.2 * min(t / edge, 1.0)},
                end=edge + rest,
                kinks=[edge],
                control=StepControl(tolerance=1e-3),
            )
        )
        times = np.array([s.time for s in states])
        assert (np.diff(times[(times > edge) & (times < 1e-3)]) < 2e-4).all()
        current = np.array([s.current("top") for s in states])
        inside = times <= edge + 1e-2
        t, c = times[inside], current[inside]
        charged.append(float(np.sum((c[1:] + c[:-1]) / 2 * np.diff(t))))
        assert len(states) < 400
    assert charged[1] == pytest.approx(charged[0], rel=0.02)


def test_bias_that_returns_to_its_start_is_followed(devices: ModuleType) -> None:
    device = relaxing(devices)
    states = list(
        integrate(device, equilibrium(device), bias=lambda t: {"top": 0.1 * np.sin(2 * np.pi * t)}, end=3.0)
    )
    bias = np.array([s.bias["top"] for s in states])
    assert bias.max() > 0.098
    assert bias.min() < -0.098
    assert np.abs(np.diff(bias)).max() < 0.026


def test_stops_that_differ_by_rounding_are_one(devices: ModuleType) -> None:
    device = relaxing(devices)
    kinks = [0.1 + 0.2, 0.3, 0.6]
    milestones = [0.3, 0.30000000000000004, 3 * 0.2]
    states = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": 0.1 * min(t, 0.6 - t)},
            end=0.6,
            kinks=kinks,
            milestones=milestones,
        )
    )
    times = np.array([s.time for s in states])
    assert np.diff(times).min() > 1e-8
    assert times[-1] == 0.6
    assert np.abs(times - 0.3).min() < 1e-12
    assert np.abs([s.current("top") for s in states]).max() < 1.0


def test_jump_of_the_bias_is_taken_as_it_is(devices: ModuleType) -> None:
    device = relaxing(devices)
    states = list(integrate(device, equilibrium(device), bias=lambda t: {"top": 0.1}, end=1.0))
    assert states[-1].bias["top"] == 0.1
    assert states[0].time < 1e-6
    assert len(states) < 200
    drift = [s.ion_inventory("cation") for s in states]
    np.testing.assert_allclose(drift, 1e23 * 100 * nm, rtol=1e-10)


def test_milestones_are_met_exactly(devices: ModuleType) -> None:
    device = relaxing(devices)
    marks = [1e-3, 0.0123, 0.5]
    times = [
        s.time
        for s in integrate(
            device, equilibrium(device), bias=lambda t: {"top": 0.1 * t}, end=1.0, milestones=marks
        )
    ]
    assert set(marks) < set(times)


def lit_film(devices: ModuleType) -> Device:
    """Return a film with carriers and ions that cross it in a minute and a half, and with light."""
    film = devices.film(ions={"cation": devices.ion(1e24, diffusivity=1e-16)})
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=1 * nm, growth=1.3),
        materials={"film": film},
        physics=[Poisson(), Carriers(), MobileIons("cation"), OpticalGeneration(1e27)],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.2)},
        temperature=300.0,
    )


@pytest.fixture(scope="module")
def cell(devices: ModuleType) -> Device:
    """The film of several tests."""
    return lit_film(devices)


EDGE = Pulse(1.0, 10e-9, rise=1e-9)


@pytest.mark.parametrize("protocol", [EDGE + Rest(1e6, 0.0), Pulse(1.0, 1.0, rise=1e-9) + Rest(1e6, 0.0)])
def test_a_pulse_of_nanoseconds_and_a_rest_of_days_are_one_run(cell: Device, protocol: Pulse) -> None:
    """Steps over 17 decades; ions are conserved, and all comes to rest where the steady solver says."""
    states: list[State] = []
    iv_sweep(cell, contact="top", protocol=protocol, observe=states.append)
    times = np.array([s.time for s in states])
    assert len(states) < 400
    assert np.diff(times).min() < 1e-12
    assert np.diff(times).max() > 1e5
    assert (times[-1], states[-1].bias["top"]) == (protocol.duration, 0.0)
    assert max(s.bias["top"] for s in states) == 1.0
    ions = np.array([s.ion_inventory("cation") for s in states])
    np.testing.assert_allclose(ions, ions[0], rtol=1e-10)
    rest = steady(cell, {}, start=states[-1])
    np.testing.assert_allclose(states[-1].values[:, 0], rest.values[:, 0], atol=1e-8)
    np.testing.assert_allclose(states[-1].values[:, 3], rest.values[:, 3], rtol=1e-7)


def test_a_pulse_after_days_is_the_pulse_at_the_start(cell: Device) -> None:
    """The digits of the time cannot tell its steps apart, and yet it is followed."""
    early: list[State] = []
    late: list[State] = []
    control = StepControl(max_bias_step=0.05)
    iv_sweep(cell, contact="top", protocol=EDGE, observe=early.append, control=control)
    trace = iv_sweep(
        cell, contact="top", protocol=Rest(1e6, 0.0) + EDGE, observe=late.append, control=control
    )
    late = [s for s in late if s.time >= 1e6]
    assert len(late) == len(early)
    corners = (Rest(1e6, 0.0) + EDGE).corners
    np.testing.assert_allclose(corners[1:4] - 1e6, [0.0, 1e-9, 11e-9], atol=np.spacing(1e6))
    assert set(corners.tolist()) <= {0.0, *(s.time for s in late)}
    assert [s.bias["top"] for s in late if s.time == corners[2]].count(1.0) >= 1
    np.testing.assert_allclose([s.bias["top"] for s in late], [s.bias["top"] for s in early], atol=1e-12)
    currents = np.array([[s.current("top") for s in states] for states in (early, late)])
    np.testing.assert_allclose(currents[1], currents[0], atol=1e-6 * np.abs(currents).max())
    assert trace.time[-1] == (Rest(1e6, 0.0) + EDGE).duration
    assert trace.voltage.max() == 1.0


def test_kinks_of_functions_are_met_after_a_long_time(devices: ModuleType) -> None:
    device = relaxing(devices)
    kinks = [1e6, 1e6 + 1e-9]
    bias = lambda t: {"top": float(np.interp(t, kinks, [0.0, 0.1]))}  # noqa: E731
    states = list(integrate(device, equilibrium(device), bias=bias, end=1e6 + 1.0, kinks=kinks))
    assert set(kinks) <= {s.time for s in states}
    assert next(s.bias["top"] for s in states if s.time > kinks[0]) < 0.1
    assert states[-1].time == 1e6 + 1.0
    assert len(states) < 300


def test_a_clock_keeps_steps_that_its_time_cannot_show() -> None:
    clock = Clock(30.0)
    for _ in range(1000):
        clock = clock.after(1e-18)
    assert clock.whole == 30.0
    assert clock.until(30.0) == pytest.approx(-1e-15, rel=1e-9)
    assert clock.after(1.0).until(31.0) == pytest.approx(-1e-15, rel=1e-9)


def test_the_formula_and_the_prediction_are_exact_for_parabolas() -> None:
    steps = (0.3, 0.05)
    times = np.array([-0.35, -0.05, 0.0, 0.7])
    curve = 2.0 - 3.0 * times + 0.5 * times**2
    values = [np.full((1, 1), y) for y in curve]
    history = History(tuple(values[:3]), steps)
    assert history.polynomial(0.7, 3)[0, 0] == pytest.approx(curve[3], rel=1e-13)
    a, b, c = history.formula(0.7)
    assert a * curve[3] + b * curve[2] + c * curve[1] == pytest.approx(-3.0 + 0.7, rel=1e-12)


def test_an_error_names_time_reason_and_field(devices: ModuleType) -> None:
    """Newton that may iterate only once fails as soon as the bias moves by a millivolt."""
    device = lit_film(devices)
    seen: list[State] = []
    with pytest.raises(ConvergenceError) as failed:
        for state in integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": max(0.0, 1e6 * (t - 1.0))},
            end=1.0 + 1e-6,
            kinks=[1.0],
            control=StepControl(min_step=1e-9),
            options=NewtonOptions(max_iterations=1),
        ):
            seen.append(state)
    error = failed.value
    assert "too many iterations" in error.reason and "(t = 1 s)" in str(error)
    assert max(error.updates, key=lambda name: error.updates[name]) in error.reason
    assert error.last_good is seen[-1]
    assert error.time == seen[-1].time == 1.0


def test_states_stand_for_themselves(cell: Device) -> None:
    """What is computed from a state, or follows it, does not depend on what else the device is used for."""
    from fem.outputs import profile

    drive: dict[str, Any] = {
        "bias": lambda t: {"top": min(t / 1e-6, 1.0)},
        "end": 2e-6,
        "kinks": [1e-6],
        "light": lambda t: max(0.0, t / 1e-6 - 1.0),
        "light_kinks": [1e-6],
        "control": StepControl(max_bias_step=0.2),
    }

    def seen(state: State) -> tuple[Any, ...]:
        return profile(state).to_array().values, state.ion_inventory("cation"), state.light, state.currents

    rest = equilibrium(cell)
    at_once = []
    for state in integrate(cell, rest, **drive):
        at_once.append((state, seen(state)))
        steady(cell, {"top": 0.3}, light=0.5, frozen_ions=True)
    undisturbed = list(integrate(cell, rest, **drive))
    assert len(at_once) == len(undisturbed)
    for (state, then), other in zip(at_once, undisturbed, strict=True):
        assert np.array_equal(state.values, other.values)
        assert state.currents == other.currents
        assert np.array_equal(seen(state)[0], then[0], equal_nan=True)
        assert seen(state)[1:] == then[1:]


def test_light_that_changes_is_followed(cell: Device) -> None:
    """A pulse of light without one of bias: kinks are met, its edges resolved, and the dark comes back."""
    times, factors = [0.0, 1e-6, 2e-6, 5e-6, 6e-6], [0.0, 0.0, 1.0, 1.0, 0.0]
    states = list(
        integrate(
            cell,
            equilibrium(cell),
            bias=lambda t: {},
            end=1e-3,
            light=lambda t: float(np.interp(t, times, factors)),
            light_kinks=times,
        )
    )
    light = np.array([s.light for s in states])
    assert set(times[1:]) <= {s.time for s in states}
    assert np.abs(np.diff(light)).max() < 0.11
    plateau = next(s for s in states if s.time == 5e-6)
    bright = steady(cell, {}, start=states[0], light=1.0, frozen_ions=True)
    assert plateau.current("top") == pytest.approx(bright.current("top"), rel=1e-3)
    assert abs(states[-1].current("top")) < 1e-6 * abs(plateau.current("top"))


def test_cycles_end_when_they_repeat_themselves(devices: ModuleType) -> None:
    device = relaxing(devices)
    ends = [1e-3 * k for k in range(51)]
    run = integrate(
        device,
        equilibrium(device),
        bias=lambda t: {"top": 0.1 * np.sin(2 * np.pi * 1e3 * t)},
        end=ends[-1],
        until=UntilPeriodic(tolerance=0.02, cycle_ends=ends, cycles=2),
    )
    states = list(run)
    assert run.periodic and run.progress.change < 0.02
    done = ends.index(states[-1].time)
    assert 2 <= done < 40
    a, b = (next(s for s in states if s.time == t) for t in ends[done - 1 : done + 1])
    assert np.abs(a.values[:, 0] - b.values[:, 0]).max() < 0.02
