"""What memfem must show to be trusted: right values or an error in words, and nothing lost, whatever is done to it.

    python -m tests.benchmarks.trust [PART ...]

Parts: kinds, calls, ranks, files, stops, disk, memory, checks; all of them if none is given. The seeds of what is drawn
at random are printed. Ends with 1 if a row is missed; what has not been measured is missed. Some minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from time import monotonic
from typing import Any

from tests.benchmarks.trust_rows.row import Row

RANKS = 2
Found = Iterator[Row]


def of_rows(module: str) -> Callable[[], Iterable[Row]]:
    """Return the function that yields the rows of one part."""
    return lambda: import_module(f"tests.benchmarks.trust_rows.{module}").rows()


def module(name: str) -> Any:
    """Return a module of the tests, None if there is none."""
    return import_module(name) if find_spec(name) else None


def not_measured(figure: str, asked: str) -> Row:
    """Return the row of what nothing measures yet."""
    return Row(figure, asked, "not measured", met=False)


def ranks() -> Found:
    """Yield whether all ranks end, and say why, after an error on one of them."""
    what = f"errors on one of {RANKS} ranks"
    if (errors := module("tests.parallel.rank_errors")) is None:
        yield not_measured(what, "all ranks end and say why")
        return
    answers = {case: errors.ended(case, RANKS) for case in errors.ERRORS}
    late = [case for case, (seconds, _) in answers.items() if seconds > errors.LIMIT]
    mute = [case for case, (_, said) in answers.items() if not said]
    for asked, bad in ((f"all end within {errors.LIMIT:g} s", late), ("all say why", mute)):
        measured = f"{len(answers) - len(bad)} of {len(answers)}" + (f" (not {bad[0]})" if bad else "")
        yield Row(what, asked, measured, met=not bad)


def memory() -> Found:
    """Yield by how much the memory of a process grows with devices that are gone."""
    what = "memory that devices leave behind"
    if (benchmark := module("tests.benchmarks.memory")) is None:
        yield not_measured(what, "less than 10 MB")
        return
    grown = benchmark.growth()
    yield Row(
        what,
        f"less than {benchmark.LIMIT:g} MB",
        f"{grown:.1f} MB, 20th to 200th",
        met=grown < benchmark.LIMIT,
    )


def checks() -> Found:
    """Yield the processor time of an import, and the share of checks of arguments in that of the demo."""
    what, share = "import fem", "checks of arguments"
    if (cost := module("tests.benchmarks.checks_cost")) is None:
        yield not_measured(f"{what}, and {share}", "0.3 s, 1 % of the demo")
        return
    seconds, part = cost.import_seconds(), cost.share_of_checks()
    yield Row(
        what, f"less than {cost.IMPORT:g} s", f"{seconds:.2f} s of the processor", met=seconds < cost.IMPORT
    )
    yield Row(share, f"less than {cost.SHARE:.0%} of the demo", f"{part:.2%}", met=part < cost.SHARE)


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
    print(f"{'figure':<46}{'asked':<36}measured", flush=True)
    for name in parts or PARTS:
        for row in PARTS[name]():
            missed += not row.met
            verdict = "met" if row.met else "missed"
            print(f"{row.figure:<46}{row.asked:<36}{row.measured}  {verdict}", flush=True)
    print(f"{missed} missed, {monotonic() - begin:.0f} s")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
