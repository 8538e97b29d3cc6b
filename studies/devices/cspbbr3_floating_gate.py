"""CsPbBr3 nanocrystals as the floating gate of a pentacene transistor: light charges it, a voltage empties it.

Published (Y. Wang et al., Adv. Mater. 30, 1802883, 2018, as in Li 2024, Sun 2026 and Huang 2023): Si/SiO2/CsPbBr3/
PMMA/pentacene/Au; ultraviolet light writes, -50 V on the gate erases, 3000 s of retention (1e7 s in Huang 2023), pairs
of pulses 130 %, a range of 1.86e5 in 20 states, 1000 cycles. No shift of a threshold is printed for it. That of 6.71 V
(120 s at 365 nm and 35 W/m^2) belongs to a sister device, MAPbBr3 particles in polystyrene under pentacene (Chen et
al., Adv. Mater. 29, 1702217, 2017). At 630 nm no threshold is printed but a surface potential, after 120 s that in the
dark; the 70 % after 3 h are of a surface potential, too, which a tip had injected (Yantara 2026).

The gate is a semiconductor, not a metal: light has to make pairs in it. Holes leave the crystals, downhill by 0.7 eV
to pentacene, across a barrier layer that carries few of them; electrons stay, behind 2.3 eV, most of them on traps.
The barrier layer is PMMA with states that holes hop over half-way between both valence bands.

Calibrated: the mobility of holes in the barrier layer, to the 6.71 V of the sister device. Not predicted: thresholds
themselves (only shifts), the number of traps and what they capture (assumed). Missed: -50 V does not erase. Holes on
their way back have to climb the 0.7 eV that they fell when light wrote, and a mobility that does not follow the field
gives them no more than their drift for it; the erase that is published must be helped by the field. (The factor of
Poole and Frenkel for PMMA, 1.97e-3 (m/V)^0.5, is no way out: with it the writing runs away by its own field.)
"""

from __future__ import annotations

import numpy as np

from fem import Device, GateContact, NewtonOptions, OhmicContact, State, StepControl, equilibrium, materials
from fem.materials import Datum, Material, Spectrum
from fem.physics import Carriers, Illumination, Poisson, Traps
from fem.units import V, eV, nm, um
from geometries import Layer, Transistor
from studies import Protocol, Rest, Trace, apply, iv_sweep
from studies.devices import PublishedDevice, Reported

OXIDE, CRYSTALS, BARRIER, PENTACENE = 300 * nm, 20 * nm, 8 * nm, 50 * nm
LENGTH, WIDTH, OVERLAP = 50 * um, 1000 * um, 20 * um
ULTRAVIOLET, IRRADIANCE, EXPOSURE = 365 * nm, 35.0, 120.0  #: of the sister device [m], [W/m^2], [s]
WEAK = 1.53  #: of the CsPbBr3 device [W/m^2]
READ_DRAIN, READ_CURRENT, READ_RATE = -1.0 * V, 1e-8, 20.0  #: [V], [A], [V/s]
#: Calibrated: holes in the barrier layer [m^2/(V s)].
HOPPING = 1.54e-15
TRAPS, CAPTURE, DEPTH = 5e23, 1e-16, 0.8  #: assumed [1/m^3], [m^3/s], [eV]
GOLD = 5.1 * eV
HIGH, LOW = 14.0, -6.0  #: gate voltages between which a threshold is read [V]
#: Under ohmic contacts levels are all but empty, and their updates round-off.
OPTIONS = NewtonOptions(tolerance=1e-5, floor=1e-10)
CONTROL = StepControl(tolerance=1e-2, max_light_step=0.5, start_fraction=0.1, max_bias_step=1.0)

_DOS = "no value read; that of MAPbI3, as the band masses are alike"


CRYSTAL_LAYER = Material(
    name="CsPbBr3 nanocrystals",
    kind="semiconductor",
    relative_permittivity=Datum(9.0, "1", "assumed", "crystals and ligands, half and half"),
    electron_affinity=Datum(3.3, "eV", "Kulbak2015", "film; standard value, not re-checked"),
    band_gap=Datum(2.4, "eV", "Huang2023", "2.37 to 2.5 eV for 8.5 to 4.1 nm"),
    effective_dos_conduction=Datum(8.1e24, "m^-3", "assumed", _DOS),
    effective_dos_valence=Datum(5.8e24, "m^-3", "assumed", _DOS),
    electron_mobility=Datum(2.3e-6, "m^2/(V s)", "assumed", "that of holes"),
    hole_mobility=Datum(2.3e-6, "m^2/(V s)", "Huang2023", "transistor of such crystals"),
    radiative_coefficient=Datum(1e-16, "m^3/s", "assumed", "as lead halides, upper end"),
    absorption=Spectrum(
        (365e-9, 450e-9, 500e-9, 530e-9, 800e-9),
        (5e6, 5e6, 2e6, 0.0, 0.0),
        source="assumed",
        note="half of 1e7, as crystals are half of the layer; none below the gap of 2.4 eV",
    ),
)


