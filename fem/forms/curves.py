r"""What tables and formulas of the temperature add to a coefficient: a factor :math:`e^{r(\theta)}`.

r is a piecewise cubic of :math:`\theta = T/T_0` with a continuous slope, exact at its knots with its slope there: all
of a table (``fem.materials.Table``), and a formula to some 1e-6. Beyond the range of the law the temperature of the
whole coefficient is that of its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ufl

from fem.materials.datum import Datum
from fem.materials.material import Material
from fem.materials.tables import Formula, Table

_STEP = 1e-6  # of a difference of temperatures
_ANY = 1e6  # [T0]: higher than any temperature

#: of a piecewise cubic: knots [T0], and what its second and third derivative grow by there, over 2 and 6
Pieces = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True)
class Curve:
    """The r of tables and formulas, piecewise constant: ``ends`` of the range [T0], r and its slope at the first knot.

    ``pieces``: for each knot its place [T0] and what is added to the square and the cube from there on.
    """

    ends: tuple[Any, Any]
    start: tuple[Any, Any]
    pieces: tuple[tuple[Any, Any, Any], ...]

    def inside(self, warmth: Any, side: str | None) -> Any:
        """Return the temperature [T0], or the end of the range that is nearest."""
        low, high = (part if side is None else part(side) for part in self.ends)
        return ufl.min_value(ufl.max_value(warmth, low), high)

    def __call__(self, warmth: Any, side: str | None) -> Any:
        """Return r at a temperature [T0] inside of the range."""

        def at(part: Any) -> Any:
            return part if side is None else part(side)

        value, slope = self.start
        found = at(value) + at(slope) * (warmth - at(self.pieces[0][0]))
        for place, square, cube in self.pieces:
            beyond = ufl.max_value(warmth - at(place), 0.0)
            found += beyond**2 * (at(square) + at(cube) * beyond)
        return found


def is_table(datum: Datum | None) -> bool:
    """Whether a datum is a table, whose logarithm is a cubic of the temperature and not of anything else."""
    return datum is not None and isinstance(datum.value, Table)


def curve_of(
    name: str,
    value: Callable[[str, Material, float], float],
    datum: Callable[[Material], Datum | None],
    materials: Mapping[str, Material],
    at: float,
    by_region: Callable[[str, Callable[[str, Material], float]], Any],
    shape: Mapping[str, tuple[float, float]],
) -> Curve | None:
    """Return what a coefficient ``value(region, material, temperature)`` has of tables and formulas; None if none.

    ``datum``: that of a material with which it goes; ``at``: the ambient temperature [K]; ``by_region``: makes a
    piecewise constant function of a name and ``value(region, material)``; ``shape``: power and energy by region.
    """
    found: dict[str, tuple[Any, list[float]]] = {}
    for r, m in materials.items():
        law = getattr(datum(m), "value", None)
        if isinstance(law, Table | Formula) and value(r, m, at) > 0:
            knots = [t / at for t in law.knots]
            found[r] = cubic_pieces(lambda t, r=r, m=m: value(r, m, at * t), *shape[r], knots), knots  # type: ignore[misc]
    if not found:
        return None

    def part(what: str, of: Callable[[Any, Any], float], otherwise: float) -> Any:
        return by_region(f"{name}: {what}", lambda r, _: of(*found[r]) if r in found else otherwise)

    def piece(k: int, i: int, what: str) -> Any:
        none = float(i == 0)
        return part(f"{what} {k}", lambda n, _: n[2][k][i] if k < len(n[2]) else none, none)

    most = max(len(numbers[2]) for numbers, _ in found.values())
    return Curve(
        ends=(part("lowest", lambda _, k: k[0], 0.0), part("highest", lambda _, k: k[-1], _ANY)),
        start=(part("first", lambda n, _: n[0], 0.0), part("slope", lambda n, _: n[1], 0.0)),
        pieces=tuple((piece(k, 0, "knot"), piece(k, 1, "square"), piece(k, 2, "cube")) for k in range(most)),
    )


def cubic_pieces(
    value: Callable[[float], float], power: float, energy: float, knots: Sequence[float]
) -> tuple[float, float, Pieces]:
    """Return r and its slope at the first of ``knots`` [T0], and the pieces of r of a positive coefficient.

    r = ln a - ln a(1) less what ``power`` and ``energy`` have; cubic between knots, with values and slopes of a there.

    >>> at, slope, pieces = cubic_pieces(lambda t: math.exp((t - 1) ** 3), 0.0, 0.0, (0.5, 1.0, 1.5))
    >>> round(at, 6), round(slope, 4), [[round(x, 3) + 0.0 for x in piece] for piece in pieces]
    (-0.125, 0.75, [[0.5, -1.5, 1.0], [1.0, 0.0, 0.0]])
    """
    here = math.log(value(1.0))

    def rest(t: float) -> float:
        return math.log(value(t)) - here - power * math.log(t) - energy * (1 - 1 / t)

    places = list(knots)
    values = [rest(t) for t in places]
    slopes = [(rest(t + _STEP) - rest(t - _STEP)) / (2 * _STEP) for t in places[1:-1]]
    slopes.insert(0, _one_sided(rest, places[0], _STEP))
    slopes.append(_one_sided(rest, places[-1], -_STEP))
    pieces, before, after = [], (0.0, 0.0), 0.0
    for k in range(len(places) - 1):
        h = places[k + 1] - places[k]
        chord = (values[k + 1] - values[k]) / h
        square = (3 * chord - 2 * slopes[k] - slopes[k + 1]) / h
        cube = (slopes[k] + slopes[k + 1] - 2 * chord) / h**2
        pieces.append((places[k], square - before[0] - 3 * before[1] * after, cube - before[1]))
        before, after = (square, cube), h
    return values[0], slopes[0], tuple(pieces)


def _one_sided(value: Callable[[float], float], at: float, step: float) -> float:
    """Return the slope on one side, to second order."""
    return (4 * value(at + step) - value(at + 2 * step) - 3 * value(at)) / (2 * step)
