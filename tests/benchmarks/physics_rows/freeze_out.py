"""Carriers of dopants that hold them, from 50 to 400 K, beside the law of a band and one level."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from fem import Device, OhmicContact, equilibrium, steady
from fem.constants import BOLTZMANN
from fem.materials import SILICON
from fem.physics import Carriers, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.benchmarks.table import Row, at_most

DOPING, DEPTHS = 1e23, {"donor": 0.045, "acceptor": 0.045}  # [1/m^3], [eV]: phosphorus and boron
STATES = {"donor": (2.86e25, 2.0), "acceptor": (3.1e25, 4.0)}  # at 300 K [1/m^3], degeneracy of the level
CARRIER = {"donor": "electron", "acceptor": "hole"}
TEMPERATURES = (50.0, 77.0, 100.0, 150.0, 200.0, 300.0, 400.0)


def law(dopant: str, t: float) -> float:
    """Return the density [1/m^3] of carriers c with c (c + c_1) = N c_1: one level and one band."""
    states, degeneracy = STATES[dopant]
    level = states * (t / 300) ** 1.5 * np.exp(-DEPTHS[dopant] * eV / (BOLTZMANN * t)) / degeneracy
    return float(2 * DOPING / (1 + np.sqrt(1 + 4 * DOPING / level)))


def film(dopant: str, t: float) -> Device:
    """Return a doped film between neutral contacts."""
    data = {f"{dopant}_density": DOPING, f"{dopant}_depth": DEPTHS[dopant] * eV}
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=10 * nm),
        materials={"film": SILICON.with_(**data)},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=t,
    )


def rows() -> Iterator[Row]:
    """Yield the largest relative difference of each, in the middle of a film and at its contacts, driven by 10 mV."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for dopant, carrier in CARRIER.items():
            worst = 0.0
            for t in TEMPERATURES:
                device = film(dopant, t)
                state = steady(device, {"bottom": 0.01}, start=equilibrium(device))
                found = state.density(carrier)
                worst = max(worst, float(np.abs(found / law(dopant, t) - 1).max()))
            yield at_most(f"{carrier}s of {dopant}s, 50 to 400 K", 0.01, worst)
