"""Reads of the (PrPyr)PbI3 crossbar at 0.05 V: letters by each scheme, the drop along the lines, on/off of 55 cells.

With the other lines at 0 V low and high cells of a letter are three decades apart; by V/2 and V/3 no threshold parts
them: each low cell of the bit line adds a half or a third of its current. Lines that float leave a third between them
in the letters, whose low cells are few, and 14 % where all the others are low, a resistance of 53 Ohm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from studies.arrays.cell_array import ArrayState, CellArray
from studies.arrays.reading import plot_map, read_all
from studies.arrays.schemes import SCHEMES, line_voltages
from studies.comparisons.prpyrpbi3_crossbar.about import (
    ABOUT,
    DEVICES,
    ENOUGH,
    SIZE,
    array,
    letters,
    spread,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
READ = ABOUT.read_voltage
SEEDS = 5  #: arrays that are drawn


def holding(cells: CellArray, low: ArrayLike) -> ArrayState:
    """Return the state in which the cells that are true in ``low``, (rows, columns), are low in resistance."""
    return cells.with_state(cells.start(), "s", np.where(np.asarray(low), 0.0, 1.0))


def fewest_errors(currents: Array, bits: NDArray[np.bool_]) -> int:
    """Return how many cells the best single threshold of the current reads wrongly."""
    order = np.argsort(np.ravel(currents))
    low = np.ravel(bits)[order]
    below = np.concatenate(([0], np.cumsum(low)))  # low cells whose current is under the threshold
    above = np.concatenate((np.cumsum(~low[::-1])[::-1], [0]))
    return int((below + above).min())


def letter_window(cells: CellArray, bits: NDArray[np.bool_], scheme: str) -> float:
    """Return the lowest current of a low cell over the highest of a high one, read by a ``scheme``."""
    currents = read_all(cells, holding(cells, bits), READ, scheme)["current"].values
    return float(currents[bits].min() / currents[~bits].max())


def letter_errors(cells: CellArray, scheme: str) -> int:
    """Return how many cells of N, T and U a ``scheme`` reads wrongly, each letter with its best threshold."""
    return sum(
        fewest_errors(read_all(cells, holding(cells, bits), READ, scheme)["current"].values, bits)
        for bits in letters().values()
    )


def seen(cells: CellArray, state: ArrayState, cell: tuple[int, int], scheme: str) -> float:
    """Return the current [A] of the bit line of a ``cell`` that is read by a ``scheme``."""
    _, at = cells.point(state, *line_voltages(scheme, cells.shape, *cell, READ))
    return float(at.cell[:, cell[1]].sum())


def on_off(cells: CellArray, others: NDArray[np.bool_], cell: tuple[int, int], scheme: str) -> float:
    """Return the ratio of what is read of a ``cell``, low and high, while the ``others`` that are true are low."""
    currents = []
    for low in (True, False):
        bits = others.copy()
        bits[cell] = low
        currents.append(seen(cells, holding(cells, bits), cell, scheme))
    return currents[0] / currents[1]


def on_off_ratios(scheme: str, written: float, *, seeds: int = SEEDS, count: int = DEVICES) -> Array:
    """Return on/off ratios of ``count`` cells each of drawn arrays, a share ``written`` of them low, (seeds, count)."""
    found = np.empty((seeds, count))
    for seed in range(seeds):
        random = np.random.default_rng(seed)
        cells = array().with_spread(spread(), random)
        others = random.random(cells.shape) < written
        chosen = random.choice(SIZE * SIZE, count, replace=False)
        places = [(int(k) // SIZE, int(k) % SIZE) for k in chosen]
        found[seed] = [on_off(cells, others, place, scheme) for place in places]
    return found


def ratios_alone(*, seeds: int = SEEDS, count: int = DEVICES) -> Array:
    """Return on/off ratios of drawn cells alone, without an array around them, (seeds, count)."""
    found = np.empty((seeds, count))
    for seed in range(seeds):
        cells = array(resistive=False).with_spread(spread(), np.random.default_rng(seed))
        volts = np.full(cells.shape, READ)
        high, low = (
            cells.currents(holding(cells, np.full(cells.shape, bit)), volts) for bit in (False, True)
        )
        found[seed] = np.ravel(low / high)[:count]
    return found


def good(ratios: Array) -> float:
    """Return the share of the on/off ratios above 1e3 [1]."""
    return float((ratios > ENOUGH).mean())


def drops(size: int = SIZE) -> xr.Dataset:
    """Return the reads of ``size`` x ``size`` low cells, rows at once with the other lines at 0 V."""
    cells = array(size=size)
    return read_all(cells, holding(cells, np.ones(cells.shape, dtype=bool)), READ, "grounded")


def plot_reads() -> Figure:
    """Return a figure with the currents [A] of N by each scheme, and the drop along the lines, all cells low [1]."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(SCHEMES) + 1, figsize=(4 * (len(SCHEMES) + 1), 3.6), layout="constrained"
    )
    cells, bits = array(), letters()["N"]
    for ax, scheme in zip(axes, SCHEMES, strict=False):
        reads = read_all(cells, holding(cells, bits), READ, scheme)
        plot_map(reads["current"], ax, log=scheme == "grounded")
        ax.set_title(f"N at {READ:g} V, {scheme}")
    plot_map(drops()["line_drop"], axes[-1])
    axes[-1].set_title("all cells low, grounded")
    return figure
