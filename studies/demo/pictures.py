"""The pictures and field files of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fem.io.files import save_figure
from fem.units import nm, uW
from studies.devices import mapbi3_interface_via as reference
from studies.experiments.iv import Snapshots, iv_sweep

if TYPE_CHECKING:
    from fem.device.state import State
    from studies.compact.model import CompactModel
    from studies.results.trace import Trace

_DPI = 150
POWER = 1 * uW  #: in the centre cell, in the picture of the block


def draw_all(folder: Path, trace: Trace, states: dict[str, State], model: CompactModel) -> Trace:
    """Write all pictures and field files; return the trace of the same cell as a line."""
    from fem.heat.of_state import temperature
    from fem.io.fields import FieldWriter
    from fem.visualize.sections import plot_fields_2d

    with FieldWriter(folder / "via_fields.vtkhdf", states["equilibrium"].device) as writer:
        for state in sorted(states.values(), key=lambda s: s.time):
            writer.write(state, temperature(state))
    plot_fields_2d(states["smallest V"], "iodide_vacancy", folder / "via_vacancies.png")
    line_trace, line_states = _line_loop({name: state.time for name, state in states.items()})
    draw_bands(line_states, folder / "bands_and_vacancies.png")
    draw_loop(trace, line_trace, folder / "iv_loop.png")
    draw_model(trace, model, folder / "compact_model.png")
    draw_block(folder)
    return line_trace


def _line_loop(times: Mapping[str, float]) -> tuple[Trace, dict[str, State]]:
    """Sweep the cell as a line: its states are the profiles on the via's axis."""
    device = reference.line(size=5 * nm)
    keeper = Snapshots(times)
    trace = iv_sweep(device, contact="top", protocol=reference.ABOUT.protocol, observe=keeper)
    return trace, keeper.states


def draw_bands(states: dict[str, State], path: Path) -> None:
    """Write band diagrams above ion profiles at the points of the loop."""
    import matplotlib.pyplot as plt

    from fem.visualize.profiles import plot_band_diagram, plot_ion_profile

    ordered = sorted(states.items(), key=lambda item: item[1].time)
    labels = [f"{name}, {state.bias['top']:+.2g} V on Au" for name, state in ordered]
    figure, axes = plt.subplots(2, 3, figsize=(13, 8), layout="constrained", dpi=_DPI)
    chosen = [state for _, state in ordered]
    plot_band_diagram(chosen, labels, axes=list(axes[0]))
    plot_ion_profile(chosen, labels, "iodide_vacancy", axes=list(axes[1]))
    save_figure(figure, path)
    plt.close(figure)


def draw_loop(trace: Trace, line: Trace, path: Path) -> None:
    """Write the loop in log|I| with simulated and published switching voltages and the same cell as a line."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8, 5.5), layout="constrained", dpi=_DPI)
    trace.plot(ax)
    last = line.cycle(-1)
    ax.plot(last.voltage, _size(last), color="0.4", lw=0.8, ls=":", label="last cycle, cell as a line")
    found = trace.switching(reference.ABOUT.read_voltage)
    for name, reported in reference.ABOUT.reported.items():
        pair = (("published", reported.value, "firebrick"), ("simulated", getattr(found, name), "tab:blue"))
        for whose, value, colour in pair:
            ax.axvline(value, color=colour, lw=0.8, ls="--")
            ax.text(value, 0.03, f"{whose} {name.replace('_', ' ')}", rotation=90, va="bottom", ha="right",
                    color=colour, fontsize=8, transform=ax.get_xaxis_transform())  # fmt: skip
    ax.set_title(f"{reference.ABOUT.name}: {reference.ABOUT.protocol}", fontsize=10)
    ax.legend(loc="upper left", fontsize=9)
    save_figure(figure, path)
    plt.close(figure)


def draw_model(trace: Trace, model: CompactModel, path: Path) -> None:
    """Write the compact model over the trace."""
    import matplotlib.pyplot as plt

    figure, (ax, state_ax) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained", dpi=_DPI)
    own = model.simulate(reference.ABOUT.protocol)
    ax.semilogy(trace.voltage, _size(trace), ".", color="0.6", ms=4, label="simulated device")
    ax.semilogy(own.voltage, _size(own), color="tab:blue", lw=1.4, label="compact model")
    ax.set(xlabel="Voltage [V]", ylabel=f"|Current| [{trace.current_unit}]")
    ax.set_ylim(bottom=max(1e-17, 0.5 * np.nanmin(_size(trace))))
    ax.legend()
    about = own.data["memory_state"].attrs
    state_ax.plot(own.voltage, own.data["memory_state"].values, color="tab:orange")
    state_ax.set(xlabel="Voltage [V]", ylabel=f"{about['long_name'].capitalize()} [{about['units']}]")
    save_figure(figure, path)
    plt.close(figure)


def draw_block(folder: Path) -> None:
    """Write the temperature of the block with power in the centre cell, as fields and as a picture."""
    from fem.heat.steady import SteadyHeat
    from fem.io.fields import write_temperature
    from fem.mesh.device_mesh import DeviceMesh
    from fem.visualize.block import temperature_picture
    from studies.arrays.crosstalk import by_region

    drawing = reference.BLOCK.mesh(size=50 * nm, coarse_size=400 * nm, growth=2.0)
    conductors = by_region(reference.BLOCK, drawing.regions, reference.BLOCK_MATERIALS)
    heat = SteadyHeat(DeviceMesh.from_drawing(drawing), conductors, {"sink": reference.SINK})
    field = heat.solve(powers={reference.BLOCK.cells[1][1]: POWER})
    write_temperature(field, folder / "block_temperature.vtkhdf")
    title = f"{POWER / uW:g} µW in the centre cell"
    temperature_picture(folder / "block_temperature.vtkhdf", folder / "block_temperature.png", title=title)


def _size(trace: Trace) -> np.ndarray:
    """Return |I| with nan instead of 0, for a logarithmic axis."""
    return np.where(trace.current == 0, np.nan, np.abs(trace.current))
