"""Cell sizes in unstructured meshes: small in given places, growing with the distance from them.

Around a place of size :math:`h_0` the size is :math:`h_0 + (g - 1) d` at distance d, with g the growth from one
cell to the next; where places compete, the smallest wins.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometries.meshing.grading import Floats
from geometries.names import LENGTHS, GeometryError, check_length, check_not_negative, check_row

__all__ = ["CellSizes", "FineBox", "FineOutline"]

Measure = Callable[[tuple[float, float, float]], float]


@dataclass(frozen=True, kw_only=True)
class FineBox:
    """Cells of `size` [m] in a box from `lower` to `upper` [m], and within `margin` [m] around it.

    Positions have as many coordinates as the mesh (r, z in an axisymmetric section); a coordinate may be
    infinite, and a box may be flat.

    Raises:
        GeometryError: the size is not positive, or a lower coordinate exceeds the upper one.

    Example:
        >>> FineBox(lower=(0.0, 20e-9), upper=(5e-9, 40e-9), size=1e-9).distance((5e-9, 30e-9, 0.0))
        0.0
    """

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    size: float
    margin: float = 0.0

    def __post_init__(self) -> None:
        check_length("size of a fine box", self.size)
        check_not_negative("margin of a fine box", self.margin, LENGTHS[1])
        for what in ("lower", "upper"):
            check_row(
                f"{what} of a fine box",
                getattr(self, what),
                (2, 3),
                "two or three coordinates [m]",
                finite=False,
            )
        if len(self.lower) != len(self.upper):
            raise GeometryError(
                f"a fine box from {self.lower!r} to {self.upper!r} needs two or three coordinates in both"
            )
        if not all(a <= b for a, b in zip(self.lower, self.upper, strict=True)):
            raise GeometryError(
                f"a fine box from {self.lower!r} to {self.upper!r}: lower must not exceed upper"
            )

    def distance(self, point: tuple[float, float, float]) -> float:
        """Return how far the point [m] is outside the box and its margin [m], 0 inside."""
        total = 0.0
        for x, low, high in zip(point, self.lower, self.upper, strict=False):
            gap = low - x if x < low else x - high
            if gap > 0.0:
                total += gap * gap
        return max(0.0, math.sqrt(total) - self.margin)

    def within(self, reach: Floats, lower: tuple[float, ...], upper: tuple[float, ...]) -> Floats:
        """Return the content [m^2 or m^3], shape as `reach` [m], of what is this near to the box, inside another."""
        content = np.ones_like(reach)
        for low, high, least, most in zip(self.lower, self.upper, lower, upper, strict=True):
            ends = np.minimum(high + self.margin + reach, most) - np.maximum(low - self.margin - reach, least)
            content *= np.maximum(ends, 0.0)
        return content


@dataclass(frozen=True, kw_only=True)
class FineOutline:
    """Cells of `size` [m] along a surface whose section is a chain of points (distance from the axis, height)
    [m].

    In three dimensions the distance from the axis is that of a circle, or of a square if `square`.
    """

    points: tuple[tuple[float, float], ...]
    size: float
    dimension: int
    square: bool = False

    def distance(self, point: tuple[float, float, float]) -> float:
        """Return the distance [m] of the point from the chain in the section through it."""
        x, y, z = point
        if self.dimension == 2:
            across, height = x, y
        else:
            across, height = max(abs(x), abs(y)) if self.square else math.hypot(x, y), z
        least = math.inf
        a, b = self.points[0]
        for c, d in self.points[1:]:
            u, v, p, q = c - a, d - b, across - a, height - b
            t = min(1.0, max(0.0, (p * u + q * v) / (u * u + v * v)))
            least = min(least, (p - t * u) ** 2 + (q - t * v) ** 2)
            a, b = c, d
        return math.sqrt(least)

    def within(self, reach: Floats, lower: tuple[float, ...], upper: tuple[float, ...]) -> Floats:
        """Return the content [m^2 or m^3], shape as `reach` [m], of what is this near to it, in a box at most."""
        points = np.asarray(self.points)
        length = np.linalg.norm(np.diff(points, axis=0), axis=1)
        around = 8.0 if self.square else 2.0 * math.pi
        area = length if self.dimension == 2 else length * around * 0.5 * (points[1:, 0] + points[:-1, 0])
        sides = np.subtract(upper, lower)
        return np.asarray(np.minimum(2.0 * area.sum() * reach, sides.prod()))


@dataclass(frozen=True, kw_only=True)
class CellSizes:
    """The size wanted at every point: at most `largest` [m], small at the `places`, growing by `growth`."""

    largest: float
    growth: float
    places: tuple[FineBox | FineOutline, ...]

    def __call__(self, point: tuple[float, float, float]) -> float:
        """Return the size [m] at a point [m]."""
        size, slope = self.largest, self.growth - 1.0
        for place in self.places:
            if place.size < size:
                size = min(size, place.size + slope * place.distance(point))
        return size

    def count(self, lower: tuple[float, ...], upper: tuple[float, ...]) -> tuple[float, int | None]:
        """Return how many squares or cubes of the sizes wanted a box [m] holds, around the place that makes most of
        them only, and the number of that place; None if `largest` makes most.
        """
        dimension, slope = len(lower), self.growth - 1.0
        coarse = float(np.subtract(upper, lower).prod()) / self.largest**dimension
        most: tuple[float, int | None] = coarse, None
        for number, place in enumerate(self.places):
            if place.size < self.largest:
                reach = np.append(
                    0.0, np.geomspace(1e-3 * place.size, (self.largest - place.size) / slope, 300)
                )
                content = place.within(reach, lower, upper)
                each = (place.size + slope * reach) ** -float(dimension) - self.largest ** -float(dimension)
                near = content[0] * each[0] + (np.diff(content) * 0.5 * (each[1:] + each[:-1])).sum()
                if coarse + near > most[0]:
                    most = coarse + float(near), number
        return most
