r"""Coefficients that follow the temperature: :math:`a(T) = a(T_0)\,\theta^p e^{-E(1/\theta - 1)}`.

:math:`\theta = T/T_0` with the ambient temperature :math:`T_0`, E in :math:`kT_0`. This holds all data of
materials (constants, powers and Arrhenius laws), their products, and Boltzmann factors of levels. Of gaps that bend
(Varshni) it holds at the ambient temperature and at 1.25 and 1.6 times that: silicon's :math:`n_i^2` within 3e-4 from
300 to 500 K, and 1e-3 from 200 to 300 K.

A table or a formula has a factor more (``fem.forms.curves``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from fem.forms.curves import Curve

_ROUND_OFF = 1e-11  # of a power or an energy
_POINTS = (1.0, 1.25, 1.6)  # temperatures [T0] that tell a law


@dataclass(frozen=True)
class TemperatureLaw:
    """A piecewise constant coefficient; ``power`` and ``energy`` [kT0] are None where they are 0 everywhere.

    ``curve``: None without tables and formulas.
    """

    value: Any
    power: Any = None
    energy: Any = None
    curve: Curve | None = None

    @property
    def constant(self) -> bool:
        """Whether it does not depend on the temperature anywhere."""
        return self.power is None and self.energy is None and self.curve is None

    def __call__(self, warmth: Any = None, side: str | None = None) -> Any:
        """Return the coefficient at the temperature ``warmth`` [T0]; at the ambient one if that is None.

        ``side``: "+" or "-" of an inner facet.
        """
        value, power, energy = (
            part if side is None or part is None else part(side)
            for part in (self.value, self.power, self.energy)
        )
        if warmth is not None and self.curve is not None:
            warmth = self.curve.inside(warmth, side)
            value = value * ufl.exp(self.curve(warmth, side))
        if warmth is not None and energy is not None:
            value = value * ufl.exp(energy * (1 - 1 / warmth))
        if warmth is not None and power is not None:
            value = value * warmth**power
        return value


def power_and_energy(value: Callable[[float], float]) -> tuple[float, float]:
    """Return p and E of a coefficient ``value(theta)``; 0, 0 where it is zero.

    >>> p, e = power_and_energy(lambda t: 3.0 * t**2 * math.exp(-20.0 / t))
    >>> round(p, 9), round(e, 9)
    (2.0, 20.0)
    """
    found = [value(t) for t in _POINTS]
    if not all(v > 0 for v in found):
        return 0.0, 0.0
    # two equations: ln a(t)/a(1) = p ln t + E (1 - 1/t)
    rows = np.array([[math.log(t), 1 - 1 / t] for t in _POINTS[1:]])
    right = np.array([math.log(v) - math.log(found[0]) for v in found[1:]])
    power, energy = np.linalg.solve(rows, right)
    return _cleaned(power), _cleaned(energy)


def slope_and_bend(value: Callable[[float], float]) -> tuple[float, float]:
    """Return s and b of an energy v(theta) = v(1) + s (theta - 1) + b theta ln(theta), exact at the same temperatures.

    That is -kT ln a of a Boltzmann factor a by its power and energy, so that both are one law.

    >>> slope_and_bend(lambda t: 3.0 - 2.0 * (t - 1) + 0.5 * t * math.log(t))
    (-2.0, 0.5)
    """
    here, *found = (value(t) for t in _POINTS)
    rows = np.array([[t - 1, t * math.log(t)] for t in _POINTS[1:]])
    slope, bend = np.linalg.solve(rows, np.array(found) - here)
    return _cleaned(slope), _cleaned(bend)


def _cleaned(value: float) -> float:
    """Return a number without its round-off, if it is one of few digits."""
    short = round(float(value), 9) + 0.0
    return short if abs(value - short) <= _ROUND_OFF * max(1.0, abs(value)) else float(value)
