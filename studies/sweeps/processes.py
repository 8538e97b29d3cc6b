"""Processes that compute cases, as the one sees them that watches: begun, asked, measured and killed.

They have a session of their own, so that Ctrl-C does not reach them, and what they start ends with them.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep

import psutil

from studies.sweeps.child import Order

KILLED = (
    "the process of this case was killed from outside, twice (SIGKILL; where memory is short, by the system)"
)
_OF_A_RANK = (
    "PMI_",
    "PMIX_",
    "OMPI_",
    "MPI_LOCAL",
    "HYDI_",
)  # variables of a rank, and where it finds the others
_LOG = 4000  # last letters of what a process has printed
#: Become another program, which Linux kills when the thread ends that has started it.
_LAUNCH = (
    "import ctypes, os, sys\n"
    "if sys.platform == 'linux': ctypes.CDLL(None).prctl(1, 9)\n"
    "os.execvp(sys.argv[1], sys.argv[1:])"
)
_NAP = 0.02  # [s]
_END = 5.0  # [s] for the system to end a process that is killed


class Process:
    """A process with all that it starts, and what they print."""

    def __init__(self, call: str, *, wrapped: Sequence[str] = (), fds: Sequence[int] = ()) -> None:
        self._printed = tempfile.TemporaryFile("a+b")  # noqa: SIM115
        program = (
            f"import sys; sys.path[:] = {_paths()!r}; import studies.sweeps.child as child; child.{call}"
        )
        self._popen = subprocess.Popen(
            [*wrapped, sys.executable, "-c", program],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=fds,
        )

    @property
    def code(self) -> int | None:
        """The exit code, None as long as it runs."""
        return self._popen.poll()

    def memory(self, *, alone: bool = False) -> int:
        """Return what is in use [byte], by it and all that it has started; it ``alone`` is looked up sooner."""
        total = 0
        for process in self._all(alone=alone):
            with suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def log(self) -> str:
        """Return the end of what was printed."""
        size = os.fstat(self._printed.fileno()).st_size
        self._printed.seek(max(0, size - _LOG))
        return self._printed.read().decode(errors="replace")

    def clear_log(self) -> None:
        """Forget what was printed."""
        self._printed.truncate(0)

    def end(self) -> None:
        """Kill it and all that it has started, and wait until they are gone."""
        alive = self._all()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(_END)
        self._printed.close()

    def _all(self, *, alone: bool = False) -> list[psutil.Process]:
        try:
            own = psutil.Process(self._popen.pid)
            return [own, *([] if alone else own.children(recursive=True))]
        except psutil.Error:
            return []


class Warm(Process):
    """A process that computes one case after the other: what it has imported and compiled serves the next one."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        read, self._life = os.pipe()
        try:
            super().__init__(f"main({theirs.fileno()}, {read})", fds=(theirs.fileno(), read))
        finally:
            theirs.close()
            os.close(read)
        self._pipe = Connection(ours.detach())

    def begin(self, order: Order) -> bool:
        """Return whether it has begun the case; if not, it has ended, and nothing was computed."""
        try:
            self._pipe.send_bytes(pickle.dumps(order))
        except OSError:
            return False
        return True

    def wait(self, seconds: float) -> str:
        """Return what it says within some seconds: "began", "done", "failed"; "ended" if it has ended, or no text."""
        try:
            return str(self._pipe.recv()) if self._pipe.poll(seconds) else ""
        except (EOFError, OSError):
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(_END)
            return "ended"

    def end(self) -> None:
        """Kill it and all that it has started, and wait until they are gone."""
        super().end()
        self._pipe.close()
        with suppress(OSError):
            os.close(self._life)


class Ranks(Process):
    """Several processes under ``mpiexec`` that compute one case together."""

    def __init__(self, order: Order, ranks: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="case-")
        self._path = Path(self._folder.name) / "order"
        self._path.write_bytes(pickle.dumps(order))
        launch = [sys.executable, "-c", _LAUNCH, *mpiexec(), "-n", str(ranks)]
        super().__init__(f"one_of_several({str(self._path)!r})", wrapped=launch)

    def wait(self, seconds: float) -> str:
        """Return "ended" if all have ended within some seconds, else no text."""
        until = monotonic() + seconds
        while self.code is None and monotonic() < until:
            sleep(_NAP)
        return "" if self.code is None else "ended"

    def failure(self) -> tuple[str, str]:
        """Return why the first rank of those that failed did so, and its traceback; no text if none said why."""
        for path in sorted(self._path.parent.glob("order.*.failure")):
            reason, _, log = path.read_text().partition("\n")
            return reason, log
        return "", ""

    def end(self) -> None:
        """Kill all ranks and what has started them."""
        super().end()
        self._folder.cleanup()


def mpiexec() -> list[str]:
    """Return the command that starts ranks: that of the environment's own MPI, if it has one."""
    own = Path(sys.executable).parent / "mpiexec"
    return [str(own) if own.exists() else "mpiexec"]


def reason_of_end(code: int | None, log: str = "") -> str:
    """Return in words how a process ended that has not said why; ``log`` is what mpiexec printed of its ranks."""
    found = re.search(r"\bsignal (\d+)\b", log)
    if found and code != 0:
        code = -int(found[1])
    if code is None or code >= 0:
        return f"the process of this case ended with code {code}"
    if code == -signal.SIGKILL:
        return KILLED
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    told = {"SIGSEGV": " (segmentation fault)", "SIGABRT": " (abort)"}
    return f"the process of this case was ended by {name}{told.get(name, '')}"


def without_ranks() -> dict[str, str]:
    """Return the environment without what says that this process is a rank: MPI would look for mpiexec there."""
    return {n: value for n, value in os.environ.items() if not n.startswith(_OF_A_RANK)}


def _environment() -> dict[str, str]:
    """Return the environment of a process that has one core."""
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **without_ranks()}


def _paths() -> list[str]:
    """Return where this process finds modules, by absolute paths."""
    return [os.path.abspath(path) for path in sys.path]
