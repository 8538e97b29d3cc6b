"""Readings of a simulated device while its ions flow back after a pulse."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device
from fem.errors import IncompatibleError, OutOfRangeError
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from studies import (
    Pulse,
    RetentionReads,
    SmallSignalReads,
    Snapshots,
    Trace,
    iv_sweep,
    pulse_switching,
    retention,
    retention_reads,
)

PULSE = Pulse(0.5, 2.0, rise=1e-4)


class Experiment:
    """A pulse that drives ions to one side of a film, and readings at 5 mV and at 0 V while they come back."""

    def __init__(self, devices: ModuleType) -> None:
        film = devices.film(ions={"cation": devices.ion(1e24, diffusivity=1e-14)})
        device = Device(
            mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=1 * nm, growth=1.4),
            materials={"film": film},
            physics=[Poisson(), Carriers(), MobileIons("cation")],
            contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(4.3)},
            temperature=300.0,
        )
        snapshots = Snapshots({"programmed": PULSE.duration})
        self.pulse: Trace = iv_sweep(device, contact="top", protocol=PULSE, observe=snapshots)
        self.plan: RetentionReads = retention_reads(1.0, read_voltage=0.005, first_read=1e-3, rise=1e-4)
        self.small_signal = SmallSignalReads("top", self.plan.sample_times, frequency=1.0)
        start, times = snapshots.states["programmed"], self.plan.sample_times
        self.read: Trace = iv_sweep(
            device, contact="top", protocol=self.plan.protocol, sample_times=times, start=start
        )
        self.rest: Trace = iv_sweep(
            device,
            contact="top",
            protocol=self.plan.rest,
            sample_times=times,
            start=start,
            observe=self.small_signal,
        )


@pytest.fixture(scope="module")
def experiment(devices: ModuleType) -> Experiment:
    return Experiment(devices)


def test_every_reading_is_taken_at_its_time(experiment: Experiment) -> None:
    np.testing.assert_allclose(experiment.small_signal.time, experiment.plan.sample_times, rtol=1e-9)
    assert np.isin(np.round(experiment.plan.sample_times, 12), np.round(experiment.read.time, 12)).all()
    assert experiment.small_signal.unit == "S/m^2"


def test_a_small_voltage_and_the_linear_response_read_the_same_conductance(experiment: Experiment) -> None:
    """Two independent ways: the difference of two transients, and the derivative of the equations at 0 V."""
    begin = experiment.plan.begin
    m = retention(experiment.read, programmed=begin, at_rest=experiment.rest, toward=0.0)
    s = experiment.small_signal
    transient = np.interp(s.time - begin, m.time, m.part * m.conductance_start)
    late = s.conductance > 0.05 * s.conductance[-1]
    assert np.count_nonzero(late) >= 8
    np.testing.assert_allclose(transient[late], s.conductance[late], rtol=0.04)
    np.testing.assert_allclose(transient[-3:], s.conductance[-3:], rtol=1e-3)


def test_the_high_resistance_state_is_lost_when_half_the_ions_are_back(experiment: Experiment) -> None:
    begin, end = experiment.plan.begin, float(experiment.small_signal.conductance[-1])
    ways = [
        experiment.small_signal.retention(toward=1.001 * end).retention_time,
        retention(
            experiment.read, programmed=begin, at_rest=experiment.rest, toward=1.001 * end
        ).retention_time,
    ]
    assert 0.01 < ways[0] < 0.1
    assert ways[1] == pytest.approx(ways[0], rel=0.02)


def test_the_current_of_returning_ions_is_not_taken_for_a_conductance(experiment: Experiment) -> None:
    with pytest.raises(IncompatibleError, match="against the read voltage"):
        retention(experiment.read, programmed=experiment.plan.begin)


def test_the_pulse_moves_ions_until_the_conductance_has_fallen(experiment: Experiment) -> None:
    m = pulse_switching(experiment.pulse)
    trace = experiment.pulse
    assert m.direction == "reset"
    assert 0 < m.switching_time < PULSE.duration
    assert m.energy == pytest.approx(np.trapezoid(trace.voltage * trace.current, trace.time), rel=1e-2)
    assert m.source_energy == m.energy


def test_readings_without_times_or_frequency_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="times of readings"):
        SmallSignalReads("top", [1.0], frequency=1.0)
    with pytest.raises(OutOfRangeError, match="frequency"):
        SmallSignalReads("top", [1.0, 2.0], frequency=0.0)
