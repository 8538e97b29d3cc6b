"""The time of measured samples: from their column, or rebuilt from the rate of the sweep or the delay of a step."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError, warn
from studies.data.units import quantity_of, unit_of
from studies.results.branches import branches
from studies.results.noise import noise

Array = NDArray[np.float64]
_DELAY = re.compile(
    r"(?i)(step|sweep|source|point|measure(ment)?|timing)?[ ._-]*(delay|step time|time per (step|point)|dwell|"
    r"sampl(ing|e)[ ._-]*interval)\b"
)
_RATE = re.compile(r"(?i)\b(scan|sweep|ramp|voltage)[ ._-]*rate\b")
_SAME = 0.05  # of the time of a sweep by its rate and by its delay
_SHAKEN = 0.1  # of a step: noise of a voltage that was read back
_NEAR = 0.02  # of the whole time: where a clock begins anew it begins as it did at first
_FEWEST = 3  # samples of a sweep


def stated(header: Mapping[str, str], *, in_si: bool, name: str) -> tuple[float | None, float | None]:
    """Return the rate [V/s] and the delay of a step [s] that the lines before the data say, None where they do not.

    Raises IncompatibleError for a number without a unit.
    """
    found: list[float | None] = []
    for pattern, unit, option in ((_RATE, "V/s", "rate"), (_DELAY, "s", "step_delay")):
        values = [v for k, v in header.items() if pattern.search(k)]
        keys = [k for k in header if pattern.search(k)]
        known = [_value(k, v, unit, in_si, name, option) for k, v in zip(keys, values, strict=True)]
        positive = [x for x in known if x and x > 0]
        found.append(positive[0] if len(set(positive)) == 1 else None)
    return found[0], found[1]


def _value(key: str, text: str, unit: str, in_si: bool, name: str, option: str) -> float | None:
    """Return the number of a line in SI; None where it is no number."""
    both = quantity_of(text)
    if both is not None:
        return both[0] * both[1].factor if both[1].name == unit else None
    try:
        number = float(text.split(",")[0])
    except ValueError:
        return None
    inside = re.search(r"[\[(]([^\])]+)[\])]", key)
    written = unit_of(inside[1]) if inside else None
    if written is not None:
        return number * written.factor if written.name == unit else None
    if in_si or number == 0:
        return number
    raise IncompatibleError(
        f"{name} says {key!r} is {text!r} without a unit: give {option}= in {unit}, or a column of time."
    )


def rebuilt(voltage: Array, rate: float | None, step_delay: float | None) -> Array:
    """Return times [s] from 0 of samples of a sweep at a ``rate`` [V/s], or one each ``step_delay`` [s]."""
    if step_delay is not None:
        return step_delay * np.arange(voltage.size, dtype=float)
    assert rate is not None
    found = branches(voltage)
    steps = np.abs(np.diff(voltage))
    if (
        noise(voltage) > 0.1 * float(np.median(steps[steps > 0], axis=0, keepdims=False))
        if steps.any()
        else False
    ):
        for b in found:  # of a voltage that was read back: as far in all as it goes, in even steps
            steps[b.first : b.last] = abs(voltage[b.last] - voltage[b.first]) / (b.last - b.first)
    if not steps.any():
        raise IncompatibleError("the voltage does not move, and a rate gives no time: give step_delay= in s.")
    steps[steps <= 0] = np.median(steps[steps > 0])  # a sample at a turn that is there twice
    return np.asarray(np.concatenate(([0.0], np.cumsum(steps / rate))), dtype=float)


def check_both(voltage: Array, rate: float, step_delay: float, name: str) -> None:
    """Raise IncompatibleError if a rate and a delay give other times."""
    by_rate, by_delay = (rebuilt(voltage, *given)[-1] for given in ((rate, None), (None, step_delay)))
    if abs(by_rate - by_delay) > _SAME * max(by_rate, by_delay):
        raise IncompatibleError(
            f"{name} takes {by_rate:.4g} s by its rate ({rate:g} V/s) and {by_delay:.4g} s by its step delay "
            f"({step_delay:g} s): give the one that holds, rate= or step_delay=."
        )


def restarts(time: Array) -> list[int]:
    """Return the samples at which the clock begins anew, 0 among them; [0] if it does not."""
    back = np.flatnonzero(np.diff(time) < 0) + 1
    edges = [0, *back.tolist(), time.size]
    near = np.abs(time[back] - time[0]) <= _NEAR * np.ptp(time)
    return edges[:-1] if near.all() and np.diff(edges).min() >= _FEWEST else [0]


def ordered(time: Array, name: str) -> NDArray[np.intp]:
    """Return the order of the samples by time; samples of a time that is there twice are kept in their order."""
    order = np.argsort(time, kind="stable")
    moved = int(np.count_nonzero(order != np.arange(time.size)))
    if moved:
        warn(
            f"{name}: {moved} of {time.size} rows were not in the order of their time; they are sorted by it."
        )
    return order


def apart(time: Array, name: str) -> Array:
    """Return times that grow from sample to sample: those of one stamp are spread until the next."""
    same = np.diff(time) <= 0
    if not same.any():
        return time
    stamps, first, count = np.unique(time, return_index=True, return_counts=True)
    if stamps.size < 2:
        raise IncompatibleError(
            f"all samples of {name} have the time {time[0]:g} s: give rate= or step_delay=."
        )
    gaps = np.append(np.diff(stamps), np.median(np.diff(stamps)))
    warn(
        f"{name}: {int(same.sum())} of {time.size} samples have the time stamp of the one before, of a clock of "
        f"{np.median(np.diff(stamps)):.3g} s; they are spread evenly until the next."
    )
    inside = np.arange(time.size) - np.repeat(first, count)
    return np.asarray(time + inside * np.repeat(gaps / count, count))
