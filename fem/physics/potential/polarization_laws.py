r"""How a ferroelectric polarisation P follows the field E along its polar axis: two laws with a memory.

``LandauKhalatnikov``: one domain in a double well (L. D. Landau and I. M. Khalatnikov, Dokl. Akad. Nauk SSSR 96,
469, 1954),

.. math:: \rho\,\partial_t P = E - (\alpha P + \beta P^3),\qquad
          \alpha = -\frac{3\sqrt3}{2}\frac{E_c}{P_r},\quad \beta = -\frac{\alpha}{P_r^2}.

``DomainSwitching``: many domains, each up or down, that switch one by one; see ``domain_switching``.

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
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import optional, quantity


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """The functions a law is written with; these are for floats and arrays, others for UFL."""

    exp: Callable[[Any], Any] = np.exp
    largest: Callable[[Any, Any], Any] = np.maximum
    constant: Callable[[float], Any] = float  #: so that a number is no part of a compiled form


NUMBERS = Numbers()


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


def positive(thing: str, value: float) -> None:
    """Raise OutOfRangeError unless a number of a law is positive and finite."""
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
        settle(
            self,
            "LandauKhalatnikov",
            remanent_polarization=quantity(1e-6, 5.0, "C/m^2"),
            coercive_field=quantity(1e3, 1e11, "V/m"),
            switching_time=optional(quantity(1e-18, 1e9, "s")),
        )
        for name in ("remanent_polarization", "coercive_field"):
            positive(f"{name} of LandauKhalatnikov", getattr(self, name))
        given = [n for n in ("switching_time", "viscosity") if getattr(self, n) is not None]
        if len(given) != 1:
            raise IncompatibleError(
                f"LandauKhalatnikov is given {' and '.join(given) or 'neither switching_time nor viscosity'}; "
                "give one of switching_time [s] and viscosity [Ohm m]."
            )
        positive(f"{given[0]} of LandauKhalatnikov", getattr(self, given[0]))

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

    def rate(self, k: int, p: Any, mean: Any, field: Any, maths: Numbers = NUMBERS) -> Any:
        """Return τ ∂p/∂t; see ``PolarizationLaw``."""
        return field / maths.constant(abs(self.alpha) * self.remanent_polarization) + mean - p**3
