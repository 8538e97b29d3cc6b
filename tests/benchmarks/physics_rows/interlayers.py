"""Insulating interlayers of 2 to 20 nm at 100 to 400 K: currents beside integrals and closed forms, flat bands."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from fem import OhmicContact, admittance, equilibrium, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.contacts import HeatSink
from fem.heat.of_state import heat_parts
from fem.physics import (
    BarrierLaw,
    DirectTunnelling,
    Heat,
    InterlayerLeakage,
)
from fem.units import eV, nm
from tests.benchmarks.table import Row, at_most
from tests.devices import datum
from tests.interlayers import (
    AFFINITY,
    FREE,
    LEAKING,
    WAYS,
    between_metals,
    capacity,
    contact_on_oxide,
    film,
    fowler_nordheim,
    levels,
    of_line,
    oxide,
    thin_barrier,
    tunnelled,
)

THICK, WARM = (2.0, 5.0, 10.0, 20.0), (100.0, 200.0, 300.0, 400.0)  # [nm, K]
CONDUCTING: dict[str, Any] = {
    "thermal_conductivity": datum(1.0, "W/(m K)"),
    "volumetric_heat_capacity": datum(2e6, "J/(m^3 K)"),
}


def rows() -> Iterator[Row]:
    """Yield the largest differences."""
    yield at_most("Tsu-Esaki, 2-20 nm, 100-400 K, both signs", 1.0, 100 * _integrals(), "%")
    yield at_most("Fowler-Nordheim, 5-20 nm, 100-400 K", 1.0, 100 * _strong_fields(), "%")
    yield at_most("Simmons' law, 2-5 nm, 100-400 K", 1.0, 100 * _simmons(), "%")
    yield at_most("between metals, 2-20 nm, 100-400 K", 1.0, 100 * _between_metals(), "%")
    yield at_most("Simmons' next order, 2-5 nm, 10 mV", 1.0, 100 * _thin_barrier(), "%")
    yield at_most("leakage, activation, 2-20 nm, 200-400 K", 1.0, 100 * _leakage(), "%")
    shift, across = _flat_bands()
    yield at_most("flat band -Q/C, 2-20 nm, 100-400 K", 1e-6, shift, "V")
    yield at_most("voltage across, of the film's charge", 1e-6, across, "V")
    balance, rest = _balances()
    yield at_most("equilibrium over 1 mV, all ways", 1e-9, rest)
    yield at_most("both contacts add up to zero, all ways", 1e-10, balance)
    yield at_most("conductance beside differences", 1e-5, _conductance())
    yield at_most("heat beside current times voltage", 1e-6, _ledger())


def _integrals() -> float:
    """Return the largest part by which a current differs from the integral by another quadrature."""
    worst = 0.0
    for d, t, (barrier, volts), sign in product(THICK, WARM, ((3.0, 2.0), (1.0, 0.5)), (-1, 1)):
        device = contact_on_oxide(
            d * nm,
            temperature=t,
            carriers=("electron",),
            materials={"oxide": oxide(barrier), "film": film()},
        )
        state = steady(device, {"top": sign * volts * max(1.0, d / 5)}, max_bias_step=10.0)
        own, other, rise = levels(state)
        expected = tunnelled(t, d * nm, (barrier, barrier + rise), (own, other))
        worst = max(worst, abs(state.current("top") / expected - 1))
    return worst


def _strong_fields() -> float:
    """Return the same from a metal at 0.6 to 0.7 V/nm beside Fowler and Nordheim's current."""
    worst = 0.0
    for d, t in product(THICK[1:], WARM):
        device = contact_on_oxide(d * nm, temperature=t, carriers=("electron",), materials={"film": film()})
        state = steady(device, {"top": -0.7 * d - 1.0}, max_bias_step=20.0)
        _, level, rise = levels(state)
        expected = fowler_nordheim(t, rise / (d * nm), 3.0 + rise - level)
        worst = max(worst, abs(-state.current("top") / expected - 1))
    return worst


def _simmons() -> float:
    """Return the same of the closed law at the voltage between contact and film that the solution has."""
    worst = 0.0
    for d, t, volts in product((2.0, 3.0, 5.0), WARM, (-0.3, -1.0, -2.0)):
        law = DirectTunnelling(barrier=3 * eV, effective_mass=0.4, thickness=d * nm)
        device = contact_on_oxide(
            d * nm,
            temperature=t,
            carriers=("electron",),
            crossings=[BarrierLaw(carrier="electron", law=law)],
            materials={"film": film()},
        )
        state = steady(device, {"top": volts}, max_bias_step=5.0)
        own, other, _ = levels(state)
        worst = max(worst, abs(state.current("top") / law.current_density((own - other) / (d * nm), t) - 1))
    return worst


def _between_metals() -> float:
    """Return the same between two metals, beside the integral."""
    worst = 0.0
    for d, t, volts in product(THICK, WARM, (-0.5, 0.01, 2.0)):
        state = steady(between_metals(d * nm, temperature=t), {"top": volts}, max_bias_step=5.0)
        expected = tunnelled(t, d * nm, (3.0, 3.0 - volts), (0.0, -volts), floor=-10.0)
        worst = max(worst, abs(state.current("top") / expected - 1))
    return worst


