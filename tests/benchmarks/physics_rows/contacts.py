"""Contacts: image force, tunnelling and foils beside Crowell and Sze, Padovani and Stratton, and one side of a foil."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.integrate import quad

from fem import Device, OhmicContact, SchottkyContact, admittance, steady
from fem.constants import (
    BOLTZMANN,
    ELECTRON_MASS,
    ELEMENTARY_CHARGE,
    PLANCK,
    VACUUM_PERMITTIVITY,
    thermal_voltage,
)
from fem.physics import Carriers, Poisson, ThermionicLimit
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests import devices, drawings
from tests.benchmarks.table import Row, at_most

TEMPERATURE, THICKNESS, IMAGE = 300.0, 20 * nm, 5.0
BARRIER = 0.6  # [eV]
MASS = 0.2  # [m0]
STATES = 2 * (2 * np.pi * MASS * ELECTRON_MASS * BOLTZMANN * TEMPERATURE / PLANCK**2) ** 1.5
EMITTING, DIFFUSING = 1.0, 1e12  # velocities of emission [m/s]: far below and far above that of diffusion


def image_force() -> Iterator[Row]:
    """Yield the gain without a field, and those of diodes that emission and diffusion limit."""
    flat = max(abs(_gain(1e-6, v) - 1) for v in (EMITTING, DIFFUSING))
    yield at_most("image force, flat band: gain - 1", 1e-12, flat)
    for name, velocity, k in (("emission", EMITTING, 0), ("diffusion", DIFFUSING, 1)):
        lack = max(abs(_gain(v, velocity) / _crowell_sze(v)[k] - 1) for v in (0.2, 0.5, 1.0, 2.0))
        yield at_most(f"image force, limited by {name}: lack", 0.01, lack)


def sheet() -> Iterator[Row]:
    """Yield by how much the current of a foil between mirrored films differs from twice that of one film."""
    metal = SchottkyContact(work_function=4.5 * eV, image_force_permittivity=IMAGE)
    for dimension in (1, 2):
        lack = 0.0
        for bias in (0.8, -0.8):
            both, one = (
                steady(_foil(metal, drawings.Foil(dimension=dimension, alone=alone)), {"foil": bias}).current(
                    "foil"
                )
                for alone in (False, True)
            )
            lack = max(lack, abs(both / (2 * one) - 1))
        yield at_most(f"sheet in mirrored films, {dimension}D: lack", 1e-9, lack)


def field_emission() -> Iterator[Row]:
    """Yield currents through parabolic barriers beside Padovani and Stratton, and what flows in equilibrium."""
    lacks: dict[str, float] = {"integral": 0.0, "saddle": 0.0}
    for doping in (1e23, 3e23, 1e24, 2e24):
        through, over = (_diode(doping, mass) for mass in (MASS, None))
        for voltage in (0.1, 0.3):
            found = [steady(d, {"top": voltage}).current("top") for d in (through, over)]
            integral, saddle = _padovani_stratton(doping, voltage)
            lacks["integral"] = max(lacks["integral"], abs(found[0] / found[1] / integral - 1))
            if doping >= 1e24:  # E_00 = 0.47 and 0.66 kT
                lacks["saddle"] = max(lacks["saddle"], abs(found[0] / saddle - 1))
    yield at_most("tunnelling, integral of P and S: lack", 0.05, lacks["integral"])
    yield at_most("thermionic-field emission, P and S: lack", 0.05, lacks["saddle"])
    device = _diode(3e23, MASS, mobility=1.0)
    vt = thermal_voltage(TEMPERATURE)
    exchange = steady(device, {"top": 0.1}).current("top") / np.expm1(0.1 / vt)
    rest = abs(steady(device, {}).current("top")) / exchange
    yield at_most("tunnelling in equilibrium", 1e-9, rest, "of the exchange")


def series_resistance() -> Iterator[Row]:
    """Yield by how much a film and a resistive contact differ from their sum, in steady state and small signals."""
    film = devices.semiconductor(
        "film", conduction=4.05, valence=5.12, states=1e25, mobility=0.1, donor_density=(1e23, "m^-3")
    )
    lack = 0.0
    for resistivity in (1e-12, 1e-9, 1e-6):
        device = Device(
            mesh=VerticalStack(Layer("film", 1000 * nm)).mesh(size=40 * nm, interface_size=4 * nm),
            materials={"film": film},
            physics=[Poisson(), Carriers()],
            contacts={"bottom": OhmicContact(), "top": OhmicContact(contact_resistivity=resistivity)},
            temperature=TEMPERATURE,
        )
        state, total = steady(device, {"top": 0.05}), 1e-6 / (ELEMENTARY_CHARGE * 1e23 * 0.1) + resistivity
        small = admittance(state, "top", [1.0])[1][0].real
        lack = max(lack, abs(total * state.current("top") / 0.05 - 1), abs(total * small - 1))
    yield at_most("contact resistance in series: lack", 1e-6, lack)


def thermionic_limit() -> Iterator[Row]:
    """Yield by how much a heterojunction's resistance near equilibrium differs from films and kT/q²vn_b in series."""
    vt, mobility, length = thermal_voltage(TEMPERATURE), 1e-3, 50 * nm
    common = dict(valence=9.0, states=1e25, mobility=mobility)
    films = {n: devices.semiconductor(n, conduction=c, **common) for n, c in (("low", 4.0), ("high", 3.8))}
    low, high = (1e25 * np.exp(-depth / vt) for depth in (0.5, 0.7))
    lack = 0.0
    for velocity in (1.0, 1e3, 1e6):
        device = Device(
            mesh=VerticalStack(Layer("low", length), Layer("high", length)).mesh(
                size=5 * nm, interface_size=0.5 * nm
            ),
            materials=films,
            physics=[
                Poisson(),
                Carriers(species=("electron",)),
                ThermionicLimit("low|high", electron_velocity=velocity),
            ],
            contacts={name: devices.ohmic(4.5) for name in ("bottom", "top")},
            temperature=TEMPERATURE,
        )
        whole = length / (ELEMENTARY_CHARGE * mobility) * (1 / low + 1 / high)
        whole += vt / (ELEMENTARY_CHARGE * velocity * high)
        lack = max(lack, abs(whole * steady(device, {"top": 1e-5}).current("top") / 1e-5 - 1))
    yield at_most("thermionic limit in series: lack", 0.01, lack)


