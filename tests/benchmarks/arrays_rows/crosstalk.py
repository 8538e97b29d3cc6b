"""Crosstalk from the geometry: heat, charge and current, ions.

python -m tests.benchmarks.arrays_rows.crosstalk [thermal] [electrical] [ionic]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from scipy.optimize import brentq
from scipy.special import ellipk

from fem import HeatSink
from fem.heat.steady import SteadyHeat
from fem.heat.storage import HeatStorage, heat_step
from fem.mesh.device_mesh import DeviceMesh
from fem.solvers.laplace import Laplace
from fem.units import nm
from geometries import Layer, VerticalStack
from studies.arrays.crosstalk import (
    HalfSpace,
    by_region,
    coupling,
    decay_length,
    electrical_crosstalk,
    field_in_cells,
    field_reach,
    ionic_crosstalk,
    run_steps,
    temperature_rise,
    thermal_crosstalk,
    thermal_network,
)
from studies.devices.shared import prpyrpbi3_data as data
from tests.benchmarks.table import Part, Row, at_most, printed
from tests.ionic_block import DIFFUSIVITY, HEAT_RESISTANCE, LOW, THICKNESS, case, lines
from tests.reference_block import (
    CAPACITANCES,
    CAPACITY,
    CONDUCTANCES,
    CONDUCTIVITY,
    ELECTRICAL_MESH,
    PERMITTIVITY,
    limit,
    reference_block,
)
from tests.two_wires import strips, wires

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


def electrical_rows() -> Iterator[Row]:
    """Yield closed forms, then Maxwell's matrices of the block of the reference."""
    yield from closed_rows()
    start = perf_counter()
    found = electrical_crosstalk(
        reference_block(3), permittivity=PERMITTIVITY, conductivity={"film": 1.0}, **ELECTRICAL_MESH
    )
    took = perf_counter() - start
    for kind, wanted in (("capacitance", CAPACITANCES), ("conductance", CONDUCTANCES)):
        matrix = found[kind].values
        skew = float(np.abs(matrix - matrix.T).max() / matrix.max())
        left = float(np.abs(matrix.sum(axis=0)).max() / matrix.max())
        yield at_most(f"3 x 3 {kind}: symmetry", 1e-8, skew)
        yield at_most(f"3 x 3 {kind}: sum of columns", 1e-8, left)
        row = coupling(found, kind).sel(conductor="top_line_1")
        values = [float(row.sel(source=line)) for line in ("bottom_line_1", "top_line_0", "bottom_line_0")]
        off = float(np.abs(np.array(values) / wanted - 1).max())
        yield at_most(f"3 x 3 {kind} from the finite volumes", 0.01, off)
    yield Row(
        "3 x 3: both matrices",
        "printed",
        f"{took:.0f} s, {found.attrs['unknowns']} unknowns, two meshes",
        met=True,
    )
    for others in ("grounded", "floating", "leaking"):
        field = field_in_cells(
            found, {"top_line_1": 1.0, "bottom_line_1": 0.0}, switching_field=5.6e6, others=others
        )["field"]
        own, beside, apart = (float(field.sel(cell=c)) for c in ("cell_1_1", "cell_1_0", "cell_0_0"))
        said = f"{beside / own:.2f} on the word line, {apart / own:.3f} diagonal"
        yield Row(f"field of a neighbour over the cell's, {others}", "printed", said, met=True)


def closed_rows() -> Iterator[Row]:
    """Yield plates, wires and strips beside their closed forms."""
    layers = Layer("a", 20 * nm), Layer("film", 50 * nm), Layer("b", 20 * nm)
    plates = VerticalStack(*layers).mesh(size=10 * nm, interface_size=5 * nm, area=1e-12)
    found = Laplace(DeviceMesh.from_drawing(plates), {"film": 2e-10}, {"a": ["a"], "b": ["b"]})
    yield at_most("parallel plates", 0.01, abs(float(found.matrix[0, 0]) / (2e-10 * 1e-12 / 50e-9) - 1))
    pair = {"left": ["left"], "right": ["right"]}
    with TemporaryDirectory() as folder:
        for radius in (0.2, 0.6, 0.9):
            value = Laplace(wires(Path(folder), radius), {"medium": 1.0}, pair).matrix[0, 0]
            exact = np.pi / np.arccosh(1 / radius)
            yield at_most(
                f"two wires, radius {radius:g} of the half distance", 0.01, abs(float(value / exact) - 1)
            )
        value = Laplace(strips(Path(folder), 1.0, 1.5, 1e-3, 1e-3), {"medium": 1.0}, pair).matrix[0, 0]
    exact = ellipk(1 - 0.25**2) / ellipk(0.25**2)
    yield at_most("coplanar strips", 0.01, abs(float(value / exact) - 1))


#: Of the gains that are compared with closed forms [m]; some 20 s each.
FINE = {
    "size": 20 * nm,
    "interface_size": 2 * nm,
    "lateral_size": 50 * nm,
    "edge_size": 10 * nm,
    "growth": 1.6,
}
APART = (1.0, 3.0, 4.0, 5.0)  #: spacings, over the thickness of the film


