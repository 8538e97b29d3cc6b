"""Insulators and substrates: data only."""

from __future__ import annotations

from fem.materials.datum import Datum
from fem.materials.material import Material

_UNCHECKED = "standard value, not re-checked"
_MASS = "of amorphous insulators some 0.4; none was read for it"

SIO2 = Material(
    name="SiO2",
    kind="insulator",
    relative_permittivity=Datum(3.9, "1", "Niraula2018"),
    electron_affinity=Datum(1.0, "eV", "Charon"),
    band_gap=Datum(9.0, "eV", "Charon"),
    electron_tunnelling_mass=Datum(0.42, "1", "LenzlingerSnow1969", "thermal oxide; " + _UNCHECKED),
    electrical_conductivity=Datum(1e-9, "S/m", "Niraula2018", "the paper; 1e-10 in its files"),
    thermal_conductivity=Datum(1.38, "W/(m K)", "Niraula2018"),
    volumetric_heat_capacity=Datum(1.55e6, "J/(m^3 K)", "Niraula2018", "703 J/(kg K) at 2203 kg/m^3"),
)

AL2O3 = Material(
    name="Al2O3",
    kind="insulator",
    relative_permittivity=Datum(9.0, "1", "BorcaTasciuc2005", f"atomic-layer film; {_UNCHECKED}"),
    band_gap=Datum(6.5, "eV", "BorcaTasciuc2005", f"low end of 6.5 to 8.8 eV; {_UNCHECKED}"),
    thermal_conductivity=Datum(1.5, "W/(m K)", "BorcaTasciuc2005", f"amorphous film; {_UNCHECKED}"),
    volumetric_heat_capacity=Datum(2.7e6, "J/(m^3 K)", "BorcaTasciuc2005", f"dense; {_UNCHECKED}"),
)

HFO2 = Material(
    name="HfO2",
    kind="insulator",
    relative_permittivity=Datum(25.0, "1", "Niraula2018"),
    electrical_conductivity=Datum(10.0, "S/m", "Niraula2018"),
    thermal_conductivity=Datum(0.5, "W/(m K)", "Niraula2018"),
    volumetric_heat_capacity=Datum(1.2e6, "J/(m^3 K)", "Niraula2018", "120 J/(kg K) at 1e4 kg/m^3"),
)

PMMA = Material(
    name="PMMA",
    kind="insulator",
    relative_permittivity=Datum(3.6, "1", "PolymerHandbook", f"50 Hz; 2.6 at 1 MHz; {_UNCHECKED}"),
    electron_affinity=Datum(
        1.0, "eV", "assumed", "valence band at 6.6 eV; films of a few nanometres were not read"
    ),
    band_gap=Datum(5.6, "eV", "PolymerHandbook", _UNCHECKED),
    electron_tunnelling_mass=Datum(0.4, "1", "assumed", _MASS),
    hole_tunnelling_mass=Datum(0.4, "1", "assumed", _MASS),
    thermal_conductivity=Datum(0.19, "W/(m K)", "PolymerHandbook", _UNCHECKED),
    volumetric_heat_capacity=Datum(1.73e6, "J/(m^3 K)", "PolymerHandbook", _UNCHECKED),
)

PET = Material(
    name="PET",
    kind="insulator",
    relative_permittivity=Datum(3.3, "1", "PolymerHandbook", _UNCHECKED),
    thermal_conductivity=Datum(0.2, "W/(m K)", "PolymerHandbook", f"0.15 to 0.24; {_UNCHECKED}"),
    volumetric_heat_capacity=Datum(1.7e6, "J/(m^3 K)", "PolymerHandbook", _UNCHECKED),
)

POLYIMIDE = Material(
    name="polyimide",
    kind="insulator",
    relative_permittivity=Datum(3.4, "1", "KaptonHN", _UNCHECKED),
    thermal_conductivity=Datum(0.12, "W/(m K)", "KaptonHN", _UNCHECKED),
    volumetric_heat_capacity=Datum(1.55e6, "J/(m^3 K)", "KaptonHN", _UNCHECKED),
)

GLASS = Material(
    name="glass",
    kind="insulator",
    relative_permittivity=Datum(
        7.0, "1", "assumed", "usual for soda-lime glass; a substrate only carries heat"
    ),
    thermal_conductivity=Datum(1.0, "W/(m K)", "CRC2016", f"soda-lime; {_UNCHECKED}"),
    volumetric_heat_capacity=Datum(2.1e6, "J/(m^3 K)", "CRC2016", f"soda-lime; {_UNCHECKED}"),
)

PVDF_TRFE = Material(
    name="P(VDF-TrFE)",
    kind="insulator",
    relative_permittivity=Datum(
        11.0, "1", "Naber2005", f"10 to 12, without the switching part; {_UNCHECKED}"
    ),
)
