"""Recombination at interfaces: against the diffusion of minority carriers, and in other dimensions."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem

from fem import Device, OhmicContact, equilibrium, steady
from fem.constants import ELEMENTARY_CHARGE, thermal_voltage
from fem.forms.compilation import compiled
from fem.outputs import profile
from fem.physics import Carriers, InterfaceRecombination, OpticalGeneration, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack

VT = thermal_voltage(300.0)
BOTH = (
    InterfaceRecombination("ETL|film", electron_velocity=1e3, hole_velocity=1e3),
    InterfaceRecombination("film|HTL", electron_velocity=1.0, hole_velocity=1e3, energy=4.7 * eV),
)


@pytest.mark.parametrize("velocity", [1.0, 30.0, 1e5])
def test_excess_of_minority_carriers_is_that_of_diffusion_to_a_recombining_face(
    devices: ModuleType, velocity: float
) -> None:
    r"""Holes in a doped film, p = 0 at its contact (neutral, ohmic) and :math:`-Dp' = Sp` at an insulator on it:

    .. math:: p = G\tau\,[1 - \cosh(x/L) + b\sinh(x/L)],\quad
              b = \frac{(D/L)\sinh(d/L) - S(1 - \cosh(d/L))}{(D/L)\cosh(d/L) + S\sinh(d/L)}

    (Sze and Ng, Physics of Semiconductor Devices, 2007, ch. 1).
    """
    mobility, tau, generation, thickness = 1e-5, 2e-8, 1e24, 500 * nm
    material = devices.semiconductor(
        "film",
        mobility=mobility,
        donor_density=(1e23, "m^-3"),
        electron_lifetime=(tau, "s"),
        hole_lifetime=(tau, "s"),
    )
    device = Device(
        mesh=VerticalStack(Layer("film", thickness), Layer("cap", 20 * nm)).mesh(
            size=5 * nm, interface_size=0.5 * nm, growth=1.2
        ),
        materials={"film": material, "cap": devices.insulator("cap")},
        physics=[
            Poisson(),
            Carriers(),
            OpticalGeneration(generation, ("film",)),
            InterfaceRecombination("film|cap", electron_velocity=1e3, hole_velocity=velocity),
        ],
        contacts={"bottom": OhmicContact()},
        temperature=300.0,
    )
    found = profile(steady(device, {}, light=1.0))
    inside = found["region"].values == "film"
    x, p = found["position"].values[inside], found["hole"].values[inside]
    diffusivity = mobility * VT
    length = np.sqrt(diffusivity * tau)
    cosh, sinh = np.cosh(thickness / length), np.sinh(thickness / length)
    speed = diffusivity / length
    b = (speed * sinh - velocity * (1 - cosh)) / (speed * cosh + velocity * sinh)
    expected = generation * tau * (1 - np.cosh(x / length) + b * np.sinh(x / length))
    assert p == pytest.approx(expected, abs=3e-4 * expected.max())
    assert p[-1] == pytest.approx(expected[-1], rel=2e-3)


def cell(devices: ModuleType, interfaces: tuple[InterfaceRecombination, ...], shape: Any = None) -> Device:
    """Return the reference cell of three layers with recombination at its interfaces."""
    base = devices.three_layers(shape=shape, size=20 * nm, interface_size=2 * nm, growth=1.5)
    return Device(
        mesh=base.mesh,
        materials=base.setting.materials,
        physics=[Poisson(), Carriers(), OpticalGeneration(3.4e27, ("film",)), *interfaces],
        contacts=base.contacts,
        temperature=300.0,
    )


def test_nothing_recombines_at_interfaces_in_equilibrium(devices: ModuleType) -> None:
    device = cell(devices, BOTH)
    rest, found = equilibrium(device), steady(device, {})
    np.testing.assert_allclose(found.values, rest.values, rtol=1e-9, atol=1e-14)
    assert abs(found.current("top")) < 1e-12


def test_recombination_takes_the_electrons_of_the_transport_layer_and_the_holes_of_the_film(
    devices: ModuleType,
) -> None:
    r"""The current it takes is :math:`qR_s` of the densities on either side."""
    device = cell(devices, BOTH[:1])
    assert (
        BOTH[0].side(device.setting, "electron") == "ETL" and BOTH[0].side(device.setting, "hole") == "film"
    )
    state = steady(device, {"top": 0.9}, light=1.0)
    found = profile(state)
    place = np.abs(found["position"].values - 30 * nm) < 0.01 * nm
    region = found["region"].values
    n = found["electron"].values[place & (region == "ETL")][0]
    p = found["hole"].values[place & (region == "film")][0]
    root = np.sqrt(5e25 * 2.2e24) * np.exp(-(5.5 - 4.0) / 2 / VT)
    rate = (n * p - root**2) / ((n + root) / 1e3 + (p + root) / 1e3)
    level = 2.2e24 * np.exp(-0.8 / VT)
    x, e, h = (found[k].values[region == "film"] for k in ("position", "electron", "hole"))
    excess = e * h - 2.2e24**2 * np.exp(-1.6 / VT)
    bulk = excess / (1e-7 * (e + h + 2 * level)) + 1e-16 * excess
    balance = 3.4e27 * 400 * nm - np.trapezoid(bulk, x) - rate
    assert rate > 0.05 * balance
    assert -state.current("top") / ELEMENTARY_CHARGE == pytest.approx(balance, rel=1e-9)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (None, 1.0),
        (Planar(width=60 * nm, lateral_size=20 * nm), 60 * nm),
        (Axisymmetric(radius=60 * nm, lateral_size=20 * nm), np.pi * (60 * nm) ** 2),
        (Dot(side=60 * nm, dot_radius=20 * nm, lateral_size=30 * nm), np.pi * (20 * nm) ** 2),
    ],
)
def test_recombination_of_even_densities_is_the_rate_times_the_area(
    devices: ModuleType, shape: Any, area: float
) -> None:
    term = BOTH[1]
    device = cell(devices, (term,), shape)
    context, scaling = device.context, device.scaling
    context.unknown.x.array.reshape(-1, context.block_size)[:, 1:3] = (0.9, 0.3 * np.exp(-0.6 / VT))
    rows = dfem.assemble_vector(compiled(term.residual(context))).array.reshape(-1, context.block_size)
    # reduced densities count from the bands of the first layer: 4.0 and 6.0 eV, with its density of states
    n, p = 0.9 * scaling.density * 2.2e24 / 5e25 * np.exp(-0.1 / VT), 0.3 * scaling.density
    n1, p1 = 2.2e24 * np.exp(-0.8 / VT), 5e25 * np.exp(-0.7 / VT)
    rate = (n * p - n1 * p1) / ((n + n1) / 1e3 + (p + p1) / 1.0)
    dim = 3 if device.mesh.axisymmetric else device.mesh.dim
    unit = scaling.density * scaling.velocity * scaling.length ** (dim - 1)
    for carrier in ("electron", "hole"):
        total = rows[:, context.index(carrier)].sum() / float(context.row_scale(carrier).value)
        assert total * unit == pytest.approx(rate * area, rel=1e-10)
