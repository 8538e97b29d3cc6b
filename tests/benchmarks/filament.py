"""SET and RESET of a filament: an axisymmetric loop and, with ``--tip``, one of a tip electrode in three dimensions.

    python -m tests.benchmarks.filament [--tip]

Prints nodes, steps, wall and processor time [s] without compilation, and by how much the compliance is passed.
Asked for: 60 s for the loop on 5000 nodes, 15 minutes for the tip on 30 000, on one core.
"""

from __future__ import annotations

import sys
from time import perf_counter, process_time

import numpy as np

from fem import Circuit, Device, NewtonOptions, State, StepControl, materials
from fem.materials import Datum
from fem.physics import MobileIons
from fem.units import nm
from geometries import ConeTip, FilamentSeed, Layer, VerticalStack
from studies import Sweep, iv_sweep
from studies.devices import mapbi3_filament as reference
from studies.devices.shared.filament import cell, conductivity, filament_device, formed, step_control

_ELECTRODE, _FILM = 50 * nm, 100 * nm


def tip_device(fine: float = 1.5 * nm, size: float = 9 * nm) -> Device:
    """Return a tip under a filament in a film of 100 nm, three-dimensional; cells ``fine`` in the filament [m]."""
    stack = VerticalStack(Layer("Au", _ELECTRODE), Layer("film", _FILM), Layer("Ag", 30 * nm))
    tip = ConeTip(apex_radius=5 * nm, half_angle=0.35, height=50 * nm)
    drawing = cell(
        stack, "film", radius=60 * nm, fine=fine, size=size, fine_radius=10 * nm,
        electrode="Au", tip=tip, growth=1.5, dimension=3,
    )  # fmt: skip
    film = materials.MAPBI3.with_ion(reference.ION, reference.VACANCIES)
    law = conductivity(
        reference.ION,
        poor=reference.POOR,
        rich=reference.RICH,
        density=reference.FILAMENT,
        averaging=Datum(2.5e-9, "m", "assumed", "what the cells resolve: this is about time"),
    )
    table = {"Au": materials.GOLD, "film": film, "Ag": materials.SILVER}
    return filament_device(drawing, table, {"film": law}, MobileIons(reference.ION))


def tip_start(device: Device) -> State:
    """Return the tip with a filament from its apex to the upper electrode."""
    seed = FilamentSeed(
        film=(_ELECTRODE, _ELECTRODE + _FILM), bottom_radius=6 * nm, top_radius=12 * nm,
        inside=1.1e27, outside=1.6e25, edge_width=4 * nm, start="top",
    )  # fmt: skip
    return formed(device, reference.ION, seed)


class _Report:
    """Says every 25 steps how far a sweep is; on several ranks the first does."""

    steps = 0

    def __call__(self, state: State) -> None:
        self.steps += 1
        if self.steps % 25 == 0 and state.device.mesh.comm.rank == 0:
            heat, current = state.temperature().max(), state.current("top")
            print(
                f"  step {self.steps}: {state.bias['top']:+.3f} V, {current:+.2e} A, {heat:.0f} K", flush=True
            )


def measure(
    device: Device, start: State, reset: float, set_to: float, compliance: float, control: StepControl
) -> None:
    """Run RESET and SET and print what they took."""
    warm = {"contact": "top", "circuit": Circuit(compliance=(None, compliance)), "start": start}
    options = {"control": control, "options": NewtonOptions(tolerance=1e-5)}
    iv_sweep(device, protocol=Sweep(0, -1e-3, rate=1.0), **warm, **options)  # type: ignore[arg-type]
    wall, processor = perf_counter(), process_time()
    sweep = Sweep(0, reset, set_to, 0, rate=1.0)
    trace = iv_sweep(device, protocol=sweep, observe=_Report(), **warm, **options)  # type: ignore[arg-type]
    wall, processor = perf_counter() - wall, process_time() - processor
    passed = np.nanmax(trace.current) / compliance - 1
    if device.mesh.comm.rank > 0:
        return
    print(
        f"{device.mesh.num_nodes} nodes, {trace.time.size} steps: {wall:.0f} s, {processor:.0f} s of the processor"
    )
    print(
        f"largest current over the compliance: {passed:+.1e}; highest {trace.data['temperature_max'].max():.0f} K"
    )


if __name__ == "__main__":
    if "--tip" in sys.argv:
        device = tip_device()
        coarse = StepControl(tolerance=0.1, max_bias_step=0.08, resolution=0.1, growth=4.0)  # V to 0.4 %
        measure(device, tip_start(device), -1.0, 2.2, 3e-6, coarse)
    else:
        device = reference.device(axis_size=1 * nm, fine_radius=None, size=4 * nm, growth=1.08)
        measure(device, reference.start(device), -2.2, 2.5, 5e-6, step_control(4.7 / 60))
