"""ITO | PMMA | CsPbBr3 quantum dots | PMMA | Ag: light that makes the dots conduct lowers the voltages of switching.

Published (Y. Wang, Z. Lv, Q. Liao et al., Adv. Mater. 30, 1800327, 2018, as in Huang 2023): set and reset at +2.3 and
-2.7 V in the dark, +1.1 and -1.7 V with light, that fall further with its intensity; on/off 1e5, kept for 4e5 s, by
filaments of silver and of bromide vacancies. Yantara 2026 prints +2.6/-2.8 V and 1e5 s for it. Sizes, wavelength,
irradiance, sweeps and the electrode that was driven are not given.

Simulated is the cell before it switches, a line: two closed films of PMMA, which leak, and the dots between them.
Silver has to pass the upper PMMA both ways, so that what drops across that is taken to decide: at one field into
the film, to set, at its opposite back, to reset. In the dark the dots bear half of the voltage, as a dielectric; under
light pairs part in them until little drops across the film, and PMMA bears the rest. No filament is there at a reset:
one that shorts the dots would leave light nothing to lower.

Calibrated is one number, the field, by the dark V_set. Predicted from it are V_set under light, 1.37 V, and V_reset
in the dark and under light, -3.18 and -2.25 V: light takes 0.93 V off both, where 1.2 and 1.0 V are published. That
|V_reset| is larger than V_set comes of the work functions of ITO and silver, but by too much. What light takes off is
what the dots bear in the dark less what they bear in light: the former goes with the thicknesses, which are assumed.
Through PMMA of 3 nm holes and electrons tunnel, and the field is there with light alone, at 0 V.

Vacancies that light lets move screen the film as pairs do (``device(vacancies=DARK, pairs=False)``, with 0.74 eV that
light lowers to 0.41 eV in another device: Yantara 2026), so that voltages do not tell one from the other. With the
0.35 eV calculated for CsPbBr3 they screen it in the dark, too, and light does nothing: so they stay within dots.

Not predicted: the ON current and on/off, retention, how vacancies and silver make one filament.
"""

from __future__ import annotations

import numpy as np

from fem import Device, GateContact, State, StepControl, equilibrium, materials
from fem.materials import Arrhenius, Datum, MobileIon
from fem.outputs.lines import profile
from fem.physics import (
    BarrierTunnelling,
    Carriers,
    Illumination,
    Interlayer,
    InterlayerLeakage,
    MobileIons,
    Poisson,
    Term,
)
from fem.units import V, eV, nm
from geometries import Layer, VerticalStack
from studies import Protocol, Rest, Sweep, When, apply
from studies.devices import PublishedDevice, Reported
from studies.devices.cspbbr3_floating_gate import CRYSTAL_LAYER

FILM, POLYMER = 100 * nm, 20 * nm
WAVELENGTH, IRRADIANCE = 365 * nm, 1.53  #: [m], [W/m^2]
RATE, HIGHEST = 1.0, 6.0 * V  #: of the sweep [V/s]
SOAK, EDGE = 1.0, 1e-2  #: light before a sweep, and what it takes to come [s]
DARK, LIT, WITHIN = 0.74, 0.41, 0.35  #: barriers of a vacancy [eV]: both of another film, that within CsPbBr3
ION = "bromide_vacancy"
CONTROL = StepControl(tolerance=0.05, max_bias_step=0.1)
LEAK = Datum(1e-13, "S/m", "PolymerHandbook", "an upper bound, of bulk")

ABOUT = PublishedDevice(
    name="CsPbBr3 quantum dots between PMMA",
    stack="ITO | PMMA 20 nm | CsPbBr3 quantum dots 100 nm | PMMA 20 nm | Ag",
    protocol=Sweep(0, 3 * V, -4 * V, 0, rate=RATE),
    read_voltage=0.1 * V,
    reported={
        "V_set": Reported(value=2.3, unit="V", source="WangY2018"),
        "V_reset": Reported(value=-2.7, unit="V", source="WangY2018"),
        "V_set, lit": Reported(value=1.1, unit="V", source="WangY2018"),
        "V_reset, lit": Reported(value=-1.7, unit="V", source="WangY2018"),
        "on/off": Reported(value=1e5, unit="1", source="WangY2018"),
        "retention": Reported(value=4e5, unit="s", source="WangY2018"),
    },
    assumed={
        "PMMA": "20 nm each, as of other cells that are spun: not given; closed; 3.6, its permittivity at 50 Hz",
        "film": "100 nm: not given; crystals and ligands half and half, permittivity 9, as in another cell",
        "driven": "silver: not given; a filament of silver sets at positive voltages there",
        "threshold": "one field, into the film and back: silver hops in PMMA alike both ways",
        "reset": "from a film without a filament: what is left of one is not known",
        "light": "365 nm, 1.53 W/m^2 through ITO: as other cells of the group; a second of it before a sweep",
        "sweep": "1 V/s from rest: no rate is given",
        "vacancies": "at rest, unless asked for: with 0.35 eV light would do little",
    },
    calibrated={
        "field": "3.4e7 V/m in the upper PMMA: what it has at V_set, 2.3 V, in the dark",
    },
    not_compared={
        "on/off": "the ON state is that of a filament, which is not simulated",
        "retention": "the same",
    },
)