ABOUT = PublishedDevice(
    name="CsPbBr3 nanocrystals as a floating gate under pentacene",
    stack="Si gate | SiO2 300 nm | CsPbBr3 20 nm | barrier 8 nm | pentacene 50 nm | Au, 50 um apart, 1 mm wide",
    protocol=Rest(EXPOSURE, 0.0),
    read_voltage=READ_DRAIN,
    reported={
        "shift of the sister": Reported(value=6.71, unit="V", source="ChenJY2017"),
        "retention": Reported(value=3e3, unit="s", source="Sun2026"),
        "paired_pulse_ratio": Reported(value=1.3, unit="1", source="Sun2026"),
        "dynamic_range": Reported(value=1.86e5, unit="1", source="Sun2026"),
        "states": Reported(value=20, unit="1", source="Sun2026"),
        "cycles": Reported(value=1e3, unit="1", source="Sun2026"),
    },
    assumed={
        "sizes": "none is given; 300 nm is the common oxide, two layers of crystals",
        "bias in light": "all contacts at 0 V: none is given",
        "threshold": "at 10 nA and -1 V, in a sweep down at 20 V/s, a linear channel; transfer curves of the sister "
        "have -60 V on the drain, its currents in time -5 V (Li 2024, figure 5)",
        "traps": "one for electrons in each second crystal of 10 nm, capture 1e-16 m^3/s as 1 us at 1e22 m^-3",
        "barrier layer": "8 nm, states for holes half-way between both neighbours",
        "light": "all that falls on it enters; the gold does not shade what is under it",
        "erase": "-50 V: its duration is not given",
    },
    calibrated={"hopping": "1.54e-15 m^2/(V s) in the barrier layer: 6.71 V of the MAPbBr3 sister in 120 s"},
    not_compared={
        "retention": "the time of an experiment: the part of the shift that is left after it is simulated",
        "paired_pulse_ratio": "neither width nor interval of the pulses is given",
        "dynamic_range": "no exposure and no gate voltage is given at which it was read",
        "states": "their pulses are not given",
        "cycles": "nothing wears out here",
    },
)


def barrier(hopping: float = HOPPING) -> Material:
    """Return PMMA with states over which holes hop, of this mobility [m^2/(V s)]."""
    return Material(
        name="PMMA with hopping holes",
        kind="semiconductor",
        relative_permittivity=Datum(3.6, "1", "PolymerHandbook", "50 Hz; standard value, not re-checked"),
        electron_affinity=Datum(1.0, "eV", "assumed", "as SiO2: electrons do not enter"),
        band_gap=Datum(
            4.35, "eV", "assumed", "states for holes half-way between both neighbours, at 5.35 eV"
        ),
        effective_dos_conduction=Datum(1e24, "m^-3", "assumed", "no electrons come there"),
        effective_dos_valence=Datum(1e24, "m^-3", "assumed", "one state in 10 nm cubed"),
        electron_mobility=Datum(1e-16, "m^2/(V s)", "assumed", "no electrons come there"),
        hole_mobility=Datum(hopping, "m^2/(V s)", "assumed", "calibrated"),
        absorption=Spectrum((300e-9, 800e-9), (0.0, 0.0), source="assumed", note="gap of 5.6 eV"),
    )


