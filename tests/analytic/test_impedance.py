"""Impedance against closed forms, steady states, a transient, and the signs that ions give it."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem import (
    Device,
    GateContact,
    OhmicContact,
    SchottkyContact,
    State,
    StepControl,
    equilibrium,
    integrate,
    steady,
)
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from studies.experiments.impedance import impedance

DATA = Path(__file__).parent / "data"
ALL_DECADES = np.logspace(-3, 9, 13)
COARSE = {"size": 10 * nm, "interface_size": 1 * nm, "growth": 1.3}


def conductance(device: Device, state: State, contact: str, step: float, **options: bool) -> float:
    """Return dI/dV of steady states by Richardson's extrapolation of central differences."""

    def slope(h: float) -> float:
        bias = state.bias[contact]
        above, below = (
            steady(device, {contact: bias + s * h}, start=state, light=state.light, **options)
            for s in (1, -1)
        )
        return (above.current(contact) - below.current(contact)) / (2 * h)

    return (4 * slope(step) - slope(2 * step)) / 3


def electron_charge(device: Device, state: State) -> float:
    """Return q∫n dx of a device whose regions have one density of states [C/m^2]."""
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.scaling.length
    order = np.argsort(x)
    density = state.values[order, device.context.index("electron")] * device.scaling.density
    return ELEMENTARY_CHARGE * float(np.trapezoid(density, x[order]))


def stored_per_volt(device: Device, state: State, contact: str, step: float) -> float:
    """Return dQ/dV of steady states with Q the charge of the electrons [F/m^2]."""
    bias = state.bias[contact]
    charge = [
        electron_charge(device, steady(device, {contact: bias + s * step}, start=state)) for s in (-1, 1)
    ]
    return abs(charge[1] - charge[0]) / (2 * step)


def test_insulating_film_is_a_capacitor_at_all_frequencies(devices: ModuleType) -> None:
    gate = GateContact(work_function=4.5 * eV)
    device = Device(
        mesh=VerticalStack(Layer("oxide", 50 * nm)).mesh(size=5 * nm, interface_size=1 * nm),
        materials={"oxide": devices.insulator("oxide", 3.9)},
        physics=[Poisson()],
        contacts={"bottom": gate, "top": gate},
        temperature=300.0,
    )
    found = impedance(equilibrium(device), "top", ALL_DECADES)
    expected = 3.9 * VACUUM_PERMITTIVITY / (50 * nm)
    assert found.capacitance == pytest.approx(np.full(13, expected), rel=1e-12)
    assert np.abs(found.admittance.real).max() <= 1e-12 * np.abs(found.admittance).min()
    assert found.transfer("bottom") == pytest.approx(-found.admittance, rel=1e-12)


def test_resistive_layer_is_a_resistor_beside_its_capacitor(devices: ModuleType) -> None:
    film = devices.semiconductor("film", states=1e25, mobility=1e-8, acceptor_density=(1e21, "m^-3"))
    device = Device(
        mesh=VerticalStack(Layer("film", 500 * nm)).mesh(size=20 * nm, interface_size=5 * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("hole",))],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    found = impedance(steady(device, {"top": 0.3}), "top", ALL_DECADES)
    sigma = ELEMENTARY_CHARGE * 1e21 * 1e-8
    expected = (sigma + 2j * np.pi * ALL_DECADES * 24.0 * VACUUM_PERMITTIVITY) / (500 * nm)
    assert np.abs(found.admittance / expected - 1).max() < 1e-9
    assert np.abs(found.impedance * expected - 1).max() < 1e-9


