"""What must be right before a sweep begins: contacts, protocols, light, times and steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError
from fem.solvers.steady import check_drive
from fem.transient.times import rounding, same_time
from fem.transient.timestepping import StepControl
from studies.protocols.protocol import Protocol

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State
    from studies.experiments.sweep_drive import SweepDrive

_STEPS_PER_SWING = 50
_RESOLUTION = 2e-3  # of the largest current: straight lines between the samples are as good as the samples


def checked_bias(
    device: Device, contact: str, protocol: Protocol, bias: Mapping[str, float | Protocol] | None
) -> dict[str, float | Protocol]:
    """Return the bias of the other contacts after checking all names and durations."""
    _check_driven(device, contact)
    if not isinstance(protocol, Protocol):
        raise IncompatibleError(
            f"protocol is {protocol!r}; it must be a Protocol such as Sweep(0, 1, -1, 0, rate=0.1)."
        )
    for name, value in (bias or {}).items():
        _check_driven(device, name)
        check_duration(f"the bias of contact {name!r}", value, protocol)
    if contact in (bias or {}):
        raise IncompatibleError(f"contact {contact!r} has both a protocol and a fixed bias.")
    return {name: (bias or {}).get(name, 0.0) for name in device.contacts if name != contact}


def _check_driven(device: Device, name: str) -> None:
    """Raise UnknownNameError or IncompatibleError unless a contact has that name, and is no floating gate."""
    if device.electrode(name).floating:
        raise IncompatibleError(f"{name!r} is a floating gate; it has no bias.")


def check_duration(thing: str, value: Any, protocol: Protocol) -> None:
    """Raise IncompatibleError if ``value`` is a protocol that is not as long as ``protocol``."""
    if isinstance(value, Protocol) and not same_time(value.duration, protocol.duration):
        raise IncompatibleError(
            f"{thing} lasts {value.duration:.12g} s and the protocol {protocol.duration:.12g} s; they must be "
            "equally long: join a Rest to the shorter one."
        )


def check_options(device: Device, drive: SweepDrive) -> None:
    """Raise unless bias, light, times and stops are possible."""
    light, protocol = drive.light, drive.protocol
    check_duration("the light", light, protocol)
    brightest: Any = light
    if isinstance(light, Protocol):
        levels = [light.segments[0].start, *(s.end for s in light.segments)]
        brightest = max(levels) if min(levels) >= 0 else min(levels)
    others = {n: b for n, b in drive.first.items() if n != drive.contact}
    check_drive(device, others, 0.0 if callable(light) else brightest)
    for time in drive.sample_times:
        if not 0 <= time <= protocol.duration + rounding(protocol.duration):
            raise OutOfRangeError("a sample time [s]", time, f"between 0 and {protocol.duration:g}")
    for stop in drive.stops:
        stop.check(device)


def check_start(state: State, first: Mapping[str, float]) -> None:
    """Raise OutOfRangeError unless ``state`` is at the voltages at which the sweep begins."""
    for name, value in first.items():
        if abs(state.drive.get(name, 0.0) - value) > 1e-9:
            raise OutOfRangeError(
                f"first voltage at contact {name!r} [V]",
                value,
                f"{state.drive.get(name, 0.0):g}, that of the start",
            )


def step_control(drive: SweepDrive, voltage_step: float | None) -> StepControl:
    """Return the step control for ``voltage_step`` [V], part of the largest swing of a protocol if None."""
    if voltage_step is not None and not 0 < voltage_step < np.inf:
        raise OutOfRangeError("voltage_step [V]", voltage_step, "positive and finite")
    protocols = [drive.protocol, *(b for b in drive.others.values() if isinstance(b, Protocol))]
    swing = max(float(np.ptp(p.levels)) for p in protocols)
    step = swing / _STEPS_PER_SWING if swing > 0 else 1.0
    return StepControl(max_bias_step=voltage_step or step, resolution=_RESOLUTION)
