"""Python, ngspice and VACASK on the same model: loop and pulses of every family, and Strukov's closed form."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from studies.compact.export.agreement import SHIFT, distance
from studies.compact.export.spice import run_ngspice
from studies.compact.export.verilog_a import run_vacask
from tests.benchmarks.table import Row, at_most
from tests.family_values import VALUES, loop, model, pulses
from tests.strukov import boundary

PROGRAMS = {"ngspice": run_ngspice, "VACASK": run_vacask}


def circuits() -> Iterator[Row]:
    """Yield how far each program is from the model, over its peak."""
    for name in VALUES:
        made = model(name)
        for program, run in PROGRAMS.items():
            off = [distance(made, run(made, protocol), protocol) for protocol in (loop(name), pulses(name))]
            asked = f"at most 1e-3 of the peak, but for {SHIFT:g} of the time"
            met = max(off) <= 1e-3
            yield Row(f"{name}: {program}, loop and pulses", asked, f"{off[0]:.1e}, {off[1]:.1e}", met=met)


def closed() -> Iterator[Row]:
    """Yield how far all three are from the closed form of the linear drift."""
    made, protocol = model("linear drift"), loop("linear drift")
    trace = made.simulate(protocol, points_per_segment=400)
    exact = boundary(made, trace.time, trace.voltage)
    yield at_most(
        "linear drift: Python from closed form", 1e-5, float(np.abs(trace.data["w"].values - exact).max())
    )
    for program, run in PROGRAMS.items():
        found = run(made, protocol)
        time = np.unique(np.concatenate((np.linspace(0, protocol.duration, 40001), found.time)))
        exact = boundary(made, time, protocol.voltage(np.minimum(time, protocol.duration)))
        off = float(np.abs(found.states["w"] - np.interp(found.time, time, exact)).max())
        yield at_most(f"linear drift: {program} from closed form", 1e-5, off)
