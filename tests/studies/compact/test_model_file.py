"""Files of compact models: nothing in them is believed unchecked, and nothing of them becomes a line of a netlist."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fem.errors import IncompatibleError, MemfemError, OutOfRangeError
from studies import CompactModel
from studies.compact.export.spice import to_subcircuit
from studies.compact.model_file import _checksum
from tests.damaged_files import MODEL, VALUES

EVIL = "x\n.control\nshell touch ran\n.endc\n* "


def written(path: Path, change: Any, *, honest: bool = True) -> Path:
    """Return a file of the model with a change in it, with the right checksum if ``honest``."""
    content = json.loads(MODEL.save(path).read_text())
    change(content)
    if honest:
        content["checksum"] = _checksum(content)
    path.write_text(json.dumps(content))
    return path


def put(*keys: str, to: Any) -> Any:
    def change(content: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = to

    return change


def test_an_edited_file_is_refused(tmp_path: Path) -> None:
    path = written(
        tmp_path / "model.json", put("parameters", "time_constant", "value", to=33.0), honest=False
    )
    with pytest.raises(IncompatibleError, match=r"edited.*from_values"):
        CompactModel.load(path)


@pytest.mark.parametrize(
    "change",
    [
        put("parameters", "time_constant", "meaning", to=EVIL),
        put("parameters", "time_constant", "unit", to=EVIL),
        put("parameters", "time_constant", "unit", to="ms"),
        put("parameters", "time_constant", "value", to="32"),
        put("parameters", "time_constant", "value", to=True),
        put("parameters", "time_constant", "value", to=None),
        put("parameters", "time_constant", to=[1]),
        put("parameters", EVIL, to={"value": 1.0, "unit": "s", "standard_error": None, "meaning": ""}),
        put("parameters", to=3),
        put("current_unit", to=EVIL),
        put("fitted", to=["nothing"]),
        put("fitted", to=None),
        put("covariance", to=[[1.0]]),
        put("quality", to=[]),
        put("quality", to={"r_squared": "good"}),
        put("parameters", "time_constant", "status", to=EVIL),
        put("provenance", to=1),
        put("equations", to={}),
        put("format", to="memfem compact model 99"),
        lambda content: content.pop("parameters"),
    ],
)  # fmt: skip
def test_wrong_kinds_and_missing_keys_are_refused_in_one_sentence(change: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "model.json", change)
    with pytest.raises(MemfemError):
        CompactModel.load(path)


def test_texts_of_a_model_stay_in_comments_of_ascii() -> None:
    parameters = {
        n: replace(p, unit=f"µΩ{EVIL}", meaning=f"τ {EVIL}\r.param\x0b.end\u2028")
        for n, p in MODEL.parameters.items()
    }
    found = to_subcircuit(replace(MODEL, parameters=parameters), "cell").splitlines()
    plain = to_subcircuit(MODEL, "cell").splitlines()
    assert len(found) == len(plain) and all(line.isascii() for line in found)
    assert [x for x in found if not x.startswith("*")] == [x for x in plain if not x.startswith("*")]


@pytest.mark.parametrize("value", ["1\n.control", True, None, float("nan"), float("inf")])
def test_what_is_no_number_does_not_become_a_netlist(value: Any) -> None:
    parameters = {
        **MODEL.parameters,
        "initial_state": replace(MODEL.parameters["initial_state"], value=value),
    }
    with pytest.raises(OutOfRangeError, match="initial_state"):
        to_subcircuit(replace(MODEL, parameters=parameters), "cell")


def test_a_file_gives_every_number_back(tmp_path: Path) -> None:
    assert CompactModel.load(MODEL.save(tmp_path / "model.json")).values() == VALUES
