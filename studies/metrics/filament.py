r"""Forming, SET and RESET of filamentary switching: jumps of the conductance, and whether they last.

On each outward branch of a sweep (|V| grows) :math:`L(V) = \log_{10} G` of the device conductance G is a
straight line between samples. The jump is the largest change within a window of fixed width w [V],

.. math:: J = \max_v \, |L(v + w) - L(v)|,

found exactly, at windows that begin or end at a sample, so that neither J nor its voltage depends on the grid.
Its voltage is where half of J is done, its abruptness the voltage from 10 to 90 % of J over 0.8 J
[V per decade]. A current over a barrier that the voltage lowers cannot rise faster than by a decade per
:math:`(kT/q) \ln 10`, 60 mV at 300 K, without positive feedback (Sze and Ng, Physics of Semiconductor Devices,
2007, chapter 6): a steeper transition is called abrupt, another one gradual.

A SET is a jump up, a RESET one down, on an outward branch that before it has a lower (higher) conductance than
the return branch. ``studies.switching`` gives V_set and V_reset from the ratio of both branches instead, which
also finds a gradual RESET that a curved I-V hides from G.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import between
from studies.metrics.conductance import Array, highest_conductance
from studies.metrics.read_limits import below_round_off, in_compliance
from studies.metrics.switching import (
    SMALLEST_RATIO,
    checked_branches,
    switching,
)
from studies.results.branches import Branch
from studies.results.figure_table import Row, figure_table, positive, unit

if TYPE_CHECKING:
    from studies.results.trace import Trace

#: A transition within less than this per decade [V] is abrupt.
ABRUPT = 0.06
#: The window of a jump, as a part of the largest |V| of its branch.
_WINDOW = 0.02
#: A SET of whose jump less than this part is left at the read voltage is volatile.
_KEPT = 0.5
#: The current is at its compliance from this part of it.
_AT_COMPLIANCE = 0.99


@dataclass(frozen=True)
class Transition:
    """A jump of the conductance: ``voltage`` [V] of its middle, ``decades`` with sign, ``abruptness`` [V/decade].

    ``current_before`` is the largest |I| until 10 % of the jump, in the unit of the trace.
    """

    voltage: float
    decades: float
    abruptness: float
    current_before: float

    @property
    def kind(self) -> str:
        """Return "abrupt" or "gradual"."""
        return "abrupt" if self.abruptness < ABRUPT else "gradual"


@dataclass(frozen=True, repr=False)
class FilamentMetrics:
    """SET and RESET of one cycle; ``print`` shows them with units. None or nan means "none", see ``reason``.

    Resistances are those at the read voltage. ``retained`` is the part of the SET's decades that is left there on
    the way back: 1 if it lasts, more if it also changes before and after the jump, 0 if the device
    switches off by itself; ``hold_voltage`` [V] is where it then does.
    ``volatility`` is "volatile", "non-volatile" (in the time of this sweep: see ``studies.retention``) or
    "not known".
    """

    read_voltage: float
    low_resistance: float
    high_resistance: float
    set: Transition | None
    reset: Transition | None
    retained: float
    hold_voltage: float
    volatility: str
    compliance_reached: bool | None
    current_unit: str
    reason: str

    @property
    def V_set(self) -> float:
        """The voltage of the SET [V], nan without one."""
        return self.set.voltage if self.set else float("nan")

    @property
    def V_reset(self) -> float:
        """The voltage of the RESET [V], nan without one."""
        return self.reset.voltage if self.reset else float("nan")

    @property
    def I_reset(self) -> float:
        """The largest |I| before the RESET, in the unit of the trace, nan without one."""
        return self.reset.current_before if self.reset else float("nan")

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure."""
        ohm = unit("resistance", self.current_unit)
        rows: list[Row] = [("read_voltage", self.read_voltage, "V")]
        rows += [(n, getattr(self, n), ohm) for n in ("low_resistance", "high_resistance")]
        for name, t in (("set", self.set), ("reset", self.reset)):
            if t is not None:
                rows += [(f"V_{name}", t.voltage, "V"), (f"{name}_jump", t.decades, "decades")]
                rows += [(f"{name}_abruptness", t.abruptness, "V/decade"), (f"{name}_kind", t.kind, "")]
        rows += [("I_reset", self.I_reset, self.current_unit), ("retained", self.retained, "1")]
        rows += [("hold_voltage", self.hold_voltage, "V"), ("volatility", self.volatility, "")]
        reached = {None: "not given", True: "reached", False: "not reached"}[self.compliance_reached]
        return [*rows, ("compliance", reached, "")]

    def __repr__(self) -> str:
        return figure_table("FilamentMetrics", self.rows(), self.reason)


