"""Plans of studies: what they give, that samples grow at their end, and keys that tell cases apart by value alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.materials import MAPBI3, SILVER
from fem.units import eV, nm
from geometries import Layer
from studies import Between, Cases, Choice, Described, Grid, LowDiscrepancy, Number, Random, Study, study
from studies.sweeps.plans import Plan


def sample(kind: str, number: int, seed: int = 1) -> Plan:
    ranges = {"x": Between(2.0, 4.0), "y": Between(1e-3, 1e3, log=True), "top": ["Ag", "Au", "Pt"]}
    return Random(number, seed=seed, **ranges) if kind == "random" else LowDiscrepancy(
        number, seed=seed, sequence=kind, **ranges
    )  # fmt: skip


def written(text: str, path: Path, **values: Any) -> Any:
    """Return the function ``run`` of a user's file with this text."""
    path.write_text(text)
    space: dict[str, Any] = {"__name__": "user", **values}
    exec(compile(text, str(path), "exec"), space)
    return space["run"]


def doubled(x: float, top: Any = "Ag") -> dict[str, float]:
    return {"double": 2 * x}


def test_a_product_has_every_case_of_one_plan_with_every_case_of_the_other() -> None:
    plan = Grid(x=[1, 2], y=np.array([3.0, 4.0])) * Cases(a=["p", "q"], b=[5, 6])
    assert len(plan) == len(list(plan)) == 8
    assert plan.names == ("x", "y", "a", "b")
    assert list(plan)[1] == {"x": 1, "y": 3.0, "a": "q", "b": 6}
    with pytest.raises(IncompatibleError, match="x is in two plans"):
        plan * Grid(x=[1])
    with pytest.raises(IncompatibleError, match="2 of a, 1 of b"):
        Cases(a=[1, 2], b=[1])


@pytest.mark.parametrize("kind", ["random", "sobol", "halton"])
def test_a_larger_sample_begins_with_the_smaller_one(kind: str) -> None:
    small, large = list(sample(kind, 13)), list(sample(kind, 40))
    assert large[:13] == small
    assert list(sample(kind, 13, seed=2)) != small
    assert all(2 <= c["x"] <= 4 and 1e-3 <= c["y"] <= 1e3 for c in large)
    assert {c["top"] for c in large} == {"Ag", "Au", "Pt"}


def test_samples_of_low_discrepancy_are_more_even_than_random_ones() -> None:
    def unevenness(kind: str) -> float:
        x = np.sort([c["x"] for c in sample(kind, 64)])
        return float(stats.kstest(x, stats.uniform(2, 2).cdf).statistic)

    assert unevenness("sobol") < 0.4 * unevenness("random")
    logs = np.log10([c["y"] for c in sample("sobol", 64)])
    assert abs(np.mean(logs)) < 0.1, "even in the logarithm"


def test_a_distribution_of_scipy_is_drawn_from_and_recorded_with_the_seed() -> None:
    plan = LowDiscrepancy(256, seed=5, barrier=stats.norm(0.6, scale=0.05)) * Grid(x=[1])
    drawn = [c["barrier"] for c in plan]
    assert np.mean(drawn) == pytest.approx(0.6, abs=1e-3) and np.std(drawn) == pytest.approx(0.05, rel=0.02)
    told = plan.record()["plans"][0]
    assert told["seed"] == 5
    law = {"distribution": "norm", "arguments": [0.6], "keywords": {"scale": 0.05}}
    assert told["ranges"] == {"barrier": law}


def test_a_case_is_known_by_its_values_and_not_by_how_they_are_written() -> None:
    loop = Study(doubled, {"x": "nm", "top": Choice(silver=SILVER, film=MAPBI3)})
    one = loop.job({"x": 3, "top": "silver"})
    assert one.key == loop.job({"top": SILVER, "x": np.float64(3.0)}).key
    assert one.labels == {"x": 3.0, "top": "silver"} and one.arguments["top"] is SILVER
    others = [{"x": 3.0 + 5e-16, "top": "silver"}, {"x": 3, "top": "film"}]
    assert len({one.key, *(loop.job(other).key for other in others)}) == 3
    assert len(loop.jobs([{"x": 3, "top": "silver"}] * 5)) == 1