def _thin_barrier() -> float:
    """Return the same at a low voltage, beside Simmons' law with the terms that he leaves out."""
    worst = 0.0
    for d, t in product((2.0, 3.0, 5.0), WARM):
        state = steady(between_metals(d * nm, temperature=t), {"top": 0.01})
        worst = max(worst, abs(state.current("top") / thin_barrier(t, d * nm, 0.01) - 1))
    return worst


def _leakage() -> float:
    """Return the same of an activated conductivity on a film that is nearly a metal."""
    worst = 0.0
    for d, t in product(THICK, WARM[1:]):
        device = contact_on_oxide(
            d * nm,
            temperature=t,
            crossings=[InterlayerLeakage()],
            materials={"oxide": LEAKING, "film": film()},
        )
        state = steady(device, {"top": 0.5})
        expected = LEAKING.si("electrical_conductivity", t) * 0.5 / (d * nm)
        worst = max(worst, abs(state.current("top") / expected - 1))
    return worst


def _flat_bands() -> tuple[float, float]:
    """Return how far the film is from even at the shifted flat-band voltage, and Gauss' law elsewhere [V]."""
    uneven = across = 0.0
    for d, t, charge in product(THICK, WARM, (-2e-3, 3e-3)):
        work = AFFINITY + 0.2
        device = contact_on_oxide(
            d * nm,
            temperature=t,
            work_function=work,
            charge=charge,
            crossings=(),
            materials={"film": film(donors=FREE * (t / 300) ** 1.5)},
        )
        shift = -charge / capacity(d * nm)
        state = steady(device, {"top": 0.2 + shift}, max_bias_step=20.0)
        face, metal, potential = of_line(state)
        uneven = max(
            uneven, float(np.ptp(potential[: face + 1])), abs(potential[metal] - potential[face] - shift)
        )
        state = steady(device, {"top": 0.7 + shift}, start=state)
        face, metal, potential = of_line(state)
        inside = charge + _charge_of_film(state) + _at_the_bottom(state)
        across = max(across, abs(potential[metal] - potential[face] + inside / capacity(d * nm)))
    return uneven, across


def _charge_of_film(state: Any) -> float:
    """Return the charge of doping and carriers of the film [C/m^2], lumped at its nodes but that at the bottom."""
    context = state.device.context
    places = context.scalar_space.tabulate_dof_coordinates()[:, 0] * state.device.scaling.length
    donors = state.device.setting.materials["film"].si("donor_density")
    face, _, _ = of_line(state)
    order = np.argsort(places)
    order = order[: int(np.flatnonzero(order == face)[0]) + 1]
    x = places[order]
    share = np.concatenate([[0.0], (x[2:] - x[:-2]) / 2, [(x[-1] - x[-2]) / 2]])
    density = donors + state.density("hole")[order] - state.density("electron")[order]
    return float(ELEMENTARY_CHARGE * (share * density).sum())


def _at_the_bottom(state: Any) -> float:
    """Return the displacement that enters at the ohmic contact [C/m^2]."""
    _, _, potential = of_line(state)
    places = state.device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * state.device.scaling.length
    first, second = np.argsort(places)[:2]
    slope = (potential[second] - potential[first]) / (places[second] - places[first])
    return float(-10.0 * VACUUM_PERMITTIVITY * slope)


def _balances() -> tuple[float, float]:
    """Return the lack of both currents at 0.8 V, and the current at rest over that of a millivolt."""
    lack = rest = 0.0
    for way, work in product(WAYS.values(), (3.9, 5.0)):
        device = contact_on_oxide(3 * nm, work_function=work, crossings=[way], materials={"oxide": LEAKING})
        start = equilibrium(device)
        still, moved, driven = (steady(device, {"top": v}, start=start) for v in (0.0, 1e-3, 0.8))
        rest = max(rest, abs(still.current("top") / moved.current("top")))
        lack = max(lack, abs((driven.current("top") + driven.current("bottom")) / driven.current("top")))
    return lack, rest


def _conductance() -> float:
    """Return the part by which an admittance at 1 mHz differs from the slope of the steady current."""
    device = contact_on_oxide(3 * nm)
    state = steady(device, {"top": -0.5})
    ends = [steady(device, {"top": -0.5 + dv}, start=state).current("top") for dv in (-1e-4, 1e-4)]
    top = list(device.contacts).index("top")
    found = admittance(state, "top", [1e-3])[top, 0].real
    return float(abs(found / ((ends[1] - ends[0]) / 2e-4) - 1))


def _ledger() -> float:
    """Return the part by which the heat of all parts differs from the power that is put in."""
    device = contact_on_oxide(
        3 * nm,
        materials={"film": film().with_(**CONDUCTING), "oxide": oxide(**CONDUCTING)},
        physics=[Heat()],
        end=[OhmicContact(), HeatSink(300.0)],
    )
    state = steady(device, {"top": -0.5})
    return float(abs(sum(heat_parts(state).values()) / (-0.5 * state.current("top")) - 1))
