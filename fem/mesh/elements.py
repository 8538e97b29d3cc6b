"""Elements as gmsh has them, in blocks with physical groups, and the simplices with names that memfem needs of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]
#: Elements by gmsh's number: dimension, number of nodes, and what they are called.
_KINDS: dict[int, tuple[int, int, str]] = {
    15: (0, 1, "points"),
    1: (1, 2, "lines"),
    2: (2, 3, "triangles"),
    4: (3, 4, "tetrahedra"),
    **{kind: (1, n, "lines of higher order") for kind, n in {8: 3, 26: 4, 27: 5, 28: 6}.items()},
    **{
        kind: (2, n, "triangles of higher order") for kind, n in {9: 6, 20: 9, 21: 10, 22: 12, 23: 15}.items()
    },
    **{kind: (3, n, "tetrahedra of higher order") for kind, n in {11: 10, 29: 20, 30: 35, 31: 56}.items()},
    **{kind: (2, n, "quadrilaterals") for kind, n in {3: 4, 10: 9, 16: 8, 36: 16}.items()},
    **{kind: (3, n, "hexahedra") for kind, n in {5: 8, 12: 27, 17: 20, 92: 64}.items()},
    **{kind: (3, n, "prisms") for kind, n in {6: 6, 13: 18, 18: 15}.items()},
    **{kind: (3, n, "pyramids") for kind, n in {7: 5, 14: 14, 19: 13}.items()},
}
_SIMPLEX = (15, 1, 2, 4)  # by dimension


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Elements of one ``kind`` (gmsh's number) and entity: the tags of their nodes, shape (m, corners), and groups."""

    kind: int
    entity: int
    groups: tuple[int, ...]
    nodes: Ints

    @property
    def dim(self) -> int:
        """Topological dimension."""
        return _KINDS[self.kind][0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Elements:
    """Tags of nodes (n,), their places (n, 3) in drawing units, elements, and ``names`` by dimension and group."""

    tags: Ints
    points: Array
    blocks: tuple[Block, ...]
    names: Mapping[tuple[int, int], str]

    @classmethod
    def of_model(cls, model: Any) -> Elements:
        """Return what is in a gmsh model: highest dimension first, by group, then by entity."""
        tags, points, _ = model.mesh.getNodes()
        blocks = []
        for dim, entity in model.getEntities():
            groups = tuple(int(g) for g in model.getPhysicalGroupsForEntity(dim, entity))
            for kind, _, nodes in zip(*model.mesh.getElements(dim, entity), strict=True):
                rows = np.asarray(nodes, dtype=np.int64).reshape(-1, nodes_of(int(kind)))
                blocks.append(Block(kind=int(kind), entity=entity, groups=groups, nodes=rows))
        names = {(dim, g): model.getPhysicalName(dim, g) for dim, g in model.getPhysicalGroups()}
        found = np.asarray(tags, dtype=np.int64)
        return cls(tags=found, points=points.reshape(-1, 3), blocks=tuple(blocks), names=names)


@dataclass(frozen=True, kw_only=True, eq=False)
class Simplices:
    """Nodes (n, 3) in drawing units; cells (m, dim + 1) and facets (k, dim) of node numbers, each with its group.

    ``regions`` and ``surfaces`` are the groups of cells and of facets by name.
    """

    dim: int
    points: Array
    cells: Ints
    cell_group: Ints
    facets: Ints
    facet_group: Ints
    regions: Mapping[str, int]
    surfaces: Mapping[str, int]


def nodes_of(kind: int) -> int:
    """Return the number of nodes of an element of gmsh's; raises MeshError for a kind that is not known."""
    if kind not in _KINDS:
        raise MeshError(f"it has elements of kind {kind}, which memfem does not know.")
    return _KINDS[kind][1]


def simplices(elements: Elements) -> Simplices:
    """Return the cells, of the highest dimension there is, and the facets that are in named groups.

    Raises MeshError unless cells are simplices of first order and each is in one named group.
    """
    blocks = [block for block in elements.blocks if len(block.nodes)]
    dim = max((block.dim for block in blocks), default=0)
    if dim == 0:
        raise MeshError("the mesh has no cells.")
    inside = [block for block in blocks if block.dim == dim]
    for block in inside:
        _check_kind(block)
    regions = _named(elements, inside, dim)
    around = [block for block in blocks if block.dim == dim - 1 and block.groups]
    surfaces = _named(elements, around, dim - 1)
    if both := sorted(regions.keys() & surfaces.keys()):
        raise MeshError(f"the mesh has a region and a facet group of one name, {both[0]!r}.")
    if left := sum(len(block.nodes) for block in inside if not block.groups):
        raise MeshError(f"{left} cells of the mesh belong to no named region.")
    order = np.argsort(elements.tags, kind="stable")
    tags = elements.tags[order]
    if (np.diff(tags) == 0).any():
        raise MeshError("the mesh has two nodes of one number.")
    cells, cell_group = _joined(inside, dim, tags, regions)
    facets, facet_group = _joined(around, dim - 1, tags, surfaces)
    return Simplices(
        dim=dim, points=elements.points[order], cells=cells, cell_group=cell_group, facets=facets,
        facet_group=facet_group, regions=regions, surfaces=surfaces,
    )  # fmt: skip


def _check_kind(block: Block) -> None:
    if block.kind == _SIMPLEX[block.dim]:
        return
    called = _KINDS[block.kind][2]
    todo = (
        "Save it with elements of order 1"
        if "order" in called
        else f"Divide them into {_KINDS[_SIMPLEX[block.dim]][2]} (in gmsh, without Recombine)"
    )
    raise MeshError(f"the mesh has {called}; a device needs {_KINDS[_SIMPLEX[block.dim]][2]}. {todo}.")


def _named(elements: Elements, blocks: list[Block], dim: int) -> dict[str, int]:
    """Return the groups of one dimension by name; each block must be in one at most, regions in a named one."""
    names = {tag: name for (d, tag), name in elements.names.items() if d == dim and name}
    for block in blocks:
        mine = [names.get(g, str(g)) for g in block.groups]
        if len(mine) > 1:
            raise MeshError(f"groups {mine[0]!r} and {mine[1]!r} of the mesh overlap; each needs its own.")
    used = {g for block in blocks for g in block.groups}
    found = {names[g]: g for g in sorted(used & names.keys())}
    twice = [name for name, n in Counter(names[g] for g in used & names.keys()).items() if n > 1]
    if twice:
        raise MeshError(f"the mesh has two groups of the name {twice[0]!r}.")
    highest = any(block.dim == dim for block in blocks) and dim == max(b.dim for b in elements.blocks)
    if highest and not found:
        raise MeshError("the mesh has no named region: every cell must be in a named physical group.")
    if highest and used - names.keys():
        unnamed = ", ".join(str(g) for g in sorted(used - names.keys()))
        raise MeshError(
            f"physical group {unnamed} of cells of the mesh has no name; it needs one as a region."
        )
    return found


def _joined(blocks: list[Block], dim: int, tags: Ints, names: Mapping[str, int]) -> tuple[Ints, Ints]:
    """Return the node numbers of all elements in named groups, by group, and the group of each."""
    kept = sorted((b for b in blocks if b.groups[0] in names.values()), key=lambda b: (b.groups[0], b.entity))
    nodes = np.concatenate([np.empty((0, dim + 1), dtype=np.int64), *(block.nodes for block in kept)])
    group = np.repeat([block.groups[0] for block in kept], [len(block.nodes) for block in kept])
    place = np.minimum(np.searchsorted(tags, nodes), len(tags) - 1)
    if nodes.size and (tags.size == 0 or (tags[place] != nodes).any()):
        raise MeshError("the mesh has elements with nodes that do not exist.")
    return place.astype(np.int64), group.astype(np.int64)
