"""Small mesh files, drawn with gmsh: two blocks on each other in a plane or in space, whole or with something wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SIDE = 100.0  # of a block, in units of the file


@contextmanager
def gmsh_model() -> Iterator[Any]:
    """Yield gmsh with an empty model."""
    import gmsh

    gmsh.initialize(interruptible=False, readConfigFiles=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("Mesh.MeshSizeMax", 30.0)
        gmsh.model.add("blocks")
        yield gmsh
    finally:
        gmsh.finalize()


def blocks(
    path: Path,
    dim: int = 2,
    *,
    joined: bool = True,
    change: Callable[[Any], None] = lambda gmsh: None,
    after: Callable[[Any], None] = lambda gmsh: None,
    **options: float,
) -> Path:
    """Return ``path`` with the blocks "lower" and "upper", their ends "bottom" and "top", saved with gmsh options.

    ``change`` is called before meshing and ``after`` it, with gmsh.
    """
    with gmsh_model() as gmsh:
        occ, model = gmsh.model.occ, gmsh.model
        for low in (0.0, SIDE):
            if dim == 2:
                occ.addRectangle(0, low, 0, SIDE, SIDE)
            else:
                occ.addBox(0, low, 0, SIDE, SIDE, SIDE)
        if joined:
            occ.fragment([(dim, 1)], [(dim, 2)])
        occ.synchronize()
        for name, middle, d in (
            ("lower", 0.5, dim),
            ("upper", 1.5, dim),
            ("bottom", 0, dim - 1),
            ("top", 2, dim - 1),
        ):
            found = [
                t for _, t in model.getEntities(d) if abs(occ.getCenterOfMass(d, t)[1] - middle * SIDE) < 1e-6
            ]
            model.addPhysicalGroup(d, found, name=name)
        change(gmsh)
        model.mesh.generate(dim)
        after(gmsh)
        for name, value in options.items():
            gmsh.option.setNumber(f"Mesh.{name}", value)
        gmsh.write(str(path))
    return path
