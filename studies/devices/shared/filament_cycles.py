"""Bipolar cycles of a cell of parallel filaments: sweeps one after the other, with the states that they leave.

The contact driven is "top", "bottom" is at 0 V; all currents and resistances are those of the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem import Circuit, State, StepControl
from studies.devices.shared.filament_runs import OPTIONS, Loop
from studies.experiments.apply import apply
from studies.experiments.iv import Snapshots
from studies.metrics.switching import SwitchingMetrics
from studies.protocols.shapes import Sweep

Array = npt.NDArray[np.float64]
#: Ions and heat to 4 % of themselves in a step, which moves switching voltages by 1 %; the voltage by 30 mV.
CONTROL = StepControl(tolerance=4e-2, max_bias_step=0.03, resolution=5e-2, growth=3.0)


@dataclass(frozen=True, eq=False)
class Cycle(Loop):
    """The loop of a sweep 0, SET, 0, RESET, 0, with the states at 0 V after SET (``on``) and at its end (``off``)."""

    @property
    def switching(self) -> SwitchingMetrics:
        """Return V_set, V_reset, resistances and on/off ratio at the read voltage."""
        return self.trace.switching(read_voltage=self.read_voltage)

    @property
    def high_resistance(self) -> float:
        """Return the resistance [Ohm] of the OFF state, at the read voltage on the way back from RESET."""
        voltage, current = self.trace.voltage, self.trace.current
        back = np.flatnonzero(voltage < 0)
        back = back[back > back[np.argmin(voltage[back])]]
        return float(
            np.interp(self.read_voltage, -voltage[back][::-1], (voltage[back] / current[back])[::-1])
        )

    @property
    def low_resistance(self) -> float:
        """Return the resistance [Ohm] of the ON state, at the read voltage on the way to RESET."""
        voltage, current = self.trace.voltage, self.trace.current
        out = np.flatnonzero(voltage < 0)
        out = out[out < out[np.argmin(voltage[out])]]
        return float(np.interp(self.read_voltage, -voltage[out], voltage[out] / current[out]))

    @property
    def on_off_ratio(self) -> float:
        """Return the high over the low resistance after RESET and SET of this cycle."""
        return self.high_resistance / self.low_resistance

    def time_above(self, temperature: float) -> float:
        """Return for how long [s] of the cycle the hottest place is above a ``temperature`` [K]."""
        hot = self.trace.data["temperature_max"].values > temperature
        return float(np.sum(np.diff(self.trace.time)[hot[1:]]))


def cycle(
    begin: State,
    *,
    set_to: float,
    reset: float,
    rate: float,
    circuit: Circuit,
    read_voltage: float,
    control: StepControl = CONTROL,
    observe: Callable[[State], None] | None = None,
    sample_times: Sequence[float] = (),
) -> Cycle:
    """Return the cycle 0, ``set_to``, 0, ``reset``, 0 [V] at ``rate`` [V/s] on the source of ``circuit``."""
    middle = 2 * abs(set_to) / rate
    seen = Snapshots({"on": middle})

    def watch(state: State) -> None:
        seen(state)
        if observe is not None:
            observe(state)

    run = apply(
        begin,
        {"top": Sweep(0, set_to, 0, reset, 0, rate=rate)},
        sample_times=[middle, *sample_times],
        circuits={"top": circuit},
        control=control,
        options=OPTIONS,
        observe=watch,
    )
    return Cycle(run.trace, off=run.state, on=seen.states["on"], read_voltage=read_voltage)
