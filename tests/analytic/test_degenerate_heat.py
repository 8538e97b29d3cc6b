r"""What degenerate carriers take along, bands and dopants that follow the temperature, contacts at their own one.

:math:`S = (k/q)[\tfrac52 F_{3/2}(\eta)/F_{1/2}(\eta) - \eta]` of parabolic bands and a scattering time without
dependence on energy (H. J. Goldsmid, Introduction to Thermoelectricity, 2010, ch. 3).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from fem import Device, GateContact, HeatSink, OhmicContact, State, equilibrium, steady
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError
from fem.heat.of_state import DeviceHeat, heat_parts
from fem.materials import Datum, PowerLaw, Varshni
from fem.physics import BarrierTunnelling, Carriers, Heat, Interlayer, InterlayerLeakage, Poisson
from fem.units import eV, nm
from tests.analytic.test_thermoelectric import CONDUCTS, STATES, bar, electrical, profile_of
from tests.devices import datum
from tests.interlayers import AFFINITY, FREE, contact_on_oxide, film, of_line, oxide

DENSE = (2e25, 5e25)  # donors [1/m^3]: 2 and 5 N_c
MOVING: dict[str, Any] = {
    "band_gap": Datum(Varshni(1.17, 4.73e-4, 636.0), "eV", "assumed", "a test"),
    "electron_affinity": Datum(PowerLaw(4.05, -0.02), "eV", "assumed", "a test"),
}


def integral(order: float, level: float) -> float:
    """Return Fermi and Dirac's, without its Γ function."""
    top = max(level, 0.0) + 60.0
    found, _ = quad(
        lambda e: e**order / (1 + np.exp(e - level)), 0, top, points=[max(level, 0.0)], epsabs=0, limit=300
    )
    return float(found)


def thermopower(density: float) -> float:
    """Return -S of electrons [V/K] by the integrals over all energies, at 300 K."""
    norm = integral(0.5, -30.0) * np.exp(30.0)
    level = brentq(lambda x: integral(0.5, x) / norm - density / STATES, -20, 30)
    # F(3/2)/F(1/2) with their Γ: 2/3 of the mean energy
    ratio = integral(1.5, level) / integral(0.5, level) / 1.5
    return BOLTZMANN / ELEMENTARY_CHARGE * (2.5 * ratio - level)


@pytest.mark.parametrize("density", [1e24, 2e25, 1e26])
def test_seebeck_voltage_and_peltier_heat_are_those_of_degenerate_bands(
    devices: ModuleType, density: float
) -> None:
    """Both by Fermi integrals, and so Π = TS (Kelvin)."""
    kind: dict[str, Any] = {"statistics": "fermi-dirac"}
    hot = bar(devices, (density, density), ends=(300.0, 301.0), **kind)
    flows = [steady(hot, {"bottom": v}).current("bottom") for v in (0.0, 1e-3)]
    seebeck = 1e-3 * flows[0] / (flows[0] - flows[1])
    assert abs(seebeck) == pytest.approx(thermopower(density), rel=5e-3)
    state = steady(bar(devices, (density, density), **kind), {"bottom": 1e-5})
    x, heat, _ = profile_of(state)
    peltier = heat[x < 100 * nm].sum() / state.current("bottom")
    assert peltier == pytest.approx(300 * thermopower(density), rel=1e-3)


CASES: dict[str, dict[str, Any]] = {
    "fermi-dirac": {"statistics": "fermi-dirac", "ends": (330.0, 300.0)},
    "blakemore": {"statistics": "blakemore", "ends": (330.0, 300.0)},
    "junction": {"statistics": "fermi-dirac", "acceptors": True, "resistance": 1e-7},
    "all": {
        "statistics": "fermi-dirac",
        "acceptors": True,
        "ends": (300.0, 340.0),
        "data": {**MOVING, "donor_depth": 0.05 * eV, "acceptor_depth": 0.08 * eV},
        "step": 0.05,
    },
}


@pytest.mark.parametrize("case", CASES)
def test_all_electrical_power_is_heat_of_degenerate_carriers(devices: ModuleType, case: str) -> None:
    """For any temperatures, of bands and dopants that follow these too."""
    device = bar(devices, (1e25, 2e25), **CASES[case])
    for bias in (0.9, 0.7 if CASES[case].get("acceptors") else -0.1):
        state = steady(device, {"bottom": bias})
        parts = heat_parts(state)
        assert sum(parts.values()) == pytest.approx(electrical(state), rel=1e-8, abs=0)
        assert abs(parts["thermoelectric"]) > 1e-9 * electrical(state)


