"""A long thin-film transistor follows the square law of the gradual channel (S. M. Sze and K. K. Ng, 2007, ch. 6).

.. math:: I_D = \\frac{\\mu C_i}{L}\\left[(V_G - V_T)V_D - V_D^2/2\\right],\\qquad V_D < V_G - V_T

and half of :math:`\\mu C_i (V_G - V_T)^2/L` beyond, per width. The film is thin and undoped, its flat band at a gate
voltage of 0: the threshold is where the charge that the gate calls for is that of a few kT, 0 V within 0.2 V.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, GateContact, OhmicContact
from fem.constants import VACUUM_PERMITTIVITY
from fem.materials import Material
from fem.physics import Carriers, Poisson
from fem.units import eV, nm, um
from geometries import Layer, Transistor
from studies import output_curves, transfer, transfer_curve

LENGTH, OXIDE, MOBILITY = 100 * um, 100 * nm, 2e-4
CAPACITANCE = 3.9 * VACUUM_PERMITTIVITY / OXIDE


@pytest.fixture(scope="module")
def transistor(devices: ModuleType) -> Device:
    """A transistor of 100 µm: electrons only, contacts at the ends of the film."""
    shape = Transistor(
        channel=(Layer("film", 20 * nm),),
        dielectric=(Layer("oxide", OXIDE, size=25 * nm),),
        channel_length=LENGTH,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
    )
    film = devices.semiconductor("film", permittivity=10.0, mobility=MOBILITY)
    oxide = Material(name="oxide", kind="insulator", relative_permittivity=devices.datum(3.9, "1"))
    ohmic = OhmicContact(work_function=3.9 * eV)
    return Device(
        mesh=shape.mesh(
            size=5 * nm, interface_size=0.4 * nm, lateral_size=1 * um, edge_size=5 * nm, growth=1.6
        ),
        materials={"film": film, "oxide": oxide},
        physics=[Poisson(), Carriers(("electron",))],
        contacts={"source": ohmic, "drain": ohmic, "gate": GateContact(work_function=3.9 * eV)},
        temperature=300.0,
    )


def test_transfer_curve_returns_mobility_and_threshold(transistor: Device) -> None:
    volts = np.linspace(0.0, 20.0, 21)
    linear = transfer(transfer_curve(transistor, volts, 0.1), capacitance=CAPACITANCE, length=LENGTH).first
    assert linear.linear_mobility == pytest.approx(MOBILITY, rel=0.01)
    assert abs(linear.threshold_linear) < 0.2
    saturated = transfer(
        transfer_curve(transistor, volts, 20.0), capacitance=CAPACITANCE, length=LENGTH
    ).first
    assert saturated.saturation_mobility == pytest.approx(MOBILITY, rel=0.02)
    assert saturated.threshold_saturation == pytest.approx(linear.threshold_linear, abs=0.2)


def test_output_curve_is_the_square_law(transistor: Device) -> None:
    gate, drain = 15.0, np.array([0.5, 2.0, 5.0, 10.0, 14.0, 20.0])
    current = output_curves(transistor, drain, [gate]).current
    triode = np.minimum(drain, gate)  # a threshold of 0 V
    expected = MOBILITY * CAPACITANCE / LENGTH * (gate * triode - triode**2 / 2)
    np.testing.assert_allclose(current, expected, rtol=0.02)
