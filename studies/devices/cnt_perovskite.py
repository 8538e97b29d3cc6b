"""Carbon nanotubes under a halide perovskite: vacancies that light sets free, and electrons that traps hold.

Two published devices. (a) A crystal of a 2D lead iodide on nanotubes (Li et al., ACS Cent. Sci. 5, 1857, 2019, as in
Yantara 2026): light lowers the barrier of iodide vacancies from 0.74 to 0.41 eV; ions that move change the current of
the tubes, and p-type doping enhances it. No sign, gate stack, light or shift is printed in what was read.
(b) CsPbBr3 dots on nanotubes (Zhu et al., Nat. Commun. 12, 1798, 2021): 405 nm, 0.48 W/m^2, 20 ms; 5.1e7 A/W; 500
pulses of 20 ms, 500 ms apart. 180 % for pairs of pulses (Sun 2026) come without an interval; that of 10 s is of the
curve of pairs in Li 2024 (figure 8).

The sheet of tubes is a film of 3 nm with a gap of 0.7 eV, inside the gap of both perovskites. In (b) electrons on
traps of the dots are a gate: they draw holes into the tubes and push electrons out, so that light raises the current
of p-type tubes and lowers that of n-type ones, and a gate that inverts the tubes turns the sign. In (a) explicit
vacancies take the place of a permittivity that light raises. A crystal that is neutral as a whole, with no electrode
on it, has no field across its thickness: the gate moves vacancies along the tubes only, near the contacts (the change
is as one over the length: 15, 7 and 3 % with 5, 10 and 20 um). A voltage that depletes the tubes raises their
conductance at 0 V afterwards, the other lowers it by some 0.1 %: with the other doping the signs are opposite; none
is printed in what was read. p-type tubes change 17 times as much as n-type ones of the same doping. Light without a
gate voltage changes next to nothing; charges that oxygen leaves at the interface are not in it.

Calibrated: the depth of the dots' trap, to the 180 % of (b). Missed: the responsivity, by several decades, with sizes
that are assumed and one electron counted once. The ratio of times in the dark and in light of (a) is given by both
barriers, and no test.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fem import (
    Device,
    GateContact,
    NewtonOptions,
    OhmicContact,
    State,
    StepControl,
    equilibrium,
    materials,
    steady,
    with_ions,
)
from fem.materials import Arrhenius, Datum, Material, MobileIon, Spectrum
from fem.physics import Carriers, Illumination, MobileIons, Poisson, Traps
from fem.units import V, eV, nm, um
from geometries import Layer, Transistor
from studies import Protocol, Rest, Trace, apply, iv_sweep
from studies.devices import PublishedDevice, Reported
from studies.devices.cspbbr3_floating_gate import CRYSTAL_LAYER
from studies.devices.pea2sni4_phototransistor import flashes

ION = "iodide_vacancy"
SHEET, CRYSTAL, DOTS = 3 * nm, 30 * nm, 30 * nm
SIO2, AL2O3 = 300 * nm, 50 * nm
LENGTH_A, LENGTH_B, WIDTH = 5 * um, 10 * um, 100 * um
DARK, LIGHT = 0.74, 0.41  #: barrier of a vacancy [eV]
DOPING = 1e16 / SHEET  #: 1e16 m^-2 of the sheet, assumed [1/m^3]
GATE, DRAIN = 40.0 * V, 0.1 * V  #: assumed
WAVELENGTH, IRRADIANCE = 405 * nm, 0.48  #: of (b) [m], [W/m^2]
PULSE, INTERVAL, PERIOD = 20e-3, 10.0, 0.52  #: [s]
#: Calibrated: the trap of the dots below the conduction band [eV].
TRAP_DEPTH = 0.645
TRAPS, CAPTURE = 1e23, 1e-16  #: assumed [1/m^3], [m^3/s]
METAL = 4.6 * eV  #: of the gate, the middle of the tubes' gap, assumed
OPTIONS = NewtonOptions(tolerance=1e-5, floor=1e-10)

ABOUT = PublishedDevice(
    name="carbon nanotubes under a perovskite",
    stack="(a) Si | SiO2 300 nm | tubes 3 nm | 2D crystal 30 nm; (b) Si | Al2O3 50 nm | tubes 3 nm | dots 30 nm",
    protocol=Rest(2 * PULSE + INTERVAL, DRAIN),
    read_voltage=DRAIN,
    reported={
        "paired_pulse_ratio": Reported(value=1.8, unit="1", source="Zhu2021"),
        "responsivity": Reported(value=5.1e7, unit="A/W", source="Zhu2021"),
    },
    assumed={
        "sizes": "channels of 5 and 10 um by 100 um, all thicknesses: none is given",
        "doping": "1e16 m^-2 of either sign: oxygen dopes tubes in air",
        "gate": "+-40 V in light for 1 s: the sweep of the gate is not given",
        "vacancies": "1e24 m^-3 in the crystal, hopping over 0.444 nm at 1e12 1/s",
        "traps": "1e23 m^-3 in the dots, capture 1e-16 m^3/s",
        "drain": "0.1 V",
        "interval": "10 s between two pulses: the 180 % (Sun 2026) and this interval (Li 2024) are of two reviews",
    },
    calibrated={"trap of the dots": "0.645 eV deep: 180 % for pairs of pulses 10 s apart"},
)


def tubes(donors: float) -> Material:
    """Return the sheet of nanotubes with ``donors`` [1/m^3], acceptors if negative."""
    doping: dict[str, Any] = {
        "donor_density" if donors > 0 else "acceptor_density": Datum(abs(donors), "m^-3", "assumed", "oxygen")
    }
    return Material(
        name="nanotubes",
        kind="semiconductor",
        relative_permittivity=Datum(5.0, "1", "assumed", "network with air"),
        electron_affinity=Datum(4.25, "eV", "assumed", "middle of the gap at 4.6 eV"),
        band_gap=Datum(0.7, "eV", "SunDM2011", "0.6 to 0.8 by diameter; standard value, not re-checked"),
        effective_dos_conduction=Datum(1e26, "m^-3", "assumed", "3e17 m^-2 of the sheet"),
        effective_dos_valence=Datum(1e26, "m^-3", "assumed", "3e17 m^-2 of the sheet"),
        electron_mobility=Datum(
            3e-3, "m^2/(V s)", "SunDM2011", "2e-3 to 5e-3; standard value, not re-checked"
        ),
        hole_mobility=Datum(3e-3, "m^2/(V s)", "SunDM2011", "2e-3 to 5e-3; standard value, not re-checked"),
        electron_lifetime=Datum(1e-9, "s", "assumed", "carriers meet metallic tubes soon"),
        hole_lifetime=Datum(1e-9, "s", "assumed", "carriers meet metallic tubes soon"),
        absorption=Spectrum(
            (300e-9, 800e-9), (0.0, 0.0), source="assumed", note="3 nm take 1 to 2 %: left out"
        ),
        **(doping if donors else {}),
    )


#: Without carriers: its gap reaches beyond that of the tubes by 1.1 eV and 0.6 eV.
CRYSTAL_2D = Material(
    name="2D lead iodide",
    kind="insulator",
    relative_permittivity=Datum(4.5, "1", "assumed", "between well, 6.1, and barrier, 3.3"),
    ions={
        ION: MobileIon(
            mean_density=Datum(1e24, "m^-3", "assumed", "as in 3D films"),
            diffusivity=Datum(
                Arrhenius(3.3e-8, DARK), "m^2/s", "Li2019", "0.74 eV dark, 0.41 eV lit; prefactor by hopping"
            ),
        )
    },
)


def _transistor(upper: Layer, oxide: Layer, length: float) -> Transistor:
    """Return the shape: tubes on the oxide, ``upper`` on the tubes, contacts at both ends."""
    return Transistor(
        channel=(Layer("tubes", SHEET, interface_size=0.4 * nm), upper),
        dielectric=(oxide,),
        channel_length=length,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
        width=WIDTH,
    )


def _contacts() -> dict[str, OhmicContact | GateContact]:
    return {"source": OhmicContact(), "drain": OhmicContact(), "gate": GateContact(work_function=METAL)}


def crystal_device(donors: float, *, edge: float = 8 * nm) -> Device:
    """Return (a) with so many ``donors`` [1/m^3] in the tubes, acceptors if negative; ``edge``: cells at contacts [m].

    Light is a factor here that lowers the barrier of the vacancies; the pairs that it makes are left out.
    """
    shape = _transistor(Layer("crystal", CRYSTAL), Layer("SiO2", SIO2, interface_size=75 * nm), LENGTH_A)
    return Device(
        mesh=shape.mesh(size=75 * nm, interface_size=1 * nm, lateral_size=1 * um, edge_size=edge, growth=2.0),
        materials={"SiO2": materials.SIO2, "tubes": tubes(donors), "crystal": CRYSTAL_2D},
        physics=[Poisson(), Carriers(), MobileIons(ION, light_barrier=LIGHT * eV)],
        contacts=_contacts(),
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the state at 0 V, in (a) with vacancies spread evenly."""
    rest, mean = equilibrium(cell), CRYSTAL_2D.ions[ION].mean_density.si()
    ionic = any(field.ionic for field in cell.context.fields)
    return with_ions(rest, ION, lambda x: np.full(x.shape[1], mean)) if ionic else rest


