"""Protocols: continuous voltages, exact kinks, cycles and one-sentence errors."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fem.errors import IncompatibleError, OutOfRangeError
from studies import Protocol, Pulse, PulseTrain, Rest, Staircase, Sweep


def test_sweep_has_its_rate_and_kinks() -> None:
    p = Sweep(0, 1.2, -1.2, 0, rate=0.1)
    np.testing.assert_allclose(p.kinks, [0, 12, 36, 48])
    np.testing.assert_allclose(p.voltage([0, 6, 12, 24, 36, 48]), [0, 0.6, 1.2, 0, -1.2, 0], atol=1e-15)
    assert p.cycles == 1
    assert isinstance(p.voltage(1.0), float)


def test_repeating_marks_cycles_and_drops_straight_joins_from_the_kinks() -> None:
    p = Sweep(0, 1, -1, 0, rate=1.0) * 3
    assert p.cycles == 3
    np.testing.assert_allclose(p.kinks, [0, 1, 3, 5, 7, 9, 11, 12])
    np.testing.assert_allclose(p.cycle_times, [0, 4, 8, 12])
    np.testing.assert_allclose(p.milestones, [0, 1, 3, 4, 5, 7, 8, 9, 11, 12])
    np.testing.assert_array_equal(p.cycle([0, 1, 4, 4.001, 8, 12]), [0, 0, 0, 1, 1, 2])


def test_rests_around_cycles_belong_to_the_first_and_last() -> None:
    p = Rest(2.0, 0.0) + Sweep(0, 1, 0, rate=1.0) * 2 + Rest(3.0, 0.0)
    assert p.cycles == 2
    np.testing.assert_allclose(p.cycle_times, [0, 4, 9])


def test_repeating_cycles_keeps_them() -> None:
    assert ((Sweep(0, 1, 0, rate=1.0) * 3 + Rest(1.0, 0.0)) * 2).cycles == 6
    assert (2 * (Sweep(0, 1, 0, rate=1.0) + Rest(1.0, 0.0))).cycles == 2
    assert (Sweep(0, 1, 0, rate=1.0) * 2 + Sweep(0, 2, 0, rate=1.0) * 1).cycles == 3


def test_pulse_train_is_its_pulses_and_rests() -> None:
    train = PulseTrain(0.5, 1e-3, interval=2e-3, rise=1e-5, count=4)
    assert train == (Pulse(0.5, 1e-3, rise=1e-5) + Rest(2e-3, 0.0)) * 4
    assert train.cycles == 4
    rising = PulseTrain([0.1, 0.2, 0.3], 1e-3, interval=2e-3, rise=1e-5)
    assert max(rising.voltage(rising.kinks)) == pytest.approx(0.3)


def test_staircase_holds_each_level() -> None:
    p = Staircase(0, 0.1, 0.2, hold=1.0, rise=0.01)
    np.testing.assert_allclose(p.voltage([0.5, 1.5, 2.5]), [0, 0.1, 0.2])
    assert p.duration == pytest.approx(3.02)


@given(
    voltages=st.lists(st.floats(-5, 5), min_size=2, max_size=6),
    rate=st.floats(1e-3, 1e3),
    count=st.integers(1, 3),
)
def test_description_gives_the_protocol_back(voltages: list[float], rate: float, count: int) -> None:
    close = any(abs(a - b) < 1e-3 for a, b in zip(voltages, voltages[1:] + voltages[:1], strict=True))
    if close:
        return
    p = Sweep(*voltages, voltages[0], rate=rate) * count
    again = Protocol.from_description(json.loads(json.dumps(p.describe())))
    assert again == p
    assert again.cycles == count
    steps = np.diff(p.voltage(np.linspace(0, p.duration, 400)))
    assert np.abs(steps).max() <= rate * p.duration / 399 * (1 + 1e-6)


def test_a_slow_sweep_after_a_fast_pulse_keeps_its_corners() -> None:
    for pause in (Rest(1e-3, 0.0), Rest(1e6, 0.0)):
        p = Pulse(1.0, 20e-9, rise=5e-9) + pause + Sweep(0, 0.05, -0.05, 0, rate=0.1)
        assert p.kinks.size == 8
        assert p.voltage(p.kinks[-3:-1]).tolist() == [0.05, -0.05]
        slowest = Pulse(1.0, 1.0, rise=1e-9) + pause + Sweep(0, 1e-3, 0, rate=1e-10)
        assert slowest.kinks.size == 7


def test_points_on_a_straight_line_are_no_kinks() -> None:
    for n in (20, 2000, 20001):
        t = np.linspace(0, 20, n + 1)
        sampled = Protocol.from_points(t, np.interp(t, [0, 10, 20], [0, 0.8, 0]))
        assert sampled.kinks.size == 3 + n % 2 * 1
    assert Protocol.from_points([0, 1, 2, 3], [0.3, 0.1 + 0.2, 0.3, 0.3]).kinks.tolist() == [0, 3]


def test_corners_of_a_long_train_do_not_drift() -> None:
    count, interval = 100_000, 1e-3
    train = PulseTrain(1.0, 1e-6, interval=interval, rise=1e-8, count=count)
    period = train.cycle_times[1]
    begins = period * np.arange(count + 1)
    assert np.abs(train.cycle_times - begins).max() <= 2 * np.spacing(train.duration)
    assert np.array_equal(train.cycle(begins[1:]), np.arange(count))
    assert np.array_equal(train.cycle(begins[1:-1] + 1e-8), np.arange(1, count))
    assert train.voltage(begins[:-1] + 0.5e-6).min() == 1.0


def test_a_sample_just_after_a_cycle_is_one_of_the_next_after_days_too() -> None:
    p = Rest(1e6, 0.0) * 1 + Pulse(1.0, 100e-9, rise=10e-9) * 2
    first, second = p.cycle_times[1:3]
    assert p.cycle([first, first + 1e-8, second, second + 1e-8]).tolist() == [0, 1, 1, 2]
    with pytest.raises(OutOfRangeError, match="time in a protocol"):
        p.voltage(p.duration + 1e-6)


def test_points_make_a_protocol() -> None:
    p = Protocol.from_points([0, 1, 3], [0, 1, 1])
    assert p == Sweep(0, 1, rate=1.0) + Rest(2.0, 1.0)
    with pytest.raises(OutOfRangeError, match="first time"):
        Protocol.from_points([1, 2], [0, 1])


def test_a_jump_is_refused_with_the_remedy() -> None:
    with pytest.raises(IncompatibleError, match=r"ending at 0 V .* starting at 1 V.*rise time"):
        _ = Rest(1.0, 0.0) + Rest(1.0, 1.0)
    with pytest.raises(IncompatibleError, match="continuous"):
        _ = Sweep(0, 1, rate=1.0) * 2


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Sweep(0, 1, rate=0), "sweep rate is 0 V/s; it must be positive."),
        (lambda: Sweep(0, 1, rate=-2), "sweep rate is -2 V/s; it must be positive."),
        (
            lambda: Sweep(0, rate=1),
            "number of sweep voltages is 1; it must be at least 2, one by one: Sweep(0, 1, -1, 0, rate=...).",
        ),
        (lambda: Sweep(0, float("nan"), rate=1), "sweep voltage is nan V; it must be finite."),
        (lambda: Sweep(0, 1, rate=float("inf")), "sweep rate is inf V/s; it must be finite."),
        (lambda: Rest(0.0, 0.0), "rest duration is 0 s; it must be positive."),
        (lambda: Pulse(1.0, 1.0, rise=0.0), "pulse rise time is 0 s; it must be positive."),
        (
            lambda: Sweep(0, 1, rate=1) * 0,
            "number of repetitions of a protocol is 0; it must be a whole number, at least 1 "
            "and at most 1e+07.",
        ),
        (
            lambda: Sweep(0, 1, rate=1).voltage(2.0),
            "time in a protocol is 2 s; it must be between 0 and 1 s.",
        ),
    ],
)
def test_bad_values_are_said_in_one_sentence(make, sentence: str) -> None:
    with pytest.raises(OutOfRangeError) as error:
        make()
    assert str(error.value) == sentence


def test_protocol_prints_what_it_is() -> None:
    assert str(Sweep(0, 1.2, 0, rate=0.1) * 3) == "Sweep(0, 1.2, 0, rate=0.1 V/s) * 3: 72 s, 3 cycles"
