"""I-V sweeps: a protocol applied to one contact of a device, every accepted step recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.currents import current_name, current_unit
from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError
from fem.poisson_boltzmann import equilibrium
from fem.timestepping import StepControl, integrate
from studies.protocols import Protocol
from studies.trace import Trace

if TYPE_CHECKING:
    from fem.device import Device
    from fem.solvers import NewtonOptions
    from fem.state import State

_STEPS_PER_SWING = 50
_RESOLUTION = 2e-3  # of the largest current: straight lines between the samples are as good as the samples
_METHOD = ("ScharfetterGummel1969", "Baratta2023")


def iv_sweep(
    device: Device,
    *,
    contact: str,
    protocol: Protocol,
    start: State | None = None,
    bias: Mapping[str, float] | None = None,
    light: float = 0.0,
    voltage_step: float | None = None,
    sample_times: Sequence[float] = (),
    control: StepControl | None = None,
    options: NewtonOptions | None = None,
    observe: Callable[[State], None] | None = None,
    save_partial: str | Path | None = None,
) -> Trace:
    """Return the trace of ``protocol`` applied to ``contact``, from equilibrium unless ``start`` is given.

    The current is that into the device at ``contact``: [A], or [A/m^2] or [A/m] where the mesh has no
    area or depth. The other contacts stay at ``bias`` [V], 0 V if not given. ``voltage_step`` [V] bounds the
    change in one step, 1/50 of the largest swing if not given; where the current bends, steps are shorter,
    so that straight lines between samples are within 0.2 % of the largest current. Steps land on
    ``sample_times`` [s] too.
    ``observe`` is called with the first and every accepted State, such as a ``Snapshots``.
    Raises ConvergenceError if a step fails: its ``trace`` has all samples up to then, which are also written
    to ``save_partial`` if that is given.
    """
    others = _checked(device, contact, protocol, bias)
    control = control or StepControl(
        max_bias_step=voltage_step or _voltage_step(protocol), resolution=_RESOLUTION
    )
    state = start if start is not None else equilibrium(device)
    _check_start(state, contact, protocol, others)
    states_time = state.time
    recorder = _Recorder(device, contact, protocol, states_time)
    recorder.add(state)
    if observe is not None:
        observe(state)

    def applied(t: float) -> dict[str, float]:
        return {**others, contact: protocol.voltage(min(max(t - states_time, 0.0), protocol.duration))}

    try:
        for accepted in integrate(
            device,
            state,
            bias=applied,
            end=states_time + protocol.duration,
            kinks=[states_time + t for t in protocol.kinks],
            milestones=[states_time + t for t in (*protocol.milestones, *sample_times)],
            light=light,
            control=control,
            options=options,
        ):
            recorder.add(accepted)
            if observe is not None:
                observe(accepted)
    except ConvergenceError as error:
        error.trace = recorder.trace(stopped=str(error)) if recorder.size > 1 else None
        if save_partial is not None and error.trace is not None and device.mesh.comm.rank == 0:
            error.trace.save(save_partial)
        raise
    return recorder.trace()


class Snapshots:
    """Keeps the states at named times [s]; an ``observe`` for ``iv_sweep``.

    The sweep lands on kinks and cycle ends by itself, on other times if they are among its
    ``sample_times``.
    """

    def __init__(self, times: Mapping[str, float]) -> None:
        self.times = dict(times)
        self.states: dict[str, State] = {}

    def __call__(self, state: State) -> None:
        """Keep the state if its time is one of those wanted."""
        for name, time in self.times.items():
            if abs(state.time - time) <= 1e-9 * max(abs(t) for t in self.times.values()):
                self.states[name] = state


def _checked(
    device: Device, contact: str, protocol: Protocol, bias: Mapping[str, float] | None
) -> dict[str, float]:
    """Return the bias of the other contacts after checking all names."""
    device.electrode(contact)
    if not isinstance(protocol, Protocol):
        raise IncompatibleError(
            f"protocol is {protocol!r}; it must be a Protocol such as Sweep(0, 1, -1, 0, rate=0.1)."
        )
    for name in bias or {}:
        device.electrode(name)
    if contact in (bias or {}):
        raise IncompatibleError(f"contact {contact!r} has both a protocol and a fixed bias.")
    return {name: (bias or {}).get(name, 0.0) for name in device.contacts if name != contact}


def _check_start(state: State, contact: str, protocol: Protocol, others: Mapping[str, float]) -> None:
    first = {**others, contact: protocol.voltage(0.0)}
    for name, value in first.items():
        if abs(state.bias.get(name, 0.0) - value) > 1e-9:
            raise OutOfRangeError(
                f"first voltage at contact {name!r} [V]",
                value,
                f"{state.bias.get(name, 0.0):g}, that of the start",
            )


def _voltage_step(protocol: Protocol) -> float:
    swing = max(abs(s.end - s.start) for s in protocol.segments)
    return swing / _STEPS_PER_SWING if swing > 0 else 1.0


class _Recorder:
    """Collects one row per accepted state."""

    def __init__(self, device: Device, contact: str, protocol: Protocol, origin: float) -> None:
        self.device, self.contact, self.protocol, self.origin = device, contact, protocol, origin
        self._ions = [f.name for f in device.context.fields if f.ionic]
        self._rows: list[dict[str, float]] = []
        self._units: dict[str, str] = {}

    @property
    def size(self) -> int:
        return len(self._rows)

    def add(self, state: State) -> None:
        """Record a state."""
        name, unit = current_name(self.device), current_unit(self.device)
        parts = state.currents[self.contact]
        row = {"time": state.time - self.origin, "voltage": state.bias[self.contact], name: parts["total"]}
        for part, value in parts.items():
            if part != "total":
                row[f"{part}_{name}"] = value
                self._units[f"{part}_{name}"] = unit
        if self._ions:
            row[f"ion_{name}"] = sum(parts[ion] for ion in self._ions)
            self._units[f"ion_{name}"] = unit
        if self.device.heat is not None:
            row |= self._thermal(state)
        self._rows.append(row)

    def _thermal(self, state: State) -> dict[str, float]:
        from fem.thermal import temperature

        field = temperature(state)
        return {"temperature_max": field.maximum}

    def trace(self, **attrs: Any) -> Trace:
        """Return what has been recorded."""
        columns = {key: np.array([row[key] for row in self._rows]) for key in self._rows[0]}
        columns["cycle"] = np.asarray(
            self.protocol.cycle(np.clip(columns["time"], 0.0, self.protocol.duration))
        )
        sources = set().union(*(m.sources() for m in self.device.setting.materials.values()))
        about = {
            "contact": self.contact,
            "protocol": self.protocol.describe(),
            "device": self.device.describe(),
            "mesh_nodes": self.device.mesh.num_nodes,
            "citations": [*_METHOD, *sorted(sources)],
        }
        return Trace.from_columns(columns, {**about, **attrs}, units=self._units)
