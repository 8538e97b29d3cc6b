"""Absorption of a material by wavelength: a table with its source."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise
from typing import ClassVar

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import each, number


@dataclass(frozen=True)
class Spectrum:
    r"""Absorption coefficients :math:`\alpha = 4\pi k/\lambda` [1/m] at some ``wavelengths`` [m], ascending.

    Between them :math:`\ln\alpha` is linear in the wavelength, and :math:`\alpha` where one of the two is 0.
    ``source`` is a key of ``references.bib``, or ``"assumed"``, and then ``note`` says why.

    Raises OutOfRangeError or IncompatibleError.

    >>> film = Spectrum((400e-9, 600e-9), (4e7, 1e7), source="assumed", note="an example")
    >>> f"{film.at(500e-9):.6g}"
    '2e+07'
    """

    wavelengths: tuple[float, ...]
    values: tuple[float, ...]
    _: KW_ONLY
    source: str
    note: str = ""
    not_in_equations: ClassVar[tuple[str, ...]] = ("source", "note")

    def __post_init__(self) -> None:
        for name in ("wavelengths", "values"):
            numbers = each(number)(f"{name} of a spectrum", getattr(self, name))
            object.__setattr__(self, name, tuple(map(float, numbers)))
        settle(self, "a spectrum")
        if len(self.wavelengths) != len(self.values) or len(self.values) < 2:
            raise IncompatibleError(
                f"a spectrum has {len(self.wavelengths)} wavelengths and {len(self.values)} values; "
                "it must have as many of both, two at least."
            )
        for low, high in pairwise(self.wavelengths):
            if not low < high:
                raise OutOfRangeError(
                    "a wavelength of a spectrum [m]", high, f"above the one before, {low:g}"
                )
        for wavelength in self.wavelengths:
            check_wavelength("a wavelength of a spectrum [m]", wavelength)
        for value in self.values:
            if not 0 <= value < math.inf:
                raise OutOfRangeError("absorption of a spectrum [1/m]", value, "zero or positive, and finite")
        if not self.source:
            raise IncompatibleError("a spectrum needs a source: a key of references.bib, or 'assumed'.")
        if self.source == "assumed" and not self.note:
            raise IncompatibleError("an assumed spectrum needs a note that says why.")

    @property
    def range(self) -> tuple[float, float]:
        """First and last wavelength [m]."""
        return self.wavelengths[0], self.wavelengths[-1]

    def at(self, wavelength: float, thing: str = "wavelength [m] of a spectrum") -> float:
        """Return the absorption coefficient [1/m] at a wavelength [m]; ``thing`` names it in an error.

        Raises OutOfRangeError outside of the table: nothing is extrapolated.
        """
        low, high = self.range
        if not low * (1 - 1e-12) <= wavelength <= high * (1 + 1e-12):
            known = f"from {low:.6g} to {high:.6g} m, where there are data"
            raise OutOfRangeError(thing, float(f"{wavelength:.9g}"), known)
        ends = zip(pairwise(self.wavelengths), pairwise(self.values), strict=True)
        (a, b), (first, second) = next(
            ((w, v) for w, v in ends if wavelength <= w[1]),
            (self.wavelengths[-2:], self.values[-2:]),
        )
        part = min(max((wavelength - a) / (b - a), 0.0), 1.0)
        if first > 0 and second > 0:
            return first * (second / first) ** part
        return first + (second - first) * part

    def __str__(self) -> str:
        return f"{self.span} 1/m"

    @property
    def span(self) -> str:
        """The values at both ends and their wavelengths, as text."""
        low, high = self.range
        return f"{self.values[0]:.4g} ({low * 1e9:g} nm) to {self.values[-1]:.4g} ({high * 1e9:g} nm)"


def check_wavelength(thing: str, wavelength: float) -> None:
    """Raise OutOfRangeError unless a wavelength [m] is one of light: a number of nm is none."""
    if not 1e-8 <= number(thing, wavelength) <= 1e-4:
        raise OutOfRangeError(thing, wavelength, "between 1e-8 and 1e-4 m (532 * nm)")
