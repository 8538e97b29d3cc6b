"""Columns of a block as those of a trace: which is the time, the voltage and the current, and in which unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies.data.cells import is_clock
from studies.data.headings import UNITS, Heading, bracketed, heading
from studies.data.numbers import numbers, past_midnight
from studies.data.tables import Block
from studies.data.units import Unit, unit_of

Array = NDArray[np.float64]
#: What a column of a trace is chosen for: the name of a heading, the number of a column, or a value [SI].
Choice = str | int | float
_KINDS = {"A": "current", "A/m^2": "current_density", "A/m": "current_per_width"}
_CHANNELS = re.compile(r"^([VvUu]_?[AB]|[Ii]_?B)$")
_SI = {"time": "s", "voltage": "V", "current": "A", "temperature": "K", "resistance": "Ohm"}


@dataclass(frozen=True)
class Column:
    """Values of a column in the unit ``unit``, its name in the trace, and the heading it had."""

    name: str
    values: Array
    unit: str
    given: str


@dataclass(frozen=True)
class Reading:
    """How the numbers of a ``file`` are written: the ``decimal`` mark, and whether no unit means SI."""

    file: str
    decimal: str
    in_si: bool


def headings_of(block: Block) -> list[Heading]:
    """Return what the headings of a block say; "I_A" is no ampere beside "V_A" or "I_B"."""
    units = [*block.units, *[""] * len(block.headings)]
    found = [heading(g, u) for g, u in zip(block.headings, units, strict=False)]
    if any(_CHANNELS.match(g.strip()) for g in block.headings):
        plain = [h.given.strip() in ("I_A", "i_A") for h in found]
        found = [
            Heading(h.given, h.given, "current", "a", 0, None, "") if is_a else h
            for h, is_a in zip(found, plain, strict=True)
        ]
    return found


def chosen(block: Block, columns: Mapping[str, Choice], width: int, file: str) -> dict[str, int]:
    """Return the numbers of the columns of a block by their names in a trace: those of ``columns``, then by heading.

    Raises IncompatibleError where two columns may be the one that is needed, or none.
    """
    heads = headings_of(block)
    if not heads and not columns:
        raise IncompatibleError(
            f"the {width} columns of {file} have no headings: say which is which by their numbers from 0, with units: "
            "columns={'voltage': 0, 'current': 1}, units={'voltage': 'V', 'current': 'A'}."
        )
    found = {
        name: _number(name, c, heads, width, file) for name, c in columns.items() if isinstance(c, str | int)
    }
    given = {name: -1 for name, c in columns.items() if isinstance(c, float)}
    free = [k for k in range(len(heads)) if k not in found.values()]
    for quantity in ("time", "voltage", "current"):
        if any(
            n == quantity or (n.startswith(f"{quantity}_") and quantity == "current")
            for n in {**found, **given}
        ):
            continue
        found |= _by_heading(quantity, [k for k in free if heads[k].quantity == quantity], heads, file)
    for quantity in ("cycle", "compliance", "status", "range"):
        same = [k for k in free if heads[k].quantity == quantity]
        if len(same) == 1 and quantity not in found:
            found[quantity] = same[0]
    _check_contacts(found, heads, file)
    taken = Counter(found)
    for k in range(len(heads)):
        if k not in found.values() and heads[k].quantity != "index" and heads[k].given:
            symbol = heads[k].quantity in ("temperature", "resistance") and len(heads[k].name) == 1
            said = heads[k].quantity if symbol else heads[k].name.lower()
            name = re.sub(r"\W+", "_", said).strip("_") or f"column_{k}"
            taken[name] += 1
            found[name if taken[name] == 1 else f"{name}_{taken[name]}"] = k
    return found


def _number(name: str, choice: str | int, heads: Sequence[Heading], width: int, file: str) -> int:
    """Return the number of the column that the user has chosen for ``name``."""
    if isinstance(choice, int):
        if not -width <= choice < width:
            raise OutOfRangeError(f"column of {file} for {name!r}", choice, f"between 0 and {width - 1}")
        return choice % width
    for words in (
        [h.given.strip() for h in heads],
        [h.name for h in heads],
        [h.given.strip().lower() for h in heads],
        [h.name.lower() for h in heads],
    ):
        same = [k for k, w in enumerate(words) if w in (choice.strip(), choice.strip().lower())]
        if len(same) == 1:
            return same[0]
        if len(same) > 1:
            raise IncompatibleError(
                f"{len(same)} columns of {file} are called {choice!r}: give the number from 0."
            )
    raise UnknownNameError(f"column of {file}", choice, (h.given for h in heads))


def _by_heading(quantity: str, same: list[int], heads: Sequence[Heading], file: str) -> dict[str, int]:
    """Return the columns of a quantity: one, or those of a transistor, of which the drain's is the one."""
    if len(same) < 2:
        return dict.fromkeys([quantity] * len(same), same[0]) if same else {}
    contacts = [heads[k].contact for k in same]
    if (
        "drain" in contacts
        and set(contacts) <= {"drain", "gate", "source", "bulk"}
        and len(set(contacts)) == len(same)
    ):
        return {
            quantity if c == "drain" else f"{quantity}_{c}": k for c, k in zip(contacts, same, strict=True)
        }
    listed = ", ".join(repr(heads[k].given) for k in same)
    raise IncompatibleError(
        f"{len(same)} columns of {file} may be the {quantity}: {listed}. Say which: "
        f"columns={{{quantity!r}: {heads[same[0]].given!r}}}; the others are kept beside it."
    )


