"""The blocks and contacts of a transistor's section; what they mean is said in `Transistor`."""

from __future__ import annotations

from typing import Protocol

from geometries.floating_islands import FloatingIslands
from geometries.meshing.layer import Layer
from geometries.meshing.section import Block, Face, Section, Span

__all__ = ["TransistorShape", "transistor_section"]


class TransistorShape(Protocol):
    """What a section is drawn from; see `Transistor`, whose checks have passed. Lengths in m."""

    @property
    def channel(self) -> tuple[Layer, ...]: ...
    @property
    def dielectric(self) -> tuple[Layer, ...]: ...
    @property
    def channel_length(self) -> float: ...
    @property
    def channel_ends(self) -> Span: ...
    @property
    def contacts(self) -> str: ...
    @property
    def electrode_names(self) -> tuple[str, str]: ...
    @property
    def electrode_thickness(self) -> float | None: ...
    @property
    def ends(self) -> Span: ...
    @property
    def gate(self) -> str: ...
    @property
    def gate_length(self) -> float | None: ...
    @property
    def gate_span(self) -> Span: ...
    @property
    def islands(self) -> FloatingIslands | None: ...
    @property
    def substrate(self) -> Layer | None: ...
    @property
    def thickness(self) -> float: ...
    @property
    def width(self) -> float | None: ...


def transistor_section(device: TransistorShape) -> Section:
    """Return the section of a transistor whose description has been checked."""
    dielectric = _side_dielectric(device) if device.gate == "side" else _flat_dielectric(device)
    blocks = [*_substrate(device), *dielectric, *_islands(device, dielectric), *_channel(device)]
    metals = _metals(device) if device.electrode_thickness is not None else None
    half = 0.5 * device.channel_length
    gate = () if device.gate_length is None else device.gate_span
    return Section(
        blocks=(*blocks, *(metals or ())),
        faces=(*(_contact(device, i, metals) for i in (0, 1)), _gate(device)),
        regions=_regions(device),
        edges=(-half, half, *device.channel_ends, *gate),
        width=device.width,
    )


def _substrate(device: TransistorShape) -> list[Block]:
    layer = device.substrate
    return [] if layer is None else [Block.of(layer, device.ends, -layer.thickness, passive=True)]


def _channel(device: TransistorShape) -> list[Block]:
    blocks, height = [], 0.0
    for layer in device.channel:
        blocks.append(Block.of(layer, device.channel_ends, height))
        height += layer.thickness
    return blocks


def _flat_dielectric(device: TransistorShape) -> list[Block]:
    """Return the layers under or over the whole device, from the gate to the channel."""
    blocks, height = [], 0.0 if device.gate == "bottom" else device.thickness
    for layer in reversed(device.dielectric):
        lower = height - layer.thickness if device.gate == "bottom" else height
        blocks.append(Block.of(layer, device.ends, lower))
        height = lower if device.gate == "bottom" else height + layer.thickness
    return blocks[::-1]


def _side_dielectric(device: TransistorShape) -> list[Block]:
    """Return the last layer over everything, then the others from the side gate upwards."""
    cover = device.dielectric[-1]
    blocks = [
        Block(
            region=cover.name,
            x=(device.ends[0], device.gate_span[1]),
            height=(0.0, device.thickness + cover.thickness),
            size=cover.size,
            interface_size=cover.interface_size,
        )
    ]
    height = 0.0
    for layer in device.dielectric[:-1]:
        blocks.append(Block.of(layer, device.gate_span, height))
        height += layer.thickness
    return blocks


def _islands(device: TransistorShape, dielectric: list[Block]) -> list[Block]:
    """Return the fill over the layer that is cut, and the islands over the fill."""
    islands = device.islands
    if islands is None:
        return []
    layer = next(block for block in dielectric if block.region == islands.layer)
    places = islands.places(*device.ends)
    cut = [(islands.fill, device.ends), *zip(islands.names(len(places)), places, strict=True)]
    return [
        Block(region=name, x=x, height=layer.height, size=layer.size, interface_size=layer.interface_size)
        for name, x in cut
    ]


def _metals(device: TransistorShape) -> tuple[Block, Block]:
    """Return source and drain of finite thickness."""
    thick, top = device.electrode_thickness or 0.0, device.thickness
    half = 0.5 * device.channel_length
    least, most = device.ends
    inner: Span = device.channel_ends if device.contacts == "edge" else (-half, half)
    height = {"top": (top, top + thick), "bottom": (0.0, thick), "edge": (0.0, top)}[device.contacts]
    source, drain = device.electrode_names
    return (
        Block(region=source, x=(least, inner[0]), height=height, passive=True),
        Block(region=drain, x=(inner[1], most), height=height, passive=True),
    )


def _contact(device: TransistorShape, i: int, metals: tuple[Block, Block] | None) -> Face:
    """Return source (0) or drain (1): a face of the channel or of the metal."""
    name, top, half = ("source", "drain")[i], device.thickness, 0.5 * device.channel_length
    end = device.ends[i]
    if metals is not None:
        metal = metals[i]
        if _at_end(device):
            return Face(name=name, x=(end, end), height=metal.height, regions=(metal.region,))
        level = metal.height[1] if device.contacts == "top" else 0.0
        return Face(name=name, x=metal.x, height=(level, level), regions=(metal.region,))
    if device.contacts == "edge":
        return Face(
            name=name, x=(end, end), height=(0.0, top), regions=tuple(layer.name for layer in device.channel)
        )
    level, layer = (top, device.channel[-1]) if device.contacts == "top" else (0.0, device.channel[0])
    x = (end, -half) if i == 0 else (half, end)
    return Face(name=name, x=x, height=(level, level), regions=(layer.name,))


def _at_end(device: TransistorShape) -> bool:
    """Return whether metal electrodes are reached at the sides of the device, because layers cover the rest."""
    if device.gate == "side":
        return False
    buried = {"top": "top", "bottom": "bottom"}.get(device.contacts)
    on_substrate = device.contacts == "bottom" and device.substrate is not None
    return device.contacts == "edge" or device.gate == buried or on_substrate


def _gate(device: TransistorShape) -> Face:
    """Return the gate: the outer face of the first dielectric."""
    under = sum(layer.thickness for layer in device.dielectric)
    level = {"bottom": -under, "top": device.thickness + under, "side": 0.0}[device.gate]
    return Face(name="gate", x=device.gate_span, height=(level, level), regions=(device.dielectric[0].name,))


def _regions(device: TransistorShape) -> tuple[str, ...]:
    """Return the order of all possible regions: bottom to top, what is embedded first."""
    dielectric = [layer.name for layer in device.dielectric]
    if device.gate == "top":
        dielectric.reverse()
    if device.islands is not None:
        place = dielectric.index(device.islands.layer)
        count = len(device.islands.places(*device.ends))
        fill = [] if device.islands.fill in dielectric else [device.islands.fill]
        dielectric[place : place + 1] = [*device.islands.names(count), *fill]
    metals = list(device.electrode_names)
    channel = [layer.name for layer in device.channel]
    core = [*metals, *channel] if device.contacts == "bottom" else [*channel, *metals]
    if device.gate == "bottom":
        return (*dielectric, *core)
    below = [] if device.substrate is None else [device.substrate.name]
    return (*below, *core, *dielectric)
