"""Electrodes: which nodes a contact holds and through which facets current enters.

A contact on a metal region takes in that region and every metal that touches it: the metal is one
equipotential, and the contact acts where it meets a semiconductor or an insulator. A floating gate is such a
metal without a contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.contacts import (
    BlockingContact,
    ElectricalContact,
    FloatingGate,
    GateContact,
    OhmicContact,
    SchottkyContact,
)
from fem.errors import IncompatibleError
from fem.forms.nodes import (
    IntArray,
    facet_cells,
    gathered_regions,
    inner_pairs,
    marked_nodes,
    region_neighbours,
)
from fem.forms.setting import Setting
from fem.mesh.device_mesh import DeviceMesh


@dataclass(frozen=True, kw_only=True, eq=False)
class Electrode:
    """One electrical contact, or floating gate, on this rank.

    ``nodes``: scalar dofs held at its potential, shape (n,). ``surface``: (cell, local facet) pairs
    where it meets a region that is no metal, seen from that region, shape (m, 2).
    """

    name: str
    contact: ElectricalContact | FloatingGate
    nodes: IntArray
    surface: IntArray
    work_function: float | None  #: [J]
    regions: tuple[str, ...]  #: the regions that are no metal and touch the electrode
    metal: bool  #: whether it has a metal region, which is one equipotential

    @property
    def floating(self) -> bool:
        """Whether it is a floating gate."""
        return isinstance(self.contact, FloatingGate)

    def facing(self, mesh: DeviceMesh, regions: Sequence[str]) -> IntArray:
        """Return the part of the surface that is seen from ``regions``, shape (m, 2)."""
        tags = [mesh.regions[r] for r in regions]
        return self.surface[np.isin(mesh.cell_region[self.surface[:, 0]], tags)]


def electrodes(
    setting: Setting,
    contacts: Mapping[str, ElectricalContact],
    floating: Mapping[str, FloatingGate],
    space: Any,
    *,
    neutral: bool = False,
) -> tuple[Electrode, ...]:
    """Return the electrodes of all electrical contacts, and then of the floating gates, in the order given.

    ``neutral``: all regions are conductors without space charge, and all contacts ohmic.
    """
    mesh = setting.mesh
    metals = set(setting.of_kind("metal"))
    touching = region_neighbours(mesh)
    owner: dict[str, str] = {}
    found = []
    given: dict[str, ElectricalContact | FloatingGate] = {**contacts, **floating}
    for name, contact in given.items():
        outer = np.empty(0, dtype=np.int32) if name in floating else mesh.facets(name)
        start = {name} if name in floating else gathered_regions(mesh, facet_cells(mesh, outer)) & metals
        body = _connected(start, {r: touching[r] & metals for r in metals})
        for region in body:
            if region in owner and name in floating:
                raise IncompatibleError(
                    f"FloatingGate {name!r} is not floating: its metal touches that of {owner[region]!r}."
                )
            if region in owner:
                raise IncompatibleError(
                    f"contacts {owner[region]!r} and {name!r} are shorted by the metal region {region!r}."
                )
            owner[region] = name
        found.append(_electrode(setting, name, contact, body, outer, space, neutral=neutral))
    _check_apart(mesh, found)
    _check_all_held(metals - set(owner))
    return tuple(found)


def _check_all_held(others: set[str]) -> None:
    loose = sorted(others)
    if loose:
        raise IncompatibleError(
            f"metal region {loose[0]!r} touches no electrical contact; to let it be a floating gate, give "
            f"contacts={{{loose[0]!r}: FloatingGate()}}."
        )


def _check_apart(mesh: DeviceMesh, found: list[Electrode]) -> None:
    for k, second in enumerate(found):
        for first in found[:k]:
            if mesh.comm.allreduce(int(np.intersect1d(first.nodes, second.nodes).size)):
                raise IncompatibleError(
                    f"contacts {first.name!r} and {second.name!r} touch each other and are shorted; "
                    "leave a gap between them."
                )


def _electrode(
    setting: Setting,
    name: str,
    contact: ElectricalContact | FloatingGate,
    body: set[str],
    facets: IntArray,
    space: Any,
    *,
    neutral: bool,
) -> Electrode:
    mesh = setting.mesh
    dim = mesh.dim
    _check_sides(mesh, name, contact, body, facets)
    surface = _surface(mesh, body, facets)
    from dolfinx import fem as dfem

    nodes = marked_nodes(space, dfem.locate_dofs_topological(space, dim - 1, facets))
    if body:
        inside = dfem.locate_dofs_topological(space, dim, mesh.cells(*body))
        nodes = np.union1d(nodes, marked_nodes(space, inside)).astype(np.int32)
    neighbours = gathered_regions(mesh, surface[:, 0])
    regions = tuple(r for r in mesh.regions if r in neighbours)
    if neutral:
        _check_neutral(name, contact, regions)
    work = None if neutral else _work_function(setting, name, contact, body)
    if not neutral:
        _check_kind(setting, name, contact, regions, work)
    return Electrode(
        name=name,
        contact=contact,
        nodes=nodes,
        surface=surface,
        work_function=work,
        regions=regions,
        metal=bool(body),
    )


def _work_function(
    setting: Setting, name: str, contact: ElectricalContact | FloatingGate, body: set[str]
) -> float | None:
    """Return the contact's own work function, else that of the metal it sits on; None for a neutral ohmic."""
    if contact.work_function is not None:
        return contact.work_function
    if isinstance(contact, OhmicContact):
        return None
    values = {setting.materials[r].si("work_function", setting.temperature) for r in body}
    if len(values) != 1:
        raise IncompatibleError(
            f"{type(contact).__name__} {name!r} needs a work_function: it sits on "
            + ("no metal region." if not values else f"metals of {len(values)} different work functions.")
        )
    return float(values.pop())


