"""A front that grows along a gap under a step of voltage: side, position, speed, current, potential."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fem.errors import OutOfRangeError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Front:
    """A front under a step of voltage.

    ``side``: the electrode it starts at, "anode" or "cathode". ``time`` [s], ``position`` [m] from there and terminal
    ``current`` [A], shape (steps,). ``cuts``: time [s], places from the anode [m] and potential [V], shapes (nodes,).
    """

    side: str
    gap: float
    time: Array
    position: Array
    current: Array
    cuts: tuple[tuple[float, Array, Array], ...] = field(default=())

    def arrival(self, share: float) -> float:
        """Return when the front has come over that ``share`` of the gap [s]; nan if never."""
        goal = share * self.gap
        k = int(np.argmax(self.position >= goal))
        if not self.position[k] >= goal:
            return float("nan")
        return float(np.interp(goal, self.position[max(k - 1, 0) : k + 1], self.time[max(k - 1, 0) : k + 1]))

    def speed(self, share: float) -> float:
        """Return the mean speed [m/s] over a ``share`` of the gap."""
        return share * self.gap / self.arrival(share)

    def linearity(self, low: float, high: float) -> float:
        """Return the correlation of 1/I^2 with time while the front is between two shares of the gap: 1 if linear."""
        part = (self.position > low * self.gap) & (self.position < high * self.gap)
        if part.sum() < 5:
            raise OutOfRangeError("steps with the front there", int(part.sum()), "at least 5")
        even = np.linspace(self.time[part].min(), self.time[part].max(), 50)
        inverse = np.interp(even, self.time, self.current**-2.0)
        return float(np.corrcoef(even, inverse)[0, 1])
