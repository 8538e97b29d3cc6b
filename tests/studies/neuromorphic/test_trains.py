"""Trains of pulses: what they do by rate, number, width and amplitude, what is left of it, and where it is digital."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fem.errors import IncompatibleError, MemfemError, OutOfRangeError
from studies import (
    CompactModel,
    Consolidation,
    ProgrammingWindow,
    Protocol,
    Pulse,
    PulseDependence,
    PulseTrain,
    Read,
    Rest,
    Sweep,
    Trace,
    TriangularSpike,
    conductance_reads,
    consolidation,
    paired_pulse,
    potentiation_depression,
    programming_window,
    pulse_dependence,
    pulsed_endurance,
    spike_timing,
    swept_endurance,
)
from tests.compact_values import VALUES
from tests.studies.neuromorphic.synapses import THRESHOLD, linear, resistor, synapse

TRIANGLE = TriangularSpike(0.4, 1.0)
READ = Read(voltage=0.1, duration=1e-3, rise=1e-5, rest=1e-3)


def test_a_linear_device_changes_by_number_width_and_amplitude() -> None:
    device = linear(1e-4, start=1e-5)
    by_number = pulse_dependence(
        device, "number", [1, 2, 4, 8], READ, rise=1e-6, amplitude=1.0, width=1e-2, interval=1e-3
    )
    assert by_number.change == pytest.approx(by_number.change[0] * np.array([1, 2, 4, 8]), rel=1e-6)
    by_width = pulse_dependence(
        device, "width", [1e-3, 1e-2, 1e-1], READ, rise=1e-6, amplitude=1.0, count=2, interval=1e-3
    )
    assert by_width.change == pytest.approx(2 * 1e-4 * 0.5 * by_width.values / 1e-5, rel=1e-2)
    by_height = pulse_dependence(
        device, "amplitude", [-1.0, 0.3, 0.7, 1.0], READ, rise=1e-6, width=1e-3, count=2, interval=1e-3
    )
    assert by_height.change[1] == pytest.approx(0.0, abs=1e-12) and by_height.trend == "rising"
    assert by_height.change[0] == pytest.approx(-by_height.change[3])
    assert by_height.energy is not None and by_height.energy.energy.shape == (4,) and "SVDP" in str(by_height)
    assert by_width.plot().get_xlabel() == "Width [s]"


def test_a_device_that_forgets_depends_on_the_rate() -> None:
    """The faster, the less is forgotten between the pulses."""
    device = linear(1e-4, start=1e-5, relaxation=0.05)
    found = pulse_dependence(
        device, "rate", [1.0, 10.0, 50.0], READ, rise=1e-6, amplitude=1.0, width=1e-2, count=5
    )
    assert found.trend == "rising" and found.change[2] > 1.5 * found.change[1]
    still = pulse_dependence(
        resistor(), "rate", [1.0, 10.0], READ, rise=1e-6, amplitude=1.0, width=1e-2, count=2
    )
    assert still.trend == "none" and np.isnan(still.threshold)


def test_the_rate_at_which_the_change_turns_is_the_threshold() -> None:
    found = PulseDependence.from_data("rate", [1.0, 10.0, 20.0, 50.0], [1.0] * 4, [0.8, 0.9, 1.1, 1.5])
    assert found.threshold == pytest.approx(15.0) and found.trend == "rising"


def seen(device: Callable[[Protocol], Trace], traces: list[Trace]) -> Callable[[Protocol], Trace]:
    """Return the device, all traces of which are kept."""

    def simulate(protocol: Protocol) -> Trace:
        traces.append(device(protocol))
        return traces[-1]

    return simulate


def test_noise_alone_has_no_trend_and_no_threshold() -> None:
    noise = 0.02 * np.random.default_rng(2).standard_normal(5)
    rates, before = [1.0, 2.0, 3.0, 5.0, 8.0], np.full(5, 1e-6)
    found = PulseDependence.from_data("rate", rates, before, before * (1 + noise), smallest_change=0.1)
    assert found.trend == "none" and np.isnan(found.threshold)
    assert "counts as no change       0.1 " in str(found)
    clear = before * (1 + noise + np.linspace(-0.6, 0.6, 5))
    seen = PulseDependence.from_data("rate", rates, before, clear, smallest_change=0.1)
    assert seen.trend == "rising" and 2.0 < seen.threshold < 5.0
    through = PulseDependence.from_data("rate", [1.0, 2.0, 3.0], np.ones(3), [0.5, 1.0, 1.5])
    assert through.threshold == pytest.approx(2.0)  # a change of 0 between two signs


def test_pulses_follow_each_other_at_the_rate() -> None:
    traces: list[Trace] = []
    device = seen(resistor(), traces)
    pulse_dependence(device, "rate", [5.0, 20.0], READ, rise=1e-3, amplitude=1.0, width=1e-2, count=3)
    for trace, rate in zip(traces, (5.0, 20.0), strict=True):
        rising = np.flatnonzero((trace.voltage[:-1] < 0.5) & (trace.voltage[1:] >= 0.5))
        assert np.diff(trace.time[rising]) == pytest.approx([1 / rate] * 2)


def test_reads_of_a_decay_end_when_they_are_asked_for() -> None:
    traces: list[Trace] = []
    pulse = PulseTrain(1.0, 1e-2, interval=1e-3, rise=1e-5, count=1)
    consolidation(seen(resistor(), traces), pulse, [3], [5e-3, 0.1, 0.2], READ)
    ends, _ = conductance_reads(traces[0], READ.voltage, tolerance=1e-6)
    assert ends[1:] - (ends[0] + READ.rise + 3 * pulse.duration) == pytest.approx([5e-3, 0.1, 0.2])


def never(_: Protocol) -> Trace:
    """Return nothing: a subject that must not be run."""
    raise AssertionError("the subject was run")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: potentiation_depression(
            never, PulseTrain(1.0, 1.0, interval=1.0, rise=0.1, count=2), None, READ
        ),
        lambda: paired_pulse(never, Pulse(1.0, 1.0, rise=0.1), [1.0, 1.0]),
        lambda: paired_pulse(never, Rest(1.0, 0.0), [1.0, 2.0]),
        lambda: paired_pulse(never, Pulse(1.0, 1.0, rise=0.1), [1.0, 1e-3], read=READ),
        lambda: spike_timing(never, TRIANGLE, TRIANGLE, [1.0, 2.0, 3.0, 4.0], READ),
        lambda: spike_timing(never, Sweep(0, 1, rate=1.0), TRIANGLE, [1.0, 2.0, -3.0, -4.0], READ),
        lambda: pulse_dependence(
            never, "amplitude", [1.0, 1.0], READ, rise=0.1, width=1.0, interval=1.0, count=2
        ),
        lambda: pulse_dependence(
            never, "rate", [0.1, -1.0], READ, rise=0.1, width=1.0, amplitude=1.0, count=2
        ),
        lambda: consolidation(never, Pulse(1.0, 1.0, rise=0.1), [2, 2], [1.0, 2.0], READ),
        lambda: consolidation(never, Pulse(1.0, 1.0, rise=0.1), [1, 2], [1.0, float("nan")], READ),
        lambda: programming_window(never, [1.0, 0.0], READ, width=1.0, interval=1.0, rise=0.1, pulses=2),
        lambda: programming_window(never, [1.0], READ, width=1.0, interval=-1.0, rise=0.1, pulses=2),
        lambda: programming_window(never, [1.0], READ, width=1.0, interval=1.0, rise=0.1, digital=0.5),
        lambda: pulsed_endurance(never, TRIANGLE, TRIANGLE, READ, 1),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(wrong: Callable[[], object]) -> None:
    with pytest.raises(MemfemError):
        wrong()


def test_trains_that_are_not_whole_are_refused() -> None:
    with pytest.raises(IncompatibleError, match="lack width"):
        pulse_dependence(resistor(), "number", [1, 2], READ, rise=1e-6, amplitude=1.0, interval=1.0)
    with pytest.raises(IncompatibleError, match="count is given"):
        pulse_dependence(
            resistor(), "number", [1, 2], READ, rise=1e-6, amplitude=1.0, width=1.0, interval=1.0, count=3
        )
    with pytest.raises(OutOfRangeError, match="below"):
        pulse_dependence(
            resistor(), "rate", [1.0, 200.0], READ, rise=1e-6, amplitude=1.0, width=1e-2, count=2
        )
    with pytest.raises(OutOfRangeError, match="positive and finite"):
        PulseDependence.from_data("rate", [1.0, 2.0], [1.0, 1.0], [np.nan, 1.0])


def test_what_relaxes_by_one_time_is_found_to_after_any_number_of_pulses() -> None:
    pulse = PulseTrain(1.0, 1e-2, interval=1e-3, rise=1e-6, count=1)
    times = np.geomspace(5e-3, 1.0, 14)
    found = consolidation(
        linear(1e-4, start=1e-5, relaxation=0.1), pulse, [2, 8], times.tolist(), READ, model="one"
    )
    assert found.relaxation_time == pytest.approx([0.1, 0.1], rel=1e-3)
    assert found.retained == pytest.approx(np.exp(-(times[-1] - times[0]) / 0.1), rel=1e-2)
    lasting = consolidation(linear(1e-4, start=1e-5), pulse, [2], times.tolist(), READ, model="one")
    assert lasting.retained == pytest.approx([1.0]) and np.isnan(lasting.relaxation_time).all()
    assert "do not decay" in lasting.reasons[0] and "do not decay" in str(lasting)
    assert found.plot().get_xlabel() == "Time since the train [s]"
    none = consolidation(resistor(), pulse, [2], times.tolist(), READ)
    assert none.reasons == ("no change of the conductance",) and np.isnan(none.retained).all()


def test_reasons_for_no_decay_are_said_once_for_all_trains_and_without_numbers_of_rounding() -> None:
    times, lasting = [0.1, 0.3, 1.0, 3.0, 10.0], np.full((3, 5), 2e-6)
    flat = str(Consolidation.from_data([1, 5, 20], times, np.full(3, 1e-6), lasting))
    assert flat.count("do not decay") == 1 and "after 1, 5, 20 pulses" in flat
    few = Consolidation.from_data([1], times, [1e-6], 1e-6 + 1e-6 * np.exp(-np.array([times])))
    assert few.reasons == ("no fit of 5 times: it needs 6",)


def test_times_without_room_for_a_read_are_refused() -> None:
    pulse = PulseTrain(1.0, 1e-2, interval=1e-3, rise=1e-6, count=1)
    with pytest.raises(OutOfRangeError, match="rest before its read"):
        consolidation(resistor(), pulse, [1], [5e-3, 6e-3], READ)
    with pytest.raises(IncompatibleError, match="must be"):
        Consolidation.from_data([1, 2], [1.0, 2.0], [1.0], [[1.0, 1.0]])


def test_a_window_tells_none_analog_digital_and_opposite_apart() -> None:
    device = synapse(lambda v, g: 30.0 * (v - np.sign(v) * THRESHOLD) * g)
    found = programming_window(
        device,
        [0.4, 0.6, 1.5, -0.6, -1.5, -0.4],
        READ,
        width=1e-2,
        interval=1e-3,
        rise=1e-6,
        pulses=30,
        reads=[10],
    )
    assert found.pulses.tolist() == [10, 30]
    assert found.kinds == ("digital", "analog", "none", "none", "analog", "digital")
    assert found.ratio[4] == pytest.approx(np.exp(30.0 * 0.1 * 0.3), rel=1e-2)
    assert found.edges("analog", 1) == (0.6, 0.6) and found.edges("digital", -1) == (-1.5, -1.5)
    assert np.isnan(found.edges("opposite", 1)).all()
    turned = programming_window(
        device, [0.6], READ, width=1e-2, interval=1e-3, rise=1e-6, pulses=3, rising=-1
    )
    assert turned.kinds == ("opposite",)
    assert found.plot().get_ylabel() == "Amplitude [V]"
    assert found.plot_courses().get_ylabel() == "Conductance [S]" and "+1.5 V, digital" in str(found)


def test_trains_that_lower_begin_in_the_other_state() -> None:
    low, high = linear(start=1e-6), linear(start=1e-5)
    found = programming_window(
        low, [1.0, -1.0], READ, width=1e-3, interval=1e-3, rise=1e-6, pulses=2, falling_subject=high
    )
    assert found.before == pytest.approx([1e-5, 1e-6])


def test_the_window_of_a_compact_model_is_that_of_its_single_trains() -> None:
    model = CompactModel.from_values(VALUES, "A")
    read = Read(voltage=0.1, duration=1e-3, rise=1e-4, rest=1e-3)
    both, one = (
        programming_window(model, v, read, width=1e-2, interval=1e-3, rise=1e-3, pulses=20)
        for v in ([0.8, 1.2], [1.2])
    )
    assert both.conductance[1] == pytest.approx(one.conductance[0]) and both.unit == "S"


def test_windows_of_no_conductances_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="positive and finite"):
        ProgrammingWindow.from_data([1.0], [1, 2], [1.0], [[1.0, -1.0]])
    with pytest.raises(OutOfRangeError, match="not 0"):
        ProgrammingWindow.from_data([0.0], [1], [1.0], [[1.0]])
    with pytest.raises(OutOfRangeError, match="at most 5"):
        programming_window(resistor(), [1.0], READ, width=1.0, interval=1.0, rise=1e-3, pulses=5, reads=[9])


def test_a_device_that_wears_drifts_by_pulses() -> None:
    """SET closes it to 10 uS; RESET opens it to less and less."""
    fixed = synapse(lambda v, g: (1e-5 - g) / 1e-3 if v > 0 else (1e-6 - g) / 1e-3)
    up, down = Pulse(1.0, 2e-2, rise=1e-5), Pulse(-1.0, 2e-2, rise=1e-5)
    found = pulsed_endurance(fixed, up, down, READ, 6)
    assert found.verdict == "periodic"
    assert found.data["on_off_ratio"].values == pytest.approx(10.0, rel=1e-3)
    assert found.drift["V_set"].verdict == "not known"
    worn = pulsed_endurance(linear(1e-4, start=1e-5), up, Pulse(-1.0, 1e-2, rise=1e-5), READ, 6)
    assert worn.verdict == "drifting" and worn.drift["low_resistance"].slope < 0


def test_sweeps_of_a_compact_model_are_counted() -> None:
    model = CompactModel.from_values(VALUES, "A")
    found = swept_endurance(model, Sweep(0, 1, -2, 0, rate=0.1), 3, read_voltage=0.2, tolerance=0.5)
    assert found.data.sizes["cycle"] == 3
    assert np.isfinite(found.data["low_resistance"].values).all()
