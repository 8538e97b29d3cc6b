"""Columns of measured data in any unit come out in SI, or not at all."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from fem.errors import IncompatibleError
from studies import Sweep, Trace, switching
from studies.results.column_units import si_unit

TIME = np.arange(401.0)
VOLTAGE = np.interp(TIME, [0, 100, 200, 300, 400], [0, 1, 0, -1, 0])
ON = (TIME >= 70) & (TIME < 360)
CURRENT = np.where(ON, VOLTAGE / 1e3, VOLTAGE / 1e6)


@pytest.mark.parametrize(
    ("unit", "factor", "name"),
    [
        ("mA", 1e-3, "A"), ("µA", 1e-6, "A"), ("nA", 1e-9, "A"), ("mA/cm^2", 10.0, "A/m^2"), ("uA/cm²", 1e-2, "A/m^2"),
        ("kΩ", 1e3, "Ohm"), ("Ohm cm^2", 1e-4, "Ohm m^2"), ("min", 60.0, "s"), ("h", 3600.0, "s"), ("ms", 1e-3, "s"),
        ("mS", 1e-3, "S"), ("A/um", 1e6, "A/m"), ("%", 0.01, "1"), ("cm^2/(V s)", 1e-4, "m^2/(V s)"),
    ],
)  # fmt: skip
def test_a_unit_is_a_factor_and_a_name_in_si(unit: str, factor: float, name: str) -> None:
    found = si_unit(unit)
    assert found is not None
    assert (found.factor, found.name) == (pytest.approx(factor, rel=1e-14), name)


@pytest.mark.parametrize("unit", ["eV", "degC", "arb. unit", "", "1e-3 A", "A/(m/s)", "A)", "(A"])
def test_what_is_no_such_unit_is_not_guessed(unit: str) -> None:
    assert si_unit(unit) is None


@pytest.mark.parametrize(
    ("column", "unit", "factor"),
    [("current", "mA", 1e-3), ("current", "nA", 1e-9), ("voltage", "mV", 1e-3), ("time", "ms", 1e-3)],
)
def test_figures_do_not_depend_on_the_unit_of_a_column(column: str, unit: str, factor: float) -> None:
    columns = {"time": TIME, "voltage": VOLTAGE, "current": CURRENT}
    plain = Trace.from_columns(columns, {})
    other = Trace.from_columns({**columns, column: columns[column] / factor}, {}, units={column: unit})
    assert other.data[column].attrs == plain.data[column].attrs
    np.testing.assert_allclose(other.data[column], plain.data[column], rtol=1e-14)
    m, n = (switching(t, read_voltage=0.2) for t in (plain, other))
    assert n.low_resistance == pytest.approx(m.low_resistance, rel=1e-12) == pytest.approx(1e3, rel=1e-9)
    assert n.V_set == pytest.approx(m.V_set, rel=1e-9)


def test_columns_of_the_users_own_are_converted_too_or_keep_their_unit() -> None:
    columns = {
        "time": TIME,
        "voltage": VOLTAGE,
        "current_density": CURRENT,
        "current_gate": CURRENT,
        "gap": VOLTAGE,
    }
    units = {"current_density": "mA/cm^2", "current_gate": "pA", "gap": "eV"}
    data = Trace.from_columns(columns, {}, units=units).data
    assert [data[n].attrs["units"] for n in units] == ["A/m^2", "A", "eV"]
    np.testing.assert_allclose(data["current_density"], 10 * CURRENT)
    np.testing.assert_allclose(data["current_gate"], 1e-12 * CURRENT)
    np.testing.assert_array_equal(data["gap"], VOLTAGE)


def test_a_file_in_other_units_is_converted_when_it_is_read(tmp_path: Path) -> None:
    data = Trace.from_columns({"time": TIME, "voltage": VOLTAGE, "current": CURRENT}, {}).data
    data["current"] = 1e6 * data["current"]
    data["current"].attrs["units"] = "uA"
    data.to_netcdf(tmp_path / "measured.nc", engine="h5netcdf")
    read = Trace(xr.load_dataset(tmp_path / "measured.nc", engine="h5netcdf"))
    assert read.current_unit == "A"
    np.testing.assert_allclose(read.current, CURRENT, rtol=1e-14)


@pytest.mark.parametrize(
    ("column", "unit", "hint"),
    [
        ("current", "mA/cm^2", "Call it 'current_density'"),
        ("current", "V", "must be in 'A'"),
        ("voltage", "mA", "must be in 'V'"),
        ("current", "arb. unit", "must be in 'A'"),
        ("temperature_max", "degC", "must be in 'K'"),
    ],
)
def test_a_unit_of_another_kind_is_refused(column: str, unit: str, hint: str) -> None:
    columns = {"time": TIME, "voltage": VOLTAGE, "current": CURRENT, column: VOLTAGE}
    with pytest.raises(IncompatibleError, match=re.escape(f"column '{column}' is in '{unit}'") + f".*{hint}"):
        Trace.from_columns(columns, {}, units={column: unit})


def test_parts_of_a_converted_trace_are_not_converted_again() -> None:
    cycle = Sweep(0, 1, 0, rate=1.0) * 2
    time = np.linspace(0, 4, 81)
    columns = {
        "time": time,
        "voltage": cycle.voltage(time),
        "current": cycle.voltage(time),
        "cycle": cycle.cycle(time),
    }
    part = Trace.from_columns(columns, {}, units={"current": "mA"}).cycle(0)
    assert part.current.max() == pytest.approx(1e-3)
