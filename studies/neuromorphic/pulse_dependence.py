"""How a train of pulses changes the weight, by its rate, number, width or amplitude: SRDP, SNDP, SWDP and SVDP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, not_negative, number, one_of, optional, positive, whole
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array
from studies.neuromorphic.energy import EventEnergies
from studies.neuromorphic.schedule import Answer, Schedule
from studies.neuromorphic.subject import as_subject
from studies.progress import progress_line
from studies.protocols.shapes import PulseTrain
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Quantity = Literal["rate", "number", "width", "amplitude"]
_UNITS = {"rate": "Hz", "number": "1", "width": "s", "amplitude": "V"}
_NAMES = {"rate": "SRDP", "number": "SNDP", "width": "SWDP", "amplitude": "SVDP"}
_NO_CHANGE = 1e-9  # a relative change below it is round-off


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PulseDependence:
    """Changes of the weight by trains of pulses; ``print`` shows them with units.

    ``quantity`` is varied: ``values`` [Hz, 1, s or V], ascending. ``before`` and ``after`` [``unit``]: conductances.
    All of shape (n,). ``energy``: of each train; None if not known. ``smallest_change`` [1] is what counts as none.
    """

    quantity: str
    values: Array
    before: Array
    after: Array
    energy: EventEnergies | None
    unit: str
    smallest_change: float = _NO_CHANGE

    @classmethod
    @checked(quantity=one_of(tuple(_UNITS)), smallest_change=not_negative)
    def from_data(
        cls,
        quantity: Quantity,
        values: ArrayLike,
        before: ArrayLike,
        after: ArrayLike,
        *,
        unit: str = "S",
        energy: EventEnergies | None = None,
        smallest_change: float = _NO_CHANGE,
    ) -> PulseDependence:
        """Return the figures of measured conductances [``unit``] before and after each train, all of shape (n,).

        ``smallest_change``: relative changes, and steps from one to the next, up to it count as none; give the noise of
        the measurement, for without it noise has a trend and a threshold.
        Raises IncompatibleError or OutOfRangeError, also for conductances that are not positive.
        """
        x, a, b = (np.asarray(v, dtype=float) for v in (values, before, after))
        if x.ndim != 1 or not x.shape == a.shape == b.shape or x.size < 2:
            raise IncompatibleError(
                f"values {x.shape} and conductances {a.shape}, {b.shape} must be lists of equal length, at least 2."
            )
        _check_values(quantity, x)
        for name, g in (("before", a), ("after", b)):
            if not (np.isfinite(g).all() and g.min() > 0):
                raise OutOfRangeError(
                    f"smallest conductance {name} a train", float(g.min()), "positive and finite"
                )
        order = np.argsort(x)
        return cls(
            quantity=quantity,
            values=x[order],
            before=a[order],
            after=b[order],
            energy=None if energy is None else energy.at(order),
            unit=unit,
            smallest_change=smallest_change,
        )

    @property
    def change(self) -> Array:
        """(G - G_0)/G_0 [1], shape (n,)."""
        return self.after / self.before - 1

    @property
    def threshold(self) -> float:
        """The first value at which the change turns its sign, on a straight line [unit of the values]; nan if none."""
        known = np.abs(self.change) > self.smallest_change
        x, w = self.values[known], self.change[known]
        turns = np.flatnonzero(w[1:] * w[:-1] < 0)
        if not turns.size:
            return float("nan")
        k = int(turns[0])
        return float(x[k] + (x[k + 1] - x[k]) * w[k] / (w[k] - w[k + 1]))

    @property
    def trend(self) -> str:
        """Return "rising", "falling" or "none" for the change over all values, "not monotonic" if it is neither."""
        steps = np.diff(self.change)
        steps = steps[np.abs(steps) > self.smallest_change]
        if not steps.size:
            return "none"
        return "rising" if (steps > 0).all() else "falling" if (steps < 0).all() else "not monotonic"

    def rows(self) -> list[Row]:
        """Return (name, value, unit): the change at each value, its trend and threshold."""
        u = _UNITS[self.quantity]
        rows: list[Row] = [("plasticity", f"{_NAMES[self.quantity]}, by the {self.quantity}", "")]
        rows += [
            (f"change at {x:.4g} {u if u != '1' else 'pulses'}", float(w), "1")
            for x, w in zip(self.values, self.change, strict=True)
        ]
        rows += [
            ("trend", self.trend, ""),
            ("threshold", self.threshold, u),
            ("counts as no change", self.smallest_change, "1"),
        ]
        return rows + (self.energy.of_each("a train") if self.energy else [])

    def __repr__(self) -> str:
        return figure_table("PulseDependence", self.rows())

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the change in % against what was varied."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        axes.axhline(0.0, color="0.8", linewidth=1)
        axes.plot(self.values, 100 * self.change, "o-")
        if self.quantity in ("rate", "width"):
            axes.set_xscale("log")
        label = {
            "rate": "Rate [Hz]",
            "number": "Number of pulses",
            "width": "Width [s]",
            "amplitude": "Amplitude [V]",
        }
        axes.set(xlabel=label[self.quantity], ylabel="Change of the weight [%]")
        return axes


@checked(
    subject=anything,
    quantity=one_of(tuple(_UNITS)),
    values=each(number, 2),
    amplitude=optional(number),
    width=optional(positive),
    interval=optional(positive),
    rise=positive,
    count=optional(whole(1, 1_000_000)),
)
def pulse_dependence(
    subject: Any,
    quantity: Quantity,
    values: Sequence[float],
    read: Read,
    *,
    rise: float,
    amplitude: float | None = None,
    width: float | None = None,
    interval: float | None = None,
    count: int | None = None,
    progress: bool | None = None,
) -> PulseDependence:
    """Return the changes of the weight by trains of pulses, each from the begin of the subject.

    ``quantity``: which of ``"rate"`` [Hz] (the interval is what is left of the period), ``"number"``, ``"width"`` [s]
    and ``"amplitude"`` [V] takes the ``values``; the others are given: ``amplitude`` [V], ``width`` [s], ``interval``
    [s] from a pulse to the next and ``count``, with ``rise`` [s] of the edges.
    What was measured becomes figures by ``PulseDependence.from_data``.
    Raises IncompatibleError or OutOfRangeError, and what the subject raises.
    """
    subject = as_subject(subject)
    _check_values(quantity, np.asarray(values, dtype=float))
    given = {"amplitude": amplitude, "width": width, "interval": interval, "count": count}
    trains = [_train(quantity, value, given, rise) for value in values]
    found: list[Answer] = []
    with progress_line(f"pulses of several {quantity}s", progress) as line:
        for k, train in enumerate(trains):
            line.to(k / len(trains), f"{values[k]:.3g} {_UNITS[quantity]}")
            schedule = Schedule(read)
            schedule.read()
            schedule.write(train)
            schedule.read()
            found.append(schedule.run(subject))
    before, after = np.array([answer.conductance for answer in found]).T
    return PulseDependence.from_data(
        quantity,
        np.asarray(values, dtype=float),
        before,
        after,
        unit=found[0].conductance_unit,
        energy=EventEnergies.of_all([answer.energy for answer in found]),
    )


def _check_values(quantity: str, values: Array) -> None:
    """Raise OutOfRangeError unless the values that are varied are finite and differ."""
    if not np.isfinite(values).all() or np.unique(values).size < values.size:
        raise OutOfRangeError(f"{quantity}s of the trains", values.tolist(), "finite, and each once")


def _train(quantity: Quantity, value: float, given: dict[str, Any], rise: float) -> PulseTrain:
    """Return the train of a value; raises IncompatibleError unless all else is given, and nothing twice."""
    own = {"rate": "interval", "number": "count"}.get(quantity, quantity)
    if given[own] is not None:
        raise IncompatibleError(f"{own} is given, and the {quantity} is varied: leave it out.")
    missing = [name for name, known in given.items() if known is None and name != own]
    if missing:
        raise IncompatibleError(f"the trains lack {', '.join(missing)}.")
    if quantity == "rate":
        pulse = given["width"] + 2 * rise
        if not value > 0 or not 1 / value > pulse:
            raise OutOfRangeError("rate of pulses [Hz]", value, f"positive, and below {1 / pulse:.6g}")
        value = 1 / value - pulse
    elif quantity == "number":
        value = whole(1, 1_000_000)("number of pulses", int(value) if value == int(value) else value)
    return PulseTrain(**{**given, own: value}, rise=rise)
