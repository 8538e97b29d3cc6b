r"""An electrolyte of two ions in an insulator beside a semiconductor: its double layers, and the uptake of one ion.

Two species of mean density c, each on sites of its own of density m, have with :math:`\varphi = c/m` and
:math:`u = q(\psi - \psi_{bulk})/kT` in a double layer

.. math:: \rho = qm\left[\frac{\varphi e^{-u}}{1-\varphi+\varphi e^{-u}} - \frac{\varphi e^{u}}{1-\varphi+\varphi e^{u}}
          \right],\qquad \sigma = \sqrt{2\varepsilon kTm\ln[(1-\varphi+\varphi e^{-u})(1-\varphi+\varphi e^{u})]}

(the first integral of Poisson's equation; Gouy and Chapman's :math:`\sqrt{8\varepsilon kTc}\sinh(u/2)` for few ions).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, OhmicContact, State, StepControl, equilibrium, integrate, steady
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.materials import Material
from fem.physics import Carriers, IonTransfer, MobileIons, Poisson
from fem.species import IonSpecies
from fem.units import eV, nm
from geometries import Layer, VerticalStack

PERMITTIVITY, SITES, CHANNEL, GEL = 12.0, 2.3e27, 20 * nm, 200 * nm
UPTAKEN = IonSpecies("uptaken_cation", +1, "cation in the film")
TARGET = UPTAKEN.name


def cell(devices: ModuleType, mean: float, *more: Any, sites: float = SITES, film: Any = None) -> Device:
    """Return film and gel between an ohmic contact below and a gate above."""
    both = {name: devices.ion(mean, site=sites, diffusivity=1e-11) for name in ("cation", "anion")}
    gel = Material(
        name="gel", kind="insulator", relative_permittivity=devices.datum(PERMITTIVITY, "1"), ions=both
    )
    channel = devices.semiconductor(
        "film", conduction=3.0, valence=5.2, acceptor_density=(1e22, "m^-3"), ions=film or {}
    )
    return Device(
        mesh=VerticalStack(Layer("film", CHANNEL), Layer("gel", GEL)).mesh(
            size=10 * nm, interface_size=0.02 * nm, growth=1.5
        ),
        materials={"film": channel, "gel": gel},
        physics=[Poisson(), Carriers(species=("hole",)), MobileIons("cation"), MobileIons("anion"), *more],
        contacts={"bottom": OhmicContact(work_function=5.1 * eV), "top": GateContact(work_function=5.1 * eV)},
        temperature=300.0,
    )


def halves(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return heights [m] with potential [V] and ionic charge [C/m^3] in the gel."""
    x, order = state.device.mesh.mesh.geometry.x[:, 0] * state.device.mesh.unit, order_of(state)
    charge = ELEMENTARY_CHARGE * (state.ion_density("cation") - state.ion_density("anion"))
    return x[order], state.potential()[order], charge[order]


def order_of(state: State) -> np.ndarray:
    """Return the nodes of the gel from below."""
    x = state.device.mesh.mesh.geometry.x[:, 0] * state.device.mesh.unit
    order = np.argsort(x)
    return np.asarray(order[x[order] > CHANNEL - 1e-13])


def closed_form(u: float, mean: float) -> float:
    """Return the charge [C/m^2] of a double layer over which ``u`` [kT/q] falls."""
    share = mean / SITES
    logarithms = sum(np.log1p(share * np.expm1(sign * u)) for sign in (-1, 1))
    return float(np.sqrt(2 * PERMITTIVITY * VACUUM_PERMITTIVITY * BOLTZMANN * 300.0 * SITES * logarithms))


