"""What memfem must show to be trusted: right values or an error in words, and nothing lost, whatever is done to it.

    python -m tests.benchmarks.trust [PART ...]

Parts: kinds, calls, ranks, files, stops, disk, memory, checks; all of them if none is given. The seeds of what is drawn
at random are printed. Ends with 1 if a row is missed; what has not been measured is missed. Some minutes on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.benchmarks.table import Part, Row, module, not_measured, of_rows, printed

RANKS = 2
Found = Iterator[Row]


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


PARTS: dict[str, Part] = {
    "kinds": of_rows("trust_rows.kinds"),
    "calls": of_rows("trust_rows.calls"),
    "ranks": ranks,
    "files": of_rows("trust_rows.files"),
    "stops": of_rows("trust_rows.stops"),
    "disk": of_rows("trust_rows.disk"),
    "memory": memory,
    "checks": checks,
}


if __name__ == "__main__":
    sys.exit(printed(PARTS, sys.argv[1:]))
