r"""Activation energy of a thermally activated time, with its error, and extrapolation.

A retention time (or a switching time, a relaxation time) that one barrier limits follows the Arrhenius law

.. math:: t(T) = t_0 \, e^{E_a / kT}, \qquad \ln t = \ln t_0 + E_a \, x, \quad x = 1/kT.

Log-linear least squares: every time has the same relative error. With the residual variance s^2 of n points, the
standard error of E_a is :math:`s / \sqrt{S_{xx}}`, and the confidence interval of the line at x is

.. math:: \ln t \pm q_{n-2} \, s \sqrt{1/n + (x - \bar x)^2 / S_{xx}}

with the quantile q of Student's distribution (Draper and Smith, Applied Regression Analysis, 1998, section 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array
from studies.results.figure_table import Row, figure_table, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Extrapolation:
    """A time [s] at ``temperature`` [K], between ``low`` and ``high`` [s] at ``confidence`` (of the fitted line)."""

    temperature: float
    time: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, eq=False, repr=False)
class ArrheniusFit:
    """A fit of the Arrhenius law; ``print`` shows it with units.

    ``activation_energy`` and ``standard_error`` are in eV, ``prefactor`` t_0 in s. ``scatter`` is the standard
    deviation of ln t about the line. ``temperatures`` [K] and ``times`` [s], of shape (n,), are what was fitted.
    """

    activation_energy: float
    standard_error: float
    prefactor: float
    scatter: float
    temperatures: Array
    times: Array

    @property
    def _x(self) -> Array:
        """1/kT [1/eV] of the points."""
        return ELEMENTARY_CHARGE / (BOLTZMANN * self.temperatures)

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the confidence interval of the activation energy [eV]."""
        reach = _quantile(confidence, self.times.size) * self.standard_error
        return self.activation_energy - reach, self.activation_energy + reach

    def extrapolate(self, temperature: float, confidence: float = 0.95) -> Extrapolation:
        """Return the time at ``temperature`` [K] with the confidence interval of the line.

        The interval is that of the law's scatter only: that the same barrier limits there is assumed.
        """
        kelvin = positive("temperature [K]", temperature)
        x = ELEMENTARY_CHARGE / (BOLTZMANN * kelvin)
        mean, n = self._x.mean(), self.times.size
        spread = np.sqrt(1 / n + (x - mean) ** 2 / np.sum((self._x - mean) ** 2))
        reach = _quantile(confidence, n) * self.scatter * spread
        log = np.log(self.prefactor) + self.activation_energy * x
        with np.errstate(over="ignore"):
            time, low, high = (float(np.exp(log + d)) for d in (0.0, -reach, reach))
        return Extrapolation(kelvin, time, low, high, confidence)

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        return [
            ("activation_energy", self.activation_energy, "eV"),
            ("standard_error", self.standard_error, "eV"),
            ("prefactor", self.prefactor, "s"),
            ("scatter", self.scatter, "1"),
            ("points", float(self.times.size), ""),
        ]

    def __repr__(self) -> str:
        return figure_table("ArrheniusFit", self.rows())

    def plot(
        self, ax: Axes | None = None, *, to_temperature: float | None = None, confidence: float = 0.95
    ) -> Axes:
        """Return axes with the times against 1000/T, the line and its confidence band, to another temperature [K]."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        ends = [*self.temperatures, *([] if to_temperature is None else [to_temperature])]
        grid = 1 / np.linspace(1 / max(ends), 1 / min(ends), 101)
        line = [self.extrapolate(float(k), confidence) for k in grid]
        ax.fill_between(1e3 / grid, [p.low for p in line], [p.high for p in line], alpha=0.2, linewidth=0)
        label = f"{self.activation_energy:.3g} ± {self.standard_error:.1g} eV"
        ax.plot(1e3 / grid, [p.time for p in line], label=label)
        ax.plot(1e3 / self.temperatures, self.times, "o")
        ax.set(yscale="log", xlabel="1000 / T [1/K]", ylabel="Time [s]")
        ax.legend()
        return ax


@checked()
def arrhenius(temperatures: ArrayLike, times: ArrayLike) -> ArrheniusFit:
    """Return the Arrhenius law through ``times`` [s] at ``temperatures`` [K], both of shape (n,), n at least 3.

    Raises IncompatibleError or OutOfRangeError; a time that was not reached (nan) has to be left out.

    >>> fit = arrhenius([300, 350, 400], 1e-12 * np.exp(0.6 / (8.617333262e-5 * np.array([300, 350, 400]))))
    >>> round(fit.activation_energy, 6)
    0.6
    """
    kelvin, t = np.asarray(temperatures, dtype=float), np.asarray(times, dtype=float)
    if kelvin.ndim != 1 or kelvin.shape != t.shape:
        raise IncompatibleError(f"temperatures {kelvin.shape} and times {t.shape} must be two equal lists.")
    if t.size < 3:
        raise OutOfRangeError("number of times for an activation energy", t.size, "at least 3, for its error")
    for name, values in (("temperature [K]", kelvin), ("time [s]", t)):
        bad = values[~((values > 0) & np.isfinite(values))]
        if bad.size:
            raise OutOfRangeError(f"a {name} of an Arrhenius fit", float(bad[0]), "positive and finite")
    if np.ptp(kelvin) == 0:
        raise OutOfRangeError("number of different temperatures", 1, "at least 2")
    x = ELEMENTARY_CHARGE / (BOLTZMANN * kelvin)
    line = stats.linregress(x, np.log(t))
    residual = np.log(t) - line.intercept - line.slope * x
    return ArrheniusFit(
        activation_energy=float(line.slope),
        standard_error=float(line.stderr),
        prefactor=float(np.exp(line.intercept)),
        scatter=float(np.sqrt(np.sum(residual**2) / (t.size - 2))),
        temperatures=kelvin,
        times=t,
    )


def _quantile(confidence: float, points: int) -> float:
    """Return the two-sided quantile of Student's distribution with two degrees of freedom less than points."""
    if not 0 < confidence < 1:
        raise OutOfRangeError("confidence", confidence, "between 0 and 1")
    return float(stats.t.ppf((1 + confidence) / 2, points - 2))
