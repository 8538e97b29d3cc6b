"""Cells as numbers: decimal points or commas, thousands, overflow; what can be read in two ways is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError
from studies.data.cells import is_clock

#: What instruments of SCPI give for a reading that is none, above which nothing is one (IEEE 488.2: 9.9E37, 9.91E37).
OVERFLOW = 9.8e37
_THREE = re.compile(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+$")  # may be thousands
_OVER = ("overflow", "ovfl")


def decimal_mark(cells: Iterable[str], name: str) -> str:
    """Return "." or ",", by which of them the numbers ``cells`` of the file ``name`` are written.

    Raises IncompatibleError where some are written one way and some the other, and where "1,234" may be either.
    """
    points: list[str] = []
    commas: list[str] = []
    unclear: list[str] = []
    both = set()
    for cell in cells:
        if "," in cell and "." in cell:
            both.add(max(cell.rfind(","), cell.rfind(".")) == cell.rfind(","))
        elif "," in cell:
            (unclear if _THREE.match(cell) else commas).append(cell)
        elif "." in cell and not _THREE.match(cell):
            points.append(cell)
    if both:
        comma = both == {True}
        if len(both) == 2 or (comma and points) or (not comma and commas):
            raise _mixed(name, [*points, *commas])
        return "," if comma else "."
    if commas and points:
        raise _mixed(name, [commas[0], points[0]])
    if unclear and not commas:
        if points:  # thousands
            return "."
        raise IncompatibleError(
            f"{unclear[0]!r} in {name} is {unclear[0].replace(',', '.')} with a decimal comma and "
            f"{unclear[0].replace(',', '')} with a comma for thousands, and no other number there says which: "
            "give decimal=',' or decimal='.'."
        )
    return "," if commas else "."


def _mixed(name: str, cells: list[str]) -> IncompatibleError:
    return IncompatibleError(
        f"{name} has numbers with decimal points and with decimal commas ({', '.join(map(repr, cells[:2]))}): "
        "give decimal=',' or decimal='.', or export it again."
    )


def numbers(cells: Iterable[str], decimal: str) -> NDArray[np.float64]:
    """Return the cells as numbers, nan for what is none: an overflow, an empty cell, text."""
    found = np.array([_number(cell, decimal) for cell in cells], dtype=float)
    found[~(np.abs(found) < OVERFLOW)] = np.nan
    return found


def _number(cell: str, decimal: str) -> float:
    if not cell or cell.lower() in _OVER:
        return np.nan
    if is_clock(cell):
        return _seconds(cell)
    other = "." if decimal == "," else ","
    try:
        return float(cell.replace(other, "").replace(decimal, ".").replace("D", "E").replace("d", "e"))
    except ValueError:
        return np.nan


def _seconds(clock: str) -> float:
    """Return a time of day [s]; a date before it is left out."""
    time = re.search(r"(\d+):(\d\d):(\d\d(?:[.,]\d+)?) ?([AaPp])?", clock)
    assert time is not None
    half = 12 * (time[4].lower() == "p") - 12 * (time[1] == "12") if time[4] else 0
    return 3600.0 * (int(time[1]) + half) + 60 * int(time[2]) + float(time[3].replace(",", "."))


def past_midnight(clock: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times of day [s] as times that go on: where one falls by more than half a day, a day was over."""
    days = np.cumsum(np.diff(clock, prepend=clock[:1]) < -43200.0)
    return clock + 86400.0 * days
