"""Endurance of a subject: cycles of a sweep, or of a SET and a RESET pulse with a read after each."""

from __future__ import annotations

from typing import Any

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, positive, whole
from studies.experiments.write_reads import Read
from studies.metrics.endurance import Endurance, endurance, endurance_of_reads
from studies.neuromorphic.schedule import Schedule
from studies.neuromorphic.subject import as_subject
from studies.progress import progress_line
from studies.protocols.protocol import Protocol
from studies.results.figure_table import unit

_SAMPLES = 200  # of a straight piece of a sweep


@checked(subject=anything, cycles=whole(2, 1_000_000), tolerance=positive)
def swept_endurance(
    subject: Any,
    cycle: Protocol,
    cycles: int,
    *,
    read_voltage: float | None = None,
    tolerance: float = 0.01,
    last: int | None = None,
    progress: bool | None = None,
) -> Endurance:
    """Return the switching figures of ``cycles`` sweeps, such as Sweep(0, 1, -1, 0, rate=1.0), one after the other.

    Other arguments are those of ``endurance``, which makes the figures of a Trace that was measured.
    Raises OutOfRangeError, and what the subject raises.
    """
    protocol = cycle * int(cycles)
    parts = np.linspace(0.0, 1.0, _SAMPLES + 1)[:-1]
    welcome = (protocol.corners[:-1, None] + np.diff(protocol.corners)[:, None] * parts).ravel()
    with progress_line(f"{cycles} cycles", progress):
        trace = as_subject(subject).run(protocol, protocol.corners, welcome)
    return endurance(trace, read_voltage=read_voltage, tolerance=tolerance, last=last)


@checked(subject=anything, cycles=whole(2, 1_000_000), tolerance=positive)
def pulsed_endurance(
    subject: Any,
    program: Protocol,
    erase: Protocol,
    read: Read,
    cycles: int,
    *,
    tolerance: float = 0.01,
    last: int | None = None,
    progress: bool | None = None,
) -> Endurance:
    """Return the resistances read after ``program`` (low) and ``erase`` (high) of each of ``cycles``, with their drift.

    Other arguments are those of ``endurance``. Measured resistances become figures by ``endurance_of_reads``.
    Raises OutOfRangeError where a reading has no conductance, and what the subject raises.
    """
    schedule = Schedule(read)
    for _ in range(cycles):
        for pulse in (program, erase):
            schedule.write(pulse)
            schedule.read()
    with progress_line(f"{cycles} cycles", progress):
        answer = schedule.run(subject, energies=False)
    low, high = answer.conductance.reshape(-1, 2).T
    if not answer.conductance.min() > 0:
        raise OutOfRangeError(
            "smallest conductance of the readings", float(answer.conductance.min()), "positive"
        )
    ohm = unit("resistance", answer.trace.current_unit)
    return endurance_of_reads(1 / low, 1 / high, unit=ohm, tolerance=tolerance, last=last)
