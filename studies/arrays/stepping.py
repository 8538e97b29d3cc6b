r"""States of all cells in time, on lines with resistance and capacitance.

Two implicit stages a step, L-stable and of second order (R. Alexander, SIAM J. Numer. Anal. 14, 1006, 1977): in each,
the cells' states, :math:`x = x_0 + \gamma h f(x, v)`, are found cell by cell, and Newton's method over the lines
finds the voltages with what the cells' currents do with their states following. The error of a step is the difference
to the quadrature of the rates at its begin and at both stages, of third order, of the states and of the voltages of
nodes that hold charge. Steps end at each kink of the drive, where the current of a capacitance jumps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from fem.errors import ConvergenceError
from fem.errors.arguments import checked
from fem.errors.checking import instance, positive, positive_or_infinite, whole
from studies.arrays.cell_array import ArrayState, CellArray
from studies.arrays.cells import check_same, law
from studies.arrays.kirchhoff import Network, Point
from studies.arrays.schemes import Drive

Array = NDArray[np.float64]
GAMMA = 1.0 - 1.0 / np.sqrt(2.0)
_MIDDLE = 1.0 / (6.0 * GAMMA * (1.0 - GAMMA))  # weights of the quadrature at 0, gamma and 1
_LAST = 0.5 - GAMMA * _MIDDLE
_WEIGHTS = (1.0 - _MIDDLE - _LAST, _MIDDLE, _LAST)
_AFTER_KINK = (
    0.0,
    1.0 - GAMMA,
    GAMMA,
)  #: the same where what was at the begin was before a jump, of second order
#: Shortest step of a piece of the drive; changes of temperature [K] that need no second look, and most looks.
SHORTEST, SAME_RISE, LOOKS = 1e-10, 0.05, 40
#: Temperature [K] of a cell beyond which heat has run away: no solid is as hot.
HOTTEST = 5000.0
NEWTON = 1e-10  #: of the largest voltage or current, where Newton's method ends in a step


@dataclass(frozen=True, eq=False)
class Run:
    """What a drive did: the array's ``state`` at its end, and the ``record`` of its steps over "time".

    ``record``: ``input_current`` (time, row) [A] into the word lines, ``output_current`` (time, column) [A] out of the
    bit lines, ``highest_rise`` [K], ``power`` [W] and ``energy`` [J] that the drivers gave.
    """

    state: ArrayState
    record: xr.Dataset

    @property
    def energy(self) -> float:
        """What the drivers of all lines gave [J]."""
        return float(self.record["energy"])


@dataclass(frozen=True, eq=False)
class _Now:
    """A state with the point of the network and the states' rates there (None before the first step).

    ``middle``: power [W] from the drivers at the stage before, ``speeds`` [V/s] of word and bit nodes (None at a kink
    of the drive), ``jumped``: whether currents may have jumped where the step began.
    """

    state: ArrayState
    at: Point
    network: Network
    rates: Array | None = None
    middle: float = 0.0
    speeds: tuple[Array, Array] | None = None
    jumped: bool = False


@checked(
    array=instance(CellArray), state=instance(ArrayState), drive=instance(Drive), tolerance=positive,
    longest=positive_or_infinite, most_steps=whole(1),
)  # fmt: skip
def apply(
    array: CellArray,
    state: ArrayState,
    drive: Drive,
    *,
    tolerance: float = 1e-5,
    longest: float = np.inf,
    most_steps: int = 20_000,
    observe: Callable[[ArrayState, Point], None] | None = None,
) -> Run:
    """Return what the ``drive`` does to an array in ``state``.

    ``tolerance``: error of a step relative to the scale of a state, and of the voltages of nodes that hold charge
    relative to the largest of the drive; ``longest`` step [s]; ``most_steps`` tried in all; ``observe``: is called with
    the state and the point of the network at each step's end, the begin too. The lines are at rest at the begin:
    charged to what they are driven with. Raises ConvergenceError where steps become too short, as where heat between
    cells runs away (above ``HOTTEST``), or too many; IncompatibleError for another shape.
    """
    rows, columns = array.shape
    check_same("word voltages of a drive", drive.words, (drive.times.size, rows))
    check_same("bit voltages of a drive", drive.bits, (drive.times.size, columns))
    network, at = array.point(state, *drive.at(0.0))
    now = _Now(state, at, network)
    seen = _Seen()
    seen.add(now, drive.at(0.0))
    if observe:
        observe(state, at)
    length, tried = 0.0, 0
    for begin, end in zip(drive.times[:-1], drive.times[1:], strict=True):
        time, piece = float(begin), float(end - begin)
        length = min(length or 0.1 * piece, piece)
        now = replace(now, speeds=None)
        while time < end:
            step = min(length, longest, end - time)
            if end - time - step < 1e-9 * piece:
                step = float(end - time)
            tried += 1
            if tried > most_steps:
                raise ConvergenceError(
                    f"the drive takes more than {most_steps} steps: its cells may oscillate, as a selector does whose "
                    "holding voltage is above what it keeps when it is open.", time=state.time + time,
                )  # fmt: skip
            new, error = _tried(array, now, drive, time, step, tolerance)
            factor = min(5.0, max(0.2, 0.85 * error ** (-1 / 3))) if error > 0 else 5.0
            if new is None or not error <= 1.0:
                length = step * (factor if new is not None else 0.25)
                if length < SHORTEST * piece:
                    why = "" if array.heating is None else " Its cells may heat each other without end."
                    raise ConvergenceError(
                        f"no step of the array is short enough.{why}", time=state.time + time
                    )
                continue
            time = float(end) if step == end - time else time + step
            now, length = new, step * factor
            seen.add(now, drive.at(time))
            if observe:
                observe(now.state, now.at)
    return Run(now.state, seen.dataset())


def _tried(
    array: CellArray, now: _Now, drive: Drive, time: float, step: float, tolerance: float
) -> tuple[_Now | None, float]:
    """Return the state after a step, None if it has no solution, and its error over what is allowed."""
    rise = now.state.rise
    for _ in range(LOOKS):
        try:
            new, error = _stepped(array, now, drive, time, step, rise)
        except ConvergenceError:
            return None, np.inf
        if array.heating is None:
            return new, error / tolerance
        heat, found = array.heating.risen(now.state.heat, _powers(now), _powers(new), step)
        if not array.ambient + found.max() <= HOTTEST:
            break
        if np.abs(found - rise).max() <= SAME_RISE:
            return replace(new, state=replace(new.state, heat=heat, rise=found)), error / tolerance
        rise = found
    return None, np.inf


def _powers(now: _Now) -> Array:
    """Return the heat of the cells [W]."""
    return np.maximum(now.at.cell * now.at.across, 0.0)


def _stepped(
    array: CellArray, now: _Now, drive: Drive, time: float, step: float, rise: Array
) -> tuple[_Now, float]:
    """Return the state after a step with the ``rise`` [K] at its end, and the error relative to the states' scales."""
    part = GAMMA * step
    x0, v0 = now.state.states, (now.at.word, now.at.bit)
    middle_rise = now.state.rise + GAMMA * (rise - now.state.rise)
    first = _stage(array, now, drive.at(time + part), part, array.ambient + middle_rise, x0, v0)
    k1, w1 = (
        (first[0] - x0) / part,
        tuple((a - b) / part for a, b in zip((first[1].word, first[1].bit), v0, strict=True)),
    )
    between = (1.0 - GAMMA) * step
    base, volts = x0 + between * k1, tuple(v + between * w for v, w in zip(v0, w1, strict=True))
    half = replace(now, at=first[1], state=replace(now.state, states=first[0]))
    x, at, network = _stage(array, half, drive.at(time + step), part, array.ambient + rise, base, volts)
    k2 = (x - base) / part
    k0 = k1 if now.rates is None else now.rates
    better = x0 + step * (_WEIGHTS[0] * k0 + _WEIGHTS[1] * k1 + _WEIGHTS[2] * k2)
    size = array.cells.scales + np.abs(x0)
    speeds = (at.word - volts[0]) / part, (at.bit - volts[1]) / part
    charged = _charged(array)
    error = max(
        float(np.max(np.abs(better - x) / size, initial=0.0)),
        _voltage_error((now.speeds or w1, w1, speeds), step, charged, drive),
    )
    if array.migration is not None:
        k = array.cells.named(array.migration.state)
        x = x.copy()
        x[..., k] = array.migration.moved(x0[..., k], x[..., k])
    state = ArrayState(x, rise, now.state.time + step)
    jumped = now.speeds is None and charged is not None
    middle = _power(first[2], first[1], drive.at(time + part))
    return _Now(state, at, network, k2, middle, speeds, jumped), error


