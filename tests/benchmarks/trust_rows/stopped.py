"""Runs that are stopped from outside: ``python -m tests.benchmarks.trust_rows.stopped KIND FOLDER``.

Each goes on in its folder with what is left of the one before, and writes its result there at the end.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from fem import Device
from studies import CompactModel, Pulse, Rest, Sweep, Trace, fit, iv_sweep, series
from tests import devices
from tests.compact_values import VALUES

RATES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # [V/s]


def cell() -> Device:
    """Return a small cell with ions in its film."""
    ions = {"cation": devices.ion(1e24, diffusivity=1e-13)}
    return devices.three_layers(ions=ions, size=10e-9, interface_size=1e-9, growth=1.3)


def sweep(folder: Path) -> None:
    """Write the trace of a checkpointed sweep."""
    trace = iv_sweep(
        cell(),
        contact="top",
        protocol=(Pulse(0.4, 1e-3, rise=1e-6) + Rest(1e-3, 0.0)) * 2,
        checkpoint=folder / "run.h5",
        checkpoint_every=0.3,
        save_partial=folder / "partial.nc",
    )
    trace.save(folder / "result.nc")


def loop(rate: float) -> Trace:
    """Return a loop at one rate."""
    return iv_sweep(cell(), contact="top", protocol=Sweep(0, 0.4, 0, rate=rate))


def loops(folder: Path) -> None:
    """Write a series of loops."""
    series(loop, parameter="rate", values=RATES, unit="V/s", save=folder / "result.nc", progress=False)


def fitted(folder: Path) -> None:
    """Write a compact model that is fitted to a trace of another one."""
    trace = CompactModel.from_values(VALUES, "A").simulate(
        Sweep(0, 1, -1, 0, rate=0.1), points_per_segment=60
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(trace, starts=2).save(folder / "result.json")


RUNS: dict[str, Callable[[Path], None]] = {"sweep": sweep, "series": loops, "fit": fitted}

if __name__ == "__main__":
    print("begin", flush=True)
    RUNS[sys.argv[1]](Path(sys.argv[2]))
    print("end", flush=True)
