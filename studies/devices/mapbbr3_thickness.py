"""Au | MAPbBr3 | ITO from 350 nm to 1 um: from which thickness on vacancies that move switch the whole face.

Published: a film of about 350 nm switches by filaments, one of about 1 um at its faces (Guan et al., Adv. Funct. Mater.
28, 1704665, 2018, as in Yantara et al., Chem. Soc. Rev. 55, 2145, 2026, section 3.2.2.2), where vacancies of
methylammonium that move dope the film p-type and change the Schottky barriers (as in Li et al., Mater. Horiz. 11, 5499,
2024); the conductance goes with the area. Currents, voltages, rates, on/off and densities are not given there.

Simulated is switching at the faces alone: vacancies (-1) drift between blocking metals, a background that is at rest
balances their mean, holes cross the barriers of gold (0.6 eV) and ITO (1.0 eV), which the image force lowers. Currents
are those of carriers: in the OFF state the displacement current of the sweep is larger.

Found at 0.1 V/s: 1 um switches (ON on the way back from +2 V on gold, OFF after -2 V), and 350 nm does not. -2 V drives
vacancies to ITO; the background that they leave at gold is a hill for holes, until they are back. In 350 nm they are
back before 0.5 V is reached, in 1 um they move a quarter of the thickness on the whole way to 2 V. So the thickness
from which on the faces switch lies between the two that are published. It goes with the rate over the diffusivity, of
which neither is given: 16 times faster, or with vacancies 16 times slower, 350 nm switches at its faces too and that
prediction is missed; at 0.01 V/s neither does. Within 100 s at 0 V the state is lost.

Not predicted: filaments, which take more than one dimension and another ion (vacancies of bromide); that the current is
in proportion to the area is what one dimension assumes. Nothing is calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from fem import Device, State, equilibrium, materials
from fem.constants import ELEMENTARY_CHARGE
from fem.materials import perovskites
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import V, nm, s, um
from geometries import Layer, VerticalStack
from studies import Snapshots, Trace, apply, iv_sweep
from studies.devices import PublishedDevice, Reported
from studies.devices.shared.barriers import emitting
from studies.protocols.shapes import Rest, Sweep

ION = "methylammonium_vacancy"
THIN, THICK = 350 * nm, 1 * um
READ, HIGH, RATE = 0.5 * V, 2.0 * V, 0.1 * V / s
#: Relative permittivity that a carrier sees while it crosses the contact (optical frequencies).
IMAGE_FORCE_PERMITTIVITY = 4.4

ABOUT = PublishedDevice(
    name="MAPbBr3 of several thicknesses",
    stack="Au | MAPbBr3 350 nm to 1 um | ITO",
    protocol=Sweep(0, -HIGH, HIGH, 0, rate=RATE),
    read_voltage=READ,
    reported={
        "filaments": Reported(value=350.0, unit="nm", source="Guan2018"),
        "faces": Reported(value=1000.0, unit="nm", source="Guan2018"),
    },
    assumed={
        "sweep": "0, -2, 2, 0 V on Au at 0.1 V/s, without light: no voltage and no rate is given",
        "reading": "0.5 V, on the way up and down, currents of carriers alone",
        "vacancies": "1.3e22 1/m^3 and 3.6e-16 m^2/s: the pair of MAPbI3, as none of MAPbBr3 was read; 0.56 eV, "
        "calculated (table 1 of Yantara 2026), with hops of 0.593 nm at 1e12 1/s is 16 times slower",
        "background": "immobile, balances the mean: without it all vacancies would stand at the faces at rest",
        "bromide": "its vacancies are left out: the published doping is by those of methylammonium",
        "image force": "permittivity 4.4, the square of a refractive index of 2.1",
        "metals": "Au 5.1 eV and ITO 4.7 eV, with the levels of MAPbBr3 at -3.4 and -5.7 eV",
    },
)


@dataclass(frozen=True, kw_only=True)
class Loop:
    """What a loop at 0.1 V/s, or another rate, comes to: ``trace`` of the currents of carriers [A/m^2] and more."""

    trace: Trace
    outward: float  #: current of carriers at ``READ`` on the way up [A/m^2]
    back: float  #: that on the way down [A/m^2]
    hill_outward: float  #: how far the bands rise within the film for holes from gold, at ``READ`` [eV]
    hill_back: float  #: the same on the way down [eV]
    moved: float  #: how far the vacancies move while gold is positive and rises, over the thickness

    @property
    def on_off(self) -> float:
        """The current on the way down over that on the way up; below 1 where the sweep to +2 V lowers it."""
        return self.back / self.outward

    @property
    def set_voltage(self) -> float:
        """V_set of the loop [V], as of ``studies.switching``; nan where it does not set."""
        return self.trace.switching(read_voltage=READ).V_set


def device(thickness: float = THICK, *, size: float = 10 * nm, interface_size: float = 0.5 * nm) -> Device:
    """Return a cell of a ``thickness`` [m]; "bottom" is ITO, "top" Au. ``size``, ``interface_size`` [m]: of its cells.

    Currents in A/m^2.
    """
    film = materials.MAPBBR3.with_ion(ION, perovskites.METHYLAMMONIUM_FUTSCHER)
    drawing = VerticalStack(Layer("film", thickness))
    metals = {"bottom": materials.ITO, "top": materials.GOLD}
    return Device(
        mesh=drawing.mesh(size=size, interface_size=interface_size, growth=1.4),
        materials={"film": film},
        physics=[Poisson(), Carriers(), MobileIons(ION)],
        contacts=emitting(metals, IMAGE_FORCE_PERMITTIVITY),
        temperature=300.0,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


@cache
def loop(thickness: float = THICK, *, rate: float = RATE, finer: float = 1.0) -> Loop:
    """Return what the loop of a ``thickness`` [m] at a ``rate`` [V/s] comes to, with cells ``finer`` times as fine."""
    cell = device(thickness, size=10 * nm / finer, interface_size=0.5 * nm / finer)
    seen = Snapshots({"up": (2 * HIGH + READ) / rate, "down": (4 * HIGH - READ) / rate})
    swept = iv_sweep(
        cell, contact="top", protocol=Sweep(0, -HIGH, HIGH, 0, rate=rate), start=start(cell), observe=seen
    )
    carriers = {name: _carriers(seen.states[name]) for name in ("up", "down")}
    rising = (swept.time >= 2 * HIGH / rate) & (swept.time <= 3 * HIGH / rate)
    flow = np.where(rising, swept.data["ion_current_density"].values, 0.0)
    ion = perovskites.METHYLAMMONIUM_FUTSCHER.mean_density
    return Loop(
        trace=_of_carriers(swept),
        outward=carriers["up"],
        back=carriers["down"],
        hill_outward=hill(seen.states["up"]),
        hill_back=hill(seen.states["down"]),
        moved=float(np.trapezoid(flow, swept.time)) / (ELEMENTARY_CHARGE * ion.si() * thickness),
    )


def hill(state: State) -> float:
    """Return how far the bands rise within the film over where they are at gold, for holes [eV]; 0 where they fall."""
    place, potential = state.device.mesh.mesh.geometry.x[:, 0], state.potential()
    return float(potential.max() - potential[np.argmax(place)])


@cache
def lasting(thickness: float = THICK, wait: float = 100 * s) -> float:
    """Return on/off a ``wait`` [s] at 0 V after -2 and +2 V, each read at 0.5 V with vacancies that stand still."""
    cell = device(thickness)
    found = []
    for volts in (HIGH, -HIGH):
        written = apply(cell, {"top": Sweep(0, volts, 0, rate=RATE) + Rest(wait, 0.0)}).state
        found.append(_carriers(apply(written, {"top": Sweep(0, READ, rate=RATE)}, frozen_ions=True).state))
    return found[0] / found[1]


def onset(thicknesses: tuple[float, ...], *, rate: float = RATE, ratio: float = 2.0) -> float:
    """Return the thickness [m] from which on on/off is above ``ratio``: between two of ``thicknesses``, by logarithms.

    nan where none is below or none above.
    """
    found = np.log([loop(t, rate=rate).on_off / ratio for t in thicknesses])
    above = np.flatnonzero(found > 0)
    if not above.size or above[0] == 0:
        return float("nan")
    k = above[0]
    return float(np.interp(0.0, found[k - 1 : k + 1], thicknesses[k - 1 : k + 1]))


def _carriers(state: State) -> float:
    """Return the current of electrons and holes into gold [A/m^2]."""
    return state.current("top", "electron") + state.current("top", "hole")


def _of_carriers(swept: Trace) -> Trace:
    """Return a trace whose current is that of electrons and holes."""
    found = swept.data
    total = found["electron_current_density"].values + found["hole_current_density"].values
    columns = {"time": swept.time, "voltage": swept.voltage, "current_density": total}
    return Trace.from_columns(columns, {"currents": "of carriers"})
