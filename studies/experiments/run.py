"""Run: a drive carried out on a device, every accepted step recorded, its last state and its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import ConvergenceError, IncompatibleError
from fem.errors.records import logger
from fem.mesh.ranks import collective
from fem.solvers.equilibrium import equilibrium
from fem.solvers.kept import circuits_of
from fem.solvers.steady import steady
from fem.transient.progress import Progress
from fem.transient.timestepping import StepControl, Transient
from studies.experiments.labels import as_parameters
from studies.experiments.landing import show
from studies.experiments.recorder import Recorder
from studies.experiments.saver import Saver
from studies.experiments.sensitivities import SensitivityRecorder
from studies.experiments.stop import Watch
from studies.experiments.sweep_checks import check_options, check_start
from studies.experiments.sweep_drive import SweepDrive
from studies.progress import Line, progress_line
from studies.results.gathering import note
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.parameters import Parameter
    from fem.device.state import State
    from fem.solvers.options import NewtonOptions

_LOG = logger(__name__)
_RESTARTS = 30  # after failed steps, each later than the one before


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """What a device has gone through: its last ``state``, and the ``trace`` of all.

    Times of the states are those of the trace: they count from the begin of the run.
    """

    state: State
    trace: Trace

    @property
    def stopped(self) -> str:
        """Why the run ended before its protocols did, in words; "" if it did not."""
        return str(self.trace.data.attrs.get("stopped", ""))

    @property
    def crossing_time(self) -> float:
        """When the run came to its stop [s], on a straight line between the last two samples; nan if it did not."""
        return float(self.trace.data.attrs.get("crossing_time", np.nan))

    @property
    def crossing_voltage(self) -> float:
        """The voltage of the trace then [V]; nan if the run did not come to a stop."""
        return float(np.interp(self.crossing_time, self.trace.time, self.trace.voltage))


@collective("a sweep", "drive", "control", "options")
def carry_out(
    device: Device,
    drive: SweepDrive,
    start: State | None,
    *,
    control: StepControl,
    options: NewtonOptions | None,
    observe: Callable[[State], None] | None,
    restart: Callable[[State], State] | None = None,
    saver: Saver | None = None,
    progress: bool | None = None,
    sensitivities: Sequence[str | Parameter] | None = None,
) -> Run:
    """Return the run of ``drive`` from ``start``, or from the steady state at its first voltages.

    ``start`` is taken as a state at the time 0 s, with the circuits of the drive and no others. ``restart``: where a
    step fails, go on from what this makes of the last good state, as long as that leads on. All else is that of
    ``iv_sweep``.
    """
    check_options(device, drive)
    wanted = _wanted(device, sensitivities, restart, saver)
    circuits_of(device, drive.circuits)  # its errors come before any solve
    saver = saver or Saver()
    loaded, began, what = saver.load(device), monotonic(), f"{drive.contact}: {drive.protocol.text}"
    _LOG.info("%s; %d nodes, %d unknowns each", what, device.mesh.num_nodes, device.context.block_size)
    with progress_line(what, progress) as line:
        now, rows, before = loaded or (Progress.at(_begin(device, start, drive)), {}, None)
        if not rows:
            check_start(now.state, drive.first)
        transient = Transient(
            device,
            now,
            drive.pieces(now.began),
            until=drive.until(now.began),
            circuits=drive.circuits,
            frozen_ions=drive.frozen_ions,
            control=control,
            options=options,
        )
        recorder = Recorder(device, drive, now.began, rows)
        even = start is None and not any(drive.first.values())
        tangents = SensitivityRecorder(device, drive, wanted, now.state, equilibrium=even) if wanted else None
        if not rows:
            recorder.add(now.state, at_stop=True)
        watch = Watch(drive.stops, now.state, recorder, before)
        with saver.keeping(transient, recorder, watch):
            if not rows:
                show(observe, now.state, at_stop=True)
            if not (recorder.size > 1 and watch(now.state)):  # the checkpoint may be of a run at its stop
                _record(transient, recorder, saver, watch, observe, restart, line, tangents)
            saver.save(transient, recorder, watch)
            attrs = _ended(transient, drive, watch)
            why = attrs.get("stopped", "the end")
            _LOG.info("%s; %d samples, %.3g s of computing", why, recorder.size, monotonic() - began)
            trace = recorder.trace(**attrs, seconds=monotonic() - began)
            note(trace)
            return Run(state=transient.progress.state, trace=tangents.added_to(trace) if tangents else trace)


def _wanted(
    device: Device, sensitivities: Sequence[str | Parameter] | None, restart: Any, saver: Saver | None
) -> tuple[Parameter, ...]:
    """Return the parameters whose sensitivities are asked for; raises where a run cannot have them."""
    if sensitivities is None:
        return ()
    if restart is not None:
        raise IncompatibleError("a run with sensitivities cannot go on from what restart makes of a state.")
    if saver is not None and saver.path is not None:
        raise IncompatibleError("a run with sensitivities has no checkpoint to go on from: give none.")
    return as_parameters(device, sensitivities)


def _ended(transient: Transient, drive: SweepDrive, watch: Watch) -> dict[str, Any]:
    """Return what the trace says about how the run ended."""
    attrs = _periodicity(transient, drive)
    if transient.ion_error > 0:
        attrs["ion_error"] = transient.ion_error
    if watch.reason:
        attrs |= {"stopped": watch.reason, "crossing_time": watch.crossing - transient.progress.began}
    return attrs


def _begin(device: Device, start: State | None, drive: SweepDrive) -> State:
    """Return the state at the time 0 s with which a run begins."""
    if start is not None:
        source = {n: v for n, v in start.source.items() if n in drive.circuits}
        return replace(start, time=0.0, source=source)
    rest = equilibrium(device)
    if not any(drive.first.values()):
        return rest
    return steady(device, drive.first, start=rest, circuits=drive.circuits)


def _periodicity(transient: Transient, drive: SweepDrive) -> dict[str, Any]:
    """Return what the trace says about the repetition of cycles."""
    if transient.until is None:
        return {}
    change, tolerance, protocol = transient.progress.change, transient.until.tolerance, drive.protocol
    if not transient.periodic:
        return {"periodic": f"no: the last of {protocol.cycles} cycles changed the state by {change:.3g}"}
    done = int(protocol.cycle(transient.progress.state.time - transient.progress.began)) + 1
    about = f"cycle {done} of {protocol.cycles} changed the state by {change:.3g}, less than {tolerance:g}"
    return {"periodic": "yes", "stopped": about}


def _record(
    transient: Transient,
    recorder: Recorder,
    saver: Saver,
    watch: Watch,
    observe: Callable[[State], None] | None,
    restart: Callable[[State], State] | None,
    line: Line,
    tangents: SensitivityRecorder | None,
) -> None:
    """Record, show and save all states that are still to come, up to one that is watched for."""
    contact = recorder.contact
    if line.shown:
        line.to(transient.share)
    before = transient.progress
    for state in _states(transient, restart):
        if line.shown:
            line.to(transient.share, f"{contact} {state.bias[contact]:.3f} V, {state.time:.4g} s")
        recorder.add(state, at_stop=transient.at_stop)
        if tangents is not None:
            tangents.follow(before, transient.progress, recorder.size - 1)
            before = transient.progress
        show(observe, state, at_stop=transient.at_stop)
        stopped = watch(state)
        saver(transient, recorder, watch)
        if stopped:
            return


def _states(transient: Transient, restart: Callable[[State], State] | None) -> Iterator[State]:
    """Yield the states to come; where a step fails, go on from what ``restart`` makes of the last good one."""
    for _ in range(_RESTARTS):
        begin = transient.progress.state.time
        try:
            yield from transient
            return
        except ConvergenceError:
            state = transient.progress.state
            if restart is None or not state.time > begin:
                raise
            _LOG.info("t = %.9g s: a step failed; goes on from what restart makes of this state", state.time)
            transient.go_on_from(restart(state))
    yield from transient
