"""Sensitivities beside central differences of whole solves, and what they cost beside the trace that they are of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt

from fem import Device, NewtonOptions, StepControl, admittance, equilibrium, parameters, steady
from fem.solvers.admittance_tangent import admittance_tangent
from fem.solvers.state_tangent import state_tangent
from fem.units import V, nm, s
from studies import Sweep, Trace, iv_sweep, sensitivity
from tests import devices, sensitive
from tests.benchmarks import transistor
from tests.benchmarks.table import Row, at_most
from tests.sensitive import at_rest, differences

Array = npt.NDArray[np.float64]
COUNT = 20  # data of each device
SAME = 1e-6  # of a derivative by ln of the datum, or of a tenth of its figure where the datum does less than that
COST = 1.5  # times the trace
FREQUENCIES = np.array([1e3, 1e5, 1e7])
#: Steps of the differences, of a datum: those are taken on which two of them agree best.
STEPS = (3e-5, 1e-4, 3e-4, 1e-3)


def rows() -> Iterator[Row]:
    """Yield the errors of 20 data of three devices, and the cost of 20 data in a line and a plane."""
    yield at_most("steady state, lit line with ions: error", SAME, of_steady_state())
    yield at_most("impedance, heated conductor with ions: error", SAME, of_impedance())
    yield at_most("loop, three layers with ions: error", SAME, of_loop())
    for name, run in (("line", on_a_line), ("plane", in_a_plane)):
        plain, with_them, samples = cost(run)
        figure = f"20 data, {name}, {samples} samples ({plain:.1f} s alone)"
        yield at_most(figure, COST, with_them / plain, "of the trace")


def of_steady_state() -> float:
    """Return the largest error of 20 derivatives of the current of a lit film between two contacts."""
    device = sensitive.cell()
    wanted = chosen(device)
    state = at_rest(device, {"top": 0.3}, 1.0)
    found = state_tangent(state, parameters(device, wanted)).currents[:, 1]

    def figure(other: Device) -> float:
        return at_rest(other, {"top": 0.3}, 1.0).current("top")

    return largest_error(device, wanted, found[:, None], figure, [state.current("top")])


def of_impedance() -> float:
    """Return the largest error of 20 derivatives of the admittance of a conductor with ions and heat."""
    device = sensitive.conductor()
    wanted = chosen(device)
    state = at_rest(device, {"top": 0.3})
    found = admittance_tangent(state, "top", FREQUENCIES, parameters(device, wanted))

    def figure(other: Device) -> Any:
        return admittance(at_rest(other, {"top": 0.3}), "top", FREQUENCIES)[1]

    return largest_error(device, wanted, found.changes[:, 1], figure, found.admittance[1])


def of_loop() -> float:
    """Return the largest error of 20 derivatives of the current along a loop, of its largest there."""
    device = devices.three_layers(ions=devices.CATION, size=20 * nm, interface_size=1 * nm, growth=1.4)
    wanted = chosen(device)

    def looped(other: Device, names: Sequence[str] | None = None) -> Trace:
        return iv_sweep(
            other,
            contact="top",
            protocol=Sweep(0, 1.1, 0, rate=1.0 * V / s),
            control=sensitive.FIXED,
            options=sensitive.TIGHT,
            sensitivities=names,
        )

    trace = looped(device, wanted)
    found = sensitivity(trace)
    changes = found.sensitivity.sel(contact="top") * found.parameter_value
    return largest_error(device, wanted, changes.values, lambda other: looped(other).current, trace.current)


def chosen(device: Device) -> list[str]:
    """Return the names of 20 data, spread over all that can be changed up and down."""
    names = [p.name for p in parameters(device) if not p.name.endswith("quantum_yield")]
    places = np.unique(np.linspace(0, len(names) - 1, COUNT).round().astype(int))
    return [names[k] for k in places]


def largest_error(
    device: Device, names: Sequence[str], found: Any, figure: Callable[[Device], Any], now: Any
) -> float:
    """Return the largest difference of derivatives, shape (parameters, figures), from those of whole solves."""
    worst, size = 0.0, np.abs(np.asarray(now)).max()
    for parameter, mine in zip(parameters(device, names), found, strict=True):
        tried = [np.atleast_1d(differences(parameter, figure, step)) for step in STEPS]
        gaps = [np.abs(one - other).max() for one, other in pairwise(tried)]
        expected = tried[1 + int(np.argmin(gaps))]
        error = np.abs(mine - expected).max() / max(np.abs(expected).max(), 0.1 * size)
        worst = max(worst, float(error))
    return worst


def on_a_line() -> Callable[[Sequence[str] | None], tuple[Device, Trace]]:
    """Return the run of three cycles of hysteresis on 395 nodes."""
    device = devices.three_layers(ions=devices.CATION, size=1.8 * nm, interface_size=0.15 * nm, growth=1.07)
    protocol = Sweep(0, 1.2, -0.4, 0, rate=0.1 * V / s) * 3

    def run(names: Sequence[str] | None = None) -> tuple[Device, Trace]:
        return device, iv_sweep(device, contact="top", protocol=protocol, sensitivities=names)

    return run


def in_a_plane() -> Callable[[Sequence[str] | None], tuple[Device, Trace]]:
    """Return the run of a transistor with ions, whose gate is swept to 2 V and back."""
    device = transistor.device()
    start = steady(device, {"drain": transistor.DRAIN}, start=equilibrium(device))
    control = StepControl(tolerance=5e-3, max_bias_step=0.42)

    def run(names: Sequence[str] | None = None) -> tuple[Device, Trace]:
        trace = iv_sweep(
            device,
            contact="gate",
            protocol=Sweep(0, 2, 0, rate=10.0 * V / s),
            bias={"drain": transistor.DRAIN},
            start=start,
            control=control,
            options=NewtonOptions(),
            sensitivities=names,
        )
        return device, trace

    return run


def cost(
    make: Callable[[], Callable[[Sequence[str] | None], tuple[Device, Trace]]],
) -> tuple[float, float, int]:
    """Return the processor time [s] of a trace alone and with 20 data, all that these take, and its samples.

    What the first call compiles is in neither.
    """
    run = make()
    device, _ = run(None)
    names = [p.name for p in parameters(device)][:COUNT]
    run(names)
    vars(device)["_kept"].pop("tangent")  # that its making counts
    times = []
    for wanted in (None, names):
        begin = process_time()
        _, trace = run(wanted)
        times.append(process_time() - begin)
    return times[0], times[1], trace.time.size
