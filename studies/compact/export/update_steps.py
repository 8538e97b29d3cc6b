"""What simulators of learning ask of a cell: its range, its steps, and how both differ, each from what was measured.

A figure of a potentiation and depression has the courses themselves; a model of the family "pulse table" has its table
and, if it is not 0, its spread. Nothing else is put in the place of what is missing: it is nan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError
from studies.compact.families.pulse_table import NODES, PULSE_TABLE, drawn, table_values
from studies.compact.family import Array
from studies.metrics.weight import weight_update
from studies.protocols.protocol import Protocol as Drive

_NAN = float("nan")
_ALL = 0.95  # of the range: a course through more of it is taken for one through all of it
_SEEN = 0.01  # sum of the squared weights of steps at a node: below it the node is a guess
_ALIKE = 1e-6  # of an amplitude or a width: pulses that differ by less are equal


class Courses(Protocol):
    """What is read of a figure of a potentiation and depression (``studies.PotentiationDepression``)."""

    @property
    def potentiation(self) -> Array: ...
    @property
    def depression(self) -> Array: ...
    @property
    def nonlinearity_potentiation(self) -> float: ...
    @property
    def nonlinearity_depression(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class UpdateSteps:
    """A cell under equal pulses: ``smallest`` and ``largest`` conductance [S], ``up`` and ``down`` [1] its steps.

    The steps are over the range, shape (nodes,), at even shares of it, ``down`` of none if there is no depression.
    ``pulses`` of a train up and down, 0 if not known; ``nonlinearity`` of both [1], positive where the first pulses do
    most. ``step_spread`` [1]: standard deviation of a step over the range, from train to train; ``level_spread`` [S]:
    that of a conductance. ``between``: how many devices, and the standard deviations from one to another, by name:
    "smallest" and "largest" [S], "step" (of the mean step over it) and "nonlinearity" [1].
    ``said``: where it is from, ``notes``: what it does not cover.
    """

    smallest: float
    largest: float
    up: Array
    down: Array
    pulses: tuple[int, int]
    nonlinearity: tuple[float, float]
    step_spread: float
    level_spread: float
    devices: int
    between: Mapping[str, float]
    said: str
    notes: tuple[str, ...] = ()

    @property
    def range(self) -> float:
        """The range of conductances [S]."""
        return self.largest - self.smallest

    def needs_both(self, program: str) -> None:
        """Raise IncompatibleError if there is no depression."""
        if not self.down.size:
            raise IncompatibleError(f"{program} needs the steps of a depression, and none was measured.")


def update_steps(
    source: Any, potentiation: Drive | None = None, depression: Drive | None = None
) -> UpdateSteps:
    """Return the steps of a figure, a model of the family "pulse table", its values, or several of these.

    Several are devices that should be alike: their means, and how they differ. ``potentiation`` and ``depression``:
    trains of pulses, whose numbers say what the nonlinearity of a table is of.
    Raises IncompatibleError for conductances that are not in S, or that do not go up and down.
    """
    several = not isinstance(source, Mapping) and isinstance(source, Sequence)
    every = [_of_one(one, potentiation, depression) for one in (source if several else [source])]
    if not every:
        raise OutOfRangeError("number of devices of a preset", 0, "at least 1")
    if len(every) == 1:
        return every[0]
    if len({(s.pulses, s.down.size) for s in every}) > 1:
        raise IncompatibleError("the devices of a preset must have been given equal numbers of pulses.")
    return _together(every)


def pulse(train: Drive) -> tuple[Array, Array]:
    """Return the amplitudes [V] and widths [s] of the pulses of a train, shape (pulses,)."""
    heights, widths = [], []
    for part in train.parts:
        k = int(np.argmax(np.abs(part.levels - part.levels[0])))
        top = np.flatnonzero(np.isclose(part.levels, part.levels[k], rtol=1e-12, atol=0.0))
        heights.append(float(part.levels[k]))
        widths.append(float(part.corners[top[-1]] - part.corners[top[0]]))
    return np.array(heights), np.array(widths)


def even_steps(values: Array) -> tuple[float, float] | None:
    """Return the first of the values and the step between them, None where they do not go by even steps."""
    step = (values[-1] - values[0]) / max(values.size - 1, 1)
    line = values[0] + step * np.arange(values.size)
    if np.abs(values - line).max() > _ALIKE * np.abs(values).max():
        return None
    return float(values[0]), float(step) if abs(step) > _ALIKE * abs(values[0]) else 0.0


def _of_one(source: Any, potentiation: Drive | None, depression: Drive | None) -> UpdateSteps:
    """Return the steps of one device."""
    if isinstance(source, Mapping):
        return _of_table(dict(source), potentiation, depression, "table of pulses")
    if hasattr(source, "family"):
        if source.family != PULSE_TABLE:
            raise IncompatibleError(
                f"a preset is made of a model of the family {PULSE_TABLE.name!r}, not {source.family.name!r}; "
                "potentiation_depression(model, ...) gives the figure of any other."
            )
        if source.current_unit != "A":
            raise IncompatibleError(
                "the model is in A/m^2; call with_area(area) before making a preset of it."
            )
        return _of_table(source.values(), potentiation, depression, f"compact model: {source.family.name}")
    if not hasattr(source, "potentiation"):
        raise IncompatibleError(
            f"a preset is made of a PotentiationDepression or of a pulse table, not of {type(source).__name__}."
        )
    found = _of_courses(source)
    for name, train, count in zip(
        ("potentiation", "depression"), (potentiation, depression), found.pulses, strict=True
    ):
        if train is not None and count and len(train.parts) != count:
            raise IncompatibleError(
                f"the train of the {name} has {len(train.parts)} pulses, the figure is of {count}."
            )
    return found


def _of_courses(figure: Courses) -> UpdateSteps:
    """Return the steps of the mean courses, and how they differ from train to train."""
    if figure.unit != "S":
        raise IncompatibleError(
            f"the conductances are in {figure.unit}, and a preset needs S: give the subject its area, or "
            "PotentiationDepression.from_data conductances of a device."
        )
    up, down = figure.potentiation, figure.depression
    trains = up.shape[0]
    mean_up, mean_down = up.mean(axis=0), down.mean(axis=0)
    if not mean_up[-1] > mean_up[0] or (down.size and not mean_down[-1] < mean_down[0]):
        raise IncompatibleError(
            "a preset needs a potentiation that raises and a depression that lowers the conductance."
        )
    table = table_values(
        mean_up, mean_down if down.size else mean_up[::-1], pulse_width=1.0, write_voltage=1.0
    )
    low, high = table["G_min"], table["G_max"]
    spread = _NAN
    if trains > 1:
        steps = [np.diff(course, axis=1).var(axis=0, ddof=1) for course in (up, down) if course.shape[1]]
        spread = float(np.sqrt(np.concatenate(steps).mean()) / (high - low))
    return UpdateSteps(
        smallest=low,
        largest=high,
        up=_nodes(table, "up"),
        down=_nodes(table, "down") if down.size else np.zeros(0),
        pulses=(up.shape[1] - 1, max(down.shape[1] - 1, 0)),
        nonlinearity=(figure.nonlinearity_potentiation, figure.nonlinearity_depression),
        step_spread=spread,
        level_spread=figure.spread,
        devices=1,
        between={},
        said=f"potentiation and depression, {trains} train{'s' if trains > 1 else ''} of "
        f"{up.shape[1] - 1} pulses up and {max(down.shape[1] - 1, 0)} down",
        notes=_notes(mean_up, mean_down, low, high),
    )


def _notes(up: Array, down: Array, low: float, high: float) -> tuple[str, ...]:
    """Return in words what courses do not cover of the range from ``low`` to ``high`` [S]."""
    found = []
    for name, course in (("potentiation", up), ("depression", down)):
        if not course.size:
            continue
        x = (course - low) / (high - low)
        if abs(x[-1] - x[0]) < _ALL:
            found.append(
                f"the {name} goes from {x[0]:.2f} to {x[-1]:.2f} of the range only: its pulses, levels and "
                "nonlinearity are of that part"
            )
        near = np.maximum(0.0, 1 - np.abs((NODES - 1) * x[:-1, None] - np.arange(NODES)))
        bare = [f"{k / (NODES - 1):g}" for k in np.flatnonzero((near**2).sum(axis=0) < _SEEN)]
        if bare:
            found.append(
                f"no step of the {name} begins near {', '.join(bare)} of the range: there it is taken for the mean one"
            )
    return tuple(found)


def _of_table(
    values: dict[str, float], potentiation: Drive | None, depression: Drive | None, said: str
) -> UpdateSteps:
    """Return the steps of a table; its nonlinearities are those of as many pulses as the trains have."""
    for name in PULSE_TABLE.parameters:
        if name not in values and name != "spread":
            raise IncompatibleError(f"the values of a pulse table lack {name}.")
    counts = tuple(len(t.parts) if t is not None else 0 for t in (potentiation, depression))
    still = {**values, "spread": 0.0}
    labels = [_NAN, _NAN]
    if all(counts):
        up = drawn({**still, "x_start": 0.0}, [1.0] * counts[0])[0]
        down = drawn({**still, "x_start": 1.0}, [-1.0] * counts[1])[0]
        found = weight_update(up, down)
        labels = [found.nonlinearity_potentiation, found.nonlinearity_depression]
    spread = float(values.get("spread", 0.0))
    return UpdateSteps(
        smallest=values["G_min"],
        largest=values["G_max"],
        up=_nodes(values, "up"),
        down=_nodes(values, "down"),
        pulses=(counts[0], counts[1]),
        nonlinearity=(labels[0], labels[1]),
        step_spread=spread if spread > 0 else _NAN,
        level_spread=_NAN,
        devices=1,
        between={},
        said=said,
    )


def _nodes(values: Mapping[str, float], of: str) -> Array:
    return np.array([values[f"{of}_{k}"] for k in range(NODES)])


def _together(every: Sequence[UpdateSteps]) -> UpdateSteps:
    """Return the mean of several devices and how they differ."""
    mean_step = np.array([np.concatenate((s.up, s.down)).mean() for s in every])
    labels = np.array([[n for n in s.nonlinearity if n == n] for s in every])
    between = {
        "smallest": float(np.std([s.smallest for s in every], ddof=1)),
        "largest": float(np.std([s.largest for s in every], ddof=1)),
        "step": float(np.std(mean_step, ddof=1) / mean_step.mean()),
        "nonlinearity": float(np.sqrt(labels.var(axis=0, ddof=1).mean())) if labels.size else _NAN,
    }
    ways = [[s.nonlinearity[k] for s in every] for k in range(2)]
    return UpdateSteps(
        smallest=float(np.mean([s.smallest for s in every])),
        largest=float(np.mean([s.largest for s in every])),
        up=np.mean([s.up for s in every], axis=0),
        down=np.mean([s.down for s in every], axis=0),
        pulses=every[0].pulses,
        nonlinearity=(float(np.mean(ways[0])), float(np.mean(ways[1]))),
        step_spread=float(np.sqrt(np.mean([s.step_spread**2 for s in every]))),
        level_spread=float(np.sqrt(np.mean([s.level_spread**2 for s in every]))),
        devices=len(every),
        between=between,
        said=f"mean of {len(every)} devices; {every[0].said}",
        notes=tuple(dict.fromkeys(note for s in every for note in s.notes)),
    )
