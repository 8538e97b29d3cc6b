r"""Switching time, delay, energy and peak temperature of a pulse.

The transition of the conductance G = I/V (device voltage, without displacement current) is timed as that of
any pulse waveform (IEEE Std 181), from 10 to 90 % of the change: around the instant of 50 % the last one of 10 %
before it and the first one of 90 % after it. Where 50 % is passed more than once, it is the last time, after which
the change stays done: a spike of the charging current is no switching. Two scales:

- ``"linear"``: parts of :math:`G_1 - G_0`. This is what an oscilloscope shows at a constant voltage, and what is
  published as switching time. Of a change by decades it sees the last one only.
- ``"log"``: parts of :math:`\ln(G_1/G_0)`. Every decade counts alike, as does each nm of a closing tunnel gap, on
  which the conductance depends exponentially: the growth of the filament, which begins long before the jump.

Between samples V and I are straight lines; all instants and integrals are exact for those. The energy of an
interval :math:`\Delta t` is :math:`\int VI\,dt = \frac{\Delta t}{6}(2V_0I_0 + V_0I_1 + V_1I_0 + 2V_1I_1)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import between, text
from fem.transient.times import rounding
from studies.metrics.conductance import Array, conduction_current, device_voltage, warn_of_unresolved
from studies.metrics.switching import SMALLEST_RATIO
from studies.results.figure_table import Row, figure_table, positive, unit

if TYPE_CHECKING:
    from studies.results.trace import Trace

Scale = Literal["linear", "log"]
#: A source voltage closer than this part of the pulse's height to its top is on the flat part.
_FLAT = 1e-6


@dataclass(frozen=True, repr=False)
class PulseMetrics:
    """Figures of the switching by one pulse; ``print`` shows them with units.

    ``edge`` [s] is the time at which the leading edge is half way. ``delay`` [s] lasts from there to 10 % of the
    change, ``switching_time`` [s] from 10 to 90 %. ``energy`` is that into the device during the whole pulse,
    edges included, ``energy_to_switch`` that until 90 %, ``source_energy`` that of the same current from the source,
    with the losses in a series resistor. ``peak_temperature`` [K] is nan if the trace has no temperature.
    """

    direction: str
    scale: str
    amplitude: float
    edge: float
    delay: float
    switching_time: float
    conductance_before: float
    conductance_after: float
    energy: float
    energy_to_switch: float
    source_energy: float
    peak_power: float
    peak_current: float
    peak_temperature: float
    current_unit: str

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        kinds = {"conductance": "conductance", "energy": "energy", "power": "power"}
        units = {"amplitude": "V", "edge": "s", "delay": "s", "switching_time": "s", "peak_temperature": "K"}
        units["peak_current"] = self.current_unit
        rows: list[Row] = []
        for name in (n for n in self.__dataclass_fields__ if n != "current_unit"):
            kind = next((k for k in kinds if k in name), None)
            rows.append(
                (name, getattr(self, name), unit(kind, self.current_unit) if kind else units.get(name, ""))
            )
        return rows

    def __repr__(self) -> str:
        return figure_table("PulseMetrics", self.rows())


@dataclass(frozen=True)
class _Pulse:
    """Samples of a pulse: ``first`` to ``last`` with its edges, ``top`` to ``end`` of the flat part."""

    first: int
    top: int
    end: int
    last: int
    edge: float


def electrical_energy(time: Array, voltage: Array, current: Array) -> float:
    """Return the integral of V I dt [J, or per area or width], exact where V and I are straight lines in time."""
    v0, v1, i0, i1 = voltage[:-1], voltage[1:], current[:-1], current[1:]
    return float(np.sum(np.diff(time) / 6 * (2 * v0 * i0 + v0 * i1 + v1 * i0 + 2 * v1 * i1)))


def peak_power(voltage: Array, current: Array) -> float:
    """Return the largest V I [W, or per area or width], between samples too, where V and I are straight lines."""
    dv, di = np.diff(voltage), np.diff(current)
    bend = dv * di
    s = -(voltage[:-1] * di + current[:-1] * dv) / np.where(bend < 0, 2 * bend, -np.inf)
    inside = (bend < 0) & (s > 0) & (s < 1)
    between = (voltage[:-1] + s * dv) * (current[:-1] + s * di)
    return float(max((voltage * current).max(), between[inside].max(initial=-np.inf)))


@checked(scale=text, smallest_ratio=between(1.0, 1e12))
def pulse_switching(
    trace: Trace,
    *,
    cycle: int = -1,
    scale: Scale = "linear",
    before: float | None = None,
    after: float | None = None,
    settle: float = 0.0,
    smallest_ratio: float = SMALLEST_RATIO,
) -> PulseMetrics:
    """Return the figures of the largest pulse in cycle ``cycle`` of ``trace``.

    ``before`` and ``after`` [S, S/m^2 or S/m] are the conductances between which the change is timed; without
    them the first and the last one of the flat part, from ``settle`` [s] after its begin (charging currents
    are over then). With ``before`` the leading edge counts too, from half its height, so that a device may
    switch on it; give a conductance at the pulse's own voltage, because a read at a small one compares with
    another point of a curved I-V. The source voltage must be free of noise.
    Raises OutOfRangeError if there is no pulse, or if it did not switch: a change by less than
    ``smallest_ratio``, 10 % done before the first sample, or 90 % not reached.
    """
    _check_options(scale, settle)
    part = trace.cycle(cycle)
    pulse = _pulse(part)
    t, v, i = _course(part, pulse, settle, rise=before is not None)
    g0 = float(i[0] / v[0]) if before is None else positive("conductance before the pulse", before)
    g1 = float(i[-1] / v[-1]) if after is None else positive("conductance after the pulse", after)
    error = np.interp(t[[0, -1]], part.time, part.current_error)
    warn_of_unresolved("the current at the ends of the pulse", i[[0, -1]], error, part.current_unit)
    _check_switched(g0, g1, smallest_ratio)
    t10, t90 = _instants(t, v, i, _levels(g0, g1, scale), np.sign(g1 - g0))
    return PulseMetrics(
        direction="set" if g1 > g0 else "reset",
        scale=scale,
        amplitude=float(part.voltage[pulse.top]),
        edge=pulse.edge,
        delay=t10 - pulse.edge,
        switching_time=t90 - t10,
        conductance_before=g0,
        conductance_after=g1,
        **_energies(part, pulse, t90),
        current_unit=part.current_unit,
    )


def _check_options(scale: str, settle: float) -> None:
    """Raise unless the scale is known and the settling time makes sense."""
    if scale not in ("linear", "log"):
        raise OutOfRangeError("scale of the conductance", scale, "'linear' or 'log'")
    if not 0 <= settle < np.inf:
        raise OutOfRangeError("settle [s]", settle, "zero or more")


def _pulse(part: Trace) -> _Pulse:
    """Return the samples of the largest pulse: leading edge, flat part, trailing edge."""
    v = part.voltage
    peak = int(np.argmax(np.abs(v - v[0])))
    height = (v - v[0]) * np.sign(v[peak] - v[0])
    flat = height >= height[peak] * (1 - _FLAT)
    top = end = peak
    while top > 0 and flat[top - 1]:
        top -= 1
    while end < v.size - 1 and flat[end + 1]:
        end += 1
    if height[peak] <= 0 or end == top:
        raise OutOfRangeError("number of pulses with a flat part in the cycle", 0, "at least 1")
    first, last = top, end
    while first > 0 and height[first - 1] < height[first]:
        first -= 1
    while last < v.size - 1 and height[last + 1] < height[last]:
        last += 1
    edge = part.time[top]
    if first < top:
        half = (height[first] + height[top]) / 2
        edge = np.interp(half, height[first : top + 1], part.time[first : top + 1])
    return _Pulse(first, top, end, last, float(edge))


def _course(part: Trace, pulse: _Pulse, settle: float, *, rise: bool) -> tuple[Array, Array, Array]:
    """Return time [s], |V| and I along V of the samples in which the change is looked for, each shape (m,)."""
    begin = pulse.edge if rise else part.time[pulse.top]
    index = np.arange(part.time.size)
    use = (part.time >= begin + settle - rounding(begin)) & (index <= pulse.end)
    v, i = device_voltage(part)[use], conduction_current(part)[use]
    if v.size < 2 or np.any(v == 0):
        raise OutOfRangeError(
            "samples of the pulse's flat part", int(np.count_nonzero(v)), "at least 2, none of them at 0 V"
        )
    return part.time[use], np.abs(v), i * np.sign(v)


def _check_switched(g0: float, g1: float, smallest_ratio: float) -> None:
    """Raise unless both conductances are positive and differ by ``smallest_ratio``."""
    for name, g in (("before", g0), ("after", g1)):
        if not 0 < g < np.inf:
            raise OutOfRangeError(f"conductance {name} the change", g, "positive (see settle, before, after)")
    if abs(np.log(g1 / g0)) < np.log(smallest_ratio):
        raise OutOfRangeError(
            "ratio of the conductances after and before",
            g1 / g0,
            f"at least {smallest_ratio:g} or at most 1/{smallest_ratio:g}: the pulse did not switch the device",
        )


def _levels(g0: float, g1: float, scale: Scale) -> list[float]:
    """Return the conductances at which 10, 50 and 90 % of the change are done."""
    parts = (0.1, 0.5, 0.9)
    if scale == "log":
        return [float(g0 * (g1 / g0) ** p) for p in parts]
    return [g0 + p * (g1 - g0) for p in parts]


def _instants(t: Array, v: Array, i: Array, levels: list[float], sign: float) -> tuple[float, float]:
    """Return the times [s] of 10 and of 90 %; G = level is a straight line through I - level V."""
    low, middle, high = (sign * (i - g * v) for g in levels)
    if low[0] > 0:
        raise OutOfRangeError(
            "time at which the change begins",
            "before the first sample",
            "after it: give `before`, or a finer rise",
        )
    last = int(np.flatnonzero(middle < 0)[-1])
    done = np.flatnonzero(high[last + 1 :] >= 0)
    if not done.size:
        raise OutOfRangeError(
            "conductance reached in the pulse",
            float((i / v)[np.argmax(middle)]),
            f"beyond {levels[2]:.4g}, 90 % of the change: the pulse is over before",
        )
    start = int(np.flatnonzero(low[: last + 1] <= 0)[-1])
    return _zero(t, low, start), _zero(t, high, last + int(done[0]))


def _zero(t: Array, f: Array, k: int) -> float:
    """Return the time [s] between samples k and k + 1 at which ``f`` is zero."""
    return float(t[k] + f[k] / (f[k] - f[k + 1]) * (t[k + 1] - t[k]))


def _energies(part: Trace, pulse: _Pulse, t90: float) -> dict[str, float]:
    """Return energies, peak power, current and temperature of the pulse."""
    s = slice(pulse.first, pulse.last + 1)
    t, v, i = part.time[s], device_voltage(part)[s], part.current[s]
    until = np.append(t[t < t90], t90)
    hot = part.data["temperature_max"].values[s].max() if "temperature_max" in part.data.variables else np.nan
    return {
        "energy": electrical_energy(t, v, i),
        "energy_to_switch": electrical_energy(until, np.interp(until, t, v), np.interp(until, t, i)),
        "source_energy": electrical_energy(t, part.voltage[s], i),
        "peak_power": peak_power(v, i),
        "peak_current": float(i[np.argmax(np.abs(i))]),
        "peak_temperature": float(hot),
    }
