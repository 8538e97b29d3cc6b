"""A layer that is cut into islands, for example a floating gate of separate pieces."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geometries.names import GeometryError, check_count, check_length, check_region_name

__all__ = ["FloatingIslands"]

#: Most islands: each is a region with interfaces of its own.
LARGEST_COUNT = 500


@dataclass(frozen=True, kw_only=True)
class FloatingIslands:
    """Islands of `length` [m] at the distance `pitch` [m] from centre to centre, in place of a whole `layer`.

    They are the regions "<layer>_1", "<layer>_2" and so on, in the order of x, in the middle of the layer and
    across its whole width; the region `fill` lies between and beside them and may be a layer that exists.
    `count` None is the largest number that the layer holds with fill at both ends.

    Raises:
        GeometryError: a length is not positive, the pitch does not exceed the length, or the count is not a
        whole number of at least 1.
    """

    layer: str
    length: float
    pitch: float
    fill: str
    count: int | None = None

    def __post_init__(self) -> None:
        for name in (self.layer, self.fill):
            check_region_name(name)
        check_length("length of the islands", self.length)
        check_length("pitch of the islands", self.pitch)
        if self.pitch <= self.length * (1.0 + 1e-9):
            raise GeometryError(
                f"pitch of the islands is {self.pitch!r}: it must exceed their length, which is {self.length!r}"
            )
        if self.fill == self.layer:
            raise GeometryError(
                f"fill is {self.fill!r}: that is the layer cut into islands, give another name"
            )
        if self.count is not None:
            check_count("count of the islands", self.count)

    def places(self, lower: float, upper: float) -> tuple[tuple[float, float], ...]:
        """Return the bounds [m] of each island in a layer that reaches from `lower` to `upper` [m].

        Raises:
            GeometryError: the islands do not fit, or there are too many.
        """
        room = upper - lower
        most = 1 + math.ceil((room - self.length) / self.pitch * (1.0 - 1e-9)) - 1
        count = most if self.count is None else self.count
        if not 1 <= count <= most:
            raise GeometryError(
                f"{count} islands of {self.length:g} m at a pitch of {self.pitch:g} m do not fit into "
                f"{room:g} m with fill at both ends: at most {max(most, 0)} do"
            )
        if count > LARGEST_COUNT:
            raise GeometryError(
                f"the layer {self.layer!r} holds {count} islands, and {LARGEST_COUNT} is the most: give a "
                "larger pitch, or count"
            )
        middle = 0.5 * (lower + upper)
        starts = [middle + (i - 0.5 * (count - 1)) * self.pitch - 0.5 * self.length for i in range(count)]
        return tuple((start, start + self.length) for start in starts)

    def names(self, count: int) -> tuple[str, ...]:
        """Return the names of the first `count` islands."""
        return tuple(f"{self.layer}_{i + 1}" for i in range(count))
