r"""How a ferroelectric polarisation P follows the field E along its polar axis: two laws with a memory.

``LandauKhalatnikov``: one domain in a double well (L. D. Landau and I. M. Khalatnikov, Dokl. Akad. Nauk SSSR 96,
469, 1954),

.. math:: \rho\,\partial_t P = E - (\alpha P + \beta P^3),\qquad
          \alpha = -\frac{3\sqrt3}{2}\frac{E_c}{P_r},\quad \beta = -\frac{\alpha}{P_r^2}.

``DomainSwitching``: many domains, each up or down, that switch one by one (kinetics limited by nucleation: A. K.
Tagantsev, I. Stolichnov, N. Setter, J. S. Cross and M. Tsukada, Phys. Rev. B 66, 214109, 2002) at the rate of Merz's
law (W. J. Merz, Phys. Rev. 95, 690, 1954),

.. math:: \partial_t P = k(E)\,(P_s - P) - k(-E)\,(P_s + P),\qquad
          k(E) = \frac{1}{\tau_0}e^{-(E_a/E)^n}\;(E > 0),\quad 0\;(E \le 0).

In a constant field P then relaxes exponentially. With several ``classes`` of domains, whose activation fields are
spread, it does so over decades of time, and switching is gradual.

Which one. Landau's coercive field is the intrinsic one, at which all of a film turns over at once: one to two orders
of magnitude above what films show, which nucleate domains; given a measured E_c it serves as the double well of a
single domain, and for a film stabilised by a capacitor in series. Preisach's model (F. Preisach, Z. Phys. 94, 277,
1935) gives minor loops by many hysterons, but no time: a pulse of 5 ms writes what one of 500 ms does. Domain
switching is Preisach's picture with time: hysterons that turn over at a rate, so that what is written depends on
height and length of a pulse, the coercive field on the frequency, and a remanent state stays at zero field.

Both are written for p = P/P_r, with a time τ of the law: ``rate`` is :math:`\tau\,\partial_t p`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from statistics import NormalDist
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, OutOfRangeError

Array = npt.NDArray[np.float64]
_LEAST_EXPONENT = 600.0  # of an exponential; below exp(-600) a rate is none
_MOST_CLASSES = 32


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The functions a law is written with; these are for floats and arrays, others for UFL."""

    exp: Callable[[Any], Any] = np.exp
    largest: Callable[[Any, Any], Any] = np.maximum
    constant: Callable[[float], Any] = float  #: so that a number is no part of a compiled form


@runtime_checkable
class PolarizationLaw(Protocol):
    """One or more classes of domains with a polarisation each, between about -1 and 1 of their share."""

    @property
    def scale(self) -> float:
        """The polarisation of all domains at p = 1 [C/m^2]."""

    @property
    def largest(self) -> float:
        """The largest polarisation that a state may begin with [C/m^2]."""

    @property
    def time(self) -> float:
        """The law's own time τ [s]."""

    @property
    def classes(self) -> int:
        """The number of classes, all of one share."""

    def rate(self, k: int, p: Any, mean: Any, field: Any, maths: Numbers = ...) -> Any:
        """Return τ ∂p/∂t of class k at p, of the mean p of a cell and in a field [V/m]."""


def _positive(thing: str, value: float) -> None:
    if not (isinstance(value, int | float) and value > 0 and math.isfinite(value)):
        raise OutOfRangeError(thing, value, "positive and finite")


