"""The worst case of a read with cells of any law, and the largest array by a search over it.

One cell is read among cells that all are low in resistance, on lines without resistance. Cells that see the same lines
carry the same current, so that four cells stand for N x N: the read one, N - 1 on its word line, N - 1 on its bit line,
and (N - 1)^2 on neither. They form a 2 x 2 crossbar, which is solved as any other (``studies.arrays.kirchhoff``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from fem.errors import OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import any_of, function, instance, not_negative, optional, positive, text, whole
from studies.arrays.kirchhoff import Network, Point
from studies.arrays.margin import MARGIN_RULE
from studies.arrays.schemes import Scheme, line_voltages, scheme_of
from studies.compact.model import CompactModel
from studies.compact.stage import stage

Array = NDArray[np.float64]
#: Current [A] and its slope dI/dV [S] at voltages [V] of any shape.
Law = Callable[[Array], tuple[ArrayLike, ArrayLike]]
#: Largest array that is searched for: beyond it the answer is "more".
LARGEST = 2**40
_OPEN = 24.0  # a pull-up of so many times e over the largest resistance of a cell leaves its line open


def resistor(resistance: float) -> Law:
    """Return the law of a ``resistance`` [Ohm]."""
    g = 1.0 / positive("resistance [Ohm]", resistance)
    return lambda v: (g * v, np.full_like(v, g))


def law_of(model: CompactModel, states: Mapping[str, float], ambient: float = 300.0) -> Law:
    """Return the law of a compact model that stays in ``states``, by name.

    Raises UnknownNameError unless ``states`` are those of the model's family.
    """
    family = instance(CompactModel)("model of a law", model).family
    if set(states) != set(family.states):
        raise UnknownNameError(f"states of {family.name}", ", ".join(states), family.states)
    values = np.array([list(model.values().values())])
    held = np.array([[states[s] for s in family.states]])

    def law(volts: Array) -> tuple[Array, Array]:
        v = np.ravel(np.asarray(volts, dtype=float))
        n = v.size
        found = stage(family, np.repeat(values, n, 0), np.full(n, ambient), v, np.repeat(held, n, 0))
        return found.current.reshape(np.shape(volts)), found.slope.reshape(np.shape(volts))

    return law


@dataclass(frozen=True, eq=False, kw_only=True)
class WorstCase:
    """A read at ``voltage`` [V] by a ``scheme`` of a cell that is ``low`` or ``high``.

    Its law is one of these two, that of all ``others`` is the low one if none is given.
    """

    low: Law
    high: Law
    voltage: float
    scheme: str | Scheme = "floating"
    others: Law | None = None

    def __post_init__(self) -> None:
        settle(self, "a worst case", low=function, high=function, others=optional(function),
               scheme=any_of(text, instance(Scheme)))  # fmt: skip
        scheme_of(self.scheme)
        if self.voltage == 0:
            raise OutOfRangeError("read voltage [V]", 0.0, "not 0")

    def currents(self, size: int, pull_up: float = 0.0) -> tuple[float, float]:
        """Return the currents [A] out of the bit line, cell low and high, in ``size`` x ``size`` cells.

        ``pull_up``: resistance [Ohm] between the bit line and 0 V. Raises ConvergenceError without an operating point.
        """
        low, high = (self._solved(cell, size, pull_up) for cell in (self.low, self.high))
        return float(low.cell[:, 0].sum()), float(high.cell[:, 0].sum())

    def margin(self, size: int, pull_up: float | str = "optimal") -> float:
        """Return the difference of the voltages on the pull-up resistor, low and high, over the read voltage [1].

        ``pull_up`` [Ohm], or "optimal": the resistance of the largest margin, searched for over its logarithm.
        """
        if pull_up != "optimal":
            if isinstance(pull_up, str):
                raise OutOfRangeError("pull-up [Ohm]", pull_up, 'a resistance, or "optimal"')
            not_negative("pull-up [Ohm]", pull_up)
            low, high = (self._solved(cell, size, float(pull_up)) for cell in (self.low, self.high))
            return float(low.bit[-1, 0] - high.bit[-1, 0]) / self.voltage
        middle = [abs(self.voltage / i) for i in self.currents(size) if i]
        ends = np.log(min(middle)) - 4.0, np.log(max(middle)) + _OPEN

        def lost(log: float) -> float:
            return -self.margin(size, float(np.exp(log)))

        grid = np.linspace(*ends, 41)
        tried = [lost(x) for x in grid]
        best = int(np.argmin(tried))
        around = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
        found = minimize_scalar(lost, bounds=around, method="bounded", options={"xatol": 1e-6}).fun
        return -min(float(found), *tried)

    def largest_array(self, pull_up: float | str = "optimal", required_margin: float = MARGIN_RULE) -> int:
        """Return the largest N whose N x N array keeps a margin above ``required_margin``, 0 if none.

        Found by doubling and bisection over arrays that are solved: the margin falls with N. Raises OutOfRangeError
        beyond 2^40.
        """
        if not 0 < required_margin < 1:
            raise OutOfRangeError("required read margin", required_margin, "between 0 and 1")
        if not self.margin(1, pull_up) > required_margin:
            return 0
        good, bad = 1, 2
        while self.margin(bad, pull_up) > required_margin:
            good, bad = bad, 2 * bad
            if bad > LARGEST:
                raise OutOfRangeError("largest array", f"more than {LARGEST}", "one that can be searched for")
        while bad - good > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self.margin(middle, pull_up) > required_margin else (good, middle)
        return good

    def _solved(self, cell: Law, size: int, pull_up: float) -> Point:
        """Return the point of the four cells that stand for the array, the first of the law ``cell``."""
        others = self.low if self.others is None else self.others
        n = float(whole(1)("array size", size) - 1)

        def law(volts: Array) -> tuple[Array, Array]:
            found = np.empty((2, 2, 2))
            found[:, 0, 0] = [float(np.ravel(part)[0]) for part in cell(volts[:1, 0])]
            for place, count in (((0, 1), n), ((1, 0), n), ((1, 1), n * n)):
                part = others(np.array([volts[place]]))
                found[(slice(None), *place)] = [count * float(np.ravel(p)[0]) for p in part]
            return found[0], found[1]

        shape = (2, 2) if size > 1 else (1, 1)
        applied = line_voltages(self.scheme, shape, 0, 0, self.voltage)
        segments = np.zeros(shape), np.zeros(shape)
        segments[1][-1, 0] = pull_up
        network = Network.of(segments, applied)
        return network.solve(law if size > 1 else cell)
