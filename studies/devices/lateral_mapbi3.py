r"""Lateral MAPbI3 film, 10 V over a gap of 10 um: where its front starts, how it moves, what the current does.

Published: between Ag/MoO3 contacts at 10 V a dark region grows from the negative electrode to the positive one, and the
current rises sharply when it arrives (Luo et al., J. Phys. Chem. Lett. 15, 2453, 2024, as reviewed by Yantara
et al., Chem. Soc. Rev. 2026, 55, 2145). Without silver the dark front leaves the positive electrode at about 1e-6 m/s,
:math:`1/I^2` is linear in time, and iodide has D = 6e-13 m^2/s (C. Li, A. Guerrero, S. Huettner and J. Bisquert, Nat.
Commun. 9, 5113, 2018). So the front of the first is one of silver; three films are simulated:

- "vacancies": iodide vacancies over a fixed charge that balances them, between gold. They go to the cathode,
  and what they leave, negative and of high field, grows from the anode. It ends where the depletion layer bears the
  voltage, :math:`\sqrt{2\varepsilon V/qN}`: 5.4 um. Only a film of few vacancies has a front of micrometres;
  hence the pair of Futscher 2019 (1.1e21 1/m^3, 3e-13 m^2/s), whole. No density belongs to the D of Li 2018;
  with it all times are half as long.
- "dopants": the same vacancies as donors, balanced by electrons alone, between contacts that let these through. The
  front is one of resistance.
- "silver": a film of poor conductivity in which silver of the anode dissolves (``ElectrodeReaction``, with the
  exchange calibrated for Ag/MAPbI3/Pt in ``ag_mapbi3``) and deposits from the cathode on.

Nothing is calibrated here. Not predicted: any time of the silver, which goes with the density of the deposit (assumed)
and on 100 cells is 20 % shorter than on 60; how it goes with the voltage, for the deposit is the denser the higher the
voltage over a cell; photoluminescence; the electronic current itself, that of a film without traps; heat. Fronts are
computed on a line along the gap; ``device`` is the film over coplanar electrodes in two dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fem import materials
from fem.contacts import Contact, OhmicContact, SchottkyContact
from fem.device.device import Device
from fem.device.state import State
from fem.errors import UnknownNameError
from fem.materials import Datum, Material, perovskites
from fem.physics import Carriers, Conduction, DepositConductivity, MobileIons, Poisson, Term
from fem.solvers.equilibrium import equilibrium
from fem.solvers.options import NewtonOptions
from fem.transient.timestepping import StepControl
from fem.units import K, V, eV, mm, nm, um
from geometries import LateralDevice, Layer, VerticalStack
from studies import When, apply
from studies.devices import PublishedDevice, Reported
from studies.devices.ag_mapbi3 import POOR, REACTION, RICH, SILVER, VACANCY, eased
from studies.devices.shared.front import Front
from studies.protocols.shapes import Rest, Sweep

Array = npt.NDArray[np.float64]
GAP, THICKNESS, WIDTH, ELECTRODE = 10 * um, 300 * nm, 1 * mm, 2 * um
VOLTAGE, TEMPERATURE = 10 * V, 300 * K
KINDS = ("vacancies", "dopants", "silver")
RISE = 1e-3  #: of the voltage [s]
PAIR = perovskites.VACANCY_FUTSCHER
SITES = Datum(
    1e26, "m^-3", "assumed", "2.5 % of the interstitials: a deposit of threads that leaves most of the film"
)
FEW = Datum(1e23, "m^-3", "assumed", "next to none before the voltage: a hundredth of what dissolves")
DEPOSIT = DepositConductivity(ion=SILVER, poor=POOR, rich=RICH, threshold=1.5e25, density=6e25)
#: [J] of ohmic contacts in equilibrium with as many electrons as there are vacancies: N_c exp((chi - W)/kT).
ALIGNED = 3.93 * eV

ABOUT = PublishedDevice(
    name="lateral MAPbI3 film",
    stack="MAPbI3 300 nm over a gap of 10 um between coplanar Au, or Ag",
    protocol=Rest(3.0, VOLTAGE),
    read_voltage=VOLTAGE,
    reported={
        "front speed": Reported(value=1e-6, unit="m/s", source="LiC2018"),
        "diffusivity": Reported(value=6e-13, unit="m^2/s", source="LiC2018"),
        "voltage": Reported(value=10.0, unit="V", source="Luo2024"),
    },
    assumed={
        "gap": "10 um: 1e6 V/m at 10 V, as in films poled at 1.2e6 V/m (Xiao 2015); none read for Luo 2024, Li 2018",
        "thickness": "300 nm, of 90 to 350 nm that films have",
        "width": "1 mm: it only multiplies currents",
        "step": "the voltage comes up in 1 ms, long before a front moves",
        "gold": "5.1 eV, 0.3 eV above the valence band: Schottky contacts",
        "MoO3": "between Ag and film in Luo 2024, left out: silver ions are seen to cross it, at no rate that was read",
        "dopants' contacts": "3.93 eV, no metal: as many electrons as there are vacancies, so that they do not inject",
        "silver": "exchange, dissolved density and conductivities of ag_mapbi3, where they belong to another cell",
        "deposit": "conducts from 15 to 60 % of 1e26 1/m^3; times are proportional to that density",
    },
    not_compared={
        "diffusivity": "of another film, without its density: a pair of one source is taken whole",
        "voltage": "that of the protocol",
    },
)


def _material(kind: str) -> Material:
    """Return the film of a kind; raises UnknownNameError."""
    if kind not in KINDS:
        raise UnknownNameError("lateral film", kind, KINDS)
    if kind != "silver":
        return materials.MAPBI3.with_ion(VACANCY, PAIR)
    silver = replace(perovskites.SILVER_IN_MAPBI3, mean_density=FEW, site_density=SITES)
    return materials.MAPBI3.with_ion(SILVER, silver)


def _physics(kind: str, anode: str) -> list[Term]:
    if kind == "silver":
        return [Conduction({"film": DEPOSIT}), MobileIons(SILVER), replace(REACTION, contact=anode)]
    return [Poisson(), Carriers(), MobileIons(VACANCY, background=kind == "vacancies")]


def _contact(kind: str) -> Contact:
    if kind == "silver":
        return OhmicContact()
    return (
        SchottkyContact(work_function=5.1 * eV)
        if kind == "vacancies"
        else OhmicContact(work_function=ALIGNED)
    )


def line(kind: str = "vacancies", gap: float = GAP, *, cells: int = 100) -> Device:
    """Return the film along the ``gap`` [m] as a line of about ``cells``, finer at the electrodes but for silver.

    Its contacts are "bottom", at 0, and "top". Raises UnknownNameError.
    """
    size = gap / cells
    fine = size if kind == "silver" else min(2 * nm, size)
    drawing = VerticalStack(Layer("film", gap)).mesh(
        size=size, interface_size=fine, growth=1.4, area=THICKNESS * WIDTH
    )
    return _device(drawing, kind, ("bottom", "top"))


def device(kind: str = "vacancies", gap: float = GAP, *, cells: int = 60, rows: float = 60 * nm) -> Device:
    """Return the film over two coplanar electrodes, "left" and "right", in two dimensions.

    ``cells`` along the gap; ``rows`` [m]: the largest vertical cell. Raises UnknownNameError.
    """
    lateral = LateralDevice(
        film=Layer("film", THICKNESS),
        gap=gap,
        electrode_width=ELECTRODE,
        left="bottom",
        right="bottom",
        width=WIDTH,
    )
    size = gap / cells
    drawing = lateral.mesh(
        size=rows, interface_size=5 * nm, lateral_size=size, edge_size=min(20 * nm, size), growth=1.8
    )
    return _device(drawing, kind, ("left", "right"))


def _device(drawing: Any, kind: str, ends: tuple[str, str]) -> Device:
    film, contact = _material(kind), _contact(kind)
    return Device(
        mesh=drawing,
        materials={"film": film},
        physics=_physics(kind, ends[0]),
        contacts=dict.fromkeys(ends, contact),
        temperature=TEMPERATURE,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


def places(device: Device) -> tuple[Array, npt.NDArray[np.intp]]:
    """Return places along the gap from the left electrode [m] and their nodes: of a section, at the film's surface."""
    x = device.mesh.mesh.geometry.x * device.mesh.unit
    at = x[:, 0]
    nodes = np.arange(len(at))
    if device.mesh.dim == 2:
        nodes = np.flatnonzero(x[:, 1] > x[:, 1].max() - 1e-3 * nm)
        at = at + 0.5 * (np.ptp(at) - 2 * ELECTRODE)
    order = nodes[np.argsort(at[nodes])]
    return at[order], order


