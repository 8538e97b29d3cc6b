"""A study of a file: a device, a protocol, an experiment and what to keep, all checked before anything is computed."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem.description import to_dict
from fem.errors import MemfemError, OutOfRangeError
from studies.cli.study_files.making import (
    CIRCUITS,
    CONTACTS,
    GEOMETRIES,
    PARTS,
    PROTOCOLS,
    called,
    made,
    terms,
    value_of,
)
from studies.cli.study_files.materials import material
from studies.cli.study_files.node import Node, StudyError, read_node
from studies.cli.study_files.options import option
from studies.cli.study_files.units import unit_of
from studies.protocols.protocol import Protocol

if TYPE_CHECKING:
    from fem import Device, State

SECTIONS = (
    "title",
    "device",
    "geometry",
    "materials",
    "physics",
    "contacts",
    "protocol",
    "experiment",
    "outputs",
)
_EXPERIMENT = (
    "contact",
    "bias",
    "circuit",
    "voltage_step",
    "sample_times",
    "stop_when_periodic",
    "frozen_ions",
)
_OUTPUTS = ("folder", "fields", "pictures", "csv")


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a study file says: a ``published`` device, its ``variant`` and ``options``, or the ``parts`` of one.

    ``folder``: where results go, results/ and the file's name if nothing is said. ``keep``: fields, pictures, csv.
    """

    path: Path
    title: str
    published: str = ""
    variant: str = "device"
    options: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
    protocol: Protocol
    contact: str
    experiment: Mapping[str, Any]
    folder: Path
    keep: Mapping[str, bool]
    node: Node

    def device(self) -> Device:
        """Return the device; raises StudyError at the section that does not go together with the rest."""
        from fem import Device

        try:
            if self.published:
                module = importlib.import_module(f"studies.devices.{self.published}")
                return getattr(module, self.variant)(**self.options)  # type: ignore[no-any-return]
            return Device(**self.parts)
        except (MemfemError, ValueError) as error:
            raise self._where(str(error)).error(error) from error

    def start(self, device: Device) -> State | None:
        """Return the state in which a published device begins; None is the steady state of the first voltages."""
        if not self.published:
            return None
        start = getattr(importlib.import_module(f"studies.devices.{self.published}"), "start", None)
        return None if start is None else start(device)

    def describe(self) -> dict[str, Any]:
        """Return what tells this study from another one: all values, but neither folder nor pictures."""
        kept = {name: value for name, value in self.node.value.items() if name not in ("title", "outputs")}
        return {"file": kept, "protocol": to_dict(self.protocol, labels=False)}

    def _where(self, text: str) -> Node:
        """Return the section that an error is most likely of."""
        if self.published:
            return self.node.child("device", None)
        found = [n for n in ("contact", "physics", "material", "geometry") if n in text]
        names = {"contact": "contacts", "material": "materials"}
        return self.node.child(names.get(found[0], found[0]), None) if found else self.node


def read_study(path: Path, changes: Mapping[str, str] | None = None) -> Study:
    """Return the study of a TOML file, with ``changes`` of values by dotted key; raises StudyError.

    OutOfRangeError if there is no such file.
    """
    node = read_node(path)
    for key, text in (changes or {}).items():
        _change(node, key, text)
    sections = node.fields(SECTIONS, needs=("device",))
    published = isinstance(sections["device"].value, dict) and "published" in sections["device"].value
    needed = ("protocol", "experiment") if not published else ("experiment",)
    own = () if published else ("geometry", "materials", "physics", "contacts")
    sections = node.fields(SECTIONS, needs=(*needed, *own))
    about: dict[str, Any] = _published(sections) if published else {"parts": _parts(sections)}
    own_protocol: Any = about.pop("protocol", None)
    protocol = _protocol(sections["protocol"]) if "protocol" in sections else own_protocol
    outputs = sections["outputs"].fields(_OUTPUTS) if "outputs" in sections else {}
    contact, experiment = _experiment(sections["experiment"])
    folder = outputs["folder"].text() if "folder" in outputs else f"results/{path.stem}"
    return Study(
        path=path,
        title=sections["title"].text() if "title" in sections else path.stem,
        protocol=protocol,
        contact=contact,
        experiment=experiment,
        folder=Path(folder),
        keep={name: outputs[name].truth() if name in outputs else name != "csv" for name in _OUTPUTS[1:]},
        node=node,
        **about,
    )


def _change(node: Node, key: str, text: str) -> None:
    """Put ``text`` in the place of the value of a dotted key, as true, false, a whole number or a text."""
    *before, last = key.split(".")
    table = node.value
    for part in before:
        if not isinstance(table, dict) or part not in table:
            raise StudyError(f"{node.file} has no {key!r} to set: there is no {part!r}.")
        table = table[part]
    if not isinstance(table, dict):
        raise StudyError(f"{node.file} has no {key!r} to set: what is before the last dot is no table.")
    plain: Any = {"true": True, "false": False}.get(text, text)
    table[last] = int(text) if isinstance(plain, str) and text.isdigit() else plain


def _published(sections: Mapping[str, Node]) -> dict[str, Any]:
    """Return what a section "device" with a published name says, its own protocol included."""
    from studies.comparisons.tables import names

    for other in ("geometry", "materials", "physics", "contacts"):
        if other in sections:
            raise sections[other].error(
                "the device is a published one, which has its own; leave this section out"
            )
    fields = sections["device"].fields(("published", "variant", "options"))
    name = fields["published"].text(names(), "published device")
    module = importlib.import_module(f"studies.devices.{name}")
    makers = [n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__
              and not n.startswith("_") and f.__annotations__.get("return") == "Device"]  # fmt: skip
    variant = fields["variant"].text(makers, "variant") if "variant" in fields else "device"
    options: dict[str, Any] = {}
    if "options" in fields:
        known = inspect.signature(getattr(module, variant)).parameters
        given = fields["options"].fields(known)
        options = {key: option(item, name, known[key]) for key, item in given.items()}
    return {"published": name, "variant": variant, "options": options, "protocol": module.ABOUT.protocol}


