"""Potentiation and depression: nonlinearity, asymmetry and levels, against what is put in."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import PotentiationDepression, PulseTrain, Read, potentiation_depression
from tests.studies.neuromorphic.synapses import linear, resistor, synapse

READ = Read(voltage=0.1, duration=1e-3, rise=1e-5, rest=1e-3)
UP, DOWN = (PulseTrain(v, 1e-2, interval=1e-3, rise=1e-5, count=20) for v in (1.0, -1.0))


def test_a_linear_device_has_no_nonlinearity() -> None:
    found = potentiation_depression(linear(), UP, DOWN, READ)
    assert abs(found.nonlinearity_potentiation) < 1e-3 and abs(found.nonlinearity_depression) < 1e-3
    assert found.deviation_potentiation < 1e-9 and found.deviation_depression < 1e-9
    assert found.asymmetry < 1e-3
    assert found.potentiation.shape == found.depression.shape == (1, 21) and found.energy is not None
    assert found.energy.energy.shape == (40,) and found.energy.energy.min() > 0
    assert found.depression[0, -1] == pytest.approx(found.potentiation[0, 0], rel=1e-6)


def test_a_device_that_saturates_has_the_nonlinearity_of_its_a() -> None:
    """dG = -(G - G_end)/A per pulse is the formula of Chen, Peng and Yu; both numbers are of their table."""
    for label, share in ((0.5, 2.519877), (9.0, 0.022810)):
        a, pulses = share * 200, 200
        n = np.arange(pulses + 1)
        up = 1e-6 + 9e-6 * (1 - np.exp(-n / a)) / (1 - np.exp(-pulses / a))
        found = PotentiationDepression.from_data(up, 1.1e-5 - up)
        assert found.nonlinearity_potentiation == pytest.approx(label, rel=2e-3)
        assert found.nonlinearity_depression == pytest.approx(label, rel=2e-3)
        assert found.asymmetry == pytest.approx(2 * label, rel=2e-3)
        assert found.deviation_potentiation == pytest.approx(label * 0.07 * np.sqrt(2), rel=2e-3)
    end = 5e-6
    soft = synapse(lambda v, g: (end - g) / 0.05 if v > 0 else (1e-6 - g) / 0.05)
    ran = potentiation_depression(soft, UP, DOWN, READ)
    assert ran.update is not None
    assert ran.update.alpha_potentiation == pytest.approx(20 * 1e-2 / 0.05, rel=0.02)


def test_rising_amplitudes_and_widths_write_the_steeper_part_later() -> None:
    amplitudes = PulseTrain(np.linspace(0.6, 1.2, 20), 1e-2, interval=1e-3, rise=1e-5)
    widths = PulseTrain(1.0, np.geomspace(1e-3, 1e-1, 20), interval=1e-3, rise=1e-5)
    for train in (amplitudes, widths):
        assert potentiation_depression(linear(), train, None, READ).nonlinearity_potentiation < -0.5
    assert widths.parts[-1].corners[2] - widths.parts[-1].corners[1] == pytest.approx(1e-1)
    with pytest.raises(OutOfRangeError, match="number of pulses"):
        PulseTrain([1.0, 1.1], [1e-3, 1e-3, 1e-3], interval=1e-3, rise=1e-5)


def test_no_change_has_no_nonlinearity_and_says_why() -> None:
    found = potentiation_depression(resistor(), UP, DOWN, READ)
    assert np.isnan(found.nonlinearity_potentiation) and np.isnan(found.asymmetry)
    assert found.reason == "the potentiation does not change the conductance" and found.reason in str(found)
    assert np.isnan(found.deviation_potentiation)
    wrong = potentiation_depression(linear(start=1e-4), DOWN, None, READ)
    assert np.isnan(wrong.nonlinearity_potentiation) and "lowers the conductance" in wrong.reason


def test_levels_are_as_many_as_bands_fit_into_the_range() -> None:
    line = np.linspace(1e-6, 2e-6, 101)
    for spread, levels in ((1e-8 / 6, 101), (0.999e-7 / 6, 11), (0.5001e-6 / 6, 2), (1e-5, 1)):
        assert PotentiationDepression.from_data(line, spread=spread).levels == levels
    kept = PotentiationDepression.from_data(line, spread=0.999e-7 / 6, retained=0.5)
    assert (kept.levels, kept.retained_levels) == (11, 6)
    assert np.isnan(PotentiationDepression.from_data(line).levels)


def test_the_spread_is_measured_from_repeated_trains() -> None:
    random = np.random.default_rng(3)
    trains = np.linspace(1e-6, 2e-6, 33) + random.normal(0, 1e-8, (40, 33))
    found = PotentiationDepression.from_data(trains)
    assert found.spread == pytest.approx(1e-8, rel=0.06)
    assert found.levels == pytest.approx(1e-6 / 6e-8 + 1, abs=2)
    two = PotentiationDepression.from_data([[1e-6, 2e-6, 3e-6, 4e-6], [1.2e-6, 2.2e-6, 3.2e-6, 4.2e-6]])
    assert two.spread == pytest.approx(0.2e-6 / np.sqrt(2))
    again = potentiation_depression(linear(), UP, DOWN, READ, trains=2)
    assert again.spread == pytest.approx(0.0, abs=1e-12) and again.potentiation.shape == (2, 21)
    axes = again.plot()
    assert axes.get_ylabel() == "Conductance [S]" and len(axes.lines) == 4


def test_values_that_are_no_conductances_are_refused() -> None:
    with pytest.raises(IncompatibleError, match="at least 4"):
        PotentiationDepression.from_data([1.0, 2.0])
    with pytest.raises(OutOfRangeError, match="positive and finite"):
        PotentiationDepression.from_data([1.0, np.nan, 3.0, 4.0])
    with pytest.raises(OutOfRangeError, match="positive and finite"):
        PotentiationDepression.from_data([1.0, 2.0, 3.0, 4.0], [4.0, 3.0, 2.0, -1.0])


def test_readings_that_only_scatter_have_no_nonlinearity() -> None:
    named = 0
    for seed in range(100):
        noise = 0.01 * np.random.default_rng(seed).standard_normal((2, 30))
        found = PotentiationDepression.from_data(*(1e-6 * (1 + noise)))
        named += found.update is not None
    assert named == 0
    noise = 0.01 * np.random.default_rng(1).standard_normal(30)
    rising = PotentiationDepression.from_data(1e-6 * (np.linspace(1, 1.3, 30) + noise))
    assert rising.update is not None
    steep = PotentiationDepression.from_data(
        1e-6 * (1 + (np.arange(30) > 0) + 0.1 * noise)
    )  # all by the first
    assert steep.update is not None


def test_what_one_train_does_not_tell_is_said() -> None:
    up = np.linspace(1e-6, 2e-6, 10)
    assert "of one train" in str(PotentiationDepression.from_data(up))
    assert "of one train" not in str(PotentiationDepression.from_data(up, spread=1e-8))