@dataclass(frozen=True, kw_only=True)
class LandauKhalatnikov:
    r"""One domain: ``remanent_polarization`` P_r [C/m^2] and ``coercive_field`` E_c [V/m] of the static loop.

    ``switching_time`` [s] is :math:`\rho/|\alpha|`, the time in which a small P grows e-fold without a field;
    or give the ``viscosity`` ρ [Ohm m] itself. Raises OutOfRangeError or IncompatibleError.

    The driving part :math:`|\alpha|P` is taken at the mean of a cell and the restoring part :math:`\beta P^3` at its
    corners: where a series capacitor holds a film at P = 0, no pattern of the mesh's own can then grow, which has
    no field and so no price. (Domains across the axis can; nothing here gives their walls an energy.)
    """

    remanent_polarization: float
    coercive_field: float
    switching_time: float | None = None
    viscosity: float | None = None
    classes: int = field(default=1, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("remanent_polarization", "coercive_field"):
            _positive(f"{name} of LandauKhalatnikov", getattr(self, name))
        given = [n for n in ("switching_time", "viscosity") if getattr(self, n) is not None]
        if len(given) != 1:
            raise IncompatibleError(
                f"LandauKhalatnikov is given {' and '.join(given) or 'neither switching_time nor viscosity'}; "
                "give one of switching_time [s] and viscosity [Ohm m]."
            )
        _positive(f"{given[0]} of LandauKhalatnikov", getattr(self, given[0]))

    @property
    def alpha(self) -> float:
        """The coefficient of P, negative [V m/C]."""
        return -1.5 * math.sqrt(3) * self.coercive_field / self.remanent_polarization

    @property
    def beta(self) -> float:
        """The coefficient of P³ [V m^5/C^3]."""
        return -self.alpha / self.remanent_polarization**2

    @property
    def scale(self) -> float:
        """The remanent polarisation [C/m^2]."""
        return self.remanent_polarization

    @property
    def largest(self) -> float:
        """Ten times the remanent polarisation [C/m^2]: above it a unit was left out."""
        return 10 * self.remanent_polarization

    @property
    def time(self) -> float:
        """ρ/|α| [s]."""
        if self.switching_time is not None:
            return self.switching_time
        assert self.viscosity is not None
        return self.viscosity / abs(self.alpha)

    def static_field(self, polarization: Any) -> Any:
        """Return the field [V/m] in which a polarisation [C/m^2] is at rest."""
        return self.alpha * polarization + self.beta * polarization**3

    def rate(self, k: int, p: Any, mean: Any, field: Any, maths: Numbers = Numbers()) -> Any:
        """Return τ ∂p/∂t; see ``PolarizationLaw``."""
        return field / maths.constant(abs(self.alpha) * self.remanent_polarization) + mean - p**3


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
        for name in ("remanent_polarization", "activation_field", "attempt_time", "exponent"):
            _positive(f"{name} of DomainSwitching", getattr(self, name))
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
        _positive("coercive_field of DomainSwitching", coercive_field)
        _positive("ramp_rate of DomainSwitching", ramp_rate)
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
            return replace(start, activation_field=math.exp(log_field))._left(coercive_field, ramp_rate) - 0.5

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

    def rate(self, k: int, p: Any, mean: Any, field: Any, maths: Numbers = Numbers()) -> Any:
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
            up, down = (float(self._speed(k, e, Numbers())) for e in (electric_field, -electric_field))
            end = (up - down) / (up + down)
            found += end + (p - end) * np.exp(-(up + down) * t / self.attempt_time)
        return found * self.scale / self.classes

    def coercive_field(self, ramp_rate: float) -> float:
        r"""Return the field [V/m] at which P is zero, where it rises from 0 at ``ramp_rate`` [V/(m s)].

        All domains were down; :math:`\sum_k e^{-K_k}/m = 1/2` with
        :math:`K_k = \int_0^{E_c} k_k(E)\,dE/\dot E`, which is :math:`K = \ln 2` of one class.
        """
        _positive("ramp_rate of DomainSwitching", ramp_rate)
        found = _root(lambda x: 0.5 - self._left(math.exp(x), ramp_rate), math.log(self.activation_field))
        return math.exp(found)

    def _left(self, field: float, ramp_rate: float) -> float:
        """Return the share of domains that have not switched yet where the field has risen to ``field``."""
        from scipy.integrate import quad

        def switched(k: int) -> float:
            rate, _ = quad(lambda e: self._speed(k, e, Numbers()), 0.0, field, epsrel=1e-10, limit=200)
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
