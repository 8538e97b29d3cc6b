"""One implicit stage of many cells of a family at once, as a network of them needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studies.compact.kernel import library, pointer_to

if TYPE_CHECKING:
    from studies.compact.family import Family

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stage:
    """``states`` (cells, number of states), ``current`` and its ``slope`` by the voltage, (cells,).

    The current of a cell without a solution is nan.
    """

    states: Array
    current: Array
    slope: Array


def stage(
    family: Family,
    parameters: Array,
    ambient: Array,
    voltages: Array,
    states: Array,
    *,
    step: float = 0.0,
    scales: Array | None = None,
    before: Array | None = None,
    guess: Array | None = None,
) -> Stage:
    """Return what cells do at ``voltages`` [V], shape (cells,), at the end of an implicit ``step`` [s].

    ``parameters``, shape (cells, parameters of the family), ``ambient`` [K], shape (cells,); ``states``, shape (cells,
    states of the family), are those x0 in x = x0 + step f(x, v) (a step of the backward Euler method, or a stage of a
    diagonally implicit one), ``before`` [V] the voltages there, from which a stored charge comes, and ``guess`` is
    where Newton's method begins. Without a step the states stay. ``scales``: how large the states are.
    """
    n = voltages.size
    given = [np.ascontiguousarray(a, dtype=float) for a in (parameters, ambient, states, voltages)]
    sizes = np.ascontiguousarray(np.ones_like(given[2]) if scales is None else scales, dtype=float)
    past = np.ascontiguousarray(given[3] if before is None else before, dtype=float)
    found = np.array(given[2] if guess is None else guess, dtype=float, order="C")
    current, slope = np.empty(n), np.empty(n)
    library(family).stage(
        n, parameters.shape[1], *map(pointer_to, given[:2]), step,
        *map(pointer_to, (given[2], sizes, given[3], past, found, current, slope)),
    )  # fmt: skip
    return Stage(found, current, slope)
