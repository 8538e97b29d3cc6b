"""Cells of an array: one family, parameters of its own for each cell, what they do in a stage of a step.

A cell may be two in series, such as a memory and its selector (1S1R), a diode (1D1R) or an access transistor (1T1R).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import array, each, instance, whole
from studies.compact.family import Family
from studies.compact.model import CompactModel
from studies.compact.stage import Stage, stage

Array = NDArray[np.float64]
#: Steps of Newton's method for the voltage between two cells in series, and when they are enough (of the voltage).
_SERIES_STEPS, _SAME = 80, 1e-13


@dataclass(frozen=True, eq=False)
class Cells:
    """Cells of a ``family`` with ``values`` of its parameters, shape (rows, columns, parameters)."""

    family: Family
    values: Array

    def __post_init__(self) -> None:
        settle(self, "cells of an array", family=instance(Family), values=array)
        values = np.asarray(self.values, dtype=float)
        if values.ndim != 3 or values.shape[2] != len(self.family.parameters) or 0 in values.shape[:2]:
            raise IncompatibleError(
                f"values of cells have the shape {values.shape}; it must be (rows, columns, "
                f"{len(self.family.parameters)}) for {self.family.name}."
            )
        if not np.isfinite(values).all():
            raise OutOfRangeError("values of cells", "nan or infinite", "finite")
        for k, (name, what) in enumerate(self.family.parameters.items()):
            for value in {float(values[..., k].min()), float(values[..., k].max())}:
                what.check(name, value)
        object.__setattr__(self, "values", values)

    @classmethod
    def of(
        cls, model: CompactModel, shape: tuple[int, int], own: Mapping[str, ArrayLike] | None = None
    ) -> Cells:
        """Return cells that are all the ``model``, but for the parameters in ``own``: one value, or (rows, columns).

        Raises IncompatibleError for a model per area or of a transistor, UnknownNameError for another's parameter.
        """
        instance(CompactModel)("model of cells", model)
        each(whole(1), 2, 2)("(rows, columns) of cells", shape)
        if model.current_unit != "A":
            raise IncompatibleError("an array has cells in A; give the model with_area of a cell.")
        if model.family.drain:
            raise IncompatibleError(f"{model.family.name} has a gate; cells of an array have two ends.")
        values = np.empty((*shape, len(model.family.parameters)))
        values[:] = list(model.values().values())
        return cls(model.family, values).replaced(own or {})

    def replaced(self, own: Mapping[str, ArrayLike]) -> Cells:
        """Return the cells with other values of the parameters in ``own``: one value, or (rows, columns).

        Raises OutOfRangeError for a value that the parameter cannot have, IncompatibleError for another shape.
        """
        values, names = self.values.copy(), list(self.family.parameters)
        for name, given in own.items():
            if name not in names:
                raise UnknownNameError("compact-model parameter", name, names)
            values[..., names.index(name)] = one_or_all(f"values of {name}", given, self.shape)
        return Cells(self.family, values)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def widths(self) -> tuple[int, ...]:
        """How many states each of the cells in series has: one, of these."""
        return (len(self.family.states),)

    def named(self, name: str) -> int:
        """Return where the state ``name`` is among the states."""
        if name not in self.family.states:
            raise UnknownNameError("state", name, self.family.states)
        return list(self.family.states).index(name)

    def initial(self, ambient: float) -> Array:
        """Return the states at time 0, shape (rows, columns, states)."""
        return self._each("initial", ambient)

    def ends(self, name: str) -> tuple[Array, Array]:
        """Return the lowest and the highest value of the state ``name``, (rows, columns) each; infinite without one."""
        known = {n: self.values[..., k] for k, n in enumerate(self.family.parameters)}
        nothing, found = dict.fromkeys(self.family.states, 0.0), []
        for end, without in (("lower", -np.inf), ("upper", np.inf)):
            told = f"{end} {name}" in self.family.expressions
            value = self.family.evaluated(f"{end} {name}", known, 0.0, nothing, 300.0) if told else without
            found.append(np.broadcast_to(value, self.shape))
        return found[0], found[1]

    @cached_property
    def scales(self) -> Array:
        """How large the states are, shape (rows, columns, states)."""
        return self._each("scale", 300.0)

    def _each(self, what: str, ambient: float) -> Array:
        known = {n: self.values[..., k] for k, n in enumerate(self.family.parameters)}
        nothing = dict.fromkeys(self.family.states, 0.0)
        found = np.empty((*self.shape, len(self.family.states)))
        for k, name in enumerate(self.family.states):
            found[..., k] = self.family.evaluated(f"{what} {name}", known, 0.0, nothing, ambient)
        return found

    def stage(
        self, step: float, ambient: Array, states: Array, volts: Array, before: Array, guess: Array
    ) -> Stage:
        """Return states, currents [A] and slopes [S] of all cells at ``volts``; see ``studies.compact.stage``."""
        shape, count = self.shape, self.values.shape[2]
        flat = [a.reshape(volts.size, a.shape[2]) for a in (states, guess, self.scales)]
        found = stage(self.family, self.values.reshape(-1, count), ambient.ravel(), volts.ravel(), flat[0], step=step,
                      scales=flat[2], before=before.ravel(), guess=flat[1])  # fmt: skip
        return Stage(
            found.states.reshape(states.shape), found.current.reshape(shape), found.slope.reshape(shape)
        )


@dataclass(frozen=True, eq=False)
class InSeries:
    """Cells ``upper`` and ``lower`` in series, the upper on the word line; their states one after the other.

    A selector that holds at more than the part of the voltage that it takes when it is open closes and opens again and
    again, each time in its ``tau``: a pulse of many of them takes as many steps, and long.
    """

    upper: Cells
    lower: Cells

    def __post_init__(self) -> None:
        settle(self, "cells in series", upper=instance(Cells), lower=instance(Cells))
        if self.upper.shape != self.lower.shape:
            raise IncompatibleError(f"{self.upper.shape} and {self.lower.shape} cells cannot be in series.")
        if self.upper.family.stores_charge or self.lower.family.stores_charge:
            raise IncompatibleError("cells with a displacement current are not put in series.")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.upper.shape

    @property
    def family(self) -> Family:
        """That of the upper cells, which are the memory."""
        return self.upper.family

    @property
    def widths(self) -> tuple[int, ...]:
        """How many states the upper and the lower cells have."""
        return *self.upper.widths, *self.lower.widths

    def named(self, name: str) -> int:
        """Return where the state ``name`` of the upper cells is among the states."""
        return self.upper.named(name)

    def ends(self, name: str) -> tuple[Array, Array]:
        """Return the lowest and the highest value of the upper cells' state ``name``."""
        return self.upper.ends(name)

    def initial(self, ambient: float) -> Array:
        """Return the states at time 0, shape (rows, columns, states)."""
        return np.concatenate((self.upper.initial(ambient), self.lower.initial(ambient)), axis=2)

    @cached_property
    def scales(self) -> Array:
        """How large the states are, shape (rows, columns, states)."""
        return np.concatenate((self.upper.scales, self.lower.scales), axis=2)

    def stage(
        self, step: float, ambient: Array, states: Array, volts: Array, before: Array, guess: Array
    ) -> Stage:
        """Return states, currents [A] and slopes [S] at ``volts`` [V] across both, by Newton and bisection."""
        k = self.upper.widths[0]
        low, high = np.minimum(volts, 0.0), np.maximum(volts, 0.0)
        u = 0.5 * volts
        for _ in range(_SERIES_STEPS):
            a = self.upper.stage(step, ambient, states[..., :k], u, u, guess[..., :k])
            b = self.lower.stage(step, ambient, states[..., k:], volts - u, volts - u, guess[..., k:])
            more = a.current - b.current
            low, high = np.where(more < 0, u, low), np.where(more < 0, high, u)
            slope = a.slope + b.slope
            with np.errstate(divide="ignore", invalid="ignore"):
                new = u - more / slope
            new = np.where((new >= low) & (new <= high) & (slope > 0), new, 0.5 * (low + high))
            done = np.abs(new - u) <= _SAME * np.abs(volts)
            if done.all():
                break
            u = np.where(done, u, new)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(a.slope + b.slope > 0, a.slope * b.slope / (a.slope + b.slope), 0.0)
        current = np.where(
            a.slope < b.slope, a.current, b.current
        )  # of the one that tells it from the voltage
        current = np.where(np.isfinite(a.current + b.current), current, np.nan)
        return Stage(np.concatenate((a.states, b.states), axis=2), current, slope)


