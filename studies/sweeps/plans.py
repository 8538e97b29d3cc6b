"""Plans: which cases of a study are computed. A grid, a list, samples at random or of low discrepancy, and products.

A plan gives values by the names of the parameters, whatever the study is. A sample with a larger number begins with
that of the smaller one, for the same seed: a sweep that is extended computes the new cases only.
"""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from scipy.stats import qmc

from fem.description import to_dict
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import each, number, one_of, text, truth, whole
from studies.metrics.conductance import Array

Case = dict[str, Any]
_SEQUENCES = ("halton", "latin hypercube", "sobol")


class Plan(ABC):
    """What all plans can do: be counted, gone through case by case, and multiplied with another one."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """The parameters that the plan gives values for."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __iter__(self) -> Iterator[Case]: ...

    def __mul__(self, other: Plan) -> Product:
        return Product((self, other))

    def record(self) -> dict[str, Any]:
        """Return the plan as plain data, with its seeds; values that are no plain data are described."""
        return to_dict(self)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Between:
    """A range of numbers from which a sample draws, evenly, or evenly in their logarithm."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        settle(self, "a Between", low=number, high=number, log=truth)
        if not self.low < self.high:
            raise OutOfRangeError("high of a Between", self.high, f"above its low, {self.low:g}")
        if self.log and self.low <= 0:
            raise OutOfRangeError("low of a Between with log=True", self.low, "positive")

    def ppf(self, share: Array) -> Array:
        """Return the values below which ``share`` of all lie, shape (n,)."""
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            return np.exp(low + share * (high - low))
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True, init=False)
class Grid(Plan):
    """All combinations of the given values, the last parameter fastest.

    >>> list(Grid(thickness=[100, 200], top=["Ag", "Au"]))[1]
    {'thickness': 100, 'top': 'Au'}
    """

    values: Mapping[str, tuple[Any, ...]]

    def __init__(self, values: Any = None, **named: Any) -> None:
        object.__setattr__(self, "values", _lists("Grid", named_ranges("values", values, named)))

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that the plan gives values for."""
        return tuple(self.values)

    def __len__(self) -> int:
        return math.prod(map(len, self.values.values()))

    def __iter__(self) -> Iterator[Case]:
        return (dict(zip(self.values, case, strict=True)) for case in product(*self.values.values()))


@dataclass(frozen=True, init=False)
class Cases(Plan):
    """The cases of a list: one after the other, each parameter with as many values as there are cases.

    >>> list(Cases(thickness=[100, 200], rate=[0.1, 10.0]))[1]
    {'thickness': 200, 'rate': 10.0}
    """

    values: Mapping[str, tuple[Any, ...]]

    def __init__(self, values: Any = None, **named: Any) -> None:
        found = _lists("Cases", named_ranges("values", values, named))
        if (
            len(lengths := {name: len(column) for name, column in found.items()})
            and len({*lengths.values()}) > 1
        ):
            told = ", ".join(f"{n} of {name}" for name, n in lengths.items())
            raise IncompatibleError(
                f"Cases have {told}; there must be as many values of each (Grid combines them)."
            )
        object.__setattr__(self, "values", found)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that the plan gives values for."""
        return tuple(self.values)

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def __iter__(self) -> Iterator[Case]:
        columns = zip(*self.values.values(), strict=True)
        return (dict(zip(self.values, case, strict=True)) for case in columns)


@dataclass(frozen=True, init=False)
class SamplePlan(Plan):
    """A number of cases drawn from ranges."""

    number: int
    seed: int
    ranges: Mapping[str, Any] = field(default_factory=dict)

    def _set(self, number: Any, seed: Any, ranges: Mapping[str, Any]) -> None:
        kind = type(self).__name__
        object.__setattr__(self, "number", whole(1)(f"number of cases of {kind}", number))
        object.__setattr__(self, "seed", whole(0)(f"seed of {kind}", seed))
        if not ranges:
            raise OutOfRangeError(f"number of parameters of {kind}", 0, "at least 1")
        object.__setattr__(self, "ranges", {name: _range(kind, name, one) for name, one in ranges.items()})

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that the plan gives values for."""
        return tuple(self.ranges)

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[Case]:
        shares = self.shares()
        columns = [_drawn(one, shares[:, k]) for k, one in enumerate(self.ranges.values())]
        return (dict(zip(self.ranges, case, strict=True)) for case in zip(*columns, strict=True))

    def record(self) -> dict[str, Any]:
        """Return the plan as plain data, with its seed; a distribution of scipy by its name and arguments."""
        ranges = {name: _told(one) for name, one in self.ranges.items()}
        return super().record() | {"ranges": to_dict(ranges)}

    @abstractmethod
    def shares(self) -> Array:
        """Return the numbers from 0 to 1 of all cases, shape (cases, parameters)."""


