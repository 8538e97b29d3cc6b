"""Halide perovskites: data only.

MAPBI3 is one consistent set: levels, densities of states, mobilities and lifetimes of the IonMonger default
film (Courtier 2019); only the radiative coefficient, zero there, is that of the same cell in
ChargeTransport. Its vacancies are the pair (density, diffusivity) of the same source. The pairs below are
alternatives, taken whole:

>>> from fem.materials import MAPBI3, perovskites
>>> film = MAPBI3.with_ion("iodide_vacancy", perovskites.VACANCY_FUTSCHER)

Published densities differ by 1e4 and diffusivities by as much the other way; their product, the ionic
conductivity, agrees within a factor of 35. Never take the density of one source and the diffusivity of
another.

Decomposition temperatures are those at which mass is lost in vacuum or in an inert gas, by experiments of minutes to
hours; of MAPbBr3 none was found, and CsPbBr3 and CsPbI3 melt.
"""

from __future__ import annotations

from fem.materials import spectra
from fem.materials.datum import ROOM, Arrhenius, Datum
from fem.materials.material import Material
from fem.materials.mobile_ion import MobileIon
from fem.materials.temperature_laws import Varshni

_UNCHECKED = "standard value, not re-checked"
_STATES = "at 298 K, taken for that of 300 K; with T^1.5 as of parabolic bands"
_PHASES = (160.0, 400.0)  # [K]: tetragonal and cubic MAPbI3, whose bands are alike
_DOS = "no value read; that of MAPbI3 (Courtier 2019), as the band masses of lead halides are alike"

#: Three halide sites in a pseudo-cubic cell, from the lattice constant.
IODIDE_SITES_MAPBI3 = Datum(
    1.21e28,
    "m^-3",
    "Calado2022",
    "3 sites per pseudo-cubic cell of 0.628 nm; the same value is a_max of Driftfusion",
)

VACANCY_IONMONGER = MobileIon(
    mean_density=Datum(1.6e25, "m^-3", "Courtier2019", "simulation"),
    diffusivity=Datum(Arrhenius(6.5e-8, 0.58), "m^2/s", "Courtier2019", "1.17e-17 m^2/s at 300 K"),
    site_density=IODIDE_SITES_MAPBI3,
)
VACANCY_DRIFTFUSION = MobileIon(
    mean_density=Datum(1e24, "m^-3", "Calado2022", "simulation, one mobile species"),
    mobility=Datum(1e-14, "m^2/(V s)", "Calado2022", "2.6e-16 m^2/s at 300 K"),
    site_density=IODIDE_SITES_MAPBI3,
)
VACANCY_FUTSCHER = MobileIon(
    mean_density=Datum(1.1e21, "m^-3", "Futscher2019", f"transient ion drift; {_UNCHECKED}"),
    diffusivity=Datum(
        Arrhenius(2.24e-8, 0.29),
        "m^2/s",
        "Futscher2019",
        f"3e-13 m^2/s at 300 K ({_UNCHECKED}), 0.29 eV measured",
    ),
    site_density=IODIDE_SITES_MAPBI3,
)
VACANCY_TRIPLE_CATION = MobileIon(
    mean_density=Datum(6e22, "m^-3", "Abdel2021", "simulation, triple-cation film of the C60/PTAA cell"),
    diffusivity=Datum(5e-14, "m^2/s", "Abdel2021", "simulation, triple-cation film of the C60/PTAA cell"),
    site_density=IODIDE_SITES_MAPBI3,
)
METHYLAMMONIUM_FUTSCHER = MobileIon(
    mean_density=Datum(1.3e22, "m^-3", "Futscher2019", f"transient ion drift; {_UNCHECKED}"),
    diffusivity=Datum(3.6e-16, "m^2/s", "Futscher2019", f"at 300 K; {_UNCHECKED}"),
    site_density=Datum(4.04e27, "m^-3", "assumed", "1 site per pseudo-cubic cell of 0.628 nm"),
)
SILVER_IN_MAPBI3 = MobileIon(
    mean_density=Datum(
        1e20, "m^-3", "assumed", "almost none until the electrode dissolves; no solubility read"
    ),
    diffusivity=Datum(
        Arrhenius(3.3e-8, 0.27),
        "m^2/s",
        "Ming2018",
        "0.27 eV, calculated (table 2 of Yantara 2026); no measured D read: prefactor by hopping over 0.444 nm at "
        "1e12 1/s",
    ),
    site_density=Datum(4.04e27, "m^-3", "assumed", "1 interstitial per pseudo-cubic cell of 0.628 nm"),
)

VACANCY_CS2TIBR6 = MobileIon(
    mean_density=Datum(1.6e25, "m^-3", "assumed", "no value read; that of MAPbI3 (Courtier 2019)"),
    diffusivity=Datum(
        Arrhenius(3.3e-8, 0.80),
        "m^2/s",
        "assumed",
        "no value read. Printed for kin (Yantara 2026): V_Br of Cs2SnBr6 1.55 eV between octahedra and above 0.77 eV "
        "within one (no way through), calculated; Cs2SnI6 0.91 eV, measured. With 1.55 eV D is 4e12 times lower at "
        "300 K: nothing moves; 0.80 eV is for ordered vacancies, said to ease diffusion (no number): r^2/D is 2e4 s "
        "for 5 nm; prefactor by hopping over 0.444 nm at 1e12 1/s",
    ),
    site_density=Datum(
        1.96e28, "m^-3", "assumed", "24 bromides per cubic cell of 1.07 nm; lattice constant not read"
    ),
)

