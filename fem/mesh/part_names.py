"""Names of the parts of a CAD drawing: those that gmsh reads, and of bodies within one part, which it does not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError

Array = npt.NDArray[np.float64]
Entity = tuple[int, int]
SIDES = ("-x", "+x", "-y", "+y", "-z", "+z")
_SAME = 1e-6  # of the extent: points as near as this are one
_ENTITY = re.compile(r"#(\d+)\s*=\s*((?:'[^']*'|[^';])*);")
_TEXT = re.compile(r"'[^']*'")
_BODY = re.compile(r"(?:MANIFOLD_SOLID_BREP|BREP_WITH_VOIDS)\s*\(\s*'([^']*)'")
_POINT = re.compile(r"CARTESIAN_POINT\s*\([^(]*\(([^)]*)\)")


def by_name(labelled: Sequence[tuple[Entity, str]], kind: str) -> dict[str, Entity]:
    """Return entities by the last part of their label, that of a part; of a part used twice by the part's places.

    gmsh labels what it imports "Shapes/assembly/place/part"; places that nobody named have numbers. Raises MeshError if
    names are missing, equal or no names of regions.
    """
    paths = [label.split("/")[1:] for _, label in labelled]
    parts = [path[-1].strip() if path else "" for path in paths]
    often = Counter(parts)
    names = [
        path[-2].strip() if often[part] > 1 and len(path) > 2 and not path[-2].isdigit() else part
        for part, path in zip(parts, paths, strict=True)
    ]
    if "" in names:
        raise MeshError(
            f"{names.count('')} of its {len(names)} {kind}s have no name. Make each body a part (a component) "
            "with a name of its own; names of faces are not read."
        )
    for name, count in Counter(names).items():
        if count > 1:
            raise MeshError(f"{count} of its {kind}s are named {name!r}; each needs a name of its own.")
        if "|" in name or name in SIDES or not name.isprintable():
            raise MeshError(f"one of its {kind}s is named {name!r}, which cannot be the name of a region.")
    return {name: entity for name, (entity, _) in zip(names, labelled, strict=True)}


def labels(model: Any, entities: Sequence[Entity], path: Path) -> list[tuple[Entity, str]]:
    """Return entities of gmsh's with their labels; those of bodies within one part are found by their corners."""
    found = [model.getEntityName(*entity) for entity in entities]
    if not any(found) and all(dim == 3 for dim, _ in entities):
        found = [f"Shapes/{name}" if name else "" for name in _of_bodies(model, entities, path)]
    return list(zip(entities, found, strict=True))


def corners(model: Any, entity: Entity) -> Array:
    """Return the points at the boundary of an entity, shape (n, 3)."""
    points = model.getBoundary([entity], oriented=False, recursive=True)
    return np.array([model.getValue(0, point, []) for _, point in points]).reshape(-1, 3)


def _of_bodies(model: Any, entities: Sequence[Entity], path: Path) -> list[str]:
    """Return the names of solids: of each the one body that has its corners, "" if there is none or several."""
    bodies = _bodies(path.read_text(encoding="utf-8", errors="replace"))
    solids = [corners(model, entity) for entity in entities]
    sizes = [
        float(np.ptp(np.concatenate(many), axis=0).max()) if sum(map(len, many)) else 0.0
        for many in (solids, [points for _, points in bodies] or [np.empty((0, 3))])
    ]
    if min(sizes) <= 0.0:
        return [""] * len(solids)
    scale, near = sizes[0] / sizes[1], _SAME * sizes[0]
    found = []
    for places in solids:
        fits = [name for name, points in bodies if _are_same(places, scale * points, near)]
        found.append(fits[0] if len(fits) == 1 else "")
    return found


def _are_same(one: Array, other: Array, near: float) -> bool:
    """Return whether two sets of points have the same places."""
    if len(one) == 0 or len(one) != len(other):
        return False
    close = np.abs(one[:, None] - other).max(axis=2) < near
    return bool(close.any(axis=0).all() and close.any(axis=1).all())


def _bodies(text: str) -> list[tuple[str, Array]]:
    """Return name and corners of each solid in a STEP file; a part that is placed elsewhere has those of the part."""
    entities = dict(_ENTITY.findall(text))
    links = {key: re.findall(r"#(\d+)", _TEXT.sub("", said)) for key, said in entities.items()}
    found = []
    for key, said in entities.items():
        if (body := _BODY.match(said)) is None:
            continue
        seen, todo, points = {key}, [key], []
        while todo:
            at = todo.pop()
            if entities[at].startswith("VERTEX_POINT") and (point := _POINT.match(entities[links[at][0]])):
                points.append([float(x) for x in point[1].split(",")])
            new = entities.keys() & set(links[at]) - seen
            seen |= new
            todo += new
        name = body[1].strip()
        found.append(("" if "\\" in name else name, np.array(points).reshape(-1, 3)))
    return found
