"""An electrode with a tip: a stack of layers in which one electrode points into the film beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

from geometries.meshing.drawing import Drawing
from geometries.meshing.extrusion import ContactFace
from geometries.meshing.grading import check_growth
from geometries.meshing.layer import Layer
from geometries.meshing.sizes import CellSizes, FineBox, FineOutline
from geometries.meshing.solid import TipSolid
from geometries.names import GeometryError, check_choice, check_instance, check_length, check_not_larger
from geometries.stack import VerticalStack
from geometries.tip_shapes import PyramidTip, Tip, check_tip_fits

__all__ = ["TipElectrode"]

Place = tuple[str, FineBox | FineOutline]  # and what it is called in an error

#: Most triangles or tetrahedra, roughly estimated; gmsh takes minutes for a million tetrahedra.
LARGEST_COUNT = 3e6

#: Triangles and tetrahedra in a square and a cube of the size wanted.
_PER_CUBE = {2: 2.3, 3: 16.0}

#: Part of the size wanted at the apex that makes even the largest cell there small enough, by dimension.
_APEX_PART = {2: 0.9, 3: 0.7}


@dataclass(frozen=True, kw_only=True)
class TipElectrode:
    """A stack in a cell of `width` [m] whose `electrode` carries a tip into the layer `film`.

    `electrode` is a layer directly below or above the film: the tip is part of it, and the layer keeps its
    name. It may also be the contact "bottom" or "top" itself if the film is the lowest or topmost layer: then
    the tip is empty space, and its surface is part of that contact. The axis of the tip is that of the cell.

    The cell is round with diameter `width` (a section r-z or three-dimensional), or with `square` a square of
    that side (three-dimensional). `tip` None is the planar control. Regions, contacts and interfaces are
    named as in `VerticalStack`; the side of the cell is free.

    Raises:
        GeometryError: a layer does not exist, electrode and film do not touch, or the tip does not fit.

    Example:
        >>> from geometries import ConeTip, Layer, TipElectrode, VerticalStack
        >>> device = TipElectrode(
        ...     stack=VerticalStack(Layer("Au", 20e-9), Layer("film", 100e-9), Layer("Ag", 20e-9)),
        ...     electrode="Au", film="film", width=200e-9,
        ...     tip=ConeTip(apex_radius=5e-9, half_angle=0.35, height=60e-9),
        ... )
        >>> device.mesh(size=10e-9, apex_size=1e-9).interfaces
        ('Au|film', 'film|Ag')
    """

    stack: VerticalStack
    electrode: str
    film: str
    tip: Tip | None
    width: float
    square: bool = False

    def __post_init__(self) -> None:
        check_length("width", self.width)
        check_instance("stack", self.stack, VerticalStack, "a VerticalStack(Layer(...), ...)")
        check_choice("square", self.square, (False, True))
        self._check_names()
        if self.tip is not None:
            if not isinstance(self.tip, Tip):
                raise GeometryError(f"tip is {self.tip!r}: use ConeTip, HyperboloidTip, PyramidTip or None")
            check_tip_fits(self.tip, self.stack.layers[self._film].thickness, self.width)

    def _check_names(self) -> None:
        names = self.stack.names
        if self.film not in names:
            raise GeometryError(f"film is {self.film!r}: the layers of this stack are {', '.join(names)}")
        place = self._film
        beside = ["bottom" if place == 0 else names[place - 1]]
        beside.append("top" if place == len(names) - 1 else names[place + 1])
        if self.electrode not in beside:
            raise GeometryError(
                f"electrode is {self.electrode!r}: beside the film {self.film!r} are {beside[0]!r} and "
                f"{beside[1]!r}"
            )

    @property
    def _film(self) -> int:
        return self.stack.names.index(self.film)

    @property
    def upward(self) -> bool:
        """Return whether the electrode is below the film, so that the tip points up."""
        names = self.stack.names
        return self.electrode == ("bottom" if self._film == 0 else names[self._film - 1])

    @property
    def area(self) -> float:
        """Return the area of the cell [m^2]."""
        return self.width**2 if self.square else 0.25 * math.pi * self.width**2

    @property
    def apex(self) -> float:
        """Return the height of the apex [m]; without a tip that of the electrode's face."""
        face = self.stack.faces[self._film + (0 if self.upward else 1)]
        height = 0.0 if self.tip is None else self.tip.height
        return face + height if self.upward else face - height

    def planar(self) -> TipElectrode:
        """Return the control: the same cell and layers without the tip."""
        return replace(self, tip=None)

    def mesh(
        self,
        *,
        size: float,
        apex_size: float,
        interface_size: float | None = None,
        growth: float = 1.3,
        dimension: int | None = None,
        refine: Sequence[FineBox] = (),
    ) -> Drawing:
        """Return the drawing.

        `size` [m] is the largest cell, `apex_size` [m] the cell at the apex, `interface_size` [m] the cell at
        both faces of the film, the sides of the tip included (None: `size`); away from them the size grows
        with the distance by `growth` - 1. (The size of a cell is the edge of a regular triangle or tetrahedron of
        its content; cells are 0.9 times as large as wanted on average and, except at the apex, at most some
        1.4 times.) Layers have at least two cells across their thickness, unless they
        have a size of their own. `dimension` is 2 (a section r-z, if the shape allows it) or 3; None takes
        the smaller one possible. `refine` adds boxes of finer cells; without a tip `apex_size` is not used.

        Raises:
            GeometryError: a size is not positive or exceeds its limit, there are too many cells, or the
            shape does not exist in this dimension.
        """
        check_length("size", size)
        check_length("apex_size", apex_size)
        check_not_larger("apex_size", apex_size, "size", size)
        if self.tip is not None:
            limit = "apex_width" if isinstance(self.tip, PyramidTip) else "apex_radius"
            check_not_larger("apex_size", apex_size, limit, self.tip.apex_size)
        if interface_size is not None:
            check_length("interface_size", interface_size)
            check_not_larger("interface_size", interface_size, "size", size)
        check_growth(growth)
        dimension = self._dimension(dimension, refine)
        places = [
            *self._apex_places(apex_size, interface_size, dimension),
            *self._layer_places(size, interface_size, dimension),
            *(("an entry of refine", box) for box in refine),
        ]
        sizes = {"size": size, "apex_size": apex_size, "interface_size": interface_size, "growth": growth}
        about = {"dimension": dimension, "refine": [asdict(box) for box in refine], **sizes}
        wanted = CellSizes(largest=size, growth=growth, places=tuple(place for _, place in places))
        self._check_count(wanted, dimension, [name for name, _ in places])
        return self._drawing(wanted, dimension, about)

    def _dimension(self, wanted: int | None, refine: Sequence[FineBox]) -> int:
        flat = not self.square and not isinstance(self.tip, PyramidTip)
        allowed = (2, 3) if flat else (3,)
        if wanted is not None and wanted not in allowed:
            kind = "no tip" if self.tip is None else f"a {type(self.tip).__name__}"
            raise GeometryError(
                f"dimension is {wanted!r}: a {'square' if self.square else 'round'} cell with {kind} "
                f"can be drawn in {' or '.join(map(str, allowed))} dimensions"
            )
        dimension = wanted or allowed[0]
        check_instance("refine", refine, tuple | list, "a list of FineBox")
        for box in refine:
            check_instance("an entry of refine", box, FineBox, "a FineBox")
            if len(box.lower) != dimension:
                raise GeometryError(
                    f"refine has a box from {box.lower!r}: it needs {dimension} coordinates in this drawing"
                )
        return dimension

    def _check_count(self, sizes: CellSizes, dimension: int, names: Sequence[str]) -> None:
        """Return nothing; the mesh must have a reasonable number of cells. `names` are those of the places."""
        half = 0.5 * self.width
        lower = (0.0, 0.0) if dimension == 2 else (-half, -half, 0.0)
        count, number = sizes.count(lower, (*(half,) * (dimension - 1), self.stack.faces[-1]))
        if (cells := _PER_CUBE[dimension] * count) > LARGEST_COUNT:
            what, size = (
                ("size", sizes.largest) if number is None else (names[number], sizes.places[number].size)
            )
            raise GeometryError(
                f"{what} has cells of {size:g} m over a width of {self.width:g} m: that makes {cells:.1g}, "
                f"and {LARGEST_COUNT:g} is the most: give a larger size (of that Layer), or is a unit "
                "missing (400 * nm)?"
            )

    @staticmethod
    def _layer_size(layer: Layer) -> float:
        """Return the largest cell in a layer [m]: its own size, or half its thickness."""
        return 0.5 * layer.thickness if layer.size is None else layer.size

    def _apex_places(self, apex_size: float, interface_size: float | None, dimension: int) -> list[Place]:
        """Return the fine cells at the apex and along the sides of the tip."""
        if self.tip is None:
            return []
        blunt = isinstance(self.tip, PyramidTip)
        across = (0.5 * self.tip.apex_size if blunt else 0.0,) * (dimension - 1)
        apex = FineBox(
            lower=(*(-a for a in across), self.apex),
            upper=(*across, self.apex),
            size=apex_size * _APEX_PART[dimension],
            margin=(0.25 if blunt else 0.5) * self.tip.apex_size,
        )
        if interface_size is None:
            return [("apex_size", apex)]
        lower, upper = self.stack.faces[self._film : self._film + 2]
        outline = self.tip.outline(upper - lower).tolist()
        side = tuple((r, lower + z if self.upward else upper - z) for r, z in outline)
        outline_of = FineOutline(points=side, size=interface_size, dimension=dimension, square=blunt)
        return [("apex_size", apex), ("interface_size", outline_of)]

    def _layer_places(self, size: float, interface_size: float | None, dimension: int) -> list[Place]:
        """Return the cells in layers that are thin or have sizes of their own, and at the film's faces."""

        def slab(low: float, high: float, cell: float) -> FineBox:
            wide = (math.inf,) * (dimension - 1)
            return FineBox(lower=(*(-w for w in wide), low), upper=(*wide, high), size=min(cell, size))

        places: list[Place] = []
        for layer, (low, high) in zip(self.stack.layers, pairwise(self.stack.faces), strict=True):
            own = self._layer_size(layer)
            if own < size:
                places.append((f"layer {layer.name!r}", slab(low, high, own)))
            finest = interface_size if layer.name == self.film else None
            whose = "interface_size"
            if layer.interface_size is not None:
                finest, whose = layer.interface_size, f"interface_size of layer {layer.name!r}"
            if finest is not None:
                places += [(whose, slab(face, face, finest)) for face in (low, high)]
        return places

    def _drawing(self, sizes: CellSizes, dimension: int, about: dict[str, Any]) -> Drawing:
        names, faces = self.stack.names, self.stack.faces
        hollow = self.electrode if self.electrode not in names else None
        solid = TipSolid(
            names=names,
            faces=faces,
            width=self.width,
            square=self.square,
            dimension=dimension,
            film=self._film,
            tip=self.tip,
            upward=self.upward,
            owner=None if hollow else names.index(self.electrode),
            hollow=None if self.tip is None else hollow,
            sizes=sizes,
        )
        kind = None if self.tip is None else {"kind": type(self.tip).__name__, **asdict(self.tip)}
        return Drawing(
            extrusion=solid,
            regions=names,
            contact_faces=tuple(
                ContactFace(name=name, axis=dimension - 1, position=position, regions=(region,))
                for name, position, region in (("bottom", 0.0, names[0]), ("top", faces[-1], names[-1]))
            ),
            coordinates="axisymmetric" if dimension == 2 else "cartesian",
            cross_section=1.0,
            description={
                "kind": "TipElectrode",
                "layers": [asdict(layer) for layer in self.stack.layers],
                **{what: getattr(self, what) for what in ("electrode", "film", "width", "square")},
                "tip": kind,
                **about,
            },
        )
