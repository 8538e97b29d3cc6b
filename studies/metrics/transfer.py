r"""Figures of transfer characteristics: mobility, threshold, subthreshold swing, on/off ratio, memory window.

A cycle is cut into branches in which the gate voltage goes up or down; the widest of each is judged by the formulas of
``transfer_branch``. The memory window is the threshold voltage (at the constant current) of the way up less
that of the way down, and the loop in the plane of :math:`|I_D|` over :math:`V_G` runs counter-clockwise if the
current is larger on the way down.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from studies.metrics.conductance import Array, conduction_current
from studies.metrics.transfer_branch import Channel, TransferBranch, transfer_branch
from studies.results.figure_table import Row, at_least, figure_table, positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.results.trace import Trace

#: Current of the threshold voltage where none is given, times W/L [A]: Ortiz-Conde et al. 2002, section 3.1.
SQUARE_CURRENT = 1e-7
_SAME_VOLTAGE = 1e-3  # drain voltages that differ by less than this part are one


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TransferMetrics:
    """Figures of a transfer characteristic; ``print`` shows them with units. nan means "none", see ``reason``.

    ``channel`` is "n" where the current grows with the gate voltage, "p" where it falls. ``regime`` says which mobility
    and threshold apply: "linear" if |V_D| is below the largest gate overdrive, "saturation" if not. ``up`` and ``down``
    are the figures of the two directions, None if not swept; ``first`` those of the one swept first.
    ``memory_window`` [V]: threshold on the way up less that on the way down; ``sense`` of the loop.
    """

    channel: str
    regime: str
    drain_voltage: float
    constant_current: float
    memory_window: float
    sense: str
    first: TransferBranch
    up: TransferBranch | None
    down: TransferBranch | None
    current_unit: str
    reason: str

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure, those of the branches with their direction."""
        unit = self.current_unit
        rows: list[Row] = [
            ("channel", self.channel, ""),
            ("regime", self.regime, ""),
            ("drain_voltage", self.drain_voltage, "V"),
            ("constant_current", self.constant_current, unit),
            ("memory_window", self.memory_window, "V"),
            ("sense", self.sense, ""),
        ]
        units = {"mobility": "m^2/(V s)", "swing": "V/decade", "threshold": "V", "ratio": "1"}
        units |= {"transconductance": unit.replace("A", "S", 1), "peak_voltage": "V"}
        for branch in (b for b in (self.up, self.down) if b is not None):
            for name in (n for n in branch.__dataclass_fields__ if isinstance(getattr(branch, n), float)):
                own = next(u for key, u in units.items() if key in name)
                value = getattr(branch, name)
                shown = at_least(value) if branch.bounded and name == "on_off_ratio" else value
                rows.append((f"{name} ({branch.direction})", shown, own))
        return rows

    def __repr__(self) -> str:
        return figure_table("TransferMetrics", self.rows(), self.reason)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with log|I_D| against V_G, the way up strong and the way down pale."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        for branch, alpha in ((self.up, 1.0), (self.down, 0.55)):
            if branch is not None:
                size = np.where(branch.current == 0, np.nan, np.abs(branch.current))
                ax.semilogy(branch.gate_voltage, size, color="C0", alpha=alpha, label=branch.direction)
        if np.isfinite(self.constant_current):
            ax.axhline(self.constant_current, color="grey", linestyle="--", label="threshold current")
        ax.set(xlabel="Gate voltage [V]", ylabel=f"|Drain current| [{self.current_unit}]")
        ax.legend()
        return ax


@checked()
def transfer(
    trace: Trace,
    *,
    capacitance: float | None = None,
    width: float | None = None,
    length: float | None = None,
    drain_voltage: float | None = None,
    constant_current: float | None = None,
    gate: str = "gate",
    cycle: int = -1,
) -> TransferMetrics:
    """Return the figures of cycle ``cycle`` of a transfer characteristic, simulated or measured.

    The current of ``trace`` is that of the drain, less displacement current if it has it. The gate voltage is its
    column "voltage_gate" (with the name ``gate``), beside which "voltage" is the drain's; without that column "voltage"
    is the gate's, and ``drain_voltage`` [V] must be given. ``capacitance`` [F/m^2], ``width`` and ``length`` [m] of the
    channel give mobilities; a current in A/m needs no width. ``constant_current``, in the unit of the current, is that
    of the threshold voltage, 1e-7 A times W/L if not given.
    Raises OutOfRangeError, IncompatibleError, or UnknownNameError.

    >>> transfer(transfer_curve(device, np.linspace(-1, 3, 41), 0.05), capacitance=1.2e-3,
    ...          length=4e-7).first.linear_mobility                                     # doctest: +SKIP
    """
    part = trace.cycle(cycle)
    volts, drain = _voltages(part, gate, drain_voltage)
    current = conduction_current(part)
    check_finite(volts, current)
    per_width = part.current_unit == "A/m"
    if part.current_unit == "A/m^2":
        raise IncompatibleError(
            "the current is per area [A/m^2]; a channel needs it in A, or in A/m of its width."
        )
    sizes = {"capacitance [F/m^2]": capacitance, "channel width [m]": width, "channel length [m]": length}
    for name, value in {**sizes, "constant current": constant_current}.items():
        if value is not None:
            positive(name, value)
    if constant_current is None and length is not None and (per_width or width is not None):
        constant_current = SQUARE_CURRENT * (1.0 if per_width or width is None else width) / length
    channel = Channel(
        drain_voltage=drain,
        capacitance=capacitance,
        width=width,
        length=length,
        per_width=per_width,
        constant_current=constant_current,
    )
    return _metrics(volts, current, part.current_error, channel, part.current_unit)