@pytest.mark.parametrize(
    ("statistics", "data"),
    [
        ("fermi-dirac", {}),
        ("boltzmann", {"donor_depth": 0.15 * eV}),
        ("fermi-dirac", {"donor_depth": 0.05 * eV, **MOVING}),
    ],
    ids=["degenerate", "freeze-out", "all"],
)
def test_a_neutral_contact_has_the_level_of_its_own_temperature(
    devices: ModuleType, statistics: str, data: dict[str, Any]
) -> None:
    """That of a device whose ambient temperature it is: its densities, and no current without a voltage."""
    donors = (3e25, 3e25) if statistics == "fermi-dirac" else (1e23, 1e23)
    warm = bar(devices, donors, ends=(375.0, 375.0), statistics=statistics, data=data)
    plain = Device(
        mesh=warm.mesh,
        materials=warm.setting.materials,
        physics=[Poisson(), Carriers(statistics=statistics)],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=375.0,
    )
    at_rest, expected = steady(warm, {}), equilibrium(plain)
    forward = steady(warm, {"bottom": 1e-3})
    assert abs(at_rest.current("bottom")) < 1e-9 * abs(forward.current("bottom"))
    found, wanted = (s.density("electron", region="a") for s in (at_rest, expected))
    inside = wanted > 0
    np.testing.assert_allclose(found[inside], wanted[inside], rtol=1e-6)
    np.testing.assert_allclose(at_rest.potential(), expected.potential(), atol=1e-6)


def test_heat_of_bands_that_follow_the_temperature_goes_with_the_voltage_that_they_have(
    devices: ModuleType,
) -> None:
    """Π = TS, of an edge that moves by 1 meV/K towards the vacuum level or away from it: no part of S."""
    for law in (PowerLaw(4.05, 0.0), PowerLaw(4.05, 0.075)):
        data = {"electron_affinity": Datum(law, "eV", "assumed", "a test")}
        hot = bar(devices, (1e22, 1e22), ends=(300.0, 301.0), data=data)
        flows = [steady(hot, {"bottom": v}).current("bottom") for v in (0.0, 1e-3)]
        seebeck = 1e-3 * flows[0] / (flows[0] - flows[1])
        state = steady(bar(devices, (1e22, 1e22), data=data), {"bottom": 1e-3})
        x, heat, _ = profile_of(state)
        peltier = heat[x < 100 * nm].sum() / state.current("bottom")
        assert peltier == pytest.approx(300 * abs(seebeck), rel=2e-3)
        expected = BOLTZMANN / ELEMENTARY_CHARGE * (2.5 + np.log(STATES / 1e22))
        assert abs(seebeck) == pytest.approx(expected, rel=1e-3)


def test_contacts_beyond_the_temperatures_of_their_levels_are_refused(devices: ModuleType) -> None:
    with pytest.raises(IncompatibleError, match=r"800 K.*from 120 to 750 K"):
        bar(devices, DENSE, ends=(300.0, 800.0), statistics="fermi-dirac")
    bar(devices, (1e22, 1e22), ends=(300.0, 800.0))  # in closed form at any temperature


def crossed(ends: tuple[float, float], statistics: str = "boltzmann", **data: Any) -> State:
    """Return a film at 0 V whose electrons cross 3 nm of an oxide to a metal at 0.5 V; sinks at ``ends`` [K]."""
    warm = {name: datum(*value) for name, value in CONDUCTS.items()}
    drawing = contact_on_oxide(3 * nm).mesh
    leaking = Datum(PowerLaw(1e-4, 4.0), "S/m", "assumed", "a test")
    device = Device(
        mesh=drawing,
        materials={
            "film": film().with_(**warm, **data),
            "oxide": oxide(electrical_conductivity=leaking, **warm),
        },
        physics=[
            Poisson(),
            Carriers(statistics=statistics),
            Interlayer(
                contact="top",
                across="oxide",
                into="film",
                crossings=(BarrierTunnelling(), InterlayerLeakage()),
            ),
            Heat(),
        ],
        contacts={
            "bottom": [OhmicContact(), HeatSink(ends[0])],
            "top": [GateContact(work_function=AFFINITY * eV), HeatSink(ends[1])],
        },
        temperature=300.0,
    )
    return steady(device, {"top": 0.5})


def test_what_crosses_an_interlayer_takes_its_heat_to_the_contact() -> None:
    state = crossed((300.0, 300.0))
    face, metal, _ = of_line(state)
    heat = DeviceHeat(state.device).nodal(state)["thermoelectric"]
    kt = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    carried = kt * (2.5 + np.log(FREE / state.density("electron")[face]))
    assert heat[metal] == pytest.approx(carried * state.current("top"), rel=1e-3)
    assert sum(heat_parts(state).values()) == pytest.approx(electrical(state), rel=1e-8)


def test_the_heat_of_what_crosses_is_the_power_put_in_for_any_temperatures() -> None:
    state = crossed((340.0, 300.0), "fermi-dirac", **MOVING)
    assert sum(heat_parts(state).values()) == pytest.approx(electrical(state), rel=1e-8)
