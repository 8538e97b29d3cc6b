"""Cells with a filament resolve the length over which carriers average the density of its ions."""

from __future__ import annotations

import importlib
import warnings

import pytest

from fem import Device
from fem.errors import ModelWarning

#: Device, and what its ``device`` is called with.
CELLS: dict[str, list[dict[str, object]]] = {
    "ag_mapbi3": [{}, {"ion": "iodide_vacancy"}],
    "mapbi3_nanowire": [{}],
    "mapbi3_tip": [{}, {"tip": 0.0}],
    "pea2pbbr4": [{}],
}


def made(name: str, given: dict[str, object]) -> Device:
    """Return a device, with an error in place of a warning of its model or mesh."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        found = importlib.import_module(f"studies.devices.{name}").device(**given)
    assert isinstance(found, Device)
    return found


@pytest.mark.parametrize(
    ("name", "given"), [(name, one) for name, several in CELLS.items() for one in several]
)
def test_a_cell_with_a_filament_has_a_length_that_its_mesh_resolves(
    name: str, given: dict[str, object]
) -> None:
    names = [field.name for field in made(name, given).context.fields]
    assert any(field.startswith("averaged ") for field in names)
    assert "electrostatic potential" in names, "the gap is a dielectric"
