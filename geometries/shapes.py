"""Lateral shapes of a vertical stack: planar and axisymmetric sections, a via, a dot and a cross-point.

Every shape has `lateral_size` [m], the largest lateral cell, and may have `edge_size` [m], the lateral cell
next to an electrode edge or wall; without it the lateral mesh is uniform. Contact "bottom" is the lower face
of the lowest layer, "top" the upper face of the topmost one; all other outer surfaces are free and belong to
no group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from geometries.meshing.drawing import DiscBase
from geometries.meshing.extrusion import Axis, Base, LineBase, RectangleBase, Table
from geometries.meshing.grading import graded_axis
from geometries.names import (
    GeometryError,
    check_between,
    check_length,
    check_lengths,
    check_names,
    check_not_larger,
    check_region_name,
    layer_run,
)

__all__ = ["Axisymmetric", "CrossPoint", "Dot", "Plan", "Planar", "Shape", "Via"]


class Plan(NamedTuple):
    """A base, the region in each patch and layer, the region order, and how currents become ampere."""

    base: Base
    table: Table
    regions: tuple[str, ...]
    coordinates: str
    cross_section: float | None


def _check_lateral(lateral_size: float, edge_size: float | None, axis_size: float | None = None) -> None:
    check_length("lateral_size", lateral_size)
    for name, size in (("edge_size", edge_size), ("axis_size", axis_size)):
        if size is not None:
            check_length(name, size)
            check_not_larger(name, size, "lateral_size", lateral_size)


def _check_fine(fine_radius: float | None, axis_size: float | None, inner: float) -> None:
    """Raise GeometryError unless cells of `axis_size` can reach to `fine_radius`, below the `inner` radius [m]."""
    if fine_radius is not None and (axis_size is None or fine_radius >= inner * (1.0 - 1e-9)):
        raise GeometryError(
            f"fine_radius is {fine_radius!r}: it needs an axis_size, and must be below {inner!r}"
        )


def _axis(
    marks: Sequence[float],
    lateral_size: float,
    edge_size: float | None,
    growth: float,
    first: float | None = None,
    until: float | None = None,
) -> Axis:
    """Return an axis with `edge_size` next to every mark except the two ends; `first` [m] next to the first.

    `until` [m]: from the first mark to there all cells are `first`.
    """
    sizes = [first] + [edge_size] * (len(marks) - 2) + [None]
    places, largest = list(marks), [lateral_size] * (len(marks) - 1)
    if first is not None and until is not None:
        sizes, places, largest = [first, *sizes], [marks[0], until, *marks[1:]], [first, *largest]
    return Axis(marks=tuple(marks), nodes=graded_axis(places, largest, sizes, growth=growth))


def _check_layers(owner: object, *fields: str) -> None:
    """Raise GeometryError unless fields of a shape are names of layers, or None."""
    for what in fields:
        if getattr(owner, what) is not None:
            check_names(what, getattr(owner, what))


def _top_layers(wanted: tuple[str, ...] | None, names: Sequence[str], what: str) -> int:
    """Return the number of the lowest electrode layer; the electrode reaches from there to the top."""
    start, stop = layer_run(what, names[-1:] if wanted is None else wanted, names)
    if stop != len(names) or start == 0:
        raise GeometryError(
            f"{what} is {wanted!r}: "
            f"it must end with the topmost layer {names[-1]!r} and leave the lowest one out"
        )
    return start


def _open(names: Sequence[str], start: int) -> tuple[str | None, ...]:
    """Return the column beside an electrode: nothing from layer `start` upwards."""
    return tuple(name if i < start else None for i, name in enumerate(names))


@dataclass(frozen=True, kw_only=True)
class Planar:
    """A planar section, x from -width/2 to width/2 [m], y upwards; currents are per `depth` [m] if it is
    given.

    With `electrode_width` [m] the `electrode_layers` (None: the topmost layer) exist only over that width in
    the middle; the surface beside them is free.
    """

    width: float
    lateral_size: float
    depth: float | None = None
    electrode_width: float | None = None
    electrode_layers: tuple[str, ...] | None = None
    edge_size: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "width", "electrode_width")
        _check_layers(self, "electrode_layers")
        _check_lateral(self.lateral_size, self.edge_size)
        if self.depth is not None:
            check_between("depth", self.depth, 1e-12, 1.0)
        if self.electrode_width is not None:
            check_not_larger("electrode_width", self.electrode_width, "width", self.width)
        elif self.electrode_layers is not None:
            raise GeometryError(
                f"electrode_layers is {self.electrode_layers!r}: give electrode_width with it"
            )

    def plan(self, names: tuple[str, ...], growth: float) -> Plan:
        """Return the lateral base and the region of each patch and layer."""
        half = 0.5 * self.width
        marks: tuple[float, ...] = (-half, half)
        table: Table = (names,)
        if self.electrode_width is not None:
            beside = _open(names, _top_layers(self.electrode_layers, names, "electrode_layers"))
            edge = 0.5 * self.electrode_width
            if edge < half * (1.0 - 1e-9):
                marks, table = (-half, -edge, edge, half), (beside, names, beside)
        base = LineBase(_axis(marks, self.lateral_size, self.edge_size, growth))
        return Plan(base, table, names, "cartesian", self.depth)


@dataclass(frozen=True, kw_only=True)
class Axisymmetric:
    """A section through the axis of a round device, x = r from 0 to `radius` [m], y = z upwards.

    With `electrode_radius` [m] the `electrode_layers` (None: the topmost layer) end at that radius.
    `axis_size` [m] is the lateral cell on the axis, where a filament is to be resolved; from there cells grow, or
    from `fine_radius` [m], within which they are as large.
    """

    radius: float
    lateral_size: float
    electrode_radius: float | None = None
    electrode_layers: tuple[str, ...] | None = None
    edge_size: float | None = None
    axis_size: float | None = None
    fine_radius: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "radius", "electrode_radius fine_radius")
        _check_layers(self, "electrode_layers")
        _check_lateral(self.lateral_size, self.edge_size, self.axis_size)
        if self.electrode_radius is not None:
            check_not_larger("electrode_radius", self.electrode_radius, "radius", self.radius)
        elif self.electrode_layers is not None:
            raise GeometryError(
                f"electrode_layers is {self.electrode_layers!r}: give electrode_radius with it"
            )
        inner = self.radius if self.electrode_radius is None else self.electrode_radius
        _check_fine(self.fine_radius, self.axis_size, inner)

    def plan(self, names: tuple[str, ...], growth: float) -> Plan:
        """Return the lateral base and the region of each patch and layer."""
        marks: tuple[float, ...] = (0.0, self.radius)
        table: Table = (names,)
        if self.electrode_radius is not None:
            beside = _open(names, _top_layers(self.electrode_layers, names, "electrode_layers"))
            if self.electrode_radius < self.radius * (1.0 - 1e-9):
                marks, table = (0.0, self.electrode_radius, self.radius), (names, beside)
        sizes = (self.lateral_size, self.edge_size, growth, self.axis_size)
        return Plan(LineBase(_axis(marks, *sizes, self.fine_radius)), table, names, "axisymmetric", 1.0)


@dataclass(frozen=True, kw_only=True)
class Via:
    """A round hole of `radius` [m] in a wall, in r-z; `via_layers` fill the hole, all others run over the
    wall.

    The region `wall` surrounds the via layers from `radius` to `radius + wall_thickness` [m]. It is listed
    directly after them, so interfaces read "film|SiO2" at the side, "ITO|SiO2" below and "SiO2|Ag" above.
    `axis_size` [m] is the lateral cell on the axis, where a filament is to be resolved; from there cells grow, or
    from `fine_radius` [m], within which they are as large.
    """

    radius: float
    wall_thickness: float
    lateral_size: float
    wall: str = "SiO2"
    via_layers: tuple[str, ...] = ("film",)
    edge_size: float | None = None
    axis_size: float | None = None
    fine_radius: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "radius wall_thickness", "fine_radius")
        check_names("via_layers", self.via_layers)
        check_region_name(self.wall)
        _check_lateral(self.lateral_size, self.edge_size, self.axis_size)
        _check_fine(self.fine_radius, self.axis_size, self.radius)

    def plan(self, names: tuple[str, ...], growth: float) -> Plan:
        """Return the lateral base and the region of each patch and layer."""
        if self.wall in names:
            raise GeometryError(
                f"wall is {self.wall!r}: that is a layer of the stack, the wall needs its own name"
            )
        start, stop = layer_run("via_layers", self.via_layers, names)
        outside = tuple(self.wall if start <= i < stop else name for i, name in enumerate(names))
        marks = (0.0, self.radius, self.radius + self.wall_thickness)
        sizes = (self.lateral_size, self.edge_size, growth, self.axis_size)
        base = LineBase(_axis(marks, *sizes, self.fine_radius))
        return Plan(base, (names, outside), (*names[:stop], self.wall, *names[stop:]), "axisymmetric", 1.0)


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A square slab of `side` [m], centred on x = y = 0, under a round electrode of `dot_radius` [m].

    The `electrode_layers` (None: the topmost layer) exist only over the disc. The rim is a regular polygon of
    exactly the disc's area. The lateral mesh is unstructured: some edges of its tetrahedra have negative
    weights in an edge-flux scheme; where that matters use `Axisymmetric`.
    """

    side: float
    dot_radius: float
    lateral_size: float
    electrode_layers: tuple[str, ...] | None = None
    edge_size: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "side dot_radius")
        _check_layers(self, "electrode_layers")
        _check_lateral(self.lateral_size, self.edge_size)

    def plan(self, names: tuple[str, ...], growth: float) -> Plan:
        """Return the lateral base and the region of each patch and layer."""
        beside = _open(names, _top_layers(self.electrode_layers, names, "electrode_layers"))
        edge = self.lateral_size if self.edge_size is None else self.edge_size
        base = DiscBase(
            side=self.side,
            radius=self.dot_radius,
            lateral_size=self.lateral_size,
            edge_size=edge,
            growth=growth,
        )
        if base.rim.max() >= 0.5 * self.side:
            raise GeometryError(
                f"dot_radius is {self.dot_radius!r}: it must be below half of side, {self.side!r}"
            )
        return Plan(base, (names, beside), names, "cartesian", 1.0)


