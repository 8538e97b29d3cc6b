"""The demo: what its parts keep, compare and write, by synthetic loops; the whole of it under slow."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import xarray as xr

from fem.errors import ModelWarning
from studies import CompactModel
from studies.arrays.coupling import Heating
from studies.demo import array, cell, compact, letters, pictures, run, sections
from studies.demo.table import table_of
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_array
from studies.devices.shared import prpyrpbi3_data as data
from studies.devices.shared.filament_cycles import Cycle
from studies.experiments.run import Run
from studies.progress import Line
from studies.results.trace import Trace
from tests.family_values import model as family_model

ROOT = Path(__file__).parents[3]
LOW, HIGH = 400.0, 4e7


def loop_of(v_set: float, low: float = LOW, high: float = HIGH) -> Trace:
    """Return a cycle of a resistor that jumps at ``v_set`` and -1.2 V, with the compliance of the dot."""
    time = np.linspace(0, dot.ABOUT.protocol.duration, 601)
    voltage = np.array([dot.ABOUT.protocol.voltage(t) for t in time])
    is_low = np.zeros(time.size, dtype=bool)
    for k in range(1, time.size):
        is_low[k] = voltage[k] > v_set or (is_low[k - 1] and voltage[k] > -1.2)
    current = np.minimum(voltage / np.where(is_low, low, high), data.COMPLIANCE)
    columns = {
        "time": time,
        "voltage": voltage,
        "device_voltage": voltage,
        "current": current,
        "temperature_max": 300 + 1e4 * np.abs(voltage * current),
        "cycle": np.zeros(time.size),
    }
    return Trace.from_columns(columns, {})


def cycle_of(v_set: float, **resistances: float) -> Cycle:
    """Return such a cycle, with no states."""
    state = cast(Any, None)
    return Cycle(loop_of(v_set, **resistances), state, state, data.READ)


def at(time: float, temperature: float = 300.0) -> Any:
    """Return what of a state ``Watched`` looks at."""
    return SimpleNamespace(time=time, temperature=lambda: np.array([300.0, temperature]))


def test_read_states_and_the_hottest_one_of_the_last_cycle_are_kept() -> None:
    watched = cell.Watched()
    off, on = watched.reads.sample_times
    for top in (700.0, 500.0):  # the first cycle is the hotter one
        for time, temperature in (
            (0.0, 300.0),
            (off, 301.0),
            (1.0, top),
            (1.2, top - 50),
            (on, 302.0),
            (6.0, 300.0),
        ):
            watched(at(time, temperature))
    states = watched.states
    assert list(states) == [cell.OFF, cell.ON, cell.HOTTEST]
    assert [s.time for s in states.values()] == [off, on, 1.0]
    assert states[cell.HOTTEST].temperature().max() == 500.0


def test_off_and_on_are_read_at_the_same_voltage_before_and_after_set() -> None:
    times = cell.Watched().reads.times
    assert [dot.ABOUT.protocol.voltage(t) for t in times.values()] == pytest.approx([data.READ, data.READ])
    assert times[cell.OFF] < data.LARGEST < times[cell.ON]


def test_cycles_one_after_the_other_make_one_trace_that_still_knows_them() -> None:
    first, second = cycle_of(1.3), cycle_of(0.9)
    trace = cell.joined([first, second])
    assert trace.time[-1] == pytest.approx(2 * dot.ABOUT.protocol.duration)
    assert list(np.unique(trace.cycles)) == [0, 1]
    for k, one in enumerate((first, second)):
        assert trace.cycle(k).switching(data.READ).V_set == pytest.approx(one.switching.V_set, abs=1e-9)
    assert len(trace.provenance["protocol"]["cycle_marks"]) == 2


def rows_of(v_set: float, **resistances: float) -> dict[str, Any]:
    """Return the rows of the loop by name."""
    last = cycle_of(v_set, **resistances)
    states: Any = {cell.OFF: SimpleNamespace(ion_inventory=lambda name: 1000.0)}
    loop = cell.Loop(cell.joined([cycle_of(1.3), last]), last, states)
    return {row.name: row for row in cell.loop_rows(loop)}


def test_a_loop_like_the_published_one_has_calibrated_and_predicted_figures_only() -> None:
    high = data.READ / data.PRINTED["HRS_current"][0]
    rows = rows_of(0.96, low=data.PRINTED["LRS"][0], high=high)
    status = {name: row.status for name, row in rows.items() if row.published is not None}
    assert {name for name, found in status.items() if found == "calibrated"} == {
        "V_set", "low resistance", "current of the high resistance",
    }  # fmt: skip
    # 383 Ohm and 0.37 mA are not both of 0.1 V, and 383 Ohm over 3.45 nA at 0.1 V are less than 1e5
    assert {name for name, found in status.items() if found == "missed"} == {
        "current of the low resistance", "on/off ratio",
    }  # fmt: skip


def test_a_calibrated_figure_that_does_not_come_out_is_missed() -> None:
    rows = rows_of(0.5, low=200.0, high=3e6)
    assert {rows[name].status for name in ("V_set", "low resistance", "current of the high resistance")} == {
        "missed"
    }
    assert rows["low resistance"].simulated == pytest.approx(200.0, rel=1e-3)


@pytest.mark.parametrize("taken", [50e-9, 0.2, math.nan])
def test_a_pulse_is_missed_unless_it_switches_within_the_published_width(taken: float) -> None:
    trace = loop_of(0.9)
    trace.data.attrs["crossing_time"] = taken + cell.RISE / 2
    row, _ = cell.pulse_rows({"SET": Run(state=cast(Any, None), trace=trace)})
    assert row.status == ("predicted" if taken == 50e-9 else "missed")
    assert row.published == data.PRINTED["set_pulse_width"][0]
    assert row.simulated == pytest.approx(taken, nan_ok=True)


def test_without_line_resistance_a_floating_read_is_that_of_the_sneak_paths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prpyrpbi3_array, "segment_resistance", lambda: 0.0)
    n = prpyrpbi3_array.CELLS - 1
    sneak = 2 * LOW / n + LOW / n**2
    for resistance in (LOW, HIGH):
        expected = prpyrpbi3_array.READ * (1 / resistance + 1 / sneak)
        assert array.read_current("floating", resistance, LOW) == pytest.approx(expected, rel=1e-9)


def test_line_resistance_takes_most_from_the_read_of_the_farthest_cell() -> None:
    found = array.reads(cycle_of(0.9))
    assert all(1 < found.ratio(scheme) < 1.3 for scheme in found.currents)
    ideal = (1 / LOW + prpyrpbi3_array.CELLS / 2 / LOW) * prpyrpbi3_array.READ
    assert 0.5 * ideal < found.currents["V/2"][0] < ideal
    assert found.largest < prpyrpbi3_array.CELLS


def test_heat_of_a_cell_goes_along_its_lines_and_leaves_by_the_substrate() -> None:
    found = array.heat()
    resistance, centre = found["thermal_resistance"].values, 4
    assert resistance == pytest.approx(resistance.T, rel=1e-6)
    assert found["heat_into_sink"].values == pytest.approx(1.0, abs=1e-8)
    own, line, diagonal = (resistance[k, centre] for k in (4, 3, 0))
    assert own > 2 * line > 2 * diagonal > 0
    # Four fins of silver that lose heat straight down through the foil only, and the cell likewise: more spreads.
    block, foil = prpyrpbi3_array.BLOCK, 0.2
    down = foil * block.line_width / block.substrate_thickness
    fin = math.sqrt(429.0 * block.line_width * block.line_thickness * down)
    straight = 1 / (4 * fin + down * block.line_width)
    assert 0.5 * straight < own < straight


def test_a_cell_of_the_letters_is_warmed_by_itself_and_kept_at_the_compliance() -> None:
    """The loop that is fitted has its faces at 300 K: what the foil adds is in no parameter of the model."""
    share = np.array([[0.1, 0.2, 0.1], [0.2, 1.0, 0.2], [0.1, 0.2, 0.1]])
    resistance = np.zeros((9, 9))
    resistance[:, 4] = 5e3 * share.ravel()
    block = xr.Dataset(
        {"thermal_resistance": (("cell", "source"), resistance)},
        coords={"row": ("cell", np.repeat(range(3), 3)), "column": ("cell", np.tile(range(3), 3))},
    )
    made = letters.cells(family_model("filament gap"), block)
    powers = np.zeros(letters.SHAPE)
    powers[5, 5] = 1e-3
    assert isinstance(made.heating, Heating)
    rise = made.heating.rise(powers)
    assert (rise[5, 5], rise[5, 6]) == pytest.approx((5.0, 1.0))
    whole = prpyrpbi3_array.LIMITER + data.PRINTED["LRS"][0]  # measured with the ballast
    assert prpyrpbi3_array.WRITE / whole == pytest.approx(data.COMPLIANCE, rel=1e-9)
    assert float(np.ravel(made.lines.word_driver)[0]) == data.BALLAST.si()


def test_layers_between_the_lines_conduct_heat_in_series() -> None:
    worst, best = 0.19, data.ELECTRODE.si("thermal_conductivity")
    assert worst < prpyrpbi3_array.film_conductivity() < best


def test_a_model_that_misses_the_filament_says_so_in_row_and_files(tmp_path: Path) -> None:
    with pytest.warns(ModelWarning, match="the fit is bad"):
        found = compact.fitted(loop_of(0.9), tmp_path, starts=1)
    assert not found.good
    rows = compact.compact_rows(found)
    assert [row.status for row in rows] == ["missed", "missed", "predicted"]
    assert rows[0].note == compact.NOT_REPRESENTED
    assert rows[2].simulated < compact.SAME
    assert "* WARNING: the fit is bad" in (tmp_path / "memristor.sub").read_text()
    pictures.draw_model(loop_of(0.9), found, tmp_path / "model.png")
    assert (tmp_path / "model.png").stat().st_size > 10_000


def test_a_subcircuit_that_ngspice_solves_otherwise_is_missed(tmp_path: Path) -> None:
    with pytest.warns(ModelWarning):
        found = compact.fitted(loop_of(0.9), tmp_path, starts=1)
    for gap in (2 * compact.SAME, math.nan):
        assert compact.compact_rows(compact.Fitted(found.model, ngspice_gap=gap))[-1].status == "missed"


def test_a_trace_that_no_model_is_fitted_to_leaves_no_model_behind(tmp_path: Path) -> None:
    for name in compact.FILES:
        (tmp_path / name).write_text("of an earlier run")
    short = Trace(loop_of(0.9).data.isel(time=slice(0, 10)))
    found = compact.fitted(short, tmp_path)
    (row,) = compact.compact_rows(found)
    assert row.status == "missed" and math.isnan(row.simulated) and "number of samples" in row.note
    assert not any((tmp_path / name).exists() for name in compact.FILES)


def test_summary_and_table_hold_every_row_and_no_nan(tmp_path: Path) -> None:
    demo = run.Demo(folder=tmp_path, line=Line(None))
    demo.rows += [*rows_of(0.9).values(), *compact.compact_rows(compact.Fitted(None, "too short"))]
    run.write_summary(demo)
    kept = json.loads((tmp_path / "summary.json").read_text(), parse_constant=pytest.fail)
    assert [row["name"] for row in kept["table"]] == [row.name for row in demo.rows]
    assert kept["table"][-1]["simulated"] is None
    assert set(prpyrpbi3_array.ASSUMED) < set(kept["assumed"])
    table, *lines = table_of(demo.rows)
    assert cast(Any, table).row_count == len(demo.rows)
    assert any("too short" in str(line) for line in lines)


def test_the_command_prints_statuses_notes_assumptions_and_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from studies.cli.main import demo as command

    def made(folder: Path) -> run.Demo:
        (folder / "trace.nc").touch()
        return run.Demo(folder, Line(None), {"two cycles": 61.0}, list(rows_of(0.5).values()))

    monkeypatch.setattr(run, "run_demo", made)
    command(tmp_path)
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "missed",
        "predicted",
        "trace.nc",
        "two cycles 61 s",
        "assumed: array lines",
        "published: S. K.",
    ):
        assert words in said
    assert "[1]" in said and "-1.21" in said


def test_sections_show_the_gap_and_fields_come_in_the_order_of_time(tmp_path: Path) -> None:
    from dataclasses import replace

    from fem.io.fields import read_fields, times_of

    begin = dot.start(dot.device())
    states = {
        cell.OFF: replace(begin, time=0.1),
        cell.ON: replace(begin, time=2.9),
        cell.HOTTEST: replace(begin, time=1.0),
    }
    run._write_fields(tmp_path / "fields.vtkhdf", states)
    assert times_of(tmp_path / "fields.vtkhdf") == pytest.approx([0.1, 1.0, 2.9])
    shown = {*sections.FIELDS, *sections.HOT_FIELDS}
    assert shown <= set(read_fields(tmp_path / "fields.vtkhdf").point_data.keys())
    sections.draw_sections(states, tmp_path / "sections.png")
    assert (tmp_path / "sections.png").stat().st_size > 50_000
    _, (low, high) = sections.window()
    assert low < 50 < 50 + data.FIRST_GAP / 1e-9 < high


@pytest.mark.slow
@pytest.mark.timeout(1500)  # a few minutes on quiet cores
def test_the_demo_makes_what_the_readme_lists(tmp_path: Path) -> None:
    demo = run.run_demo(tmp_path)
    opening = (ROOT / "README.md").read_text().split("\n## Filaments")[0]
    for path in tmp_path.iterdir():
        assert f"`{path.name}`" in opening, path.name
    rows = {row.name: row for row in demo.rows}
    assert rows["V_set"].status == rows["low resistance"].status == "calibrated"
    assert rows["V_reset"].simulated < 0
    assert rows["on/off ratio"].simulated > 1e3
    assert rows["drift of the number of vacancies"].simulated < 1e-8
    assert set(demo.seconds) == set(run.STEPS)


def test_letters_are_written_read_and_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"R_on": 400.0, "R_off": 4e7, "V_off": 0.8, "V_on": 0.7, "k_off": 40.0, "k_on": 60.0, "a_off": 2.0,
              "a_on": 2.0, "s_start": 1.0, "polarity": -1.0}  # fmt: skip
    model = CompactModel.from_values(values, "A", "threshold (VTEAM)")
    monkeypatch.setattr(prpyrpbi3_array, "LETTERS", "T")
    centre = np.full(9, 200.0)
    centre[4] = 5000.0
    thermal = xr.Dataset(
        {"thermal_resistance": (("cell", "source"), np.tile(centre[:, None], (1, 9)))},
        coords={"row": ("cell", np.repeat(range(3), 3)), "column": ("cell", np.tile(range(3), 3))},
    )
    found = letters.letters(model, thermal)
    table = {r.name: r.simulated for r in letters.letter_rows(found)}
    assert table["16 x 16, grounded: cells read as written"] == 1.0
    assert table["16 x 16, floating: cells read as written"] < 0.9
    assert table["energy of a cell in a letter"] > 0
    assert table["rise around a cell by all cells, largest"] > 0.1
    letters.save(tmp_path / "letters.nc", found)
    with xr.open_dataset(tmp_path / "letters.nc", engine="h5netcdf") as kept:
        assert kept["current"].dims == ("letter", "scheme", "row", "column")
        assert kept["current"].attrs["units"] == "A"
    letters.draw(found, tmp_path / "letters.png")
    assert (tmp_path / "letters.png").stat().st_size > 10_000
