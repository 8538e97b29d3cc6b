"""Kirchhoff's laws of a crossbar with cells of any law: Newton's method over the lines.

A point of the method has line voltages and the currents that the lines feed to the cells, which obey Ohm's law in all
segments together; what is missed is the current of a cell's own law less the one it is fed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError
from studies.arrays.chains import Chains
from studies.arrays.lines import LineSolver, to_bits, to_words

Array = NDArray[np.float64]
#: Current [A] and its slope dI/dV [S] of all cells (rows x columns) at their voltages [V] (same shape).
CellLaw = Callable[[Array], tuple[ArrayLike, ArrayLike]]
#: Net current of a node that is allowed, of the largest current; and drops of segments, of the largest voltage.
KIRCHHOFF = 1e-9
#: What is none, where nothing is driven [A, V].
NO_CURRENT, NO_VOLTAGE = 1e-24, 1e-15
_NEWTON_STEPS, _HALVINGS, _ROUND_OFF = 100, 40, 1e-13
_BLUR = 1e-14
_FLATTEST = 1e-9  # of the largest slope, where the true one has no solution


@dataclass(frozen=True, eq=False)
class Point:
    """``word`` and ``bit`` voltages [V] of the nodes, the currents ``fed`` to the cells and ``cell``, their law's [A].

    ``slope`` [S]: of the law. All of the shape (rows, columns).
    """

    word: Array
    bit: Array
    fed: Array
    cell: Array
    slope: Array

    @property
    def across(self) -> Array:
        """The voltages [V] across the cells."""
        return self.word - self.bit

    @property
    def missed(self) -> float:
        """Norm of the currents [A] that the cells' law differs by."""
        return float(np.linalg.norm(self.cell - self.fed))

    @property
    def largest(self) -> tuple[float, float]:
        """The largest voltage [V] of a node and current [A] of a cell."""
        return float(max(np.abs(self.word).max(), np.abs(self.bit).max())), float(np.abs(self.cell).max())


