r"""A film, a thin insulator and a metal beside what tunnels by an independent integral; that several tests build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem import Device, GateContact, OhmicContact, State
from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK, VACUUM_PERMITTIVITY
from fem.materials import Arrhenius, Datum
from fem.physics import (
    BarrierLaw,
    BarrierTunnelling,
    Carriers,
    DirectTunnelling,
    FowlerNordheim,
    Interlayer,
    InterlayerLeakage,
    Poisson,
    TrapAssistedTunnelling,
)
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.devices import datum, insulator, metal, semiconductor

Array = npt.NDArray[np.float64]
FILM, GAP, OXIDE_GAP = 20 * nm, 1.5, 9.0  # [m, eV, eV]
AFFINITY, PERMITTIVITY, MASS = 4.1, 3.9, 0.4  # of the film [eV], of the insulator, under its barrier [m0]
#: N_c at 300 K of carriers with the mass of free electrons [1/m^3]
FREE = float(2 * (2 * np.pi * ELECTRON_MASS * BOLTZMANN * 300.0 / PLANCK**2) ** 1.5)


def oxide(barrier: float = 3.0, mass: float = MASS, **more: Any) -> Any:
    """Return an insulator whose conduction band is ``barrier`` [eV] above that of the film."""
    known = {
        "electron_affinity": datum(AFFINITY - barrier, "eV"),
        "band_gap": datum(OXIDE_GAP, "eV"),
        "electron_tunnelling_mass": datum(mass, "1"),
        "hole_tunnelling_mass": datum(mass, "1"),
    }
    return insulator("oxide", PERMITTIVITY, **(known | more))


TRAPS = TrapAssistedTunnelling(carrier="electron", density=1e25, depth=2.6 * eV, attempt_frequency=1e13)
LEAKING = oxide(electrical_conductivity=Datum(Arrhenius(1e-4, 0.3), "S/m", "assumed", "a test"))
#: every kind of crossing, one at a time
WAYS: dict[str, Any] = {
    "barrier": BarrierTunnelling(),
    "traps": TRAPS,
    "leakage": InterlayerLeakage(poole_frenkel_permittivity=2.0),
    "closed law": BarrierLaw(
        carrier="electron", law=DirectTunnelling(barrier=3 * eV, effective_mass=0.4, thickness=3 * nm)
    ),
}


def film(donors: float = FREE) -> Any:
    """Return a semiconductor of so many ``donors`` [1/m^3], whose carriers have the mass of free electrons."""
    return semiconductor(
        "film",
        permittivity=10.0,
        conduction=AFFINITY,
        valence=AFFINITY + GAP,
        states=FREE,
        donor_density=(donors, "m^-3"),
    )


def contact_on_oxide(
    thickness: float,
    *,
    temperature: float = 300.0,
    work_function: float = AFFINITY,
    crossings: Sequence[Any] = (BarrierTunnelling(),),
    carriers: Sequence[str] = ("electron", "hole"),
    charge: float = 0.0,
    shape: Any = None,
    physics: Sequence[Any] = (),
    materials: dict[str, Any] | None = None,
    end: Any = None,
) -> Device:
    """Return film and insulator, an ohmic contact at the "bottom" and a metal of ``work_function`` [eV] on "top"."""
    stack = VerticalStack(Layer("film", FILM), Layer("oxide", thickness))
    given = {"film": film(), "oxide": oxide()} | (materials or {})
    layer = Interlayer(
        contact="top", across="oxide", into="film", crossings=tuple(crossings), sheet_charge=charge
    )
    return Device(
        mesh=stack.mesh(size=5 * nm, interface_size=0.5 * nm, shape=shape),
        materials=given,
        physics=[Poisson(), Carriers(tuple(carriers)), layer, *physics],
        contacts={"bottom": end or OhmicContact(), "top": GateContact(work_function=work_function * eV)},
        temperature=temperature,
    )


def between_metals(
    thickness: float,
    *,
    temperature: float = 300.0,
    work_functions: tuple[float, float] = (AFFINITY, AFFINITY),
    crossings: Sequence[Any] = (BarrierTunnelling(),),
    contact: str = "top",
) -> Device:
    """Return a metal, the insulator, 3 eV high for a work function [eV] of AFFINITY, and another metal."""
    stack = VerticalStack(Layer("base", 5 * nm), Layer("oxide", thickness), Layer("head", 5 * nm))
    low, high = (metal(w) for w in work_functions)
    return Device(
        mesh=stack.mesh(size=2 * nm, interface_size=1 * nm),
        materials={"base": low, "oxide": oxide(), "head": high},
        physics=[
            Poisson(),
            Interlayer(contact=contact, across="oxide", into="base", crossings=tuple(crossings)),
        ],
        contacts={"bottom": GateContact(), "top": GateContact()},
        temperature=temperature,
    )


def thin_barrier(temperature: float, thickness: float, volts: float, barrier: float = 3.0) -> float:
    r"""Return the current density between metals at a low voltage [A/m^2], of a rectangle of ``barrier`` [eV].

    That of Simmons (1963) with the terms that he leaves out, :math:`(2/K^2)(K\sqrt\phi + 1)e^{-K\sqrt\phi}`, and the
    factor of the temperature (R. Stratton, J. Phys. Chem. Solids 23, 1177, 1962).
    """
    decay = 4 * np.pi * thickness / PLANCK * np.sqrt(2 * MASS * ELECTRON_MASS * ELEMENTARY_CHARGE)
    root = decay * np.sqrt(barrier)
    part = 2 / decay**2 * (root + 1) * np.exp(-root)
    warmth = np.pi * decay / (2 * np.sqrt(barrier)) * BOLTZMANN * temperature / ELEMENTARY_CHARGE
    supply = 4 * np.pi * ELECTRON_MASS * ELEMENTARY_CHARGE**3 / PLANCK**3
    return float(supply * volts * part * warmth / np.sin(warmth))


def of_line(state: State) -> tuple[int, int, Array]:
    """Return the nodes of a line at the film's face and on the metal, and the potential [V]."""
    context, scaling = state.device.context, state.device.scaling
    places = context.scalar_space.tabulate_dof_coordinates()[:, 0] * scaling.length
    face = int(np.abs(places - FILM).argmin())
    return face, int(places.argmax()), state.values[:, 0] * scaling.potential


