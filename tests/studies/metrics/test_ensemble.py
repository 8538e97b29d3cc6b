"""Filaments with barriers that differ: their sum is that of one that is scaled in time, each by its own."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from fem.constants import thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError
from fem.units import eV
from studies.metrics.ensemble import Course, barriers, ensemble_conductance

TIME = np.geomspace(1e-6, 1e6, 4001)
SWITCHED = 1.0  # [s], at which the computed filament sets


def course(temperature: float = 300.0) -> Course:
    """Return a filament that sets from 1 nS to 1 uS at once."""
    return Course(TIME, np.where(TIME < SWITCHED, 1e-9, 1e-6), np.full_like(TIME, temperature))


def test_alike_filaments_conduct_as_many_times_as_much() -> None:
    found = ensemble_conductance(course(), np.array([0.1, 10.0]), barriers(0.0, 50))
    np.testing.assert_allclose(found, [50e-9, 50e-6], rtol=1e-12)


def test_an_ensemble_has_set_as_far_as_the_distribution_of_its_barriers() -> None:
    """At the time t filaments below kT ln t are set: a share of the normal distribution."""
    spread, count, times = 0.03, 2000, np.array([0.01, 0.3, 1.0, 20.0])
    found = ensemble_conductance(course(), times, barriers(spread, count))
    share = (found / count - 1e-9) / (1e-6 - 1e-9)
    expected = [NormalDist(0.0, spread).cdf(thermal_voltage(300.0) * np.log(t)) for t in times]
    np.testing.assert_allclose(share, expected, atol=2e-3)


def test_hot_filaments_differ_less_in_time() -> None:
    shift = np.array([0.05])
    late = [np.exp(0.05 / thermal_voltage(t)) for t in (300.0, 600.0)]
    for temperature, at in zip((300.0, 600.0), late, strict=True):
        before, after = ensemble_conductance(course(temperature), np.array([0.98 * at, 1.02 * at]), shift)
        assert before == pytest.approx(1e-9) and after == pytest.approx(1e-6)


def test_what_was_not_computed_for_long_enough_is_nan() -> None:
    assert np.isnan(ensemble_conductance(course(), np.array([1e6]), np.array([-0.1])))[0]


def test_barriers_are_the_quantiles_of_a_normal_distribution() -> None:
    found = barriers(0.02, 1001)
    assert found[500] == pytest.approx(0.0, abs=1e-12)
    assert found.std() == pytest.approx(0.02, rel=0.01)
    np.testing.assert_allclose(found, -found[::-1], atol=1e-12)


@pytest.mark.parametrize(("spread", "count"), [(-0.01, 3), (2.0, 3), (0.01, 0), (0.01, 2.5)])
def test_spreads_and_numbers_without_sense_are_refused(spread: float, count: int) -> None:
    with pytest.raises(OutOfRangeError):
        barriers(spread, count)


def test_courses_that_are_none_are_refused() -> None:
    one = np.ones(3)
    with pytest.raises(IncompatibleError, match="must rise"):
        Course(one, one, one)
    with pytest.raises(IncompatibleError, match="one shape"):
        Course(np.arange(3.0), one[:2], one)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"conductance": -1e-9}, "conductance"),
        ({"conductance": np.nan}, "conductance"),
        ({"temperature": 0.0}, "temp"),
    ],
)
def test_courses_that_no_filament_has_are_refused(change: dict[str, float], words: str) -> None:
    given = {"time": [0.0, 1.0], "conductance": [1e-9, 1e-6], "temperature": [300.0, 300.0]}
    for name, value in change.items():
        given[name][1] = value
    with pytest.raises(OutOfRangeError, match=words):
        Course(**{name: np.array(values) for name, values in given.items()})


def test_barriers_in_joules_are_refused() -> None:
    """They would leave all filaments alike."""
    with pytest.raises(OutOfRangeError, match="eV"):
        barriers(0.05 * eV, 10)
    with pytest.raises(OutOfRangeError, match="eV"):
        ensemble_conductance(course(), TIME, np.array([0.05 * eV]))
