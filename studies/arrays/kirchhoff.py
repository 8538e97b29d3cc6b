"""Kirchhoff's laws of a crossbar: its nodes and segments, and Newton's method on their voltages and currents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import block_array, coo_array, csc_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from fem.errors import ConvergenceError, IncompatibleError

Array = NDArray[np.float64]
#: Current [A], or conductance dI/dV [S], of all cells (rows x columns) at their voltages [V] (same shape).
CellLaw = Callable[[Array], Array]
Resistances = tuple[Any, Any]  # of word and of bit lines [Ohm], numbers or arrays
#: Net current of a node that is allowed, of the largest current; and drops of segments, of the largest voltage.
KIRCHHOFF = 1e-9
_NEWTON_STEPS, _HALVINGS, _ROUND_OFF = 100, 40, 1e-13


@dataclass(frozen=True, eq=False)
class Network:
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
    def of(
        cls, conducting: NDArray[np.bool_], lines: Resistances, terminals: Resistances, applied: Array
    ) -> Network:
        """Return the network with the ``applied`` terminal voltages [V], nan for a floating one.

        ``conducting``: the cells that do, shape (rows, columns); ``lines``: resistances [Ohm] of a segment of word and
        bit lines; ``terminals``: those added to the first word segments (rows,) and the last bit segments (columns,).
        """
        rows, columns = conducting.shape
        cells = rows * columns
        ends, resistance = _segments((rows, columns), lines, terminals)
        nodes, count = 2 * cells + rows + columns, resistance.size
        places = (ends.ravel(), np.tile(np.arange(count), 2))
        incidence = csc_array(coo_array((np.repeat((1.0, -1.0), count), places), shape=(nodes, count)))
        driven = np.concatenate((np.zeros(2 * cells, dtype=bool), np.isfinite(applied)))
        live = np.flatnonzero(conducting)
        _check_reached(np.hstack((ends, np.stack((live, live + cells)))), driven)
        start = np.concatenate((np.zeros(2 * cells), np.nan_to_num(applied)))
        word, bit = start[:cells].reshape(rows, columns), start[cells : 2 * cells].reshape(rows, columns)
        terminal = start[2 * cells :].copy()
        terminal[np.concatenate((resistance[:rows], resistance[-columns:])) > 0] = 0.0
        word[:], bit[:] = terminal[:rows, None], terminal[rows:]
        return cls(incidence, resistance, start, np.flatnonzero(~driven), (rows, columns))

    def solve(self, law: CellLaw, slope: CellLaw, *, linear: bool) -> tuple[Array, Array, Array]:
        """Return the voltages [V] of all nodes and the currents [A] of cells and segments; ``law``: of the cells."""
        at = Point.of(self, self.start, np.zeros(self.resistance.size), law)
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

    def _newton_step(self, at: Point, slope: CellLaw) -> Array:
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

    def _accepted(self, at: Point, step: Array, law: CellLaw, linear: bool) -> Point | None:
        """Return the point after the longest halved ``step`` that comes nearer to Kirchhoff's laws, None without."""
        size = self.free.size
        for halving in range(_HALVINGS):
            voltage, part = at.voltage.copy(), step * 0.5**halving
            voltage[self.free] += part[:size]
            with np.errstate(over="ignore", invalid="ignore"):
                new = Point.of(self, voltage, at.segment + part[size:], law)
                if linear or new.merit < at.merit or new.merit <= _ROUND_OFF * new.largest_current:
                    return new
        return None


@dataclass(frozen=True, eq=False)
class Point:
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
    def of(cls, network: Network, voltage: Array, segment: Array, law: CellLaw) -> Point:
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


def _segments(
    shape: tuple[int, int], lines: Resistances, terminals: Resistances
) -> tuple[NDArray[np.intp], Array]:
    """Return the two nodes of each line segment, shape (2, segments), and its resistance [Ohm]."""
    rows, columns = shape
    cells = rows * columns
    word = np.arange(cells).reshape(rows, columns)
    bit = word + cells
    left, foot = 2 * cells + np.arange(rows), 2 * cells + rows + np.arange(columns)
    first = np.concatenate((left, word[:, :-1].ravel(), bit[:-1].ravel(), bit[-1]))
    second = np.concatenate((word[:, 0], word[:, 1:].ravel(), bit[1:].ravel(), foot))
    r_word, r_bit = lines
    inner = (np.full(rows * (columns - 1), r_word), np.full((rows - 1) * columns, r_bit))
    return np.stack((first, second)), np.concatenate((r_word + terminals[0], *inner, r_bit + terminals[1]))


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