@pytest.mark.parametrize("mean", [1e25, 1.2e27])
@pytest.mark.parametrize("gate", [-0.4, -1.0])
def test_double_layers_of_an_electrolyte_have_the_charge_of_the_closed_form(
    devices: ModuleType, mean: float, gate: float
) -> None:
    device = cell(devices, mean)
    start = equilibrium(device)
    state = steady(device, {"top": gate}, start=start)
    x, psi, charge = halves(state)
    middle = CHANNEL + GEL / 2
    bulk, density = (np.interp(middle, x, y) for y in (psi, state.ion_density("cation")[order_of(state)]))
    for side, end in ((x <= middle, 0), (x >= middle, -1)):
        u = (psi[end] - bulk) / thermal_voltage(300.0)
        found = abs(np.trapezoid(charge[side], x[side]))
        assert abs(u) > 1.0
        assert found == pytest.approx(closed_form(u, density), rel=0.02)
    for name in ("cation", "anion"):
        assert state.ion_inventory(name) == pytest.approx(start.ion_inventory(name), rel=1e-12)


def uptake(face: str = "film|gel", target: str = "anion", **changed: float) -> IonTransfer:
    numbers = {"velocity": 1e-9, "partition": 1.0, "transfer_coefficient": 0.5, "reference_density": 1e24}
    return IonTransfer(face, "cation", target, **(numbers | changed))


def transferring(devices: ModuleType, velocity: float, partition: float) -> Device:
    few = devices.ion(1e20, site=1e26, diffusivity=1e-13)
    transfer = uptake(target=TARGET, velocity=velocity, partition=partition)
    return cell(devices, 1e24, MobileIons(UPTAKEN, background=False), transfer, film={TARGET: few})


def test_uptake_begins_with_velocity_times_partition_times_density(devices: ModuleType) -> None:
    device = transferring(devices, 1e-9, 1e-2)
    start = equilibrium(device)
    at = np.argmin(np.abs(device.mesh.mesh.geometry.x[:, 0] * device.mesh.unit - CHANNEL))
    first = start.ion_density("cation")[at]
    *_, end = integrate(device, start, bias=lambda t: {}, end=1e-5, control=StepControl(tolerance=1e-3))
    gained = end.ion_inventory(TARGET) - start.ion_inventory(TARGET)
    first *= (first / 1e24) ** -0.5
    assert gained == pytest.approx(1e-9 * 1e-2 * first * 1e-5, rel=0.02)
    lost = start.ion_inventory("cation") - end.ion_inventory("cation")
    assert lost == pytest.approx(gained, rel=1e-4)  # of 2e17


@pytest.mark.parametrize("gate", [-0.5, 0.5])
def test_uptake_ends_at_the_partition_of_the_activities_whatever_the_gate(
    devices: ModuleType, gate: float
) -> None:
    device = transferring(devices, 1e-3, 1e-2)
    *_, end = integrate(
        device,
        equilibrium(device),
        bias=lambda t: {"top": gate * min(1.0, t / 1e-4)},
        end=1.0,
        kinks=[1e-4],
        control=StepControl(tolerance=1e-2, max_bias_step=0.1),
    )
    at = np.argmin(np.abs(device.mesh.mesh.geometry.x[:, 0] * device.mesh.unit - CHANNEL))
    gel, film = end.ion_density("cation")[at], end.ion_density(TARGET)[at]
    assert (gel > 2e24) if gate > 0 else (gel < 5e23)  # the gate drives ions to the film, or from it
    assert film / (1 - film / 1e26) == pytest.approx(1e-2 * gel / (1 - gel / SITES), rel=1e-3)
    assert sum(end.current(name) for name in device.contacts) == pytest.approx(0.0, abs=1e-9)


def test_bad_input_of_a_transfer_is_one_clear_error(devices: ModuleType) -> None:
    for name, value in (
        ("velocity", 0.0),
        ("partition", -1.0),
        ("transfer_coefficient", 2.0),
        ("reference_density", 0.0),
    ):
        with pytest.raises(OutOfRangeError, match=name.replace("_", " ")):
            uptake(**{name: value})
    for face, target, error, words in (
        ("film|lid", "anion", UnknownNameError, "interface"),
        ("film|gel", "silver_ion", UnknownNameError, "mobile ion"),
        ("film|gel", "anion", IncompatibleError, "charge numbers"),
        ("film|gel", "cation", IncompatibleError, "not on the same"),
    ):
        with pytest.raises(error, match=words):
            cell(devices, 1e24, uptake(face, target))
