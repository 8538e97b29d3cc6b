"""Neurons and nociceptors as circuits: what they are known for, and the same in ngspice."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import Protocol
from studies.arrays.learning.neuron import Neuron
from studies.arrays.learning.nociceptor import Nociceptor, stimuli
from tests.family_values import model as of_family
from tests.volatile_values import receptor, switch

needs_ngspice = pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
NEURON = Neuron(switch=switch(), capacitance=1e-9, leak=1e7)
SENSE = Nociceptor(device=receptor(), resistance=1e3, width=0.05, felt=1e-6)
OPENS = switch().figure("opening_voltage")


def held(current: float, duration: float = 0.04) -> Protocol:
    """Return a current that is switched on in 0.1 ms and held."""
    return Protocol.from_points([0, 1e-4, duration], [0, current, current])


def test_a_current_that_the_leak_carries_gives_no_spike() -> None:
    run = NEURON.run(held(0.9 * OPENS / NEURON.leak))
    assert run.spikes.size == 0
    assert run.voltage[-1] < OPENS


def test_spikes_come_faster_with_the_current_and_wait_as_long_as_the_membrane_charges() -> None:
    rates = []
    for current in (1e-7, 2e-7, 4e-7):
        run = NEURON.run(held(current))
        rates.append(1 / np.diff(run.spikes).mean())
        full = current * NEURON.leak  # where the membrane would go
        lowest = run.voltage[run.time > run.spikes[0]].min()
        charge = NEURON.time_constant * np.log((full - lowest) / (full - OPENS))
        assert 1 / rates[-1] == pytest.approx(
            charge, rel=0.1
        )  # the switch carries a little below its threshold
    assert rates[0] < rates[1] < rates[2]


def test_pulses_apart_by_more_than_the_membrane_remembers_do_not_add_up() -> None:
    def fed(interval: float) -> Protocol:
        points = [(0.0, 0.0)]
        for k in range(12):
            begin = k * interval + 1e-4
            points += [(begin, 0.0), (begin + 1e-5, 2e-7), (begin + 1e-3, 2e-7), (begin + 1.01e-3, 0.0)]
        return Protocol.from_points(*zip(*points, strict=True))

    assert NEURON.run(fed(1.5e-3)).spikes.size > 0
    assert NEURON.run(fed(3e-2)).spikes.size == 0


@needs_ngspice
def test_ngspice_gives_the_spikes_of_the_neuron() -> None:
    drive = held(2e-7, 0.012)
    ours, theirs = NEURON.run(drive), NEURON.run_ngspice(drive)
    assert ours.spikes.size == theirs.spikes.size == 5
    np.testing.assert_allclose(theirs.spikes, ours.spikes, rtol=1e-3)
    axes = ours.plot()
    assert axes.get_ylabel() == "Membrane voltage [V]"


def test_a_nociceptor_has_the_four_marks() -> None:
    found = SENSE.figures(injury=1.0, stimulus=0.25, wait=0.1)
    assert found.threshold == pytest.approx(0.2, abs=0.01)
    assert found.adaptation >= 1 - 1e-6
    assert found.threshold_after_injury < 0.8 * found.threshold
    assert found.answer_after_injury > 1.1 * found.answer
    assert 0.05 < found.relaxation < 3.0
    assert "relaxation" in repr(found)


def test_a_stronger_injury_lowers_the_threshold_more_and_time_heals_it() -> None:
    def threshold(injury: float, wait: float) -> float:
        return SENSE.figures(injury=injury, stimulus=0.25, wait=wait, repeats=2).threshold_after_injury

    assert threshold(1.0, 0.2) <= threshold(0.25, 0.2) < threshold(0.25, 0.6)
    assert threshold(1.0, 10.0) == pytest.approx(0.2, abs=0.01)


@needs_ngspice
def test_ngspice_gives_the_answers_of_the_nociceptor() -> None:
    stimulus = stimuli(0.3, 0.05, wait=0.05, count=4)
    time, current = SENSE.current(stimulus)
    other, found = SENSE.run_ngspice(stimulus)
    assert np.abs(np.interp(time, other, found) - current).max() < 1e-3 * current.max()


def test_circuits_refuse_what_they_cannot_be_of() -> None:
    with pytest.raises(IncompatibleError, match="displacement"):
        Neuron(switch=of_family("chemical inductor"), capacitance=1e-9, leak=1e7)
    with pytest.raises(IncompatibleError, match="displacement"):
        Nociceptor(device=of_family("transistor synapse"), resistance=0.0, width=0.1, felt=1e-9)
    with pytest.raises(OutOfRangeError, match="answer of the nociceptor"):
        SENSE.figures(injury=0.1, stimulus=0.05, wait=0.1)
