"""The table of a benchmark: what is missed, not measured or ends with an error is told by its exit status."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.benchmarks import reference, trust
from tests.benchmarks.table import Part, Row, at_most, not_measured, printed


def met() -> Iterator[Row]:
    yield at_most("resistance", 0.01, 0.004)


def missed() -> Iterator[Row]:
    yield not_measured("window", "30 min")


def broken() -> Iterator[Row]:
    yield from met()
    raise ValueError("no\nstate")


PARTS: dict[str, Part] = {"met": met, "missed": missed, "broken": broken}


def test_only_the_parts_asked_for_are_run_and_all_without_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(PARTS, ["met"]) == 0
    assert "window" not in capsys.readouterr().out
    assert printed(PARTS, []) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[-1].startswith("2 missed")
    assert "met 0 s, missed 0 s, broken 0 s" in said


def test_what_is_not_measured_or_ends_with_an_error_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(PARTS, ["missed"]) == 1
    assert printed(PARTS, ["broken"]) == 1
    assert "ValueError: no state  missed" in capsys.readouterr().out


def test_nan_and_what_is_beyond_its_limit_are_missed() -> None:
    assert [at_most("", 1.0, x).met for x in (1.0, 1.1, float("nan"))] == [True, False, False]


@pytest.mark.parametrize("module", [reference, trust], ids=["reference", "trust"])
def test_an_unknown_part_is_refused_by_name(module: ModuleType) -> None:
    with pytest.raises(SystemExit, match="unknown part 'speeed'"):
        printed(module.PARTS, ["speeed"])
