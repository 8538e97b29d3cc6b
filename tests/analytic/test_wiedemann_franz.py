r"""Heat that carriers conduct: a wire between cold ends that loses none at its side.

.. math:: T_{max}^2 = T_0^2 + V^2/4L,\qquad L = \pi^2k^2/3q^2,

whatever the conductivity is and however it follows the temperature, where the lattice conducts next to nothing
(F. Kohlrausch, Ann. Phys. 306, 132, 1900; R. Holm, Electric Contacts, 1967, §13). With a lattice of constant
:math:`\kappa` the integral of :math:`(\kappa + L\sigma T)/\sigma` from :math:`T_0` to :math:`T_{max}` is
:math:`V^2/8`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, State, steady, temperature
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import ModelWarning
from fem.heat.of_state import heat_parts
from fem.materials import Arrhenius
from fem.physics import Conduction, Heat, MobileIons
from fem.units import nm
from geometries import Axisymmetric
from tests.conducting import LAW, VACANCY, material, resistor, vacancies

LORENZ = (np.pi * BOLTZMANN / ELEMENTARY_CHARGE) ** 2 / 3  # [W Ohm/K^2]
COLD = 300.0


def wire(conductivity: Any, lattice: float, *, shape: Any = None, **heat: Any) -> Device:
    """Return 100 nm of a conductor [S/m] whose ends are cold and whose lattice conducts that [W/(m K)]."""
    ends: Any = [OhmicContact(), HeatSink(COLD)]
    film = material(electrical_conductivity=(conductivity, "S/m"), thermal_conductivity=(lattice, "W/(m K)"))
    return resistor(
        materials={"film": film},
        physics=[Conduction(), Heat(**heat)],
        contacts={"bottom": ends, "top": ends},
        shape=shape,
    )


def hottest(device: Device, voltage: float) -> float:
    """Return the highest temperature [K]."""
    return float(steady(device, {"top": voltage}).temperature().max())


CONDUCTIVITIES = 1e4, 1e7, Arrhenius(1e6, 0.03)
SHAPES = {"line": None, "disc": Axisymmetric(radius=30 * nm, lateral_size=10 * nm)}


def rise_errors(conductivity: Any, shape: Any) -> dict[float, float]:
    """Return by what share the rise of the hottest place is beside the closed form, by the voltage.

    From 0.05 to 0.2 V, 330 to 700 K; the lattice conducts 1e-4 of what carriers do.
    """
    carriers = LORENZ * COLD * (conductivity if isinstance(conductivity, float) else 3e5)
    device = wire(conductivity, 1e-4 * carriers, shape=shape)
    found = {}
    for voltage in (0.05, 0.1, 0.2):
        expected = np.sqrt(COLD**2 + voltage**2 / (4 * LORENZ))
        found[voltage] = abs((hottest(device, voltage) - COLD) / (expected - COLD) - 1)
    return found


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("conductivity", CONDUCTIVITIES, ids=str)
def test_hottest_place_is_told_by_the_voltage_alone(conductivity: Any, shape: Any) -> None:
    """Within 1 %."""
    errors = rise_errors(conductivity, shape)
    assert max(errors.values()) < 0.01, errors


def test_lattice_and_carriers_conduct_heat_side_by_side() -> None:
    r"""A lattice that conducts as much: :math:`\kappa(T-T_0)/\sigma + L(T^2 - T_0^2)/2 = V^2/8`, to 1e-3."""
    sigma, voltage = 1e5, 0.15
    lattice = LORENZ * sigma * COLD
    b, c = lattice / sigma, voltage**2 / 8 + lattice * COLD / sigma + LORENZ * COLD**2 / 2
    expected = (-b + np.sqrt(b**2 + 2 * LORENZ * c)) / LORENZ
    assert hottest(wire(sigma, lattice), voltage) - COLD == pytest.approx(expected - COLD, rel=1e-3)


def test_without_the_carriers_heat_it_is_the_parabola() -> None:
    voltage, sigma, lattice = 0.05, 1e5, 1.0
    found = hottest(wire(sigma, lattice, electronic=False), voltage)
    assert found - COLD == pytest.approx(voltage**2 * sigma / (8 * lattice), rel=1e-6)


def test_steady_temperature_warns_where_it_leaves_out_a_tenth_of_the_heat_conducted() -> None:
    r""":math:`L\sigma T` is 0.073 W/(m K) at 1e4 S/m and 300 K: a tenth of 0.73, whatever the voltage."""
    for lattice in (0.70, 1e-3):
        with pytest.warns(
            ModelWarning, match=rf"add up to 0.073\d* to the {lattice:g} W/\(m K\) of region 'film'"
        ):
            wire(1e4, lattice, coupled=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wire(1e4, 0.75, coupled=False)
        wire(1e4, 0.70, coupled=False, electronic=False)
        wire(1e4, 0.70)


def test_law_of_ions_counts_with_its_richest_film() -> None:
    ends: Any = [OhmicContact(), HeatSink(COLD)]
    given: dict[str, Any] = {
        "materials": {"film": material(ions={VACANCY: vacancies()})},
        "physics": [Conduction({"film": LAW}), MobileIons(VACANCY), Heat(coupled=False)],
        "contacts": {"bottom": ends, "top": ends},
    }
    with pytest.warns(ModelWarning, match=r"leaves out the heat that carriers conduct.* of region 'film'"):
        resistor(**given)


def test_all_heat_leaves_by_the_sinks_and_is_current_times_voltage() -> None:
    state: State = steady(wire(1e5, 0.05), {"top": 0.2})
    power = state.current("top") * 0.2
    assert sum(heat_parts(state).values()) == pytest.approx(power, rel=1e-10)
    out = sum(temperature(state).heat_into(name) for name in ("bottom", "top"))
    assert abs(out) == pytest.approx(power, rel=1e-8)
