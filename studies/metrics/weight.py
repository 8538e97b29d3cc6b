r"""How a synaptic weight is updated by equal pulses: nonlinearity, symmetry and range of the conductance.

After n of N pulses the conductance is, with :math:`\alpha = N/A`,

.. math:: G(n) = G_0 + (G_N - G_0)\,\frac{1 - e^{-n/A}}{1 - e^{-N/A}},

in potentiation and in depression (P.-Y. Chen, X. Peng and S. Yu, IEEE Trans. Comput.-Aided Des. Integr. Circuits Syst.
37, 3067, 2018), where depression counts its pulses from the largest conductance. α is 0 for a straight line, positive
where the first pulses do most, negative where the last ones do. NL is what their program calls nonlinearity, up to 9:
the largest distance of the curve from the diagonal, both axes from 0 to 1, over 0.07; to it the depression that begins
steeply has a negative one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array
from studies.results.figure_table import Row, figure_table

_FEWEST = 4
_LARGEST = 200.0  # |α|: all of the change in the first, or in the last pulse
_LABEL = 0.07 * np.sqrt(2)  # largest deviation from the straight line at NL = 1


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WeightUpdate:
    """Figures of potentiation and depression; ``print`` shows them with units.

    ``alpha``s and ``nonlinearity``s as above, positive where the first pulses do most. ``asymmetry`` is the sum of both
    nonlinearities, 0 for a depression that runs the potentiation backwards (NL of potentiation less that of depression
    with their signs). ``symmetry_error``: mean distance of the two curves, one of them backwards, relative to the
    range. ``dynamic_range``: largest over smallest conductance. ``fit_error``: root-mean-square distance from the
    formula, relative to the range. Depression figures are nan if not given.
    """

    pulses_potentiation: int
    pulses_depression: int
    alpha_potentiation: float
    alpha_depression: float
    nonlinearity_potentiation: float
    nonlinearity_depression: float
    asymmetry: float
    symmetry_error: float
    dynamic_range: float
    smallest: float
    largest: float
    fit_error: float
    unit: str

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        names = [n for n in self.__dataclass_fields__ if n != "unit"]
        units = {"smallest": self.unit, "largest": self.unit}
        return [(n, float(getattr(self, n)), units.get(n, "1")) for n in names]

    def __repr__(self) -> str:
        return figure_table("WeightUpdate", self.rows())


@checked()
def weight_update(
    potentiation: ArrayLike, depression: ArrayLike | None = None, *, unit: str = "S"
) -> WeightUpdate:
    """Return the figures of the conductances before the first and after each pulse, [``unit``].

    ``potentiation``, shape (pulses + 1,), rises from its first to its last value, ``depression``, shape (pulses + 1,),
    falls; equal numbers of pulses are not needed. Raises IncompatibleError or OutOfRangeError.

    >>> pulses = np.arange(65)
    >>> up = 1e-6 + 9e-6 * (1 - np.exp(-pulses / 20)) / (1 - np.exp(-64 / 20))
    >>> round(weight_update(up, up[::-1]).alpha_potentiation, 6)
    3.2
    """
    up = _checked("potentiation", potentiation, 1)
    down = None if depression is None else _checked("depression", depression, -1)
    alpha_up, error_up = _alpha(up)
    alpha_down, error_down = _alpha(down) if down is not None else (np.nan, 0.0)
    both = up if down is None else np.concatenate((up, down))
    labels = [_label(a) for a in (alpha_up, alpha_down)]
    return WeightUpdate(
        pulses_potentiation=up.size - 1,
        pulses_depression=0 if down is None else down.size - 1,
        alpha_potentiation=alpha_up,
        alpha_depression=alpha_down,
        nonlinearity_potentiation=labels[0],
        nonlinearity_depression=labels[1],
        asymmetry=abs(labels[0] + labels[1]),
        symmetry_error=float("nan") if down is None else _symmetry_error(up, down),
        dynamic_range=float(both.max() / both.min()),
        smallest=float(both.min()),
        largest=float(both.max()),
        fit_error=max(error_up, error_down),
        unit=unit,
    )


def _checked(name: str, values: ArrayLike, sign: int) -> Array:
    """Return conductances as an array, or raise if they are no course of that direction."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or array.size < _FEWEST:
        raise IncompatibleError(
            f"{name} has shape {array.shape}; it must be one list of at least {_FEWEST} values."
        )
    if not (np.isfinite(array).all() and array.min() > 0):
        raise OutOfRangeError(
            f"smallest conductance of the {name}", float(array.min()), "positive and finite"
        )
    if not sign * (array[-1] - array[0]) > 0:
        raise OutOfRangeError(
            f"change of the conductance in the {name}",
            float(array[-1] - array[0]),
            "positive" if sign > 0 else "negative",
        )
    return array


def _shape(part: Array, alpha: float) -> Array:
    """Return the change done after a part of the pulses, from 0 to 1."""
    if abs(alpha) < 1e-9:
        return part
    if alpha < 0:  # the same backwards, without the exponentials of large numbers
        return 1 - _shape(1 - part, -alpha)
    return np.asarray(np.expm1(-alpha * part) / np.expm1(-alpha))


def _alpha(values: Array) -> tuple[float, float]:
    """Return α and the root-mean-square distance from the formula, relative to the change."""
    done = (values - values[0]) / (values[-1] - values[0])
    part = np.linspace(0.0, 1.0, values.size)

    def misfit(root: float) -> float:
        return float(np.mean((_shape(part, root * abs(root)) - done) ** 2))

    edge = np.sqrt(_LARGEST)
    grid = np.linspace(-edge, edge, 201)
    best = int(np.argmin([misfit(r) for r in grid]))
    bounds = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    root = minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return float(root * abs(root)), float(np.sqrt(misfit(root)))


def _label(alpha: float) -> float:
    """Return NL: the largest deviation from the straight line over that of NL = 1, with the sign of α."""
    if np.isnan(alpha) or abs(alpha) < 1e-9:
        return alpha
    a = abs(alpha)
    place = np.log(a / -np.expm1(-a)) / a  # where the slope of the curve is 1
    return float(np.sign(alpha) * (_shape(np.array(place), a) - place) / _LABEL)


def _symmetry_error(up: Array, down: Array) -> float:
    """Return the mean distance of potentiation and depression run backwards, relative to the range."""
    part = np.linspace(0.0, 1.0, up.size)
    back = np.interp(part, np.linspace(0.0, 1.0, down.size), down[::-1])
    span = max(up.max(), down.max()) - min(up.min(), down.min())
    return float(np.mean(np.abs(up - back)) / span)
