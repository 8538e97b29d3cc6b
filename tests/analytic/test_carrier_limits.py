"""Carriers in limits with closed forms: thermionic emission, and drift-diffusion in a constant field."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem import Device, SchottkyContact, steady
from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK, thermal_voltage
from fem.materials import PowerLaw
from fem.physics import Carriers, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("column", "mass", "temperature"), [(1, 1.0, 300.0), (2, 0.2, 300.0), (3, 0.2, 350.0)]
)
def test_diode_of_fast_carriers_is_that_of_richardson(
    devices: ModuleType, column: int, mass: float, temperature: float
) -> None:
    """A barrier of 0.6 eV; the density of states carries the effective mass."""
    thermal = 2 * np.pi * mass * ELECTRON_MASS * BOLTZMANN * temperature / PLANCK**2
    film = devices.semiconductor(
        "film", states=PowerLaw(2 * thermal**1.5, 1.5, temperature), mobility=1e3, conduction=4.0, valence=7.0
    )
    diode = Device(
        mesh=VerticalStack(Layer("film", 50 * nm)).mesh(size=2 * nm, interface_size=0.5 * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": devices.ohmic(4.2), "top": SchottkyContact(work_function=4.6 * eV)},
        temperature=temperature,
    )
    rows = np.loadtxt(DATA / "richardson.csv", delimiter=",", skiprows=1)
    last = None
    for row in sorted(rows[rows[:, 0] <= 0.3], key=lambda r: r[0]):
        last = steady(diode, {"top": row[0]}, start=last)
        assert last.current("top") == pytest.approx(row[column], rel=2e-3, abs=1e-7)


def test_flux_in_a_constant_field_is_that_of_goldman_hodgkin_and_katz(devices: ModuleType) -> None:
    """Electrons between two given densities; so large a permittivity makes the field constant."""
    vt = thermal_voltage(300.0)
    left, right, states, length = 1e23, 2e22, 1e25, 100 * nm
    film = devices.semiconductor("film", permittivity=1e9, states=states, mobility=1e-14 / vt, conduction=4.0)
    film = film.with_(band_gap=3 * eV)
    work = [4.0 + vt * np.log(states / density) for density in (left, right)]
    device = Device(
        mesh=VerticalStack(Layer("film", length)).mesh(size=10 * nm, interface_size=10 * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": devices.ohmic(work[0]), "top": devices.ohmic(work[1])},
        temperature=300.0,
    )
    rows = np.loadtxt(DATA / "ghk.csv", delimiter=",", skiprows=1)
    for drop, _, flux in rows:
        state = steady(device, {"top": -drop - (work[0] - work[1])}, max_bias_step=10.0)
        # electrons that move up carry a current that enters at the top
        assert state.current("top") == pytest.approx(ELEMENTARY_CHARGE * flux, rel=1e-6)
