"""Recorder: one row per state of a sweep, and the trace of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.circuit import parallel_of
from fem.currents.cell import cell_currents
from fem.currents.gate_charge import floating_charge, floating_potential
from fem.currents.terminal import current_name, current_unit
from studies.experiments.sweep_drive import SweepDrive
from studies.protocols.protocol import Protocol
from studies.results.citations import citations
from studies.results.software import software
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State

Array = npt.NDArray[np.float64]


class Recorder:
    """Collects the rows of a sweep that began at the time ``origin`` [s].

    Voltages and currents of the other contacts are recorded where they say more than those of the driven one: with
    three contacts or more, or where another one follows a protocol or has a circuit.

    Where a circuit has several of the device in parallel or a leakage, currents and their errors are those of the cell;
    those of the one device, its parts among them, have "device_" before their names, and its charges stay its own.
    """

    def __init__(
        self, device: Device, drive: SweepDrive, origin: float, rows: Mapping[str, Array] | None = None
    ) -> None:
        self.device, self.drive, self.origin = device, drive, origin
        self.contact, self.protocol, self.circuits = drive.contact, drive.protocol, drive.circuits
        followed = any(isinstance(bias, Protocol) or n in drive.circuits for n, bias in drive.others.items())
        self.others = tuple(drive.others) if len(drive.others) > 1 or followed else ()
        self._parallel = parallel_of(drive.circuits)
        self._own = "device_" if any(c.is_cell for c in drive.circuits.values()) else ""
        self._described = device.describe()  # now, while all ranks are here
        self._ions = [f.name for f in device.context.fields if f.ionic]
        names, columns = list(rows or {}), [column.tolist() for column in (rows or {}).values()]
        name = current_name(device)
        self._errors = {self.contact: f"{name}_error", **{n: f"{name}_error_{n}" for n in self.others}}
        absent = dict.fromkeys(self._errors.values(), np.nan)  # in a checkpoint of an older memfem
        self._rows: list[dict[str, float]] = [
            absent | dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
        ]

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self._rows)

    @property
    def columns(self) -> dict[str, Array]:
        """The columns so far, each of shape (rows,)."""
        return {key: np.array([row[key] for row in self._rows]) for key in self._rows[0]}

    def add(self, state: State, *, at_stop: bool = False) -> None:
        """Record a state. Of states that the digits of the time cannot tell apart, one at a stop is kept."""
        time = state.time - self.origin
        again = bool(self._rows) and time <= self._rows[-1]["time"]
        if again and not at_stop:
            return
        name, currents = current_name(self.device), cell_currents(state, self.circuits)
        row = {"time": time, **self._voltages(state, self.contact), name: currents[self.contact]}
        row |= self._of_device(state, name)
        for other in self.others:
            row |= {f"{what}_{other}": v for what, v in self._voltages(state, other).items()}
            row[f"{name}_{other}"] = currents[other]
            if self._own:
                row[f"{self._own}{name}_{other}"] = state.current(other)
        row |= {k: self._parallel * state.current_error(contact) for contact, k in self._errors.items()}
        if isinstance(self.drive.light, Protocol):
            row["light"] = state.light
        for gate in self.device.floating_gates:
            row[f"{gate}_charge"] = floating_charge(state, gate)
            row[f"{gate}_potential"] = floating_potential(state, gate)
        if self.device.heat is not None:
            row |= self._thermal(state)
        self._rows[len(self._rows) - again :] = [row]  # at once: Ctrl-C may come at any moment

    def catch_up(self, state: State, *, at_stop: bool) -> None:
        """Record the last state of a run that was interrupted, if that had not yet been done."""
        if state.time - self.origin > self._rows[-1]["time"]:
            self.add(state, at_stop=at_stop)

    def current(self, state: State, contact: str) -> float:
        """Return the current at a contact, that of the cell, as the rows have it."""
        return cell_currents(state, self.circuits)[contact]

    def largest(self, contact: str) -> float:
        """Return the largest |current| at a contact so far; of two contacts both have that of the driven one."""
        name = current_name(self.device) + (f"_{contact}" if contact in self.others else "")
        return max(abs(row[name]) for row in self._rows)

    def _of_device(self, state: State, name: str) -> dict[str, float]:
        """Return the columns of the one device's own currents at the driven contact: the parts, of a cell the total."""
        parts = state.currents[self.contact]
        found = {f"{self._own}{part}_{name}": value for part, value in parts.items() if part != "total"}
        if self._ions:
            found[f"{self._own}ion_{name}"] = sum(parts.get(ion, 0.0) for ion in self._ions)
        return found | ({f"{self._own}{name}": parts["total"]} if self._own else {})

    def _voltages(self, state: State, contact: str) -> dict[str, float]:
        """Return the columns of what the source of a contact is set to and of its own voltage."""
        own, circuit = state.bias[contact], self.circuits.get(contact)
        if circuit is None:
            return {"voltage": own}
        set_to = state.drive[contact]
        if circuit.source == "current":
            return {"voltage": own, "source_current": set_to}
        return {"voltage": set_to, "device_voltage": own}

    def _thermal(self, state: State) -> dict[str, float]:
        from mpi4py import MPI

        from fem.heat.of_state import temperature

        if not self.device.context.has_temperature:
            return {"temperature_max": temperature(state).maximum}
        highest = float(state.temperature().max(initial=-np.inf))
        return {"temperature_max": float(self.device.mesh.comm.allreduce(highest, op=MPI.MAX))}

    def trace(self, **attrs: Any) -> Trace:
        """Return what has been recorded."""
        columns: dict[str, Any] = dict(self.columns)
        columns["cycle"] = np.searchsorted(
            self.protocol.cycle_times[1:-1], columns["time"]
        )  # steps land on them
        about = {
            "contact": self.contact,
            "protocol": self.protocol.describe(),
            "device": self._described,
            "mesh_nodes": self.device.mesh.num_nodes,
            "citations": citations(self._described),
            "software": software(),
        }
        about["bias"] = {
            n: bias.describe() if isinstance(bias, Protocol) else bias
            for n, bias in self.drive.others.items()
        }
        if isinstance(self.drive.light, Protocol):
            about["light"] = self.drive.light.describe()
        if self.circuits:
            about["circuits"] = self.drive.describe()["circuits"]
        if self._own:
            about["parallel"] = self._parallel
        name, unit = current_name(self.device), current_unit(self.device)
        units = {column: unit for column in columns if column.endswith((f"_{name}", "source_current"))}
        units |= {f"{what}_{n}": "V" for n in self.others for what in ("voltage", "device_voltage")}
        amperes = (name, f"device_{name}", "source_current")
        units |= {f"{what}_{n}": unit for n in self.others for what in amperes}
        units |= dict.fromkeys(self._errors.values(), unit)
        for gate in self.device.floating_gates:
            units |= {f"{gate}_charge": unit.replace("A", "C"), f"{gate}_potential": "V"}
        return Trace.from_columns(columns, {**about, **attrs}, units=units)