def check_finite(*columns: Array) -> None:
    """Raise OutOfRangeError unless all voltages and currents are finite: a measured gap must be cut out."""
    for column in columns:
        if not np.isfinite(column).all():
            raise OutOfRangeError("a voltage or current of the characteristic", float("nan"), "finite")


def runs(voltage: Array) -> list[tuple[int, int]]:
    """Return the first and last sample of every stretch in which ``voltage`` [V], shape (n,), goes one way."""
    tiny = 1e-9 * np.abs(voltage).max(initial=0.0)
    way = np.sign(np.where(np.abs(np.diff(voltage)) <= tiny, 0.0, np.diff(voltage))).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(way)) + 1).tolist(), way.size]
    return [(a, b) for a, b in pairwise(edges) if b > a and way[a] != 0]


def gate_column(part: Trace, gate: str) -> Array | None:
    """Return the gate voltage [V], shape (n,), if the trace has it in a column of its own."""
    name = f"voltage_{gate}"
    return np.asarray(part.data[name].values, dtype=float) if name in part.data.variables else None


def _voltages(part: Trace, gate: str, drain_voltage: float | None) -> tuple[Array, float]:
    """Return the gate voltages [V], shape (n,), and the drain voltage [V]."""
    volts = gate_column(part, gate)
    if volts is None:
        if drain_voltage is None:
            others = [str(n) for n in part.data.data_vars if str(n).startswith("voltage_")]
            hint = "If the column voltage is the gate's, give drain_voltage [V]."
            raise UnknownNameError("column", f"voltage_{gate}", others, hint)
        volts = part.voltage
    elif drain_voltage is None:
        drain_voltage = float(np.median(part.voltage))
        if np.ptp(part.voltage) > _SAME_VOLTAGE * abs(drain_voltage):
            raise IncompatibleError(
                f"the drain voltage goes from {part.voltage.min():g} to {part.voltage.max():g} V; a transfer "
                "characteristic has one: give another cycle, or see output() for output characteristics."
            )
    if drain_voltage == 0 or not np.isfinite(drain_voltage):
        raise OutOfRangeError("drain voltage [V]", drain_voltage, "finite and not 0")
    return volts, float(drain_voltage)


def _metrics(volts: Array, current: Array, error: Array, channel: Channel, unit: str) -> TransferMetrics:
    """Return the figures of a cycle."""
    found = runs(volts)
    if not found:
        raise OutOfRangeError("span of the gate voltage [V]", float(np.ptp(volts)), "positive")
    widest = {}
    for first, last in sorted(found, key=lambda r: abs(volts[r[1]] - volts[r[0]])):
        widest["up" if volts[last] > volts[first] else "down"] = (first, last)
    order = sorted(widest, key=lambda way: widest[way])
    sign = _sign(volts, np.abs(current), [widest[way] for way in order])
    made = {}
    for way in order:
        first, last = widest[way]
        step = slice(first, last + 1) if way == "up" else slice(last, first - 1 if first else None, -1)
        made[way] = transfer_branch(volts[step], current[step], error[step], channel, sign, way)
    up, down = made.get("up"), made.get("down")
    window = float("nan")
    if up is not None and down is not None:
        window = up.threshold_at_current - down.threshold_at_current
    return TransferMetrics(
        channel="n" if sign > 0 else "p",
        regime=_regime(made[order[0]], channel, sign),
        drain_voltage=channel.drain_voltage,
        constant_current=channel.constant_current or float("nan"),
        memory_window=window,
        sense=_sense(window, sign),
        first=made[order[0]],
        up=up,
        down=down,
        current_unit=unit,
        reason=_reason(made, channel),
    )


def _sign(volts: Array, size: Array, stretches: list[tuple[int, int]]) -> int:
    """Return 1 if the current is larger at the upper end of the gate voltages, -1 if at the lower one."""
    rise = sum((size[b] - size[a]) * np.sign(volts[b] - volts[a]) for a, b in stretches)
    if rise == 0:
        raise OutOfRangeError("change of the drain current with the gate voltage", 0.0, "other than zero")
    return 1 if rise > 0 else -1


def _regime(branch: TransferBranch, channel: Channel, sign: int) -> str:
    """Return "linear" or "saturation" by the overdrive at the end of the branch."""
    end = branch.gate_voltage[-1 if sign > 0 else 0]
    overdrive = sign * (end - branch.threshold_saturation)
    return "linear" if abs(channel.drain_voltage) < overdrive else "saturation"


def _sense(window: float, sign: int) -> str:
    """Return the sense in which the loop of |I_D| over V_G is run through."""
    if not np.isfinite(window):
        return "not known"
    if window == 0:
        return "none"
    return "counter-clockwise" if window * sign > 0 else "clockwise"


def _reason(made: dict[str, TransferBranch], channel: Channel) -> str:
    """Return why figures are nan, in words."""
    why = []
    if not np.isfinite(channel.strength):
        why.append("no mobility: give capacitance, length, and width unless the current is per width")
    if channel.constant_current is None:
        why.append("no threshold at a constant current: give constant_current, or width and length")
    elif any(np.isnan(b.threshold_at_current) for b in made.values()):
        why.append(f"the current does not pass {channel.constant_current:.3g} in every direction")
    if any(np.isnan(b.subthreshold_swing) for b in made.values()):
        why.append("no subthreshold swing: the current does not rise by a decade")
    if any(b.bounded for b in made.values()):
        why.append("the smallest current is below its error by round-off: the on/off ratio is a lower bound")
    if len(made) < 2:
        why.append("no memory window: the gate was swept one way only")
    return "; ".join(why)
