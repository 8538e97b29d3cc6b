"""A layer, with the sizes of its cells across it."""

from __future__ import annotations

from dataclasses import dataclass

from geometries.meshing.grading import Floats, graded_heights
from geometries.names import check_length, check_not_larger, check_region_name


@dataclass(frozen=True)
class Layer:
    """A layer of a stack: its name, its thickness [m], and sizes of its own [m] where it needs them.

    `size` is the largest vertical cell in this layer, `interface_size` the cell at its two faces; None takes
    the value given for the whole stack.
    """

    name: str
    thickness: float
    size: float | None = None
    interface_size: float | None = None

    def __post_init__(self) -> None:
        check_region_name(self.name)
        for what in ("thickness", "size", "interface_size"):
            value = getattr(self, what)
            if what == "thickness" or value is not None:
                check_length(f"{what} of layer {self.name!r}", value)

    def heights(self, size: float, interface_size: float, growth: float) -> Floats:
        """Return the vertical cell lengths [m], shape (cells,), given the sizes of the whole stack [m].

        Raises:
            GeometryError: interface_size exceeds size.
        """
        largest = size if self.size is None else self.size
        finest = interface_size if self.interface_size is None else self.interface_size
        check_not_larger(f"interface_size in layer {self.name!r}", finest, "size", largest)
        return graded_heights(self.thickness, largest, finest, growth)