@dataclass(frozen=True)
class _Side:
    """A branch: |V| [V] growing, log10 of the conductance, |I|; each shape (m,). Its samples begin at ``least`` [V].

    Between 0 V, or another sample without a conductance, and the first one with it the device is ohmic.
    """

    polarity: int
    outward: bool
    least: float
    size: Array
    log: Array
    current: Array

    def at(self, voltage: float) -> float:
        """Return log10 G at |V| = ``voltage`` [V], nan outside."""
        if not self.least <= voltage <= self.size[-1]:
            return np.nan
        return float(np.interp(voltage, self.size, self.log))


@dataclass(frozen=True)
class _Loop:
    """An outward branch and the return branch that belongs to it, if any."""

    out: _Side
    back: _Side | None

    def largest_ratio(self, until: float, sign: int) -> float:
        """Return the largest ``sign`` log10(G_return / G_outward) at |V| up to ``until`` [V]; inf without return."""
        if self.back is None:
            return np.inf
        grid = np.union1d(self.out.size, self.back.size)
        grid = grid[(grid >= max(self.out.size[0], self.back.size[0])) & (grid <= until)]
        ratio = np.interp(grid, self.back.size, self.back.log) - np.interp(grid, self.out.size, self.out.log)
        return float((sign * ratio).max(initial=-np.inf))


@checked(smallest_ratio=between(1.0, 1e12))
def filament_switching(
    trace: Trace,
    *,
    read_voltage: float,
    cycle: int = -1,
    compliance: float | tuple[float | None, float | None] | None = None,
    window: float | None = None,
    smallest_ratio: float = SMALLEST_RATIO,
) -> FilamentMetrics:
    """Return SET, RESET, resistances and volatility of cycle ``cycle`` of ``trace``.

    Voltages are those of the source, which a sweep passes monotonically; conductances are those of the device.
    ``read_voltage`` [V] may have either sign. ``compliance`` [unit of the trace's current] is the limit that the
    measurement had, or a pair of those below and above zero, as in a ``Circuit``. ``window`` [V] is the width in
    which a jump is looked for, 2 % of the branch's largest |V| if not given; it must hold a few samples of a
    gradual transition. Changes by less than ``smallest_ratio`` are none.
    Raises OutOfRangeError if there is no outward branch or none that contains the read voltage.
    """
    part = trace.cycle(cycle)
    limits = _limits(compliance)
    if window is not None:
        positive("window of a jump [V]", window)
    loops, least = _loops(part), float(np.log10(smallest_ratio))
    set_, reset = (_largest(loops, sign, window, least) for sign in (1, -1))
    low, high, unread = _resistances(loops, read_voltage)
    kept, hold = (np.nan, np.nan) if set_ is None else _after_set(set_, abs(read_voltage), window)
    jumps = {name: x and x[1] for name, x in (("set", set_), ("reset", reset))}
    reasons = [f"no {n} found in the conductance" for n, x in jumps.items() if x is None]
    if unread:
        reasons.append(unread)
    polarity = 1 if read_voltage > 0 else -1
    unknown = below_round_off(part, checked_branches(part.voltage), polarity, abs(read_voltage))
    limited = in_compliance(part, checked_branches(part.voltage), polarity, abs(read_voltage))
    reasons += [x for x in (unknown, limited) if x]
    reasons += _differences(trace, cycle, jumps, read_voltage, smallest_ratio)
    return FilamentMetrics(
        read_voltage=float(read_voltage),
        low_resistance=low,
        high_resistance=high,
        set=jumps["set"],
        reset=jumps["reset"],
        retained=kept,
        hold_voltage=hold,
        volatility="not known" if np.isnan(kept) else "volatile" if kept < _KEPT else "non-volatile",
        compliance_reached=_at(limits, part),
        current_unit=part.current_unit,
        reason="; ".join(reasons),
    )


