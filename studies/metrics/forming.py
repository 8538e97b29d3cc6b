"""Electroforming: the first SET of a pristine device beside those that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from studies.metrics.filament import FilamentMetrics, Transition, filament_switching
from studies.results.figure_table import Row, figure_table, unit

if TYPE_CHECKING:
    from studies.results.trace import Trace

#: A first SET at less than this times the later V_set needs no forming.
FORMING_FREE = 1.1


@dataclass(frozen=True, repr=False)
class FormingMetrics:
    """The first SET: ``print`` shows it with units.

    ``pristine_resistance`` is the highest one of the first cycle at the read voltage. ``V_set`` [V] is the mean and
    ``V_set_deviation`` [V] the standard deviation of the later cycles; nan without any. ``forming_free`` is
    whether V_forming is less than 1.1 V_set, None if no later cycle sets.
    """

    forming: Transition
    pristine_resistance: float
    V_set: float
    V_set_deviation: float
    later_cycles: int
    current_unit: str

    @property
    def V_forming(self) -> float:
        """The voltage of the first SET [V]."""
        return self.forming.voltage

    @property
    def forming_free(self) -> bool | None:
        """Whether the first SET needs no more than ``FORMING_FREE`` times the voltage of the later ones."""
        return bool(self.V_forming / self.V_set < FORMING_FREE) if np.isfinite(self.V_set) else None

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        free = {None: "not known", True: "yes", False: "no"}[self.forming_free]
        return [
            ("V_forming", self.V_forming, "V"),
            ("forming_jump", self.forming.decades, "decades"),
            ("forming_abruptness", self.forming.abruptness, "V/decade"),
            ("forming_kind", self.forming.kind, ""),
            ("pristine_resistance", self.pristine_resistance, unit("resistance", self.current_unit)),
            ("V_set", self.V_set, "V"),
            ("V_set_deviation", self.V_set_deviation, "V"),
            ("later_cycles", float(self.later_cycles), ""),
            ("forming_free", free, ""),
        ]

    def __repr__(self) -> str:
        return figure_table("FormingMetrics", self.rows())


@checked()
def forming(trace: Trace, *, read_voltage: float, **options: Any) -> FormingMetrics:
    """Return the forming in the first cycle of ``trace``, beside V_set of the cycles after it.

    ``read_voltage`` [V] and ``options`` are those of ``filament_switching``; a cycle after the first that does not
    set is left out. Whether the device was pristine is for the caller to know.
    Raises OutOfRangeError if the first cycle does not set.
    """
    known = range(np.unique(trace.cycles).size)
    first, *later = (filament_switching(trace, read_voltage=read_voltage, cycle=k, **options) for k in known)
    if first.set is None:
        raise OutOfRangeError("number of SETs in the first cycle", 0, "1: nothing was formed")
    voltages = _same_polarity(later, first.set.voltage)
    return FormingMetrics(
        forming=first.set,
        pristine_resistance=first.high_resistance,
        V_set=float(np.mean(voltages)) if voltages else float("nan"),
        V_set_deviation=float(np.std(voltages, ddof=1)) if len(voltages) > 1 else float("nan"),
        later_cycles=len(voltages),
        current_unit=trace.current_unit,
    )


def _same_polarity(later: list[FilamentMetrics], like: float) -> list[float]:
    """Return V_set [V] of the cycles that set in the polarity of ``like``."""
    return [m.V_set for m in later if m.V_set * like > 0]
