"""Text exports of instruments: how each is recognised, and its table.

- Keysight B1500, B2900 and their like, EasyEXPERT's text export by rows: lines begin with a tag, SetupTitle,
  PrimitiveTest, TestParameter, MetaData, AnalysisSetup, Dimension1, Dimension2, DataName, DataUnit, DataValue (Agilent
  B1500 User's Guide, Edition 7, "Text File Export settings"). Dimension2 sweeps of Dimension1 points follow each other.
- Keithley 4200, Clarius: headings such as AnodeI, DrainV(2), Time without units, in SI; workbooks have a sheet of
  settings beside those of data; Append1, Append2 are later runs.
- Keithley 2400 and 2600: KickStart's export, quoted, with "SMU-1 Voltage (V)", settings before and after; tables of
  scripts with "# key: value" and "Gate voltage [V]"; readings of the 2400 over its bus without headings, five each,
  voltage, current, resistance, time and status (Keithley 2400 User's Manual, :FORMat:ELEMents).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fem.errors import IncompatibleError, UnknownNameError
from studies.data.cells import Rows, Sheet, is_number
from studies.data.tables import Block, Table, header_of, table_of

_MOST = 100_000  # sweeps of a record
_TAGS = ("SetupTitle", "PrimitiveTest", "TestParameter", "DataName", "DataValue", "Data Name", "Data Value")
_4200 = re.compile(r"^(Anode|Cathode|Drain|Gate|Source|Bulk|Collector|Base|Emitter|[A-Z])(I|V)(\(\d+\))?$")
_NO_DATA = re.compile(r"(?i)settings?|calc|info|graph|plot|summary")
_ELEMENTS = ["Voltage (V)", "Current (A)", "Resistance (Ohm)", "Time (s)", "Status"]
_NO_RESISTANCE = re.compile(r"^\+?9\.91?0*E\+?37$", re.I)
#: Bit of the status of each instrument that says that a reading is in compliance.
COMPLIANCE_BIT = {"keithley2400": 3, "keithley2600": 6}


@dataclass(frozen=True)
class Preset:
    """The export of an instrument: whether sheets are one, and their table."""

    recognises: Callable[[Sequence[Sheet]], bool]
    table: Callable[[Sequence[Sheet]], Table]


def read_table(sheets: Sequence[Sheet], preset: str | None) -> tuple[Table, str]:
    """Return the table in the sheets of a file, and the name of the preset by which it was read, "none" if by none."""
    if preset is not None and preset not in (*PRESETS, "none"):
        raise UnknownNameError("preset", preset, [*PRESETS, "none"])
    if preset is not None and preset != "none":
        if not PRESETS[preset].recognises(sheets) and preset != "keithley2400":
            raise IncompatibleError(
                f"{sheets[0].name} does not look like an export of preset {preset!r}; leave preset out, or give 'none'."
            )
        return PRESETS[preset].table(sheets), preset
    known = (
        next((n for n, p in PRESETS.items() if p.recognises(sheets)), "none") if preset is None else "none"
    )
    return (PRESETS[known].table(sheets) if known != "none" else _only(sheets)), known


def _only(sheets: Sequence[Sheet]) -> Table:
    """Return the table of a file that is a single one."""
    found = []
    for sheet in sheets:
        try:
            found.append(table_of(sheet))
        except IncompatibleError as error:
            if len(sheets) == 1:
                raise error from None
    if not found:
        raise IncompatibleError(
            f"no sheet of {sheets[0].name.partition(', sheet')[0]} holds a table of numbers."
        )
    if len(found) > 1 and any(t.blocks[0].headings != found[0].blocks[0].headings for t in found):
        raise IncompatibleError(
            f"several sheets hold tables of other columns ({', '.join(t.name for t in found)}): save the one that is "
            "meant as .csv and read that."
        )
    return replace(found[0], blocks=[b for t in found for b in t.blocks])


def _is_keysight(sheets: Sequence[Sheet]) -> bool:
    return any(cell in _TAGS for row in sheets[0].rows[:400] for cell in row[:4])


def _keysight(sheets: Sequence[Sheet]) -> Table:
    """Return the table of EasyEXPERT's tagged lines."""
    rows = [[c.strip() for c in row] for row in sheets[0].rows]
    tagged = [(row[0].replace(" ", ""), row[1:]) for row in rows if row]
    header = {}
    for tag, cells in tagged:
        if tag in ("TestParameter", "MetaData", "AnalysisSetup") and cells:
            header[cells[0]] = ", ".join(cells[1:]).strip(", ")
        elif tag in ("SetupTitle", "PrimitiveTest", "Dimension1", "Dimension2"):
            header[tag] = ", ".join(cells)
    if any({"DataName", "DataValue"} <= {c.replace(" ", "") for c in row} for row in rows):
        raise IncompatibleError(
            f"{sheets[0].name} was exported by columns; export it by rows (EasyEXPERT's default)."
        )
    blocks, counts = _records(tagged, header)
    if not blocks:
        raise IncompatibleError(
            f"{sheets[0].name} has no lines DataName and DataValue: export the measurement data too."
        )
    return Table(sheets[0].name, header, [], blocks, in_si=True, counts=counts)


