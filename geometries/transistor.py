"""Synaptic transistors: a channel between source and drain, and a gate across one or several dielectrics."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from geometries.floating_islands import FloatingIslands
from geometries.meshing.drawing import Drawing
from geometries.meshing.layer import Layer
from geometries.meshing.section import SectionSizes, Span
from geometries.meshing.transistor_section import transistor_section
from geometries.names import (
    GeometryError,
    check_choice,
    check_distinct,
    check_instance,
    check_length,
    check_lengths,
    check_number,
    check_region_name,
)

__all__ = ["Transistor"]

_CHOICES = {"gate": ("bottom", "top", "side"), "contacts": ("top", "bottom", "edge")}


@dataclass(frozen=True, kw_only=True)
class Transistor:
    """A field-effect transistor in section, with the contacts "source" (left), "drain" (right) and "gate".

    x is 0 in the middle of the channel, the vertical coordinate 0 at the lower face of the channel (y in two
    dimensions, z in three; there y runs across the `width`, 0 in the middle).

    `channel` are the semiconductor layers, bottom first; `dielectric` those between gate and channel, counted
    from the gate. Source and drain are `channel_length` [m] apart and lie over `contact_length` [m] on the
    channel (`contacts` "top") or under it ("bottom"), or are the whole end faces of its layers ("edge",
    `contact_length` 0). `electrode_thickness` None makes them faces of the channel; else they are metal
    regions named by `electrode_names`: on the channel, embedded in it from below ("bottom": the film lies over
    them), or beside its end faces. The contact is then the metal's lower or upper face, or its end face at the
    side of the device where a layer covers that. Between channel and dielectric (top gate with top contacts,
    bottom gate with bottom contacts) electrodes need a thickness, because contacts are outer faces.

    `gate` is where the gate lies, always a face:

    - "bottom" or "top": the outer face of the first dielectric, under or over everything, or over
      `gate_length` [m] with its middle at x = `gate_offset` [m].
    - "side": in the plane of the channel's lower face, beside the drain at the distance `gate_gap` [m] and
      `gate_length` [m] long. The last dielectric (an ion gel) covers channel and gate and fills the gap, its
      upper face parallel to the plane; earlier dielectrics lie on the gate only. All three electrodes are
      made in one step in such devices, and the gel reaches them from above; so source and drain are "bottom"
      contacts, or metals beside the channel ("edge"), whose contacts are their lower faces. The plane itself
      is the lower end of the drawing: the field in the support is left out, since the gel carries the
      coupling.

    `islands` cuts one of the inner dielectrics into pieces. A top-gated channel may lie on a `substrate`.
    `width` [m] is that of the device: it turns the currents of a section, A/m, into A, and three dimensions
    need it.

    Raises:
        GeometryError: a length is not positive, a name occurs twice, or the parts do not fit together.

    Example:
        >>> from geometries import Layer, Transistor
        >>> device = Transistor(
        ...     channel=(Layer("film", 50e-9),), dielectric=(Layer("SiO2", 20e-9),),
        ...     channel_length=1e-6, contact_length=0.0, gate="bottom", contacts="edge",
        ... )
        >>> drawing = device.mesh(size=10e-9, interface_size=1e-9, lateral_size=50e-9, edge_size=1e-9)
        >>> drawing.contacts, drawing.interfaces
        (('source', 'drain', 'gate'), ('SiO2|film',))
    """

    channel: tuple[Layer, ...]
    dielectric: tuple[Layer, ...]
    channel_length: float
    contact_length: float
    gate: str
    contacts: str
    gate_length: float | None = None
    gate_offset: float = 0.0
    gate_gap: float | None = None
    electrode_thickness: float | None = None
    electrode_names: tuple[str, str] = ("source_metal", "drain_metal")
    islands: FloatingIslands | None = None
    substrate: Layer | None = None
    width: float | None = None

    def __post_init__(self) -> None:
        for what, allowed in _CHOICES.items():
            check_choice(what, getattr(self, what), allowed)
        self._check_layers()
        self._check_lengths()
        self._check_contacts()
        self._check_gate()
        self._check_islands()

    def _check_layers(self) -> None:
        for what in ("channel", "dielectric"):
            layers = getattr(self, what)
            if not isinstance(layers, tuple) or not layers or not all(isinstance(x, Layer) for x in layers):
                raise GeometryError(f"{what} is {layers!r}: give a tuple of at least one Layer")
        if self.substrate is not None and not isinstance(self.substrate, Layer):
            raise GeometryError(f"substrate is {self.substrate!r}: give a Layer(name, thickness)")
        if self.substrate is not None and self.gate != "top":
            raise GeometryError(
                f"substrate is {self.substrate.name!r} with gate {self.gate!r}: only a top-gated channel lies "
                "on a substrate; below a bottom gate or side gate the drawing ends"
            )
        if not isinstance(self.electrode_names, tuple | list) or len(self.electrode_names) != 2:
            raise GeometryError(
                f"electrode_names is {self.electrode_names!r}: give two names, source and drain"
            )
        for name in self.electrode_names:
            check_region_name(name)
        below = () if self.substrate is None else (self.substrate.name,)
        layers = [layer.name for layer in (*self.channel, *self.dielectric)]
        names = (*below, *layers, *self.electrode_names, "source", "drain", "gate")
        check_distinct(names, "region or contact")

    def _check_lengths(self) -> None:
        check_lengths(self, "channel_length", "electrode_thickness gate_length gate_gap width")
        for what in ("contact_length", "gate_offset"):
            check_number(what, getattr(self, what))
        if self.contacts == "edge":
            if self.contact_length != 0.0:
                raise GeometryError(
                    f"contact_length is {self.contact_length!r}: contacts at the edge do not overlap, give 0"
                )
        else:
            check_length("contact_length", self.contact_length)

    def _check_contacts(self) -> None:
        """Return nothing; source and drain must be reached from outside and stay clear of the gate."""
        if (self.contacts, self.gate) == ("top", "side"):
            raise GeometryError(
                "contacts is 'top' with gate 'side': dielectric would bury the drain; use 'bottom' or 'edge'"
            )
        thick = self.electrode_thickness
        place = (self.contacts, self.gate)
        buried = place in {("top", "top"), ("bottom", "bottom"), ("edge", "side")}
        if thick is None:
            if buried or (self.contacts == "bottom" and self.substrate is not None):
                raise GeometryError(
                    f"electrode_thickness is None with contacts {self.contacts!r} and gate {self.gate!r}: the "
                    "contacts would lie inside the drawing; give a thickness, and they become metal regions"
                )
            return
        host = {"top": self.dielectric[-1] if self.gate == "top" else None, "bottom": self.channel[0]}
        layer = host.get(self.contacts)
        if layer is not None and thick >= layer.thickness * (1.0 - 1e-9):
            raise GeometryError(
                f"electrode_thickness is {thick!r}: the electrodes are embedded in {layer.name!r}, which is "
                f"{layer.thickness!r} thick and must be thicker than they are"
            )

    def _check_gate(self) -> None:
        if self.gate == "side":
            self._check_side_gate()
            return
        if self.gate_gap is not None:
            raise GeometryError(f"gate_gap is {self.gate_gap!r}: it belongs to gate='side'")
        if self.gate_length is None:
            if self.gate_offset != 0.0:
                raise GeometryError(f"gate_offset is {self.gate_offset!r}: give gate_length with it")
            return
        lower, upper = self.gate_span
        least, most = self.ends
        near = 1e-9 * (most - least)
        if not (lower >= least - near and upper <= most + near):
            raise GeometryError(
                f"gate_length is {self.gate_length!r} and gate_offset {self.gate_offset!r}: the gate must lie "
                f"within the device, from {least:g} to {most:g} m"
            )

    def _check_side_gate(self) -> None:
        for what in ("gate_length", "gate_gap"):
            if getattr(self, what) is None:
                raise GeometryError(f"{what} is None: a side gate needs its length and its distance [m]")
        if self.gate_offset != 0.0:
            raise GeometryError(f"gate_offset is {self.gate_offset!r}: the place of a side gate is gate_gap")
        room = self.thickness + self.dielectric[-1].thickness
        below = sum(layer.thickness for layer in self.dielectric[:-1])
        if below >= room * (1.0 - 1e-9):
            raise GeometryError(
                f"the dielectrics on the side gate are {below:g} m thick: {self.dielectric[-1].name!r} covers "
                f"them and ends at {room:g} m"
            )

    def _check_islands(self) -> None:
        check_instance("islands", self.islands, FloatingIslands | None, "FloatingIslands or None")
        if self.islands is None:
            return
        inner = [layer.name for layer in self.dielectric[1:-1]]
        if self.gate == "side" or self.islands.layer not in inner:
            found = ", ".join(inner) if inner and self.gate != "side" else "there is none here"
            raise GeometryError(
                f"islands are in layer {self.islands.layer!r}: it must be a dielectric that touches neither gate "
                f"nor channel, with the gate below or above ({found})"
            )
        metal_or_film = [*self.electrode_names, *(layer.name for layer in self.channel)]
        if self.islands.fill in metal_or_film:
            raise GeometryError(
                f"fill is {self.islands.fill!r}: that is an electrode or a layer of the channel"
            )
        count = len(self.islands.places(*self.ends))
        known = [layer.name for layer in (*self.channel, *self.dielectric)]
        check_distinct((*known, *self.electrode_names, *self.islands.names(count)), "region")

    @property
    def thickness(self) -> float:
        """Return the thickness of the channel [m]."""
        return sum(layer.thickness for layer in self.channel)

    @property
    def channel_ends(self) -> Span:
        """Return the x [m] of both ends of the channel layers."""
        reach = 0.5 * self.channel_length + self.contact_length
        return -reach, reach

    @property
    def ends(self) -> Span:
        """Return the x [m] of both ends of channel and electrodes."""
        beside = (self.electrode_thickness or 0.0) if self.contacts == "edge" else 0.0
        return self.channel_ends[0] - beside, self.channel_ends[1] + beside

    @property
    def gate_span(self) -> Span:
        """Return the x [m] of both ends of the gate."""
        if self.gate_length is None:
            return self.ends
        if self.gate == "side":
            start = self.ends[1] + (self.gate_gap or 0.0)
            return start, start + self.gate_length
        return self.gate_offset - 0.5 * self.gate_length, self.gate_offset + 0.5 * self.gate_length

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
        at the outer ones of substrate and metal), unless a Layer has its own. `lateral_size` [m] is the
        largest cell along x and `edge_size` [m] that at the ends of source, drain, gate and channel (None: as
        large); `growth` is the largest ratio of neighbouring cells within a stretch (islands cut the layer
        into short ones). `width_size` [m] is the largest cell across the width (None: `lateral_size`). Layers
        have at least four cells, stretches along x at least two.

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
        return transistor_section(self).drawing(sizes, {"kind": "Transistor", **asdict(self)})
