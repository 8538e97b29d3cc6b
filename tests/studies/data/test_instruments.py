"""Files as instruments write them become the loop that was measured, in SI, with what the instrument did to it."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem.errors import ModelWarning
from studies import Trace, switching

CASES = [
    "b1500", "b1500 with time", "b1500, three sweeps", "b1500, stepped gate", "kickstart", "raw 2400", "2600",
    "clarius", "clarius, workbook", "german", "labview", "blocks", "three rows", "plateau", "shuffled", "coarse clock",
]  # fmt: skip
BY_FLAG = {"raw 2400": 92, "labview": 276}
BY_HEADER = {
    "b1500": 92,
    "b1500 with time": 92,
    "b1500, three sweeps": 0,
    "kickstart": 92,
    "clarius, workbook": 0,
}


def read(instruments: ModuleType, case: str, folder: Path) -> tuple[Trace, Any]:
    """Return the trace in the file of a case, which warns of what the case says and of nothing else, and the truth."""
    file = instruments.FILES[case]
    truth = file.write(folder / file.name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trace = Trace.read(folder / file.name, **file.options)
    said = [str(w.message) for w in caught if issubclass(w.category, ModelWarning)]
    assert len(said) == bool(file.warns) and all(file.warns in s for s in said), said
    return trace, truth


def test_every_case_is_tried(instruments: ModuleType) -> None:
    assert set(CASES) == set(instruments.FILES)


@pytest.mark.parametrize("case", CASES)
def test_an_export_is_read_as_what_was_measured(instruments: ModuleType, case: str, tmp_path: Path) -> None:
    trace, truth = read(instruments, case, tmp_path)
    digits = {"rtol": 6e-7, "atol": 1e-18}  # the files have seven
    np.testing.assert_allclose(trace.voltage, truth.voltage, **digits)
    np.testing.assert_allclose(trace.current, truth.current, **digits)
    np.testing.assert_allclose(trace.time - trace.time[0], truth.time - truth.time[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(trace.cycles, truth.cycle)
    for name, values in truth.extra.items():
        if name != "glitch":
            np.testing.assert_allclose(trace.data[name], values)
    said = trace.provenance
    assert said["file"] == instruments.FILES[case].name
    assert said["preset"] == instruments.FILES[case].preset
    assert trace.current_name == ("current_density" if case == "three rows" else "current")


@pytest.mark.parametrize("case", [*BY_FLAG, *BY_HEADER, "plateau"])
def test_compliance_is_found_by_flags_by_the_header_or_by_a_plateau(
    instruments: ModuleType, case: str, tmp_path: Path
) -> None:
    trace, truth = read(instruments, case, tmp_path)
    found = trace.provenance["compliance"]
    how = "flags" if case in BY_FLAG else "header" if case in BY_HEADER else "plateau"
    assert how in found["found_by"]
    np.testing.assert_array_equal(trace.data["in_compliance"], truth.limited)
    assert found["samples"] == {**BY_FLAG, **BY_HEADER, "plateau": 92}[case]
    level = 0.1 if found["samples"] == 0 else instruments.LIMIT
    assert list(found["levels"].values()) == pytest.approx([level] * len(found["levels"]), rel=1e-3)


@pytest.mark.parametrize("case", ["german", "2600", "shuffled", "blocks"])
def test_a_current_that_nothing_limits_is_in_no_compliance(
    instruments: ModuleType, case: str, tmp_path: Path
) -> None:
    trace, _ = read(instruments, case, tmp_path)
    assert "compliance" not in trace.data.attrs and "in_compliance" not in trace.data


def test_a_current_that_saturates_by_itself_is_in_no_compliance(tmp_path: Path) -> None:
    drain = np.linspace(0.0, 10.0, 201)
    rows = [f"{v!r},{1e-4 * (2 * min(v, 2.0) - min(v, 2.0) ** 2 / 2)!r}" for v in drain.tolist()]
    (tmp_path / "id.csv").write_text("\n".join(["Vd (V),Id (A)", *rows]))
    assert "in_compliance" not in Trace.read(tmp_path / "id.csv", rate=1.0).data


def test_readings_that_stand_off_at_a_change_of_range_are_named(
    instruments: ModuleType, tmp_path: Path
) -> None:
    trace, truth = read(instruments, "plateau", tmp_path)
    assert trace.provenance["range_changes"] == truth.extra["glitch"]
    clean, _ = read(instruments, "german", tmp_path)
    assert clean.provenance["range_changes"] == []


def test_a_column_of_ranges_says_where_they_change(tmp_path: Path) -> None:
    rows = [f"{0.1 * k},{0.01 * k},{1e-6 * k},{1e-6 if k < 13 else 1e-5}" for k in range(30)]
    (tmp_path / "r.csv").write_text("\n".join(["Time (s),V (V),I (A),Current range (A)", *rows]))
    assert Trace.read(tmp_path / "r.csv").provenance["range_changes"] == [13]


@pytest.mark.parametrize(("amps", "volts"), [(1e-9, 1e-3), (1e-8, 1e-4)])
def test_noise_is_estimated_within_a_fifth(
    instruments: ModuleType, amps: float, volts: float, tmp_path: Path
) -> None:
    one = instruments.loop(noise=amps, points=200)
    shaken = one.voltage + volts * np.random.default_rng(5).normal(size=one.time.size)
    rows = [
        ["t (s)", "V (V)", "I (A)"],
        *([f"{x:.9e}" for x in r] for r in zip(one.time, shaken, one.current, strict=True)),
    ]
    (tmp_path / "n.csv").write_text(instruments.text(rows))
    said = Trace.read(tmp_path / "n.csv").provenance
    assert said["voltage_noise"] == pytest.approx(volts, rel=0.2)
    assert said["current_noise"]["smallest"] == pytest.approx(amps, rel=0.2)


def test_noise_of_a_clean_loop_is_none(instruments: ModuleType, tmp_path: Path) -> None:
    trace, _ = read(instruments, "shuffled", tmp_path)
    assert trace.provenance["voltage_noise"] < 1e-8
    assert trace.provenance["current_noise"]["smallest"] < 1e-12


@pytest.mark.parametrize("case", ["german", "2600", "raw 2400", "labview", "blocks", "clarius"])
def test_figures_of_a_measured_loop_are_those_of_the_cell(
    instruments: ModuleType, case: str, tmp_path: Path
) -> None:
    figures = switching(read(instruments, case, tmp_path)[0], read_voltage=0.2)
    assert figures.V_set == pytest.approx(instruments.SET, abs=0.011)
    assert figures.V_reset == pytest.approx(instruments.RESET, abs=0.011)
    assert figures.on_off_ratio == pytest.approx(1000, rel=0.02)


def test_cycles_without_a_number_are_found_under_noise(instruments: ModuleType, tmp_path: Path) -> None:
    one = instruments.loop(cycles=3)
    shaken = one.voltage + 1e-3 * np.random.default_rng(1).normal(size=one.time.size)
    rows = [["t (s)", "V (V)", "I (A)"], *one.rows(one.time, shaken, one.current)]
    (tmp_path / "c.csv").write_text(instruments.text(rows))
    trace = Trace.read(tmp_path / "c.csv")
    assert np.unique(trace.cycles).tolist() == [0, 1, 2]
    assert np.count_nonzero(trace.cycles != one.cycle) < 10  # where noise moves the turn
    last = Trace.read(tmp_path / "c.csv", sweep=-1)
    assert last.time[0] == pytest.approx(one.time[801], abs=0.3) and np.unique(last.cycles).tolist() == [0]


@pytest.mark.parametrize("noise", [0.0, 1e-3])
def test_time_by_a_rate_is_that_of_the_sweep_also_where_the_voltage_was_read_back(
    instruments: ModuleType, noise: float, tmp_path: Path
) -> None:
    one = instruments.loop()
    shaken = one.voltage + noise * np.random.default_rng(1).normal(size=one.time.size)
    (tmp_path / "r.csv").write_text(instruments.text([["V (V)", "I (A)"], *one.rows(shaken, one.current)]))
    trace = Trace.read(tmp_path / "r.csv", rate=0.2)
    assert trace.time[-1] == pytest.approx(one.time[-1], rel=0.01)
    assert np.abs(trace.time - one.time).max() < 0.2


def test_the_compliance_of_a_swept_current_is_no_limit_of_the_current(tmp_path: Path) -> None:
    lines = ["SetupTitle, V-I", "TestParameter, Channel.IName, I1", "TestParameter, Channel.VName, V1"]
    lines += ["TestParameter, Channel.Mode, I", "TestParameter, Channel.Func, VAR1"]
    lines += [
        "TestParameter, Measurement.Primary.Compliance, 5e-6",
        "TestParameter, Measurement.Timing.Delay, 0.1",
    ]
    lines += [
        "Dimension1, 30",
        "Dimension2, 1",
        "DataName, I1, V1",
        *(f"DataValue, {k}e-6, {k}e-3" for k in range(30)),
    ]
    (tmp_path / "vi.csv").write_text("\n".join(lines))
    assert "compliance" not in Trace.read(tmp_path / "vi.csv", step_delay=0.1).data.attrs


def test_the_interval_of_a_sampling_is_its_time(tmp_path: Path) -> None:
    lines = ["SetupTitle, I/V-t", "TestParameter, Channel.IName, I1", "TestParameter, Channel.VName, V1"]
    lines += [
        "TestParameter, Measurement.Sampling.Interval, 0.01",
        "TestParameter, Measurement.Sampling.HoldTime, 1",
    ]
    lines += [
        "Dimension1, 30",
        "Dimension2, 1",
        "DataName, V1, I1",
        *(f"DataValue, 0.1, {k}e-6" for k in range(30)),
    ]
    (tmp_path / "it.csv").write_text("\n".join(lines))
    with pytest.warns(ModelWarning, match="0.01 s before each reading"):
        trace = Trace.read(tmp_path / "it.csv")
    np.testing.assert_allclose(trace.time, 0.01 * np.arange(30))


def test_a_trace_says_where_the_pause_between_sweeps_is_not_known(
    instruments: ModuleType, tmp_path: Path
) -> None:
    assert read(instruments, "blocks", tmp_path)[0].data.attrs["pauses"].startswith("2 sweep(s) follow")
    assert "pauses" not in read(instruments, "german", tmp_path)[0].data.attrs
