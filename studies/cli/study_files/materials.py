"""Materials of a study file: by name, or with data of their own, each with unit and source."""

from __future__ import annotations

from typing import Any

from fem import materials
from fem.errors import MemfemError, UnknownNameError
from fem.materials import Datum, Material
from fem.materials.datum import ION_QUANTITIES, QUANTITIES, Quantity
from studies.cli.study_files.making import value_of
from studies.cli.study_files.node import Node

_OWN = ("base", "name", "ions", "without_ions")


def material(node: Node) -> Material:
    """Return the material of a name ("MAPbI3"), or of a table with its ``base`` and what is changed.

    ``film = {base = "MAPbI3", electron_affinity = "3.9 eV"}``; a datum may be a table with value, source and note.
    """
    if isinstance(node.value, str):
        return _named(node)
    fields = node.fields((*_OWN, *QUANTITIES), needs=("base",))
    found = _named(fields["base"])
    changes: dict[str, Any] = {k: _datum(n, QUANTITIES[k]) for k, n in fields.items() if k in QUANTITIES}
    if "name" in fields:
        changes["name"] = fields["name"].text()
    try:
        found = found.with_(**changes)
    except MemfemError as error:
        raise node.error(error) from error
    for species in fields["without_ions"].items() if "without_ions" in fields else ():
        found = _tried(species, lambda s=species, m=found: m.without_ion(s.text()))
    for name, ion in fields["ions"].fields().items() if "ions" in fields else ():
        data = {key: _datum(n, ION_QUANTITIES[key]) for key, n in ion.fields(ION_QUANTITIES).items()}
        found = _tried(ion, lambda s=name, d=data, m=found: m.with_ion(s, **d))
    return found


def _named(node: Node) -> Material:
    try:
        return materials.get(node.text())
    except UnknownNameError as error:
        raise node.error(error) from error


def _tried(node: Node, make: Any) -> Any:
    try:
        return make()
    except MemfemError as error:
        raise node.error(error) from error


def _datum(node: Node, quantity: Quantity) -> Any:
    """Return a datum: bare in SI, to be marked as set by hand, or with a source where one is given."""
    if isinstance(node.value, dict) and "source" in node.value:
        fields = node.fields(("value", "source", "note"), needs=("value",))
        unit = next(u for u in quantity.units if u == quantity.si_unit)
        note = fields["note"].text() if "note" in fields else ""
        value = value_of(fields["value"], unit)
        return _tried(node, lambda: Datum(value, unit, fields["source"].text(), note))
    return value_of(node, quantity.si_unit)
