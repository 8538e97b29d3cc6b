"""``memfem show``: a material, a published device, a study or a result, with values, units and sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from fem.description import to_dict
from studies.cli.answers import as_json
from studies.cli.things import Thing, find

if TYPE_CHECKING:
    from studies.devices import PublishedDevice

_FIRST = ("program", "date", "seconds", "contact", "protocol", "stopped", "mesh_nodes", "sizes", "nodes")
_LATER = ("device", "software", "citations", "columns", "covariance", "equations", "parameters", "provenance")


def show(
    name: Annotated[str, Parameter(help="a material, a published device, or a file of a study or a result")],
    *,
    json: Annotated[bool, Parameter(help="print JSON", negative="")] = False,
) -> None:
    """Show what memfem knows of a material, a published device, a study or a result: values, units, sources."""
    thing = find(name)
    if thing.what == "study":
        from studies.cli.study_files.study import described_study

        text, data = described_study(thing.value)
        print(as_json(data) if json else text)
        return
    print(as_json(plain_of(thing)) if json else "\n".join(_lines(thing)))


def plain_of(thing: Thing) -> dict[str, Any]:
    """Return a thing as plain data."""
    value = thing.value if isinstance(thing.value, Mapping) else to_dict(thing.value)
    return {"what": thing.what, "name": thing.name, **value}


def _lines(thing: Thing) -> Iterator[str]:
    if thing.what == "material":
        yield str(thing.value)
    elif thing.what == "device":
        yield from device_lines(thing.value)
    else:
        yield f"{thing.name}: {thing.what}"
        yield from _result_lines(thing.value)


def device_lines(about: PublishedDevice) -> Iterator[str]:
    """Yield what is known of a published device: reported figures with units and sources, assumptions, choices."""
    yield f"{about.name}: {about.stack}"
    yield f"protocol: {about.protocol.text}, read at {about.read_voltage:g} V"
    width = max([len(key) for key in about.reported], default=0)
    for key, figure in about.reported.items():
        left_out = f"  not compared: {about.not_compared[key]}" if key in about.not_compared else ""
        yield f"  {key:{width}}  {figure.value:>10.4g} {figure.unit:<9} {figure.source}{left_out}"
    for title, table in (("assumed", about.assumed), ("calibrated", about.calibrated)):
        yield from (f"  {title}: {thing}: {why}" for thing, why in table.items())


def _result_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a file says of itself, the short things first."""
    short = [key for key in found if key not in (*_FIRST, *_LATER)]
    for key in (*_FIRST, *short):
        if key in found:
            yield f"  {key}: {_short(found[key])}"
    for name, unit in found.get("columns", {}).items():
        yield f"  column {name} [{unit}]"
    if "parameters" in found:
        for name, value in found["parameters"].items():
            yield f"  {name} = {value.get('value'):.6g} {value.get('unit', '')}  {value.get('meaning', '')}".rstrip()
    yield from (f"  {name}: {text}" for name, text in found.get("software", {}).items())
    if "citations" in found:
        yield f"  citations: {', '.join(found['citations'])}"
    if isinstance(device := found.get("device"), Mapping):
        yield from _device_of_a_result(device)


def _device_of_a_result(device: Mapping[str, Any]) -> Iterator[str]:
    """Yield the materials, terms and contacts of a described device."""
    for region, material in device.get("materials", {}).items():
        changed = f", changed: {', '.join(material['modified'])}" if material.get("modified") else ""
        yield f"  region {region}: {material.get('name', '?')}{changed}"
    for term in device.get("physics", ()):
        yield f"  physics {_named(term)}"
    for what in ("contacts", "heat_sinks"):
        for name, contact in device.get(what, {}).items():
            yield f"  {what.removesuffix('s').replace('_', ' ')} {name}: {_named(contact)}"


def _named(described: Any) -> str:
    """Return a described value as its class with plain fields."""
    if not isinstance(described, Mapping):
        return str(described)
    fields = {k: v for k, v in described.items() if k != "type" and isinstance(v, str | int | float)}
    inside = ", ".join(f"{k}={v!r}" if isinstance(v, str) else f"{k}={v:.6g}" for k, v in fields.items())
    return f"{str(described.get('type', '')).rpartition('.')[2]}({inside})"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("text", ", ".join(f"{k} {_short(v)}" for k, v in value.items()))
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