def levels(state: State, work_function: float = AFFINITY) -> tuple[float, float, float]:
    """Return over the film's band edge [eV] its Fermi level, that of the metal, and the barrier's rise to the metal."""
    face, metal, potential = of_line(state)
    material, t = state.device.setting.materials["film"], state.device.temperature
    kt = BOLTZMANN * t / ELEMENTARY_CHARGE
    filling = state.density("electron")[face] / material.si("effective_dos_conduction", t)
    rise = float(potential[face] - potential[metal])
    return float(kt * np.log(filling)), rise + AFFINITY - work_function, rise


def tunnelled(
    temperature: float,
    thickness: float,
    barrier: tuple[float, float],
    level: tuple[float, float],
    *,
    mass: float = MASS,
    floor: float = 0.0,
) -> float:
    """Return the electron current density from one side to the other [A/m^2], by trapezoids of free electrons.

    ``barrier`` at both faces, Fermi ``level`` of both sides, over the edge of the band [eV]; ``floor``: lowest energy.
    """
    kt = BOLTZMANN * temperature / ELEMENTARY_CHARGE
    top = max(*barrier, *level, floor) + 40 * kt
    turns = [x for x in (*barrier, *level) if floor < x < top]
    ends = np.unique(
        np.concatenate([np.linspace(floor, top, 40001), *(floor + (x - floor) * _FINE for x in turns)])
    )
    point, weight = np.polynomial.legendre.leggauss(8)
    energy = ends[:-1, None] + np.diff(ends)[:, None] * (point + 1) / 2
    weight = np.diff(ends)[:, None] * weight / 2
    first, second = (np.maximum(b - energy, 0.0) ** 1.5 for b in barrier)
    slope = barrier[0] - barrier[1]
    root = (first - second) / slope * 2 / 3 if abs(slope) > 1e-9 else np.cbrt(first)
    wave = 2 * np.pi / PLANCK * np.sqrt(2 * mass * ELECTRON_MASS * ELEMENTARY_CHARGE)
    through = np.exp(-2 * wave * thickness * root)
    supply = np.logaddexp(0, (level[0] - energy) / kt) - np.logaddexp(0, (level[1] - energy) / kt)
    richardson = 4 * np.pi * ELECTRON_MASS * BOLTZMANN**2 * ELEMENTARY_CHARGE / PLANCK**3
    return float(richardson * temperature**2 * (through * supply * weight).sum() / kt)


def fowler_nordheim(temperature: float, field: float, barrier: float, mass: float = MASS) -> float:
    r"""Return the current density of Fowler and Nordheim at a temperature [A/m^2], ``barrier`` [eV] from a metal.

    With the factor :math:`\pi ckT/\sin\pi ckT` (E. L. Murphy and R. H. Good, Phys. Rev. 102, 1464, 1956) and the next
    order of the exponent, whose curvature over the energy takes away a part E/B.
    """
    law = FowlerNordheim(barrier=barrier * eV, effective_mass=mass)
    kt, exponent = BOLTZMANN * temperature / ELEMENTARY_CHARGE, law.slope / field
    steepness, bend = 1.5 * exponent / barrier, 0.375 * exponent / barrier**2

    def supply(c: float) -> float:
        return float(np.pi * kt / (c * np.sin(np.pi * c * kt)))

    step = 1e-3 * steepness
    second = (supply(steepness + step) + supply(steepness - step) - 2 * supply(steepness)) / step**2
    plain = float(law.current_density(field, temperature))
    return plain * steepness**2 * (supply(steepness) - bend * second)


_FINE = np.linspace(0.0, 1.0, 4001)


def capacity(thickness: float) -> float:
    """Return the capacitance of the insulator [F/m^2]."""
    return PERMITTIVITY * VACUUM_PERMITTIVITY / thickness
