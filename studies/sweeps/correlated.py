"""Devices that differ from each other: parameters drawn at random that go together.

A Gaussian copula: each parameter has its own distribution, and ranks of two go together as those of normal numbers with
the given correlation do (R. B. Nelsen, An Introduction to Copulas, 2006, ch. 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import anything, between, each
from studies.metrics.conductance import Array
from studies.sweeps.plans import SamplePlan, named_ranges

_NEGATIVE = -1e-10  # of a correlation matrix: an eigenvalue that is one by rounding


@dataclass(frozen=True, init=False)
class Correlated(SamplePlan):
    """``number`` random cases of parameters that go together, as those of devices of one batch do.

    ``correlations``: two parameters and the correlation of the normal numbers behind them, from -1 to 1; 0 where none
    is given. ``Correlated(200, seed=1, correlations=[("thickness", "mobility", -0.6)], thickness=norm(300, 15),
    mobility=lognorm(0.3, scale=1e-4))`` with distributions of scipy.stats, a ``Between``, or lists of values.
    """

    correlations: tuple[tuple[str, str, float], ...] = ()

    def __init__(
        self, number: int, *, seed: int, correlations: Any, ranges: Any = None, **named: Any
    ) -> None:
        self._set(number, seed, named_ranges("ranges", ranges, named))
        triples = each(each(anything, 3, 3), 1)("correlations of a Correlated sample", correlations)
        object.__setattr__(self, "correlations", tuple(self._triple(one) for one in triples))
        lowest = float(np.linalg.eigvalsh(self._matrix()).min())
        if lowest < _NEGATIVE:
            raise IncompatibleError(
                "correlations of a Correlated sample contradict each other: no numbers have all of them (an eigenvalue "
                f"of their matrix is {lowest:.2g})."
            )

    def _matrix(self) -> Array:
        names = list(self.ranges)
        matrix = np.eye(len(names))
        for one, other, value in self.correlations:
            i, j = names.index(one), names.index(other)
            if matrix[i, j] not in (0.0, value):
                raise IncompatibleError(f"the correlation of {one} and {other} is given twice.")
            matrix[i, j] = matrix[j, i] = value
        return matrix

    def _triple(self, given: tuple[Any, Any, Any]) -> tuple[str, str, float]:
        *pair, value = given
        for name in pair:
            if name not in self.ranges:
                raise UnknownNameError("parameter of a correlation", name, self.ranges)
        if pair[0] == pair[1]:
            raise OutOfRangeError("parameters of a correlation", pair, "two different ones")
        return pair[0], pair[1], float(between(-1.0, 1.0)(f"correlation of {pair[0]} and {pair[1]}", value))

    def shares(self) -> Array:
        """Return the numbers from 0 to 1 of all cases, shape (cases, parameters)."""
        values, vectors = np.linalg.eigh(self._matrix())
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        normal = np.random.default_rng(self.seed).standard_normal((self.number, len(self.ranges)))
        return np.asarray(ndtr(normal @ root.T))