def ionic_rows() -> Iterator[Row]:
    """Yield what neighbours gain by spacing, then patterned films, half-selected cells, heat and thresholds."""
    half = HalfSpace(
        thickness=THICKNESS, diffusivity=DIFFUSIVITY, time=1.0, voltage=1.2, temperature=300.0, rest=0.05
    )
    for voltage in (1.2, -1.2):
        changes, kept, estimate = [], 0.0, replace(half, voltage=voltage)
        for apart in APART:
            found = ionic_crosstalk(lines(apart * THICKNESS), **case(voltage=voltage, **FINE))
            inventory = found["inventory"].values
            kept = max(kept, float(np.abs(inventory / inventory[0] - 1).max()))
            changes.append(float(found["change"][-1, 0]))
            low, high = sorted(estimate.change(apart * THICKNESS, THICKNESS), key=abs)
            met = bool(0.5 * abs(low) <= abs(changes[-1]) <= 2 * abs(high)) and changes[-1] * voltage > 0
            asked = f"half of {low:.3g} to twice {high:.3g}"
            yield Row(
                f"{voltage:+g} V, 1 s, {apart:g} d apart: neighbour",
                asked,
                f"{changes[-1]:+.3g} of its ions",
                met=met,
            )
        yield at_most(f"{voltage:+g} V: vacancies kept", 1e-10, kept)
        length = decay_length(np.array(APART[1:]), changes[1:])
        bounds = [
            decay_length(
                np.array(APART[1:]), [estimate.change(a * THICKNESS, THICKNESS)[k] for a in APART[1:]]
            )
            for k in (0, 1)
        ]
        asked = f"of closed forms: {bounds[0]:.2f} and {bounds[1]:.2f} d"
        met = bool(0.5 * min(bounds) <= length <= 2 * max(bounds))
        yield Row(f"{voltage:+g} V: decay length from 3 to 5 d", asked, f"{length:.2f} d", met=met)
    yield from few_rows()
    yield from threshold_rows(half)


def few_rows() -> Iterator[Row]:
    """Yield patterned films, several pulses, half-selected cells, floating lines and heat."""
    found = ionic_crosstalk(
        lines(THICKNESS, patterned=True), **case(pulses=3, width=0.1, fill=data.PRPYRPBI3)
    )
    yield at_most("patterned, 3 pulses: change of any cell", 1e-10, float(np.abs(found["change"]).max()))
    found = ionic_crosstalk(lines(THICKNESS), **case(pulses=5, width=0.1, rest=0.01))
    gains = ", ".join(f"{value:.3f}" for value in found["change"].values[1:, 0])
    rising = bool((np.diff(found["change"].values[:, 0]) > 0).all())
    yield Row("neighbour after each of 5 pulses of 0.1 s, d apart", "rising", gains, met=rising)
    for others in ("V/2", "V/3", "floating"):
        height = ionic_crosstalk(lines(2 * THICKNESS), **case(width=0.01, rest=1e-3, others=others))[
            "height"
        ].values
        moved = height[-1] - height[0]
        said = f"ions move {moved[0] / moved[1]:.2f} times as far ({moved[0] / nm:.1f} nm)"
        yield Row(f"{others}: half-selected cell, 10 ms", "printed", said, met=True)
    slow = data.PRPYRPBI3.with_(electrical_conductivity=data.POOR)
    height = ionic_crosstalk(lines(2 * THICKNESS), **case(film=slow, width=0.01, rest=1e-3, others="V/2"))[
        "height"
    ].values
    yield Row(
        "V/2, calibrated barrier of 0.765 eV, 10 ms",
        "printed",
        f"{(height[-1] - height[0])[0] / nm:.1e} nm",
        met=True,
    )
    for warm in (None, HEAT_RESISTANCE):
        found = ionic_crosstalk(lines(THICKNESS), **case(width=0.1, written=LOW, heat_resistance=warm))
        said = f"{float(found['change'][-1, 0]):+.4f}, at most {float(found['maximum_temperature'][-1]) - 300:.2f} K"
        yield Row(
            f"neighbour, d apart, {'with' if warm else 'without'} heat of a low cell",
            "printed",
            said,
            met=True,
        )


def threshold_rows(half: HalfSpace) -> Iterator[Row]:
    """Yield from which spacing on a neighbour is safe, beside 100 thicknesses."""
    for voltage, thickness in ((0.1, 60 * nm), (1.5, 60 * nm), (1.2, THICKNESS)):
        reach = field_reach(voltage, thickness, 1.67e4) / thickness
        name = f"field of 1.67e4 V/m: {voltage:g} V, {thickness / nm:g} nm"
        yield Row(
            name,
            "rule: 100 d; on a plane below",
            f"{reach:.1f} d; without a plane {voltage / 1.67e4 / thickness:.0f} d",
            met=True,
        )
    slow = float(data.VACANCIES.diffusivity_at(300.0))
    for barrier, diffusivity in ((0.39, DIFFUSIVITY), (0.765, slow)):
        said = []
        for thickness in (50 * nm, THICKNESS, 1000 * nm):
            one = replace(half, thickness=thickness, diffusivity=diffusivity, time=10.0, rest=0.0)
            said.append(f"{one.safe_spacing(THICKNESS, 0.01) / thickness:.2g} d")
        name = f"1 % of the ions, 1000 pulses of 10 ms, {barrier:g} eV"
        yield Row(name, "rule: 100 d; 50, 200, 1000 nm", ", ".join(said), met=True)

        def off(log_time: float, diffusivity: float = diffusivity) -> float:
            one = replace(half, diffusivity=diffusivity, time=float(np.exp(log_time)), rest=0.0)
            return one.safe_spacing(THICKNESS, 0.01) / THICKNESS - 100

        yield Row(
            f"100 d are needed after, {barrier:g} eV",
            "printed",
            f"{np.exp(brentq(off, 0.0, 50.0)):.1e} s at 1.2 V",
            met=True,
        )


PARTS: dict[str, Part] = {"thermal": thermal_rows, "electrical": electrical_rows, "ionic": ionic_rows}

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(printed(PARTS, sys.argv[1:]))
