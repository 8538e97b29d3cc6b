"""Every file of ``studies.devices`` has one face: ABOUT, device(), start(cell), and a table of the same name."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from types import ModuleType

import numpy as np
import pytest

import studies.comparisons
from fem import Device, State
from studies.comparisons.compared import Compared
from studies.comparisons.tables import ARRAYS, names
from studies.devices import PublishedDevice


@pytest.fixture(params=names())
def module(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(f"studies.devices.{request.param}")


def test_a_device_file_says_what_is_known_of_its_device(module: ModuleType) -> None:
    assert isinstance(module.ABOUT, PublishedDevice)
    assert all(module.ABOUT.assumed.values()) and module.ABOUT.protocol.duration > 0


def test_a_device_builds_without_arguments_and_begins_in_a_state(module: ModuleType) -> None:
    first, *others = inspect.signature(module.start, eval_str=True).parameters.values()
    assert (first.name, first.annotation) == ("cell", Device)
    assert all(other.default is not other.empty for other in others)
    assert inspect.signature(module.start, eval_str=True).return_annotation is State
    assert inspect.signature(module.device, eval_str=True).return_annotation is Device
    cell = module.device()
    assert isinstance(cell, Device) and cell.mesh.num_nodes > 0


def test_a_device_has_a_table_of_its_name(module: ModuleType) -> None:
    name = module.__name__.rpartition(".")[2]
    compare = importlib.import_module(f"studies.comparisons.{name}").compare
    signature = inspect.signature(compare, eval_str=True)
    assert all(argument.default is not argument.empty for argument in signature.parameters.values())
    assert signature.return_annotation == list[Compared]


def test_there_are_no_tables_but_those_of_devices_and_arrays() -> None:
    found = {module.name for module in pkgutil.iter_modules(studies.comparisons.__path__)}
    assert found == {*names(), *ARRAYS, "compared", "tables"}


@pytest.mark.parametrize(
    "name", ["mapbi3_interface_via", "mbi_ferroelectric_channel", "ag_mapbi3", "mapbi3_tip"]
)
def test_a_cell_starts_at_rest(name: str) -> None:
    module = importlib.import_module(f"studies.devices.{name}")
    state = module.start(module.device())
    assert state.time == 0.0 and not any(state.bias.values())
    assert np.isfinite(state.values).all()
