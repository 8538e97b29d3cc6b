r"""A passive crossbar as a sparse resistor network: line resistance, floating lines, nonlinear cells.

Word line i is driven at its left end through one segment, one segment lies between neighbours, its right
end is open. Bit line j has one segment between neighbours and one from the last device to its output; its
top is open. Kirchhoff's current law at every node, :math:`\sum_k g_{nk}(V_n - V_k) = 0`, with the cell (i,
j) between its word and its bit node. Nodes joined by zero resistance are merged, so that zero line
resistance is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array, csc_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError, UnknownNameError

Array = NDArray[np.float64]
#: Current [A], or conductance dI/dV [S], of all cells (rows x columns) at their voltages [V] (same shape).
CellLaw = Callable[[Array], Array]
#: What the unselected lines are held at: nothing, half, or a third and two thirds of the read voltage.
BIAS_SCHEMES = ("floating", "V/2", "V/3")
_NEWTON_STEPS, _HALVINGS = 100, 40


def bias(
    scheme: str, shape: tuple[int, int], selected: tuple[int, int], voltage: float
) -> tuple[Array, Array]:
    """Return word voltages (rows,) and bit voltages (columns,) [V] to access one cell; nan floats.

    The ``selected`` (row, column) has its word line at ``voltage`` [V] and its bit line at 0 V. Unselected
    lines float, or are at V/2, or, in the V/3 scheme, word lines at V/3 and bit lines at 2V/3.
    """
    if scheme not in BIAS_SCHEMES:
        raise UnknownNameError("bias scheme", scheme, BIAS_SCHEMES)
    for name, index, size in zip(("row", "column"), selected, shape, strict=True):
        if not 0 <= index < size:
            raise OutOfRangeError(f"selected {name}", index, f"between 0 and {size - 1}")
    others = {"floating": (np.nan, np.nan), "V/2": (0.5, 0.5), "V/3": (1 / 3, 2 / 3)}[scheme]
    words, bits = np.full(shape[0], others[0] * voltage), np.full(shape[1], others[1] * voltage)
    words[selected[0]], bits[selected[1]] = voltage, 0.0
    return words, bits


@dataclass(frozen=True, eq=False, kw_only=True)
class Crossbar:
    """Cells of ``conductances`` [S], shape (rows, columns), on lines with a resistance [Ohm] per segment."""

    conductances: Array
    word_line_resistance: float
    bit_line_resistance: float

    def __post_init__(self) -> None:
        g = np.array(self.conductances, dtype=float)
        if g.ndim != 2 or g.size == 0:
            raise IncompatibleError(f"conductances have shape {g.shape}; they must be (rows, columns).")
        if not (np.isfinite(g).all() and (g >= 0).all()):
            bad = float(g[~(g >= 0) | ~np.isfinite(g)][0])
            raise OutOfRangeError("cell conductance [S]", bad, "finite and not negative")
        g.flags.writeable = False
        object.__setattr__(self, "conductances", g)
        for name in ("word_line_resistance", "bit_line_resistance"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise OutOfRangeError(f"{name.replace('_', ' ')} [Ohm]", value, "finite and not negative")

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
        cell_current: CellLaw | None = None,
        cell_conductance: CellLaw | None = None,
    ) -> xr.Dataset:
        """Return node voltages [V], cell currents [A], cell powers [W] and line currents [A] as a Dataset.

        ``word_voltages`` (rows,) and ``bit_voltages`` (columns,) [V] are those of the terminals, nan for a
        floating line. A terminal resistance [Ohm] (scalar or per line) adds to the first word segment or
        the last bit segment: a driver's resistance, or the pull-up of a read. With ``cell_current`` and its
        derivative ``cell_conductance`` the cells follow that law (Newton's method) instead of their
        conductances. ``input_current`` is positive into the word lines, ``output_current`` out of the bit
        lines.
        """
        if (cell_current is None) != (cell_conductance is None):
            raise IncompatibleError("a nonlinear cell needs both cell_current and cell_conductance.")
        rows, columns = self.shape
        applied = np.concatenate(
            (_per_line(word_voltages, rows, "word"), _per_line(bit_voltages, columns, "bit"))
        )
        extra = (
            _per_line(word_terminal_resistance, rows, "word terminal"),
            _per_line(bit_terminal_resistance, columns, "bit terminal"),
        )
        network = _Network.of(self, applied, *extra)
        g = self.conductances
        law = (lambda v: g * v) if cell_current is None else cell_current
        slope = (lambda v: g) if cell_conductance is None else cell_conductance
        voltages, current = network.solve(law, slope, linear=cell_current is None)
        return self._dataset(voltages, current, network.line_power(voltages))

    def _dataset(self, voltages: Array, current: Array, line_power: float) -> xr.Dataset:
        """Return the labelled results from all node voltages and the cell currents."""
        cells = self.conductances.size
        word, bit = voltages[:cells].reshape(self.shape), voltages[cells : 2 * cells].reshape(self.shape)
        both = ("row", "column")
        table: dict[str, tuple[Any, Any, str, str]] = {
            "word_line_voltage": (both, word, "V", "voltage of the word line at the cell"),
            "bit_line_voltage": (both, bit, "V", "voltage of the bit line at the cell"),
            "cell_voltage": (both, word - bit, "V", "voltage across the cell"),
            "cell_current": (both, current, "A", "current through the cell"),
            "cell_power": (both, current * (word - bit), "W", "power dissipated in the cell"),
            "input_current": ("row", current.sum(axis=1), "A", "current into the word line"),
            "output_current": ("column", current.sum(axis=0), "A", "current out of the bit line"),
            "line_power": ((), line_power, "W", "power dissipated in lines and terminal resistances"),
        }
        data = {
            k: (dims, v, {"units": unit, "long_name": name}) for k, (dims, v, unit, name) in table.items()
        }
        return xr.Dataset(data, attrs={"word_line_resistance": self.word_line_resistance,
                                       "bit_line_resistance": self.bit_line_resistance})  # fmt: skip


def _per_line(values: ArrayLike, size: int, kind: str) -> Array:
    """Return one value per line from a scalar or a list."""
    array = np.asarray(values, dtype=float)
    if array.ndim > 1 or (array.ndim == 1 and array.size != size):
        raise IncompatibleError(f"{kind} values have shape {array.shape}; there are {size} {kind} lines.")
    return np.broadcast_to(array, (size,)).copy()


@dataclass(frozen=True, eq=False)
class _Network:
    """Merged nodes: word nodes, bit nodes (both row by row), word terminals, bit terminals.

    ``merged[n]`` is the merged node of node n; ``start`` the voltages with the applied ones filled in,
    ``free`` the merged nodes to solve for; ``lines`` the Laplacian of the line segments.
    """

    merged: NDArray[np.intp]
    lines: csc_array
    start: Array
    free: NDArray[np.intp]
    shape: tuple[int, int]

    @classmethod
    def of(cls, crossbar: Crossbar, applied: Array, word_extra: Array, bit_extra: Array) -> _Network:
        """Return the network of ``crossbar`` with the ``applied`` terminal voltages [V]."""
        rows, columns = crossbar.shape
        cells = rows * columns
        ends, resistance = _segments(crossbar, word_extra, bit_extra)
        nodes, joined = 2 * cells + rows + columns, resistance == 0
        zero = coo_array((np.ones(joined.sum()), ends[:, joined]), shape=(nodes, nodes))
        count, merged = connected_components(zero, directed=False)
        a, b = merged[ends[:, ~joined]]
        lines = _laplacian(a, b, 1.0 / resistance[~joined], count)
        start = np.full(count, np.nan)
        terminal = merged[2 * cells :]
        driven = np.isfinite(applied)
        start[terminal[driven]] = applied[driven]
        live = np.flatnonzero(crossbar.conductances.ravel() > 0)
        cell_ends = merged[np.stack((live, live + cells))]
        _check_reached(lines, cell_ends, np.isfinite(start), merged[: 2 * cells])
        free = np.flatnonzero(np.isnan(start))
        return cls(merged, lines, np.nan_to_num(start), free, crossbar.shape)

    def solve(self, law: CellLaw, slope: CellLaw, *, linear: bool) -> tuple[Array, Array]:
        """Return the voltages [V] of all nodes before merging, and the cell currents [A]."""
        voltage = self.start.copy()
        residual, scale = self._residual(voltage, law)
        for _ in range(1 if linear else _NEWTON_STEPS):
            if self.free.size == 0 or (not linear and np.abs(residual).max() <= 1e-13 * scale):
                break
            step = self._newton_step(voltage, residual, slope)
            voltage, residual, scale = self._accepted(voltage, step, residual, law, linear)
            if not linear and np.abs(step).max() <= 1e-13 * np.abs(voltage).max():
                break
        else:
            if not linear:
                raise ConvergenceError(f"the crossbar did not converge in {_NEWTON_STEPS} Newton steps")
        return voltage[self.merged], law(self._across(voltage))

    def _across(self, voltage: Array) -> Array:
        """Return the voltage [V] across each cell."""
        cells = self.shape[0] * self.shape[1]
        return (voltage[self.merged[:cells]] - voltage[self.merged[cells : 2 * cells]]).reshape(self.shape)

    def _residual(self, voltage: Array, law: CellLaw) -> tuple[Array, float]:
        """Return the net current [A] out of each free node, and the largest current that enters it."""
        cells = self.shape[0] * self.shape[1]
        current = np.asarray(law(self._across(voltage))).ravel()
        total = self.lines @ voltage
        np.add.at(total, self.merged[:cells], current)
        np.add.at(total, self.merged[cells : 2 * cells], -current)
        return total[self.free], float(np.abs(current).max() + np.abs(self.lines @ voltage).max(initial=0.0))

    def _newton_step(self, voltage: Array, residual: Array, slope: CellLaw) -> Array:
        """Return the change [V] of the free nodes."""
        cells = self.shape[0] * self.shape[1]
        g = np.asarray(slope(self._across(voltage)), dtype=float).ravel()
        own = _laplacian(self.merged[:cells], self.merged[cells : 2 * cells], g, voltage.size)
        matrix = csc_array((self.lines + own)[self.free][:, self.free])
        factor = splu(matrix)
        step = -factor.solve(residual)
        return step - factor.solve(residual + matrix @ step)

    def _accepted(
        self, voltage: Array, step: Array, residual: Array, law: CellLaw, linear: bool
    ) -> tuple[Array, Array, float]:
        """Return voltages, residual and scale after the longest halved ``step`` that reduces the residual."""
        for halving in range(_HALVINGS):
            trial = voltage.copy()
            trial[self.free] += step * 0.5**halving
            with np.errstate(over="ignore", invalid="ignore"):
                new, scale = self._residual(trial, law)
            if linear or np.linalg.norm(new) < np.linalg.norm(residual) or np.abs(new).max() <= 1e-13 * scale:
                return trial, new, scale
        return voltage, residual, np.inf

    def line_power(self, voltages: Array) -> float:
        """Return the power [W] dissipated in the line segments and terminal resistances."""
        merged = np.zeros(self.lines.shape[0])
        merged[self.merged] = voltages
        return float(merged @ (self.lines @ merged))


def _segments(crossbar: Crossbar, word_extra: Array, bit_extra: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the two nodes of each line segment, shape (2, segments), and its resistance [Ohm]."""
    rows, columns = crossbar.shape
    cells = rows * columns
    word = np.arange(cells).reshape(rows, columns)
    bit = word + cells
    left, foot = 2 * cells + np.arange(rows), 2 * cells + rows + np.arange(columns)
    first = np.concatenate((left, word[:, :-1].ravel(), bit[:-1].ravel(), bit[-1]))
    second = np.concatenate((word[:, 0], word[:, 1:].ravel(), bit[1:].ravel(), foot))
    r_word, r_bit = crossbar.word_line_resistance, crossbar.bit_line_resistance
    inner = (np.full(rows * (columns - 1), r_word), np.full((rows - 1) * columns, r_bit))
    return np.stack((first, second)), np.concatenate((r_word + word_extra, *inner, r_bit + bit_extra))


def _laplacian(a: NDArray[np.intp], b: NDArray[np.intp], g: Array, size: int) -> csc_array:
    """Return the conductance matrix [S] of the resistors ``g`` [S] between nodes ``a`` and ``b``."""
    rows, columns = np.concatenate((a, b, a, b)), np.concatenate((a, b, b, a))
    return csc_array(coo_array((np.concatenate((g, g, -g, -g)), (rows, columns)), shape=(size, size)))


def _check_reached(
    lines: csc_array, cell_ends: NDArray[np.intp], driven: NDArray[np.bool_], used: NDArray[np.intp]
) -> None:
    """Raise if a node has no path to a driven terminal: its voltage would be undetermined."""
    size = driven.size
    cells = coo_array((np.ones(cell_ends.shape[1]), cell_ends), shape=(size, size))
    count, group = connected_components(abs(lines) + csc_array(cells), directed=False)
    fed = np.zeros(count, dtype=bool)
    fed[group[driven]] = True
    lost = np.unique(used[~fed[group[used]]]).size
    if lost:
        raise IncompatibleError(
            f"{lost} crossbar nodes float without a path to a driven line; drive one of their lines."
        )
