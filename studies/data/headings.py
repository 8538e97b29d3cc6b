"""Headings of columns: the quantity, the contact and the unit that a name such as "I_D (mA)" or "AnodeV" says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from studies.data.units import Unit, unit_of

_GROUP = re.compile(r"\[([^\[\]]*)\]|\(((?:[^()]|\([^()]*\))*)\)|\{([^{}]*)\}|<([^<>]*)>")
_SWEEP = re.compile(
    r"^(?P<name>.*?)(?:\s*\((?P<a>\d+)\)|[\s_.#-]*(?:run|sweep|cycle|repeat|loop|#)[\s_.#-]*(?P<b>\d+))$",
    re.I,
)
_OF_ONE = re.compile(r"(?i)\b(log(10)?|lg|ln|sqrt|abs|exp)(?![a-z]{2})|\|.*\||\bd[IVQ]\s*/\s*d|\^\s*\d")
_SPLIT = re.compile(r"[^A-Za-z0-9#]+|(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Za-z])")
_WORDS = {
    "voltage": "voltage", "volt": "voltage", "volts": "voltage", "bias": "voltage", "potential": "voltage",
    "spannung": "voltage", "current": "current", "strom": "current", "amps": "current", "time": "time", "zeit": "time",
    "timestamp": "time", "elapsed": "time", "resistance": "resistance", "temperature": "temperature",
    "cycle": "cycle", "repeat": "cycle", "sweep": "cycle", "loop": "cycle", "run": "cycle", "iteration": "cycle",
    "compliance": "compliance", "status": "status", "range": "range", "index": "index", "point": "index",
    "density": "density", "no": "index", "#": "index", "power": "power",
}  # fmt: skip
_RANK = {
    "index": -1,
    "cycle": 0,
    "compliance": 2,
    "range": 2,
    "density": 2,
    "status": 2,
}  # over 1 of other words
_SYMBOLS = {"v": "voltage", "u": "voltage", "i": "current", "j": "current", "t": "time", "r": "resistance"}
_CONTACTS = {
    "d": "drain", "ds": "drain", "drain": "drain", "channel": "drain", "g": "gate", "gs": "gate", "gate": "gate",
    "bg": "gate", "bgs": "gate", "tg": "gate", "tgs": "gate", "s": "source", "source": "source", "a": "anode",
    "anode": "anode",
    "c": "cathode", "k": "cathode", "cathode": "cathode", "b": "bulk", "bulk": "bulk", "top": "top", "bottom": "bottom",
}  # fmt: skip
#: Quantity -> the SI units that its values may have.
UNITS = {"time": ("s",), "voltage": ("V",), "current": ("A", "A/m^2", "A/m")}


@dataclass(frozen=True)
class Heading:
    """A heading as it was ``given``: its ``name`` without unit, the ``quantity`` and ``contact`` it says, "" if none.

    ``sweep``: the number of a sweep in it, 0 if none. ``unit`` None: it says none.
    """

    given: str
    name: str
    quantity: str
    contact: str
    sweep: int
    unit: Unit | None
    unit_text: str


def heading(given: str, unit: str = "") -> Heading:
    """Return what a heading says, whose ``unit`` may stand in a row of its own."""
    name, text = (given, unit) if unit else _unit_in(given)
    numbered = _SWEEP.match(name)
    sweep = int(numbered["a"] or numbered["b"]) if numbered and numbered["name"].strip(" _-.#") else 0
    plain = numbered["name"].strip() if numbered and sweep else name.strip()
    quantity, contact = _meaning(plain)
    found = unit_of(text) if text else None
    if found is None and not text:
        plain, text, found = _unit_behind(plain, quantity)
        quantity, contact = _meaning(plain)
    if quantity in ("voltage", "power") and found and found.name in UNITS["current"]:
        quantity = "current"
    if (
        quantity in ("", "index", "cycle") and found and not _OF_ONE.search(name)
    ):  # "Source Value (V)", "Reading (A)"
        quantity = next((q for q, units in UNITS.items() if found.name in units), quantity)
    if quantity == "time" and found and found.name == "K":
        quantity = "temperature"
    return Heading(
        given, plain, "current" if quantity == "density" else quantity, contact, sweep, found, text
    )


def bracketed(given: str) -> str:
    """Return what a heading has in its last brackets, "" if it has none."""
    groups = [x for found in _GROUP.finditer(given) for x in found.groups() if x]
    return groups[-1].strip() if groups else ""


def _unit_in(given: str) -> tuple[str, str]:
    """Return a heading without its unit in brackets, behind a slash, a comma or "in", and that unit."""
    for found in reversed(list(_GROUP.finditer(given))):
        inside = next(x for x in found.groups() if x is not None).strip()
        if unit_of(inside) and not inside.isdigit():
            return (given[: found.start()] + given[found.end() :]).strip(), inside
    for separator in ("/", ",", " in "):
        name, sep, text = given.partition(separator)
        if sep and name.strip() and unit_of(text.strip().strip("()[]")):
            return name.strip(), text.strip().strip("()[]")
    return given, ""


def _unit_behind(name: str, quantity: str) -> tuple[str, str, Unit | None]:
    """Return a name without a unit behind an underscore or a space, if it is one of the quantity's own kind."""
    found = re.match(r"^(.*[^_\s])[_\s]+([^_\s]+)$", name)
    unit = unit_of(found[2]) if found else None
    if found and unit and unit.name in UNITS.get(quantity, ("K", "Ohm")):
        return found[1], found[2], unit
    return name, "", None


def _meaning(name: str) -> tuple[str, str]:
    """Return the quantity and the contact that a name says; a logarithm or a size of a current is none."""
    if _OF_ONE.search(name):
        return "", ""
    quantity = contact = ""
    tokens = [t for t in _SPLIT.split(name) if t]
    for token in tokens:
        low = token.lower()
        contact = contact or _CONTACTS.get(low, "")
        word = _WORDS.get(low, "")
        if word and (_RANK.get(word, 1) > _RANK.get(quantity, 1) or not quantity):
            quantity = word
    if quantity:
        return quantity, contact
    for token in tokens:
        symbol = re.match(r"^([VvUuIiJjtTR])([A-Za-z]{0,3})(\d?)$", token)
        if symbol and (not symbol[2] or symbol[2].lower() in _CONTACTS):
            quantity = _SYMBOLS.get(symbol[1].lower(), "")
            return quantity, contact or _CONTACTS.get(symbol[2].lower(), "")
        last = re.match(r"^([A-Z][a-z]+)([VI])$", token)
        if last:
            return _SYMBOLS[last[2].lower()], _CONTACTS.get(last[1].lower(), "")
    return "", contact
