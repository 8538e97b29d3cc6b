"""A drawing fills a gmsh model with named groups, and writes files that other programs read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest

from geometries import Dot, Drawing, GeometryError, Layer, Planar, VerticalStack

NM = 1e-9
STACK = VerticalStack(Layer("ITO", 100 * NM), Layer("film", 400 * NM), Layer("Ag", 80 * NM))
SHAPES = {
    1: None,
    2: Planar(width=1000 * NM, electrode_width=400 * NM, lateral_size=100 * NM),
    3: Dot(side=1000 * NM, dot_radius=200 * NM, lateral_size=200 * NM),
}


def drawing(dimension: int) -> Drawing:
    return STACK.mesh(size=80 * NM, interface_size=10 * NM, shape=SHAPES[dimension])


@pytest.fixture
def gmsh() -> Iterator[Any]:
    import gmsh

    gmsh.initialize(interruptible=False, readConfigFiles=False)
    gmsh.option.setNumber("General.Terminal", 0)
    yield gmsh
    gmsh.finalize()


@pytest.mark.parametrize("dimension", SHAPES)
def test_a_gmsh_model_receives_every_name_in_its_dimension(dimension: int, gmsh: Any) -> None:
    drawn = drawing(dimension)
    drawn.draw(gmsh.model)
    names = {(dim, gmsh.model.getPhysicalName(dim, tag)) for dim, tag in gmsh.model.getPhysicalGroups()}
    facets = {(dimension - 1, name) for name in (*drawn.contacts, *drawn.interfaces)}
    assert names == {(dimension, name) for name in drawn.regions} | facets


@pytest.mark.parametrize("dimension", SHAPES)
def test_a_gmsh_model_holds_the_same_mesh_as_meshio_in_drawing_units(dimension: int, gmsh: Any) -> None:
    drawn = drawing(dimension)
    drawn.draw(gmsh.model)
    expected = drawn.to_meshio()
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    assert np.array_equal(np.sort(tags), np.arange(1, len(expected.points) + 1))
    assert np.ptp(coordinates) * drawn.unit == pytest.approx(np.ptp(expected.points))
    _, elements, _ = gmsh.model.mesh.getElements(dimension)
    assert sum(len(found) for found in elements) == len(expected.cells[0].data)


def test_meshing_a_dot_leaves_a_running_gmsh_as_it_was(gmsh: Any) -> None:
    gmsh.model.add("mine")
    before = gmsh.option.getNumber("Mesh.MeshSizeFromPoints")
    drawing(3).to_meshio()
    assert gmsh.model.getCurrent() == "mine"
    assert gmsh.option.getNumber("Mesh.MeshSizeFromPoints") == before


def test_meshing_a_dot_alone_leaves_no_gmsh_running() -> None:
    import gmsh

    drawing(3).to_meshio()
    assert not gmsh.isInitialized()


@pytest.mark.parametrize("dimension", SHAPES)
@pytest.mark.parametrize("suffix", [".msh", ".vtu"])
def test_a_written_file_gives_the_mesh_back_in_metres(dimension: int, suffix: str, tmp_path: Path) -> None:
    drawn = drawing(dimension)
    path = tmp_path / f"device{suffix}"
    drawn.write(path)
    read, expected = meshio.read(path), drawn.to_meshio()
    assert read.points == pytest.approx(expected.points, rel=1e-12, abs=1e-20)
    assert sum(len(block.data) for block in read.cells) == sum(len(block.data) for block in expected.cells)
    if suffix == ".msh":
        assert set(read.field_data) == {*drawn.regions, *drawn.contacts, *drawn.interfaces}


def test_an_unknown_file_type_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match=r"'device\.stl' must end in"):
        drawing(1).write(tmp_path / "device.stl")


def test_two_drawings_of_one_description_are_equal_and_describe_themselves() -> None:
    assert drawing(2) == drawing(2)
    assert drawing(2) != drawing(1)
    assert drawing(2).description["shape"]["electrode_width"] == 400 * NM
    assert [layer["name"] for layer in drawing(2).description["layers"]] == ["ITO", "film", "Ag"]
    assert drawing(1).unit == 1e-9


def test_a_region_named_like_a_contact_is_refused() -> None:
    with pytest.raises(GeometryError, match="'ITO' is used more than once"):
        face = replace(drawing(1).contact_faces[0], name="ITO")
        replace(drawing(1), contact_faces=(face,))


def test_importing_the_package_loads_neither_gmsh_nor_a_solver() -> None:
    code = "import sys, geometries; print(sorted({'gmsh', 'dolfinx', 'fem', 'studies'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    found = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_drawing_prints_as_one_line_with_its_names() -> None:
    names = "regions ITO, film, Ag; contacts bottom, top"
    assert repr(drawing(1)) == f"Drawing(VerticalStack, cartesian, 1D; {names})"
