"""The ranges of voltage in which one law of conduction each holds.

They are those of the smallest sum of χ² and the penalty of BIC, by dynamic programming over their ends (R. Bellman and
R. Roth, J. Am. Stat. Assoc. 64, 1079, 1969).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from studies.metrics.conduction_fits import FEWEST, Samples, Solution, solved
from studies.metrics.conduction_laws import LAWS, Law

_MOST_ENDS = 16
_LOOKED_AT = 120  # samples, to find the ranges of all
_GOOD = 1.2  # χ² for each sample of one law, at which no other range is looked for
_LEAST_GAIN = 10.0  # of BIC by which one more range must be better: its end could be at many samples
_ROUNDS = 8


def best(samples: Samples, penalty: float, laws: Iterable[Law] = LAWS) -> Solution | None:
    """Return the law of the smallest χ² with a ``penalty`` for each parameter, None if all are forbidden."""
    found = [solved(law, samples) for law in laws if samples.several or not (law.alike and law.activated)]
    can = [
        s for s in found if not s.objection
    ]  # at one temperature hopping is the curve of direct tunnelling
    return min(can, key=lambda s: s.chi_square + penalty * len(s.parameters), default=None)


def ranges(samples: Samples, most: int, known_noise: bool, least_variance: float) -> list[int]:
    """Return the ends of the ranges, 0 and n included, at most ``most`` ranges.

    A noise that is not known is that of the fits, of a variance above ``least_variance`` times that of the samples. Of
    many samples every second, third or so is looked at.
    """
    stride = -(-samples.voltage.size // _LOOKED_AT)
    if stride > 1:
        few = ranges(samples.every(stride), most, known_noise, least_variance)
        return _free_ends(samples, [0, *(stride * e for e in few[1:-1]), samples.voltage.size])
    n = samples.voltage.size
    cost = _Costs(samples, known_noise, least_variance)
    whole = cost.between(0, n)
    if most == 1 or whole.chi_square <= _GOOD * n or n < 2 * FEWEST:
        return [0, n]
    inner = np.linspace(FEWEST, n - FEWEST, min(_MOST_ENDS, n - 2 * FEWEST + 1)).round().astype(int)
    ends = _free_ends(samples, [0, *map(int, np.unique(inner)), n])
    tried = [_shifted(e, samples, cost, n // _MOST_ENDS + 1) for e in _programmed(ends, cost, most)]
    chosen = [0, n]
    for one in tried:
        if cost.of(one) < cost.of(chosen) - _LEAST_GAIN * (len(one) - len(chosen)):
            chosen = one
    return chosen


class _Cost(NamedTuple):
    """χ² of the best law, and the penalty of its parameters."""

    chi_square: float
    penalty: float

    @property
    def total(self) -> float:
        return self.chi_square + self.penalty


class _Costs:
    """The costs of parts of the samples, each computed once."""

    def __init__(self, samples: Samples, known_noise: bool, least_variance: float) -> None:
        self.samples, self.kept = samples, dict[tuple[int, int], _Cost]()
        self.known, self.least = known_noise, least_variance

    def between(self, begin: int, end: int) -> _Cost:
        """Return the cost of the best law of a part."""
        if (begin, end) not in self.kept:
            self.kept[begin, end] = self._of_part(begin, end)
        return self.kept[begin, end]

    def _of_part(self, begin: int, end: int) -> _Cost:
        count = float(np.log(self.samples.voltage.size))
        solution = best(self.samples.part(begin, end), count) if end - begin >= FEWEST else None
        if solution is None:
            return _Cost(np.inf, np.inf)
        return _Cost(solution.chi_square, len(solution.parameters) * count)

    def of(self, ends: list[int]) -> float:
        """Return the BIC of all ranges, each end but the first and the last one more parameter."""
        n = self.samples.voltage.size
        each = [self.between(a, b) for a, b in pairwise(ends)]
        misfit, penalty = sum(c.chi_square for c in each), sum(c.penalty for c in each)
        if not self.known:
            misfit = n * float(np.log(max(misfit / n, self.least)))
        return misfit + penalty + (len(ends) - 2) * float(np.log(n))


def _free_ends(samples: Samples, ends: list[int]) -> list[int]:
    """Return ``ends`` that part no samples of equal voltage."""
    v = samples.voltage
    return sorted({e if e in (0, v.size) else int(np.searchsorted(v, v[e] * (1 - 1e-9))) for e in ends})


def _programmed(ends: list[int], cost: _Costs, most: int) -> list[list[int]]:
    """Return the best ranges between ``ends``, for each number of them from 2 to ``most``."""
    reached = [{e: (cost.between(0, e).total, [0, e]) for e in ends[1:]}]
    for _ in range(1, most):
        before, now = reached[-1], dict[int, tuple[float, list[int]]]()
        for end in ends[1:]:
            paths = [
                (before[e][0] + cost.between(e, end).total, [*before[e][1], end])
                for e in before
                if e <= end - FEWEST and np.isfinite(before[e][0])
            ]
            if paths:
                now[end] = min(paths)
        reached.append(now)
    last = ends[-1]
    return [found[last][1] for found in reached[1:] if last in found and np.isfinite(found[last][0])]


def _shifted(ends: list[int], samples: Samples, cost: _Costs, reach: int) -> list[int]:
    """Return the ends, each moved to the best sample within ``reach`` until all stay."""
    before = list(ends)
    for _ in range(_ROUNDS):
        now = list(before)
        for k in range(1, len(now) - 1):
            low, high = now[k - 1], now[k + 1]
            near = range(max(now[k] - reach, low + 1), min(now[k] + reach + 1, high))
            free = [e for e in _free_ends(samples, list(near)) if low < e < high]
            now[k] = min(free, key=lambda e: cost.between(low, e).total + cost.between(e, high).total)
        if now == before:
            break
        before = now
    return before
