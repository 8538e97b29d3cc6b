"""Between two cylinders: the closed forms, and how fast they are approached."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, DeviceMesh, GateContact, OhmicContact, equilibrium, integrate, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.physics import Carriers, Poisson
from fem.units import eV


def coaxial(drawings: ModuleType, size: float) -> DeviceMesh:
    """Return the space between two cylinders of 20 and 100 nm radius, 40 nm long."""
    rectangle = drawings.Rectangle(
        sides={"left": "inner", "right": "outer"},
        left=20.0,
        width=80.0,
        height=40.0,
        size=size,
        coordinates="axisymmetric",
    )
    mesh: DeviceMesh = DeviceMesh.from_drawing(rectangle)
    return mesh


def test_cylindrical_capacitor_has_the_capacitance_of_the_closed_form(
    devices: ModuleType, drawings: ModuleType
) -> None:
    expected = 2 * np.pi * 10 * VACUUM_PERMITTIVITY * 40e-9 / np.log(5.0)
    errors = []
    for size in (10.0, 5.0, 2.5):
        oxide = devices.insulator("oxide", 10.0)
        device = Device(
            mesh=coaxial(drawings, size),
            materials={"lower": oxide, "upper": oxide},
            physics=[Poisson()],
            contacts={n: GateContact(work_function=4.5 * eV) for n in ("inner", "outer")},
            temperature=300.0,
        )
        state = list(integrate(device, equilibrium(device), bias=lambda t: {"inner": t}, end=1.0))[-1]
        assert state.current("outer") == pytest.approx(-state.current("inner"), rel=1e-10)
        errors.append(state.current("inner") / expected - 1)
    assert abs(errors[-1]) < 2e-3
    assert 0.15 < errors[-1] / errors[-2] < 0.4
    assert 0.15 < errors[-2] / errors[-3] < 0.4


def test_cylindrical_resistor_has_the_resistance_of_the_closed_form(
    devices: ModuleType, drawings: ModuleType
) -> None:
    film = devices.semiconductor("film", donor_density=(1e25, "m^-3"))
    device = Device(
        mesh=coaxial(drawings, 5.0),
        materials={"lower": film, "upper": film},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={n: OhmicContact() for n in ("inner", "outer")},
        temperature=300.0,
    )
    expected = 2 * np.pi * ELEMENTARY_CHARGE * 2e-4 * 1e25 * 40e-9 / np.log(5.0) * 0.05
    assert steady(device, {"inner": 0.05}).current("inner") == pytest.approx(expected, rel=5e-3)
