"""Transfer and output characteristics of three-terminal devices: steady points, or sweeps with moving ions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.solvers.equilibrium import equilibrium
from fem.solvers.steady import steady
from studies.experiments.iv import iv_sweep
from studies.experiments.recorder import Recorder
from studies.experiments.saver import check_places, keep_trace
from studies.experiments.sweep_drive import SweepDrive
from studies.progress import progress_line
from studies.protocols.protocol import Protocol, Segment
from studies.protocols.shapes import Rest, Sweep
from studies.results.figure_table import positive
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State

Array = NDArray[np.float64]


@checked()
def transfer_curve(
    device: Device,
    gate_voltages: Sequence[float] | Protocol,
    drain_voltage: float,
    *,
    gate: str = "gate",
    drain: str = "drain",
    source: str = "source",
    rate: float | None = None,
    light: float = 0.0,
    start: State | None = None,
    progress: bool | None = None,
    **sweep: Any,
) -> Trace:
    """Return the drain current against the gate voltage at ``drain_voltage`` [V], the source at 0 V.

    Without ``rate`` every point of ``gate_voltages`` [V] is a steady state, with ions at rest, found from the one
    before: the trace's time then is the number of the point. With ``rate`` [V/s] the gate is swept from the first to
    the last of them and back, ions and all, with samples at each. A Protocol is applied as it is. The trace has the
    drain's current and voltage, and those of the others as "voltage_gate", "current_gate" (or
    "current_per_width_gate" ...); ``transfer`` reads it. ``start``: a state to begin at; ``progress``: as
    in ``iv_sweep``; ``sweep``: other arguments of it, for a swept gate only.
    Raises UnknownNameError, OutOfRangeError, IncompatibleError, or ConvergenceError, whose ``trace`` has the points
    before. Where carriers without a contact of their own gather, as holes do far below the threshold of a channel
    between electron contacts, steady points are hard to find: sweep there, or begin in the on state.
    """
    _check_terminals(device, gate, drain, source)
    volts = _finite("drain voltage [V]", drain_voltage)
    if isinstance(gate_voltages, Protocol) or rate is not None:
        check_places(device, sweep)
        swept = _swept("gate", gate_voltages, rate)
        held = Protocol(tuple(Segment(s.duration, volts, volts) for s in swept.segments), swept.marks)
        times = _crossings(swept, gate_voltages)
        return iv_sweep(
            device,
            contact=drain,
            protocol=held,
            bias={gate: swept},
            light=light,
            progress=progress,
            start=_at(device, {gate: swept.voltage(0.0), drain: volts}, start, light),
            **{"sample_times": times, **sweep},
        )
    _check_steady(sweep)
    points = [{gate: v, drain: volts} for v in _voltages("gate", gate_voltages)]
    return _steady_trace(device, drain, points, light=light, start=start, progress=progress)


@checked()
def output_curves(
    device: Device,
    drain_voltages: Sequence[float],
    gate_voltages: Sequence[float],
    *,
    gate: str = "gate",
    drain: str = "drain",
    source: str = "source",
    rate: float | None = None,
    light: float = 0.0,
    start: State | None = None,
    progress: bool | None = None,
    **sweep: Any,
) -> Trace:
    """Return the drain current against the drain voltage, one cycle of the trace for each of ``gate_voltages`` [V].

    The source is at 0 V. Without ``rate`` every point is a steady state, found from the one before. With ``rate``
    [V/s] the drain is swept from the first to the last of ``drain_voltages`` [V] and back at each gate voltage in
    turn, one after the other in the same device; between them the gate goes on at the same rate. ``start``,
    ``progress`` and ``sweep`` are those of ``transfer_curve``; ``output`` reads the trace.
    Raises UnknownNameError, OutOfRangeError, IncompatibleError, or ConvergenceError.
    """
    _check_terminals(device, gate, drain, source)
    volts, gates = _voltages("drain", drain_voltages), _voltages("gate", gate_voltages, fewest=1)
    if rate is not None:
        check_places(device, sweep)
        drains, others = _output_protocols(volts, gates, positive("sweep rate [V/s]", rate))
        begin = {gate: gates[0], drain: volts[0]}
        return iv_sweep(
            device,
            contact=drain,
            protocol=drains,
            bias={gate: others},
            light=light,
            progress=progress,
            start=_at(device, begin, start, light),
            **sweep,
        )
    _check_steady(sweep)
    points = [{gate: g, drain: v} for g in gates for v in volts]
    return _steady_trace(
        device, drain, points, light=light, start=start, progress=progress, cycle_length=len(volts)
    )


def _check_terminals(device: Device, gate: str, drain: str, source: str) -> None:
    """Raise unless the three are different contacts of the device."""
    for name in (gate, drain, source):
        device.electrode(name)
    if len({gate, drain, source}) < 3:
        raise IncompatibleError(
            f"gate {gate!r}, drain {drain!r} and source {source!r} must be three different contacts."
        )


def _finite(thing: str, value: float) -> float:
    """Return ``value`` as a float, or raise OutOfRangeError unless it is finite."""
    number = float(value)
    if not np.isfinite(number):
        raise OutOfRangeError(thing, number, "finite")
    return number


def _voltages(name: str, values: ArrayLike, fewest: int = 2) -> list[float]:
    """Return voltages [V] as a list, or raise OutOfRangeError."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1 or array.size < fewest:
        raise OutOfRangeError(
            f"number of {name} voltages", int(array.size), f"at least {fewest}, in one list"
        )
    return [_finite(f"a {name} voltage [V]", v) for v in array]


