"""(PEA)2SnI4 phototransistor: pulses of blue light fill shallow and deep electron traps, holes carry what is left.

Published (Y. Sun et al., Adv. Funct. Mater. 29, 1902538, 2019, as in Sun 2026 and Yantara 2026): Si/SiO2/(PEA)2SnI4/Au,
470 nm, 20 ms, 0.116 W/m^2, 2 V on the drain; paired pulses give 129.7 %; the current decays with two times, those of
shallow and of deep traps, which SnF2 makes fewer; both times grow with the length of the pulse and saturate above
10 s. Neither these times nor currents, sizes or the interval of the pair are printed in what was read.

Trapped electrons leave their holes in the film, which is p-type: a photocurrent lasts as long as the electrons stay.
They go to the conduction band, and recombine there or are trapped again; holes are not captured by the levels.

Calibrated: the depth of the shallow level, to the paired pulses with an assumed interval of 1 s. Not predicted: where
the two times saturate, as the deep level's capture coefficient was taken such that it fills within some seconds;
t2 itself, from the assumed depth of the deep level; all currents by more than their order, from assumed sizes. The
decay of the shallow level alone is no exponential, as electrons that leave it are trapped again the more often the
emptier it is: after short pulses, or with few deep levels, both times that are fitted are its own.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fem import Device, GateContact, NewtonOptions, OhmicContact, State, StepControl, materials, steady
from fem.materials import Datum, Material, Spectrum
from fem.physics import Carriers, Illumination, Poisson, Traps
from fem.units import V, eV, nm, um
from geometries import Layer, Transistor
from studies import DecayFit, Protocol, Rest, Trace, decay, iv_sweep
from studies.devices import PublishedDevice, Reported

Array = npt.NDArray[np.float64]

FILM, OXIDE = 50 * nm, 300 * nm
LENGTH, WIDTH = 50 * um, 1000 * um
WAVELENGTH, IRRADIANCE = 470 * nm, 0.116  #: [m], [W/m^2]
PULSE, INTERVAL, EDGE = 20e-3, 1.0, 2e-4  #: of the light [s]; the edge is a part of the pulse
REST = 1e3  #: in the dark after a pulse whose decay is fitted [s]
DRAIN = 2.0 * V
#: Calibrated: the shallow level below the conduction band [eV].
SHALLOW_DEPTH = 0.5133
DEEP_DEPTH = 0.55  #: assumed [eV]: emission in some 200 s
SHALLOW_DENSITY, DEEP_DENSITY = 5e22, 1e22  #: assumed [1/m^3]
SHALLOW_CAPTURE, DEEP_CAPTURE = 1e-16, 1e-18  #: of electrons, assumed [m^3/s]
SNF2 = 0.3  #: part of the deep levels that SnF2 leaves, assumed
GOLD = 5.1 * eV

_DOS = "no value read; that of MAPbI3, as the band masses are alike"
PEA2SNI4 = Material(
    name="(PEA)2SnI4",
    kind="semiconductor",
    relative_permittivity=Datum(
        4.2, "1", "assumed", "across the layers: wells 6.1 and barriers 3.3 in series"
    ),
    electron_affinity=Datum(3.0, "eV", "assumed", "valence band 5.2 less the gap"),
    band_gap=Datum(2.2, "eV", "assumed", "exciton at 2.03 eV and 0.15 to 0.25 eV of binding"),
    effective_dos_conduction=Datum(8.1e24, "m^-3", "assumed", _DOS),
    effective_dos_valence=Datum(5.8e24, "m^-3", "assumed", _DOS),
    electron_mobility=Datum(7.6e-5, "m^2/(V s)", "assumed", "that of holes; electrons are trapped at once"),
    hole_mobility=Datum(7.6e-5, "m^2/(V s)", "Chao2023", "pristine film, 0.76 cm^2/(V s), as in Li 2024"),
    acceptor_density=Datum(
        1e22, "m^-3", "assumed", "tin vacancies and oxygen: threshold near 0 V on 300 nm oxide"
    ),
    radiative_coefficient=Datum(
        1e-16, "m^3/s", "assumed", "upper end of MAPbI3: bound pairs recombine faster"
    ),
    absorption=Spectrum(
        (405e-9, 470e-9, 610e-9, 640e-9, 800e-9),
        (1e7, 5e6, 5e6, 0.0, 0.0),
        source="assumed",
        note="no table read: 5e6 at the exciton, 610 nm, and in the blue, twice that at 405 nm, none below the exciton",
    ),
)
#: At the contacts levels are all but empty, and their updates round-off.
OPTIONS = NewtonOptions(tolerance=1e-5, floor=1e-10)

ABOUT = PublishedDevice(
    name="(PEA)2SnI4 phototransistor",
    stack="Si gate | SiO2 300 nm | (PEA)2SnI4 50 nm | Au source and drain, 50 um apart, 1 mm wide",
    protocol=Rest(2 * PULSE + INTERVAL, DRAIN),
    read_voltage=DRAIN,
    reported={
        "paired_pulse_ratio": Reported(value=1.297, unit="1", source="Sun2019"),
        "responsivity of a photoconductor": Reported(value=16.0, unit="A/W", source="Qian2018"),
        "responsivity of a phototransistor": Reported(value=1e4, unit="A/W", source="ChenC2017"),
    },
    assumed={
        "sizes": "300 nm of oxide, a film of 50 nm, 50 um by 1 mm: none is given",
        "gate": "at 0 V: it is not given",
        "interval": "1 s between two pulses: it is not given; the depth of the shallow level follows from it",
        "deep level": "0.55 eV, 1e22 m^-3, capture 1e-18 m^3/s: it fills within seconds and empties in minutes",
        "SnF2": "leaves 30 % of the deep levels: they are said to become fewer, not by how much",
        "holes": "are not captured by the levels: electrons have to leave them first",
    },
    calibrated={"shallow level": "0.5133 eV deep: 129.7 % for pairs of pulses 1 s apart"},
)


def device(
    *,
    shallow_depth: float = SHALLOW_DEPTH,
    deep: float = 1.0,
    wavelength: float = WAVELENGTH,
    irradiance: float = IRRADIANCE,
    fine: float = 1.0,
) -> Device:
    """Return the transistor under light [m], [W/m^2] from above.

    ``shallow_depth`` [eV]. ``deep``: the part of the deep levels that there is. ``fine``: cells, of the usual size.
    """
    drawing = Transistor(
        channel=(Layer("film", FILM),),
        dielectric=(Layer("SiO2", OXIDE),),
        channel_length=LENGTH,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
        width=WIDTH,
    ).mesh(
        size=fine * 75 * nm,
        interface_size=fine * 10 * nm,
        lateral_size=fine * 8 * um,
        edge_size=fine * 0.5 * um,
        growth=2.5,
    )
    gold = OhmicContact(work_function=GOLD)
    levels = [
        Traps(name, density=density, depth=depth * eV, electron_capture=capture, hole_capture=0.0)
        for name, density, depth, capture in (
            ("shallow", SHALLOW_DENSITY, shallow_depth, SHALLOW_CAPTURE),
            ("deep", deep * DEEP_DENSITY, DEEP_DEPTH, DEEP_CAPTURE),
        )
    ]
    return Device(
        mesh=drawing,
        materials={"film": PEA2SNI4, "SiO2": materials.SIO2},
        physics=[Poisson(), Carriers(), *levels, Illumination(wavelength, irradiance, side="top")],
        contacts={"source": gold, "drain": gold, "gate": GateContact(work_function=GOLD)},
        temperature=300.0,
    )


def flashes(
    count: int = 1, *, width: float = PULSE, interval: float = INTERVAL, rest: float = 0.0
) -> Protocol:
    """Return the light's factor: ``count`` pulses of ``width`` [s], ``interval`` [s] apart, then ``rest`` [s]."""
    times, values = [0.0], [0.0]
    for k in range(count):
        last = k == count - 1
        dark = (rest if last else interval) or EDGE
        for duration, level in ((EDGE, 1.0), (width - 2 * EDGE, 1.0), (EDGE, 0.0), (dark, 0.0)):
            times.append(times[-1] + duration)
            values.append(level)
    return Protocol.from_points(times, values)


