"""A wire in a pore: the layers of a cylinder in an insulating matrix, between electrodes that cover both."""

from __future__ import annotations

from dataclasses import dataclass

from geometries.meshing.drawing import DiscBase
from geometries.names import (
    GeometryError,
    check_choice,
    check_lengths,
    check_names,
    check_not_larger,
    check_region_name,
    layer_run,
)
from geometries.shapes import Plan, Via

__all__ = ["Nanowire"]


@dataclass(frozen=True, kw_only=True)
class Nanowire:
    """A shape for `VerticalStack.mesh`: a wire of `diameter` [m] in a `matrix`, in a cell of `width` [m].

    The neighbouring layers `wire_layers` fill the pore one on the other; all others run over wire and matrix.
    In `dimension` 2 the cell is round, a section r-z; in 3 it is a square of side `width`, and the rim of the
    pore a regular polygon of exactly its area. `edge_size` [m] is the lateral cell at the rim, `lateral_size`
    [m] the largest. The matrix is listed directly after the wire: "film|Al2O3", "Au|Al2O3", "Al2O3|Ag".

    Raises:
        GeometryError: a length is not positive, the wire does not fit into the cell, or the dimension is not
        2 or 3.

    Example:
        >>> from geometries import Layer, Nanowire, VerticalStack
        >>> stack = VerticalStack(Layer("Au", 20e-9), Layer("film", 200e-9), Layer("Ag", 20e-9))
        >>> wire = Nanowire(diameter=10e-9, width=40e-9, lateral_size=4e-9, edge_size=1e-9, wire_layers=("film",))
        >>> stack.mesh(size=10e-9, interface_size=1e-9, shape=wire).regions
        ('Au', 'film', 'Al2O3', 'Ag')
    """

    diameter: float
    width: float
    lateral_size: float
    edge_size: float
    wire_layers: tuple[str, ...]
    matrix: str = "Al2O3"
    dimension: int = 2

    def __post_init__(self) -> None:
        check_lengths(self, "diameter width lateral_size edge_size")
        check_names("wire_layers", self.wire_layers)
        check_region_name(self.matrix)
        check_not_larger("edge_size", self.edge_size, "lateral_size", self.lateral_size)
        check_not_larger("edge_size", self.edge_size, "half of diameter", 0.5 * self.diameter)
        check_choice("dimension", self.dimension, (2, 3))
        check_not_larger("diameter", self.diameter, "90 % of width", 0.9 * self.width)

    def plan(self, names: tuple[str, ...], growth: float) -> Plan:
        """Return the lateral base and the region of each patch and layer."""
        start, stop = layer_run("wire_layers", self.wire_layers, names)
        if self.matrix in names:
            raise GeometryError(
                f"matrix is {self.matrix!r}: that is a layer of the stack, the matrix needs its own name"
            )
        radius = 0.5 * self.diameter
        if self.dimension == 2:
            via = Via(
                radius=radius,
                wall_thickness=0.5 * self.width - radius,
                wall=self.matrix,
                via_layers=self.wire_layers,
                lateral_size=self.lateral_size,
                edge_size=self.edge_size,
            )
            return via.plan(names, growth)
        outside = tuple(self.matrix if start <= i < stop else name for i, name in enumerate(names))
        base = DiscBase(
            side=self.width,
            radius=radius,
            lateral_size=self.lateral_size,
            edge_size=self.edge_size,
            growth=growth,
        )
        return Plan(base, (names, outside), (*names[:stop], self.matrix, *names[stop:]), "cartesian", 1.0)
