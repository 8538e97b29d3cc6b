"""What is checked of a device's description before anything is assembled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fem.contacts import HeatSink
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.setting import TEMPERATURE, Field, Setting
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.carriers.carriers import Carriers
from fem.physics.carriers.interface_recombination import InterfaceRecombination
from fem.physics.carriers.trap_level import TrapLevel
from fem.physics.heat.heat import Heat
from fem.physics.ions.ions import MobileIons
from fem.physics.potential.conduction import Conduction
from fem.physics.potential.poisson import Poisson
from fem.physics.term import Physics


def _check_materials(mesh: DeviceMesh, materials: Mapping[str, Material]) -> None:
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


def _check_physics(physics: Sequence[Physics]) -> None:
    for term in physics:
        if not isinstance(term, Physics):
            raise IncompatibleError(f"physics has {term!r}, which is no physics term.")
    first = Poisson | Conduction
    if sum(isinstance(term, first) for term in physics) != 1 or not isinstance(physics[0], first):
        raise IncompatibleError(
            "physics must begin with one Poisson(), the equation that couples all others, or with one Conduction()."
        )
    for term in physics[1:] if isinstance(physics[0], Conduction) else ():
        if isinstance(term, Carriers | TrapLevel | InterfaceRecombination):
            raise IncompatibleError(
                f"{type(term).__name__} needs Poisson(), and physics begins with Conduction(), in whose "
                "conductivity the carriers are."
            )


def _ambient(temperature: float | None, sinks: Mapping[str, HeatSink]) -> float:
    if temperature is None:
        values = {sink.temperature for sink in sinks.values()}
        if len(values) != 1:
            raise IncompatibleError(
                "the device's temperature is not given and "
                + ("it has no heat sink" if not values else f"its heat sinks have {len(values)} temperatures")
                + "; give temperature=300 * K, for example."
            )
        temperature = values.pop()
    if not (math.isfinite(temperature) and temperature > 0):
        raise OutOfRangeError("temperature [K]", temperature, "positive")
    return float(temperature)


def _all_fields(physics: Sequence[Physics | Heat], setting: Setting) -> list[Field]:
    fields: list[Field] = []
    for term in physics:
        for field in term.fields(setting):
            if field.name in {f.name for f in fields}:
                raise IncompatibleError(f"two physics terms bring the unknown {field.name!r}.")
            fields.append(field)
    for term in physics:
        if isinstance(term, TrapLevel | InterfaceRecombination):
            term.check_carriers({f.name for f in fields})
        if isinstance(term, Conduction):
            term.check_ions(fields)
    for term in physics:
        if (
            isinstance(term, MobileIons)
            and term.heat_of_transport
            and TEMPERATURE not in {f.name for f in fields}
        ):
            raise IncompatibleError(
                f"{term.name} has a heat_of_transport, which needs Heat() with a coupled temperature."
            )
    return fields
