"""A thin-film transistor against the square law and the Boltzmann limit: mobility, swing, saturation, hysteresis."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, OhmicContact, State
from fem.constants import VACUUM_PERMITTIVITY, thermal_voltage
from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import MobileIons
from fem.solvers.steady import steady
from fem.units import eV
from studies import Sweep, output, output_curves, transfer, transfer_curve

MOBILITY, DEPTH = 2e-4, 1e-5


def made(devices: ModuleType, transistors: ModuleType, *ions: str, depth: float | None = DEPTH) -> Device:
    """Return a transistor with good contacts."""
    own = {name: devices.ion(1e23, diffusivity=1e-13) for name in ions}
    good = OhmicContact(work_function=3.9 * eV)
    return transistors.transistor(
        devices.film(ions=own, mobility=MOBILITY),
        *(MobileIons(name) for name in ions),
        depth=depth,
        contacts={"source": good, "drain": good},
    )


@pytest.fixture(scope="module")
def device(devices: ModuleType, transistors: ModuleType) -> Device:
    """A transistor without ions."""
    return made(devices, transistors)


def channel(transistors: ModuleType) -> dict[str, float]:
    """Return what turns currents into mobilities."""
    capacitance = transistors.PERMITTIVITY * VACUUM_PERMITTIVITY / transistors.OXIDE
    return {"capacitance": capacitance, "width": DEPTH, "length": transistors.LENGTH}


def test_a_transistor_has_the_mobility_of_its_film(device: Device, transistors: ModuleType) -> None:
    """Less what the film and the contacts take: a channel of finite depth is behind more than the oxide."""
    trace = transfer_curve(device, np.linspace(-0.6, 3.0, 37), 0.05)
    m = transfer(trace, **channel(transistors))
    assert m.channel == "n" and m.regime == "linear"
    assert m.first.linear_mobility == pytest.approx(MOBILITY, rel=0.06)
    assert m.first.linear_mobility < MOBILITY
    limit = thermal_voltage(300.0) * np.log(10)
    assert limit < m.first.subthreshold_swing < 1.15 * limit
    assert m.first.on_off_ratio > 1e9
    assert trace.data["time"].attrs["units"] == "1" and trace.provenance["protocol"] == "steady points"
    assert np.abs(trace.data["current_gate"]).max() < 1e-9 * trace.current.max()
    assert np.allclose(trace.data["current_source"] + trace.current, 0.0, atol=1e-9 * trace.current.max())


def test_a_point_does_not_depend_on_the_one_before(device: Device) -> None:
    there = transfer_curve(device, [0.0, 1.0, 2.0], 0.05).current
    back = transfer_curve(device, [2.0, 1.0, 0.0], 0.05).current
    assert there == pytest.approx(back[::-1], rel=1e-6)


def test_output_curves_saturate_at_the_overdrive(device: Device) -> None:
    trace = output_curves(device, np.linspace(0, 2.0, 21), [0.5, 1.0])
    m = output(trace)
    assert m.gate_voltage.tolist() == [0.5, 1.0]
    assert m.pinch_off_voltage[1] - m.pinch_off_voltage[0] == pytest.approx(0.5, rel=0.15)
    assert m.saturation_current[1] > 2 * m.saturation_current[0]
    assert np.unique(trace.cycles).tolist() == [0, 1]


def test_mobile_ions_make_a_memory_window(
    devices: ModuleType, transistors: ModuleType, device: Device
) -> None:
    """Cations that the gate drives off take electrons with them: the current is smaller on the way down."""
    gates, cell = np.linspace(-0.5, 1.5, 11), made(devices, transistors, "cation")
    options = {**channel(transistors), "constant_current": 1e-8}
    with_ions = transfer(transfer_curve(cell, gates, 0.05, rate=10.0), **options)
    without = transfer(transfer_curve(device, gates, 0.05, rate=10.0), **options)
    assert with_ions.memory_window < -0.01 and with_ions.sense == "clockwise"
    assert abs(without.memory_window) < 1e-3
    limit = thermal_voltage(300.0) * np.log(10)
    for m in (with_ions, without):  # also where the channel's charging current passes zero
        assert m.first.subthreshold_swing > limit


def test_a_swept_transfer_curve_has_a_sample_at_every_voltage(device: Device) -> None:
    gates = np.array([-0.2, 0.1, 0.5, 1.0])
    trace = transfer_curve(device, gates, 0.05, rate=10.0)
    seen = trace.data["voltage_gate"].values
    for volt in gates:
        near = np.abs(seen - volt) < 1e-9
        assert np.count_nonzero(near) == (1 if volt == 1.0 else 2)
    as_protocol = transfer_curve(device, Sweep(-0.2, 1.0, -0.2, rate=10.0), 0.05)
    assert np.interp(0.06, as_protocol.time, as_protocol.current) == pytest.approx(
        np.interp(0.06, trace.time, trace.current), rel=1e-2
    )


def test_swept_output_curves_are_one_cycle_for_each_gate_voltage(device: Device) -> None:
    trace = output_curves(device, [0.0, 0.5], [0.5, 1.0], rate=10.0)
    points = output_curves(device, np.linspace(0.0, 0.5, 6), [0.5, 1.0])
    for k in (0, 1):
        slow, fast = points.cycle(k), trace.cycle(k)
        top = np.argmax(fast.voltage)
        assert fast.data["voltage_gate"].values[top] == (0.5, 1.0)[k]
        assert fast.current[top] == pytest.approx(slow.current[-1], rel=1e-3)


def test_a_scan_that_fails_keeps_the_points_before(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    from studies.experiments import transfer_curves

    def fails(device: Device, bias: Any, **options: Any) -> State:
        if bias["gate"] > 0.9:
            raise ConvergenceError("on purpose")
        return steady(device, bias, **options)

    monkeypatch.setattr(transfer_curves, "steady", fails)
    with pytest.raises(ConvergenceError, match="on purpose") as failed:
        transfer_curve(device, [0.0, 0.5, 1.0], 0.05)
    assert failed.value.trace.data["voltage_gate"].values.tolist() == [0.0, 0.5]


def test_bad_scans_are_refused_before_any_solve(device: Device) -> None:
    with pytest.raises(UnknownNameError, match="top"):
        transfer_curve(device, [0, 1], 0.1, gate="top")
    with pytest.raises(IncompatibleError, match="three different contacts"):
        transfer_curve(device, [0, 1], 0.1, gate="source")
    with pytest.raises(OutOfRangeError, match="number of gate voltages is 1"):
        transfer_curve(device, [0], 0.1)
    with pytest.raises(OutOfRangeError, match=r"drain.voltage"):
        transfer_curve(device, [0, 1], float("nan"))
    with pytest.raises(OutOfRangeError, match="in order"):
        transfer_curve(device, [0, 1, 0.5], 0.1, rate=1.0)
    with pytest.raises(OutOfRangeError, match="sweep rate"):
        transfer_curve(device, [0, 1], 0.1, rate=-1.0)
    with pytest.raises(IncompatibleError, match="leave out rate"):
        transfer_curve(device, Sweep(0, 1, rate=1.0), 0.1, rate=1.0)
    with pytest.raises(IncompatibleError, match="control is for a sweep"):
        transfer_curve(device, [0, 1], 0.1, control=None)
    with pytest.raises(OutOfRangeError, match="last drain voltage"):
        output_curves(device, [0.0, 1.0, 0.0], [1.0], rate=1.0)
