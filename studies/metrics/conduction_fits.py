r"""Fits of conduction laws to ln I.

With the standard error σ of ln I, which is the relative one of I, and k parameters of n samples,

.. math:: \mathrm{AICc} = \chi^2 + 2k + \frac{2k(k+1)}{n-k-1},\qquad \mathrm{BIC} = \chi^2 + k\ln n

(K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference, 2nd ed., Springer 2002, chapter 2;
G. Schwarz, Ann. Statist. 6, 461, 1978).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from studies.metrics.conductance import Array
from studies.metrics.conduction_laws import Law

FEWEST = 6  #: samples of a range
_STARTS = 16
_ROUNDS = 8
_EDGE = 1e-3  # relative, from the ends of a range of shapes


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Sizes of voltage [V], ascending, ln of those of current, their standard errors, temperatures [K]; all (n,).

    ``known`` says whether there are temperatures, 1 otherwise, and ``several`` whether they differ.
    """

    voltage: Array
    log_current: Array
    sigma: Array
    temperature: Array
    known: bool

    @property
    def beta(self) -> Array:
        """q/kT [1/V], shape (n,); 1 without temperatures."""
        return (
            ELEMENTARY_CHARGE / (BOLTZMANN * self.temperature) if self.known else np.ones_like(self.voltage)
        )

    @property
    def several(self) -> bool:
        """Whether there is more than one temperature."""
        return bool(np.ptp(self.temperature) > 0)

    def part(self, begin: int, end: int) -> Samples:
        """Return samples ``begin`` to ``end`` (exclusive)."""
        return self._of(slice(begin, end))

    def every(self, stride: int) -> Samples:
        """Return the samples 0, ``stride``, 2 ``stride`` ..."""
        return self._of(slice(None, None, stride))

    def _of(self, which: slice) -> Samples:
        own = (getattr(self, n)[which] for n in ("voltage", "log_current", "sigma", "temperature"))
        voltage, current, sigma, temperature = own
        return Samples(
            voltage=voltage, log_current=current, sigma=sigma, temperature=temperature, known=self.known
        )


@dataclass(frozen=True)
class Solution:
    """The least squares of a law: ``parameters`` in the order of `names`, its χ², and what forbids it, or ""."""

    law: Law
    parameters: tuple[float, ...]
    chi_square: float
    objection: str


def names(law: Law, several: bool) -> tuple[str, ...]:
    """Return the parameters of a law: "a", "barrier" if temperatures tell it, "shape" if it has one."""
    return (
        "a",
        *(("barrier",) if several and law.activated else ()),
        *(("shape",) if law.shape is not None else ()),
    )


def log_current(law: Law, found: Sequence[float], voltage: Array, beta: Array, kelvin: Array) -> Array:
    """Return ln I of a law with parameters "a", "barrier" and "shape" (0 for those it has not), shape (n,)."""
    a, barrier, shape = found
    total = a + law.fixed(voltage, beta, kelvin) + barrier * law.slope(beta, shape)
    return total if law.shape is None else total + law.shape(voltage, beta, shape)


def solved(law: Law, samples: Samples) -> Solution:
    """Return the least squares of ``law``."""
    problem = _Problem(law, samples)
    if law.shape is None or law.linear:
        parameters, residual = problem.at(None)
        bad = law.shape is not None and parameters[-1] <= 0
        objection = "ln I bends the other way" if bad else ""
    else:
        shape, objection = problem.search()
        inner, residual = problem.at(shape)
        parameters = (*inner, shape)
    return Solution(law, parameters, float(residual @ residual), objection)


