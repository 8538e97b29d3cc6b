"""What a device keeps between solves: its nonlinear problem, circuits, currents and closed parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fem.circuit import Circuit
from fem.currents.terminal import TerminalCurrents
from fem.errors import IncompatibleError
from fem.mesh.kept import kept
from fem.solvers.circuits import CircuitSystem
from fem.solvers.closed_parts import ClosedParts
from fem.solvers.newton import CoupledProblem
from fem.solvers.options import NewtonOptions

if TYPE_CHECKING:
    from fem.device.device import Device


def problem_of(device: Device, options: NewtonOptions | None = None) -> CoupledProblem:
    """Return the device's nonlinear problem with these options, the defaults if None; kept with the device."""
    wanted = options or NewtonOptions()
    return kept(
        device,
        "problem",
        lambda d: CoupledProblem(d, wanted),
        lambda found: found.usable and found.options == wanted,
    )


def present_problem_of(device: Device) -> CoupledProblem:
    """Return the device's nonlinear problem as it was last solved, whatever its options; kept with the device."""
    return kept(device, "problem", lambda d: CoupledProblem(d, NewtonOptions()), lambda found: found.usable)


def circuits_of(device: Device, circuits: Mapping[str, Circuit] | None) -> CircuitSystem | None:
    """Return the circuits around a device and its floating gates, kept with the device; None without any."""
    wanted = {} if circuits is None else circuits
    if not isinstance(wanted, Mapping):
        raise IncompatibleError(f"circuits are {circuits!r}; give a Circuit by the name of its contact.")
    if not wanted and not device.floating_gates:
        return None
    return kept(
        device,
        "circuits",
        lambda d: CircuitSystem(d, wanted, currents_of(d)),
        lambda found: found.circuits == dict(wanted),
    )


def currents_of(device: Device) -> TerminalCurrents:
    """Return the device's current evaluation; compiled once and kept with the device."""
    return kept(device, "currents", TerminalCurrents)


def closed_parts_of(device: Device) -> ClosedParts:
    """Return the parts of the device whose charge no contact changes; kept with the device."""
    return kept(device, "closed parts", ClosedParts)
