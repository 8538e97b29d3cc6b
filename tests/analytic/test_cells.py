"""Cells of several equal devices and a leakage behind one source: what they do in closed form or by one scalar root."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from fem import Circuit, Device, Leakage, equilibrium, integrate, steady
from fem.constants import VACUUM_PERMITTIVITY, thermal_voltage
from fem.errors import IncompatibleError
from studies import CurrentAbove, Sweep, When, apply, iv_sweep
from studies.metrics.conductance import conductance, conduction_current
from tests.conducting import resistor

R = 1e-7  # of the resistor [Ohm m^2]
EMISSION: dict[str, float] = {"emission_current": 2e5, "emission_voltage": 0.05, "temperature": 300.0}
LAWS = {
    "quadratic": Leakage(quadratic=3e7),
    "emission": Leakage(**EMISSION),
    "all": Leakage(conductance=1e6, quadratic=1e7, **EMISSION),
}
UP = Sweep(0, 0.5, -0.5, 0, rate=1.0)


@pytest.fixture(scope="module")
def device() -> Device:
    return resistor()


def emitted(volts: float) -> float:
    """Return the emission of ``EMISSION`` [A/m^2], as its docstring writes it."""
    forth = 2e5 * np.exp(np.sqrt(abs(volts) / 0.05))
    return float(np.sign(volts) * forth * (1 - np.exp(-abs(volts) / thermal_voltage(300.0))))


WRITTEN: dict[str, Callable[[float], float]] = {
    "quadratic": lambda u: 3e7 * u * abs(u),
    "emission": emitted,
    "all": lambda u: 1e6 * u + 1e7 * u * abs(u) + emitted(u),
}


def test_resistors_and_an_ohmic_leakage_in_parallel_divide_the_voltage_with_a_series_resistance(
    device: Device,
) -> None:
    circuit = Circuit(series_resistance=2e-8, parallel=7, leakage=Leakage(conductance=3e6))
    state = steady(device, {"top": 1.0}, circuits={"top": circuit})
    siemens = 7 / R + 3e6
    own = 1 / (1 + 2e-8 * siemens)
    assert state.bias["top"] == pytest.approx(own, rel=1e-9)
    assert state.current("top") == pytest.approx(own / R, rel=1e-9)
    assert circuit.terminal_current(own, state.current("top")) == pytest.approx(own * siemens, rel=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_a_leakage_is_the_law_it_is_written_as_and_its_slope_the_derivative(law: str) -> None:
    for volts in (-2.0, -0.3, -1e-3, 0.0, 1e-9, 0.02, 0.7):
        assert LAWS[law].current(volts) == pytest.approx(WRITTEN[law](volts), rel=1e-7, abs=1e-30)
        if volts:
            h = 1e-5 * abs(volts)
            slope = (LAWS[law].current(volts + h) - LAWS[law].current(volts - h)) / (2 * h)
            assert LAWS[law].slope(volts) == pytest.approx(slope, rel=1e-7)
    assert LAWS["emission"].slope(0.0) == pytest.approx(2e5 / thermal_voltage(300.0), rel=1e-12)


def test_an_emission_beyond_all_numbers_stays_one() -> None:
    law = Leakage(emission_current=1.0, emission_voltage=1e-6, temperature=300.0)
    assert np.isfinite([law.current(1e6), law.slope(1e6), law.current(-1e6)]).all()


@pytest.mark.parametrize("volts", [1.0, -0.4, 0.01])
@pytest.mark.parametrize("law", LAWS)
def test_a_nonlinear_leakage_is_solved_with_the_device(device: Device, law: str, volts: float) -> None:
    circuit = Circuit(series_resistance=3e-8, parallel=2, leakage=LAWS[law])
    state = steady(device, {"top": volts}, circuits={"top": circuit})

    def missing(u: float) -> float:
        return u + 3e-8 * (2 * u / R + WRITTEN[law](u)) - volts

    own = brentq(missing, -1.0, 1.0, xtol=1e-15, rtol=1e-14)
    assert state.bias["top"] == pytest.approx(own, rel=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_a_current_source_drives_leakage_and_devices_together(device: Device, law: str) -> None:
    circuit = Circuit(source="current", parallel=3, leakage=LAWS[law])
    state = steady(device, {"top": -5e6}, circuits={"top": circuit})
    own = brentq(lambda u: 3 * u / R + WRITTEN[law](u) + 5e6, -1.0, 1.0, xtol=1e-15, rtol=1e-14)
    assert state.bias["top"] == pytest.approx(own, rel=1e-9)


def test_newtons_equation_has_the_derivatives_of_its_value() -> None:
    rate, slope, h = (2.0, 50.0), 1e7, 1e-6
    for more in ({}, {"source": "current"}, {"compliance": 1e3}):
        circuit = Circuit(
            series_resistance=1e-7, parallel_capacitance=1e-3, parallel=4, leakage=LAWS["all"], **more
        )

        side = circuit.equation(1.0, 0.3, 2e6, slope, rate).side

        def value(u: float, i: float, circuit: Circuit = circuit, side: int = side) -> Any:
            """U changes its rate as well."""
            at = (rate[0] + rate[1] * (u - 0.3), rate[1])
            return circuit.equation(1.0, u, i, slope, at, side)

        found = value(0.3, 2e6)
        by_voltage = (value(0.3 + h, 2e6).value - value(0.3 - h, 2e6).value) / (2 * h)
        by_current = (value(0.3, 2e6 + 1e3).value - value(0.3, 2e6 - 1e3).value) / 2e3
        assert side == ("compliance" in more)
        assert found.by_voltage == pytest.approx(by_voltage, rel=1e-6)
        assert found.by_current == pytest.approx(by_current, rel=1e-6)


def test_a_linear_cell_is_known_to_reach_its_compliance_before_it_does() -> None:
    """At 0.5 V three devices of 1e7 S/m^2, or one and a leakage twice as large, carry 1.5e7 A/m^2."""
    for more in ({"parallel": 3}, {"leakage": Leakage(conductance=2e7)}):
        for limit, side in ((1.4e7, 1), (1.6e7, 0)):
            circuit = Circuit(compliance=limit, **more)
            assert circuit.equation(0.5, 0.0, 0.0, 1e7, (0.0, 0.0)).side == side


def test_the_compliance_is_that_of_the_cell(device: Device) -> None:
    """Each device alone, and all together without the leakage, would stay below it."""
    limit = 2e7
    circuit = Circuit(compliance=limit, parallel=3, leakage=LAWS["all"])
    trace = iv_sweep(device, contact="top", protocol=Sweep(0, 1.0, -1.0, 0, rate=1.0), circuit=circuit)
    own, one = trace.data["device_voltage"].values, trace.data["device_current_density"].values
    assert np.abs(trace.current).max() <= limit * (1 + 1e-9)
    limited = np.abs(trace.voltage - own) > 1e-9
    assert limited.sum() > 10 and (~limited).sum() > 10
    np.testing.assert_allclose(np.abs(trace.current[limited]), limit, rtol=1e-9)
    assert 3 * np.abs(one).max() < 0.9 * limit
    free = np.array([abs(3 * v / R + WRITTEN["all"](v)) for v in trace.voltage])
    np.testing.assert_array_equal(limited, free > limit * (1 + 1e-9))


def test_a_trace_has_the_current_of_the_cell_beside_that_of_one_device(device: Device) -> None:
    circuit = Circuit(series_resistance=2e-8, parallel=5, leakage=LAWS["all"])
    trace = iv_sweep(device, contact="top", protocol=UP, circuit=circuit)
    own, one = trace.data["device_voltage"].values, trace.data["device_current_density"].values
    leaked = np.array([WRITTEN["all"](u) for u in own])
    np.testing.assert_allclose(trace.current, 5 * one + leaked, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(own + 2e-8 * trace.current, trace.voltage, rtol=1e-9, atol=1e-10)  # Newton's
    displaced = trace.data["device_displacement_current_density"].values  # of the film, 2e-3 A/m^2 at 1 V/s
    np.testing.assert_allclose(one - displaced, own / R, rtol=1e-9, atol=1e-6)
    assert trace.data["device_current_density"].attrs["units"] == trace.current_unit == "A/m^2"
    there = np.abs(own) > 0.01
    conducted = trace.current - 5 * displaced
    np.testing.assert_allclose(conductance(trace)[there], (conducted / own)[there], rtol=1e-9)


def test_the_displacement_of_all_devices_is_no_conduction(devices: Any) -> None:
    """N insulators: what they take is their displacement current N times, and the leakage is what conducts."""
    cell = devices.three_layers(size=30e-9, interface_size=2e-9, growth=1.5)
    circuit = Circuit(parallel=1000, leakage=Leakage(conductance=1e-2))
    trace = iv_sweep(cell, contact="top", protocol=Sweep(0, 0.1, 0, rate=100.0), circuit=circuit)
    displaced = trace.data["device_displacement_current_density"].values
    assert 1000 * np.abs(displaced).max() > 10 * 1e-2 * 0.1
    np.testing.assert_array_equal(conduction_current(trace), trace.current - 1000 * displaced)
    one = iv_sweep(cell, contact="top", protocol=Sweep(0, 0.1, 0, rate=100.0), circuit=Circuit())
    leaked = 1e-2 * np.interp(one.time, trace.time, trace.data["device_voltage"].values)
    carried = np.interp(one.time, trace.time, conduction_current(trace)) - leaked
    np.testing.assert_allclose(carried, 1000 * conduction_current(one), atol=2e-3 * np.abs(carried).max())


def test_errors_of_currents_are_those_of_all_devices(device: Device) -> None:
    plain = steady(device, {"top": 0.5}, circuits={"top": Circuit()})
    protocol = Sweep(0.5, 0.4, rate=1.0)
    trace = iv_sweep(device, contact="top", protocol=protocol, circuit=Circuit(parallel=8), start=plain)
    assert trace.current_error[0] == 8 * plain.current_error("top") > 0


def test_a_cell_of_one_without_leakage_has_the_very_numbers_of_its_device(device: Device) -> None:
    about: dict[str, Any] = {"series_resistance": R, "compliance": 2e6, "parallel_capacitance": 1e-3}
    plain = iv_sweep(device, contact="top", protocol=UP, circuit=Circuit(**about))
    same = iv_sweep(device, contact="top", protocol=UP, circuit=Circuit(**about, leakage=Leakage()))
    assert "device_current_density" not in plain.data.variables
    for name in ("time", "voltage", "device_voltage", "current_density", "current_density_error"):
        np.testing.assert_array_equal(plain.data[name].values, same.data[name].values)
    np.testing.assert_array_equal(same.data["device_current_density"].values, plain.current)


def test_a_capacitance_charges_through_all_devices_and_the_leakage(device: Device) -> None:
    circuit = Circuit(
        series_resistance=R, parallel_capacitance=1e-3, parallel=4, leakage=Leakage(conductance=1e7)
    )
    end = 1 / (1 + R * (4 / R + 1e7))
    film = 25 * VACUUM_PERMITTIVITY / 100e-9  # capacitance of each film [F/m^2]
    tau = (1e-3 + 4 * film) * R * end
    run = integrate(
        device, equilibrium(device), bias=lambda t: {"top": 1.0}, end=8 * tau, circuits={"top": circuit}
    )
    gaps = [abs(s.bias["top"] - end * (1 - np.exp(-s.time / tau))) for s in run]
    assert max(gaps) < 5e-3 * end


def test_stops_look_at_the_current_of_the_cell(device: Device) -> None:
    """At either contact: what leaks in at one leaves by the other."""
    circuits = {"top": Circuit(parallel=4, leakage=Leakage(conductance=1e7))}
    run = apply(device, {"top": UP}, circuits=circuits, stop=CurrentAbove("top", 1e7))
    assert run.crossing_voltage == pytest.approx(1e7 / (4 / R + 1e7), rel=1e-6)
    run = apply(device, {"bottom": 0.0, "top": UP}, circuits=circuits, stop=CurrentAbove("bottom", 1e7))
    assert run.crossing_voltage == 0.0  # that of the contact named first
    assert run.state.bias["top"] < 0 and run.trace.current[-1] > 1e7
    np.testing.assert_allclose(run.trace.current, -run.trace.data["current_density_top"].values, rtol=1e-9)
    one = run.trace.data["device_current_density_top"]
    expected = run.trace.data["device_voltage_top"].values / R
    np.testing.assert_allclose(one.values, expected, rtol=1e-9, atol=5e-3)  # but for what charges the film
    assert one.attrs["units"] == "A/m^2"


def test_a_run_of_a_cell_goes_on_from_its_checkpoint_and_not_from_that_of_another_cell(
    device: Device, tmp_path: Path
) -> None:
    def go(circuit: Circuit, **more: Any) -> Any:
        return iv_sweep(device, contact="top", protocol=UP, circuit=circuit, **more)

    circuit = Circuit(series_resistance=2e-8, parallel=5, leakage=LAWS["all"])
    whole, path, seen = go(circuit), tmp_path / "cell.h5", []

    def breaks(state: Any) -> None:
        seen.append(state)
        if len(seen) == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(circuit, checkpoint=path, observe=breaks)
    for other, field in (
        (Circuit(series_resistance=2e-8, parallel=6, leakage=LAWS["all"]), r"parallel: 6 here, 5 there"),
        (Circuit(series_resistance=2e-8, parallel=5, leakage=LAWS["quadratic"]), r"leakage\.conductance"),
    ):
        with pytest.raises(IncompatibleError, match=field):
            go(other, checkpoint=path)
    again = go(circuit, checkpoint=path)
    assert set(again.data.variables) == set(whole.data.variables)
    for name in whole.data.variables:
        np.testing.assert_array_equal(again.data[name].values, whole.data[name].values)
    assert again.data.attrs["parallel"] == 5
    assert again.load(again.save(tmp_path / "cell.nc")).data.attrs["parallel"] == 5


def test_a_function_of_the_state_sees_one_device(device: Device) -> None:
    stop = When(lambda state: state.current("top") - 2e6, "one device carries 2 MA/m^2")
    run = apply(device, {"top": UP}, circuits={"top": Circuit(parallel=10)}, stop=stop)
    assert run.crossing_voltage == pytest.approx(2e6 * R, rel=1e-6)
