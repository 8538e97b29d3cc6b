r"""A diode whose current is recombination in its depletion layer.

With equal lifetimes :math:`R = n_i(e^{qV/kT} - 1)/[\tau(2 + 2e^{qV/2kT}\cosh(q\psi/kT))]`, ψ counted from where n = p:
forward the current rises with an ideality of two, in reverse every pair generated is collected (C.-T. Sah,
R. N. Noyce and W. Shockley, Proc. IRE 45, 1228, 1957).
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from scipy.integrate import quad

from fem import Device, OhmicContact, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import Carriers, Poisson, ShockleyReadHall
from fem.units import nm, um
from geometries import Layer, VerticalStack

VT, LIFETIME, DOPING = thermal_voltage(300.0), 1e-9, 1e22
PERMITTIVITY = 12.0 * VACUUM_PERMITTIVITY


@pytest.fixture(scope="module")
def diode(devices: ModuleType) -> Device:
    """Return a symmetric p-n junction of a wide gap, whose diffusion current is far below that of recombination."""
    half = {
        "permittivity": 12.0,
        "conduction": 4.0,
        "valence": 5.4,
        "states": 1e25,
        "mobility": 1e-2,
        "electron_lifetime": (LIFETIME, "s"),
        "hole_lifetime": (LIFETIME, "s"),
    }
    return Device(
        mesh=VerticalStack(Layer("p", 2 * um), Layer("n", 2 * um)).mesh(
            size=20 * nm, interface_size=0.5 * nm
        ),
        materials={
            "p": devices.semiconductor("p", acceptor_density=(DOPING, "m^-3"), **half),
            "n": devices.semiconductor("n", donor_density=(DOPING, "m^-3"), **half),
        },
        physics=[Poisson(), Carriers(recombination=(ShockleyReadHall(),))],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def intrinsic(device: Device) -> float:
    return device.setting.materials["p"].intrinsic_density(300.0)


def expected(device: Device, bias: float) -> float:
    """Return the current density [A/m²]: q∫R dx in the depletion layer, over which the potential is two parabolas."""
    ni = intrinsic(device)
    fall = 2 * VT * (np.log(DOPING / ni) - 1) - bias  # less 2 kT/q for the carriers at the edges
    curvature = ELEMENTARY_CHARGE * DOPING / PERMITTIVITY
    half = np.sqrt(fall / curvature)
    middle = ni * np.exp(bias / (2 * VT))

    def rate(x: float) -> float:
        psi = (curvature * half * x - curvature * x**2 / 2) / VT
        return ni * (np.exp(bias / VT) - 1) / (2 + 2 * middle / ni * np.cosh(psi)) / LIFETIME

    return float(2 * ELEMENTARY_CHARGE * quad(rate, 0, half, points=[half / 30, half / 6], limit=200)[0])


@pytest.mark.parametrize("bias", [0.3, 0.4, 0.5, -1.0, -5.0, -10.0])
def test_current_is_that_of_recombination_in_the_depletion_layer(diode: Device, bias: float) -> None:
    state = steady(diode, {"bottom": bias}, max_bias_step=1.0)
    assert state.current("bottom") == pytest.approx(expected(diode, bias), rel=2e-2)


def test_current_rises_with_an_ideality_of_two(diode: Device) -> None:
    low, high = (steady(diode, {"bottom": v}).current("bottom") for v in (0.25, 0.35))
    assert 0.1 / VT / np.log(high / low) == pytest.approx(2.0, abs=0.1)
