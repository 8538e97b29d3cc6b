"""Times in drives: what is slow, late or long lands where it should."""

from __future__ import annotations

from types import ModuleType

import pytest

from fem import Device, State
from fem.errors import IncompatibleError, OutOfRangeError
from fem.transient.drive import Stop, distinct_stops
from studies import Protocol, Pulse, PulseTrain, Read, Rest, Snapshots, Sweep, iv_sweep, write_pulses
from studies.experiments.sweep_checks import step_control
from studies.experiments.sweep_drive import SweepDrive


@pytest.fixture(scope="module")
def film(devices: ModuleType) -> Device:
    """A film without ions."""
    return devices.single_layer(size=40e-9, interface_size=5e-9)


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


@pytest.mark.parametrize("pieces", [2, 20, 200])
def test_the_default_voltage_step_is_that_of_the_whole_protocol(pieces: int) -> None:
    t = [20 * k / pieces for k in range(pieces + 1)]
    sampled = Protocol.from_points(t, [0.08 * min(x, 20 - x) for x in t])
    assert step_control(drive(sampled), None).max_bias_step == pytest.approx(0.8 / 50)
    both = Sweep(0, 1, 0, -1, 0, rate=1.0)
    assert step_control(drive(both), None).max_bias_step == pytest.approx(2 / 50)


@pytest.mark.parametrize("wait", [1e-6, 1.0, 1e6])
def test_snapshots_of_a_late_pulse_are_those_asked_for(film: Device, wait: float) -> None:
    protocol = Rest(wait, 0.0) + Pulse(0.5, 10e-9, rise=1e-9) + Rest(1e-6, 0.0)
    names = ("wait", "up", "on", "off")
    seen = Snapshots(dict(zip(names, protocol.corners[1:].tolist(), strict=False)))
    iv_sweep(film, contact="top", protocol=protocol, observe=seen)
    assert [seen.states[n].bias["top"] for n in names] == [0.0, 0.5, 0.5, 0.0]


def test_snapshots_count_from_the_start_of_a_sweep_and_land_by_themselves(film: Device) -> None:
    seen = Snapshots({"begin": 0.0, "between": 1.2345, "end": 2.0})
    iv_sweep(film, contact="top", protocol=Sweep(0, 0.1, 0, rate=0.1), observe=seen)
    first = dict(seen.states)
    assert first["between"].bias["top"] == pytest.approx(0.2 - 0.12345)
    iv_sweep(film, contact="top", protocol=Sweep(0, 0.2, 0, rate=0.2), start=first["end"], observe=seen)
    assert seen.states["between"].bias["top"] == pytest.approx(0.4 - 0.2469)
    with pytest.raises(OutOfRangeError, match="a sample time"):
        iv_sweep(film, contact="top", protocol=Sweep(0, 0.1, rate=0.1), observe=seen)


def test_a_wanted_time_that_is_passed_by_is_warned_of(film: Device) -> None:
    seen = Snapshots({"between": 0.12345, "end": 1.0})

    def observe(state: State) -> None:
        seen(state)

    with pytest.warns(UserWarning, match="no step landed on 0.12345 s, for which Snapshots waits"):
        iv_sweep(film, contact="top", protocol=Sweep(0, 0.1, rate=0.1), observe=observe)
    assert list(seen.states) == ["end"]


def test_a_read_after_days_reads_what_an_early_one_does(film: Device) -> None:
    pulses = PulseTrain(0.2, 10e-9, interval=10e-9, rise=1e-9, count=2)
    found = [
        write_pulses(
            film,
            pulses,
            contact="top",
            read=Read(contact="top", voltage=0.1, duration=20e-9, rise=1e-9, rest=rest),
        )
        for rest in (1e-3, 1e6)
    ]
    assert found[1].current == pytest.approx(found[0].current, rel=1e-3)
