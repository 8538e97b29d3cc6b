r"""How a quantity of a material goes with the temperature, besides an activation: a power of it, or a gap's law.

Effective densities of states of parabolic bands go with :math:`T^{3/2}` (S. M. Sze and K. K. Ng, Physics of
Semiconductor Devices, 2007, ch. 1); gaps as Y. P. Varshni, Physica 34, 149, 1967, has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fem.errors import OutOfRangeError
from fem.errors.arguments import settle

ROOM_TEMPERATURE = 300.0  #: [K], that of a number which is given without a temperature
_STEEPEST = 20.0


@dataclass(frozen=True)
class PowerLaw:
    r"""A value that goes with a power of the temperature, :math:`a(T) = a_0 (T/T_0)^p`.

    ``value`` a_0 is in the unit of the Datum that holds it, ``exponent`` p a number, ``at`` T_0 [K].

    >>> round(PowerLaw(2.0, 1.5)(1200.0), 9)
    16.0
    """

    value: float
    exponent: float
    at: float = ROOM_TEMPERATURE

    def __post_init__(self) -> None:
        settle(self, "a power law")
        if not self.at > 0:
            raise OutOfRangeError("temperature of a power law [K]", self.at, "positive")
        if not abs(self.exponent) <= _STEEPEST:
            raise OutOfRangeError("exponent of a power law", self.exponent, "from -20 to 20")

    def __call__(self, temperature: Any, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value at ``temperature`` [K], which may be a symbol."""
        return self.value * (temperature / self.at) ** self.exponent

    @property
    def size(self) -> float:
        """The value at ``at``."""
        return self.value

    def __str__(self) -> str:
        return f"{self.value:.6g} (T/{self.at:g} K)^{self.exponent:g}"


@dataclass(frozen=True)
class Varshni:
    r"""A gap that shrinks as the lattice warms, :math:`E(T) = E_0 + \alpha\left(\frac{T_0^2}{T_0 + \beta} -
    \frac{T^2}{T + \beta}\right)`.

    (Y. P. Varshni, Physica 34, 149, 1967, counted from T_0 and not from 0 K.) ``value`` E_0 and ``slope`` α per kelvin
    are in the unit of the Datum that holds it, ``temperature`` β [K], ``at`` T_0 [K]. With β = 0 the gap falls
    by α for each kelvin; a negative α, as lead halides have it, lets it grow.

    >>> round(Varshni(1.124, 4.73e-4, 636.0)(0.0), 4)
    1.1695
    """

    value: float
    slope: float
    temperature: float = 0.0
    at: float = ROOM_TEMPERATURE

    def __post_init__(self) -> None:
        settle(self, "a law of Varshni")
        if not self.at > 0:
            raise OutOfRangeError("temperature at which a gap is given [K]", self.at, "positive")
        if not self.temperature >= 0:
            raise OutOfRangeError(
                "temperature beta of a law of Varshni [K]", self.temperature, "zero or more"
            )

    def __call__(self, temperature: Any, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value at ``temperature`` [K], which may be a symbol."""
        return self.value + self.slope * (self._bend(self.at) - self._bend(temperature))

    def _bend(self, temperature: Any) -> Any:
        if self.temperature == 0.0:
            return temperature
        return temperature * temperature / (temperature + self.temperature)

    @property
    def size(self) -> float:
        """The value at ``at``."""
        return self.value

    def __str__(self) -> str:
        beta = f"; beta {self.temperature:g} K" if self.temperature else ""
        return f"{self.value:.6g} at {self.at:g} K, {-self.slope:+.3g}/K{beta}"
