r"""A passive crossbar as a sparse resistor network: line resistance, floating lines, nonlinear cells.

Word line i is driven at its left end through one segment, one segment lies between neighbours, its right
end is open. Bit line j has one segment between neighbours and one from the last device to its output; its
top is open. Kirchhoff's current law at every node, :math:`\sum_k g_{nk}(V_n - V_k) = 0`, with the cell (i,
j) between its word and its bit node. The currents of the segments are unknowns beside the voltages, with
:math:`V_n - V_k = R I_{nk}` (modified nodal analysis: C.-W. Ho et al., IEEE Trans. Circuits Syst. 22, 504, 1975),
so that zero line resistance is exact and the current of a good line is not the difference of equal voltages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import block_array, coo_array, csc_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from fem.errors import (
    ConvergenceError,
    IncompatibleError,
    OutOfRangeError,
    UnknownNameError,
    warn,
)
from fem.errors.arguments import settle
from fem.errors.checking import array

Array = NDArray[np.float64]
#: Current [A], or conductance dI/dV [S], of all cells (rows x columns) at their voltages [V] (same shape).
CellLaw = Callable[[Array], Array]
#: What the unselected lines are held at: nothing, half, or a third and two thirds of the read voltage.
BIAS_SCHEMES = ("floating", "V/2", "V/3")
#: Net current of a node that is allowed, of the largest current; and drops of segments, of the largest voltage.
KIRCHHOFF = 1e-9
_NEWTON_STEPS, _HALVINGS, _ROUND_OFF = 100, 40, 1e-13


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
        lines; both are those of the first and the last segment. A ModelWarning says where a law has a cell give power
        instead of dissipating it: no resting cell in the dark does.

        Raises ConvergenceError unless Kirchhoff's law holds at every node within 1e-9 of the largest current, as
        for cells that jump between two laws on a load line that meets neither.
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
        voltages, current, segment = network.solve(law, slope, linear=cell_current is None)
        line_power = float(network.resistance @ segment**2)
        _warn_of_giving(current * network.across(voltages), current, voltages)
        return self._dataset(voltages, current, segment, line_power)

    def _dataset(self, voltages: Array, current: Array, segment: Array, line_power: float) -> xr.Dataset:
        """Return the labelled results from all node voltages and the currents of cells and segments."""
        cells, (rows, columns) = self.conductances.size, self.shape
        word, bit = voltages[:cells].reshape(self.shape), voltages[cells : 2 * cells].reshape(self.shape)
        both = ("row", "column")
        table: dict[str, tuple[Any, Any, str, str]] = {
            "word_line_voltage": (both, word, "V", "voltage of the word line at the cell"),
            "bit_line_voltage": (both, bit, "V", "voltage of the bit line at the cell"),
            "cell_voltage": (both, word - bit, "V", "voltage across the cell"),
            "cell_current": (both, current, "A", "current through the cell"),
            "cell_power": (both, current * (word - bit), "W", "power dissipated in the cell"),
            "input_current": ("row", segment[:rows], "A", "current into the word line"),
            "output_current": ("column", segment[-columns:], "A", "current out of the bit line"),
            "line_power": ((), line_power, "W", "power dissipated in lines and terminal resistances"),
        }
        data = {
            k: (dims, v, {"units": unit, "long_name": name}) for k, (dims, v, unit, name) in table.items()
        }
        return xr.Dataset(data, attrs={"word_line_resistance": self.word_line_resistance,
                                       "bit_line_resistance": self.bit_line_resistance})  # fmt: skip


def _warn_of_giving(power: Array, current: Array, voltages: Array) -> None:
    """Give a ModelWarning if the ``power`` [W] that cells dissipate, shape (rows, columns), is below zero."""
    error = KIRCHHOFF * np.abs(current).max() * np.abs(voltages).max()
    if (power < -error).any():
        row, column = np.unravel_index(int(np.argmin(power)), power.shape)
        warn(
            f"{np.count_nonzero(power < -error)} cell(s) of the crossbar give power, up to {-power.min():.3g} W at row "
            f"{row}, column {column}: their cell_current flows against their voltage, against the second law of "
            "thermodynamics for cells at rest and in the dark."
        )


def _per_line(values: ArrayLike, size: int, kind: str) -> Array:
    """Return one value per line from a scalar or a list."""
    array = np.asarray(values, dtype=float)
    if array.ndim > 1 or (array.ndim == 1 and array.size != size):
        raise IncompatibleError(f"{kind} values have shape {array.shape}; there are {size} {kind} lines.")
    return np.broadcast_to(array, (size,)).copy()


@dataclass(frozen=True, eq=False)
class _Network:
    """Nodes: word nodes, bit nodes (both row by row), word terminals, bit terminals; segments between them.

    ``incidence``, shape (nodes, segments), is 1 where a segment leaves a node and -1 where it arrives;
    ``resistance`` [Ohm] that of the segments; ``start`` the voltages [V] with the applied ones filled in, ``free``
    the nodes to solve for; ``shape`` that of the array.
    """

    incidence: csc_array
    resistance: Array
    start: Array
    free: NDArray[np.intp]
    shape: tuple[int, int]

    @classmethod
    def of(cls, crossbar: Crossbar, applied: Array, word_extra: Array, bit_extra: Array) -> _Network:
        """Return the network of ``crossbar`` with the ``applied`` terminal voltages [V]."""
        rows, columns = crossbar.shape
        cells = rows * columns
        ends, resistance = _segments(crossbar, word_extra, bit_extra)
        nodes, count = 2 * cells + rows + columns, resistance.size
        places = (ends.ravel(), np.tile(np.arange(count), 2))
        incidence = csc_array(coo_array((np.repeat((1.0, -1.0), count), places), shape=(nodes, count)))
        driven = np.concatenate((np.zeros(2 * cells, dtype=bool), np.isfinite(applied)))
        live = np.flatnonzero(crossbar.conductances.ravel() > 0)
        _check_reached(np.hstack((ends, np.stack((live, live + cells)))), driven)
        start = np.concatenate((np.zeros(2 * cells), np.nan_to_num(applied)))
        word, bit = start[:cells].reshape(rows, columns), start[cells : 2 * cells].reshape(rows, columns)
        terminal = start[2 * cells :].copy()
        terminal[np.concatenate((resistance[:rows], resistance[-columns:])) > 0] = 0.0
        word[:], bit[:] = terminal[:rows, None], terminal[rows:]
        return cls(incidence, resistance, start, np.flatnonzero(~driven), crossbar.shape)

    def solve(self, law: CellLaw, slope: CellLaw, *, linear: bool) -> tuple[Array, Array, Array]:
        """Return the voltages [V] of all nodes and the currents [A] of cells and segments; see ``Crossbar.solve``."""
        at = _Point.of(self, self.start, np.zeros(self.resistance.size), law)
        for _ in range(1 if linear else _NEWTON_STEPS):
            if not linear and at.is_balanced:
                break
            step = self._newton_step(at, slope)
            found = self._accepted(at, step, law, linear)
            if found is None:
                break
            at = found
            if not linear and np.abs(step[: self.free.size]).max() <= _ROUND_OFF * np.abs(at.voltage).max():
                break
        at.check_kirchhoff()
        return at.voltage, at.cell, at.segment

    def across(self, voltage: Array) -> Array:
        """Return the voltage [V] across each cell."""
        cells = self.shape[0] * self.shape[1]
        return (voltage[:cells] - voltage[cells : 2 * cells]).reshape(self.shape)

    def _newton_step(self, at: _Point, slope: CellLaw) -> Array:
        """Return the changes of the free nodes [V] and of the segments [A]."""
        cells = self.shape[0] * self.shape[1]
        g = _of_cells("cell_conductance", slope(self.across(at.voltage)), self.shape).ravel()
        node, free = np.arange(cells), self.free
        own = _laplacian(node, node + cells, g, at.voltage.size)[free][:, free]
        lines = self.incidence[free]
        matrix = csc_array(block_array([[own, lines], [lines.T, -diags_array(self.resistance)]]))
        try:
            factor = splu(
                matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True}
            )
        except RuntimeError as error:
            raise ConvergenceError(
                f"the crossbar has no single operating point near its start: {error}"
            ) from error
        residual = np.concatenate((at.excess, at.drop))
        step = -factor.solve(residual)
        return step - factor.solve(residual + matrix @ step)

    def _accepted(self, at: _Point, step: Array, law: CellLaw, linear: bool) -> _Point | None:
        """Return the point after the longest halved ``step`` that comes nearer to Kirchhoff's laws, None without."""
        size = self.free.size
        for halving in range(_HALVINGS):
            voltage, part = at.voltage.copy(), step * 0.5**halving
            voltage[self.free] += part[:size]
            with np.errstate(over="ignore", invalid="ignore"):
                new = _Point.of(self, voltage, at.segment + part[size:], law)
                if linear or new.merit < at.merit or new.merit <= _ROUND_OFF * new.largest_current:
                    return new
        return None


