"""Progress: where a transient stands, as a value from which it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from fem.currents.terminal import QuietWeights
from fem.device.state import State
from fem.forms.setting import TEMPERATURE
from fem.transient.drive import Clock
from fem.transient.step_control import ErrorNorm, History

Array = npt.NDArray[np.float64]
FLOWS = 3  #: currents that tell how much the current bends


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a transient stands after a step: everything that its next step depends on.

    ``began`` [s]; ``piece`` and ``clock``: where it is in its drive; ``step`` [s]: the next one, None after a
    kink; ``taken``: the last one [s], and its ``iterations`` of Newton's method;
    ``flow``: total current into each contact after the last steps; ``largest``: that of all so far;
    ``cycle``: unknowns at the last cycle end, shape (nodes, unknowns); ``alike``: how many cycles in a row
    have ended as they began, the last one with the ``change`` given; ``weights`` of its terminal currents;
    ``ion_error``: the largest one so far (see ``StepControl``).
    """

    began: float
    state: State
    history: History
    error_norm: ErrorNorm
    piece: int = 0
    clock: Clock = field(default_factory=Clock)
    step: float | None = None
    taken: float = 0.0
    iterations: int = 0
    flow: tuple[Array, ...] = ()
    largest: float = 0.0
    cycle: Array | None = None
    alike: int = 0
    change: float = np.inf
    weights: QuietWeights | None = None
    ion_error: float = 0.0

    @classmethod
    def at(cls, state: State) -> Progress:
        """Return the progress of a transient that begins with ``state``."""
        context, density = state.device.context, state.device.scaling.density
        controlled = {
            k: f.upper_bound / density if f.trap and f.upper_bound else None
            for k, f in enumerate(context.fields)
            if f.controlled and f.density
        }
        values = state.values.copy()
        warm = context.index(TEMPERATURE) if context.has_temperature else None
        held = [k for k, f in enumerate(context.fields) if f.held]
        signed = [k for k, f in enumerate(context.fields) if k and not f.density and k not in (warm, *held)]
        error_norm = ErrorNorm.of(
            values,
            controlled,
            warm,
            potential=context.fields[0].controlled,
            held=held,
            signed=signed,
            levels=[k for k in controlled if context.fields[k].trap],
        )
        return cls(began=state.time, state=state, history=History((values,)), error_norm=error_norm)

    def restarted(self) -> Progress:
        """Return the same without the history before the present state."""
        return replace(self, history=self.history.restarted(), flow=(), step=None)

    def straight_step(self, resolution: float) -> float:
        """Return the step [s] over which the current is as straight as ``resolution`` asks for."""
        if len(self.flow) < FLOWS or self.largest == 0 or not np.isfinite(resolution):
            return np.inf
        first, second = self.history.steps[-2:]
        slopes = (self.flow[1] - self.flow[0]) / first, (self.flow[2] - self.flow[1]) / second
        bend = float(np.abs((slopes[1] - slopes[0]) / (first + second)).max())
        return float(np.sqrt(4 * resolution * self.largest / bend)) if bend > 0 else np.inf
