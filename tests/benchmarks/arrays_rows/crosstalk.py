"""Crosstalk from the geometry: heat, charge and current, ions.

python -m tests.benchmarks.arrays_rows.crosstalk [thermal] [electrical] [ionic]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from fem import HeatSink
from fem.heat.steady import SteadyHeat
from fem.heat.storage import HeatStorage, heat_step
from fem.mesh.device_mesh import DeviceMesh
from fem.units import nm
from studies.arrays.crosstalk import (
    by_region,
    run_steps,
    temperature_rise,
    thermal_crosstalk,
    thermal_network,
)
from tests.benchmarks.table import Part, Row, at_most, printed
from tests.reference_block import CAPACITY, CONDUCTIVITY, limit, reference_block

SINK = HeatSink(300.0)
SMALL = {"size": 50 * nm, "film_size": 25 * nm, "coarse_size": 400 * nm, "growth": 3.0}


def thermal_rows() -> Iterator[Row]:
    """Yield the steady resistances, then the reduced network beside the finite elements and in ngspice."""
    yield from steady_rows()
    yield from network_rows()


def steady_rows() -> Iterator[Row]:
    """Yield symmetry, superposition and values of the blocks of the reference."""
    for count, size, coarse, growth in ((3, 25.0, 500.0, 3.0), (5, 100 / 3, 400.0, 2.0)):
        start = perf_counter()
        found = thermal_crosstalk(
            reference_block(count),
            materials=CONDUCTIVITY,
            sink=SINK,
            size=size * nm,
            film_size=12.5 * nm,
            coarse_size=coarse * nm,
            growth=growth,
        )
        took = perf_counter() - start
        resistance, centre = found["thermal_resistance"].values, count**2 // 2
        off = np.abs(resistance[:, centre].reshape(count, count) / limit(count) - 1).max()
        name = f"{count} x {count}: "
        yield at_most(f"{name}R_ij from the finite volumes", 0.02, float(off))
        skew = np.abs(resistance - resistance.T).max() / resistance.max()
        yield at_most(f"{name}R_ij from R_ji", 1e-8, float(skew))
        if count == 5:
            asked, unknowns = "at most 60 s with 2e5 nodes", int(found.attrs["unknowns"])
            met = took <= 60 and unknowns >= 2e5
            yield Row(f"{name}all sources", asked, f"{took:.1f} s, {unknowns} nodes", met=met)
    powers = {"cell_0_0": 1e-6, "cell_2_3": 3e-6}
    both = temperature_rise(found, powers)
    parts = sum(temperature_rise(found, {cell: power}) for cell, power in powers.items())
    yield at_most("superposition of two cells", 1e-12, float(np.abs(both / parts - 1).max()))


def network_rows() -> Iterator[Row]:
    """Yield how far the reduced network of 3 x 3 cells is from a step of the finite elements, and ngspice from it."""
    block = reference_block(3)
    network = thermal_network(
        block, materials=CONDUCTIVITY, heat_capacity=CAPACITY, sink=SINK, degree=1, **SMALL
    )
    drawing = block.mesh(**SMALL)
    mesh = DeviceMesh.from_drawing(drawing)
    heat = SteadyHeat(mesh, by_region(block, drawing.regions, CONDUCTIVITY), {"sink": SINK}, many=True)
    storage = HeatStorage(heat, by_region(block, drawing.regions, CAPACITY))
    times, rises = heat_step(storage, "cell_1_1", network.cells, start=1e-12, end=3e-6)
    found = network.step_response(times)[:, :, 4]
    modes = network.time_constants.size
    own = float(np.abs(found[:, 4] / rises[:, 4] - 1).max())
    yield at_most(f"network of {modes} modes from the step, own cell", 0.02, own, "at all times")
    warm = rises > 0.01 * rises[-1]
    others = float(np.abs(found / rises - 1)[warm].max())
    yield at_most("the same, all, from 1 % of the steady rise on", 0.02, others, "")
    met = bool((network.time_constants > 0).all())
    yield Row(
        "network passive",
        "R, C > 0 behind ideal transformers",
        f"C from {network.time_constants.min():.2g} F",
        met=met,
    )
    late = network.rise_times()
    yield Row(
        "time of 63 % of the rise",
        "printed",
        f"own {late[4, 4]:.2g} s, next {late[3, 4]:.2g} s, diagonal {late[0, 4]:.2g} s",
        met=True,
    )
    time, spice = run_steps(network, {"cell_1_1": 1e-6}, 1e-6)
    exact = network.step_response(time)[:, :, 4] * 1e-6
    yield at_most("ngspice from the network", 1e-3, float(np.abs(spice - exact).max() / exact.max()))


PARTS: dict[str, Part] = {"thermal": thermal_rows}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(printed(PARTS, sys.argv[1:]))
