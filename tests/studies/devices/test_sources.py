"""Published devices: every number of theirs has a source that is in the bibliography, or says why it is assumed."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest

import studies.devices
from fem.materials import Datum, MobileIon
from studies.devices import PublishedDevice

ROOT = Path(__file__).resolve().parents[3]
NAMES = [found.name for found in pkgutil.iter_modules(studies.devices.__path__)]


def data_of(module: ModuleType) -> list[Datum]:
    values = list(vars(module).values())
    ions = [value for value in values if isinstance(value, MobileIon)]
    values += [getattr(ion, field.name) for ion in ions for field in dataclasses.fields(ion)]
    return [value for value in values if isinstance(value, Datum)]


@pytest.mark.parametrize("name", NAMES)
def test_every_source_of_a_device_is_in_the_bibliography(name: str) -> None:
    module = importlib.import_module(f"studies.devices.{name}")
    text = (ROOT / "references.bib").read_text()
    known = set(re.findall(r"^@\w+\{([^,\s]+),", text, flags=re.MULTILINE))
    about = [value for value in vars(module).values() if isinstance(value, PublishedDevice)]
    sources = {datum.source for datum in data_of(module)} - {"assumed"}
    sources |= {figure.source for device in about for figure in device.reported.values()}
    assert sources <= known


@pytest.mark.parametrize("name", NAMES)
def test_what_is_calibrated_of_a_device_is_not_also_listed_as_assumed(name: str) -> None:
    module = importlib.import_module(f"studies.devices.{name}")
    for device in (value for value in vars(module).values() if isinstance(value, PublishedDevice)):
        assert not set(device.calibrated) & set(device.assumed)
        assert all(device.assumed.values())
