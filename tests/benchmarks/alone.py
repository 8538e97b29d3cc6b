"""memfem alone: transients with ions beside the reference curves, a hysteresis sweep, and IonMonger's cell.

Forms are compiled before the clock starts.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import ionmonger_cell

_TESTS = Path(__file__).parents[1]
_CURVES = _TESTS / "validation" / "data" / "R3_perovskite_cell"
#: Reference curve, scan rate [V/s], wanted deviation of the largest current.
REFERENCES = (
    ("b_threelayer_dark_0.1Vs_dV0.02_mesh2", 0.1, 0.01),
    ("b_threelayer_dark_1Vs_dV0.02_mesh1", 1.0, 0.01),
)


def run() -> list[dict[str, Any]]:
    """Return one row per case."""
    rows = [_reference(*case) for case in REFERENCES]
    rows.append(_hysteresis())
    rows += _ionmonger()
    return rows


def sentence(row: dict[str, Any]) -> str:
    """Return a row of the table."""
    wanted = f" (at most {row['wanted_seconds']:g})" if row["wanted_seconds"] else ""
    return (
        f"{row['case']:<34} {row['nodes']:>5} nodes  {row['steps']:>5} steps  {row['seconds']:>6.2f} s{wanted:<14}"
        f" {row['check']:<46} {'met' if row['met'] else 'MISSED'}"
    )


def _devices() -> Any:
    path = _TESTS / "devices.py"
    spec = importlib.util.spec_from_file_location("memfem_bench_devices", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _reference(name: str, rate: float, wanted: float) -> dict[str, Any]:
    """Return the row of a triangle 0, 1.2, -0.4, 0 V against an independent program."""
    from fem import StepControl, equilibrium, integrate

    devices = _devices()
    rows = np.loadtxt(_CURVES / f"{name}.csv", delimiter=",", skiprows=1)
    device = devices.three_layers(traps=False, ions=devices.CATION)
    times, volts = np.array([0, 1.2, 2.8, 3.2]) / rate, [0, 1.2, -0.4, 0]
    rest = equilibrium(device)

    def sweep(end: float) -> list[Any]:
        return list(
            integrate(
                device,
                rest,
                bias=lambda t: {"top": float(np.interp(t, times, volts))},
                end=end,
                kinks=times[times < end],
                milestones=rows[1:, 0][rows[1:, 0] < end],
                control=StepControl(tolerance=2e-3),
            )
        )

    sweep(0.01 / rate)
    begin = time.perf_counter()
    states = sweep(float(times[-1]))
    seconds = time.perf_counter() - begin
    solved = np.array([s.time for s in states])
    current = np.array([states[int(np.argmin(np.abs(solved - t)))].current("top") for t in rows[1:, 0]])
    gap = float(np.abs(current - rows[1:, 2]).max() / np.abs(rows[:, 2]).max())
    return {
        "case": f"reference cell, dark, {rate:g} V/s",
        "nodes": device.mesh.num_nodes,
        "steps": len(states),
        "seconds": seconds,
        "wanted_seconds": None,
        "deviation": gap,
        "check": f"{gap:.1e} of J_max from R3 (at most {wanted:g})",
        "met": gap <= wanted,
    }


def _hysteresis() -> dict[str, Any]:
    """Return the row of three cycles with ions on some 400 nodes."""
    from fem.units import V, nm, s
    from studies import Sweep, iv_sweep

    devices = _devices()
    device = devices.three_layers(ions=devices.CATION, size=1.8 * nm, interface_size=0.15 * nm, growth=1.07)
    iv_sweep(device, contact="top", protocol=Sweep(0, 0.05, 0, rate=0.1 * V / s))
    begin = time.perf_counter()
    trace = iv_sweep(device, contact="top", protocol=Sweep(0, 1.2, -0.4, 0, rate=0.1 * V / s) * 3)
    seconds = time.perf_counter() - begin
    return {
        "case": "hysteresis, three cycles",
        "nodes": device.mesh.num_nodes,
        "steps": len(trace.time) - 1,
        "seconds": seconds,
        "wanted_seconds": 3.0,
        "check": "",
        "met": seconds <= 3.0,
    }


def _ionmonger() -> list[dict[str, Any]]:
    device = ionmonger_cell.cell()
    start = ionmonger_cell.preconditioned(device)
    found = []
    next(ionmonger_cell.scan(device, start, 1.0))
    for rate in (0.1, 1.0, 10.0):
        begin = time.perf_counter()
        states = list(ionmonger_cell.scan(device, start, rate))
        seconds = time.perf_counter() - begin
        inventory = [state.ion_inventory("iodide_vacancy") for state in states]
        lost = float(np.ptp(inventory) / np.mean(inventory))
        found.append(
            {
                "case": f"IonMonger's cell, {rate:g} V/s",
                "nodes": device.mesh.num_nodes,
                "steps": len(states),
                "seconds": seconds,
                "wanted_seconds": 10.0,
                "inventory_change": lost,
                "check": f"ion inventory within {lost:.0e} (at most 1e-10)",
                "met": seconds <= 10.0 and lost <= 1e-10,
            }
        )
    return found
