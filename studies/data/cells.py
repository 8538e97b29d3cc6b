"""Files as rows of cells: the encoding of a text, what separates its cells, and sheets of a workbook."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from fem.errors import IncompatibleError, MissingSoftwareError, OutOfRangeError

Rows = list[list[str]]
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)*|[.,]\d+)([eEdD][+-]?\d+)?$")
_CLOCK = re.compile(r"(\d[\d./-]{5,9}[ T])?\d{1,2}:\d\d:\d\d([.,]\d+)?( ?[AaPp][Mm])?$")
_COMMENT = re.compile(r"\s*(#|%|//|!)")
_SEPARATORS = ("\t", ";", ",", " ")
_NAMES = {"\t": "tab", ";": ";", ",": ",", " ": "space"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_LARGEST = 500_000_000  # bytes
_LOOK = 1000  # lines at the beginning and in the middle that show what separates cells


@dataclass(frozen=True)
class Sheet:
    """Rows of cells, without what is around them; ``separator`` and ``encoding`` say how they were found."""

    name: str
    rows: Rows
    separator: str = ""
    encoding: str = ""


def is_number(cell: str) -> bool:
    """Return whether a cell is written as a number, with a point or a comma, or as one that is none."""
    return bool(_NUMBER.match(cell)) or cell.lower() in ("nan", "inf", "+inf", "-inf", "overflow", "ovfl")


def is_clock(cell: str) -> bool:
    """Return whether a cell is a time of day, with or without a date before it."""
    return ":" in cell and bool(_CLOCK.match(cell))


def is_comment(row: list[str]) -> bool:
    """Return whether a row is a comment."""
    return bool(row) and bool(_COMMENT.match(row[0]))


def sheets_of(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook, or the one of a text file.

    Raises OutOfRangeError if there is no such file, IncompatibleError for one that holds no table of text,
    MissingSoftwareError for a workbook without openpyxl.
    """
    if not path.is_file():
        raise OutOfRangeError("file of measured data", str(path), "a file that exists")
    if path.stat().st_size > _LARGEST:
        raise OutOfRangeError(
            "size of a file of measured data", path.stat().st_size, f"at most {_LARGEST:g} bytes"
        )
    content = path.read_bytes()
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, path.name)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise IncompatibleError(
            f"{path.name} is a workbook of the old binary kind (.xls): save it as .xlsx or .csv and read that."
        )
    text, encoding = decoded(content, path.name)
    rows, separator = _split(text)
    return [Sheet(path.name, rows, separator, encoding)]


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file and its encoding, by its mark, else UTF-8, else that of Windows in the west."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), encoding
    nulls = [content[k:4000:2].count(0) for k in (0, 1)]
    if max(nulls) > 0.3 * len(content[:4000]) / 2 and min(nulls) < 0.1 * max(nulls):
        encoding = "utf-16-le" if nulls[1] > nulls[0] else "utf-16-be"
        return content.decode(encoding, errors="replace"), encoding
    if b"\0" in content:
        raise IncompatibleError(
            f"{name} is no text and no workbook (.xlsx): export the data as .csv or .txt."
        )
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def _split(text: str) -> tuple[Rows, str]:
    """Return the rows of cells of a text, and the name of what separates them: by which most are numbers."""
    lines = text.splitlines()
    middle = len(lines) // 2
    some = "\n".join([*lines[:_LOOK], *lines[max(_LOOK, middle) : middle + _LOOK]])
    found = {separator: _numbers(_rows(some, separator)) for separator in _SEPARATORS[:3]}
    best = max(found, key=lambda separator: found[separator])
    if found[best] <= 0:
        best = " "
    return _rows(text, best), _NAMES[best]


def _numbers(rows: Rows) -> int:
    """Return how many cells of rows with two numbers or more are numbers, less those that are not."""
    found = 0
    for row in rows:
        cells = [c for c in row if c]
        numbers = sum(is_number(c) or is_clock(c) for c in cells)
        if numbers >= 2 and not is_comment(row):
            found += 2 * numbers - len(cells)
    return found


def _rows(text: str, separator: str) -> Rows:
    if separator == " ":
        return [line.split() for line in text.splitlines()]
    reader = csv.reader(
        io.StringIO(text.replace("\0", ""), newline=None), delimiter=separator, skipinitialspace=True
    )
    try:
        return [[cell.strip() for cell in row] for row in reader]
    except csv.Error:  # a quote that is not closed
        return [[cell.strip().strip('"') for cell in line.split(separator)] for line in text.splitlines()]


def _workbook(content: bytes, name: str) -> list[Sheet]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise MissingSoftwareError(
            f"{name} is a workbook, which openpyxl reads; install it with: pip install 'memfem[excel]'"
        ) from error
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # of zipfile, XML or openpyxl, about what is no workbook
        raise IncompatibleError(f"{name} cannot be read as a workbook: {error}.") from error
    return [
        Sheet(
            f"{name}, sheet {sheet.title!r}",
            [[_text(c) for c in row] for row in sheet.iter_rows(values_only=True)],
        )
        for sheet in book.worksheets
    ]


def _text(cell: object) -> str:
    """Return a cell of a workbook as text, from which its number comes back as it is."""
    if cell is None:
        return ""
    return (
        repr(float(cell))
        if isinstance(cell, float | int) and not isinstance(cell, bool)
        else str(cell).strip()
    )
