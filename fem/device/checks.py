"""What is checked of a device's description before anything is assembled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem.contacts import ElectricalContact, FloatingGate, HeatSink
from fem.errors import IncompatibleError, UnknownNameError, warn
from fem.errors.checking import anything, class_hint, table
from fem.errors.checking import temperature as kelvin
from fem.forms.bands import CARRIERS
from fem.forms.setting import DECOMPOSITION, DROP, TEMPERATURE, Field, Setting
from fem.materials.material import Material
from fem.materials.tables import Formula, Table
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.term import Term

#: Data of levels, from which densities, contacts and rates all take their temperature.
_LEVELS = (
    "electron_affinity",
    "band_gap",
    "effective_dos_conduction",
    "effective_dos_valence",
    "trap_energy",
    "donor_depth",
    "acceptor_depth",
    "work_function",
)
#: Unknowns of memfem's own terms, and parts of currents.
_RESERVED = {"potential", TEMPERATURE, DECOMPOSITION, *CARRIERS, "total", "displacement", "conduction"}


def _is_ours(term: Term) -> bool:
    """Whether a term is of memfem, or derives from one that is."""
    bases = [cls for cls in type(term).__mro__ if cls not in (Term, object)]
    return any(cls.__module__.startswith("fem.") for cls in bases)


def check_materials(mesh: DeviceMesh, materials: Mapping[str, Material]) -> None:
    """Raise unless every region of the mesh, and no other, has a material."""
    table(anything)("materials of the device", materials)
    for region in materials:
        mesh.require("region", region)
    for region in mesh.regions:
        if region not in materials:
            raise IncompatibleError(
                f"region {region!r} has no material; materials are given for {sorted(materials)}."
            )
        if not isinstance(materials[region], Material):
            raise IncompatibleError(
                f"material of region {region!r} is {materials[region]!r}, which is no Material."
            )


def check_laws(materials: Mapping[str, Material], *, followed: bool) -> None:
    """Raise if levels or their densities are tables or formulas where the temperature is an unknown (``followed``)."""
    for m in materials.values() if followed else ():
        for name in _LEVELS:
            law = getattr(getattr(m, name), "value", None)
            if isinstance(law, Table | Formula):
                raise IncompatibleError(
                    f"{name} of {m.name} is a {type(law).__name__}. Where the temperature is an unknown, as with "
                    "Heat(), levels and densities of states are numbers, PowerLaw, Arrhenius or Varshni: all that "
                    "depends on them has to follow it alike, or equilibrium would carry a current."
                )


def check_physics(physics: Sequence[Term]) -> None:
    """Raise unless the terms are physics and begin with what sets the potential, in whose device all can be."""
    for term in physics:
        if not isinstance(term, Term):
            raise IncompatibleError(f"physics has {term!r}, which is no physics term{class_hint(term)}.")
        if sum(other is term for other in physics) > 1:
            raise IncompatibleError(f"physics has {term!r} twice.")
    if [term.sets_potential for term in physics] != [True] + [False] * (len(physics) - 1):
        raise IncompatibleError(
            "physics must begin with one Poisson(), the equation that couples all others, or with one Conduction()."
        )
    if sum(term.gives_temperature for term in physics) > 1:
        raise IncompatibleError("physics has two terms that give the temperature, such as Heat().")
    for term in physics[1:]:
        if term.needs_charge and physics[0].neutral:
            raise IncompatibleError(
                f"{type(term).__name__} needs Poisson(), and physics begins with Conduction(), {term.needs_charge}."
            )


def ambient(temperature: float | None, sinks: Mapping[str, HeatSink], *, followed: bool) -> float:
    """Return the device's temperature [K]: the one given, else that of all its heat sinks.

    ``followed``: whether there is a temperature that is an unknown, which all follows.
    """
    if temperature is None:
        values = {sink.temperature for sink in sinks.values()}
        if len(values) != 1:
            raise IncompatibleError(
                "the device's temperature is not given and "
                + ("it has no heat sink" if not values else f"its heat sinks have {len(values)} temperatures")
                + "; give temperature=300 * K, for example."
            )
        temperature = values.pop()
    found = float(kelvin("temperature [K]", temperature))
    elsewhere = {sink.temperature for sink in sinks.values()}
    if len(elsewhere) == 1 and elsewhere != {found} and not followed:
        warn(
            f"the device's temperature is {found:g} K and all its heat sinks are at {elsewhere.pop():g} K: carriers "
            "stay at the former; leave temperature out."
        )
    return found


def warn_if_not_valid(materials: Mapping[str, Material], temperature: float) -> None:
    """Warn of data of materials that do not hold at a ``temperature`` [K], by their own account."""
    beyond: dict[str, None] = {}
    for material in materials.values():
        beyond |= dict.fromkeys(material.beyond(temperature))
    if beyond:
        warn(
            f"at {temperature:g} K the device is beyond the temperatures of {', '.join(beyond)}; give values or laws "
            "for it by with_()."
        )


def all_fields(physics: Sequence[Term], setting: Setting) -> list[Field]:
    """Return the unknowns of all terms in their order; raises if two have one name."""
    fields: list[Field] = []
    for term in physics:
        for field in term.fields(setting):
            if (field.name in _RESERVED or field.name.startswith(DROP)) and not _is_ours(term):
                raise IncompatibleError(
                    f"{type(term).__name__} brings the unknown {field.name!r}, a name that memfem's own terms give."
                )
            if field.name in {f.name for f in fields}:
                raise IncompatibleError(f"two physics terms bring the unknown {field.name!r}.")
            fields.append(field)
    return fields


def check_contact_names(
    mesh: DeviceMesh, contacts: Mapping[str, Any], materials: Mapping[str, Material]
) -> None:
    """Raise unless every contact is an outer face of the mesh, or a metal region for a floating gate."""
    table(anything)("contacts of the device", contacts)
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
        if isinstance(given, list | tuple) and not given:
            raise IncompatibleError(
                f"contact {name!r} is given an empty list; leave it out, or give a contact."
            )
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
