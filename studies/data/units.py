"""Units as headings and header lines write them, by pint, and their size in SI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

_SPELLINGS = {
    "μ": "u", "µ": "u", "Ω": "ohm", "\u2126": "ohm", "Ohm": "ohm", "OHM": "ohm", "ohms": "ohm", "⁻": "-", "¹": "1",
    "²": "2", "³": "3", "·": " ", "**": "^", "º": "°", "degree C": "degC", "deg C": "degC", "℃": "degC", "°C": "degC",
    "sq.cm": "cm2", "mho": "S",
}  # fmt: skip
_WORDS = {
    "amp": "A", "amps": "A", "ampere": "A", "amperes": "A", "volt": "V", "volts": "V", "sec": "s", "secs": "s",
    "second": "s", "seconds": "s", "msec": "ms", "usec": "us", "watt": "W", "watts": "W", "kelvin": "K", "amp dc": "A",
    "volt dc": "V", "siemens": "S", "milliamp": "mA", "microamp": "uA", "nanoamp": "nA", "minutes": "min", "hours": "h",
}  # fmt: skip
_ALLOWED = re.compile(r"(?=.*[A-Za-z%])[A-Za-z%^*/()\- 0-9]{1,24}$")
_PRODUCT = re.compile(r"(?<=[A-Za-z0-9])\.(?=[A-Za-z]+-?\d)")
_POWER = re.compile(r"(?<=[A-Za-z])(-?[1-4])(?![0-9])")
#: SI units by their dimensions, as the columns of traces have them.
_SI = (
    "V",
    "A",
    "A/m^2",
    "A/m",
    "s",
    "ohm",
    "S",
    "W",
    "K",
    "m",
    "Hz",
    "F",
    "C",
    "J",
    "V/s",
    "A/s",
    "W/m^2",
    "lux",
)


@dataclass(frozen=True)
class Unit:
    """A unit: a value times ``factor`` plus ``offset`` is one in ``name``, of SI or, if rare, itself."""

    factor: float
    offset: float
    name: str


@cache
def _registry() -> Any:
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@cache
def _names() -> dict[Any, str]:
    return {_registry().parse_units(u).dimensionality: u.replace("ohm", "Ohm") for u in reversed(_SI)}


@cache
def unit_of(text: str) -> Unit | None:
    """Return what the unit ``text`` is in SI; None for what is none, such as "arb. u." or a name.

    >>> unit_of("mA/cm²")
    Unit(factor=10.0, offset=0.0, name='A/m^2')
    """
    plain = " ".join(text.split())
    plain = _WORDS.get(plain.lower(), plain)
    if plain in ("1", "-", ""):
        return Unit(1.0, 0.0, "1") if plain else None
    for spelling, usual in _SPELLINGS.items():
        plain = plain.replace(spelling, usual)
    plain = _PRODUCT.sub(" ", plain)
    if not _ALLOWED.match(plain):
        return None
    plain = _POWER.sub(r"^\1", plain.replace("^", "").replace("(-", "-")) if "(" not in plain else plain
    registry = _registry()
    try:
        unit = registry.parse_units(plain)
        one = registry.Quantity(1.0, unit).to_root_units()
    except Exception:  # of pint, tokenize or Python, for what is no unit
        return None
    name = _names().get(unit.dimensionality)
    if name is None:
        return Unit(float(one.m), 0.0, "1") if not unit.dimensionality else Unit(1.0, 0.0, text)
    target = registry.parse_units(name.replace("Ohm", "ohm"))
    at = [float(registry.Quantity(x, unit).to(target).m) for x in (0.0, 1.0)]
    return Unit(at[1] - at[0] if at[0] else at[1], at[0], name)


def quantity_of(text: str) -> tuple[float, Unit] | None:
    """Return the number and the unit of a text such as "0.1 V/s" or "50 ms"; None if it has not both."""
    found = re.match(r"\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(\D.*)$", text.strip().rstrip(".,;)"))
    unit = unit_of(found[2]) if found else None
    return (float(found[1]), unit) if found and unit else None
