"""The Jacobian of a ferroelectric polarisation, held and switching."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, SchottkyContact, equilibrium
from fem.physics import Carriers, DomainSwitching, Ferroelectric, LandauKhalatnikov, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.verification.test_jacobian import check_jacobian

LAWS = {
    "domain": DomainSwitching(remanent_polarization=0.01, activation_field=2e6, attempt_time=1e-9),
    "domains": DomainSwitching(
        remanent_polarization=0.01,
        activation_field=2e6,
        attempt_time=1e-9,
        exponent=1.5,
        classes=3,
        spread=0.4,
    ),
    "double well": LandauKhalatnikov(remanent_polarization=0.01, coercive_field=2e6, viscosity=1.0),
}


CASES = [
    ("line", "domain"),
    ("line", "double well"),
    ("section", "double well"),
    ("disc", "domain"),
    ("disc", "domains"),
]


@pytest.fixture(scope="module", params=CASES)
def device(request: pytest.FixtureRequest, devices: ModuleType, drawings: ModuleType) -> Device:
    """A ferroelectric semiconductor below another one, in a wild state."""
    kind, law = request.param
    stack = VerticalStack(Layer("lower", 40 * nm), Layer("upper", 60 * nm)).mesh(
        size=9 * nm, interface_size=3 * nm
    )
    irregular = drawings.Rectangle(size=30.0, coordinates="axisymmetric" if kind == "disc" else "cartesian")
    axis = {"line": "x", "section": "x", "disc": None}[kind]
    found = Device(
        mesh=stack if kind == "line" else irregular,
        materials={"lower": devices.film(), "upper": devices.HTL},
        physics=[Poisson(), Carriers(), Ferroelectric("lower", LAWS[law], axis=axis, initial=1e-3)],
        contacts={
            "bottom": SchottkyContact(work_function=4.3 * eV),
            "top": SchottkyContact(work_function=5.2 * eV),
        },
        temperature=300.0,
    )
    context, rng = found.context, np.random.default_rng(7)
    values = equilibrium(found).values
    for function in (context.unknown, context.previous, context.older):
        wild = values.copy()
        wild[:, 0] += rng.normal(0, 2, len(values))
        wild[:, 1:3] = rng.uniform(0.3, 3, (len(values), 2)) * 1e-2
        wild[:, 3:] = rng.uniform(-1, 1, wild[:, 3:].shape)
        function.x.array[:] = wild.ravel()
    pace = found.scaling.time / 1e-9  # steps of about the attempt time
    context.set_time_formula((1.5 * pace, -2.0 * pace, 0.5 * pace), (1.4, -1.9, 0.5))
    return found


@pytest.mark.parametrize("switching", [0.0, 1.0])
def test_jacobian_of_each_block_is_the_finite_difference(device: Device, switching: float) -> None:
    device.context.switching.value = switching
    term = device.physics[2]
    assert isinstance(term, Ferroelectric)
    check_jacobian(device, ("potential", "electron", "hole", *term.unknowns))
