"""Ions whose carriers pull them along: waves that decay, and profiles at rest, against closed forms and Poisson."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem

from fem import Device, OhmicContact, State, StepControl, equilibrium, integrate, steady, with_ions
from fem.constants import thermal_voltage
from fem.errors import IncompatibleError
from fem.forms.compilation import compiled
from fem.materials import Arrhenius
from fem.physics import Carriers, Conduction, MobileIons, Poisson, VacancyConductivity
from fem.species import IonSpecies
from fem.units import eV, nm
from geometries import Layer, VerticalStack

LENGTH, DIFFUSIVITY, MEAN, STATES = 400 * nm, 1e-13, 1e25, 2.2e24
MESH = VerticalStack(Layer("film", LENGTH)).mesh(size=4 * nm, interface_size=0.3 * nm, growth=1.2)
VT = thermal_voltage(300.0)
RATE = DIFFUSIVITY * (np.pi / LENGTH) ** 2  # of a wave of half a period, without any field


def film(devices: ModuleType, name: str, site: float | None = None) -> Any:
    ions = {name: devices.ion(MEAN, diffusivity=DIFFUSIVITY, site=site)}
    return devices.semiconductor("film", ions=ions, conduction=3.9, states=STATES)


def neutral(devices: ModuleType, ion: MobileIons, site: float | None = None) -> Device:
    """Return the film with a conductivity that is the same everywhere."""
    law = VacancyConductivity(ion=ion.name, poor=Arrhenius(1e2, 0.0), rich=Arrhenius(1e2, 0.0), density=MEAN)
    return Device(
        mesh=MESH,
        materials={"film": film(devices, ion.name, site)},
        physics=[Conduction({"film": law}), ion],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def full(devices: ModuleType, ion: MobileIons) -> Device:
    """Return the film with Poisson's equation and electrons, as many as ions at the contacts."""
    contact = OhmicContact(work_function=(3.9 + VT * np.log(STATES / MEAN)) * eV)
    return Device(
        mesh=MESH,
        materials={"film": film(devices, ion.name)},
        physics=[Poisson(), Carriers(("electron",)), ion],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def wave(device: Device) -> Any:
    """Return cos(πx/L) as a function on the device's nodes."""
    found = dfem.Function(device.context.scalar_space)
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0]
    found.x.array[:] = np.cos(np.pi * x / x.max())
    return found


def begun(device: Device, name: str) -> State:
    """Return the device with a wave of its ions, whose electrons are at rest in it."""
    shape = wave(device).x.array
    put = with_ions(equilibrium(device), name, lambda _: MEAN * (1 + 0.01 * shape))
    return steady(device, {}, start=put, frozen_ions=True)


def part_of_wave(device: Device, state: State, name: str) -> float:
    """Return how much of the wave a state has [a.u.]."""
    context, at = device.context, device.context.calculus.at
    context.unknown.x.array[:] = state.values.ravel()
    few = MEAN / device.scaling.density
    form = context.calculus.lump(lambda i: at(context.field(name), i) - few, wave(device))
    return float(dfem.assemble_scalar(compiled(form)))


def rate(device: Device, name: str) -> float:
    """Return the rate at which the wave decays, over that by diffusion alone."""
    held = part_of_wave(device, begun(device, name), name)
    device.context.ion_motion.value = 1.0
    fall = dfem.assemble_scalar(compiled(device.currents(wave(device))[name]))
    charge = device.context.fields[device.context.index(name)].charge_number
    return float(fall / charge / held / device.scaling.time / RATE)


@pytest.mark.parametrize("charge", [1, 2, -1, -3])
def test_carriers_of_their_own_make_ions_spread_one_and_z_times_as_fast(
    devices: ModuleType, charge: int
) -> None:
    species: Any = IonSpecies("donor", charge, "an ion that gives carriers")
    plain, pulled = (neutral(devices, MobileIons(species, ambipolar=a)) for a in (False, True))
    assert rate(plain, "donor") == pytest.approx(1.0, rel=1e-3)
    assert rate(pulled, "donor") == pytest.approx(1.0 + abs(charge), rel=1e-3)


def lag_of_poisson(devices: ModuleType) -> float:
    """Return by what share a wave decays slower with Poisson's equation and electrons than that of ambipolar ions.

    Electrons are held at the contacts, within two Debye lengths of which ions are not pulled. The film is 200 Debye
    lengths thick, so that these layers are to matter by 1 %.
    """
    found = rate(neutral(devices, MobileIons("cation", ambipolar=True)), "cation")
    whole = rate(full(devices, MobileIons("cation", background=False)), "cation")
    return 1 - whole / found


def test_ambipolar_ions_spread_as_with_poisson_and_electrons(devices: ModuleType) -> None:
    """There 1.98, and not 2: layers at the contacts."""
    assert 0 < lag_of_poisson(devices) < 0.02


@pytest.mark.parametrize(("ambipolar", "expected"), [(False, 1.0), (True, 2.0)])
def test_wave_decays_in_time_at_that_rate(devices: ModuleType, ambipolar: bool, expected: float) -> None:
    device = neutral(devices, MobileIons("cation", ambipolar=ambipolar))
    start, end = begun(device, "cation"), 0.5 / RATE
    control = StepControl(tolerance=1e-4, max_step=end / 40)
    *_, last = integrate(device, start, bias=lambda _t: {}, end=end, control=control)
    left = part_of_wave(device, last, "cation") / part_of_wave(device, start, "cation")
    assert -np.log(left) / (end * RATE) == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("site", [None, 1.5e25])
def test_ambipolar_ions_rest_where_diffusion_and_crowding_balance_the_field(
    devices: ModuleType, site: float | None
) -> None:
    for ambipolar, spread in ((False, 1), (True, 2)):
        device = neutral(devices, MobileIons("cation", ambipolar=ambipolar), site)
        state = steady(device, {"top": 0.2})
        density = state.ion_density("cation")
        level = spread * np.log(density) + state.potential() / VT
        level -= 0.0 if site is None else np.log(1 - density / site)
        assert np.ptp(level) < 1e-4
        assert np.ptp(np.log(density)) > 1.0
        assert state.ion_inventory("cation") == pytest.approx(MEAN * LENGTH, rel=1e-9)


def test_ambipolar_ions_drift_as_others_do(devices: ModuleType) -> None:
    found = []
    for ambipolar in (False, True):
        device = neutral(devices, MobileIons("cation", ambipolar=ambipolar))
        state = steady(device, {"top": 0.5}, frozen_ions=True)
        device.context.unknown.x.array[:] = state.values.ravel()
        device.context.ion_motion.value = 1.0
        x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0]
        weight = dfem.Function(device.context.scalar_space)
        weight.x.array[:] = x / x.max()
        found.append(dfem.assemble_scalar(compiled(device.currents(weight)["cation"])))
    assert found[0] != 0
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def test_ambipolar_ions_are_refused_where_their_field_is_there_already(devices: ModuleType) -> None:
    with pytest.raises(IncompatibleError, match="has that field in itself"):
        full(devices, MobileIons("cation", background=False, ambipolar=True))
    both = film(devices, "cation").with_ion("anion", devices.ion(MEAN, diffusivity=DIFFUSIVITY))
    law = VacancyConductivity(ion="cation", poor=Arrhenius(1.0, 0.0), rich=Arrhenius(1e2, 0.0), density=MEAN)
    with pytest.raises(IncompatibleError, match="both ambipolar in one region"):
        Device(
            mesh=MESH,
            materials={"film": both},
            physics=[
                Conduction({"film": law}),
                *(MobileIons(n, ambipolar=True) for n in ("cation", "anion")),
            ],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )
