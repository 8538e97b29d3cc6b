"""Electron- and hole-transport layers: data only.

TIO2 and SPIRO_OMETAD go with MAPBI3 (levels of Courtier 2019). PCBM and PEDOT_PSS are the layers of the
Driftfusion cell, where the perovskite's electron affinity is 3.8 eV. C60 and PTAA are those of SIMsalabim,
where it is 3.9 eV: mind the offsets before joining them to MAPBI3.
"""

from __future__ import annotations

from fem.materials import spectra
from fem.materials.datum import ROOM, Datum
from fem.materials.material import Material

_UNCHECKED = "standard value, not re-checked"
_MINORITY = "no value read; minority carriers stay behind the band offset"

TIO2 = Material(
    name="TiO2",
    kind="semiconductor",
    relative_permittivity=Datum(10.0, "1", "Courtier2019"),
    electron_affinity=Datum(4.0, "eV", "Courtier2019"),
    band_gap=Datum(3.2, "eV", "SciRep2025", "SCAPS set; the IonMonger layer has electrons only"),
    effective_dos_conduction=Datum(5e25, "m^-3", "Courtier2019", valid=ROOM),
    effective_dos_valence=Datum(
        5e25, "m^-3", "assumed", "that of the conduction band; " + _MINORITY, valid=ROOM
    ),
    electron_mobility=Datum(3.89e-4, "m^2/(V s)", "Courtier2019", "from D = 1e-5 m^2/s at 298 K"),
    hole_mobility=Datum(3.89e-4, "m^2/(V s)", "assumed", "that of the electrons; " + _MINORITY),
    donor_density=Datum(1e24, "m^-3", "Courtier2019"),
    thermal_conductivity=Datum(3.0, "W/(m K)", "assumed", "middle of 1 to 5 for films"),
    volumetric_heat_capacity=Datum(
        2.8e6, "J/(m^3 K)", "assumed", "handbook order of magnitude of dense oxides"
    ),
)

SPIRO_OMETAD = Material(
    name="spiro-OMeTAD",
    kind="semiconductor",
    relative_permittivity=Datum(3.0, "1", "Courtier2019"),
    electron_affinity=Datum(
        2.22, "eV", "SciRep2025", "hole level 5.1 eV (Courtier 2019) less the gap of 2.88 eV"
    ),
    band_gap=Datum(2.88, "eV", "SciRep2025", "SCAPS set; the IonMonger layer has holes only"),
    effective_dos_conduction=Datum(
        5e25, "m^-3", "assumed", "that of the hole level; " + _MINORITY, valid=ROOM
    ),
    effective_dos_valence=Datum(5e25, "m^-3", "Courtier2019", valid=ROOM),
    electron_mobility=Datum(3.89e-5, "m^2/(V s)", "assumed", "that of the holes; " + _MINORITY),
    hole_mobility=Datum(3.89e-5, "m^2/(V s)", "Courtier2019", "from D = 1e-6 m^2/s at 298 K"),
    acceptor_density=Datum(1e24, "m^-3", "Courtier2019"),
    thermal_conductivity=Datum(0.2, "W/(m K)", "assumed", "as amorphous polymers (PMMA 0.19)"),
    volumetric_heat_capacity=Datum(1.6e6, "J/(m^3 K)", "assumed", "as amorphous polymers (PMMA 1.7e6)"),
)

PEDOT_PSS = Material(
    name="PEDOT:PSS",
    kind="semiconductor",
    relative_permittivity=Datum(4.0, "1", "Calado2022"),
    electron_affinity=Datum(3.0, "eV", "Calado2022"),
    band_gap=Datum(2.1, "eV", "Calado2022", "levels -3.0 and -5.1 eV"),
    effective_dos_conduction=Datum(1e26, "m^-3", "Calado2022", valid=ROOM),
    effective_dos_valence=Datum(1e26, "m^-3", "Calado2022", valid=ROOM),
    electron_mobility=Datum(1e-5, "m^2/(V s)", "Calado2022"),
    hole_mobility=Datum(1e-5, "m^2/(V s)", "Calado2022"),
    electron_lifetime=Datum(1e-6, "s", "Calado2022"),
    hole_lifetime=Datum(1e-6, "s", "Calado2022"),
    radiative_coefficient=Datum(6.3e-17, "m^3/s", "Calado2022"),
    acceptor_density=Datum(2.09e24, "m^-3", "Calado2022", "from its Fermi level, -5.0 eV, at 300 K"),
    thermal_conductivity=Datum(0.25, "W/(m K)", "Liu2015", f"0.2 to 0.3 across the film; {_UNCHECKED}"),
    volumetric_heat_capacity=Datum(1.5e6, "J/(m^3 K)", "Liu2015", _UNCHECKED),
    absorption=spectra.PEDOT_PSS,
)

