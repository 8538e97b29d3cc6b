"""I-V sweeps: a protocol applied to one contact of a device, every accepted step recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.continuation import border_of, check_drive, steady
from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError
from fem.poisson_boltzmann import equilibrium
from fem.progress import Progress
from fem.restart import load_progress, save_progress
from fem.timestepping import StepControl, Transient
from studies.protocols import Protocol
from studies.recorder import Recorder
from studies.sweep_drive import SweepDrive
from studies.trace import Trace

if TYPE_CHECKING:
    from fem.circuit import Circuit
    from fem.device import Device
    from fem.drive import Light
    from fem.solvers import NewtonOptions
    from fem.state import State

_STEPS_PER_SWING = 50
_RESOLUTION = 2e-3  # of the largest current: straight lines between the samples are as good as the samples


def iv_sweep(
    device: Device,
    *,
    contact: str,
    protocol: Protocol,
    start: State | None = None,
    bias: Mapping[str, float] | None = None,
    light: float | Light = 0.0,
    light_kinks: Sequence[float] = (),
    circuit: Circuit | None = None,
    voltage_step: float | None = None,
    sample_times: Sequence[float] = (),
    stop_when_periodic: float | None = None,
    control: StepControl | None = None,
    options: NewtonOptions | None = None,
    observe: Callable[[State], None] | None = None,
    save_partial: str | Path | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: float = 60.0,
) -> Trace:
    """Return the trace of ``protocol`` applied to ``contact``, from equilibrium unless ``start`` is given.

    Where the protocol or ``bias`` begins at other voltages, it starts from the steady state there.

    The current is that into the device at ``contact``: [A], or [A/m^2] or [A/m] where the mesh has no
    area or depth. The other contacts stay at ``bias`` [V], 0 V if not given. ``light`` is a factor of all
    optical generation, or a function of the time since the start [s] that is smooth between the
    ``light_kinks`` [s]: ``light=pulses.voltage, light_kinks=pulses.kinks`` with a Protocol, for example.

    ``circuit``: between the contact and the source that follows the protocol, whose numbers are amperes for a
    current source. The trace then has "voltage" (or "source_current"), what the source is set to, and
    "device_voltage", that of the contact.

    ``voltage_step`` [V] bounds the change in one step, 1/50 of the largest swing if not given; where the
    current bends, steps are shorter, so that straight lines between samples are within 0.2 % of the largest
    current. Steps land on ``sample_times`` [s] too. ``stop_when_periodic``: end after a cycle that changes
    the state by less than that, the potential in kT/q and ion densities relative to mean plus local density.
    ``observe`` is called with the first and every accepted State, such as a ``Snapshots``.

    ``checkpoint``: a file to which the sweep is saved every ``checkpoint_every`` seconds of computing, at an
    error and at the end. If it exists, the sweep goes on from there (``observe`` sees only what follows) and
    has the same trace as if it had not stopped; step control and solver options may be others.
    Raises ConvergenceError if a step fails: its ``trace`` has all samples up to then, which are also written
    to ``save_partial`` if that is given; IncompatibleError if the checkpoint is of another device or sweep.
    """
    others = _checked(device, contact, protocol, bias)
    _check_options(device, protocol, light, sample_times, control, voltage_step)
    drive = SweepDrive(
        protocol=protocol,
        contact=contact,
        others=others,
        light=light,
        light_kinks=light_kinks,
        sample_times=sample_times,
        tolerance=stop_when_periodic,
        circuit=circuit,
    )
    first = {**others, contact: protocol.voltage(0.0)}
    circuits = {contact: circuit} if circuit is not None else None
    border_of(device, circuits)  # its errors come before any solve
    progress, rows = _begin(device, start, checkpoint, drive, first)
    if not rows:
        _check_start(progress.state, first)
    transient = Transient(
        device,
        progress,
        drive.pieces(progress.began),
        until=drive.until(progress.began),
        circuits=circuits,
        control=control or _control(protocol, voltage_step),
        options=options,
    )
    recorder = Recorder(device, contact, protocol, progress.began, rows, circuit)
    saver = _Saver(checkpoint, checkpoint_every, drive.describe())
    try:
        _record(transient, recorder, saver, observe)
    except ConvergenceError as error:
        saver.save(transient, recorder)
        error.trace = recorder.trace(stopped=str(error)) if recorder.size > 1 else None
        if save_partial is not None and error.trace is not None and device.mesh.comm.rank == 0:
            error.trace.save(save_partial)
        raise
    saver.save(transient, recorder)
    return recorder.trace(**_periodicity(transient, protocol))


class Snapshots:
    """Keeps the states at named times [s]; an ``observe`` for ``iv_sweep``.

    The sweep lands on kinks and cycle ends by itself, on other times if they are among its
    ``sample_times``.
    """

    def __init__(self, times: Mapping[str, float]) -> None:
        self.times = dict(times)
        self.states: dict[str, State] = {}

    def __call__(self, state: State) -> None:
        """Keep the state if its time is one of those wanted."""
        for name, time in self.times.items():
            if abs(state.time - time) <= 1e-9 * max(abs(t) for t in self.times.values()):
                self.states[name] = state


def _checked(
    device: Device, contact: str, protocol: Protocol, bias: Mapping[str, float] | None
) -> dict[str, float]:
    """Return the bias of the other contacts after checking all names."""
    device.electrode(contact)
    if not isinstance(protocol, Protocol):
        raise IncompatibleError(
            f"protocol is {protocol!r}; it must be a Protocol such as Sweep(0, 1, -1, 0, rate=0.1)."
        )
    for name in bias or {}:
        device.electrode(name)
    if contact in (bias or {}):
        raise IncompatibleError(f"contact {contact!r} has both a protocol and a fixed bias.")
    return {name: (bias or {}).get(name, 0.0) for name in device.contacts if name != contact}


def _check_options(
    device: Device,
    protocol: Protocol,
    light: Any,
    sample_times: Sequence[float],
    control: StepControl | None,
    voltage_step: float | None,
) -> None:
    """Raise unless the light has something to act on and times and steps make sense together."""
    if not callable(light):
        check_drive(device, {}, light)
    for time in sample_times:
        if not 0 <= time <= protocol.duration * (1 + 1e-12):
            raise OutOfRangeError("a sample time [s]", time, f"between 0 and {protocol.duration:g}")
    if control is not None and voltage_step is not None:
        raise IncompatibleError("give voltage_step or control, not both: control has max_bias_step.")


def _check_start(state: State, first: Mapping[str, float]) -> None:
    for name, value in first.items():
        if abs(state.drive.get(name, 0.0) - value) > 1e-9:
            raise OutOfRangeError(
                f"first voltage at contact {name!r} [V]",
                value,
                f"{state.drive.get(name, 0.0):g}, that of the start",
            )


def _control(protocol: Protocol, voltage_step: float | None) -> StepControl:
    """Return the step control for ``voltage_step`` [V], a part of the largest swing if None."""
    if voltage_step is not None and not 0 < voltage_step < np.inf:
        raise OutOfRangeError("voltage_step [V]", voltage_step, "positive and finite")
    swing = max(abs(s.end - s.start) for s in protocol.segments)
    step = swing / _STEPS_PER_SWING if swing > 0 else 1.0
    return StepControl(max_bias_step=voltage_step or step, resolution=_RESOLUTION)


def _begin(
    device: Device,
    start: State | None,
    checkpoint: str | Path | None,
    drive: SweepDrive,
    first: Mapping[str, float],
) -> tuple[Progress, dict[str, Any]]:
    """Return where the sweep begins and the rows recorded before, from the checkpoint if there is one."""
    there = checkpoint is not None and Path(checkpoint).is_file()
    if checkpoint is not None and device.mesh.comm.bcast(there, root=0):
        return load_progress(device, checkpoint, experiment=drive.describe())
    if start is None:
        start = equilibrium(device)
        if any(first.values()):
            circuits = {drive.contact: drive.circuit} if drive.circuit is not None else None
            start = steady(device, first, start=start, circuits=circuits)
    return Progress.at(start), {}


def _periodicity(transient: Transient, protocol: Protocol) -> dict[str, Any]:
    """Return what the trace says about the repetition of cycles."""
    if transient.until is None:
        return {}
    change, tolerance = transient.progress.change, transient.until.tolerance
    if not transient.periodic:
        return {"periodic": f"no: the last of {protocol.cycles} cycles changed the state by {change:.3g}"}
    done = int(protocol.cycle(transient.progress.state.time - transient.progress.began)) + 1
    about = f"cycle {done} of {protocol.cycles} changed the state by {change:.3g}, less than {tolerance:g}"
    return {"periodic": "yes", "stopped": about}


def _record(
    transient: Transient, recorder: Recorder, saver: _Saver, observe: Callable[[State], None] | None
) -> None:
    """Record, show and save all states that are still to come, and the first one."""
    if recorder.size == 0:
        recorder.add(transient.progress.state, at_stop=True)
        if observe is not None:
            observe(transient.progress.state)
    for state in transient:
        recorder.add(state, at_stop=transient.at_stop)
        if observe is not None:
            observe(state)
        saver(transient, recorder)


class _Saver:
    """Saves a sweep to a checkpoint, if there is to be one, every so many seconds of computing."""

    def __init__(self, path: str | Path | None, every: float, experiment: Mapping[str, Any]) -> None:
        self.path, self.every, self.experiment = path, every, experiment
        self._last = monotonic()

    def __call__(self, transient: Transient, recorder: Recorder) -> None:
        """Save if it is time to; rank 0 decides."""
        if self.path is None:
            return
        due = monotonic() - self._last >= self.every
        if transient.device.mesh.comm.bcast(due, root=0):
            self.save(transient, recorder)

    def save(self, transient: Transient, recorder: Recorder) -> None:
        """Save now."""
        if self.path is not None:
            save_progress(transient.progress, self.path, experiment=self.experiment, rows=recorder.columns)
            self._last = monotonic()