@dataclass(frozen=True, eq=False)
class _Point:
    """Voltages of all nodes [V], currents of cells and segments [A], and how far they are from Kirchhoff's laws.

    ``excess`` [A]: the net current out of each free node. ``drop`` [V]: the voltage across each segment less the
    ohmic one. ``merit`` [A]: the norm of the net currents, those of segments from the voltages across them.
    """

    voltage: Array
    cell: Array
    segment: Array
    excess: Array
    drop: Array
    merit: float

    @classmethod
    def of(cls, network: _Network, voltage: Array, segment: Array, law: CellLaw) -> _Point:
        """Return the point with the cell currents of ``law``."""
        cell = _of_cells("cell_current", law(network.across(voltage)), network.shape)
        total = network.incidence @ segment
        total[: cell.size] += cell.ravel()
        total[cell.size : 2 * cell.size] -= cell.ravel()
        excess, r = total[network.free], network.resistance
        drop = network.incidence.T @ voltage - r * segment
        # without resistance a segment has no drop from the start, and a drop of round-off is none
        counts = (r > 0) & (np.abs(drop) > _ROUND_OFF * np.abs(voltage).max())
        missing = np.where(counts, drop, 0.0) / np.where(counts, r, 1.0)
        merit = float(np.linalg.norm(excess + (network.incidence @ missing)[network.free]))
        return cls(voltage, cell, segment, excess, drop, merit)

    @property
    def is_balanced(self) -> bool:
        """Whether both laws hold to round-off."""
        lost = np.abs(self.drop).max() > _ROUND_OFF * np.abs(self.voltage).max()
        return not lost and self.merit <= _ROUND_OFF * self.largest_current

    @property
    def largest_current(self) -> float:
        """The largest |current| [A] of a cell or a segment."""
        return float(max(np.abs(self.cell).max(), np.abs(self.segment).max()))

    def check_kirchhoff(self) -> None:
        """Raise ConvergenceError unless currents balance at every node, and drops along every segment."""
        for thing, residual, scale, unit in (
            ("net current of a node", self.excess, self.largest_current, "A"),
            ("voltage of a segment less its ohmic drop", self.drop, float(np.abs(self.voltage).max()), "V"),
        ):
            worst = float(np.abs(residual).max(initial=0.0))
            if not worst <= KIRCHHOFF * scale:
                raise ConvergenceError(
                    f"the crossbar has no operating point that Newton's method finds: the largest {thing} is "
                    f"{worst:.3g} {unit}, {worst / scale if scale else np.inf:.2g} of the largest one in the array "
                    f"(allowed: {KIRCHHOFF:g}). A cell law with a jump has none on a load line that passes "
                    "through the jump; a wrong cell_conductance stops it too."
                )


def _of_cells(name: str, values: ArrayLike, shape: tuple[int, int]) -> Array:
    """Return what a cell law gave, or raise IncompatibleError unless it is one number per cell."""
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise IncompatibleError(
            f"{name} gives the shape {array.shape}; it must be that of the array, {shape}."
        )
    return array


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


def _check_reached(ends: NDArray[np.intp], driven: NDArray[np.bool_]) -> None:
    """Raise if a node has no path over the ``ends`` of segments and cells to a driven terminal: it would float."""
    size = driven.size
    count, group = connected_components(
        coo_array((np.ones(ends.shape[1]), ends), shape=(size, size)), directed=False
    )
    fed = np.zeros(count, dtype=bool)
    fed[group[driven]] = True
    lost = np.count_nonzero(~fed[group])
    if lost:
        raise IncompatibleError(
            f"{lost} crossbar nodes float without a path to a driven line; drive one of their lines."
        )
