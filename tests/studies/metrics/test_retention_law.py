"""Laws of retention: exponential, stretched and power law are told apart, and what cannot be is not."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import retention_law, retention_time

TIME = np.geomspace(1.0, 1e4, 40)


def lost(kind: str) -> np.ndarray:
    """Return a kept part at TIME."""
    return {
        "exponential": np.exp(-TIME / 500.0),
        "stretched exponential": np.exp(-((TIME / 500.0) ** 0.4)),
        "power law": TIME**-0.3,
    }[kind]


@pytest.mark.parametrize("kind", ["exponential", "stretched exponential", "power law"])
@pytest.mark.parametrize("toward", [None, 1e-6])
def test_each_law_is_found_in_its_own_data(kind: str, toward: float | None) -> None:
    noise = np.random.default_rng(2).normal(0, 2e-8, TIME.size)
    found = retention_law((TIME, 1e-6 + 9e-6 * lost(kind) + noise), toward=toward)
    assert found.verdict == kind
    assert found.mechanism == ("ions" if kind == "exponential" else "traps")
    assert (found.difference < 0) == (kind == "exponential")
    fit = found.fits["one exponential" if kind == "exponential" else kind]
    name, true = {"power law": ("power", 0.3), "stretched exponential": ("stretching", 0.4)}.get(
        kind, ("time_1", 500.0)
    )
    assert fit.values[name] == pytest.approx(true, rel=0.15)
    assert kind in str(found) and found.plot().get_ylabel() == "Conductance [S]"


def test_a_state_that_rises_toward_the_other_one_has_a_law_too() -> None:
    found = retention_law((TIME, 1e-5 - 9e-6 * lost("exponential")), toward=1e-5)
    assert found.verdict == "exponential"


def test_what_noise_hides_is_undecided() -> None:
    few = np.geomspace(1.0, 300.0, 10)
    noise = np.random.default_rng(4).normal(0, 0.05, few.size)
    found = retention_law((few, 2.0 * np.exp(-((few / 600) ** 0.8)) + noise), toward=0.0)
    assert found.verdict == found.mechanism == "undecided" and "AICc" in found.reason


def test_a_state_that_only_fluctuates_has_no_law() -> None:
    noise = np.random.default_rng(0).normal(0, 1e-9, TIME.size)
    found = retention_law((TIME, 1e-6 + noise), toward=0.0)
    assert found.verdict == "undecided" and found.reason == "a state that lasts fits as well"


def test_a_retention_of_readings_has_its_law() -> None:
    metrics = retention_time(TIME, 1e-5 * lost("power law"), criterion=0.1)
    found = retention_law(metrics, toward=0.0)
    assert found.verdict == "power law" and found.fits["power law"].values["power"] == pytest.approx(0.3)


def test_courses_without_a_law_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="the state lasts"):
        retention_law((TIME, np.full(TIME.size, 1e-6)))
    with pytest.raises(OutOfRangeError, match="readings after 0 s"):
        retention_law(([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]))
    with pytest.raises(OutOfRangeError, match="finite"):
        retention_law((TIME, np.where(TIME > 10, np.nan, 1.0)))
    with pytest.raises(OutOfRangeError, match="0 or later"):
        retention_law((-TIME, TIME))
    with pytest.raises(IncompatibleError, match="equal length"):
        retention_law((TIME, TIME[1:]))


def test_times_and_conductances_the_wrong_way_round_are_said() -> None:
    time = np.geomspace(0.1, 10, 8)
    with pytest.raises(OutOfRangeError, match=r"time 1 of a retention .* times come first"):
        retention_law((1e-6 * np.exp(-time / 3), time))