_UNCHECKED = "standard value, not re-checked"
PENTACENE_FILM = Material(
    name="pentacene",
    kind="semiconductor",
    relative_permittivity=Datum(3.6, "1", "ScheinertPaasch2004", _UNCHECKED),
    electron_affinity=Datum(2.8, "eV", "ScheinertPaasch2004", _UNCHECKED),
    band_gap=Datum(2.2, "eV", "ScheinertPaasch2004", _UNCHECKED),
    effective_dos_conduction=Datum(2e27, "m^-3", "ScheinertPaasch2004", f"one per molecule; {_UNCHECKED}"),
    effective_dos_valence=Datum(2e27, "m^-3", "ScheinertPaasch2004", f"one per molecule; {_UNCHECKED}"),
    electron_mobility=Datum(1e-7, "m^2/(V s)", "assumed", "electrons are trapped at once in air"),
    hole_mobility=Datum(5e-5, "m^2/(V s)", "ScheinertPaasch2004", f"1e-5 to 1e-4; {_UNCHECKED}"),
    radiative_coefficient=Datum(1e-16, "m^3/s", "assumed", "pairs recombine where they are made"),
    absorption=Spectrum(
        (365e-9, 450e-9, 530e-9, 630e-9, 670e-9, 720e-9, 800e-9),
        (5e6, 2e6, 3e6, 8e6, 1e7, 0.0, 0.0),
        source="assumed",
        note="no table read: 1e7 at its line at 670 nm",
    ),
)


def device(
    *,
    wavelength: float = ULTRAVIOLET,
    irradiance: float = IRRADIANCE,
    hopping: float = HOPPING,
    fine: float = 1.0,
) -> Device:
    """Return the transistor under light [m], [W/m^2] from above; ``fine``: cells across it, of the usual size.

    ``hopping``: mobility of holes in the barrier layer [m^2/(V s)].
    """
    drawing = Transistor(
        channel=(Layer("crystals", CRYSTALS), Layer("barrier", BARRIER), Layer("pentacene", PENTACENE)),
        dielectric=(Layer("SiO2", OXIDE, interface_size=fine * 75 * nm),),
        channel_length=LENGTH,
        contact_length=OVERLAP,
        gate="bottom",
        contacts="top",
        width=WIDTH,
    ).mesh(
        size=fine * 75 * nm,
        interface_size=fine * 2 * nm,
        lateral_size=10 * um,
        edge_size=2 * um,
        growth=2.5,
    )
    gold = OhmicContact(work_function=GOLD)
    stored = Traps(
        "stored",
        density=TRAPS,
        depth=DEPTH * eV,
        electron_capture=CAPTURE,
        hole_capture=CAPTURE,
        regions=("crystals",),
    )
    return Device(
        mesh=drawing,
        materials={
            "SiO2": materials.SIO2,
            "crystals": CRYSTAL_LAYER,
            "barrier": barrier(hopping),
            "pentacene": PENTACENE_FILM,
        },
        physics=[Poisson(), Carriers(), stored, Illumination(wavelength, irradiance, side="top")],
        contacts={"source": gold, "drain": gold, "gate": GateContact(work_function=GOLD)},
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def held(state: State, duration: float, *, gate: float = 0.0, light: float = 0.0) -> State:
    """Return the state after ``duration`` [s] at a ``gate`` voltage [V] and ``light`` (a factor), then both at 0.

    Both come and go within a thousandth of the duration, 10 ms at most.
    """
    edge = min(1e-3 * duration, 1e-2)
    times = [0.0, edge, edge + duration, 2 * edge + duration]

    def box(height: float) -> Protocol:
        return Protocol.from_points(times, [0.0, height, height, 0.0])

    shine = box(light) if light else 0.0
    return apply(state, {"gate": box(gate)}, light=shine, control=CONTROL, options=OPTIONS).state


def read(state: State) -> Trace:
    """Return the transfer curve of a state in the dark, the gate from 0 V to HIGH and down to LOW at READ_RATE."""
    up, down = HIGH / READ_RATE, (HIGH - LOW) / READ_RATE
    times = [0.0, up, up + down]
    return iv_sweep(
        state.device,
        contact="drain",
        protocol=Protocol.from_points(times, [0.0, READ_DRAIN, READ_DRAIN]),
        bias={"gate": Protocol.from_points(times, [0.0, HIGH, LOW])},
        start=state,
        control=CONTROL,
        options=OPTIONS,
    )


def threshold(state: State) -> float:
    """Return the gate voltage [V] at which the drain carries READ_CURRENT, on the way down; nan if never."""
    trace = read(state)
    down = trace.time >= HIGH / READ_RATE
    volts, size = trace.data["voltage_gate"].values[down], -trace.current[down]
    k = int(np.argmax(size > READ_CURRENT))
    if k == 0 or size[k - 1] <= 0:
        return float("nan")
    return float(np.interp(np.log(READ_CURRENT), np.log(size[k - 1 : k + 1]), volts[k - 1 : k + 1]))
