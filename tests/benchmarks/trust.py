"""What memfem must show to be trusted: right values or an error in words, and nothing lost, whatever is done to it.

    python -m tests.benchmarks.trust [PART ...]

Parts: kinds, calls, ranks, files, stops, disk, memory, checks; all of them if none is given. The seeds of what is drawn
at random are printed. Ends with 1 if a row is missed; what has not been measured is missed. Some minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from time import monotonic
from typing import Any

from tests.benchmarks.trust_rows.row import Row

RANKS = 2
CASES_OF_RANKS = 9  # errors on one rank that were found to hang once
MOST_GROWTH = 0.05  # [MB] for each device that is made and gone
MOST_CHECKS = 0.03  # of the time of a solve that checks of arguments may take
MOST_IMPORT = 1.5  # [s]


def of_rows(module: str) -> Callable[[], Iterable[Row]]:
    """Return the function that yields the rows of one part."""
    return lambda: import_module(f"tests.benchmarks.trust_rows.{module}").rows()


def function(module: str, name: str) -> Any:
    """Return a function of a module of tests, None if there is none yet."""
    try:
        return getattr(import_module(module), name, None)
    except ModuleNotFoundError:
        return None


def _not_measured(figure: str, asked: str) -> Row:
    return Row(figure, asked, "not measured", met=False)


def ranks() -> Iterator[Row]:
    """Yield the errors on one of several ranks: all ranks have to end."""
    yield _not_measured("errors on one of 2 ranks: all ranks end", f"{CASES_OF_RANKS} of {CASES_OF_RANKS}")


def memory() -> Iterator[Row]:
    """Yield what stays of devices that are gone."""
    yield _not_measured("memory that stays per device", f"at most {MOST_GROWTH} MB")


def checks() -> Iterator[Row]:
    """Yield the time of the import and of checks."""
    yield _not_measured("time to import, and of checks", f"at most {MOST_IMPORT} s, {MOST_CHECKS:.0%}")


PARTS: dict[str, Callable[[], Iterable[Row]]] = {
    "kinds": of_rows("kinds"),
    "calls": of_rows("calls"),
    "ranks": ranks,
    "files": of_rows("files"),
    "stops": of_rows("stops"),
    "disk": of_rows("disk"),
    "memory": memory,
    "checks": checks,
}


def main(parts: list[str]) -> int:
    """Print the table and return how many rows are missed, at most 1."""
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"unknown part {sorted(unknown)[0]!r}; parts: {', '.join(PARTS)}")
    begin, missed = monotonic(), 0
    print(f"{'figure':<46}{'asked':<28}measured", flush=True)
    for name in parts or PARTS:
        for row in PARTS[name]():
            missed += not row.met
            verdict = "met" if row.met else "missed"
            print(f"{row.figure:<46}{row.asked:<28}{row.measured}  {verdict}", flush=True)
    print(f"{missed} missed, {monotonic() - begin:.0f} s")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
