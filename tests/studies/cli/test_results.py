"""``memfem show``, ``cite``, ``plot`` and ``export``: values with units and sources, BibTeX, pictures, files."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem import equilibrium, materials, save_checkpoint
from fem.description import to_dict
from fem.description.public import MODULES
from studies import CompactModel, Sweep, Trace, iv_sweep
from studies.comparisons.tables import ARRAYS, names
from studies.results.citations import EQUATIONS, METHOD, SMALL_SIGNAL, bibtex, keys_of, references
from tests.conducting import resistor
from tests.studies.cli.commands import memfem


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = iv_sweep(resistor(), contact="top", protocol=Sweep(0, 0.1, rate=1.0))
    return found.save(tmp_path_factory.mktemp("traces") / "wire.nc")


@pytest.mark.parametrize("name", ["MAPbI3", "MAPBI3"])
def test_a_material_is_shown_with_units_and_sources(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = memfem(capsys, "show", name)
    assert shown.code == 0 and re.search(r"electron_affinity .*3\.7 .*eV .*Courtier2019", shown.out)
    data = json.loads(memfem(capsys, "show", name, "--json").out)
    assert data["band_gap"]["unit"] == "eV" and data["what"] == "material"


@pytest.mark.parametrize("name", ["mapbi3_filament_via", ARRAYS[0]])
def test_a_published_device_is_shown_with_what_is_reported_and_assumed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = memfem(capsys, "show", name)
    assert shown.code == 0 and "Yantara2026" in shown.out and "assumed: " in shown.out
    assert json.loads(memfem(capsys, "show", name, "--json").out)["reported"]


def test_files_are_shown_with_their_columns_versions_and_citations(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = memfem(capsys, "show", trace)
    assert shown.code == 0
    for words in ("column voltage [V]", "dolfinx: 0.11", "python: 3.", "Baratta2023", "contact bottom"):
        assert words in shown.out, words
    state = save_checkpoint(equilibrium(resistor()), tmp_path / "rest.h5")
    assert "checkpoint" in memfem(capsys, "show", state).out
    (tmp_path / "odd.nc").write_bytes(b"nothing")
    assert memfem(capsys, "show", tmp_path / "odd.nc").code == 1
    (tmp_path / "odd.h5").write_bytes(b"nothing")
    assert memfem(capsys, "show", tmp_path / "odd.h5").code == 1


def test_a_damaged_trace_is_told_to_be_so(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "wire.nc"
    content = bytearray(trace.read_bytes())
    content[-200] ^= 1
    damaged.write_bytes(content)
    answer = memfem(capsys, "show", damaged)
    assert answer.code == 1 and "damaged" in answer.err


def test_a_result_cites_what_it_used_as_bibtex(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pybtex.database import parse_string

    cited = memfem(capsys, "cite", trace)
    keys = list(parse_string(cited.out, "bibtex").entries)
    assert cited.code == 0 and keys == Trace.load(trace).provenance["citations"] and set(METHOD) <= set(keys)
    assert json.loads(memfem(capsys, "cite", trace, "--json").out)["keys"] == keys
    device = parse_string(memfem(capsys, "cite", "mapbi3_filament_via").out, "bibtex").entries
    assert {"Yantara2026", "Larentis2012", "Courtier2019"} <= set(device)
    assert "Courtier2019" in memfem(capsys, "cite", "MAPbI3").out


def test_bibtex_is_what_references_bib_has_letter_by_letter() -> None:
    from pybtex.database import parse_string

    all_of_them = references().entries
    again = parse_string(bibtex(all_of_them), "bibtex").entries
    assert [key for key in all_of_them if all_of_them[key] != again[key]] == []


def test_keys_are_those_of_data_terms_and_contacts() -> None:
    from fem.contacts import SchottkyContact
    from fem.physics import Heat

    described = to_dict({"a": materials.MAPBI3, "b": [SchottkyContact()], "c": Heat()})
    found = keys_of(described)
    assert materials.MAPBI3.sources() <= set(found) and {"CrowellSze1966", "Wachutka1990"} <= set(found)
    assert "assumed" not in found


def test_equations_that_are_cited_are_of_classes_and_entries_that_there_are() -> None:
    from importlib import import_module

    public = {name for module in MODULES for name in dir(import_module(module))}
    assert EQUATIONS.keys() <= public
    keys = {*METHOD, *SMALL_SIGNAL, *(key for several in EQUATIONS.values() for key in several)}
    assert keys <= set(references().entries)


@pytest.mark.parametrize("name", names())
def test_every_published_device_can_be_cited(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    cited = memfem(capsys, "cite", name, "--json")
    assert cited.code == 0 and json.loads(cited.out)["unknown"] == []


def test_a_trace_is_drawn(trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert memfem(capsys, "plot", trace, tmp_path / "a.png").code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert memfem(capsys, "plot", trace, tmp_path / "a.svg", "--against", "time").code == 0
    assert "Time" in (tmp_path / "a.svg").read_text() or "<svg" in (tmp_path / "a.svg").read_text()
    assert memfem(capsys, "plot", trace, tmp_path / "a.jpg").code == 1


def test_a_trace_is_exported_with_its_units(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Trace.load(trace)
    for suffix in (".csv", ".nc", ".xlsx"):
        assert memfem(capsys, "export", trace, tmp_path / f"b{suffix}").code == 0
    assert np.array_equal(Trace.load(tmp_path / "b.nc").current, found.current)
    lines = [x for x in (tmp_path / "b.csv").read_text().splitlines() if not x.startswith("#")]
    head, *rows = csv.reader(lines)
    assert "voltage [V]" in head and len(rows) == found.time.size
    from openpyxl import load_workbook

    book = load_workbook(tmp_path / "b.xlsx")
    columns = {str(c[0].value): [x.value for x in c[1:]] for c in book["trace"].columns}
    for name, values in (("voltage [V]", found.voltage), ("time [s]", found.time)):
        assert columns[name] == pytest.approx(values.tolist(), rel=1e-14)
    about: Mapping[str, Any] = {str(r[0].value): r[1].value for r in book["provenance"].rows}
    assert about["contact"] == "top" and "dolfinx" in str(about["software"])


def test_a_trace_is_not_exported_over_itself_or_to_what_is_not_known(
    trace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "the trace itself" in memfem(capsys, "export", trace, trace).err
    assert "Known: .csv, .nc, .xlsx" in memfem(capsys, "export", trace, tmp_path / "b.mat").err


def test_a_compact_model_is_exported_as_spice_and_verilog_a(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.compact_values import VALUES

    model = CompactModel.from_values(VALUES, "A")
    path = model.save(tmp_path / "model.json")
    assert memfem(capsys, "export", path, tmp_path / "m.cir", "--name", "cell").code == 0
    assert (tmp_path / "m.cir").read_text() == model.to_spice("cell")
    assert memfem(capsys, "export", path, tmp_path / "m.va", "--name", "cell").code == 0
    assert "module cell" in (tmp_path / "m.va").read_text()
    assert memfem(capsys, "export", path, tmp_path / "m.csv").code == 1
    assert memfem(capsys, "show", path).code == 0
