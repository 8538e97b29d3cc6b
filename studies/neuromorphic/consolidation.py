r"""From short- to long-term memory: what is left after a train of pulses, against the number of its pulses.

After N pulses the conductance relaxes from its first reading; the fit is that of ``studies.decay``, a stretched
exponential unless said otherwise (T. Chang, S.-H. Jo and W. Lu, ACS Nano 5, 7669, 2011, on a memristor; T. Ohno et al.,
Nat. Mater. 10, 591, 2011, on an atomic switch). The retained share is :math:`(G_\mathrm{end} - G_0)/(G_1 - G_0)` with
the conductances before the train, after it and at the last reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, one_of, positive, whole
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array
from studies.metrics.decay import FEWEST, DecayFit, decay
from studies.neuromorphic.schedule import Schedule
from studies.neuromorphic.subject import as_subject
from studies.progress import progress_line
from studies.protocols.protocol import Protocol
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NO_CHANGE = 1e-9  # a relative change below it is round-off
_MODELS: dict[str, Any] = {"one": 1, "two": 2, "stretched": "stretched"}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Consolidation:
    """Decays after trains of pulses; ``print`` shows the figures with units.

    ``counts``: pulses of each train, ascending, shape (n,). ``before`` [``unit``], shape (n,), the conductances before
    the trains, ``conductance`` [``unit``], shape (n, m), those at ``time`` [s] after them, shape (m,). ``fits``: the
    decays of the change, None where there is none, for the ``reasons`` in words. ``relaxation_time`` [s], shape (n,),
    is the longest time of each fit, nan where there is none.
    """

    counts: Array
    time: Array
    before: Array
    conductance: Array
    fits: tuple[DecayFit | None, ...]
    reasons: tuple[str, ...]
    unit: str

    @classmethod
    @checked(model=one_of(tuple(_MODELS)))
    def from_data(
        cls,
        counts: ArrayLike,
        time: ArrayLike,
        before: ArrayLike,
        conductance: ArrayLike,
        *,
        model: str = "stretched",
        unit: str = "S",
    ) -> Consolidation:
        """Return the figures of measured conductances [``unit``], shape (n, m), at times [s] after the trains.

        ``model``: ``"one"`` or ``"two"`` exponentials, or ``"stretched"``.
        Raises IncompatibleError or OutOfRangeError.
        """
        n, t, g0, g = (np.asarray(x, dtype=float) for x in (counts, time, before, conductance))
        _check(n, t, g0, g)
        order = np.argsort(n)
        n, g0, g = n[order], g0[order], g[order]
        found = [_decay(t, g[k], g0[k], _MODELS[model], unit) for k in range(n.size)]
        return cls(
            counts=n,
            time=t,
            before=g0,
            conductance=g,
            fits=tuple(fit for fit, _ in found),
            reasons=tuple(reason for _, reason in found),
            unit=unit,
        )

    @property
    def relaxation_time(self) -> Array:
        """The longest time of each fit [s], shape (n,); nan where there is none."""
        return np.array([f.time_constants[-1] if f is not None else np.nan for f in self.fits])

    @property
    def retained(self) -> Array:
        """The share of the change that is left at the last reading [1], shape (n,); nan where there was none."""
        change = self.conductance[:, 0] - self.before
        none = np.abs(change) <= _NO_CHANGE * self.before
        return np.where(none, np.nan, (self.conductance[:, -1] - self.before) / np.where(none, 1.0, change))

    def rows(self) -> list[Row]:
        """Return (name, value, unit): relaxation time and retained share of each train."""
        rows: list[Row] = []
        for k, count in enumerate(self.counts):
            rows.append((f"relaxation time after {count:g}", float(self.relaxation_time[k]), "s"))
            rows.append((f"retained at {self.time[-1]:.3g} s after {count:g}", float(self.retained[k]), "1"))
        return rows

    def __repr__(self) -> str:
        alike = {why: [f"{n:g}" for n, w in zip(self.counts, self.reasons, strict=True) if w == why]
                 for why in dict.fromkeys(self.reasons) if why}  # fmt: skip
        notes = [f"after {', '.join(counts)} pulses: {why}" for why, counts in alike.items()]
        return figure_table("Consolidation", self.rows(), "; ".join(notes))

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the change of the conductance against the time after each train, and the fits."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        later = self.time > 0
        fine = np.geomspace(self.time[later][0], self.time[-1], 200)
        for k, count in enumerate(self.counts):
            change, fit = self.conductance[k] - self.before[k], self.fits[k]
            (points,) = axes.semilogx(self.time[later], change[later], "o", label=f"{count:g} pulses")
            if fit is not None:
                own = fine[fine >= fit.start]
                axes.semilogx(own, np.sign(change[0]) * fit(own - fit.start), color=points.get_color())
        axes.set(xlabel="Time since the train [s]", ylabel=f"Change of the conductance [{self.unit}]")
        axes.legend()
        return axes


@checked(
    subject=anything,
    counts=each(whole(1, 1_000_000), 1),
    times=each(positive, 2),
    model=one_of(tuple(_MODELS)),
)
def consolidation(
    subject: Any,
    pulse: Protocol,
    counts: Sequence[int],
    times: Sequence[float],
    read: Read,
    *,
    model: str = "stretched",
    progress: bool | None = None,
) -> Consolidation:
    """Return the decays after trains of ``counts`` pulses, read ``times`` [s] after them, each from the begin.

    ``pulse``: what is repeated, with the rest between: ``PulseTrain(1.0, 1e-3, interval=1e-3, rise=1e-6, count=1)``.
    A time lasts from the end of the train to the end of the read voltage, and must leave room for the reads.
    What was measured becomes figures by ``Consolidation.from_data``.
    Raises IncompatibleError or OutOfRangeError, and what the subject raises.
    """
    subject = as_subject(subject)
    waits = _waits(times, read)
    _check_counts(np.asarray(counts))
    found = []
    with progress_line("short to long term", progress) as line:
        for k, count in enumerate(counts):
            line.to(k / len(counts), f"{count} pulses")
            schedule = Schedule(read)
            schedule.read()
            schedule.write(pulse * int(count))
            for wait in waits:
                schedule.wait(wait)
                schedule.read()
            found.append(schedule.run(subject, energies=False))
    values = np.array([answer.conductance for answer in found])
    return Consolidation.from_data(
        np.array(counts),
        np.array(times),
        values[:, 0],
        values[:, 1:],
        model=model,
        unit=found[0].conductance_unit,
    )


def _check(n: Array, t: Array, g0: Array, g: Array) -> None:
    """Raise unless conductances after trains of n pulses at times t [s] go together."""
    if n.ndim != 1 or t.ndim != 1 or g0.shape != n.shape or g.shape != (n.size, t.size) or t.size < 2:
        raise IncompatibleError(
            f"counts {n.shape}, times {t.shape}, conductances {g0.shape} before and {g.shape} after "
            "must be (n,), (m,), (n,) and (n, m), with two times at least."
        )
    if not (np.isfinite(t).all() and t[0] >= 0 and (np.diff(t) > 0).all()):
        raise OutOfRangeError("times after a train [s]", t.tolist(), "0 or later, and increasing")
    if not (np.isfinite(g0).all() and np.isfinite(g).all() and min(g0.min(), g.min()) > 0):
        raise OutOfRangeError("smallest conductance", float(min(g0.min(), g.min())), "positive and finite")
    _check_counts(n)


def _check_counts(n: Array) -> None:
    """Raise OutOfRangeError unless numbers of pulses differ."""
    if not n.min() >= 1 or np.unique(n).size < n.size:
        raise OutOfRangeError("numbers of pulses", n.tolist(), "at least 1, and each once")


def _waits(times: Sequence[float], read: Read) -> list[float]:
    """Return the rests [s] before the reads that end at ``times`` [s]; raises OutOfRangeError without room."""
    whole_read, ready = read.rest + 2 * read.rise + read.plateau, read.rest + read.rise + read.plateau
    waits = [times[0] - ready, *(b - a - whole_read for a, b in pairwise(times))]
    for k, wait in enumerate(waits):
        if wait < -1e-9 * times[k]:
            raise OutOfRangeError(
                f"time {times[k]:g} s after the train: rest before its read [s]", wait, "zero or more"
            )
    return waits


def _decay(t: Array, g: Array, before: float, model: Any, unit: str) -> tuple[DecayFit | None, str]:
    """Return the decay of the change, or why there is none."""
    change = g - before
    if np.abs(change).max() <= _NO_CHANGE * before:
        return None, "no change of the conductance"
    if np.abs(change[-1]) >= np.abs(change[0]) * (1 - _NO_CHANGE):
        return None, "the data do not decay within their times"
    if t.size < FEWEST[model]:
        return None, f"no fit of {t.size} times: it needs {FEWEST[model]}"
    try:
        return decay((t, np.sign(change[0]) * change), constants=model, start=float(t[0]), unit=unit), ""
    except OutOfRangeError as error:
        return None, str(error)
