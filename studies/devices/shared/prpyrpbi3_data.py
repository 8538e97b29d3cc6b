"""The (PrPyr)PbI3 dot of Vishwanath 2024: what is printed of it, and the data of its materials with their sources."""

from __future__ import annotations

from fem import materials
from fem.materials import Arrhenius, Datum, Material, MobileIon
from fem.units import K, V, eV, nm, um
from studies.devices import mapbi3_filament

ION = "iodide_vacancy"
FILAMENT, RICH = mapbi3_filament.FILAMENT, mapbi3_filament.RICH  #: of a filament, as in MAPbI3
#: Printed film, what the printed fields imply, layers beside it, PMMA (left out) and side of a dot [m].
FILM, FILM_BY_FIELDS, PEDOT, CAP, PMMA, SIDE = 200 * nm, 160 * nm, 50 * nm, 100 * nm, 20 * nm, 100 * um
RADIUS = 150 * nm  #: of the cell around one filament, assumed
TEMPERATURE = 300 * K
COMPLIANCE, LARGEST, READ = 1e-3, 1.5 * V, 0.1 * V  #: of the dot [A], of a sweep, of endurance and retention

NARROW = Datum(
    2.3, "nm", "assumed", "radius of a filament; 5.2 nm with fewer of them: N r^2 is what is known"
)
FILAMENTS = Datum(3000.0, "1", "assumed", "in a dot: calibrated to the low resistance")
BALLAST = Datum(
    20.0, "Ohm", "assumed", "in series with all: ITO of 10 Ohm/square spreads with some 10 Ohm, and leads"
)
END = 3 * nm  #: of the film at PEDOT:PSS, where a gap opens: drawn with the finest cells
FIRST_GAP = 0.55 * nm  #: of the state that the first cycle begins with: about that which a RESET leaves
LEAK = Datum(
    29e6, "Ohm", "assumed", "of the dot, in parallel: 0.1 V over 3.45 nA, for which no voltage is printed"
)
POOR = Datum(
    Arrhenius(1e3, 0.545),
    "S/m",
    "assumed",
    "7e-7 S/m at 300 K: 3.45 nA on 1e4 um^2 and 200 nm, if at 0.1 V and with no voltage over PMMA and PEDOT:PSS; "
    "prefactor of Larentis 2012",
)
PLUG = Datum(
    0.8, "1", "assumed", "share of the sites from which on a filament is rich: a plug holds less than all"
)
FULL = Datum(
    0.92, "1", "assumed", "share of the sites that are full in a formed filament: a gap needs free ones"
)
AVERAGING = Datum(
    0.35,
    "nm",
    "assumed",
    "length over which vacancies conduct together, of 0.35 to 0.5 nm: half a unit cell and more; 0.5 nm makes on/off "
    "some 5 times less",
)
JUMP = Datum(0.20, "nm", "assumed", "of 0.15 to 0.38 nm between sites; 0.31 nm along a chain, projected")
ALONG = Datum(
    0.765, "eV", "assumed", "barrier across the film, calibrated to V_set: a grain boundary or a chain"
)
ACROSS = Datum(
    1.08,
    "eV",
    "assumed",
    "barrier out of a filament, calibrated to 1200 s at 363 K; both printed times alone make 1.01 eV. Printed are "
    "0.18 eV and, calculated, 0.39 eV, with which vacancies would go 7 um and more in these times",
)
PERMITTIVITY = Datum(10.0, "1", "assumed", "of 8 to 12: chains between organic cations; not printed")
MOBILITY = Datum(
    1.35e-4,
    "m^2/(V s)",
    "assumed",
    "of the electrons of a filament, which screen: rich conductivity over their charge; only its product with the "
    "permittivity counts",
)
PREFACTOR = 6.5e-8  #: of the diffusivity [m^2/s], of MAPbI3
VACANCIES = MobileIon(
    mean_density=Datum(1.6e25, "m^-3", "Courtier2019", "of MAPbI3, with the prefactor of the diffusivity"),
    diffusivity=Datum(
        Arrhenius(PREFACTOR, ALONG.si() / eV),
        "m^2/s",
        "Courtier2019",
        "prefactor, of MAPbI3; the barrier is assumed: none for a filament is printed",
    ),
    site_density=FILAMENT,
)
PRPYRPBI3 = Material(
    name="(PrPyr)PbI3",
    kind="insulator",
    relative_permittivity=PERMITTIVITY,
    thermal_conductivity=Datum(
        0.2, "W/(m K)", "assumed", "of 0.1 to 0.2: chains and organic cations; not printed"
    ),
    volumetric_heat_capacity=Datum(1.3e6, "J/(m^3 K)", "assumed", "as hybrid lead halides"),
    ions={ION: VACANCIES},
)
ELECTRODE = materials.PEDOT_PSS.with_(
    electrical_conductivity=Datum(
        1e3, "S/m", "assumed", "a grade for electrodes: 0.02 to 0.2 S/m would add 1e8 Ohm to each filament"
    )
)
MATERIALS = {"PEDOT": ELECTRODE, "end": PRPYRPBI3, "film": PRPYRPBI3, "Ag": materials.SILVER}

