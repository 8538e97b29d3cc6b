"""Whether a current can flow between contacts at all: a layer that conducts nothing may lie across every way."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fem.contacts import FloatingGate, GateContact
from fem.errors import warn
from fem.forms.faces import face_regions
from fem.forms.nodes import region_neighbours
from fem.physics.term import Composition


def warn_of_insulation(whole: Composition, conducting: Collection[str]) -> None:
    """Warn of contacts, gates apart, from which no way through ``conducting`` regions leads to another; collective."""
    mesh = whole.setting.mesh
    contacts = {
        name: set(face_regions(mesh, name))
        for name, contact in whole.contacts.items()
        if not isinstance(contact, GateContact | FloatingGate)
    }
    if len(contacts) < 2:
        return
    neighbours, cut, across = region_neighbours(mesh), [], set()
    for name, regions in contacts.items():
        reached = _reached(regions & set(conducting), neighbours, conducting)
        if not any(reached & other for key, other in contacts.items() if key != name):
            cut.append(repr(name))
            around = set().union(regions, *(neighbours[region] for region in reached))
            across |= around - set(conducting)
    if not cut or mesh.comm.rank != 0:
        return
    where = " and ".join(f"region {region!r}" for region in sorted(across))
    warn(
        f"no current can flow between {' or '.join(cut)} and any other contact: {where} conducts next to nothing, with "
        "neither a law nor an electrical_conductivity; give its material one with "
        "with_(electrical_conductivity=...)."
    )


def _reached(
    start: Collection[str], neighbours: Mapping[str, set[str]], conducting: Collection[str]
) -> set[str]:
    """Return the conducting regions that can be reached from some of them."""
    reached, left = set(start), list(start)
    while left:
        further = {r for r in neighbours[left.pop()] if r in conducting} - reached
        reached |= further
        left += further
    return reached
