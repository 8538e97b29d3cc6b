"""Small STEP files as CAD programs write them: an assembly of named parts, drawn with gmsh."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.msh_files import gmsh_model

Part = tuple[float, ...] | Callable[[Any], int]
STACK: Mapping[str, Part] = {"film": (0, 0, 0, 100, 50, 40), "oxide": (0, 0, 40, 100, 50, 10)}
ELECTRODES: Mapping[str, Part] = {"bottom": (0, 0, -5, 100, 50, 5), "top": (0, 0, 50, 100, 50, 5)}


def step_file(path: Path, parts: Mapping[str, Part], *, unit: str = ".MILLI.", names: Any = None) -> Path:
    """Return ``path`` with parts: boxes (x, y, z and three lengths), rectangles (x, y, z and two), or functions of
    gmsh's OpenCASCADE kernel that draw one; lengths are numbers of ``unit``.
    """
    with gmsh_model() as gmsh:
        occ = gmsh.model.occ
        for part in parts.values():
            if callable(part):
                part(occ)
            else:
                (occ.addBox if len(part) == 6 else occ.addRectangle)(*part)
        occ.synchronize()
        gmsh.write(str(path.with_suffix(".step")))
    text = path.with_suffix(".step").read_text()
    path.with_suffix(".step").unlink()
    products = re.findall(r"PRODUCT\(('[^']*'),\s*'[^']*'", text)
    given = list(parts) if names is None else list(names)
    given = ["device", *given] if len(products) > len(given) else given
    for old, new in zip(products, given, strict=True):
        text = re.sub(rf"PRODUCT\({old},\s*{old}", f"PRODUCT('{new}','{new}'", text)
    path.write_text(text.replace("SI_UNIT(.MILLI.,.METRE.)", f"SI_UNIT({unit},.METRE.)"))
    return path


def in_one_part(path: Path, bodies: Mapping[str, Part]) -> Path:
    """Return ``path`` with named bodies in a single part, as CAD programs write what was not made an assembly."""
    whole, added, more = "", "", ""
    for number, (name, part) in enumerate(bodies.items()):
        text = step_file(path, {"part": part}).read_text()
        text = re.sub(r"MANIFOLD_SOLID_BREP\('[^']*'", f"MANIFOLD_SOLID_BREP('{name}'", text)
        text = re.sub(r"#(\d+)", lambda found, by=number: f"#{int(found[1]) + 100_000 * by}", text)  # type: ignore[misc]
        entities = dict(re.findall(r"(#\d+) = ([^;]*);", text))
        body = next(key for key, said in entities.items() if said.startswith("MANIFOLD"))
        if number == 0:
            whole = text
            continue
        needed, todo = {body}, [body]
        while todo:
            new = set(re.findall(r"#\d+", entities[todo.pop()])) - needed
            needed, todo = needed | new, [*todo, *new]
        added += f",{body}"
        more += "".join(f"{key} = {entities[key]};\n" for key in sorted(needed))
    whole = re.sub(r"(BREP_SHAPE_REPRESENTATION\('[^']*',\([^)]*)\)", rf"\1{added})", whole, count=1)
    path.write_text(whole.replace("ENDSEC;\nEND-ISO", f"{more}ENDSEC;\nEND-ISO"))
    return path
