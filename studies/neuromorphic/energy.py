r"""The energy of each event: of write pulses and of spikes.

.. math:: E = \int V I\,dt

from begin to end of the event, of the voltage across the device and its whole current, exact where both are straight
lines between samples. What the capacitance takes in on one edge it gives back on the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, device_area, optional
from fem.transient.times import rounding
from studies.metrics.conductance import Array, device_voltage
from studies.metrics.pulse import electrical_energy
from studies.neuromorphic.subject import as_subject
from studies.protocols.protocol import Protocol
from studies.results.figure_table import Row, figure_table, unit
from studies.results.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEWEST = 4  # samples of an event
_SAMPLES = 100  # of a straight piece of an event, where they cost little


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EventEnergies:
    """The energy of each event; ``print`` shows them with units.

    ``energy`` [J], nan where the current is a density and no area is given, and ``energy_per_area`` [J/m^2], nan
    where there is none, both of shape (events,), nan too where there were too few samples; ``time`` [s] at which each
    begins in its run, shape (events,).
    """

    time: Array
    energy: Array
    energy_per_area: Array

    def rows(self) -> list[Row]:
        """Return (name, value, unit): number of events, and of both energies mean, smallest and largest."""
        return [("events", float(self.time.size), "1"), *self.of_each("event")]

    def of_each(self, event: str) -> list[Row]:
        """Return (name, value, unit) of the mean energy of an event, called so, its smallest and its largest one."""
        rows: list[Row] = []
        for name, values, u in (
            ("energy", self.energy, "J"),
            ("energy_per_area", self.energy_per_area, "J/m^2"),
        ):
            if np.isfinite(values).any():
                known = values[np.isfinite(values)]
                rows += [
                    (f"{name} of {event}", float(known.mean()), u),
                    ("  smallest", float(known.min()), u),
                ]
                rows.append(("  largest", float(known.max()), u))
        return rows

    def at(self, events: ArrayLike) -> EventEnergies:
        """Return the events of these numbers, from 0, in that order."""
        k = np.asarray(events, dtype=int)
        return replace(
            self, time=self.time[k], energy=self.energy[k], energy_per_area=self.energy_per_area[k]
        )

    @classmethod
    def of_all(cls, parts: Sequence[EventEnergies]) -> EventEnergies:
        """Return the events of several runs, one after the other."""
        names = ("time", "energy", "energy_per_area")
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def __repr__(self) -> str:
        return figure_table("EventEnergies", self.rows())

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the energy of each event against its number."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        whole = bool(np.isfinite(self.energy).any())
        axes.plot(np.arange(1, self.time.size + 1), self.energy if whole else self.energy_per_area, "o-")
        axes.set(xlabel="Event", ylabel="Energy [J]" if whole else "Energy per area [J/m²]")
        return axes


@checked(subject=anything, area=optional(device_area))
def event_energies(
    subject: Any, events: Protocol | None = None, *, area: float | None = None
) -> EventEnergies:
    """Return the energies of ``events``, one for each cycle of a protocol, such as a PulseTrain.

    ``subject``: what is driven, or a Trace that was measured, whose cycles are the events if none are given. ``area``
    [m^2]: that of the device, of the subject if None.
    Raises IncompatibleError or OutOfRangeError where there is too little to integrate.
    """
    if isinstance(subject, Trace):
        trace = subject
        edges = (
            events.cycle_times
            if events is not None
            else np.array([trace.cycle(k).time[0] for k in range(np.unique(trace.cycles).size)])
        )
        edges = edges if events is not None else np.append(edges, trace.time[-1])
    else:
        if events is None:
            raise IncompatibleError(
                "give the events: a protocol with one cycle for each, such as a PulseTrain."
            )
        subject = as_subject(subject)
        edges, area = events.cycle_times, area if area is not None else subject.area
        parts = np.linspace(0.0, 1.0, _SAMPLES + 1)[:-1]
        welcome = (events.corners[:-1, None] + np.diff(events.corners)[:, None] * parts).ravel()
        trace = subject.run(events, edges, welcome)
    found = energies_in(trace, list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)))
    if not np.isfinite(found).all():
        raise OutOfRangeError("samples of an event", "fewer", f"at least {_FEWEST}, with its begin and end")
    if trace.current_name == "current_per_width":
        raise IncompatibleError(
            "the current is per width; it must be in A or A/m^2: give the mesh its depth."
        )
    return of_events(edges[:-1], found, unit("energy", trace.current_unit), area)


def of_events(time: Array, found: Array, energy_unit: str, area: float | None) -> EventEnergies:
    """Return energies [``energy_unit``] of events that begin at ``time`` [s], whole and per ``area`` [m^2].

    Those per width are neither.
    """
    none = np.full(found.size, np.nan)
    if energy_unit == "J":
        return EventEnergies(time=time, energy=found, energy_per_area=found / area if area else none)
    if energy_unit == "J/m^2":
        return EventEnergies(time=time, energy=found * area if area else none, energy_per_area=found)
    return EventEnergies(time=time, energy=none, energy_per_area=none)


def energies_in(trace: Trace, events: Sequence[tuple[float, float]]) -> Array:
    """Return the energy between begin and end [s] of each event, shape (events,); nan where there are few samples."""
    time, voltage, current = trace.time, device_voltage(trace), trace.current
    found = np.full(len(events), np.nan)
    for k, (begin, end) in enumerate(events):
        first = int(np.searchsorted(time, begin - rounding(begin)))
        last = int(np.searchsorted(time, end + rounding(end), side="right"))
        if last - first >= _FEWEST:
            found[k] = electrical_energy(time[first:last], voltage[first:last], current[first:last])
    return found