def cut(state: State) -> tuple[Array, Array]:
    """Return places along the gap from the left electrode [m] and the potential there [V], as a Kelvin probe has it.

    That of the vacuum level over its value at the right electrode; with "silver" that of the Fermi level.
    """
    x, nodes = places(state.device)
    found = state.potential()[nodes]
    return x, found - found[-1]


def extent(state: State, gap: float) -> tuple[float, float]:
    """Return how far what has changed reaches from the left and from the right electrode into the gap [m].

    Changed: a film with less than half of its vacancies, or with half of the silver of a rich deposit.
    """
    x, nodes = places(state.device)
    ion = next(f.name for f in state.device.context.fields if f.ionic)
    density = state.ion_density(ion)[nodes]
    part = density / (0.5 * DEPOSIT.density) if ion == SILVER else 0.5 * PAIR.mean_density.si() / density
    inside = (x >= -1e-3 * nm) & (x <= gap + 1e-3 * nm)
    x, part = x[inside], np.log(np.maximum(part[inside], 1e-30))
    return _reach(x, part), _reach(gap - x[::-1], part[::-1])


def _reach(x: Array, part: Array) -> float:
    """Return where ``part`` first falls below 0 [m]; 0 if it is so at the first of the places."""
    below = part < 0
    k = int(np.argmax(below))
    if not below[k]:
        return float(x[-1])
    return 0.0 if k == 0 else float(np.interp(0.0, part[[k, k - 1]], x[[k, k - 1]]))


