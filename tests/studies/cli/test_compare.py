"""``memfem compare``: several devices on one page, with pictures, and with a reason where one fails or takes long."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from studies.cli.pages import several
from studies.cli.pages.outcome import Outcome, read_outcome
from studies.cli.pages.page import page
from studies.comparisons.compared import Compared
from studies.comparisons.tables import ARRAYS, names
from tests.studies.cli.commands import memfem

QUICK = "mapbi3_interface_via"  # some seconds


def figure(name: str = "V_set", simulated: float = 1.2, published: float | None = 1.0) -> Compared:
    return Compared(
        name=name, simulated=simulated, unit="V", published=published, source="Yantara2026", status="missed"
    )


def test_a_page_has_all_tables_pictures_and_reasons_in_itself() -> None:
    png = b"\x89PNG"
    good = Outcome(name="a", title="A <b>", stack="x | y", rows=(figure(), figure("none", math.nan, None)),
                   pictures={"run 1": png}, citations=("Yantara2026",))  # fmt: skip
    text = page([good, Outcome(name="b", reason="no <mesh>")], quick=True, seconds=3.0)
    assert (
        "A &lt;b&gt;" in text
        and "no &lt;mesh&gt;" in text
        and "<b>" not in text.replace("<b>Yantara2026</b>", "")
    )
    assert text.count("data:image/png;base64,") == 2, "the picture of all ratios, and that of the run"
    assert not re.search(r"(src|href)='(?!data:|#)", text), "nothing is loaded from elsewhere"
    assert "1.2</td>" in text and "Chemical Society Reviews" in text


def test_an_outcome_goes_through_files_unchanged(tmp_path: Path) -> None:
    one = Outcome(
        name="a", rows=(figure(),), seconds=1.0, short=True, pictures={"x": b"1", "y": b"2"}, citations=("K",)
    )
    one.write(tmp_path)
    assert read_outcome(tmp_path) == one


def test_several_devices_become_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "both.html"
    done = memfem(capsys, "compare", QUICK, "--page", path, "--json", "--workers", 1)
    said = json.loads(done.out)
    assert done.code == 0 and [one["name"] for one in said["comparisons"]] == [QUICK]
    assert said["comparisons"][0]["rows"][0]["source"] == "Yantara2026"
    text = path.read_text()
    assert text.count("data:image/png;base64,") >= 1 and "on/off at 0.2 V" in text


def test_what_takes_too_long_is_a_row_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "late.html"
    done = memfem(capsys, "compare", "prpyrpbi3", QUICK, "--page", path, "--within", "2 s", "--workers", 2)
    assert done.code == 1 and done.out.count("s that it was given") == 2
    assert path.read_text().count("memfem compare prpyrpbi3 runs it whole") == 2


def test_a_device_that_fails_is_a_row_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several.sys, "executable", "/bin/false")
    found = list(several.outcomes(("a", "b", "c"), quick=True, workers=2, within=60.0))
    assert sorted(one.name for one in found) == ["a", "b", "c"]
    assert all(one.reason.startswith("its process ended early") and not one.rows for one in found)


def test_an_error_of_a_comparison_is_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    import studies.comparisons.mapbi3_interface_via as device
    from fem.errors import IncompatibleError
    from studies.cli.pages.one import outcome

    def fails() -> list[Compared]:
        raise IncompatibleError("the film is too thin.")

    monkeypatch.setattr(device, "compare", fails)
    assert outcome(QUICK, quick=True).reason == "the film is too thin."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--all", QUICK), "not both"),
        ((QUICK, "--page", "p.html", "--within", "2 V"), "'2 V' is not in s"),
        ((QUICK, "--page", "p.html", "--workers", "0"), "1 or more"),
    ],
)
def test_wrong_options_are_told(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    answer = memfem(capsys, "compare", *words)
    assert answer.code == 1 and said in answer.err


def test_a_list_of_all_is_plain_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(memfem(capsys, "compare", "--json").out) == [*names(), *ARRAYS]
