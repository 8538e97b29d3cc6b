"""Time integration: the order of its formula, and what its step control promises."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from fem import Device, GateContact, StepControl, equilibrium, integrate
from fem.physics import MobileIons, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack


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
