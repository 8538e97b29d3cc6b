"""Rows of a device's table: what is published stands in ABOUT alone, and how a row came out is said by its status."""

from __future__ import annotations

import ast
import importlib
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import studies.comparisons
from fem.errors import IncompatibleError, UnknownNameError
from studies.comparisons.compared import compared_table, row
from studies.comparisons.prpyrpbi3 import loops
from studies.comparisons.tables import ARRAYS, names, table
from studies.devices import PublishedDevice, Reported
from studies.protocols.shapes import Rest

#: Tables of filaments.
FILAMENTS = (
    *("prpyrpbi3", "mapbi3_filament", "mapbi3_filament_via", "mapbi3_nanowire"),
    *("pea2pbbr4", "ag_mapbi3", "mapbi3_tip"),
)
FOLDER = Path(studies.comparisons.__path__[0])
ABOUT = PublishedDevice(
    name="cell",
    stack="film",
    protocol=Rest(1.0, 0.0),
    read_voltage=0.1,
    reported={
        "V_set": Reported(value=2.0, unit="V", source="Yantara2026"),
        "V_set_highest": Reported(value=3.0, unit="V", source="Yantara2026"),
    },
    assumed={},
    calibrated={"gap": "1 nm: V_set"},
)


def about(name: str) -> PublishedDevice:
    """Return what is said of a published device or of arrays."""
    room = "comparisons" if name in ARRAYS else "devices"
    found: PublishedDevice = importlib.import_module(f"studies.{room}.{name}").ABOUT
    return found


def source(name: str) -> str:
    """Return the text of a table, a file or a folder of files."""
    files = (
        [FOLDER / f"{name}.py"] if (FOLDER / f"{name}.py").exists() else sorted((FOLDER / name).glob("*.py"))
    )
    return "\n".join(file.read_text().replace("from __future__ import annotations", "") for file in files)


def keys(name: str, *arguments: str) -> set[str]:
    """Return the texts that a table gives as these arguments of ``row``."""
    calls = [n for n in ast.walk(ast.parse(source(name))) if isinstance(n, ast.Call)]
    given = [k.value for call in calls for k in call.keywords if k.arg in arguments]
    found = [n.value for value in given for n in ast.walk(value) if isinstance(n, ast.Constant)]
    return {text for text in found if isinstance(text, str) and text}


@pytest.mark.parametrize("name", (*names(), *ARRAYS))
def test_every_reported_figure_is_compared_with_or_says_why_not(name: str) -> None:
    said = about(name)
    assert keys(name, "of", "up_to") == set(said.reported) - set(said.not_compared)
    assert all(said.not_compared.values())


@pytest.mark.parametrize("name", (*names(), *ARRAYS))
def test_every_calibrated_parameter_has_the_figure_that_it_was_chosen_for(name: str) -> None:
    assert keys(name, "by") == set(about(name).calibrated)


@pytest.mark.parametrize("name", (*FILAMENTS, *ARRAYS))
def test_no_row_of_a_filament_or_an_array_is_predicted_wherever_it_comes_out(name: str) -> None:
    bounds = {"within", "at_least", "up_to", "by", "missed", "arithmetic"}
    calls = [n for n in ast.walk(ast.parse(source(name))) if isinstance(n, ast.Call)]
    rows = [{k.arg for k in n.keywords} for n in calls if isinstance(n.func, ast.Name) and n.func.id == "row"]
    assert rows and all("of" not in given or given & bounds for given in rows)


def test_what_the_dot_does_counts_once_and_its_leak_is_no_figure_of_it() -> None:
    given = keys("prpyrpbi3", "of")
    assert not given & {"V_set_rigid", "V_reset_rigid", "on_off_ratio_BnzPyr", "on_off_ratio_MAPbI3"}
    high, low = 3.6e6, 437.0  # [Ohm], of the second cycle
    last = SimpleNamespace(
        switching=SimpleNamespace(V_set=1.0, V_reset=-1.07),
        low_resistance=low,
        high_resistance=high,
        largest_reset_current=1e-3,
        peak_temperature=700.0,
        time_above=lambda _: 0.0,
    )
    rows = {one.name: one for one in loops.rows(cast(Any, last))}
    assert rows["OFF current at 0.1 V"].status == "missed"
    assert rows["current of the leak at 0.1 V"].published is None


@pytest.mark.parametrize("name", (*names(), *ARRAYS))
def test_a_table_makes_its_rows_from_what_is_reported_only(name: str) -> None:
    text = source(name)
    assert "row(ABOUT, " in text or "row(\n" in text
    assert "Compared(" not in text and "published=" not in text


def test_a_row_takes_value_unit_and_source_from_what_is_reported() -> None:
    found = row(ABOUT, "V_set", 1.0, of="V_set")
    assert (found.published, found.unit, found.source, found.ratio) == (2.0, "V", "Yantara2026", 0.5)
    alone = row(ABOUT, "on/off", 10.0, "1")
    assert (alone.published, alone.source, alone.status) == (None, "", "predicted")
    assert math.isnan(alone.ratio)
    assert row(ABOUT, "on/off without heat", math.nan, "1").status == "predicted"


@pytest.mark.parametrize(
    ("simulated", "how", "status"),
    [
        (1.0, {}, "predicted"),
        (math.nan, {}, "missed"),
        (1.0, {"missed": True}, "missed"),
        (1.9, {"within": 0.1 + 1e-12}, "predicted"),
        (1.8, {"within": 0.1}, "missed"),
        (9.0, {"at_least": True}, "predicted"),
        (1.9, {"at_least": True}, "missed"),
        (2.5, {"up_to": "V_set_highest"}, "predicted"),
        (3.1, {"up_to": "V_set_highest"}, "missed"),
        (1.0, {"by": "gap"}, "calibrated"),
        (2.0, {"arithmetic": True}, "arithmetic"),
        (1.0, {"arithmetic": True, "within": 0.1}, "missed"),
    ],
)
def test_a_status_follows_from_the_bound_of_its_row(
    simulated: float, how: dict[str, Any], status: str
) -> None:
    assert row(ABOUT, "V_set", simulated, of="V_set", **how).status == status


def test_the_table_prints_figure_simulated_published_unit_status_source_and_note() -> None:
    rows = [
        row(ABOUT, "on/off", 1.0, "1"),
        row(ABOUT, "V_set", 1.0, note="by the gap", of="V_set", by="gap"),
        row(ABOUT, "V_set", 4.0, of="V_set", up_to="V_set_highest"),
    ]
    head, *lines = (line.split() for line in compared_table(rows).splitlines())
    assert head == ["figure", "simulated", "published", "unit", "status", "source", "note"]
    assert lines[0] == ["on/off", "1", "-", "1", "predicted", "-"]
    assert lines[1] == ["V_set", "1", "2", "V", "calibrated", "Yantara2026", "by", "the", "gap"]
    assert lines[2] == ["V_set", "4", "2", "to", "3", "V", "missed", "Yantara2026"]


def test_bad_input_is_one_clear_error() -> None:
    with pytest.raises(UnknownNameError, match="V_reset"):
        row(ABOUT, "V_reset", -1.0, of="V_reset")
    with pytest.raises(UnknownNameError, match="barrier"):
        row(ABOUT, "V_set", 2.0, of="V_set", by="barrier")
    with pytest.raises(IncompatibleError, match="needs a unit"):
        row(ABOUT, "on/off", 10.0)
    with pytest.raises(UnknownNameError, match="published device"):
        table("nothing")
