"""An array whose cells have states of their own: what it is made of, and its state.

Cells sit between word and bit lines (``studies.arrays.network``); reads see them as they are, a drive moves them
(``studies.arrays.stepping``).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import instance, optional, temperature
from studies.arrays.access import ACCESS, gated
from studies.arrays.cells import AnyCells, Cells, InSeries, check_same, law, one_or_all
from studies.arrays.coupling import Heating, HeatingInTime, Migration
from studies.arrays.kirchhoff import Network, Point
from studies.arrays.spread import Spread
from studies.compact.family import AMBIENT

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Lines:
    """Resistances [Ohm] and capacitances [F] of the lines, one number or one for each cell (rows, columns).

    A segment of a film has its sheet resistance [Ohm per square] times pitch over width.
    ``word_resistance``: of the segment left of a cell, ``bit_resistance``: of that below it; ``word_driver``,
    ``bit_driver``: of what drives a line, its contact with it, one number or one per line; ``word_capacitance``,
    ``bit_capacitance``: of a segment to ground.
    """

    word_resistance: ArrayLike = 0.0
    bit_resistance: ArrayLike = 0.0
    word_driver: ArrayLike = 0.0
    bit_driver: ArrayLike = 0.0
    word_capacitance: ArrayLike = 0.0
    bit_capacitance: ArrayLike = 0.0

    def __post_init__(self) -> None:
        settle(self, "lines")
        for name, value in vars(self).items():
            numbers = np.asarray(value, dtype=float)
            if not (np.isfinite(numbers).all() and (numbers >= 0).all()):
                raise OutOfRangeError(name.replace("_", " ") + " of lines", value, "finite and not negative")

    def segments(self, shape: tuple[int, int]) -> tuple[Array, Array]:
        """Return the resistances of all segments [Ohm], with the drivers, (rows, columns) of word and bit lines."""
        found = self._each("word_resistance", shape), self._each("bit_resistance", shape)
        for name, line, size in (
            ("word_driver", found[0][:, 0], shape[0]), ("bit_driver", found[1][-1], shape[1])
        ):  # fmt: skip
            ohms = np.asarray(getattr(self, name), dtype=float)
            if ohms.shape not in ((), (size,)):
                raise IncompatibleError(
                    f"{name} has the shape {ohms.shape}; it is one number or one per line, {size}."
                )
            line += ohms
        return found

    def capacitances(self, shape: tuple[int, int]) -> tuple[Array, Array] | None:
        """Return the capacitances of word and bit nodes [F], (rows, columns), None if there are none."""
        found = self._each("word_capacitance", shape), self._each("bit_capacitance", shape)
        return found if found[0].any() or found[1].any() else None

    def _each(self, name: str, shape: tuple[int, int]) -> Array:
        value = np.asarray(getattr(self, name), dtype=float)
        if value.shape not in ((), shape):
            raise IncompatibleError(
                f"{name} has the shape {value.shape}; it is one number or one per cell, {shape}."
            )
        return np.array(np.broadcast_to(value, shape))


@dataclass(frozen=True, eq=False)
class ArrayState:
    """What an array remembers: ``states`` (rows, columns, states), the ``rise`` of temperature [K] and ``time`` [s].

    ``heat``: of the modes of heat that takes its time, None for none.
    """

    states: Array
    rise: Array
    time: float = 0.0
    heat: Array | None = None

    def __repr__(self) -> str:
        rows, columns, count = self.states.shape
        hottest = float(self.rise.max(initial=0.0))
        return (
            f"ArrayState({rows} x {columns} cells, {count} state(s) each, at {self.time:.4g} s, "
            f"rise up to {hottest:.3g} K)"
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class CellArray:
    """``cells`` on ``lines`` at an ``ambient`` temperature [K]; ``heating``: how cells warm each other, ``migration``:
    how they feed each other's state.

    >>> from studies import CompactModel
    >>> from studies.compact.families import known
    >>> model = CompactModel.from_values({"R_on": 100.0, "R_off": 16e3, "mobility": 160.0, "w_start": 0.1}, "A",
    ...                                  known("linear drift"))
    >>> array = CellArray(cells=Cells.of(model, (4, 4)), lines=Lines(word_resistance=2.0, bit_resistance=2.0))
    >>> float(array.read(array.start(), [0.1, 0.0, 0.0, 0.0], [0.0] * 4).output_current[0]) > 0
    True
    """

    cells: AnyCells
    lines: Lines = field(default_factory=Lines)
    ambient: float = AMBIENT
    heating: Heating | HeatingInTime | None = None
    migration: Migration | None = None

    def __post_init__(self) -> None:
        settle(
            self, "an array", cells=instance(Cells, InSeries), lines=instance(Lines), ambient=temperature,
            heating=optional(instance(Heating, HeatingInTime)), migration=optional(instance(Migration)),
        )  # fmt: skip
        self.lines.segments(self.shape)
        self.lines.capacitances(self.shape)
        if self.heating is not None:
            self.heating.check(self.shape)
        if self.migration is not None:
            self.migration.check(self.cells)

    def __repr__(self) -> str:
        rows, columns = self.shape
        kinds = [
            c.family.name
            for c in (
                (self.cells,) if isinstance(self.cells, Cells) else (self.cells.upper, self.cells.lower)
            )
        ]
        return f"CellArray({rows} x {columns} cells: {' in series with '.join(kinds)}, at {self.ambient:g} K)"

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.cells.shape

    def start(self) -> ArrayState:
        """Return the state at time 0."""
        return ArrayState(self.cells.initial(self.ambient), np.zeros(self.shape))

    def check(self, state: ArrayState) -> None:
        """Raise IncompatibleError unless the ``state`` is one of these cells."""
        instance(ArrayState)("state of an array", state)
        check_same("states of an array", state.states, (*self.shape, sum(self.cells.widths)))
        check_same("rises of temperature of an array", state.rise, self.shape)

    def with_spread(self, spread: Spread, random: np.random.Generator) -> CellArray:
        """Return the array with the parameters of its (upper) cells drawn anew around those that they have."""
        cells = self.cells
        drawn = spread.drawn(cells if isinstance(cells, Cells) else cells.upper, random)
        return replace(self, cells=drawn if isinstance(cells, Cells) else InSeries(drawn, cells.lower))

    def selecting(self, rows: ArrayLike | range) -> CellArray:
        """Return the array with the gates of these rows on, if its cells have access transistors, else itself."""
        cells = self.cells
        if isinstance(cells, InSeries) and cells.lower.family == ACCESS:
            return replace(self, cells=InSeries(cells.upper, gated(cells.lower, rows)))
        return self

    def with_state(self, state: ArrayState, name: str, values: ArrayLike) -> ArrayState:
        """Return the state with the cells' state ``name`` set to one value or (rows, columns).

        Raises OutOfRangeError for values that are not finite or that the state cannot have, IncompatibleError for
        another shape.
        """
        self.check(state)
        states = state.states.copy()
        given = one_or_all(f"values of state {name}", values, self.shape)
        if not np.isfinite(given).all():
            raise OutOfRangeError(f"state {name} of cells", values, "finite")
        low, high = self.cells.ends(name)
        if ((given < low) | (given > high)).any():
            raise OutOfRangeError(f"state {name} of cells", values, f"from {low.max():g} to {high.min():g}")
        states[..., self.cells.named(name)] = given
        return replace(state, states=states)

    def state_of(self, state: ArrayState, name: str) -> Array:
        """Return the state ``name`` of all cells, shape (rows, columns)."""
        return state.states[..., self.cells.named(name)]

    def temperature(self, state: ArrayState) -> Array:
        """Return the temperatures [K] around the cells, shape (rows, columns)."""
        return self.ambient + state.rise

    def point(
        self, state: ArrayState, words: ArrayLike, bits: ArrayLike, start: Point | None = None
    ) -> tuple[Network, Point]:
        """Return the network and its point at these terminal voltages [V], nan floats, with the cells as they are.

        ``start``: a point of this array to begin Newton's method with.
        """
        self.check(state)
        applied = (
            check_same("word voltages", words, self.shape[:1]),
            check_same("bit voltages", bits, self.shape[1:]),
        )
        network = Network.of(self.lines.segments(self.shape), applied)
        network.check_reached(np.ones(self.shape, dtype=bool))
        still = law(
            self.cells, 0.0, self.temperature(state), state.states, np.zeros(self.shape), state.states, []
        )
        return network, network.solve(still, start)

    def currents(self, state: ArrayState, volts: ArrayLike) -> Array:
        """Return the currents [A] of the cells, each alone with its voltage [V], (rows, columns)."""
        self.check(state)
        at = check_same("voltages of cells", volts, self.shape)
        ambient = self.temperature(state)
        return self.cells.stage(0.0, ambient, state.states, at, at, state.states).current

    def read(self, state: ArrayState, words: ArrayLike, bits: ArrayLike) -> xr.Dataset:
        """Return voltages, currents and powers at these terminal voltages [V] (nan floats) as ``Crossbar.solve`` does.

        No state moves, that of a selector neither: read one that opens with a pulse (``studies.arrays.stepping``).
        Raises ConvergenceError where Newton's method finds no operating point.
        """
        from studies.arrays.network import labelled

        _, at = self.point(state, words, bits)
        return labelled(at, self.lines.segments(self.shape))
