"""Circuits around a contact: what two resistances, a capacitance and a source of limits do in closed form."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Circuit, Device, NewtonOptions, StepControl, equilibrium, integrate, steady
from fem.constants import VACUUM_PERMITTIVITY
from studies import Sweep, iv_sweep
from tests.conducting import oxide, resistor, with_filament

R = 1e-7  # of the resistor [Ohm m^2]
HALF = Circuit(series_resistance=R)
FILM = 25 * VACUUM_PERMITTIVITY / 100e-9  # capacitance of the resistor [F/m^2]


@pytest.fixture(scope="module")
def device() -> Device:
    return resistor()


@pytest.fixture(scope="module")
def diode(devices: ModuleType) -> Device:
    """A p-n diode, on coarse cells."""
    return devices.pn_diode(np.linspace(0, 2e-6, 81))  # type: ignore[no-any-return]


def test_series_resistance_divides_the_voltage(device: Device) -> None:
    state = steady(device, {"top": 1.0}, circuits={"top": Circuit(series_resistance=3 * R)})
    assert state.bias["top"] == pytest.approx(0.25, rel=1e-12)
    assert state.current("top") == pytest.approx(0.25 / R, rel=1e-12)
    assert state.source == {"top": 1.0}


def test_current_source_gives_current_times_resistance(device: Device) -> None:
    state = steady(device, {"top": -2e6}, circuits={"top": Circuit(source="current")})
    assert state.bias["top"] == pytest.approx(-2e6 * R, rel=1e-12)
    limited = Circuit(source="current", compliance=0.05, series_resistance=R)
    state = steady(device, {"top": 2e6}, circuits={"top": limited})
    assert state.bias["top"] == pytest.approx(0.025, rel=1e-12)


def test_a_pair_of_compliances_limits_each_sign_on_its_own(device: Device) -> None:
    pair = {"top": Circuit(compliance=(2e6, 5e6))}
    for volts, amperes in ((1.0, 5e6), (-1.0, -2e6), (0.4, 4e6), (-0.1, -1e6)):
        assert steady(device, {"top": volts}, circuits=pair).current("top") == pytest.approx(
            amperes, rel=1e-12
        )
    free = {"top": Circuit(compliance=(None, 5e6))}
    assert steady(device, {"top": -1.0}, circuits=free).current("top") == pytest.approx(-1e7, rel=1e-12)


def test_a_parallel_capacitance_charges_exponentially(device: Device) -> None:
    """With the parallel of both resistances, and the film's own capacitance beside; errors fall with the tolerance."""
    tau, errors = (1e-3 + FILM) * R / 2, []
    circuit = {"top": Circuit(series_resistance=R, parallel_capacitance=1e-3)}
    for tolerance in (1e-1, 1e-3):
        run = integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": 1.0},
            end=10 * tau,
            circuits=circuit,
            control=StepControl(tolerance=tolerance),
        )
        gaps = [abs(s.bias["top"] - 0.5 * (1 - np.exp(-s.time / tau))) for s in run]
        errors.append(max(gaps))
    assert errors[1] < 5e-4
    assert errors[1] < 0.1 * errors[0]


def test_a_diode_in_series_with_a_resistance_has_the_sum_of_both_voltages(diode: Device) -> None:
    """A current source finds the voltage at which a voltage source drives that current."""
    state = steady(diode, {"bottom": 1.2}, circuits={"bottom": Circuit(series_resistance=1e-6)})
    own, current = state.bias["bottom"], state.current("bottom")
    assert own + 1e-6 * current == pytest.approx(1.2, rel=1e-12)
    assert 0.1 < own < 1.1
    assert steady(diode, {"bottom": own}).current("bottom") == pytest.approx(current, rel=1e-8)
    driven = steady(diode, {"bottom": current}, circuits={"bottom": Circuit(source="current")})
    assert driven.bias["bottom"] == pytest.approx(own, rel=1e-8)


def test_compliance_holds_and_the_voltage_source_takes_over_again(devices: ModuleType) -> None:
    """A cell with ions; the source is at its limit or at its voltage, in every sample."""
    cell = devices.three_layers(ions=devices.CATION, size=30e-9, interface_size=2e-9, growth=1.5)
    limit = 10.0
    trace = iv_sweep(
        cell,
        contact="top",
        protocol=Sweep(0, 1.6, -0.5, 0, rate=1.0),
        circuit=Circuit(compliance=limit, series_resistance=1e-3),
    )
    voltage, own = trace.data["voltage"].values, trace.data["device_voltage"].values
    missing = voltage - own - 1e-3 * trace.current
    limited = np.abs(missing) > 1e-9
    assert limited.sum() > 10
    np.testing.assert_allclose(trace.current[limited], limit, rtol=1e-9)
    assert (missing[limited] > 0).all()
    assert np.abs(trace.current[~limited]).max() <= limit
    last = np.flatnonzero(limited)[-1]
    assert not limited[last + 1 :].any() and not limited[: np.flatnonzero(limited)[0]].any()


def swept_by_current(cell: Device, **more: Any) -> Any:
    return iv_sweep(
        cell,
        contact="bottom",
        protocol=Sweep(0, 2.0, -1.0, 0, rate=10.0),
        circuit=Circuit(source="current", compliance=1.2),
        **more,
    )


def test_a_current_source_keeps_its_voltage_limit_through_blocking_and_conducting(
    devices: ModuleType,
) -> None:
    """From one limit to the other in a few steps: there Newton's method has gone to and fro between the two."""
    trace = swept_by_current(devices.three_layers(size=30e-9, interface_size=2e-9, growth=1.5))
    voltage, aim = trace.data["voltage"].values, trace.data["source_current"].values
    assert np.abs(voltage).max() == pytest.approx(1.2, rel=1e-9)
    free = np.abs(voltage) < 1.2 * (1 - 1e-9)
    np.testing.assert_allclose(trace.current[free], aim[free], rtol=1e-6, atol=1e-9)
    assert (np.abs(trace.current) <= np.abs(aim) * (1 + 1e-6) + 1e-9).all()


def test_a_transient_goes_on_after_another_solve_with_the_same_circuit(device: Device) -> None:
    """And with other solver options, for which the device has another nonlinear problem."""
    circuits = {"top": HALF}
    run = integrate(device, equilibrium(device), bias=lambda t: {"top": 0.2 * t}, end=1.0, circuits=circuits)
    first = next(run)
    other = steady(device, {"top": 0.6}, circuits=circuits, options=NewtonOptions(max_iterations=29))
    assert other.bias["top"] == pytest.approx(0.3, rel=1e-12)
    for state in (first, *run):
        assert state.bias["top"] == pytest.approx(0.1 * (state.time - FILM * R / 2), rel=1e-9)


def test_an_iterative_solver_gives_the_state_of_a_direct_one() -> None:
    """Behind a current source, with a filament."""
    filament = oxide(size=1.6e-9, lateral_size=2.5e-9)
    start, found = with_filament(filament), []
    for petsc in ({}, {"ksp_type": "gmres"}):
        state = steady(
            filament,
            {"top": 5e-6},
            start=start,
            circuits={"top": Circuit(source="current")},
            frozen_ions=True,
            options=NewtonOptions(petsc=petsc),
        )
        found.append((state.bias["top"], state.temperature().max()))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-7)
