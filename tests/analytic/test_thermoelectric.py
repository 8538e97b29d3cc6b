r"""What carriers take along: Peltier heat of contacts and junctions, Thomson heat, Seebeck's voltage, and the ledger.

:math:`S = (k/q)[1 + p + \ln(N_c/n)]` with :math:`N_c \propto T^p`, :math:`\Pi = TS`, :math:`\tau = T\,dS/dT` (W.
Thomson, Trans. R. Soc. Edinburgh 21, 123, 1857).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    Device,
    HeatSink,
    OhmicContact,
    SchottkyContact,
    State,
    admittance,
    equilibrium,
    integrate,
    steady,
)
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, thermal_voltage
from fem.heat.of_state import DeviceHeat, heat_parts, temperature
from fem.materials import PowerLaw
from fem.physics import Carriers, Heat, Poisson
from fem.units import eV, nm, um
from geometries import Axisymmetric, Layer, VerticalStack

STATES, LENGTH = 1e25, 1 * um
CONDUCTS: dict[str, Any] = {
    "thermal_conductivity": (2.0, "W/(m K)"),
    "volumetric_heat_capacity": (2e6, "J/(m^3 K)"),
}


def bar(
    devices: ModuleType,
    donors: tuple[float, float],
    *,
    ends: tuple[float, float] = (300.0, 300.0),
    contact: Any = None,
    step: float = 0.0,
    resistance: float | None = None,
    acceptors: bool = False,
    power: float = 1.5,
    **more: Any,
) -> Device:
    """Return two doped halves, the upper one's bands ``step`` [eV] deeper, between sinks at ``ends`` [K].

    ``acceptors``: the lower half has these. ``power``: of T, with which N_c grows. ``more``: "shape", "coupled",
    "statistics", and "data" of both materials.
    """
    common = dict(permittivity=11.7, states=STATES, mobility=(0.1, 0.04), **CONDUCTS)
    common |= {f"{s}_lifetime": (1e-7, "s") for s in ("electron", "hole")}
    kinds = ("acceptor_density" if acceptors else "donor_density", "donor_density")
    halves = [
        devices.semiconductor(
            name, conduction=4.05 + k * step, valence=5.12 + k * step, **{kind: (density, "m^-3")}, **common
        )
        for k, (name, kind, density) in enumerate(zip("ab", kinds, donors, strict=True))
    ]
    data = {"effective_dos_conduction": PowerLaw(STATES, power), **more.get("data", {})}
    halves = [half.with_(**data) for half in halves]
    contact = contact or OhmicContact()
    return Device(
        mesh=VerticalStack(Layer("a", LENGTH), Layer("b", LENGTH)).mesh(
            shape=more.get("shape"), size=40 * nm, interface_size=2 * nm
        ),
        materials=dict(zip("ab", halves, strict=True)),
        physics=[
            Poisson(),
            Carriers(statistics=more.get("statistics", "boltzmann")),
            Heat(coupled=more.get("coupled", True)),
        ],
        contacts={
            "bottom": [contact, HeatSink(ends[0], resistance)],
            "top": [contact, HeatSink(ends[1], resistance)],
        },
        temperature=300.0,
    )


def profile_of(state: State) -> tuple[Any, Any, Any]:
    """Return places [m], heat that carriers took along [W/m²] and temperatures [K] of a line, from below."""
    x = state.device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * state.device.mesh.unit
    order = np.argsort(x)
    heat = DeviceHeat(state.device).nodal(state)["thermoelectric"]
    return x[order], heat[order], state.temperature()[order]


def electrical(state: State) -> float:
    return float(sum(state.current(name) * bias for name, bias in state.bias.items()))


@pytest.mark.parametrize("coupled", [True, False])
@pytest.mark.parametrize("step", [0.0, 0.1])
def test_junction_gives_off_the_difference_of_the_peltier_coefficients(
    devices: ModuleType, step: float, coupled: bool
) -> None:
    donors = (1e22, 1e24)
    state = steady(bar(devices, donors, step=step, coupled=coupled), {"bottom": 1e-3})
    x, heat, _ = profile_of(state)
    first, second = (thermal_voltage(300.0) * (2.5 + np.log(STATES / n)) for n in donors)  # minus Π [V]
    near = np.abs(x - LENGTH) < 0.5 * LENGTH
    expected = -state.current("bottom") * (first - second)
    assert heat[near].sum() == pytest.approx(expected, rel=1e-3)


def test_contacts_take_and_give_the_peltier_heat_of_the_film(devices: ModuleType) -> None:
    state = steady(bar(devices, (1e23, 1e23)), {"bottom": 1e-3})
    x, heat, _ = profile_of(state)
    peltier = thermal_voltage(300.0) * (2.5 + np.log(STATES / 1e23))
    for end, sign in ((x < 100 * nm, 1), (x > 1.9 * um, -1)):
        assert heat[end].sum() == pytest.approx(sign * peltier * state.current("bottom"), rel=1e-3)


def test_thomson_heat_is_that_of_the_change_of_the_seebeck_coefficient(devices: ModuleType) -> None:
    """τ = 3/2 k/q where N_c grows as T^3/2; none where N_c stays."""
    for grows in (1.5, 0.0):
        state = steady(bar(devices, (1e23, 1e23), ends=(300.0, 340.0), power=grows), {"bottom": 0.1})
        x, heat, t = profile_of(state)
        inside = np.flatnonzero((x > 0.4 * um) & (x < 1.6 * um))
        begin, end = ((t[k] + t[k + d]) / 2 for k, d in ((inside[0], -1), (inside[-1], 1)))
        upwards = -state.current("bottom") / ELEMENTARY_CHARGE  # electrons
        expected = -upwards * grows * BOLTZMANN * (end - begin)
        scale = abs(upwards) * BOLTZMANN * abs(end - begin)
        assert heat[inside].sum() == pytest.approx(expected, abs=1e-3 * scale)


def test_seebeck_voltage_and_peltier_heat_go_together(devices: ModuleType) -> None:
    """Π = TS, of an open bar and of one under current (Kelvin)."""
    hot = bar(devices, (1e22, 1e22), ends=(300.0, 301.0))
    flows = [steady(hot, {"bottom": v}).current("bottom") for v in (0.0, 1e-3)]
    seebeck = 1e-3 * flows[0] / (flows[0] - flows[1])  # where no current flows [V], of 1 K
    expected = BOLTZMANN / ELEMENTARY_CHARGE * (2.5 + np.log(STATES / 1e22))
    assert abs(seebeck) == pytest.approx(expected, rel=1e-3)
    state = steady(bar(devices, (1e22, 1e22)), {"bottom": 1e-3})
    x, heat, _ = profile_of(state)
    assert heat[x < 100 * nm].sum() / state.current("bottom") == pytest.approx(300 * abs(seebeck), rel=2e-3)


CASES: list[dict[str, Any]] = [
    {},
    {"ends": (330.0, 300.0)},
    {"resistance": 1e-6, "acceptors": True},
    {"contact": SchottkyContact(work_function=4.3 * eV, image_force_permittivity=11.7), "resistance": 1e-7},
    {"shape": Axisymmetric(radius=100 * nm, lateral_size=40 * nm), "resistance": 1e-7, "step": 0.05},
    {"coupled": False, "acceptors": True},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_electrical_power_is_heat_whatever_the_temperatures(
    devices: ModuleType, case: dict[str, Any]
) -> None:
    device = bar(devices, (1e23, 1e22), **case)
    for bias in (0.9, -0.1):
        state = steady(device, {"bottom": bias})
        assert sum(heat_parts(state).values()) == pytest.approx(electrical(state), rel=1e-8, abs=0)
    state = steady(device, {"bottom": 0.9})
    field = temperature(state)
    assert sum(field.heat_into(n) for n in device.contacts) == pytest.approx(electrical(state), rel=1e-8)


def test_a_bar_between_two_temperatures_turns_heat_into_current(devices: ModuleType) -> None:
    """Shorted, what the Seebeck effect drives gives off as Joule heat what it takes from the warm end."""
    state = steady(bar(devices, (1e23, 1e23), ends=(330.0, 300.0)), {})
    parts = heat_parts(state)
    assert parts["electron"] > 1e4
    assert sum(parts.values()) == pytest.approx(0.0, abs=1e-9 * parts["electron"])


@pytest.mark.parametrize("acceptors", [False, True])
@pytest.mark.parametrize("resistance", [None, 1e-6])
def test_one_temperature_beside_the_ambient_one_drives_no_current(
    devices: ModuleType, acceptors: bool, resistance: float | None
) -> None:
    """Contacts are in equilibrium at their own temperature."""
    warm = bar(devices, (1e23, 1e22), ends=(350.0, 350.0), acceptors=acceptors, resistance=resistance)
    rest, forward = steady(warm, {}), steady(warm, {"bottom": 0.3})
    assert abs(rest.current("bottom")) < 1e-9 * abs(forward.current("bottom"))
    middle = rest.density("electron", region="b") * rest.density("hole", region="b")
    product = STATES**2 * (350 / 300) ** 3 * np.exp(-1.07 * ELEMENTARY_CHARGE / (BOLTZMANN * 350.0))
    found = middle[rest.density("electron", region="b") > 0]
    np.testing.assert_allclose(found, product, rtol=1e-6)


def test_a_warm_contact_has_the_densities_of_its_temperature(devices: ModuleType) -> None:
    """The current of a diode at 350 K is that of one whose ambient temperature it is."""
    donors = (1e23, 1e22)
    warm = bar(devices, donors, ends=(350.0, 350.0), acceptors=True)
    materials, mesh = warm.setting.materials, warm.mesh
    plain = Device(
        mesh=mesh,
        materials=materials,
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=350.0,
    )
    one, other = (steady(d, {"bottom": 0.3}).current("bottom") for d in (warm, plain))
    assert one == pytest.approx(other, rel=1e-6)  # warm by 1 µK of its own


def test_small_signals_and_transients_know_of_it(devices: ModuleType) -> None:
    device = bar(devices, (1e23, 1e22), resistance=1e-6)
    state = steady(device, {"bottom": 0.1})
    step = 1e-4
    slope = (steady(device, {"bottom": 0.1 + step}).current("bottom") - state.current("bottom")) / step
    _, low = admittance(state, "bottom", [1e-2])
    assert abs(low[0].real) == pytest.approx(slope, rel=1e-3)
    last = list(integrate(device, equilibrium(device), bias=lambda _t: {"bottom": 0.1}, end=1e-2))[-1]
    assert last.current("bottom") == pytest.approx(state.current("bottom"), rel=1e-6)
    assert sum(last.current(n) for n in device.contacts) == pytest.approx(
        0, abs=1e-9 * last.current("bottom")
    )