class _Problem:
    """The weighted least squares of one law, linear but for the shape of some laws."""

    def __init__(self, law: Law, samples: Samples) -> None:
        self.law, self.v, self.beta = law, samples.voltage, samples.beta
        self.weight = 1 / samples.sigma
        self.barrier = samples.several and law.activated
        self.y = (samples.log_current - law.fixed(self.v, self.beta, samples.temperature)) * self.weight

    def at(self, shape: float | None) -> tuple[tuple[float, ...], Array]:
        """Return linear parameters, and residuals over their errors; with the ``shape`` of a law that is not linear."""
        law, y = self.law, self.y
        columns = [self.weight]
        if self.barrier:
            columns.append(law.slope(self.beta, shape or 1.0) * self.weight)
        if law.shape is not None:
            course = law.shape(self.v, self.beta, 1.0 if shape is None else shape) * self.weight
            if shape is None:
                columns.append(course)
            else:
                y = y - course
        found, left = _least_squares(columns, y)
        return tuple(map(float, found)), left

    def search(self) -> tuple[float, str]:
        """Return the best shape of a law that is not linear in it, and why it is none, or ""."""
        reach = {
            "voltage": self.v.max(),
            "field": (self.beta * self.v).max(),
            "beta": self.beta.mean(),
        }[self.law.reach]
        low, high = (np.log(limit / reach) for limit in self.law.shape_range)
        starts = np.linspace(low, high, _STARTS)
        sizes = self._sizes(np.exp(starts))
        log_shape = self._polished(float(starts[int(np.argmin(sizes))]), low, high, min(sizes))
        if log_shape < low + _EDGE:
            return float(np.exp(low)), f"its {self.law.symbol} is too small to be told from nothing"
        if log_shape > high - _EDGE:
            return float(np.exp(high)), f"its {self.law.symbol} is too large"
        return float(np.exp(log_shape)), ""

    def _sizes(self, shapes: Array) -> list[float]:
        """Return χ² at each of the ``shapes``, without a barrier of all at once."""
        law, w = self.law, self.weight
        if self.barrier or law.shape is None:
            return [float(r @ r) for r in (self.at(float(s))[1] for s in shapes)]
        left = self.y - law.shape(self.v, self.beta, shapes[:, None]) * w
        left = left - np.outer(left @ w / (w @ w), w)
        return [float(x) for x in np.sum(left**2, axis=1)]

    def _polished(self, start: float, low: float, high: float, size: float) -> float:
        """Return ln s after steps of Gauss and Newton with the linear parameters eliminated."""
        at, step = start, 1e-4
        residual = self.at(float(np.exp(at)))[1]
        for _ in range(_ROUNDS):
            slope = (self.at(float(np.exp(at + step)))[1] - residual) / step
            move = -float(slope @ residual) / max(float(slope @ slope), 1e-300)
            for _ in range(6):
                trial = float(np.clip(at + move, low, high))
                found = self.at(float(np.exp(trial)))[1]
                if found @ found <= size * (1 + 1e-12):
                    break
                move /= 2
            else:
                return at
            done, at, residual, size = abs(trial - at) < 1e-6, trial, found, float(found @ found)
            if done:
                break
        return at


def _least_squares(columns: list[Array], y: Array) -> tuple[Array, Array]:
    """Return coefficients and residuals; one column needs no factorisation."""
    if len(columns) == 1:
        (c,) = columns
        found = np.array([float(c @ y) / float(c @ c)])
        return found, y - found[0] * c
    matrix = np.column_stack(columns)
    size = np.linalg.norm(matrix, axis=0)
    found = np.linalg.lstsq(matrix / size, y, rcond=1e-13)[0] / size
    return found, y - matrix @ found


def standard_errors(
    solution: Solution, samples: Samples, known_noise: bool
) -> dict[str, tuple[float, float]]:
    """Return parameters with standard errors, by lmfit from the least squares on; the shape by its logarithm."""
    from lmfit import Parameters, minimize

    law, order = solution.law, names(solution.law, samples.several)
    values = dict(zip(order, solution.parameters, strict=True))
    by_log = law.shape is not None and values["shape"] > 0
    start = Parameters()
    for name, value in values.items():
        start.add(name, value=np.log(value) if name == "shape" and by_log else value)
    v, beta, kelvin = samples.voltage, samples.beta, samples.temperature

    def residual(given: Any) -> Array:
        now = {name: given[name].value for name in order}
        if by_log:
            now["shape"] = np.exp(np.clip(now["shape"], -600.0, 600.0))
        found = now["a"], now.get("barrier", 0.0), now.get("shape", 0.0)
        with np.errstate(all="ignore"):
            left = (samples.log_current - log_current(law, found, v, beta, kelvin)) / samples.sigma
        return np.nan_to_num(left, nan=1e6, posinf=1e6, neginf=-1e6)

    done = minimize(residual, start, method="leastsq", scale_covar=not known_noise, max_nfev=200)
    found = {}
    for name in order:
        value, error = float(done.params[name].value), done.params[name].stderr
        error = float("nan") if error is None else float(error)
        if name == "shape" and by_log:
            value = float(np.exp(value))
            error *= value
        found[name] = value, error
    return found
