"""Curves of current over voltage for conduction laws: one branch of each polarity, and the noise in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from studies.metrics.conductance import Array, conduction_current, device_voltage
from studies.metrics.conduction_fits import FEWEST, Samples
from studies.results.branches import branches
from studies.results.trace import Trace

CLOSEST = 0.01  #: relative noise at least, if it is estimated: a textbook's law is not closer to a device
_KEPT, _OF_KEPT = (
    0.9,
    0.6230,
)  # part of the squares of deviations that count, and their mean for a variance of 1
_ALIKE = 2.0  # noises by which currents of both polarities may differ
_SMALLEST = 1e-60  # sizes of a voltage or a current whose squares are numbers
_OVERLAP = 0.5  # part of the decades of voltage that both polarities share

Data = Trace | tuple[ArrayLike, ArrayLike]


class Curve(NamedTuple):
    """Sizes of voltage [V], ascending, and of current, its error by round-off, and the temperature [K] or None."""

    voltage: Array
    current: Array
    error: Array
    temperature: float | None

    @property
    def noise(self) -> float:
        """The relative noise, from how far samples are from the parabola through their neighbours in ln I and ln V."""
        x, y = np.log(self.voltage), np.log(self.current)
        if x.size < FEWEST:
            return 0.0
        squares = np.sort([_deviation(x[k - 2 : k + 3], y[k - 2 : k + 3]) ** 2 for k in range(2, x.size - 2)])
        kept = squares[: max(1, int(np.ceil(_KEPT * squares.size)))]
        return float(np.sqrt(kept.mean() / (_OF_KEPT if kept.size < squares.size else 1.0)))


def _deviation(x: Array, y: Array) -> float:
    """Return the residual of the parabola through five samples at the middle one, of the variance of one sample."""
    matrix = np.vander(x - x[2], 3)
    if np.linalg.matrix_rank(matrix) < 3:  # samples of equal voltage
        matrix = np.ones((5, 1))
    own = np.eye(5)[2] - matrix[2] @ np.linalg.pinv(matrix)
    return float(own @ y / np.linalg.norm(own))


def curves(data: Any, temperature: Any, branch: str) -> dict[int, list[Curve]]:
    """Return the curves of each polarity: 1 and -1, if they have enough samples."""
    every = _each(data)
    kelvins: Sequence[float | None] = _temperatures(temperature, len(every))
    found: dict[int, list[Curve]] = {1: [], -1: []}
    for one, kelvin in zip(every, kelvins, strict=True):
        for polarity, own in found.items():
            curve = _curve(one, kelvin, polarity, branch)
            own += [curve] if curve is not None and curve.voltage.size >= FEWEST else []
    found = {polarity: own for polarity, own in found.items() if own}
    if not found:
        raise OutOfRangeError(
            f"samples of the {branch} branch of either polarity with a current along the voltage",
            0,
            f"at least {FEWEST}",
        )
    return found


def units(data: Any) -> str:
    """Return the unit of the current, A of arrays."""
    found = {one.current_unit if isinstance(one, Trace) else "A" for one in _each(data)}
    if len(found) > 1:
        raise IncompatibleError(f"traces with currents in {' and '.join(sorted(found))} do not go together.")
    return found.pop()


def _each(data: Any) -> list[Data]:
    """Return the traces or (voltage, current) that are given, one or several."""
    if isinstance(data, Trace):
        return [data]
    every = list(data)
    if len(every) == 2 and not any(isinstance(one, Trace) for one in every) and _numbers(every[0]):
        return [(every[0], every[1])]
    if not every or not all(
        isinstance(one, Trace) or (np.iterable(one) and len(list(one)) == 2) for one in every
    ):
        raise IncompatibleError("conduction_mechanism takes a Trace, (voltage, current), or a list of such.")
    return every


def _numbers(value: Any) -> bool:
    """Return whether a value is a list of numbers."""
    return not isinstance(value, Trace) and np.ndim(value) == 1


def _temperatures(temperature: Any, count: int) -> list[float | None]:
    if temperature is None:
        if count > 1:
            raise IncompatibleError(
                f"{count} traces need a temperature each: temperature=[...] [K], in the same order."
            )
        return [None]
    kelvins = np.atleast_1d(np.asarray(temperature, dtype=float))
    if kelvins.shape != (count,):
        raise IncompatibleError(f"{count} traces need {count} temperatures, not {kelvins.size}.")
    for kelvin in kelvins:
        if not 1 <= kelvin <= 3000:
            raise OutOfRangeError("temperature of a trace [K]", float(kelvin), "from 1 to 3000 K")
    return [float(kelvin) for kelvin in kelvins]


def _curve(one: Data, kelvin: float | None, polarity: int, branch: str) -> Curve | None:
    """Return the first branch of a polarity, the other way if the voltage goes no other, where the current is known.

    Samples below their error by round-off, in compliance, and those that flow against the voltage are left out.
    """
    voltage, current, error = _columns(one)
    limited = one.limited if isinstance(one, Trace) else np.zeros(voltage.size, dtype=bool)
    ways = [b for b in branches(voltage) if b.polarity == polarity]
    if not ways:
        return None
    way = next((b for b in ways if b.outward == (branch == "outward")), ways[0])
    turned = way is not ways[0] and not way.outward  # the sample at the turn is that of the way before
    own = slice(way.first + turned, way.last + 1)
    size = way.size(voltage)[int(turned) :]
    along, error = polarity * current[own], error[own]
    use = (size > 1e-9 * size.max(initial=0.0)) & (along > np.maximum(error, 0.0)) & ~limited[own]
    order = np.argsort(size[use], kind="stable")
    return Curve(size[use][order], along[use][order], error[use][order], kelvin)


def _columns(one: Data) -> tuple[Array, Array, Array]:
    """Return voltage [V], current and its error by round-off, all of shape (n,)."""
    if isinstance(one, Trace):
        return device_voltage(one), conduction_current(one), one.current_error
    voltage, current = (np.asarray(values, dtype=float) for values in one)
    if voltage.ndim != 1 or voltage.shape != current.shape:
        raise IncompatibleError(
            f"voltage {voltage.shape} and current {current.shape} must be two lists of equal length."
        )
    if not (np.isfinite(voltage).all() and np.isfinite(current).all()):
        raise OutOfRangeError("voltage or current", float("nan"), "finite")
    for name, values in (("voltage [V]", voltage), ("current", current)):
        largest = float(np.abs(values).max(initial=0.0))
        if (largest and not _SMALLEST <= largest <= 1 / _SMALLEST) or not values.size:
            raise OutOfRangeError(f"largest {name}", largest, f"from {_SMALLEST:g} to {1 / _SMALLEST:g}")
    return voltage, current, np.zeros_like(voltage)


def estimated_noise(own: Sequence[Curve]) -> float:
    """Return the relative noise of curves, at least `CLOSEST`."""
    return max(CLOSEST, float(np.sqrt(np.mean([curve.noise**2 for curve in own]))))


def symmetric(both: dict[int, list[Curve]], noise: float) -> bool:
    """Return whether the curves of both polarities are the same within the noise where both have samples."""
    if len(both) < 2 or len(both[1]) != len(both[-1]):
        return False
    for plus, minus in zip(both[1], both[-1], strict=True):
        low, high = max(plus.voltage[0], minus.voltage[0]), min(plus.voltage[-1], minus.voltage[-1])
        widest = np.log(max(plus.voltage[-1], minus.voltage[-1]) / min(plus.voltage[0], minus.voltage[0]))
        if plus.temperature != minus.temperature or not np.log(high / low) >= _OVERLAP * widest:
            return False
        at = plus.voltage[(plus.voltage >= low) & (plus.voltage <= high)]
        of = np.log(np.interp(at, plus.voltage, plus.current))
        apart = of - np.interp(np.log(at), np.log(minus.voltage), np.log(minus.current))
        if not np.sqrt(np.mean(apart**2)) <= _ALIKE * noise:
            return False
    return True


def samples(own: Sequence[Curve], noise: float) -> Samples:
    """Return the samples of curves in the order of the voltage, each with its standard error of ln I."""
    kelvins = [np.full(c.voltage.size, 1.0 if c.temperature is None else c.temperature) for c in own]
    voltage, current, error = (
        np.concatenate([getattr(c, n) for c in own]) for n in ("voltage", "current", "error")
    )
    order = np.argsort(voltage, kind="stable")
    return Samples(
        voltage=voltage[order],
        log_current=np.log(current[order]),
        sigma=np.hypot(noise, error / current)[order],
        temperature=np.concatenate(kelvins)[order],
        known=own[0].temperature is not None,
    )
