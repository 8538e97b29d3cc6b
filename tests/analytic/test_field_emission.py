r"""Tunnelling through Schottky barriers against the integral over energies that Padovani and Stratton start from.

(F. A. Padovani and R. Stratton, Solid-State Electron. 9, 695, 1966.) Their thermionic-field formula expands it about
its largest part, at :math:`V_b/\cosh^2(E_{00}/kT)` above the foot of the barrier; the width of that part gives

.. math:: J = \frac{A^*T}{k}\frac{2\sqrt{\pi E_{00}V_b\tanh(E_{00}/kT)}}{\cosh(E_{00}/kT)}\,e^{-\phi_n/kT - (\phi_B -
          \phi_n)/E_0 + qV/E_0},\qquad E_0 = E_{00}\coth(E_{00}/kT),

which is the printed one but for :math:`2\sqrt{\tanh(E_{00}/kT)}`, 1 at :math:`E_{00} = 0.26\,kT`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from fem import Device, HeatSink, OhmicContact, SchottkyContact, admittance, equilibrium, materials, steady
from fem.constants import (
    BOLTZMANN,
    ELECTRON_MASS,
    ELEMENTARY_CHARGE,
    PLANCK,
    VACUUM_PERMITTIVITY,
    thermal_voltage,
)
from fem.errors import IncompatibleError
from fem.heat.of_state import heat_parts
from fem.physics import Carriers, Heat, Poisson, Traps
from fem.units import eV, nm
from geometries import Layer, Planar, VerticalStack

T, MASS, PERMITTIVITY, BARRIER = 300.0, 0.2, 11.7, 0.8
VT = thermal_voltage(T)
STATES = 2 * (2 * np.pi * MASS * ELECTRON_MASS * BOLTZMANN * T / PLANCK**2) ** 1.5
RICHARDSON = 4 * np.pi * ELEMENTARY_CHARGE * MASS * ELECTRON_MASS * BOLTZMANN**2 / PLANCK**3


def diode(
    devices: ModuleType, doping: float, mass: float | None = MASS, *, carrier: str = "electron", **more: Any
) -> Device:
    """Return a doped film with a barrier at the top, in which emission limits the current."""
    kind = "donor_density" if carrier == "electron" else "acceptor_density"
    film = devices.semiconductor(
        "film",
        permittivity=PERMITTIVITY,
        states=STATES,
        mobility=more.get("mobility", 10.0),
        conduction=4.0,
        valence=7.0,
        thermal_conductivity=(1.0, "W/(m K)"),
        volumetric_heat_capacity=(1e6, "J/(m^3 K)"),
        **{kind: (doping, "m^-3")},
    )
    width = np.sqrt(2 * PERMITTIVITY * VACUUM_PERMITTIVITY * 0.9 / (ELEMENTARY_CHARGE * doping))
    work = 4.0 + BARRIER if carrier == "electron" else 7.0 - BARRIER
    metal = SchottkyContact(work_function=work * eV, **{f"{carrier}_tunnelling_mass": mass})
    sink = [HeatSink(T)] if more.get("heat") else []
    return Device(
        mesh=VerticalStack(Layer("film", 2.5 * width)).mesh(
            shape=more.get("shape"), size=width / 40, interface_size=width / 1000, growth=1.1
        ),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=(carrier,)), *([Heat()] if sink else [])],
        contacts={"bottom": [OhmicContact(), *sink], "top": [metal, *sink]},
        temperature=T,
    )


def energies(doping: float, voltage: float) -> tuple[float, float, float]:
    """Return E_00, the height V_b of the parabola and φ_n [V]; V_b less kT/q, for carriers at its foot."""
    e00 = (
        ELEMENTARY_CHARGE
        * PLANCK
        / (4 * np.pi)
        * np.sqrt(doping / (MASS * ELECTRON_MASS * PERMITTIVITY * VACUUM_PERMITTIVITY))
    )
    depth = VT * np.log(STATES / doping)
    return e00 / ELEMENTARY_CHARGE, BARRIER - depth - voltage - VT, depth


def integral(doping: float, voltage: float) -> float:
    """Return the current with tunnelling over that without, of the whole integral."""
    e00, height, _ = energies(doping, voltage)

    def part(x: float) -> float:
        s = min(x * VT / height, 1 - 1e-12)
        return float(np.exp(x - height / e00 * (np.sqrt(s) - (1 - s) * np.arctanh(np.sqrt(s)))))

    return 1 + quad(part, 0, height / VT, limit=400)[0]


def saddle(doping: float, voltage: float) -> float:
    """Return the current density of thermionic-field emission, expanded about its largest part [A/m²]."""
    e00, height, _ = energies(doping, voltage)
    a = e00 / VT
    width = 2 * np.sqrt(np.pi * e00 * height * np.tanh(a)) / (VT * np.cosh(a))
    exponent = (voltage + height - BARRIER) / VT - height / (e00 / np.tanh(a))
    return float(RICHARDSON * T**2 * width * np.exp(exponent))


@pytest.mark.parametrize("carrier", ["electron", "hole"])
@pytest.mark.parametrize("doping", [1e23, 1e24, 3e24])
def test_current_is_the_integral_over_the_parabola(devices: ModuleType, doping: float, carrier: str) -> None:
    sign = 1.0 if carrier == "electron" else -1.0
    through, over = (diode(devices, doping, mass, carrier=carrier) for mass in (MASS, None))
    for voltage in (0.1, 0.3):
        found = [steady(d, {"top": sign * voltage}).current("top") for d in (through, over)]
        assert found[0] / found[1] == pytest.approx(integral(doping, voltage), rel=0.01)


@pytest.mark.parametrize("doping", [1e24, 2e24])
def test_thermionic_field_emission_is_that_of_padovani_and_stratton(
    devices: ModuleType, doping: float
) -> None:
    device = diode(devices, doping)
    for voltage in (0.1, 0.3):
        current = steady(device, {"top": voltage}).current("top")
        assert current == pytest.approx(saddle(doping, voltage), rel=0.05)


@pytest.mark.parametrize("mobility", [1e-4, 1e3])
def test_a_triangle_gains_alike_where_emission_and_where_diffusion_limits(
    devices: ModuleType, mobility: float
) -> None:
    film = devices.semiconductor("film", states=STATES, mobility=mobility, conduction=4.0, valence=7.0)
    field, currents = 5e7, []
    for mass in (MASS, None):
        metal = SchottkyContact(work_function=(4.0 + BARRIER) * eV, electron_tunnelling_mass=mass)
        device = Device(
            mesh=VerticalStack(Layer("film", 20 * nm)).mesh(size=0.5 * nm, interface_size=0.05 * nm),
            materials={"film": film},
            physics=[Poisson(), Carriers(species=("electron",))],
            contacts={"bottom": devices.ohmic(4.0 + BARRIER), "top": metal},
            temperature=T,
        )
        currents.append(steady(device, {"top": -field * 20 * nm}).current("top"))
    unit = 4 * np.sqrt(2 * MASS * ELECTRON_MASS) * (BOLTZMANN * T) ** 1.5
    kappa = unit / (3 * PLANCK / (2 * np.pi) * ELEMENTARY_CHARGE * field)
    height = BARRIER / VT

    def part(x: float) -> float:
        return float(np.exp(-kappa * x**1.5) * np.log1p(np.exp(x - height)) * np.exp(height))

    expected = 1 + quad(part, 0, 80, limit=400)[0]
    assert currents[0] / currents[1] == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("carrier", ["electron", "hole"])
def test_nothing_tunnels_in_equilibrium(devices: ModuleType, carrier: str) -> None:
    device = diode(devices, 3e23, carrier=carrier, mobility=1.0)
    rest = steady(device, {})
    voltage = 0.1 if carrier == "electron" else -0.1
    exchange = abs(steady(device, {"top": voltage}).current("top")) / np.expm1(0.1 / VT)
    assert abs(rest.current("top")) < 1e-9 * exchange
    np.testing.assert_allclose(rest.values, equilibrium(device).values, rtol=1e-8, atol=1e-10)


def test_a_flat_band_and_a_field_that_holds_back_let_nothing_through(devices: ModuleType) -> None:
    film = devices.semiconductor("film", states=STATES, conduction=4.0, valence=7.0)
    for voltage in (1e-6, -0.5):
        currents = []
        for mass in (MASS, None):
            metal = SchottkyContact(
                work_function=4.8 * eV, electron_tunnelling_mass=mass, electron_velocity=1.0
            )
            device = Device(
                mesh=VerticalStack(Layer("film", 20 * nm)).mesh(size=1 * nm, interface_size=0.2 * nm),
                materials={"film": film},
                physics=[Poisson(), Carriers(species=("electron",))],
                contacts={"bottom": devices.ohmic(4.8), "top": metal},
                temperature=T,
            )
            currents.append(steady(device, {"top": -voltage}).current("top"))
        assert currents[0] == pytest.approx(currents[1], rel=1e-4, abs=0)


def test_small_signals_sections_and_heat_know_of_it(devices: ModuleType) -> None:
    line = diode(devices, 1e24)
    state = steady(line, {"top": 0.3})
    step = 1e-4
    slope = (steady(line, {"top": 0.3 + step}).current("top") - state.current("top")) / step
    assert admittance(state, "top", [1.0])[1][0].real == pytest.approx(slope, rel=5e-3)
    wide = diode(devices, 1e24, shape=Planar(width=10 * nm, lateral_size=5 * nm))
    assert steady(wide, {"top": 0.3}).current("top") == pytest.approx(
        10 * nm * state.current("top"), rel=0.01
    )  # triangles share out the charge unevenly
    warm = steady(diode(devices, 1e24, heat=True), {"top": 0.3})
    assert sum(heat_parts(warm).values()) == pytest.approx(0.3 * warm.current("top"), rel=1e-8)


def test_tunnelling_through_a_barrier_with_an_image_force_is_refused() -> None:
    with pytest.raises(IncompatibleError, match="image force rounds off"):
        SchottkyContact(image_force_permittivity=5.0, electron_tunnelling_mass=0.2)


def test_empty_donor_traps_end_a_barrier_as_ionised_dopants_do() -> None:
    """The same charge within 10 nm of a contact, once as doping and once as trap levels that stay empty."""
    currents = []
    for traps in (False, True):
        skin = materials.MAPBI3 if traps else materials.MAPBI3.with_(donor_density=1e25)
        level = Traps(
            "level",
            density=1e25,
            depth=0.3 * eV,
            kind="donor",
            electron_capture=1e-14,
            hole_capture=0.0,
            regions=("skin",),
        )
        layers = Layer("film", 100 * nm), Layer("skin", 10 * nm, size=1 * nm, interface_size=0.5 * nm)
        device = Device(
            mesh=VerticalStack(*layers).mesh(size=5 * nm, interface_size=0.5 * nm),
            materials={"film": materials.MAPBI3, "skin": skin},
            physics=[Poisson(), Carriers(), *([level] if traps else [])],
            contacts={
                "bottom": SchottkyContact(work_function=4.4 * eV),
                "top": SchottkyContact(work_function=4.6 * eV, electron_tunnelling_mass=0.2),
            },
            temperature=300.0,
        )
        currents.append(steady(device, {"top": -0.3}).current("top"))
    assert currents[1] == pytest.approx(currents[0], rel=1e-2)
