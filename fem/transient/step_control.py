r"""How large a time step may be: the history of a transient, what it predicts and how wrong that was.

Variable-step BDF2, with backward Euler while there is no history:

.. math:: \dot u \approx \frac{1}{h}\left[\frac{1+2\omega}{1+\omega}u^{m} - (1+\omega)u^{m-1}
          + \frac{\omega^2}{1+\omega}u^{m-2}\right],\quad \omega = h/h_{prev}

(E. Hairer and G. Wanner, Solving Ordinary Differential Equations II, 1996, ch. V.1). The local error is the
distance of the new values from the polynomial through the last ones times 1/2 (1/5 at second order). Only
step sizes enter, never absolute times: a picosecond after a million seconds is a picosecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem.errors import OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import between, positive, positive_or_infinite

Array = npt.NDArray[np.float64]
_ERROR_CONSTANT = {1: 0.5, 2: 0.2}
_KEPT = 3  # states: two for the formula, one more for the error of second order
_DEPLETED = 0.1  # of an ion's mean density; below it the ions hardly count in the inventory
_TEPID, _WARM = 1e-4, 0.05  # rises of the temperature [T0] between which its error is relative
_FEWEST = 1e-3  # of the mean density: ions whose own error is told
_CROWDED = 1e-4  # share of vacant sites below which none are predicted
_FARTHEST = 3.0  # largest change of a density's logarithm that is predicted


@dataclass(frozen=True, kw_only=True)
class StepControl:
    """How large time steps may be.

    ``tolerance``: local error of the potential [kT/q], of ion densities (see below), of trapped electrons (relative
    to all of the level plus these), of the temperature (relative to its local rise, taken as 1e-4 to 0.05 of the
    ambient one), of a polarisation (relative to the remanent one) and of the conductivity that a decomposition leaves
    (relative to itself).
    The error of ions is relative to their local density and the part ``depleted`` of the mean. Where they are fewer, it
    may be larger than ``tolerance``: ``ion_error`` of a transient and of its trace says how large, of the local density
    and a thousandth of the mean.
    ``max_bias_step`` [V] bounds the change of any contact's bias in one step, ``max_light_step`` that of a light
    that changes, relative to its largest value.
    ``start_fraction`` of the step that they allow is the first step after a kink. ``min_step`` and ``max_step``
    [s]. ``resolution``: about how far a straight line between two steps may be from the current, of the
    largest current so far; none by default.
    """

    tolerance: float = 2e-3
    max_bias_step: float = 0.025
    max_light_step: float = 0.1
    start_fraction: float = 0.02
    growth: float = 2.0
    min_step: float = 1e-15
    max_step: float = np.inf
    resolution: float = np.inf
    depleted: float = 0.01

    def __post_init__(self) -> None:
        settle(
            self,
            "the step control",
            tolerance=positive,
            max_bias_step=positive_or_infinite,
            max_light_step=positive_or_infinite,
            start_fraction=between(1e-6, 1.0),
            growth=between(1.0, 1e3),
            min_step=positive,
            max_step=positive_or_infinite,
            resolution=positive_or_infinite,
            depleted=between(1e-9, 1.0),
        )
        if self.growth == 1:
            raise OutOfRangeError("growth of the step control", self.growth, "above 1")
        if self.min_step > self.max_step:
            raise OutOfRangeError(
                "min_step of the step control", self.min_step, f"at most max_step, {self.max_step:g} s"
            )

    def next_step(self, step: float, error: float, order: int) -> float:
        """Return the step [s] after one of ``step`` [s] whose error was ``error`` of the tolerance."""
        factor = self.growth if error == 0 else 0.8 * error ** (-1 / (order + 1))
        return step * min(self.growth, max(0.3, factor))


@dataclass(frozen=True)
class History:
    """The last values since a kink, newest last, shape (nodes, unknowns), and the steps between them [s]."""

    values: tuple[Array, ...]
    steps: tuple[float, ...] = ()

    @property
    def order(self) -> int:
        """The order of the formula for the next step."""
        return min(len(self.values), 2)

    def after(self, step: float, values: Array) -> History:
        """Return the history with ``values`` at the end of a further ``step`` [s]."""
        return History((*self.values, values)[-_KEPT:], (*self.steps, step)[1 - _KEPT :])

    def restarted(self) -> History:
        """Return the newest values without what was before."""
        return History(self.values[-1:])

    def formula(self, step: float) -> tuple[float, float, float]:
        """Return the coefficients [1/s] of (u, u_previous, u_older) in the rate over ``step`` [s]."""
        if len(self.values) == 1:
            return 1 / step, -1 / step, 0.0
        ratio = step / self.steps[-1]
        first, last = (1 + 2 * ratio) / (1 + ratio), ratio**2 / (1 + ratio)
        return first / step, -(1 + ratio) / step, last / step

    def weights(self, step: float, points: int) -> list[float]:
        """Return the weights of the last ``points`` values in their polynomial at ``step`` [s] from now."""
        ages = [0.0]
        for back in reversed(self.steps):
            ages.insert(0, ages[0] - back)
        ages = ages[-points:]
        found = []
        for k, t in enumerate(ages):
            weight = 1.0
            for m, other in enumerate(ages):
                weight *= (step - other) / (t - other) if m != k else 1.0
            found.append(weight)
        return found

    def polynomial(self, step: float, points: int) -> Array:
        """Return the polynomial through the last ``points`` values at ``step`` [s] from now."""
        terms = zip(self.weights(step, points), self.values[-points:], strict=True)
        total: Array = sum(w * v for w, v in terms)  # type: ignore[assignment]
        return total


@dataclass(frozen=True)
class ErrorNorm:
    """How far two sets of unknowns are apart: potential [kT/q], and the controlled fields.

    Of these, ions relative to mean plus local density, trapped electrons to the level's plus their own, the
    temperature to its local rise, and polarisations to their scale.
    """

    controlled: tuple[int, ...]  #: columns of the densities whose error counts
    means: tuple[float, ...]  #: what they are measured by besides their local value, scaled
    temperature: int | None = None  #: column of the temperature's rise [T0], if it is an unknown
    potential: bool = True  #: whether the potential counts; it does not where it has no history of its own
    held: tuple[int, ...] = ()  #: columns of polarisations, of either sign and measured absolutely
    levels: tuple[int, ...] = ()  #: columns of trapped electrons, measured by all of their level
    signed: tuple[int, ...] = ()  #: other columns of either sign, which follow without a history of their own

    @classmethod
    def of(
        cls,
        values: Array,
        controlled: Mapping[int, float | None],
        temperature: int | None = None,
        *,
        potential: bool = True,
        held: Sequence[int] = (),
        signed: Sequence[int] = (),
        levels: Sequence[int] = (),
    ) -> ErrorNorm:
        """Return the norm of a transient that starts with ``values``, shape (nodes, unknowns).

        ``controlled``: columns whose error counts, with their scale; None stands for the largest value.
        """
        means = (
            float(values[:, k].max(initial=0.0)) if scale is None else scale
            for k, scale in controlled.items()
        )
        return cls(
            tuple(controlled),
            tuple(means),
            temperature,
            potential,
            tuple(held),
            tuple(levels),
            tuple(signed),
        )

    def distance(self, values: Array, other: Array, depleted: float = 1.0) -> float:
        """Return the largest difference over the nodes of this rank; ``depleted``: see ``StepControl``."""
        gap = np.abs(values - other)
        worst = float(gap[:, 0].max(initial=0.0)) if self.potential else 0.0
        worst = max(worst, float(gap[:, list(self.held)].max(initial=0.0)))
        if self.temperature is not None:
            rise = np.clip(np.abs(values[:, self.temperature]), _TEPID, _WARM)
            worst = max(worst, float((gap[:, self.temperature] / rise).max(initial=0.0)))
        return max(worst, self._of_densities(gap, values, depleted))

    def _of_densities(self, gap: Array, values: Array, depleted: float) -> float:
        """Return the largest difference of a controlled density, of itself and a part of its mean."""
        worst = 0.0
        for k, mean in zip(self.controlled, self.means, strict=True):
            scale = values[:, k] + (mean if k in self.levels else depleted * mean)
            part = np.divide(gap[:, k], scale, out=np.zeros_like(scale), where=scale > 0)
            worst = max(worst, float(part.max(initial=0.0)))
        return worst

    def local_error(
        self, history: History, step: float, values: Array, depleted: float = 1.0
    ) -> tuple[float, float]:
        """Return the error of ``values``, ``step`` [s] after the history, and that of the few ions in depleted places.

        The latter of their own density, down to a thousandth of the mean. 0 without a history.
        """
        order = len(history.values) - 1
        if order == 0:
            return 0.0, 0.0
        guess = history.polynomial(step, order + 1)
        own = self._of_densities(np.abs(values - guess), values, _FEWEST)
        return _ERROR_CONSTANT[order] * self.distance(values, guess, depleted), _ERROR_CONSTANT[order] * own

    def guess(self, history: History, step: float) -> Array:
        """Return the start of Newton's method, ``step`` [s] after the history, shape (nodes, unknowns).

        The potential and the logarithms of densities are extrapolated; controlled ones, where they are many,
        linearly, which keeps the inventory of ions.
        """
        points = len(history.values)
        if points == 1:
            return history.values[0].copy()
        weights = history.weights(step, points)
        guess = history.polynomial(step, points)
        last = history.values[-1][:, 1:]
        densities = np.stack([v[:, 1:] for v in history.values])
        positive = (densities > 0).all(axis=0)
        logarithms = np.log(np.where(positive, densities, 1.0))
        change = np.tensordot(weights, logarithms - logarithms[-1], axes=1)
        grown = last * np.exp(np.clip(change, -_FARTHEST, _FARTHEST))
        curved = np.where(positive, grown, last)
        for k, mean in zip(self.controlled, self.means, strict=True):
            many = (last[:, k - 1] > _DEPLETED * mean) & (guess[:, k] > 0.2 * last[:, k - 1])
            curved[:, k - 1] = np.where(many, guess[:, k], curved[:, k - 1])
        signed = [*self.held, *self.signed, *([] if self.temperature is None else [self.temperature])]
        straight = guess[:, signed]
        guess[:, 1:] = curved
        guess[:, signed] = straight
        return guess


def still_vacant(guess: Array, last: Array, bound: float) -> Array:
    """Return a predicted ion density with a third of the sites vacant that were so, and the last one if few were."""
    vacant = bound - last
    guess = np.minimum(guess, bound - 0.3 * vacant)
    return np.where(vacant > _CROWDED * bound, guess, last)
