"""The numbers that a device is described by, each with its name, its unit and the device with another value of it.

A parameter is a number of a material, of a term of the physics, of a contact or a heat sink, the ambient temperature,
or the scale of the whole geometry. Those of ``parameters(device)`` are found in the device's own description; any other
one is made by hand, from a function that builds the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from fem.device.device import Device, remade
from fem.errors import UnknownNameError
from fem.errors.arguments import checked, settle
from fem.errors.checking import function, instance, number, text
from fem.forms.setting import Field
from fem.forms.shared_sites import on_one_kind_of_sites
from fem.materials.datum import Arrhenius, Datum
from fem.materials.material import Material
from fem.materials.spectrum import Spectrum
from fem.materials.tables import Formula, Table
from fem.mesh.device_mesh import DeviceMesh
from fem.units import TO_SI

Path = tuple[Any, ...]
_ENERGIES = (
    "work_function",
    "energy",
    "depth",
    "barrier",
    "light_barrier",
    "hopping_barrier",
    "heat_of_transport",
)
_UNITS = {
    "electron_velocity": "m/s", "hole_velocity": "m/s", "velocity": "m/s", "temperature": "K", "wavelength": "m",
    "resistance": "m^2 K/W", "irradiance": "W/m^2", "reflectance": "1", "quantum_yield": "1", "absorption": "1/m",
    "image_force_permittivity": "1", "relative_permittivity": "1", "effective_mass": "electron masses",
    "thickness": "m", "jump_distance": "m", "averaging_length": "m", "width": "m", "reaction_layer": "m",
    "conductivity": "S/m", "carrier_mobility": "m^2/(V s)", "thermal_conductivity": "W/(m K)",
    "volumetric_heat_capacity": "J/(m^3 K)", "electron_capture": "m^3/s", "hole_capture": "m^3/s",
    "transfer_coefficient": "1", "partition": "1", "anisotropy": "1", "dipole": "C m", "remanent_polarization": "C/m^2",
    "coercive_field": "V/m", "activation_field": "V/m", "attempt_time": "s", "switching_time": "s", "charge": "C",
    "density": "m^-3", "reference_density": "m^-3", "partner_density": "m^-3", "diffusivity": "m^2/s",
}  # fmt: skip
_OF_CLASS = {
    ("OpticalGeneration", "rate"): "1/(m^3 s)",
    ("Decomposition", "rate"): "1/s",
    ("VacancyGeneration", "prefactor"): "1/(m^3 s)",
    ("ElectrodeReaction", "exchange_flux"): "1/(m^2 s)",
    ("InterfaceTraps", "density"): "m^-2",
    ("VacancyConductivity", "poor"): "S/m",
    ("VacancyConductivity", "rich"): "S/m",
    ("DepositConductivity", "poor"): "S/m",
    ("DepositConductivity", "rich"): "S/m",
}
_SHARED = ("site_density",)  # data that an ion has in common in all its regions, and with those on its sites


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number of a device: its ``name``, its ``value`` in ``unit``, and the device with another value of it.

    ``device_of(value)`` returns that device, which may differ from the others in numbers alone: the same mesh, or one
    of another length unit, the same physics, contacts and kinds of data.
    """

    name: str
    unit: str
    value: float
    device_of: Callable[[float], Device]

    def __post_init__(self) -> None:
        settle(self, "a parameter", name=text, unit=text, value=number, device_of=function)

    def __repr__(self) -> str:
        return f"Parameter({self.name} = {self.value:.6g} {self.unit})"


@checked(device=instance(Device))
def parameters(device: Device, names: Sequence[str] = ()) -> tuple[Parameter, ...]:
    """Return the parameters of a device, all of its description or those of these ``names``, in their order.

    A name says where the number stands: "film.electron_mobility" of the material of a region,
    "film.ions.iodide_vacancy.diffusivity.activation_energy" of one of its temperature laws, "Traps.density" of a term
    of the physics ("Traps[1].density" of the second one), "top.work_function" of a contact, "temperature" of the
    device, and "scale", a factor of all lengths of the geometry but for its cross-section. Numbers that are 0 or not
    given are not among them. Raises UnknownNameError.
    """
    found = {one.name: one for one in _all(device, every=bool(names))}
    for name in names:
        if name not in found:
            raise UnknownNameError("parameter", name, found)
    return tuple(found[name] for name in names) if names else tuple(found.values())


def _all(device: Device, *, every: bool = True) -> Iterator[Parameter]:
    """Yield the parameters of a device; ``every``: under all names of a number that stands in several places."""
    about, mesh, density = description(device), device.mesh, device.scaling.density
    seen = set[Path]()
    for path, unit, value in _walk(about, (), "K", ""):
        together = _together(about, path, device.context.fields)
        if value == 0.0 or (path in seen and not every):
            continue
        if path[0] == "materials":
            seen.update(together)
        factor = TO_SI["eV"] if unit == "eV" and path[-1] in _ENERGIES else 1.0
        yield Parameter(
            name=_name(about, path),
            unit=unit,
            value=value / factor,
            device_of=_builder(mesh, density, about, together, factor),
        )

    def scaled(factor: float) -> Device:
        return remade(replace(mesh, unit=factor * mesh.unit), density, **about)

    yield Parameter(name="scale", unit="1", value=1.0, device_of=scaled)