def _check_neutral(name: str, contact: ElectricalContact | FloatingGate, regions: tuple[str, ...]) -> None:
    """Raise unless a contact fits a device without space charge."""
    title = f"{type(contact).__name__} {name!r}"
    if isinstance(contact, FloatingGate):
        raise IncompatibleError(f"{title} needs Poisson(), and physics begins with Conduction().")
    if not isinstance(contact, OhmicContact) or contact.work_function is not None:
        raise IncompatibleError(
            f"{title} cannot be with Conduction(), which knows no barriers: use an OhmicContact()."
        )
    if not regions:
        raise IncompatibleError(f"{title} touches no region that is no metal.")


def _check_kind(
    setting: Setting,
    name: str,
    contact: ElectricalContact | FloatingGate,
    regions: tuple[str, ...],
    work: float | None,
) -> None:
    kinds = {setting.materials[r].kind for r in regions}
    title = f"{type(contact).__name__} {name!r}"
    if not regions:
        raise IncompatibleError(f"{title} touches no semiconductor and no insulator.")
    if isinstance(contact, OhmicContact | SchottkyContact) and "semiconductor" not in kinds:
        raise IncompatibleError(
            f"{title} touches only the insulator {regions[0]!r}, which carries no current; "
            "use a GateContact there, with an Interlayer() in the physics if carriers cross it."
        )
    if isinstance(contact, GateContact | FloatingGate) and "semiconductor" in kinds:
        touched = next(r for r in regions if setting.materials[r].kind == "semiconductor")
        if isinstance(contact, FloatingGate):
            raise IncompatibleError(
                f"{title} touches the semiconductor {touched!r}; put an insulator between."
            )
        raise IncompatibleError(
            f"{title} touches the semiconductor {touched!r}; use an ohmic, Schottky or blocking contact."
        )


def _connected(start: set[str], links: Mapping[str, set[str]]) -> set[str]:
    body, front = set(start), list(start)
    while front:
        for region in links[front.pop()] - body:
            body.add(region)
            front.append(region)
    return body


def _surface(mesh: DeviceMesh, body: set[str], outer: IntArray) -> IntArray:
    """Return (cell, local facet) of owned cells outside of ``body`` that face it or lie on ``outer``."""
    to_facet = mesh.mesh.topology.connectivity(mesh.dim, mesh.dim - 1)
    owned = mesh.mesh.topology.index_map(mesh.dim).size_local
    tags = [mesh.regions[r] for r in body]
    inner, cells = inner_pairs(mesh)
    is_body = np.isin(mesh.cell_region[cells], tags)
    faces = np.flatnonzero(is_body.sum(axis=1) == 1)
    found = [(int(cells[f][~is_body[f]][0]), int(inner[f])) for f in faces]
    to_cell = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
    for facet in outer:
        found += [(int(c), int(facet)) for c in to_cell.links(int(facet)) if mesh.cell_region[c] not in tags]
    pairs = {
        (cell, int(np.flatnonzero(to_facet.links(cell) == facet)[0])) for cell, facet in found if cell < owned
    }
    return np.array(sorted(pairs), dtype=np.int32).reshape(-1, 2)


def _check_sides(mesh: DeviceMesh, name: str, contact: Any, body: set[str], outer: IntArray) -> None:
    """Raise if a contact that carriers could pass lies between two regions, neither of which is a metal of its own."""
    if not isinstance(contact, SchottkyContact | BlockingContact):
        return
    inner, cells = inner_pairs(mesh)
    regions = mesh.cell_region[cells[np.isin(inner, outer)]]
    tags = [mesh.regions[r] for r in body]
    apart = (regions[:, 0] != regions[:, 1]) & ~np.isin(regions, tags).any(axis=1)
    names = {tag: region for region, tag in mesh.regions.items()}
    pairs = {tuple(sorted((names[a], names[b]))) for a, b in np.unique(regions[apart], axis=0).tolist()}
    for first, second in sorted(set().union(*mesh.comm.allgather(pairs))):
        raise IncompatibleError(
            f"{type(contact).__name__} {name!r} lies between the regions {first!r} and {second!r}, whose carriers "
            "would pass through it; draw it as a region of a metal, or inside of one of them."
        )
