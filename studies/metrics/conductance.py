"""The conductance in a trace, of the device or its whole cell without series resistance, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import warn

if TYPE_CHECKING:
    from studies.results.trace import Trace

Array = NDArray[np.float64]
#: Voltages below this part of the largest one give no conductance.
_SMALLEST_VOLTAGE = 1e-9


def device_voltage(trace: Trace) -> Array:
    """Return the voltage across the device [V], shape (n,): "device_voltage" if there, else "voltage"."""
    name = "device_voltage" if "device_voltage" in trace.data.variables else "voltage"
    return np.asarray(trace.data[name].values, dtype=float)


def conduction_current(trace: Trace) -> Array:
    """Return the current [unit of the trace] less those of displacement and polarisation, if there, shape (n,).

    Of a cell those of all its devices are taken away; its leakage has none.
    """
    found = np.array(trace.current, dtype=float)
    count = int(trace.data.attrs.get("parallel", 1))
    for name in map(str, trace.data.variables):
        part = name.removeprefix("device_")
        if part.startswith(("displacement", "polarization")) and part.endswith(f"_{trace.current_name}"):
            found -= trace.data[name].values if part == name else count * trace.data[name].values
    return found


def is_unresolved(trace: Trace) -> NDArray[np.bool_]:
    """Return whether the current of each sample is below its error by round-off, shape (n,)."""
    error = trace.current_error
    return (error > 0) & (np.abs(conduction_current(trace)) <= error)


def warn_of_unresolved(thing: str, current: ArrayLike, error: ArrayLike, unit: str) -> None:
    """Give a ModelWarning if currents, called ``thing``, are below their errors by round-off [``unit``]."""
    size, error = np.broadcast_arrays(np.abs(np.asarray(current, dtype=float)), np.nan_to_num(error))
    below = (error > 0) & (size <= error)
    if below.any():
        warn(
            f"{thing} is below its error by round-off, {error[below].max():.3g} {unit}, in "
            f"{np.count_nonzero(below)} of {below.size}: it is not known, nor what follows from it."
        )


def highest_conductance(trace: Trace) -> Array:
    """Return ``conductance``, and where the current is below its error by round-off twice that over |V|, shape (n,)."""
    below = np.where(
        is_unresolved(trace), 2 * trace.current_error, np.nan
    )  # what is known is right within one more
    size = np.abs(device_voltage(trace))
    return np.where(np.isnan(below), conductance(trace), below / np.where(size > 0, size, np.nan))


def conductance(trace: Trace) -> Array:
    """Return |I|/|V| of the device without displacement current [S, S/m^2 or S/m], shape (n,).

    Of a cell with its leakage where it has one; nan at 0 V, and where the current is below its error by round-off.
    """
    size = np.abs(device_voltage(trace))
    use = (size > _SMALLEST_VOLTAGE * size.max(initial=0.0)) & ~is_unresolved(trace)
    return np.where(use, np.abs(conduction_current(trace)) / np.where(use, size, 1.0), np.nan)