def description(device: Device) -> dict[str, Any]:
    """Return the descriptions that a device was made of, but for its mesh."""
    return {
        "materials": dict(device.setting.materials),
        "physics": tuple(device.physics),
        "contacts": {**device.contacts, **device.floating_gates},
        "heat_sinks": dict(device.heat_sinks),
        "temperature": device.temperature,
    }


def _builder(
    mesh: DeviceMesh, density: float, about: Mapping[str, Any], places: Sequence[Path], factor: float
) -> Callable[[float], Device]:
    """Return the function that makes the device with another number at its places; it does not know the first one."""

    def device_of(value: float) -> Device:
        changed = dict(about)
        for one in places:
            changed = _with(changed, one, factor * value)
        return remade(mesh, density, **changed)

    return device_of


def _together(about: Mapping[str, Any], path: Path, fields: Sequence[Field]) -> list[Path]:
    """Return the places of a number; of one that ions have in common, in all regions of all ions on the same sites.

    The ambient temperature is that of the heat sinks that have it too.
    """
    if path == ("temperature",):
        sinks = about["heat_sinks"].items()
        same = [n for n, sink in sinks if sink.temperature == about["temperature"]]
        return [path, *(("heat_sinks", n, "temperature") for n in same)]
    if path[0] != "materials" or len(path) < 5 or path[4] not in _SHARED:
        return [path]
    ions = (path[3], *on_one_kind_of_sites(fields, path[3]))
    return [
        ("materials", region, "ions", ion, *path[4:])
        for region, material in about["materials"].items()
        for ion in ions
        if ion in material.ions
    ]


def _walk(value: Any, path: Path, unit: str, owner: str) -> Iterator[tuple[Path, str, float]]:
    if isinstance(value, bool | int | str) or value is None:
        return
    if isinstance(value, float):
        yield path, unit, value
    elif isinstance(value, Datum):
        yield from _walk(value.value, (*path, "value"), value.unit, "")
    elif isinstance(value, Arrhenius):
        yield (*path, "prefactor"), unit, value.prefactor
        yield (*path, "activation_energy"), "eV", value.activation_energy
    elif isinstance(value, Spectrum | Table):
        yield (*path, "values"), "1", 1.0  # a factor of all of them
    elif isinstance(value, Formula):
        yield (*path, "factor"), "1", value.factor
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _walk(one, (*path, key), unit, owner)
    elif is_dataclass(value) and not isinstance(value, type):
        for entry in fields(value):
            if entry.init:
                name = type(value).__name__
                yield from _walk(
                    getattr(value, entry.name), (*path, entry.name), _unit(name, entry.name), name
                )
    elif isinstance(value, Sequence):
        for k, one in enumerate(value):
            yield from _walk(one, (*path, k), unit, owner)


def _unit(owner: str, name: str) -> str:
    if (owner, name) in _OF_CLASS:
        return _OF_CLASS[owner, name]
    if name in _ENERGIES:
        return "eV"
    return _UNITS.get(name, "K" if name == "temperature" else "SI")


def _with(value: Any, path: Path, number: float) -> Any:
    """Return a description with another number at a place."""
    if not path:
        return number
    key, rest = path[0], path[1:]
    if isinstance(value, Spectrum | Table):
        return replace(value, values=tuple(number * x for x in value.values))
    if isinstance(value, Mapping):
        return {**value, key: _with(value[key], rest, number)}
    if is_dataclass(value) and not isinstance(value, type):
        given = {n: getattr(value, source) for n, source in getattr(value, "given_as", {}).items()}
        return replace(value, **{**given, key: _with(getattr(value, key), rest, number)})
    return tuple(_with(one, rest, number) if k == key else one for k, one in enumerate(value))


def _name(about: Mapping[str, Any], path: Path) -> str:
    """Return the name of a number at a place of a description."""
    root, *rest = path
    rest = [str(part) for k, part in enumerate(rest) if part != "value" or k != _end(path) - 1]
    if root == "temperature":
        return root
    if root == "physics":
        kind = type(about["physics"][path[1]]).__name__
        alike = [k for k, term in enumerate(about["physics"]) if type(term).__name__ == kind]
        place = alike.index(path[1])
        rest[0] = kind if place == 0 else f"{kind}[{place}]"
    if root == "materials" and isinstance(about["materials"][path[1]], Material) and rest[-1] == "values":
        rest = rest[:-1]
    if root == "heat_sinks":
        rest.insert(1, "heat_sink")
    return ".".join(rest)


def _end(path: Path) -> int:
    """Return where in a path its Datum's number stands, 0 if it is of none."""
    return path.index("value") if "value" in path else 0
