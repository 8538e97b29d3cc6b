"""A measured drive is replayed by its few real kinks, within its noise, and costs what the drive of its kinks costs."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem.errors import OutOfRangeError, UnknownNameError
from studies import Protocol, Pulse, Rest, Sweep, Trace, iv_sweep
from studies.experiments import sweep_drive
from studies.results.noise import noise

TURNS = Sweep(0, 1.2, -0.4, 0, rate=0.08)


def measured(protocol: Protocol, points: int, shaken: float) -> Trace:
    """Return what a source meter reads back of a drive [V], with noise of a standard deviation."""
    time = np.linspace(0.0, protocol.duration, points)
    volts = protocol.voltage(time) + shaken * np.random.default_rng(0).normal(size=points)
    return Trace.from_columns(
        {"time": time + 5.0, "voltage": volts, "current": 0 * time, "cycle": protocol.cycle(time)}, {}
    )


@pytest.mark.parametrize("points", [200, 1000])
@pytest.mark.parametrize("shaken", [1e-4, 1e-3, 1e-2])
def test_a_noisy_triangle_has_few_kinks_and_stays_within_its_noise(points: int, shaken: float) -> None:
    trace = measured(TURNS, points, shaken)
    drive = Protocol.from_trace(trace)
    assert len(drive.segments) <= 5
    assert drive.duration == pytest.approx(TURNS.duration)
    off = np.abs(drive.voltage(trace.time - 5.0) - trace.voltage).max()
    assert off <= 5 * shaken
    assert f"within {off:.3g} V" in drive.text and f"{points} measured points" in drive.text
    step = 0.08 * TURNS.duration / points  # a turn between two samples cannot be seen
    assert (
        np.abs(drive.voltage(trace.time - 5.0) - TURNS.voltage(trace.time - 5.0)).max()
        < 2 * shaken + step / 2
    )


def test_pulses_keep_their_edges_and_cycles_their_marks() -> None:
    train = (Pulse(1.0, 1.0, rise=0.05) + Rest(1.9, 0.0)) * 3
    drive = Protocol.from_trace(measured(train, 601, 2e-3))
    assert drive.cycles == 3
    assert drive.cycle_times == pytest.approx(train.cycle_times, abs=0.02)
    middle = np.array([0.5, 2.0, 3.5, 5.0, 6.5, 8.0])
    assert drive.voltage(middle) == pytest.approx(train.voltage(middle), abs=2e-3)
    assert len(drive.segments) <= 30


def test_a_curve_without_noise_keeps_every_sample() -> None:
    time = np.linspace(0.0, 40.0, 200)
    trace = Trace.from_columns({"time": time, "voltage": np.sin(time / 6), "current": time}, {})
    assert len(Protocol.from_trace(trace).segments) == 199
    assert len(Protocol.from_trace(measured(TURNS, 200, 1e-3), tolerance=0.0).segments) == 199
    coarse = Protocol.from_trace(trace, tolerance=0.05)
    assert len(coarse.segments) < 25 and np.abs(coarse.voltage(time) - trace.voltage).max() < 0.1


def test_a_drive_that_cannot_be_replayed_is_refused() -> None:
    trace = measured(TURNS, 50, 0.0)
    with pytest.raises(UnknownNameError, match="voltage_gate"):
        Protocol.from_trace(trace, column="voltage_gate")
    with pytest.raises(OutOfRangeError, match="tolerance of a drive"):
        Protocol.from_trace(trace, tolerance=-1.0)


@pytest.mark.parametrize(
    ("values", "most"),
    [
        (np.interp(np.arange(400), [0, 100, 300, 399], [0.0, 1, -1, 0]), 1e-12),
        (np.sin(np.arange(400) / 30), 1e-5),
        (np.repeat(np.arange(100) / 100, 4), 1e-12),
    ],
)
def test_kinks_curves_and_steps_are_no_noise(values: np.ndarray, most: float) -> None:
    assert noise(values) <= most
    shaken = values + 0.01 * np.random.default_rng(2).normal(size=values.size)
    assert noise(shaken) == pytest.approx(0.01, rel=0.35)


def test_a_noisy_drive_costs_what_its_kinks_cost_and_gives_the_same_current(
    devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, restarts = devices.three_layers(ions=devices.CATION), []
    real = sweep_drive.kinks

    def counted(durations: np.ndarray, levels: np.ndarray, bends: list[int]) -> list[int]:
        found = real(durations, levels, bends)
        restarts.append(len(found))
        return found

    monkeypatch.setattr(sweep_drive, "kinks", counted)
    replayed = Protocol.from_trace(measured(TURNS, 200, 5e-3))
    once = iv_sweep(device, contact="top", protocol=replayed)
    assert max(restarts) <= 6
    clean = iv_sweep(device, contact="top", protocol=TURNS)
    assert once.time.size < 1.3 * clean.time.size
    at = np.linspace(1.0, 39.0, 77)
    there, here = (np.interp(at, t.time, t.current) for t in (clean, once))
    assert np.median(np.abs(here / there - 1)) < 0.03
