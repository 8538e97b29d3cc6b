"""Published devices: every number of theirs has a source that is in the bibliography, or says why it is assumed.

Seen are the data of a file's own values, of modules that it imports and of the devices that it builds: of materials,
ions, spectra, physics and contacts, however deep. Each ``Datum(...)`` and ``Spectrum(...)`` that the files spell out
is to be among them.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import studies.devices
from fem import Device
from fem.materials import Datum, Spectrum
from studies.comparisons.tables import names

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted(Path(studies.devices.__path__[0]).rglob("*.py"))
KNOWN = set(re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "references.bib").read_text(), flags=re.MULTILINE))
#: Of a device that has several forms: what else its functions are called with.
FORMS: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "ag_mapbi3": [("device", ("iodide_vacancy",))],
    "cnt_perovskite": [("device", ()), ("crystal_device", (1e24,))],
    "cspbbr3_photonic_memory": [("vacancy", (barrier,)) for barrier in (0.74, 0.35)],
    "mapbi3_buffer": [("device", (kind,)) for kind in ("TiO2", "PMMA")],
    "mapbi3_surface_traps": [("device", ("charged",))],
    "lateral_mapbi3": [("line", (kind,)) for kind in ("vacancies", "dopants", "silver")],
    "pvdf_mapbi3": [("device", (pair,)) for pair in ("dense", "sparse")],
}


def data_in(thing: object, seen: set[int]) -> Iterator[Datum | Spectrum]:
    """Yield the data of a value, of what its fields hold, and so on."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    parts: list[object] = []
    if isinstance(thing, Datum | Spectrum):
        yield thing
    elif isinstance(thing, Device):
        parts = [thing.setting.materials, thing.physics, thing.heat, thing.contacts]
        parts += [thing.floating_gates, thing.heat_sinks]
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        parts = [getattr(thing, field.name) for field in dataclasses.fields(thing)]
    elif isinstance(thing, Mapping):
        parts = list(thing.values())
    elif isinstance(thing, tuple | list):
        parts = list(thing)
    for part in parts:
        yield from data_in(part, seen)


@cache
def data_of(name: str) -> tuple[Datum | Spectrum, ...]:
    """Return the data of a device's file, of all the forms that it builds, each once."""
    module = importlib.import_module(f"studies.devices.{name}")
    forms = [("device", ()), *FORMS.get(name, [])]
    built = [getattr(module, function)(*arguments) for function, arguments in forms]
    shared = [list(vars(m).values()) for m in vars(module).values() if isinstance(m, ModuleType)]
    found = {repr(datum): datum for datum in data_in([list(vars(module).values()), shared, built], set())}
    return tuple(found.values())


def spelled(file: Path) -> Iterator[tuple[str, str]]:
    """Yield unit and source (of a spectrum: "spectrum" and source) of what a file gives as a Datum or a Spectrum."""
    for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
        if not isinstance(call.func, ast.Name) or call.func.id not in ("Datum", "Spectrum"):
            continue
        given = [key.value for key in call.keywords if key.arg == "source"] or [call.args[2]]
        unit = call.args[1] if call.func.id == "Datum" else ast.Constant("spectrum")
        if isinstance(unit, ast.Constant) and isinstance(given[0], ast.Constant):
            yield str(unit.value), str(given[0].value)


@pytest.mark.parametrize("name", names())
def test_every_source_of_a_device_is_in_the_bibliography(name: str) -> None:
    assert data_of(name)
    for datum in data_of(name):
        assert datum.source in KNOWN or (datum.source == "assumed" and datum.note.strip()), datum
    about = importlib.import_module(f"studies.devices.{name}").ABOUT
    assert {figure.source for figure in about.reported.values()} <= KNOWN


def test_all_data_that_device_files_spell_out_are_seen() -> None:
    data = [datum for name in names() for datum in data_of(name)]
    seen = {(datum.unit if isinstance(datum, Datum) else "spectrum", datum.source) for datum in data}
    for file in FILES:
        assert set(spelled(file)) <= seen, file.name
    assert len({repr(datum) for datum in data}) > 150


@pytest.mark.parametrize("name", names())
def test_what_is_calibrated_of_a_device_is_not_also_listed_as_assumed(name: str) -> None:
    about = importlib.import_module(f"studies.devices.{name}").ABOUT
    assert not set(about.calibrated) & set(about.assumed)
    assert all(about.assumed.values())
