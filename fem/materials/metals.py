"""Electrodes: data only.

Electrical and thermal conductivities of the elements are those of the bulk at 300 K. In films of tens of
nanometres both are lower by a factor of 1.5 to 3 and stay tied by kappa = L sigma T.
"""

from __future__ import annotations

from fem.materials import spectra
from fem.materials.datum import Datum
from fem.materials.material import Material

_UNCHECKED = "standard value, not re-checked"
_BULK = f"bulk, films 1.5 to 3 times less; {_UNCHECKED}"

SILVER = Material(
    name="Ag",
    kind="metal",
    work_function=Datum(4.26, "eV", "CRC2016", f"4.26 to 4.74 by face; {_UNCHECKED}"),
    electrical_conductivity=Datum(6.30e7, "S/m", "CRC2016", _BULK),
    thermal_conductivity=Datum(429.0, "W/(m K)", "CRC2016", _BULK),
    volumetric_heat_capacity=Datum(2.47e6, "J/(m^3 K)", "CRC2016", _UNCHECKED),
)

GOLD = Material(
    name="Au",
    kind="metal",
    work_function=Datum(5.1, "eV", "CRC2016", f"5.1 to 5.47 by face; {_UNCHECKED}"),
    electrical_conductivity=Datum(4.5e7, "S/m", "CRC2016", _BULK),
    thermal_conductivity=Datum(318.0, "W/(m K)", "CRC2016", _BULK),
    volumetric_heat_capacity=Datum(2.49e6, "J/(m^3 K)", "CRC2016", _UNCHECKED),
)

ALUMINIUM = Material(
    name="Al",
    kind="metal",
    work_function=Datum(4.28, "eV", "CRC2016", _UNCHECKED),
    electrical_conductivity=Datum(3.77e7, "S/m", "CRC2016", _BULK),
    thermal_conductivity=Datum(237.0, "W/(m K)", "CRC2016", _BULK),
    volumetric_heat_capacity=Datum(2.42e6, "J/(m^3 K)", "CRC2016", _UNCHECKED),
)

PLATINUM = Material(
    name="Pt",
    kind="metal",
    work_function=Datum(5.65, "eV", "CRC2016", f"5.3 for films; {_UNCHECKED}"),
    electrical_conductivity=Datum(9.4e6, "S/m", "CRC2016", _BULK),
    thermal_conductivity=Datum(71.4, "W/(m K)", "Charon", "bulk, films 1.5 to 3 times less"),
    volumetric_heat_capacity=Datum(2.84e6, "J/(m^3 K)", "Charon"),
)

TUNGSTEN = Material(
    name="W",
    kind="metal",
    work_function=Datum(4.55, "eV", "CRC2016", _UNCHECKED),
    electrical_conductivity=Datum(1.89e7, "S/m", "CRC2016", _BULK),
    thermal_conductivity=Datum(173.0, "W/(m K)", "CRC2016", _BULK),
    volumetric_heat_capacity=Datum(2.54e6, "J/(m^3 K)", "CRC2016", _UNCHECKED),
)

TANTALUM = Material(
    name="Ta",
    kind="metal",
    work_function=Datum(4.25, "eV", "CRC2016", _UNCHECKED),
    electrical_conductivity=Datum(7.6e6, "S/m", "CRC2016", _BULK),
    thermal_conductivity=Datum(57.5, "W/(m K)", "Charon", "bulk, films 1.5 to 3 times less"),
    volumetric_heat_capacity=Datum(2.34e6, "J/(m^3 K)", "Charon"),
)

TIN = Material(
    name="TiN",
    kind="metal",
    work_function=Datum(4.6, "eV", "Niraula2018", f"4.5 to 4.7; {_UNCHECKED}"),
    electrical_conductivity=Datum(1.013e6, "S/m", "Niraula2018", "98.74 uOhm cm at 300 K"),
    thermal_conductivity=Datum(7.4, "W/(m K)", "Niraula2018", "L sigma T at 300 K"),
    volumetric_heat_capacity=Datum(2.85e6, "J/(m^3 K)", "Niraula2018", "545.33 J/(kg K) at 5220 kg/m^3"),
)

ITO = Material(
    name="ITO",
    kind="metal",
    work_function=Datum(4.7, "eV", "assumed", "4.4 to 4.7 as grown, 4.8 to 5.1 after UV-ozone"),
    electrical_conductivity=Datum(
        6.7e5, "S/m", "Vishwanath2024", "10 Ohm per square at 150 nm, thickness assumed"
    ),
    thermal_conductivity=Datum(8.9, "W/(m K)", "Ashida2009", f"3.95 + L sigma T at 300 K; {_UNCHECKED}"),
    volumetric_heat_capacity=Datum(2.6e6, "J/(m^3 K)", "Ashida2009", _UNCHECKED),
    absorption=spectra.ITO,
)

FTO = Material(
    name="FTO",
    kind="metal",
    work_function=Datum(4.4, "eV", "assumed", "low end of the 4.4 to 4.8 usually given; no measurement read"),
    electrical_conductivity=Datum(
        2.5e5, "S/m", "assumed", "8 Ohm per square at 500 nm, a usual coated glass"
    ),
    thermal_conductivity=Datum(10.0, "W/(m K)", "assumed", "between 5 and 15; no measurement read"),
    volumetric_heat_capacity=Datum(2.6e6, "J/(m^3 K)", "assumed", "that of ITO"),
)
