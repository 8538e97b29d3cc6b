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