def vacancy(barrier: float) -> MobileIon:
    """Return vacancies between dots that hop over a ``barrier`` [eV]."""
    return MobileIon(
        mean_density=Datum(1.6e25, "m^-3", "assumed", "no value read; that of MAPbI3 (Courtier 2019)"),
        diffusivity=Datum(
            Arrhenius(3.3e-8, barrier),
            "m^2/s",
            "assumed",
            "0.74 eV of another film (Yantara 2026), or 0.35 eV within CsPbBr3; prefactor by hopping",
        ),
        site_density=Datum(
            7.4e27, "m^-3", "assumed", "3 sites per pseudo-cubic cell of 0.587 nm in half of the layer"
        ),
    )


def device(
    *,
    film: float = FILM,
    polymer: float = POLYMER,
    pairs: bool = True,
    vacancies: float | None = None,
    fine: float = 1.0,
) -> Device:
    """Return the cell of so thick a ``film`` and two layers of ``polymer`` [m]; "bottom" is ITO, "top" Ag.

    ``pairs``: whether light makes them. ``vacancies``: their barrier in the dark [eV], which light lowers to 0.41 eV,
    or leaves where it is lower; None for vacancies at rest. ``fine``: cells, of the usual size. Currents in A/m^2.
    """
    dots = CRYSTAL_LAYER if vacancies is None else CRYSTAL_LAYER.with_ion(ION, vacancy(vacancies))
    insulator = materials.PMMA.with_(electrical_conductivity=LEAK)
    ways = (BarrierTunnelling(), InterlayerLeakage()) if polymer < POLYMER else (InterlayerLeakage(),)
    physics: list[Term] = [
        Poisson(),
        Carriers(),
        Interlayer(contact="bottom", across="lower", into="dots", crossings=ways),
        Interlayer(contact="top", across="upper", into="dots", crossings=ways),
    ]
    physics += [Illumination(WAVELENGTH, IRRADIANCE, side="bottom")] if pairs else []
    if vacancies is not None:
        physics.append(MobileIons(ION, light_barrier=min(LIT, vacancies) * eV))
    return Device(
        mesh=VerticalStack(Layer("lower", polymer), Layer("dots", film), Layer("upper", polymer)).mesh(
            size=fine * 5 * nm, interface_size=fine * 0.5 * nm, growth=1.4
        ),
        materials={"lower": insulator, "dots": dots, "upper": insulator},
        physics=physics,
        contacts={
            "bottom": GateContact(work_function=materials.ITO.si("work_function")),
            "top": GateContact(work_function=materials.SILVER.si("work_function")),
        },
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest, in the dark."""
    return equilibrium(cell)


def soaked(cell: Device, light: float) -> State:
    """Return the cell at 0 V after a second of ``light``, a factor of the irradiance."""
    if not light:
        return start(cell)
    shine = Protocol.from_points([0.0, EDGE, SOAK], [0.0, light, light])
    return apply(start(cell), {"top": Rest(SOAK, 0.0)}, light=shine, control=CONTROL).state


def field(state: State) -> float:
    """Return the field in the upper PMMA [V/m], positive from silver into the film."""
    along = profile(state)
    place, potential = along["position"].values, along["potential"].values
    upper = along["region"].values == "upper"
    low, high = np.argmin(place[upper]), np.argmax(place[upper])
    rise = potential[upper][high] - potential[upper][low]
    return float(rise / (place[upper][high] - place[upper][low]))


def switching(cell: Device, level: float, light: float = 0.0) -> float:
    """Return the voltage on silver [V] at which the field in the upper PMMA comes to a ``level`` [V/m].

    The sweep has the level's sign; nan if the field does not come within 6 V.
    """
    sign = float(np.sign(level))
    run = apply(
        soaked(cell, light),
        {"top": Sweep(0, sign * HIGHEST, rate=RATE)},
        light=light,
        stop=When(lambda state: sign * field(state) / abs(level) - 1.0, "the field that silver takes"),
        control=CONTROL,
    )
    return sign * RATE * run.crossing_time if run.stopped else float("nan")


def threshold(cell: Device) -> float:
    """Return the field in the upper PMMA [V/m] at the published V_set in the dark: the number that is calibrated."""
    sweep = Sweep(0, ABOUT.reported["V_set"].value, rate=RATE)
    return field(apply(start(cell), {"top": sweep}, control=CONTROL).state)
