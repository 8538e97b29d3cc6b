r"""Decays of a current: one or two exponential time constants, or a stretched exponential.

.. math:: y(t) = y_\infty + \sum_k a_k e^{-t/\tau_k} \quad\text{or}\quad y(t) = y_\infty + a\,e^{-(t/\tau)^\beta},\;
          0 < \beta \le 1,

with the time t since the decay began; the second is what dispersive relaxation gives, as of persistent photocurrents
(J. Kakalios, R. A. Street and W. B. Jackson, Phys. Rev. Lett. 59, 1037, 1987). Every sample counts alike, so that
samples at times of equal ratio weigh every decade alike. For given time constants the amplitudes are a linear
least-squares solution; only the former are searched, from a grid over all times that the samples can tell apart. One
constant or two are compared by :math:`\mathrm{BIC} = n\ln(\mathrm{RSS}/n) + k\ln n` with n samples and k parameters
(G. Schwarz, Ann. Statist. 6, 461, 1978): the smaller one is better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import any_of, anything, array, each, instance, optional
from fem.transient.times import rounding
from studies.metrics.conductance import Array, conduction_current, is_unresolved
from studies.results.figure_table import Row, figure_table
from studies.results.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Constants = Literal[1, 2, "stretched"]
_PER_DECADE = 6  # time constants on the grid per decade of time
_SMALLEST_STRETCH = 0.05
_LONGEST = 3.0  # times the length of the decay: a longer time constant is not seen in it
FEWEST = {1: 5, 2: 8, "stretched": 6}
_EXACT = 1e-12  # of the span of the data: residuals below it are rounding


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DecayFit:
    """A fitted decay; ``print`` shows it with units, calling it with times [s] since ``start`` gives its values.

    ``time_constants`` [s], ascending, and ``amplitudes`` [``unit``], shape (k,), with standard errors in
    ``time_constant_errors`` and ``amplitude_errors``; ``offset`` is what is left in the end; ``stretching`` is β, 1 if
    not stretched. ``bic`` is that of every model tried. ``time`` [s] since ``start`` [s] and ``values``, both of shape
    (n,), are the data; ``residual`` is their root-mean-square distance from the fit.
    """

    model: str
    time_constants: Array
    time_constant_errors: Array
    amplitudes: Array
    amplitude_errors: Array
    offset: float
    offset_error: float
    stretching: float
    stretching_error: float
    residual: float
    bic: Mapping[str, float]
    start: float
    time: Array
    values: Array
    unit: str

    def __call__(self, time: ArrayLike) -> Array:
        """Return the fit at times [s] since its start, shape as given."""
        t = np.asarray(time, dtype=float)[..., None]
        return self.offset + np.sum(
            self.amplitudes * np.exp(-((t / self.time_constants) ** self.stretching)), axis=-1
        )

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        rows: list[Row] = [("model", self.model, "")]
        for k, tau in enumerate(self.time_constants):
            rows += [
                (f"time_constant_{k + 1}", float(tau), "s"),
                ("  standard error", float(self.time_constant_errors[k]), "s"),
                (f"amplitude_{k + 1}", float(self.amplitudes[k]), self.unit),
                ("  standard error", float(self.amplitude_errors[k]), self.unit),
            ]
        rows += [("offset", self.offset, self.unit), ("  standard error", self.offset_error, self.unit)]
        if self.model == "stretched":
            rows += [("stretching", self.stretching, "1"), ("  standard error", self.stretching_error, "1")]
        return [
            *rows,
            ("residual", self.residual, self.unit),
            *((f"BIC, {m}", b, "") for m, b in self.bic.items()),
        ]

    def __repr__(self) -> str:
        return figure_table("DecayFit", self.rows())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with the data and the fit against the logarithm of the time since the start."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        later = self.time > 0
        fine = np.geomspace(self.time[later][0], self.time[-1], 300)
        ax.semilogx(self.time[later], self.values[later], ".", label="data")
        ax.semilogx(fine, self(fine), label=self.model)
        ax.set(xlabel="Time since the decay began [s]", ylabel=f"Current [{self.unit}]")
        ax.legend()
        return ax


@checked(constants=optional(anything), data=any_of(instance(Trace), each(array, 2, 2)))
def decay(
    data: Trace | tuple[ArrayLike, ArrayLike],
    *,
    constants: Constants | None = None,
    start: float | None = None,
    end: float | None = None,
    unit: str = "A",
) -> DecayFit:
    """Return the fit of a decay: the current of a Trace, without displacement current, or (time [s], values).

    The decay lasts from ``start`` to ``end`` [s], from the largest |value| to the last sample if not given; samples may
    be spaced in any way. ``constants``: 1, 2, or "stretched"; None takes one or two, whichever has the smaller BIC and
    relaxes within the data.
    ``unit``: that of values which are no Trace. Currents of a Trace below their error by round-off are left out.
    Raises OutOfRangeError if the data do not decay: there is too little after the largest value, they grow, or they
    relax for longer than they last; IncompatibleError for arrays that do not fit together.

    >>> t = np.geomspace(1e-3, 10, 60)
    >>> decay((t, 1e-9 + 4e-9 * np.exp(-t / 0.5)), constants=1).time_constants.round(6).tolist()
    [0.5]
    """
    if not isinstance(constants, str | int | None) or constants not in (None, 1, 2, "stretched"):
        raise OutOfRangeError(
            "constants of a decay", constants, "1, 2, 'stretched', or None to choose 1 or 2"
        )
    time, values, unit = _data(data, unit)
    begin = float(time[np.argmax(np.abs(values))]) if start is None else float(start)
    until = np.inf if end is None else float(end) + rounding(end)
    use = (time >= begin - rounding(begin)) & (time <= until)
    t, y = np.maximum(time[use] - begin, 0.0), values[use]
    tried: tuple[Constants, ...] = (constants,) if constants is not None else (1, 2)
    _check_decays(t, y, FEWEST[tried[0]])
    found = {m: _fitted(t, y, m) for m in tried if t.size >= FEWEST[m]}
    bic = {_name(m): _bic(t, y, m, p) for m, p in found.items()}
    slow = {m: float(np.exp(p[1] if m == 2 else p[0])) for m, p in found.items()}
    seen = [m for m in found if slow[m] <= _LONGEST * t[-1]]
    if not seen:
        slowest = min(slow.values())
        raise OutOfRangeError(
            "time constant of the decay [s]", slowest, f"at most {_LONGEST:g} times its length, {t[-1]:g} s: "
            "the data do not decay, or not within their time",
        )  # fmt: skip
    model = min(seen, key=lambda m: bic[_name(m)])
    return _described(t, y, model, found[model], bic, begin, unit)


def _data(data: Trace | tuple[ArrayLike, ArrayLike], unit: str) -> tuple[Array, Array, str]:
    """Return times [s], values and their unit."""
    if isinstance(data, Trace):
        known = ~is_unresolved(data)
        return data.time[known], conduction_current(data)[known], data.current_unit
    time, values = (np.asarray(a, dtype=float) for a in data)
    if time.ndim != 1 or time.shape != values.shape:
        raise IncompatibleError(
            f"time {time.shape} and values {values.shape} must be two lists of equal length."
        )
    if not (np.isfinite(time).all() and np.isfinite(values).all()):
        raise OutOfRangeError("time or value of a decay", float("nan"), "finite")
    if time.size < 2 or not np.all(np.diff(time) > 0):
        raise OutOfRangeError("time of a decay", f"{time.size} samples", "at least 2, strictly increasing")
    return time, values, unit


def _check_decays(t: Array, y: Array, fewest: int) -> None:
    """Raise OutOfRangeError unless there are samples which fall in size."""
    if t.size < fewest:
        raise OutOfRangeError(
            "samples of the decay", int(t.size), f"at least {fewest}: the data do not decay after their largest "
            "value, or not for long; see start",
        )  # fmt: skip
    if not abs(y[0]) > abs(y[-1]):
        raise OutOfRangeError(
            "last value of the decay",
            float(y[-1]),
            f"smaller than its first one, {y[0]:.6g}: the data do not decay",
        )


def _name(model: Constants) -> str:
    """Return the model in words."""
    return "stretched" if model == "stretched" else {1: "one constant", 2: "two constants"}[model]


def _shapes(t: Array, model: Constants, parameters: Array) -> Array:
    """Return the columns that the amplitudes multiply, the constant last; shape (n, k + 1)."""
    if model == "stretched":
        taus, beta = np.exp(parameters[:1]), parameters[1]
    else:
        taus, beta = np.exp(parameters), 1.0
    return np.column_stack([*(np.exp(-((t / tau) ** beta)) for tau in taus), np.ones_like(t)])


def _solved(t: Array, y: Array, model: Constants, parameters: Array) -> tuple[Array, Array]:
    """Return amplitudes with the offset, and the residuals (n,)."""
    shapes = _shapes(t, model, parameters)
    amplitudes = np.linalg.lstsq(shapes, y, rcond=None)[0]
    return amplitudes, shapes @ amplitudes - y


def _fitted(t: Array, y: Array, model: Constants) -> Array:
    """Return the logarithms of the time constants, and β behind that of a stretched exponential."""
    scale = float(np.ptp(y))
    low, high = np.log(np.min(np.diff(t)) / 3), np.log(30 * t[-1])
    grid = np.linspace(low, high, max(8, int(_PER_DECADE * (high - low) / np.log(10))))

    def misfit(parameters: Array) -> Array:
        return _solved(t, y, model, parameters)[1] / scale

    starts: list[tuple[float, ...]] = [(g,) for g in grid]
    bounds: tuple[list[float], list[float]] = ([low - 1], [high + 3])
    if model == 2:
        starts = list(combinations(grid.tolist(), 2))
        bounds = (bounds[0] * 2, bounds[1] * 2)
    elif model == "stretched":
        starts = [(g, b) for g in grid for b in (0.3, 0.5, 0.7, 0.9)]
        bounds = ([bounds[0][0], _SMALLEST_STRETCH], [bounds[1][0], 1.0])
    best = min(starts, key=lambda s: float(np.sum(misfit(np.array(s)) ** 2)))
    found = least_squares(misfit, np.array(best), bounds=bounds, xtol=1e-13, ftol=1e-13, gtol=1e-13).x
    return np.asarray(np.sort(found) if model == 2 else found, dtype=float)


def _bic(t: Array, y: Array, model: Constants, parameters: Array) -> float:
    """Return the Bayesian information criterion, with residuals of rounding at least."""
    amplitudes, residual = _solved(t, y, model, parameters)
    floor = (_EXACT * float(np.ptp(y))) ** 2 * t.size
    rss = max(float(residual @ residual), floor)
    return float(t.size * np.log(rss / t.size) + (amplitudes.size + parameters.size) * np.log(t.size))


def _standard_errors(jacobian: Array, residual: Array) -> Array:
    """Return those of the parameters; columns are scaled, for the slope by a time constant is as small as the data."""
    size = np.linalg.norm(jacobian, axis=0)
    size[size == 0] = 1.0
    scaled = jacobian / size
    inverse = np.linalg.pinv(scaled.T @ scaled, rcond=1e-14)
    variance = float(residual @ residual) / max(jacobian.shape[0] - jacobian.shape[1], 1)
    return np.asarray(np.sqrt(np.maximum(np.diag(inverse), 0.0) * variance) / size, dtype=float)


def _described(
    t: Array, y: Array, model: Constants, parameters: Array, bic: Mapping[str, float], begin: float, unit: str
) -> DecayFit:
    """Return the fit with its standard errors, from the Jacobian of all parameters."""
    amplitudes, residual = _solved(t, y, model, parameters)
    shapes = _shapes(t, model, parameters)
    columns = [shapes]
    for k in range(parameters.size):
        step = np.zeros_like(parameters)
        step[k] = 1e-6
        slope = (_shapes(t, model, parameters + step) - _shapes(t, model, parameters - step)) / 2e-6
        columns.append((slope @ amplitudes)[:, None])
    errors = _standard_errors(np.hstack(columns), residual)
    count = amplitudes.size - 1
    taus = np.exp(parameters[:count])
    stretched = model == "stretched"
    return DecayFit(
        model=_name(model),
        time_constants=taus,
        time_constant_errors=taus * errors[count + 1 : 2 * count + 1],
        amplitudes=amplitudes[:-1],
        amplitude_errors=errors[:count],
        offset=float(amplitudes[-1]),
        offset_error=float(errors[count]),
        stretching=float(parameters[1]) if stretched else 1.0,
        stretching_error=float(errors[-1]) if stretched else 0.0,
        residual=float(np.sqrt(np.mean(residual**2))),
        bic=dict(bic),
        start=begin,
        time=t,
        values=y,
        unit=unit,
    )
