"""Positive carriers between two given densities in a constant field: Goldman, Hodgkin and Katz."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem import Device, steady
from fem.constants import ELEMENTARY_CHARGE, thermal_voltage
from fem.physics import Carriers, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack

ROWS = np.loadtxt(Path(__file__).parent / "data" / "ghk.csv", delimiter=",", skiprows=1)


@pytest.mark.parametrize("cells", [2, 40])
def test_flux_of_positive_carriers_is_exact_on_any_mesh(devices: ModuleType, cells: int) -> None:
    """Edge fluxes are exact in a constant field; so large a permittivity makes it constant."""
    vt = thermal_voltage(300.0)
    left, right, states, length = 1e23, 2e22, 1e25, 100 * nm
    film = devices.semiconductor(
        "film", permittivity=1e9, states=states, mobility=1e-14 / vt, conduction=2.0, valence=5.0
    )
    work = [5.0 - vt * np.log(states / density) for density in (left, right)]
    device = Device(
        mesh=VerticalStack(Layer("film", length)).line(nodes=np.linspace(0.0, length, cells + 1)),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("hole",))],
        contacts={"bottom": devices.ohmic(work[0]), "top": devices.ohmic(work[1])},
        temperature=300.0,
    )
    for drop, flux, _ in ROWS[::10]:
        state = steady(device, {"top": -drop - (work[0] - work[1])}, max_bias_step=10.0)
        # holes that move up carry a current out of the device at the top
        assert state.current("top") == pytest.approx(-ELEMENTARY_CHARGE * flux, rel=1e-6)
