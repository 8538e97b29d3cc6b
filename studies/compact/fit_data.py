"""A trace as the fit of a compact model sees it: the residual, and how good a model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fem.circuit import Circuit
from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError, warn
from fem.errors.arguments import settle
from fem.errors.checking import instance, optional, positive, temperature
from studies.compact.family import Array, Family
from studies.compact.kernel import TOLERANCE, Limits, integrate, limits_of
from studies.results.trace import Trace

#: Residual of a model that cannot be followed to the end, in y.
_LOST = 1e3


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """How a trace was made, and what it counts: its ``circuit``, ``ambient`` temperature [K] and ``weight``.

    Without a circuit the model sees the voltage of the device, and with one that of the source.
    """

    circuit: Circuit | None = None
    ambient: float = 300.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        settle(self, "conditions of a trace", circuit=optional(instance(Circuit)), ambient=temperature,
               weight=positive)  # fmt: skip


def each_conditions(given: Conditions | Sequence[Conditions] | None, count: int) -> list[Conditions]:
    """Return the conditions of each of ``count`` traces."""
    if given is None or isinstance(given, Conditions):
        return [given or Conditions()] * count
    if len(given) != count:
        raise IncompatibleError(
            f"{len(given)} conditions for {count} traces; give one for each, or one for all."
        )
    return list(given)


@dataclass(frozen=True)
class FitData:
    """A trace to fit, with the scales of the residual."""

    time: Array
    voltage: Array
    current: Array
    floor: float
    peak: float
    peak_weight: float
    limits: Limits
    ambient: float
    weight: float

    @classmethod
    def of(
        cls,
        trace: Trace,
        family: Family,
        floor: float | None = None,
        peak_weight: float = 3.0,
        made: Conditions | None = None,
    ) -> FitData:
        """Return the data of ``trace`` with the floor [A or A/m^2] filled in."""
        made = made or Conditions()
        limits = limits_of(made.circuit, family, "A" if trace.current_name == "current" else "A/m^2")
        time, voltage, current = trace.time, trace.voltage, trace.current
        if made.circuit is None and "device_voltage" in trace.data.variables:
            voltage = trace.data["device_voltage"].values
        elif made.circuit is None and trace.limited.any():
            level = float(np.median(np.abs(current[trace.limited])))
            warn(
                f"the source limited the current in {int(trace.limited.sum())} samples of the trace to fit, where the "
                "voltage of the device is not that of the source: give what the source did, "
                f"conditions=Conditions(circuit=Circuit(compliance={level:.4g})) of studies.compact.fit_data."
            )
        peak, swing = float(np.abs(current).max()), float(np.ptp(voltage))
        least = 2 * len(family.parameters)
        if time.size <= least:
            raise OutOfRangeError("number of samples to fit", time.size, f"more than {least}")
        for name, values in (("current", current), ("voltage", voltage)):
            wrong = np.flatnonzero(~np.isfinite(values))
            if wrong.size:
                first = f"sample {wrong[0]}, at {time[wrong[0]]:.6g} s" + (
                    f", and {wrong.size - 1} others" if wrong.size > 1 else ""
                )
                raise OutOfRangeError(
                    f"{name} of the trace to fit", float(values[wrong[0]]), f"finite everywhere: {first}"
                )
        if not peak > 0:
            raise OutOfRangeError("largest current of the trace to fit", peak, "larger than 0")
        if not swing > 0:
            raise OutOfRangeError("voltage of the trace to fit [V]", float(voltage[0]), "one that changes")
        if floor is None:
            size = np.sort(np.abs(current[np.abs(current) > 0]))
            floor = max(float(size[int(0.03 * size.size)]), 1e-12 * peak)
        if not floor < peak:
            raise OutOfRangeError("current_floor of the fit", floor, f"below the largest current, {peak:g}")
        return cls(time, voltage, current, floor, peak, peak_weight, limits, made.ambient, made.weight)

    def scaled(self, current: Array) -> Array:
        """Return y(I)."""
        return np.arcsinh(current / self.floor) + self.peak_weight * current / self.peak

    def modelled(self, family: Family, values: Mapping[str, float], tolerance: float = TOLERANCE) -> Array:
        """Return the model's current [A or A/m^2] at the data."""
        found = integrate(
            family, values, np.diff(self.time), self.voltage,
            ambient=self.ambient, limits=self.limits, tolerance=tolerance,
        )  # fmt: skip
        return found.conducted + found.displacement

    def residual(self, family: Family, values: Mapping[str, float], tolerance: float) -> Array:
        """Return the difference of y between model and data; a large one where the model cannot be followed."""
        try:
            found = self.scaled(self.modelled(family, values, tolerance)) - self.scaled(self.current)
        except ConvergenceError:
            return np.full(self.time.size, _LOST)
        return self.weight * np.clip(np.nan_to_num(found, nan=_LOST), -_LOST, _LOST)

    def quality(self, family: Family, values: Mapping[str, float]) -> tuple[Array, Array, Array, float]:
        """Return decades above the floor, y of the model and of the data, and the largest error over peak."""
        model = self.modelled(family, values)
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