#: Cells of one element or of two.
AnyCells = Cells | InSeries


def law(
    cells: AnyCells,
    step: float,
    ambient: Array,
    states: Array,
    before: Array,
    guess: Array,
    kept: list[Array],
) -> Callable[[Array], tuple[Array, Array]]:
    """Return the law of the cells' currents at the end of a stage; it leaves their states as ``kept[0]``."""

    def at(volts: Array) -> tuple[Array, Array]:
        found = cells.stage(step, ambient, states, volts, before, kept[0] if kept else guess)
        good = np.isfinite(found.current)[..., None]
        kept[:] = [np.where(good, found.states, guess)]
        return found.current, found.slope

    return at


def one_or_all(what: str, values: ArrayLike, shape: tuple[int, int]) -> Array:
    """Return one number or one for each cell; raises IncompatibleError for another shape."""
    found = np.asarray(array(what, values), dtype=float)
    if found.shape not in ((), shape):
        raise IncompatibleError(
            f"{what} have the shape {found.shape}; it is one number or one per cell, {shape}."
        )
    return found


def check_same(what: str, values: ArrayLike, shape: Sequence[int]) -> Array:
    """Return numbers of the ``shape``; raises IncompatibleError for another."""
    found = np.asarray(values, dtype=float)
    if found.shape != tuple(shape):
        raise IncompatibleError(f"{what} have the shape {found.shape}; it must be {tuple(shape)}.")
    return found
