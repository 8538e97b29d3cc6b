"""Seconds of the processor that transients take: hysteresis in 1D, transfer curves, a filament loop, a measured drive.

What the first call compiles is not in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np

from fem import Circuit, NewtonOptions, StepControl, equilibrium, steady
from fem.units import V, nm, s
from studies import Protocol, Sweep, Trace, iv_sweep, transfer_curve
from studies.devices import mapbi3_filament
from studies.devices.shared.filament import step_control
from studies.experiments import sweep_drive
from tests import devices
from tests.benchmarks import transistor
from tests.benchmarks.table import Row, at_most

HYSTERESIS, TRANSFER, LOOP = 1.2, 25.0, 20.0  # [s]
WAVEFORM = 0.4  # of the time that a restart at each point takes
SAME_WAVEFORM = 5e-3  # of the largest current
ION_ERROR = 2e-2  # local, down to a thousandth of the mean density


def hysteresis() -> Iterator[Row]:
    """Yield the time of three cycles with ions, and the largest local error of ions in depleted places."""
    device = devices.three_layers(ions=devices.CATION, size=1.8 * nm, interface_size=0.15 * nm, growth=1.07)

    def swept(protocol: Protocol) -> Trace:
        return iv_sweep(device, contact="top", protocol=protocol)

    swept(Sweep(0, 0.05, 0, rate=0.1 * V / s))
    trace, seconds = timed(lambda: swept(Sweep(0, 1.2, -0.4, 0, rate=0.1 * V / s) * 3))
    size = f"{device.mesh.num_nodes} nodes, {trace.time.size - 1} steps"
    yield at_most(f"hysteresis in 1D, three cycles, {size}", HYSTERESIS, seconds, "s")
    yield at_most("same: local error of few ions", ION_ERROR, trace.data.attrs["ion_error"])


def transfers() -> Iterator[Row]:
    """Yield the time of a transfer curve with ions at 1 and 10 V/s."""
    device = transistor.device()
    start = steady(device, {"drain": transistor.DRAIN}, start=equilibrium(device))
    volts = np.linspace(*transistor.GATE, 30)
    control = StepControl(tolerance=5e-3, max_bias_step=float(np.diff(volts).max()) * 1.01)

    def swept(rate: float, points: Any = volts) -> Trace:
        return transfer_curve(device, points, transistor.DRAIN, rate=rate, start=start, control=control)

    swept(10.0, volts[:3])
    for rate in (10.0, 1.0):
        trace, seconds = timed(lambda rate=rate: swept(rate))  # type: ignore[misc]
        size = f"{device.mesh.num_nodes} nodes, {trace.time.size - 1} steps"
        yield at_most(f"transfer curve with ions, {rate:g} V/s, {size}", TRANSFER, seconds, "s")


def loop() -> Iterator[Row]:
    """Yield the time of RESET and SET of a filament in r and z with heat and compliance."""
    device = mapbi3_filament.device(axis_size=1 * nm, fine_radius=None, size=4 * nm, growth=1.08)
    given: dict[str, Any] = {
        "contact": "top",
        "circuit": Circuit(compliance=(None, 5e-6)),
        "start": mapbi3_filament.start(device),
        "control": step_control(4.7 / 60),
        "options": NewtonOptions(tolerance=1e-5),
    }
    iv_sweep(device, protocol=Sweep(0, -1e-3, rate=1.0), **given)
    trace, seconds = timed(lambda: iv_sweep(device, protocol=Sweep(0, -2.2, 2.5, 0, rate=1.0), **given))
    size = f"{device.mesh.num_nodes} nodes, {trace.time.size - 1} steps"
    yield at_most(f"filament loop in r and z, {size}", LOOP, seconds, "s")


def waveform() -> Iterator[Row]:
    """Yield the time of a drive of 200 points and its current, beside a restart at each point."""
    device = devices.three_layers(ions=devices.CATION)
    times = np.linspace(0.0, 40.0, 200)
    drive = Protocol.from_points(times, 0.5 * (1.0 - np.cos(2.0 * np.pi * times / 40.0)))

    def swept(protocol: Protocol = drive) -> Trace:
        return iv_sweep(device, contact="top", protocol=protocol)

    swept(Sweep(0, 0.05, 0, rate=0.1 * V / s))
    once, seconds = timed(swept)
    chosen = sweep_drive.kinks
    sweep_drive.kinks = lambda _durations, _levels, bends: bends  # type: ignore[assignment]
    try:
        each, long = timed(swept)
    finally:
        sweep_drive.kinks = chosen
    took = f"{seconds:.2f} s, {once.time.size - 1} steps; {long:.2f} s, {each.time.size - 1} steps"
    yield at_most(f"drive of 200 points, beside restarts ({took})", WAVEFORM, seconds / long)
    gap = np.abs(np.interp(each.time, once.time, once.current) - each.current).max()
    yield at_most("same: current", SAME_WAVEFORM, float(gap / np.abs(each.current).max()))


def timed(run: Callable[[], Trace]) -> tuple[Trace, float]:
    """Return a trace and the processor time that it took [s]."""
    begin = process_time()
    trace = run()
    return trace, process_time() - begin
