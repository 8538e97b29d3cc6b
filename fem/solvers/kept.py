"""What a device keeps between solves: its nonlinear problem, circuits and currents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fem.circuit import Circuit
from fem.currents.terminal import TerminalCurrents
from fem.errors import IncompatibleError
from fem.solvers.circuits import CircuitSystem
from fem.solvers.newton import CoupledProblem
from fem.solvers.options import NewtonOptions

if TYPE_CHECKING:
    from fem.device.device import Device


def problem_of(device: Device, options: NewtonOptions | None = None) -> CoupledProblem:
    """Return the device's nonlinear problem with these options, the defaults if None; kept with the device."""
    options = options or NewtonOptions()
    kept: CoupledProblem | None = device.__dict__.get("_problem")
    if kept is None or options != kept.options:
        kept = CoupledProblem(device, options)
        device.__dict__["_problem"] = kept
    return kept


def circuits_of(device: Device, circuits: Mapping[str, Circuit] | None) -> CircuitSystem | None:
    """Return the circuits around a device and its floating gates, kept with the device; None without any."""
    if circuits is None:
        circuits = {}
    if not isinstance(circuits, Mapping):
        raise IncompatibleError(f"circuits are {circuits!r}; give a Circuit by the name of its contact.")
    if not circuits and not device.floating_gates:
        return None
    kept: CircuitSystem | None = device.__dict__.get("_circuits")
    if kept is None or kept.circuits != dict(circuits):
        kept = device.__dict__["_circuits"] = CircuitSystem(device, circuits, currents_of(device))
    return kept


def currents_of(device: Device) -> TerminalCurrents:
    """Return the device's current evaluation; compiled once and kept with the device."""
    kept: TerminalCurrents | None = device.__dict__.get("_currents")
    if kept is None:
        kept = device.__dict__["_currents"] = TerminalCurrents(device)
    return kept
