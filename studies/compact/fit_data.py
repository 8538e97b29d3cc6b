"""A trace as the fit of a compact model sees it: the residual, and how good a model is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fem.errors import OutOfRangeError
from studies.compact.ion_screening import (
    PARAMETERS,
    Array,
    integrate,
    left_rate,
    subdivided,
    terminal_current,
)
from studies.compact.model import LARGEST_CHANGE
from studies.results.trace import Trace

#: (voltage steps per swing, largest change of the state) of the quality.
EXACT = (600, LARGEST_CHANGE)


@dataclass(frozen=True)
class FitData:
    """A trace to fit, with the scales of the residual."""

    time: Array
    voltage: Array
    rate: Array
    current: Array
    floor: float
    peak: float
    peak_weight: float

    @classmethod
    def of(cls, trace: Trace, floor: float | None, weight: float) -> FitData:
        """Return the data of ``trace`` with the floor [A or A/m^2] filled in."""
        time, voltage, current = trace.time, trace.voltage, trace.current
        peak, swing = float(np.abs(current).max()), float(np.ptp(voltage))
        if time.size <= 2 * len(PARAMETERS):
            raise OutOfRangeError("number of samples to fit", time.size, f"more than {2 * len(PARAMETERS)}")
        if not (np.isfinite(current).all() and np.isfinite(voltage).all()):
            raise OutOfRangeError("current or voltage of the trace to fit", float("nan"), "finite everywhere")
        if not (peak > 0 and swing > 0):
            raise OutOfRangeError(
                "largest current of the trace to fit", peak, "positive, with a changing voltage"
            )
        if floor is None:
            size = np.sort(np.abs(current[np.abs(current) > 0]))
            floor = max(float(size[int(0.03 * size.size)]), 1e-12 * peak)
        if not floor < peak:
            raise OutOfRangeError("current_floor of the fit", floor, f"below the largest current, {peak:g}")
        return cls(time, voltage, left_rate(np.diff(time), voltage), current, floor, peak, weight)

    def scaled(self, current: Array) -> Array:
        """Return y(I)."""
        return np.arcsinh(current / self.floor) + self.peak_weight * current / self.peak

    def modelled(self, p: Mapping[str, float], steps: tuple[int, float]) -> Array:
        """Return the model's current [A or A/m^2] at the data."""
        h, v, places = subdivided(np.diff(self.time), self.voltage, float(np.ptp(self.voltage)) / steps[0])
        q, slope = (column[places] for column in integrate(p, h, v, steps[1]))
        return terminal_current(p, self.voltage, self.rate, q, slope)

    def residual(self, p: Mapping[str, float], steps: tuple[int, float]) -> Array:
        """Return the difference of y between model and data."""
        return self.scaled(self.modelled(p, steps)) - self.scaled(self.current)

    def quality(self, p: Mapping[str, float]) -> tuple[Array, Array, Array, float]:
        """Return decades above the floor, y of the model and of the data, and the largest error over peak."""
        model = self.modelled(p, EXACT)
        above = np.abs(self.current) > self.floor
        # a current of the wrong sign counts as one at the floor
        shown = np.where(model * self.current > 0, np.abs(model), self.floor)
        decades = np.log10(shown[above] / np.abs(self.current[above]))
        return (
            decades,
            self.scaled(model),
            self.scaled(self.current),
            float(np.abs(model - self.current).max() / self.peak),
        )
