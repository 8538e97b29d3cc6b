r"""Paired-pulse facilitation and depression: what a pulse does shortly after another one.

With the responses :math:`A_1` and :math:`A_2` of two equal pulses, the index is :math:`A_2/A_1` in %, and

.. math:: \frac{A_2 - A_1}{A_1} = \sum_k c_k e^{-\Delta t/\tau_k}

over the interval :math:`\Delta t`, with one or two times (R. S. Zucker and W. G. Regehr, Annu. Rev. Physiol. 64, 355,
2002): two where their AICc says so (``studies.metrics.laws``), none where that of a constant is smaller. Amplitudes are
positive in facilitation, negative in depression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, instance, one_of, optional, positive
from fem.transient.times import rounding
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array, conduction_current, warn_of_unresolved
from studies.metrics.laws import LawFit, fit_laws, parameters
from studies.metrics.laws import aicc as aicc_of
from studies.neuromorphic.schedule import Schedule
from studies.neuromorphic.subject import as_subject
from studies.progress import progress_line
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.neuromorphic.subject import Subject

Response = Literal["end", "peak"]
_RESPONSES = ("end", "peak")
_LAWS = ("one exponential", "two exponentials")
_LONGEST = 3.0  # times the longest interval: what relaxes later is not seen to relax
_NO_CHANGE = 1e-9  # a relative change below it is round-off
_FLAT = 1e-6  # of the amplitude: a voltage closer to the top is on it


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PairedPulse:
    """Responses to pairs of pulses; ``print`` shows the figures with units.

    ``interval`` [s] from the end of the first pulse to the begin of the second one, ascending, ``first`` and ``second``
    [``unit``] the responses, all of shape (n,). ``fit``: the law of ``change`` [1] over the interval, None for the
    ``reason`` in words; ``aicc`` that of each law tried.
    """

    interval: Array
    first: Array
    second: Array
    fit: LawFit | None
    aicc: Mapping[str, float]
    reason: str
    unit: str

    @classmethod
    @checked()
    def from_data(
        cls,
        interval: ArrayLike,
        first: ArrayLike,
        second: ArrayLike,
        *,
        offset: bool = False,
        unit: str = "A",
    ) -> PairedPulse:
        """Return the figures of measured responses [``unit``] at intervals [s], all of shape (n,).

        ``offset``: of what is left after a long interval, as in a device that also remembers for long.
        Raises IncompatibleError or OutOfRangeError, also for responses of no or of different sign.
        """
        t, a, b = (np.asarray(x, dtype=float) for x in (interval, first, second))
        if t.ndim != 1 or not t.shape == a.shape == b.shape or t.size == 0:
            raise IncompatibleError(
                f"intervals {t.shape} and responses {a.shape}, {b.shape} must be lists of equal length."
            )
        for name, values in (("an interval [s]", t), ("a response", a), ("a response", b)):
            if not np.isfinite(values).all():
                raise OutOfRangeError(name, float("nan"), "finite")
        _check_intervals(t)
        if not (a * a[0] > 0).all():
            raise OutOfRangeError("a first response", float(a[a * a[0] <= 0][0]), "of one sign, and not 0")
        order = np.argsort(t)
        t, a, b = t[order], a[order], b[order]
        fit, aicc, reason = _fitted(t, b / a - 1, offset)
        return cls(interval=t, first=a, second=b, fit=fit, aicc=aicc, reason=reason, unit=unit)

    @property
    def index(self) -> Array:
        """A2/A1 [%], shape (n,): above 100 % in facilitation."""
        return 100 * self.second / self.first

    @property
    def change(self) -> Array:
        """(A2 - A1)/A1 [1], shape (n,)."""
        return self.second / self.first - 1

    @property
    def kind(self) -> str:
        """Return "facilitation", "depression", "none", or "both" where the change has two signs."""
        change = self.change[np.abs(self.change) > _NO_CHANGE]
        if not change.size:
            return "none"
        return "facilitation" if (change > 0).all() else "depression" if (change < 0).all() else "both"

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        rows: list[Row] = [
            ("kind", self.kind, ""),
            (f"index at {self.interval[0]:.4g} s", float(self.index[0]), "%"),
            (f"index at {self.interval[-1]:.4g} s", float(self.index[-1]), "%"),
        ]
        if self.fit is not None:
            rows += [("law", self.fit.law, ""), *self.fit.rows("1")]
        return [*rows, *((f"AICc, {law}", value, "") for law, value in self.aicc.items())]

    def __repr__(self) -> str:
        return figure_table("PairedPulse", self.rows(), self.reason)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the index against the interval, and the fit."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        axes.semilogx(self.interval, self.index, "o", label="A2/A1")
        if self.fit is not None:
            fine = np.geomspace(self.interval[0], self.interval[-1], 200)
            axes.semilogx(fine, 100 * (1 + self.fit(fine)), label=self.fit.law)
        axes.axhline(100.0, color="0.7", linewidth=1)
        axes.set(xlabel="Interval [s]", ylabel="Paired-pulse index [%]")
        axes.legend()
        return axes


@checked(
    subject=anything, intervals=each(positive, 1), read=optional(instance(Read)), response=one_of(_RESPONSES)
)
def paired_pulse(
    subject: Any,
    pulse: Protocol,
    intervals: Sequence[float],
    *,
    read: Read | None = None,
    response: Response = "end",
    offset: bool = False,
    progress: bool | None = None,
) -> PairedPulse:
    """Return the responses to pairs of a ``pulse``, ``intervals`` [s] apart, each from the begin of the subject.

    The response is the current, without displacement, at the ``"end"`` of the pulse's top, or its ``"peak"`` there.
    With a ``read`` it is the conductance after the pulse above that before the pair; the interval then is at least as
    long as the read with its rest and edges. ``offset`` is that of ``PairedPulse.from_data``, which makes the
    figures of what was measured.
    Raises IncompatibleError or OutOfRangeError, and what the subject raises.
    """
    subject = as_subject(subject)
    _check_intervals(np.asarray(intervals, dtype=float))
    if not np.abs(pulse.levels).max() > 0:
        raise OutOfRangeError("largest voltage of the pulse [V]", 0.0, "other than 0")
    waits = [_wait(interval, read) for interval in intervals]
    found, unit = [], ""
    with progress_line("paired pulses", progress) as line:
        for k, interval in enumerate(intervals):
            line.to(k / len(intervals), f"{interval:.3g} s")
            if read is None:
                *pair, unit = _currents(subject, pulse, interval, response)
            else:
                *pair, unit = _changes(subject, pulse, waits[k], read)
            found.append(pair)
    first, second = np.array(found, dtype=float).T
    return PairedPulse.from_data(np.array(intervals), first, second, offset=offset, unit=unit)


def _currents(
    subject: Subject, pulse: Protocol, interval: float, response: Response
) -> tuple[float, float, str]:
    """Return the currents of both pulses and their unit."""
    both = pulse + Rest(interval, pulse.segments[-1].end) + pulse
    top = np.abs(pulse.levels).max()
    high = np.flatnonzero(np.abs(pulse.levels) > top * (1 - _FLAT))
    span = pulse.corners[high[0]], pulse.corners[high[-1]]
    later = float(both.corners[len(pulse.segments) + 1])
    spans = [span, (span[0] + later, span[1] + later)]
    welcome = [np.linspace(a, b, 50) for a, b in spans] if response == "peak" else [np.zeros(0)]
    trace = subject.run(both, np.array([t for s in spans for t in s]), np.concatenate(welcome))
    current, values, last = conduction_current(trace), [], []
    for a, b in spans:
        inside = np.flatnonzero((trace.time >= a - rounding(a)) & (trace.time <= b + rounding(b)))
        if not inside.size:
            raise IncompatibleError(f"the trace has no sample in the pulse from {a:g} to {b:g} s.")
        part = current[inside]
        last.append(int(inside[-1]))
        values.append(float(part[-1] if response == "end" else part[np.argmax(np.abs(part))]))
    warn_of_unresolved("the response", current[last], trace.current_error[last], trace.current_unit)
    return values[0], values[1], trace.current_unit


def _check_intervals(interval: Array) -> None:
    """Raise OutOfRangeError unless intervals [s] are positive and differ."""
    if not interval.min() > 0 or np.unique(interval).size < interval.size:
        raise OutOfRangeError("smallest interval [s]", float(interval.min()), "positive, and each once")


def _wait(interval: float, read: Read | None) -> float:
    """Return what is left of an interval [s] after a read; raises OutOfRangeError if that is too long for it."""
    wait = interval if read is None else interval - read.rest - 2 * read.rise - read.plateau
    if wait < -rounding(interval):
        raise OutOfRangeError(
            "interval of paired pulses with a read [s]", interval, f"at least {interval - wait:g}"
        )
    return wait


def _changes(subject: Subject, pulse: Protocol, wait: float, read: Read) -> tuple[float, float, str]:
    """Return by how much the conductance after each pulse is above that before both, and its unit.

    Between the read after the first pulse and the second one it rests for ``wait`` [s] more.
    """
    schedule = Schedule(read)
    schedule.read()
    for rest in (wait, 0.0):
        schedule.write(pulse)
        schedule.read()
        schedule.wait(rest)
    answer = schedule.run(subject, energies=False)
    before, middle, after = answer.conductance
    return float(middle - before), float(after - before), answer.conductance_unit


def _fitted(t: Array, change: Array, offset: bool) -> tuple[LawFit | None, dict[str, float], str]:
    """Return the better law, AICc of all, or why there is none."""
    if np.abs(change).max() <= _NO_CHANGE:
        return None, {}, "the second response is as large as the first one"
    fewest = parameters(_LAWS[0], offset) + 2
    if t.size < fewest:
        return (
            None,
            {},
            f"no fit of {t.size} intervals: it needs {fewest}, and {fewest + 2} for two exponentials",
        )
    fit, aicc = fit_laws(_LAWS, t, change, offset=offset)
    why = _unseen(fit, t, change)
    return (None if why else fit), aicc, why


def _unseen(fit: LawFit, t: Array, change: Array) -> str:
    """Return why the pairs do not show the law that fits them, "" if they do."""
    times, longest = [v for n, v in fit.values.items() if n.startswith("time")], float(t.max())
    if max(times) > _LONGEST * longest:
        return (
            f"no relaxation: the fitted time, {max(times):.3g} s, is far beyond the longest interval, "
            f"{longest:.3g} s"
        )
    size = float(np.abs(change).max())
    spreads = (np.sum(change**2), np.sum((change - change.mean()) ** 2))  # of no change, of a lasting one
    without = min(aicc_of(float(rss) / size**2, 1.0, t.size, k + 1) for k, rss in enumerate(spreads))
    if not fit.aicc < without:
        return (
            f"no law: a change that is the same at all intervals, or none, fits as well (AICc {without:.4g}, that of "
            f"the law {fit.aicc:.4g})"
        )
    return ""