def conductance(state: State, gate: float = 0.0) -> float:
    """Return the conductance of the channel [S] in the dark at a ``gate`` voltage [V], the vacancies where they are."""
    seen = steady(
        state.device, {"drain": DRAIN, "gate": gate}, start=state, frozen_ions=True, options=OPTIONS
    )
    return seen.current("drain") / DRAIN


def written(state: State, gate: float, duration: float, *, light: float = 1.0) -> State:
    """Return the state after ``duration`` [s] at a ``gate`` voltage [V] and ``light`` (a factor), back at 0 V."""
    edge = 1e-3 * duration
    times = [0.0, edge, edge + duration, 2 * edge + duration]
    return apply(
        state,
        {"gate": Protocol.from_points(times, [0.0, gate, gate, 0.0])},
        light=Protocol.from_points(times, [0.0, light, light, 0.0]) if light else 0.0,
        control=StepControl(tolerance=2e-2, max_bias_step=4.0, max_light_step=0.5),
        options=OPTIONS,
    ).state


def device(
    *, donors: float = -DOPING, trap_depth: float = TRAP_DEPTH, irradiance: float = IRRADIANCE
) -> Device:
    """Return (b) with so many ``donors`` [1/m^3] in the tubes, acceptors if negative, under light [W/m^2] from above.

    ``trap_depth``: of the dots' trap below their conduction band [eV].
    """
    shape = _transistor(Layer("dots", DOTS), Layer("Al2O3", AL2O3, interface_size=12 * nm), LENGTH_B)
    trap = Traps(
        "stored",
        density=TRAPS,
        depth=trap_depth * eV,
        electron_capture=CAPTURE,
        hole_capture=0.0,
        regions=("dots",),
    )
    return Device(
        mesh=shape.mesh(
            size=12 * nm, interface_size=2 * nm, lateral_size=2 * um, edge_size=0.2 * um, growth=2.5
        ),
        materials={"Al2O3": materials.AL2O3, "tubes": tubes(donors), "dots": CRYSTAL_LAYER},
        physics=[Poisson(), Carriers(), trap, Illumination(WAVELENGTH, irradiance, side="top")],
        contacts=_contacts(),
        temperature=300.0,
    )


