"""Tables of a synapse from a compact model: one simulation of pulses up and down, and draws of a fit's covariance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError, OutOfRangeError, warn
from studies.compact.model import CompactModel
from studies.protocols.protocol import Protocol

Array = NDArray[np.float64]
NODES = 1025  #: of a table made from a simulation
_SETTLED = 3  # times that the pulses go up and down; the last one counts


def measured(
    model: CompactModel, up: Protocol, down: Protocol, read_voltage: float, pulses: int
) -> tuple[float, float, Array, Array]:
    """Return the lowest and the highest conductance [S], and the steps up and down, shape (NODES,) each.

    Potentiation and depression are repeated until they follow each other, as what is new in the first is no update.
    Raises IncompatibleError for a model per area, OutOfRangeError where the pulses do not move it so far that a
    network could use it.
    """
    if model.current_unit != "A":
        raise IncompatibleError("a synapse is a model in A; give with_area of a cell.")
    start: dict[str, float] | None = None
    for _ in range(_SETTLED):
        rise, start = _train(model, up, read_voltage, pulses, start)
        fall, start = _train(model, down, read_voltage, pulses, start)
    low, high = float(min(rise.min(), fall.min())), float(max(rise.max(), fall.max()))
    if not (np.isfinite([low, high]).all() and high - low > 1e-6 * abs(high) and rise[-1] > rise[0]):
        raise OutOfRangeError(
            "conductance after the pulses up [S]", float(rise[-1]), f"above that before them, {rise[0]:.4g} S"
        )
    return low, high, _steps(rise, low, high, 1.0), _steps(fall, low, high, -1.0)


def _train(
    model: CompactModel, pulse: Protocol, volts: float, count: int, start: dict[str, float] | None
) -> tuple[Array, dict[str, float]]:
    """Return the conductances [S] at ``volts`` before and after each of ``count`` pulses, and the last states."""
    train = pulse * count
    times = np.minimum(np.arange(count + 1) * pulse.duration, train.duration)
    trace = model.simulate(train, times=times, start=start)
    states = {name: trace.data[name].values for name in model.family.states}
    current = model.family.conducted(model.values(), volts, states)  # of a read that moves nothing
    return np.broadcast_to(current, times.shape) / volts, model.last_states(trace)


def _steps(course: Array, low: float, high: float, sign: float) -> Array:
    """Return the sizes of the steps of a course of conductances at the NODES, those beyond it as at its ends."""
    x = (course - low) / (high - low)
    at, step = x[:-1], np.maximum(sign * np.diff(x), 0.0)
    order = np.argsort(at, kind="stable")
    return np.interp(np.linspace(0, 1, NODES), at[order], step[order])


def drawn_models(model: CompactModel, count: int, seed: int) -> list[CompactModel]:
    """Return ``count`` models whose fitted parameters are drawn from the covariance of the fit; one is the fit itself.

    Parameters that are varied by their logarithm are drawn by it; what falls outside its range is put at its end.
    What the fit has not determined stays as it is, and a ModelWarning says so: the others then scatter by all that is
    not known. Raises IncompatibleError for a model without a covariance.
    """
    if count == 1:
        return [model]
    names = model.fitted
    if said := model.warnings:
        warn(f"devices drawn from a fit that has warnings: {'; '.join(said)}.")
    if not names:
        raise IncompatibleError(
            "the model has no covariance to draw devices from: it is not fitted. Give a list of models, or one device "
            "and its device_spread."
        )
    declared, values = model.family.parameters, model.values()
    logarithmic = np.array([declared[n].logarithmic for n in names])
    middle = np.array([values[n] for n in names])
    scale = np.where(logarithmic, middle, 1.0)
    covariance = np.array(model.covariance) / np.outer(scale, scale)
    centre = [math.log(v) if log else v for v, log in zip(middle, logarithmic, strict=True)]
    points = np.random.default_rng(seed).multivariate_normal(
        centre, covariance, size=count, check_valid="ignore"
    )
    points[:, logarithmic] = np.exp(points[:, logarithmic])
    ends = np.array([(declared[n].lower, declared[n].upper) for n in names]).T
    drawn = np.clip(points, *ends)
    return [
        CompactModel.from_values(
            values | dict(zip(names, map(float, row), strict=True)), model.current_unit, model.family
        )
        for row in drawn
    ]
