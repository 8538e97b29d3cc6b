"""Study files: values with units become what they say, and what is wrong is told with file, line and key."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fem.errors import IncompatibleError, MemfemError, OutOfRangeError
from fem.units import eV, nm
from studies.cli.study_files.making import CIRCUITS, CONTACTS, GEOMETRIES, PARTS, PROTOCOLS, terms
from studies.cli.study_files.options import option_unit
from studies.cli.study_files.positions import lines_of
from studies.cli.study_files.quantities import in_si
from studies.cli.study_files.study import Study, read_study
from studies.cli.study_files.units import unit_of
from studies.comparisons.tables import names
from studies.devices import mapbi3_interface_via as via
from studies.protocols.shapes import Rest, Sweep
from tests.study_texts import STUDY


def written(folder: Path, text: str = STUDY) -> Path:
    path = folder / "cell.toml"
    path.write_text(text)
    return path


def with_line(old: str, new: str) -> str:
    assert old in STUDY, "the change is of a line that is there"
    return STUDY.replace(old, new)


def test_a_file_makes_what_a_script_would(tmp_path: Path) -> None:
    study = read_study(written(tmp_path))
    device = study.device()
    assert tuple(device.mesh.regions) == ("ITO", "film", "Au") and device.temperature == 300.0
    assert device.contacts["top"].work_function == pytest.approx(4.8 * eV, rel=1e-9)
    assert device.setting.materials["film"].si("electron_affinity") == pytest.approx(3.9 * eV, rel=1e-9)
    assert device.setting.materials["film"].modified == ("electron_affinity",)
    assert study.protocol == Sweep(0, 0.4, 0, rate=0.1)
    assert device.mesh.cross_section == pytest.approx(1e-12)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        (
            '{name = "film", thickness',
            '{name = "film", thicknes',
            13,
            "geometry.layers[1].thicknes: unknown key",
        ),
        ('"250 nm"', '"250 s"', 13, "geometry.layers[1].thickness: '250 s' is not in m"),
        ('"250 nm"', "250", 13, "250 has no unit"),
        ('"250 nm"', '"250 blub"', 13, "a unit that is not known"),
        ('"0.1 V/s"', '"0.1 V"', 37, "protocol.rate: '0.1 V' is not in V/s"),
        ('"GOLD"', '"GOLDD"', 19, "materials.Au: unknown material 'GOLDD'"),
        ('"4.8 eV"', '"48 eV"', 32, "contacts.top.work_function: work_function of a Schottky contact"),
        ("top = {type", "topp = {type", 30, "contacts: unknown contact 'topp'; did you mean 'top'"),
        ('"Carriers"', '"Carrier"', 25, "unknown type of physics 'Carrier'; did you mean 'Carriers'"),
        ("[protocol]", "[protocl]", 34, "protocl: unknown key 'protocl'; did you mean 'protocol'"),
        ('contact = "top"', 'contct = "top"', 40, "experiment.contct: unknown key"),
        ('name = "iodide_vacancy"', 'name = "iodide_vacncy"', 28, "did you mean 'iodide_vacancy'"),
        ('type = "Sweep"\n', "", 34, "protocol: 'type' is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    with pytest.raises(MemfemError) as error:
        read_study(written(tmp_path, with_line(old, new))).device()
    said = str(error.value)
    assert said.startswith(f"cell.toml, line {line}, ") and words in said and "\n" not in said


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(MemfemError, match=r"cell\.toml: it is no TOML: .*line 37"):
        read_study(written(tmp_path, with_line('"0.1 V/s"', '"0.1 V/s')))
    with pytest.raises(OutOfRangeError, match="a file that exists"):
        read_study(tmp_path / "none.toml")


def test_lines_of_keys_are_found_in_all_that_toml_has() -> None:
    text = (
        '# a = 1\n"quoted key" = """one\n[no.table]\n"""\n[a.b]  # c\nx = [1, [2,\n3], {y = "}", z = [\n4]}]\n'
        "[[c]]\nd.e = '''#\n'''\n[[c]]\nd = 'a]'\n[c.f]\ng = 2026-01-01 00:00:00\n"
    )
    found = lines_of(text)
    assert found[("quoted key",)] == 2 and found[("a", "b", "x", 1, 1)] == 7
    assert found[("a", "b", "x", 2, "z", 0)] == 8
    assert found[("c", 0, "d", "e")] == 10 and found[("c", 1, "d")] == 13 and found[("c", 1, "f", "g")] == 15


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("250 nm", "m", 250e-9),
        ("1e17 cm^-3", "m^-3", 1e23),
        ("1e17 1/cm^3", "m^-3", 1e23),
        ("4.3 eV", "J", 4.3 * eV),
        ("2 cm^2/(V s)", "m^2/(V s)", 2e-4),
        ("3 uA", "A|A/m|A/m^2", 3e-6),
        ("3 mA/cm^2", "A|A/m|A/m^2", 30.0),
        ("27 degC", "K", 300.15),
        ("20 degree", "rad", 0.3490658503988659),
        (0, "V", 0.0),
        (0.5, "1", 0.5),
        ("50 kΩ", "ohm", 5e4),
    ],
)
def test_texts_with_units_are_read_in_si(text: object, unit: str, value: float) -> None:
    assert in_si(text, unit) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "text", [250, "250", "nm", "250 kg", "1 nm nm", True, "1e999 nm", "__import__('os')", "3 m;"]
)
def test_what_is_no_length_is_refused(text: object) -> None:
    with pytest.raises(IncompatibleError):
        in_si(text, "m")


def test_a_published_device_keeps_its_protocol_and_takes_options(tmp_path: Path) -> None:
    text = (
        '[device]\npublished = "mapbi3_interface_via"\nvariant = "line"\noptions = {size = "12 nm", heat = false}\n'
        '[experiment]\ncontact = "top"\n'
    )
    study = read_study(written(tmp_path, text))
    assert study.protocol == via.ABOUT.protocol and study.options == {
        "size": pytest.approx(12 * nm),
        "heat": False,
    }
    with pytest.raises(
        MemfemError, match=r"line 4, device\.options\.siz: unknown key 'siz'; did you mean 'size'"
    ):
        read_study(written(tmp_path, text.replace("size =", "siz =")))
    with pytest.raises(
        MemfemError, match=r"line 2, device\.published: .*did you mean 'mapbi3_interface_via'"
    ):
        read_study(written(tmp_path, text.replace("interface_via", "interface_vi")))


def test_protocols_follow_each_other_and_repeat(tmp_path: Path) -> None:
    text = STUDY.replace("[protocol]\n", "[[protocol]]\n").replace(
        "[experiment]", '[[protocol]]\ntype = "Rest"\nduration = "2 s"\nvoltage = "0 V"\n[experiment]'
    )
    text = text.replace('rate = "0.1 V/s"\n', 'rate = "0.1 V/s"\nrepeat = 2\n')
    assert read_study(written(tmp_path, text)).protocol == Sweep(0, 0.4, 0, rate=0.1) * 2 + Rest(2.0, 0.0)


def test_data_of_a_material_come_with_their_source(tmp_path: Path) -> None:
    changed = (
        'electron_affinity = {value = "3.9 eV", source = "Courtier2019"}, '
        'ions = {iodide_vacancy = {mean_density = "1e17 cm^-3", '
        'diffusivity = {type = "Arrhenius", prefactor = "6.5e-4 cm^2/s", activation_energy = "0.58 eV"}}}'
    )
    film = read_study(written(tmp_path, with_line('electron_affinity = "3.9 eV"', changed))).parts[
        "materials"
    ]["film"]
    assert film.electron_affinity.source == "Courtier2019"
    ion = film.ions["iodide_vacancy"]
    assert ion.mean_density.si() == pytest.approx(1e23)
    assert ion.diffusivity.value.prefactor == pytest.approx(6.5e-8)
    assert ion.diffusivity.value.activation_energy == pytest.approx(0.58)


def test_values_are_set_by_their_keys(tmp_path: Path) -> None:
    path = written(tmp_path)
    study: Study = read_study(path, {"protocol.rate": "0.2 V/s"})
    assert study.protocol == Sweep(0, 0.4, 0, rate=0.2)
    assert study.describe() != read_study(path).describe()
    with pytest.raises(MemfemError, match="there is no 'protocl'"):
        read_study(path, {"protocl.rate": "0.2 V/s"})


def test_every_quantity_that_a_study_can_give_has_a_unit() -> None:
    no_quantities = {"at", "centre", "value", "slope"}
    lacking = []
    for name, cls in {**terms(), **CONTACTS, **CIRCUITS, **GEOMETRIES, **PARTS, **PROTOCOLS}.items():
        parameters: list[Any] = list(inspect.signature(cls).parameters.values())
        if name in GEOMETRIES:
            parameters += inspect.signature(getattr(cls, "mesh")).parameters.values()  # noqa: B009
        for p in parameters:
            if "float" in str(p.annotation) and p.name not in no_quantities and unit_of(name, p.name) is None:
                lacking.append(f"{name}.{p.name}")
    assert not lacking


def test_every_option_of_a_published_device_has_a_unit() -> None:
    lacking = []
    for device in names():
        module = import_module(f"studies.devices.{device}")
        for name, made in vars(module).items():
            if (
                not inspect.isfunction(made)
                or name.startswith("_")
                or made.__annotations__.get("return") != "Device"
            ):
                continue
            for p in inspect.signature(made).parameters.values():
                if "float" in str(p.annotation) and option_unit(device, p.name) is None:
                    lacking.append(f"{device}.{p.name}")
    assert not lacking


def test_the_files_of_the_documentation_are_read(tmp_path: Path) -> None:
    from textwrap import dedent

    from studies.cli import study_files

    text = str(study_files.__doc__)
    published, described = (dedent(part.split("\n\nor describes")[0]) for part in text.split("::\n\n")[1:])
    assert read_study(written(tmp_path, published)).published == "mapbi3_interface_via"
    study = read_study(written(tmp_path, described))
    assert study.protocol == Sweep(0, 1, -1, 0, rate=0.1) * 2 and study.folder == Path("results/cell")
    assert study.experiment["circuit"].compliance == pytest.approx(1e-6) and study.keep["csv"]
    assert set(study.device().contacts) == {"bottom", "top"}
