"""A lateral MoS2 memristor: sulfur vacancies between two Schottky contacts; example 107 of ChargeTransport.jl.

Vacancies are mobile donors. They gather at the cathode, where their charge makes the Schottky barrier thin and, by the
image force, low, so that the current depends on where they have been: a pinched loop (Spetzler et al., Adv. Electron.
Mater. 2024; parameters of example 107 of ChargeTransport.jl, which goes with it).

Not as there: carriers follow Boltzmann and not Fermi-Dirac statistics (electrons stay below 1 % of the density of
states, so that it does not matter), and the image force eases emission and diffusion over the barrier, by a factor of
2.6 (``SchottkyContact``), instead of shifting the potential of the contact itself, which holes see as well. Nothing is
calibrated; the example prints no currents.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.optimize import brentq

from fem.contacts import SchottkyContact
from fem.device.device import Device
from fem.device.state import State
from fem.materials import Datum, Material, MobileIon
from fem.physics import Carriers, MobileIons, Poisson
from fem.solvers.equilibrium import equilibrium
from fem.species import IonSpecies
from fem.units import K, V, eV, nm, s, um
from geometries import LateralDevice, Layer, VerticalStack
from studies.devices import PublishedDevice
from studies.experiments.iv import iv_sweep
from studies.protocols.shapes import Sweep
from studies.results.trace import Trace

VACANCY = IonSpecies("sulfur_vacancy", +2, "sulfur vacancy")
LENGTH, AREA, TEMPERATURE = 1 * um, 2.1e-11, 300 * K
FLAKE = 100 * nm  # assumed: the example is a line; the width then follows from its area
ELECTRODE = 500 * nm  # assumed, of an electrode on top
AFFINITY, SITES, LEVEL = 4.0 * eV, 1e28, 4.38 * eV  # of vacancies [1/m^3], [J]
DONORS = 1e17  # immobile [1/m^3]
BARRIERS = {"left": 0.225 * eV, "right": 0.215 * eV}
IMAGE_FORCE_PERMITTIVITY = 9.0
VELOCITIES = {"electron_velocity": 3.63e4, "hole_velocity": 3.19e4}  # [m/s], from m* = 0.55 and 0.71
PROTOCOL = Sweep(0, 12 * V, -12 * V, 0, rate=5 * V / s)
PLACES = {"side": ("side", "side"), "top": ("top", "top"), "mixed": ("side", "top")}

ABOUT = PublishedDevice(
    name="lateral MoS2 memristor",
    stack="MoS2 flake 100 nm, 1 um between Schottky contacts at its side or on top of it",
    protocol=PROTOCOL,
    read_voltage=6 * V,
    reported={},
    assumed={
        "flake": "100 nm: the example is a line; the width then follows from its area",
        "electrode": "500 nm long where it is on top",
        "statistics": "Boltzmann's in place of Fermi's and Dirac's: electrons stay below 1 % of the density of states",
    },
)


def material(vacancies: float) -> Material:
    """Return MoS2 with a mean density of sulfur vacancies [1/m^3]."""

    def datum(value: float, unit: str) -> Datum:
        return Datum(value, unit, "Spetzler2024", "parameters of example 107 of ChargeTransport.jl")

    return Material(
        name="MoS2",
        kind="semiconductor",
        relative_permittivity=datum(9.0, "1"),
        electron_affinity=datum(4.0, "eV"),
        band_gap=datum(1.3, "eV"),
        effective_dos_conduction=datum(1.024e25, "m^-3"),
        effective_dos_valence=datum(1.501e25, "m^-3"),
        electron_mobility=datum(1e-4, "m^2/(V s)"),
        hole_mobility=datum(1e-4, "m^2/(V s)"),
        donor_density=datum(DONORS, "m^-3"),
        ions={
            VACANCY.name: MobileIon(
                mean_density=datum(vacancies, "m^-3"),
                mobility=datum(8e-14, "m^2/(V s)"),
                site_density=datum(SITES, "m^-3"),
            )
        },
    )


def device(contacts: str | None = None, *, lowering: bool = True, fine: float = 0.5 * nm) -> Device:
    """Return the memristor; ``contacts``: "side", "top", "mixed", or None for a line.

    ``lowering``: whether the image force lowers the barriers. ``fine`` [m]: the cells at the contacts.
    """
    return _device(contacts, lowering, fine, vacancy_density())


def _device(contacts: str | None, lowering: bool, fine: float, vacancies: float) -> Device:
    names = {"left": "left", "right": "right"}
    if contacts is None:
        stack = VerticalStack(Layer("MoS2", LENGTH))
        mesh = stack.mesh(size=20 * nm, interface_size=fine, area=AREA)
        names = {"left": "bottom", "right": "top"}
    else:
        left, right = PLACES[contacts]
        shape = LateralDevice(
            film=Layer("MoS2", FLAKE),
            gap=LENGTH,
            electrode_width=None if contacts == "side" else ELECTRODE,
            left=left,
            right=right,
            width=AREA / FLAKE,
        )
        mesh = shape.mesh(
            size=20 * nm, interface_size=2 * fine, lateral_size=40 * nm, edge_size=fine, growth=1.5
        )
    image = IMAGE_FORCE_PERMITTIVITY if lowering else None
    return Device(
        mesh=mesh,
        materials={"MoS2": material(vacancies)},
        physics=[Poisson(), Carriers(recombination=()), MobileIons(VACANCY, background=False)],  # type: ignore[arg-type]
        contacts={
            names[side]: SchottkyContact(
                work_function=AFFINITY + barrier, image_force_permittivity=image, **VELOCITIES
            )
            for side, barrier in BARRIERS.items()
        },
        temperature=TEMPERATURE,
    )


def start(cell: Device) -> State:
    """Return the cell at rest."""
    return equilibrium(cell)


@cache
def vacancy_density() -> float:
    """Return the mean density [1/m^3] at which vacancies are in equilibrium with the contacts at their level."""

    def excess(logarithm: float) -> float:
        return vacancy_level(_device(None, False, 1 * nm, float(np.exp(logarithm)))) - LEVEL / eV

    return float(np.exp(brentq(excess, np.log(1e20), np.log(1e24), xtol=1e-6)))


def vacancy_level(line: Device) -> float:
    """Return the energy of a vacancy below the vacuum level at which the given mean density is in equilibrium [eV].

    The occupation of sites by vacancies is that of a level: z (E_F - E)/kT = -ln(P_max/P - 1), with E counted as in
    ChargeTransport.jl, where the band edges are.
    """
    rest, volt = start(line), line.scaling.potential
    middle = len(rest.values) // 2
    share = rest.density(VACANCY.name)[middle] / SITES
    electrons = rest.density("electron")[middle]
    below_band = volt * np.log(
        material(1e20).si("effective_dos_conduction") / electrons
    )  # of the Fermi level [V]
    above_fermi = volt / VACANCY.charge_number * np.log(share / (1 - share))
    return float(AFFINITY / eV + below_band - above_fermi)


def loop(memristor: Device) -> Trace:
    """Return the triangular sweep of the right contact, 12 V at 5 V/s, from equilibrium."""
    contact = "right" if "right" in memristor.contacts else "top"
    return iv_sweep(memristor, contact=contact, protocol=PROTOCOL)
