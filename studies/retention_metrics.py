r"""Retention: how long a programmed conductance lasts, and the readings that observe it.

The kept part of a state is

.. math:: p(t) = \frac{G(t) - G_\mathrm{toward}}{G(t_0) - G_\mathrm{toward}},

with the conductance of the other state, 0 if not given. The retention time is the first one at which p falls to the
criterion, between samples on a straight line of p against :math:`\ln t`: relaxations last for decades of time,
and are read at times spaced like that. A high-resistance state that leaks needs ``toward``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from studies.conductance import Array, Row, conductance, figure_table, positive, unit
from studies.protocols import Protocol, Rest, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.trace import Trace


@dataclass(frozen=True, eq=False, repr=False)
class RetentionMetrics:
    """How long a state lasted; ``print`` shows it with units.

    ``retention_time`` [s] is nan if the criterion was not met until ``observed_until`` [s]: then it is longer.
    ``kept`` is the part of the state that is left at the end. ``time`` [s] and ``part``, both of shape (n,), are the
    course, times counted from the end of programming.
    """

    retention_time: float
    criterion: float
    observed_until: float
    kept: float
    conductance_start: float
    conductance_end: float
    time: Array
    part: Array
    conductance_unit: str

    @property
    def volatility(self) -> str:
        """Return in words after what time the state was lost, or for how long it was seen to last."""
        if np.isfinite(self.retention_time):
            return f"volatile: lost after {self.retention_time:.4g} s"
        return f"non-volatile for at least {self.observed_until:.4g} s"

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        return [
            ("retention_time", self.retention_time, "s"),
            ("criterion", self.criterion, "1"),
            ("observed_until", self.observed_until, "s"),
            ("kept", self.kept, "1"),
            ("conductance_start", self.conductance_start, self.conductance_unit),
            ("conductance_end", self.conductance_end, self.conductance_unit),
            ("volatility", self.volatility, ""),
        ]

    def __repr__(self) -> str:
        return figure_table("RetentionMetrics", self.rows())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with the kept part against the logarithm of time, and the criterion."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        later = self.time > 0
        ax.semilogx(self.time[later], self.part[later], ".-")
        ax.axhline(self.criterion, color="grey", linestyle="--", label=f"criterion {self.criterion:g}")
        ax.set(xlabel="Time since programming [s]", ylabel="Kept part of the conductance")
        ax.legend()
        return ax


def retention_time(
    time: ArrayLike,
    conductance: ArrayLike,
    *,
    criterion: float = 0.5,
    toward: float = 0.0,
    conductance_unit: str = "S",
) -> RetentionMetrics:
    """Return the retention of ``conductance`` [``conductance_unit``] at ``time`` [s] since the end of programming.

    Both have the shape (n,), n at least 2; times increase and begin at 0 or later. ``criterion`` is the part, between
    0 and 1, that must be kept of the distance to the conductance ``toward``. In an interval that begins at 0 s,
    which has no logarithm, the straight line is against time.
    Raises IncompatibleError or OutOfRangeError.

    >>> retention_time([1, 10, 100], [1e-3, 6e-4, 2e-4], criterion=0.4).retention_time.__round__(3)
    31.623
    """
    t, g = np.asarray(time, dtype=float), np.asarray(conductance, dtype=float)
    _check_course(t, g, criterion, toward)
    part = (g - toward) / (g[0] - toward)
    lost = np.flatnonzero(part <= criterion)
    return RetentionMetrics(
        retention_time=_crossing(t, part, criterion, int(lost[0])) if lost.size else float("nan"),
        criterion=float(criterion),
        observed_until=float(t[-1]),
        kept=float(part[-1]),
        conductance_start=float(g[0]),
        conductance_end=float(g[-1]),
        time=t,
        part=part,
        conductance_unit=conductance_unit,
    )


def retention(
    trace: Trace, *, programmed: float = 0.0, criterion: float = 0.5, toward: float = 0.0
) -> RetentionMetrics:
    """Return the retention seen by the readings of ``trace`` that follow ``programmed`` [s], the end of programming.

    Every later sample with a voltage is a reading; its conductance is that of the device without displacement
    current. The first one is what has to be kept. ``criterion`` and ``toward`` [S, S/m^2 or S/m] are those of
    ``retention_time``. All readings must be at the same source voltage, because an I-V is curved.
    """
    g = conductance(trace)
    use = (trace.time >= programmed * (1 - 1e-9)) & np.isfinite(g)
    read = trace.voltage[use]
    if read.size and np.ptp(read) > 1e-6 * np.abs(read).max():
        raise IncompatibleError(
            f"the readings are at {read.min():g} to {read.max():g} V; they must be at one voltage: "
            "give the time at which programming has ended (RetentionReads.begin)."
        )
    return retention_time(
        np.maximum(trace.time[use] - programmed, 0.0),
        g[use],
        criterion=criterion,
        toward=toward,
        conductance_unit=unit("conductance", trace.current_unit),
    )


@dataclass(frozen=True)
class RetentionReads:
    """What to apply to a programmed device: ``protocol``, with readings at ``sample_times`` [s] from ``begin`` [s]."""

    protocol: Protocol
    sample_times: tuple[float, ...]
    begin: float


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
    device to relax as it would at 0 V.

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
    rest, begin = Rest(duration, read_voltage), 0.0
    protocol: Protocol = rest
    if start_voltage != read_voltage:
        begin = positive("rise time [s]", rise)
        protocol = Sweep(start_voltage, read_voltage, rate=abs(read_voltage - start_voltage) / begin) + rest
    count = int(np.ceil(np.log10(duration / first) * reads_per_decade - 1e-9)) + 1
    times = np.minimum(begin + np.geomspace(first, duration, count), protocol.duration)
    return RetentionReads(protocol, tuple(times.tolist()), begin)


def _check_course(t: Array, g: Array, criterion: float, toward: float) -> None:
    """Raise unless times and conductances are a course that can be judged."""
    if t.ndim != 1 or t.shape != g.shape or t.size < 2:
        raise IncompatibleError(
            f"time {t.shape} and conductance {g.shape} must be two lists of equal length, at least 2."
        )
    if not (np.all(np.isfinite(g)) and np.all(np.isfinite(t))):
        raise OutOfRangeError("conductance or time of a retention", float("nan"), "finite")
    if t[0] < 0 or not np.all(np.diff(t) > 0):
        raise OutOfRangeError(
            "first time of a retention [s]", float(t[0]), "0 or later, and times increasing"
        )
    if not 0 < criterion < 1:
        raise OutOfRangeError("retention criterion", criterion, "between 0 and 1")
    if g[0] == toward:
        raise OutOfRangeError(
            "first conductance of a retention", float(g[0]), f"other than toward, {toward:g}"
        )


def _crossing(t: Array, part: Array, level: float, k: int) -> float:
    """Return the time [s] between samples k - 1 and k at which ``part`` falls to ``level``."""
    share = (part[k - 1] - level) / (part[k - 1] - part[k])
    if t[k - 1] == 0:
        return float(share * t[k])
    return float(t[k - 1] * (t[k] / t[k - 1]) ** share)
