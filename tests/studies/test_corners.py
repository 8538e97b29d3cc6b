"""A measured drive of many points begins anew at its kinks alone, and what flows is as with a restart at each."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from studies import Protocol, Pulse, Rest, Sweep, Trace, iv_sweep
from studies.experiments import sweep_drive
from studies.protocols.corners import kinks

TIMES = np.linspace(0.0, 40.0, 200)
SINE = 0.5 * (1.0 - np.cos(2.0 * np.pi * TIMES / 40.0))


def found(protocol: Protocol) -> list[int]:
    """Return the corners of a protocol that are kinks."""
    return kinks(np.array([s.duration for s in protocol.segments]), protocol.levels, protocol.bends)


def test_a_sampled_sine_has_no_kinks_and_a_few_points_of_it_have() -> None:
    assert found(Protocol.from_points(TIMES, SINE)) == [0, 199]
    coarse = Protocol.from_points(TIMES[::25], SINE[::25])
    assert found(coarse) == [0, 1, 3, 4, 5, 7]  # but where it is steepest, and straight


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_the_turns_of_a_finely_sampled_triangle_are_kinks(noise: float) -> None:
    times = np.linspace(0.0, 1.0, 2001)
    volts = np.interp(times, [0.0, 0.3, 0.7, 1.0], [0.0, 1.2, -0.4, 0.0])
    shaken = volts + np.random.default_rng(0).normal(0.0, noise, volts.size)
    assert [round(float(times[k]), 9) for k in found(Protocol.from_points(times, shaken))][1:-1] == [0.3, 0.7]


def test_pulses_and_sweeps_have_the_kinks_that_they_are_made_of() -> None:
    loop = Pulse(1.0, 20e-9, rise=5e-9) + Rest(1e-3, 0.0) + Sweep(0, 0.05, -0.05, 0, rate=0.1) * 3
    assert found(loop) == loop.bends
    stairs = Protocol.from_points([0.0, 1.0, 1.001, 2.0, 2.001, 3.0], [0.0, 0.0, 0.01, 0.01, 0.02, 0.02])
    assert found(stairs) == stairs.bends


@pytest.mark.parametrize("height", [4e-3, 1e-6])
def test_the_edges_of_a_pulse_are_kinks_however_low_it_is(devices: ModuleType, height: float) -> None:
    times = [0.0, 1.0, 1.0 + 1e-6, 1.0 + 1e-3, 1.0 + 1.001e-3, 2.0, 2.5, 3.0, 4.0]
    low = Protocol.from_points(times, [0.0, 0.0, height, height, 0.0, 0.0, 1.0, 0.0, 0.0])
    assert found(low) == low.bends
    read = iv_sweep(devices.single_layer(size=20e-9, interface_size=2e-9), contact="top", protocol=low)
    during = (read.time > 1.0 + 2e-6) & (read.time < 1.0 + 1e-3)
    assert during.any() and read.voltage[during] == pytest.approx(height)


def test_a_measured_drive_costs_what_its_curve_does(
    devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = devices.three_layers(ions=devices.CATION)

    def swept() -> Trace:
        return iv_sweep(device, contact="top", protocol=Protocol.from_points(TIMES, SINE))

    once = swept()
    monkeypatch.setattr(sweep_drive, "kinks", lambda _durations, _levels, bends: bends)
    each = swept()
    assert len(once.time) < len(each.time) / 3
    gap = np.abs(np.interp(each.time, once.time, once.current) - each.current)
    assert gap.max() < 5e-3 * np.abs(each.current).max()