MAPBI3 = Material(
    name="MAPbI3",
    kind="semiconductor",
    relative_permittivity=Datum(
        24.1, "1", "Courtier2019", "lattice, without slow ions: right where ions are explicit"
    ),
    electron_affinity=Datum(3.7, "eV", "Courtier2019"),
    band_gap=Datum(
        Varshni(1.7, -3.9e-4),
        "eV",
        "Courtier2019",
        "levels -3.7 and -5.4 eV; the optical gap is 1.57 eV, and it grows by 30 to 40 meV, measured, from 290 to "
        "380 K "
        "(Saidi 2016)",
        valid=(290.0, 380.0),
    ),
    effective_dos_conduction=Datum(8.1e24, "m^-3", "Courtier2019", _STATES, valid=_PHASES),
    effective_dos_valence=Datum(5.8e24, "m^-3", "Courtier2019", _STATES, valid=_PHASES),
    electron_mobility=Datum(6.62e-3, "m^2/(V s)", "Courtier2019", "from D = 1.7e-4 m^2/s at 298 K"),
    hole_mobility=Datum(6.62e-3, "m^2/(V s)", "Courtier2019", "from D = 1.7e-4 m^2/s at 298 K"),
    electron_lifetime=Datum(3e-9, "s", "Courtier2019"),
    hole_lifetime=Datum(3e-7, "s", "Courtier2019"),
    radiative_coefficient=Datum(3.6e-18, "m^3/s", "Abdel2021", "same cell; zero in Courtier 2019"),
    thermal_conductivity=Datum(0.4, "W/(m K)", "Liu2019", "middle of 0.31 to 0.59 for evaporated films"),
    volumetric_heat_capacity=Datum(
        1.22e6, "J/(m^3 K)", "OnodaYamamuro1990", f"182 J/(mol K) at 4160 kg/m^3, 300 K; {_UNCHECKED}"
    ),
    decomposition_temperature=Datum(
        413.0,
        "K",
        "Latini2017",
        "lowest at which HI and CH3NH2 effuse into vacuum (140 to 240 degC); slow below",
    ),
    absorption=spectra.MAPBI3,
    ions={"iodide_vacancy": VACANCY_IONMONGER},
)

MAPBBR3 = Material(
    name="MAPbBr3",
    kind="semiconductor",
    relative_permittivity=Datum(30.0, "1", "Svirskas2020", "microwave limit"),
    electron_affinity=Datum(3.4, "eV", "Ryu2014", _UNCHECKED),
    band_gap=Datum(2.3, "eV", "Ryu2014", _UNCHECKED),
    effective_dos_conduction=Datum(8.1e24, "m^-3", "assumed", _DOS, valid=ROOM),
    effective_dos_valence=Datum(5.8e24, "m^-3", "assumed", _DOS, valid=ROOM),
    electron_mobility=Datum(2e-3, "m^2/(V s)", "Shi2015", f"low end of crystals; {_UNCHECKED}"),
    hole_mobility=Datum(2e-3, "m^2/(V s)", "Shi2015", f"low end of crystals; {_UNCHECKED}"),
    thermal_conductivity=Datum(0.5, "W/(m K)", "Dahod2020", "bulk"),
    volumetric_heat_capacity=Datum(
        1.45e6, "J/(m^3 K)", "assumed", "molar heat of MAPbI3 at the X-ray density, 3810 kg/m^3"
    ),
)

FAPBI3 = Material(
    name="FAPbI3",
    kind="semiconductor",
    relative_permittivity=Datum(24.0, "1", "assumed", "lattice value of MAPbI3; none read for FAPbI3"),
    electron_affinity=Datum(4.0, "eV", "Koh2014", _UNCHECKED),
    band_gap=Datum(1.5, "eV", "Koh2014", f"levels -4.0 and -5.5 eV, alpha film; {_UNCHECKED}"),
    effective_dos_conduction=Datum(8.1e24, "m^-3", "assumed", _DOS, valid=ROOM),
    effective_dos_valence=Datum(5.8e24, "m^-3", "assumed", _DOS, valid=ROOM),
    electron_mobility=Datum(3.5e-3, "m^2/(V s)", "Zhumekenov2016", f"crystal; {_UNCHECKED}"),
    hole_mobility=Datum(3.5e-3, "m^2/(V s)", "Zhumekenov2016", f"crystal; {_UNCHECKED}"),
    volumetric_heat_capacity=Datum(
        1.18e6, "J/(m^3 K)", "assumed", "molar heat of MAPbI3 at the X-ray density, 4090 kg/m^3"
    ),
    decomposition_temperature=Datum(560.0, "K", "JuarezPerez2019", f"no less than that; {_UNCHECKED}"),
)

