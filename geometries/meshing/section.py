"""Planar sections made of rectangles, and the two- or three-dimensional drawing that follows from them.

A section lies in the plane of x (along the film) and height. Later blocks are drawn over earlier ones; what no
block covers is empty. Every edge of a block becomes a mark of both axes' tensor-product mesh, so that all
triangles and tetrahedra are right-angled. In three dimensions the section is drawn along y, across the width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np

from geometries.meshing.drawing import Drawing
from geometries.meshing.extrusion import Axis, ContactFace, Extrusion, LineBase, RectangleBase, Table
from geometries.meshing.grading import check_growth, graded_axis, graded_segment
from geometries.meshing.layer import Layer
from geometries.names import GeometryError, check_choice, check_lengths, check_not_larger

__all__ = ["Block", "Face", "Section", "SectionSizes"]

#: Two positions nearer than this part of the section's extent are one.
_SAME = 1e-9

Span = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class SectionSizes:
    """The cells of a section [m]; the meaning of each is that of the `mesh` methods which make one.

    Raises:
        GeometryError: a size is not positive or exceeds its limit, growth is outside (1, 3], or the dimension
        is not 2 or 3.
    """

    size: float
    interface_size: float
    lateral_size: float
    edge_size: float | None = None
    growth: float = 1.3
    dimension: int = 2
    width_size: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "size interface_size lateral_size", "edge_size width_size")
        if self.edge_size is not None:
            check_not_larger("edge_size", self.edge_size, "lateral_size", self.lateral_size)
        check_growth(self.growth)
        check_choice("dimension", self.dimension, (2, 3))
        if self.width_size is not None and self.dimension == 2:
            raise GeometryError(
                f"width_size is {self.width_size!r}: it belongs to dimension=3, where cells have a width"
            )


@dataclass(frozen=True, kw_only=True)
class Block:
    """A rectangle of one region: `x` and `height` are its lower and upper bounds [m].

    `size` and `interface_size` [m] are those of a Layer, None those of the whole section. A `passive` block
    (substrate, encapsulation, metal) has no fine cells at the outer surface of the section.
    """

    region: str
    x: Span
    height: Span
    size: float | None = None
    interface_size: float | None = None
    passive: bool = False

    @classmethod
    def of(cls, layer: Layer, x: Span, lower: float, *, passive: bool = False) -> Block:
        """Return the block of a layer whose lower face is at `lower` [m]."""
        return cls(
            region=layer.name,
            x=x,
            height=(lower, lower + layer.thickness),
            size=layer.size,
            interface_size=layer.interface_size,
            passive=passive,
        )

    def with_sizes(self, sizes: SectionSizes) -> _Sized:
        """Return the block with the sizes of the section where it has none of its own.

        Raises:
            GeometryError: its interface_size exceeds its size.
        """
        largest = sizes.size if self.size is None else self.size
        finest = sizes.interface_size if self.interface_size is None else self.interface_size
        check_not_larger(f"interface_size in {self.region!r}", finest, "size", largest)
        return _Sized(*self.height, largest, finest, self.passive)


class _Sized(NamedTuple):
    """The vertical extent of a block [m], its largest cell and the one at its faces [m]."""

    lower: float
    upper: float
    largest: float
    finest: float
    passive: bool


@dataclass(frozen=True, kw_only=True)
class Face:
    """A contact in a section: a level part of a face (`height` has equal bounds) or an upright one [m]."""

    name: str
    x: Span
    height: Span
    regions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """Blocks, contacts, the order of the regions, and the positions x [m] at which cells are fine.

    Raises:
        GeometryError: two contacts touch.
    """

    blocks: tuple[Block, ...]
    faces: tuple[Face, ...]
    regions: tuple[str, ...]
    edges: tuple[float, ...]
    width: float | None

    def __post_init__(self) -> None:
        across, up = (
            _SAME * (max(upper for _, upper in spans) - min(lower for lower, _ in spans))
            for spans in ([b.x for b in self.blocks], [b.height for b in self.blocks])
        )
        for a, b in combinations(self.faces, 2):
            if _meet(a.x, b.x, across) and _meet(a.height, b.height, up):
                raise GeometryError(
                    f"contacts {a.name!r} and {b.name!r} touch at x = {max(a.x[0], b.x[0]):g} m: leave a gap "
                    "between them"
                )

    def drawing(self, sizes: SectionSizes, description: dict[str, Any]) -> Drawing:
        """Return the drawing; `description` is plain data about the shape.

        Raises:
            GeometryError: three dimensions without a width, or a size that does not fit.
        """
        if sizes.dimension == 3 and self.width is None:
            raise GeometryError("width is None: a drawing in 3 dimensions needs the width of the device [m]")
        x, z = self._lateral(sizes), self._vertical(sizes)
        columns = _columns(self.blocks, x.marks, z.marks)
        base: LineBase | RectangleBase = LineBase(x)
        if sizes.dimension == 3:
            base = RectangleBase(x, self._across(sizes))
        given = {block.region for block in self.blocks}
        return Drawing(
            extrusion=Extrusion(base, z, columns),
            regions=tuple(name for name in self.regions if name in given),
            contact_faces=tuple(self._contact(face, x, z, sizes.dimension) for face in self.faces),
            coordinates="cartesian",
            cross_section=self.width if sizes.dimension == 2 else 1.0,
            description={**description, **asdict(sizes)},
        )

    def _lateral(self, sizes: SectionSizes) -> Axis:
        """Return the axis along x: `edge_size` at the edges, growing with the distance from them."""
        marks = _distinct([position for block in self.blocks for position in block.x] + [*self.edges])
        edge = sizes.lateral_size if sizes.edge_size is None else sizes.edge_size

        def wish(position: float) -> float:
            away = min(abs(position - x) for x in self.edges)
            return min(sizes.lateral_size, edge + (sizes.growth - 1.0) * away)

        wishes = [wish(position) for position in marks]
        nodes = graded_axis(marks, sizes.lateral_size, wishes, growth=sizes.growth, min_cells=2)
        return Axis(marks=tuple(marks), nodes=nodes)

    def _across(self, sizes: SectionSizes) -> Axis:
        """Return the axis across the width, even, with 0 in the middle."""
        assert self.width is not None
        marks = (-0.5 * self.width, 0.5 * self.width)
        size = sizes.lateral_size if sizes.width_size is None else sizes.width_size
        return Axis(marks=marks, nodes=graded_axis(marks, size, (None, None), min_cells=2))

    def _vertical(self, sizes: SectionSizes) -> Axis:
        """Return the vertical axis: each slab has the least sizes of the blocks in it, at least four cells."""
        blocks = [block.with_sizes(sizes) for block in self.blocks]
        marks = _distinct([position for block in blocks for position in block[:2]])
        near = _SAME * (marks[-1] - marks[0])
        nodes = [marks[0]]
        for lower, upper in pairwise(marks):
            inside = [b for b in blocks if b.lower < upper - near and b.upper > lower + near]
            largest = min(block.largest for block in inside)
            ends = [_finest(blocks, inside, mark, (marks[0], marks[-1]), near) for mark in (lower, upper)]
            wishes = [None if end is None else min(end, largest) for end in ends]
            lengths = graded_segment(upper - lower, largest, *wishes, growth=sizes.growth, min_cells=4)
            nodes += [*(lower + np.cumsum(lengths[:-1])).tolist(), upper]
        return Axis(marks=tuple(marks), nodes=tuple(nodes))

    def _contact(self, face: Face, x: Axis, z: Axis, dimension: int) -> ContactFace:
        """Return the contact with the very positions of the marks."""
        infinite = (math.inf,) * (dimension - 2)
        x0, x1 = (_nearest(x.marks, position) for position in face.x)
        z0, z1 = (_nearest(z.marks, position) for position in face.height)
        level = z0 == z1
        return ContactFace(
            name=face.name,
            axis=dimension - 1 if level else 0,
            position=z0 if level else x0,
            regions=face.regions,
            lower=(x0, *(-value for value in infinite), z0),
            upper=(x1, *infinite, z1),
        )


def _meet(a: Span, b: Span, near: float) -> bool:
    """Return whether two spans share a position."""
    return max(a[0], b[0]) <= min(a[1], b[1]) + near


def _distinct(positions: Sequence[float]) -> tuple[float, ...]:
    """Return the positions [m] in ascending order, one of each group of equal ones."""
    ordered = sorted(positions)
    near = _SAME * (ordered[-1] - ordered[0])
    return (ordered[0], *(b for a, b in pairwise(ordered) if b - a > near))


def _nearest(marks: Sequence[float], position: float) -> float:
    """Return the mark [m] nearest to a position."""
    return min(marks, key=lambda mark: abs(mark - position))


def _columns(blocks: Sequence[Block], x: Sequence[float], z: Sequence[float]) -> Table:
    """Return the region in each patch of x and slab of z: that of the last block which covers its middle."""

    def region(across: float, height: float) -> str | None:
        for block in reversed(blocks):
            if block.x[0] < across < block.x[1] and block.height[0] < height < block.height[1]:
                return block.region
        return None

    middles = [[0.5 * (a + b) for a, b in pairwise(marks)] for marks in (x, z)]
    return tuple(tuple(region(across, height) for height in middles[1]) for across in middles[0])


def _finest(
    blocks: Sequence[_Sized], inside: Sequence[_Sized], mark: float, ends: Span, near: float
) -> float | None:
    """Return the cell [m] wanted at a mark by the blocks of a slab, or by any if none of them ends there.

    At the two `ends` of the section passive blocks have no wish.
    """

    def wishes(candidates: Sequence[_Sized]) -> list[float]:
        return [
            b.finest
            for b in candidates
            if min(abs(b.lower - mark), abs(b.upper - mark)) < near
            and not (b.passive and min(abs(mark - end) for end in ends) < near)
        ]

    return min(wishes(inside) or wishes(blocks), default=None)