def _charged(array: CellArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Return which word and bit nodes hold charge, by a line's capacitance or by their cells, None without one."""
    if array.cells.family.stores_charge:
        every = np.ones(array.shape, dtype=bool)
        return every, every
    stored = array.lines.capacitances(array.shape)
    return None if stored is None else (stored[0] > 0, stored[1] > 0)


def _voltage_error(
    speeds: tuple[tuple[Array, Array], ...],
    step: float,
    charged: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None,
    drive: Drive,
) -> float:
    """Return the error of ``charged`` nodes' voltages over the largest of the ``drive``.

    ``speeds`` [V/s] at the begin of the step and at its stages, each of word and bit nodes.
    """
    largest = max(float(np.nanmax(np.abs(v), initial=0.0)) for v in (drive.words, drive.bits))
    if charged is None or largest == 0:
        return 0.0
    error = 0.0
    for k, where in enumerate(charged):
        # the quadrature less the stages' own one
        off = sum((w - own) * v[k] for w, own, v in zip(_WEIGHTS, _AFTER_KINK, speeds, strict=True))
        error = max(error, step * float(np.max(np.abs(off)[where], initial=0.0)) / largest)
    return error


def _power(network: Network, at: Point, applied: tuple[Array, Array]) -> float:
    """Return the power [W] from the drivers of all lines at ``applied`` voltages [V]."""
    word, bit = network.drawn(at)
    return float(np.nansum(applied[0] * word.sum(axis=1)) + np.nansum(applied[1] * bit.sum(axis=0)))


def _stage(
    array: CellArray,
    now: _Now,
    applied: tuple[Array, Array],
    part: float,
    ambient: Array,
    base: Array,
    volts: tuple,
) -> tuple[Array, Point, Network]:
    """Return states, point and network of a stage: x = base + part f, and capacitances charged from ``volts``."""
    lines, shape = array.lines, array.shape
    stored = lines.capacitances(shape)
    shunts = sources = None
    if stored is not None:
        shunts = stored[0] / part, stored[1] / part
        sources = shunts[0] * volts[0], shunts[1] * volts[1]
    network = Network.of(lines.segments(shape), applied, shunts, sources)
    kept: list[Array] = []
    before = volts[0] - volts[1]
    at = network.solve(
        law(array.cells, part, ambient, base, before, now.state.states, kept), now.at, tolerance=NEWTON
    )
    # what was kept last may be of a step that was not taken
    return array.cells.stage(part, ambient, base, at.across, before, kept[0]).states, at, network


class _Seen:
    """Times, currents of the terminals and energy of the steps."""

    def __init__(self) -> None:
        self.energy = 0.0
        self.rows: list[tuple[float, Array, Array, float, float]] = []

    def add(self, now: _Now, applied: tuple[Array, Array]) -> None:
        word, bit = now.network.drawn(now.at)
        power = _power(now.network, now.at, applied)
        if self.rows:  # the quadrature of the steps
            before = self.rows[-1]
            step = now.state.time - before[0]
            weights = _AFTER_KINK if now.jumped else _WEIGHTS
            self.energy += step * float(np.dot(weights, (before[4], now.middle, power)))
        self.rows.append(
            (now.state.time, word.sum(axis=1), -bit.sum(axis=0), float(now.state.rise.max()), power)
        )

    def dataset(self) -> xr.Dataset:
        time, into, out, rise, power = (np.array(column) for column in zip(*self.rows, strict=True))
        return xr.Dataset(
            {
                "input_current": (
                    ("time", "row"),
                    into,
                    {"units": "A", "long_name": "current into the word lines"},
                ),
                "output_current": (
                    ("time", "column"),
                    out,
                    {"units": "A", "long_name": "current out of the bit lines"},
                ),
                "highest_rise": (
                    "time",
                    rise,
                    {"units": "K", "long_name": "largest rise of the temperature around a cell"},
                ),
                "power": ("time", power, {"units": "W", "long_name": "power from all drivers"}),
                "energy": ((), self.energy, {"units": "J", "long_name": "energy from all drivers"}),
            },
            coords={"time": ("time", time, {"units": "s"})},
        )
