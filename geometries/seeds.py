"""Seeds of filaments: where an initial vacancy density is high, as plain values that need no mesh of their own.

A seed is a truncated cone along the film; its density is that inside, that outside, and between them over a
given width around its surface a smooth step (:math:`3 t^2 - 2 t^3`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geometries.meshing.grading import Floats
from geometries.meshing.sizes import FineBox
from geometries.names import (
    LENGTHS,
    GeometryError,
    check_choice,
    check_count,
    check_instance,
    check_length,
    check_not_larger,
    check_not_negative,
    check_number,
    check_row,
)

__all__ = ["FilamentSeed", "FilamentSeeds", "random_seeds"]

#: Places tried in vain one after the other until the cell is taken to be full.
LONGEST_SEARCH = 20_000

#: Most random seeds, largest density [1/m^3], largest standard deviation of a logarithm of the size.
LARGEST_COUNT, LARGEST_DENSITY, LARGEST_SPREAD = 10_000, 1e30, 5.0


@dataclass(frozen=True, kw_only=True)
class FilamentSeed:
    """A cone with its axis across the film, full of vacancies.

    `film`: heights [m] of the lower and upper face of the film. The seed grows from the face `start`
    ("bottom" or "top") over the `fraction` of the thickness, with `bottom_radius` at its lower and
    `top_radius` [m] at its upper end; one of them may be 0. `inside` and `outside` are densities [1/m^3].
    The density falls from one to the other over `edge_width` [m], half of it inside; at the face it grows from
    there is no edge, and neither at the other one if the fraction is 1. Without an edge a position on the surface is
    half full: with a node there, length and content do not depend on the mesh; without one, and where cells are
    coarser than the edge, they are known to half a cell only. `centre` is the place of the axis
    (x, y) [m], (0, 0) in an axisymmetric section.

    ``with_ions(state, name, seed.density)`` puts it into a 3D device, and ``lambda x: seed.density(x, 2)`` in the
    place of ``seed.density`` into one in r and z.

    Raises:
        GeometryError: a length or density is negative, both radii are 0, or the fraction is outside (0, 1].

    Example:
        >>> seed = FilamentSeed(
        ...     film=(0.0, 40e-9), bottom_radius=15e-9, top_radius=7.5e-9, inside=1e26, outside=1e23,
        ... )
        >>> print(seed.density(np.array([[10e-9, 10e-9], [0.0, 0.0], [5e-9, 35e-9]])))
        [1.e+26 1.e+23]
    """

    film: tuple[float, float]
    bottom_radius: float
    top_radius: float
    inside: float
    outside: float
    edge_width: float = 0.0
    fraction: float = 1.0
    start: str = "bottom"
    centre: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        for what in ("bottom_radius", "top_radius", "edge_width"):
            check_not_negative(what, getattr(self, what), LENGTHS[1])
        for what in ("inside", "outside"):
            check_not_negative(what, getattr(self, what), LARGEST_DENSITY)
        check_length("larger radius of the seed", max(self.bottom_radius, self.top_radius))
        low, high = check_row("film", self.film, (2,), "the heights of its lower and its upper face [m]")
        if not low < high:
            raise GeometryError(f"film is {self.film!r}: give the heights of its lower and its upper face")
        if not 0.0 < check_number("fraction", self.fraction) <= 1.0:
            raise GeometryError(f"fraction is {self.fraction!r}: it must lie in (0, 1]")
        check_choice("start", self.start, ("bottom", "top"))
        check_row("centre", self.centre, (2,), "x and y [m]")

    @property
    def ends(self) -> tuple[float, float]:
        """Return the heights [m] of the lower and the upper end of the seed."""
        low, high = self.film
        length = self.fraction * (high - low)
        return (low, low + length) if self.start == "bottom" else (high - length, high)

    @property
    def volume(self) -> float:
        """Return the volume of the cone [m^3]."""
        low, high = self.ends
        a, b = self.bottom_radius, self.top_radius
        return math.pi / 3.0 * (high - low) * (a * a + a * b + b * b)

    def density(self, x: npt.ArrayLike, dimension: int | None = None) -> Floats:
        """Return the density [1/m^3], shape (n,), at the positions x [m], shape (3, n).

        The height is the last coordinate of the mesh: x[2] in `dimension` 3, x[1] in 2 (the distance from the
        axis is then that of x[0]). Without a dimension it is 3.

        Raises:
            GeometryError: no dimension is given and all positions have x[2] = 0, as those of a 2D mesh have.
        """
        return self.outside + (self.inside - self.outside) * self._share(x, dimension)

    def _share(self, x: npt.ArrayLike, dimension: int | None) -> Floats:
        """Return 1 inside, 0 outside, and between them at the edge, shape (n,)."""
        points = np.asarray(x, dtype=float)
        if dimension is None:
            _check_not_flat(points)
            dimension = 3
        if dimension not in (2, 3) or points.ndim != 2 or len(points) < dimension:
            raise GeometryError(
                f"positions of shape {points.shape} in dimension {dimension!r}: give (3, n) in 2 or 3 dimensions"
            )
        height = points[dimension - 1]
        across = points[0] - self.centre[0]
        radius = np.abs(across) if dimension == 2 else np.hypot(across, points[1] - self.centre[1])
        low, high = self.ends
        slope = (self.top_radius - self.bottom_radius) / (high - low)
        side = (radius - self.bottom_radius - slope * (height - low)) / math.hypot(1.0, slope)
        if self.fraction < 1.0:
            side = np.maximum(side, height - high if self.start == "bottom" else low - height)
        slack = 1e-9 * (self.film[1] - self.film[0])
        inside_film = (height >= self.film[0] - slack) & (height <= self.film[1] + slack)
        if self.edge_width > 0.0:
            t = np.clip(0.5 - side / self.edge_width, 0.0, 1.0)
        else:
            t = 0.5 * ((side < -slack).astype(float) + (side <= slack))
        return np.where(inside_film, t * t * (3.0 - 2.0 * t), 0.0)

    def box(self, size: float, dimension: int = 3) -> FineBox:
        """Return the box around the seed and its edge, with cells of `size` [m], to refine a mesh there."""
        low, high = self.ends
        reach = max(self.bottom_radius, self.top_radius) + 0.5 * self.edge_width
        low = max(self.film[0], low - 0.5 * self.edge_width)
        high = min(self.film[1], high + 0.5 * self.edge_width)
        middle = self.centre[: dimension - 1]
        return FineBox(
            lower=(*(c - reach for c in middle), low), upper=(*(c + reach for c in middle), high), size=size
        )


@dataclass(frozen=True)
class FilamentSeeds:
    """Several seeds in one film; where they overlap the one that is fuller counts.

    Raises:
        GeometryError: no seed, or seeds of different densities outside.
    """

    seeds: tuple[FilamentSeed, ...]

    def __post_init__(self) -> None:
        check_instance("seeds", self.seeds, tuple, "a tuple of FilamentSeed")
        for seed in self.seeds:
            check_instance("an entry of seeds", seed, FilamentSeed, "a FilamentSeed")
        if not self.seeds or len({seed.outside for seed in self.seeds}) > 1:
            raise GeometryError(
                f"{len(self.seeds)} seeds: give at least one, all with the same outside density"
            )

    def density(self, x: npt.ArrayLike, dimension: int | None = None) -> Floats:
        """Return the density [1/m^3], shape (n,), at the positions x [m], shape (3, n), as one seed does."""
        found = [seed.density(x, dimension) for seed in self.seeds]
        highest = np.max(found, axis=0)
        return np.where(highest > self.seeds[0].outside, highest, np.min(found, axis=0))


def _check_not_flat(points: Floats) -> None:
    """Return nothing; positions in the plane z = 0 at several heights y are those of a 2D mesh."""
    if (
        points.ndim == 2
        and len(points) == 3
        and not points[2].any()
        and points.size
        and np.ptp(points[1]) > 0
    ):
        raise GeometryError(
            "all positions have z = 0, as those of a 2D mesh have: give density(x, dimension=2) there, where the "
            "height is y, and dimension=3 for a plane of a 3D mesh"
        )


def _check_seeds_fit(count: int, width: float, spacing: float, square: bool) -> None:
    """Return nothing; discs of the spacing [m] around the axes must have room, at the densest packing of discs."""
    side = width + spacing
    room = side * side if square else 0.25 * math.pi * side * side
    if count * 0.25 * math.pi * spacing * spacing > 0.9069 * room:
        raise GeometryError(
            f"count is {count!r}: so many seeds do not find a place {spacing:g} m apart in {width:g} m"
        )


def random_seeds(
    seed: FilamentSeed,
    count: int,
    *,
    width: float,
    generator: int | np.random.Generator,
    square: bool = False,
    spread: float = 0.0,
    spacing: float = 0.0,
) -> FilamentSeeds:
    """Return `count` copies of a seed at random places of a cell, the same ones for the same `generator`.

    The cell is a disc of diameter `width` [m] around (0, 0), or a `square` of that side; seeds lie entirely
    in it. `generator` is an integer or a numpy Generator. `spread` is the standard deviation of the logarithm
    of the size: both radii of a seed are multiplied by one number of median 1, at most
    exp(2 spread).
    `spacing` [m] is the least distance between two axes.

    Raises:
        GeometryError: a number is out of range, or so many seeds do not fit.

    Example:
        >>> cone = FilamentSeed(film=(0, 40e-9), bottom_radius=5e-9, top_radius=0, inside=1e26, outside=1e23)
        >>> random_seeds(cone, 3, width=200e-9, generator=7) == random_seeds(cone, 3, width=200e-9, generator=7)
        True
    """
    check_instance("seed", seed, FilamentSeed, "a FilamentSeed")
    check_count("count", count, LARGEST_COUNT)
    check_length("width", width)
    check_not_negative("spread", spread, LARGEST_SPREAD)
    check_not_negative("spacing", spacing)
    check_instance("generator", generator, int | np.random.Generator, "a whole number or a numpy Generator")
    check_choice("square", square, (False, True))
    if not isinstance(generator, np.random.Generator) and generator < 0:
        raise GeometryError(f"generator is {generator!r}: a whole number must not be negative")
    _check_seeds_fit(count, width, spacing, square)
    widest = max(seed.bottom_radius, seed.top_radius) * math.exp(2.0 * spread)
    check_not_larger("largest diameter of a seed", 2.0 * widest, "width", width)
    random = np.random.default_rng(generator)
    places: list[tuple[float, float]] = []
    found: list[FilamentSeed] = []
    tried = 0
    while tried < LONGEST_SEARCH:
        tried += 1
        deviation = random.standard_normal()
        while abs(deviation) > 2.0:
            deviation = random.standard_normal()
        factor = math.exp(spread * deviation)
        room = 0.5 * width - factor * max(seed.bottom_radius, seed.top_radius)
        x, y = (float(c) for c in random.uniform(-room, room, 2))
        inside = square or math.hypot(x, y) <= room
        if not inside or any(math.hypot(x - a, y - b) < spacing for a, b in places):
            continue
        tried = 0
        places.append((x, y))
        radii = factor * seed.bottom_radius, factor * seed.top_radius
        found.append(replace(seed, centre=(x, y), bottom_radius=radii[0], top_radius=radii[1]))
        if len(found) == count:
            return FilamentSeeds(tuple(found))
    raise GeometryError(
        f"count is {count!r}: only {len(found)} seeds found a place {spacing:g} m apart in {width:g} m"
    )
