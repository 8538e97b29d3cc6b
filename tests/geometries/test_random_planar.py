"""Truths that hold for any lateral device and transistor: areas, and contacts that are whole and apart."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometries import Drawing, LateralDevice, Layer, Transistor

NM = 1e-9
SIZES = {"size": 100 * NM, "interface_size": 5 * NM, "lateral_size": 500 * NM, "edge_size": 10 * NM}
thicknesses = st.floats(5.0, 500.0)
stretches = st.floats(100.0, 20_000.0)
quick = settings(max_examples=30, deadline=None)
PLACES = list(product(("top", "bottom", "side"), repeat=2))
#: gate, contacts, and whether electrodes may be faces
ARRANGEMENTS = [
    ("bottom", "top", True),
    ("bottom", "edge", True),
    ("bottom", "bottom", False),
    ("top", "bottom", True),
    ("top", "edge", True),
    ("top", "top", False),
    ("side", "bottom", True),
    ("side", "edge", False),
]


def check_contacts(drawing: Drawing, lengths: dict[str, float]) -> None:
    """Contacts have their lengths [nm], are outer faces, and share no node."""
    mesh = drawing.simplices()
    faces = np.sort(np.concatenate([mesh.cells[:, list(keep)] for keep in combinations(range(3), 2)]), axis=1)
    unique, count = np.unique(faces, axis=0, return_counts=True)
    assert count.max() == 2
    outer = {tuple(face) for face in unique[count == 1].tolist()}
    seen: set[int] = set()
    for i, name in enumerate(drawing.contacts):
        facets = np.sort(mesh.facets[mesh.facet_group == i], axis=1)
        assert {tuple(facet) for facet in facets.tolist()} <= outer
        ends = mesh.points[facets] / NM
        assert np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum() == pytest.approx(lengths[name])
        nodes = set(facets.ravel().tolist())
        assert not nodes & seen
        seen |= nodes


def area(drawing: Drawing) -> float:
    """Return the area [nm^2] of all regions."""
    mesh = drawing.simplices()
    edges = (mesh.points[mesh.cells[:, 1:]] - mesh.points[mesh.cells[:, :1]]) / NM
    return float(0.5 * np.abs(np.linalg.det(edges)).sum())


@quick
@given(st.sampled_from(PLACES), thicknesses, stretches, stretches)
def test_a_film_with_faces_as_electrodes_is_a_rectangle(
    places: tuple[str, str], thick: float, gap: float, overlap: float
) -> None:
    left, right = places
    drawing = LateralDevice(
        film=Layer("film", thick * NM), gap=gap * NM, electrode_width=overlap * NM, left=left, right=right
    ).mesh(**SIZES)
    lengths = {n: thick if p == "side" else overlap for n, p in zip(drawing.contacts, places, strict=True)}
    check_contacts(drawing, lengths)
    assert area(drawing) == pytest.approx(thick * (gap + sum(overlap for p in places if p != "side")))


@quick
@given(
    st.sampled_from(ARRANGEMENTS),
    st.lists(thicknesses, min_size=1, max_size=2),
    st.lists(thicknesses, min_size=1, max_size=3),
    stretches,
    stretches,
    st.floats(0.1, 0.9),
)
def test_the_parts_of_a_transistor_fill_its_box_and_its_contacts_are_apart(
    arrangement: tuple[str, str, bool],
    channel: list[float],
    dielectric: list[float],
    length: float,
    overlap: float,
    part: float,
) -> None:
    gate, contacts, faces = arrangement
    if gate == "side":
        dielectric = dielectric[-1:]
    thick = None if faces else part * min(channel[0], dielectric[-1])
    edge = contacts == "edge"
    drawing = Transistor(
        channel=tuple(Layer(f"channel_{i}", t * NM) for i, t in enumerate(channel)),
        dielectric=tuple(Layer(f"dielectric_{i}", t * NM) for i, t in enumerate(dielectric)),
        channel_length=length * NM,
        contact_length=0.0 if edge else overlap * NM,
        gate=gate,
        contacts=contacts,
        gate_gap=overlap * NM if gate == "side" else None,
        gate_length=300 * NM if gate == "side" else None,
        electrode_thickness=None if thick is None else thick * NM,
    ).mesh(**SIZES)
    beside = 0.0 if thick is None else thick
    whole = length + 2 * (beside if edge else overlap)
    box = whole + (overlap + 300 if gate == "side" else 0.0)
    if edge:
        reach = sum(channel) if faces else beside
    else:
        reach = overlap if faces or gate == "side" else beside
    check_contacts(drawing, {"source": reach, "drain": reach, "gate": 300 if gate == "side" else whole})
    assert area(drawing) == pytest.approx(box * (sum(channel) + sum(dielectric)))
