"""The search of a fit: what varies and how, the guesses that it begins with, and the least squares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from studies.compact.family import Array, Family
from studies.compact.features import Features
from studies.compact.fit_data import FitData

if TYPE_CHECKING:
    from lmfit import Parameter as LmfitParameter
    from lmfit import Parameters

#: Errors of the integration in the search, and in the last refinement, and the steps of numerical derivatives, which
#: must be large beside these.
COARSE, FINE, STEP = 1e-5, 1e-9, 1e-4
_MOST = 300  # steps of the last refinement
_SPREAD = 256  # guesses of a family that has none of its own
_OF_TRACE = "__trace_"  # between the name of an initial state and the number of its trace


@dataclass(frozen=True, eq=False)
class Refined:
    """The end of a fit: ``params`` (lmfit), the names of those that vary, the ``residual`` and its derivatives."""

    params: Parameters
    var_names: tuple[str, ...]
    residual: Array
    jac: Array


@dataclass(frozen=True, eq=False)
class Search:
    """The fit of a ``family`` to ``data``; ``own_starts``: each trace has its own initial state."""

    family: Family
    data: Sequence[FitData]
    fixed: Mapping[str, float]
    own_starts: bool = False

    def residual(self, values: Mapping[str, float], tolerance: float) -> Array:
        """Return the residuals of all traces behind each other."""
        found = [
            d.residual(self.family, self.of_trace(values, k), tolerance) for k, d in enumerate(self.data)
        ]
        return np.concatenate(found)

    def of_trace(self, values: Mapping[str, float], k: int) -> dict[str, float]:
        """Return the values of the family's parameters that trace ``k`` sees."""
        own = {n: values[n] for n in self.family.parameters}
        return own | (self.start_values(values, k) if self.own_starts and k else {})

    def start_values(self, values: Mapping[str, float], k: int) -> dict[str, float]:
        """Return the parameters of the initial state of trace ``k``."""
        return {n: values[f"{n}{_OF_TRACE}{k}" if k else n] for n in self._initial()}

    def _initial(self) -> list[str]:
        """Return the parameters that set the initial state and nothing else, if they are free."""
        return [n for n in self.family.initial_parameters if n not in self.fixed]

    def guesses(self) -> list[dict[str, float]]:
        """Return starting values, best first, those of different kinds among the first."""
        features = Features.of(self.data)
        bounds = self.bounds(features)
        made = self.family.starts(features) if self.family.starts else _spread(self.family, bounds)
        found: list[tuple[float, dict[str, float]]] = []
        for guess in made:
            full = {n: min(max(float(guess[n]), low), high) for n, (low, high) in bounds.items()} | dict(
                self.fixed
            )
            discrete = [n for n, d in self.family.parameters.items() if d.values and guess[n] != full[n]]
            if not discrete:
                found.append((float(np.sum(self.residual(self._own(full), COARSE) ** 2)), full))
        found.sort(key=lambda pair: pair[0])
        return [guess for _, guess in found]

    def _own(self, values: dict[str, float]) -> dict[str, float]:
        """Return the values with an initial state for each trace."""
        if not self.own_starts:
            return values
        more = {f"{n}{_OF_TRACE}{k}": values[n] for k in range(1, len(self.data)) for n in self._initial()}
        return more | values

    def bounds(self, features: Features) -> dict[str, tuple[float, float]]:
        """Return the range of each parameter, that of the data within that of the family."""
        own = dict(self.family.bounds(features)) if self.family.bounds else {}
        declared = {n: (d.lower, d.upper) for n, d in self.family.parameters.items()}
        return {n: (max(low, own.get(n, (low, high))[0]), min(high, own.get(n, (low, high))[1]))
                for n, (low, high) in declared.items()}  # fmt: skip

    def parameters(self, guess: Mapping[str, float], *, held: bool = False) -> Parameters:
        """Return lmfit parameters, some by their logarithm; ``held``: those that the family holds do not vary."""
        from lmfit import Parameters

        out, bounds = Parameters(), self.bounds(Features.of(self.data))
        for name, value in self._own(dict(guess)).items():
            plain = name.split(_OF_TRACE)[0]
            declared, (low, high) = self.family.parameters[plain], bounds[plain]
            change = np.log if declared.logarithmic else float
            if name in self.fixed or declared.values:
                out.add(name, value=float(change(value)), vary=False)
                continue
            inside = min(max(value, low), high)
            out.add(name, value=float(change(inside)), min=float(change(low)), max=float(change(high)),
                    vary=not (held and declared.held))  # fmt: skip
        return out

    def values(self, parameters: Parameters) -> dict[str, float]:
        """Return the physical values of lmfit parameters."""
        return {n: self._physical(n, float(p.value)) for n, p in parameters.items()}

    def _physical(self, name: str, value: float) -> float:
        return float(np.exp(value)) if self.family.parameters[name.split(_OF_TRACE)[0]].logarithmic else value

    def improved(
        self, guess: Mapping[str, float], rounds: int, *, held: bool = False
    ) -> tuple[float, dict[str, float]]:
        """Return the sum of squares and the values after at most ``rounds`` steps."""
        from scipy.optimize import least_squares

        parameters = self.parameters(guess, held=held)
        free = [n for n, p in parameters.items() if p.vary]
        start = self.values(parameters)

        def values(x: Array) -> dict[str, float]:
            return start | {n: self._physical(n, float(a)) for n, a in zip(free, x, strict=True)}

        def residual(x: Array) -> Array:
            return self.residual(values(x), COARSE)

        low, high = ([getattr(parameters[n], side) for n in free] for side in ("min", "max"))
        inside = np.clip([parameters[n].value for n in free], low, high)
        found = least_squares(
            residual, inside, bounds=(low, high), x_scale="jac", max_nfev=rounds, diff_step=STEP
        )
        return float(found.cost), values(found.x)

    def refined(self, parameters: Parameters) -> Refined:
        """Return the least squares from ``parameters`` on, with fine steps of the integration."""
        from scipy.optimize import least_squares

        names = tuple(n for n, p in parameters.items() if p.vary)
        out = parameters.copy()
        if not names:
            return Refined(out, names, self.residual(self.values(out), FINE), np.zeros((0, 0)))

        def residual(x: Array) -> Array:
            for n, value in zip(names, x, strict=True):
                out[n].value = float(value)
            return self.residual(self.values(out), FINE)

        low, high = ([getattr(parameters[n], side) for n in names] for side in ("min", "max"))
        found = least_squares(
            residual, [parameters[n].value for n in names], bounds=(low, high), x_scale="jac", jac="3-point",
            diff_step=STEP, ftol=1e-9, xtol=1e-9, max_nfev=_MOST,
        )  # fmt: skip
        return Refined(out, names, residual(found.x), found.jac)

    def natural_scale(self, name: str, values: Mapping[str, float]) -> float:
        """Return the change of a parameter that is a large one: a factor of e, or the size that it has."""
        plain = name.split(_OF_TRACE)[0]
        declared = self.family.parameters[plain]
        if declared.logarithmic:
            return 1.0
        if declared.natural:
            return max(abs(values[name]), values[declared.natural])
        return max(abs(values[name]), min(1.0, declared.upper - declared.lower))


def _spread(family: Family, bounds: Mapping[str, tuple[float, float]]) -> list[dict[str, float]]:
    """Return guesses that fill the ranges evenly, the same each time (Sobol's sequence)."""
    from scipy.stats import qmc

    free = [n for n, d in family.parameters.items() if not d.values]
    points = qmc.Sobol(len(free), scramble=False).random(_SPREAD)[1:]
    found = []
    for point in points:
        guess = {n: d.values[-1] for n, d in family.parameters.items() if d.values}
        for n, share in zip(free, point, strict=True):
            low, high = bounds[n]
            if family.parameters[n].logarithmic:
                guess[n] = float(low * (high / low) ** share)
            else:
                guess[n] = float(low + share * (high - low))
        found.append(guess)
    return found


def at_bound(p: LmfitParameter) -> str:
    """Return "at its lower bound" or "at its upper bound", "" if it is between them."""
    reach = 1e-4 * (p.max - p.min) if np.isfinite(p.max - p.min) else 0.0
    if p.value - p.min < reach * (1e-4 if p.min == 0 else 1.0):
        return "at its lower bound"
    return "at its upper bound" if p.max - p.value < reach else ""