def _records(tagged: list[tuple[str, list[str]]], header: dict[str, str]) -> tuple[list[Block], list[int]]:
    """Return the records of an export and how many points each of its sweeps has."""
    blocks: list[Block] = []
    counts: list[int] = []
    size = (0, 1)
    for tag, cells in tagged:
        if tag in ("Dimension1", "Dimension2") and not (cells and cells[0].isdigit()):
            continue
        if tag == "Dimension1":
            size = (int(cells[0]), 1)
        elif tag == "Dimension2":
            size = (size[0], int(cells[0]))
        elif tag == "DataName":
            blocks.append(Block([_with_unit(c, header) for c in cells], [], [], []))
            counts += [size[0]] * min(size[1], _MOST)
        elif tag == "DataUnit" and blocks:
            blocks[-1] = replace(blocks[-1], units=cells)
        elif tag == "DataValue" and blocks:
            blocks[-1].cells.append(cells)
    return [_with_steps(b, header, counts) for b in blocks if b.cells], counts


def _with_steps(block: Block, header: dict[str, str], counts: list[int]) -> Block:
    """Return a block with the voltage or current that was stepped from sweep to sweep, if it was not exported."""
    start, step = (header.get(f"Measurement.Secondary.{n}", "") for n in ("Start", "Step"))
    functions = [c.strip() for c in header.get("Channel.Func", "").split(",")]
    if (
        "VAR2" not in functions
        or not (is_number(start) and is_number(step))
        or sum(counts) != len(block.cells)
    ):
        return block
    which = functions.index("VAR2")
    current = [c.strip() for c in header.get("Channel.Mode", "").split(",")][which : which + 1] == ["I"]
    names = [c.strip() for c in header.get("Channel.IName" if current else "Channel.VName", "").split(",")]
    if which >= len(names) or any(h.startswith(names[which]) for h in block.headings):
        return block
    values = [repr(float(start) + k * float(step)) for k, n in enumerate(counts) for _ in range(n)]
    cells = [[*row, value] for row, value in zip(block.cells, values, strict=True)]
    return replace(block, headings=[*block.headings, _with_unit(names[which], header)], cells=cells)


def _with_unit(name: str, header: dict[str, str]) -> str:
    """Return the name of a variable with its unit, by the list of channels that it is in."""
    for key, unit in (("Channel.VName", "V"), ("Channel.IName", "A"), ("Channel.Time", "s")):
        if name and name in [c.strip() for c in header.get(key, "").split(",")]:
            return f"{name} [{unit}]"
    return name


def _is_4200(sheets: Sequence[Sheet]) -> bool:
    return any(sum(bool(_4200.match(c)) for c in row) >= 2 for s in sheets for row in s.rows[:3])


def _4200_table(sheets: Sequence[Sheet]) -> Table:
    """Return the runs of a Clarius export, with the settings in another sheet as its header."""
    data = [s for s in sheets if len(sheets) == 1 or not _NO_DATA.search(s.name.partition(", sheet")[2])]
    tables = [table_of(s) for s in data if any(is_number(c) for row in s.rows for c in row)]
    if not tables:
        raise IncompatibleError(f"no sheet of {sheets[0].name} holds data.")
    header = {k: v for s in sheets if s not in data for k, v in header_of(s.rows)[0].items()}
    return replace(
        tables[0],
        header={**header, **tables[0].header},
        blocks=[b for t in tables for b in t.blocks],
        in_si=True,
    )


def _said(sheets: Sequence[Sheet], pattern: str) -> bool:
    """Return whether the lines around the data name an instrument."""
    rows = sheets[0].rows
    outside = [" ".join(row) for row in [*rows[:80], *rows[-20:]] if not all(is_number(c) for c in row if c)]
    return any(re.search(pattern, line) for line in outside)


def _is_raw(sheets: Sequence[Sheet]) -> bool:
    rows = [row for row in sheets[0].rows if any(row)]
    return bool(rows) and all(len(r) == 5 and _NO_RESISTANCE.match(r[2]) for r in rows)


def _2400_table(sheets: Sequence[Sheet]) -> Table:
    """Return the table of a 2400: with headings, or its five readings a row, or all of them in one line."""
    rows = [row for row in sheets[0].rows if any(row)]
    numeric: Rows = [r for r in rows if all(is_number(c) for c in r if c)]
    if len(numeric) == len(rows) == 1 and len(rows[0]) % 5 == 0:
        rows = numeric = [rows[0][k : k + 5] for k in range(0, len(rows[0]), 5)]
    if len(numeric) == len(rows) and all(len(r) == 5 for r in rows):
        return Table(sheets[0].name, {}, [], [Block(_ELEMENTS, [], [], rows)])
    return table_of(sheets[0])


PRESETS: dict[str, Preset] = {
    "b1500": Preset(_is_keysight, _keysight),
    "keithley4200": Preset(_is_4200, _4200_table),
    "keithley2600": Preset(
        lambda s: _said(
            s, r"(?i)(model|keithley|instrument|smu|smua|recorded)\D{0,40}26[0-9]{2}[AB]?\b|smu[ab]\.nvbuffer"
        ),
        lambda s: table_of(s[0]),
    ),
    "keithley2400": Preset(
        lambda s: (
            _is_raw(s) or _said(s, r"(?i)(model|keithley|instrument|smu|labtracer)\D{0,40}24[0-9]{2}[A-Z]?\b")
        ),
        _2400_table,
    ),
}
