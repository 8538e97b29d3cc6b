"""The regions of a crossbar block: what each is made of, and where its cells are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fem.description import to_dict
from fem.errors import IncompatibleError, UnknownNameError
from fem.heat.steady import Conductor
from fem.materials.material import Material
from geometries.crossbar import CrossbarBlock

FAMILIES = ("bottom_line", "top_line", "cell", "film", "fill", "substrate", "cap")


def by_region(
    block: CrossbarBlock, regions: Sequence[str], materials: Mapping[str, Conductor]
) -> dict[str, Conductor]:
    """Return the conductor of each of the ``regions`` of ``block``, given by region or by family.

    Raises UnknownNameError for a name that is neither, IncompatibleError for a region without an entry.
    """
    family = {
        line: ("bottom_line", "top_line")[k % 2]
        for k, level in enumerate(block.line_levels)
        for line in level
    }
    family |= dict.fromkeys(block.all_cells, "cell")
    family |= {block.film: "film", block.fill: "fill", block.substrate: "substrate", block.cap: "cap"}
    for name in materials:
        if name not in family and name not in FAMILIES:
            raise UnknownNameError("region or family of the crossbar block", name, {*family, *FAMILIES})
    found: dict[str, Conductor] = {}
    for region in regions:
        kind = family[region]
        names = [region, kind, *([block.film, "film"] if kind == "cell" else [])]
        given = next((name for name in names if name in materials), None)
        if given is None:
            raise IncompatibleError(
                f"region {region!r} of the crossbar block has no material; give one for it or for {kind!r}."
            )
        found[region] = materials[given]
    return found


def cell_coordinates(block: CrossbarBlock) -> dict[str, Any]:
    """Return the coordinates "cell" and "source" of a dataset, with layers, rows, columns and lines of each.

    "top_line" and "bottom_line" of a cell are those along x and along y, above it or below it.
    """
    cells, levels = list(block.all_cells), block.line_levels
    count = block.rows * block.columns
    layers = [k for k in range(block.layers) for _ in range(count)]
    rows = [i for i in range(block.rows) for _ in range(block.columns)] * block.layers
    columns = list(range(block.columns)) * block.rows * block.layers
    along_x = [levels[k + 1 - k % 2][i] for k, i in zip(layers, rows, strict=True)]
    along_y = [levels[k + k % 2][j] for k, j in zip(layers, columns, strict=True)]
    coordinates: dict[str, Any] = {}
    for dim, prefix in (("cell", ""), ("source", "source_")):
        coordinates |= {
            dim: cells,
            f"{prefix}row": (dim, rows),
            f"{prefix}column": (dim, columns),
            f"{prefix}layer": (dim, layers),
            f"{prefix}top_line": (dim, along_x),
            f"{prefix}bottom_line": (dim, along_y),
        }
    return coordinates


def plain(conductor: Conductor) -> Any:
    """Return a material as plain data, a number as it is."""
    return to_dict(conductor) if isinstance(conductor, Material) else float(conductor)
