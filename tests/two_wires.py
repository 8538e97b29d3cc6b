"""A section through two round wires, or two flat strips, far inside a disc: what conformal maps know in closed form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fem.mesh.device_mesh import DeviceMesh
from geometries.meshing.drawing import gmsh_model

OUTER = 40.0  #: radius of the disc, over the half distance of the axes


def wires(folder: Path, radius: float, size: float = 0.05) -> DeviceMesh:
    """Return two wires of a ``radius`` whose axes are 2 apart, in nanometres."""

    def draw(model: Any) -> dict[str, list[int]]:
        outer, *inner = [model.occ.addDisk(x, 0, 0, r, r) for x, r in ((0, OUTER), (-1, radius), (1, radius))]
        parts, _ = model.occ.fragment([(2, outer)], [(2, one) for one in inner])
        model.occ.synchronize()
        left, right = inner
        return {"left": [left], "right": [right], "medium": [t for _, t in parts if t not in inner]}

    return _mesh(folder, draw, size)


def strips(folder: Path, gap: float, width: float, thickness: float, size: float) -> DeviceMesh:
    """Return two strips of a ``width``, ``gap`` apart, thin beside both, in nanometres."""

    def draw(model: Any) -> dict[str, list[int]]:
        outer = model.occ.addDisk(0, 0, 0, OUTER, OUTER)
        inner = [
            model.occ.addRectangle(x, -0.5 * thickness, 0, width, thickness)
            for x in (-0.5 * gap - width, 0.5 * gap)
        ]
        parts, _ = model.occ.fragment([(2, outer)], [(2, one) for one in inner])
        model.occ.synchronize()
        left, right = inner
        return {"left": [left], "right": [right], "medium": [t for _, t in parts if t not in inner]}

    return _mesh(folder, draw, size)


def _mesh(folder: Path, draw: Any, size: float) -> DeviceMesh:
    """Return the mesh of a drawing, of ``size`` at the conductors and growing away from them."""
    path = folder / "section.msh"
    with gmsh_model():
        import gmsh

        model = gmsh.model
        regions = draw(model)
        for name, tags in regions.items():
            model.addPhysicalGroup(2, tags, name=name)
        edges = [
            e
            for name in ("left", "right")
            for _, e in model.getBoundary([(2, t) for t in regions[name]], oriented=False)
        ]
        near = model.mesh.field.add("Distance")
        model.mesh.field.setNumbers(near, "CurvesList", edges)
        model.mesh.field.setNumber(near, "Sampling", 200)
        grown = model.mesh.field.add("MathEval")
        model.mesh.field.setString(grown, "F", f"{size} + 0.25*F{near}")
        model.mesh.field.setAsBackgroundMesh(grown)
        model.mesh.generate(2)
        gmsh.write(str(path))
    return DeviceMesh.from_file(path, unit=1e-9, contacts=())
