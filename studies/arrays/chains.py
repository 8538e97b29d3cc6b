"""All lines of one direction of a crossbar as chains of resistors, factored and solved at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpttrs

from fem.errors import ConvergenceError

Array = NDArray[np.float64]
#: Resistance of a segment without one, over that of all cells on its line: the drop along it is below round-off.
NOTHING = 1e-20
#: The same where hardly a cell conducts [Ohm].
LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class Chains:
    """Lines from their open ends to the driven ones, shape (lines, nodes) each.

    ``segments`` [Ohm]: from each node to the next, the last to the terminal. ``shunt`` [S]: from each node to ground.
    ``driven``, shape (lines,): which terminals are held at a voltage; the other lines float.
    """

    segments: Array
    driven: NDArray[np.bool_]
    shunt: Array

    def factored(self, cells: Array) -> Factored:
        """Return the factors with the conductances of the ``cells`` [S], shape (lines, nodes).

        Raises ConvergenceError unless the matrix is positive definite.
        """
        own = np.ascontiguousarray((cells + self.shunt).T)  # position by position
        size = np.maximum(np.abs(own).sum(axis=0), np.finfo(float).tiny)
        r = np.maximum(self.segments.T, np.minimum(NOTHING / size, LEAST))
        factor, share = np.empty_like(own), np.empty_like(own)
        seen, carried = own[0].copy(), np.zeros(own.shape[1])
        for k in range(len(own)):  # a node sees its cell and what lies behind, and hands it on by its segment
            np.add(own[k], carried, out=seen)
            np.multiply(r[k], seen, out=factor[k])
            factor[k] += 1.0
            np.divide(1.0, factor[k], out=share[k])
            np.multiply(seen, share[k], out=carried)
        pivot = factor / r
        pivot[-1] = np.where(self.driven, pivot[-1], seen)
        share[-1] = 0.0  # the last of one line and the first of the next are no neighbours
        if not (pivot > 0).all():
            raise ConvergenceError(
                "the crossbar has no single operating point near its start: a line gives power."
            )
        series = np.ascontiguousarray(1.0 / r.T)
        lower = -share.T.ravel()[: max(share.size - 1, 1)]
        return Factored(pivot.T.ravel(), lower, np.where(self.driven, series[:, -1], 0.0), series)

    def currents(self, drawn: Array) -> Array:
        """Return the currents [A] of all segments towards the open end, for those ``drawn`` from the nodes."""
        return np.cumsum(drawn, axis=1)

    def lost(
        self, voltage: Array, terminal: Array, drawn: Array, scales: tuple[float, float], blurred: float
    ) -> float:
        """Return by how much a segment misses Ohm's law at most: in voltage or in current, whichever is less.

        ``voltage``: of the nodes, ``terminal``: of the terminals, ``drawn`` [A]: from the nodes, exact to ``blurred``;
        ``scales``: of voltages [V] and of currents [A]. A segment of a large resistance tells its current, one of a
        small resistance its voltage.
        """
        ends = np.column_stack((voltage[:, 1:], np.where(self.driven, terminal, voltage[:, -1])))
        drop = np.abs(ends - voltage - self.segments * self.currents(drawn))
        drop[~self.driven, -1] = 0.0
        drop = np.maximum(drop - self.segments * blurred, 0.0)
        volts, amperes = (max(scale, 1e-300) for scale in scales)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            in_current = np.where(self.segments > 0, drop / self.segments / amperes, np.inf)
        return float(np.minimum(drop / volts, in_current).max())


@dataclass(frozen=True, eq=False)
class Factored:
    """Factors L D L^T of the chains, one after the other; ``into`` [S]: from the last node to a driven terminal.

    ``series`` [S]: conductance of each segment, shape (lines, nodes).
    """

    pivot: Array
    lower: Array
    into: Array
    series: Array

    def solve(self, current: Array) -> Array:
        """Return the voltages [V] for the ``current`` [A] into the nodes, shape (lines, nodes)."""
        return dpttrs(self.pivot, self.lower, current.reshape(-1, 1))[0].reshape(current.shape)

    def laplacian(self, voltage: Array) -> Array:
        """Return the currents [A] that voltages drive out of the nodes along the segments."""
        along = voltage[:, :-1] - voltage[:, 1:]
        along *= self.series[:, :-1]
        found = np.empty_like(voltage)
        found[:, 1:-1] = along[:, 1:]
        found[:, 1:-1] -= along[:, :-1]
        found[:, 0] = along[:, 0] if along.size else 0.0
        found[:, -1] = self.into * voltage[:, -1] - (along[:, -1] if along.size else 0.0)
        return found
