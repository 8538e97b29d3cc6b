"""Lateral devices: a film between two coplanar electrodes, on a substrate, exposed or encapsulated."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from geometries.meshing.drawing import Drawing
from geometries.meshing.layer import Layer
from geometries.meshing.section import Block, Face, Section, SectionSizes, Span
from geometries.names import GeometryError, check_choice, check_distinct, check_lengths, check_region_name

__all__ = ["LateralDevice"]

_PLACES = ("top", "bottom", "side")


@dataclass(frozen=True, kw_only=True)
class LateralDevice:
    """A film with the electrodes "left" and "right" at the distance `gap` [m] from one another.

    x is 0 in the middle of the gap, the vertical coordinate 0 at the lower face of the film (y in two
    dimensions, z in three; there y runs across the `width`, 0 in the middle).

    `left` and `right` say where each electrode is: on the film ("top") or under it ("bottom") over
    `electrode_width` [m], or at the whole end face of the film ("side", where `electrode_width` is not used).
    One at the side and one on top is the mixed geometry of memristors from two-dimensional
    materials (Spetzler et al., Advanced Electronic Materials 2024).

    With `electrode_thickness` None an electrode is a face of the film. Else it is a metal region of that
    thickness, named by `electrode_names`: on the film, within the encapsulation if there is one; under the
    film, within the substrate; or beside the end face, as long in x as it is thick. The contact is then the
    metal's face away from the film, or, where substrate or encapsulation cover that, its end face at the side
    of the device.

    Without `encapsulation` the upper face of the film between the electrodes is exposed. `width` [m] is that
    of the device: it turns the currents of a section, A/m, into A, and three dimensions need it. Film and
    electrodes reach across the whole width.

    Raises:
        GeometryError: a length is not positive, a place is not known, two names are equal, or an electrode
        without thickness would lie inside the drawing.

    Example:
        >>> from geometries import LateralDevice, Layer
        >>> device = LateralDevice(film=Layer("film", 300e-9), gap=10e-6, electrode_width=2e-6)
        >>> drawing = device.mesh(size=50e-9, interface_size=5e-9, lateral_size=500e-9, edge_size=5e-9)
        >>> drawing.regions, drawing.contacts
        (('film',), ('left', 'right'))
    """

    film: Layer
    gap: float
    electrode_width: float | None = None
    left: str = "top"
    right: str = "top"
    electrode_thickness: float | None = None
    electrode_names: tuple[str, str] = ("Au_left", "Au_right")
    substrate: Layer | None = None
    encapsulation: Layer | None = None
    width: float | None = None

    def __post_init__(self) -> None:
        check_lengths(self, "gap", "electrode_width electrode_thickness width")
        for what in ("film", "substrate", "encapsulation"):
            layer = getattr(self, what)
            if not isinstance(layer, Layer) and (what == "film" or layer is not None):
                raise GeometryError(f"{what} is {layer!r}: give a Layer(name, thickness)")
        for what in ("left", "right"):
            self._check_place(what, getattr(self, what))
        if not isinstance(self.electrode_names, tuple | list) or len(self.electrode_names) != 2:
            raise GeometryError(
                f"electrode_names is {self.electrode_names!r}: give two names, left and right"
            )
        for name in self.electrode_names:
            check_region_name(name)
        names = [layer.name for layer in (self.substrate, self.film, self.encapsulation) if layer is not None]
        check_distinct((*names, *self.electrode_names, "left", "right"), "region or contact")

    def _check_place(self, what: str, place: str) -> None:
        """Return nothing; the electrode must fit where it is."""
        check_choice(what, place, _PLACES)
        if place != "side" and self.electrode_width is None:
            raise GeometryError(f"electrode_width is None: an electrode at {place!r} needs its length [m]")
        cover = {"top": self.encapsulation, "bottom": self.substrate}.get(place)
        if cover is not None and self.electrode_thickness is None:
            raise GeometryError(
                f"electrode_thickness is None with {what} at {place!r}: under {cover.name!r} the contact would "
                "lie inside the drawing; give a thickness, and the electrode becomes a metal region"
            )

    @property
    def length(self) -> float:
        """Return the length of the film [m]."""
        return self._ends[1] - self._ends[0]

    @property
    def _ends(self) -> Span:
        """Return the x [m] of both ends of the film."""
        reach = [
            0.5 * self.gap + (0.0 if place == "side" else self.electrode_width or 0.0)
            for place in (self.left, self.right)
        ]
        return -reach[0], reach[1]

    def mesh(
        self,
        *,
        size: float,
        interface_size: float,
        lateral_size: float,
        edge_size: float | None = None,
        growth: float = 1.3,
        dimension: int = 2,
        width_size: float | None = None,
    ) -> Drawing:
        """Return the drawing, in `dimension` 2 or 3.

        `size` [m] is the largest vertical cell and `interface_size` [m] that at the faces of the layers (not
        at the outer ones of substrate, encapsulation and metal), unless a Layer has its own. `lateral_size`
        [m] is the largest cell along x and `edge_size` [m] that at both ends of the gap (None: as large);
        `growth` is the largest ratio of neighbouring cells within a stretch. `width_size` [m] is the largest
        cell across the width (None: `lateral_size`). Layers have at least four cells, stretches along x at
        least two.

        Raises:
            GeometryError: a size is not positive or exceeds its limit, or `width` is missing in three
            dimensions.
        """
        sizes = SectionSizes(
            size=size,
            interface_size=interface_size,
            lateral_size=lateral_size,
            edge_size=edge_size,
            growth=growth,
            dimension=dimension,
            width_size=width_size,
        )
        return self.section().drawing(sizes, {"kind": "LateralDevice", **asdict(self)})

    def section(self) -> Section:
        """Return the section of the device: its blocks and contacts."""
        metals = [self._metal(i) for i in (0, 1)] if self.electrode_thickness is not None else []
        least, most = self._ends
        span = (min([least, *(m.x[0] for m in metals)]), max([most, *(m.x[1] for m in metals)]))
        blocks = []
        if self.substrate is not None:
            blocks.append(Block.of(self.substrate, span, -self.substrate.thickness, passive=True))
        if self.encapsulation is not None:
            blocks.append(Block.of(self.encapsulation, span, self.film.thickness, passive=True))
        blocks += [Block.of(self.film, self._ends, 0.0), *metals]
        return Section(
            blocks=tuple(blocks),
            faces=tuple(self._face(i, metals[i] if metals else None) for i in (0, 1)),
            regions=self._regions(),
            edges=(-0.5 * self.gap, 0.5 * self.gap),
            width=self.width,
        )

    def _regions(self) -> tuple[str, ...]:
        """Return the order of all possible regions: bottom to top, what is embedded first."""
        places = (self.left, self.right)
        buried = [n for n, place in zip(self.electrode_names, places, strict=True) if place == "bottom"]
        others = [n for n in self.electrode_names if n not in buried]
        below = [] if self.substrate is None else [self.substrate.name]
        above = [] if self.encapsulation is None else [self.encapsulation.name]
        return (*buried, *below, self.film.name, *others, *above)

    def _over(self, i: int) -> Span:
        """Return the x [m] between which electrode i lies on or under the film."""
        edge = 0.5 * self.gap
        return (self._ends[0], -edge) if i == 0 else (edge, self._ends[1])

    def _metal(self, i: int) -> Block:
        """Return the metal of electrode i."""
        place, thick = (self.left, self.right)[i], self.electrode_thickness or 0.0
        film = self.film.thickness
        x, height = self._over(i), (0.0, film)
        if place == "side":
            x = (x[0] - thick, x[0]) if i == 0 else (x[1], x[1] + thick)
        else:
            height = (film, film + thick) if place == "top" else (-thick, 0.0)
        return Block(region=self.electrode_names[i], x=x, height=height, passive=True)

    def _face(self, i: int, metal: Block | None) -> Face:
        """Return the contact of electrode i: a face of the film or of its metal."""
        place, name = (self.left, self.right)[i], ("left", "right")[i]
        if metal is None:
            x, height, region = self._over(i), (0.0, self.film.thickness), self.film.name
        else:
            x, height, region = metal.x, metal.height, metal.region
        if place == "side" or (metal is not None and self._covered(place)):
            return Face(name=name, x=(x[i], x[i]), height=height, regions=(region,))
        outer = height[1] if place == "top" else height[0]
        return Face(name=name, x=x, height=(outer, outer), regions=(region,))

    def _covered(self, place: str) -> bool:
        """Return whether the encapsulation or the substrate is thicker than the electrode."""
        cover: Layer | None = {"top": self.encapsulation, "bottom": self.substrate}[place]
        thick = self.electrode_thickness or 0.0
        return cover is not None and cover.thickness > thick * (1.0 + 1e-9)
