"""A protocol of writes, waits and reads on one terminal, and what a subject answers: conductances and energies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.errors import IncompatibleError
from fem.errors.arguments import checked
from fem.errors.checking import between, number
from fem.transient.times import rounding
from studies.experiments.lines import Lines
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array, conduction_current, warn_of_unresolved
from studies.neuromorphic.energy import EventEnergies, energies_in, of_events
from studies.neuromorphic.subject import as_subject
from studies.protocols.protocol import Protocol
from studies.results.figure_table import unit
from studies.results.trace import Trace

#: Samples of a segment of a write, where they are welcome: for its energy.
_SAMPLES = 24


@dataclass(frozen=True, eq=False)
class Answer:
    """What a subject has answered: at the end of each read its ``conductance``, and the energy of each write.

    ``time`` [s] and ``conductance`` [``conductance_unit``], shape (reads,). ``energy``: of all writes,
    nan where it was not asked for.
    """

    time: Array
    conductance: Array
    energy: EventEnergies
    trace: Trace

    @property
    def conductance_unit(self) -> str:
        """The unit of the conductance."""
        return unit("conductance", self.trace.current_unit)


class Schedule:
    """Writes, waits and reads one after the other, all beginning and ending at 0 V."""

    def __init__(self, read: Read) -> None:
        if read.bias:
            raise IncompatibleError(
                "a read with a bias of other contacts needs write_and_read; a subject has one terminal that is driven."
            )
        self._read, self._name = read, read.contact
        self._lines = Lines({self._name: 0.0})
        self._reads: list[tuple[int, int]] = []
        self._writes: list[tuple[int, int]] = []

    def write(self, protocol: Protocol) -> None:
        """Add a write; it begins a cycle."""
        self._lines.mark()
        begin = self._lines.size
        self._lines.add(protocol.duration, {self._name: protocol})
        self._writes.append((begin, self._lines.size))

    def wait(self, duration: float) -> None:
        """Add a rest of ``duration`` [s] at 0 V; none if it is not above 0."""
        if duration > 0:
            self._lines.add(duration, {})

    def read(self) -> None:
        """Add a read with the rest before it."""
        self._lines.add(self._read.rest, {})
        self._reads.append(self._lines.read(self._read))

    def run(self, subject: Any, *, energies: bool = True) -> Answer:
        """Return the answer of a subject; without ``energies`` nothing is sampled but the reads.

        Raises IncompatibleError where writes do not begin and end at 0 V, where a read has no sample, or where the
        current of one flows against its voltage.
        """
        subject = as_subject(subject)
        protocol = self._lines.protocols()[self._name]
        corners = protocol.corners
        writes = [(float(corners[a]), float(corners[b])) for a, b in self._writes]
        reads = [(float(corners[a]), float(corners[b])) for a, b in self._reads]
        ends = np.array([end for _, end in reads])
        trace = subject.run(protocol, ends, self._welcome(corners) if energies else None)
        conductance = read_conductances(trace, reads, self._read.voltage)
        found = energies_in(trace, writes) if energies else np.full(len(writes), np.nan)
        begins, per = np.array([begin for begin, _ in writes]), unit("energy", trace.current_unit)
        energy = of_events(begins, found, per, subject.area)
        return Answer(ends, conductance, energy, trace)

    def _welcome(self, corners: Array) -> Array:
        """Return times [s] inside the writes."""
        parts = np.linspace(0.0, 1.0, _SAMPLES + 1)
        pairs = [(corners[k], corners[k + 1]) for a, b in self._writes for k in range(a, b)]
        found = [begin + (end - begin) * parts for begin, end in pairs]
        return np.unique(np.concatenate(found)) if found else np.zeros(0)


def read_conductances(trace: Trace, reads: Sequence[tuple[float, float]], voltage: float) -> Array:
    """Return I/V [S or the like] at the last sample between the times [s] of each read at ``voltage`` [V].

    The current is that without displacement. Shape (reads,); raises IncompatibleError where there is no sample, or
    where the current flows against the voltage: ions that flow back, and no conductance.
    """
    begins, ends = np.array(reads, dtype=float).reshape(-1, 2).T
    last = np.searchsorted(trace.time, ends + rounding(ends), side="right") - 1
    if reads and (late := trace.time[last] < begins - rounding(begins)).any():
        raise IncompatibleError(
            f"the trace has no sample in the read from {begins[late][0]:g} to {ends[late][0]:g} s."
        )
    current, error = conduction_current(trace)[last], trace.current_error[last]
    warn_of_unresolved("the current of the reads", current, error, trace.current_unit)
    against = current * voltage < -error * abs(voltage)
    if against.any():
        raise IncompatibleError(
            f"in the read at {ends[against][0]:g} s the current, {current[against][0]:.3g} {trace.current_unit}, "
            f"flows against the {voltage:g} V: ions that flow back, and no conductance. Rest longer before reading, "
            "or read at a larger voltage."
        )
    return np.asarray(current / voltage)


@checked(voltage=number, tolerance=between(0.0, 0.5))
def conductance_reads(trace: Trace, voltage: float, *, tolerance: float = 0.01) -> tuple[Array, Array]:
    """Return the times [s] and conductances of all reads at ``voltage`` [V] in a Trace that was measured.

    A read is where the voltage stays within ``tolerance`` of the read voltage, relative to it, for two samples at
    least; its conductance is that of its last sample, [S], or per area. Both of shape (reads,).
    Raises IncompatibleError if there is none, or where the current flows against the voltage.

    >>> columns = {"time": [0, 1, 2, 3], "voltage": [0, 0.1, 0.1, 0], "current": [0, 2e-7, 1e-7, 0]}
    >>> trace = Trace.from_columns(columns, {})
    >>> conductance_reads(trace, 0.1)[1].tolist()
    [1e-06]
    """
    there = np.abs(trace.voltage - voltage) <= tolerance * abs(voltage)
    edges = np.diff(np.concatenate(([0], there.astype(int), [0])))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    known = ends > begins
    if voltage == 0 or not known.any():
        raise IncompatibleError(
            f"the trace has no read at {voltage:g} V, where its voltage stays for two samples at least: it goes from "
            f"{trace.voltage.min():g} to {trace.voltage.max():g} V."
        )
    reads = list(zip(trace.time[begins[known]].tolist(), trace.time[ends[known]].tolist(), strict=True))
    return trace.time[ends[known]], read_conductances(trace, reads, voltage)
