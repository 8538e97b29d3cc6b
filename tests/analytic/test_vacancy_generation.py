"""Ions that are made and lost in a film or at an electrode, against closed forms and detailed balance."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import BlockingContact, Device, OhmicContact, StepControl, equilibrium, integrate, steady
from fem.constants import BOLTZMANN, thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.materials import Arrhenius
from fem.physics import Carriers, Conduction, IonExchange, MobileIons, Poisson, VacancyConductivity
from fem.physics import VacancyGeneration as Generation
from fem.units import eV, nm
from geometries import Axisymmetric, Layer, VerticalStack

LENGTH, SITES, DENSITY = 50 * nm, 1e24, 1e21
KT = BOLTZMANN * 300
ENERGY, PREFACTOR = 0.6 * eV, 1e31  # [J], [1/(m^3 s)]
RATE = PREFACTOR * np.exp(-ENERGY / KT)
CONTROL = StepControl(tolerance=1e-4)


def neutral(devices: ModuleType, *terms: Any, slow: float = 1e-16, mesh: Any = None) -> Device:
    """Return a conducting film that is neutral everywhere, with vacancies of few sites."""
    film = devices.semiconductor("film", ions={"cation": devices.ion(1e20, diffusivity=slow, site=SITES)})
    law = VacancyConductivity(
        ion="cation", poor=Arrhenius(10.0, 0.0), rich=Arrhenius(10.0, 0.0), density=1e22
    )
    return Device(
        mesh=mesh or VerticalStack(Layer("film", LENGTH)).mesh(size=5 * nm, interface_size=5 * nm),
        materials={"film": film},
        physics=[Conduction({"film": law}), MobileIons("cation"), *terms],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def paired(devices: ModuleType, *terms: Any, slow: float = 1e-16, work: float = 4.5) -> Device:
    """Return an insulating film with cations and anions, between blocking contacts."""
    ions = {name: devices.ion(1e20, diffusivity=slow, site=SITES) for name in ("cation", "anion")}
    film = devices.insulator("film", 20.0, ions=ions)
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=5 * nm, interface_size=1 * nm),
        materials={"film": film},
        physics=[Poisson(), MobileIons("cation"), MobileIons("anion"), *terms],
        contacts={
            "bottom": BlockingContact(work_function=4.5 * eV),
            "top": BlockingContact(work_function=work * eV),
        },
        temperature=300.0,
    )


def generation(**given: Any) -> Generation:
    return Generation("cation", **({"prefactor": PREFACTOR, "energy": ENERGY, "density": DENSITY} | given))


@pytest.mark.parametrize("bias", [0.0, 1.0, 10.0])
def test_density_follows_its_exponential_to_the_one_that_the_field_allows(
    devices: ModuleType, bias: float
) -> None:
    r"""dc/dt = G[F(1 - c/c_max) - c(1 - θ)/c_eq], F = exp(pE/kT): exp(-t/τ) with 1/τ = G[F/c_max + (1 - θ)/c_eq]."""
    dipole = 1.5 * KT * LENGTH / 10.0
    device = neutral(devices, generation(dipole=dipole), slow=1e-26)
    gain, theta = np.exp(dipole * bias / LENGTH / KT), DENSITY / SITES
    inverse = RATE * (gain / SITES + (1 - theta) / DENSITY)
    final = RATE * gain / inverse
    *_, last = integrate(
        device, equilibrium(device), bias=lambda _t: {"top": bias}, end=1 / inverse, control=CONTROL
    )
    exact = final + (1e20 - final) * np.exp(-1)
    np.testing.assert_allclose(last.ion_density("cation"), exact, rtol=2e-3)
    rest = steady(device, {"top": bias})
    np.testing.assert_allclose(rest.ion_density("cation"), final, rtol=1e-6)
    assert bias > 0 or final == pytest.approx(DENSITY, rel=1e-12)


def test_field_lowers_a_barrier_to_nothing_at_most(devices: ModuleType) -> None:
    device = neutral(devices, generation(dipole=1e-28), slow=1e-26)
    final = steady(device, {"top": 2000.0 * ENERGY / 1e-28 * LENGTH}).ion_density("cation")
    gain, theta = np.exp(ENERGY / KT), DENSITY / SITES
    np.testing.assert_allclose(final, gain / (gain / SITES + (1 - theta) / DENSITY), rtol=1e-6)


def test_pairs_follow_the_hyperbolic_tangent_of_their_recombination(devices: ModuleType) -> None:
    r"""dc/dt = G(1 - c²/c_eq²), nearly without limit of sites: c = c_eq tanh(G t/c_eq + artanh(c_0/c_eq))."""
    device = paired(devices, generation(partner="anion"))
    start, times = equilibrium(device), np.array([0.3, 1.0, 3.0]) * DENSITY / RATE
    found = {
        s.time: s
        for s in integrate(
            device,
            start,
            bias=lambda _t: {},
            end=times[-1],
            milestones=times,
            control=StepControl(tolerance=1e-5),
        )
    }
    for time in times:
        exact = DENSITY * np.tanh(RATE * time / DENSITY + np.arctanh(1e20 / DENSITY))
        for name in ("cation", "anion"):
            np.testing.assert_allclose(found[time].ion_density(name), exact, rtol=4e-3)


def test_pairs_at_rest_have_the_product_of_detailed_balance_at_any_potential(devices: ModuleType) -> None:
    device = paired(devices, generation(partner="anion", partner_density=3e20), work=4.7)
    rest = steady(device, {})
    activity = [rest.ion_density(n) / (1 - rest.ion_density(n) / SITES) for n in ("cation", "anion")]
    balance = np.prod([d / (1 - d / SITES) for d in (DENSITY, 3e20)])
    assert np.ptp(rest.potential()) > 0.1
    assert activity[0].max() / activity[0].min() > 5
    np.testing.assert_allclose(activity[0] * activity[1], balance, rtol=1e-6)
    frozen = steady(device, {}, start=rest, frozen_ions=True)
    np.testing.assert_allclose(frozen.values, rest.values, rtol=1e-6, atol=1e-9)


def test_donors_and_their_electrons_have_the_product_of_detailed_balance(devices: ModuleType) -> None:
    film = devices.film(ions={"cation": devices.ion(1e20, diffusivity=1e-16)})
    device = Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=5 * nm, interface_size=1 * nm),
        materials={"film": film},
        physics=[
            Poisson(),
            Carriers(),
            MobileIons("cation"),
            generation(partner="electron", partner_density=1e19),
        ],
        contacts={"bottom": devices.ohmic(4.2), "top": devices.ohmic(4.3)},
        temperature=300.0,
    )
    rest = steady(device, {})
    assert abs(rest.current("top")) < 1e-9 * abs(steady(device, {"top": 0.1}).current("top"))
    level = np.log(rest.ion_density("cation")) + rest.potential() / thermal_voltage(300.0)
    assert np.ptp(level) < 1e-4
    fermi = np.log(rest.density("electron")) - rest.potential() / thermal_voltage(300.0)
    total = rest.density("electron") * rest.ion_density("cation")
    assert np.ptp(fermi) < 1e-6
    np.testing.assert_allclose(total, DENSITY * 1e19, rtol=1e-3)


@pytest.mark.parametrize("shape", [None, Axisymmetric(radius=30 * nm, lateral_size=15 * nm)])
def test_exchange_fills_a_thin_film_with_its_exponential(devices: ModuleType, shape: Any) -> None:
    """c = c_eq + (c_0 - c_eq) exp(-k t/L) of a film that is mixed faster than it is filled."""
    velocity = 1e-9
    mesh = VerticalStack(Layer("film", LENGTH)).mesh(size=10 * nm, interface_size=10 * nm, shape=shape)
    exchange = IonExchange("top", "cation", velocity=velocity, density=DENSITY)
    device = neutral(devices, exchange, slow=1e-12, mesh=mesh)
    *_, last = integrate(
        device, equilibrium(device), bias=lambda _t: {}, end=LENGTH / velocity, control=CONTROL
    )
    exact = DENSITY + (1e20 - DENSITY) * np.exp(-1)
    np.testing.assert_allclose(last.ion_density("cation"), exact, rtol=2e-3)
    np.testing.assert_allclose(steady(device, {}).ion_density("cation"), DENSITY, rtol=1e-8)


def test_inventory_changes_by_what_has_crossed_the_electrode(devices: ModuleType) -> None:
    """Step by step, with the formula of the time step, to 1e-9."""
    velocity, flow = 2e-9, []
    exchange = IonExchange("top", "cation", velocity=velocity, density=DENSITY)
    device = neutral(devices, exchange, generation(prefactor=1e-20), slow=1e-16)
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0]
    begin = equilibrium(device)
    content, times = [begin.ion_inventory("cation")], [0.0]
    for state in integrate(device, begin, bias=lambda _t: {}, end=30.0):
        content.append(state.ion_inventory("cation"))
        times.append(state.time)
        flow.append(velocity * (DENSITY - state.ion_density("cation")[np.argmax(x)]))
    steps, change = np.diff(times), np.diff(content)
    assert change[0] == pytest.approx(flow[0] * steps[0], rel=1e-9)
    for k in range(1, len(steps)):
        omega = steps[k] / steps[k - 1]
        rate = (1 + 2 * omega) / (1 + omega) * change[k] - omega**2 / (1 + omega) * change[k - 1]
        assert rate == pytest.approx(flow[k] * steps[k], rel=1e-9, abs=1e-12 * content[-1])
    assert content[-1] > 2 * content[0]


def test_ions_that_cross_both_electrodes_are_the_terminal_current(devices: ModuleType) -> None:
    """A steady ion current through the device, from a source at one electrode to a sink at the other one."""
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(1e17, diffusivity=1e-14)})
    velocity, few = 1e-6, 1e17
    exchanges = [
        IonExchange("film|metal", "cation", velocity=velocity, density=2 * few),
        IonExchange("bottom", "cation", velocity=velocity, density=0.0),
    ]
    device = Device(
        mesh=VerticalStack(Layer("film", LENGTH), Layer("metal", 20 * nm)).mesh(
            size=5 * nm, interface_size=2 * nm
        ),
        materials={"film": film, "metal": devices.metal(4.5)},
        physics=[Poisson(), MobileIons("cation"), *exchanges],
        contacts={n: BlockingContact(work_function=4.5 * eV) for n in ("bottom", "top")},
        temperature=300.0,
    )
    state = steady(device, {})
    flux = 1e-14 / (LENGTH + 2 * 1e-14 / velocity) * 2 * few  # resistances in series
    assert state.current("top") == pytest.approx(1.602176634e-19 * flux, rel=2e-3)
    assert state.current("top") == pytest.approx(-state.current("bottom"), rel=1e-6)


def test_bad_generation_and_exchange_are_refused(devices: ModuleType) -> None:
    with pytest.raises(OutOfRangeError, match="formation energy of cation"):
        generation(energy=1.2)
    with pytest.raises(OutOfRangeError, match="dipole"):
        generation(dipole=13.0)
    with pytest.raises(IncompatibleError, match="partner_density but no partner"):
        generation(partner_density=1e20)
    with pytest.raises(IncompatibleError, match=r"makes \+1 charges"):
        paired(devices, generation())
    with pytest.raises(UnknownNameError, match="'hole'"):
        paired(devices, generation(partner="hole"))
    with pytest.raises(OutOfRangeError, match="below its site density"):
        neutral(devices, generation(density=2 * SITES))
    with pytest.raises(UnknownNameError, match="'flim'"):
        neutral(devices, generation(regions=("flim",)))
    with pytest.raises(OutOfRangeError, match="velocity of cation at 'top'"):
        IonExchange("top", "cation", velocity=-1.0, density=1e20)
    with pytest.raises(UnknownNameError, match="'lid'"):
        neutral(devices, IonExchange("lid", "cation", velocity=1e-9, density=1e20))
    with pytest.raises(UnknownNameError, match="'anion'"):
        neutral(devices, IonExchange("top", "anion", velocity=1e-9, density=1e20))
    with pytest.raises(OutOfRangeError, match="below 1e\\+24"):
        neutral(devices, IonExchange("top", "cation", velocity=1e-9, density=1e25))


@pytest.mark.parametrize(
    ("face", "error", "answer"),
    [
        ("film|HTL", IncompatibleError, "is no electrode"),
        ("film|metal", UnknownNameError, "'film|HTL'"),
        ("HTL|metal", IncompatibleError, "moves in ['film']"),
        ("top", IncompatibleError, "moves in ['film']"),
    ],
)
def test_face_without_the_ion_or_an_electrode_is_refused(
    devices: ModuleType, face: str, error: Any, answer: str
) -> None:
    layers = [Layer("film", LENGTH), Layer("HTL", 20 * nm), Layer("metal", 20 * nm)]
    ions = {"cation": devices.ion(1e20, diffusivity=1e-16)}
    with pytest.raises(error) as caught:
        Device(
            mesh=VerticalStack(*layers).mesh(size=10 * nm, interface_size=10 * nm),
            materials={"film": devices.film(ions=ions), "HTL": devices.HTL, "metal": devices.metal(5.2)},
            physics=[
                Poisson(),
                Carriers(),
                MobileIons("cation"),
                IonExchange(face, "cation", velocity=1e-9, density=1e20),
            ],
            contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(5.2)},
            temperature=300.0,
        )
    assert answer in str(caught.value)