def test_pn_junction_has_the_capacitance_and_conductance_of_its_steady_states(devices: ModuleType) -> None:
    half = np.geomspace(2 * nm, 1000 * nm, 60) - 2 * nm
    device = devices.pn_diode(np.unique(np.concatenate([1000 * nm - half, 1000 * nm + half])))
    for bias in (-2.0, -0.5, 0.3):
        state = steady(device, {"bottom": bias})
        found = impedance(state, "bottom", [1e-3, 1.0, 1e3])
        stored = stored_per_volt(device, state, "bottom", 1e-3)
        assert found.capacitance == pytest.approx(np.full(3, stored), rel=1e-5)
        steps = 2e-3 if bias < 0 else 1e-4
        slope = conductance(device, state, "bottom", steps)
        assert found.admittance[0].real == pytest.approx(slope, rel=1e-5)


@pytest.mark.parametrize("image_force", [None, 5.5])
def test_schottky_contact_has_the_depletion_capacitance(
    devices: ModuleType, image_force: float | None
) -> None:
    r"""And :math:`C = \sqrt{q\varepsilon N_D/2(V_{bi} - V - kT/q)}` (Sze and Ng 2007, ch. 3)."""
    donors, states, barrier, vt = 1e22, 2.5e25, 0.8, thermal_voltage(300.0)
    base = {"permittivity": 11.7, "conduction": 4.05, "valence": 5.17, "mobility": (0.1, 0.04)}
    film = devices.semiconductor("film", states=states, donor_density=(donors, "m^-3"), **base)
    schottky = SchottkyContact(work_function=4.85 * eV, image_force_permittivity=image_force)
    device = Device(
        mesh=VerticalStack(Layer("film", 1500 * nm)).mesh(size=10 * nm, interface_size=0.5 * nm, growth=1.1),
        materials={"film": film},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": schottky},
        temperature=300.0,
    )
    last = None
    for bias in (-2.0, -0.5, 0.2):
        last = steady(device, {"top": bias}, start=last)
        found = impedance(last, "top", [1e-3, 1e3, 1e6])
        bending = barrier - vt * np.log(states / donors) - bias - vt
        depletion = np.sqrt(ELEMENTARY_CHARGE * 11.7 * VACUUM_PERMITTIVITY * donors / 2 / bending)
        assert found.capacitance == pytest.approx(np.full(3, depletion), rel=1e-4)
        assert found.capacitance[0] == pytest.approx(
            stored_per_volt(device, last, "top", 1e-3), rel=1e-5 if bias < 0 else 1e-3
        )
        slope = conductance(device, last, "top", 1e-3 if bias < 0 else 2e-4)
        assert found.admittance[0].real == pytest.approx(slope, rel=1e-5)


def mixed_conductor(devices: ModuleType, permittivity: float, finest: float) -> Device:
    """Return holes and cations of the reference between contacts that let only the holes through."""
    film = devices.semiconductor(
        "film",
        permittivity=permittivity,
        conduction=3.0,
        valence=5.0,
        states=1e25,
        mobility=1e-8,
        acceptor_density=(1e21, "m^-3"),
        ions={"cation": devices.ion(1e23, mobility=1e-12)},
    )
    return Device(
        mesh=VerticalStack(Layer("film", 500 * nm)).mesh(size=5 * nm, interface_size=finest, growth=1.3),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("hole",)), MobileIons("cation")],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def test_mixed_conductor_has_the_impedance_of_jamnik_and_maier(devices: ModuleType) -> None:
    """J. Jamnik and J. Maier, J. Electrochem. Soc. 146, 4183, 1999: a layer neutral up to its contacts.

    A small permittivity makes it so; the geometric capacitor of the reference (ε_r = 24) is added. The
    ions' arc is 1 % of the resistance, so the impedances without the capacitor are compared to the arc.
    What is left is the double layers' share and falls with the Debye length, as the root of ε.
    """
    rows = np.loadtxt(DATA / "jamnik_maier.csv", delimiter=",", skiprows=1)
    frequency, expected = rows[:, 0], rows[:, 1] + 1j * rows[:, 2]
    electronic, ionic = (ELEMENTARY_CHARGE * x for x in (1e21 * 1e-8, 1e23 * 1e-12))
    arc = 500 * nm * (1 / electronic - 1 / (electronic + ionic))
    capacitor = 2j * np.pi * frequency * VACUUM_PERMITTIVITY / (500 * nm)
    errors = []
    for permittivity, finest in ((1e-4, 2e-3 * nm), (1e-6, 2e-4 * nm)):
        device = mixed_conductor(devices, permittivity, finest)
        found = impedance(equilibrium(device), "top", frequency).admittance - permittivity * capacitor
        assert np.abs((found + 24.0 * capacitor) * expected - 1).max() < 3e-4
        without = 1 / (1 / expected - 24.0 * capacitor)
        errors.append(np.abs(1 / found - without).max() / arc)
    assert errors[1] < 3e-3, errors
    assert np.log10(errors[0] / errors[1]) == pytest.approx(1.0, abs=0.05), errors


