"""Accuracy on the digits against what a device or its array is: several seeds, beside the same network in software."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from fem.errors import IncompatibleError, UnknownNameError
from fem.errors.arguments import checked, settle
from fem.errors.checking import each, instance, number, one_of, table, whole
from studies.arrays.learning.digits import DATA_SET
from studies.arrays.learning.network import accuracy, drawn_digits
from studies.arrays.learning.readout import ReadLines
from studies.arrays.learning.synapse import SCATTER, Synapse
from studies.arrays.learning.training import Training, software, trained_in_situ, transferred
from studies.progress import progress_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
#: What an accuracy may be asked against -> its unit.
VARIABLES = {
    "nonlinearity": "1", "cycle_spread": "1", "device_spread": "1", "read_noise": "1", "stuck_low": "1",
    "stuck_high": "1", "line_resistance": "Ohm", "hidden": "1",
}  # fmt: skip
_WAYS = ("software", "transferred", "in_situ")


@dataclass(frozen=True, kw_only=True)
class Learner:
    """A network in an array: its ``synapse``, its ``training`` and the ``lines`` of the array."""

    synapse: Synapse
    training: Training = field(default_factory=Training)
    lines: ReadLines = field(default_factory=ReadLines)

    def __post_init__(self) -> None:
        settle(
            self,
            "a learner",
            synapse=instance(Synapse),
            training=instance(Training),
            lines=instance(ReadLines),
        )

    def changed(self, variable: str, value: float) -> Learner:
        """Return the learner with one of ``VARIABLES`` at ``value``.

        A nonlinearity takes the place of the tables: the formula's, up and down, with as many pulses as the mean step.
        """
        if variable == "line_resistance":
            return replace(self, lines=ReadLines(word=value, bit=value))
        if variable == "hidden":
            return replace(self, training=replace(self.training, hidden=int(value)))
        if variable == "nonlinearity":
            low, span = self.synapse.middle
            other = Synapse.of_nonlinearity(low, low + span, pulses=round(1 / self.synapse.step), up=value)
            kept = {n: getattr(self.synapse, n) for n in SCATTER}
            return replace(self, synapse=other.with_(**kept))
        return replace(self, synapse=self.synapse.with_(**{variable: value}))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Accuracy:
    """Shares of test images told right, against the ``values`` [``unit``] of a ``variable``; ``print`` shows it.

    ``software``: the network with floating-point weights, ``transferred``: these weights written and verified,
    ``in_situ``: trained by pulses in the array; all of the shape (values, seeds).
    """

    variable: str
    unit: str
    values: Array
    software: Array
    transferred: Array
    in_situ: Array

    def lost(self, way: str) -> tuple[Array, Array]:
        """Return what "transferred" or "in_situ" loses to the software with the same seed: mean, standard error."""
        off = self.software - getattr(self, way)
        return off.mean(axis=1), _error(off)

    def data(self) -> xr.Dataset:
        """Return all accuracies over the variable and "seed"."""
        columns = {w: ((self.variable, "seed"), getattr(self, w), {"units": "1"}) for w in _WAYS}
        found = xr.Dataset(
            columns, coords={self.variable: (self.variable, self.values, {"units": self.unit})}
        )
        return found.assign_attrs(data_set=DATA_SET)

    def __repr__(self) -> str:
        seeds = self.software.shape[1]
        head = f"{self.variable + (f' [{self.unit}]' if self.unit != '1' else ''):<24}"
        lines = [
            f"Accuracy on {DATA_SET}, %, mean and its standard error from {seeds} seeds:",
            "  " + head + "".join(f"{w.replace('_', ' '):<18}" for w in _WAYS),
        ]
        for k, value in enumerate(self.values):
            cells = (getattr(self, w)[k : k + 1] for w in _WAYS)
            texts = (f"{100 * c.mean():.1f} ± {100 * _error(c)[0]:.1f}" for c in cells)
            lines.append(f"  {value:<24g}" + "".join(f"{text:<18}" for text in texts).rstrip())
        return "\n".join(lines)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the mean accuracies and their standard errors."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        for way, style in zip(_WAYS, ("k--", "o-", "s-"), strict=True):
            found = getattr(self, way)
            axes.errorbar(
                self.values, 100 * found.mean(axis=1), 100 * _error(found), fmt=style, capsize=3,
                label=way.replace("_", " "),
            )  # fmt: skip
        unit = f" [{self.unit}]" if self.unit != "1" else ""
        axes.set(
            xlabel=self.variable.replace("_", " ").capitalize() + unit, ylabel="Accuracy [%]", title=DATA_SET
        )
        axes.legend(title=f"Mean of {self.software.shape[1]} seeds")
        return axes


def _error(values: Array) -> Array:
    """Return the standard error of the mean over the seeds, shape (values,); nan for one seed."""
    count = values.shape[1]
    return values.std(axis=1, ddof=1) / np.sqrt(count) if count > 1 else np.full(len(values), np.nan)


def accuracies(learner: Learner, seeds: int) -> Array:
    """Return the accuracy in software, transferred and in situ, shape (3, seeds)."""
    every = tuple(range(seeds))
    data, training = drawn_digits(every), learner.training
    weights = software(data, every, training)
    plain = accuracy(data.test_images, data.test_labels, len(weights), lambda k, x: x @ weights[k])
    written, _ = transferred(data, weights, learner.synapse, every, training, learner.lines)
    pulsed, _ = trained_in_situ(data, learner.synapse, every, training, learner.lines)
    return np.stack((plain, written, pulsed))


@checked(learner=instance(Learner), variable=one_of(tuple(VARIABLES)), values=each(number, 1))
def accuracy_against(
    learner: Learner,
    variable: str,
    values: Sequence[float],
    *,
    seeds: int = 10,
    processes: int = 1,
    progress: bool | None = None,
) -> Accuracy:
    """Return the accuracy on the digits with ``variable`` at each of ``values``, all else of the ``learner`` as it is.

    As ``accuracy_study``, for one variable.
    """
    found = accuracy_study(learner, {variable: values}, seeds=seeds, processes=processes, progress=progress)
    return found[variable]


@checked(
    learner=instance(Learner),
    against=table(each(number, 1)),
    seeds=whole(1, 1000),
    processes=whole(1, 256),
)
def accuracy_study(
    learner: Learner,
    against: Mapping[str, Sequence[float]],
    *,
    seeds: int = 10,
    processes: int = 1,
    progress: bool | None = None,
) -> dict[str, Accuracy]:
    """Return the accuracy on the digits against each of several variables (``VARIABLES``), name -> values.

    Each is varied by itself. A seed draws the test images, the first weights, the order of the images and the cells.
    More ``processes`` than one take a value each; a script then needs ``if __name__ == "__main__":`` about its calls.
    Raises UnknownNameError or OutOfRangeError for what cannot be varied, MissingSoftwareError without scikit-learn.
    """
    for variable, values in against.items():
        if variable not in VARIABLES:
            raise UnknownNameError("variable of an accuracy", variable, VARIABLES)
        if variable == "hidden" and any(v != int(v) for v in values):
            raise IncompatibleError("a network has a whole number of hidden neurons.")
    places = [(name, float(v)) for name, values in against.items() for v in values]
    keys = [pickle.dumps(learner.changed(*place)) for place in places]
    cases = list(dict.fromkeys(keys))  # each once: the learner as it is may be a value of several variables
    done: dict[bytes, Array] = {}
    with progress_line("digits", progress) as line:
        for key, one in zip(
            cases, _each([pickle.loads(key) for key in cases], seeds, processes), strict=True
        ):
            done[key] = one
            line.to(len(done) / len(cases), f"{len(done)} of {len(cases)}")
    tables = {
        name: np.stack([done[key] for key, (n, _) in zip(keys, places, strict=True) if n == name], axis=1)
        for name in against
    }
    return {
        name: Accuracy(
            variable=name, unit=VARIABLES[name], values=np.array(against[name], dtype=float),
            software=tables[name][0], transferred=tables[name][1], in_situ=tables[name][2],
        )
        for name in against
    }  # fmt: skip


def _each(cases: Sequence[Learner], seeds: int, processes: int) -> Iterator[Array]:
    """Yield the accuracies of the cases in their order."""
    if processes == 1 or len(cases) == 1:
        yield from (accuracies(case, seeds) for case in cases)
        return
    with ProcessPoolExecutor(min(processes, len(cases)), multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(accuracies, cases, [seeds] * len(cases))
