"""Plans of global sensitivity: which cases Morris's and Sobol's methods ask for.

SALib draws them from numbers between 0 and 1, and the ranges of the parameters take these to values: a ``Between``, or
a distribution of scipy.stats. Cases are in the order that the analysis needs (``studies.sweeps.influence``).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.errors import IncompatibleError, MissingSoftwareError, OutOfRangeError
from fem.errors.checking import whole
from studies.metrics.conductance import Array
from studies.sweeps.plans import SamplePlan, named_ranges


def salib(part: str) -> Any:
    """Return a module of SALib; raises MissingSoftwareError without it."""
    from importlib import import_module

    try:
        return import_module(f"SALib.{part}")
    except ModuleNotFoundError as error:
        raise MissingSoftwareError("SALib is not installed: pip install 'memfem[sensitivity]'.") from error


class InfluencePlan(SamplePlan):
    """What the plans of both methods share: every parameter has a range of numbers."""

    def _made(self, number: Any, seed: Any, ranges: Any) -> None:
        self._set(number, seed, ranges)
        for name, one in self.ranges.items():
            if isinstance(one, tuple):
                raise IncompatibleError(
                    f"{name} of {type(self).__name__} is a list of values, which have no order: give a Between or a "
                    "distribution, and one study for each of the values."
                )
        if len(self.ranges) < 2:
            raise OutOfRangeError(
                f"number of parameters of {type(self).__name__}", len(self.ranges), "at least 2"
            )

    @property
    def problem(self) -> dict[str, Any]:
        """The parameters as SALib has them, from 0 to 1."""
        count = len(self.ranges)
        return {"num_vars": count, "names": list(self.ranges), "bounds": [[0.0, 1.0]] * count}


@dataclass(frozen=True, init=False)
class MorrisSample(InfluencePlan):
    """``number`` ways through the space of k parameters, each of k + 1 cases that change one after the other.

    (M. D. Morris, Technometrics 33, 161, 1991.) ``levels``: of each parameter, an even number.
    ``MorrisSample(10, seed=1, thickness=Between(50, 500), barrier=scipy.stats.norm(0.6, 0.05))``.
    """

    levels: int = 4

    def __init__(self, number: int, *, seed: int, levels: int = 4, ranges: Any = None, **named: Any) -> None:
        found = whole(2)("levels of MorrisSample", levels)
        if found % 2:
            raise OutOfRangeError("levels of MorrisSample", levels, "an even number")
        object.__setattr__(self, "levels", found)
        self._made(number, seed, named_ranges("ranges", ranges, named))

    def __len__(self) -> int:
        return self.number * (len(self.ranges) + 1)

    def shares(self) -> Array:
        """Return the numbers from 0 to 1 of all cases, shape (cases, parameters)."""
        found = salib("sample.morris").sample(
            self.problem, self.number, num_levels=self.levels, seed=self.seed
        )
        return _inner(found, self.levels)


def _inner(shares: Array, levels: int) -> Array:
    """Return levels that keep off 0 and 1, where a distribution may have no end: (2i + 1)/2n for i/(n - 1)."""
    return np.asarray((shares * (levels - 1) + 0.5) / levels)


@dataclass(frozen=True, init=False)
class SobolSample(InfluencePlan):
    """``number`` (k + 2) cases of k parameters, from which shares of the variance are estimated.

    (I. M. Sobol, Math. Comput. Simul. 55, 271, 2001; A. Saltelli et al., Comput. Phys. Commun. 181, 259, 2010.)
    ``number``: a power of two, for which the sequence is even.
    """

    def __init__(self, number: int, *, seed: int, ranges: Any = None, **named: Any) -> None:
        self._made(number, seed, named_ranges("ranges", ranges, named))
        if self.number & (self.number - 1):
            raise OutOfRangeError("number of SobolSample", number, "a power of two, such as 64")

    def __len__(self) -> int:
        return self.number * (len(self.ranges) + 2)

    def shares(self) -> Array:
        """Return the numbers from 0 to 1 of all cases, shape (cases, parameters)."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = salib("sample.sobol").sample(
                self.problem, self.number, calc_second_order=False, seed=self.seed
            )
        edge = 0.5 / (4.0 * self.number * len(self.ranges))
        return np.asarray(np.clip(found, edge, 1 - edge))
