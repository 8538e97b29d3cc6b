"""Cells of lateral devices and transistors have the sizes asked for, and impossible devices are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from geometries import FloatingIslands, GeometryError, LateralDevice, Layer, Transistor

NM, UM = 1e-9, 1e-6
FILM = Layer("film", 300 * NM)
SIO2 = Layer("SiO2", 100 * NM)
GATED = (SIO2, Layer("store", 10 * NM), Layer("tunnel", 5 * NM))


def lateral(**changes: Any) -> LateralDevice:
    return LateralDevice(**{"film": FILM, "gap": 10 * UM, "electrode_width": 2 * UM, **changes})


def transistor(**changes: Any) -> Transistor:
    given = {"channel": (FILM,), "dielectric": (SIO2,), "channel_length": 1 * UM, "contact_length": 300 * NM}
    return Transistor(**{**given, "gate": "bottom", "contacts": "top", **changes})


def islands(**changes: Any) -> FloatingIslands:
    given = {"layer": "store", "length": 50 * NM, "pitch": 100 * NM, "fill": "SiO2"}
    return FloatingIslands(**{**given, **changes})


def levels(device: LateralDevice | Transistor, column: int, **sizes: Any) -> np.ndarray:
    """Return the node positions [nm] along one axis."""
    given = {"size": 50 * NM, "interface_size": 1 * NM, "lateral_size": 200 * NM, "edge_size": 2 * NM}
    points = device.mesh(**{**given, **sizes}).simplices().points / NM
    return np.unique(np.round(points[:, column], 6))


def beside(positions: np.ndarray, mark: float) -> np.ndarray:
    """Return the cells [nm] on both sides of a mark, or on one at an end."""
    place = int(np.argmin(np.abs(positions - mark)))
    assert positions[place] == pytest.approx(mark, abs=1e-5)
    return np.diff(positions[max(0, place - 1) : place + 2])


@pytest.mark.parametrize("gap", [0.1 * UM, 1 * UM, 100 * UM])
@pytest.mark.parametrize("thickness", [50 * NM, 500 * NM])
@pytest.mark.parametrize("left", ["top", "bottom", "side"])
def test_cells_are_fine_at_the_gap_and_grow_away_from_it(gap: float, thickness: float, left: str) -> None:
    device = lateral(film=Layer("film", thickness), gap=gap, left=left)
    largest = max(20 * NM, gap / 50)
    x, z = (levels(device, column, lateral_size=largest, size=25 * NM) for column in (0, 1))
    for mark in (-0.5 * gap, 0.5 * gap):
        assert beside(x, mark / NM) == pytest.approx(2.0, abs=1e-4)
    for mark in (0.0, thickness):
        assert beside(z, mark / NM) == pytest.approx(1.0, abs=1e-4)
    for nodes, limit in ((x, largest), (z, 25 * NM)):
        steps = np.diff(nodes)
        assert steps.max() <= limit / NM * (1 + 1e-6)
        assert max(max(a / b, b / a) for a, b in pairwise(steps)) <= 1.31
    assert len(x) < 400 and len(z) < 60


def test_cells_are_fine_at_every_end_of_source_drain_and_gate() -> None:
    device = transistor(
        gate="top", contacts="bottom", channel_length=4 * UM, gate_length=1 * UM, gate_offset=500 * NM
    )
    x = levels(device, 0)
    for mark in (-2000.0, 2000.0, 0.0, 1000.0):
        assert beside(x, mark) == pytest.approx(2.0, abs=1e-4)


def test_cells_are_fine_at_a_side_gate() -> None:
    device = transistor(gate="side", contacts="bottom", gate_gap=2 * UM, gate_length=1 * UM)
    x = levels(device, 0)
    for mark in (-500.0, 500.0, 800.0, 2800.0, 3800.0):
        assert beside(x, mark) == pytest.approx(2.0, abs=1e-4)


def test_layers_keep_sizes_of_their_own_and_the_outer_side_of_a_substrate_is_coarse() -> None:
    oxide = Layer("SiO2", 100 * NM, size=20 * NM, interface_size=5 * NM)
    glass = Layer("glass", 2 * UM, size=400 * NM)
    film = transistor(dielectric=(oxide,), gate="top", contacts="bottom", electrode_thickness=40 * NM)
    z = levels(Transistor(**{**film.__dict__, "substrate": glass}), 1)
    assert beside(z, 300.0) == pytest.approx([1.0, 5.0], abs=1e-4)
    assert beside(z, 0.0) == pytest.approx(1.0, abs=1e-4)
    assert beside(z, 40.0) == pytest.approx(1.0, abs=1e-4)
    steps = np.diff(z)
    assert steps[0] > 200.0 and steps[:5].max() <= 400.0 + 1e-3
    assert np.diff(z[z > 299.9]).max() <= 20.0 + 1e-3


def test_without_edge_size_the_cells_along_the_film_are_even() -> None:
    x = levels(lateral(), 0, edge_size=None)
    assert np.diff(x) == pytest.approx(200.0, abs=1e-3)


def test_the_width_of_a_section_is_its_depth_and_three_dimensions_have_it() -> None:
    sizes: dict[str, Any] = {"size": 100 * NM, "interface_size": 50 * NM, "lateral_size": 1 * UM}
    assert lateral().mesh(**sizes).cross_section is None
    assert lateral(width=7 * UM).mesh(**sizes).cross_section == 7 * UM
    solid = lateral(width=7 * UM).mesh(**sizes, dimension=3, width_size=2 * UM)
    y = np.unique(solid.simplices().points[:, 1])
    assert solid.cross_section == 1.0
    assert (y[0], y[-1]) == pytest.approx((-3.5 * UM, 3.5 * UM)) and len(y) == 5


def test_islands_lie_in_the_middle_of_the_layer_at_their_pitch() -> None:
    drawing = transistor(dielectric=GATED, islands=islands()).mesh(
        size=20 * NM, interface_size=2 * NM, lateral_size=50 * NM
    )
    names = [f"store_{i}" for i in range(1, 17)]
    assert [name for name in drawing.regions if name.startswith("store")] == names
    mesh = drawing.simplices()
    for i, name in enumerate(names):
        nodes = mesh.points[mesh.cells[mesh.cell_region == drawing.regions.index(name)]][..., 0] / NM
        middle = (i - 7.5) * 100.0
        assert (nodes.min(), nodes.max()) == pytest.approx((middle - 25, middle + 25))
    assert not any(set(pair.split("|")) <= set(names) for pair in drawing.interfaces)


@pytest.mark.parametrize(("length", "count"), [(30, 10), (100, 9), (100.001, 9)])
def test_islands_never_reach_the_ends_of_the_layer(length: float, count: int) -> None:
    places = islands(length=length * NM, pitch=100.01 * NM).places(0.0, 1000 * NM)
    assert len(places) == count
    assert places[0][0] > 0.0 and places[-1][1] < 1000 * NM


def test_a_number_of_islands_can_be_asked_for() -> None:
    places = np.array(islands(count=3).places(0.0, 1000 * NM)) / NM
    assert places == pytest.approx(np.array([[375.0, 425.0], [475.0, 525.0], [575.0, 625.0]]))


def test_the_description_is_plain_data_with_every_size() -> None:
    device = transistor(dielectric=GATED, islands=islands())
    drawing = device.mesh(size=20 * NM, interface_size=2 * NM, lateral_size=50 * NM)
    data = json.loads(json.dumps(drawing.description))
    assert data["kind"] == "Transistor" and data["channel"][0]["name"] == "film"
    assert data["islands"]["pitch"] == 100 * NM and data["lateral_size"] == 50 * NM


SIZES: dict[str, Any] = {"size": 50 * NM, "interface_size": 5 * NM, "lateral_size": 200 * NM}
THICK = {"electrode_thickness": 40 * NM}
SIDE = {"gate": "side", "contacts": "bottom", "gate_gap": 1 * UM, "gate_length": 1 * UM}
CASES: dict[str, tuple[Callable[[], object], str]] = {
    "no gap": (lambda: lateral(gap=0.0), r"gap is 0.0: it must be finite and above zero"),
    "gap below rounding": (
        lambda: lateral(gap=1e-13, electrode_width=3e-4).mesh(**SIZES),
        r"'left' and 'right' touch",
    ),
    "film of no layer": (lambda: lateral(film=300 * NM), r"film is 3\.0+\d*e-07: give a Layer"),
    "unknown place": (lambda: lateral(left="over"), r"left is 'over': use 'top' or 'bottom' or 'side'"),
    "no electrode width": (lambda: lateral(electrode_width=None), r"an electrode at 'top' needs its length"),
    "covered face": (
        lambda: lateral(encapsulation=Layer("PMMA", 1e-7)),
        r"electrode_thickness is None with left at 'top': under 'PMMA' the contact would lie inside",
    ),
    "face on a substrate": (
        lambda: lateral(right="bottom", substrate=Layer("glass", 1e-6)),
        r"electrode_thickness is None with right at 'bottom': under 'glass'",
    ),
    "metal named as the film": (
        lambda: lateral(electrode_names=("film", "Au")),
        r"name 'film' is used more than once",
    ),
    "film named as a contact": (lambda: lateral(film=Layer("left", 1e-7)), r"name 'left' is used more than"),
    "one metal name": (lambda: lateral(electrode_names="Au"), r"electrode_names is 'Au': give two names"),
    "volume without a width": (
        lambda: lateral().mesh(**SIZES, dimension=3),
        r"width is None: a drawing in 3",
    ),
    "line": (lambda: lateral(width=1e-6).mesh(**SIZES, dimension=1), r"dimension is 1: use 2"),
    "width cells of a section": (lambda: lateral().mesh(**SIZES, width_size=1e-6), r"belongs to dimension=3"),
    "coarse edge": (
        lambda: lateral().mesh(**{**SIZES, "edge_size": 1e-6}),
        r"edge_size is 1e-06: it must not exceed lateral_size",
    ),
    "coarse interface": (
        lambda: lateral().mesh(**{**SIZES, "interface_size": 1e-7}),
        r"interface_size in 'film' is 1e-07: it must not exceed size, which is 5",
    ),
    "wild growth": (lambda: lateral().mesh(**SIZES, growth=5.0), r"growth is 5.0"),
    "unknown gate": (lambda: transistor(gate="back"), r"gate is 'back': use 'bottom' or 'top' or 'side'"),
    "unknown contacts": (lambda: transistor(contacts="side"), r"contacts is 'side': use 'top' or 'bottom'"),
    "layer without a tuple": (lambda: transistor(channel=FILM), r"give a tuple of at least one Layer"),
    "no dielectric": (lambda: transistor(dielectric=()), r"dielectric is \(\): give a tuple of at least one"),
    "layer twice": (lambda: transistor(dielectric=(FILM,)), r"name 'film' is used more than once"),
    "layer named gate": (lambda: transistor(dielectric=(Layer("gate", 1e-8),)), r"'gate' is used more than"),
    "no overlap": (lambda: transistor(contact_length=0.0), r"contact_length is 0.0: it must be finite"),
    "overlap at the edge": (
        lambda: transistor(contacts="edge"),
        r"contact_length is 3\.0+\d*e-07: contacts at the edge do not",
    ),
    "top gate over top faces": (
        lambda: transistor(gate="top"),
        r"electrode_thickness is None with contacts 'top' and gate 'top'",
    ),
    "bottom gate under bottom faces": (
        lambda: transistor(contacts="bottom"),
        r"electrode_thickness is None with contacts 'bottom' and gate 'bottom'",
    ),
    "bottom faces on a substrate": (
        lambda: transistor(gate="top", contacts="bottom", substrate=Layer("glass", 1e-6)),
        r"electrode_thickness is None with contacts 'bottom' and gate 'top'",
    ),
    "drain face in the gel": (
        lambda: transistor(**{**SIDE, "contacts": "edge", "contact_length": 0.0}),
        r"electrode_thickness is None with contacts 'edge' and gate 'side'",
    ),
    "top contacts in the gel": (
        lambda: transistor(**{**SIDE, "contacts": "top"}, **THICK),
        r"contacts is 'top' with gate 'side': dielectric would bury the drain",
    ),
    "metal through the dielectric": (
        lambda: transistor(gate="top", electrode_thickness=100 * NM),
        r"electrode_thickness is 1\.0+\d*e-07: the electrodes are embedded in 'SiO2'",
    ),
    "metal through the film": (
        lambda: transistor(contacts="bottom", electrode_thickness=400 * NM),
        r"electrodes are embedded in 'film', which is 3\.0+\d*e-07 thick",
    ),
    "substrate under a gate": (
        lambda: transistor(substrate=Layer("glass", 1e-6)),
        r"substrate is 'glass' with gate 'bottom': only a top-gated channel",
    ),
    "gap of a bottom gate": (
        lambda: transistor(gate_gap=1e-6),
        r"gate_gap is 1e-06: it belongs to gate='side'",
    ),
    "offset of a whole gate": (
        lambda: transistor(gate_offset=1e-7),
        r"gate_offset is 1e-07: give gate_length",
    ),
    "long gate": (lambda: transistor(gate_length=2 * UM), r"gate must lie within the device, from -8e-07 to"),
    "side gate without a gap": (
        lambda: transistor(**{**SIDE, "gate_gap": None}),
        r"gate_gap is None: a side gate needs",
    ),
    "offset of a side gate": (
        lambda: transistor(**SIDE, gate_offset=1e-7),
        r"place of a side gate is gate_gap",
    ),
    "high layers on a side gate": (
        lambda: transistor(**SIDE, dielectric=(Layer("oxide", 1 * UM), SIO2)),
        r"the dielectrics on the side gate are 1e-06 m thick: 'SiO2' covers them and ends at 4e-07 m",
    ),
    "islands that do not exist": (
        lambda: transistor(dielectric=GATED, islands=islands(layer="gold")),
        r"islands are in layer 'gold': it must be a dielectric that touches neither gate nor channel",
    ),
    "islands on the gate": (
        lambda: transistor(islands=islands(layer="SiO2", fill="x")),
        r"there is none here",
    ),
    "islands in the film": (
        lambda: transistor(dielectric=GATED, islands=islands(fill="film")),
        r"fill is 'film': that is an electrode or a layer of the channel",
    ),
    "islands that touch": (
        lambda: islands(pitch=50 * NM),
        r"pitch of the islands is .*: it must exceed their",
    ),
    "islands filled with themselves": (
        lambda: islands(fill="store"),
        r"fill is 'store': that is the layer cut",
    ),
    "half an island": (lambda: islands(count=1.5), r"count of the islands is 1.5: it must be a whole number"),
    "too many islands": (
        lambda: transistor(dielectric=GATED, islands=islands(count=17)),
        r"17 islands of 5e-08 m at a pitch of 1e-07 m do not fit .* at most 16 do",
    ),
    "island names taken": (
        lambda: transistor(
            dielectric=(SIO2, Layer("store", 1e-8), Layer("store_2", 5e-9)), islands=islands()
        ),
        r"region name 'store_2' is used more than once",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_drawn_is_refused_with_its_name_and_value(case: str) -> None:
    attempt, message = CASES[case]
    with pytest.raises(GeometryError, match=message):
        attempt()
