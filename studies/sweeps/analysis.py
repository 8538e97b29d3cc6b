r"""What a series says: trends with the parameter, and the variability over seeds or cycles.

A trend is a least-squares line, against :math:`\log_{10}` of the parameter where that spans a decade or more, so
that its slope is a change per decade, beside Spearman's rank correlation, which asks for no straight line.

Switching voltages are weakest-link statistics: the first of many paths to percolate switches the device. Their
distribution is therefore compared with that of Weibull,

.. math:: F(V) = 1 - \exp[-(|V| / V_{63})^\beta]

(Long et al., IEEE Electron Device Lett. 2013, 34, 999), by maximum likelihood without an offset. It is often poor at
high percentiles (Raghavan, Microelectron. Eng. 2017, doi 10.1016/j.mee.2017.05.007), hence the distance beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy import stats

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_CONFIDENCE = 0.95


@dataclass(frozen=True, repr=False)
class Trend:
    """The line of a figure against a parameter; ``print`` shows it with units.

    ``slope`` and its ``standard_error`` are in ``unit``: per decade of the parameter if ``per_decade``, else per its
    unit. ``intercept`` is the value at log10 x = 0 or x = 0. ``rank_correlation`` is Spearman's, between -1 and 1;
    nan if the figure is the same everywhere. ``points`` runs had the figure, ``missing`` had not.
    """

    figure: str
    parameter: str
    slope: float
    standard_error: float
    intercept: float
    unit: str
    per_decade: bool
    rank_correlation: float
    points: int
    missing: int

    @property
    def direction(self) -> str:
        """Return "rises" or "falls", or "no clear trend" if a slope of 0 lies within the 95 % confidence interval."""
        reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, self.points - 2)) * self.standard_error
        if abs(self.slope) <= reach or self.slope == 0:
            return "no clear trend"
        return "rises" if self.slope > 0 else "falls"

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        return [
            ("slope", self.slope, self.unit),
            ("standard_error", self.standard_error, self.unit),
            ("rank_correlation", self.rank_correlation, "1"),
            ("points", float(self.points), ""),
            ("missing", float(self.missing), ""),
            ("direction", self.direction, ""),
        ]

    def __repr__(self) -> str:
        return figure_table(f"Trend of {self.figure} with {self.parameter}", self.rows())


@checked()
def trend(data: xr.Dataset, figure: str, *, log: bool | None = None) -> Trend:
    """Return the trend of ``figure`` in a series; ``log`` is whether against log10 of the parameter.

    Without ``log`` it is if the parameter is positive and spans a decade or more. Runs without the figure are left
    out. Raises UnknownNameError, or OutOfRangeError for fewer than three points.
    """
    x, y, along = _points(data, figure)
    use = np.isfinite(y)
    if np.count_nonzero(use) < 3:
        raise OutOfRangeError(f"number of runs with {figure}", int(np.count_nonzero(use)), "at least 3")
    per_decade = _is_log(x) if log is None else log
    if per_decade and x[use].min() <= 0:
        raise OutOfRangeError(f"smallest {along}", float(x[use].min()), "positive on a logarithmic scale")
    line = stats.linregress(np.log10(x[use]) if per_decade else x[use], y[use])
    same = np.ptp(y[use]) == 0
    below = "decade" if per_decade else str(data[along].attrs.get("units", "1"))
    return Trend(
        figure=figure,
        parameter=along,
        slope=float(line.slope),
        standard_error=float(np.nan_to_num(line.stderr)),  # scipy: nan for equal values
        intercept=float(line.intercept),
        unit=f"{data[figure].attrs.get('units') or '1'} per {below}",
        per_decade=per_decade,
        rank_correlation=float("nan") if same else float(stats.spearmanr(x[use], y[use]).statistic),
        points=int(np.count_nonzero(use)),
        missing=int(np.count_nonzero(~use)),
    )


@checked()
def plot_series(data: xr.Dataset, figure: str, ax: Axes | None = None) -> Axes:
    """Return axes with ``figure`` against the parameter of a series, on a logarithmic axis over a decade or more."""
    import matplotlib.pyplot as plt

    x, y, along = _points(data, figure)
    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    order = np.argsort(x)
    ax.plot(x[order], y[order], "o-")
    if _is_log(x):
        ax.set_xscale("log")
    name = str(data[along].attrs.get("long_name", along)).capitalize()
    ax.set_xlabel(f"{name} [{data[along].attrs.get('units') or '1'}]")
    ax.set_ylabel(f"{figure.replace('_', ' ')} [{data[figure].attrs.get('units') or '1'}]")
    return ax


@dataclass(frozen=True, eq=False, repr=False)
class Variability:
    """Statistics of a figure over seeds, devices or cycles; ``print`` shows them with units.

    ``standard_deviation`` is that of a sample (n - 1), ``coefficient_of_variation`` that over the size of the mean.
    ``quantiles`` maps a probability to a value. ``weibull_shape`` (the Weibull slope) and ``weibull_scale`` (63 %)
    are those of |values|, ``weibull_distance`` the largest distance of the distribution functions (Kolmogorov);
    nan if signs differ, a value is 0, all are equal, or there are fewer than three. ``values``: sorted, shape (n,).
    """

    name: str
    unit: str
    mean: float
    standard_deviation: float
    coefficient_of_variation: float
    quantiles: dict[float, float]
    weibull_shape: float
    weibull_scale: float
    weibull_distance: float
    values: Array
    missing: int

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        rows: list[Row] = [
            ("values", float(self.values.size), ""),
            ("missing", float(self.missing), ""),
            ("mean", self.mean, self.unit),
            ("standard_deviation", self.standard_deviation, self.unit),
            ("coefficient_of_variation", self.coefficient_of_variation, "1"),
        ]
        rows += [(f"quantile {p:g}", v, self.unit) for p, v in self.quantiles.items()]
        rows += [("weibull_shape", self.weibull_shape, "1"), ("weibull_scale", self.weibull_scale, self.unit)]
        return [*rows, ("weibull_distance", self.weibull_distance, "1")]

    def __repr__(self) -> str:
        return figure_table(f"Variability of {self.name or 'the values'}", self.rows())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with a Weibull plot: ln(-ln(1 - F)) against |value|, with the fit as a straight line."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        size = np.sort(np.abs(self.values))
        rank = (np.arange(1, size.size + 1) - 0.3) / (size.size + 0.4)  # median ranks
        ax.semilogx(size, np.log(-np.log(1 - rank)), "o")
        if np.isfinite(self.weibull_shape):
            label = f"slope {self.weibull_shape:.3g}, 63 % at {self.weibull_scale:.3g} {self.unit}"
            ax.plot(size, self.weibull_shape * np.log(size / self.weibull_scale), label=label)
            ax.legend()
        ax.set(xlabel=f"|{self.name or 'value'}| [{self.unit}]", ylabel="ln(-ln(1 - F))")
        return ax


@checked()
def variability(
    values: xr.DataArray | ArrayLike, *, quantiles: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)
) -> Variability:
    """Return the statistics of ``values``, shape (n,), such as ``data["V_set"]`` of a series over seeds.

    nan (a run that failed, a cycle that did not switch) is left out and counted as missing. ``quantiles`` are
    probabilities from 0 to 1. Raises IncompatibleError or OutOfRangeError.
    """
    labelled = isinstance(values, xr.DataArray)
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise IncompatibleError(f"values have shape {array.shape}; they must be one list.")
    own = np.sort(array[np.isfinite(array)])
    if own.size < 2:
        raise OutOfRangeError("number of values for a variability", int(own.size), "at least 2")
    for p in quantiles:
        if not 0 <= p <= 1:
            raise OutOfRangeError("probability of a quantile", p, "between 0 and 1")
    mean, deviation = float(own.mean()), float(own.std(ddof=1))
    shape, scale, distance = _weibull(own)
    return Variability(
        name=str(values.name or "") if labelled else "",  # type: ignore[union-attr]
        unit=str(values.attrs.get("units") or "1") if labelled else "1",  # type: ignore[union-attr]
        mean=mean,
        standard_deviation=deviation,
        coefficient_of_variation=deviation / abs(mean) if mean else float("nan"),
        quantiles={float(p): float(np.quantile(own, p)) for p in quantiles},
        weibull_shape=shape,
        weibull_scale=scale,
        weibull_distance=distance,
        values=own,
        missing=int(array.size - own.size),
    )


def _weibull(values: Array) -> tuple[float, float, float]:
    """Return shape, scale and distance of the Weibull distribution of |values|, nan if there is none."""
    size = np.abs(values)
    if values.size < 3 or np.ptp(np.sign(values)) or size.min() == 0 or np.ptp(size) <= 1e-12 * size.max():
        return np.nan, np.nan, np.nan
    shape, _, scale = stats.weibull_min.fit(size, floc=0)
    distance = stats.kstest(size, stats.weibull_min(shape, scale=scale).cdf).statistic
    return float(shape), float(scale), float(distance)


def _points(data: xr.Dataset, figure: str) -> tuple[Array, Array, str]:
    """Return parameter and figure of all runs, each of shape (n,), and the name of the parameter."""
    along = str(data.attrs.get("parameter", ""))
    if along not in data.variables:
        raise IncompatibleError("the Dataset has no parameter; it must be one that studies.series returned.")
    known = [str(n) for n, v in data.data_vars.items() if v.dims == (along,)]
    if figure not in known:
        raise UnknownNameError("figure of the series", figure, known)
    return data[along].values.astype(float), data[figure].values.astype(float), along


def _is_log(x: Array) -> bool:
    """Return whether the parameter is positive and spans a decade or more."""
    return bool(x.min() > 0 and x.max() >= 10 * x.min())
