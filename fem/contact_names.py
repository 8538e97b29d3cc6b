"""What is given at the contacts of a device, sorted and checked against the names of its mesh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem.contacts import ElectricalContact, FloatingGate, HeatSink
from fem.errors import IncompatibleError, UnknownNameError
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh


def check_contact_names(
    mesh: DeviceMesh, contacts: Mapping[str, Any], materials: Mapping[str, Material]
) -> None:
    """Raise unless every contact is an outer face of the mesh, or a metal region for a floating gate."""
    for name, given in contacts.items():
        values = given if isinstance(given, list | tuple) else [given]
        if any(isinstance(value, FloatingGate) for value in values):
            _check_floating(mesh, name, values, materials)
            continue
        if name in mesh.contacts:
            continue
        if "|".join(reversed(name.split("|"))) in mesh.interfaces or name in mesh.interfaces:
            raise IncompatibleError(
                f"contact {name!r} is an inner face between two regions; contacts sit on outer faces: "
                + ", ".join(sorted(mesh.contacts))
                + "."
            )
        raise UnknownNameError("contact", name, mesh.contacts)


def _check_floating(
    mesh: DeviceMesh, name: str, values: Sequence[Any], materials: Mapping[str, Material]
) -> None:
    """Raise unless a name can be that of a floating gate, which is all that is given there."""
    if name not in mesh.regions and name in {*mesh.contacts, *mesh.interfaces}:
        raise IncompatibleError(
            f"FloatingGate {name!r} is given at a face; name the metal region that floats."
        )
    mesh.require("region", name)
    if materials[name].kind != "metal":
        raise IncompatibleError(
            f"FloatingGate {name!r} needs a metal, and its material is the {materials[name].kind} "
            f"{materials[name].name!r}."
        )
    if len(values) > 1:
        raise IncompatibleError(f"region {name!r} is given {values!r}; a FloatingGate comes alone.")


def split_contacts(
    contacts: Mapping[str, Any],
) -> tuple[dict[str, ElectricalContact], dict[str, FloatingGate], dict[str, HeatSink]]:
    """Return electrical contacts, floating gates and thermal contacts by name.

    A contact may be an electrical and a thermal one.
    """
    electrical: dict[str, ElectricalContact] = {}
    floating: dict[str, FloatingGate] = {}
    thermal: dict[str, HeatSink] = {}
    for name, given in contacts.items():
        for value in given if isinstance(given, list | tuple) else [given]:
            target: dict[str, Any] = thermal if isinstance(value, HeatSink) else electrical
            if isinstance(value, FloatingGate):
                target = floating
            if not isinstance(value, ElectricalContact | FloatingGate | HeatSink):
                raise IncompatibleError(f"contact {name!r} is given {value!r}, which is no contact.")
            if name in target:
                raise IncompatibleError(f"contact {name!r} is given twice: {target[name]!r} and {value!r}.")
            target[name] = value
    return electrical, floating, thermal
