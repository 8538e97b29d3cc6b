"""Times in drives: what is slow, late or long lands where it should."""

from __future__ import annotations

import pytest

from fem.errors import IncompatibleError
from fem.transient.drive import Stop, distinct_stops
from studies import Protocol, Pulse, PulseTrain, Rest, Sweep
from studies.experiments.sweep_drive import SweepDrive


def drive(protocol: Protocol, gate: float | Protocol = 0.0, **more: object) -> SweepDrive:
    return SweepDrive(protocol=protocol, contact="top", others={"gate": gate}, **more)  # type: ignore[arg-type]


def test_a_loop_after_a_pulse_of_nanoseconds_is_cut_at_its_corners() -> None:
    loop = Pulse(1.0, 20e-9, rise=5e-9) + Rest(1e-3, 0.0) + Sweep(0, 0.05, -0.05, 0, rate=0.1)
    found = drive(loop).pieces(0.0)
    assert [p.end.elapsed for p in found] == pytest.approx([5e-9, 20e-9, 5e-9, 1e-3, 0.5, 1.0, 0.5])
    assert [p.bias(p.end.elapsed)["top"] for p in found] == [1.0, 1.0, 0.0, 0.0, 0.05, -0.05, 0.0]


def test_a_sample_time_shortly_before_a_late_pulse_is_a_stop_of_its_own() -> None:
    found = drive(Rest(1e6, 0.0) + Pulse(1.0, 1e-7, rise=1e-8), sample_times=[1e6 - 1e-6]).pieces(0.0)
    assert [s.time for s in found[0].stops] == [1e6 - 1e-6, 1e6]
    one = distinct_stops(0.0, [Stop(1e6, 1e6), Stop(1e6 + 1e-10, 1e6 + 1e-10), Stop(2e6, 2e6)])
    assert len(one) == 2


def test_every_pulse_of_a_long_train_ends_at_its_own_time() -> None:
    train = PulseTrain(1.0, 1e-6, interval=1e-6, rise=1e-8, count=5000)
    found = drive(train).pieces(0.0)
    assert [p.end.elapsed for p in found] == [1e-8, 1e-6, 1e-8, 1e-6] * 5000
    assert [p.end.time for p in found if p.end.cycle_end] == train.cycle_times[1:].tolist()


@pytest.mark.parametrize("wait", [1.0, 1e6])
def test_cycles_of_another_contact_are_compared_within_themselves(wait: float) -> None:
    """After days the digits of a time are a percent of an edge, and the cycles are alike all the same."""
    cycle = Sweep(0, 0.1, 0, rate=0.2 / 3e-7)
    pulse = Pulse(1.0, 50e-9, rise=10e-9) + Rest(cycle.duration - 70e-9, 0.0)
    other = Pulse(0.99, 50e-9, rise=10e-9) + Rest(cycle.duration - 70e-9, 0.0)
    own = Rest(wait, 0.0) + cycle * 3
    drive(own, Rest(wait, 0.0) + pulse * 3, tolerance=0.1).until(0.0)
    with pytest.raises(IncompatibleError, match="differs from one"):
        drive(own, Rest(wait, 0.0) + pulse * 2 + other, tolerance=0.1).until(0.0)
