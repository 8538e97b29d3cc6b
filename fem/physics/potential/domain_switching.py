r"""Domains that switch at a rate: a law of the polarisation, with what it comes to in closed form.

Ferroelectric domains, each up or down, that switch one by one (kinetics limited by nucleation: A. K.
Tagantsev, I. Stolichnov, N. Setter, J. S. Cross and M. Tsukada, Phys. Rev. B 66, 214109, 2002) at the rate of Merz's
law (W. J. Merz, Phys. Rev. 95, 690, 1954),

.. math:: \partial_t P = k(E)\,(P_s - P) - k(-E)\,(P_s + P),\qquad
          k(E) = \frac{1}{\tau_0}e^{-(E_a/E)^n}\;(E > 0),\quad 0\;(E \le 0).

In a constant field P then relaxes exponentially. With several ``classes`` of domains, whose activation fields are
spread, it does so over decades of time, and switching is gradual.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import between, quantity
from fem.physics.potential.polarization_laws import NUMBERS, Numbers, positive

Array = npt.NDArray[np.float64]
_LEAST_EXPONENT = 600.0  # of an exponential; below exp(-600) a rate is none
_MOST_CLASSES = 32


@dataclass(frozen=True, kw_only=True)
class DomainSwitching:
    """Domains that switch one by one: ``remanent_polarization`` P_s [C/m^2] of all of them, up.

    ``activation_field`` E_a [V/m], ``attempt_time`` τ0 [s] and ``exponent`` n of Merz's law. ``classes`` of domains,
    of one share each, whose activation fields are the quantiles of a lognormal distribution about E_a with the
    standard deviation ``spread`` of its logarithm. Raises OutOfRangeError or IncompatibleError.

    >>> law = DomainSwitching.from_coercive_field(
    ...     remanent_polarization=0.08, coercive_field=5e7, ramp_rate=4 * 10.0 * 1e8, attempt_time=1e-9
    ... )  # a triangle of 10 Hz up to 1 MV/cm
    >>> f"{law.activation_field:.3g} {law.coercive_field(4 * 1e4 * 1e8):.3g}"  # at 10 kHz
    '6.97e+08 8.65e+07'
    >>> (law.after(-0.08, 4e7, [5e-3, 20e-3, 100e-3]) / 0.08).round(2).tolist()  # pulses of 0.4 MV/cm
    [-0.75, -0.17, 0.86]
    """

    remanent_polarization: float
    activation_field: float
    attempt_time: float
    exponent: float = 1.0
    classes: int = 1
    spread: float = 0.0

    def __post_init__(self) -> None:
        settle(
            self,
            "DomainSwitching",
            remanent_polarization=quantity(1e-6, 5.0, "C/m^2"),
            activation_field=quantity(1e3, 1e13, "V/m"),
            attempt_time=quantity(1e-18, 1e6, "s"),
            exponent=between(0.01, 100.0),
        )
        for name in ("remanent_polarization", "activation_field", "attempt_time", "exponent"):
            positive(f"{name} of DomainSwitching", getattr(self, name))
        if not (isinstance(self.classes, int) and 1 <= self.classes <= _MOST_CLASSES):
            raise OutOfRangeError(
                "classes of DomainSwitching", self.classes, f"a whole number from 1 to {_MOST_CLASSES}"
            )
        if not (math.isfinite(self.spread) and self.spread >= 0):
            raise OutOfRangeError("spread of DomainSwitching", self.spread, "finite and not negative")
        if (self.classes > 1) != (self.spread > 0):
            raise IncompatibleError(
                f"DomainSwitching has {self.classes} classes and a spread of {self.spread:g}; several classes need "
                "a positive spread, and a spread several classes."
            )

    @classmethod
    def from_coercive_field(
        cls,
        *,
        remanent_polarization: float,
        coercive_field: float,
        ramp_rate: float,
        attempt_time: float,
        **more: Any,
    ) -> DomainSwitching:
        """Return the law that has a ``coercive_field`` [V/m] where the field rises at ``ramp_rate`` [V/(m s)].

        Of a triangle of frequency f and amplitude E_m the ramp rate is 4 f E_m. ``more``: exponent, classes and
        spread. Raises OutOfRangeError where the time to the coercive field is no more than ``attempt_time`` ln 2,
        in which no activation field is so low.
        """
        positive("coercive_field of DomainSwitching", coercive_field)
        positive("ramp_rate of DomainSwitching", ramp_rate)
        start = cls(
            remanent_polarization=remanent_polarization,
            activation_field=coercive_field,
            attempt_time=attempt_time,
            **more,
        )
        time = coercive_field / ramp_rate
        if not time > attempt_time * math.log(2):
            allowed = (
                f"below {time / math.log(2):.3g}, for the field reaches its coercive value in {time:.3g} s"
            )
            raise OutOfRangeError("attempt_time of DomainSwitching [s]", attempt_time, allowed)

        def excess(log_field: float) -> float:
            return (
                replace(start, activation_field=math.exp(log_field)).unswitched(coercive_field, ramp_rate)
                - 0.5
            )

        found = _root(excess, math.log(coercive_field))
        return replace(start, activation_field=math.exp(found))

    @property
    def scale(self) -> float:
        """The remanent polarisation [C/m^2]."""
        return self.remanent_polarization

    @property
    def largest(self) -> float:
        """The remanent polarisation [C/m^2], that of all domains alike."""
        return self.remanent_polarization

    @property
    def time(self) -> float:
        """The attempt time [s]."""
        return self.attempt_time

    @property
    def activation_fields(self) -> tuple[float, ...]:
        """The activation field of each class [V/m]."""
        middles = ((k + 0.5) / self.classes for k in range(self.classes))
        deviations = [NormalDist().inv_cdf(m) if self.classes > 1 else 0.0 for m in middles]
        return tuple(self.activation_field * math.exp(self.spread * d) for d in deviations)

    def rate(self, k: int, p: Any, mean: Any, field: Any, maths: Numbers = NUMBERS) -> Any:
        """Return τ ∂p/∂t; see ``PolarizationLaw``."""
        up, down = (self._speed(k, e, maths) for e in (field, -field))
        return up * (1 - p) - down * (1 + p)

    def _speed(self, k: int, field: Any, maths: Numbers) -> Any:
        """Return τ0 k(E) of a class."""
        least = maths.constant(_LEAST_EXPONENT ** (-1 / self.exponent))
        share = maths.largest(field / maths.constant(self.activation_fields[k]), least)
        return maths.exp(-(1 / share)) if self.exponent == 1 else maths.exp(-((1 / share) ** self.exponent))

    def after(self, polarization: float, electric_field: float, time: npt.ArrayLike) -> Array:
        """Return P [C/m^2] after each ``time`` [s] in a constant ``electric_field`` [V/m], shape of ``time``.

        All classes begin at one and the same share of ``polarization`` [C/m^2].
        """
        p, t = polarization / self.scale, np.asarray(time, dtype=float)
        found = np.zeros_like(t)
        for k in range(self.classes):
            up, down = (float(self._speed(k, e, NUMBERS)) for e in (electric_field, -electric_field))
            end = (up - down) / (up + down)
            found += end + (p - end) * np.exp(-(up + down) * t / self.attempt_time)
        return found * self.scale / self.classes

    def coercive_field(self, ramp_rate: float) -> float:
        r"""Return the field [V/m] at which P is zero, where it rises from 0 at ``ramp_rate`` [V/(m s)].

        All domains were down; :math:`\sum_k e^{-K_k}/m = 1/2` with
        :math:`K_k = \int_0^{E_c} k_k(E)\,dE/\dot E`, which is :math:`K = \ln 2` of one class.
        """
        positive("ramp_rate of DomainSwitching", ramp_rate)
        found = _root(
            lambda x: 0.5 - self.unswitched(math.exp(x), ramp_rate), math.log(self.activation_field)
        )
        return math.exp(found)

    def unswitched(self, field: float, ramp_rate: float) -> float:
        """Return the share of domains still down where the field has risen from 0 to ``field`` [V/m].

        At ``ramp_rate`` [V/(m s)]; twice that of a pulse that comes and goes so: half of it is the rate to give.
        """
        from scipy.integrate import quad

        def switched(k: int) -> float:
            rate, _ = quad(lambda e: self._speed(k, e, NUMBERS), 0.0, field, epsrel=1e-10, limit=200)
            return float(rate) / (ramp_rate * self.attempt_time)

        return sum(math.exp(-switched(k)) for k in range(self.classes)) / self.classes


def _root(function: Callable[[float], float], start: float) -> float:
    """Return the root of a rising function, found from ``start`` outwards."""
    from scipy.optimize import brentq

    low, high = start - 1.0, start + 1.0
    while function(low) > 0:
        low -= 1.0
    while function(high) < 0:
        high += 1.0
    return float(brentq(function, low, high, xtol=1e-12))