def _diode(doping: float, mass: float | None, mobility: float = 10.0) -> Device:
    """Return a doped film with a barrier of 0.8 eV at the top, in which emission limits the current."""
    film = devices.semiconductor(
        "film", permittivity=11.7, states=STATES, mobility=mobility, conduction=4.0, valence=7.0,
        donor_density=(doping, "m^-3"),
    )  # fmt: skip
    width = np.sqrt(2 * 11.7 * VACUUM_PERMITTIVITY * 0.9 / (ELEMENTARY_CHARGE * doping))
    metal = SchottkyContact(work_function=4.8 * eV, electron_tunnelling_mass=mass)
    return Device(
        mesh=VerticalStack(Layer("film", 2.5 * width)).mesh(
            size=width / 40, interface_size=width / 1000, growth=1.1
        ),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": OhmicContact(), "top": metal},
        temperature=TEMPERATURE,
    )


def _padovani_stratton(doping: float, voltage: float) -> tuple[float, float]:
    """Return the gain by tunnelling of their integral, and the current density of its expansion at E_m [A/m²].

    With the whole width of the part at E_m, 2 sqrt(tanh(E_00/kT)) times that of the formula as it is printed, which is
    1 at 0.26 kT; V_b less kT/q, for the carriers at the foot of the barrier.
    """
    vt, mass = thermal_voltage(TEMPERATURE), MASS * ELECTRON_MASS
    e00 = PLANCK / (4 * np.pi) * np.sqrt(doping / (mass * 11.7 * VACUUM_PERMITTIVITY))
    height = 0.8 - vt * np.log(STATES / doping) - voltage - vt

    def part(x: float) -> float:
        s = min(x * vt / height, 1 - 1e-12)
        return float(np.exp(x - height / e00 * (np.sqrt(s) - (1 - s) * np.arctanh(np.sqrt(s)))))

    a = e00 / vt
    width = 2 * np.sqrt(np.pi * e00 * height * np.tanh(a)) / (vt * np.cosh(a))
    richardson = 4 * np.pi * ELEMENTARY_CHARGE * mass * BOLTZMANN**2 / PLANCK**3
    exponent = (voltage + height - 0.8) / vt - height / (e00 / np.tanh(a))
    saddle = richardson * TEMPERATURE**2 * width * np.exp(exponent)
    return 1 + quad(part, 0, height / vt, limit=400)[0], float(saddle)


def _foil(metal: SchottkyContact, drawing: drawings.Foil) -> Device:
    outer = {name: devices.ohmic(4.2) for name in drawing.contacts if name != "foil"}
    return Device(
        mesh=drawing,
        materials={"film": devices.film()},
        physics=[Poisson(), Carriers()],
        contacts={**outer, "foil": metal},
        temperature=TEMPERATURE,
    )


def _gain(voltage: float, velocity: float) -> float:
    """Return the current with the image force over that without it."""
    currents = []
    for image in (IMAGE, None):
        film = devices.semiconductor("film", states=1e25, mobility=1e-4, conduction=4.0, valence=7.0)
        metal = SchottkyContact(
            work_function=(4.0 + BARRIER) * eV, image_force_permittivity=image, electron_velocity=velocity
        )
        device = Device(
            mesh=VerticalStack(Layer("film", THICKNESS)).mesh(size=1 * nm, interface_size=0.2 * nm),
            materials={"film": film},
            physics=[Poisson(), Carriers(species=("electron",))],
            contacts={"bottom": devices.ohmic(4.0 + BARRIER), "top": metal},
            temperature=TEMPERATURE,
        )
        currents.append(steady(device, {"top": -voltage}).current("top"))
    return currents[0] / currents[1]


def _crowell_sze(voltage: float) -> tuple[float, float]:
    """Return the gain where v_D is far above v_R, and where it is far below, by its integral from the barrier's top."""
    vt, field = thermal_voltage(TEMPERATURE), voltage / THICKNESS
    slope, image = (
        field / vt,
        ELEMENTARY_CHARGE / (16 * np.pi * IMAGE * VACUUM_PERMITTIVITY * vt),
    )  # of E_c/kT
    top = np.sqrt(image / slope)
    way, _ = quad(lambda x: np.exp(-slope * x - image / x), top, top + 60 / slope, epsabs=0, limit=200)
    return float(np.exp(2 * slope * top)), 1 / (slope * way)
