"""Figures with their units, as metrics print them."""

from __future__ import annotations

from collections.abc import Iterable

from fem.errors import checking

#: A figure: its name, its value and its unit.
Row = tuple[str, float | str, str]
_AT_LEAST = ">= "


def unit(quantity: str, current_unit: str) -> str:
    """Return the unit of a "resistance", "conductance", "energy" or "power" for a current in [A], [A/m^2] or [A/m].

    >>> unit("resistance", "A/m^2"), unit("energy", "A")
    ('Ohm m^2', 'J')
    """
    per = {"A/m^2": "m^2", "A/m": "m"}.get(current_unit, "")
    if quantity == "resistance":
        return f"Ohm {per}".strip()
    return {"conductance": "S", "energy": "J", "power": "W"}[quantity] + (f"/{per}" if per else "")


def at_least(value: float) -> str:
    """Return a figure that is a lower bound, as tables print it.

    >>> at_least(200), bound_in(at_least(200)), bound_in("clockwise")
    ('>= 200', 200.0, None)
    """
    return f"{_AT_LEAST}{value:.5g}"


def bound_in(value: float | str) -> float | None:
    """Return the lower bound that stands in a row of a figure, None if it is no bound."""
    own = isinstance(value, str) and value.startswith(_AT_LEAST)
    return float(str(value).removeprefix(_AT_LEAST)) if own else None


def figure_table(title: str, rows: Iterable[Row], note: str = "") -> str:
    """Return ``title`` and one line per figure: name, value with five digits, unit."""
    rows = list(rows)
    width = max([26, *(len(name) + 1 for name, _, _ in rows)])
    lines = [
        f"  {name:<{width}}{value if isinstance(value, str) else format(value, '.5g'):<14} {u}".rstrip()
        for name, value, u in rows
    ]
    return "\n".join([f"{title}:", *lines] + ([f"  note: {note}"] if note else []))


def positive(thing: str, value: float) -> float:
    """Return ``value`` as a float, or raise OutOfRangeError unless it is positive and finite."""
    return float(checking.positive(thing, value))
