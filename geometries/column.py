"""A column in a round film over an electrode with a tip: meshed in lines of nodes across the film.

Every line of nodes goes from the electrode below, whose surface is that of a tip, to the flat one above. The wall
of the column is straight and its nodes do not jump when the shape of the tip changes a little: what a random tip
does to a device is then not what its random mesh does.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from geometries.meshing.drawing import Drawing
from geometries.meshing.extrusion import (
    ContactFace,
    Ints,
    Plane,
    SimplexMesh,
    facet_groups,
    facets_between,
    positive,
)
from geometries.meshing.grading import Floats, check_growth, graded_segment
from geometries.names import GeometryError
from geometries.tip_shapes import Tip


@dataclass(frozen=True, kw_only=True)
class ColumnOverTip:
    """A film of `thickness` and `radius` [m], a `column` of that radius [m] on its axis, a `tip` below (None: flat).

    Cells along the axis are `last` [m] high at either electrode, where gaps open and close, and between them
    grow by at most the factor `growth` from one to the next, up to `largest` [m]; `across` even cells over the
    radius of the column, up to two at its wall, the last of them of `edge` [m] and the other one twice as wide
    (None: even ones alone). Both electrodes are contacts, "bottom" with the tip and "top"; regions are "column"
    and "film".

    Raises:
        GeometryError: column or tip do not fit into the film, four cells of `last` not into the gap, three of `edge`
            not into the column; `last` exceeds `largest`, or `growth` is outside (1, 3].
    """

    thickness: float
    radius: float
    column: float
    tip: Tip | None
    last: float
    largest: float
    growth: float = 1.25
    across: int = 1
    edge: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.column < self.radius:
            raise GeometryError(f"column is {self.column!r}: it must lie in a film of radius {self.radius!r}")
        if self.tip is not None and not self.tip.height < self.thickness:
            raise GeometryError(f"the tip has {self.tip.height!r} of a film of {self.thickness!r}")
        gap = self.thickness - (self.tip.height if self.tip is not None else 0.0)
        if not 0 < 4 * self.last < gap:
            raise GeometryError(f"last is {self.last!r}: four of it must fit into a gap of {gap!r}")
        if not self.last <= self.largest:
            raise GeometryError(
                f"last is {self.last!r}: it must not exceed largest, which is {self.largest!r}"
            )
        check_growth(self.growth)
        if self.edge is not None and not 0 < 3 * self.edge < self.column:
            raise GeometryError(
                f"edge is {self.edge!r}: three of it must fit into a column of {self.column!r}"
            )

    dimension = 2

    def drawing(self) -> Drawing:
        """Return the drawing."""
        faces = (("bottom", 0.0), ("top", self.thickness))
        return Drawing(
            extrusion=self,
            regions=("column", "film"),
            contact_faces=tuple(
                ContactFace(name=name, axis=1, position=z, regions=("column", "film")) for name, z in faces
            ),
            coordinates="axisymmetric",
            cross_section=1.0,
            description={"kind": type(self).__name__, **asdict(self)},
        )

    def drawn(self) -> set[str]:
        """Return the names of all regions."""
        return {"column", "film"}

    def touching(self) -> set[frozenset[str]]:
        """Return the pairs of regions that share a face."""
        return {frozenset(("column", "film"))}

    def surface(self, r: Floats) -> Floats:
        """Return the height [m] of the lower electrode at the distances ``r`` [m] from the axis."""
        if self.tip is None:
            return np.zeros_like(r)
        outline = self.tip.outline(self.thickness)
        return np.interp(r, outline[:, 0], outline[:, 1], right=0.0)

    def mesh(
        self, regions: tuple[str, ...], contacts: tuple[ContactFace, ...], interfaces: tuple[str, ...]
    ) -> SimplexMesh:
        """Return the mesh, its cells numbered by `regions`, its facets by `contacts`, then `interfaces`."""
        lines = self._lines()
        low = self.surface(lines)
        share = self._shares(self.thickness - low[0])
        rows = len(share) - 1
        height = low[:, None] * (1 - share) + self.thickness * share
        points = np.column_stack((np.repeat(lines, rows + 1), height.ravel()))
        cells, between = self._cells(len(lines), rows)
        region = np.where(
            lines[between + 1] < self.column * (1 + 1e-9), regions.index("column"), regions.index("film")
        )
        facets, one, other = facets_between(Plane(points, np.sort(cells, axis=1), region))
        group = facet_groups(points, facets, one, other, regions, contacts, interfaces)
        names = [contact.name for contact in contacts]
        group[(facets % (rows + 1) == 0).all(axis=1)] = names.index("bottom")
        kept = group >= 0
        return SimplexMesh(points, positive(points, cells), region, facets[kept], group[kept])

    def _shares(self, gap: float) -> Floats:
        """Return the heights of the rows of nodes over the lower electrode, of the ``gap`` [m] on the axis."""
        cells = graded_segment(gap, self.largest, self.last, self.last, growth=self.growth, min_cells=4)
        return np.concatenate((np.cumsum((0.0, *cells[:-1])) / gap, (1.0,)))

    def _lines(self) -> Floats:
        """Return the distances of the lines of nodes from the axis [m]: those of the column, then wider."""
        wall = () if self.edge is None else (self.column - self.edge, self.column)
        even = np.linspace(
            0.0, self.column if self.edge is None else self.column - 3 * self.edge, self.across + 1
        )
        steps = max(3, round(2 * np.log2(self.radius / self.column)))
        return np.concatenate((even, wall, np.geomspace(self.column, self.radius, steps + 1)[1:]))

    @staticmethod
    def _cells(lines: int, rows: int) -> tuple[Ints, Ints]:
        """Return the triangles and the number of the gap between two lines that each lies in."""
        line, row = (k.ravel() for k in np.meshgrid(np.arange(lines - 1), np.arange(rows), indexing="ij"))
        a = line * (rows + 1) + row
        b = a + rows + 1
        cells = np.concatenate((np.column_stack((a, b, b + 1)), np.column_stack((a, b + 1, a + 1))))
        return cells, np.concatenate((line, line))
