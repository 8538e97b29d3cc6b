"""Au | MAPbI3 | FTO whose surface under gold traps charge: what air, or chloride, does to the Schottky barrier.

Published, without numbers, as in Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 3.2.2.3: (a) in Au/MAPbI3/FTO
the fresh Schottky barrier does not switch; air takes iodine from the surface, the donor-like states lower the barrier,
and the cell switches, bipolar and non-volatile. At higher voltages states of the interface trap electrons and a
negative differential resistance (NDR) is seen (Ma et al., ACS Appl. Mater. Interfaces 10, 21755, 2018). (b) In
Au/MAPbI3-xClx/FTO holes in deep traps at gold lower the barrier, a negative voltage takes them out again (Zhou et al.,
Adv. Funct. Mater. 28, 1800080, 2018).

Simulated: donor-like states in the outermost 10 nm of an undoped film, positive when empty (a trapped hole), that trap
electrons in time (``Traps``), between Schottky contacts with an image force. Ions rest.

Found: "charged", all states empty for good, the barrier that electrons from FTO see is lower and holes from gold meet a
hill: below some 0.6 V the current is larger than "fresh", above it smaller. With 0 to 1.2 V on gold electrons fill the
states, so that afterwards the current is lower at 0.3 V and larger at 1 V. At a constant 0.5 V it falls in time: that
trapped electrons suppress the current is as published. But where the voltage rises the current rises as well, faster
than they lower it, for captures of 1e-14 to 1e-20 m^3/s: no NDR. And nothing brings back the empty states: -1.2 V does
not, as emission does not ask for the field, so that this memory is written once. States of 0.6 eV are emptied, at any
voltage and so at none: a memory for seconds.

Not predicted: NDR, RESET by a voltage, electrons in the volume of the film, Joule heat, light. Nothing is calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from fem import Device, State, equilibrium, materials
from fem.errors import UnknownNameError
from fem.materials import Datum
from fem.physics import Carriers, Poisson, Traps
from fem.units import V, eV, nm, s
from geometries import Layer, VerticalStack
from studies import Snapshots, Trace, apply, iv_sweep
from studies.devices import PublishedDevice
from studies.devices.mapbi3_buffer import AFFINITY, BAND_GAP
from studies.devices.shared.barriers import emitting
from studies.protocols.shapes import Rest, Sweep

KINDS = ("fresh", "charged", "air")
FILM, SKIN = 300 * nm, 10 * nm
LOW, HIGH, MOST, RATE = 0.3 * V, 1.0 * V, 1.2 * V, 0.1 * V / s
HOLD = 0.5 * V
STATES = Datum(1e25, "m^-3", "assumed", "1e17 per m^2 of the surface, the upper end of interface states")
DEPTH = 0.8  #: of the states below the conduction band [eV]
ELECTRONS, HOLES = 1e-17, 1e-21  #: capture coefficients [m^3/s]
#: Other states, less deep and with larger captures, that let go of their electrons within seconds.
QUICK: Mapping[str, float] = {"depth": 0.6, "electrons": 1e-16, "holes": 1e-20}
#: Relative permittivity that a carrier sees while it crosses the contact (optical frequencies).
IMAGE_FORCE_PERMITTIVITY = 5.5

ABOUT = PublishedDevice(
    name="MAPbI3 with traps under gold",
    stack="Au | surface 10 nm | MAPbI3 300 nm | FTO",
    protocol=Sweep(0, MOST, -MOST, MOST, 0, rate=RATE),
    read_voltage=LOW,
    reported={},
    assumed={
        "film": "300 nm: not given; undoped, levels as of mapbi3_buffer, chloride as iodide; ions rest",
        "surface": "10 nm: states within them, not in a sheet; 1e25 1/m^3 are 1e17 1/m^2",
        "states": "0.8 eV below the conduction band, near the middle of the gap, as deep levels are said",
        "captures": "1e-17 m^3/s of electrons and 1e-21 of holes, 1e-22 and 1e-26 m^2 at 1e5 m/s: an empty state "
        "attracts electrons, a filled one no holes; electrons from 1e-14 to 1e-20 are looked at",
        "voltages": "0, 1.2, -1.2, 1.2, 0 V on gold at 0.1 V/s, read at 0.3 and 1 V: neither voltages nor rates nor "
        "the driven electrode are given",
        "image force": "permittivity 5.5, the square of a refractive index of 2.3 to 2.4",
    },
)


@dataclass(frozen=True, kw_only=True)
class Loops:
    """What two loops of positive voltage come to, with -1.2 V between them; currents of carriers [A/m^2]."""

    trace: Trace  #: of the first loop, 0 to 1.2 V and back
    up: dict[float, float]  #: by voltage [V]: on the way up, in the first loop
    down: dict[float, float]  #: on the way down, in the first loop
    again: dict[float, float]  #: on the way up, in the second loop

    def ratio(self, volts: float) -> float:
        """The current on the way down over that on the way up, in the first loop."""
        return self.down[volts] / self.up[volts]

    @property
    def brought_back(self) -> float:
        """Which part of the change at ``LOW`` -1.2 V has undone, in logarithms: 1 all, 0 nothing."""
        return float(np.log(self.again[LOW] / self.down[LOW]) / np.log(self.up[LOW] / self.down[LOW]))

    @property
    def reset_voltage(self) -> float:
        """V_reset of the first loop, read at ``LOW`` [V], as of ``studies.switching``."""
        return self.trace.switching(read_voltage=LOW).V_reset

    @property
    def set_voltage(self) -> float:
        """V_set of the first loop, read at ``HIGH`` [V]."""
        return self.trace.switching(read_voltage=HIGH).V_set

    @property
    def steepest_fall(self) -> float:
        """By how much the current falls while the voltage rises, as a factor: 1 without NDR."""
        rising = slice(None, int(np.argmax(self.trace.voltage)) + 1)
        volts, current = self.trace.voltage[rising], self.trace.current[rising]
        seen = current[volts > LOW / 3]
        return float((np.maximum.accumulate(seen) / seen).max())


def device(
    kind: str = "air",
    *,
    depth: float = DEPTH,
    electrons: float = ELECTRONS,
    holes: float = HOLES,
    size: float = 20 * nm,
    interface_size: float = 0.5 * nm,
) -> Device:
    """Return the cell of one of ``KINDS``; "bottom" is FTO, "top" Au. ``size``, ``interface_size`` [m]: of its cells.

    ``depth`` [eV] of the states below the conduction band; ``electrons``, ``holes``: captures [m^3/s]. "charged" has
    the states empty for good. Currents in A/m^2. Raises UnknownNameError.
    """
    if kind not in KINDS:
        raise UnknownNameError("kind of surface", kind, KINDS)
    film = materials.MAPBI3.with_(electron_affinity=AFFINITY, band_gap=BAND_GAP)
    states = Traps(
        "states",
        density=STATES.si(),
        depth=depth * eV,
        kind="donor",
        electron_capture=electrons,
        hole_capture=holes,
        regions=("surface",),
    )
    metals = {"bottom": materials.FTO, "top": materials.GOLD}
    return Device(
        mesh=VerticalStack(
            Layer("film", FILM),
            Layer("surface", SKIN, size=4 * interface_size, interface_size=interface_size),
        ).mesh(size=size, interface_size=interface_size, growth=1.4),
        materials={"film": film, "surface": film.with_(donor_density=STATES) if kind == "charged" else film},
        physics=[Poisson(), Carriers(), *([states] if kind == "air" else [])],
        contacts=emitting(metals, IMAGE_FORCE_PERMITTIVITY),
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


@cache
def loops(
    kind: str = "air",
    *,
    depth: float = DEPTH,
    electrons: float = ELECTRONS,
    holes: float = HOLES,
    finer: float = 1.0,
) -> Loops:
    """Return what the loops of a ``kind`` come to, with cells ``finer`` times as fine; else as of ``device``."""
    cell = device(
        kind,
        depth=depth,
        electrons=electrons,
        holes=holes,
        size=20 * nm / finer,
        interface_size=0.5 * nm / finer,
    )
    ways = {"up": (0.0, 1.0), "down": (2 * MOST, -1.0), "again": (4 * MOST, 1.0)}
    times = {f"{way} {v}": (at + sign * v) / RATE for way, (at, sign) in ways.items() for v in (LOW, HIGH)}
    seen = Snapshots(times)
    swept = iv_sweep(cell, contact="top", protocol=ABOUT.protocol, start=start(cell), observe=seen)
    found = {
        way: {v: carriers(seen.states[f"{way} {v}"]) for v in (LOW, HIGH)} for way in ("up", "down", "again")
    }
    return Loops(trace=_first_loop(swept), **found)


@cache
def held(kind: str = "air", volts: float = HOLD, after: tuple[float, ...] = (0.1, 100.0)) -> list[float]:
    """Return the currents of carriers at ``volts`` on gold, at times ``after`` it has been switched on [s]."""
    rise = 0.01 * s
    seen = Snapshots({str(t): rise + t for t in after})
    on = Sweep(0, volts, rate=volts / rise) + Rest(max(after), volts)
    apply(start(device(kind)), {"top": on}, observe=seen)
    return [carriers(seen.states[str(t)]) for t in after]


@cache
def left_after(wait: float, volts: float = 0.0, *, quick: bool = False) -> float:
    """Return which part of the trapped electrons is left a ``wait`` [s] at ``volts`` on gold.

    They were trapped by 0 to 1.2 V and back. ``quick``: of ``QUICK`` states, that let go of them within seconds.
    """
    cell = device("air", **(QUICK if quick else {}))
    written = apply(start(cell), {"top": Sweep(0, MOST, 0, rate=RATE)}).state
    if volts:
        there = Sweep(0, volts, rate=100 * RATE) + Rest(wait, volts)
        later = apply(written, {"top": there}).state
    else:
        later = apply(written, {"top": Rest(wait, 0.0)}).state
    before, now, rest = (s.trap_occupancy("states").sum() for s in (written, later, start(cell)))
    return float((now - rest) / (before - rest))


def carriers(state: State) -> float:
    """Return the current of electrons and holes into gold [A/m^2]."""
    return state.current("top", "electron") + state.current("top", "hole")


def _first_loop(swept: Trace) -> Trace:
    """Return the first loop, with the currents of electrons and holes."""
    first, found = swept.time <= 2 * MOST / RATE * (1 + 1e-12), swept.data
    total = found["electron_current_density"].values + found["hole_current_density"].values
    columns = {
        "time": swept.time[first],
        "voltage": swept.voltage[first],
        "current_density": total[first],
    }
    return Trace.from_columns(columns, {"currents": "of carriers"})
