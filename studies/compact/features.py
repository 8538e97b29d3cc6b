"""What a fit begins with: the scales of traces, and where their resistance changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_OF_LARGEST = 0.05  # of the largest voltage, below which a conductance is not read


class Sampled(Protocol):
    """A trace to fit (see ``FitData``): currents at times and voltages, their floor and peak, the temperature."""

    @property
    def time(self) -> NDArray[np.float64]: ...
    @property
    def voltage(self) -> NDArray[np.float64]: ...
    @property
    def current(self) -> NDArray[np.float64]: ...
    @property
    def floor(self) -> float: ...
    @property
    def peak(self) -> float: ...
    @property
    def ambient(self) -> float: ...


@dataclass(frozen=True)
class Features:
    """Scales of traces: of the first, ``highest`` and ``lowest`` current [A or A/m^2] and voltage [V], and more.

    ``floor`` and ``peak`` of the currents; ``stroke``: mean time between two turns of the voltage, ``longest``: of all
    the longest duration, ``shortest`` time between samples [s]; ``low_resistance`` and ``high_resistance``: the largest
    and the smallest ratio of V to I between 0.05 and 0.6 of the largest voltage; ``set_voltage`` and ``reset_voltage``:
    where the conductance grows and shrinks most, by its logarithm, nan where it does not; ``ambient`` [K].
    """

    highest: float
    lowest: float
    highest_voltage: float
    lowest_voltage: float
    floor: float
    peak: float
    stroke: float
    longest: float
    shortest: float
    low_resistance: float
    high_resistance: float
    set_voltage: float
    reset_voltage: float
    ambient: float

    @classmethod
    def of(cls, data: Sequence[Sampled]) -> Features:
        """Return the features of traces."""
        first = data[0]
        rate = np.diff(first.voltage)
        turns = max(1, int(np.count_nonzero(np.diff(np.sign(rate)) != 0)))
        low, high, set_voltage, reset_voltage = _resistances(first)
        return cls(
            highest=float(first.current.max()),
            lowest=float(first.current.min()),
            highest_voltage=float(first.voltage.max()),
            lowest_voltage=float(first.voltage.min()),
            floor=first.floor,
            peak=first.peak,
            stroke=float(np.ptp(first.time)) / turns,
            longest=max(float(np.ptp(d.time)) for d in data),
            shortest=min(float(np.diff(d.time).min()) for d in data),
            low_resistance=low,
            high_resistance=high,
            set_voltage=set_voltage,
            reset_voltage=reset_voltage,
            ambient=first.ambient,
        )


def _resistances(data: Sampled) -> tuple[float, float, float, float]:
    """Return the low and the high resistance, and the voltages of SET and RESET."""
    largest = float(np.abs(data.voltage).max())
    read = (np.abs(data.voltage) > _OF_LARGEST * largest) & (np.abs(data.current) > 0)
    voltage, current = data.voltage[read], np.abs(data.current[read])
    if voltage.size < 3:
        return largest / data.peak, largest / data.floor, float("nan"), float("nan")
    resistance = np.abs(voltage) / current
    near = np.abs(voltage) <= 0.6 * largest
    seen = resistance[near] if near.any() else resistance
    change = -np.diff(np.log(resistance))
    together = np.diff(np.flatnonzero(read)) == 1
    change = np.where(together & (np.sign(voltage[1:]) == np.sign(voltage[:-1])), change, 0.0)
    middle = 0.5 * (voltage[1:] + voltage[:-1])
    up, down = int(np.argmax(change)), int(np.argmin(change))
    return (
        float(seen.min()),
        float(seen.max()),
        float(middle[up]) if change[up] > 0 else float("nan"),
        float(middle[down]) if change[down] < 0 else float("nan"),
    )
