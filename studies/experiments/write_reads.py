"""What writes a device and how it is read, and the readings after each write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import any_of, anything, instance, table, voltage, words
from studies.experiments.sweep_checks import check_duration
from studies.metrics.conductance import Array
from studies.protocols.protocol import Protocol
from studies.results.figure_table import Row, figure_table, positive, unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.results.trace import Trace


@dataclass(frozen=True, kw_only=True)
class Read:
    """How the device is read: ``voltage`` [V] on ``contact`` for ``duration`` [s], the current taken at the end.

    ``rest`` [s] before it, ``rise`` [s] to and from it. ``contact`` is left out where there is one only that is written
    and read (``studies.Subject``). ``bias`` [V by contact]: of other contacts during it. One of these may be a
    Protocol, such as a Sweep of the gate, which then takes the place of ``duration``: the reading is the voltage of
    that contact at which the current passes ``threshold_current`` on the first way. Ions that flow back during the
    read add their current to it.
    """

    contact: str = ""
    voltage: float
    duration: float = 0.0
    rise: float
    rest: float
    bias: Mapping[str, float | Protocol] = field(default_factory=dict)
    threshold_current: float | None = None

    def __post_init__(self) -> None:
        bias = table(any_of(voltage, instance(Protocol)))
        settle(self, "a read", contact=words, bias=bias)
        if self.voltage == 0 or not np.isfinite(self.voltage):
            raise OutOfRangeError(
                "read voltage [V]", self.voltage, "finite and not 0: 0 V reads no conductance"
            )
        for name in ("rise", "rest", *(() if self.swept else ("duration",))):
            positive(f"{name} of a read [s]", getattr(self, name))
        swept = [name for name, bias in self.bias.items() if isinstance(bias, Protocol)]
        if self.contact in self.bias:
            raise IncompatibleError(
                f"contact {self.contact!r} has both the read voltage and a bias during the read."
            )
        if len(swept) > 1:
            raise IncompatibleError(f"contacts {', '.join(swept)} are all swept during the read; sweep one.")
        if (len(swept) == 1) != (self.threshold_current is not None):
            raise IncompatibleError(
                "a read with a swept contact needs threshold_current, and no other read does."
            )
        if self.threshold_current is not None:
            positive("threshold_current of a read", self.threshold_current)

    @property
    def swept(self) -> str | None:
        """The contact that is swept during the read, None if there is none."""
        return next((name for name, bias in self.bias.items() if isinstance(bias, Protocol)), None)

    @property
    def plateau(self) -> float:
        """How long the read voltage is on [s]."""
        swept = self.bias[self.swept] if self.swept else None
        return swept.duration if isinstance(swept, Protocol) else self.duration


@dataclass(frozen=True, kw_only=True)
class Write:
    """What changes the device: protocols of the ``bias`` [V by contact] and of the ``light``, equally long."""

    label: str
    bias: Mapping[str, Protocol] = field(default_factory=dict)
    light: Protocol | None = None

    def __post_init__(self) -> None:
        settle(self, "a write", bias=table(anything))
        parts = [*self.bias.items(), *([("light", self.light)] if self.light is not None else [])]
        for name, part in parts:
            if not isinstance(part, Protocol):
                raise IncompatibleError(f"{name} of write {self.label!r} is {part!r}; it must be a Protocol.")
            check_duration(f"{name} of write {self.label!r}", part, parts[0][1])
        if not parts:
            raise IncompatibleError(f"write {self.label!r} has neither bias nor light.")

    @property
    def duration(self) -> float:
        """How long it takes [s]."""
        return next(iter([*self.bias.values(), *([self.light] if self.light else [])])).duration


@dataclass(frozen=True, eq=False, repr=False)
class WriteReads:
    """The readings after each write, the first one before any; ``print`` shows them with units.

    ``labels`` of the writes, "initial" the first; ``time`` [s], ``current``, without displacement current, ``voltage``
    [V] of the reads, and ``threshold`` [V], nan unless the reads sweep a contact, of shape (writes + 1,). ``trace`` is
    all of it, one cycle for each.
    """

    labels: tuple[str, ...]
    time: Array
    current: Array
    voltage: Array
    threshold: Array
    current_unit: str
    trace: Trace

    @property
    def conductance(self) -> Array:
        """I/V of the reads [``conductance_unit``], shape (writes + 1,)."""
        return self.current / self.voltage

    @property
    def conductance_unit(self) -> str:
        """The unit of the conductance."""
        return unit("conductance", self.current_unit)

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every reading."""
        swept = bool(np.isfinite(self.threshold).any())
        pairs = zip(self.labels, self.threshold if swept else self.current, strict=True)
        return [(f"{k} {n}", float(v), "V" if swept else self.current_unit) for k, (n, v) in enumerate(pairs)]

    def __repr__(self) -> str:
        return figure_table("WriteReads", self.rows())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with the conductance, or the threshold voltage, against the number of the write."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        swept = bool(np.isfinite(self.threshold).any())
        values = self.threshold if swept else self.conductance
        numbers, labels = np.arange(len(self.labels)), np.array(self.labels)
        ax.plot(numbers, values, color="0.8", zorder=0)
        for label in dict.fromkeys(self.labels):
            here = labels == label
            ax.plot(numbers[here], values[here], "o", label=label)
        ax.set(xlabel="Number of the write")
        ax.set_xticks(numbers[:: 1 + numbers.size // 12])
        ax.set_ylabel("Threshold voltage [V]" if swept else f"Conductance [{self.conductance_unit}]")
        ax.legend()
        return ax