#: As printed. Dots on PET unless "rigid" (on glass), voltages the means of 100 devices; in order: figures 2D-H, S3 and
#: fields in the text, S6 (RESET has the sign of the loop), S10 and 4B, S9, 5F, 1E, S11, 5B-C, 3, 6B.
PRINTED = {
    "film_thickness": (200e-9, "m"),
    "HRS_current": (3.45e-9, "A"),
    "LRS_current": (0.37e-3, "A"),
    "LRS": (383.0, "Ohm"),
    "V_set": (0.96, "V"),
    "V_reset": (-1.21, "V"),
    "on_off_ratio": (1e5, "1"),
    "cycles": (2e3, "1"),
    "retention": (1e5, "s"),
    "HRS_current_rigid": (2.83e-9, "A"),
    "LRS_current_rigid": (0.8e-3, "A"),
    "V_set_rigid": (0.9, "V"),
    "V_reset_rigid": (-1.0, "V"),
    "on_off_ratio_rigid": (1e5, "1"),  # more than
    "retention_rigid": (1e4, "s"),
    "field_set_rigid": (5.6e6, "V/m"),
    "field_reset_rigid": (-6.25e6, "V/m"),
    "set_pulse": (1.25, "V"),
    "set_pulse_width": (100e-9, "s"),
    "reset_pulse": (-2.5, "V"),
    "reset_pulse_width": (130e-9, "s"),
    "write_energy": (0.014, "J/m^2"),
    "retention_363K": (1200.0, "s"),  # of the low resistance, read at 0.1 V
    "retention_400K": (60.0, "s"),
    "retention_barrier": (0.18, "eV"),
    "NEB_barrier": (0.39, "eV"),
    "capacitance": (0.5e-9, "F"),
    "HRS_slope_low": (1.0, "1"),
    "HRS_slope_high": (2.0, "1"),
    "HRS_current_series": (3.6e-9, "A"),
    "on_off_ratio_series": (1e6, "1"),
    "HRS_current_BnzPyr": (640e-9, "A"),
    "on_off_ratio_BnzPyr": (1e3, "1"),
    "HRS_current_MAPbI3": (5.7e-6, "A"),
    "on_off_ratio_MAPbI3": (1e2, "1"),
    "on_off_ratio_Au": (1e5, "1"),  # more than
    "potentiation_analog_from": (1.0, "V"),
    "potentiation_analog_to": (1.2, "V"),
    "depression_analog_from": (-0.4, "V"),
    "depression_analog_to": (-1.5, "V"),
    "crossbar_on_off_ratio_from": (1e4, "1"),
    "crossbar_on_off_ratio_to": (1e6, "1"),
    "crossbar_yield": (0.9, "1"),  # on/off of more than 1e3, 55 devices
    "crossbar_write": (1.5, "V"),
    "crossbar_read": (0.05, "V"),
    "network_accuracy": (0.798, "1"),
}
WRITE_CURRENT = 1.1e-3  #: [A], in the printed product of the write energy
#: Protocols as printed: endurance [V, s]; trains [V] of so many equal pulses; steps between amplitudes are not printed.
ENDURANCE_SET, ENDURANCE_RESET, PULSES = (1.2, 10e-3), (-1.5, 10e-3), 300
POTENTIATION, DEPRESSION = (0.5, 1.2), (-0.4, -1.7)