@dataclass(frozen=True, kw_only=True)
class CrossPoint:
    """Two crossed bars of `line_width` [m] with the film between them, over a square of `side` [m] around x =
    y = 0.

    The `bottom_layers` (None: the lowest layer) form a bar along y, the `top_layers` (None: the topmost
    layer) a bar along x; both run to the edge of the square. The space beside the bars is empty, or the
    region `fill`, which is listed last ("film|fill", "ITO|fill"). Contact "bottom" is the lower face of the
    bottom bar, "top" the upper face of the top bar.
    """

    line_width: float
    side: float
    lateral_size: float
    bottom_layers: tuple[str, ...] | None = None
    top_layers: tuple[str, ...] | None = None
    fill: str | None = None
    edge_size: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "line_width side")
        _check_layers(self, "bottom_layers", "top_layers")
        _check_lateral(self.lateral_size, self.edge_size)
        if self.line_width >= self.side * (1.0 - 1e-9):
            raise GeometryError(
                f"line_width is {self.line_width!r}: it must be below side, which is {self.side!r}"
            )
        if self.fill is not None:
            check_region_name(self.fill)

    def plan(self, names: tuple[str, ...], growth: float) -> Plan:
        """Return the lateral base and the region of each patch and layer."""
        if self.fill in names:
            raise GeometryError(
                f"fill is {self.fill!r}: that is a layer of the stack, the fill needs its own name"
            )
        below, bar_end = layer_run("bottom_layers", self.bottom_layers or names[:1], names)
        bar_start = _top_layers(self.top_layers, names, "top_layers")
        if below != 0 or bar_end >= bar_start:
            raise GeometryError(
                f"bottom_layers is {self.bottom_layers!r} and top_layers {self.top_layers!r}: "
                "the first must begin "
                f"with the lowest layer {names[0]!r}, and at least one layer must lie between them"
            )

        def column(on_bottom: bool, on_top: bool) -> tuple[str | None, ...]:
            inside = [
                on_bottom if i < bar_end else on_top if i >= bar_start else True for i in range(len(names))
            ]
            return tuple(name if kept else self.fill for name, kept in zip(names, inside, strict=True))

        half, edge = 0.5 * self.side, 0.5 * self.line_width
        axis = _axis((-half, -edge, edge, half), self.lateral_size, self.edge_size, growth)
        table = tuple(column(i == 1, j == 1) for i in range(3) for j in range(3))
        regions = names if self.fill is None else (*names, self.fill)
        return Plan(RectangleBase(axis, axis), table, regions, "cartesian", 1.0)


Shape = Planar | Axisymmetric | Via | Dot | CrossPoint
