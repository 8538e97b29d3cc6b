"""How a run of several ranks ends: an error that nobody catches on one rank ends all of them, with its message.

Errors that are caught, as pytest and notebooks do, end nothing; ``fem.mesh.meeting`` then sees where the ranks part.
"""

from __future__ import annotations

import importlib
import sys
import threading
from functools import cache
from types import TracebackType
from typing import Any

from fem.mesh.meeting import end_all_ranks, mpi_is_over, ranks_of, stay_to_the_end

_BY_INTERRUPT = 130  # the exit status of a program ended by Ctrl-C


@cache
def watch() -> None:
    """See to it that an uncaught error on one rank ends all ranks; nothing where there is but one."""
    from mpi4py import MPI

    if MPI.COMM_WORLD.size == 1:
        return
    _after_uncaught_errors()
    _after_uncaught_errors_of_threads()
    ranks_of(MPI.COMM_WORLD)
    stay_to_the_end()


def imported_together(name: str) -> None:
    """Import a module in which something begins on all ranks together."""
    from mpi4py import MPI

    ranks_of(MPI.COMM_WORLD).together(f"the import of {name}", {}, lambda: importlib.import_module(name))


def _after_uncaught_errors() -> None:
    """End all ranks after what ``sys.excepthook`` did so far; not where the user goes on at a prompt."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        try:
            before(kind, error, trace)
        finally:
            if not hasattr(sys, "ps1") and not sys.flags.interactive:
                _end(kind)

    sys.excepthook = hook


def _after_uncaught_errors_of_threads() -> None:
    before = threading.excepthook

    def hook(args: Any) -> None:
        try:
            before(args)
        finally:
            if args.exc_type is not SystemExit:
                _end(args.exc_type)

    threading.excepthook = hook


def _end(kind: type[BaseException]) -> None:
    from mpi4py import MPI

    if not mpi_is_over():
        why = f"rank {MPI.COMM_WORLD.rank} of {MPI.COMM_WORLD.size} ended with this {kind.__name__}."
        end_all_ranks(why, _BY_INTERRUPT if issubclass(kind, KeyboardInterrupt) else 1)
