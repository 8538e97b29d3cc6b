"""The conductance of the device in a trace, without what its circuit adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