def hold(
    device: Device,
    gap: float,
    voltage: float = VOLTAGE,
    *,
    until: float,
    longest: float,
    observe: Callable[[State], None] | None = None,
    cuts: int = 0,
) -> Front:
    """Return the front under ``voltage`` [V] on the left electrode, that over the ``gap`` [m] to the other.

    It ends when the front has come over the share ``until`` of the gap, or at the time ``longest`` [s]. ``cuts``: how
    many cuts of the potential to keep, evenly over the front's way. The anode is the electrode that is positive.
    A deposit steps from node to node, in steps that the control takes for errors: hence its coarse tolerance, and a
    shortest step that is accepted. Where Newton fails all the same, it goes on with full sites eased as in ag_mapbi3.
    Raises ConvergenceError.
    """
    left, silver = next(iter(device.contacts)), device.neutral
    steps: list[tuple[float, float, tuple[float, float]]] = []
    kept: list[tuple[float, Array, Array]] = []

    def look(state: State) -> None:
        steps.append((state.time, state.current(left), extent(state, gap)))
        if len(kept) < cuts and max(steps[-1][2]) >= (len(kept) + 0.5) * until * gap / cuts:
            kept.append((state.time, *cut(state)))
        if observe is not None:
            observe(state)

    apply(
        device,
        {left: Sweep(0, voltage, rate=abs(voltage) / RISE) + Rest(longest - RISE, voltage)},
        stop=When(lambda state: max(extent(state, gap)) >= until * gap, "the front has come far enough"),
        control=StepControl(
            tolerance=0.1 if silver else 0.02,
            max_bias_step=abs(voltage),
            min_step=1e-4 if silver else 1e-15,
        ),
        options=NewtonOptions(tolerance=1e-5),
        observe=look,
        restart=eased if silver else None,
    )
    time, current, ways = (np.array(column[1:]) for column in zip(*steps, strict=True))
    k = int(np.argmax(ways[-1]))
    return Front(
        side="anode" if (k == 0) == (voltage > 0) else "cathode",
        gap=gap,
        time=time,
        position=ways[:, k],
        current=current,
        cuts=tuple(kept),
    )