PCBM = Material(
    name="PCBM",
    kind="semiconductor",
    relative_permittivity=Datum(3.0, "1", "Calado2022"),
    electron_affinity=Datum(3.8, "eV", "Calado2022"),
    band_gap=Datum(2.4, "eV", "Calado2022", "levels -3.8 and -6.2 eV"),
    effective_dos_conduction=Datum(1e25, "m^-3", "Calado2022", valid=ROOM),
    effective_dos_valence=Datum(1e25, "m^-3", "Calado2022", valid=ROOM),
    electron_mobility=Datum(1e-7, "m^2/(V s)", "Calado2022"),
    hole_mobility=Datum(1e-7, "m^2/(V s)", "Calado2022"),
    radiative_coefficient=Datum(6.8e-17, "m^3/s", "Calado2022"),
    donor_density=Datum(2.09e23, "m^-3", "Calado2022", "from its Fermi level, -3.9 eV, at 300 K"),
    absorption=spectra.PCBM,
)

C60 = Material(
    name="C60",
    kind="semiconductor",
    relative_permittivity=Datum(5.0, "1", "Koopmans2022"),
    electron_affinity=Datum(4.0, "eV", "Koopmans2022"),
    band_gap=Datum(1.9, "eV", "Koopmans2022", "levels -4.0 and -5.9 eV"),
    effective_dos_conduction=Datum(5e26, "m^-3", "Koopmans2022", valid=ROOM),
    effective_dos_valence=Datum(5e26, "m^-3", "Koopmans2022", valid=ROOM),
    electron_mobility=Datum(1e-6, "m^2/(V s)", "Koopmans2022"),
    hole_mobility=Datum(1e-9, "m^2/(V s)", "Koopmans2022"),
    absorption=spectra.C60,
)

PTAA = Material(
    name="PTAA",
    kind="semiconductor",
    relative_permittivity=Datum(3.0, "1", "Koopmans2022"),
    electron_affinity=Datum(2.25, "eV", "Koopmans2022"),
    band_gap=Datum(3.15, "eV", "Koopmans2022", "levels -2.25 and -5.4 eV"),
    effective_dos_conduction=Datum(1e26, "m^-3", "Koopmans2022", valid=ROOM),
    effective_dos_valence=Datum(1e26, "m^-3", "Koopmans2022", valid=ROOM),
    electron_mobility=Datum(1e-9, "m^2/(V s)", "assumed", "as the slow carrier of C60; " + _MINORITY),
    hole_mobility=Datum(1e-7, "m^2/(V s)", "Koopmans2022"),
    absorption=spectra.PTAA,
)

SNO2 = Material(
    name="SnO2",
    kind="semiconductor",
    relative_permittivity=Datum(9.0, "1", "AdvMaterSciEng2023", "SCAPS set"),
    electron_affinity=Datum(4.0, "eV", "AdvMaterSciEng2023", "SCAPS set"),
    band_gap=Datum(3.6, "eV", "AdvMaterSciEng2023", "SCAPS set"),
    effective_dos_conduction=Datum(2.2e24, "m^-3", "AdvMaterSciEng2023", "SCAPS set", valid=ROOM),
    effective_dos_valence=Datum(1.8e25, "m^-3", "AdvMaterSciEng2023", "SCAPS set", valid=ROOM),
    electron_mobility=Datum(1e-2, "m^2/(V s)", "AdvMaterSciEng2023", "SCAPS set"),
    hole_mobility=Datum(2.5e-3, "m^2/(V s)", "AdvMaterSciEng2023", "SCAPS set"),
    donor_density=Datum(5e20, "m^-3", "AdvMaterSciEng2023", "SCAPS set"),
)

NIOX = Material(
    name="NiOx",
    kind="semiconductor",
    relative_permittivity=Datum(11.0, "1", "Irwin2008", f"10.7 to 11.9 in use; {_UNCHECKED}"),
    electron_affinity=Datum(1.6, "eV", "Irwin2008", f"1.5 to 1.8 in use; {_UNCHECKED}"),
    band_gap=Datum(3.7, "eV", "Irwin2008", f"3.6 to 3.8 in use; {_UNCHECKED}"),
    effective_dos_conduction=Datum(
        2.2e24, "m^-3", "assumed", "no value read; that of the SnO2 set", valid=ROOM
    ),
    effective_dos_valence=Datum(1.8e25, "m^-3", "assumed", "no value read; that of the SnO2 set", valid=ROOM),
    electron_mobility=Datum(1e-5, "m^2/(V s)", "assumed", "that of the holes; " + _MINORITY),
    hole_mobility=Datum(1e-5, "m^2/(V s)", "Irwin2008", f"1e-7 to 3e-4 in use; {_UNCHECKED}"),
    acceptor_density=Datum(1e24, "m^-3", "Irwin2008", f"1e23 to 1e24 in use; {_UNCHECKED}"),
)
