"""How far a sweep is: a table of its cases for the screen, and a picture of a figure over the parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from studies.metrics.conductance import Array
from studies.sweeps.index import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table

STATUSES = ("done", "failed", "running", "waiting")
_FEW = 5  # reasons that a table shows
_LONGEST = 90  # letters of a reason


@dataclass(frozen=True)
class Pace:
    """How fast cases end: since ``began`` [s], when there were ``ended`` of them."""

    began: float
    ended: int

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Pace:
        """Return the pace from now on."""
        return cls(monotonic(), _ended(rows))

    def left(self, rows: Sequence[Row]) -> float:
        """Return how long the rest will take [s], nan if nobody knows."""
        new, seconds = _ended(rows) - self.ended, monotonic() - self.began
        return (len(rows) - _ended(rows)) * seconds / new if new else float("nan")


def table_of(name: str, units: Mapping[str, str], rows: Sequence[Row], pace: Pace | None = None) -> Table:
    """Return a table for the screen: cases by status, seconds of each, what runs, and why the last ones failed."""
    from rich.table import Table
    from rich.text import Text

    counts = Counter(row.status for row in rows)
    took = np.array([row.seconds for row in rows if row.status == "done" and row.seconds is not None])
    left = float("nan") if pace is None else pace.left(rows)
    title = f"{name}: {len(rows)} cases"
    if took.size:
        title += f", median {np.median(took):.3g} s, longest {took.max():.3g} s"
    if np.isfinite(left):
        title += f", {left:.0f} s left"
    table = Table("status", "cases", "which", title=title)
    for status in STATUSES:
        shown = (
            [row for row in rows if row.status == status][-_FEW:] if status in ("failed", "running") else []
        )
        lines = [_line(row, units) for row in shown]
        if counts[status] > len(shown) > 0:
            lines.insert(0, "...")
        table.add_row(status, str(counts[status]), Text("\n".join(lines)))
    return table


def plot_cases(data: xr.Dataset, figure: str, ax: Axes | None = None) -> Axes:
    """Return axes with a figure over one parameter, or in colours over the first two; failed and open cases marked.

    Parameters that are the same everywhere are left out; texts stand at whole numbers.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    flat = (
        data
        if set(data["status"].dims) == {"case"}
        else data.stack(case=data["status"].dims, create_index=False)
    )
    flat = flat.isel(case=np.flatnonzero(flat["status"].values != "not asked for"))
    names = [str(n) for n in flat.coords if n not in ("status", "reason", "seconds", "key")]
    varied = [n for n in names if len({*flat[n].values.tolist()}) > 1] or names
    value, status = flat[figure].values.astype(float), flat["status"].values
    label = f"{figure.replace('_', ' ')} [{data[figure].attrs.get('units') or '1'}]"
    x = _along(flat, varied[0], ax, "x")
    if len(varied) == 1:
        y = value
        ax.set(ylabel=label)
        ax.plot(x, y, "o")
    else:
        y = _along(flat, varied[1], ax, "y")
        points = ax.scatter(x, y, c=value, cmap="viridis")
        plt.colorbar(points, ax=ax, label=label)
    _mark_open(ax, x, y, status)
    ax.set_title(f"{data.attrs.get('study', '')}: {int((status == 'done').sum())} of {status.size} cases")
    return ax


def _mark_open(ax: Axes, x: Array, y: Array, status: Any) -> None:
    """Mark the cases without a result; at the lower edge where they have no place of their own."""
    low = np.nanmin(y) if np.isfinite(y).any() else 0.0
    for state, marker, colour in (
        ("failed", "x", "tab:red"),
        ("running", ".", "tab:gray"),
        ("waiting", ".", "0.85"),
    ):
        if (at := status == state).any():
            height = np.where(np.isfinite(y[at]), y[at], low)
            ax.plot(x[at], height, marker, color=colour, label=f"{int(at.sum())} {state}", zorder=0)
    if ax.get_legend_handles_labels()[1]:
        ax.legend()


def _ended(rows: Sequence[Row]) -> int:
    return sum(row.status in ("done", "failed") for row in rows)


def _line(row: Row, units: Mapping[str, str]) -> str:
    """Return a case in words: its parameters, and why it failed."""
    told = ", ".join(_value(name, row.labels[name], unit) for name, unit in units.items())
    reason = row.reason if len(row.reason) <= _LONGEST else f"{row.reason[: _LONGEST - 1]}…"
    return f"{told}: {reason}" if reason else told


def _value(name: str, label: Any, unit: str) -> str:
    text = f"{label:g}" if isinstance(label, float) else str(label)
    return f"{name} {text}" if unit == "1" else f"{name} {text} {unit}"


def _along(data: xr.Dataset, name: str, ax: Axes, which: str) -> Array:
    """Return the places of a parameter along an axis, "x" or "y", whose label, scale and ticks are set."""
    values, unit = data[name].values, data[name].attrs.get("units", "1")
    getattr(ax, f"set_{which}label")(name if unit == "1" else f"{name} [{unit}]")
    if values.dtype.kind in "iuf":
        found: Array = values.astype(float)
        if found.min() > 0 and found.max() >= 10 * found.min():
            getattr(ax, f"set_{which}scale")("log")
        return found
    texts = list(dict.fromkeys(map(str, values)))
    getattr(ax, f"set_{which}ticks")(range(len(texts)), texts)
    return np.array([float(texts.index(str(value))) for value in values])
