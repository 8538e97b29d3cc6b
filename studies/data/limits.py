"""What the instrument did to the readings: compliance, changes of range, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.results.noise import noise, third_differences

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_NEAR = 2e-3  # below the limit, of it, at which a source meter counts as limited, but for noise
_FLAT = 0.005  # of the level: how far a plateau may go from it, but for noise
_LONG = 5  # samples of a plateau
_SPAN = 1.1  # largest over smallest |V| of a plateau
_EDGE = 0.5  # least d ln|I| / d ln|V| beside a plateau: a current that saturates by itself comes to it slowly
_GLITCH = 8.0  # standard deviations of the noise
_STILL = 0.1  # of the voltage, by which it may stand off where a reading of the current does
_FULL_SCALE = 1.05  # of a decade, at which the range changes
_YES = (
    "1",
    "1.0",
    "t",
    "true",
    "yes",
    "y",
    "c",
    "compl",
    "compliance",
    "in compliance",
    "limit",
    "limited",
    "on",
)
_NO = ("", "0", "0.0", "f", "false", "no", "n", "-", "off", "ok", "normal", "none")


@dataclass(frozen=True)
class Compliance:
    """The limit of the current [its unit] by the sign of the voltage, which samples are in it, and how it was found."""

    levels: dict[str, float]
    samples: Mask
    how: str


def flagged(flags: Sequence[str], bit: int | None) -> Mask | None:
    """Return which samples a column of flags says are in compliance; None where the flags are none that are known.

    ``bit``: that of compliance where the column is a status in numbers.
    """
    low = [f.strip().lower() for f in flags]
    if all(f in _YES or f in _NO for f in low):
        return np.array([f in _YES for f in low])
    if bit is None:
        return None
    try:
        return np.array([bool(int(float(f or 0)) >> bit & 1) for f in low])
    except (ValueError, OverflowError):
        return None


def compliance(voltage: Array, current: Array, flags: Mask | None, stated: float | None) -> Compliance | None:
    """Return the compliance by flags, by its level in the header, or by a plateau of the current; None without one."""
    size = np.abs(current)
    if flags is not None:
        return Compliance(_levels(voltage, size, flags), flags, "flags of the instrument")
    if stated is not None and stated > 0:
        inside = size >= stated * (1 - max(_NEAR, 4 * current_noise(current)[1]))
        return Compliance({"both": stated}, inside, "the level in the header")
    inside = np.zeros(size.size, dtype=bool)
    for sign in (1, -1):
        inside |= _plateau(voltage, size, sign)
    return (
        Compliance(_levels(voltage, size, inside), inside, "a plateau of the current")
        if inside.any()
        else None
    )


def _levels(voltage: Array, size: Array, inside: Mask) -> dict[str, float]:
    sides = {"positive": inside & (voltage >= 0), "negative": inside & (voltage < 0)}
    return {name: float(np.median(size[side])) for name, side in sides.items() if side.any()}


def _plateau(voltage: Array, size: Array, sign: int) -> Mask:
    """Return the samples at the largest current of one sign of the voltage, if that is a limit."""
    none = np.zeros(size.size, dtype=bool)
    own = sign * voltage > 0
    if np.count_nonzero(own) < 2 * _LONG:
        return none
    level = float(np.median(np.sort(size[own])[-_LONG:]))
    if not level > 0:
        return none
    allowed = max(_FLAT, 4 * noise(size[own] / level))
    if allowed > 0.1 or np.any(size[own] > level * (1 + 2 * allowed)):
        return none
    inside = own & (np.abs(size / level - 1) <= allowed)
    found = none.copy()
    for a, b in _runs(inside):
        v = np.abs(voltage[a:b])
        if b - a >= _LONG and v.max() >= _SPAN * v.min() and _steep(voltage, size, a, b):
            found[a:b] = True
    return found


def _runs(inside: Mask) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], inside, [False])).astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _steep(voltage: Array, size: Array, a: int, b: int) -> bool:
    """Return whether the current grows with the voltage, or jumps, right before or behind a plateau."""
    for near, far in ((a, a - 1), (b - 1, b)):
        if not 0 <= far < size.size or size[far] <= 0 or voltage[far] * voltage[near] <= 0:
            continue
        volts = abs(np.log(abs(voltage[near] / voltage[far])))
        if abs(np.log(size[near] / size[far])) > _EDGE * max(volts, 1e-3):
            return True
    return False


def range_changes(voltage: Array, current: Array, ranges: Array | None) -> list[int]:
    """Return the samples at which the range of the current changed: by its column, or by a reading that stands out.

    Without a column it is a single sample off its neighbours by more than eight times the noise where the current
    passes the full scale of a decade, and the voltage has no such sample.
    """
    if ranges is not None:
        return (np.flatnonzero(np.diff(ranges) != 0) + 1).tolist()
    size = np.abs(current)
    if size.size < 12:
        return []
    off = np.abs(current[1:-1] - 0.5 * (current[:-2] + current[2:]))
    across = np.abs(current[2:] - current[:-2])
    still = np.abs(voltage[1:-1] - 0.5 * (voltage[:-2] + voltage[2:])) <= _STILL * np.abs(voltage[1:-1])
    floor, relative = current_noise(current)
    spread = np.hypot(floor, relative * 0.5 * (size[:-2] + size[2:]))
    with np.errstate(divide="ignore"):
        decade = np.floor(np.log10(np.maximum(size, 1e-300) / _FULL_SCALE))
    found = []
    for k in (np.flatnonzero(still & (off > _GLITCH * spread + across)) + 1).tolist():
        near = [int(j) for j in range(max(k - 2, 0), min(k + 3, size.size)) if j != k]
        if np.ptp(decade[near]) > 0:
            found.append(int(k))
    return found


def current_noise(current: Array) -> tuple[float, float]:
    """Return the noise of a current: its standard deviation where it is small, and its part of the current elsewhere.

    From third differences, which a curved characteristic passes too: at most that.
    """
    if current.size < 12:
        return 0.0, 0.0
    rough = np.abs(third_differences(current)) / 0.6744897501960817
    size = np.median(np.abs(np.lib.stride_tricks.sliding_window_view(current, 4)), axis=1)
    small = size <= np.quantile(size, 0.25)
    floor = float(np.median(rough[small]))
    large = (size >= np.median(size)) & (size > 10 * floor)
    return floor, float(np.median(rough[large] / size[large])) if large.any() else 0.0
