r"""A passive crossbar as a sparse resistor network: line resistance, floating lines, nonlinear cells.

Word line i is driven at its left end through one segment, one segment lies between neighbours, its right
end is open. Bit line j has one segment between neighbours and one from the last device to its output; its
top is open. Kirchhoff's current law holds at every node, :math:`\sum_k g_{nk}(V_n - V_k) = 0`, with the cell (i,
j) between its word and its bit node; ``studies.arrays.lines`` solves it line by line, with zero line resistance exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from fem.errors import (
    IncompatibleError,
    OutOfRangeError,
    warn,
)
from fem.errors.arguments import settle
from fem.errors.checking import array
from studies.arrays.kirchhoff import KIRCHHOFF, Network, Point
from studies.arrays.schemes import Scheme, line_voltages

Array = NDArray[np.float64]
#: Current [A], or conductance dI/dV [S], of all cells (rows x columns) at their voltages [V] (same shape).
CellFunction = Callable[[Array], ArrayLike]
#: What the unselected lines are held at: nothing, half, or a third and two thirds of the read voltage.
BIAS_SCHEMES = ("floating", "V/2", "V/3")


def bias(
    scheme: str | Scheme, shape: tuple[int, int], selected: tuple[int, int], voltage: float
) -> tuple[Array, Array]:
    """Return word voltages (rows,) and bit voltages (columns,) [V] to access one cell; nan floats.

    The ``selected`` (row, column) has its word line at ``voltage`` [V] and its bit line at 0 V. Unselected lines float,
    or are at 0 V ("grounded"), at V/2, or, in the V/3 scheme, word lines at V/3 and bit lines at 2V/3
    (``studies.arrays.schemes``, where a scheme of one's own is described, too).
    """
    return line_voltages(scheme, shape, *selected, voltage)


@dataclass(frozen=True, eq=False, kw_only=True)
class Crossbar:
    """Cells of ``conductances`` [S], shape (rows, columns), on lines with a resistance [Ohm] per segment.

    ``word_line_resistance``: of the segment left of each cell, ``bit_line_resistance``: of the one below it; one number
    for all, or one for each, shape (rows, columns).
    """

    conductances: Array
    word_line_resistance: float | Array
    bit_line_resistance: float | Array

    def __post_init__(self) -> None:
        settle(self, "a crossbar")
        g = np.array(array("conductances of a crossbar [S]", self.conductances), dtype=float)
        if g.ndim != 2 or g.size == 0:
            raise IncompatibleError(f"conductances have shape {g.shape}; they must be (rows, columns).")
        if not (np.isfinite(g).all() and (g >= 0).all()):
            bad = float(g[~(g >= 0) | ~np.isfinite(g)][0])
            raise OutOfRangeError("cell conductance [S]", bad, "finite and not negative")
        g.flags.writeable = False
        object.__setattr__(self, "conductances", g)
        for name in ("word_line_resistance", "bit_line_resistance"):
            object.__setattr__(self, name, _segments(name.replace("_", " "), getattr(self, name), g.shape))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.conductances.shape[0], self.conductances.shape[1]

    def solve(
        self,
        word_voltages: ArrayLike,
        bit_voltages: ArrayLike = 0.0,
        *,
        word_terminal_resistance: ArrayLike = 0.0,
        bit_terminal_resistance: ArrayLike = 0.0,
        cell_current: CellFunction | None = None,
        cell_conductance: CellFunction | None = None,
    ) -> xr.Dataset:
        """Return node voltages [V], cell currents [A], cell powers [W] and line currents [A] as a Dataset.

        ``word_voltages`` (rows,) and ``bit_voltages`` (columns,) [V] are those of the terminals, nan for a
        floating line. A terminal resistance [Ohm] (scalar or per line) adds to the first word segment or
        the last bit segment: a driver's resistance, or the pull-up of a read. With ``cell_current`` and its
        derivative ``cell_conductance`` the cells follow that law (Newton's method) instead of their
        conductances. ``input_current`` is positive into the word lines, ``output_current`` out of the bit
        lines; both are those of the first and the last segment. A ModelWarning says where a law has a cell give power
        instead of dissipating it: no resting cell in the dark does.

        Raises ConvergenceError unless Kirchhoff's law holds at every node within 1e-9 of the largest current, as
        for cells that jump between two laws on a load line that meets neither.
        """
        if (cell_current is None) != (cell_conductance is None):
            raise IncompatibleError("a nonlinear cell needs both cell_current and cell_conductance.")
        rows, columns = self.shape
        applied = _per_line(word_voltages, rows, "word"), _per_line(bit_voltages, columns, "bit")
        lines = self.word_line_resistance, self.bit_line_resistance
        segments = np.broadcast_to(lines[0], self.shape).copy(), np.broadcast_to(lines[1], self.shape).copy()
        segments[0][:, 0] += _per_line(word_terminal_resistance, rows, "word terminal")
        segments[1][-1] += _per_line(bit_terminal_resistance, columns, "bit terminal")
        network = Network.of(segments, applied)
        network.check_reached(self.conductances > 0)
        g = self.conductances
        if cell_current is None or cell_conductance is None:
            at = network.solve(lambda v: (g * v, g), linear=True)
        else:
            at = network.solve(lambda v: (cell_current(v), cell_conductance(v)))
        _warn_of_giving(at.cell * at.across, at.cell, at.largest[0])
        given = {
            n: np.asarray(getattr(self, n)).ravel() for n in ("word_line_resistance", "bit_line_resistance")
        }
        about = {n: float(r[0]) if r.size == 1 else r for n, r in given.items()}
        return labelled(at, segments).assign_attrs(about)


def labelled(at: Point, segments: tuple[Array, Array]) -> xr.Dataset:
    """Return the results of a point of the network over "row" and "column"; ``segments`` [Ohm]: with the drivers."""
    word, bit = at.word, at.bit
    along = np.cumsum(at.cell[:, ::-1], axis=1)[:, ::-1], np.cumsum(at.cell, axis=0)
    line_power = float(sum(np.vdot(r, i**2) for r, i in zip(segments, along, strict=True)))
    both = ("row", "column")
    table: dict[str, tuple[Any, Any, str, str]] = {
        "word_line_voltage": (both, word, "V", "voltage of the word line at the cell"),
        "bit_line_voltage": (both, bit, "V", "voltage of the bit line at the cell"),
        "cell_voltage": (both, word - bit, "V", "voltage across the cell"),
        "cell_current": (both, at.cell, "A", "current through the cell"),
        "cell_power": (both, at.cell * (word - bit), "W", "power dissipated in the cell"),
        "input_current": ("row", along[0][:, 0], "A", "current into the word line"),
        "output_current": ("column", along[1][-1], "A", "current out of the bit line"),
        "line_power": ((), line_power, "W", "power dissipated in lines and terminal resistances"),
    }
    return xr.Dataset(
        {k: (dims, v, {"units": unit, "long_name": name}) for k, (dims, v, unit, name) in table.items()}
    )


def _warn_of_giving(power: Array, current: Array, volts: float) -> None:
    """Give a ModelWarning if the ``power`` [W] that cells dissipate, shape (rows, columns), is below zero."""
    error = KIRCHHOFF * np.abs(current).max() * volts
    if (power < -error).any():
        row, column = np.unravel_index(int(np.argmin(power)), power.shape)
        warn(
            f"{np.count_nonzero(power < -error)} cell(s) of the crossbar give power, up to {-power.min():.3g} W at row "
            f"{row}, column {column}: their cell_current flows against their voltage, against the second law of "
            "thermodynamics for cells at rest and in the dark."
        )


def _segments(name: str, given: ArrayLike, shape: tuple[int, int]) -> float | Array:
    """Return resistances [Ohm] of segments: one, or one for each cell."""
    found = np.array(array(f"{name} [Ohm]", given), dtype=float)
    if found.shape not in ((), shape):
        raise IncompatibleError(
            f"{name} has the shape {found.shape}; it is one number or one per cell, {shape}."
        )
    if not (np.isfinite(found).all() and (found >= 0).all()):
        bad = found.ravel()[np.argmax(~((found >= 0) & np.isfinite(found)).ravel())]
        raise OutOfRangeError(f"{name} [Ohm]", float(bad), "finite and not negative")
    found.flags.writeable = False
    return float(found) if found.ndim == 0 else found


def _per_line(values: ArrayLike, size: int, kind: str) -> Array:
    """Return one value per line from a scalar or a list."""
    array = np.asarray(values, dtype=float)
    if array.ndim > 1 or (array.ndim == 1 and array.size != size):
        raise IncompatibleError(f"{kind} values have shape {array.shape}; there are {size} {kind} lines.")
    return np.broadcast_to(array, (size,)).copy()
