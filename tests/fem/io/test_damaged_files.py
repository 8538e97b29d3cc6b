"""Damaged and foreign files of every kind that memfem reads: the right values, or one sentence of memfem's."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from fem.errors import IncompatibleError, MemfemError
from fem.io.signature import sign
from studies import Trace
from tests.damaged_files import MODEL, Kind, damages, kinds

NAMES = (
    "checkpoint",
    "transient",
    "fields",
    "trace",
    "crosstalk",
    "series",
    "spectrum",
    "model",
    "mesh",
    "binary mesh",
)
COUNT = 48  # damaged files of each kind


@pytest.fixture(scope="module")
def whole(devices: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    return kinds(devices, tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_gives_the_right_values_or_one_sentence(
    name: str, whole: dict[str, Kind], tmp_path: Path
) -> None:
    kind = whole[name]
    path = tmp_path / f"damaged{kind.suffix}"
    path.write_bytes(kind.whole)
    right = kind.read(path)
    refused = 0
    for damaged in damages(kind.whole, COUNT, seed=7):
        path.write_bytes(damaged)
        try:
            assert kind.read(path) == right
        except MemfemError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > COUNT / 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"[]", b"null", b"\x89HDF\r\n\x1a\n" + bytes(600)])
def test_a_foreign_file_is_refused_in_one_sentence(
    name: str, content: bytes, whole: dict[str, Kind], tmp_path: Path
) -> None:
    path = tmp_path / f"foreign{whole[name].suffix}"
    for last in (False, True):
        path.write_bytes(content)
        if last:
            sign(path)
        with pytest.raises(MemfemError) as refused:
            whole[name].read(path)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_kind_is_refused(name: str, whole: dict[str, Kind], tmp_path: Path) -> None:
    for other, kind in whole.items():
        if {name, other} & {"mesh", "transient"} or "mesh" in other:
            continue
        path = tmp_path / f"other{whole[name].suffix}"
        path.write_bytes(kind.whole)
        if other != name:
            with pytest.raises(MemfemError):
                whole[name].read(path)


def test_each_dataset_of_a_file_has_a_checksum_of_its_own(whole: dict[str, Kind], tmp_path: Path) -> None:
    import h5py

    places = {
        "checkpoint": "values",
        "transient": "transient/rows/time",
        "fields": "VTKHDF/PointData/electron",
    }
    places |= {"trace": "current", "crosstalk": "thermal_resistance"}
    for name, place in places.items():
        path = tmp_path / f"changed{whole[name].suffix}"
        path.write_bytes(whole[name].whole)
        with h5py.File(path, "r+") as file:
            file[place][...] = file[place][...] * 1.5 + 1
        sign(path)
        with pytest.raises(IncompatibleError, match="is damaged"):
            whole[name].read(path)


def test_what_others_have_written_is_no_trace(tmp_path: Path) -> None:
    trace = MODEL.simulate(([0.0, 1.0], [0.0, 1.0]))
    trace.data.to_netcdf(tmp_path / "plain.nc", engine="h5netcdf")
    with pytest.raises(IncompatibleError, match=r"plain\.nc cannot be read as a trace"):
        Trace.load(tmp_path / "plain.nc")