def photocurrent(trace: Trace) -> float:
    """Return the largest change of the current since the begin [A], with its sign."""
    change = trace.current - trace.current[0]
    return float(change[np.argmax(np.abs(change))])


def paired(cell: Device, interval: float = INTERVAL) -> float:
    """Return the second peak over the first of two pulses, ``interval`` [s] apart."""
    trace = lit(cell, flashes(2, width=PULSE, interval=interval))
    change, second = np.abs(trace.current - trace.current[0]), trace.time > PULSE + 0.5 * interval
    return float(change[second].max() / change[~second].max())


def train(cell: Device, count: int, *, rest: float) -> Trace:
    """Return the current under the mean light of ``count`` pulses, PERIOD apart, and ``rest`` [s] in the dark.

    Trapped electrons stay for much longer than a period, and do not see the light's pulses.
    """
    end, mean = count * PERIOD, PULSE / PERIOD
    times = [0.0, PULSE, end, end + PULSE, end + PULSE + rest]
    return lit(cell, Protocol.from_points(times, [0.0, mean, mean, 0.0, 0.0]))


def lit(cell: Device, light: Protocol, *, gate: float = 0.0) -> Trace:
    """Return the drain current of (b) at DRAIN and a ``gate`` voltage [V] under a factor of the light."""
    return iv_sweep(
        cell,
        contact="drain",
        protocol=Rest(light.duration, DRAIN),
        bias={"gate": gate},
        light=light,
        control=StepControl(tolerance=5e-3, max_light_step=0.5, resolution=0.01, start_fraction=0.1),
        options=OPTIONS,
    )