def _parts(sections: Mapping[str, Node]) -> dict[str, Any]:
    """Return the arguments of a Device."""
    device = sections["device"].fields(("temperature",), needs=("temperature",))
    physics = [made(item, terms(), "physics") for item in sections["physics"].items()]
    contacts = {
        name: [made(item, CONTACTS, "contact") for item in node.items()]
        for name, node in sections["contacts"].fields().items()
    }
    return {
        "mesh": _drawing(sections["geometry"]),
        "materials": {name: material(node) for name, node in sections["materials"].fields().items()},
        "physics": physics,
        "contacts": contacts,
        "temperature": value_of(device["temperature"], "K"),
    }


def _drawing(node: Node) -> Any:
    """Return the drawing of a geometry: of its fields the shape is made, with the rest it is meshed."""
    fields = node.fields(needs=("type",))
    name = fields.pop("type").text(GEOMETRIES, "type of geometry")
    shape = GEOMETRIES[name]
    own, meshing = inspect.signature(shape).parameters, inspect.signature(shape.mesh).parameters  # type: ignore[attr-defined]
    node.fields(("type", *own, *(key for key in meshing if key != "self")))
    drawn = called(node, shape, {k: n for k, n in fields.items() if k in own}, name)
    rest = {k: n for k, n in fields.items() if k not in own}
    plan = {k: made(n, PARTS, "shape") for k, n in rest.items() if k == "shape"}
    rest.pop("shape", None)
    return _meshed(node, drawn, rest, plan, name)


def _meshed(node: Node, drawn: Any, sizes: Mapping[str, Node], plan: Mapping[str, Any], name: str) -> Any:
    given = {key: value_of(item, unit_of(name, key)) for key, item in sizes.items()}
    try:
        return drawn.mesh(**given, **plan)
    except (MemfemError, ValueError, TypeError) as error:
        named = [key for key in sizes if key in str(error)]
        raise (sizes[named[0]] if named else node).error(error) from error


def _protocol(node: Node) -> Protocol:
    """Return a protocol: a table with a type, or a list of such ones after each other; ``repeat`` counts cycles."""
    whole: Protocol | None = None
    for item in node.items():
        fields = item.fields(needs=("type",))
        times = fields.pop("repeat").whole() if "repeat" in fields else None
        kind = fields.pop("type").text(PROTOCOLS, "type of protocol")
        part: Protocol = called(item, PROTOCOLS[kind], fields, kind)
        part = part * times if times is not None else part
        try:
            whole = part if whole is None else whole + part
        except MemfemError as error:
            raise item.error(error) from error
    if whole is None:
        raise node.error("there is no part in it")
    return whole


def _experiment(node: Node) -> tuple[str, dict[str, Any]]:
    """Return the driven contact, and what else ``iv_sweep`` is given."""
    fields = node.fields(_EXPERIMENT, needs=("contact",))
    contact = fields.pop("contact").text()
    found: dict[str, Any] = {}
    for name, item in fields.items():
        if name == "bias":
            found[name] = {n: value_of(v, "V") if not isinstance(v.value, dict) else _protocol(v)
                           for n, v in item.fields().items()}  # fmt: skip
        elif name == "circuit":
            circuit = item if "type" in item.fields() else _with_type(item, "Circuit")
            found[name] = made(circuit, CIRCUITS, "circuit")
        elif name == "frozen_ions":
            found[name] = item.truth()
        else:
            unit = {"voltage_step": "V", "sample_times": "s"}.get(name, "1")
            found[name] = value_of(item, unit)
    return contact, found


def _with_type(node: Node, name: str) -> Node:
    return Node({"type": name, **node.value}, node.place, node.file, node.lines)


def described_study(path: Path) -> tuple[str, dict[str, Any]]:
    """Return what a study is, as text and as plain data, without a device of it; a script is shown by its docstring."""
    if path.suffix == ".py":
        import ast

        text = (
            ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "a script without a docstring"
        )
        return f"{path}: {text}", {"what": "study", "name": str(path), "text": text}
    study = read_study(path)
    lines = [f"{study.title} ({path})"]
    if study.published:
        options = ", ".join(f"{k}={v!r}" for k, v in study.options.items())
        lines.append(f"  device: {study.published}.{study.variant}({options})")
    else:
        lines.append(f"  geometry: {study.node.value['geometry']['type']}")
        lines += [f"  region {name}: {found.name}" for name, found in study.parts["materials"].items()]
        lines += [f"  physics {term!r}" for term in study.parts["physics"]]
        lines += [f"  contact {n}: {', '.join(map(repr, c))}" for n, c in study.parts["contacts"].items()]
    lines += [f"  protocol at {study.contact}: {study.protocol.text}", f"  results: {study.folder}"]
    return "\n".join(lines), {"what": "study", "name": str(path), **study.describe()}


def study_citations(path: Path) -> list[str]:
    """Return the keys on which a study of a TOML file rests; raises OutOfRangeError for a script."""
    from studies.results.citations import citations

    if path.suffix != ".toml":
        raise OutOfRangeError("study to cite", str(path), "a TOML file; of a script, cite what it saved")
    study = read_study(path)
    if study.published:
        return citations(study.device().describe())
    return citations({k: to_dict(study.parts[k]) for k in ("materials", "physics", "contacts")})
