"""A block of a crossbar array: crossed lines with a memristive film between them, on a substrate, under a
cap.

The mesh is a tensor-product grid cut into right-angled tetrahedra, so it fits every material boundary
exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, asdict, dataclass
from itertools import pairwise

from geometries.meshing.drawing import Drawing
from geometries.meshing.extrusion import Axis, ContactFace, Extrusion, RectangleBase
from geometries.meshing.grading import graded_axis
from geometries.meshing.section import Block, Face, Section, SectionSizes
from geometries.names import (
    GeometryError,
    check_count,
    check_distinct,
    check_length,
    check_lengths,
    check_not_larger,
    check_region_name,
)

__all__ = ["CrossbarBlock"]

#: Most lines of one direction: each crossing is a region with interfaces of its own.
LARGEST_COUNT = 64
MOST_LAYERS = 16


@dataclass(frozen=True)
class CrossbarBlock:
    """`rows` x `columns` crossings; z points up from the lower face of the substrate, z = 0.

    Top lines are word lines: ``top_line_<i>`` is row i, runs along x and is centred on y = i * pitch. Bottom
    lines are bit lines: ``bottom_line_<j>`` is column j, runs along y and is centred on x = j * pitch. The
    film under crossing (i, j) is the region ``cell_<i>_<j>``; `film` is what remains of it. Substrate, lines,
    film and cap all run on by `margin` beyond the outer lines, to the outer edge; `fill` surrounds the lines.

    With `layers` of cells above one another each line but the outermost serves two: over the top lines comes another
    film with cells ``cell_<i>_<j>_1``, then lines along y again, ``line_2_<j>``, and so on; `film` is that of all.

    With `patterned_width` the film exists only as squares of that width centred on the crossings, with fill
    between them; without it, the film is continuous. If the patterned width equals the line width, no region
    `film` remains. All lengths are in metres.

    Contacts: "sink" is the lower plane of the substrate, ``word_<i>`` the end face of top line i at the least
    x, ``bit_<j>`` that of bottom line j at the least y, ``end_<level>_<k>`` those of lines above. Interfaces
    read "substrate|fill", "bottom_line_0|cell_0_0", "cell_0_0|film", "film|top_line_0", "top_line_0|fill", "fill|cap".

    Raises:
        GeometryError: a length or count is not positive, lines or squares overlap, or a name is used twice.

    Example:
        >>> block = CrossbarBlock(
        ...     3, 3, pitch=200e-9, line_width=100e-9, line_thickness=50e-9, film_thickness=50e-9,
        ...     substrate_thickness=300e-9, cap_thickness=100e-9, margin=1e-6,
        ... )
        >>> block.cells[0][2]
        'cell_0_2'
    """

    rows: int
    columns: int
    _: KW_ONLY
    pitch: float
    line_width: float
    line_thickness: float
    film_thickness: float
    substrate_thickness: float
    cap_thickness: float
    margin: float
    patterned_width: float | None = None
    layers: int = 1
    film: str = "film"
    fill: str = "fill"
    substrate: str = "substrate"
    cap: str = "cap"

    def __post_init__(self) -> None:
        for what, most in (("rows", LARGEST_COUNT), ("columns", LARGEST_COUNT), ("layers", MOST_LAYERS)):
            check_count(what, getattr(self, what), most)
        check_lengths(
            self,
            "pitch line_width line_thickness film_thickness substrate_thickness cap_thickness margin",
            "patterned_width",
        )
        if self.line_width >= self.pitch * (1.0 - 1e-9):
            raise GeometryError(
                f"line_width is {self.line_width!r}: it must be below pitch, which is {self.pitch!r}"
            )
        if self.patterned_width is not None:
            self._check_pattern(self.patterned_width)
        named = (self.substrate, self.film, self.fill, self.cap)
        for name in named:
            check_region_name(name)
        lines = (name for level in self.line_levels for name in level)
        check_distinct((*named, *lines, *self.all_cells), "region")

    def _check_pattern(self, width: float) -> None:
        check_not_larger("line_width", self.line_width, "patterned_width", width)
        if width >= self.pitch * (1.0 - 1e-9):
            raise GeometryError(
                f"patterned_width is {width!r}: it must be below pitch, which is {self.pitch!r}"
            )
        if 0.5 * (width - self.line_width) >= self.margin * (1.0 - 1e-9):
            raise GeometryError(
                f"patterned_width is {width!r}: its squares must end within margin, which is {self.margin!r}"
            )

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of the cell regions, rows x columns."""
        return tuple(tuple(f"cell_{i}_{j}" for j in range(self.columns)) for i in range(self.rows))

    @property
    def layer_cells(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """Return the names of the cell regions, layers x rows x columns, from below; the first layer is `cells`."""
        above = tuple(
            tuple(tuple(f"cell_{i}_{j}_{k}" for j in range(self.columns)) for i in range(self.rows))
            for k in range(1, self.layers)
        )
        return self.cells, *above

    @property
    def all_cells(self) -> tuple[str, ...]:
        """Return the names of all cells, layer by layer and row by row."""
        return tuple(name for layer in self.layer_cells for row in layer for name in row)

    @property
    def line_levels(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of the lines of each level from below: along y, along x, along y and so on."""
        above = tuple(
            tuple(f"line_{k}_{n}" for n in range(self.rows if k % 2 else self.columns))
            for k in range(2, self.layers + 1)
        )
        return self.bottom_lines, self.top_lines, *above

    @property
    def cell_size(self) -> tuple[float, float, float]:
        """Return the extent (x, y, z) of one cell [m]."""
        return self.line_width, self.line_width, self.film_thickness

    @property
    def top_lines(self) -> tuple[str, ...]:
        """Return the names of the top lines (word lines), one per row."""
        return tuple(f"top_line_{i}" for i in range(self.rows))

    @property
    def bottom_lines(self) -> tuple[str, ...]:
        """Return the names of the bottom lines (bit lines), one per column."""
        return tuple(f"bottom_line_{j}" for j in range(self.columns))

    def mesh(
        self,
        *,
        size: float,
        coarse_size: float,
        film_size: float | None = None,
        edge_size: float | None = None,
        growth: float = 1.5,
    ) -> Drawing:
        """Return the drawing of the block.

        `size` is the largest cell [m] within the outer lines and through lines and film; away from them the
        cells grow by `growth` up to `coarse_size` [m]. `film_size` [m] is the vertical cell in the film, None
        for `size`. `edge_size` [m] is the cell at the edges of lines and squares and at the faces of the film, where
        fields of conductors are singular, None for the size beside them. Lines and film have at least two cells across
        their thickness.

        Raises:
            GeometryError: a size is not positive, size exceeds coarse_size, film_size exceeds size, or edge_size
            exceeds film_size.
        """
        check_length("size", size)
        check_length("coarse_size", coarse_size)
        check_not_larger("size", size, "coarse_size", coarse_size)
        finest = size if film_size is None else check_length("film_size", film_size)
        check_not_larger("film_size", finest, "size", size)
        edge = None if edge_size is None else check_length("edge_size", edge_size)
        if edge is not None:
            check_not_larger("edge_size", edge, "film_size", finest)
        x, y = (
            self._lateral(count, size, coarse_size, growth, edge or size)
            for count in (self.columns, self.rows)
        )
        z = self._vertical(size, coarse_size, finest, growth, edge or finest)
        table = tuple(
            self._column(*self._place(a, self.columns), *self._place(b, self.rows))
            for a in _middles(x)
            for b in _middles(y)
        )
        drawn = {name for column in table for name in column}
        above = (name for level in self.line_levels[1:] for name in level)
        order = (self.substrate, *self.bottom_lines, *self.all_cells, self.film, *above, self.fill, self.cap)
        sizes = {"size": size, "coarse_size": coarse_size, "film_size": finest, "growth": growth}
        sizes |= {} if edge is None else {"edge_size": edge}
        return Drawing(
            extrusion=Extrusion(RectangleBase(x, y), z, table),
            regions=tuple(name for name in order if name in drawn),
            contact_faces=self._contacts(x.marks[0], y.marks[0]),
            coordinates="cartesian",
            cross_section=1.0,
            description={"kind": "CrossbarBlock", **asdict(self), **sizes},
        )

    def film_section(
        self,
        *,
        size: float,
        interface_size: float,
        lateral_size: float,
        edge_size: float | None = None,
        growth: float = 1.5,
    ) -> Drawing:
        """Return the drawing of the film alone, in the plane along the middle bottom line that all top lines cross.

        x runs along the bottom line, 0 under top line 0; the height is 0 at the lower face of the film. Lines are
        contacts: ``word_<i>`` on cell (i, j) of the middle column j, ``bit_<j>`` under everything. With
        `patterned_width` the film ends there, and fill as thick lies between. The cross-section is `line_width`.
        `size` [m] is the largest vertical cell and `interface_size` [m] that at the lines; `lateral_size` [m] the
        largest cell along x and `edge_size` [m] that at the edges of the lines.

        Raises:
            GeometryError: a size is not positive or exceeds its limit.
        """
        if self.layers > 1:
            raise GeometryError(f"layers is {self.layers!r}: a section of the film is of one layer")
        sizes = SectionSizes(
            size=size,
            interface_size=interface_size,
            lateral_size=lateral_size,
            edge_size=edge_size,
            growth=growth,
        )
        column = self.columns // 2
        cells = tuple(row[column] for row in self.cells)
        half, height = 0.5 * self.line_width, (0.0, self.film_thickness)
        ends = (-half - self.margin, (self.rows - 1) * self.pitch + half + self.margin)
        spans = [(i * self.pitch - half, i * self.pitch + half) for i in range(self.rows)]
        around = self.film if self.patterned_width is None else self.fill
        blocks = [Block(region=around, x=ends, height=height)]
        reach = 0.5 * (self.patterned_width or self.line_width) - half
        if reach > 0:
            wide = [(a - reach, b + reach) for a, b in spans]
            blocks += [Block(region=self.film, x=x, height=height) for x in wide]
        blocks += [Block(region=cell, x=x, height=height) for cell, x in zip(cells, spans, strict=True)]
        upper = (self.film_thickness, self.film_thickness)
        faces = [Face(name=f"word_{i}", x=x, height=upper, regions=(cells[i],)) for i, x in enumerate(spans)]
        drawn = tuple(dict.fromkeys((*cells, *(block.region for block in blocks))))
        faces.append(Face(name=f"bit_{column}", x=ends, height=(0.0, 0.0), regions=drawn))
        return Section(
            blocks=tuple(blocks),
            faces=tuple(faces),
            regions=drawn,
            edges=tuple(x for span in spans for x in span),
            width=self.line_width,
        ).drawing(sizes, {"kind": "CrossbarBlock.film_section", **asdict(self)})

    def _contacts(self, x_least: float, y_least: float) -> tuple[ContactFace, ...]:
        """Return sink, word lines and bit lines."""
        words = (
            ContactFace(name=f"word_{i}", axis=0, position=x_least, regions=(line,))
            for i, line in enumerate(self.top_lines)
        )
        bits = (
            ContactFace(name=f"bit_{j}", axis=1, position=y_least, regions=(line,))
            for j, line in enumerate(self.bottom_lines)
        )
        above = (
            ContactFace(
                name=f"end_{k}_{n}", axis=(k + 1) % 2, position=(y_least, x_least)[k % 2], regions=(line,)
            )
            for k, level in enumerate(self.line_levels)
            for n, line in enumerate(level)
            if k >= 2
        )
        return (
            ContactFace(name="sink", axis=2, position=0.0, regions=(self.substrate,)),
            *words,
            *bits,
            *above,
        )

    def _lateral(self, count: int, size: float, coarse_size: float, growth: float, edge: float) -> Axis:
        """Return the axis across `count` lines, `edge` [m] at their edges, fine within them, growing in the margins."""
        line, square = 0.5 * self.line_width, 0.5 * (self.patterned_width or self.line_width)
        offsets = (-line, line) if square <= line * (1.0 + 1e-9) else (-square, -line, line, square)
        edges = [k * self.pitch + offset for k in range(count) for offset in offsets]
        outer = line + self.margin
        marks = (-outer, *edges, (count - 1) * self.pitch + outer)
        sizes = [coarse_size, *[size] * (len(edges) - 1), coarse_size]
        wishes = [None, *[edge] * len(edges), None]
        return Axis(marks=marks, nodes=graded_axis(marks, sizes, wishes, growth=growth))

    def _vertical(
        self, size: float, coarse_size: float, film_size: float, growth: float, edge: float
    ) -> Axis:
        """Return the vertical axis through substrate, bottom lines, film, top lines and cap."""
        layer = (self.film_thickness, self.line_thickness)
        marks = [0.0]
        for thickness in (
            self.substrate_thickness, self.line_thickness, *layer * self.layers, self.cap_thickness
        ):  # fmt: skip
            marks.append(marks[-1] + thickness)
        sizes = (coarse_size, size, *(film_size, size) * self.layers, coarse_size)
        outer = min(size, edge) if edge < film_size else size
        wishes = (None, outer, *(edge, edge) * self.layers, outer, None)
        nodes = graded_axis(marks, sizes, wishes, growth=growth, min_cells=2)
        return Axis(marks=tuple(marks), nodes=nodes)

    def _place(self, position: float, count: int) -> tuple[int, bool, bool]:
        """Return the nearest of `count` lines, and whether the position [m] lies on it and in its row of film
        squares."""
        line = min(max(0, round(position / self.pitch)), count - 1)
        distance = abs(position - line * self.pitch)
        square = self.patterned_width
        return line, distance < 0.5 * self.line_width, square is None or distance < 0.5 * square

    def _column(
        self, j: int, on_bottom: bool, x_film: bool, i: int, on_top: bool, y_film: bool
    ) -> tuple[str, ...]:
        """Return the regions from substrate to cap over one rectangle of the base."""
        film = self.film if x_film and y_film else self.fill
        column = [self.substrate, f"bottom_line_{j}" if on_bottom else self.fill]
        for layer, (cells, lines) in enumerate(zip(self.layer_cells, self.line_levels[1:], strict=True)):
            along_x = layer % 2 == 0
            column.append(cells[i][j] if on_bottom and on_top else film)
            column.append(lines[i if along_x else j] if (on_top if along_x else on_bottom) else self.fill)
        return *column, self.cap


def _middles(axis: Axis) -> Sequence[float]:
    """Return the middle [m] of each segment between marks."""
    return [0.5 * (a + b) for a, b in pairwise(axis.marks)]