def _limits(compliance: float | tuple[float | None, float | None] | None) -> tuple[float, float]:
    """Return the largest current below and above zero, infinite for no limit."""
    below, above = compliance if isinstance(compliance, tuple) else (compliance, compliance)
    given = (np.inf if c is None else positive("compliance current", c) for c in (below, above))
    return next(given), next(given)


def _at(limits: tuple[float, float], part: Trace) -> bool | None:
    """Return whether the current comes to one of its limits, None without any; those of the trace if none is given."""
    if not np.isfinite(limits).any():
        return bool(part.limited.any()) if "in_compliance" in part.data.variables else None
    below, above = (_AT_COMPLIANCE * c for c in limits)
    return bool(part.current.min() <= -below or part.current.max() >= above)


def _loops(part: Trace) -> list[_Loop]:
    """Return the outward branches with the return branch that follows, or else one of the same polarity."""
    found = checked_branches(part.voltage)
    g = highest_conductance(part)
    loops = []
    for k, branch in enumerate(found):
        if not branch.outward:
            continue
        backs = [b for b in found[k + 1 : k + 2] if not b.outward and b.polarity == branch.polarity]
        backs += [b for b in found if not b.outward and b.polarity == branch.polarity]
        out, back = _side(part, g, branch), _side(part, g, backs[0]) if backs else None
        if out is not None:
            loops.append(_Loop(out, back))
    if not loops:
        raise OutOfRangeError("number of outward branches in the cycle", 0, "at least 1 (|V| grows)")
    return loops


def _side(part: Trace, g: Array, branch: Branch) -> _Side | None:
    """Return the samples of a branch with a conductance, None if there are fewer than two."""
    size, own, current = branch.size(part.voltage), g[branch.samples], part.current[branch.samples]
    use = (size > 1e-9 * size.max()) & (own > 0)  # nan at 0 V
    if np.count_nonzero(use) < 2:
        return None
    order = np.argsort(size[use], kind="stable")
    least, log = max(0.0, float(size.min())), np.log10(own[use])[order]
    size, current = size[use][order], np.abs(current[use])[order]
    return _Side(branch.polarity, branch.outward, least, size, log, current)


def _jump(side: _Side, sign: int, window: float | None) -> Transition:
    """Return the largest change of log10 G with |V| in the direction ``sign``."""
    s, log = side.size, side.log
    w = min(window or _WINDOW * float(s[-1]), float(s[-1] - s[0]))
    begins = np.unique(np.clip(np.concatenate((s, s - w)), s[0], s[-1] - w))
    change = sign * (np.interp(begins + w, s, log) - np.interp(begins, s, log))
    k = int(np.argmax(change))
    a, b = float(begins[k]), float(begins[k] + w)
    inside = np.concatenate(([a], s[(s > a) & (s < b)], [b]))
    done = sign * (np.interp(inside, s, log) - np.interp(a, s, log))
    at = [_first(inside, done, part * change[k]) for part in (0.1, 0.5, 0.9)]
    before = np.append(side.current[s <= at[0]], np.interp(at[0], s, side.current))
    decades = float(change[k])
    abruptness = (at[2] - at[0]) / (0.8 * decades) if decades > 0 else np.inf
    return Transition(side.polarity * at[1], sign * decades, abruptness, float(before.max()))


