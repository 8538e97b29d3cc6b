r"""By which law a state is lost: exponentially, as by ions that drift back, or dispersively, as from traps.

Ions that relax through one barrier lose a state by :math:`e^{-t/\tau}`; a wide distribution of barriers or of release
times loses it by a power law or a stretched exponential (J. Kakalios, R. A. Street and W. B. Jackson, Phys. Rev. Lett.
59, 1037, 1987). The laws of ``studies.metrics.laws`` are fitted to the conductance above that of the other state, or
with an offset that is fitted too, and compared by AICc. A stretched exponential whose exponent is 1 within two standard
errors is an exponential.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import any_of, array, each, instance, not_negative
from studies.metrics.conductance import Array
from studies.metrics.laws import SUPPORT, LawFit, aicc, fit_law, parameters
from studies.metrics.retention import RetentionMetrics
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EXPONENTIAL, _DISPERSIVE = "one exponential", ("stretched exponential", "power law")
_NO_CHANGE = 1e-9  # of the largest conductance: a change below it is round-off
_ERRORS = 2.0  # standard errors


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RetentionLaw:
    """By which law a state is lost; ``print`` shows it with units.

    ``verdict``: "exponential", "power law", "stretched exponential" or "undecided", for the ``reason`` in words.
    ``fits``: all laws by name; ``difference`` is AICc of the exponential less that of the better dispersive law:
    positive speaks for traps. ``time`` [s] and ``conductance`` [``unit``], shape (n,), are the data; ``toward``
    [``unit``] is that of the other state, nan if the offset was fitted.
    """

    verdict: str
    reason: str
    fits: Mapping[str, LawFit]
    difference: float
    time: Array
    conductance: Array
    toward: float
    unit: str

    @property
    def mechanism(self) -> str:
        """Return what the law speaks for: "ions", "traps", or "undecided"."""
        if self.verdict == "undecided":
            return "undecided"
        return "ions" if self.verdict == "exponential" else "traps"

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of the verdict and of every fit."""
        rows: list[Row] = [("verdict", self.verdict, ""), ("speaks for", self.mechanism, "")]
        rows.append(("difference of AICc", self.difference, "1"))
        for law, fit in self.fits.items():
            rows.append((f"AICc, {law}", fit.aicc, "1"))
            rows += [(f"  {name}", value, u) for name, value, u in fit.rows(self.unit)]
        return rows

    def __repr__(self) -> str:
        return figure_table("RetentionLaw", self.rows(), self.reason)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the conductance against the logarithm of time, and all fits."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        axes.semilogx(self.time, self.conductance, "o", label="data")
        fine = np.geomspace(self.time[0], self.time[-1], 200)
        for law, fit in self.fits.items():
            axes.semilogx(fine, fit(fine) + np.nan_to_num(self.toward), label=law)
        axes.set(xlabel="Time since programming [s]", ylabel=f"Conductance [{self.unit}]")
        axes.legend()
        return axes


@checked(data=any_of(instance(RetentionMetrics), each(array, 2, 2)), least_difference=not_negative)
def retention_law(
    data: RetentionMetrics | tuple[ArrayLike, ArrayLike],
    *,
    toward: float | None = None,
    least_difference: float = SUPPORT,
    unit: str = "S",
) -> RetentionLaw:
    """Return the law by which a state is lost: of what ``retention`` returns, or (time [s], conductance [``unit``]).

    Both of shape (n,), times since the end of programming, increasing; one at 0 s, which has no logarithm, is left out.
    ``toward`` [``unit``]: the conductance of the other state, where it is known; else what is left in the end is fitted
    too. Laws that differ by less than ``least_difference`` in AICc are not told apart.
    Raises IncompatibleError or OutOfRangeError for too few samples, or for a state that does not change.

    >>> t = np.geomspace(1.0, 1e4, 30)
    >>> retention_law((t, 1e-6 * t**-0.2), toward=0.0).verdict
    'power law'
    """
    if isinstance(data, RetentionMetrics):
        t, g, unit = data.time, data.conductance, data.conductance_unit
    else:
        t, g = (np.asarray(x, dtype=float) for x in data)
    _check(t, g)
    t, g = t[t > 0], g[t > 0]
    offset = toward is None
    count = max(parameters(law, offset) for law in (_EXPONENTIAL, *_DISPERSIVE)) + 2
    if t.size < count:
        raise OutOfRangeError("readings after 0 s", int(t.size), f"at least {count}")
    if np.ptp(g) <= _NO_CHANGE * np.abs(g).max():
        raise OutOfRangeError(
            "change of the conductance", float(np.ptp(g)), "more than round-off: the state lasts"
        )
    y = g if toward is None else g - toward
    fits = {law: fit_law(law, t, y, offset=offset) for law in (_EXPONENTIAL, *_DISPERSIVE)}
    scaled = y / np.abs(y).max()
    constant = aicc(float(np.sum((scaled - scaled.mean()) ** 2)), 1.0, t.size, 2)
    verdict, reason, difference = _verdict(fits, constant, least_difference)
    return RetentionLaw(
        verdict=verdict,
        reason=reason,
        fits=fits,
        difference=difference,
        time=t,
        conductance=g,
        toward=float("nan") if toward is None else float(toward),
        unit=unit,
    )


def _check(t: Array, g: Array) -> None:
    """Raise unless times and conductances are a course."""
    if t.ndim != 1 or t.shape != g.shape:
        raise IncompatibleError(
            f"time {t.shape} and conductance {g.shape} must be two lists of equal length."
        )
    if not (np.isfinite(t).all() and np.isfinite(g).all()):
        raise OutOfRangeError("time or conductance of a retention", float("nan"), "finite")
    if t.size and t[0] < 0:
        raise OutOfRangeError("first time of a retention [s]", float(t[0]), "0 or later")
    later = np.flatnonzero(np.diff(t) <= 0) + 1
    if later.size:
        k = int(later[0])
        raise OutOfRangeError(
            f"time {k} of a retention [s]",
            float(t[k]),
            f"later than the one before, {t[k - 1]:g}: times come first, then conductances",
        )


def _verdict(fits: Mapping[str, LawFit], constant: float, least: float) -> tuple[str, str, float]:
    """Return the law that the data speak for, why none, and AICc of the exponential less the better dispersive one.

    ``constant``: AICc of a state that lasts.
    """
    stretched = fits["stretched exponential"]
    beta, error = stretched.values["stretching"], stretched.errors["stretching"]
    plain = abs(beta - 1) <= _ERRORS * np.nan_to_num(error) + 1e-6
    rivals = {law: fits[law].aicc for law in _DISPERSIVE if not (plain and law == "stretched exponential")}
    best = min(rivals, key=lambda law: rivals[law])
    difference = fits[_EXPONENTIAL].aicc - rivals[best]
    if min(fit.aicc for fit in fits.values()) > constant - least:
        return "undecided", "a state that lasts fits as well", difference
    if not plain and beta > 1 and best == "stretched exponential":
        return "undecided", f"the state is lost faster than exponentially, stretching {beta:.3g}", difference
    if difference <= -least:
        return "exponential", "", difference
    if difference < least:
        return "undecided", f"AICc differs by {difference:.2g} only", difference
    return best, "", difference
