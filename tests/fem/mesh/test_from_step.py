"""Meshes of CAD drawings: named solids are regions that share their faces; what is no device is refused in words."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem import Device, DeviceMesh, OhmicContact, steady
from fem.errors import MeshError, OutOfRangeError
from fem.physics import Conduction
from fem.units import mm, nm
from tests.conducting import material
from tests.step_files import ELECTRODES, STACK, Part, in_one_part, step_file

BIAS = 0.1


def read(path: Path, **changes: Any) -> DeviceMesh:
    given = {"unit": 1 * nm, "contacts": ("bottom", "top"), "size": 20 * nm}
    return DeviceMesh.from_step(path, **(given | changes))


def contents(mesh: DeviceMesh) -> dict[str, float]:
    """Return the volume (the area) of each region in units of a nanometre."""
    corners = mesh.mesh.geometry.x[mesh.mesh.geometry.dofmaps[0]][:, :, : mesh.dim]
    each = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / (6 if mesh.dim == 3 else 2)
    return {name: float(each[mesh.cells(name)].sum()) for name in mesh.regions}


def area(mesh: DeviceMesh, name: str) -> float:
    """Return the area of a contact in units of a nanometre."""
    mesh.mesh.topology.create_connectivity(2, 0)
    nodes = mesh.mesh.topology.connectivity(2, 0)
    corners = mesh.mesh.geometry.x[[nodes.links(facet) for facet in mesh.facets(name)]]
    return float(np.linalg.norm(np.cross(*(corners[:, k] - corners[:, 0] for k in (1, 2))), axis=1).sum() / 2)


def current(mesh: DeviceMesh, conductivities: Mapping[str, float]) -> float:
    device = Device(
        mesh=mesh,
        materials={
            name: material(electrical_conductivity=(value, "S/m")) for name, value in conductivities.items()
        },
        physics=[Conduction()],
        contacts={name: OhmicContact() for name in mesh.contacts},
        temperature=300.0,
    )
    return steady(device, {"top": BIAS}).current("top")


def test_a_box_between_two_electrodes_has_the_resistance_of_its_length_and_area(tmp_path: Path) -> None:
    parts = {"film": (0, 0, 0, 100, 50, 40), "bottom": (0, 0, -5, 100, 50, 5), "top": (0, 0, 40, 100, 50, 5)}
    mesh = read(step_file(tmp_path / "box.step", parts))
    assert (tuple(mesh.regions), tuple(mesh.contacts), tuple(mesh.interfaces)) == (
        ("film",),
        ("bottom", "top"),
        (),
    )
    resistance = 40 * nm / (2.0 * 100 * nm * 50 * nm)
    assert current(mesh, {"film": 2.0}) == pytest.approx(BIAS / resistance, rel=1e-9)


@pytest.mark.parametrize("interface_size", [None, 4 * nm])
def test_two_materials_share_the_face_between_them_and_are_resistors_in_series(
    interface_size: float | None, tmp_path: Path
) -> None:
    mesh = read(step_file(tmp_path / "two.stp", STACK | ELECTRODES), interface_size=interface_size)
    assert mesh.interfaces.keys() == {"film|oxide"} and len(mesh.facets("film|oxide")) > 0
    assert contents(mesh) == pytest.approx({"film": 200e3, "oxide": 50e3}, rel=1e-12)
    resistance = (40 * nm / 3.0 + 10 * nm / 0.1) / (100 * nm * 50 * nm)
    assert current(mesh, {"film": 3.0, "oxide": 0.1}) == pytest.approx(BIAS / resistance, rel=1e-9)


def test_contacts_are_electrodes_faces_between_parts_or_ends_of_parts(tmp_path: Path) -> None:
    pad = {"pad": (0, 0, 50, 60, 50, 5), "sheet": (60, 0, 50, 40, 50)}
    path = step_file(tmp_path / "stack.step", STACK | pad)
    wholes: list[dict[Any, float]] = [
        {"pad": 3000.0, ("film", "-z"): 5000.0, "sheet": 2000.0, ("oxide", "+y"): 1000.0},
        {("pad", "oxide"): 3000.0, ("oxide", "-x"): 500.0},
        {("pad", "+z"): 3000.0, ("film", "+x"): 2000.0},
    ]
    for expected in wholes:
        names = {f"contact {k}": place for k, place in enumerate(expected)}
        mesh = read(path, contacts=names, size=30 * nm)
        assert ("pad" in mesh.regions) == (("pad", "+z") in expected)
        for name, place in names.items():
            assert area(mesh, name) == pytest.approx(expected[place], rel=1e-9), place


def test_bodies_of_one_part_have_their_own_names_whatever_their_order(tmp_path: Path) -> None:
    for bodies in (STACK, dict(reversed(STACK.items()))):
        mesh = read(in_one_part(tmp_path / "part.step", bodies), contacts=FACES)
        assert contents(mesh) == pytest.approx({"film": 200e3, "oxide": 50e3}, rel=1e-12)


def test_bodies_of_one_part_that_have_no_names_or_one_are_refused(answer: Any, tmp_path: Path) -> None:
    path = in_one_part(tmp_path / "part.step", STACK)
    for oxide, words in (
        ("", "1 of its 2 solids have no name"),
        ("film", "2 of its solids are named 'film'"),
    ):
        path.write_text(path.read_text().replace("BREP('oxide'", f"BREP('{oxide}'"))
        with answer(MeshError, words):
            read(path, contacts=FACES)
        path.write_text(path.read_text().replace(f"BREP('{oxide}'", "BREP('oxide'"))


def test_surfaces_in_a_plane_are_a_section(tmp_path: Path) -> None:
    path = step_file(tmp_path / "plane.step", {"film": (0, 0, 0, 100, 40), "oxide": (0, 40, 0, 100, 10)})
    mesh = read(path, contacts={"bottom": ("film", "-y"), "top": ("oxide", "+y")}, cross_section=50 * nm)
    assert mesh.dim == 2 and contents(mesh) == pytest.approx({"film": 4000.0, "oxide": 1000.0}, rel=1e-12)
    resistance = (40 * nm / 3.0 + 10 * nm / 0.1) / (100 * nm * 50 * nm)
    assert current(mesh, {"film": 3.0, "oxide": 0.1}) == pytest.approx(BIAS / resistance, rel=1e-9)


@pytest.mark.parametrize(("header", "factor"), [("$", 1e3), (".MICRO.", 1e-3), (".NANO.", 1e-6)])
def test_the_unit_of_the_file_is_obeyed_and_a_millimetre_of_it_is_the_unit_given(
    header: str, factor: float, tmp_path: Path
) -> None:
    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES, unit=header)
    mesh = read(path, unit=1 * nm / factor)
    assert mesh.unit == 1e-9
    assert contents(mesh) == pytest.approx({"film": 200e3, "oxide": 50e3}, rel=1e-9)


def test_a_drawing_true_to_size_keeps_thin_layers(tmp_path: Path) -> None:
    parts = {name: tuple(1e-6 * x for x in box) for name, box in (STACK | ELECTRODES).items()}  # type: ignore[union-attr]
    mesh = read(step_file(tmp_path / "true.step", parts), unit=1 * mm)
    assert contents(mesh) == pytest.approx({"film": 200e3, "oxide": 50e3}, rel=1e-6)


def test_where_parts_overlap_the_first_by_priority_keeps_the_place(answer: Any, tmp_path: Path) -> None:
    parts = {"film": (0, 0, 0, 100, 50, 40), "plug": (40, 20, 10, 10, 10, 30), **ELECTRODES}
    parts["top"] = (0, 0, 40, 100, 50, 5)
    path = step_file(tmp_path / "plug.step", parts)
    with answer(MeshError, "'film' and 'plug' overlap", "in 1 of", "priority=('plug',)"):
        read(path)
    mesh = read(path, priority=("plug",), size={"film": 20 * nm, "plug": 5 * nm})
    assert contents(mesh) == pytest.approx({"film": 197e3, "plug": 3e3}, rel=1e-12)
    assert mesh.interfaces.keys() == {"film|plug"}
    with answer(MeshError, "nothing is left of solid 'plug'"):
        read(path, priority=("film", "plug"))


def test_sizes_are_those_of_regions_and_of_faces_and_grow_from_there(tmp_path: Path) -> None:
    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES)
    coarse, fine = read(path), read(path, size={"film": 20 * nm, "oxide": 4 * nm})
    assert len(fine.cells("oxide")) > 10 * len(coarse.cells("oxide"))
    mesh = read(path, interface_size=4 * nm)
    corners = mesh.mesh.geometry.x[mesh.mesh.geometry.dofmaps[0]][mesh.cells("film")]
    size = np.linalg.norm(corners[:, [0, 0, 0, 1, 1, 2]] - corners[:, [1, 2, 3, 2, 3, 3]], axis=2).mean(
        axis=1
    )
    away = np.minimum(corners[:, :, 2], 40 - corners[:, :, 2]).min(axis=1)
    assert 3 < np.median(size[away < 0.1]) < 6
    assert 1.5 < np.median(size[away > 12]) / np.median(size[away < 0.1]) < 3


SIZES = [(8, None), (20, 4), ({"film": 12, "oxide": 5}, None)]


@pytest.mark.parametrize(("size", "finest"), SIZES)
def test_the_number_of_cells_is_known_before_they_are_made(size: Any, finest: Any, tmp_path: Path) -> None:
    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES)
    wish = {n: s * nm for n, s in size.items()} if isinstance(size, dict) else size * nm
    asked = dict(size=wish, interface_size=None if finest is None else finest * nm)
    with pytest.raises(MeshError, match="make about") as refused:
        read(path, most_cells=1, **asked)
    expected = float(str(refused.value).split("about ")[1].split()[0])
    assert 0.6 < sum(map(len, map(read(path, **asked).cells, ("film", "oxide")))) / expected < 1.6


def test_sizes_that_make_too_many_cells_are_refused_at_once(answer: Any, tmp_path: Path) -> None:
    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES)
    with answer(MeshError, "2e+08 cells", "'film'", "most_cells is 1e+06", "VerticalStack"):
        read(path, size=0.2 * nm)
    with answer(MeshError, "cells", "'oxide'"):
        read(path, size={"film": 20 * nm, "oxide": 0.2 * nm})
    with answer(MeshError, "cells"):
        read(path, interface_size=0.1 * nm)


def apart(gap: float) -> dict[str, Part]:
    return {"film": (0, 0, 0, 100, 50, 40), "oxide": (0, 0, 40 + gap, 100, 50, 10)}


FACES = {"bottom": ("film", "-z"), "top": ("oxide", "+z")}
WRONG: dict[str, tuple[Mapping[str, Part], Any, dict[str, Any], tuple[str, ...]]] = {
    "parts that do not touch": (apart(0.5), None, {}, ("'film' and 'oxide'", "5e-10 m apart", "touch")),
    "parts without names": (STACK, ("", ""), {}, ("2 of its 2 solids have no name",)),
    "parts of one name": (STACK, ("film", "film"), {}, ("2 of its solids are named 'film'", "each needs a name")),
    "a name of an interface": (STACK, ("film", "a|b"), {}, ("'a|b'",)),
    "a length of a metre": (STACK, None, {"unit": 1.0}, ("100 m long", "stand for 1 m (unit)")),
    "a length of an atom": (STACK, None, {"unit": 1e-15}, ("1e-13 m long", "unit")),
    "an unknown part": (STACK, None, {"contacts": {"top": "oxid"}}, ("'oxid'", "did you mean 'oxide'")),
    "an unknown side": (STACK, None, {"contacts": {"top": ("oxide", "up")}}, ("'up'", "+z")),
    "no electrode there": (STACK, None, {"contacts": {"top": ("film", "film")}}, ("'film'", "cuts out")),
    "an end that is no face": (
        {"film": lambda occ: occ.addSphere(0, 0, 0, 50)}, None, {"contacts": {"top": ("film", "+z")}},
        ("no flat outer face at the end +z of solid 'film'",),
    ),
    "an end that another part covers": (
        {"film": (0, 0, 0, 100, 50, 40), "over": (0, 0, 40, 100, 50, 9)}, None, {"contacts": {"x": ("film", "+z")}},
        ("no flat outer face",),
    ),
    "nothing but electrodes": (STACK, None, {"contacts": ("film", "oxide")}, ("none is left as a region",)),
    "a region without a size": (STACK, None, {"size": {"film": 20 * nm}}, ("size is to be given", "oxide")),
    "a sheet inside": (
        {**STACK, "sheet": (0, 0, 20, 100, 50)}, None, {"contacts": {"top": "sheet"}}, ("'sheet'", "outside"),
    ),
    "points only": ({"dot": lambda occ: occ.addPoint(0, 0, 0)}, None, {}, ("neither solids nor surfaces",)),
}  # fmt: skip


@pytest.mark.parametrize(("parts", "names", "changes", "words"), WRONG.values(), ids=WRONG)
def test_a_drawing_that_is_no_device_is_refused_in_words(
    parts: Any, names: Any, changes: dict[str, Any], words: tuple[str, ...], answer: Any, tmp_path: Path
) -> None:
    path = step_file(tmp_path / "wrong.step", parts, names=names)
    with answer(MeshError, "'wrong.step': ", *words):
        read(path, **{"contacts": FACES, **changes})


@pytest.mark.parametrize("name", ["evil.step", "evil.stp", "evil.geo", "evil.py"])
@pytest.mark.parametrize("before", ["", "\n", "// ISO-10303-21;\n", "SetFactory('OpenCASCADE');\n"])
def test_a_script_is_never_run(name: str, before: str, answer: Any, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / name).write_text(f'{before}SystemCall "touch {mark}";\nopen("{mark}", "w")\n')
    with answer(MeshError, repr(name), "no STEP file", "ISO-10303-21"):
        read(tmp_path / name)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["evil.step", "evil.geo"])
def test_a_script_behind_the_header_or_beside_a_drawing_is_never_run(
    name: str, answer: Any, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    path = tmp_path / name
    script = f'SystemCall "touch {mark}";\n'
    path.write_text("ISO-10303-21;\n" + script + "END-ISO-10303-21;\n")
    with answer(MeshError, repr(name), "damaged"):
        read(path)
    step_file(path, STACK | ELECTRODES)
    Path(f"{path}.opt").write_text(script)
    read(path)
    path.write_text(path.read_text() + script)
    read(path)
    assert not mark.exists()


def test_a_file_of_which_a_part_is_missing_is_refused(answer: Any, tmp_path: Path) -> None:
    """What OpenCASCADE cannot read it leaves out without a word."""
    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES)
    text = path.read_text()
    shell = re.findall(r"MANIFOLD_SOLID_BREP\('[^']*',#(\d+)\)", text)[0]
    wrong = {
        "END-ISO-10303-21": text[: len(text) // 2],
        f"#{shell}, which is not there": re.sub(rf"#{shell} = [^;]*;", "", text),
        "3 of its 4 solids": re.sub(rf"(#{shell} = CLOSED_SHELL\('',)\([^)]*\)", r"\1()", text),
    }
    for said, damaged in wrong.items():
        path.write_text(damaged)
        with answer(MeshError, "'stack.step'", "damaged", said):
            read(path)


def test_a_file_on_which_the_reader_dies_is_an_error(answer: Any, monkeypatch: Any, tmp_path: Path) -> None:
    path = step_file(tmp_path / "dead.step", STACK | ELECTRODES)
    dead = subprocess.CompletedProcess((), -11, b"", b"")
    monkeypatch.setattr("fem.mesh.step.subprocess.run", lambda *_, **__: dead)
    with answer(MeshError, "'dead.step'", "signal 11", "damaged"):
        read(path)


def test_what_a_file_cannot_say_is_checked(answer: Any, tmp_path: Path) -> None:
    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES)
    with answer(MeshError, "there is no STEP file"):
        read(tmp_path / "none.step")
    with answer(MeshError, "no drawing can be read"):
        read(tmp_path)
    with answer(OutOfRangeError, "size", "did you mean 20 * nm"):
        read(path, size=20)
    wrong: dict[str, Any] = {
        "unit": (0.0, -1e-9, np.nan, "nm"), "interface_size": (0.0, 5, "fine"), "growth": (1.0, 0.5, "x"),
        "most_cells": (0, 1.5), "priority": ("film", 3), "contacts": (3, {"top": 3}, {"top": ("a", "b", "c")}),
        "size": ({}, {"film": "x"}, None), "cross_section": (-1.0,), "coordinates": ("polar",),
    }  # fmt: skip
    for name, values in wrong.items():
        for value in values:
            with answer(OutOfRangeError, name.split("_")[0].split("-")[0]):
                read(path, **{name: value})


def test_a_session_of_gmsh_that_the_user_has_is_left_alone(tmp_path: Path) -> None:
    from tests.msh_files import gmsh_model

    path = step_file(tmp_path / "stack.step", STACK | ELECTRODES)
    with gmsh_model() as gmsh:
        gmsh.model.occ.addBox(0, 0, 0, 1, 1, 1)
        gmsh.model.occ.synchronize()
        read(path)
        assert gmsh.model.getCurrent() == "blocks" and len(gmsh.model.getEntities(3)) == 1
