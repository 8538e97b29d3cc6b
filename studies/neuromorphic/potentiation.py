r"""Potentiation and depression by trains of pulses: nonlinearity, asymmetry, and how many levels can be told apart.

Nonlinearities are those of ``studies.weight_update`` (P.-Y. Chen, X. Peng and S. Yu, IEEE Trans. Comput.-Aided Des.
Integr. Circuits Syst. 37, 3067, 2018), and the deviation from the straight line between first and last conductance,

.. math:: D = \max_n \frac{|G(n) - G_\mathrm{line}(n)|}{G_\max - G_\min}.

Levels: as many of the conductances that were reached as can be chosen so that bands of ±m standard deviations around
them do not overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, not_negative, optional, positive, share, whole
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array
from studies.metrics.weight import WeightUpdate, weight_update
from studies.neuromorphic.energy import EventEnergies
from studies.neuromorphic.schedule import Schedule
from studies.progress import progress_line
from studies.protocols.protocol import Protocol
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROUNDING = 1e-9  # of the distance of two levels
_NO_CHANGE = 1e-9  # of the largest conductance: a range below it is round-off
_FEWEST = 4
_TO_JUDGE = 8  # conductances of a course whose scatter can be told
_BY_CHANCE = 3.0  # standard errors of a change that is none


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PotentiationDepression:
    """Potentiation and depression; ``print`` shows the figures with units.

    ``potentiation`` [``unit``], shape (trains, pulses + 1), are the conductances before and after each pulse of each
    train, ``depression`` those of the trains between, of no columns if there are none. ``update``: the figures of
    their means over the trains, None where there are none, for the ``reason`` in words. ``deviation_potentiation`` and
    ``deviation_depression`` [1]: the largest deviation from the straight line over the range. ``spread`` [``unit``]:
    the standard deviation of a conductance from train to train, given or measured; nan if not known. ``levels``:
    conductances that can be told apart, ``retained_levels`` those of the part of the range that is kept; nan if not
    known. ``energy``: of all pulses, one after the other; None if not known.
    """

    potentiation: Array
    depression: Array
    update: WeightUpdate | None
    reason: str
    deviation_potentiation: float
    deviation_depression: float
    spread: float
    levels: float
    retained_levels: float
    energy: EventEnergies | None
    unit: str

    @classmethod
    @checked(spread=optional(not_negative), margin=positive, retained=optional(share))
    def from_data(
        cls,
        potentiation: ArrayLike,
        depression: ArrayLike | None = None,
        *,
        spread: float | None = None,
        margin: float = 3.0,
        retained: float | None = None,
        unit: str = "S",
        energy: EventEnergies | None = None,
    ) -> PotentiationDepression:
        """Return the figures of conductances [``unit``] before the first and after each pulse.

        Both of shape (pulses + 1,), or (trains, pulses + 1). Other arguments are those of ``potentiation_depression``.
        Raises IncompatibleError or OutOfRangeError for values that are no conductances.
        """
        up = _trains("potentiation", potentiation)
        down = np.zeros((up.shape[0], 0)) if depression is None else _trains("depression", depression)
        update, reason = _update(up.mean(axis=0), down.mean(axis=0), unit)
        sigma = _spread(up, down) if spread is None else float(spread)
        both = np.concatenate((up.mean(axis=0), down.mean(axis=0)))
        kept = None if retained is None else both.min() + retained * (both - both.min())
        return cls(
            potentiation=up,
            depression=down,
            update=update,
            reason=reason,
            deviation_potentiation=_deviation(up.mean(axis=0)),
            deviation_depression=_deviation(down.mean(axis=0)),
            spread=sigma,
            levels=_levels(both, sigma, margin),
            retained_levels=float("nan") if kept is None else _levels(kept, sigma, margin),
            energy=energy,
            unit=unit,
        )

    @property
    def nonlinearity_potentiation(self) -> float:
        """NL of the potentiation, up to 9, positive where the first pulses do most; nan for the ``reason``."""
        return self.update.nonlinearity_potentiation if self.update else float("nan")

    @property
    def nonlinearity_depression(self) -> float:
        """NL of the depression, up to 9, positive where the first pulses do most; nan for the ``reason``."""
        return self.update.nonlinearity_depression if self.update else float("nan")

    @property
    def asymmetry(self) -> float:
        """Sum of both, 0 for a depression that runs the potentiation backwards; nan for the ``reason``."""
        return self.update.asymmetry if self.update else float("nan")

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        rows: list[Row] = [
            ("trains", float(self.potentiation.shape[0]), "1"),
            ("nonlinearity_potentiation", self.nonlinearity_potentiation, "1"),
            ("nonlinearity_depression", self.nonlinearity_depression, "1"),
            ("deviation_potentiation", self.deviation_potentiation, "1"),
            ("deviation_depression", self.deviation_depression, "1"),
            ("asymmetry", self.asymmetry, "1"),
            ("smallest", float(min(self.potentiation.min(), self.depression.min(initial=np.inf))), self.unit),
            ("largest", float(max(self.potentiation.max(), self.depression.max(initial=0.0))), self.unit),
            ("spread", self.spread, self.unit),
            ("levels", self.levels, "1"),
            ("retained_levels", self.retained_levels, "1"),
        ]
        return rows + (self.energy.of_each("a pulse") if self.energy else [])

    def __repr__(self) -> str:
        one = (
            "no spread and no levels of one train: run two, or give the spread"
            if np.isnan(self.spread)
            else ""
        )
        return figure_table(
            "PotentiationDepression", self.rows(), "; ".join(filter(None, (self.reason, one)))
        )

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the conductance against the number of the pulse, one line for each train."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        up, down = self.potentiation, self.depression
        for k in range(up.shape[0]):
            axes.plot(
                np.arange(up.shape[1]), up[k], ".-", color="tab:blue", label=None if k else "potentiation"
            )
            later = up.shape[1] - 1 + np.arange(down.shape[1])
            label = None if k or not down.size else "depression"
            axes.plot(later, down[k], ".-", color="tab:red", label=label)
        axes.set(xlabel="Number of the pulse", ylabel=f"Conductance [{self.unit}]")
        axes.legend()
        return axes


@checked(
    subject=anything,
    trains=whole(1, 100_000),
    spread=optional(not_negative),
    margin=positive,
    retained=optional(share),
)
def potentiation_depression(
    subject: Any,
    potentiation: Protocol,
    depression: Protocol | None,
    read: Read,
    *,
    trains: int = 1,
    spread: float | None = None,
    margin: float = 3.0,
    retained: float | None = None,
    progress: bool | None = None,
) -> PotentiationDepression:
    """Return what a potentiation and a depression do to a subject, ``trains`` times one after the other.

    ``potentiation`` and ``depression``: a PulseTrain, of equal pulses or with an amplitude or a width for each, or any
    protocol with a cycle for each pulse, from 0 to 0 V; each pulse is followed by the ``read``. ``spread``
    [S or the like]: the standard deviation of a conductance, that of the trains if not given and there are two or
    more. ``margin``: standard deviations on either side of a level that must not overlap. ``retained``: the part of the
    range, from its smallest conductance on, that is kept until the levels are read.
    Measured conductances become figures by ``PotentiationDepression.from_data``.
    Raises IncompatibleError or OutOfRangeError, and what the subject raises.
    """
    for name, train in (("potentiation", potentiation), ("depression", depression)):
        if train is not None and train.cycles < _FEWEST - 1:
            raise OutOfRangeError(f"number of pulses of the {name}", train.cycles, f"at least {_FEWEST - 1}")
    schedule = Schedule(read)
    schedule.read()
    parts = [*potentiation.parts, *(depression.parts if depression is not None else ())]
    for _ in range(trains):
        for part in parts:
            schedule.write(part)
            schedule.read()
    with progress_line("potentiation and depression", progress):
        answer = schedule.run(subject)
    count, ups = len(parts), len(potentiation.parts)
    begins = [answer.conductance[k * count : (k + 1) * count + 1] for k in range(trains)]
    return PotentiationDepression.from_data(
        np.array([b[: ups + 1] for b in begins]),
        np.array([b[ups:] for b in begins]) if depression is not None else None,
        spread=spread,
        margin=margin,
        retained=retained,
        unit=answer.conductance_unit,
        energy=answer.energy,
    )


def _trains(name: str, values: ArrayLike) -> Array:
    """Return conductances of shape (trains, pulses + 1), or raise if they are none."""
    found = np.atleast_2d(np.asarray(values, dtype=float))
    if found.ndim != 2 or found.shape[1] < _FEWEST:
        raise IncompatibleError(
            f"{name} has shape {found.shape}; it must be a list of at least {_FEWEST} conductances, or one for "
            "each train."
        )
    if not (np.isfinite(found).all() and found.min() > 0):
        raise OutOfRangeError(
            f"smallest conductance of the {name}", float(found.min()), "positive and finite"
        )
    return found


def _update(up: Array, down: Array, unit: str) -> tuple[WeightUpdate | None, str]:
    """Return the figures of both courses, or why there are none."""
    for name, course, sign in (("potentiation", up, 1), ("depression", down, -1)):
        if not course.size:
            continue
        change = float(course[-1] - course[0])
        if abs(change) <= _NO_CHANGE * course.max():
            return None, f"the {name} does not change the conductance"
        if change * sign < 0:
            way = "lowers" if sign > 0 else "raises"
            return None, f"the {name} {way} the conductance by {abs(change):.3g} {unit}: no nonlinearity"
        scatter = _scatter(course)
        if abs(change) < _BY_CHANCE * np.sqrt(2) * scatter:
            return None, (
                f"the {name} changes the conductance by {abs(change):.3g} {unit}, which the scatter of its readings, "
                f"{scatter:.3g} {unit}, makes by chance: no nonlinearity"
            )
    return weight_update(up, down if down.size else None, unit=unit), ""


def _scatter(course: Array) -> float:
    """Return the standard deviation of readings about a smooth course, by its second differences; 0 of a few.

    Their median is not that of a jump or two; of white noise it is sqrt(6) * 0.6745 standard deviations.
    """
    if course.size < _TO_JUDGE:
        return 0.0
    return float(np.median(np.abs(np.diff(course, 2))) / (np.sqrt(6) * 0.6745))


def _deviation(course: Array) -> float:
    """Return the largest deviation from the straight line through first and last value over the range."""
    if not course.size or np.ptp(course) <= _NO_CHANGE * course.max():
        return float("nan")
    line = np.linspace(course[0], course[-1], course.size)
    return float(np.abs(course - line).max() / np.ptp(course))


def _spread(up: Array, down: Array) -> float:
    """Return the standard deviation from train to train, pooled over all pulses; nan of one train."""
    if up.shape[0] < 2:
        return float("nan")
    variances = [part.var(axis=0, ddof=1) for part in (up, down) if part.shape[1]]
    return float(np.sqrt(np.concatenate(variances).mean()))


def _levels(reached: Array, spread: float, margin: float) -> float:
    """Return the largest number of conductances whose bands of ``margin`` spreads do not overlap; nan if not known."""
    if np.isnan(spread):
        return float("nan")
    apart = max(2 * margin * spread, _NO_CHANGE * float(reached.max()))
    count, last = 0, -np.inf
    for level in np.sort(reached):
        if level - last >= apart * (1 - _ROUNDING):
            count, last = count + 1, level
    return float(count)
