"""What memfem tells while it computes: records of the standard ``logging``, a logger ``memfem.ROOM`` for each room.

INFO are runs, bias points and steps, DEBUG the iterations of Newton's method, WARNING what a user must know. Nothing is
printed unless the program asks for it, with ``logging.basicConfig`` for example; of several ranks the first one tells.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping

ROOT = "memfem"
logging.getLogger(ROOT).addHandler(logging.NullHandler())


def logger(module: str) -> logging.Logger:
    """Return the logger of the room in which a ``module`` is, ``memfem.solvers`` for "fem.solvers.newton"."""
    found = logging.getLogger(f"{ROOT}.{module.split('.')[1]}")
    if _told_by_the_first_rank not in found.filters:
        found.addFilter(_told_by_the_first_rank)
    return found


def on_first_rank() -> bool:
    """Whether this process is the first of those that MPI has started, or one that it has not."""
    mpi = sys.modules.get("mpi4py.MPI")  # without it there is nobody else, and it takes long to load
    return mpi is None or not mpi.Is_initialized() or mpi.Is_finalized() or mpi.COMM_WORLD.rank == 0


def _told_by_the_first_rank(record: logging.LogRecord) -> bool:
    return on_first_rank()


class Told:
    """Named numbers as text with three digits and their ``unit``, one or by name; made only if the record is wanted."""

    def __init__(self, values: Mapping[str, float], unit: str | Mapping[str, str] = "") -> None:
        self.values, self.unit = values, unit

    def __str__(self) -> str:
        units = dict.fromkeys(self.values, self.unit) if isinstance(self.unit, str) else self.unit
        return ", ".join(f"{name} {value:.3g} {units[name]}".rstrip() for name, value in self.values.items())
