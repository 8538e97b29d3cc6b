r"""Filaments side by side whose ions have barriers that differ: what one computed filament says of all of them.

One filament switches at once, a cell of many is graded: those of low barriers first. Where all motion of the ions is
slower by the one factor :math:`e^{-\delta/kT}`, a filament whose barriers are all higher by :math:`\delta` goes through
the same states as the computed one, only later:

.. math:: t_\delta = \int_0^t e^{\delta/kT(t')}\,dt'

with the temperature T of the place where it switches, here the highest of the filament. That is exact as long as a
filament is as warm as the ambient or warm as a whole, its temperature follows its state at once, and its voltage is
the cell's: no compliance and no large resistance in series, by which filaments see each other. What a field takes off a
barrier by its bend (``fem.physics.ions.hopping``) is taken to be that of the computed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import between, whole

Array = npt.NDArray[np.float64]
_MOST = 1_000_000  # filaments
_JOULES = 1e-15  # [eV]: an energy below it was given in J


@dataclass(frozen=True, eq=False)
class Course:
    """What one filament does at a voltage that stays: ``time`` [s] from 0 on, ``conductance`` [S], ``temperature`` [K].

    Arrays alike, shape (times,); raises IncompatibleError if they are not, or if the time does not rise, and
    OutOfRangeError unless conductances and temperatures are positive numbers.
    """

    time: Array
    conductance: Array
    temperature: Array

    def __post_init__(self) -> None:
        for name in ("time", "conductance", "temperature"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        if not (self.time.shape == self.conductance.shape == self.temperature.shape) or self.time.ndim != 1:
            raise IncompatibleError("time, conductance and temperature of a course must be of one shape.")
        if not (len(self.time) > 1 and (np.diff(self.time) > 0).all()):
            raise IncompatibleError("the times of a course must rise.")
        for name, values in (("conductance [S]", self.conductance), ("temperature [K]", self.temperature)):
            wrong = values[~((values > 0) & np.isfinite(values))]
            if len(wrong):
                raise OutOfRangeError(f"{name} of a course", float(wrong[0]), "positive and finite")
        if self.time[0] < 0:
            raise OutOfRangeError("first time of a course [s]", float(self.time[0]), "zero or later")


def barriers(spread: float, count: int) -> Array:
    """Return what the barriers of ``count`` filaments [eV] are above their mean, normal with ``spread`` [eV].

    The quantiles in the middle of equal shares, from the lowest on: no draw at random; shape (count,).
    """
    between(0.0, 1.0)("spread of barriers [eV]", spread)
    _in_electronvolts("spread of barriers [eV]", spread)
    count = whole(1, _MOST)("number of filaments", count)
    if spread == 0:
        return np.zeros(count)
    normal = NormalDist(0.0, spread)
    return np.array([normal.inv_cdf((k + 0.5) / count) for k in range(count)])


def _in_electronvolts(name: str, energy: float) -> None:
    """Raise OutOfRangeError of an energy that can only be in J."""
    if not (abs(energy) < 1.0 and (energy == 0 or abs(energy) > _JOULES)):
        raise OutOfRangeError(name, energy, "a number of eV (0.05, not 0.05 * eV), below 1")


@checked()
def ensemble_conductance(course: Course, times: Array, above: Array) -> Array:
    """Return the conductance [S] of filaments with barriers ``above`` [eV] that of the computed one, at ``times`` [s].

    Their sum, shape (times,). Later than a filament's course goes, it is nan: compute it for longer, to
    :math:`t e^{-\\delta/kT}` of the lowest barrier.
    """
    for one in np.asarray(above):
        _in_electronvolts("barrier above the mean [eV]", float(one))
    course_kt = course.temperature * BOLTZMANN / ELEMENTARY_CHARGE
    total = np.zeros(len(times))
    for shift in np.asarray(above):
        slow = np.exp(shift / course_kt)
        later = (
            np.concatenate(([0.0], np.cumsum(np.diff(course.time) * (slow[1:] + slow[:-1]) / 2)))
            + course.time[0] * slow[0]
        )
        total += np.exp(np.interp(times, later, np.log(course.conductance), right=np.nan))
    return total
