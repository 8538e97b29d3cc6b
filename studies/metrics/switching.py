r"""Switching figures of a current-voltage loop, with definitions that do not depend on the sampling.

A cycle is cut at turning points and zero crossings of the voltage into branches: *outward* (|V| grows) and
*return* (|V| falls), for each polarity. With the return-to-outward ratio at equal voltage

.. math:: \rho(V) = |I_\mathrm{return}(V)| / |I_\mathrm{outward}(V)|

a polarity *sets* (goes to lower resistance) if :math:`\rho > 1` and *resets* if :math:`\rho < 1` at the
read voltage. ``V_set`` and ``V_reset`` are the voltages at which half of the logarithmic change is done:
the largest |V| at which :math:`|\ln\rho(V)| = \tfrac12 |\ln\rho(V_\mathrm{read})|`. An abrupt loop gives
its threshold, a gradual one the middle of the change, and both the same number on any grid that resolves
the loop. On/off ratio: low- over high-resistance current at the read voltage, as in Yantara et al., Chem.
Soc. Rev. 2026, 55, 2145, section 3.1.1.

Where the source limited the current (the column "in_compliance"), the reason says that resistances are not those of
the device.

Where the current is below its error by round-off (``Trace.current_error``), twice that error, the most that it can be,
stands for it: resistances and ratios are then lower bounds, and are printed as such.

A voltage that was read back with noise is replaced, on each branch, by the nearest one that never goes back.
``studies.filament_switching`` looks for the largest jump instead, and says where its voltages are others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import between
from studies.metrics.conductance import is_unresolved
from studies.metrics.read_limits import below_round_off, in_compliance, near_read, unresolved
from studies.results.branches import LARGEST_NOISE, Branch, branches, voltage_noise
from studies.results.figure_table import at_least

if TYPE_CHECKING:
    from studies.results.trace import Trace

Array = NDArray[np.float64]
#: An on/off ratio below this is no switching.
SMALLEST_RATIO = 1.05
#: Without a read voltage, the one of the largest ratio beyond this fraction of the largest |V| is taken.
READ_FROM = 0.1


@dataclass(frozen=True)
class _Lobe:
    """One polarity of a loop on a common grid of |V|: ln(|I|/|V|) of the outward and the return branch.

    Between samples ln(|I|/|V|) is a straight line, which is exact for an ohmic state.
    """

    polarity: int
    size: Array
    log_outward: Array
    log_back: Array

    @property
    def outward(self) -> Array:
        """|I| on the way out."""
        return self.size * np.exp(self.log_outward)

    @property
    def back(self) -> Array:
        """|I| on the way back."""
        return self.size * np.exp(self.log_back)

    def log_ratio(self) -> Array:
        """ln of the return over the outward current."""
        return self.log_back - self.log_outward

    def at(self, voltage: float) -> float:
        """ln(ratio) at |V| = ``voltage`` [V]."""
        return float(np.interp(voltage, self.size, self.log_ratio()))

    def resistances(self, voltage: float) -> tuple[float, float]:
        """Return the lower and the higher |V|/|I| at |V| = ``voltage`` [V]."""
        both = [float(np.exp(-np.interp(voltage, self.size, x))) for x in (self.log_outward, self.log_back)]
        return min(both), max(both)


def _log_conductance(where: Array, size: Array, current: Array) -> Array:
    """Return ln(|I|/|V|) at ``where`` [V]; samples at 0 V, or with a current that was read as 0, are left out."""
    order = np.argsort(size, kind="stable")
    s, i = size[order], np.abs(current[order])
    use = (s > 1e-9 * s[-1]) & (i > 0)
    if not use.any():
        raise OutOfRangeError("largest |current| of a branch", 0.0, "positive")
    return np.interp(where, s[use], np.log(i[use] / s[use]))


def _lobe(voltage: Array, current: Array, found: list[Branch], polarity: int) -> _Lobe | None:
    """Return the lobe of ``polarity``, from its widest outward and return branch, or None without both."""
    sides = []
    for outward in (True, False):
        own = [b for b in found if b.polarity == polarity and b.outward == outward]
        if not own:
            return None
        best = max(own, key=lambda b: abs(voltage[b.last if b.outward else b.first]))
        sides.append((best.size(voltage), current[best.samples]))
    low = max(0.0, max(s.min() for s, _ in sides))
    high = min(s.max() for s, _ in sides)
    if not high > low:
        return None
    grid = np.unique(np.concatenate([s[(s >= low) & (s <= high)] for s, _ in sides] + [[low, high]]))
    return _Lobe(polarity, grid, *(_log_conductance(grid, s, i) for s, i in sides))


def _outermost(size: Array, change: Array, level: float) -> float:
    """Return the largest |V| [V] at which ``change`` crosses ``level``, linear between samples."""
    above = change >= level
    if above[-1]:
        return float(size[-1])
    k = int(np.flatnonzero(above)[-1])
    fraction = (change[k] - level) / (change[k] - change[k + 1])
    return float(size[k] + fraction * (size[k + 1] - size[k]))


def _switching_voltage(lobe: _Lobe, read: float) -> tuple[float, float]:
    """Return the signed voltage [V] at which half the change is done and the 90-to-10 % width [V]."""
    whole = lobe.at(read)
    inside = lobe.size > read
    size = np.concatenate(([read], lobe.size[inside]))
    change = np.concatenate(([1.0], lobe.log_ratio()[inside] / whole))
    ends = [_outermost(size, change, level) for level in (0.9, 0.1)]
    return lobe.polarity * _outermost(size, change, 0.5), ends[1] - ends[0]


@dataclass(frozen=True)
class SwitchingMetrics:
    r"""Switching figures of one cycle; ``print`` shows them with units. nan means "none", see ``reason``.

    ``loop_area`` is :math:`\sum_\pm \int ||I_\mathrm{return}| - |I_\mathrm{outward}||\,d|V|`;
    ``hysteresis_index`` is that over
    :math:`\sum_\pm \int (|I_\mathrm{return}| + |I_\mathrm{outward}|)\,d|V|`,
    between 0 (no loop) and 1. Directions are those of the loop in the plane of signed I and V.
    ``set_width`` and ``reset_width`` are the voltage spans from 10 to 90 % of the change (0: abrupt).
    ``bounded``: whether the current of the high-resistance state is below its error by round-off, so that
    ``high_resistance`` and ``on_off_ratio`` are lower bounds.
    """

    read_voltage: float
    on_off_ratio: float
    low_resistance: float
    high_resistance: float
    V_set: float
    V_reset: float
    set_width: float
    reset_width: float
    loop_area: float
    hysteresis_index: float
    positive_direction: str
    negative_direction: str
    current_unit: str
    reason: str
    bounded: bool = False

    def rows(self) -> list[tuple[str, float | str, str]]:
        """Return (name, value, unit) of every figure."""
        per = {"A/m^2": "m^2", "A/m": "m"}.get(self.current_unit, "")
        ohm = f"Ohm {per}".strip()
        units = {"on_off_ratio": "1", "hysteresis_index": "1", "low_resistance": ohm, "high_resistance": ohm}
        units["loop_area"] = f"W/{per}" if per else "W"
        names = [n for n in self.__dataclass_fields__ if n not in ("current_unit", "reason", "bounded")]
        values = {n: getattr(self, n) for n in names}
        if self.bounded:
            values |= {n: at_least(values[n]) for n in ("on_off_ratio", "high_resistance")}
        return [(n, v, "" if "direction" in n else units.get(n, "V")) for n, v in values.items()]

    def __str__(self) -> str:
        lines = [
            f"{name:<20}{value if isinstance(value, str) else format(value, '.5g'):<14} {unit}".rstrip()
            for name, value, unit in self.rows()
        ]
        return "\n".join(lines + ([f"note: {self.reason}"] if self.reason else []))


@checked(smallest_ratio=between(1.0, 1e12))
def switching(
    trace: Trace, read_voltage: float | None = None, cycle: int = -1, smallest_ratio: float = SMALLEST_RATIO
) -> SwitchingMetrics:
    """Return the switching figures of cycle ``cycle`` of ``trace``.

    ``read_voltage`` [V] may have either sign; the other polarity is judged at the mirrored voltage. Without
    it, the |V| of the largest ratio beyond a tenth of the largest |V| is taken, in the polarity where it
    occurs. A ratio below ``smallest_ratio`` counts as no switching: V_set and V_reset are nan and
    ``reason`` says why.

    Raises OutOfRangeError if no loop (an outward and a return branch) contains the read voltage, and for a voltage
    whose noise is above 2 % of its swing.
    """
    part = trace.cycle(cycle)
    found = checked_branches(part.voltage)
    size = np.maximum(np.abs(part.current), np.where(is_unresolved(part), 2 * part.current_error, 0.0))
    made = [_lobe(part.voltage, size, found, p) for p in (1, -1)]
    lobes = {x.polarity: x for x in made if x is not None}
    if not lobes:
        raise OutOfRangeError("number of closed voltage loops in the cycle", 0, "at least 1 (out and back)")
    if read_voltage is None:
        read_voltage = _strongest(lobes)
    read = abs(read_voltage)
    own = lobes.get(1 if read_voltage > 0 else -1)
    if own is None or not max(own.size[0], 1e-300) <= read <= own.size[-1]:
        spans = ", ".join(
            f"{x.polarity * x.size[0]:g} to {x.polarity * x.size[-1]:g} V" for x in lobes.values()
        )
        raise OutOfRangeError("read voltage [V]", read_voltage, f"non-zero and inside a swept loop ({spans})")
    low, high = own.resistances(read)
    voltages, reason = _set_and_reset(lobes, read, smallest_ratio)
    bound = unresolved(part, found, read_voltage, (voltages["V_set"], voltages["V_reset"]))
    polarity = 1 if read_voltage > 0 else -1
    unknown = below_round_off(part, found, polarity, read)
    limited = in_compliance(part, found, polarity, read)
    ratio = _least_ratio(part, found, polarity, read, (low, high)) if unknown else high / low
    return SwitchingMetrics(
        read_voltage=float(read_voltage),
        on_off_ratio=ratio,
        low_resistance=low,
        high_resistance=high,
        **voltages,
        **_loop(lobes),
        positive_direction=_direction(lobes.get(1), smallest_ratio),
        negative_direction=_direction(lobes.get(-1), smallest_ratio),
        current_unit=str(part.data[part.current_name].attrs.get("units", "A")),
        reason="; ".join(filter(None, (reason, bound, unknown, limited))),
        bounded=bool(unknown),
    )


def checked_branches(voltage: Array) -> list[Branch]:
    """Return the branches of ``voltage`` [V], or raise OutOfRangeError if its noise hides them."""
    noise, most = voltage_noise(voltage), LARGEST_NOISE * float(np.ptp(voltage))
    if noise > most:
        raise OutOfRangeError(
            "noise of the voltage (standard deviation) [V]",
            noise,
            f"at most {most:.3g}, {LARGEST_NOISE:.0%} of its swing: smooth the voltage, or give the one that was set",
        )
    return branches(voltage)


def _least_ratio(
    part: Trace, found: list[Branch], polarity: int, read: float, both: tuple[float, float]
) -> float:
    """Return the smallest ratio of two resistances, of which the higher is a bound and the other has its error."""
    low, high = both
    error = max(part.current_error[near].max(initial=0.0) for near in near_read(part, found, polarity, read))
    return max(1.0, float((1 / low - error / read) * high))


def _strongest(lobes: dict[int, _Lobe]) -> float:
    """Return the signed voltage [V] of the largest |ln ratio| beyond a tenth of the largest |V|."""
    best = (-1.0, 0.0)
    for lobe in lobes.values():
        change = np.where(lobe.size >= READ_FROM * lobe.size[-1], np.abs(lobe.log_ratio()), -1.0)
        k = int(np.argmax(change))
        best = max(best, (float(change[k]), float(lobe.polarity * lobe.size[k])))
    return best[1]


def _set_and_reset(lobes: dict[int, _Lobe], read: float, smallest: float) -> tuple[dict[str, float], str]:
    """Return V_set, V_reset and their widths, nan where there is none, and the reasons in words."""
    out, reasons = {}, []
    usable = [x for x in lobes.values() if x.size[0] <= read <= x.size[-1]]
    for name, sign in (("set", 1.0), ("reset", -1.0)):
        best = max(usable, key=lambda x: sign * x.at(read))
        change = sign * best.at(read)
        if change < np.log(smallest):
            out[f"V_{name}"] = out[f"{name}_width"] = float("nan")
            way = "lower" if sign > 0 else "higher"
            reasons.append(
                f"no {name}: at |V| = {read:g} V no swept polarity goes to {way} resistance by a ratio of "
                f"{smallest:g} or more (largest {np.exp(change):.4g})"
            )
        else:
            out[f"V_{name}"], out[f"{name}_width"] = _switching_voltage(best, read)
    return out, "; ".join(reasons)


def _loop(lobes: dict[int, _Lobe]) -> dict[str, float]:
    """Return the loop area [A V] and the hysteresis index."""
    area = sum(float(np.trapezoid(np.abs(x.back - x.outward), x.size)) for x in lobes.values())
    total = sum(float(np.trapezoid(x.back + x.outward, x.size)) for x in lobes.values())
    return {"loop_area": area, "hysteresis_index": area / total if total > 0 else 0.0}


def _direction(lobe: _Lobe | None, smallest: float) -> str:
    """Return the sense in which the lobe is run through, judged by its area."""
    if lobe is None:
        return "not swept"
    out, back = (float(np.trapezoid(i, lobe.size)) for i in (lobe.outward, lobe.back))
    if max(out, back) < smallest * min(out, back) or out == back:
        return "none"
    return "counter-clockwise" if back > out else "clockwise"
