"""Units that columns of measured data come in, and their values in SI."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from fem.errors import IncompatibleError

_SPELLINGS = {
    "µ": "u",
    "μ": "u",
    "Ω": "Ohm",
    "\u2126": "Ohm",
    "²": "^2",
    "³": "^3",
    "**": "^",
    "·": " ",
    "*": " ",
}
_WORDS = {
    "amp": "A", "amps": "A", "ampere": "A", "amperes": "A", "volt": "V", "volts": "V", "sec": "s", "second": "s",
    "seconds": "s", "ohm": "Ohm", "ohms": "Ohm", "watt": "W", "watts": "W", "kelvin": "K", "siemens": "S",
}  # fmt: skip
_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9}
#: Unit -> powers of V, A, s, m and K in it.
_DIMENSIONS: dict[str, dict[str, int]] = {
    "V": {"V": 1}, "A": {"A": 1}, "s": {"s": 1}, "m": {"m": 1}, "K": {"K": 1}, "1": {}, "Hz": {"s": -1},
    "Ohm": {"V": 1, "A": -1}, "S": {"A": 1, "V": -1}, "W": {"V": 1, "A": 1}, "J": {"V": 1, "A": 1, "s": 1},
    "C": {"A": 1, "s": 1}, "F": {"A": 1, "s": 1, "V": -1},
}  # fmt: skip
#: Unit -> its name and size in SI.
_OTHERS = {"min": ("s", 60.0), "h": ("s", 3600.0), "%": ("1", 0.01)}
_TOKEN = re.compile(r"\s*(?:(?P<op>[/()])|(?P<name>[A-Za-z%]+|1)(?:\^?(?P<power>-?\d+))?)")


@dataclass(frozen=True)
class SiUnit:
    """A unit's ``factor`` to SI, its ``name`` there, and the powers of V, A, s, m and K in it."""

    factor: float
    name: str
    powers: frozenset[tuple[str, int]]


def si_unit(text: str) -> SiUnit | None:
    """Return what the unit ``text`` is in SI; None for one that is not known, such as eV.

    >>> unit = si_unit("mA/cm^2")
    >>> f"{unit.factor:g} {unit.name}"
    '10 A/m^2'
    """
    for spelling, plain in _SPELLINGS.items():
        text = text.replace(spelling, plain)
    text = text.strip()
    factor, name, end, sign, depth = 1.0, "", 0, 1, 0
    powers: Counter[str] = Counter()
    while end < len(text):
        found = _TOKEN.match(text, end)
        if found is None or (found["op"] == "/" and depth):
            return None
        between, end = " " if found[0][:1].isspace() and name[-1:] not in ("", "/", "(") else "", found.end()
        if found["op"]:
            depth += {"(": 1, ")": -1}.get(found["op"], 0)
            if depth < 0:
                return None
            sign = {"/": -1, ")": 1}.get(found["op"], sign)
            name += found["op"]
            continue
        known = _prefixed(found["name"])
        if known is None:
            return None
        power = int(found["power"] or 1)
        factor *= known[1] ** (sign * power)
        for base, times in _DIMENSIONS[known[0]].items():
            powers[base] += sign * power * times
        name += between + known[0] + (f"^{power}" if power != 1 else "")
        sign = sign if depth else 1
    if depth or not name:
        return None
    return SiUnit(factor, name, frozenset((base, n) for base, n in powers.items() if n))


def _prefixed(symbol: str) -> tuple[str, float] | None:
    """Return the unit in SI and the size of ``symbol``, None if it is not known."""
    symbol = _WORDS.get(symbol.lower(), symbol) if len(symbol) > 1 else symbol
    if symbol in _OTHERS:
        return _OTHERS[symbol]
    if symbol in _DIMENSIONS:
        return symbol, 1.0
    if symbol[0] in _PREFIXES and symbol[1:] in _DIMENSIONS and symbol[1:] != "1":
        return symbol[1:], _PREFIXES[symbol[0]]
    return None


def column_in_si(column: str, unit: str, wanted: str | None) -> SiUnit | None:
    """Return ``unit`` of ``column`` in SI, named ``wanted`` if that is given; None for one that stays as it is.

    Raises IncompatibleError for a unit that is not one of the kind of ``wanted``.
    """
    found = si_unit(unit)
    if wanted is None:
        return found
    if wanted == "s" and unit == "1":  # points in their order, of a scan of steady states
        return found
    right = si_unit(wanted)
    if found is None or right is None or found.powers != right.powers:
        by_unit = {"A": "current", "A/m^2": "current_density", "A/m": "current_per_width"}
        other = by_unit.get(found.name) if found else None
        hint = f" Call it {other!r}." if other and column in by_unit.values() else ""
        raise IncompatibleError(
            f"column {column!r} is in {unit!r}; it must be in {wanted!r}, or in a multiple of it.{hint}"
        )
    return SiUnit(found.factor, wanted, right.powers)
