r"""Readings of a state while it relaxes: at a small voltage that stays on, or in linear response at 0 V."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.transient.times import same_time
from studies.experiments.landing import warn_of_passed
from studies.metrics.conductance import Array
from studies.metrics.retention import RetentionMetrics, retention_time
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest, Sweep
from studies.results.figure_table import positive

if TYPE_CHECKING:
    from fem.device.state import State


@dataclass(frozen=True)
class RetentionReads:
    """What to apply to a programmed device: ``protocol``, with readings at ``sample_times`` [s] from ``begin`` [s].

    ``rest`` is the same without a read voltage, for the current that flows by itself.
    """

    protocol: Protocol
    rest: Protocol
    sample_times: tuple[float, ...]
    begin: float


@checked()
def retention_reads(
    duration: float,
    *,
    read_voltage: float,
    first_read: float,
    rise: float,
    reads_per_decade: int = 5,
    start_voltage: float = 0.0,
) -> RetentionReads:
    """Return a rest of ``duration`` [s] at ``read_voltage`` [V], with readings at times of equal ratio.

    From ``start_voltage`` [V], that of the programmed state, the voltage goes to the read voltage in ``rise`` [s];
    the readings follow at ``first_read`` [s] after that and ``reads_per_decade`` times per decade. The read
    voltage stays on, so that a reading only looks; it must be small (a few mV against kT/q = 26 mV) for the
    device to relax as it would at 0 V. Where ions flow back, run ``rest`` too and give it to ``retention``.

    >>> reads = retention_reads(1e4, read_voltage=0.005, first_read=1e-3, rise=1e-4)
    >>> trace = iv_sweep(device, contact="top", start=programmed, protocol=reads.protocol,
    ...                  sample_times=reads.sample_times)                             # doctest: +SKIP
    >>> retention(trace, programmed=reads.begin)                                       # doctest: +SKIP
    """
    duration, first = positive("retention duration [s]", duration), positive("first read [s]", first_read)
    if read_voltage == 0 or not np.isfinite(read_voltage):
        raise OutOfRangeError("read voltage [V]", read_voltage, "finite and not 0: 0 V reads no conductance")
    if not first < duration:
        raise OutOfRangeError("first read [s]", first, f"before the end of the rest, {duration:g} s")
    if reads_per_decade < 1:
        raise OutOfRangeError("reads per decade", reads_per_decade, "at least 1")
    begin = positive("rise time [s]", rise)
    protocol, rest = (_to(v, start_voltage, begin, duration) for v in (read_voltage, 0.0))
    count = int(np.ceil(np.log10(duration / first) * reads_per_decade - 1e-9)) + 1
    times = np.minimum(begin + np.geomspace(first, duration, count), protocol.duration)
    return RetentionReads(protocol, rest, tuple(times.tolist()), begin)


def _to(voltage: float, start: float, rise: float, duration: float) -> Protocol:
    """Return a rest of ``duration`` [s] at ``voltage`` [V], after ``rise`` [s] on the way there."""
    if voltage == start:
        return Rest(rise + duration, voltage)
    return Sweep(start, voltage, rate=abs(voltage - start) / rise) + Rest(duration, voltage)


class SmallSignalReads:
    """Reads the conductance dI/dV of states without touching them; an ``observe`` for ``iv_sweep``.

    At each of ``times`` [s] since the start of the sweep, which lands on them by itself, the real part of the
    admittance at ``contact`` and ``frequency`` [Hz], with the ions held where they are: what a read pulse measures
    that is too short for them. ``time`` [s] and ``conductance`` [``unit``], of shape (n,), are the readings so far.

    >>> reads = SmallSignalReads("top", times=np.geomspace(1e-3, 1e4, 36), frequency=1e3)
    >>> iv_sweep(device, contact="top", start=programmed, protocol=Rest(1e4, 0.0), observe=reads)  # doctest: +SKIP
    >>> reads.retention(criterion=0.5)                                                 # doctest: +SKIP
    """

    @checked()
    def __init__(self, contact: str, times: Sequence[float], *, frequency: float) -> None:
        self.contact, self.times = contact, np.sort(np.asarray(times, dtype=float))
        self.frequency = positive("frequency of a reading [Hz]", frequency)
        if self.times.size < 2 or self.times[0] < 0:
            raise OutOfRangeError("times of readings [s]", self.times.tolist(), "at least 2, from 0 on")
        self.unit = ""
        self._last: float | None = None
        self._rows: list[tuple[float, float]] = []

    @property
    def sample_times(self) -> list[float]:
        """The times of readings [s]."""
        return [float(t) for t in self.times]

    def __call__(self, state: State) -> None:
        """Read the state if its time is one of those wanted; warn of those that have been passed by."""
        warn_of_passed("SmallSignalReads", self.times, self._last, state.time)
        self.landed(state)

    def landed(self, state: State) -> None:
        """Read the state if its time is one of those wanted."""
        if self._last is not None and state.time < self._last:
            self._rows = []  # another sweep has begun
        self._last = state.time
        known = bool(self._rows) and bool(same_time(self._rows[-1][0], state.time))
        if known or not same_time(self.times, state.time).any():
            return
        from studies.experiments.impedance import impedance

        found = impedance(state, self.contact, [self.frequency], frozen_ions=True)
        own = found.data["admittance_real"].sel(contact=self.contact)
        self.unit = str(own.attrs["units"])
        self._rows.append((state.time, float(own.values[0])))

    @property
    def time(self) -> Array:
        """Times of the readings since the start [s], shape (n,)."""
        return np.array([t for t, _ in self._rows])

    @property
    def conductance(self) -> Array:
        """The readings [S, S/m^2 or S/m], shape (n,)."""
        return np.array([g for _, g in self._rows])

    def retention(self, **options: Any) -> RetentionMetrics:
        """Return the retention of the readings; ``options`` are those of ``retention_time``."""
        return retention_time(self.time, self.conductance, conductance_unit=self.unit, **options)