@dataclass(frozen=True, init=False)
class Random(SamplePlan):
    """``number`` independent cases: of a ``Between``, of a list of values, or of a frozen distribution of scipy.stats.

    ``Random(100, seed=1, thickness=Between(50, 500), top=["Ag", "Au"], barrier=scipy.stats.norm(0.6, 0.05))``;
    ``ranges={"seed": ...}`` is for parameters that are called as an argument here.
    """

    def __init__(self, number: int, *, seed: int, ranges: Any = None, **named: Any) -> None:
        self._set(number, seed, named_ranges("ranges", ranges, named))

    def shares(self) -> Array:
        """Return the numbers from 0 to 1 of all cases, shape (cases, parameters)."""
        return np.random.default_rng(self.seed).random((self.number, len(self.ranges)))


@dataclass(frozen=True, init=False)
class LowDiscrepancy(SamplePlan):
    """``number`` cases that fill the space of the parameters more evenly than ``Random`` ones, which see there.

    ``sequence``: "sobol" (scrambled, Owen, J. Complexity 1998, 14, 466; evenest for powers of two) or "halton", which
    begin with those of a smaller number; "latin hypercube" does not, so that no case of it is shared.
    """

    sequence: str = "sobol"

    def __init__(
        self, number: int, *, seed: int, sequence: str = "sobol", ranges: Any = None, **named: Any
    ) -> None:
        object.__setattr__(self, "sequence", one_of(_SEQUENCES)("sequence of LowDiscrepancy", sequence))
        self._set(number, seed, named_ranges("ranges", ranges, named))

    def shares(self) -> Array:
        """Return the numbers from 0 to 1 of all cases, shape (cases, parameters)."""
        engines = {"halton": qmc.Halton, "latin hypercube": qmc.LatinHypercube, "sobol": qmc.Sobol}
        engine = engines[self.sequence](len(self.ranges), rng=np.random.default_rng(self.seed))
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The balance properties", UserWarning)
            return np.asarray(engine.random(self.number), dtype=float)


@dataclass(frozen=True)
class Product(Plan):
    """Every case of the first plan with every case of the next one; ``a * b`` makes it."""

    plans: tuple[Plan, ...]

    def __post_init__(self) -> None:
        plans = each(_plan, 1)("plans of a Product", self.plans)
        names = [name for plan in plans for name in plan.names]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise IncompatibleError(f"{twice[0]} is in two plans of a product; it must be in one of them.")
        object.__setattr__(self, "plans", plans)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that the plan gives values for."""
        return tuple(name for plan in self.plans for name in plan.names)

    def record(self) -> dict[str, Any]:
        """Return the plans as plain data."""
        return {"type": "product", "plans": [plan.record() for plan in self.plans]}

    def __len__(self) -> int:
        return math.prod(map(len, self.plans))

    def __iter__(self) -> Iterator[Case]:
        parts = product(*map(list, self.plans))
        return ({name: value for part in case for name, value in part.items()} for case in parts)


def _plan(thing: str, value: Any) -> Plan:
    if not isinstance(value, Plan):
        raise OutOfRangeError(
            thing, value, "a Grid, Cases, a Random or LowDiscrepancy sample, or a product of them"
        )
    return value


def named_ranges(field: str, given: Any, named: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by parameter; ``field`` itself may be the name of one."""
    if given is None or isinstance(given, Mapping):
        return {**(given or {}), **named}
    return {field: given, **named}


def _lists(kind: str, values: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    if not values:
        raise OutOfRangeError(f"number of parameters of {kind}", 0, "at least 1")
    return {text(f"a parameter of {kind}", n): _values(f"{n} of {kind}", v) for n, v in values.items()}


def _values(thing: str, values: Any) -> tuple[Any, ...]:
    """Return one or more values as they are in Python: a number of numpy as a plain one."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        values = values.tolist()
    return each(_value, 1)(thing, values)


def _value(thing: str, value: Any) -> Any:
    if value is None or isinstance(value, list):
        raise OutOfRangeError(thing, value, "a number, a text or a description; several make a tuple")
    return value


def _range(kind: str, name: str, given: Any) -> Any:
    """Return what values of a parameter are drawn from."""
    if callable(getattr(given, "ppf", None)) and not isinstance(given, type):
        return given
    if isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping):
        return _values(f"{name} of {kind}", given)
    allowed = "a Between, a list of values to choose from, or a distribution of scipy.stats"
    raise OutOfRangeError(f"{name} of {kind}", given, allowed)


def _drawn(one: Any, shares: Array) -> Sequence[Any]:
    """Return the values of a parameter at numbers from 0 to 1."""
    if isinstance(one, tuple):
        return [one[min(int(share * len(one)), len(one) - 1)] for share in shares]
    return np.asarray(one.ppf(shares), dtype=float).tolist()  # type: ignore[no-any-return]


def _told(one: Any) -> Any:
    """Return a range as it can be described."""
    if (law := getattr(one, "dist", None)) is None:
        return one
    return {"distribution": str(law.name), "arguments": tuple(one.args), "keywords": dict(one.kwds)}
