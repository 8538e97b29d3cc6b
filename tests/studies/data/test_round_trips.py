"""A trace that was written, as netCDF or as text, is read again bit for bit, with what is said of it."""

from __future__ import annotations

import csv
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem.errors import IncompatibleError
from studies import Protocol, Trace


@pytest.fixture
def trace(instruments: ModuleType, tmp_path: Path) -> Trace:
    """A measured trace with a column of the instrument's own, compliance, cycles and notes of all kinds."""
    instruments.labview(tmp_path / "data.tsv")
    read = Trace.read(tmp_path / "data.tsv")
    rng = np.random.default_rng(7)
    columns = {str(n): read.data[n].values for n in read.data.variables}
    columns |= {
        "current": read.current * (1 + 1e-9 * rng.normal(size=read.time.size)),
        "stage": rng.normal(size=read.time.size),
    }
    attrs = read.provenance | {
        "number": 3,
        "share": 0.1,
        "text": "12",
        "said": 'a "word", and\nanother',
        "list": [1, "b"],
    }
    return Trace.from_columns(columns, attrs, units={"stage": "degC"})


def test_netcdf_gives_the_measured_trace_back(trace: Trace, tmp_path: Path) -> None:
    again = Trace.read(trace.save(tmp_path / "trace.nc"))
    assert again.data.identical(trace.data)
    assert again.provenance == trace.provenance


def test_text_gives_the_measured_trace_back_with_its_attributes(trace: Trace, tmp_path: Path) -> None:
    again = Trace.read(trace.to_csv(tmp_path / "trace.csv"))
    assert again.data.identical(trace.data)
    assert again.provenance == trace.provenance


def test_text_for_origin_has_three_rows_above_the_numbers_and_is_read_again(
    trace: Trace, tmp_path: Path
) -> None:
    path = trace.to_csv(tmp_path / "origin.csv", origin=True)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["time", "applied voltage", "terminal current"]
    assert rows[1][:3] == ["s", "V", "A"]
    assert rows[2][:3] == ["time", "voltage", "current"]
    assert {len(row) for row in rows} == {len(trace.data.variables)}
    assert all(np.isfinite(float(cell)) for row in rows[3:] for cell in row)
    again = Trace.read(path)
    assert again.data.drop_attrs(deep=False).identical(trace.data.drop_attrs(deep=False))


def test_a_simulated_trace_goes_through_all_files_too(tmp_path: Path) -> None:
    time = np.sort(np.random.default_rng(0).uniform(size=50))
    columns = {
        "time": time,
        "voltage": time,
        "device_voltage": time**2,
        "current_density": np.exp(time) / 3e7,
    }
    trace = Trace.from_columns(columns, {"protocol": Protocol.from_points([0.0, 1.0], [0.0, 1.0]).describe()})
    assert Trace.read(trace.to_csv(tmp_path / "t.csv")).data.identical(trace.data)
    assert Trace.read(trace.save(tmp_path / "t.nc")).data.identical(trace.data)


def test_own_text_that_was_cut_short_is_refused(trace: Trace, tmp_path: Path) -> None:
    path = trace.to_csv(tmp_path / "trace.csv")
    path.write_text(path.read_text()[:-20])
    with pytest.raises(IncompatibleError, match="cut short or changed"):
        Trace.read(path)
