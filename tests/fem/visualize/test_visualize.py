"""Pictures are made, say what they show with units, and are not blank."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
import pytest

import fem.materials as materials
from fem import Device, HeatSink, SchottkyContact, State, equilibrium, steady
from fem.errors import IncompatibleError, UnknownNameError
from fem.heat.field import TemperatureField
from fem.heat.steady import SteadyHeat
from fem.io import write_temperature
from fem.mesh import DeviceMesh
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from fem.visualize import plot_band_diagram, plot_fields_2d, plot_ion_profile, temperature_picture
from geometries import CrossbarBlock, Layer, VerticalStack, Via

matplotlib.use("Agg")


def device(shape: Via | None = None) -> Device:
    """Return a memristor, as a line or in a round hole."""
    stack = VerticalStack(Layer("ITO", 20 * nm), Layer("film", 100 * nm), Layer("Au", 20 * nm))
    extra = {} if shape is None else {"SiO2": materials.SIO2}
    return Device(
        mesh=stack.mesh(size=10 * nm, interface_size=1 * nm, shape=shape),
        materials={"ITO": materials.ITO, "film": materials.MAPBI3, "Au": materials.GOLD, **extra},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
        contacts={"bottom": SchottkyContact(), "top": SchottkyContact()},
        temperature=300.0,
    )


@pytest.fixture(scope="module")
def states() -> list[State]:
    """Equilibrium and a bias."""
    rest = equilibrium(device())
    return [rest, steady(rest.device, {"top": -0.4}, start=rest)]


@pytest.fixture(scope="module")
def section() -> State:
    """The equilibrium of a round device."""
    return equilibrium(device(Via(radius=50 * nm, wall_thickness=30 * nm, lateral_size=15 * nm)))


@pytest.fixture(scope="module")
def heated() -> TemperatureField:
    """A small block with a hot cell in its middle."""
    block = CrossbarBlock(
        3, 3, pitch=200 * nm, line_width=100 * nm, line_thickness=50 * nm, film_thickness=50 * nm,
        substrate_thickness=300 * nm, cap_thickness=100 * nm, margin=1000 * nm,
    )  # fmt: skip
    mesh = DeviceMesh.from_drawing(block.mesh(size=50 * nm, coarse_size=300 * nm))
    heat = SteadyHeat(mesh, dict.fromkeys(mesh.regions, 1.0), {"sink": HeatSink(300.0)})
    return heat.solve(powers={"cell_1_1": 1e-5})


def spread(path: Path) -> float:
    """Return how much of a picture is not of its most frequent colour."""
    from matplotlib.image import imread

    pixels = (imread(path)[:, :, :3] * 255).astype(int) @ [1, 256, 65536]
    return 1 - np.unique(pixels, return_counts=True)[1].max() / pixels.size


def test_band_diagrams_have_units_labels_and_metals(states: list[State], tmp_path: Path) -> None:
    axes = plot_band_diagram(states, ["rest", "biased"])
    assert len(axes) == 2 and [ax.get_title() for ax in axes] == ["rest", "biased"]
    assert axes[0].get_ylabel() == "Energy [eV]" and axes[1].get_xlabel() == "Position [nm]"
    words = " ".join(text.get_text() for text in axes[1].texts)
    assert all(name in words for name in ("ITO", "film", "Au", "0.40", "eV"))
    assert axes[0].get_ylim() == axes[1].get_ylim()
    axes[0].figure.savefig(tmp_path / "bands.png")
    assert spread(tmp_path / "bands.png") > 0.03


def test_ion_profiles_show_both_faces(states: list[State], tmp_path: Path) -> None:
    axes = plot_ion_profile(states)
    assert [ax.get_title() for ax in axes] == ["ITO | film", "film", "film | Au"]
    assert axes[2].get_xlim()[0] == axes[0].get_xlim()[1] < 25.0
    assert "vacancy density [cm" in axes[0].get_ylabel() and axes[0].get_yscale() == "log"
    names = [text.get_text() for text in axes[2].get_legend().get_texts()]
    assert names == ["0 V", "top \N{MINUS SIGN}0.40 V"]
    axes[0].figure.savefig(tmp_path / "ions.png")
    assert spread(tmp_path / "ions.png") > 0.02
    with pytest.raises(UnknownNameError, match="iodide_vacancy"):
        plot_ion_profile(states, name="iodine_vacancy")


def test_labels_must_be_one_for_each_state(states: list[State]) -> None:
    with pytest.raises(IncompatibleError, match="2 states and 1 labels"):
        plot_band_diagram(states, ["rest"])


@pytest.mark.parametrize("name", ["iodide_vacancy", "potential"])
def test_a_section_is_mirrored_about_its_axis(section: State, name: str, tmp_path: Path) -> None:
    from matplotlib.image import imread

    path = plot_fields_2d(section, name, tmp_path / "section.png")
    assert spread(path) > 0.3
    picture = imread(path)[:, :, :3]
    dark = np.flatnonzero((picture < 0.2).all(axis=2).sum(axis=0) > 0.7 * picture.shape[0])
    gap = int(np.argmax(np.diff(dark) > 50))  # two edges of the axes, then those of the colour bar
    left, right = dark[gap], dark[gap + 1]
    row = picture[round(0.3 * picture.shape[0]), left + 5 : right - 4]
    assert len(row) > 500 and np.abs(row - row[::-1]).mean() < 0.02
    with pytest.raises(UnknownNameError, match="potential"):
        plot_fields_2d(section, "potentail", tmp_path / "section.png")


def test_a_section_needs_two_dimensions(states: list[State], tmp_path: Path) -> None:
    with pytest.raises(IncompatibleError, match="2D"):
        plot_fields_2d(states[0], "potential", tmp_path / "section.png")


def test_a_heated_block_is_drawn_alike_from_field_and_file(heated: TemperatureField, tmp_path: Path) -> None:
    from matplotlib.image import imread

    file = write_temperature(heated, tmp_path / "heat.vtkhdf")
    first = temperature_picture(heated, tmp_path / "first.png", title="Middle cell heated")
    second = temperature_picture(file, tmp_path / "second.png", title="Middle cell heated")
    picture = imread(first)
    assert picture.shape[:2] == (1200, 1600)
    assert spread(first) > 0.3
    assert (np.abs(picture - imread(second)).max(axis=2) > 0.02).mean() < 1e-3
    bright = (picture[:, :1250, 0] > 0.9) & (picture[:, :1250, 2] < 0.4)
    assert bright.sum() > 100  # the hot cell is seen
