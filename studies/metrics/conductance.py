"""The conductance of the device in a trace, and tables of figures with their units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fem.errors import OutOfRangeError

if TYPE_CHECKING:
    from studies.results.trace import Trace

Array = NDArray[np.float64]
#: A figure: its name, its value and its unit.
Row = tuple[str, float | str, str]
#: Voltages below this part of the largest one give no conductance.
_SMALLEST_VOLTAGE = 1e-9


def device_voltage(trace: Trace) -> Array:
    """Return the voltage across the device [V], shape (n,): "device_voltage" if there, else "voltage"."""
    name = "device_voltage" if "device_voltage" in trace.data.variables else "voltage"
    return np.asarray(trace.data[name].values, dtype=float)


def conduction_current(trace: Trace) -> Array:
    """Return the current [unit of the trace] less those of displacement and polarisation, if there, shape (n,)."""
    found = np.array(trace.current, dtype=float)
    for name in map(str, trace.data.variables):
        if name.startswith(("displacement", "polarization")) and name.endswith(f"_{trace.current_name}"):
            found -= trace.data[name].values
    return found


def conductance(trace: Trace) -> Array:
    """Return |I|/|V| of the device without displacement current [S, S/m^2 or S/m], nan at 0 V, shape (n,)."""
    size = np.abs(device_voltage(trace))
    use = size > _SMALLEST_VOLTAGE * size.max(initial=0.0)
    return np.where(use, np.abs(conduction_current(trace)) / np.where(use, size, 1.0), np.nan)


def unit(quantity: str, current_unit: str) -> str:
    """Return the unit of a "resistance", "conductance", "energy" or "power" for a current in [A], [A/m^2] or [A/m].

    >>> unit("resistance", "A/m^2"), unit("energy", "A")
    ('Ohm m^2', 'J')
    """
    per = {"A/m^2": "m^2", "A/m": "m"}.get(current_unit, "")
    if quantity == "resistance":
        return f"Ohm {per}".strip()
    return {"conductance": "S", "energy": "J", "power": "W"}[quantity] + (f"/{per}" if per else "")


def figure_table(title: str, rows: Iterable[Row], note: str = "") -> str:
    """Return ``title`` and one line per figure: name, value with five digits, unit."""
    rows = list(rows)
    width = max([26, *(len(name) + 1 for name, _, _ in rows)])
    lines = [
        f"  {name:<{width}}{value if isinstance(value, str) else format(value, '.5g'):<14} {u}".rstrip()
        for name, value, u in rows
    ]
    return "\n".join([f"{title}:", *lines] + ([f"  note: {note}"] if note else []))


def positive(thing: str, value: float) -> float:
    """Return ``value`` as a float, or raise OutOfRangeError unless it is positive and finite."""
    number = float(value)
    if not 0 < number < np.inf:
        raise OutOfRangeError(thing, number, "positive and finite")
    return number