def _check_steady(sweep: Mapping[str, Any]) -> None:
    """Raise if steady points were given what only a sweep takes."""
    if sweep:
        raise IncompatibleError(
            f"{sorted(sweep)[0]} is for a sweep, and without a rate every point is steady; give rate [V/s]."
        )


def _swept(name: str, voltages: Any, rate: float | None) -> Protocol:
    """Return the protocol given, or the sweep from the first to the last voltage [V] and back."""
    if isinstance(voltages, Protocol):
        if rate is not None:
            raise IncompatibleError(
                f"the {name} voltages are a protocol and have a rate already; leave out rate."
            )
        return voltages
    values = _voltages(name, voltages)
    if len({*np.sign(np.diff(values)).tolist()}) > 1 or values[0] == values[-1]:
        raise OutOfRangeError(f"{name} voltages [V]", values, "in order: the way back is added by the sweep")
    return Sweep(values[0], values[-1], values[0], rate=positive("sweep rate [V/s]", rate or 0.0))


def _crossings(swept: Protocol, voltages: Any) -> list[float]:
    """Return the times [s] at which a sweep out and back is at each of the voltages, none for a protocol."""
    if isinstance(voltages, Protocol):
        return []
    values = np.asarray(voltages, dtype=float)
    out = np.abs(values - values[0]) / abs(swept.segments[0].rate)
    inside = out[(out > 0) & (out <= swept.segments[0].duration)]
    return np.unique(np.concatenate((inside, swept.duration - inside))).tolist()


def _at(device: Device, bias: Mapping[str, float], start: State | None, light: float) -> State:
    """Return ``start``, or the steady state at a bias [V by contact] and light."""
    return steady(device, bias, light=light) if start is None else start


def _output_protocols(volts: list[float], gates: list[float], rate: float) -> tuple[Protocol, Protocol]:
    """Return the protocols of drain and gate: a sweep out and back at each gate voltage, marked as a cycle."""
    if volts[0] == volts[-1]:
        raise OutOfRangeError(
            "last drain voltage [V]", volts[-1], "other than the first one: the way back is added"
        )
    drains: list[Segment] = []
    others: list[Segment] = []
    marks = []
    before = gates[0]
    for volt in gates:
        marks.append(len(drains))
        if volt != before:
            step = abs(volt - before) / rate
            drains.append(Segment(step, volts[0], volts[0]))
            others.append(Segment(step, before, volt))
        way = Sweep(volts[0], volts[-1], volts[0], rate=rate)
        drains += way.segments
        others += [Segment(s.duration, volt, volt) for s in way.segments]
        before = volt
    text = f"{len(gates)} x Sweep({volts[0]:g}, {volts[-1]:g}, {volts[0]:g}, rate={rate:g} V/s)"
    return Protocol(tuple(drains), tuple(marks), text), Protocol(
        tuple(others), tuple(marks), "gate of " + text
    )


def _steady_trace(
    device: Device,
    drain: str,
    points: Sequence[Mapping[str, float]],
    *,
    light: float,
    start: State | None,
    progress: bool | None,
    cycle_length: int | None = None,
) -> Trace:
    """Return the trace of the steady states at ``points`` [V by contact], each found from the one before."""
    held = Rest(float(max(len(points) - 1, 1)), points[0][drain])
    others = {name: points[0].get(name, 0.0) for name in device.contacts if name != drain}
    recorder = Recorder(device, SweepDrive(protocol=held, contact=drain, others=others, light=light), 0.0)
    with progress_line(f"{drain}: {len(points)} steady points", progress) as line:
        state = start if start is not None else equilibrium(device)
        for number, bias in enumerate(points):
            line.to(number / len(points), ", ".join(f"{name} {volts:g} V" for name, volts in bias.items()))
            try:
                state = steady(device, bias, start=state, light=light)
            except BaseException as error:
                if recorder.size > 1:
                    keep_trace(error, lambda: _numbered(recorder, points[: recorder.size], cycle_length))
                raise
            recorder.add(replace(state, time=float(number)))
    return _numbered(recorder, points, cycle_length)


def _numbered(recorder: Recorder, points: Sequence[Mapping[str, float]], cycle_length: int | None) -> Trace:
    """Return the trace of steady points, with their numbers in the place of times."""
    bias = {name: [p.get(name, 0.0) for p in points] for name in recorder.others}
    trace = recorder.trace(protocol="steady points", bias=bias)
    data = trace.data.assign_coords(
        time=("time", trace.time, {"units": "1", "long_name": "number of the steady point, from 0"})
    )
    if cycle_length is not None:
        data["cycle"] = data["cycle"].copy(data=np.arange(len(points)) // cycle_length)
    return Trace(data)
