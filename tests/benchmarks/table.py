"""Tables of what was asked for beside what was measured, in parts that can be run one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from time import monotonic
from typing import Any


@dataclass(frozen=True)
class Row:
    """A figure, what it must be, what it is, and whether that is met."""

    figure: str
    asked: str
    measured: str
    met: bool


Part = Callable[[], Iterable[Row]]


def of_rows(module: str, function: str = "rows") -> Part:
    """Return the function of a module, below ``tests.benchmarks``, that yields the rows of one part."""
    return lambda: getattr(import_module(f"tests.benchmarks.{module}"), function)()


def module(name: str) -> Any:
    """Return a module, None if there is none."""
    return import_module(name) if find_spec(name) else None


def not_measured(figure: str, asked: str) -> Row:
    """Return the row of what nothing measures yet."""
    return Row(figure, asked, "not measured", met=False)


def at_most(figure: str, limit: float, measured: float, unit: str = "") -> Row:
    """Return the row of what must not be larger than ``limit``; nan is."""
    asked, found = (f"{x:.3g} {unit}".rstrip() for x in (limit, measured))
    return Row(figure, f"at most {asked}", found, met=measured <= limit)


def at_least(figure: str, limit: float, measured: float, unit: str = "") -> Row:
    """Return the row of what must not be smaller than ``limit``; nan is."""
    asked, found = (f"{x:.3g} {unit}".rstrip() for x in (limit, measured))
    return Row(figure, f"at least {asked}", found, met=measured >= limit)


def printed(parts: Mapping[str, Part], chosen: Sequence[str]) -> int:
    """Print the table of the ``chosen`` parts, of all if there are none; return how many rows are missed, at most 1.

    A part that ends with an error is missed. Raises SystemExit for a part that is not among ``parts``.
    """
    if unknown := set(chosen) - set(parts):
        raise SystemExit(f"unknown part {sorted(unknown)[0]!r}; parts: {', '.join(parts)}")
    seconds, missed = dict.fromkeys(chosen or parts, 0.0), 0
    print(f"{'figure':<46}{'asked':<36}measured", flush=True)
    for name in seconds:
        begin = monotonic()
        for row in _rows(name, parts[name]):
            missed += not row.met
            verdict = "met" if row.met else "missed"
            print(f"{row.figure:<46}{row.asked:<36}{row.measured}  {verdict}", flush=True)
        seconds[name] = monotonic() - begin
    each = ", ".join(f"{name} {took:.0f} s" for name, took in seconds.items())
    print(f"{missed} missed, {sum(seconds.values()):.0f} s ({each})")
    return int(missed > 0)


def _rows(name: str, part: Part) -> Iterable[Row]:
    """Yield the rows of a part, and one of the error that ends it."""
    try:
        yield from part()
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        yield Row(f"{name}: the rest", "no error", said[:200], met=False)
