r"""Spike-timing-dependent plasticity: the change of the weight against the delay of the postsynaptic spike.

:math:`\Delta t = t_\mathrm{post} - t_\mathrm{pre}` between the begins of both spikes, and
:math:`\Delta W = (G - G_0)/G_0`. On either side the window is fitted by :math:`A e^{-|\Delta t|/\tau}` (G.-q. Bi and
M.-m. Poo, J. Neurosci. 18, 10464, 1998). The four forms, by the signs of :math:`\Delta W` at positive and at negative
delays:

============ ============ ========================
``dt > 0``   ``dt < 0``   form
============ ============ ========================
\+           \-           asymmetric Hebbian
\-           \+           asymmetric anti-Hebbian
\+           \+           symmetric Hebbian
\-           \-           symmetric anti-Hebbian
============ ============ ========================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, not_negative, number, one_of, optional, positive, whole
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array
from studies.metrics.laws import LawFit, fit_law, parameters
from studies.neuromorphic.energy import EventEnergies
from studies.neuromorphic.schedule import Schedule
from studies.neuromorphic.spikes import spike_pair
from studies.neuromorphic.subject import as_subject
from studies.progress import progress_line
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.neuromorphic.subject import Subject

Terminal = Literal["post", "pre"]
_LAW = "one exponential"
#: Relative changes below it count as none, unless another one is given.
SMALLEST_CHANGE = 1e-3
_DRIFTS = 2.0  # times the change without spikes: what is more is due to them
_ONE_SIGN = 0.5  # of the sum of sizes: less net change is of two signs
_FORMS = {
    (1, -1): "asymmetric Hebbian",
    (-1, 1): "asymmetric anti-Hebbian",
    (1, 1): "symmetric Hebbian",
    (-1, -1): "symmetric anti-Hebbian",
    (0, 0): "none",
}
_WORDS = {1: "potentiation", -1: "depression", 0: "no change"}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpikeTiming:
    """Changes of the weight against the delay; ``print`` shows the figures with units.

    ``delay`` [s] of the postsynaptic spike, ascending, and ``change`` [1], both of shape (n,). ``form``: one of the
    four, "none", or in words what the sides do. ``fit_after`` and ``fit_before``: the exponential windows over
    abs(delay) at positive and negative delays, None where the side does not change the weight or has too few delays.
    ``smallest_change`` [1] is what counts as none, ``drift`` [1] the change without spikes, nan if not known.
    ``energy``: of a pair at each delay, the first of its repetitions; None if not known.
    """

    delay: Array
    change: Array
    form: str
    fit_after: LawFit | None
    fit_before: LawFit | None
    smallest_change: float
    drift: float
    energy: EventEnergies | None

    @classmethod
    @checked(smallest_change=not_negative)
    def from_data(
        cls,
        delay: ArrayLike,
        change: ArrayLike,
        *,
        smallest_change: float = SMALLEST_CHANGE,
        drift: float | None = None,
        energy: EventEnergies | None = None,
    ) -> SpikeTiming:
        """Return the figures of measured relative changes [1] at delays [s], both of shape (n,).

        ``smallest_change``: changes up to it count as none; give the noise of the measurement. ``drift``: the change
        without spikes, where it is known; changes up to twice that count as none too.
        Raises IncompatibleError or OutOfRangeError, also if one side has fewer than two delays.
        """
        t, w = np.asarray(delay, dtype=float), np.asarray(change, dtype=float)
        _check(t, w)
        order = np.argsort(t)
        t, w = t[order], w[order]
        if drift is not None:
            smallest_change = max(smallest_change, _DRIFTS * abs(drift))
        signs = [_sign(w[side], smallest_change) for side in (t > 0, t < 0)]
        fits = [_window(t, w, side, sign) for side, sign in zip((1, -1), signs, strict=True)]
        return cls(
            delay=t,
            change=w,
            form=_form(*signs),
            fit_after=fits[0],
            fit_before=fits[1],
            smallest_change=smallest_change,
            drift=float("nan") if drift is None else float(drift),
            energy=None if energy is None else energy.at(order),
        )

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        rows: list[Row] = [("form", self.form, "")]
        for name, fit in (("positive delays", self.fit_after), ("negative delays", self.fit_before)):
            if fit is not None:
                rows += [(f"{n.removesuffix('_1')}, {name}", v, u) for n, v, u in fit.rows("1")]
                rows.append((f"residual, {name}", fit.residual, "1"))
        rows += [
            ("most positive change", float(self.change.max()), "1"),
            ("most negative change", float(self.change.min()), "1"),
            ("change without spikes", self.drift, "1"),
            ("counts as no change", self.smallest_change, "1"),
        ]
        return rows + (self.energy.of_each("a pair") if self.energy else [])

    def __repr__(self) -> str:
        return figure_table("SpikeTiming", self.rows())

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the change in % against the delay, and the fitted windows."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        axes.axhline(0.0, color="0.8", linewidth=1)
        axes.axvline(0.0, color="0.8", linewidth=1)
        axes.plot(self.delay, 100 * self.change, "o")
        for fit, side in ((self.fit_after, 1), (self.fit_before, -1)):
            if fit is not None:
                own = side * self.delay[self.delay * side > 0]
                fine = np.linspace(own.min(), own.max(), 200)
                axes.plot(side * fine, 100 * fit(fine))
        axes.set(xlabel="Delay t_post - t_pre [s]", ylabel="Change of the weight [%]", title=self.form)
        return axes


@checked(
    subject=anything,
    delays=each(number, 4),
    terminal=one_of(("post", "pre")),
    pairs=whole(1, 100_000),
    interval=optional(positive),
    smallest_change=not_negative,
)
def spike_timing(
    subject: Any,
    pre: Protocol,
    post: Protocol,
    delays: Sequence[float],
    read: Read,
    *,
    terminal: Terminal = "post",
    pairs: int = 1,
    interval: float | None = None,
    smallest_change: float = SMALLEST_CHANGE,
    progress: bool | None = None,
) -> SpikeTiming:
    """Return the changes of the weight by pairs of spikes, each delay from the begin of the subject.

    ``pre`` and ``post``: spikes [V] on both terminals; of the two the subject's voltage is that of ``terminal`` over
    the other one, so that it sees V_post - V_pre, or the opposite. ``delays`` [s] of the postsynaptic spike, at least
    two of either sign. ``pairs`` are repeated, ``interval`` [s] between them, ten times the longer spike if not given.
    The longest pair is run without its spikes too: the ``drift`` of a subject that is not at rest in the begin, up to
    twice which counts as none. ``smallest_change`` is that of ``SpikeTiming.from_data``, which makes the figures of
    what was measured.
    Raises IncompatibleError or OutOfRangeError, and what the subject raises.
    """
    _check(np.asarray(delays, dtype=float), np.zeros(len(delays)))
    subject, rest = as_subject(subject), interval or 10 * max(pre.duration, post.duration)
    seen = [_seen(pre, post, delay, terminal) for delay in delays]
    nothing = Rest(max(pair.duration for pair in seen), 0.0)
    found, energy = [], []
    with progress_line("spike timing", progress) as line:
        for k, pair in enumerate([*seen, nothing]):
            line.to(k / (len(seen) + 1), f"{delays[k]:+.3g} s" if k < len(seen) else "no spikes")
            change, spent = _changed(subject, pair, pairs, rest, read)
            found.append(change)
            energy.append(spent)
    return SpikeTiming.from_data(
        np.array(delays),
        np.array(found[:-1]),
        smallest_change=smallest_change,
        drift=found[-1],
        energy=EventEnergies.of_all(energy[:-1]),
    )


def _changed(
    subject: Subject, pair: Protocol, pairs: int, rest: float, read: Read
) -> tuple[float, EventEnergies]:
    """Return the relative change by ``pairs`` with a ``rest`` [s] between, the energy of the first."""
    schedule = Schedule(read)
    schedule.read()
    for n in range(pairs):
        schedule.wait(rest if n else 0.0)
        schedule.write(pair)
    schedule.read()
    answer = schedule.run(subject)
    before, after = answer.conductance
    if not before > 0:
        raise OutOfRangeError("conductance before the spikes", float(before), "positive")
    return float(after / before - 1), answer.energy.at([0])


def _seen(pre: Protocol, post: Protocol, delay: float, terminal: Terminal) -> Protocol:
    """Return the voltage of ``terminal`` over the other one; a rest where equal spikes leave none."""
    first, second, later = (pre, post, delay) if terminal == "post" else (post, pre, -delay)
    if delay == 0 and np.array_equal(pre.corners, post.corners) and np.array_equal(pre.levels, post.levels):
        return Rest(pre.duration, 0.0)
    return spike_pair(first, second, later)


def _check(t: Array, w: Array) -> None:
    """Raise unless delays [s] and changes are a window with two delays on either side at least."""
    if t.ndim != 1 or t.shape != w.shape:
        raise IncompatibleError(f"delays {t.shape} and changes {w.shape} must be two lists of equal length.")
    if not (np.isfinite(t).all() and np.isfinite(w).all()):
        raise OutOfRangeError("delay [s] or change of the weight", float("nan"), "finite")
    if w.size and w.min() < -1:
        raise OutOfRangeError(
            "smallest change of the weight",
            float(w.min()),
            "-1 or more: relative to the weight before, not in %",
        )
    if np.unique(t).size < t.size:
        raise OutOfRangeError("number of different delays", int(np.unique(t).size), f"{t.size}: each once")
    for name, side in (("positive", t > 0), ("negative", t < 0)):
        if np.count_nonzero(side) < 2:
            raise OutOfRangeError(f"number of {name} delays", int(np.count_nonzero(side)), "at least 2")


def _sign(change: Array, smallest: float) -> int | None:
    """Return the sign of the changes on one side, 0 for none and None for two signs."""
    seen = change[np.abs(change) > smallest]
    if not seen.size:
        return 0
    net = float(seen.sum())
    return int(np.sign(net)) if abs(net) >= _ONE_SIGN * float(np.abs(seen).sum()) else None


def _form(after: int | None, before: int | None) -> str:
    """Return the form, or in words what both sides do."""
    if after is not None and before is not None and (after, before) in _FORMS:
        return _FORMS[after, before]
    words = ["two signs" if s is None else _WORDS[s] for s in (after, before)]
    return f"{words[0]} after, {words[1]} before"


def _window(t: Array, w: Array, side: int, sign: int | None) -> LawFit | None:
    """Return the exponential of one side; None where there is none to fit."""
    own = t * side > 0
    if not sign or np.count_nonzero(own) < parameters(_LAW, False) + 2:
        return None
    order = np.argsort(t[own] * side)
    return fit_law(_LAW, (t[own] * side)[order], w[own][order])
