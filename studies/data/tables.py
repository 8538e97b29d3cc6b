"""Tables in rows of cells: blocks of numbers, the headings above each, and what stands before them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from fem.errors import IncompatibleError
from studies.data.cells import Rows, Sheet, is_clock, is_comment, is_number
from studies.data.units import unit_of

_FEWEST = 3  # rows of a block
_MARK = re.compile(r"^\s*(#|%|//|!)+\s*")


@dataclass(frozen=True)
class Block:
    """Rows of cells under ``headings``, with the ``units`` and ``comments`` of rows of their own, "" where none."""

    headings: list[str]
    units: list[str]
    comments: list[str]
    cells: Rows

    def column(self, k: int) -> list[str]:
        """Return the cells of a column, "" where a row is shorter."""
        return [row[k] if k < len(row) else "" for row in self.cells]


@dataclass(frozen=True)
class Table:
    """What a file holds: ``header`` lines by their key, ``notes`` in comments, and blocks of numbers.

    ``in_si``: columns without a unit are in SI, as the instrument has them. ``counts``: rows of each sweep in a block.
    """

    name: str
    header: dict[str, str]
    notes: list[str]
    blocks: list[Block]
    in_si: bool = False
    counts: list[int] = field(default_factory=list)


def table_of(sheet: Sheet) -> Table:
    """Return the table in a sheet, of one block or several; raises IncompatibleError if there is none."""
    kinds = [_kind(row) for row in sheet.rows]
    spans = [s for s in _spans(kinds) if sum(k == "data" for k in kinds[slice(*s)]) >= _FEWEST]
    if not spans:
        raise IncompatibleError(
            f"no table of numbers was found in {sheet.name}: {_FEWEST} rows or more of two numbers or more each, "
            "separated by commas, semicolons, tabs or spaces."
        )
    blocks: list[Block] = []
    first_heading = spans[0][0]
    for a, b in spans:
        cells = [row for row, kind in zip(sheet.rows[a:b], kinds[a:b], strict=True) if kind == "data"]
        names, units, comments, used = _headings(sheet, kinds, a, max(map(len, cells)))
        if not names and blocks and len(blocks[-1].headings) >= max(map(len, cells)):
            names, units, comments = blocks[-1].headings, blocks[-1].units, blocks[-1].comments
        if not blocks:
            first_heading = used
        _check_width(sheet, names, cells)
        blocks.append(Block(names, units, comments, cells))
    header, notes = header_of(sheet.rows[:first_heading])
    notes += [_MARK.sub("", " ".join(r)) for r, k in zip(sheet.rows, kinds, strict=True) if k == "comment"]
    return Table(sheet.name, header, list(dict.fromkeys(notes)), blocks)


def header_of(rows: Rows) -> tuple[dict[str, str], list[str]]:
    """Return the lines before a table: those with a key and a value, and others."""
    found: dict[str, str] = {}
    notes: list[str] = []
    for row in rows:
        cells = [c for c in row if c]
        if not cells:
            continue
        first = _MARK.sub("", cells[0]) if is_comment(row) else cells[0]
        key, sep, value = first.partition(":") if ":" in first else first.partition("=")
        rest = ", ".join([value.strip(), *cells[1:]] if value.strip() else cells[1:])
        if (sep or len(cells) > 1) and rest and len(key) < 80:
            found.setdefault(key.strip().strip('"'), rest.strip())
        else:
            notes.append(" ".join(cells))
    return found, notes


def _kind(row: Sequence[str]) -> str:
    cells = [c for c in row if c]
    if not cells:
        return "blank"
    if is_comment(list(row)):
        return "comment"
    numbers = sum(is_number(c) or is_clock(c) for c in cells)
    return "data" if numbers >= 2 and 2 * numbers >= len(cells) else "other"


def _spans(kinds: list[str]) -> list[tuple[int, int]]:
    """Return where runs of rows of numbers begin and end; comments between rows belong to them."""
    spans, begin, last = [], -1, -1
    for k, kind in enumerate([*kinds, "blank"]):
        if kind == "data":
            begin, last = (k if begin < 0 else begin), k
        elif kind != "comment" and begin >= 0:
            spans.append((begin, last + 1))
            begin = -1
    return spans


def _headings(
    sheet: Sheet, kinds: list[str], at: int, width: int
) -> tuple[list[str], list[str], list[str], int]:
    """Return names, units and comments of the columns of the block at a row, and the first row that they are in."""
    above: list[tuple[int, list[str]]] = []
    k = at - 1
    while k >= 0 and kinds[k] == "blank" and at - k < 3:
        k -= 1
    while k >= 0 and kinds[k] in ("other", "comment") and len(above) < 3:
        row = _unmarked(sheet.rows[k], width, sheet.separator)
        if sum(bool(c) for c in row) < 2:
            break
        above.append((k, row))
        k -= 1
    if not above:
        return [], [], [], at
    if len(above) > 1 and _are_units(above[0][1]):
        return above[1][1], _bare(above[0][1]), [], above[1][0]
    if len(above) > 2 and _are_units(above[1][1]):
        return above[2][1], _bare(above[1][1]), above[0][1], above[2][0]
    return above[0][1], [], [], above[0][0]


def _unmarked(row: list[str], width: int, separator: str) -> list[str]:
    """Return the cells of a row without the mark of a comment; names of several words put together again."""
    cells = [_MARK.sub("", row[0]), *row[1:]] if row else []
    if separator == "space" and len(cells) != width:
        joined: list[str] = []
        for cell in filter(None, cells):
            if joined and (cell[0] in "([{/" or joined[-1][-1] in "/([{"):
                joined[-1] += f" {cell}"
            else:
                joined.append(cell)
        cells = joined
    return cells


def _bare(row: list[str]) -> list[str]:
    return [c.strip("()[]{}<> ") for c in row]


def _are_units(row: list[str]) -> bool:
    """Return whether all cells are units, in brackets or not."""
    cells = [c for c in _bare(row) if c]
    return len(cells) >= 2 and all(unit_of(c) for c in cells)


def _check_width(sheet: Sheet, names: list[str], cells: Rows) -> None:
    """Raise IncompatibleError for rows that have more cells than headings."""
    width = max(len(row) - (not row[-1]) for row in cells)
    if not names or width <= len(names):
        return
    why = (
        ": decimal commas in a file that commas separate cannot be told apart; export it with semicolons or tabs"
        if sheet.separator == "," and width >= 2 * len(names) - 1
        else f", and so nothing says which is which; separated by {sheet.separator}"
    )
    raise IncompatibleError(f"{sheet.name} has rows of {width} numbers under {len(names)} headings{why}.")
