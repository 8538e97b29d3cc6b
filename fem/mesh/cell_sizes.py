"""Sizes of the cells that gmsh is asked for: those of regions, smaller at faces, and how many cells that makes.

A face with cells of size :math:`h_0` has cells of :math:`h_0 + (g - 1) d` at the distance d, g the growth from one cell
to the next, up to the size of the region.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.errors import MeshError

#: Cells in a volume (an area) of size³ (size²), as gmsh makes them of the sizes asked for.
_PER_SIZE = {2: 2.5, 3: 5.0}
_OPTIONS = ("MeshSizeFromPoints", "MeshSizeFromCurvature", "MeshSizeExtendFromBoundary")
_MOST_SAMPLES = 2000  # along a face, from which distances are measured


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes in units of gmsh's: ``inside`` each region, at its faces (None: as inside), and the most cells allowed."""

    inside: Mapping[str, float]
    face: float | None
    growth: float
    most: int

    @classmethod
    def of(cls, wanted: Mapping[str, Any], regions: Sequence[str], metre: float) -> Sizes:
        """Return what is wanted, in metres there, for these regions; raises MeshError if one has no size."""
        given = wanted["size"]
        inside = given if isinstance(given, Mapping) else dict.fromkeys(regions, given)
        if inside.keys() != set(regions):
            odd = ", ".join(sorted(inside.keys() ^ set(regions)))
            raise MeshError(f"size is to be given for each of the regions {', '.join(regions)}: see {odd}.")
        face = wanted["interface_size"]
        return cls(
            inside={name: size / metre for name, size in inside.items()},
            face=None if face is None else face / metre,
            growth=wanted["growth"],
            most=wanted["most_cells"],
        )

    def at(self, regions: Iterable[str]) -> float:
        """Return the size at a face of these regions."""
        return min(self.face or math.inf, *(self.inside[name] for name in regions), math.inf)


def set_sizes(
    gmsh: Any,
    dim: int,
    sizes: Sizes,
    pieces: Mapping[int, str],
    faces: Sequence[tuple[int, tuple[str, ...]]],
    contacts: Mapping[str, list[int]],
) -> None:
    """Return nothing; gmsh has the sizes of its cells. ``pieces`` and ``faces`` are by number, with their regions.

    Raises MeshError if these sizes make too many cells.
    """
    touched = {tag for tags in contacts.values() for tag in tags}
    fine: dict[float, list[int]] = {}
    for tag, regions in faces:
        if len(regions) > 1 or tag in touched:
            fine.setdefault(sizes.at(regions), []).append(tag)
    _check_count(gmsh, dim, sizes, pieces, {tag: h for h, tags in fine.items() for tag in tags}, dict(faces))
    for name in _OPTIONS:
        gmsh.option.setNumber(f"Mesh.{name}", 0)
    field = gmsh.model.mesh.field
    largest = max(sizes.inside.values())
    wishes = []
    for name, size in sizes.inside.items():
        wishes.append(field.add("Constant"))
        field.setNumber(wishes[-1], "VIn", size)
        field.setNumbers(
            wishes[-1], ("SurfacesList", "VolumesList")[dim - 2], [t for t, n in pieces.items() if n == name]
        )
    for size, tags in fine.items():
        if size < largest:
            wishes.append(_growing(gmsh, dim, size, largest, sizes.growth, tags))
    least = field.add("Min")
    field.setNumbers(least, "FieldsList", wishes)
    field.setAsBackgroundMesh(least)


def _growing(gmsh: Any, dim: int, size: float, largest: float, growth: float, tags: Sequence[int]) -> int:
    """Return the field of a size that grows with the distance from the faces ``tags``."""
    field = gmsh.model.mesh.field
    away, grown = field.add("Distance"), field.add("Threshold")
    field.setNumbers(away, ("CurvesList", "SurfacesList")[dim - 2], tags)
    longest = max(_diagonal(gmsh.model.occ.getBoundingBox(dim - 1, tag)) for tag in tags)
    field.setNumber(away, "Sampling", min(max(20, math.ceil(longest / size)), _MOST_SAMPLES))
    field.setNumber(grown, "InField", away)
    for name, value in (("SizeMin", size), ("SizeMax", largest), ("DistMin", 0.0)):
        field.setNumber(grown, name, value)
    field.setNumber(grown, "DistMax", (largest - size) / (growth - 1.0))
    return int(grown)


def _diagonal(box: Sequence[float]) -> float:
    return math.dist(box[:3], box[3:])


def _check_count(
    gmsh: Any,
    dim: int,
    sizes: Sizes,
    pieces: Mapping[int, str],
    fine: Mapping[int, float],
    faces: Mapping[int, tuple[str, ...]],
) -> None:
    """Check about how many cells there will be, before they are made."""
    content = dict.fromkeys(sizes.inside, 0.0)
    for tag, name in pieces.items():
        content[name] += gmsh.model.occ.getMass(dim, tag)
    area = {tag: gmsh.model.occ.getMass(dim - 1, tag) for tag in faces}
    counts = {}
    for name, size in sizes.inside.items():
        mine = {tag: area[tag] for tag, regions in faces.items() if name in regions}
        count = (content[name] + 0.5 * size * sum(mine.values())) / size**dim
        for tag, wide in mine.items():
            if tag in fine:
                count += wide * _layer(fine[tag], size, sizes.growth, content[name] / wide, dim)
        counts[name] = _PER_SIZE[dim] * count
    if (total := sum(counts.values())) > sizes.most:
        name = max(counts, key=lambda region: counts[region])
        raise MeshError(
            f"these sizes make about {total:.1g} cells, most of them in {name!r}, and most_cells is {sizes.most:g}: "
            "give larger sizes, or allow more. (Thin layers on a wide area take far fewer cells in a VerticalStack.)"
        )


def _layer(size: float, largest: float, growth: float, height: float, dim: int) -> float:
    """Return how many cells per area, in parts of a cube of its size, a fine face adds within ``height`` of it."""
    reach = min(height, (largest - size) / (growth - 1.0))
    if reach <= 0.0:
        return 0.0
    away = np.geomspace(1e-3 * size, reach + 1e-3 * size, 400) - 1e-3 * size
    return float(np.trapezoid((size + (growth - 1.0) * away) ** -dim - largest**-dim, away))
