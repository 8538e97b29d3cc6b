"""The lateral MoS2 memristor: how open its loops are, by contact geometry."""

from __future__ import annotations

import numpy as np

from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices.mos2_memristor import ABOUT, PLACES, device, loop, vacancy_density
from studies.results.trace import Trace

#: Title, contacts (None: a line), whether barriers are lowered, cells at the contacts [m].
Case = tuple[str, str | None, bool, float]
LINES: tuple[Case, ...] = (("line, no lowering", None, False, 0.5 * nm), ("line", None, True, 0.5 * nm))
_CONTACTS: tuple[Case, ...] = tuple((name, name, True, 1 * nm) for name in PLACES)


def figures(trace: Trace) -> dict[str, float]:
    """Return the largest currents [A], their ratio between the ways at half the voltage, and that at zero voltage.

    "opening": current on the way back over that on the way up, at +6 and -6 V. "pinch": the current at 0 V in the
    middle of the sweep over the largest.
    """
    time, current = trace.time, trace.current
    up = 12.0 / 5.0
    at = {v: np.interp([v / 5.0, 2 * up - v / 5.0], time, current) for v in (6.0,)}
    below = np.interp([2 * up + 6.0 / 5.0, 4 * up - 6.0 / 5.0], time, current)
    largest = float(np.abs(current).max())
    return {
        "I(+12 V)": float(np.interp(up, time, current)),
        "I(-12 V)": float(np.interp(3 * up, time, current)),
        "opening +6 V": float(at[6.0][1] / at[6.0][0]),
        "opening -6 V": float(below[1] / below[0]),
        "pinch": float(abs(np.interp(2 * up, time, current)) / largest),
    }


def compare() -> list[Compared]:
    """Return the loop's figures of the line with and without lowering, and of three arrangements of contacts."""
    return [*_density_rows(), *(one for case in (*LINES, *_CONTACTS) for one in case_rows(*case))]


def quick() -> list[Compared]:
    """Return the figures of the line alone, without those of arrangements of contacts."""
    return [*_density_rows(), *(one for case in LINES for one in case_rows(*case))]


def case_rows(title: str, contacts: str | None, lowering: bool, fine: float) -> list[Compared]:
    """Return the figures of one loop: that of ``contacts`` (None: a line), with cells ``fine`` [m] at them."""
    found = figures(loop(device(contacts, lowering=lowering, fine=fine)))
    units = {figure: "A" if figure.startswith("I(") else "1" for figure in found}
    return [row(ABOUT, f"{title}: {figure}", value, units[figure]) for figure, value in found.items()]


def _density_rows() -> list[Compared]:
    return [row(ABOUT, "mean vacancy density", vacancy_density(), "1/m^3")]
