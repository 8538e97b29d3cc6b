"""Lateral devices and transistors have the regions, contacts and interfaces they promise, with right angles."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from geometries import Drawing, FloatingIslands, LateralDevice, Layer, Transistor

NM = 1e-9
FILM = Layer("film", 200 * NM)
GLASS = Layer("glass", 500 * NM)
PMMA = Layer("PMMA", 100 * NM)
SIO2 = Layer("SiO2", 100 * NM)
SIZES: dict[str, Any] = {
    "size": 50 * NM,
    "interface_size": 5 * NM,
    "lateral_size": 200 * NM,
    "edge_size": 10 * NM,
}


def lateral(**changes: Any) -> LateralDevice:
    return LateralDevice(**{"film": FILM, "gap": 2000 * NM, "electrode_width": 500 * NM, **changes})


def transistor(**changes: Any) -> Transistor:
    given = {
        "channel": (FILM,),
        "dielectric": (SIO2,),
        "channel_length": 1000 * NM,
        "contact_length": 300 * NM,
    }
    return Transistor(**{**given, "gate": "bottom", "contacts": "top", **changes})


METAL = {"electrode_thickness": 40 * NM}
STORED = (SIO2, Layer("floating_gate", 10 * NM), Layer("tunnel_oxide", 5 * NM))
ISLANDS = FloatingIslands(layer="floating_gate", length=100 * NM, pitch=250 * NM, fill="oxide")
SIDE = {"gate": "side", "gate_gap": 700 * NM, "gate_length": 400 * NM}
DEVICES: dict[str, LateralDevice | Transistor] = {
    "faces on top": lateral(),
    "mixed": lateral(left="side", electrode_width=300 * NM),
    "side metals": lateral(left="side", right="side", electrode_width=None, substrate=GLASS, **METAL),
    "covered metals": lateral(right="bottom", substrate=GLASS, encapsulation=PMMA, **METAL),
    "free metals": lateral(right="bottom", **METAL),
    "bottom gate": transistor(),
    "edge": transistor(contacts="edge", contact_length=0.0, channel=(FILM, PMMA)),
    "metals beside": transistor(contacts="edge", contact_length=0.0, **METAL),
    "bottom gate and contacts": transistor(contacts="bottom", **METAL),
    "top gate and contacts": transistor(gate="top", substrate=GLASS, **METAL),
    "short top gate": transistor(gate="top", contacts="bottom", gate_length=600 * NM, gate_offset=100 * NM),
    "floating gate": transistor(dielectric=STORED),
    "islands": transistor(dielectric=STORED, islands=ISLANDS),
    "islands above": transistor(dielectric=STORED, islands=ISLANDS, gate="top", contacts="bottom"),
    "side gate": transistor(contacts="bottom", **SIDE),
    "side gate, metals": transistor(
        contacts="edge", contact_length=0.0, dielectric=(SIO2, Layer("gel", 300 * NM)), **SIDE, **METAL
    ),
}
#: Areas [nm^2] of the regions.
AREAS: dict[str, dict[str, float]] = {
    "faces on top": {"film": 3000 * 200},
    "mixed": {"film": 2300 * 200},
    "side metals": {"glass": 2080 * 500, "film": 2000 * 200, "Au_left": 40 * 200, "Au_right": 40 * 200},
    "covered metals": {
        "Au_right": 500 * 40,
        "glass": 3000 * 500 - 500 * 40,
        "film": 3000 * 200,
        "Au_left": 500 * 40,
        "PMMA": 3000 * 100 - 500 * 40,
    },
    "free metals": {"Au_right": 500 * 40, "film": 3000 * 200, "Au_left": 500 * 40},
    "bottom gate": {"SiO2": 1600 * 100, "film": 1600 * 200},
    "edge": {"SiO2": 1000 * 100, "film": 1000 * 200, "PMMA": 1000 * 100},
    "metals beside": {
        "SiO2": 1080 * 100,
        "film": 1000 * 200,
        "source_metal": 40 * 200,
        "drain_metal": 40 * 200,
    },
    "bottom gate and contacts": {
        "SiO2": 1600 * 100,
        "source_metal": 300 * 40,
        "drain_metal": 300 * 40,
        "film": 1600 * 200 - 600 * 40,
    },
    "top gate and contacts": {
        "glass": 1600 * 500,
        "film": 1600 * 200,
        "source_metal": 300 * 40,
        "drain_metal": 300 * 40,
        "SiO2": 1600 * 100 - 600 * 40,
    },
    "short top gate": {"film": 1600 * 200, "SiO2": 1600 * 100},
    "floating gate": {
        "SiO2": 1600 * 100,
        "floating_gate": 1600 * 10,
        "tunnel_oxide": 1600 * 5,
        "film": 1600 * 200,
    },
    "islands": {
        "SiO2": 1600 * 100,
        **{f"floating_gate_{i}": 1000 for i in range(1, 7)},
        "oxide": 10000,
        "tunnel_oxide": 1600 * 5,
        "film": 1600 * 200,
    },
    "side gate": {"film": 1600 * 200, "SiO2": 2700 * 300 - 1600 * 200},
    "side gate, metals": {
        "film": 1000 * 200,
        "source_metal": 40 * 200,
        "drain_metal": 40 * 200,
        "SiO2": 400 * 100,
        "gel": 2180 * 500 - 1080 * 200 - 400 * 100,
    },
}
AREAS["islands above"] = AREAS["islands"]
#: Lengths [nm] of the contacts and where they are: (coordinate, position [nm]).
CONTACTS: dict[str, dict[str, tuple[float, int, float]]] = {
    "faces on top": {"left": (500, 1, 200), "right": (500, 1, 200)},
    "mixed": {"left": (200, 0, -1000), "right": (300, 1, 200)},
    "side metals": {"left": (200, 0, -1040), "right": (200, 0, 1040)},
    "covered metals": {"left": (40, 0, -1500), "right": (40, 0, 1500)},
    "free metals": {"left": (500, 1, 240), "right": (500, 1, -40)},
    "bottom gate": {"source": (300, 1, 200), "drain": (300, 1, 200), "gate": (1600, 1, -100)},
    "edge": {"source": (300, 0, -500), "drain": (300, 0, 500), "gate": (1000, 1, -100)},
    "metals beside": {"source": (200, 0, -540), "drain": (200, 0, 540), "gate": (1080, 1, -100)},
    "bottom gate and contacts": {"source": (40, 0, -800), "drain": (40, 0, 800), "gate": (1600, 1, -100)},
    "top gate and contacts": {"source": (40, 0, -800), "drain": (40, 0, 800), "gate": (1600, 1, 300)},
    "short top gate": {"source": (300, 1, 0), "drain": (300, 1, 0), "gate": (600, 1, 300)},
    "floating gate": {"source": (300, 1, 200), "drain": (300, 1, 200), "gate": (1600, 1, -115)},
    "islands": {"source": (300, 1, 200), "drain": (300, 1, 200), "gate": (1600, 1, -115)},
    "islands above": {"source": (300, 1, 0), "drain": (300, 1, 0), "gate": (1600, 1, 315)},
    "side gate": {"source": (300, 1, 0), "drain": (300, 1, 0), "gate": (400, 1, 0)},
    "side gate, metals": {"source": (40, 1, 0), "drain": (40, 1, 0), "gate": (400, 1, 0)},
}
#: Lengths [nm] of the interfaces.
INTERFACES: dict[str, dict[str, float]] = {
    "faces on top": {},
    "side metals": {
        "glass|film": 2000,
        "glass|Au_left": 40,
        "glass|Au_right": 40,
        "film|Au_left": 200,
        "film|Au_right": 200,
    },
    "covered metals": {
        "Au_right|glass": 540,
        "Au_right|film": 500,
        "glass|film": 2500,
        "film|Au_left": 500,
        "film|PMMA": 2500,
        "Au_left|PMMA": 540,
    },
    "edge": {"SiO2|film": 1000, "film|PMMA": 1000},
    "metals beside": {
        "SiO2|film": 1000,
        "SiO2|source_metal": 40,
        "SiO2|drain_metal": 40,
        "film|source_metal": 200,
        "film|drain_metal": 200,
    },
    "bottom gate and contacts": {
        "SiO2|source_metal": 300,
        "SiO2|drain_metal": 300,
        "SiO2|film": 1000,
        "source_metal|film": 340,
        "drain_metal|film": 340,
    },
    "top gate and contacts": {
        "glass|film": 1600,
        "film|source_metal": 300,
        "film|drain_metal": 300,
        "film|SiO2": 1000,
        "source_metal|SiO2": 340,
        "drain_metal|SiO2": 340,
    },
    "islands": {
        **{f"SiO2|floating_gate_{i}": 100 for i in range(1, 7)},
        **{f"floating_gate_{i}|oxide": 20 for i in range(1, 7)},
        **{f"floating_gate_{i}|tunnel_oxide": 100 for i in range(1, 7)},
        "SiO2|oxide": 1000,
        "oxide|tunnel_oxide": 1000,
        "tunnel_oxide|film": 1600,
    },
    "side gate": {"film|SiO2": 1800},
    "side gate, metals": {
        "film|source_metal": 200,
        "film|drain_metal": 200,
        "film|gel": 1000,
        "source_metal|gel": 40,
        "drain_metal|gel": 240,
        "SiO2|gel": 500,
    },
}
WIDTH = 600.0


def drawing(kind: str, dimension: int = 2) -> Drawing:
    given = DEVICES[kind]
    wide = type(given)(**{**given.__dict__, "width": WIDTH * NM})
    if dimension == 2:
        return wide.mesh(**SIZES)
    return wide.mesh(size=200 * NM, interface_size=100 * NM, lateral_size=400 * NM, dimension=3)


def content(points: np.ndarray, simplices: np.ndarray) -> np.ndarray:
    """Return length, area or volume of each simplex in powers of a nanometre."""
    edges = (points[simplices[:, 1:]] - points[simplices[:, :1]]) / NM
    gram = np.einsum("mik,mjk->mij", edges, edges)
    return np.sqrt(np.abs(np.linalg.det(gram))) / math.factorial(edges.shape[1])


def measures(drawn: Drawing) -> tuple[dict[str, float], dict[str, float]]:
    """Return the content of each region and that of each contact and interface."""
    mesh = drawn.simplices()
    cells, facets = content(mesh.points, mesh.cells), content(mesh.points, mesh.facets)
    names = (*drawn.contacts, *drawn.interfaces)
    return (
        {name: float(cells[mesh.cell_region == i].sum()) for i, name in enumerate(drawn.regions)},
        {name: float(facets[mesh.facet_group == i].sum()) for i, name in enumerate(names)},
    )


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("kind", DEVICES)
def test_regions_and_contacts_have_the_sizes_worked_out_by_hand(kind: str, dimension: int) -> None:
    drawn = drawing(kind, dimension)
    across = WIDTH if dimension == 3 else 1.0
    cells, facets = measures(drawn)
    assert cells == pytest.approx({name: area * across for name, area in AREAS[kind].items()}, rel=1e-12)
    contacts = {name: facets[name] for name in drawn.contacts}
    assert contacts == pytest.approx({n: x[0] * across for n, x in CONTACTS[kind].items()}, rel=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("kind", INTERFACES)
def test_interfaces_have_the_sizes_worked_out_by_hand_and_no_others_exist(kind: str, dimension: int) -> None:
    drawn = drawing(kind, dimension)
    across = WIDTH if dimension == 3 else 1.0
    facets = measures(drawn)[1]
    found = {name: facets[name] for name in drawn.interfaces}
    assert found == pytest.approx({n: x * across for n, x in INTERFACES[kind].items()}, rel=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("kind", DEVICES)
def test_contacts_are_outer_faces_where_they_should_be_and_touch_no_other(kind: str, dimension: int) -> None:
    drawn = drawing(kind, dimension)
    mesh = drawn.simplices()
    faces = np.concatenate(
        [mesh.cells[:, list(keep)] for keep in combinations(range(dimension + 1), dimension)]
    )
    unique, count = np.unique(np.sort(faces, axis=1), axis=0, return_counts=True)
    outer = {tuple(face) for face in unique[count == 1].tolist()}
    nodes: list[set[int]] = []
    for i, name in enumerate(drawn.contacts):
        facets = np.sort(mesh.facets[mesh.facet_group == i], axis=1)
        assert {tuple(facet) for facet in facets.tolist()} <= outer
        _, axis, position = CONTACTS[kind][name]
        column = axis if dimension == 2 else 2 * axis
        assert mesh.points[facets, column] == pytest.approx(position * NM, abs=1e-6 * NM)
        nodes.append(set(facets.ravel().tolist()))
    assert not any(a & b for a, b in combinations(nodes, 2))


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("kind", DEVICES)
def test_no_edge_has_a_negative_weight_and_the_mesh_conforms(kind: str, dimension: int) -> None:
    mesh = drawing(kind, dimension).simplices()
    corner = mesh.points[mesh.cells] / NM
    inverse = np.linalg.inv(corner[:, 1:] - corner[:, :1])
    gradients = np.concatenate((-inverse.sum(axis=2)[:, :, None], inverse), axis=2)
    products = np.einsum("mki,mkj->mij", gradients, gradients)
    scale = np.einsum("mii->mi", products).max(axis=1)[:, None, None]
    rows, columns = np.triu_indices(dimension + 1, 1)
    assert (products / scale)[:, rows, columns].max() < 1e-9
    faces = np.concatenate(
        [mesh.cells[:, list(keep)] for keep in combinations(range(dimension + 1), dimension)]
    )
    assert np.unique(np.sort(faces, axis=1), axis=0, return_counts=True)[1].max() == 2
    assert np.array_equal(np.unique(mesh.cells), np.arange(len(mesh.points)))
