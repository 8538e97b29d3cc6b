"""Spike-timing-dependent plasticity: four forms from devices and data, and windows that are found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import (
    BiphasicSpike,
    ExponentialSpike,
    Protocol,
    Read,
    RectangularSpike,
    SpikeTiming,
    Sweep,
    Trace,
    TriangularSpike,
    spike_pair,
    spike_timing,
)
from tests.studies.neuromorphic.synapses import THRESHOLD, linear, resistor, synapse

READ = Read(voltage=0.1, duration=1e-3, rise=1e-5, rest=1e-3)
SPIKE = BiphasicSpike(0.45, 2e-3, -0.3, 4e-2, rise=1e-4)  # alone below the threshold
DELAYS = [s * d for s in (-1, 1) for d in (4e-3, 8e-3, 1.3e-2, 1.8e-2, 2.3e-2, 2.8e-2)]
EVEN = synapse(lambda v, _: 1e-4 * (abs(v) - THRESHOLD), start=1e-5)
FALLING = synapse(lambda v, _: -1e-4 * (abs(v) - THRESHOLD), start=1e-5)


@pytest.mark.parametrize(
    ("subject", "terminal", "form"),
    [
        (linear(start=1e-5), "post", "asymmetric Hebbian"),
        (linear(start=1e-5), "pre", "asymmetric anti-Hebbian"),
        (EVEN, "post", "symmetric Hebbian"),
        (FALLING, "post", "symmetric anti-Hebbian"),
        (resistor(1e-5), "post", "none"),
    ],
)
def test_each_form_is_recognised(subject: Any, terminal: Any, form: str) -> None:
    found = spike_timing(subject, SPIKE, SPIKE, DELAYS, READ, terminal=terminal)
    assert found.form == form
    fits = (found.fit_after, found.fit_before)
    assert all(f is None for f in fits) if form == "none" else all(f is not None for f in fits)
    assert found.energy is not None and found.energy.energy.shape == (12,) and found.energy.energy.min() > 0
    assert form in str(found) and found.plot().get_title() == form


def test_a_drift_without_spikes_is_no_plasticity() -> None:
    """A state that is lost while nothing happens changes by every pair alike."""
    half = 5e-6
    falling = synapse(lambda v, _: 0.0, start=half, relaxation=0.5)

    def from_above(protocol: Protocol) -> Trace:
        trace = falling(protocol)
        lost = 1 + np.exp(-trace.time / 0.5)
        columns = {"time": trace.time, "voltage": trace.voltage, "current": half * lost * trace.voltage}
        return Trace.from_columns(columns, {})

    found = spike_timing(from_above, SPIKE, SPIKE, DELAYS, READ)
    assert found.change.max() < -0.03 and found.drift < -0.03
    assert found.form == "none" and found.smallest_change == pytest.approx(-2 * found.drift)


def test_more_pairs_change_more() -> None:
    one, ten = (spike_timing(linear(start=1e-5), SPIKE, SPIKE, DELAYS, READ, pairs=n) for n in (1, 10))
    assert ten.change == pytest.approx(10 * one.change, rel=1e-2)


def test_windows_of_measured_changes_are_recovered() -> None:
    random = np.random.default_rng(5)
    delay = np.concatenate((-np.geomspace(2e-3, 0.2, 15), np.geomspace(2e-3, 0.2, 15)))
    true = np.where(delay > 0, 0.9 * np.exp(-delay / 0.02), -0.5 * np.exp(delay / 0.035))
    found = SpikeTiming.from_data(delay, true + random.normal(0, 5e-3, 30), smallest_change=0.02)
    assert found.form == "asymmetric Hebbian" and found.fit_after and found.fit_before
    for fit, values in ((found.fit_after, (0.9, 0.02)), (found.fit_before, (-0.5, 0.035))):
        for name, value in zip(("amplitude_1", "time_1"), values, strict=True):
            assert abs(fit.values[name] - value) < 3 * fit.errors[name]


def test_noise_alone_is_no_form() -> None:
    random = np.random.default_rng(6)
    delay = np.linspace(-0.1, 0.1, 20)
    found = SpikeTiming.from_data(delay, random.normal(0, 0.01, 20), smallest_change=0.05)
    assert found.form == "none" and found.fit_after is None


def test_other_windows_are_said_in_words() -> None:
    delay = np.array([-0.3, -0.2, -0.1, 0.1, 0.2, 0.3])
    assert (
        SpikeTiming.from_data(delay, [0, 0, 0, 0.3, 0.2, 0.1]).form == "potentiation after, no change before"
    )
    assert (
        SpikeTiming.from_data(delay, [-0.3, 0.3, 0, 0.3, 0.2, 0.1]).form
        == "potentiation after, two signs before"
    )


def test_a_device_sees_the_difference_of_both_spikes() -> None:
    pre, post = TriangularSpike(0.4, 2.0), RectangularSpike(0.3, 1.0, rise=0.1)
    for delay in (-5.0, -0.7, 0.0, 0.55, 7.0):
        pair = spike_pair(pre, post, delay)
        t = np.linspace(0.0, pair.duration, 400)
        begin = max(0.0, -delay)

        def at(spike: Protocol, since: np.ndarray) -> np.ndarray:
            inside = (since >= 0) & (since <= spike.duration)
            return np.where(inside, spike.voltage(np.clip(since, 0.0, spike.duration)), 0.0)

        assert pair.voltage(t) == pytest.approx(at(post, t - begin - delay) - at(pre, t - begin), abs=1e-12)


def test_spikes_have_the_shape_that_is_asked_for() -> None:
    spike = ExponentialSpike(1.0, 1e-3, -0.5, 1e-2, rise=1e-5, pieces=40)
    since = np.array([0.0, 0.5e-2, 1e-2, 2e-2])
    assert spike.voltage(since + 1e-3 + 2e-5) == pytest.approx(-0.5 * np.exp(-since / 1e-2), abs=0.01)
    assert spike.levels[-1] == 0.0 and TriangularSpike(-1.0, 2.0).voltage(1.0) == -1.0
    assert BiphasicSpike(1.0, 1.0, -0.5, 2.0, rise=0.1).voltage(2.2) == pytest.approx(-0.25)


def test_spikes_and_delays_that_make_no_sense_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="pre spike"):
        spike_pair(Sweep(0, 1, rate=1.0), SPIKE, 1.0)
    with pytest.raises(OutOfRangeError, match="other than 0"):
        spike_pair(SPIKE, SPIKE, 0.0)
    with pytest.raises(OutOfRangeError, match="number of negative delays"):
        SpikeTiming.from_data([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    with pytest.raises(OutOfRangeError, match="finite"):
        SpikeTiming.from_data([1.0, 2.0, -1.0, np.nan], [1.0, 1.0, 1.0, 1.0])
    with pytest.raises(IncompatibleError, match="equal length"):
        SpikeTiming.from_data([1.0], [1.0, 2.0])
    with pytest.raises(OutOfRangeError, match="positive"):
        spike_timing(resistor(), SPIKE, SPIKE, DELAYS, READ, interval=-1.0)
    still = spike_timing(linear(start=1e-5), SPIKE, SPIKE, [*DELAYS, 0.0], READ)
    assert still.change[still.delay == 0.0] == pytest.approx(0.0, abs=1e-12)


def test_changes_in_per_cent_are_refused_and_the_threshold_is_shown() -> None:
    delay = [-0.03, -0.02, -0.01, 0.01, 0.02, 0.03]
    with pytest.raises(OutOfRangeError, match="not in %"):
        SpikeTiming.from_data(delay, [-10, -20, -40, 50, 25, 10])
    shown = str(SpikeTiming.from_data(delay, [-0.1, -0.2, -0.4, 0.5, 0.25, 0.1], smallest_change=0.03))
    assert "counts as no change" in shown and "0.03" in shown
