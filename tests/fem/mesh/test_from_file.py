"""Meshes from files: what is in them is found, and what would give another current than theirs is refused in words."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, DeviceMesh, OhmicContact, steady
from fem.constants import ELEMENTARY_CHARGE
from fem.errors import MeshError, OutOfRangeError
from fem.physics import Carriers, Poisson
from fem.units import nm
from geometries import CrossPoint, Layer, Planar, VerticalStack
from tests.msh_files import blocks

ENDS = ("bottom", "top")
DONORS, MOBILITY, BIAS = 1e23, 1e-2, 1e-3
FORMATS: dict[str, dict[str, float]] = {
    "4.1": {},
    "4.1 binary": {"Binary": 1},
    "2.2": {"MshFileVersion": 2.2},
    "2.2 binary": {"MshFileVersion": 2.2, "Binary": 1},
    "with all elements": {"SaveAll": 1},
    "with parametric nodes": {"SaveParametric": 1},
}


def read(path: Path, **changes: Any) -> DeviceMesh:
    return DeviceMesh.from_file(path, **{"unit": 1 * nm, "contacts": ENDS, **changes})


@pytest.mark.parametrize("dim", [2, 3])
@pytest.mark.parametrize("options", FORMATS.values(), ids=FORMATS)
def test_every_format_holds_the_same_mesh(dim: int, options: dict[str, float], tmp_path: Path) -> None:
    found = read(blocks(tmp_path / "a.msh", dim, **options))
    plain = read(blocks(tmp_path / "b.msh", dim))
    assert sorted(found.regions) == ["lower", "upper"] and sorted(found.contacts) == sorted(ENDS)
    assert found.dim == dim and found.num_nodes == plain.num_nodes
    assert len(found.cells("lower")) == len(plain.cells("lower")) > 0
    assert len(found.facets("top")) == len(plain.facets("top")) > 0
    order = [np.lexsort(np.round(m.mesh.geometry.x, 6).T) for m in (found, plain)]
    assert found.mesh.geometry.x[order[0]] == pytest.approx(plain.mesh.geometry.x[order[1]], abs=1e-9)


def test_two_blocks_of_a_file_carry_the_current_of_a_resistor(devices: ModuleType, tmp_path: Path) -> None:
    mesh = read(blocks(tmp_path / "blocks.msh"))
    film = devices.semiconductor("n", mobility=MOBILITY, states=1e25, donor_density=(DONORS, "m^-3"))
    device = Device(
        mesh=mesh,
        materials={"lower": film, "upper": film},
        physics=[Poisson(), Carriers(("electron",))],
        contacts={name: OhmicContact() for name in ENDS},
        temperature=300.0,
    )
    expected = ELEMENTARY_CHARGE * DONORS * MOBILITY * BIAS / 2
    assert steady(device, {"top": BIAS}).current("top") == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "shape",
    [
        None,
        Planar(width=20 * nm, lateral_size=10 * nm),
        CrossPoint(line_width=20 * nm, side=40 * nm, lateral_size=20 * nm),
    ],
    ids=["line", "plane", "space"],
)
def test_a_file_that_a_drawing_wrote_is_that_drawing(shape: Any, tmp_path: Path) -> None:
    sizes: dict[str, Any] = dict(size=20 * nm, interface_size=10 * nm)
    stack = VerticalStack(Layer("ITO", 20 * nm), Layer("film", 40 * nm), Layer("Ag", 20 * nm))
    drawing: Any = stack.mesh(**sizes, **({} if shape is None else {"shape": shape}))
    drawing.write(tmp_path / "stack.msh")
    mesh, drawn = (
        read(tmp_path / "stack.msh", unit=1.0, contacts=drawing.contacts),
        DeviceMesh.from_drawing(drawing),
    )
    assert (mesh.regions, mesh.contacts, mesh.interfaces) == (drawn.regions, drawn.contacts, drawn.interfaces)
    assert mesh.checksum["tags"] == drawn.checksum["tags"]


def _turn(gmsh: Any) -> None:
    gmsh.model.mesh.affineTransform([1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0])


def _uneven(gmsh: Any) -> None:
    corners = [t for _, t in gmsh.model.getEntities(0) if gmsh.model.getValue(0, t, [])[1] > 150]
    gmsh.model.mesh.setSize([(0, t) for t in corners], 7.0)


def _flatten(gmsh: Any) -> None:
    nodes = gmsh.model.mesh.getElements(2, 1)[2][0][:3]
    place = gmsh.model.mesh.getNode(nodes[0])[0]
    gmsh.model.mesh.setNode(nodes[1], place, [])


def _group(dim: int, name: str, *removed: tuple[int, int], entity: int = 0) -> Any:
    """Return a change that removes groups and puts an entity of a dimension into a new one."""

    def change(gmsh: Any) -> None:
        if removed:  # of none gmsh removes all
            gmsh.model.removePhysicalGroups(list(removed))
        gmsh.model.addPhysicalGroup(dim, [gmsh.model.getEntities(dim)[entity][1]], 7, name)

    return change


def _removed(*groups: tuple[int, int]) -> Any:
    return lambda gmsh: gmsh.model.removePhysicalGroups(list(groups))


def _recombined(gmsh: Any) -> None:
    gmsh.model.mesh.recombine()


def _of_second_order(gmsh: Any) -> None:
    gmsh.model.mesh.setOrder(2)


WRONG: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "blocks that share no nodes": (("lie on others", "fragment"), {"joined": False}),
    "blocks with nodes elsewhere": (("do not share", "fragment"), {"joined": False, "change": _uneven}),
    "a plane in x and z": (("x and y", "x, z"), {"after": _turn}),
    "quadrilaterals": (("quadrilaterals", "triangles"), {"after": _recombined}),
    "second order": (("higher order", "order 1"), {"after": _of_second_order}),
    "a cell without volume": (("no volume", "'lower'"), {"after": _flatten}),
    "two groups of one region": (("'lower' and 'all'", "overlap"), {"change": _group(2, "all")}),
    "the same in 2.2": (("overlap",), {"change": _group(2, "all"), "MshFileVersion": 2.2}),
    "a region left out": (("'top'", "no faces of its cells"), {"change": _removed((2, 2))}),
    "a region left out but saved": (("no named region",), {"change": _removed((2, 2)), "SaveAll": 1}),
    "no regions": (("line along x",), {"change": _removed((2, 1), (2, 2))}),
    "a contact left out": (("no contact 'top'", "'bottom'"), {"change": _removed((1, 4))}),
    "a region without a name": (("group 7", "no name"), {"change": _group(2, "", (2, 2), entity=1)}),
    "a contact named like a region": (("one name, 'lower'",), {"change": _group(1, "lower", (1, 3))}),
    "version 1": (("$MeshFormat",), {"MshFileVersion": 1}),
    "version 4.0": (("version 4", "4.1"), {"MshFileVersion": 4.0}),
}


@pytest.mark.parametrize(("words", "changes"), WRONG.values(), ids=WRONG)
def test_what_is_no_whole_mesh_is_refused_in_words(
    words: tuple[str, ...], changes: dict[str, Any], answer: Any, tmp_path: Path
) -> None:
    path = blocks(tmp_path / "blocks.msh", **changes)
    with answer(MeshError, *words):
        read(path)


def test_blocks_that_fit_by_one_side_only_are_refused(answer: Any, tmp_path: Path) -> None:
    """A ring of four blocks is cut open at one seam, on whose sides the nodes lie elsewhere."""
    corners = [(0, 0), (3, 0), (3, 3), (0, 3), (1, 1), (2, 1), (2, 2), (1, 2), (0.5, 0.5)]
    cells = [
        (0, 1, 5),
        (0, 5, 4),
        (1, 2, 6),
        (1, 6, 5),
        (2, 3, 7),
        (2, 7, 6),
        (8, 7, 3),
        (8, 4, 7),
        (3, 0, 8),
    ]
    lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat", "$PhysicalNames", "3", '1 2 "bottom"', '1 3 "top"']
    lines += ['2 1 "ring"', "$EndPhysicalNames", "$Nodes", str(len(corners))]
    lines += [f"{k + 1} {x} {y} 0" for k, (x, y) in enumerate(corners)] + ["$EndNodes", "$Elements"]
    lines += [str(len(cells) + 2), "1 1 2 2 1 1 2", "2 1 2 3 2 3 4"]
    lines += [f"{k + 3} 2 2 1 1 {a + 1} {b + 1} {c + 1}" for k, (a, b, c) in enumerate(cells)]
    path = tmp_path / "ring.msh"
    path.write_text("\n".join([*lines, "$EndElements", ""]))
    with answer(MeshError, "without sharing their nodes", "'ring'"):
        read(path)


@pytest.mark.parametrize("name", ["evil.msh", "evil.geo", "mesh"])
@pytest.mark.parametrize("before", ["", "\n", "// $MeshFormat\n", "$PostFormat\n1 0 8\n$EndPostFormat\n"])
def test_a_script_is_never_run(name: str, before: str, answer: Any, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / name).write_text(f'{before}SystemCall "touch {mark}";\n')
    with answer(MeshError, repr(name), "no mesh file"):
        read(tmp_path / name)
    assert not mark.exists()


def test_options_and_scripts_beside_or_behind_a_mesh_are_never_run(answer: Any, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = blocks(tmp_path / "blocks.msh")
    (tmp_path / "blocks.msh.opt").write_text(f'SystemCall "touch {mark}";\n')
    read(path)
    path.write_text(path.read_text() + f'SystemCall "touch {mark}";\n')
    with answer(MeshError, "section"):
        read(path)
    assert not mark.exists()


def test_what_a_file_cannot_say_is_checked(answer: Any, tmp_path: Path) -> None:
    path = blocks(tmp_path / "blocks.msh")
    for unit in (0.0, -1e-9, np.nan, np.inf, "nm"):
        with answer(OutOfRangeError, "length unit"):
            read(path, unit=unit)
    with answer(MeshError, "200 m", "unit"):
        read(path, unit=1.0)
    with answer(OutOfRangeError, "cross-section"):
        read(path, cross_section=-1.0)
    with answer(MeshError, "'topp'", "did you mean 'top'"):
        read(path, contacts=("bottom", "topp"))
    assert list(read(path, contacts="top").contacts) == ["top"]
    with answer(MeshError, "no mesh can be read"):
        read(tmp_path)
