"""Contacts: the image force beside Crowell and Sze's theory of emission and diffusion in series, and foils in films."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.integrate import quad

from fem import Device, SchottkyContact, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import Carriers, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests import devices, drawings
from tests.benchmarks.table import Row, at_most

TEMPERATURE, THICKNESS, IMAGE = 300.0, 20 * nm, 5.0
BARRIER = 0.6  # [eV]
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