def test_admittance_is_that_of_a_small_sine_in_time(devices: ModuleType) -> None:
    """The last of four periods of 0.1 mV in a cell with light and moving ions."""
    device = devices.three_layers(
        ions=devices.CATION, light=True, size=20 * nm, interface_size=2 * nm, growth=1.5
    )
    state = steady(device, {"top": 1.0}, light=1.0)
    height, count, periods = 1e-4, 100, 4
    control = StepControl(tolerance=1e9, max_bias_step=10.0, start_fraction=1.0, max_step=1.0 / count)

    def sine(t: float) -> dict[str, float]:
        return {"top": 1.0 + height * np.sin(2 * np.pi * t)}

    states = list(integrate(device, state, bias=sine, end=float(periods), light=1.0, control=control))
    assert len(states) == periods * count
    time, current = np.array([(s.time, s.current("top") - state.current("top")) for s in states[-count:]]).T
    measured = 2j * np.mean(current * np.exp(-2j * np.pi * time)) / height
    found = impedance(state, "top", 1.0).admittance[0]
    assert abs(measured / found - 1) < 1e-3
    assert measured.imag == pytest.approx(found.imag, rel=1e-2)


def test_conductance_of_a_cell_is_that_of_its_steady_states_with_and_without_ions(
    devices: ModuleType,
) -> None:
    device = devices.three_layers(ions=devices.CATION, light=True, **COARSE)
    state = steady(device, {"top": 1.0}, light=1.0)
    found = {frozen: impedance(state, "top", 1e-4, frozen_ions=frozen) for frozen in (False, True)}
    for frozen, spectrum in found.items():
        slope = conductance(device, state, "top", 2e-4, frozen_ions=frozen)
        assert spectrum.admittance[0].real == pytest.approx(slope, rel=1e-5)
    fast = impedance(state, "top", 1e3).admittance[0]
    assert found[True].admittance[0].real == pytest.approx(fast.real, rel=1e-3)
    assert found[False].admittance[0].real < 0.9 * fast.real


def test_ions_make_the_cell_inductive_under_strong_forward_bias(devices: ModuleType) -> None:
    """Above flat band the ions' rearrangement raises the current (after D. A. Jacobs et al., J. Appl. Phys.
    124, 225702, 2018): negative capacitance and an inductive loop at low frequency, not with frozen ions.
    Under light below flat band they take current back instead: a capacitance of 1e4 geometric ones."""
    device = devices.three_layers(ions=devices.CATION, light=True, **COARSE)
    frequency = np.logspace(-3, 6, 28)
    forward = steady(device, {"top": 1.4})
    moving, frozen = (impedance(forward, "top", frequency, frozen_ions=x) for x in (False, True))
    slow = frequency < 0.15
    assert (moving.capacitance[slow] < -100).all() and (moving.impedance.imag[slow] > 0).all()
    assert (frozen.capacitance > 0).all() and (frozen.impedance.imag < 0).all()
    assert (moving.capacitance[frequency > 10] > 0).all()
    lit = impedance(steady(device, {"top": 0.9}, light=1.0), "top", frequency)
    geometric = lit.capacitance[-1]
    assert (lit.capacitance > 0).all() and lit.capacitance[0] > 1e4 * geometric
