"""Objects of memfem made from tables of a study file: a type by its public name, and its fields with units."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import fem.circuit
import fem.contacts
import fem.physics
import geometries
from fem.errors import IncompatibleError, MemfemError, UnknownNameError
from fem.materials import Arrhenius, PowerLaw, Varshni
from studies.cli.study_files.node import Node
from studies.cli.study_files.quantities import in_si
from studies.cli.study_files.units import unit_of
from studies.protocols import shapes

Types = Mapping[str, Callable[..., Any]]

CONTACTS: Types = {
    name: getattr(fem.contacts, name)
    for name in (
        "OhmicContact",
        "SchottkyContact",
        "BlockingContact",
        "GateContact",
        "FloatingGate",
        "HeatSink",
    )
}
PROTOCOLS: Types = {
    name: getattr(shapes, name) for name in ("Sweep", "Rest", "Pulse", "PulseTrain", "Staircase")
}
CIRCUITS: Types = {"Circuit": fem.circuit.Circuit, "Leakage": fem.circuit.Leakage}
LAWS: Types = {"Arrhenius": Arrhenius, "PowerLaw": PowerLaw, "Varshni": Varshni}
GEOMETRIES: Types = {
    name: getattr(geometries, name)
    for name in ("VerticalStack", "LateralDevice", "Transistor", "TipElectrode", "CrossbarBlock")
}
#: What stands inside of others; the type of a layer need not be said.
PARTS: Types = {
    name: getattr(geometries, name)
    for name in ("Layer", "Planar", "Axisymmetric", "Via", "Dot", "CrossPoint", "Nanowire", "FloatingIslands",
                 "ConeTip", "PyramidTip", "HyperboloidTip", "FineBox", "VerticalStack")
}  # fmt: skip
_IMPLIED = {"layers": "Layer", "film": "Layer", "substrate": "Layer", "encapsulation": "Layer", "channel": "Layer",
            "dielectric": "Layer", "leakage": "Leakage", "stack": "VerticalStack", "islands": "FloatingIslands",
            "refine": "FineBox", "grain_boundaries": "GrainBoundary", "filaments": "FilamentHeat"}  # fmt: skip
#: Names of regions and the like in tables, which are no keys of ours.
_BY_REGION = ("anisotropy", "absorption", "grain_boundaries", "filaments", "laws")
_NOT_IN_FILES = ("Term", "TunnelLaw", "Crossing", "ConductivityFormula")


@cache
def terms() -> Types:
    """Return the terms and laws of ``fem.physics`` that can be described without a function."""
    found = {name: getattr(fem.physics, name) for name in fem.physics.__all__ if name not in _NOT_IN_FILES}
    return {name: value for name, value in found.items() if inspect.isclass(value)}


@cache
def _inner() -> Types:
    """Return all types that may stand inside of another one."""
    return {**terms(), **PARTS, **LAWS, **CIRCUITS}


def made(node: Node, types: Types, what: str) -> Any:
    """Return the object of a text, which is its type, or of a table with a type; raises StudyError at its line."""
    if isinstance(node.value, str):
        node = replace(node, value={"type": node.value})
    fields = node.fields(needs=("type",) if _implied(node) is None else ())
    kind = fields.pop("type", None)
    name = kind.text(types, f"type of {what}") if kind is not None else str(_implied(node))
    return called(node, types[name], fields, name)


def called(node: Node, make: Callable[..., Any], fields: Mapping[str, Node], name: str) -> Any:
    """Return what ``make`` returns of the fields as its arguments, with their units; raises StudyError."""
    parameters = inspect.signature(make).parameters
    several = [n for n, p in parameters.items() if p.kind is p.VAR_POSITIONAL]
    for key, field in fields.items():
        if key not in parameters:
            raise field.error(UnknownNameError(f"key of {name}", key, parameters))
    empty = inspect.Parameter.empty
    needed = [n for n, p in parameters.items() if p.default is empty or p.kind is p.VAR_POSITIONAL]
    if lacking := [n for n in needed if n not in fields]:
        raise node.error(f"a {name} needs {', '.join(lacking)}")
    values = {key: _argument(field, name, key) for key, field in fields.items()}
    listed = [item for key in several for item in values.pop(key)]
    try:
        return make(*listed, **values)
    except (MemfemError, ValueError, TypeError) as error:
        raise _at(node, fields, error) from error


def _at(node: Node, fields: Mapping[str, Node], error: Exception) -> Exception:
    """Return an error at the field that it names first, or at the whole."""
    text = str(error).replace("_", " ")
    named = [(text.find(key.replace("_", " ")), key) for key in fields]
    first = min(((at, key) for at, key in named if at >= 0), default=(0, ""))[1]
    return (fields[first] if first else node).error(error)


def _argument(node: Node, owner: str, name: str) -> Any:
    """Return a value for a parameter of a class: with its unit, of its type, or as it is."""
    return value_of(node, unit_of(owner, name), by_name=name in _BY_REGION)


def value_of(node: Node, unit: str | None, *, by_name: bool = False) -> Any:
    """Return a value in SI: a quantity of ``unit``, a law whose prefactor has it, an object, a list, or plain."""
    value = node.value
    if isinstance(value, list):
        return tuple(value_of(item, unit) for item in node.items())
    if isinstance(value, dict):
        if by_name and "type" not in value:
            return {key: value_of(child, unit) for key, child in node.fields().items()}
        return _object(node, unit)
    if unit is None or (isinstance(value, bool) and unit == "1"):
        if isinstance(value, str) and node.name in _IMPLIED and not _is_name(node):
            return made(node, _inner(), node.name)
        return value
    try:
        return in_si(value, unit)
    except IncompatibleError as error:
        raise node.error(error) from error


def _is_name(node: Node) -> bool:
    """Whether a text is a name of a layer, as in a TipElectrode, and no type."""
    return node.value not in _inner()


def _object(node: Node, unit: str | None) -> Any:
    """Return the object of a table with a type; the leading number of a law has the ``unit`` of what it is for."""
    kind = node.value.get("type")
    if kind not in LAWS or unit is None:
        return made(node, _inner(), node.name or "object")
    fields = node.fields()
    del fields["type"]
    leading = "prefactor" if kind == "Arrhenius" else "value"
    own = {
        leading: unit,
        "slope": f"{unit}/K",
        "activation_energy": "eV",
        "exponent": "1",
        "temperature": "K",
        "at": "K",
    }
    for key, field in fields.items():
        if key not in own:
            raise field.error(UnknownNameError(f"key of {kind}", key, own))
    values = {key: value_of(field, own[key]) for key, field in fields.items()}
    try:
        return LAWS[kind](**values)
    except (MemfemError, ValueError, TypeError) as error:
        raise node.error(error) from error


def _implied(node: Node) -> str | None:
    parts = [part for part in node.place if isinstance(part, str)]
    return next((_IMPLIED[part] for part in (*parts[-1:], *parts[-2:-1]) if part in _IMPLIED), None)
