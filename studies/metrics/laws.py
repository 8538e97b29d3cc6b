r"""Laws of relaxation fitted to data, and which of them the data speak for.

.. math:: y = \sum_k a_k e^{-t/\tau_k}, \quad y = a\,e^{-(t/\tau)^\beta}, \quad y = a\,(t/t_1)^{-n},

each with an offset :math:`y_\infty` where asked for; :math:`t_1` is the first time. Laws are compared by Akaike's
criterion with the correction for few samples,

.. math:: \mathrm{AIC_c} = N\ln\frac{\mathrm{RSS}}{N} + 2k + \frac{2k(k+1)}{N-k-1},

of N samples and k parameters, the variance of the noise among them (C. M. Hurvich and C.-L. Tsai, Biometrika 76, 297,
1989): the smaller is better; a law that is worse by 4 or more has considerably less support (K. P. Burnham and
D. R. Anderson, Sociol. Methods Res. 33, 261, 2004).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import OutOfRangeError
from studies.metrics.conductance import Array
from studies.results.figure_table import Row

#: Differences of AICc below it do not tell two laws apart.
SUPPORT = 4.0
_PER_DECADE = 5  # times on the grid per decade
_EXACT = 1e-12  # of the size of the data: residuals below it are rounding
_STRETCHES = (0.3, 0.5, 0.7, 0.9, 1.0)
_POWERS = (0.05, 0.2, 0.5, 1.0, 2.0)
_STRETCH_BOUNDS = (0.05, 3.0)


@dataclass(frozen=True)
class _Law:
    """How many ``amplitudes`` it has, and the shape parameters: ``times`` [s], by their logarithm, and ``powers``."""

    amplitudes: int
    times: tuple[str, ...]
    powers: tuple[str, ...] = ()


#: Laws by their names.
LAWS = {
    "one exponential": _Law(1, ("time_1",)),
    "two exponentials": _Law(2, ("time_1", "time_2")),
    "stretched exponential": _Law(1, ("time_1",), ("stretching",)),
    "power law": _Law(1, (), ("power",)),
}


@dataclass(frozen=True, eq=False)
class LawFit:
    """A fitted law; calling it with times [s] gives its values.

    ``values`` and standard ``errors`` by name: "amplitude_1" [unit of the data], "time_1" [s], "stretching" [1],
    "power" [1], "offset" [unit of the data]; times ascend. ``residual`` is the root-mean-square distance of the data.
    An error is nan where the data do not tell. ``aicc`` is that of the data over their largest size.
    """

    law: str
    values: Mapping[str, float]
    errors: Mapping[str, float]
    aicc: float
    residual: float
    first: float

    def __call__(self, time: ArrayLike) -> Array:
        """Return the law at times [s], shape as given."""
        t = np.asarray(time, dtype=float)
        shapes = _shapes(LAWS[self.law], t.ravel(), self.first, self.values)
        amplitudes = np.array([self.values[f"amplitude_{k + 1}"] for k in range(shapes.shape[1])])
        return np.asarray((shapes @ amplitudes + self.values.get("offset", 0.0)).reshape(t.shape))

    def rows(self, unit: str) -> list[Row]:
        """Return (name, value with its standard error, unit) of the parameters for data in ``unit``."""
        units = {"amplitude": unit, "offset": unit, "time": "s"}
        return [
            (name, f"{value:.5g} ± {self.errors[name]:.2g}", units.get(name.split("_")[0], "1"))
            for name, value in self.values.items()
        ]


def parameters(law: str, offset: bool) -> int:
    """Return the number of parameters of a law, the variance of the noise among them."""
    one = LAWS[law]
    return one.amplitudes + len(one.times) + len(one.powers) + int(offset) + 1


def aicc(rss: float, size: float, samples: int, count: int) -> float:
    """Return AICc of a sum of squared residuals, of rounding of data of that ``size`` at least; inf if too few."""
    if samples - count - 1 <= 0:
        return float("inf")
    rss = max(rss, samples * (_EXACT * size) ** 2, np.finfo(float).tiny)
    return float(
        samples * np.log(rss / samples) + 2 * count + 2 * count * (count + 1) / (samples - count - 1)
    )


def fit_law(law: str, time: Array, values: Array, *, offset: bool = False) -> LawFit:
    """Return the fit of a law to ``values`` at positive ``time`` [s], both of shape (n,).

    Times are searched from a third of the first to ten times the last one.
    Raises OutOfRangeError if there are too few samples for its AICc, or if all values are zero.
    """
    from lmfit import Minimizer

    count, size = parameters(law, offset), float(np.abs(values).max(initial=0.0))
    if time.size < count + 2:
        raise OutOfRangeError(f"samples for a fit of the {law}", int(time.size), f"at least {count + 2}")
    if not size > 0:
        raise OutOfRangeError(f"largest value for a fit of the {law}", size, "other than 0")
    one, scaled = LAWS[law], values / size

    def misfit(p: Any) -> Array:
        named = _named(one, {name: float(p[name].value) for name in p})
        shapes = _shapes(one, time, time[0], named)
        amplitudes = np.array([named[f"amplitude_{k + 1}"] for k in range(one.amplitudes)])
        return np.asarray(shapes @ amplitudes + named.get("offset", 0.0) - scaled)

    start = _start(one, time, scaled, offset)
    found = Minimizer(misfit, start, nan_policy="raise").leastsq(xtol=1e-13, ftol=1e-13)
    rss = float(np.sum(misfit(found.params) ** 2))
    named, errors = _in_units(one, found.params, size)
    return LawFit(
        law, named, errors, aicc(rss, 1.0, time.size, count), size * float(np.sqrt(rss / time.size)), time[0]
    )


def fit_laws(
    laws: Sequence[str], time: Array, values: Array, *, offset: bool = False
) -> tuple[LawFit, dict[str, float]]:
    """Return the better fit of ``laws``, from the simplest on, and AICc of every law which has enough samples.

    A law takes the place of a simpler one if its AICc is smaller by ``SUPPORT``. Raises OutOfRangeError if there are
    too few samples for the first law.
    """
    found = [fit_law(laws[0], time, values, offset=offset)]
    for law in laws[1:]:
        if time.size >= parameters(law, offset) + 2:
            found.append(fit_law(law, time, values, offset=offset))
    best = found[0]
    for other in found[1:]:
        best = other if other.aicc < best.aicc - SUPPORT else best
    return best, {f.law: f.aicc for f in found}


def _shapes(law: _Law, t: Array, first: float, values: Mapping[str, float]) -> Array:
    """Return what the amplitudes multiply, shape (n, amplitudes)."""
    if not law.times:
        return np.asarray((t / first)[:, None] ** -values["power"])
    power = values.get("stretching", 1.0)
    return np.column_stack([np.exp(-((t / values[name]) ** power)) for name in law.times])


def _named(law: _Law, searched: Mapping[str, float]) -> dict[str, float]:
    """Return the values of searched parameters, in which times are logarithms."""
    return {
        name.removeprefix("log_"): float(np.exp(v)) if name.startswith("log_") else v
        for name, v in searched.items()
    }


def _start(law: _Law, t: Array, y: Array, offset: bool) -> Any:
    """Return lmfit parameters at the best point of a grid, amplitudes by linear least squares."""
    from lmfit import Parameters

    low, high = np.log(t[0] / 3), np.log(10 * t[-1])
    grid = np.linspace(low, high, max(8, int(_PER_DECADE * (high - low) / np.log(10))))
    powers = {"stretching": _STRETCHES, "power": _POWERS}
    places: Any = combinations(grid, len(law.times))
    best: tuple[float, dict[str, float], Array] | None = None
    for times, rest in product(places, product(*(powers[p] for p in law.powers))):
        named = dict(
            zip((*law.times, *law.powers), (*np.exp(np.array(times, dtype=float)), *rest), strict=True)
        )
        shapes = _shapes(law, t, t[0], named)
        if offset:
            shapes = np.column_stack((shapes, np.ones_like(t)))
        a = np.linalg.lstsq(shapes, y, rcond=None)[0]
        rss = float(np.sum((shapes @ a - y) ** 2))
        if best is None or rss < best[0]:
            best = (rss, named, a)
    assert best is not None
    found = Parameters()
    for k in range(law.amplitudes):
        found.add(f"amplitude_{k + 1}", value=float(best[2][k]))
    for name in law.times:
        found.add(f"log_{name}", value=float(np.log(best[1][name])), min=low - 7, max=high + 7)
    for name in law.powers:
        bounds = dict(zip(("min", "max"), _STRETCH_BOUNDS, strict=True)) if name == "stretching" else {}
        found.add(name, value=float(best[1][name]), **bounds)
    if offset:
        found.add("offset", value=float(best[2][-1]))
    return found


def _in_units(law: _Law, found: Any, size: float) -> tuple[dict[str, float], dict[str, float]]:
    """Return values and standard errors in the units of the data, of shorter times first."""
    error = {n: float("nan") if found[n].stderr is None else float(found[n].stderr) for n in found}
    order = sorted(range(len(law.times)), key=lambda k: float(found[f"log_time_{k + 1}"].value))
    if not order:
        order = [0]
    values, errors = {}, {}
    for new, k in enumerate(order):
        values[f"amplitude_{new + 1}"] = size * float(found[f"amplitude_{k + 1}"].value)
        errors[f"amplitude_{new + 1}"] = size * error[f"amplitude_{k + 1}"]
    for new, k in enumerate(order if law.times else []):
        tau = float(np.exp(found[f"log_time_{k + 1}"].value))
        values[f"time_{new + 1}"], errors[f"time_{new + 1}"] = tau, tau * error[f"log_time_{k + 1}"]
    for name in law.powers:
        values[name], errors[name] = float(found[name].value), error[name]
    if "offset" in found:
        values["offset"], errors["offset"] = size * float(found["offset"].value), size * error["offset"]
    return values, errors
