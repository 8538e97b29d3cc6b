"""Saver: what is left of a run that is stopped, by whatever: a checkpoint to go on from, and the trace until then."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import ConvergenceError, MemfemError, OutOfRangeError
from fem.errors.records import logger
from fem.io.checkpoint import on_root, warn_if_never_resumed
from fem.io.files import check_writable
from fem.io.restart import load_progress, save_progress
from fem.transient.progress import Progress
from fem.transient.timestepping import Transient
from studies.experiments.recorder import Recorder
from studies.experiments.stop import Watch
from studies.results.provenance import reason_of

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State
    from studies.results.trace import Trace

_LOG = logger(__name__)
_BEFORE = "(before)"  # of a checkpoint's rows: what was watched for in the state before the last one


class Saver:
    """Saves a run to a ``checkpoint``, if there is to be one, every so many seconds of computing.

    ``partial`` is a file for the trace of a run that does not come to its end. ``experiment`` and ``start`` tell the
    run from another one.
    """

    def __init__(
        self,
        checkpoint: str | Path | None = None,
        every: float = np.inf,
        *,
        experiment: Mapping[str, Any] | None = None,
        start: State | None = None,
        partial: str | Path | None = None,
    ) -> None:
        if not every >= 0:
            raise OutOfRangeError("time between checkpoints [s]", every, "zero or positive")
        self.path, self.every, self.experiment, self.start = checkpoint, every, experiment or {}, start
        self.partial = partial
        self._last = monotonic()

    def __call__(self, transient: Transient, recorder: Recorder, watch: Watch) -> None:
        """Save if it is time to; rank 0 decides."""
        if self.path is None:
            return
        due = monotonic() - self._last >= self.every
        if transient.device.mesh.comm.bcast(due, root=0):
            self.save(transient, recorder, watch)

    def load(self, device: Device) -> tuple[Progress, dict[str, Any], Any] | None:
        """Return where the checkpoint is, the rows recorded before and what was watched for; None if there is none.

        Raises OutOfRangeError if one of the files cannot be written.
        """
        check_places(device, {"checkpoint": self.path, "save_partial": self.partial})
        if self.path is None:
            return None
        warn_if_never_resumed(Path(self.path), self.experiment, device.describe())
        if not device.mesh.comm.bcast(Path(self.path).is_file(), root=0):
            return None
        progress, rows = load_progress(device, self.path, experiment=self.experiment, start=self.start)
        _LOG.info("t = %.9g s: goes on from %s", progress.state.time, self.path)
        return progress, rows, rows.pop(_BEFORE)

    def save(self, transient: Transient, recorder: Recorder, watch: Watch) -> None:
        """Save now."""
        if self.path is not None:
            progress = transient.progress
            rows = {**recorder.columns, _BEFORE: watch.before(progress.state)}
            save_progress(progress, self.path, experiment=self.experiment, start=self.start, rows=rows)
            self._last = monotonic()
            _LOG.info("t = %.9g s: saved to %s", progress.state.time, self.path)

    @contextmanager
    def keeping(self, transient: Transient, recorder: Recorder, watch: Watch) -> Iterator[None]:
        """Save what there is when what is done inside ends with an error, by Ctrl-C or SIGTERM, and raise that again.

        The error then has the ``trace`` of at least two samples. A failure to save is a note on it.
        """
        with _sigterm_as_interrupt(alone=transient.device.mesh.comm.size == 1):
            try:
                yield
            except BaseException as error:
                self._keep(error, transient, recorder, watch)
                raise

    def _keep(self, error: BaseException, transient: Transient, recorder: Recorder, watch: Watch) -> None:
        comm, state = transient.device.mesh.comm, transient.progress.state
        if comm.size == 1 or isinstance(error, ConvergenceError):  # all ranks are here
            at_stop = transient.at_stop
            _tried(
                error, "the last sample was not recorded", lambda: recorder.catch_up(state, at_stop=at_stop)
            )
            _tried(error, "the checkpoint was not saved", lambda: self.save(transient, recorder, watch))
        if recorder.size < 2:
            return
        why = str(error) if isinstance(error, MemfemError) else reason_of(error)
        trace = keep_trace(error, lambda: recorder.trace(stopped=why))
        if trace is not None and self.partial is not None and comm.rank == 0:
            place = self.partial
            _tried(error, "the trace until then was not saved", lambda: trace.save(place))


def check_places(device: Device, sweep: Mapping[str, Any]) -> None:
    """Raise OutOfRangeError unless the files among the arguments of a sweep can be written; collective."""

    def check() -> None:
        for name in ("checkpoint", "save_partial"):
            if sweep.get(name) is not None:
                check_writable(name, sweep[name])

    on_root(device.mesh, check)


def keep_trace(error: BaseException, make: Callable[[], Trace]) -> Trace | None:
    """Return the trace that had been recorded before an error, which then has it too; None if that fails."""

    def keep() -> Trace:
        error.trace = trace = make()  # type: ignore[attr-defined]
        return trace

    return _tried(error, "the trace until then was not kept", keep)


def _tried[T](error: BaseException, failure: str, action: Callable[[], T]) -> T | None:
    """Return what ``action`` returns, None if it fails: that is then a note on the ``error`` that came before."""
    try:
        return action()
    except Exception as later:
        error.add_note(f"{failure}: {reason_of(later)}")
        return None


@contextmanager
def _sigterm_as_interrupt(*, alone: bool) -> Iterator[None]:
    """Let SIGTERM, with which batch systems end a job, raise KeyboardInterrupt inside, unless it is handled already.

    On several ranks it is left alone: one that waits for another could not be ended then.
    """
    own = threading.current_thread() is threading.main_thread()
    if not (alone and own and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL):
        yield
        return

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt("ended by SIGTERM")

    signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
