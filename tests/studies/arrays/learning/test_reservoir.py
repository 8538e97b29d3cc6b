"""Streams of pulses leave states in a volatile device that a linear layer reads."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import OutOfRangeError
from studies.arrays.learning.reservoir import (
    ReservoirStates,
    Stream,
    _codes,
    reservoir_accuracy,
    reservoir_states,
    train_response,
)
from tests.family_values import model as of_family
from tests.volatile_values import reservoir

STREAM = Stream(amplitude=1.8, width=2e-3, interval=2e-3, read_voltage=0.1)
SPREAD = 0.025  # of the last conductance, over 20 devices (Chen et al., Adv. Intell. Syst. 3, 2000196, 2021)


def test_streams_of_four_bits_leave_sixteen_states_apart_by_more_than_the_published_spread() -> None:
    found = reservoir_states(reservoir(), STREAM, spread=SPREAD)
    assert found.distinguishable() == 16
    assert found.closest > 2
    assert "1101" in repr(found)
    assert found.plot().get_yscale() == "log"


@pytest.mark.parametrize("tau", [1e-3, 0.5])
def test_a_device_that_forgets_too_fast_or_too_late_tells_fewer_streams_apart(tau: float) -> None:
    assert reservoir_states(reservoir(tau), STREAM, spread=SPREAD).distinguishable() < 12


def test_a_device_that_does_not_forget_counts_pulses_only() -> None:
    found = reservoir_states(reservoir(1e6), STREAM).conductances
    ones = np.array([k.bit_count() for k in range(16)])
    for count in range(5):
        same = found[ones == count]
        assert np.ptp(same) < 1e-4 * same.mean()


def test_a_later_pulse_leaves_more_than_an_earlier_one() -> None:
    found = reservoir_states(reservoir(), STREAM).conductances
    assert found[0b0001] > found[0b0010] > found[0b0100] > found[0b1000] > found[0]


def test_the_chemical_inductor_is_a_reservoir_too() -> None:
    found = reservoir_states(
        of_family("chemical inductor"), Stream(amplitude=0.8, width=0.4, interval=0.4, read_voltage=0.05)
    )
    assert np.unique(found.conductances.round(12)).size == 16


def test_states_are_bands_of_the_spread() -> None:
    found = ReservoirStates(bits=2, conductances=np.array([1.0, 1.04, 1.3, 2.0]), spread=0.05)
    assert found.distinguishable() == 3
    assert found.distinguishable(0.1) == 4
    assert found.closest == pytest.approx(0.04 / 1.02 / 0.05)


def test_the_published_trains_rise_with_their_number_and_amplitude_and_saturate() -> None:
    found = train_response(reservoir(), [1.5, 1.7, 2.0, 2.2], width=2e-3, interval=2e-3, pulses=28)
    assert found.shape == (4, 28)
    assert (np.diff(found.values, axis=1) > -1e-9 * found.values.max()).all()
    assert (np.diff(found.values, axis=0) > 0).all()
    late, early = (np.diff(found.values, axis=1)[:, k] for k in (-1, 0))
    assert (late < 0.05 * early).all()


def test_rows_and_columns_become_the_numbers_of_their_halves() -> None:
    image = np.zeros((1, 64), dtype=np.int64)
    image[0, [3, 8, 15]] = 1  # row 0: 0001 0000; row 1: 1000 0001
    assert _codes(image, "rows")[0, :4].tolist() == [1, 0, 8, 1]
    assert _codes(image, "columns")[0].tolist() == [4, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 4, 0]


def test_a_linear_layer_reads_digits_from_the_states_of_half_as_many_devices_as_pixels() -> None:
    states = reservoir_states(reservoir(), STREAM)
    found = reservoir_accuracy(states, seeds=4)
    assert found.features == 32
    assert 0.75 < found.reservoir.mean() < found.pixels.mean() + 0.02
    worse = reservoir_accuracy(states, seeds=4, cycle_spread=0.5)
    assert worse.reservoir.mean() < found.reservoir.mean() - 0.05
    assert reservoir_accuracy(states, seeds=4, directions=["rows"]).reservoir.mean() < found.reservoir.mean()
    assert "scikit-learn" in repr(found)


def test_streams_that_do_not_fit_the_rows_are_refused() -> None:
    states = ReservoirStates(bits=3, conductances=np.arange(1.0, 9.0), spread=0.0)
    with pytest.raises(OutOfRangeError, match="bits"):
        reservoir_accuracy(states)
    with pytest.raises(OutOfRangeError, match="directions"):
        reservoir_accuracy(
            ReservoirStates(bits=4, conductances=np.arange(1.0, 17), spread=0.0), directions=["up"]
        )
