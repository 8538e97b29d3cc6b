"""Influence of parameters by Morris, Sobol and given data, against functions whose shares are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import (
    Between,
    Correlated,
    Grid,
    MorrisSample,
    Random,
    SobolSample,
    Store,
    Study,
    influence,
    sweep,
)
from studies.sweeps.plans import SamplePlan

RANGES = {"a": Between(0.0, 1.0), "b": Between(0.0, 1.0), "c": Between(1.0, 10.0, log=True)}
TRUE = np.array([0.9, 0.1, 0.0])  # shares of the variance of 3a + b


def linear(a: float, b: float, c: float) -> dict[str, tuple[float, str]]:
    return {"figure": (3 * a + b, "A"), "power": (10.0 ** (3 * a + b), "W"), "same": (2.0, "1")}


def failing(a: float, b: float, c: float) -> dict[str, tuple[float, str]]:
    if b < 0.05:
        raise ValueError("too small")
    return linear(a, b, c)


def often(a: float, b: float, c: float) -> dict[str, tuple[float, str]]:
    if b < 0.5:
        raise ValueError("too small")
    return linear(a, b, c)


def swept(folder: Path, plan: SamplePlan, run: object = linear) -> tuple[Store, Study]:
    study = Study(run, {"a": "1", "b": "1", "c": "nm"})  # type: ignore[arg-type]
    return sweep(study, plan, store=folder / "store", workers=2, progress=False), study


def test_shares_of_a_linear_function_are_those_of_its_variance(tmp_path: Path) -> None:
    plan = SobolSample(32, seed=3, ranges=RANGES)
    assert len(plan) == len(list(plan)) == 32 * 5
    store, study = swept(tmp_path, plan)
    found = influence(store, study, plan, "figure")
    for measure in ("first", "total"):
        assert found.values[measure] == pytest.approx(TRUE, abs=0.1)
    assert found.ranked == ["a", "b", "c"]
    assert (found.errors["total"] < 0.5).all()
    assert influence(store, study, plan, "power", log=True).values["total"] == pytest.approx(
        found.values["total"]
    )
    with pytest.raises(IncompatibleError, match="same in all cases"):
        influence(store, study, plan, "same")
    with pytest.raises(UnknownNameError, match="figure"):
        influence(store, study, plan, "figur")
    with pytest.raises(IncompatibleError, match="sweep it first"):
        influence(store, study, SobolSample(32, seed=4, ranges=RANGES), "figure")
    with pytest.raises(IncompatibleError, match="Grid is none"):
        influence(store, study, _grid(store, study), "figure")


def _grid(store: Store, study: Study) -> Grid:
    plan = Grid(a=[0.25, 0.5], b=[0.5], c=[2.0])
    sweep(study, plan, store=store.path, workers=1, progress=False)
    return plan


def test_failed_cases_leave_first_shares_by_given_data_and_say_so(tmp_path: Path) -> None:
    plan = SobolSample(32, seed=3, ranges=RANGES)
    store, study = swept(tmp_path, plan, failing)
    found = influence(store, study, plan, "figure")
    assert found.lost == len(store.failures()) > 0
    assert found.method == "given data"
    assert "total" not in found.values
    assert f"{found.lost} cases have no figure" in repr(found)
    assert found.values["first"] == pytest.approx(TRUE, abs=0.2)


def test_where_more_than_a_fifth_failed_nothing_is_said(tmp_path: Path) -> None:
    plan = Random(40, seed=3, ranges=RANGES)
    store, study = swept(tmp_path, plan, often)
    with pytest.raises(IncompatibleError, match="more than a fifth"):
        influence(store, study, plan, "figure")


def test_ways_of_morris_find_the_slopes_of_a_linear_function(tmp_path: Path) -> None:
    plan = MorrisSample(12, seed=1, ranges=RANGES)
    assert len(plan) == len(list(plan)) == 48
    store, study = swept(tmp_path, plan)
    found = influence(store, study, plan, "figure")
    assert found.unit == "A"
    assert found.values["mu_star"] == pytest.approx([3.0, 1.0, 0.0], abs=1e-9)
    assert found.values["sigma"] == pytest.approx(0.0, abs=1e-9)
    axes = found.plot()
    assert [t.get_text() for t in axes.get_yticklabels()] == ["c", "b", "a"]


def test_ways_with_a_failed_case_are_left_out(tmp_path: Path) -> None:
    study = Study(
        lambda a, b: {"figure": 1 / 0 if a > 0.8 and b > 0.8 else a + b}, {"a": "1", "b": "1"}, version="1"
    )
    plan = MorrisSample(12, seed=8, a=Between(0.0, 1.0), b=Between(0.0, 1.0))
    store = sweep(study, plan, store=tmp_path / "store", workers=1, progress=False)
    ways = np.array([[case["a"] > 0.8 and case["b"] > 0.8 for case in plan]]).reshape(12, 3).any(axis=1).sum()
    if ways > 2:
        with pytest.raises(IncompatibleError, match="more than a fifth"):
            influence(store, study, plan, "figure")
    else:
        assert f"{ways} of 12 ways" in influence(store, study, plan, "figure").note


def test_correlated_parameters_go_together_and_keep_their_distributions() -> None:
    plan = Correlated(
        4000,
        seed=5,
        correlations=[("a", "b", -0.7)],
        a=stats.norm(300.0, 15.0),
        b=Between(1e-5, 1e-3, log=True),
        c=["x", "y"],
    )
    cases = list(plan)
    a, b = (np.array([case[name] for case in cases]) for name in "ab")
    expected = 6 / math.pi * math.asin(-0.7 / 2)  # Spearman's, of normal numbers
    assert stats.spearmanr(a, b).statistic == pytest.approx(expected, abs=0.03)
    assert stats.kstest(a, stats.norm(300.0, 15.0).cdf).pvalue > 0.01
    assert stats.kstest(np.log(b), stats.uniform(math.log(1e-5), math.log(100.0)).cdf).pvalue > 0.01
    assert {case["c"] for case in cases} == {"x", "y"}
    assert (
        list(Correlated(10, seed=5, correlations=[("a", "b", 0.1)], a=[1, 2], b=[3, 4]))
        == list(Correlated(20, seed=5, correlations=[("a", "b", 0.1)], a=[1, 2], b=[3, 4]))[:10]
    )
    assert plan.correlations == (("a", "b", -0.7),)
    assert "-0.7" in str(plan.record())


@pytest.mark.parametrize(
    ("correlations", "match"),
    [
        ([("a", "b", 1.5)], "correlation of a and b"),
        ([("a", "x", 0.5)], "x"),
        ([("a", "a", 0.5)], "different"),
        ([("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)], "contradict"),
        ([("a", "b", 0.9), ("b", "a", 0.5)], "twice"),
        ([("a", "b")], "3"),
        ([], "1"),
    ],
)
def test_correlations_that_cannot_be_are_refused(
    correlations: list[tuple[str, str, float]], match: str
) -> None:
    with pytest.raises((IncompatibleError, OutOfRangeError, UnknownNameError), match=match):
        Correlated(5, seed=0, correlations=correlations, ranges=RANGES)


def test_plans_of_influence_need_ranges_of_two_numbers() -> None:
    with pytest.raises(IncompatibleError, match="list of values"):
        SobolSample(8, seed=0, a=["x", "y"], b=Between(0.0, 1.0))
    with pytest.raises(OutOfRangeError, match="at least 2"):
        MorrisSample(8, seed=0, b=Between(0.0, 1.0))
    with pytest.raises(OutOfRangeError, match="power of two"):
        SobolSample(12, seed=0, ranges=RANGES)
    with pytest.raises(OutOfRangeError, match="even"):
        MorrisSample(12, seed=0, levels=3, ranges=RANGES)