def _check_contacts(found: Mapping[str, int], heads: Sequence[Heading], file: str) -> None:
    """Raise IncompatibleError for the voltage of one contact and the current of another."""
    if any(found.get(n, -1) < 0 or not heads for n in ("voltage", "current")):
        return
    volts, amps = heads[found["voltage"]], heads[found["current"]]
    if volts.contact and amps.contact and volts.contact != amps.contact and volts.contact in ("gate", "bulk"):
        raise IncompatibleError(
            f"{file} has the voltage of the {volts.contact} ({volts.given!r}) and the current of the {amps.contact} "
            f"({amps.given!r}): give the voltage of the {amps.contact}, such as "
            f"columns={{'voltage_{volts.contact}': {volts.given!r}, 'voltage': 0.1}} for 0.1 V."
        )


def column(name: str, k: int, block: Block, units: Mapping[str, str], how: Reading) -> Column:
    """Return a column in SI; ``units`` are those that the user gives, by the name or the heading.

    Raises IncompatibleError for a unit that is missing, of another kind or mega.
    """
    heads, file = headings_of(block), how.file
    head = heads[k] if k < len(heads) else Heading("", "", "", "", 0, None, "")
    said = next(
        (units[key] for key in (name, head.given, head.given.strip(), head.name) if key in units), None
    )
    quantity = next((q for q in UNITS if name == q or name.startswith(f"{q}_")), head.quantity)
    unit = head.unit if said is None else unit_of(said)
    if said is not None and unit is None:
        raise OutOfRangeError(f"unit of column {name!r}", said, "a unit, such as 'mA'")
    values = numbers(block.column(k), how.decimal)
    where = f"column {head.given!r} of {file}" if head.given else f"column {k} of {file}"
    clock = quantity == "time" and all(is_clock(c) for c in block.column(k) if c)
    if clock:
        values, unit = past_midnight(values), Unit(1.0, 0.0, "s")
    if unit is None:
        if quantity in UNITS and not how.in_si:
            raise _no_unit(where, name, head, quantity)
        unit = Unit(1.0, 0.0, _SI.get(quantity, "1"))
    if quantity in UNITS and unit.name not in UNITS[quantity]:
        raise IncompatibleError(
            f"{where} is in {(said or head.unit_text)!r}, which is no unit of a {quantity}; give another one by "
            f"units={{{name!r}: {_SI[quantity]!r}}}, or another column by columns={{{name!r}: ...}}."
        )
    text = said or head.unit_text
    if quantity in ("voltage", "current") and text.strip().startswith("M"):
        raise IncompatibleError(
            f"{where} is in {text!r}, which is mega, a million: give units={{{name!r}: {'m' + text.strip()[1:]!r}}} if "
            "thousandths are meant."
        )
    final = _KINDS[unit.name] if name == "current" else name
    return Column(
        final,
        unit.factor * values + unit.offset if unit.offset else unit.factor * values,
        unit.name,
        head.given,
    )


def _no_unit(where: str, name: str, head: Heading, quantity: str) -> IncompatibleError:
    unknown = head.unit_text or bracketed(head.given)
    strange = f" ({unknown!r} is none that is known)" if unknown else ""
    examples = {"time": "'s'", "voltage": "'V' or 'mV'", "current": "'A', 'uA' or 'mA/cm^2'"}[quantity]
    return IncompatibleError(
        f"{where}, the {quantity}, has no unit{strange}: give it, units={{{name!r}: ...}}, {examples} for example."
    )