def start(cell: Device, *, gate: float = 0.0) -> State:
    """Return the dark state at the drain voltage, with a ``gate`` voltage [V]."""
    return steady(cell, {"drain": DRAIN, "gate": gate})


def run(cell: Device, light: Protocol, begin: State | None = None, *, gate: float = 0.0) -> Trace:
    """Return the drain current under pulses of ``light`` from the dark."""
    return iv_sweep(
        cell,
        contact="drain",
        protocol=Rest(light.duration, DRAIN),
        bias={"gate": gate},
        light=light,
        start=begin or start(cell, gate=gate),
        control=StepControl(tolerance=5e-3, max_light_step=0.5, resolution=0.01, start_fraction=0.1),
        options=OPTIONS,
    )


def excess(trace: Trace) -> Array:
    """Return the current above that in the dark [A], shape (n,)."""
    return np.asarray(trace.current - trace.current[0], dtype=float)


def paired(cell: Device, interval: float = INTERVAL) -> float:
    """Return the second peak over the first of two pulses, ``interval`` [s] apart."""
    trace = run(cell, flashes(2, interval=interval))
    above, second = excess(trace), trace.time > PULSE + 0.5 * interval
    return float(above[second].max() / above[~second].max())


def faded(trace: Trace, end: float, times: Array) -> Array:
    """Return the excess current [A] at ``times`` [s] after the light's ``end`` [s], shape as ``times``."""
    return np.interp(end + np.asarray(times), trace.time, excess(trace))


def fitted(cell: Device, width: float, *, rest: float = REST) -> tuple[Trace, DecayFit]:
    """Return the trace of one pulse of ``width`` [s] and ``rest`` [s], and the fit of its decay.

    Samples of the decay are at times of equal ratio, 80 from 10 ms on. One constant or two, by their BIC.
    """
    trace = run(cell, flashes(width=width, rest=rest))
    times = np.geomspace(1e-2, 0.999 * rest, 80)
    return trace, decay((times, faded(trace, width, times)))


def kept(cell: Device, count: int, *, interval: float, after: float) -> float:
    """Return what ``count`` pulses leave ``after`` [s], over the peak of the first."""
    light = flashes(count, interval=interval, rest=2 * after)
    trace = run(cell, light)
    first = excess(trace)[trace.time < PULSE + 0.5 * interval].max()
    return float(faded(trace, light.duration - 2 * after, np.array([after]))[0] / first)


def responsivity(current: float, irradiance: float = IRRADIANCE) -> float:
    """Return the photocurrent per power of light on the channel [A/W]; ``current`` [A]."""
    return current / (irradiance * LENGTH * WIDTH)
