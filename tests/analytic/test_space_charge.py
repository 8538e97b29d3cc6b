r"""Space-charge-limited current of one carrier between two contacts that inject without limit.

With lengths in L, potentials in :math:`V_t` and densities in :math:`\varepsilon V_t/(qL^2)` the current obeys
:math:`E' + E^2/2 = jx + c`. With :math:`E = 2u'/u` this is Airy's equation, and u vanishes at both contacts.
For consecutive zeros :math:`\zeta_0 < \zeta_1` of one solution u

.. math:: j = 2(\zeta_1-\zeta_0)^3,\qquad V = 2\ln|u'(\zeta_0)/u'(\zeta_1)|,

with the limits :math:`4\pi^2V` (diffusion) and :math:`\tfrac98V^2` (N. F. Mott and R. W. Gurney, 1940).
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import airy, airye

from fem import Device, State, steady
from fem.constants import VACUUM_PERMITTIVITY, thermal_voltage
from fem.materials import Material
from fem.physics import Carriers, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack

ROWS = np.loadtxt(Path(__file__).parent / "data" / "sclc.csv", delimiter=",", skiprows=1)
LENGTH, MOBILITY, PERMITTIVITY, T = 400e-9, 1e-6, 24.0, 300.0
VT = thermal_voltage(T)
SCALE = PERMITTIVITY * VACUUM_PERMITTIVITY * MOBILITY * VT**2 / LENGTH**3  # [A/m^2]


def exact(voltage: float) -> float:
    """Return the current density at ``voltage`` [V], 1 mV or more, of contacts of infinite density [A/m²]."""
    top = brentq(lambda t: of_upper_zero(t)[0] - voltage / VT, -12.5, 3e3, xtol=1e-12, rtol=1e-14)
    return SCALE * of_upper_zero(top)[1]


def waves(z: float) -> tuple[float, float, float, float, float]:
    """Return Ai, Ai', Bi, Bi' and g: the first two are to be multiplied by exp(-g), the others by exp(g)."""
    found = airye(z) if z > 0 else airy(z)
    return (*map(float, found), 2 / 3 * max(z, 0.0) ** 1.5)


def of_upper_zero(top: float) -> tuple[float, float]:
    """Return the scaled voltage and current of the solution whose upper zero is ``top``."""
    a, _, b, _, growth = waves(top)
    shrink = np.exp(-2 * growth)

    def u(z: float) -> float:
        at_z, _, bt_z, _, g = waves(z)
        return at_z * b * np.exp(-g) - bt_z * a * np.exp(g) * shrink

    high = min(top, 0.0) - 1e-3
    while u(high) * u(high - 0.1) > 0:
        high -= 0.1
    low = float(brentq(u, high - 0.1, high, xtol=1e-14))
    _, slope_a, _, slope_b, _ = waves(low)
    # by the Wronskian the slope of u at the upper zero is 1 / π
    slope = np.pi * abs(slope_a * b - slope_b * a * shrink)
    return 2 * (np.log(slope) + growth), 2 * (top - low) ** 3


def film_of(devices: ModuleType, *, states: float = 1e29, valence: float = 7.0) -> Material:
    """Return an undoped film whose conduction band is at the Fermi level of its contacts."""
    found = devices.semiconductor(
        "film", permittivity=PERMITTIVITY, states=states, mobility=MOBILITY, conduction=4.0, valence=valence
    )
    assert isinstance(found, Material)
    return found


def slab(
    devices: ModuleType,
    film: Material,
    *,
    size: float,
    interface: float,
    growth: float,
    temperature: float = T,
) -> Device:
    """Return the film between contacts that inject electrons without limit; cells in nm."""
    line = VerticalStack(Layer("film", LENGTH))
    return Device(
        mesh=line.mesh(size=size * nm, interface_size=interface * nm, growth=growth),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": devices.ohmic(4.0), "top": devices.ohmic(4.0)},
        temperature=temperature,
    )


@pytest.fixture(scope="module")
def states(devices: ModuleType) -> dict[float, State]:
    """Steady states at every sixth voltage of the table, 1 mV to 63 V."""
    device = slab(devices, film_of(devices), size=0.7, interface=0.002, growth=1.1)
    found: dict[float, State] = {}
    last = None
    for voltage in ROWS[::6, 0]:
        found[voltage] = last = steady(device, {"top": voltage}, start=last, max_bias_step=2.0)
    return found


def test_closed_form_has_both_limits() -> None:
    assert exact(1e-3) == pytest.approx(SCALE * 4 * np.pi**2 * 1e-3 / VT, rel=2e-4)
    assert exact(1e3) == pytest.approx(SCALE * 9 / 8 * (1e3 / VT) ** 2, rel=1e-2)


def test_current_is_that_of_the_airy_solution_over_five_decades_of_voltage(
    states: dict[float, State],
) -> None:
    assert len(states) >= 16
    for voltage, state in states.items():
        assert state.current("top") == pytest.approx(exact(voltage), rel=2e-3)


def test_current_approaches_the_diffusion_limit_and_that_of_mott_and_gurney(
    states: dict[float, State],
) -> None:
    table = {row[0]: row[1:] for row in ROWS}
    for voltage, state in states.items():
        if voltage < 2 * VT:
            assert state.current("top") == pytest.approx(table[voltage][1], rel=1.6e-2)
        if voltage > 2000 * VT:
            assert state.current("top") == pytest.approx(table[voltage][0], rel=6e-2)


def test_cold_carriers_follow_mott_and_gurney_from_four_volt(devices: ModuleType) -> None:
    """At 15 K diffusion adds little to drift."""
    film = film_of(devices, states=1e27, valence=5.0)
    device = slab(devices, film, size=1, interface=0.002, growth=1.1, temperature=15.0)
    last = None
    for voltage, expected, _ in ROWS[ROWS[:, 0] > 4][::6]:
        last = steady(device, {"top": voltage}, start=last)
        assert last.current("top") == pytest.approx(expected, rel=6e-2)


def drift_gain(gamma: float, voltage: float) -> float:
    """Return J(γ)/J(0) of drift alone: L J = εμ ∫E e^(γ√E) dE, V J = εμ ∫E² e^(γ√E) dE, to the field at the exit."""

    def moment(order: int, field: float) -> float:
        return float(quad(lambda e: e**order * np.exp(gamma * np.sqrt(e)), 0, field)[0])

    field = brentq(lambda e: moment(2, e) / moment(1, e) * LENGTH - voltage, 1e5, 1e9)
    return moment(1, field) / (9 / 8 * voltage**2 / LENGTH**2)


@pytest.mark.parametrize("gamma", [2e-4, 5e-4])
def test_field_dependent_mobility_gives_the_current_of_murgatroyd(devices: ModuleType, gamma: float) -> None:
    """His fit, exp(0.891 γ √(V/L)), is good for small γ (P. N. Murgatroyd, J. Phys. D 3, 151, 1970)."""

    def current(material: Material) -> float:
        device = slab(devices, material, size=2, interface=0.01, growth=1.2)
        return steady(device, {"top": 10.0}, max_bias_step=2.0).current("top")

    film = film_of(devices)
    gain = current(film.with_(electron_field_factor=gamma)) / current(film)
    assert gain == pytest.approx(drift_gain(gamma, 10.0), rel=1e-2)
    if gamma < 3e-4:
        assert gain == pytest.approx(np.exp(0.891 * gamma * np.sqrt(10.0 / LENGTH)), rel=6e-2)
