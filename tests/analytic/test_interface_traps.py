"""Trap levels on interfaces: occupancy, emission, sheet charge and recombination against closed forms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, OhmicContact, StepControl, equilibrium, integrate, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import Carriers, InterfaceRecombination, InterfaceTraps, OpticalGeneration, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack
from studies.experiments.impedance import impedance

VT = thermal_voltage(300.0)
STATES, DONORS, OXIDE = 2.2e24, 1e22, 20 * nm
CAPACITANCE = 3.9 * VACUUM_PERMITTIVITY / OXIDE  # [F/m^2]


def gated(devices: ModuleType, *traps: InterfaceTraps, film: float = 400 * nm) -> Device:
    """Return an n-type film under an oxide and a gate of its own work function, with electrons alone."""
    work = (3.9 + VT * np.log(STATES / DONORS)) * eV
    return Device(
        mesh=VerticalStack(Layer("film", film), Layer("oxide", OXIDE)).mesh(
            size=10 * nm, interface_size=0.5 * nm, growth=1.15
        ),
        materials={
            "film": devices.semiconductor("film", donor_density=(DONORS, "m^-3")),
            "oxide": devices.insulator("oxide"),
        },
        physics=[Poisson(), Carriers(species=("electron",)), *traps],
        contacts={"bottom": OhmicContact(), "top": GateContact(work_function=work)},
        temperature=300.0,
    )


def level(density: float, depth: float, capture: float = 1e-14, **more: Any) -> InterfaceTraps:
    """Return a level at the oxide that captures electrons."""
    given = {"electron_capture": capture, "hole_capture": 0.0, "interface": "film|oxide"} | more
    return InterfaceTraps(given.pop("name", "states"), density=density, depth=depth * eV, **given)


def surface(device: Device) -> int:
    """Return the node of the interface on a line."""
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    return int(np.argmin(np.abs(x - x.max() + OXIDE)))


@pytest.mark.parametrize("kind", ["acceptor", "donor"])
def test_filled_states_shift_the_flat_band_voltage_by_their_charge_over_the_capacitance(
    devices: ModuleType, kind: str
) -> None:
    r""":math:`\Delta V_{FB} = qN_{it}/C_i` of filled acceptors; filled donors are neutral (Sze and Ng, 2007, ch. 4)."""
    density = 2e15
    bare, dressed = gated(devices), gated(devices, level(density, 1.2, kind=kind))
    shift = ELEMENTARY_CHARGE * density / CAPACITANCE if kind == "acceptor" else 0.0
    flat = steady(dressed, {"top": shift})
    film = dressed.boundary.fixed["electron"]
    inside = np.setdiff1d(np.arange(len(flat.values)), film)
    assert np.ptp(flat.potential()[inside]) < 1e-6
    assert flat.trap_occupancy("states")[surface(dressed)] == pytest.approx(1.0, abs=1e-6)
    for bias in (-1.0, 0.5):
        psi = [steady(d, {"top": v}).potential()[inside] for d, v in ((bare, bias), (dressed, bias + shift))]
        assert psi[1] == pytest.approx(psi[0], abs=2e-6)


def test_states_and_carriers_are_in_detailed_balance_in_equilibrium(devices: ModuleType) -> None:
    """Two levels, partly filled: as many electrons on them as the Fermi level says, in both solvers."""
    shallow = level(3e15, 0.15, name="shallow")
    deep = level(1e15, 0.25, name="deep", kind="donor")
    device = gated(devices, shallow, deep)
    rest, found = equilibrium(device), steady(device, {})
    np.testing.assert_allclose(found.values, rest.values, rtol=1e-8, atol=1e-11)
    assert abs(found.current("bottom")) < 1e-14
    node = surface(device)
    n = rest.density("electron")[node]
    for name, depth in (("shallow", 0.15), ("deep", 0.25)):
        share = 1 / (1 + STATES * np.exp(-depth / VT) / n)
        assert 0.05 < share < 0.99
        assert rest.trap_occupancy(name)[node] == pytest.approx(share, rel=1e-9)
        assert np.count_nonzero(rest.trap_occupancy(name)) == 1
    assert rest.density("deep")[node] == pytest.approx(1e15 * rest.trap_occupancy("deep")[node])


@pytest.mark.parametrize("rate", [1e7, 1e-3])
def test_states_empty_with_their_emission_rate_after_a_filling_pulse(
    devices: ModuleType, rate: float
) -> None:
    r"""So few that what they emit is not caught again: :math:`n_s \propto e^{-t/\tau}`, :math:`\tau = 1/(c_n n_1)`."""
    depth = 0.5
    device = gated(devices, level(1e8, depth, rate / (STATES * np.exp(-depth / VT))))
    full = steady(device, {"top": 1.0})
    node = surface(device)
    assert full.trap_occupancy("states")[node] > 0.999
    states = integrate(
        device,
        full,
        bias=lambda t: {"top": -3.0},
        end=2 / rate,
        milestones=[1 / rate],
        control=StepControl(tolerance=5e-6),
    )
    found = {s.time: s.trap_occupancy("states")[node] for s in states}
    once, twice = (min(found.items(), key=lambda item, k=k: abs(item[0] - k / rate))[1] for k in (1, 2))
    assert np.log(once / twice) == pytest.approx(1.0, rel=1e-3)
    assert once > 0.35


def test_what_flows_into_the_states_flows_out_of_the_gate(devices: ModuleType) -> None:
    """Currents of both contacts cancel while the states fill, and what has flowed is the charge on the gate."""
    device = gated(devices, level(2e15, 0.4, 1e-13))
    start = steady(device, {"top": -2.0})
    states = [
        start,
        *integrate(
            device,
            start,
            bias=lambda t: {"top": -2.0 + 3.0 * min(t / 1e-6, 1.0)},
            end=1e-4,
            kinks=[1e-6],
            control=StepControl(tolerance=1e-3),
        ),
    ]
    currents = np.array([(s.current("bottom"), s.current("top")) for s in states[1:]])
    assert np.abs(currents.sum(axis=1)).max() < 1e-9 * np.abs(currents).max()
    node = surface(device)
    assert states[-1].trap_occupancy("states")[node] - start.trap_occupancy("states")[node] > 0.5


def test_states_add_their_admittance_to_that_of_the_depletion_layer(devices: ModuleType) -> None:
    r"""In parallel with the layer and in series with the oxide,

    .. math:: Y_{it} = \frac{i\omega C_{it}}{1 + i\omega\tau},\quad C_{it} = \frac{q^2N_{it}}{kT}f(1 - f),\quad
              \tau = \frac{1}{c_n(n + n_1)}

    (E. H. Nicollian and A. Goetzberger, Bell Syst. Tech. J. 46, 1055, 1967).
    """
    capture, density, depth = 1e-19, 3e14, 0.2
    device = gated(devices, level(density, depth, capture))
    state = steady(device, {"top": -0.05})
    node, context = surface(device), device.context
    n = state.values[node, context.index("electron")] * device.scaling.density
    n1 = STATES * np.exp(-depth / VT)
    share, life = n / (n + n1), 1 / (capture * (n + n1))
    omega = np.array([1e-4, 0.1, 0.5, 1.0, 2.0, 10.0, 1e4]) / life
    found = impedance(state, "top", omega / (2 * np.pi)).admittance
    fast = 1 / (1j * omega[-1] / found[-1] - 1 / CAPACITANCE).real
    extra = 1j * omega * ELEMENTARY_CHARGE * density * share * (1 - share) / VT / (1 + 1j * omega * life)
    behind = 1 / (1 / found - 1 / (1j * omega * CAPACITANCE)) - 1j * omega * fast
    assert 0.1 < share < 0.9
    assert behind[:-1] == pytest.approx(extra[:-1], rel=1e-2)


def cell(devices: ModuleType, term: Any, shape: Any = None) -> Device:
    """Return the reference cell of three layers under light with one term at its upper interface."""
    base = devices.three_layers(shape=shape, size=20 * nm, interface_size=2 * nm, growth=1.5)
    return Device(
        mesh=base.mesh,
        materials=base.setting.materials,
        physics=[Poisson(), Carriers(), OpticalGeneration(3.4e27, ("film",)), term],
        contacts=base.contacts,
        temperature=300.0,
    )


@pytest.mark.parametrize(
    "shape",
    [
        None,
        Planar(width=60 * nm, lateral_size=30 * nm),
        Axisymmetric(radius=60 * nm, lateral_size=30 * nm),
        Dot(side=60 * nm, dot_radius=20 * nm, lateral_size=30 * nm),
    ],
    ids=["line", "planar", "axisymmetric", "dot"],
)
def test_few_states_recombine_as_those_without_memory_do(devices: ModuleType, shape: Any) -> None:
    """So few that their charge does nothing; the velocities are c N_s."""
    density, capture = 1e6, (1e-3, 3e-5)
    states = InterfaceTraps(
        "states",
        interface="film|HTL",
        side="film",
        density=density,
        energy=4.7 * eV,
        electron_capture=capture[0],
        hole_capture=capture[1],
    )
    plain = InterfaceRecombination(
        "film|HTL",
        electron_velocity=capture[0] * density,
        hole_velocity=capture[1] * density,
        energy=4.7 * eV,
        electrons_from="film",
        holes_from="film",
    )
    found = [steady(cell(devices, t, shape), {"top": 0.9}, light=1.0).current("top") for t in (states, plain)]
    clean = (
        steady(
            devices.three_layers(size=20 * nm, interface_size=2 * nm, growth=1.5, light=True),
            {"top": 0.9},
            light=1.0,
        )
        if shape is None
        else None
    )
    assert found[0] == pytest.approx(found[1], rel=1e-8)
    if clean is not None:
        assert abs(found[0] / clean.current("top") - 1) > 0.05
