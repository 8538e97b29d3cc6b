r"""The largest array whose unselected lines are held at voltages, by one equation for the selected bit line.

Without line resistance held lines part the array: the selected bit line alone is unknown, between the read cell,
N - 1 low cells from word lines at a share w of the read voltage, and the pull-up,

.. math:: I(V - V_b) + (N - 1) I_\mathrm{low}(w V - V_b) = G_\mathrm{pu} V_b.

Its left side falls with V_b, so that there is one root, for an open line too (G_pu = 0), which lets a low cell lift
the bit line above w V and reverse the others. ``studies.arrays.worst_case`` solves the same cells as a network.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from fem.errors import IncompatibleError
from studies.arrays.margin import MARGIN_RULE
from studies.arrays.schemes import scheme_of
from studies.arrays.worst_case import LARGEST, WorstCase
from studies.comparisons.arrays_review.laws import current

_DECADES = np.linspace(-8.0, 4.0, 13)  #: of the pull-up's conductance, in those of the low cell


def bit_line(case: WorstCase, size: int, conductance: float, *, low: bool) -> float:
    """Return the voltage [V] of the selected bit line, its pull-up of a ``conductance`` [S], the cell low or high."""
    cell, others = case.low if low else case.high, case.low if case.others is None else case.others
    share = scheme_of(case.scheme).words
    if share is None:
        raise IncompatibleError("floating lines are not held; search with WorstCase.margin.")
    held = share * case.voltage

    def excess(volts: float) -> float:
        into = current(cell, case.voltage - volts) + (size - 1) * current(others, held - volts)
        return into - conductance * volts

    return float(brentq(excess, 0.0, case.voltage, xtol=1e-15, rtol=1e-13))


def margin(case: WorstCase, size: int, conductance: float | None = None) -> float:
    """Return the voltages of the bit line, low less high, over the read voltage [1]; None: of the best pull-up."""
    if conductance is not None:
        low, high = (bit_line(case, size, conductance, low=low) for low in (True, False))
        return (low - high) / case.voltage
    unit = current(case.low, case.voltage) / case.voltage

    def lost(decades: float) -> float:
        return -margin(case, size, unit * 10.0**decades)

    best = _DECADES[int(np.argmin([lost(d) for d in _DECADES]))]
    inner = minimize_scalar(lost, bounds=(best - 1.0, best + 1.0), method="bounded", options={"xatol": 1e-4})
    return max(-float(inner.fun), margin(case, size, 0.0))


def largest(case: WorstCase) -> int:
    """Return the largest N whose margin is above a tenth with the best pull-up, by doubling and bisection, to 2^40."""

    def enough(size: int) -> bool:
        return margin(case, size, 0.0) > MARGIN_RULE or margin(case, size) > MARGIN_RULE

    good, bad = 1, 2
    while enough(bad) and bad < LARGEST:
        good, bad = bad, 2 * bad
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if enough(middle) else (good, middle)
    return good
