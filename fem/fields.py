"""One table of every unknown and output: name, symbol, SI unit, long name.

Currents are positive into the device at the contact that they are given for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldInfo:
    """What a field is called in code, in print and on an axis."""

    name: str
    symbol: str
    unit: str
    long_name: str


_TABLE = [
    FieldInfo("time", "t", "s", "time"),
    FieldInfo("voltage", "V", "V", "applied voltage"),
    FieldInfo("potential", "ψ", "V", "electrostatic potential of the vacuum level"),
    FieldInfo("electrostatic potential", "ψ", "V", "electrostatic potential in which ions drift"),
    FieldInfo("electron", "n", "1/m^3", "electron density"),
    FieldInfo("hole", "p", "1/m^3", "hole density"),
    FieldInfo("conduction_band", "E_c", "eV", "conduction band edge"),
    FieldInfo("valence_band", "E_v", "eV", "valence band edge"),
    FieldInfo("electron_quasi_fermi", "E_Fn", "eV", "electron quasi-Fermi level"),
    FieldInfo("hole_quasi_fermi", "E_Fp", "eV", "hole quasi-Fermi level"),
    FieldInfo("conductivity", "σ", "S/m", "electrical conductivity"),
    FieldInfo("temperature", "T", "K", "temperature"),
    FieldInfo("joule_heat", "h", "W/m^3", "Joule heat density"),
    FieldInfo("electric_field", "|E|", "V/m", "electric field"),
    FieldInfo("polarization", "P", "C/m^2", "ferroelectric polarization along its axis"),
    FieldInfo("conduction_current_density", "|J|", "A/m^2", "conduction current density"),
    FieldInfo("current", "I", "A", "terminal current, positive into the device"),
    FieldInfo("current_per_width", "I'", "A/m", "terminal current per width, positive into the device"),
    FieldInfo("current_density", "J", "A/m^2", "terminal current density, positive into the device"),
]
FIELDS: dict[str, FieldInfo] = {info.name: info for info in _TABLE}


def field_info(name: str) -> FieldInfo:
    """Return the entry of ``name``; any other is the density of ions or trapped electrons [1/m^3]."""
    if name in FIELDS:
        return FIELDS[name]
    if name.startswith("polarization"):
        return FieldInfo(name, "P", "C/m^2", name.replace("_", " "))
    return FieldInfo(name, name, "1/m^3", f"{name.replace('_', ' ')} density")