def _first(x: Array, y: Array, level: float) -> float:
    """Return the first x at which ``y``, which begins at 0, reaches ``level``, linear between samples."""
    k = int(np.argmax(y >= level))
    if k == 0:
        return float(x[0])
    return float(x[k - 1] + (level - y[k - 1]) / (y[k] - y[k - 1]) * (x[k] - x[k - 1]))


def _largest(
    loops: list[_Loop], sign: int, window: float | None, least: float
) -> tuple[_Loop, Transition] | None:
    """Return the loop with the largest jump up (``sign`` 1, SET) or down (-1, RESET) and that jump."""
    made = [(loop, _jump(loop.out, sign, window)) for loop in loops]
    real = [
        (loop, jump)
        for loop, jump in made
        if abs(jump.decades) >= least
        and np.sign(jump.decades) == sign
        and loop.largest_ratio(abs(jump.voltage), sign) >= least
        and (loop.back is not None or jump.kind == "abrupt")
    ]
    return max(real, key=lambda x: abs(x[1].decades), default=None)


def _resistances(loops: list[_Loop], read: float) -> tuple[float, float, str]:
    """Return the lowest and highest resistance at the read voltage [V] of all branches of its polarity.

    And why some of them are not among these, in words.
    """
    polarity = 1 if read > 0 else -1
    sides = [s for loop in loops for s in (loop.out, loop.back) if s is not None and s.polarity == polarity]
    values = [10 ** -s.at(abs(read)) for s in sides if np.isfinite(s.at(abs(read)))]
    if read == 0 or not values:
        spans = ", ".join(f"{s.polarity * s.least:g} to {s.polarity * s.size[-1]:g} V" for s in sides)
        raise OutOfRangeError(
            "read voltage [V]", read, f"non-zero and inside a branch ({spans or 'none there'})"
        )
    outside = [
        f"the {'outward' if s.outward else 'return'} branch from {polarity * s.least:g} to {polarity * s.size[-1]:g} V "
        f"has no sample around the read voltage of {read:g} V: its resistance is not among those given"
        for s in sides
        if np.isnan(s.at(abs(read)))
    ]
    return min(values), max(values), "; ".join(dict.fromkeys(outside))


def _differences(
    trace: Trace, cycle: int, jumps: dict[str, Transition | None], read: float, smallest: float
) -> list[str]:
    """Return where ``studies.switching`` has other voltages than the ``jumps``, and why, in words."""
    try:
        other = switching(trace, read, cycle, smallest)
    except OutOfRangeError:
        return []  # no loop of two branches there, which jumps do not need
    found = []
    for name, jump in jumps.items():
        theirs, width = (float(getattr(other, n)) for n in (f"V_{name}", f"{name}_width"))
        if np.isnan(theirs) and jump is None:
            continue
        if np.isnan(theirs) or jump is None:
            there = "has none" if np.isnan(theirs) else f"has one at {theirs:.4g} V"
            found.append(
                f"studies.switching, which compares both branches at the read voltage, {there} ({name})"
            )
        elif abs(jump.voltage - theirs) > _WINDOW * abs(jump.voltage):
            found.append(
                f"V_{name} of studies.switching is {theirs:.4g} V, where half of the change at the read voltage is "
                f"done (10 to 90 % within {width:.3g} V); here it is that of the largest jump"
            )
    return found


def _after_set(found: tuple[_Loop, Transition], read: float, window: float | None) -> tuple[float, float]:
    """Return the part of the jump that is left on the return branch, and the hold voltage [V] if volatile."""
    loop, jump = found
    if loop.back is None:
        return np.nan, np.nan
    kept = (loop.back.at(read) - loop.out.at(read)) / jump.decades
    return kept, _jump(loop.back, 1, window).voltage if kept < _KEPT else np.nan
