"""Current lines carry the current of the terminals, and pictures of devices show what they are asked to."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from fem import Device, HeatSink, OhmicContact, State, steady, with_ions
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import nm
from fem.visualize import picture_3d, plot_fields_2d
from fem.visualize.current_lines import lines_2d, lines_3d, stream_function
from fem.visualize.grid import picture_grid
from geometries import Layer, Nanowire, VerticalStack

WIDTH, DIAMETER = 60 * nm, 24 * nm


def wire(devices: ModuleType, dimension: int) -> State:
    """Return a conducting wire in an oxide between conducting layers, at 0.2 V, with its ions held."""
    film = devices.semiconductor(
        "film", mobility=1e-3, donor_density=(1e23, "m^-3"), thermal_conductivity=(0.5, "W/(m K)"),
        ions={"cation": devices.ion(1e22, diffusivity=1e-14)},
    )  # fmt: skip
    oxide = devices.insulator(thermal_conductivity=devices.datum(1.0, "W/(m K)"))
    stack = VerticalStack(Layer("below", 20 * nm), Layer("film", 40 * nm), Layer("above", 20 * nm))
    shape = Nanowire(
        diameter=DIAMETER, width=WIDTH, lateral_size=12 * nm, edge_size=6 * nm, wire_layers=("film",),
        dimension=dimension,
    )  # fmt: skip
    contact = [OhmicContact(), HeatSink(300.0)]
    device = Device(
        mesh=stack.mesh(size=12 * nm, interface_size=6 * nm, shape=shape),
        materials={"below": film, "film": film, "above": film, "Al2O3": oxide},
        physics=[Poisson(), Carriers(("electron",)), MobileIons("cation"), Heat(coupled=False)],
        contacts={"bottom": contact, "top": contact},
    )
    state = steady(device, {"top": 0.2}, frozen_ions=True)
    column = [0] if dimension == 2 else [0, 1]
    return with_ions(
        state, "cation", lambda x: 1e22 + 1e24 * np.exp(-(x[column] ** 2).sum(axis=0) / (6 * nm) ** 2)
    )


@pytest.fixture(scope="module")
def section(devices: ModuleType) -> State:
    """The wire as a section r-z."""
    return wire(devices, 2)


@pytest.fixture(scope="module")
def solid(devices: ModuleType) -> State:
    """The wire in three dimensions."""
    return wire(devices, 3)


def colours(path: Path) -> Any:
    """Return the pixels of a picture, shape (height, width, 3)."""
    return imread(path)[:, :, :3]


def test_the_stream_function_of_a_uniform_current_is_that_of_stokes(section: State) -> None:
    grid = picture_grid(section, [])
    grid.cell_data["current"] = np.tile([0.0, 2.0, 0.0], (grid.n_cells, 1))
    found = stream_function(grid, axisymmetric=True)
    radius = grid.points[:, 0]
    assert found == pytest.approx(np.pi * radius**2 * 2.0, abs=0.02 * np.pi * radius.max() ** 2 * 2.0)


def test_the_stream_function_of_a_plane_is_the_current_beside_a_place(
    devices: ModuleType, drawings: ModuleType
) -> None:
    film = devices.semiconductor("film", donor_density=(1e23, "m^-3"))
    device = Device(
        mesh=drawings.Rectangle(left=20.0), materials={"lower": film, "upper": film},
        physics=[Poisson(), Carriers()], contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )  # fmt: skip
    state = steady(device, {"top": -0.1})
    grid = picture_grid(state, [], current=True)
    found = stream_function(grid, axisymmetric=False) * nm / state.current("bottom")
    assert found == pytest.approx((grid.points[:, 0] - 20.0) / 100.0, abs=1e-3)


def test_the_stream_function_spans_the_terminal_current(section: State) -> None:
    found = stream_function(picture_grid(section, [], current=True), axisymmetric=True)
    grid = picture_grid(section, [])
    oxide = list(grid.field_data["region_names"]).index("Al2O3")
    corners = grid.cells_dict[5][np.asarray(grid.cell_data["region"]) != oxide]
    known = found[np.unique(corners)]
    assert np.isfinite(known).all() and np.isnan(found).any(), "nothing flows in the oxide"
    assert np.ptp(known) * nm**2 == pytest.approx(section.current("top"), rel=1e-5)


def test_current_lines_go_through_the_wire_from_contact_to_contact(section: State, solid: State) -> None:
    flat = lines_2d(picture_grid(section, [], current=True), 8, axisymmetric=True)
    assert flat.n_lines == 8
    for lines, across, up in ((flat, flat.points[:, 0], flat.points[:, 1]), (None, None, None)):
        if lines is None:
            lines = lines_3d(picture_grid(solid, [], current=True), 20)
            across, up = np.hypot(*lines.points[:, :2].T), lines.points[:, 2]
            assert 10 <= lines.n_lines <= 40
        assert up.min() < 5 and up.max() > 75, "[nm]"
        assert across[(up > 25) & (up < 55)].max() < 0.53 * DIAMETER / nm
        assert (lines.point_data["size"] > 0).all()


@pytest.mark.parametrize("name", ["electric_field", "conduction_current_density", "temperature"])
def test_a_section_can_have_current_lines(section: State, name: str, tmp_path: Path) -> None:
    plain = colours(plot_fields_2d(section, name, tmp_path / "plain.png"))
    lined = colours(plot_fields_2d(section, name, tmp_path / "lined.png", current_lines=6))
    assert plain.shape == lined.shape
    changed = np.abs(plain - lined).max(axis=2) > 0.1
    assert 0.003 < changed.mean() < 0.2


@pytest.mark.parametrize("which", ["section", "solid"])
def test_a_picture_shows_the_filament_and_the_current_in_an_opened_device(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    state = request.getfixturevalue(which)

    def drawn(**options: Any) -> Any:
        options = {"current_lines": 0, "size": (480, 360)} | options
        return colours(picture_3d(state, "temperature", tmp_path / "picture.png", **options))

    plain = drawn()
    assert plain.shape == (360, 480, 3)
    assert 0.2 < (plain[40:320, 20:380].min(axis=2) < 0.95).mean() < 0.95
    changed = np.abs(plain - drawn(current_lines=24)).max(axis=2) > 0.1
    assert changed[:, :380].mean() > 0.003 and changed[:, 380:].mean() > 0.02, (
        "lines, and a colour bar of theirs"
    )
    assert (np.abs(plain - drawn(isosurface="cation"))[:, :380].max(axis=2) > 0.1).mean() > 0.005
    assert (np.abs(plain - drawn(hidden=["above"])).max(axis=2) > 0.1).mean() > 0.02


def test_pictures_answer_what_they_cannot_show(section: State, drawings: ModuleType, devices: Any) -> None:
    with pytest.raises(UnknownNameError, match="temperature"):
        picture_3d(section, "temperatur", "none.png")
    with pytest.raises(UnknownNameError, match="cation"):
        picture_3d(section, "potential", "none.png", isosurface="kation")
    with pytest.raises(UnknownNameError, match="Al2O3"):
        picture_3d(section, "potential", "none.png", hidden=["Al203"])
    with pytest.raises(OutOfRangeError, match="current lines"):
        plot_fields_2d(section, "potential", "none.png", current_lines=-1)
    with pytest.raises(OutOfRangeError, match=r"level of cation"):
        picture_3d(section, "potential", "none.png", isosurface="cation", level=0.0)
    with pytest.raises(IncompatibleError, match="isosurface"):
        picture_3d(section, "potential", "none.png", level=1.0)
    ohmic = devices.ohmic(4.5)
    flat = Device(
        mesh=drawings.Rectangle(), materials=dict.fromkeys(("lower", "upper"), devices.film(traps=False)),
        physics=[Poisson(), Carriers()], contacts={"bottom": ohmic, "top": ohmic}, temperature=300.0,
    )  # fmt: skip
    with pytest.raises(IncompatibleError, match="no third dimension"):
        picture_3d(steady(flat, {}), "potential", "none.png")
    assert not Path("none.png").exists()
