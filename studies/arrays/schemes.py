"""What the lines of an array are held at while some of its cells are read or written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import array, between, optional
from studies.protocols.protocol import Protocol

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """Unselected ``words`` and ``bits`` lines are at these shares of the voltage; None: they float.

    Selected word lines are at the voltage, selected bit lines at 0 V.
    """

    words: float | None
    bits: float | None

    def __post_init__(self) -> None:
        share = optional(between(-1.0, 1.0))
        settle(self, "a scheme", words=share, bits=share)


#: Name -> scheme. Reading with all bit lines at 0 V, in a row at once, is "grounded".
SCHEMES = {
    "floating": Scheme(words=None, bits=None),
    "grounded": Scheme(words=0.0, bits=0.0),
    "V/2": Scheme(words=1 / 2, bits=1 / 2),
    "V/3": Scheme(words=1 / 3, bits=2 / 3),
}


def scheme_of(scheme: str | Scheme) -> Scheme:
    """Return the scheme of a name, or the one given."""
    if isinstance(scheme, Scheme):
        return scheme
    if not isinstance(scheme, str) or scheme not in SCHEMES:
        raise UnknownNameError("bias scheme", scheme, SCHEMES)
    return SCHEMES[scheme]


def line_voltages(
    scheme: str | Scheme,
    shape: tuple[int, int],
    rows: ArrayLike | range,
    columns: ArrayLike | range,
    voltage: float,
) -> tuple[Array, Array]:
    """Return the voltages (rows,) and (columns,) [V] that select cells: word lines ``rows``, bit lines ``columns``.

    Both are numbers of lines, one or several. nan floats.
    """
    found = scheme_of(scheme)
    shares = (np.nan if share is None else share for share in (found.words, found.bits))
    words, bits = (np.full(size, share * voltage) for size, share in zip(shape, shares, strict=True))
    for name, given, line, size, value in (
        ("row", rows, words, shape[0], voltage), ("column", columns, bits, shape[1], 0.0)
    ):  # fmt: skip
        index = np.atleast_1d(np.asarray(list(given) if isinstance(given, range) else given))
        if index.dtype.kind not in "iu" or not ((index >= 0) & (index < size)).all():
            raise OutOfRangeError(f"selected {name}", given, f"between 0 and {size - 1}")
        line[index] = value
    return words, bits


@dataclass(frozen=True, eq=False)
class Drive:
    """Voltages of the terminals in time, on straight lines between ``times`` [s], shape (n,), from 0 on.

    ``words`` (n, rows) and ``bits`` (n, columns) [V]; a line that is nan floats, all the time.
    """

    times: Array
    words: Array
    bits: Array

    def __post_init__(self) -> None:
        settle(self, "a drive", times=array, words=array, bits=array)
        t = np.asarray(self.times, dtype=float)
        if t.ndim != 1 or t.size < 2 or t[0] != 0 or not (np.isfinite(t).all() and (np.diff(t) > 0).all()):
            raise OutOfRangeError("times of a drive [s]", self.times, "two or more that rise from 0")
        object.__setattr__(self, "times", t)
        for name in ("words", "bits"):
            values = np.asarray(getattr(self, name), dtype=float)
            if np.isinf(values).any():
                raise OutOfRangeError(f"{name} of a drive [V]", "infinite", "finite, or nan for what floats")
            if values.ndim != 2 or values.shape[0] != t.size:
                raise IncompatibleError(
                    f"{name} of a drive have the shape {values.shape}; rows are its {t.size} times."
                )
            floating = np.isnan(values)
            if (floating.any(axis=0) != floating.all(axis=0)).any():
                raise IncompatibleError(
                    f"a line of the {name} floats for a part of the drive; join two drives instead."
                )
            object.__setattr__(self, name, values)

    @classmethod
    def of(cls, words: ArrayLike, bits: ArrayLike, shape: Protocol) -> Drive:
        """Return the drive of ``words`` (rows,) and ``bits`` (columns,) [V] times a protocol of shares, from 0 to 1."""
        share = shape.levels[:, None]
        volts = [np.asarray(v, dtype=float)[None, :] * share for v in (words, bits)]
        return cls(shape.corners, volts[0], volts[1])

    @property
    def largest(self) -> float:
        """The largest |voltage| [V] of all terminals at all times."""
        both = np.concatenate((self.words.ravel(), self.bits.ravel()))
        return float(np.nanmax(np.abs(both), initial=0.0)) if np.isfinite(both).any() else 0.0

    def at(self, time: float) -> tuple[Array, Array]:
        """Return the voltages (rows,), (columns,) [V] at a time [s]."""
        k = int(np.clip(np.searchsorted(self.times, time, side="right") - 1, 0, self.times.size - 2))
        share = (time - self.times[k]) / (self.times[k + 1] - self.times[k])
        share = min(max(share, 0.0), 1.0)
        words, bits = ((1 - share) * v[k] + share * v[k + 1] for v in (self.words, self.bits))
        return words, bits
