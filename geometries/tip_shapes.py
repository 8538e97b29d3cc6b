"""Shapes of a tip on a flat electrode: a cone with a round apex, a hyperboloid, a square pyramid.

A tip stands on the height 0 and points along +z. Its outline is a chain of points (distance from the axis,
height) [m] from the apex down to the base.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geometries.names import GeometryError, check_lengths, check_not_larger, check_number

Floats = npt.NDArray[np.float64]

__all__ = ["ConeTip", "HyperboloidTip", "PyramidTip", "Tip"]


def _check_angle(half_angle: float) -> None:
    if not 1e-4 < check_number("half_angle", half_angle) < 0.5 * math.pi:
        raise GeometryError(
            f"half_angle is {half_angle!r}: it must lie between 0 and pi/2, in radian (math.radians(20))"
        )


@dataclass(frozen=True, kw_only=True)
class ConeTip:
    """A cone of `half_angle` [rad] between axis and side, `height` [m], that ends in a sphere of
    `apex_radius` [m].

    Sphere and cone share their tangent. The height counts to the apex of the sphere.

    Raises:
        GeometryError: a length is not positive, the angle is outside (0, pi/2), or the sphere is larger than
        the tip.
    """

    apex_radius: float
    half_angle: float
    height: float

    def __post_init__(self) -> None:
        check_lengths(self, "apex_radius height")
        _check_angle(self.half_angle)
        if self.tangent[1] <= 0.0:
            raise GeometryError(
                f"apex_radius is {self.apex_radius!r}: with this half_angle it must be below "
                f"{self.height / (1.0 - math.sin(self.half_angle)):g} for a height of {self.height!r}"
            )

    @property
    def tangent(self) -> tuple[float, float]:
        """Return where the sphere passes into the cone: distance from the axis and height [m]."""
        sine, cosine = math.sin(self.half_angle), math.cos(self.half_angle)
        return self.apex_radius * cosine, self.height - self.apex_radius * (1.0 - sine)

    @property
    def apex_size(self) -> float:
        """Return the length that the mesh has to resolve [m]."""
        return self.apex_radius

    def base(self, film_thickness: float) -> float:
        """Return the radius [m] at the height 0."""
        across, height = self.tangent
        return across + height * math.tan(self.half_angle)

    def outline(self, film_thickness: float) -> Floats:
        """Return points (n, 2) [m] from the apex to the base, the sphere in steps of at most 15 degrees."""
        turn = 0.5 * math.pi - self.half_angle
        angles = np.linspace(0.0, turn, 1 + math.ceil(turn / math.radians(15.0)))
        centre = self.height - self.apex_radius
        cap = np.column_stack((np.sin(angles), np.cos(angles))) * self.apex_radius + [0.0, centre]
        return np.vstack((cap, [self.base(film_thickness), 0.0]))


@dataclass(frozen=True, kw_only=True)
class HyperboloidTip:
    r"""A hyperboloid of revolution of `apex_radius` [m] (of curvature) and `height` [m], confocal with the plane.

    With d the distance from the apex to the opposite face and R the radius of curvature, the surface lies at
    :math:`\zeta = d\sqrt{1 + r^2/(Rd)}` from that face. The field at the apex of an endless hyperboloid, at a
    voltage V to the plane, is (prolate spheroidal coordinates)

    .. math:: E = \frac{2V}{R\,\eta\,\ln\frac{1+\eta}{1-\eta}}, \quad \eta = \sqrt{\frac{d}{d + R}}.
    """

    apex_radius: float
    height: float

    def __post_init__(self) -> None:
        check_lengths(self, "apex_radius height")

    @property
    def apex_size(self) -> float:
        """Return the length that the mesh has to resolve [m]."""
        return self.apex_radius

    def base(self, film_thickness: float) -> float:
        """Return the radius [m] at the height 0."""
        gap = film_thickness - self.height
        return math.sqrt(self.apex_radius * gap * ((film_thickness / gap) ** 2 - 1.0))

    def outline(self, film_thickness: float) -> Floats:
        """Return 41 points (n, 2) [m] from the apex to the base, closer to one another at the apex."""
        gap = film_thickness - self.height
        end = math.asinh(self.base(film_thickness) / math.sqrt(self.apex_radius * gap))
        along = np.linspace(0.0, end, 41)
        points = np.column_stack(
            (math.sqrt(self.apex_radius * gap) * np.sinh(along), film_thickness - gap * np.cosh(along))
        )
        points[-1, 1] = 0.0
        return points


@dataclass(frozen=True, kw_only=True)
class PyramidTip:
    """A square pyramid of `half_angle` [rad] between axis and faces, `height` [m], blunt: it ends in a square
    of `apex_width` [m].

    Its edges are sharp, so the field along them grows with every refinement; what is well-defined are the
    current, the heat and the field at a distance. Three-dimensional only.

    Raises:
        GeometryError: a length is not positive, or the angle is outside (0, pi/2).
    """

    apex_width: float
    half_angle: float
    height: float

    def __post_init__(self) -> None:
        check_lengths(self, "apex_width height")
        _check_angle(self.half_angle)

    @property
    def apex_size(self) -> float:
        """Return the length that the mesh has to resolve [m]."""
        return self.apex_width

    def base(self, film_thickness: float) -> float:
        """Return half the width [m] at the height 0."""
        return 0.5 * self.apex_width + self.height * math.tan(self.half_angle)

    def outline(self, film_thickness: float) -> Floats:
        """Return points (3, 2) [m]: middle and rim of the apex, rim of the base."""
        half = 0.5 * self.apex_width
        return np.array([[0.0, self.height], [half, self.height], [self.base(film_thickness), 0.0]])


Tip = ConeTip | HyperboloidTip | PyramidTip


def check_tip_fits(tip: Tip, film_thickness: float, width: float) -> None:
    """Return nothing; the tip must end inside the film and stand inside the cell of that width (all in metres).

    Raises:
        GeometryError: it reaches the opposite face or the edge of the cell.
    """
    if tip.height >= film_thickness * (1.0 - 1e-6):
        raise GeometryError(
            f"height of the tip is {tip.height!r}: it must be below the thickness of the film, "
            f"{film_thickness!r}"
        )
    check_not_larger(
        "twice the base of the tip", 2.0 * tip.base(film_thickness), "99 % of width", 0.99 * width
    )
