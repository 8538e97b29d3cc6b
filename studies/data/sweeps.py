"""The sweeps of a table: in blocks below one another, in columns side by side, by a number in a column, or by count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError
from studies.data.columns import Choice, Column, Reading, chosen, column, headings_of
from studies.data.tables import Block, Table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredSweep:
    """The columns of one sweep by their names, and the flags of its status as text, "" where there is none."""

    columns: dict[str, Column]
    flags: dict[str, list[str]]
    left_out: int = 0

    def part(self, rows: NDArray[np.intp]) -> MeasuredSweep:
        """Return the sweep with some of its rows, in their order."""
        columns = {n: Column(n, c.values[rows], c.unit, c.given) for n, c in self.columns.items()}
        return MeasuredSweep(columns, {n: [f[k] for k in rows] for n, f in self.flags.items()}, self.left_out)

    def with_time(self, time: Array, given: str) -> MeasuredSweep:
        """Return the sweep with another time [s], which comes from what ``given`` says."""
        columns = {**self.columns, "time": Column("time", time, "s", given)}
        return MeasuredSweep(columns, self.flags, self.left_out)

    def values(self, name: str) -> Array:
        """Return the values of a column [SI]."""
        return self.columns[name].values

    @property
    def swept(self) -> Array:
        """The voltage [V] that moves the most, such as the gate's of a transfer characteristic."""
        names = [n for n in self.columns if n == "voltage" or n.startswith("voltage_")]
        return max((self.values(n) for n in names), key=lambda v: float(np.ptp(v)))

    @property
    def current(self) -> Column:
        """The current, its density or that per width."""
        return next(
            self.columns[n] for n in ("current", "current_density", "current_per_width") if n in self.columns
        )


def sweeps_of(
    table: Table, columns: Mapping[str, Choice], units: Mapping[str, str], how: Reading
) -> list[MeasuredSweep]:
    """Return the sweeps of a table in the order of the file.

    Raises IncompatibleError for tables of other columns below one another, and what columns and units raise.
    """
    found: list[MeasuredSweep] = []
    blocks = [part for block in table.blocks for part in _side_by_side(block, columns, how.file)]
    if len({tuple(b.headings) for b in blocks}) > 1:
        kinds = list(dict.fromkeys(", ".join(b.headings) for b in blocks))
        raise IncompatibleError(
            f"{how.file} holds tables of other columns below one another ({'; '.join(kinds[:3])}): "
            "save the one that is meant as a file of its own."
        )
    for block in blocks:
        found += _numbered(_one(block, columns, units, how))
    if len(table.counts) > 1 and len(found) == len(table.blocks):
        found = _counted(found, table.counts)
    return [s for s in (_complete(s) for s in found) if s.values("voltage").size]


def _one(
    block: Block, columns: Mapping[str, Choice], units: Mapping[str, str], how: Reading
) -> MeasuredSweep:
    """Return the columns of a block, in SI."""
    width = max(len(row) for row in block.cells)
    numbers = chosen(block, columns, width, how.file)
    for quantity in ("voltage", "current"):
        if quantity not in numbers and not isinstance(columns.get(quantity), float):
            said = ", ".join(repr(h) for h in block.headings) or f"{width} without headings"
            raise IncompatibleError(
                f"no column of {how.file} is the {quantity} by its heading ({said}): "
                f"say which, columns={{{quantity!r}: ...}}."
            )
    found, flags = {}, {}
    for name, k in numbers.items():
        if name in ("compliance", "status"):
            flags[name] = block.column(k)
            continue
        one = column(name, k, block, units, how)
        if name in ("time", "voltage", "current") or np.isfinite(one.values).any():
            found[one.name] = one
    for name, value in columns.items():
        if isinstance(value, float):
            unit = {"v": "V", "c": "A", "t": "s"}.get(name[0], "1")
            found[name] = Column(name, np.full(len(block.cells), value), unit, "")
    return MeasuredSweep(found, flags)


def _side_by_side(block: Block, columns: Mapping[str, Choice], file: str) -> list[Block]:
    """Return a block for each sweep of columns that repeat, or that have the number of a sweep."""
    heads = headings_of(block)
    if any(isinstance(c, int) or c in block.headings for c in columns.values() if isinstance(c, int | str)):
        return [block]
    numbers = sorted({h.sweep for h in heads} - {0})
    times = Counter(h.given for h in heads)
    if len(numbers) > 1:
        sets = [[k for k, h in enumerate(heads) if h.sweep in (0, n)] for n in numbers]
        names = [h.name for h in heads]
    elif max(times.values(), default=1) > 1:
        count = max(times.values())
        if set(times.values()) - {1, count}:
            raise IncompatibleError(
                f"headings of {file} are there {', '.join(f'{n} times ({h})' for h, n in times.items())}: sweeps side "
                "by side need as many of each; say which columns by their numbers: columns={'voltage': 0, ...}."
            )
        nth = [sum(h.given == g.given for g in heads[:k]) for k, h in enumerate(heads)]
        sets = [[k for k, h in enumerate(heads) if times[h.given] == 1 or nth[k] == n] for n in range(count)]
        names = list(block.headings)
    else:
        return [block]
    return [_picked(block, keep, names, [h.unit_text for h in heads]) for keep in sets]


def _picked(block: Block, keep: list[int], names: list[str], units: list[str]) -> Block:
    """Return some columns of a block."""
    cells = [[row[k] if k < len(row) else "" for k in keep] for row in block.cells]
    return Block([names[k] for k in keep], [units[k] for k in keep], [], [row for row in cells if any(row)])


def _numbered(sweep: MeasuredSweep) -> list[MeasuredSweep]:
    """Return the parts of a sweep in which the number in its column "cycle" is one, in the order of the rows."""
    if "cycle" not in sweep.columns:
        return [sweep]
    number = sweep.values("cycle")
    rest = {n: c for n, c in sweep.columns.items() if n != "cycle"}
    plain = MeasuredSweep(rest, sweep.flags)
    known = list(dict.fromkeys(number[np.isfinite(number)].tolist()))
    return [plain.part(np.flatnonzero(number == k)) for k in known]


def _counted(found: list[MeasuredSweep], counts: list[int]) -> list[MeasuredSweep]:
    """Return the sweeps cut after as many rows as each has."""
    size = sum(s.values("voltage").size for s in found)
    if len(found) > 1 or size != sum(counts):
        return found
    ends = np.cumsum(counts)
    return [found[0].part(np.arange(b - n, b)) for b, n in zip(ends, counts, strict=True)]


def _complete(sweep: MeasuredSweep) -> MeasuredSweep:
    """Return the rows in which voltage, current and time are numbers."""
    needed = [sweep.values("voltage"), sweep.current.values]
    needed += [sweep.values("time")] if "time" in sweep.columns else []
    good = np.flatnonzero(np.all(np.isfinite(needed), axis=0))
    part = sweep.part(good)
    blank = int(np.all(~np.isfinite(needed), axis=0).sum())  # cells below a shorter column
    return MeasuredSweep(part.columns, part.flags, needed[0].size - good.size - blank)