def test_materials_and_shapes_count_by_what_is_in_equations() -> None:
    film = Study(lambda layer: {"x": layer.thickness}, {"layer": Described("layer")}, name="film")
    key = film.job({"layer": Layer("film", 40 * nm)}).key
    assert key == film.job({"layer": Layer("film", 4e-8)}).key
    assert key != film.job({"layer": Layer("film", 41 * nm)}).key
    of = Study(lambda m: {"x": 1.0}, {"m": Described("material")}, name="of")
    assert of.job({"m": MAPBI3}).key == of.job({"m": replace(MAPBI3, name="other")}).key
    assert of.job({"m": MAPBI3}).key != of.job({"m": MAPBI3.with_(band_gap=1.7 * eV)}).key
    with pytest.raises(IncompatibleError, match=r"m \(material\).*frozen dataclass"):
        of.job({"m": object()})


def test_a_change_of_the_function_or_of_a_value_that_it_uses_makes_other_keys(tmp_path: Path) -> None:
    texts = ["def run(x):\n    return {'a': x * K}\n", "def run(x):\n    return {'a': x + K}\n"]
    runs = [written(text, tmp_path / f"{k}.py", K=2.0) for k, text in enumerate(texts)]
    runs.append(written(texts[0], tmp_path / "3.py", K=2.5))
    runs.append(written(texts[0], tmp_path / "4.py", K=2.0))
    keys = [Study(run, {"x": "nm"}, name="s").key for run in runs]
    assert keys[3] == keys[0] and len(set(keys)) == 3
    assert Study(runs[0], {"x": "m"}, name="s").key != keys[0], "another unit"
    assert Study(runs[0], {"x": "nm"}, name="t").key != keys[0], "another name"
    kept = [Study(run, {"x": "nm"}, name="s", version="1").key for run in runs]
    assert len(set(kept)) == 1 and Study(runs[0], {"x": "nm"}, name="s", version="2").key != kept[0]


def test_a_function_that_cannot_be_told_from_another_one_needs_a_version() -> None:
    held = object()
    loop = Study(lambda x: {"a": x if held else 0.0}, {"x": "nm"}, name="held")
    assert loop(x=2.0) == {"a": 2.0}
    with pytest.raises(IncompatibleError, match=r"held.*frozen dataclass.*Study\(\.\.\., version=\)"):
        _ = loop.key
    assert Study(loop.run, {"x": "nm"}, name="held", version="1").key


def test_values_that_do_not_fit_are_refused_by_name() -> None:
    @study(x=Number("nm", low=1.0, high=9.0), count=Number("1", integer=True), top=Choice("Ag", "Au"))
    def loop(x: float, count: int, top: str) -> dict[str, float]:
        return {"y": x * count}

    assert loop(x=2, count=3, top="Ag") == {"y": 6.0}
    good = {"x": 2.0, "count": 3, "top": "Ag"}
    for wrong, error, words in (
        ({"x": 0.5}, OutOfRangeError, r"x \[nm\] is 0.5; it must be between 1 and 9"),
        ({"x": float("nan")}, OutOfRangeError, "x"),
        ({"count": 2.5}, OutOfRangeError, "whole number"),
        ({"top": "Agg"}, UnknownNameError, "did you mean 'Ag'"),
        ({"toop": "Ag"}, UnknownNameError, "did you mean 'top'"),
    ):
        with pytest.raises(error, match=words):
            loop(**(good | wrong))  # type: ignore[arg-type]
    with pytest.raises(IncompatibleError, match="no value of count, top"):
        loop(x=2.0)
    with pytest.raises(IncompatibleError, match="does not take the parameters x"):
        Study(lambda y: {}, {"x": "nm"}, name="other")
    with pytest.raises(OutOfRangeError, match="status"):
        Study(lambda status: {}, {"status": "nm"}, name="other")