CSPBBR3 = Material(
    name="CsPbBr3",
    kind="semiconductor",
    relative_permittivity=Datum(30.0, "1", "Svirskas2020", "microwave limit", valid=(120.0, 450.0)),
    electron_affinity=Datum(3.3, "eV", "Kulbak2015", f"film, uncertain; {_UNCHECKED}"),
    band_gap=Datum(2.25, "eV", "Stoumpos2013", f"crystal; {_UNCHECKED}"),
    effective_dos_conduction=Datum(8.1e24, "m^-3", "assumed", _DOS, valid=ROOM),
    effective_dos_valence=Datum(5.8e24, "m^-3", "assumed", _DOS, valid=ROOM),
    electron_mobility=Datum(1.1e-3, "m^2/(V s)", "Saidaminov2017", f"low end of crystals; {_UNCHECKED}"),
    hole_mobility=Datum(1.1e-3, "m^2/(V s)", "Saidaminov2017", f"low end of crystals; {_UNCHECKED}"),
    thermal_conductivity=Datum(0.42, "W/(m K)", "Lee2017", "crystalline nanowire"),
    volumetric_heat_capacity=Datum(1.02e6, "J/(m^3 K)", "assumed", "Dulong-Petit, 3R per atom, +-10 %"),
    absorption=spectra.CSPBBR3,
)

CSPBI3 = Material(
    name="CsPbI3",
    kind="semiconductor",
    relative_permittivity=Datum(
        24.0,
        "1",
        "assumed",
        "lattice value of MAPbI3; the 6 of the set used here is like a high-frequency value",
    ),
    electron_affinity=Datum(3.95, "eV", "Hossain2022", _UNCHECKED),
    band_gap=Datum(1.694, "eV", "Hossain2022", _UNCHECKED),
    effective_dos_conduction=Datum(1.1e26, "m^-3", "Hossain2022", _UNCHECKED, valid=ROOM),
    effective_dos_valence=Datum(8e25, "m^-3", "Hossain2022", _UNCHECKED, valid=ROOM),
    electron_mobility=Datum(2.5e-3, "m^2/(V s)", "Hossain2022", _UNCHECKED),
    hole_mobility=Datum(2.5e-3, "m^2/(V s)", "Hossain2022", _UNCHECKED),
    acceptor_density=Datum(1e21, "m^-3", "Hossain2022", _UNCHECKED),
    thermal_conductivity=Datum(0.45, "W/(m K)", "Lee2017", "crystalline nanowire"),
    volumetric_heat_capacity=Datum(0.83e6, "J/(m^3 K)", "assumed", "Dulong-Petit, 3R per atom, +-10 %"),
)

CS2AGBIBR6 = Material(
    name="Cs2AgBiBr6",
    kind="semiconductor",
    relative_permittivity=Datum(5.8, "1", "SciRep2025", "SCAPS set"),
    electron_affinity=Datum(3.79, "eV", "SciRep2025", "SCAPS set"),
    band_gap=Datum(2.25, "eV", "SciRep2025", "SCAPS set"),
    effective_dos_conduction=Datum(1.8e24, "m^-3", "SciRep2025", "SCAPS set", valid=ROOM),
    effective_dos_valence=Datum(1e24, "m^-3", "SciRep2025", "SCAPS set", valid=ROOM),
    electron_mobility=Datum(3.7e-5, "m^2/(V s)", "SciRep2025", "SCAPS set; 5e-6 by THz (Wu 2021)"),
    hole_mobility=Datum(3.7e-5, "m^2/(V s)", "SciRep2025", "SCAPS set; 5e-6 by THz (Wu 2021)"),
    radiative_coefficient=Datum(4.5e-17, "m^3/s", "Wu2021", "film, THz"),
    donor_density=Datum(1e21, "m^-3", "SciRep2025", "SCAPS set"),
    acceptor_density=Datum(1e21, "m^-3", "SciRep2025", "SCAPS set"),
    volumetric_heat_capacity=Datum(1.16e6, "J/(m^3 K)", "assumed", "Dulong-Petit, 3R per atom, +-10 %"),
    decomposition_temperature=Datum(703.0, "K", "Slavney2016", _UNCHECKED),
)

#: As an insulator: electron affinity, masses and mobilities of Cs2TiBr6 were not found.
CS2TIBR6 = Material(
    name="Cs2TiBr6",
    kind="insulator",
    relative_permittivity=Datum(10.0, "1", "assumed", "none read; between Cs2AgBiBr6 (5.8) and lead halides"),
    band_gap=Datum(1.8, "eV", "Chen2018", "film"),
    thermal_conductivity=Datum(
        0.4, "W/(m K)", "assumed", "calculated below 1.0 for Cs2BX6 of six other metals (Cao 2026)"
    ),
    volumetric_heat_capacity=Datum(1.22e6, "J/(m^3 K)", "assumed", "Dulong-Petit, 3R per atom, +-10 %"),
    ions={"bromide_vacancy": VACANCY_CS2TIBR6},
)
