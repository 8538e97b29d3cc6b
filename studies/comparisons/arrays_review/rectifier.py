"""The largest array of a cell that rectifies 514 to 1 at 0.54 V, by laws that all do, and its course with the voltage.

With the unselected lines at V/2 a low cell lifts the selected bit line above V/2, under a pull-up that conducts little,
and so reverses the others on it; a high cell leaves it at V/2. For a margin of a tenth it has to be lifted to 0.6 V, so
that the largest array is N - 1 = I(0.4 V) / -I(-0.1 V) with an open line, and more if another pull-up is better. These
are currents at two fifths and a tenth of the voltage at which the rectification is printed, and each law has another
array: 23 to 706 cells a side by diodes, 2053 where both ways are ohmic. With an open line it falls with the voltage, as
published, if that ratio does: for none of these laws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studies.arrays.margin import MARGIN_RULE, largest_array
from studies.arrays.worst_case import Law, WorstCase
from studies.comparisons.arrays_review.about import ABOUT, RECTIFIED_AT, printed
from studies.comparisons.arrays_review.held import largest
from studies.comparisons.arrays_review.laws import (
    current,
    rectification,
    rectifiers,
    times,
)
from studies.comparisons.compared import Compared, row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCHEME = "V/2"  #: as printed
WITHIN = 0.1  #: of the printed size, at which it counts as predicted
HIGHER = 1.5 * RECTIFIED_AT  #: a larger read voltage [V]
VOLTAGES = (0.27, 0.36, 0.45, 0.54, 0.68, 0.81, 1.08)  #: of the course [V]


def case(law: Law, voltage: float = RECTIFIED_AT, scheme: str = SCHEME) -> WorstCase:
    """Return the worst case of a read of cells of a ``law``, their high state by the printed on/off ratio."""
    high = times(law, 1 / printed("on_off_rectifying"))
    return WorstCase(low=law, high=high, voltage=voltage, scheme=scheme)


def largest_at_ground(law: Law, voltage: float = RECTIFIED_AT) -> int:
    """Return the largest array by V/2 whose bit line is held at 0 V, its currents a tenth apart or more.

    Each cell more on the selected bit line adds its current at V/2, so that the currents of two cells tell.
    """
    read = case(law, voltage)
    one, two = read.currents(1), read.currents(2)
    allowed = (one[0] - one[1]) / MARGIN_RULE - one[0]
    return 1 + max(math.ceil(allowed / (two[0] - one[0])) - 1, 0)


def course(law: Law, voltages: Sequence[float] = VOLTAGES) -> NDArray[np.int64]:
    """Return the largest arrays by V/2 at read ``voltages`` [V]."""
    return np.array([largest(case(law, v)) for v in voltages])


def fifth(law: Law, voltage: float = RECTIFIED_AT) -> float:
    """Return the current forward at 0.4 over that backward at 0.1 of a read ``voltage`` [V]."""
    return -current(law, 0.4 * voltage) / current(law, -0.1 * voltage)


def equation_rows() -> list[Compared]:
    """Return what the review's equations make of 514: resistances that do not depend on the voltage."""
    every = largest_array(
        low_resistance_state=1.0,
        high_resistance_state=printed("on_off_rectifying"),
        pull_up="optimal",
        unselected_resistance=printed("rectification"),
    )
    note = "equations (1) and (2); with lines that float only the middle cells are reversed"
    near, name = (
        WITHIN * printed("largest_rectifying"),
        "largest, all unselected cells 514 times as resistive",
    )
    return [row(ABOUT, name, every, note=note, of="largest_rectifying", within=near, arithmetic=True)]


def law_rows(name: str, law: Law) -> list[Compared]:
    """Return the figures of a law, from the rectification that it was given to the largest arrays."""
    here, higher = largest(case(law)), largest(case(law, HIGHER))
    by, near = f"largest, {name}, V/2", WITHIN * printed("largest_rectifying")
    fewer, ground = "published: smaller with a larger voltage", "currents a tenth apart, no pull-up"
    at = f"at {RECTIFIED_AT:g} V"
    floating = case(law, scheme="floating").largest_array()
    found = rectification(law)
    return [
        row(ABOUT, f"rectification, {name}", found, of="rectification", by="free parameter of a rectifier"),
        row(ABOUT, f"current at 0.4 V over that at -0.1 V, {name}", fifth(law), "1", "V: the read voltage"),
        row(ABOUT, by, here, of="largest_rectifying", within=near),
        row(ABOUT, f"{by} at 0.81 V over at 0.54 V", higher / here, "1", fewer, missed=higher >= here),
        row(ABOUT, f"largest, {name}, floating", floating, "1", at),
        row(ABOUT, f"largest, {name}, V/3", largest(case(law, scheme="V/3")), "1", at),
        row(ABOUT, f"largest, {name}, V/2 into 0 V", largest_at_ground(law), "1", ground),
    ]


def rows() -> list[Compared]:
    """Return the figures of the equations and of all laws (half a minute)."""
    return [*equation_rows(), *(r for name, law in rectifiers().items() for r in law_rows(name, law))]


def plot_courses(ax: Axes | None = None, voltages: Sequence[float] = VOLTAGES) -> Axes:
    """Return axes with the largest arrays by V/2 against the read voltage [V], all laws, and the printed one."""
    import matplotlib.pyplot as plt

    axes = plt.subplots(layout="constrained")[1] if ax is None else ax
    for name, law in rectifiers().items():
        axes.semilogy(voltages, course(law, voltages), marker="o", markersize=3, label=name)
    axes.semilogy(
        RECTIFIED_AT,
        printed("largest_rectifying"),
        marker="*",
        markersize=12,
        linestyle="none",
        color="black",
        label="printed (Yantara et al. 2026)",
    )
    axes.set_xlabel("read voltage [V]")
    axes.set_ylabel("largest array N of N × N, V/2 [1]")
    axes.set_title("cells with 514 to 1 at ±0.54 V")
    axes.legend()
    return axes
