r"""Two ion species between blocking electrodes charge their double layers in :math:`\lambda_DL/D`.

L is half the distance of the electrodes, λ the Debye length of both species together (M. Z. Bazant,
K. Thornton and A. Ajdari, Phys. Rev. E 70, 021506, 2004). The exact time follows from the slowest mode of the
linear Poisson-Nernst-Planck equations,
:math:`s\,\kappa L\,\lambda_D^2/D + \tanh(\kappa L) = 0` with
:math:`\kappa^2 = \lambda_D^{-2} + s/D`.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import brentq

from fem import Device, GateContact, StepControl, equilibrium, integrate
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import MobileIons, Poisson
from fem.units import eV, mV
from geometries import Layer, VerticalStack

PERMITTIVITY = 24.0
VT = thermal_voltage(300.0)


def debye_length(density: float) -> float:
    """Return the Debye length of two species of the same density [m]."""
    return float(np.sqrt(PERMITTIVITY * VACUUM_PERMITTIVITY * VT / (2 * ELEMENTARY_CHARGE * density)))


def slowest(debye: float, half: float, diffusivity: float) -> float:
    """Return the exact time of the slowest mode [s]."""

    def mode(s: float) -> float:
        kappa = np.sqrt(1 / debye**2 + s / diffusivity)
        return s * kappa * half * debye**2 / diffusivity + np.tanh(kappa * half)

    rough = diffusivity / (debye * half)
    return -1 / float(brentq(mode, -1.5 * rough, -0.5 * rough, xtol=1e-12 * rough))


def measured(devices: ModuleType, density: float, half: float, diffusivity: float) -> float:
    """Return the time in which the current after a small step falls by e, from one to three times that [s]."""
    ions = {name: devices.ion(density, diffusivity=diffusivity) for name in ("cation", "anion")}
    gate = GateContact(work_function=4.5 * eV)
    device = Device(
        mesh=VerticalStack(Layer("salt", 2 * half)).mesh(
            size=half / 30, interface_size=debye_length(density) / 20
        ),
        materials={"salt": devices.insulator("salt", PERMITTIVITY, ions=ions)},
        physics=[Poisson(), MobileIons("cation"), MobileIons("anion")],
        contacts={"bottom": gate, "top": gate},
        temperature=300.0,
    )
    tau = debye_length(density) * half / diffusivity
    ramp = 1e-4 * tau
    states = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": 0.5 * mV * min(t / ramp, 1.0)},
            end=4 * tau,
            kinks=[ramp],
            milestones=[tau, 3 * tau],
            control=StepControl(tolerance=1e-6),
        )
    )
    times = np.array([s.time for s in states])
    current = np.array([s.current("top") for s in states])
    first, last = (int(np.argmin(np.abs(times - k * tau))) for k in (1, 3))
    return float((times[last] - times[first]) / np.log(current[first] / current[last]))


@pytest.mark.parametrize(
    ("density", "half", "diffusivity"), [(1e23, 200e-9, 1e-14), (1e24, 200e-9, 1e-14), (1e23, 400e-9, 3e-17)]
)
def test_double_layers_charge_in_debye_length_times_half_thickness_over_diffusivity(
    devices: ModuleType, density: float, half: float, diffusivity: float
) -> None:
    debye = debye_length(density)
    found = measured(devices, density, half, diffusivity)
    assert found == pytest.approx(slowest(debye, half, diffusivity), rel=0.01)
    assert found == pytest.approx(debye * half / diffusivity, rel=1.1 * debye / half)
