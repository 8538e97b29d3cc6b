"""Ag | MAPbI3 | Pt: filaments of silver in thin films, of iodide vacancies in thick ones.

Published (Y. Sun, M. Tai, C. Song et al., J. Phys. Chem. C 122, 6431, 2018): vacancy filaments above some 90 nm. Of
thinner films Li et al. (Mater. Horiz. 11, 5499, 2024) say that silver filaments are preferred, Yantara et al. (Chem.
Soc. Rev. 55, 2145, 2026) that both coexist; the cell is Ag/MAPbI3/FTO to the former and Pt/MAPbI3/Ag to the latter.
Silver takes about 1e7 V/m to move: J. Choi et al. (Adv. Mater. 28, 6562, 2016) to Yantara et al., "at least", of Sun
et al., to Li et al. No V_set of the 90 nm is printed: 0.9 V is the product of both numbers. V_set is said to rise with
the thickness from 90 to 300 nm (Yantara 2026).

Simulated: a channel on the axis of a round cell, a grain boundary say, in which one kind of ion moves; the film around
it only conducts. The current is that of ``Conduction``, and until a filament has set it heats nothing. Silver
comes from the top electrode by ``ElectrodeReaction`` and grows from Pt. Vacancies are those of a formed filament
with a gap at Pt. The barrier of the reaction alone is calibrated, to 1e7 V/m on 90 nm, 0.9 V. Found, at 1 V/s:

========== ============== ============= ==================
film [nm]  V_set Ag [V]   field [V/m]   V_set vacancies [V]
========== ============== ============= ==================
60         0.62           1.04e7        1.12
90         0.89           0.99e7        1.12
150        1.46           0.97e7        1.12
200        1.93           0.97e7        1.13
300        2.73           0.91e7        1.13
========== ============== ============= ==================

Predicted: silver sets at one field in films of any thickness, and vacancies come first above some 115 nm, a quarter
more than the 90 nm published; that rests on the assumed gap (90 nm would take one of some 8 nm) and on the current at
which a set is read, for vacancies set gradually (1.4 V at 0.5 uA). Missed:
that V_set rises with thickness where vacancies set. Cells of 5 to 17 nm do not resolve the front: figures are good
to some 10 %, and on 300 nm cells of 25 nm fail at 3.2 V.

One field is no threshold here: a filament's silver has to come in the time of the sweep, and a slower one sets earlier
(60 nm: 0.62 V at 1 V/s, 0.50 V at 0.3 V/s). The field over a layer of 0.6 nm, 0.2 kT/q at 1e7 V/m, lowers no
barrier by itself; so the exchange has to be 2e6 times that of Ag/AgI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fem import materials
from fem.contacts import OhmicContact
from fem.device.device import Device
from fem.device.state import State, with_ions
from fem.materials import Arrhenius, Material, perovskites
from fem.physics import (
    Conduction,
    DepositConductivity,
    ElectrodeReaction,
    MobileIons,
    Term,
    VacancyConductivity,
)
from fem.solvers.equilibrium import equilibrium
from fem.transient.timestepping import StepControl
from fem.units import K, V, nm, s
from geometries import FilamentSeed, Layer, VerticalStack, Via
from studies import CurrentAbove, apply
from studies.devices import PublishedDevice, Reported
from studies.protocols import Sweep

SILVER, VACANCY = "silver_ion", "iodide_vacancy"
TEMPERATURE = 300 * K
CHANNEL, WALL, ELECTRODE = 5 * nm, 25 * nm, 10 * nm
GAP = 10 * nm
#: [V/s]
RATE = 1 * V / s
#: [A], at which a sweep ends: what happens after a set is left to others.
COMPLIANCE = 1e-7
#: [S/m], of a film without a filament, and of one.
POOR, RICH = Arrhenius(1e-3, 0.0), Arrhenius(1e4, 0.0)
POOR_FILM = materials.MAPBI3.with_(electrical_conductivity=POOR.prefactor)
#: Exchange of silver [1/(m^2 s)]: 3.2e5 A/m^2 over q; barrier calibrated to 1e7 V/m on 90 nm (0.6 eV for AgI).
EXCHANGE = Arrhenius(2.0e24, 0.219)
#: Silver in a film in equilibrium with the electrode [1/m^3].
DISSOLVED = 1e25
DEPOSIT = DepositConductivity(ion=SILVER, poor=POOR, rich=RICH, threshold=2.8e27, density=3.9e27)
FILAMENT = VacancyConductivity(ion=VACANCY, poor=POOR, rich=RICH, density=1.2e27)
REACTION = ElectrodeReaction(
    "top",
    SILVER,
    exchange_flux=EXCHANGE,
    transfer_coefficient=0.3,
    reaction_layer=0.6 * nm,
    reference_density=DISSOLVED,
)

ABOUT = PublishedDevice(
    name="Ag/MAPbI3/Pt cell",
    stack="Pt 10 nm | MAPbI3 60 to 300 nm with a channel of radius 5 nm | Ag 10 nm",
    protocol=Sweep(0, 4 * V, 0, rate=RATE),
    read_voltage=0.1 * V,
    reported={
        "field_at_set": Reported(value=1e7, unit="V/m", source="Choi2016"),
        "crossover_thickness": Reported(value=90e-9, unit="m", source="Sun2018"),
    },
    assumed={
        "channel": "radius 5 nm: ions move along a grain boundary; it fixes where the filament is, as models of "
        "one dimension fix its radius, and keeps silver as mobile as 0.27 eV makes it from spreading",
        "conductivities": "film 1e-3 S/m, filaments 1e4 S/m, at any temperature: only their ratio matters "
        "to the voltage of a set, and that little",
        "metal": "silver on 70 to 97 % of its sites (2.8e27 to 3.9e27 1/m^3): no percolation of it was read",
        "vacancy filament": "rich at 1.2e27 1/m^3, a tenth of the sites, as for oxygen in HfOx (Larentis 2012)",
        "dissolved silver": "1e25 1/m^3 at rest, also the start: no solubility read; a filled film needs 4e27",
        "reaction layer": "0.6 nm: one pseudo-cubic cell",
        "transfer coefficient": "0.3, the top of 0.1 to 0.3 for Ag/AgI (JART ECM)",
        "gap": "10 nm at Pt, of any film: where a reset leaves a formed filament; not read",
        "sweep": "1 V/s on Ag: no rate read",
        "temperature": "300 K: before a set there is no current that heats",
        "bottom electrode": "Pt, as Yantara et al. have it; Li et al. name FTO",
    },
    calibrated={
        "barrier of the silver's exchange": "0.219 eV in place of the 0.6 eV of Ag/AgI: sets at 1e7 V/m, that is "
        "0.9 V, on 90 nm"
    },
)


def device(ion: str = SILVER, thickness: float = 90 * nm, *, size: float = 7.5 * nm) -> Device:
    """Return the cell of a film [m] in which ``ion`` moves; ``size`` [m]: the largest cell along the channel."""
    stack = VerticalStack(
        Layer("Pt", ELECTRODE, size=ELECTRODE),
        Layer("channel", thickness),
        Layer("Ag", ELECTRODE, size=ELECTRODE),
    )
    shape = Via(
        radius=CHANNEL,
        wall_thickness=WALL,
        wall="film",
        via_layers=("channel",),
        lateral_size=12 * nm,
        edge_size=4 * nm,
    )
    law = DEPOSIT if ion == SILVER else FILAMENT
    more: list[Term] = [REACTION] if ion == SILVER else []
    table = {"Pt": materials.PLATINUM, "channel": channel(ion), "film": POOR_FILM, "Ag": materials.SILVER}
    return Device(
        mesh=stack.mesh(size=size, interface_size=min(1.5 * nm, size), shape=shape, growth=2.0),
        materials=table,
        physics=[Conduction({"channel": law}), MobileIons(ion, regions=("channel",)), *more],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=TEMPERATURE,
    )


def channel(ion: str) -> Material:
    """Return the film in which ``ion`` moves."""
    if ion == VACANCY:
        return POOR_FILM.with_ion(VACANCY, perovskites.VACANCY_IONMONGER)
    silver = POOR_FILM.with_ion(SILVER, perovskites.SILVER_IN_MAPBI3)
    return silver.with_ion(SILVER, mean_density=DISSOLVED)


def start(cell: Device, *, gap: float = GAP) -> State:
    """Return the state before the sweep: dissolved silver, or a vacancy filament down to ``gap`` [m] above Pt."""
    state = equilibrium(cell)
    if any(field.name == SILVER for field in cell.context.fields):
        return state
    rise = cell.scaling.length * cell.setting.mesh.mesh.geometry.x[:, 1]
    low, high = ELECTRODE, float(rise.max()) - ELECTRODE
    seed = FilamentSeed(
        film=(low, high),
        bottom_radius=2 * CHANNEL,
        top_radius=2 * CHANNEL,
        inside=FILAMENT.density,
        outside=perovskites.VACANCY_IONMONGER.mean_density.si(),
        edge_width=3 * nm,
        fraction=1 - gap / (high - low),
        start="top",
    )
    return with_ions(state, VACANCY, lambda x: seed.density(x, 2))


def set_voltage(
    begin: State,
    *,
    rate: float = RATE,
    highest: float = 8 * V,
    tolerance: float = 0.3,
    observe: Callable[[State], None] | None = None,
) -> float:
    """Return the voltage [V] at which a sweep from ``begin`` at ``rate`` [V/s] comes to the compliance.

    nan if it does not come to that below ``highest`` [V]. A front steps from node to node, faster than the sweep
    goes on: hence a large ``tolerance`` (``StepControl``). Where Newton fails, because the formula of second order
    has asked for more ions than there are sites, the sweep begins anew from the last state, with
    1e-9 of its full sites vacated. Raises ConvergenceError if that does not help.
    """
    run = apply(
        begin,
        {"top": Sweep(0, highest, rate=rate)},
        stop=CurrentAbove("top", COMPLIANCE),
        control=StepControl(tolerance=tolerance, max_bias_step=0.01),
        observe=observe,
        restart=eased,
    )
    return run.state.bias["top"] if run.stopped else float("nan")


def eased(state: State) -> State:
    """Return a state without full sites: a share of 1e-9 of them vacant, and that part of the ions gone."""
    values, device = state.values.copy(), state.device
    for k, field in enumerate(device.context.fields):
        if field.upper_bound is not None:
            highest = (1 - 1e-9) * field.upper_bound / device.scaling.density
            values[:, k] = np.minimum(values[:, k], highest)
    return replace(state, values=values)
