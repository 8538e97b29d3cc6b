"""Vertical stacks: layers from the bottom up, meshed as a line, a section or a volume.

The coordinate across the layers (x in one dimension, y in two, z in three) is 0 at the bottom. Whatever the
lateral shape, the vertical node positions are those of the one-dimensional mesh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geometries.meshing.drawing import Drawing
from geometries.meshing.extrusion import Axis, ContactFace, Extrusion, PointBase
from geometries.meshing.grading import Floats, check_growth
from geometries.meshing.layer import Layer
from geometries.names import (
    GeometryError,
    check_between,
    check_distinct,
    check_instance,
    check_length,
    check_not_larger,
)
from geometries.nanowire import Nanowire
from geometries.shapes import Plan, Shape

__all__ = ["VerticalStack"]


def _row(what: str, nodes: npt.ArrayLike) -> Floats:
    """Return positions [m] as an array."""
    try:
        found = np.array(nodes)
    except ValueError:
        found = np.array("uneven")
    if found.dtype.kind not in "iuf":
        raise GeometryError(f"{what} is {nodes!r}: give one row of numbers, positions in metres")
    return found.astype(float)


@dataclass(frozen=True, init=False)
class VerticalStack:
    """Layers that lie on one another, bottom first.

    Raises:
        GeometryError: no layer, or two layers of one name.

    Example:
        >>> stack = VerticalStack(Layer("ITO", 100e-9), Layer("film", 400e-9), Layer("Ag", 80e-9))
        >>> stack.mesh(size=10e-9, interface_size=0.3e-9).interfaces
        ('ITO|film', 'film|Ag')
    """

    layers: tuple[Layer, ...]

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise GeometryError("a stack of 0 layers cannot be drawn: give at least one Layer")
        for layer in layers:
            if not isinstance(layer, Layer):
                raise GeometryError(f"{layer!r} is not a Layer: a stack is made of Layer(name, thickness)")
        check_distinct((layer.name for layer in layers), "layer")
        object.__setattr__(self, "layers", layers)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the layer names, bottom first."""
        return tuple(layer.name for layer in self.layers)

    @property
    def thickness(self) -> float:
        """Return the total thickness [m]."""
        return self.faces[-1]

    @property
    def faces(self) -> tuple[float, ...]:
        """Return the heights [m] of all layer faces, one more than there are layers, starting with 0."""
        return (0.0, *np.cumsum([layer.thickness for layer in self.layers]).tolist())

    def mesh(
        self,
        *,
        size: float,
        interface_size: float,
        shape: Shape | Nanowire | None = None,
        area: float | None = None,
        growth: float = 1.3,
    ) -> Drawing:
        """Return the drawing of the stack in the given shape; without one, a line.

        `size` [m] is the largest vertical cell, `interface_size` [m] the vertical cell at every layer face,
        `growth` the largest ratio of neighbouring cells. `area` [m^2] belongs to a line only: it turns its
        current densities into currents.

        Raises:
            GeometryError: a size is not positive, interface_size exceeds size, or the shape does not fit.
        """
        check_length("size", size)
        check_length("interface_size", interface_size)
        check_growth(growth)
        if all(layer.size is None for layer in self.layers):
            check_not_larger("interface_size", interface_size, "size", size)
        faces = self.faces
        nodes = [0.0]
        for layer, lower, upper in zip(self.layers, faces[:-1], faces[1:], strict=True):
            nodes.extend((lower + np.cumsum(layer.heights(size, interface_size, growth))[:-1]).tolist())
            nodes.append(upper)
        sizes = {"size": size, "interface_size": interface_size, "growth": growth}
        if shape is None:
            return self._line(tuple(nodes), area, sizes)
        check_instance(
            "shape", shape, Shape | Nanowire, "Planar(...), Axisymmetric(...), Via(...) or another"
        )
        if area is not None:
            raise GeometryError(
                f"area is {area!r}: it belongs to a line; the shape has its own cross-section"
            )
        data = {"shape": {"kind": type(shape).__name__, **asdict(shape)}, **sizes}
        return self._drawing(shape.plan(self.names, growth), tuple(nodes), data)

    def line(
        self,
        nodes: npt.ArrayLike | Mapping[str, npt.ArrayLike],
        *,
        area: float | None = None,
    ) -> Drawing:
        """Return the drawing of a line with exactly these node positions [m].

        `nodes` is one ascending array, 0 at the bottom, that contains every layer face; or a mapping from
        each layer name to positions measured from the lower face of that layer, from 0 to its thickness.

        Raises:
            GeometryError: positions do not ascend, a layer is missing, or a layer face is not among the
            nodes.
        """
        faces = self.faces
        positions = self._joined(nodes) if isinstance(nodes, Mapping) else _row("nodes", nodes)
        if positions.ndim != 1 or not np.isfinite(positions).all() or not (np.diff(positions) > 0.0).all():
            raise GeometryError(
                f"nodes of shape {positions.shape} must be one finite, strictly ascending row"
            )
        tolerance = 1e-9 * min(layer.thickness for layer in self.layers)
        for face in faces:
            nearest = int(np.argmin(np.abs(positions - face))) if positions.size else -1
            if nearest < 0 or abs(positions[nearest] - face) > tolerance:
                raise GeometryError(f"nodes do not contain the layer face at {face:g} m: add it")
            positions[nearest] = face
        if positions[0] != 0.0 or positions[-1] != faces[-1]:
            raise GeometryError(
                f"nodes reach from {positions[0]:g} to {positions[-1]:g} m: "
                f"the stack from 0 to {faces[-1]:g} m"
            )
        return self._line(tuple(positions.tolist()), area, {"nodes": positions.tolist()})

    def _joined(self, nodes: Mapping[str, npt.ArrayLike]) -> Floats:
        """Return the positions [m] of all layers in one array, each shared face once."""
        if set(nodes) != set(self.names):
            odd = ", ".join(sorted(set(nodes) ^ set(self.names)))
            raise GeometryError(f"nodes name other layers than the stack ({odd}): list exactly {self.names}")
        parts = [np.zeros(1)]
        for layer, lower in zip(self.layers, self.faces, strict=False):
            own = _row(f"nodes of layer {layer.name!r}", nodes[layer.name])
            tolerance = 1e-9 * layer.thickness
            if own.ndim != 1 or len(own) < 2 or abs(own[0]) > tolerance:
                raise GeometryError(f"nodes of layer {layer.name!r} must be a row of positions starting at 0")
            if not abs(own[-1] - layer.thickness) <= tolerance:
                raise GeometryError(
                    f"nodes of layer {layer.name!r} end at {own[-1]:g} m: "
                    f"its thickness is {layer.thickness:g} m"
                )
            parts.append(lower + own[1:])
        return np.concatenate(parts)

    def _line(self, nodes: tuple[float, ...], area: float | None, data: dict[str, Any]) -> Drawing:
        if area is not None:
            check_between("area", area, 1e-24, 1.0)
        plan = Plan(PointBase(), (self.names,), self.names, "cartesian", area)
        return self._drawing(plan, nodes, {"shape": {"kind": "Line", "area": area}, **data})

    def _drawing(self, plan: Plan, nodes: tuple[float, ...], data: dict[str, Any]) -> Drawing:
        """Return the drawing of a plan with the given vertical node positions [m]."""
        axis = plan.base.dimension
        return Drawing(
            extrusion=Extrusion(plan.base, Axis(marks=self.faces, nodes=nodes), plan.table),
            regions=plan.regions,
            contact_faces=(
                ContactFace(name="bottom", axis=axis, position=0.0, regions=self.names[:1]),
                ContactFace(name="top", axis=axis, position=self.thickness, regions=self.names[-1:]),
            ),
            coordinates=plan.coordinates,
            cross_section=plan.cross_section,
            description={"kind": "VerticalStack", "layers": [asdict(layer) for layer in self.layers], **data},
        )
