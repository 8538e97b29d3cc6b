r"""Endurance: switching figures of every cycle of a trace, how they drift, and whether they repeat.

Over the last cycles each figure y (voltages as they are, resistances and their ratio as :math:`\ln y`) is fitted
by a line against the cycle number; its slope, with a standard error, is the drift per cycle. A first cycle that
differs, such as forming, is no drift, hence "last": the second half of the cycles if not said otherwise.

- *periodic*: no figure changes from one of the last cycles to the next by more than the tolerance, relative to its
  size (or by more than that in :math:`\ln y`).
- *drifting*: one does, and over the last cycles its line rises or falls by more than the tolerance and by more than
  its error makes likely by chance, at 95 % (with two cycles: they differ).
- *fluctuating*: figures change by more than the tolerance without a direction, as cycle-to-cycle variation does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy import stats

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array
from studies.results.figure_table import Row, figure_table, positive, unit
from studies.results.provenance import plain, write_netcdf

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.results.trace import Trace

#: Figure of ``studies.switching`` -> whether it drifts by factors.
FIGURES = {
    "low_resistance": True,
    "high_resistance": True,
    "on_off_ratio": True,
    "V_set": False,
    "V_reset": False,
}
_SIGNIFICANCE = 0.95


@dataclass(frozen=True)
class Drift:
    """The change of a figure per cycle: ``slope`` and ``standard_error`` in ``unit``, over ``cycles`` cycles.

    ``largest_change`` is that from one cycle to the next, ``verdict`` "periodic", "drifting", "fluctuating" or
    "not known" (less than two cycles have the figure). The error is nan with two cycles.
    """

    slope: float
    standard_error: float
    unit: str
    largest_change: float
    cycles: int
    verdict: str


@dataclass(frozen=True, eq=False, repr=False)
class Endurance:
    """Figures of every cycle in the Dataset ``data`` over "cycle", and the ``drift`` of each; ``print`` shows both.

    A cycle without a figure has nan, and its reason in the coordinate "failure".
    """

    data: xr.Dataset
    drift: dict[str, Drift]

    @property
    def verdict(self) -> str:
        """Return "drifting" if any figure drifts, else "fluctuating" if any does, else "periodic"; or "not known"."""
        found = [d.verdict for d in self.drift.values()]
        return next((v for v in ("drifting", "fluctuating", "periodic") if v in found), "not known")

    def cycles_above(self, on_off_ratio: float) -> int:
        """Return the number of cycles before the first one whose on/off ratio is not above ``on_off_ratio``."""
        below = ~(self.data["on_off_ratio"].values > on_off_ratio)
        return int(np.argmax(below)) if below.any() else below.size

    def rows(self) -> list[Row]:
        """Return (name, value, unit): each figure of the last cycle, its drift, and the verdict."""
        rows: list[Row] = [("cycles", float(self.data.sizes["cycle"]), "")]
        for name, d in self.drift.items():
            values = self.data[name]
            if np.isnan(values).all() and name.startswith("V_"):
                continue  # pulses have no voltages of switching
            rows.append((name, float(values[-1]), str(values.attrs["units"])))
            rows.append(("  drift", f"{d.slope:.3g} ± {d.standard_error:.1g}", f"{d.unit}, {d.verdict}"))
        return [*rows, ("verdict", self.verdict, "")]

    def __repr__(self) -> str:
        missing = [
            str(int(c)) for c, f in zip(self.data["cycle"], self.data["failure"].values, strict=True) if f
        ]
        return figure_table(
            "Endurance", self.rows(), f"incomplete: cycle {', '.join(missing)}" if missing else ""
        )

    def save(self, path: str | Path) -> Path:
        """Return the path of the netCDF-4 file written."""
        return write_netcdf(self.data, path)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with both resistances against the cycle number."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        for name, label in (("high_resistance", "HRS"), ("low_resistance", "LRS")):
            ax.semilogy(self.data["cycle"], self.data[name], ".-", label=label)
        ax.set(xlabel="Cycle", ylabel=f"Resistance [{self.data['low_resistance'].attrs['units']}]")
        ax.legend()
        return ax


@checked()
def endurance(
    trace: Trace, *, read_voltage: float | None = None, tolerance: float = 0.01, last: int | None = None
) -> Endurance:
    """Return the switching figures of every cycle of ``trace`` with their drift.

    ``read_voltage`` [V] is that of all cycles; if not given, the one that ``switching`` takes for the last cycle.
    ``tolerance`` is the relative change that counts as none; an abrupt V_set is known to a sample's distance only,
    which the tolerance must exceed. ``last`` is the number of cycles, at least 2, over
    which drift is judged: the second half if not given, at least 3 where there are 3.
    Raises OutOfRangeError, also if the trace has one cycle only.
    """
    known = np.unique(trace.cycles)
    if known.size < 2 and "cycle" not in trace.data.variables:
        raise OutOfRangeError(
            "number of cycles for endurance",
            1,
            'at least 2: the trace has no column "cycle" that numbers its loops',
        )
    last = _last(known.size, last)
    if read_voltage is None:
        read_voltage = trace.switching().read_voltage
    return _judged(_per_cycle(trace, known, read_voltage), tolerance, last)


@checked()
def endurance_of_reads(
    low_resistance: ArrayLike,
    high_resistance: ArrayLike,
    *,
    unit: str = "Ohm",
    tolerance: float = 0.01,
    last: int | None = None,
) -> Endurance:
    """Return the endurance of resistances [``unit``] read after SET and after RESET of each cycle, shape (cycles,).

    Voltages of switching are nan, and their drift is not known: pulses have none. Other arguments as in ``endurance``.
    Raises IncompatibleError or OutOfRangeError.

    >>> endurance_of_reads([1e3, 1e3, 1e3], [1e5, 1.1e5, 1.2e5]).verdict
    'drifting'
    """
    low, high = np.asarray(low_resistance, dtype=float), np.asarray(high_resistance, dtype=float)
    if low.ndim != 1 or low.shape != high.shape:
        raise IncompatibleError(
            f"resistances {low.shape} and {high.shape} must be two lists of equal length."
        )
    for name, values in (("low", low), ("high", high)):
        if values.size and not (np.isfinite(values).all() and values.min() > 0):
            raise OutOfRangeError(f"smallest {name} resistance", float(values.min()), "positive and finite")
    last = _last(low.size, last)
    nothing = np.full(low.size, np.nan)
    known = {"low_resistance": low, "high_resistance": high, "on_off_ratio": high / low}
    data = _dataset(
        {n: known.get(n, nothing) for n in FIGURES}, np.arange(low.size), [""] * low.size, unit, {}
    )
    return _judged(data, tolerance, last)


def _last(cycles: int, last: int | None) -> int:
    """Return over how many of the last cycles drift is judged."""
    if cycles < 2:
        raise OutOfRangeError("number of cycles for endurance", int(cycles), "at least 2")
    last = max(min(3, cycles), cycles - cycles // 2) if last is None else last
    if not 2 <= last <= cycles:
        raise OutOfRangeError("number of last cycles", last, f"between 2 and {cycles}")
    return last


def _judged(data: xr.Dataset, tolerance: float, last: int) -> Endurance:
    """Return the figures with their drift."""
    tolerance = positive("tolerance of endurance", tolerance)
    drift = {n: _drift(data[n], by_factors, tolerance, last) for n, by_factors in FIGURES.items()}
    return Endurance(data, drift)


def _per_cycle(trace: Trace, known: Any, read_voltage: float) -> xr.Dataset:
    """Return the figures of all cycles; nan and the reason where there is none."""
    values, failures = {n: np.full(known.size, np.nan) for n in FIGURES}, []
    for k in range(known.size):
        try:
            figures = trace.switching(cycle=k, read_voltage=read_voltage)
        except OutOfRangeError as error:
            failures.append(str(error))
            continue
        failures.append(figures.reason)
        for name in FIGURES:
            values[name][k] = getattr(figures, name)
    attrs = {**trace.data.attrs, "read_voltage": plain(float(read_voltage))}
    return _dataset(values, known, failures, unit("resistance", trace.current_unit), attrs)


def _dataset(
    values: dict[str, Array], cycles: Any, failures: list[str], ohm: str, attrs: dict[Any, Any]
) -> xr.Dataset:
    """Return figures over the cycles, resistances in [``ohm``]."""
    units = {"low_resistance": ohm, "high_resistance": ohm, "on_off_ratio": "1"}
    columns = {n: ("cycle", v, {"units": units.get(n, "V")}) for n, v in values.items()}
    coords = {"cycle": cycles, "failure": ("cycle", np.array(failures, dtype=object))}
    return xr.Dataset(columns, coords=coords, attrs=attrs)


def _drift(column: xr.DataArray, by_factors: bool, tolerance: float, last: int) -> Drift:
    """Return the drift of a figure over its ``last`` cycles."""
    cycle, y = (np.asarray(a, dtype=float)[-last:] for a in (column["cycle"].values, column.values))
    use = np.isfinite(y)
    cycle, y = cycle[use], np.log(y[use]) if by_factors else y[use]
    kind = "ln/cycle" if by_factors else f"{column.attrs['units']}/cycle"
    if y.size < 2:
        return Drift(np.nan, np.nan, kind, np.nan, int(y.size), "not known")
    line = stats.linregress(cycle, y)
    error = float(np.nan_to_num(line.stderr)) if y.size > 2 else float("nan")  # scipy: nan for equal values
    step = float(np.abs(np.diff(y)).max())
    allowed = tolerance * (1.0 if by_factors else float(np.abs(y).mean()))
    verdict = "periodic" if step <= allowed else _direction(cycle, float(line.slope), error, allowed)
    return Drift(float(line.slope), error, kind, step, int(y.size), verdict)


def _direction(cycle: Array, slope: float, error: float, allowed: float) -> str:
    """Return "drifting" if the line goes further than ``allowed`` and than chance, else "fluctuating"."""
    if cycle.size == 2:
        return "drifting"
    chance = float(stats.t.ppf((1 + _SIGNIFICANCE) / 2, cycle.size - 2)) * error
    far = abs(slope) * float(np.ptp(cycle)) > allowed
    return "drifting" if far and abs(slope) > chance else "fluctuating"
