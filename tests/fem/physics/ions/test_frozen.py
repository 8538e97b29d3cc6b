"""Frozen means frozen: no term moves, makes or takes an ion that is to stay, steady, in time and in a small signal."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, OhmicContact, SchottkyContact, State, admittance, equilibrium, integrate, steady
from fem.materials import Arrhenius
from fem.physics import (
    Carriers,
    ElectrodeReaction,
    IonExchange,
    IonTransfer,
    MobileIons,
    Poisson,
    Term,
    VacancyGeneration,
)
from fem.units import eV, nm
from geometries import Layer, VerticalStack

FAST = 1e-12  # mobility [m^2/Vs]: ions that are free to move cross the film within a millisecond


def with_ions(
    devices: ModuleType, ions: dict[str, Any], *terms: Term, layers: tuple[str, ...] = ("film",)
) -> Device:
    stack = VerticalStack(*(Layer(name, 60 * nm) for name in layers))
    return Device(
        mesh=stack.mesh(size=10 * nm, interface_size=2 * nm),
        materials={name: devices.film(ions=ions) for name in layers},
        physics=[Poisson(), Carriers(), *terms],
        contacts={
            "bottom": OhmicContact(work_function=4.3 * eV),
            "top": SchottkyContact(work_function=4.9 * eV),
        },
        temperature=300.0,
    )


def mobile(devices: ModuleType) -> Device:
    return with_ions(devices, {"cation": devices.ion(1e23, mobility=FAST)}, MobileIons("cation"))


def exchanging(devices: ModuleType) -> Device:
    exchange = IonExchange("top", "cation", velocity=1e-3, density=3e23)
    return with_ions(devices, {"cation": devices.ion(1e23, mobility=FAST)}, MobileIons("cation"), exchange)


def reacting(devices: ModuleType) -> Device:
    reaction = ElectrodeReaction(
        "top",
        "cation",
        exchange_flux=Arrhenius(1e22, 0.0),
        transfer_coefficient=0.5,
        reaction_layer=0.3 * nm,
        reference_density=3e23,
    )
    ions = {"cation": devices.ion(1e23, site=1e26, mobility=FAST)}
    return with_ions(devices, ions, MobileIons("cation"), reaction)


def generating(devices: ModuleType) -> Device:
    ions = {name: devices.ion(1e23, mobility=FAST) for name in ("cation", "anion")}
    pairs = VacancyGeneration("cation", partner="anion", prefactor=1e28, energy=0.0, density=3e23)
    return with_ions(devices, ions, MobileIons("cation"), MobileIons("anion"), pairs)


def transferring(devices: ModuleType) -> Device:
    ions = {name: devices.ion(1e23, mobility=FAST) for name in ("cation", "iodide_vacancy")}
    transfer = IonTransfer(
        "film|other",
        "cation",
        "iodide_vacancy",
        velocity=1e-3,
        partition=4.0,
        transfer_coefficient=0.5,
        reference_density=1e23,
    )
    terms = (
        MobileIons("cation", regions=("film",)),
        MobileIons("iodide_vacancy", regions=("other",)),
        transfer,
    )
    return with_ions(devices, ions, *terms, layers=("film", "other"))


BUILD: list[Callable[[ModuleType], Device]] = [
    mobile,
    exchanging,
    reacting,
    generating,
    transferring,
]


def ions_of(state: State) -> np.ndarray:
    context = state.device.context
    return state.values[:, [k for k, field in enumerate(context.fields) if field.ionic]]


def moved(state: State, start: State) -> float:
    """Return by how much the ions have changed, of the largest density."""
    return float(np.abs(ions_of(state) - ions_of(start)).max() / ions_of(start).max())


@pytest.mark.parametrize("build", BUILD)
def test_steady_states_leave_frozen_ions_where_they_are(
    devices: ModuleType, build: Callable[[ModuleType], Device]
) -> None:
    start = equilibrium(build(devices))
    state = steady(start.device, {"top": 0.3}, start=start, frozen_ions=True)
    assert state.frozen_ions
    assert moved(state, start) < 1e-11


@pytest.mark.parametrize("build", BUILD)
def test_transients_leave_frozen_ions_where_they_are(
    devices: ModuleType, build: Callable[[ModuleType], Device]
) -> None:
    start = equilibrium(build(devices))
    for frozen, allowed in ((True, (0.0, 1e-11)), (False, (1e-3, np.inf))):
        *_, end = integrate(start.device, start, bias=lambda t: {"top": 0.3 * t}, end=1.0, frozen_ions=frozen)
        assert end.frozen_ions == frozen
        assert allowed[0] <= moved(end, start) <= allowed[1]


@pytest.mark.parametrize("build", BUILD)
def test_a_small_signal_with_frozen_ions_is_that_of_ions_that_cannot_move(
    devices: ModuleType, build: Callable[[ModuleType], Device]
) -> None:
    """Ions that move change the response at 1 mHz; with frozen ones it is that at 1 Hz, the carriers' alone."""
    state = equilibrium(build(devices))
    frozen = admittance(state, "top", [1e-3, 1.0], frozen_ions=True)[0]
    free = admittance(state, "top", [1e-3, 1.0])[0]
    capacitance = frozen.imag / (2 * np.pi * np.array([1e-3, 1.0]))
    assert capacitance[0] == pytest.approx(capacitance[1], rel=1e-3)
    assert abs(free.imag[0] / frozen.imag[0] - 1) > 0.02
