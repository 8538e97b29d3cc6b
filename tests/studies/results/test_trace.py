"""Traces: units, provenance, cycles, files and plots."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import Sweep, Trace


def _trace(current: str = "current") -> Trace:
    protocol = Sweep(0, 1, -1, 0, rate=0.5) * 2
    time = np.linspace(0, protocol.duration, 81)
    voltage = protocol.voltage(time)
    columns = {"time": time, "voltage": voltage, current: 1e-6 * voltage, "cycle": protocol.cycle(time)}
    attrs = {
        "protocol": protocol.describe(),
        "parameters": {"thickness": 4e-7, "ions": ["iodide_vacancy"]},
        "mesh_nodes": 121,
        "citations": ["yantara2026"],
    }
    return Trace.from_columns(columns, attrs)


def test_known_columns_get_their_units() -> None:
    trace = _trace("current_density")
    assert trace.current_name == "current_density"
    assert trace.data["current_density"].attrs["units"] == "A/m^2"
    assert trace.data["voltage"].attrs == {"units": "V", "long_name": "applied voltage"}
    assert trace.data["time"].attrs["units"] == "s"


def test_a_file_gives_the_trace_back(tmp_path: Path) -> None:
    trace = _trace()
    again = Trace.load(trace.save(tmp_path / "trace.nc"))
    assert again.data.identical(trace.data)
    assert again.provenance == trace.provenance
    assert again.provenance["citations"] == ["yantara2026"]
    assert again.provenance["parameters"]["thickness"] == 4e-7
    assert again.provenance["mesh_nodes"] == 121
    assert again.provenance["program"].startswith("memfem")


def _of_csv(path: Path) -> Trace:
    """Return the trace of a comma-separated file: comment lines, headings with units, rows."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    headings = [heading.removesuffix("]").split(" [") for heading in lines[0].split(",")]
    table = np.genfromtxt(lines[1:], delimiter=",", ndmin=2)
    columns = {name: table[:, k] for k, (name, _) in enumerate(headings)}
    return Trace.from_columns(columns, {}, units=dict(headings))


def test_a_comma_separated_file_has_units_provenance_and_every_digit(tmp_path: Path) -> None:
    trace = _trace("current_density")
    columns = {n: trace.data[n].values for n in ("time", "voltage", "current_density", "cycle")}
    columns |= {"current_density": columns["current_density"] / 3, "gap": np.linspace(1, np.pi, 81) * 1e-9}
    columns["gap"][3] = np.nan
    made = Trace.from_columns(columns, trace.provenance | {"note": "two\nlines"}, units={"gap": "m"})
    path = made.to_csv(tmp_path / "trace.csv")
    text = path.read_text()
    assert "\ntime [s],voltage [V],current_density [A/m^2],cycle [1],gap [m]\n" in text
    for said in (
        '# citations: ["yantara2026"]',
        "# mesh_nodes: 121",
        "# program: memfem",
        '# note: "two\\nlines"',
    ):
        assert said in text
    again = _of_csv(path)
    assert list(again.data.variables) == list(made.data.variables)
    for name in made.data.variables:
        np.testing.assert_array_equal(again.data[name].values, made.data[name].values)
        assert again.data[name].attrs == made.data[name].attrs


def test_errors_of_the_current_are_kept_in_files_and_zero_where_a_file_has_none(tmp_path: Path) -> None:
    columns = {"time": [0.0, 1.0], "voltage": [0.0, 1.0], "current_density": [0.0, 1e-3]}
    attrs = {"current_density_error": "pA/m^2"}
    trace = Trace.from_columns({**columns, "current_density_error": [1.0, 2.0]}, {}, units=attrs)
    again = Trace.load(trace.save(tmp_path / "trace.nc"))
    assert again.current_error == pytest.approx([1e-12, 2e-12])
    assert again.data["current_density_error"].attrs["units"] == "A/m^2"
    older = Trace.load(Trace.from_columns(columns, {}).save(tmp_path / "older.nc"))
    assert older.current_error.tolist() == [0.0, 0.0]


def test_cycles_are_closed_loops() -> None:
    trace = _trace()
    for k in (0, 1, -1):
        part = trace.cycle(k)
        assert part.voltage[0] == pytest.approx(0.0, abs=1e-12)
        assert part.voltage[-1] == pytest.approx(0.0, abs=1e-12)
        assert np.unique(part.cycles).size == 1
        assert part.time.size == 41
    with pytest.raises(OutOfRangeError, match="cycle is 2"):
        trace.cycle(2)


def test_plot_labels_its_axes_and_draws_every_branch() -> None:
    import matplotlib

    matplotlib.use("Agg")
    ax = _trace().plot()
    assert ax.get_xlabel() == "Voltage [V]"
    assert ax.get_ylabel() == "|Current| [A]"
    assert ax.get_yscale() == "log"
    assert len(ax.lines) == 8
    matplotlib.pyplot.close("all")


def test_a_transfer_curve_is_drawn_against_its_gate() -> None:
    gate = np.linspace(-2.0, 3.0, 11)
    current = 1e-9 * np.exp(gate)
    columns = {"time": np.arange(11.0), "voltage": np.full(11, 0.5), "current": current, "voltage_gate": gate}
    ax = Trace.from_columns(columns, {}, units={"voltage_gate": "V"}).plot()
    drawn = np.concatenate([line.get_xydata() for line in ax.lines])
    assert ax.get_xlabel() == "Voltage of gate [V]"
    assert {tuple(point) for point in drawn} == set(zip(gate, current, strict=True))


def test_a_trace_in_which_no_voltage_moves_is_not_drawn_empty() -> None:
    held = Trace.from_columns({"time": np.arange(3.0), "voltage": np.ones(3), "current": np.ones(3)}, {})
    with pytest.raises(IncompatibleError, match="no voltage of the trace moves"):
        held.plot()


def test_printing_says_what_it_holds() -> None:
    text = repr(_trace())
    assert "81 samples" in text
    assert "2 cycle(s)" in text
    assert "max |I| 1e-06 A" in text


def test_bad_columns_are_named() -> None:
    t = np.arange(3.0)
    with pytest.raises(UnknownNameError, match="'current'"):
        Trace.from_columns({"time": t, "voltage": t}, {})
    with pytest.raises(UnknownNameError, match="gate_voltage"):
        Trace.from_columns({"time": t, "voltage": t, "current": t, "gate_voltage": t}, {})
    with pytest.raises(IncompatibleError, match="'current'"):
        Trace.from_columns({"time": t, "voltage": t, "current": t[:2]}, {})
    with pytest.raises(OutOfRangeError, match="time of a trace"):
        Trace.from_columns({"time": t * 0, "voltage": t, "current": t}, {})
    extra = Trace.from_columns(
        {"time": t, "voltage": t, "current": t, "gate_voltage": t}, {}, units={"gate_voltage": "V"}
    )
    assert extra.data["gate_voltage"].attrs["units"] == "V"
