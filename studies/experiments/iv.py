"""I-V sweeps: a protocol applied to one contact of a device, every accepted step recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from fem.errors import ConvergenceError
from fem.io.restart import load_progress, save_progress
from fem.solvers.equilibrium import equilibrium
from fem.solvers.kept import circuits_of
from fem.solvers.steady import steady
from fem.transient.progress import Progress
from fem.transient.timestepping import StepControl, Transient
from studies.experiments.recorder import Recorder
from studies.experiments.sweep_checks import check_options, check_start, checked_bias, step_control
from studies.experiments.sweep_drive import SweepDrive
from studies.protocols import Protocol
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.circuit import Circuit
    from fem.device.device import Device
    from fem.device.state import State
    from fem.solvers.options import NewtonOptions
    from fem.transient.drive import Light


def iv_sweep(
    device: Device,
    *,
    contact: str,
    protocol: Protocol,
    start: State | None = None,
    bias: Mapping[str, float | Protocol] | None = None,
    light: float | Light | Protocol = 0.0,
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
    area or depth. The other contacts stay at ``bias`` [V], 0 V if not given, or follow it if it is a Protocol of
    the same duration. ``light`` is a factor of all optical generation, a Protocol of that factor, or a function of
    the time since the start [s] that is smooth between the ``light_kinks`` [s]. With three contacts or more, or
    two protocols, the trace has "voltage_gate" and "current_gate" (or "current_per_width_gate" ...) of each other
    contact, "gate" for example, too, and "light" where that is a Protocol.

    ``circuit``: between the contact and the source that follows the protocol, whose numbers are amperes for a
    current source. The trace then has "voltage" (or "source_current"), what the source is set to, and
    "device_voltage", that of the contact.

    ``voltage_step`` [V] bounds the change in one step, 1/50 of the largest swing if not given; where a
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
    drive = SweepDrive(
        protocol=protocol,
        contact=contact,
        others=checked_bias(device, contact, protocol, bias),
        light=light,
        light_kinks=light_kinks,
        sample_times=sample_times,
        tolerance=stop_when_periodic,
        circuit=circuit,
    )
    check_options(device, drive, control, voltage_step)
    circuits = {contact: circuit} if circuit is not None else None
    circuits_of(device, circuits)  # its errors come before any solve
    progress, rows = _begin(device, start, checkpoint, drive)
    if not rows:
        check_start(progress.state, drive.first)
    transient = Transient(
        device,
        progress,
        drive.pieces(progress.began),
        until=drive.until(progress.began),
        circuits=circuits,
        control=control or step_control(drive, voltage_step),
        options=options,
    )
    recorder = Recorder(device, drive, progress.began, rows)
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


def _begin(
    device: Device,
    start: State | None,
    checkpoint: str | Path | None,
    drive: SweepDrive,
) -> tuple[Progress, dict[str, Any]]:
    """Return where the sweep begins and the rows recorded before, from the checkpoint if there is one."""
    there = checkpoint is not None and Path(checkpoint).is_file()
    if checkpoint is not None and device.mesh.comm.bcast(there, root=0):
        return load_progress(device, checkpoint, experiment=drive.describe())
    if start is None:
        start = equilibrium(device)
        if any(drive.first.values()):
            circuits = {drive.contact: drive.circuit} if drive.circuit is not None else None
            start = steady(device, drive.first, start=start, circuits=circuits)
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
