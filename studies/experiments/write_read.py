"""Writing by pulses of voltage or light, and reading after each: synaptic weights, programming and erasing.

All of it is one transient of the device: between writes every contact is at its ``hold`` voltage and it is dark; after
each write the device rests and is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.transient.times import rounding
from studies.experiments.iv import iv_sweep
from studies.experiments.lines import Lines
from studies.experiments.write_reads import Read, Write, WriteReads
from studies.metrics.conductance import Array, conduction_current, warn_of_unresolved
from studies.metrics.transfer import transfer
from studies.protocols.protocol import Protocol
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State

_LIGHT = " light"  # what the light is called among the contacts


@checked()
def write_and_read(
    device: Device,
    writes: Sequence[Write],
    read: Read,
    *,
    hold: Mapping[str, float] | None = None,
    start: State | None = None,
    **sweep: Any,
) -> WriteReads:
    """Return the readings of a device before and after each of ``writes``.

    ``hold`` [V by contact]: between writes, 0 V if not given; protocols of writes begin and end there, and those of
    light at 0. ``start``: a state to begin at, the steady one at ``hold`` if None; ``sweep``: other arguments of
    ``iv_sweep``.
    Raises IncompatibleError, OutOfRangeError or UnknownNameError before any solve, ConvergenceError in it.
    """
    if not writes:
        raise OutOfRangeError("number of writes", 0, "at least 1")
    rest = {name: float((hold or {}).get(name, 0.0)) for name in device.contacts}
    for name in (read.contact, *read.bias, *(hold or {}), *(n for w in writes for n in w.bias)):
        device.electrode(name)
    lines = Lines({**rest, _LIGHT: 0.0})
    begins, ends = [], []
    for write in (None, *writes):
        lines.mark()
        if write is not None:
            shine = {} if write.light is None else {_LIGHT: write.light}
            lines.add(write.duration, {**write.bias, **shine})
        lines.add(read.rest, {})
        span = lines.read(read)
        begins.append(span[0])
        ends.append(span[1])
    protocols = lines.protocols()
    light, protocol = protocols.pop(_LIGHT), protocols.pop(read.contact)
    on, off = protocol.corners[begins], protocol.corners[ends]
    trace = iv_sweep(
        device,
        contact=read.contact,
        protocol=protocol,
        bias={n: p if _moves(p) else p.voltage(0.0) for n, p in protocols.items()},
        light=light if _moves(light) else 0.0,
        start=start,
        **{**sweep, "sample_times": sorted({*on.tolist(), *off.tolist(), *sweep.get("sample_times", ())})},
    )
    return _readings(trace, read, ("initial", *(w.label for w in writes)), on, off)


@checked()
def write_pulses(
    device: Device,
    pulses: Protocol,
    *,
    contact: str,
    read: Read,
    bias: Mapping[str, float] | None = None,
    start: State | None = None,
    **sweep: Any,
) -> WriteReads:
    """Return the readings before and after each pulse on ``contact``: a gate, a drain, or the top of a memristor.

    ``pulses``: a PulseTrain, or any protocol with a cycle for each pulse; each is followed by the read. ``bias``
    [V by contact] stays on between and during the pulses. ``weight_update`` makes figures of the conductance; other
    arguments as in ``write_and_read``.

    >>> found = write_pulses(device, PulseTrain([2.0] * 20 + [-2.0] * 20, 1e-3, interval=1e-3, rise=1e-5),
    ...                      contact="gate", read=read)                                 # doctest: +SKIP
    >>> weight_update(found.conductance[:21], found.conductance[20:])                    # doctest: +SKIP
    """
    if not isinstance(pulses, Protocol):
        raise IncompatibleError(f"pulses are {pulses!r}; they must be a Protocol such as a PulseTrain.")
    level = (bias or {}).get(contact, 0.0)
    writes = []
    for part in pulses.parts:
        peak = max((s.end for s in part.segments), key=lambda v: abs(v - level))
        writes.append(Write(label=f"{peak:g} V", bias={contact: part}))
    return write_and_read(device, writes, read, hold=bias, start=start, **sweep)


@checked()
def program_erase(
    device: Device,
    *,
    program: Protocol,
    erase: Protocol,
    read: Read,
    gate: str = "gate",
    cycles: int = 1,
    hold: Mapping[str, float] | None = None,
    start: State | None = None,
    **sweep: Any,
) -> WriteReads:
    """Return the readings of a device programmed by light and erased by its gate, ``cycles`` times.

    ``program``: the light, such as a Pulse of 1 or a PulseTrain; ``erase``: the voltage on ``gate`` [V]. The readings
    are labelled "initial", "program" and "erase"; other arguments as in ``write_and_read``.
    """
    if cycles < 1:
        raise OutOfRangeError("cycles of programming and erasing", cycles, "at least 1")
    writes = [Write(label="program", light=program), Write(label="erase", bias={gate: erase})] * cycles
    return write_and_read(device, writes, read, hold=hold, start=start, **sweep)


def _moves(protocol: Protocol) -> bool:
    """Whether a protocol is anything but constant."""
    return any(s.start != s.end for s in protocol.segments)


def _readings(trace: Trace, read: Read, labels: tuple[str, ...], begins: Array, ends: Array) -> WriteReads:
    """Return the readings in a trace, between times [s] at which the read voltage is on."""
    current, error = (
        np.interp(ends, trace.time, y) for y in (conduction_current(trace), trace.current_error)
    )
    warn_of_unresolved("the current of the readings", current, error, trace.current_unit)
    threshold = np.full(ends.size, np.nan)
    if read.swept is not None:
        for k, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            inside = (trace.time >= begin - rounding(begin)) & (trace.time <= end + rounding(end))
            part = trace.data.isel(time=inside).drop_vars("cycle", errors="ignore")
            found = transfer(
                Trace(part),
                gate=read.swept,
                drain_voltage=read.voltage,
                constant_current=read.threshold_current,
            )
            threshold[k] = found.first.threshold_at_current
    return WriteReads(
        labels=labels,
        time=ends,
        current=current,
        voltage=np.full(ends.size, read.voltage),
        threshold=threshold,
        current_unit=trace.current_unit,
        trace=trace,
    )
