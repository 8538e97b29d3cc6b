r"""Retention: how long a programmed conductance lasts.

The kept part of a state is

.. math:: p(t) = \min\left(\frac{G(t)}{G(t_0)}, \frac{G(t_0)}{G(t)}\right) \quad\text{or}\quad
          p(t) = \frac{G(t) - G_\mathrm{other}}{G(t_0) - G_\mathrm{other}}

if the conductance of the other state is given: the first counts a change by a factor, up or down, the second the
part of the memory window that is left. The retention time is the first one at which p falls to the criterion,
between samples on a straight line of p against :math:`\ln t`: relaxations last for decades of time, and are read
at times spaced like that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.transient.times import rounding
from studies.metrics.conductance import Array, conduction_current, device_voltage, warn_of_unresolved
from studies.results.figure_table import Row, figure_table, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.results.trace import Trace


@dataclass(frozen=True, eq=False, repr=False)
class RetentionMetrics:
    """How long a state lasted; ``print`` shows it with units.

    ``retention_time`` [s] is nan if the criterion was not met until ``observed_until`` [s]: then it is longer.
    ``kept`` is the part of the state that is left at the end. ``time`` [s], ``conductance`` [``conductance_unit``] and
    ``part``, all of shape (n,), are the course, times counted from the end of programming.
    """

    retention_time: float
    criterion: float
    observed_until: float
    kept: float
    conductance_start: float
    conductance_end: float
    time: Array
    conductance: Array
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


@checked()
def retention_time(
    time: ArrayLike,
    conductance: ArrayLike,
    *,
    criterion: float = 0.5,
    toward: float | None = None,
    conductance_unit: str = "S",
) -> RetentionMetrics:
    """Return the retention of ``conductance`` [``conductance_unit``] at ``time`` [s] since the end of programming.

    Both have the shape (n,), n at least 2; times increase and begin at 0 or later. ``criterion`` is the part,
    between 0 and 1, that must be kept: of the conductance, or of its distance to ``toward``, that of the other
    state. In an interval that begins at 0 s, which has no logarithm, the straight line is against time.
    Raises IncompatibleError or OutOfRangeError.

    >>> retention_time([1, 10, 100], [1e-3, 6e-4, 2e-4], criterion=0.4).retention_time.__round__(3)
    31.623
    """
    t, g = np.asarray(time, dtype=float), np.asarray(conductance, dtype=float)
    _check_course(t, g, criterion, toward)
    part = np.minimum(g / g[0], g[0] / g) if toward is None else (g - toward) / (g[0] - toward)
    lost = np.flatnonzero(part <= criterion)
    return RetentionMetrics(
        retention_time=_crossing(t, part, criterion, int(lost[0])) if lost.size else float("nan"),
        criterion=float(criterion),
        observed_until=float(t[-1]),
        kept=float(part[-1]),
        conductance_start=float(g[0]),
        conductance_end=float(g[-1]),
        time=t,
        conductance=g,
        part=part,
        conductance_unit=conductance_unit,
    )


@checked()
def retention(
    trace: Trace,
    *,
    programmed: float = 0.0,
    criterion: float = 0.5,
    toward: float | None = None,
    at_rest: Trace | None = None,
) -> RetentionMetrics:
    """Return the retention seen by the readings of ``trace`` that follow ``programmed`` [s], the end of programming.

    Every later sample with a voltage is a reading, all at one source voltage, because an I-V is curved. Its
    conductance is that of the device without displacement current; the first one is what has to be kept.
    ``at_rest`` is the trace of the same rest at 0 V: ions that flow back drive a current of their own, which
    is then taken off. ``criterion`` and ``toward`` [S, S/m^2 or S/m] are those of ``retention_time``.
    Currents below their error by round-off are taken as large as they can be, with a ModelWarning: the part that is
    kept is then an upper bound.
    Raises IncompatibleError, also where a current flows against its voltage, which is no conductance.
    """
    voltage = device_voltage(trace)
    use = (trace.time >= programmed - rounding(programmed)) & (np.abs(voltage) > 1e-9 * np.abs(voltage).max())
    read, time = trace.voltage[use], trace.time[use]
    if read.size and np.ptp(read) > 1e-6 * np.abs(read).max():
        raise IncompatibleError(
            f"the readings are at {read.min():g} to {read.max():g} V; they must be at one voltage: "
            "give the time at which programming has ended (RetentionReads.begin)."
        )
    current, error = conduction_current(trace)[use], trace.current_error[use]
    if at_rest is not None:
        current = current - np.interp(time, at_rest.time, conduction_current(at_rest))
        error = error + np.interp(time, at_rest.time, at_rest.current_error)
    warn_of_unresolved("the current of the readings", current, error, trace.current_unit)
    current = np.where(np.abs(current) <= error, np.sign(voltage[use]) * (np.abs(current) + error), current)
    against = current * voltage[use] < 0
    if against.any():
        raise IncompatibleError(
            f"at {time[against][0]:g} s the current flows against the read voltage, driven by ions that flow back: "
            "give at_rest, the same rest at 0 V (RetentionReads.rest), or read with SmallSignalReads."
        )
    return retention_time(
        np.where(time <= programmed + rounding(programmed), 0.0, time - programmed),
        current / voltage[use],
        criterion=criterion,
        toward=toward,
        conductance_unit=unit("conductance", trace.current_unit),
    )


def _check_course(t: Array, g: Array, criterion: float, toward: float | None) -> None:
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
    if toward is None and g.min() <= 0:
        raise OutOfRangeError(
            "smallest conductance of a retention", float(g.min()), "positive, or give toward"
        )
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
