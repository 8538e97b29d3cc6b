"""The main job in one run: the reference device from geometry to crosstalk, with files and pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.io.files import write_text
from fem.units import nm
from studies.arrays.crosstalk import thermal_crosstalk
from studies.arrays.margin import largest_array, read_margin
from studies.arrays.network import Crossbar, bias
from studies.compact.fit import fit
from studies.devices import mapbi3_interface_via as reference
from studies.experiments.iv import Snapshots, iv_sweep
from studies.progress import Line, progress_line

if TYPE_CHECKING:
    import xarray as xr

    from fem.device.state import State
    from studies.compact.model import CompactModel
    from studies.results.trace import Trace

STEPS = 5
ARRAY_SIZE = 16  #: cells per side of the network


@dataclass
class Demo:
    """What the run has made so far."""

    folder: Path
    line: Line
    seconds: dict[str, float] = field(default_factory=dict)
    rows: list[tuple[str, str, str, str]] = field(
        default_factory=list
    )  #: (quantity, simulated, published, unit)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and show which one it is."""
        begin = time.perf_counter()
        self.line.to(len(self.seconds) / STEPS, name)
        yield
        self.seconds[name] = time.perf_counter() - begin


def run_demo(folder: Path) -> Demo:
    """Return the finished demo; files are in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with progress_line("demo") as line:
        demo = Demo(folder=folder, line=line)
        _run(demo)
    return demo


def _run(demo: Demo) -> None:
    """Do the five steps."""
    with demo.step("I-V loop"):
        trace, states = _loop(demo)
    with demo.step("compact model and ngspice"):
        model = _compact(demo, trace)
    with demo.step("array: sneak paths and lines"):
        electrical = _electrical(demo, trace)
    with demo.step("array: heat in three dimensions"):
        thermal = _thermal(demo, trace)
    with demo.step("fields and pictures"):
        from studies.demo.pictures import draw_all

        line = draw_all(demo.folder, trace, states, model)
        same = line.switching(read_voltage=reference.ABOUT.read_voltage)
        demo.rows.append(
            ("V_set, V_reset of the cell as a line", f"{same.V_set:.3f}, {same.V_reset:.3f}", "", "V")
        )
    _save_crosstalk(demo, electrical, thermal)


def milestones() -> dict[str, float]:
    """Return three points of the loop and their times [s]: before, at the top, at the bottom of cycle 2."""
    protocol = reference.ABOUT.protocol
    start, end = protocol.cycle_times[-2], protocol.cycle_times[-1]
    kinks = [t for t in protocol.kinks if start <= t <= end]
    extremes = sorted(kinks, key=lambda t: protocol.voltage(t))
    return {"equilibrium": 0.0, "largest V": float(extremes[-1]), "smallest V": float(extremes[0])}


def _loop(demo: Demo) -> tuple[Trace, dict[str, State]]:
    """Sweep the via cell, keep three states, and write trace.nc."""
    device = reference.device()
    keeper = Snapshots(milestones())
    trace = iv_sweep(
        device,
        contact="top",
        protocol=reference.ABOUT.protocol,
        observe=keeper,
        save_partial=demo.folder / "trace.nc",
    )
    trace.save(demo.folder / "trace.nc")
    _switching_rows(demo, trace)
    states = keeper.states
    inventory = [s.ion_inventory("iodide_vacancy") for s in states.values()]
    drift = max(abs(n / inventory[0] - 1) for n in inventory)
    demo.rows += [
        ("mesh nodes", str(device.mesh.num_nodes), "", "1"),
        ("vacancies in the film", f"{inventory[0]:.4g}", "", "1"),
        ("drift of that number over the loop", f"{drift:.1e}", "", "1"),
        ("largest temperature rise", f"{trace.data['temperature_max'].values.max() - 300:.2g}", "", "K"),
    ]
    return trace, states


def _switching_rows(demo: Demo, trace: Trace) -> None:
    found = trace.switching(read_voltage=reference.ABOUT.read_voltage)
    reported = reference.ABOUT.reported
    demo.rows += [
        (
            "V_set (on Au; published: electrode not printed)",
            f"{found.V_set:.3f}",
            f"{reported['V_set'].value:g}",
            "V",
        ),
        ("V_reset (likewise)", f"{found.V_reset:.3f}", f"{reported['V_reset'].value:g}", "V"),
        (f"on/off ratio at {found.read_voltage:g} V", f"{found.on_off_ratio:.4g}", "", "1"),
        (f"low resistance at {found.read_voltage:g} V", f"{found.low_resistance:.4g}", "", "Ohm"),
        (f"high resistance at {found.read_voltage:g} V", f"{found.high_resistance:.4g}", "", "Ohm"),
        ("loop area", f"{found.loop_area:.3g}", "", f"V {trace.current_unit}"),
    ]


def _compact(demo: Demo, trace: Trace) -> CompactModel:
    """Fit the compact model, write it as JSON and as a subcircuit, and run it in ngspice."""
    from studies.compact.export.spice import write

    protocol = reference.ABOUT.protocol
    model = fit(trace)
    model.save(demo.folder / "compact_model.json")
    write(model, "memristor", demo.folder / "memristor.sub")
    run = model.run_ngspice(protocol)
    write_text(demo.folder / "ngspice.log", run.log)
    own = model.simulate(protocol)
    gap = np.abs(np.interp(own.time, run.time, run.current) - own.current).max() / np.abs(own.current).max()
    measured = np.interp(trace.time, run.time, run.current) - trace.current
    miss = np.abs(measured).max() / np.abs(trace.current).max()
    demo.rows += [
        ("compact model: rms error of log10|I|", f"{model.quality['rms_log10_error']:.3f}", "", "decade"),
        ("compact model: largest error over peak", f"{model.quality['max_error_over_peak']:.3f}", "", "1"),
        ("ngspice against the model, over peak", f"{gap:.1e}", "", "1"),
        ("ngspice against the simulated loop, over peak", f"{miss:.1e}", "", "1"),
    ]
    return model


def _electrical(demo: Demo, trace: Trace) -> dict[str, Any]:
    """Return the read margin for both pull-ups and the reads of a network with line resistance."""
    found = trace.switching(read_voltage=reference.ABOUT.read_voltage)
    states = {"low_resistance_state": found.low_resistance, "high_resistance_state": found.high_resistance}
    sizes = np.arange(2, 33)
    margin = {
        choice: np.array([read_margin(**states, size=int(n), pull_up=choice) for n in sizes])  # type: ignore[arg-type]
        for choice in ("optimal", "low_resistance_state")
    }
    largest = {
        choice: largest_array(**states, pull_up=choice)  # type: ignore[arg-type]
        for choice in ("optimal", "low_resistance_state")
    }
    for choice, text in (("optimal", "best pull-up"), ("low_resistance_state", "pull-up = low resistance")):
        demo.rows.append(
            (f"largest array, 10 % read margin, {text}", f"{largest[choice]} x {largest[choice]}", "", "1")
        )
    reads = {
        scheme: _worst_read(states, abs(reference.ABOUT.read_voltage), scheme)
        for scheme in ("floating", "V/2", "V/3")
    }
    for scheme, value in reads.items():
        demo.rows.append(
            (
                f"{ARRAY_SIZE} x {ARRAY_SIZE}, {scheme}: read current, cell high over low",
                f"{value:.3f}",
                "",
                "1",
            )
        )
    return {"sizes": sizes, "margin": margin, "reads": reads}


def _worst_read(states: dict[str, float], voltage: float, scheme: str) -> float:
    """Return the current of the selected bit line with the far cell high over that with it low."""
    line = reference.MATERIALS
    section = reference.BLOCK.line_width * reference.BLOCK.line_thickness
    segment = {
        n: reference.BLOCK.pitch / (line[n].si("electrical_conductivity") * section) for n in ("Au", "ITO")
    }
    selected = (ARRAY_SIZE - 1, 0)
    words, bits = bias(scheme, (ARRAY_SIZE, ARRAY_SIZE), selected, voltage)
    currents = []
    for resistance in (states["high_resistance_state"], states["low_resistance_state"]):
        conductances = np.full((ARRAY_SIZE, ARRAY_SIZE), 1.0 / states["low_resistance_state"])
        conductances[selected] = 1.0 / resistance
        network = Crossbar(
            conductances=conductances, word_line_resistance=segment["Au"], bit_line_resistance=segment["ITO"]
        )
        currents.append(float(network.solve(words, bits)["output_current"][selected[1]]))
    return currents[0] / currents[1]


def _thermal(demo: Demo, trace: Trace) -> xr.Dataset:
    found = thermal_crosstalk(
        reference.BLOCK,
        materials=reference.BLOCK_MATERIALS,
        sink=reference.SINK,
        size=62.5 * nm,
        coarse_size=400 * nm,
    )
    resistance = found["thermal_resistance"].values
    centre = resistance.shape[0] // 2
    alpha = found["crosstalk_coefficient"].values[:, centre]
    power = float(np.abs(trace.voltage * trace.current).max())
    outflow = found["heat_into_sink"].values
    demo.rows += [
        ("thermal resistance of the centre cell", f"{resistance[centre, centre]:.4g}", "", "K/W"),
        ("crosstalk to the next cell on the top line", f"{alpha[centre - 1]:.4f}", "", "1"),
        ("crosstalk to the next cell on the bottom line", f"{alpha[1]:.4f}", "", "1"),
        ("crosstalk to the diagonal cell", f"{alpha[0]:.4f}", "", "1"),
        ("largest power of the loop", f"{power:.3g}", "", "W"),
        ("rise of the neighbour at that power", f"{resistance[1, centre] * power:.2g}", "", "K"),
        (
            "asymmetry of the resistance matrix",
            f"{np.abs(resistance - resistance.T).max() / resistance.max():.1e}",
            "",
            "1",
        ),
        ("heat into the sink over power, minus 1", f"{np.abs(outflow - 1).max():.1e}", "", "1"),
    ]
    return found


def _save_crosstalk(demo: Demo, electrical: dict[str, Any], thermal: xr.Dataset) -> None:
    """Write crosstalk.nc: the thermal matrix with the read margins and reads."""
    from studies.arrays.crosstalk import save

    data = thermal.assign_coords(
        size=("size", electrical["sizes"]), scheme=("scheme", list(electrical["reads"]))
    )
    for choice, values in electrical["margin"].items():
        about = {"units": "1", "long_name": f"read margin over read voltage, pull-up: {choice}"}
        data[f"read_margin_{choice}_pull_up"] = ("size", values, about)
    about = {"units": "1", "long_name": "read current with the cell high over with it low"}
    data["read_ratio"] = ("scheme", list(electrical["reads"].values()), about)
    save(data, demo.folder / "crosstalk.nc")
    table = [dict(zip(("quantity", "simulated", "published", "unit"), row, strict=True)) for row in demo.rows]
    text = json.dumps({"device": reference.ABOUT.stack, "table": table, "seconds": demo.seconds}, indent=1)
    write_text(demo.folder / "summary.json", text + "\n")
