"""Ag | MAPbI3 | Pt: filaments of silver in thin films, of iodide vacancies in thick ones.

Published (Y. Sun, M. Tai, C. Song et al., J. Phys. Chem. C 122, 6431, 2018): vacancy filaments above some 90 nm. Of
thinner films Li et al. (Mater. Horiz. 11, 5499, 2024) say that silver filaments are preferred, Yantara et al. (Chem.
Soc. Rev. 55, 2145, 2026) that both coexist; the cell is Ag/MAPbI3/FTO to the former and Pt/MAPbI3/Ag to the latter.
Silver takes about 1e7 V/m to move: J. Choi et al. (Adv. Mater. 28, 6562, 2016) to Yantara et al., "at least", of Sun
et al., to Li et al. No V_set of the 90 nm is printed: 0.9 V is the product of both numbers. V_set is said to rise with
the thickness from 90 to 300 nm (Yantara 2026).

Simulated: a channel on the axis of a round cell, a grain boundary say, in which one kind of ion moves; the film around
it only conducts. The current is that of ``Conduction``, and until a filament has set it heats nothing. Silver
comes from the top electrode by ``ElectrodeReaction`` and grows from Pt; the electrons of its deposit are the metal's
and stay there. Vacancies are those of a formed filament with a gap at Pt; they bring the film's electrons, which pull
them along. Both drift in the screened potential; carriers average both over a pseudo-cubic cell, that of one site of
silver. The barrier of the reaction alone is calibrated, to 1e7 V/m on 90 nm, 0.9 V. Found, at 1 V/s:

========== =============== ============= ======== =================== ========
film [nm]  cells [nm]      V_set Ag [V]  [V/m]    cells [nm]          vac. [V]
========== =============== ============= ======== =================== ========
60         5; 2.5          0.645; 0.639  1.07e7   1.5; 0.75           1.56; 1.54
90         7.5; 3.75       0.917; 0.904  1.01e7   1.5                 1.60
150        -               -             -        1.5                 1.60
300        -               -             -        1.5                 1.59
========== =============== ============= ======== =================== ========

(``set_voltage(start(device(SILVER, 90 * nm, size=3.75 * nm)))``; cells at the faces are 0.37 nm.) Predicted: silver
sets at about one field (60 and 90 nm; thicker films of silver are not simulated on these meshes yet), and vacancies
come first above some 155 nm, against 90 nm published: a miss, which rests on the assumed gap and on the current at
which a set is read, for vacancies set gradually. Missed, too: that V_set rises with thickness where vacancies set.

One field is no threshold here: a filament's silver has to come in the time of the sweep, and a slower one sets earlier.
The field over a layer of 0.6 nm, 0.2 kT/q at 1e7 V/m, lowers no barrier by itself; so the exchange has to be 2e6 times
that of Ag/AgI.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fem import materials
from fem.contacts import OhmicContact
from fem.device.device import Device
from fem.device.state import State, with_ions
from fem.materials import Arrhenius, Datum, Material, perovskites
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
from studies.devices.shared.filament import screening
from studies.protocols.shapes import Sweep

SILVER, VACANCY = "silver_ion", "iodide_vacancy"
TEMPERATURE = 300 * K
CHANNEL, WALL, ELECTRODE = 5 * nm, 25 * nm, 10 * nm
GAP = 10 * nm
#: Cells at the faces of the channel [m], in which the length of its conductivity is resolved.
FACE = 0.37 * nm
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
SPACING = Datum(
    0.628,
    "nm",
    "Calado2022",
    "pseudo-cubic cell, of one site for silver: over it carriers average the density that they see",
)
DEPOSIT = DepositConductivity(
    ion=SILVER, poor=POOR, rich=RICH, threshold=2.8e27, density=3.9e27, averaging_length=SPACING.si()
)
FILAMENT = VacancyConductivity(
    ion=VACANCY, poor=POOR, rich=RICH, density=1.2e27, averaging_length=SPACING.si()
)
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
        edge_size=FACE,
    )
    law = DEPOSIT if ion == SILVER else FILAMENT
    more: list[Term] = [REACTION] if ion == SILVER else []
    table = {"Pt": materials.PLATINUM, "channel": channel(ion), "film": POOR_FILM, "Ag": materials.SILVER}
    return Device(
        mesh=stack.mesh(size=size, interface_size=FACE, shape=shape, growth=2.0),
        materials=table,
        physics=[
            Conduction({"channel": law}, screening=screening(law)),
            MobileIons(ion, regions=("channel",), ambipolar=ion == VACANCY),
            *more,
        ],
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
