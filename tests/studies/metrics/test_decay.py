"""Decays with known time constants, on samples of every spacing, with noise and without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import Trace, decay

LOG = np.concatenate(([0.0], np.geomspace(1e-4, 30.0, 90)))
EVEN = np.linspace(0.0, 10.0, 200)
ODD = np.sort(np.random.default_rng(3).uniform(0.0, 12.0, 150))


@pytest.mark.parametrize("t", [LOG, EVEN, ODD], ids=["log", "even", "odd"])
@pytest.mark.parametrize("sign", [1, -1])
def test_one_exponential_has_its_time_constant(t: np.ndarray, sign: int) -> None:
    fit = decay((t, sign * (2e-9 + 5e-9 * np.exp(-(t - t[0]) / 0.8))), constants=1)
    assert fit.time_constants == pytest.approx([0.8], rel=1e-6)
    assert fit.amplitudes == pytest.approx([sign * 5e-9], rel=1e-6)
    assert fit.offset == pytest.approx(sign * 2e-9, rel=1e-6)
    assert fit(t - t[0]) == pytest.approx(fit.values, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e5])
def test_two_exponentials_are_told_apart_on_any_time_scale(scale: float) -> None:
    t = LOG * scale
    fit = decay((t, 1.0 + 3.0 * np.exp(-t / (0.02 * scale)) + 2.0 * np.exp(-t / (1.5 * scale))))
    assert fit.model == "two constants" and fit.bic["two constants"] < fit.bic["one constant"]
    assert fit.time_constants == pytest.approx([0.02 * scale, 1.5 * scale], rel=1e-5)
    assert fit.amplitudes == pytest.approx([3.0, 2.0], rel=1e-5)


def test_a_stretched_exponential_has_its_exponent() -> None:
    fit = decay((LOG, 0.5 + 4.0 * np.exp(-((LOG / 0.3) ** 0.6))), constants="stretched")
    assert fit.time_constants == pytest.approx([0.3], rel=1e-5)
    assert fit.stretching == pytest.approx(0.6, rel=1e-5)
    assert "stretching" in repr(fit)


def test_noise_does_not_make_a_second_constant_and_errors_are_those_of_many_trials() -> None:
    rng, found, errors, one = np.random.default_rng(5), [], [], 0
    for _ in range(40):
        fit = decay((EVEN, 1.0 + np.exp(-EVEN / 1.3) + 0.02 * rng.standard_normal(EVEN.size)), start=0.0)
        one += fit.model == "one constant"
        if fit.model == "one constant":
            found.append(fit.time_constants[0])
            errors.append(fit.time_constant_errors[0])
    assert one >= 36
    assert np.std(found, ddof=1) == pytest.approx(np.mean(errors), rel=0.35)
    assert np.mean(found) == pytest.approx(1.3, abs=4 * np.mean(errors) / np.sqrt(len(found)))


@pytest.mark.parametrize("constants", [1, 2, "stretched"])
def test_standard_errors_do_not_depend_on_the_size_of_the_current(constants: Any) -> None:
    noise = 1e-3 * np.random.default_rng(8).standard_normal(LOG.size)
    y = 1.0 + 3.0 * np.exp(-LOG / 0.02) + 2.0 * np.exp(-LOG / 1.5) + noise
    large, small = (decay((LOG, scale * y), constants=constants, start=0.0) for scale in (1.0, 1e-9))
    assert small.time_constant_errors == pytest.approx(large.time_constant_errors, rel=1e-4)
    assert small.amplitude_errors == pytest.approx(1e-9 * large.amplitude_errors, rel=1e-4)
    assert small.stretching_error == pytest.approx(large.stretching_error, rel=1e-4)


def test_a_drift_is_no_second_time_constant() -> None:
    """A constant of which the data show only the beginning is not taken, and alone is an error."""
    y = 3.0 * np.exp(-EVEN / 0.4) + 2.0 - 1e-3 * EVEN
    assert decay((EVEN, y)).model == "one constant"
    with pytest.raises(OutOfRangeError, match="not within their time"):
        decay((EVEN, y), constants=2)


def test_the_decay_begins_at_the_peak_or_where_told() -> None:
    t = np.linspace(0.0, 10.0, 401)
    y = np.where(t < 2.0, t / 2.0, np.exp(-(t - 2.0) / 0.7))
    trace = Trace.from_columns(
        {"time": t, "voltage": 0 * t, "current": y, "displacement_current": 0.0 * y}, {}
    )
    fit = decay(trace, constants=1)
    assert fit.start == 2.0 and fit.unit == "A"
    assert fit.time_constants == pytest.approx([0.7], rel=1e-6)
    late = decay(trace, constants=1, start=4.0, end=8.0)
    assert late.time[-1] == pytest.approx(4.0) and late.time_constants == pytest.approx([0.7], rel=1e-6)
    assert late.plot().get_xscale() == "log"


def test_data_that_do_not_decay_are_refused() -> None:
    t = np.linspace(0.0, 10.0, 101)
    with pytest.raises(OutOfRangeError, match="do not decay"):
        decay((t, t))
    with pytest.raises(OutOfRangeError, match="do not decay"):
        decay((t, 1 - np.exp(-t)), start=0.0)
    with pytest.raises(OutOfRangeError, match="do not decay"):
        decay((t, 2.0 - 0.1 * t), constants=1)
    with pytest.raises(OutOfRangeError, match="do not decay"):
        decay((t, np.ones(101)))
    with pytest.raises(OutOfRangeError, match="constants of a decay"):
        decay((t, np.exp(-t)), constants=3)  # type: ignore[arg-type]
    with pytest.raises(IncompatibleError, match="equal length"):
        decay((t, t[1:]))
    with pytest.raises(OutOfRangeError, match="finite"):
        decay((t, np.full(101, np.nan)))


def test_a_start_that_rounding_puts_behind_a_sample_keeps_it() -> None:
    t = 0.3 + np.geomspace(1e-3, 1.0, 60)
    t = np.concatenate(([0.3], t))
    y = 1e-9 * np.exp(-(t - 0.3) / 0.1)
    one, other = (decay((t, y), constants=1, start=begin) for begin in (0.3, 0.1 + 0.2))
    assert 0.1 + 0.2 > 0.3
    assert other.time.size == one.time.size == t.size
