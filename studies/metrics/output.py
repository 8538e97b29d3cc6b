r"""Figures of output characteristics: I_D against V_D at gate voltages, of trace or measurement.

With :math:`g_0` the conductance at small V_D, and :math:`I_D = I_0 + V_D/r_\mathrm{out}` the straight line in
saturation, a channel with :math:`I_D = g(V_D - V_D^2/2V_P)` below pinch-off, and :math:`r_\mathrm{out}` in parallel to
it, has :math:`I_0 = g V_P/2` and :math:`g = g_0 - 1/r_\mathrm{out}`, so that

.. math:: V_P = \frac{2 I_0}{g_0 - 1/r_\mathrm{out}},\quad V_A = I_0\,r_\mathrm{out}

are its pinch-off and its Early voltage (S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 3rd ed., Wiley 2007,
section 6.2). The line is fitted to the samples beyond the pinch-off that it gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array, conduction_current
from studies.metrics.transfer import check_finite, gate_column, runs
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from studies.results.trace import Trace

_FEWEST = 6
_LAST = 0.25  # part of the drain voltages to which the line is fitted first
_ROUNDS = 20
_BELOW = 0.5  # part of the largest current, below which a parabola gives the conductance at 0 V


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OutputMetrics:
    """Figures of output characteristics; ``print`` shows them with units.

    One value for each cycle of the trace, all of shape (n,): ``gate_voltage`` [V], nan if not known;
    ``on_conductance`` dI/dV_D at 0 V [current per V]; ``pinch_off_voltage`` [V], signed as the drain's, nan if the
    current does not saturate within the sweep; ``saturation_current``, that at pinch-off, ``output_resistance``
    dV_D/dI in saturation [V per current] and ``early_voltage`` [V], nan without pinch-off.
    """

    gate_voltage: Array
    on_conductance: Array
    pinch_off_voltage: Array
    saturation_current: Array
    output_resistance: Array
    early_voltage: Array
    current_unit: str

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure of every gate voltage."""
        siemens = self.current_unit.replace("A", "S", 1)
        per = self.current_unit.removeprefix("A/")
        units = {"on_conductance": siemens, "saturation_current": self.current_unit}
        units["output_resistance"] = "Ohm" if per == self.current_unit else f"Ohm {per}"
        names = [n for n in self.__dataclass_fields__ if n not in ("gate_voltage", "current_unit")]
        return [
            (f"{name} ({volts:g} V)", float(getattr(self, name)[k]), units.get(name, "V"))
            for k, volts in enumerate(self.gate_voltage)
            for name in names
        ]

    def __repr__(self) -> str:
        return figure_table("OutputMetrics", self.rows())


@checked()
def output(trace: Trace, *, gate: str = "gate") -> OutputMetrics:
    """Return the figures of output characteristics, one set for each cycle of ``trace``, simulated or measured.

    "voltage" and the current are the drain's, the latter less displacement current if the trace has it; the gate
    voltage is the column "voltage_gate" (with the name ``gate``), nan if there is none. Of each cycle the first way
    from 0 V outwards is used.
    Raises OutOfRangeError if there is none with six samples, IncompatibleError if its gate voltage changes.
    """
    cycles = [trace.cycle(k) for k in range(np.unique(trace.cycles).size)]
    found = [_figures(part, gate, first=k == 0) for k, part in enumerate(cycles)]
    columns = [np.array(column) for column in zip(*found, strict=True)]
    return OutputMetrics(
        gate_voltage=columns[0],
        on_conductance=columns[1],
        pinch_off_voltage=columns[2],
        saturation_current=columns[3],
        output_resistance=columns[4],
        early_voltage=columns[5],
        current_unit=trace.current_unit,
    )


def _figures(part: Trace, gate: str, *, first: bool) -> tuple[float, ...]:
    """Return gate voltage, conductance, pinch-off, saturation current, output resistance and Early voltage."""
    volts, current, gates = part.voltage, conduction_current(part), gate_column(part, gate)
    check_finite(volts, current)
    if not first:  # the sample that opens a cycle is the last of the one before
        volts, current, gates = volts[1:], current[1:], None if gates is None else gates[1:]
    ways = [r for r in runs(volts) if abs(volts[r[1]]) > abs(volts[r[0]]) and r[1] - r[0] + 1 >= _FEWEST]
    if not ways:
        raise OutOfRangeError(
            "samples of a way outwards of the drain voltage", int(volts.size), f"at least {_FEWEST}"
        )
    use = slice(ways[0][0], ways[0][1] + 1)
    held = np.nan
    if gates is not None:
        held = float(gates[use][-1])
        if np.ptp(gates[use]) > 1e-6 * max(np.abs(gates[use]).max(), 1.0):
            raise IncompatibleError(
                f"the gate voltage goes from {gates[use].min():g} to {gates[use].max():g} V while the drain is swept; "
                "see transfer() for transfer characteristics."
            )
    sign = float(np.sign(volts[use][-1]))
    g0, pinch, top, slope, offset = _saturation(sign * volts[use], sign * current[use])
    resistance = np.nan if np.isnan(slope) else (1 / slope if slope else np.inf)
    return held, g0, sign * pinch, sign * top, resistance, sign * offset * resistance


def _saturation(x: Array, y: Array) -> tuple[float, float, float, float, float]:
    """Return conductance at 0 V, pinch-off voltage, current there, slope and intercept of the line in saturation."""
    near = max(3, int(np.argmax(y > _BELOW * y.max())))
    g0 = float(np.polyfit(x[:near], y[:near], 2)[1])  # slope of the parabola at 0 V
    begin = x[-1] - _LAST * (x[-1] - x[0])
    none = (g0, np.nan, np.nan, np.nan, np.nan)
    for _ in range(_ROUNDS):
        use = x >= begin
        if np.count_nonzero(use) < 3:
            return none
        slope, offset = np.polyfit(x[use], y[use], 1)
        if not g0 > slope:
            return none
        pinch = 2 * offset / (g0 - slope)
        if abs(pinch - begin) <= 1e-3 * (x[-1] - x[0]):
            break
        begin = pinch
    if not 0 < pinch < x[-1] or np.count_nonzero(x >= pinch) < 3:
        return none
    return g0, float(pinch), float(np.interp(pinch, x, y)), float(slope), float(offset)