@dataclass(frozen=True, eq=False)
class Network:
    """Lines with their terminals at ``applied`` voltages [V], (rows,) and (columns,); what floats has 0 there.

    ``sources``: currents [A] into word and bit nodes from elsewhere, or None.
    """

    lines: LineSolver
    applied: tuple[Array, Array]
    sources: tuple[Array, Array] | None = None

    @classmethod
    def of(
        cls,
        segments: tuple[Array, Array],
        applied: tuple[Array, Array],
        shunts: tuple[Array, Array] | None = None,
        sources: tuple[Array, Array] | None = None,
    ) -> Network:
        """Return the network with the ``applied`` terminal voltages [V], nan for a floating one, none infinite.

        ``segments`` [Ohm], (rows, columns) each: of word lines, left of each cell (the first with its driver), and of
        bit lines, below each cell (the last with its output). ``shunts`` [S]: from word and bit nodes to ground.
        """
        for name, given in zip(("word", "bit"), applied, strict=True):
            if np.isinf(given).any():
                raise OutOfRangeError(f"{name} voltage [V]", "infinite", "finite, or nan for what floats")
        words, bits = (np.isfinite(volts) for volts in applied)
        leak = shunts or (np.zeros_like(segments[0]), np.zeros_like(segments[0]))
        solver = LineSolver(
            Chains(to_words(segments[0]), words, to_words(leak[0])),
            Chains(to_bits(segments[1]), bits, to_bits(leak[1])),
        )
        return cls(solver, (np.nan_to_num(applied[0]), np.nan_to_num(applied[1])), sources)

    def check_reached(self, conducting: NDArray[np.bool_]) -> None:
        """Raise unless every line has a path over ``conducting`` cells to a driven one: it would float."""
        words, bits = self.lines.words.driven.copy(), self.lines.bits.driven.copy()
        while True:
            more_bits = bits | conducting[words].any(axis=0)
            more_words = words | conducting[:, more_bits].any(axis=1)
            if (more_words == words).all() and (more_bits == bits).all():
                break
            words, bits = more_words, more_bits
        rows, columns = conducting.shape
        if lost := int((~words).sum()) * columns + int((~bits).sum()) * rows:
            raise IncompatibleError(
                f"{lost} crossbar nodes float without a path to a driven line; drive one of their lines."
            )

    def at_rest(self, law: CellLaw) -> Point:
        """Return the point of lines at the voltages of their terminals, before any current flows.

        Floating lines are in the middle of the voltages applied, where a diode shows its slope.
        """
        shape = self.lines.words.segments.shape
        driven = self.lines.words.driven, self.lines.bits.driven
        applied = np.concatenate([v[d] for v, d in zip(self.applied, driven, strict=True)])
        middle = 0.5 * (applied.max() + applied.min())
        word, bit = (np.where(d, v, middle) for v, d in zip(self.applied, driven, strict=True))
        word, bit = np.repeat(word[:, None], shape[1], 1), np.repeat(bit[None, :], shape[0], 0)
        return self._point(word, bit, np.zeros(shape), law)

    def solve(
        self, law: CellLaw, start: Point | None = None, *, linear: bool = False, tolerance: float = _ROUND_OFF
    ) -> Point:
        """Return where both laws of Kirchhoff hold; ``start``: a point of an array of this shape to begin with.

        ``tolerance``: current that the cells may be fed wrongly, or voltage by which the last step may move, of the
        largest.

        Raises ConvergenceError where Newton's method finds none.
        """
        at = self.at_rest(law) if start is None else self._begun(law, start)
        for _ in range(1 if linear else _NEWTON_STEPS):
            volts, amperes = at.largest
            if not linear and at.missed <= tolerance * amperes + NO_CURRENT:
                break
            step = self._newton_step(at)
            found = self._accepted(at, step, law, linear)
            if found is None:
                break
            moved, at = max(float(np.abs(part).max()) for part in step[:2]), found
            if moved <= tolerance * volts + NO_VOLTAGE:
                break
        self.check_kirchhoff(at)
        return at

    def _begun(self, law: CellLaw, start: Point) -> Point:
        """Return the point of these lines with cells as near ``start`` as straight lines say, or at rest."""
        near = self._point(start.word, start.bit, start.fed, law)
        if np.isfinite(near.missed):
            step = self._newton_step(near)
            with np.errstate(over="ignore", invalid="ignore"):
                found = self._point(near.word + step[0], near.bit + step[1], near.fed + step[2], law)
            if np.isfinite(found.missed):
                return found
        return self.at_rest(law)

    def _newton_step(self, at: Point) -> tuple[Array, Array, Array]:
        """Return the changes of word and bit voltages [V] and of the currents fed [A]."""
        try:
            return self._step(at, at.slope)
        except ConvergenceError:
            least = _FLATTEST * float(np.abs(at.slope).max())
            if not (at.slope < least).any():
                raise
            return self._step(
                at, np.maximum(at.slope, least)
            )  # a law that falls, or is flat where lines float

    def _step(self, at: Point, slope: Array) -> tuple[Array, Array, Array]:
        constant = at.cell - slope * at.across
        into = -constant, constant
        if self.sources is not None:
            into = into[0] + self.sources[0], into[1] + self.sources[1]
        word, bit = self.lines.solve(slope, *into, self.applied)
        return word - at.word, bit - at.bit, constant + slope * (word - bit) - at.fed

    def _accepted(
        self, at: Point, step: tuple[Array, Array, Array], law: CellLaw, linear: bool
    ) -> Point | None:
        """Return the point after the longest halved ``step`` that comes nearer, None without one."""
        before = at.missed
        for halving in range(_HALVINGS):
            part = 0.5**halving
            with np.errstate(over="ignore", invalid="ignore"):
                new = self._point(
                    at.word + part * step[0], at.bit + part * step[1], at.fed + part * step[2], law
                )
                if linear or new.missed < before or new.missed <= _ROUND_OFF * new.largest[1]:
                    return new
        return None

    def _point(self, word: Array, bit: Array, fed: Array, law: CellLaw) -> Point:
        current, slope = law(word - bit)
        cell = of_cells("cell_current", current, word.shape)
        return Point(word, bit, fed, cell, of_cells("cell_conductance", slope, word.shape))

    def drawn(self, at: Point) -> tuple[Array, Array]:
        """Return the currents [A] that word and bit nodes draw from their lines, shape (rows, columns)."""
        word, bit = at.cell, -at.cell
        if self.sources is not None:
            leak = self.lines.words.shunt[:, ::-1] * at.word, self.lines.bits.shunt.T * at.bit
            word, bit = word + leak[0] - self.sources[0], bit + leak[1] - self.sources[1]
        return word, bit

    def check_kirchhoff(self, at: Point) -> None:
        """Raise ConvergenceError unless currents balance at every node, and drops along every segment."""
        word, bit = self.drawn(at)
        lines = self.lines
        free = [word.sum(axis=1)[~lines.words.driven], bit.sum(axis=0)[~lines.bits.driven]]
        volts, amperes = at.largest
        amperes = max(amperes, float(np.abs(word).max()), float(np.abs(bit).max()))
        excess = float(np.abs(np.concatenate(free)).max(initial=0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            chord = np.where(at.across != 0, np.abs(at.cell / at.across), np.abs(at.slope))
        blur = _BLUR * float(chord.max()) * volts  # of a current, by the last digits of a voltage
        scales = max(volts, NO_VOLTAGE / KIRCHHOFF), max(amperes, NO_CURRENT / KIRCHHOFF)
        lost = max(
            lines.words.lost(to_words(at.word), self.applied[0], to_words(word), scales, blur),
            lines.bits.lost(to_bits(at.bit), self.applied[1], to_bits(bit), scales, blur),
        )
        missed = (excess - blur) / scales[1]
        for thing, worst in (
            ("net current of a node", missed), ("voltage of a segment less its ohmic drop", lost)
        ):  # fmt: skip
            if not worst <= KIRCHHOFF:
                raise ConvergenceError(
                    f"the crossbar has no operating point that Newton's method finds: the largest {thing} is "
                    f"{worst:.2g} of the largest one in the array (allowed: {KIRCHHOFF:g}). A cell law with a jump has "
                    "none on a load line that passes through the jump; a wrong cell_conductance stops it too."
                )


def of_cells(name: str, values: ArrayLike, shape: tuple[int, int]) -> Array:
    """Return what a cell law gave, or raise IncompatibleError unless it is one number per cell."""
    array = np.asarray(values, dtype=float)
    if array.shape != shape:
        raise IncompatibleError(
            f"{name} gives the shape {array.shape}; it must be that of the array, {shape}."
        )
    return array
